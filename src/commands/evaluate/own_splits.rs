//! Scoring a run on the rows it was made with.

use crate::data::{Dataset, Source};
use crate::error::{DataErrorKind, Error, RunError};
use crate::evaluation::{Evaluation, score};
use crate::inference::LoadedRun;
use crate::run::RunDirectory;
use crate::training::SplitRows;

use super::{Failure, Network, terminal};

/// Scores every split of a run.
///
/// With the checkpoint that the run itself was scored with, `default_checkpoint`, the run's
/// `evaluation.json` is brought up to date, and stands in where the data files are gone.
pub fn evaluate(network: &mut Network, default_checkpoint: bool) -> Result<Evaluation, Failure> {
    let source = match reload(&network.trained) {
        Ok(source) => source,
        Err(error) if default_checkpoint && is_missing(&error) => {
            return stored(&network.run, error);
        }
        Err(error) => return Err(error.into()),
    };
    let Network {
        run,
        trained,
        predictor,
        ..
    } = network;
    let SplitRows {
        rows,
        split,
        test,
        record,
    } = SplitRows::new(&trained.config, source)?;
    let known = &trained.manifest.data;
    if record.fingerprint != known.fingerprint {
        return Err(RunError::OtherRows {
            path: record.train.path.unwrap_or_else(|| run.path().to_owned()),
            found: record.fingerprint,
            expected: known.fingerprint.clone(),
        }
        .into());
    }
    let same_test = record.test == known.test;
    if let Some(test) = &record.test
        && !same_test
    {
        let path = test.path.as_deref().unwrap_or(run.path());
        terminal::note(&format!(
            "{}: this is not the test file that the run was made with (its SHA-256 differs)",
            path.display()
        ));
    }
    let mut score_rows = |dataset: &Dataset, rows_of_split: &[u32]| {
        score(predictor.as_mut(), dataset, rows_of_split).report
    };
    let evaluation = Evaluation {
        test: test.map(|test| score_rows(&test, &test.all_rows())),
        validation: (!split.validation.is_empty()).then(|| score_rows(&rows, &split.validation)),
        train: Some(score_rows(&rows, &split.train)),
        step: trained.step,
        fallback: known.fallback.clone(),
        format: Evaluation::FORMAT,
    };
    if default_checkpoint && same_test {
        store(&evaluation, run);
    }
    Ok(evaluation)
}

fn reload(trained: &LoadedRun) -> Result<Source, Error> {
    let config = &trained.config;
    let data = &trained.manifest.data;
    let source = Source::reload(
        &config.data,
        config.seed,
        data.origin,
        data.fallback.clone(),
    )?;
    Ok(source)
}

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Data(error) if matches!(*error.kind, DataErrorKind::Missing))
}

/// The figures stored when the run was last scored; without them, the reason to look for them.
fn stored(run: &RunDirectory, missing: Error) -> Result<Evaluation, Failure> {
    if !run.evaluation().exists() {
        return Err(missing.into());
    }
    let evaluation = Evaluation::read(run)?;
    terminal::note(&format!(
        "{missing}. These are the stored figures of step {}, from {}",
        evaluation.step,
        run.evaluation().display()
    ));
    Ok(evaluation)
}

/// A run that cannot be written to can still be scored.
fn store(evaluation: &Evaluation, run: &RunDirectory) {
    let is_stored = Evaluation::read(run).is_ok_and(|stored| stored == *evaluation);
    if !is_stored && let Err(error) = evaluation.write(run) {
        terminal::note(&format!("the figures were not stored: {error}"));
    }
}
