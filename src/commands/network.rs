//! The trained network that a command works with.

use std::path::PathBuf;

use clap::Args;
use mlp::config::BackendKind;
use mlp::inference::{Predictor, backend_for};
use mlp::run::{Manifest, RunDirectory, Which};

use super::{Failure, environment, terminal};

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
        let run = RunDirectory::find(&self.run)?;
        Manifest::read(&run)?; // first: it tells best what is wrong with a run
        let mut config = run.read_config()?;
        config.backend = backend_for(&config, self.backend);
        environment::configure(&config);
        let which = self.checkpoint.unwrap_or(Which::Chosen);
        let predictor = Predictor::load(&run, which, Some(config.backend))?;
        for skipped in &predictor.skipped {
            terminal::note(&format!(
                "a damaged checkpoint was passed over: {skipped}; this is step {}",
                predictor.step
            ));
        }
        Ok(Network {
            run,
            predictor,
            backend: config.backend,
        })
    }
}

fn backend(name: &str) -> Result<BackendKind, String> {
    [BackendKind::Flex, BackendKind::Ndarray, BackendKind::Wgpu]
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| "expected flex, ndarray or wgpu".to_owned())
}
