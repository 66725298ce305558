//! The trained model that a command works with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backend;
use crate::config::{BackendKind, DataSection, LabelColumn};
use crate::data::{Dataset, Labels, ReadOptions, read};
use crate::decision::{FEW_ROWS, Interval, Intervals};
use crate::error::{Error, RunError};
use crate::inference::{FarOutside, LoadedRun, NewValues, Predictor, new_values};
use crate::run::{Manifest, RunDirectory, Which};
use crate::{backend_for, predictor};
use clap::Args;

use super::arguments::{ComputeArguments, Verbosity};
use super::new_rows::note_new_values;
use super::{Failure, process, terminal};

/// Arguments that choose a trained model.
#[derive(Debug, Args)]
pub struct ModelArguments {
    /// Run folder, or a folder of runs: the newest of them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Checkpoint: best, last or a step; without it, the best if the run has a validation split, else the last
    #[arg(long, value_name = "CHECKPOINT")]
    pub checkpoint: Option<Which>,
    #[command(flatten)]
    compute: ComputeArguments,
}

/// A trained model, the run that it was loaded from, and what predicts with it.
pub struct LoadedModel {
    pub run: RunDirectory,
    pub trained: LoadedRun,
    pub predictor: Box<dyn Predictor>,
    /// The backend of `predictor`.
    pub backend: BackendKind,
}

/// The rows of a labelled file, and what they have that the training rows had not.
pub struct LabelledRows {
    pub dataset: Dataset,
    pub new_values: Vec<NewValues>,
}

/// Returns the interval of a level for a loaded run, and tells if it rests on few rows.
pub fn interval(run: &RunDirectory, trained: &LoadedRun, level: f64) -> Result<Interval, RunError> {
    let interval = Intervals::read(run, trained)?.interval(run, level)?;
    if interval.rows < FEW_ROWS {
        terminal::note(&format!(
            "the interval rests on {} rows only; below {FEW_ROWS}, its coverage is uncertain",
            interval.rows
        ));
    }
    Ok(interval)
}

impl ModelArguments {
    /// Loads the model, and notes on standard error which damaged checkpoints were passed over.
    pub fn load(&self) -> Result<LoadedModel, Failure> {
        LoadedModel::load(&self.run, self.checkpoint, &self.compute)
    }
}

impl LoadedModel {
    /// Loads the model of a run, or of the newest run in a folder; without a checkpoint, that of the best one if
    /// the run has a validation split, else of the last.
    pub fn load(
        run: &Path,
        checkpoint: Option<Which>,
        compute: &ComputeArguments,
    ) -> Result<Self, Failure> {
        let run = RunDirectory::find(run)?;
        Manifest::read(&run)?; // first: its errors say best what is wrong with a run
        let mut config = run.read_config()?;
        config.backend = backend_for(&config, compute.backend);
        if let Some(device) = &compute.device {
            config.device.clone_from(device);
            if config.backend != BackendKind::Wgpu {
                let backend = config.backend.name();
                terminal::note(&format!(
                    "--device chooses among the devices of wgpu: {backend} computes on the CPU"
                ));
            }
        }
        process::configure(&config);
        let which = checkpoint.unwrap_or(Which::Chosen);
        backend::device(config.backend, &config.device)?; // before anything large is read
        let trained = LoadedRun::load(&run, which)?;
        for skipped in &trained.skipped {
            terminal::note(&format!(
                "a damaged checkpoint was passed over: {skipped}; this is step {}",
                trained.step
            ));
        }
        if let Some(note) = &trained.decision_note {
            terminal::note(note);
        }
        let predictor = predictor(&trained, &run, config.backend, &config.device)?;
        Ok(Self {
            run,
            trained,
            predictor,
            backend: config.backend,
        })
    }

    /// Reads a labelled file with the model's classes, its columns in the order of the model's inputs, and tells what a
    /// user should know of it.
    pub fn read_labelled(
        &self,
        path: &Path,
        label: &LabelColumn,
        verbosity: Verbosity,
    ) -> Result<LabelledRows, Error> {
        let section = DataSection {
            label: label.clone(),
            ..self.trained.config.data.clone()
        };
        let schema = Arc::clone(&self.trained.model.schema);
        let options = ReadOptions::of_model(&section, schema, Labels::Required);
        let table = read(path, &options)?;
        terminal::note_report(path, &table.report, verbosity);
        let model = &self.trained.model;
        let mut far = FarOutside::none(model);
        far.add(model, &table.dataset);
        let new_values = new_values(model, &table.report, &far);
        note_new_values(path, &new_values, verbosity);
        Ok(LabelledRows {
            dataset: table.dataset,
            new_values,
        })
    }
}
