//! A trained model, which maps raw rows to predictions.

mod image_form;
mod input_rows;
mod predictor;
mod run;
mod writer;

pub use image_form::ImageForm;
pub use input_rows::InputRows;
pub use predictor::{KernelPredictor, PREDICTION_BATCH, Prediction, Predictor, Scratch};
pub use run::LoadedRun;
pub use writer::PredictionWriter;

use std::sync::Arc;

use mlp_data::options::MissingPolicy;
use mlp_data::{Dataset, Features, Preprocessor, Schema};

use crate::kernels::PackedWeights;
use crate::network::Network;
use crate::task::Task;

/// A trained model. It is immutable and can be shared between threads.
#[derive(Debug)]
pub struct Model {
    /// Input columns and classes.
    pub schema: Arc<Schema>,
    /// Mapping from the values of a row to the network's inputs.
    pub preprocessor: Preprocessor,
    /// `[features]`: replacement value of an empty cell; `None` if empty cells are an error.
    pub fill: Option<Vec<f32>>,
    /// Network that maps inputs to logits.
    pub network: Network,
    /// Kind of prediction.
    pub task: Task,
    packed: PackedWeights,
}

/// Returns the replacement value of an empty cell of each column, `[columns]`; `None` if empty cells are an error.
#[must_use]
pub fn fill_values(
    missing: MissingPolicy,
    preprocessor: &Preprocessor,
    columns: usize,
) -> Option<Vec<f32>> {
    let number = match missing {
        MissingPolicy::Number(number) => Some(vec![number; columns]),
        MissingPolicy::Named(_) => None,
    };
    preprocessor.fill().or(number)
}

impl Model {
    /// Creates a model. The network must have the inputs and outputs that the schema specifies.
    #[must_use]
    pub fn new(
        schema: impl Into<Arc<Schema>>,
        preprocessor: Preprocessor,
        fill: Option<Vec<f32>>,
        network: Network,
        task: Task,
    ) -> Self {
        Self {
            packed: PackedWeights::pack(&network.view()),
            schema: schema.into(),
            preprocessor,
            fill,
            network,
            task,
        }
    }

    /// Predicts all rows of a data set of raw, unscaled values on the current thread. The columns must be the model's.
    ///
    /// For repeated predictions or several threads, use a [`KernelPredictor`].
    #[must_use]
    pub fn predict(&self, dataset: &Dataset) -> Vec<Prediction> {
        KernelPredictor::new(self, 1).predict(dataset, &dataset.all_rows())
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

    /// Returns the class names in the order of the network's outputs.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.schema.classes()
    }
}
