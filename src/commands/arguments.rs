//! Arguments that several commands take.

use std::path::Path;

use crate::config::{BackendKind, Config, Override, environment, is_device, load};
use clap::{ArgAction, Args};

use super::Failure;

/// What is laid over a config file.
#[derive(Debug, Args)]
pub struct Settings {
    /// Set a config key, as TOML; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Backend: flex, ndarray or wgpu
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
    /// Device of wgpu: auto, discrete:0, integrated:0, virtual:0 or cpu
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

impl Settings {
    /// Reads a config file, and lays over it the environment, each `--set`, and the other flags.
    pub fn over(&self, file: &Path) -> Result<Config, Failure> {
        let mut overrides: Vec<Override> = self.set.iter().cloned().map(Override::Set).collect();
        for (key, value) in [("backend", &self.backend), ("device", &self.device)] {
            overrides.extend(value.as_ref().map(|value| Override::Flag {
                name: format!("--{key}"),
                key: key.into(),
                value: value.clone(),
            }));
        }
        Ok(load(Some(file), environment(), &overrides)?.config)
    }
}

/// What a trained network computes on, where it is not what it was trained on.
#[derive(Debug, Default, Args)]
pub struct Computing {
    /// Backend: flex, ndarray or wgpu; without it, the run's own
    #[arg(long, value_name = "NAME", value_parser = backend)]
    pub backend: Option<BackendKind>,
    /// Device of wgpu: auto, discrete:0, integrated:0, virtual:0 or cpu; without it, the run's own
    #[arg(long, value_name = "NAME", value_parser = device)]
    pub device: Option<String>,
}

fn backend(name: &str) -> Result<BackendKind, &'static str> {
    let mut kinds = BackendKind::ALL.into_iter();
    kinds
        .find(|kind| kind.name() == name)
        .ok_or("it must be flex, ndarray or wgpu")
}

/// For clap: the name of a device of wgpu.
pub fn device(name: &str) -> Result<String, &'static str> {
    is_device(name)
        .then(|| name.to_owned())
        .ok_or("it must be auto, cpu, discrete:0, integrated:0 or virtual:0")
}

/// How much is told on standard error.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Verbosity {
    /// Tell nothing but results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Tell more: checkpoints, times
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}
