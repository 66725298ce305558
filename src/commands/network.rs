//! The trained network that a command works with.

use std::path::{Path, PathBuf};

use clap::Args;
use mlp::config::{BackendKind, LabelColumn};
use mlp::data::{Dataset, Labels, ReadOptions, read};
use mlp::error::{DataError, Error};
use mlp::inference::{ColumnOrder, Predictor, backend_for};
use mlp::run::{Manifest, RunDirectory, Which};

use super::{Failure, Verbosity, environment, terminal};

/// Arguments that choose a trained network.
#[derive(Debug, Args)]
pub struct NetworkArguments {
    /// Run folder, or a folder of runs: the newest of them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Checkpoint: best, last or a step; without it, the best if the run has a validation split, else the last
    #[arg(long, value_name = "CHECKPOINT")]
    pub checkpoint: Option<Which>,
    /// Backend: flex, ndarray or wgpu; without it, the run's own
    #[arg(long, value_name = "NAME", value_parser = backend)]
    backend: Option<BackendKind>,
}

/// A network, and the run it was loaded from.
pub struct Network {
    pub run: RunDirectory,
    pub predictor: Predictor,
    /// What computes.
    pub backend: BackendKind,
}

impl NetworkArguments {
    /// Loads the network, and tells of damaged checkpoints that were passed over.
    pub fn load(&self) -> Result<Network, Failure> {
        Network::load(&self.run, self.checkpoint, self.backend)
    }
}

impl Network {
    /// Loads the network of a run, or of the newest run in a folder; `None` is the usual checkpoint, and the
    /// run's own backend.
    pub fn load(
        run: &Path,
        checkpoint: Option<Which>,
        backend: Option<BackendKind>,
    ) -> Result<Self, Failure> {
        let run = RunDirectory::find(run)?;
        Manifest::read(&run)?; // first: it tells best what is wrong with a run
        let mut config = run.read_config()?;
        config.backend = backend_for(&config, backend);
        environment::configure(&config);
        let which = checkpoint.unwrap_or(Which::Chosen);
        let predictor = Predictor::load(&run, which, Some(config.backend))?;
        for skipped in &predictor.skipped {
            terminal::note(&format!(
                "a damaged checkpoint was passed over: {skipped}; this is step {}",
                predictor.step
            ));
        }
        Ok(Self {
            run,
            predictor,
            backend: config.backend,
        })
    }

    /// Reads a labelled file with this network's classes, its columns put into the order of the inputs.
    pub fn read_labelled(
        &self,
        path: &Path,
        label: &LabelColumn,
        verbosity: Verbosity,
    ) -> Result<Dataset, Error> {
        let options = ReadOptions {
            label: label.clone(),
            ..self.predictor.read_options(Labels::Required)
        };
        let dataset = read(path, &options)?;
        let names = &self.predictor.manifest.feature_names;
        let order = ColumnOrder::between(names, &dataset.feature_names)
            .map_err(|kind| DataError::of_file(path, kind))?;
        terminal::note_order(path, &order, verbosity);
        Ok(order.apply(dataset))
    }
}

fn backend(name: &str) -> Result<BackendKind, String> {
    [BackendKind::Flex, BackendKind::Ndarray, BackendKind::Wgpu]
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| "expected flex, ndarray or wgpu".to_owned())
}
