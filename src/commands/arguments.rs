//! Arguments that several commands take.

use std::path::Path;

use crate::config::{
    BackendKind, Config, LoadedConfig, Override, environment, is_device, load, load_text,
};
use crate::error::ConfigError;
use clap::{ArgAction, Args};

use super::Failure;

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

/// Values that replace those of a config file.
#[derive(Debug, Default, Args)]
pub struct KeyOverrides {
    /// Set a config key, as TOML; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Backend: flex, ndarray or wgpu
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
}

impl KeyOverrides {
    /// Reads a config file, or takes the defaults, and applies the environment, each `--set` and the other flags.
    pub fn load(
        &self,
        file: Option<&Path>,
        device: Option<&str>,
    ) -> Result<LoadedConfig, ConfigError> {
        load(file, environment(), &self.overrides(device))
    }

    fn overrides(&self, device: Option<&str>) -> Vec<Override> {
        let mut overrides: Vec<Override> = self.set.iter().cloned().map(Override::Set).collect();
        for (key, value) in [("backend", self.backend.as_deref()), ("device", device)] {
            overrides.extend(value.map(|value| Override::Flag {
                name: format!("--{key}"),
                key: key.into(),
                value: value.to_owned(),
            }));
        }
        overrides
    }
}

/// Values that replace those of the config of a training.
#[derive(Debug, Default, Args)]
pub struct ConfigOverrides {
    #[command(flatten)]
    keys: KeyOverrides,
    /// Device of wgpu: auto, discrete:0, integrated:0, virtual:0 or cpu
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
}

impl ConfigOverrides {
    /// Reads a config file, and applies the environment and these flags.
    pub fn load(&self, file: &Path) -> Result<Config, Failure> {
        let loaded = self.keys.load(Some(file), self.device.as_deref())?;
        Ok(loaded.config)
    }

    /// Reads a config from text, which messages call `name`, and applies the environment and these flags.
    pub fn load_text(&self, name: &Path, text: &str) -> Result<Config, Failure> {
        let overrides = self.keys.overrides(self.device.as_deref());
        let loaded = load_text(name, text.to_owned(), environment(), &overrides)?;
        Ok(loaded.config)
    }
}

/// The backend and device that a trained model computes on, where they are not those it was trained on.
///
/// Not [`ConfigOverrides`]: a wrong name is an error of the command line here, as there is no config whose key it could be.
#[derive(Debug, Default, Args)]
pub struct ComputeArguments {
    /// Backend: flex, ndarray or wgpu; without it, the run's own
    #[arg(long, value_name = "NAME", value_parser = parse_backend)]
    pub backend: Option<BackendKind>,
    /// Device of wgpu: auto, discrete:0, integrated:0, virtual:0 or cpu; without it, the run's own
    #[arg(long, value_name = "NAME", value_parser = parse_device)]
    pub device: Option<String>,
}

fn parse_backend(name: &str) -> Result<BackendKind, &'static str> {
    let mut kinds = BackendKind::ALL.into_iter();
    kinds
        .find(|kind| kind.name() == name)
        .ok_or("it must be flex, ndarray or wgpu")
}

/// Checks the name of a device of wgpu, for clap.
pub fn parse_device(name: &str) -> Result<String, &'static str> {
    is_device(name)
        .then(|| name.to_owned())
        .ok_or("it must be auto, cpu, discrete:0, integrated:0 or virtual:0")
}
