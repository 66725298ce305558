//! What `GET /v1/model` says.

use schemars::JsonSchema;
use serde::Serialize;

use super::answer::CheckpointAnswer;
use mlp_core::config::ScaleKind;
use mlp_core::evaluation::Evaluation;
use mlp_core::model::{ImageForm, LoadedRun};
use mlp_core::run::RunDirectory;

/// The network that is served.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "Model", rename = "Model")]
pub(super) struct About {
    /// Name of the experiment.
    name: String,
    /// Id of the run.
    run: String,
    checkpoint: CheckpointAnswer,
    /// In the order of the probabilities.
    classes: Vec<String>,
    features: FeaturesAnswer,
    /// Units of each layer: features, hidden layers, classes.
    layers: Vec<usize>,
    /// Function after each layer but the last.
    activation: &'static str,
    /// Weights and biases.
    parameters: usize,
    /// What was measured when the run ended; absent if it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "EvaluationAnswer")]
    evaluation: Option<EvaluationAnswer>,
    /// What the rows were that it was trained on, if not the configured data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    fallback: Option<String>,
    /// Mistakes that the run keeps, of which predictions with details tell the nearest.
    stored_mistakes: usize,
    /// Version of the program that serves it.
    mlp_version: &'static str,
}

/// What a row is made of.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Features")]
struct FeaturesAnswer {
    count: usize,
    /// In the order of a row's values.
    names: Vec<String>,
    /// How raw values are brought to what the network takes: `unit` are bytes, 0 to 255.
    #[schemars(with = "String")]
    scale: ScaleKind,
    /// What an empty cell of each becomes; absent if none may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<f32>")]
    fill: Option<Vec<f32>>,
    /// Present if the features are the pixels of a picture, line by line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "PictureAnswer")]
    picture: Option<PictureAnswer>,
}

/// Size of a picture.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Picture")]
struct PictureAnswer {
    width: usize,
    height: usize,
}

/// What was measured when the run ended.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Evaluation")]
struct EvaluationAnswer {
    /// The checkpoint that was measured.
    checkpoint: CheckpointAnswer,
    /// The split that says most about unseen rows first.
    splits: Vec<SplitAnswer>,
}

/// Figures of a split.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Split")]
struct SplitAnswer {
    /// `test`, `validation` or `train`.
    split: &'static str,
    rows: u64,
    /// Share of its rows predicted right.
    accuracy: f64,
    /// Mean cross-entropy of a row, in nats.
    loss: f64,
}

impl About {
    /// What is known of a network. Figures that cannot be read are left out.
    pub fn of(
        run: &RunDirectory,
        trained: &LoadedRun,
        pictures: Option<&ImageForm>,
        stored_mistakes: usize,
    ) -> Self {
        let manifest = &trained.manifest;
        Self {
            name: manifest.name.clone(),
            run: run.id(),
            checkpoint: CheckpointAnswer { step: trained.step },
            classes: manifest.schema.classes().to_vec(),
            features: FeaturesAnswer {
                count: manifest.schema.columns.len(),
                names: manifest.schema.feature_names(),
                scale: manifest.preprocessing.kind(),
                fill: trained.model.fill.clone(),
                picture: pictures.map(|form| PictureAnswer {
                    width: form.side,
                    height: form.side,
                }),
            },
            layers: manifest.layer_sizes.clone(),
            activation: trained.config.model.activation.name(),
            parameters: manifest.parameters,
            evaluation: Evaluation::read(run)
                .ok()
                .map(|evaluation| EvaluationAnswer {
                    checkpoint: CheckpointAnswer {
                        step: evaluation.step,
                    },
                    splits: evaluation
                        .splits()
                        .map(|(split, report)| SplitAnswer {
                            split: split.name(),
                            rows: report.rows,
                            accuracy: report.accuracy,
                            loss: report.loss,
                        })
                        .collect(),
                }),
            fallback: manifest.data.fallback.clone(),
            stored_mistakes,
            mlp_version: env!("CARGO_PKG_VERSION"),
        }
    }
}
