//! What a config says that the defaults do not.

use super::show::{leaves, written};
use super::{Config, keys};
use crate::error::ConfigError;

/// The values that differ from the defaults, as dotted key and TOML, in the order of the config.
///
/// # Errors
///
/// Those of [`to_toml`](super::to_toml).
pub fn differences_from_defaults(config: &Config) -> Result<Vec<(String, String)>, ConfigError> {
    let defaults = leaves(&Config::default())?;
    let values = leaves(config)?;
    Ok(keys::paths()
        .into_iter()
        .filter(|path| values.get(path) != defaults.get(path))
        .filter_map(|path| {
            let value = written(values.get(&path)?);
            Some((path, value))
        })
        .collect())
}
