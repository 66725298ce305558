//! The model of an export, and what else the formats need.

use std::sync::Arc;

use super::Prefix;
use mlp_core::config::{Activation, ScaleKind};
use mlp_core::error::Error;
use mlp_core::model::{ImageForm, LoadedRun, Model};
use mlp_core::network::Layer;
use mlp_core::run::RunDirectory;
use mlp_data::TargetScaling;
use serde_json::{Value, json};

/// A trained model to export.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The model.
    pub model: Arc<Model>,
    /// Name of the experiment.
    pub name: String,
    /// Step of the checkpoint.
    pub step: u64,
    /// How rows are images; `None` if they are not, or before [`Self::with_images`].
    pub images: Option<ImageForm>,
    /// The rows that it was trained on instead of the configured data, and why.
    pub fallback: Option<String>,
    /// What the names in a C header begin with.
    pub prefix: Prefix,
}

impl Exported {
    /// Creates an export of a model that was trained for `step` steps.
    #[must_use]
    pub fn new(model: impl Into<Arc<Model>>, name: &str, step: u64) -> Self {
        Self {
            model: model.into(),
            name: name.to_owned(),
            step,
            images: None,
            fallback: None,
            prefix: Prefix::default(),
        }
    }

    /// Creates an export of the model of a run.
    #[must_use]
    pub fn of(trained: &LoadedRun) -> Self {
        Self {
            model: Arc::clone(&trained.model),
            name: trained.manifest.name.clone(),
            step: trained.step,
            images: None,
            fallback: trained.manifest.data.fallback.clone(),
            prefix: Prefix::default(),
        }
    }

    /// Adds how the rows of a run are images, for a format that draws.
    ///
    /// # Errors
    /// If the examples that the run keeps cannot be read.
    pub fn with_images(self, run: &RunDirectory, trained: &LoadedRun) -> Result<Self, Error> {
        Ok(Self {
            images: ImageForm::find(run, trained)?,
            ..self
        })
    }

    /// Returns the number of features.
    #[must_use]
    pub fn features(&self) -> usize {
        self.model.features()
    }

    /// Returns the name of each class, in the order of the outputs; none if a number is predicted.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        self.model.classes()
    }

    /// Returns how the number to predict becomes the network's output; `None` if classes are predicted.
    #[must_use]
    pub fn target(&self) -> Option<TargetScaling> {
        self.model.schema.target_scaling()
    }

    /// Returns the name of the predicted column.
    #[must_use]
    pub fn target_name(&self) -> &str {
        let name = self.model.schema.target_name.as_deref();
        name.unwrap_or("value")
    }

    /// Returns how probabilities become a class, if not as the network gives them and by the largest.
    #[must_use]
    pub fn decision(&self) -> Option<Value> {
        let decision = self.model.decision;
        if decision.rule().is_none() && decision.temperature.to_bits() == 1_f64.to_bits() {
            return None;
        }
        let rule = decision.rule();
        let name = |(class, _): (u32, f64)| self.classes()[class as usize].clone();
        Some(json!({
            "temperature": decision.temperature,
            "positive": rule.map(name),
            "threshold": rule.map(|(_, threshold)| threshold),
        }))
    }

    /// Returns weights and biases of each layer; they act on preprocessed values.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.model.network.layers
    }

    /// Returns the activation after each layer but the last, which is followed by softmax if classes are predicted.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.model.network.activation
    }

    /// Returns the number of units of each hidden layer.
    #[must_use]
    pub fn hidden(&self) -> Vec<usize> {
        let mut sizes = self.model.network.sizes();
        sizes.pop();
        sizes.drain(..1.min(sizes.len()));
        sizes
    }

    /// Returns the layers with their numbers of inputs and outputs.
    pub fn shaped_layers(&self) -> impl Iterator<Item = (&Layer, usize, usize)> {
        let layers = self.layers().iter();
        layers.map(|layer| (layer, layer.inputs(), layer.outputs()))
    }

    /// Returns the units of each layer and the activation: `784–128–10 tanh`.
    #[must_use]
    pub fn architecture(&self) -> String {
        let sizes = self.model.network.sizes();
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        format!("{} {}", sizes.join("–"), self.activation().name())
    }

    /// Describes how raw values become inputs.
    #[must_use]
    pub fn scaling_in_words(&self) -> &'static str {
        let preprocessor = &self.model.preprocessor;
        let kind = preprocessor.kind();
        let mut columns = (0..self.features()).map(|column| preprocessor.encoding(column).plain());
        if !preprocessor.is_plain()
            || columns.any(|numeric| numeric.is_some_and(|numeric| numeric.method != kind))
        {
            return "filled and encoded column by column, as in training";
        }
        match kind {
            ScaleKind::None => "taken as they are",
            ScaleKind::Unit => "divided by 255",
            ScaleKind::MinMax => {
                "less the smallest of their column in training, by the distance to the largest"
            }
            ScaleKind::Robust => {
                "less the median of their column, by the distance between its quartiles"
            }
            ScaleKind::Standard | ScaleKind::Auto => {
                "less the mean of their column, by its deviation"
            }
        }
    }
}
