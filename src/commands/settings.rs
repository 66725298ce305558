//! The config that a command works with.

use std::path::Path;

use mlp::config::{Config, Override, environment, load};

use super::Failure;

/// Reads a config file, and lays over it the environment, each `--set`, and `--backend`.
pub fn load_config(file: &Path, set: &[String], backend: Option<&str>) -> Result<Config, Failure> {
    load_config_on(file, set, backend, None)
}

/// The same with `--device`.
pub fn load_config_on(
    file: &Path,
    set: &[String],
    backend: Option<&str>,
    device: Option<&str>,
) -> Result<Config, Failure> {
    let mut overrides: Vec<Override> = set.iter().cloned().map(Override::Set).collect();
    for (key, value) in [("backend", backend), ("device", device)] {
        overrides.extend(value.map(|value| Override::Flag {
            name: format!("--{key}"),
            key: key.into(),
            value: value.to_owned(),
        }));
    }
    Ok(load(Some(file), environment(), &overrides)?.config)
}
