//! From layers to one config: defaults < file < environment < `--set` < flags.

use std::collections::BTreeMap;
use std::path::Path;

use super::file;
use super::merge::{Entry, Merge};
use super::show::{Origin, leaves};
use super::validate::findings;
use super::{Config, Override};
use crate::error::{ConfigError, ConfigPlace};

/// A config that was checked, and where each of its values came from.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedConfig {
    /// Every value in force.
    pub config: Config,
    /// By dotted key; unset optional keys have none.
    pub origins: BTreeMap<String, Origin>,
}

/// Reads the config of `file`, if there is one, and lays `env` and `overrides` over it.
///
/// In `env`, `MLP__SECTION__KEY` is config and any other name is passed over; [`environment`]
/// gives the process's. Among `overrides`, flags win over `--set`, and a later one over an earlier.
///
/// [`environment`]: super::environment
///
/// # Errors
///
/// All problems at once: a file that is missing or is not TOML, unknown keys, wrong types, values
/// out of range and keys that do not go together.
pub fn load(
    file: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
    overrides: &[Override],
) -> Result<LoadedConfig, ConfigError> {
    let mut merge = Merge::new(leaves(&Config::default())?);
    let source = match file {
        Some(path) => Some(file::read(&mut merge, path)?),
        None => None,
    };
    for (name, value) in env {
        merge.read_environment(&name, &value);
    }
    let is_flag = |written: &&Override| matches!(written, Override::Flag { .. });
    for written in overrides.iter().filter(|o| !is_flag(o)) {
        merge.read_override(written);
    }
    for written in overrides.iter().filter(is_flag) {
        merge.read_override(written);
    }
    merge.drop_leftovers();
    merge.check_required();
    finish(merge, source)
}

/// Checks the merged values as a whole.
fn finish(mut merge: Merge, source: Option<String>) -> Result<LoadedConfig, ConfigError> {
    let config: Config = match merge.to_table().try_into() {
        Ok(config) => config,
        Err(error) => {
            let message = error.message().to_owned();
            merge.refuse("", message, None, ConfigPlace::Unwritten);
            return Err(ConfigError::new(merge.problems, source));
        }
    };
    for finding in findings(&config) {
        if ![&finding.key, &finding.at, &finding.because]
            .into_iter()
            .any(|key| merge.has_failed(key))
        {
            let place = merge.place(&finding.at);
            merge.problems.push(finding.into_problem(place));
        }
    }
    if !merge.problems.is_empty() {
        return Err(ConfigError::new(merge.problems, source));
    }
    let origin = |(key, entry): (String, Entry)| (key, Origin::from(&entry.place));
    Ok(LoadedConfig {
        config,
        origins: merge.entries.into_iter().map(origin).collect(),
    })
}
