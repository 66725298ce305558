//! Rows that the network got wrong, for a look beside what it is asked about.

use crate::error::Error;
use mlp_core::evaluation::Examples;
use mlp_core::model::{ImageForm, LoadedRun};
use mlp_core::run::RunDirectory;

/// A row of the run's examples that was predicted wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StoredMistake {
    /// Name of the split that it is of.
    pub split: &'static str,
    /// Its number there, counted from 0.
    pub row: u32,
    /// Its class.
    pub label: u32,
    pub prediction: u32,
    /// `[side, side]`: 0 for paper, 255 for full ink; empty where features are no pixels.
    pub levels: Vec<u8>,
    /// `[features]`, scaled as the network takes them.
    inputs: Vec<f32>,
}

/// Reads all that a run keeps.
pub(super) fn read(
    run: &RunDirectory,
    trained: &LoadedRun,
    pictures: Option<&ImageForm>,
) -> Result<Vec<StoredMistake>, Error> {
    let mut mistakes = Vec::new();
    for mut examples in Examples::read_all(run, &trained.manifest, &trained.config)? {
        examples.score_if_unknown(&trained.model);
        let dataset = &examples.dataset;
        for at in examples.mistakes() {
            let Some(row) = examples.scored.as_ref().and_then(|scored| scored.get(at)) else {
                continue; // never: mistakes are among the scored
            };
            mistakes.push(StoredMistake {
                split: examples.split.name(),
                row: row.row,
                label: row.label,
                prediction: row.prediction,
                levels: pictures.map_or_else(Vec::new, |form| bytes(&form.levels(dataset, at))),
                inputs: trained.model.inputs(&dataset.features, at),
            });
        }
    }
    Ok(mistakes)
}

/// The `count` mistakes whose inputs are nearest to these by Euclidean distance, the nearest first.
pub(super) fn nearest<'a>(
    mistakes: &'a [StoredMistake],
    inputs: &[f32],
    count: usize,
) -> Vec<&'a StoredMistake> {
    let distance = |mistake: &StoredMistake| -> f32 {
        let pairs = mistake.inputs.iter().zip(inputs);
        pairs.map(|(a, b)| (a - b) * (a - b)).sum()
    };
    let mut by_distance: Vec<(f32, &StoredMistake)> = mistakes
        .iter()
        .map(|mistake| (distance(mistake), mistake))
        .collect();
    by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
    by_distance
        .into_iter()
        .take(count)
        .map(|(_, mistake)| mistake)
        .collect()
}

/// Shares of ink as bytes.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // shares lie in 0..=1
pub(super) fn bytes(levels: &[f32]) -> Vec<u8> {
    levels
        .iter()
        .map(|level| (255.0 * level).round() as u8)
        .collect()
}
