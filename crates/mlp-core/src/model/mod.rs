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
    /// Network that maps inputs to logits.
    pub network: Network,
    /// Kind of prediction.
    pub task: Task,
    packed: PackedWeights,
}

impl Model {
    /// Creates a model. The network must have the inputs and outputs that the schema specifies.
    #[must_use]
    pub fn new(
        schema: impl Into<Arc<Schema>>,
        preprocessor: Preprocessor,
        network: Network,
        task: Task,
    ) -> Self {
        Self {
            packed: PackedWeights::pack(&network.view()),
            schema: schema.into(),
            preprocessor,
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
