//! What an export is made of: the weights, and what has to be known to use them.

use crate::error::Error;
use mlp_core::config::{Activation, ScaleKind};
use mlp_core::network::Layer;
use mlp_core::run::RunDirectory;
use mlp_data::Scaling;
use mlp_train::inference::{PictureForm, Predictor};

/// A trained network in plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Name of the experiment.
    pub name: String,
    /// Step of the checkpoint.
    pub step: u64,
    /// Units of each layer: features, hidden layers, classes.
    pub sizes: Vec<usize>,
    /// Weights `[inputs, outputs]` and biases of each layer; they act on scaled values.
    pub layers: Vec<Layer>,
    /// Function after each layer but the last, which softmax follows.
    pub activation: Activation,
    /// How raw values become inputs.
    pub scaling: Scaling,
    /// `[features]`, what a NaN becomes; `None` where an empty cell is an error.
    pub fill: Option<Vec<f32>>,
    /// How rows are pictures, if they are and it is asked for; see [`Self::with_picture`].
    pub picture: Option<PictureForm>,
    /// In the order of the outputs.
    pub class_names: Vec<String>,
    /// In the order of the inputs.
    pub feature_names: Vec<String>,
    /// What the rows were that it was trained on, if not the configured data.
    pub stand_in: Option<String>,
}

impl Network {
    /// What a predictor predicts with.
    #[must_use]
    pub fn of(predictor: &Predictor) -> Self {
        let manifest = &predictor.manifest;
        Self {
            name: manifest.name.clone(),
            step: predictor.step,
            sizes: manifest.layer_sizes.clone(),
            layers: predictor.layer_values(),
            activation: predictor.config.model.activation,
            scaling: manifest.scaling.clone(),
            fill: predictor.fill(),
            picture: None,
            class_names: manifest.class_names.clone(),
            feature_names: manifest.feature_names.clone(),
            stand_in: manifest.data.stand_in.clone(),
        }
    }

    /// The same with what is known of its rows as pictures, for a form that draws.
    ///
    /// # Errors
    /// If the examples that the run keeps cannot be read.
    pub fn with_picture(self, run: &RunDirectory, predictor: &Predictor) -> Result<Self, Error> {
        Ok(Self {
            picture: PictureForm::find(run, predictor)?,
            ..self
        })
    }

    /// Number of inputs.
    #[must_use]
    pub const fn features(&self) -> usize {
        self.feature_names.len()
    }

    /// Number of outputs.
    #[must_use]
    pub const fn classes(&self) -> usize {
        self.class_names.len()
    }

    /// Units of the hidden layers.
    #[must_use]
    pub fn hidden(&self) -> &[usize] {
        &self.sizes[1..self.sizes.len() - 1] // a network has inputs and outputs
    }

    /// Layers with the units before and behind each.
    pub fn shaped_layers(&self) -> impl Iterator<Item = (&Layer, usize, usize)> {
        let shapes = self.sizes.windows(2);
        self.layers
            .iter()
            .zip(shapes)
            .map(|(layer, shape)| (layer, shape[0], shape[1]))
    }

    /// Units of each layer in words: `784–128–10 tanh`.
    #[must_use]
    pub fn architecture(&self) -> String {
        let sizes: Vec<String> = self.sizes.iter().map(usize::to_string).collect();
        format!("{} {}", sizes.join("–"), self.activation.name())
    }

    /// How raw values become inputs, in words.
    #[must_use]
    pub const fn scaling_in_words(&self) -> &'static str {
        match self.scaling.kind {
            ScaleKind::None => "taken as they are",
            ScaleKind::Unit => "divided by 255",
            ScaleKind::Standard => "less the mean of their column, by its deviation",
        }
    }
}
