//! At the end of a training: how the trained network decides between two classes, and the rows that a calibration rests on.

use super::Prepared;
use crate::error::Error;
use mlp_core::config::Threshold;
use mlp_core::decision::{
    CalibrationRows, CalibrationSource, ChosenThreshold, Decision, StoredDecision, best_threshold,
    positive_scores,
};
use mlp_core::model::{LoadedRun, Predictor};
use mlp_core::run::RunDirectory;

/// Returns how the network of a predictor decides, as the config asks: with a threshold of the config, or one that is
/// chosen on the validation rows. The most probable class is predicted where these are not of both classes.
pub(crate) fn decision(prepared: &Prepared, predictor: &mut dyn Predictor) -> Decision {
    let decision = prepared.decision();
    let (Some(positive), Threshold::Rule(rule)) =
        (decision.positive, prepared.config.decision.threshold)
    else {
        return decision;
    };
    let (dataset, rows) = (prepared.validation_rows(), &prepared.split.validation);
    let predictions = predictor.predict(dataset, rows);
    let labels = dataset.labels().unwrap_or_default();
    let labels = rows.iter().map(|&row| labels[row as usize]);
    let scores = positive_scores(predictions.classes(), labels, positive);
    Decision {
        threshold: best_threshold(rule, &scores),
        ..decision
    }
}

/// Keeps the outputs of the network on the rows held out for calibration, else on the validation rows, in its run; returns
/// what a user must know. Without either, none are kept.
pub(super) fn keep_calibration_rows(
    prepared: &Prepared,
    run: &RunDirectory,
    trained: &LoadedRun,
    predictor: &mut dyn Predictor,
) -> Result<Option<String>, Error> {
    let split = &prepared.split;
    let (source, dataset, rows) = if split.calibration.is_empty() {
        let rows = &split.validation;
        (
            CalibrationSource::Validation,
            prepared.validation_rows(),
            rows,
        )
    } else {
        let rows = &split.calibration;
        (CalibrationSource::Calibration, &prepared.rows, rows)
    };
    if rows.is_empty() {
        CalibrationRows::remove(run)?;
        return Ok(None);
    }
    let seed = prepared.config.seed;
    let held_out = (source, &**dataset, &rows[..]);
    let kept = CalibrationRows::predict(predictor, trained.step, held_out, seed);
    kept.write(run)?;
    Ok(kept.note())
}

/// Writes the threshold of a trained network into its run, unless it predicts the most probable class; returns whether the
/// run decides otherwise than it did when it was loaded, and what a user must know.
///
/// A decision of the same checkpoint by the same rule stays, with all that was fitted since; others go.
pub(super) fn store_decision(
    prepared: &Prepared,
    run: &RunDirectory,
    trained: &LoadedRun,
    predictor: &mut dyn Predictor,
) -> Result<(bool, Option<String>), Error> {
    let rule = prepared.config.decision.threshold;
    let known = StoredDecision::read(run, trained.model.classes())?;
    let wanted = (!rule.is_default()).then_some(rule);
    if let Some(known) = &known
        && known.step == trained.step
        && known.threshold.as_ref().map(|threshold| threshold.rule) == wanted
    {
        return Ok((false, None));
    }
    let decision = decision(prepared, predictor);
    let positive = prepared.positive.clone();
    let chosen = decision.threshold.zip(positive);
    let mut stored = StoredDecision::new(trained.step);
    stored.threshold = chosen.map(|(value, positive)| ChosenThreshold {
        positive,
        value,
        rule,
    });
    let note = (decision.threshold.is_none() && !rule.is_default()).then(|| {
        format!(
            "decision.threshold = \"{rule}\" needs validation rows of both classes, and they are of one: the most probable \
             class is predicted"
        )
    });
    if !rule.is_default() {
        stored.write(run)?;
        return Ok((true, note));
    }
    if known.is_some() {
        StoredDecision::remove(run)?;
        return Ok((true, note));
    }
    Ok((false, note))
}
