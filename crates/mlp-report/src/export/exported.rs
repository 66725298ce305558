//! What an export is made of: a model, and what has to be known to use it.

use std::sync::Arc;

use mlp_core::config::{Activation, ScaleKind};
use mlp_core::error::Error;
use mlp_core::model::{ImageForm, LoadedRun, Model};
use mlp_core::network::Layer;
use mlp_core::run::RunDirectory;

/// A trained model that is written in another form.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The model.
    pub model: Arc<Model>,
    /// Name of the experiment.
    pub name: String,
    /// Step of the checkpoint.
    pub step: u64,
    /// How rows are images, if they are and it is asked for; see [`Self::with_images`].
    pub images: Option<ImageForm>,
    /// What the rows were that it was trained on, if not the configured data.
    pub fallback: Option<String>,
}

impl Exported {
    /// A model of this name, trained in so many steps.
    #[must_use]
    pub fn new(model: impl Into<Arc<Model>>, name: &str, step: u64) -> Self {
        Self {
            model: model.into(),
            name: name.to_owned(),
            step,
            images: None,
            fallback: None,
        }
    }

    /// The model of a run.
    #[must_use]
    pub fn of(trained: &LoadedRun) -> Self {
        Self {
            model: Arc::clone(&trained.model),
            name: trained.manifest.name.clone(),
            step: trained.step,
            images: None,
            fallback: trained.manifest.data.fallback.clone(),
        }
    }

    /// The same with what is known of its rows as images, for a form that draws.
    ///
    /// # Errors
    /// If the examples that the run keeps cannot be read.
    pub fn with_images(self, run: &RunDirectory, trained: &LoadedRun) -> Result<Self, Error> {
        Ok(Self {
            images: ImageForm::find(run, trained)?,
            ..self
        })
    }

    /// Number of feature columns.
    #[must_use]
    pub fn features(&self) -> usize {
        self.model.features()
    }

    /// Name of each class, in the order of the outputs.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.model.classes()
    }

    /// Weights and biases of each layer; they act on preprocessed values.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.model.network.layers
    }

    /// Function after each layer but the last, which softmax follows.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.model.network.activation
    }

    /// Units of the hidden layers.
    #[must_use]
    pub fn hidden(&self) -> Vec<usize> {
        let mut sizes = self.model.network.sizes();
        sizes.pop();
        sizes.drain(..1.min(sizes.len()));
        sizes
    }

    /// Layers with their inputs and outputs.
    pub fn shaped_layers(&self) -> impl Iterator<Item = (&Layer, usize, usize)> {
        let layers = self.layers().iter();
        layers.map(|layer| (layer, layer.inputs(), layer.outputs()))
    }

    /// Units of each layer in words: `784–128–10 tanh`.
    #[must_use]
    pub fn architecture(&self) -> String {
        let sizes = self.model.network.sizes();
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        format!("{} {}", sizes.join("–"), self.activation().name())
    }

    /// How raw values become inputs, in words.
    #[must_use]
    pub fn scaling_in_words(&self) -> &'static str {
        match self.model.preprocessor.kind() {
            ScaleKind::None => "taken as they are",
            ScaleKind::Unit => "divided by 255",
            ScaleKind::Standard => "less the mean of their column, by its deviation",
        }
    }
}
