//! Responses of `POST /v1/predict` and `GET /v1/model`.
//!
//! The doc comments of these types are the descriptions in `/openapi.json`.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::{ServedModel, bytes, nearest};
use super::problem::Problem;
use super::queue::{Output, RowPrediction};
use super::request::Rows;
use mlp_core::config::ScaleKind;
use mlp_core::decision::Interval;
use mlp_core::evaluation::{Evaluation, Report};
use mlp_core::model::{ImageForm, LoadedRun, NewValues, PredictionWriter, Predictions};
use mlp_core::run::RunDirectory;
use mlp_data::{Features, TargetColumn};
use mlp_report::web::{Field, fields};

/// Maximum number of rows of a request with details.
pub(super) const MAX_DETAILED_ROWS: usize = 100;
/// Nearest mistakes listed for a row.
const NEAREST: usize = 5;

/// Predictions, one for each row.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Predictions")]
pub(super) struct Answer<'a> {
    /// Id of the run whose network answered: another may be loaded between two requests.
    run: &'a str,
    checkpoint: CheckpointAnswer,
    /// In the order of the probabilities.
    classes: &'a [String],
    /// In the order of the rows.
    predictions: Vec<PredictionAnswer<'a>>,
    /// Columns with empty cells, categories or numbers that the training rows did not have; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schemars(with = "Vec<NewValues>")]
    new_values: &'a [NewValues],
}

/// Predicted numbers, one for each row.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Predictions")]
pub(super) struct ValuesAnswer<'a> {
    /// Id of the run whose network answered: another may be loaded between two requests.
    run: &'a str,
    checkpoint: CheckpointAnswer,
    /// In the order of the rows.
    predictions: Vec<ValueAnswer<'a>>,
    /// Columns with empty cells, categories or numbers that the training rows did not have; absent if there are none.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schemars(with = "Vec<NewValues>")]
    new_values: &'a [NewValues],
}

/// A point of the training.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Checkpoint")]
pub(super) struct CheckpointAnswer {
    /// Updates made.
    pub step: u64,
}

/// What the network says of a row.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Prediction")]
struct PredictionAnswer<'a> {
    /// The most probable class, unless the run has a threshold for the positive one of two.
    prediction: &'a str,
    /// Its probability.
    #[schemars(range(min = 0, max = 1))]
    confidence: f64,
    /// Of each class.
    #[schemars(inner(range(min = 0, max = 1)))]
    probabilities: &'a [f64],
    /// Classes among which the true one is in the share of rows that `interval` asks for, the most probable first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    set: Option<Vec<&'a str>>,
    /// What the network saw, if details were asked for and features are the pixels of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "InputAnswer")]
    input: Option<InputAnswer>,
    /// Activations of each hidden layer, if details were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Vec<f32>>")]
    hidden: Option<&'a [Vec<f32>]>,
    /// Rows nearest to this one among those that the network got wrong, if details were asked for and the run
    /// keeps any; Euclidean distance of scaled values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<MistakeAnswer>")]
    nearest_mistakes: Option<Vec<MistakeAnswer<'a>>>,
}

/// What the network says of a row.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Prediction")]
struct ValueAnswer<'a> {
    /// The predicted number, in the unit of the training file.
    prediction: f64,
    /// Lower end of the interval that holds the truth in the share of rows that `interval` asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    low: Option<f64>,
    /// Upper end of that interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    high: Option<f64>,
    /// What the network saw, if details were asked for and features are the pixels of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "InputAnswer")]
    input: Option<InputAnswer>,
    /// Activations of each hidden layer, if details were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Vec<f32>>")]
    hidden: Option<&'a [Vec<f32>]>,
}

/// A picture.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Input")]
struct InputAnswer {
    width: usize,
    height: usize,
    /// Line by line: 0 for paper, 255 for full ink.
    levels: Vec<u8>,
}

/// A row that the network got wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Mistake")]
struct MistakeAnswer<'a> {
    /// The split that it is of: `test`, `validation` or `train`.
    split: &'static str,
    /// Its number there, counted from 0.
    row: u32,
    /// Its class.
    label: &'a str,
    /// What the network said.
    prediction: &'a str,
    /// As in `input`; absent if features are no pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<u8>")]
    levels: Option<&'a [u8]>,
}

/// The network that is served.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "Model", rename = "Model")]
pub(super) struct About {
    /// Name of the experiment.
    name: String,
    /// Id of the run.
    run: String,
    checkpoint: CheckpointAnswer,
    /// In the order of the probabilities; empty if a number is predicted.
    classes: Vec<String>,
    /// The positive one of two classes; absent of any other number of classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    positive: Option<String>,
    /// Probability of the positive class from which on it is predicted; absent if the most probable class is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    threshold: Option<f64>,
    features: FeaturesAnswer,
    /// Units of each layer: features, hidden layers, classes or the predicted number.
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
    /// What the cells of each hold: `number`, `boolean`, `category` or `date`.
    kinds: Vec<&'static str>,
    /// How raw values are brought to what the network takes: `unit` are bytes, 0 to 255.
    #[schemars(with = "String")]
    scale: ScaleKind,
    /// What an empty cell of each becomes; absent if none may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<f32>")]
    fill: Option<Vec<f32>>,
    /// The same columns as a form asks for them; absent if they are pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Field>")]
    columns: Option<Vec<Field>>,
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
    /// Share of its rows predicted right; absent if a number is predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    accuracy: Option<f64>,
    /// Root mean squared error, in the unit of the training file; absent if classes are predicted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "f64")]
    rmse: Option<f64>,
    /// Mean loss of a row: of classes the cross-entropy, in nats; of numbers that of the training, of standardised targets.
    loss: f64,
}

impl About {
    /// Describes a network. An evaluation that cannot be read is left out.
    pub fn of(
        run: &RunDirectory,
        trained: &LoadedRun,
        images: Option<&ImageForm>,
        stored_mistakes: usize,
    ) -> Self {
        let manifest = &trained.manifest;
        let decision = trained.model.decision;
        let kinds = manifest
            .schema
            .columns
            .iter()
            .map(|column| column.kind.name());
        Self {
            name: manifest.name.clone(),
            run: run.id(),
            checkpoint: CheckpointAnswer { step: trained.step },
            classes: manifest.schema.classes().to_vec(),
            positive: decision
                .positive
                .and_then(|class| manifest.schema.classes().get(class as usize).cloned()),
            threshold: decision.threshold,
            features: FeaturesAnswer {
                count: manifest.schema.columns.len(),
                names: manifest.schema.feature_names(),
                kinds: kinds.collect(),
                scale: manifest.preprocessing.kind(),
                fill: trained.model.preprocessor.fill(),
                columns: images
                    .is_none()
                    .then(|| fields(&manifest.schema, &trained.model.preprocessor)),
                picture: images.map(|form| PictureAnswer {
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
                            rows: report.rows(),
                            accuracy: report.classification().map(|report| report.accuracy),
                            rmse: report.regression().map(|report| report.rmse),
                            loss: match report {
                                Report::Classification(report) => report.loss,
                                Report::Regression(report) => report.loss,
                            },
                        })
                        .collect(),
                }),
            fallback: manifest.data.fallback.clone(),
            stored_mistakes,
            mlp_version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Checks that all outputs are finite: values near the limits of float32 may overflow in the network.
pub(super) fn check(outputs: &[Output]) -> Result<(), Problem> {
    let is_finite = |output: &Output| {
        let mut hidden = output.hidden.iter().flatten();
        let is_known = match &output.prediction {
            RowPrediction::Class(prediction) => prediction.log_normaliser.is_finite(),
            RowPrediction::Value(value) => value.is_finite(),
        };
        is_known && hidden.all(|value| value.is_finite())
    };
    match outputs.iter().position(|output| !is_finite(output)) {
        None => Ok(()),
        Some(row) => Err(Problem::unprocessable(format!(
            "row {}: its values are so large that the network's outputs leave the range of float32",
            row + 1
        ))),
    }
}

/// Returns predictions as JSON. `details` are their rows, if details were requested; the first [`MAX_DETAILED_ROWS`]
/// have details.
pub(super) fn json(
    model: &ServedModel,
    outputs: &[Output],
    details: Option<&Rows>,
    interval: Option<&Interval>,
    new_values: &[NewValues],
) -> Vec<u8> {
    let classes = model.classes();
    let features = details.map(|rows| Features::Floats(rows.values.clone()));
    let details = |row: usize| features.as_ref().filter(|_| row < MAX_DETAILED_ROWS);
    let (run, step) = (&*model.run_id, model.trained.step);
    let checkpoint = CheckpointAnswer { step };
    let values = outputs.iter().enumerate().filter_map(|(row, output)| {
        let RowPrediction::Value(prediction) = output.prediction else {
            return None;
        };
        let range = interval.map(|interval| interval.range(prediction));
        Some(ValueAnswer {
            prediction,
            low: range.map(|(low, _)| low),
            high: range.map(|(_, high)| high),
            input: details(row).and_then(|features| input(model, features, row)),
            hidden: details(row).map(|_| &output.hidden[..]),
        })
    });
    if model.trained.model.schema.target_scaling().is_some() {
        let answer = ValuesAnswer {
            run,
            checkpoint,
            predictions: values.collect(),
            new_values,
        };
        return serde_json::to_vec(&answer).unwrap_or_default(); // plain strings and finite numbers
    }
    let predictions = outputs.iter().enumerate().filter_map(|(row, output)| {
        let RowPrediction::Class(prediction) = &output.prediction else {
            return None;
        };
        let features = details(row);
        Some(PredictionAnswer {
            prediction: &classes[prediction.class as usize],
            confidence: prediction.confidence(),
            probabilities: &prediction.probabilities,
            set: interval.map(|interval| {
                let set = interval.set(prediction).into_iter();
                set.map(|class| &*classes[class as usize]).collect()
            }),
            input: features.and_then(|features| input(model, features, row)),
            hidden: features.map(|_| &output.hidden[..]),
            nearest_mistakes: features.and_then(|features| mistakes(model, features, row)),
        })
    });
    let answer = Answer {
        run,
        checkpoint,
        classes,
        predictions: predictions.collect(),
        new_values,
    };
    serde_json::to_vec(&answer).unwrap_or_default() // plain strings and finite numbers
}

/// Returns predictions as CSV, as `mlp predict` writes them, with the probabilities of all classes.
pub(super) fn csv(model: &ServedModel, outputs: &[Output], interval: Option<Interval>) -> Vec<u8> {
    let target = &model.trained.model.schema.target;
    let all = outputs.iter().map(|output| &output.prediction);
    let predictions = match target {
        TargetColumn::Class { .. } => {
            let classes = all.filter_map(|prediction| match prediction {
                RowPrediction::Class(prediction) => Some(prediction.clone()),
                RowPrediction::Value(_) => None,
            });
            Predictions::Classes(classes.collect())
        }
        TargetColumn::Value(_) => {
            let values = all.filter_map(|prediction| match prediction {
                RowPrediction::Class(_) => None,
                RowPrediction::Value(value) => Some(*value),
            });
            Predictions::Values(values.collect())
        }
    };
    let mut bytes = Vec::new();
    let mut writer = PredictionWriter::new(&mut bytes, target, true);
    if let Some(interval) = interval {
        writer = writer.with_interval(interval);
    }
    // Writing to memory never fails.
    let _ = writer.write(&predictions, &[], |_| String::new());
    let _ = writer.finish();
    bytes
}

/// Returns the picture that the network saw, if features are pixels.
fn input(model: &ServedModel, features: &Features, row: usize) -> Option<InputAnswer> {
    let form = model.images.as_ref().ok()?;
    Some(InputAnswer {
        width: form.side,
        height: form.side,
        levels: bytes(&form.levels_of(features, row)),
    })
}

/// Returns the nearest mistakes of a row, if the run keeps any.
fn mistakes<'a>(
    model: &'a ServedModel,
    features: &Features,
    row: usize,
) -> Option<Vec<MistakeAnswer<'a>>> {
    if model.mistakes.is_empty() {
        return None;
    }
    let classes = model.classes();
    let inputs = model.served.inputs(features, row);
    let answers = nearest(&model.mistakes, &inputs, NEAREST)
        .into_iter()
        .map(|mistake| MistakeAnswer {
            split: mistake.split,
            row: mistake.row,
            label: &classes[mistake.label as usize],
            prediction: &classes[mistake.prediction as usize],
            levels: (!mistake.levels.is_empty()).then_some(&mistake.levels[..]),
        });
    Some(answers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use mlp_core::decision::Decision;

    #[test]
    fn outputs_that_are_not_finite_are_refused() {
        let output = |logits: &[f32], hidden: f32| Output {
            prediction: RowPrediction::Class(Decision::default().predict(logits)),
            hidden: vec![vec![0.5, hidden]],
        };
        let good = output(&[1.0, -f32::MAX], 0.5);
        assert_eq!(check(&[good.clone(), good.clone()]), Ok(()));
        for bad in [
            output(&[1.0, f32::NAN], 0.5),
            output(&[1.0, f32::INFINITY], 0.5),
            output(&[1.0, 2.0], f32::INFINITY),
        ] {
            let refused = check(&[good.clone(), bad]).unwrap_err();
            let problem = serde_json::to_string(&refused).unwrap();
            assert!(
                problem.contains("422") && problem.contains("row 2"),
                "{problem}"
            );
        }
    }
}
