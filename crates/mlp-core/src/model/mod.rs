//! A trained model: rows as files hold them in, predictions out.

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

/// A trained model in plain numbers: shared by threads, changed by none.
#[derive(Debug)]
pub struct Model {
    /// Columns that it takes and classes that it predicts.
    pub schema: Arc<Schema>,
    /// From the values of a row to the network's inputs.
    pub preprocessor: Preprocessor,
    /// `[features]`, what an empty cell becomes; `None` where it is an error.
    pub fill: Option<Vec<f32>>,
    /// From inputs to logits.
    pub network: Network,
    /// What it predicts.
    pub task: Task,
    packed: PackedWeights,
}

/// Returns what an empty cell of each column becomes, `[columns]`; `None` where it is an error.
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
    /// Puts a model together; the layers must have the inputs and outputs that the schema says.
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

    /// Predicts all rows of a data set, raw values as files hold them, on this thread. The columns must be the model's.
    ///
    /// A [`KernelPredictor`] predicts again and again, and on several threads.
    #[must_use]
    pub fn predict(&self, dataset: &Dataset) -> Vec<Prediction> {
        Scratch::new(1).predict(self, dataset, &dataset.all_rows())
    }

    /// Number of feature columns.
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

    /// Name of each class, in the order of the network's outputs.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.schema.classes()
    }
}
