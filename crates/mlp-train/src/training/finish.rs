//! After the last update: evaluates every split once and completes the run folder.

use std::time::Instant;

use super::Prepared;
use super::decide::{keep_calibration_rows, store_decision};
use super::run_folder::SharedLog;
use crate::engine::{Ending, Session};
use crate::error::Error;
use crate::predictor;
use mlp_core::config::WatchedMetric;
use mlp_core::evaluation::{
    Evaluation, Scored, history_warnings, score, write_examples, write_predictions,
};
use mlp_core::model::LoadedRun;
use mlp_core::run::{MetricsRecord, RunDirectory, Scope, Split, Timings, Which};
use mlp_data::Dataset;

/// The weights that a training ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Updates that made them.
    pub step: u64,
    /// Epoch of the last of these, counted from 1.
    pub epoch: usize,
    /// Whether that update ended the epoch.
    pub ends_epoch: bool,
    /// Epochs made.
    pub epochs: usize,
    /// The validation metric that chose them; `None` if they are the last.
    pub by: Option<WatchedMetric>,
}

impl Chosen {
    fn of(prepared: &Prepared, session: &Session) -> Self {
        let state = &session.state;
        let best = state.best.as_ref();
        let step = best.map_or(state.step, |best| best.step);
        let steps_per_epoch = prepared.batches.steps_per_epoch() as u64;
        Self {
            step,
            epoch: usize::try_from(step.div_ceil(steps_per_epoch)).unwrap_or(usize::MAX),
            ends_epoch: step.is_multiple_of(steps_per_epoch),
            epochs: state.epoch,
            by: best.map(|_| prepared.config.early_stopping.choosing()),
        }
    }
}

/// Result of a training.
#[derive(Debug)]
pub struct Summary {
    /// The run folder.
    pub run: RunDirectory,
    /// How it ended.
    pub ending: Ending,
    /// Updates made, over all resumptions.
    pub steps: u64,
    /// The weights that were kept; `None` if cancelled.
    pub chosen: Option<Chosen>,
    /// Metrics of each split; `None` if cancelled.
    pub evaluation: Option<Evaluation>,
    /// Training time, over all resumptions, in seconds.
    pub seconds: f64,
    /// Time of each part; `None` if cancelled.
    pub timings: Option<Timings>,
}

pub(super) fn finish(
    prepared: &Prepared,
    run: &RunDirectory,
    ending: Ending,
    session: &Session,
    log: &SharedLog,
) -> Result<Summary, Error> {
    let mut summary = Summary {
        run: run.clone(),
        ending,
        steps: session.state.step,
        chosen: None,
        evaluation: None,
        seconds: session.state.seconds,
        timings: None,
    };
    if summary.ending == Ending::Cancelled {
        return Ok(summary);
    }
    let started = Instant::now();
    summary.chosen = Some(Chosen::of(prepared, session));
    summary.evaluation = Some(score_and_write(prepared, run, session, log)?);

    let rows = summary.steps as f64 / prepared.batches.steps_per_epoch() as f64
        * prepared.batches.rows_per_epoch() as f64;
    summary.timings = Some(Timings {
        data_seconds: prepared.seconds,
        training_seconds: summary.seconds,
        evaluation_seconds: started.elapsed().as_secs_f64(),
        rows_per_second: rows / summary.seconds,
        first_update_seconds: session.times.first_update,
        waiting_seconds: session
            .train
            .is_on_device()
            .then_some(session.times.waiting),
    });
    Ok(summary)
}

/// Evaluates every split once, and writes the results.
fn score_and_write(
    prepared: &Prepared,
    run: &RunDirectory,
    session: &Session,
    log: &SharedLog,
) -> Result<Evaluation, Error> {
    let mut evaluation = score_all(prepared, run)?;
    let history = log.lock().records()?;
    evaluation.warnings.extend(history_warnings(&history));
    if let Some(test) = &evaluation.test {
        let mut log = log.lock();
        log.append(&MetricsRecord {
            step: evaluation.step,
            epoch: session.state.epoch,
            split: Split::Test,
            scope: Scope::Split,
            scores: test.logged_scores(),
            learning_rate: session.learning_rate(),
            seconds: session.state.seconds,
        })?;
        log.unsynced()?.sync()?;
    }
    evaluation.write(run)?;
    Ok(evaluation)
}

/// Evaluates every split once, and writes the prediction of each row and the examples of the report.
pub(super) fn score_all(prepared: &Prepared, run: &RunDirectory) -> Result<Evaluation, Error> {
    let mut trained = LoadedRun::load(run, Which::Chosen)?;
    let config = &prepared.config;
    let mut predictor = predictor(&trained, run, config.backend, &config.device)?;
    let (is_changed, note) = store_decision(prepared, run, &trained, predictor.as_mut())?;
    if is_changed {
        trained = LoadedRun::load(run, Which::Chosen)?;
        predictor = crate::predictor(&trained, run, config.backend, &config.device)?;
    }
    let kept = keep_calibration_rows(prepared, run, &trained, predictor.as_mut())?;
    let record = prepared.record();
    let baseline = record.baseline();
    let mut score_rows =
        |dataset: &Dataset, rows: &[u32]| score(predictor.as_mut(), dataset, rows, baseline);
    let train = score_rows(&prepared.rows, &prepared.split.train);
    let held_out = &prepared.split.validation;
    let validation =
        (!held_out.is_empty()).then(|| score_rows(prepared.validation_rows(), held_out));
    let test = prepared
        .test
        .as_ref()
        .map(|test| score_rows(test, &test.all_rows()));

    let class_names = trained.model.classes();
    let mut shown: Vec<(Split, &Scored)> = [(Split::Validation, &validation), (Split::Test, &test)]
        .into_iter()
        .filter_map(|(split, scored)| Some((split, scored.as_ref()?)))
        .collect();
    write_predictions(run, &shown, class_names)?;
    shown.push((Split::Train, &train));
    for (split, scored) in &shown {
        let dataset = match split {
            Split::Test => prepared.test.as_ref().unwrap_or(&prepared.rows),
            Split::Validation => prepared.validation_rows(),
            Split::Train => &prepared.rows,
        };
        write_examples(run, *split, dataset, scored)?;
    }
    let evaluation = Evaluation {
        warnings: record
            .repeated_rows_warnings()
            .into_iter()
            .chain(note)
            .chain(kept)
            .collect(),
        ..Evaluation::of(&trained)
    };
    Ok(shown
        .into_iter()
        .fold(evaluation, |evaluation, (split, scored)| {
            evaluation.with(split, scored, class_names)
        }))
}
