//! What `POST /v1/predict` says.

use schemars::JsonSchema;
use serde::Serialize;

use super::input::Rows;
use super::mistakes::{bytes, nearest};
use super::model::ServedModel;
use super::outputs::Output;
use super::problem::Problem;
use mlp_core::model::{Prediction, PredictionWriter};
use mlp_data::Features;

/// Rows of a request that details are told of.
pub(super) const MOST_DETAILED: usize = 100;
/// Mistakes told for a row.
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
    /// The most probable class.
    prediction: &'a str,
    /// Its probability.
    #[schemars(range(min = 0, max = 1))]
    confidence: f64,
    /// Of each class.
    #[schemars(inner(range(min = 0, max = 1)))]
    probabilities: &'a [f64],
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

/// Checks that the network had an answer: numbers near the limits of float32 may overflow in it.
pub(super) fn check(outputs: &[Output]) -> Result<(), Problem> {
    let is_finite = |output: &Output| {
        let mut hidden = output.hidden.iter().flatten();
        output.prediction.log_normaliser.is_finite() && hidden.all(|value| value.is_finite())
    };
    match outputs.iter().position(|output| !is_finite(output)) {
        None => Ok(()),
        Some(row) => Err(Problem::unfit(format!(
            "row {}: its values are so large that the network's outputs leave the range of float32",
            row + 1
        ))),
    }
}

/// Predictions as JSON; `details` are the rows they are of, if details were asked for; they are told of the
/// first [`MOST_DETAILED`].
pub(super) fn json(model: &ServedModel, outputs: &[Output], details: Option<&Rows>) -> Vec<u8> {
    let classes = model.classes();
    let features = details.map(|rows| Features::Floats(rows.values.clone()));
    let predictions = outputs.iter().enumerate().map(|(row, output)| {
        let prediction = &output.prediction;
        let features = features.as_ref().filter(|_| row < MOST_DETAILED);
        PredictionAnswer {
            prediction: &classes[prediction.class as usize],
            confidence: prediction.confidence(),
            probabilities: &prediction.probabilities,
            input: features.and_then(|features| input(model, features, row)),
            hidden: features.map(|_| &output.hidden[..]),
            nearest_mistakes: features.and_then(|features| mistakes(model, features, row)),
        }
    });
    let answer = Answer {
        run: &model.run_id,
        checkpoint: CheckpointAnswer {
            step: model.trained.step,
        },
        classes,
        predictions: predictions.collect(),
    };
    serde_json::to_vec(&answer).unwrap_or_default() // plain strings and finite numbers
}

/// Predictions as CSV, as `mlp predict --probabilities` writes them.
pub(super) fn csv(model: &ServedModel, outputs: &[Output]) -> Vec<u8> {
    let predictions: Vec<Prediction> = outputs
        .iter()
        .map(|output| output.prediction.clone())
        .collect();
    let mut bytes = Vec::new();
    let mut writer = PredictionWriter::new(&mut bytes, model.classes(), true);
    // Memory takes everything.
    let _ = writer.write(&predictions, |_| String::new());
    let _ = writer.finish();
    bytes
}

fn input(model: &ServedModel, features: &Features, row: usize) -> Option<InputAnswer> {
    let form = model.pictures.as_ref().ok()?;
    Some(InputAnswer {
        width: form.side,
        height: form.side,
        levels: bytes(&form.levels_of(features, row)),
    })
}

fn mistakes<'a>(
    model: &'a ServedModel,
    features: &Features,
    row: usize,
) -> Option<Vec<MistakeAnswer<'a>>> {
    if model.mistakes.is_empty() {
        return None;
    }
    let classes = model.classes();
    let inputs = model.trained.model.inputs(features, row);
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

    #[test]
    fn an_output_that_is_no_number_is_no_answer() {
        let output = |logits: &[f32], hidden: f32| Output {
            prediction: Prediction::of(logits),
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
            let told = serde_json::to_string(&refused).unwrap();
            assert!(told.contains("422") && told.contains("row 2"), "{told}");
        }
    }
}
