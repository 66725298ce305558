//! The trained model that a command works with.

use std::path::{Path, PathBuf};

use crate::backend;
use crate::config::{BackendKind, LabelColumn};
use crate::data::{Dataset, Labels, ReadOptions, read};
use crate::error::{DataError, Error};
use crate::inference::{ColumnOrder, LoadedRun, Predictor};
use crate::run::{Manifest, RunDirectory, Which};
use crate::{backend_for, predictor};
use clap::Args;

use super::arguments::{ComputeArguments, Verbosity};
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
        let predictor = predictor(&trained, &run, config.backend, &config.device)?;
        Ok(Self {
            run,
            trained,
            predictor,
            backend: config.backend,
        })
    }

    /// Reads a labelled file with the model's classes, its columns in the order of the model's inputs.
    pub fn read_labelled(
        &self,
        path: &Path,
        label: &LabelColumn,
        verbosity: Verbosity,
    ) -> Result<Dataset, Error> {
        let options = ReadOptions {
            label: label.clone(),
            ..self.trained.read_options(Labels::Required)
        };
        let dataset = read(path, &options)?;
        let names = self.trained.model.schema.feature_names();
        let order = ColumnOrder::between(&names, &dataset.feature_names())
            .map_err(|kind| DataError::of_file(path, kind))?;
        terminal::note_order(path, &order, verbosity);
        Ok(order.apply(dataset))
    }
}
