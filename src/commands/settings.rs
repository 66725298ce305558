//! The config that a command works with.

use std::path::Path;

use mlp::config::{Config, Override, environment, load};

use super::Failure;

/// Reads a config file, and lays over it the environment, each `--set`, and `--backend`.
pub fn load_config(file: &Path, set: &[String], backend: Option<&str>) -> Result<Config, Failure> {
    let mut overrides: Vec<Override> = set.iter().cloned().map(Override::Set).collect();
    if let Some(backend) = backend {
        overrides.push(Override::Flag {
            name: "--backend".into(),
            key: "backend".into(),
            value: backend.to_owned(),
        });
    }
    Ok(load(Some(file), environment(), &overrides)?.config)
}
