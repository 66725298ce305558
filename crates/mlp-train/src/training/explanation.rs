//! Explains the model of a run by the rows that it was trained and validated on.

use std::sync::Arc;

use super::{Prepared, SplitRows};
use crate::backend;
use crate::error::Error;
use mlp_core::explanation::{
    Explanation, ExplanationOptions, MAX_ROWS, REPETITIONS, RowSelection, work_per_prediction,
};
use mlp_core::model::{KernelPredictor, LoadedRun, Model};
use mlp_core::run::{RunDirectory, Split, Which};
use mlp_data::{Dataset, Split as RowSplit};

/// Share of the multiplications of a training that explaining it may take, as the number below 1/…
const SHARE: u64 = 10;
/// Multiplications that an explanation may take in any case: a fraction of a second.
const MIN_WORK: u64 = 500_000_000;
/// Multiplications of a training step for each parameter and row: forward, gradient of the weights, gradient of the
/// inputs.
const STEP_WORK: u64 = 3;
/// With fewer rows, unless these are all, importances would be too uncertain to be shown.
const MIN_ROWS: usize = 100;

/// Rows of a run, by their use.
#[derive(Clone, Copy, Debug)]
pub struct RunRows<'a> {
    /// Rows to train on and, unless they have a data set of their own, to validate on.
    pub rows: &'a Dataset,
    /// Which are which.
    pub split: &'a RowSplit,
    /// Rows among which those to validate on are.
    pub validation: &'a Dataset,
}

impl SplitRows {
    /// Returns the rows, by their use.
    #[must_use]
    pub fn run_rows(&self) -> RunRows<'_> {
        RunRows {
            rows: &self.rows,
            split: &self.split,
            validation: self.validation_rows(),
        }
    }
}

impl RunRows<'_> {
    /// Returns the rows that explain a model: the validation rows, or the training rows if there are none.
    #[must_use]
    pub fn explained(&self) -> (Split, RowSelection<'_>) {
        if self.split.validation.is_empty() {
            return (Split::Train, self.training());
        }
        let selection = RowSelection {
            dataset: self.validation,
            rows: &self.split.validation,
        };
        (Split::Validation, selection)
    }

    fn training(&self) -> RowSelection<'_> {
        RowSelection {
            dataset: self.rows,
            rows: &self.split.train,
        }
    }

    /// Explains a model of these rows by its predictions in the fused kernels.
    ///
    /// # Errors
    /// If the columns are pixels, or a prediction is not finite.
    pub fn explain(
        &self,
        trained: &LoadedRun,
        options: ExplanationOptions,
    ) -> Result<Explanation, Error> {
        let (split, rows) = self.explained();
        let threads = backend::threads(trained.config.training.threads);
        let mut predictor = KernelPredictor::new(Arc::clone(&trained.model), threads);
        let explanation =
            Explanation::new(&mut predictor, trained.step, rows, self.training(), options)?;
        Ok(Explanation {
            split: Some(split),
            ..explanation
        })
    }
}

/// Outcome of explaining a run at the end of its training.
#[derive(Debug)]
pub enum Explained {
    /// It was written into the run.
    Written(Box<Explanation>),
    /// It would take too long; the sentence says how many predictions it needs.
    Skipped(String),
    /// The rows are pictures, of which no single column means anything.
    Pictures,
}

/// Explains the model of a finished training of `steps` steps and writes `explanation.json`, with as many rows as take a
/// tenth of the time of the training, or a fraction of a second.
///
/// # Errors
/// If the run cannot be read or written, or a prediction is not finite.
pub fn explain_training(
    prepared: &Prepared,
    run: &RunDirectory,
    steps: u64,
) -> Result<Explained, Error> {
    if prepared.schema().image.is_some() {
        return Ok(Explained::Pictures);
    }
    let trained = LoadedRun::load(run, Which::Chosen)?;
    let rows = RunRows {
        rows: &prepared.rows,
        split: &prepared.split,
        validation: prepared.validation_rows(),
    };
    let trained_rows = steps.saturating_mul(prepared.config.training.batch_size as u64);
    let available = rows.explained().1.rows.len();
    let max_rows = affordable_rows(&trained.model, trained_rows, available);
    if max_rows < available.min(MIN_ROWS) {
        let predictions = Explanation::predictions(&trained.model, available, REPETITIONS);
        return Ok(Explained::Skipped(format!(
            "the importance of the {} columns was not computed, because it takes {predictions} predictions",
            trained.model.features()
        )));
    }
    let options = ExplanationOptions {
        max_rows,
        ..ExplanationOptions::new(trained.config.seed)
    };
    let explanation = rows.explain(&trained, options)?;
    explanation.write(run)?;
    Ok(Explained::Written(Box::new(explanation)))
}

/// Returns how many of the `available` rows can be explained in a share of the time that training took, in which
/// `trained_rows` rows passed the network. A function of the run alone: a clock would give other rows each time.
fn affordable_rows(model: &Model, trained_rows: u64, available: usize) -> usize {
    let work = work_per_prediction(model);
    let training = trained_rows.saturating_mul(STEP_WORK).saturating_mul(work);
    let affordable = (training / SHARE).max(MIN_WORK);
    let rows = available.min(MAX_ROWS);
    let needed = Explanation::predictions(model, rows, REPETITIONS).saturating_mul(work);
    if needed <= affordable {
        return rows;
    }
    let share = affordable as f64 / needed as f64;
    #[allow(clippy::cast_sign_loss)] // not negative
    let rows = (rows as f64 * share) as usize;
    rows
}
