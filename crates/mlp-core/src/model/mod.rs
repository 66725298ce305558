//! A trained model, which maps raw rows to predictions.

mod image_form;
mod input_rows;
mod new_values;
#[cfg(feature = "parquet")]
mod parquet;
mod prediction;
mod predictor;
mod run;
mod writer;

pub use image_form::ImageForm;
pub use input_rows::{InputChunk, InputOptions, InputRows};
pub use new_values::{FarOutside, NewValues, new_values, new_values_of};
pub use prediction::{ClassPrediction, Predictions};
pub use predictor::{KernelPredictor, PREDICTION_BATCH, Predictor, Scratch};
pub use run::LoadedRun;
pub use writer::{PredictionFormat, PredictionWriter, UnknownColumn};

use std::sync::Arc;

use mlp_data::error::DataErrorKind;
use mlp_data::{Dataset, Features, Preprocessor, Schema};

use crate::decision::Decision;
use crate::kernels::PackedWeights;
use crate::network::Network;
use crate::task::{Loss, Task};

/// A trained model. It is immutable and can be shared between threads.
#[derive(Debug)]
pub struct Model {
    /// Input columns and target.
    pub schema: Arc<Schema>,
    /// Mapping from the values of a row to the network's inputs.
    pub preprocessor: Preprocessor,
    /// Network that maps inputs to logits, or to a standardised target.
    pub network: Network,
    /// The loss that its training minimised.
    pub loss: Loss,
    /// How logits become probabilities and a class.
    pub decision: Decision,
    packed: PackedWeights,
}

impl Model {
    /// Creates a model that predicts the most probable class. The network must have the inputs and outputs that the schema
    /// specifies.
    #[must_use]
    pub fn new(
        schema: impl Into<Arc<Schema>>,
        preprocessor: Preprocessor,
        network: Network,
        loss: Loss,
    ) -> Self {
        Self {
            packed: PackedWeights::pack(&network.view()),
            schema: schema.into(),
            preprocessor,
            network,
            loss,
            decision: Decision::default(),
        }
    }

    /// Sets how logits become probabilities and a class.
    #[must_use]
    pub fn with_decision(mut self, decision: Decision) -> Self {
        self.decision = decision;
        self
    }

    /// Predicts all rows of a data set of raw, unscaled values on the current thread. The columns must be the model's.
    ///
    /// For repeated predictions or several threads, use a [`KernelPredictor`].
    #[must_use]
    pub fn predict(&self, dataset: &Dataset) -> Predictions {
        KernelPredictor::new(self, 1).predict(dataset, &dataset.all_rows())
    }

    /// Checks that the predictions of rows are finite, and returns the position of the first row for which they are not,
    /// with the column that is to blame.
    ///
    /// # Errors
    /// If the outputs for a row left the range of 32 bits.
    pub fn check(
        &self,
        dataset: &Dataset,
        rows: &[u32],
        predictions: &Predictions,
    ) -> Result<(), (usize, DataErrorKind)> {
        match predictions.first_not_finite() {
            None => Ok(()),
            Some(position) => {
                let row = rows[position] as usize;
                Err((position, self.overflow(&dataset.features, row)))
            }
        }
    }

    /// Returns what is wrong with a row for which the outputs left the range of 32 bits: the column that is to blame.
    #[must_use]
    pub fn overflow(&self, features: &Features, row: usize) -> DataErrorKind {
        let columns = self.features();
        let extreme = self.preprocessor.most_extreme(features, row, columns);
        let column = extreme.unwrap_or(0); // there is a column
        DataErrorKind::Overflow {
            column: self.schema.columns[column].name.clone(),
            value: features.number(row, column, columns) as f32,
        }
    }

    /// Returns the kind of prediction.
    #[must_use]
    pub fn task(&self) -> Task {
        Task::of(&self.schema.target)
    }

    /// Returns the number of feature columns.
    #[must_use]
    pub fn features(&self) -> usize {
        self.schema.columns.len()
    }

    /// Returns the network's inputs, `[inputs]`, of a row of raw values.
    #[must_use]
    pub fn inputs(&self, features: &Features, row: usize) -> Vec<f32> {
        let mut inputs = vec![0.0; self.preprocessor.width(self.features())];
        self.preprocessor.apply_row(features, row, &mut inputs);
        inputs
    }

    /// Returns the class names in the order of the network's outputs; none where a number is predicted.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.schema.classes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Activation;
    use crate::network::Layer;

    #[test]
    fn outputs_beyond_32_bits_are_blamed_on_a_column() {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        let schema = Schema::of_numbers(names(["width", "height"]), names(["oak", "yew"]));
        let layer = Layer {
            weight: vec![1e3, 1e3, -1e3, 1e3],
            bias: vec![0.0; 2],
        };
        let network = Network {
            layers: vec![layer.clone(), layer],
            activation: Activation::Relu,
        };
        let identity = Preprocessor::identity();
        let model = Model::new(schema.clone(), identity, network, Loss::CrossEntropy);
        let rows = Dataset::new(
            schema,
            Features::Floats(vec![1.0, 2.0, 1.0, -1e37, 3.0, 4.0]),
            None,
        );
        let check = |numbers: &[u32]| {
            let predictions = KernelPredictor::new(&model, 1).predict(&rows, numbers);
            model.check(&rows, numbers, &predictions)
        };
        assert!(check(&[0, 2]).is_ok());
        let (position, kind) = check(&[2, 1]).unwrap_err();
        assert_eq!(position, 1);
        let text = kind.to_string();
        assert!(text.contains("`height`: -1e37"), "{text}");
    }
}
