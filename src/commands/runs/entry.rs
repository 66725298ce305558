//! What is known of a run at a glance, damaged or not.

use std::path::PathBuf;

use crate::evaluation::Evaluation;
use crate::run::{Manifest, MetricsLog, MetricsRecord, RunDirectory, Scope, Split, Status};
use serde::Serialize;

/// A run at a glance.
#[derive(Debug, Serialize)]
pub struct Entry {
    pub path: PathBuf,
    pub id: String,
    /// In one word.
    pub status: &'static str,
    /// `None` if the manifest cannot be read: then `damage` says why, and the rest is unknown.
    #[serde(flatten)]
    pub known: Option<Known>,
    /// What cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

/// What a readable manifest, and the files beside it, tell.
#[derive(Debug, Serialize)]
pub struct Known {
    pub name: String,
    /// As the manifest has it.
    #[serde(skip)]
    pub recorded: Status,
    /// A process is training in it.
    #[serde(skip)]
    pub in_use: bool,
    pub created: String,
    pub backend: &'static str,
    pub parameters: usize,
    pub epochs_done: usize,
    /// As configured; `None` if the config cannot be read.
    pub epochs: Option<usize>,
    /// Of the evaluation, or of the last epoch before there is one.
    pub validation_accuracy: Option<f64>,
    pub test_accuracy: Option<f64>,
    /// Set if the figures are not about the configured data.
    pub fallback: Option<String>,
}

impl Entry {
    /// Reads what can be read.
    pub fn read(run: &RunDirectory) -> Self {
        let (known, damage) = match Known::read(run) {
            Ok((known, damage)) => (Some(known), damage),
            Err(damage) => (None, Some(damage)),
        };
        Self {
            path: run.path().to_owned(),
            id: run.id(),
            status: match &known {
                Some(known) if damage.is_none() => known.word(),
                _ => "damaged",
            },
            known,
            damage,
        }
    }
}

impl Known {
    /// In one word: a run that says it is running while nobody works in it was killed.
    pub fn word(&self) -> &'static str {
        match self.recorded {
            _ if self.in_use => "running",
            Status::Running => "killed",
            Status::Finished => "finished",
            Status::Interrupted => "interrupted",
            Status::Diverged => "diverged",
            Status::Failed => "failed",
        }
    }

    /// With what is wrong with the lesser files, if anything is; an error if the manifest is damaged.
    fn read(run: &RunDirectory) -> Result<(Self, Option<String>), String> {
        let manifest = Manifest::read(run).map_err(|error| error.to_string())?;
        let mut damage = Vec::new();
        let mut note = |error: &dyn std::fmt::Display| damage.push(error.to_string());
        let config = run.read_config().map_err(|error| note(&error)).ok();
        let evaluation = if run.evaluation().exists() {
            Evaluation::read(run).map_err(|error| note(&error)).ok()
        } else {
            None
        };
        let records = if run.metrics().exists() {
            MetricsLog::read(&run.metrics()).unwrap_or_else(|error| {
                note(&error);
                Vec::new()
            })
        } else {
            Vec::new()
        };
        if manifest.status == Status::Finished && evaluation.is_none() && damage.is_empty() {
            damage.push(format!(
                "{}: the file is missing",
                run.evaluation().display()
            ));
        }
        let last = |split: Split, scope: Scope| {
            let is = |record: &&MetricsRecord| record.split == split && record.scope == scope;
            records.iter().rev().find(is)
        };
        let (validation, test) = evaluation.map_or((None, None), |evaluation| {
            let accuracy = |report: crate::metrics::ClassificationReport| report.accuracy;
            (
                evaluation.validation.map(accuracy),
                evaluation.test.map(accuracy),
            )
        });
        let known = Self {
            in_use: run.is_in_use(),
            name: manifest.name,
            recorded: manifest.status,
            created: manifest.created,
            backend: manifest.backend.name(),
            parameters: manifest.parameters,
            epochs_done: last(Split::Train, Scope::Epoch).map_or(0, |record| record.epoch),
            epochs: config.map(|config| config.training.epochs),
            validation_accuracy: validation
                .or_else(|| last(Split::Validation, Scope::Split).map(|record| record.accuracy)),
            test_accuracy: test,
            fallback: manifest.data.fallback,
        };
        Ok((known, (!damage.is_empty()).then(|| damage.join("; "))))
    }
}
