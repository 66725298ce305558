//! A config as TOML, alone or with the origin of each value.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use toml::{Table, Value};

use super::load::LoadedConfig;
use super::{Config, keys};
use crate::error::{ConfigError, ConfigPlace, Problem};

/// Where a value in force came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody wrote it.
    Default,
    /// The config file.
    File {
        /// As given.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// `MLP__SECTION__KEY`
        name: String,
    },
    /// `--set`
    Set,
    /// A flag with a name of its own.
    Flag {
        /// With its dashes.
        name: String,
    },
}

impl From<&ConfigPlace> for Origin {
    fn from(place: &ConfigPlace) -> Self {
        match place {
            ConfigPlace::Unwritten => Self::Default,
            ConfigPlace::WholeFile { path } => Self::File {
                path: path.clone(),
                line: 1,
            },
            ConfigPlace::File { path, line, .. } => Self::File {
                path: path.clone(),
                line: *line,
            },
            ConfigPlace::Environment { name } => Self::Environment { name: name.clone() },
            ConfigPlace::Set { .. } => Self::Set,
            ConfigPlace::Flag { name, .. } => Self::Flag { name: name.clone() },
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment { name } | Self::Flag { name } => f.write_str(name),
            Self::Set => f.write_str("--set"),
        }
    }
}

/// The config as TOML that [`load`](super::load) reads back to an equal one. Unset keys are left out.
///
/// # Errors
///
/// A path that is not UTF-8, or a seed above the largest number of TOML.
pub fn to_toml(config: &Config) -> Result<String, ConfigError> {
    write(config, |_| None)
}

impl LoadedConfig {
    /// The config as TOML, with the origin of each value in a comment at the end of its line.
    ///
    /// # Errors
    ///
    /// Those of [`to_toml`].
    pub fn show(&self) -> Result<String, ConfigError> {
        write(&self.config, |key| self.origins.get(key))
    }
}

/// Columns that a value may take before its comment leaves the common edge.
const WIDEST: usize = 44;

/// One line a value, in the order of the structs. What is in a table within a section gets a dotted
/// key, so that it too has a line, and an origin, of its own.
fn write<'a>(
    config: &Config,
    origin: impl Fn(&str) -> Option<&'a Origin>,
) -> Result<String, ConfigError> {
    let leaves = leaves(config)?;
    let paths = keys::paths();
    let set = paths
        .iter()
        .filter_map(|path| Some((path, leaves.get(path)?)));
    let lines: Vec<_> = set
        .map(|(path, value)| {
            let (section, key) = path.split_once('.').unwrap_or(("", path));
            (path, section, format!("{key} = {}", written(value)))
        })
        .collect();
    let widths = lines.iter().map(|(.., line)| line.chars().count());
    let edge = widths.filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let mut text = Vec::new();
    let mut heading = "";
    for (path, section, line) in lines {
        if section != heading {
            heading = section;
            text.push(format!("\n[{section}]"));
        }
        text.push(match origin(path) {
            Some(origin) => format!("{line:edge$}  # {}", one_line(origin)),
            None => line,
        });
    }
    Ok(text.join("\n") + "\n")
}

/// A value as TOML; small numbers as `1e-8`.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Float(number) if number.is_finite() => format!("{number:?}"),
        value => value.to_string(),
    }
}

/// Nothing in a comment may end it.
fn one_line(origin: &Origin) -> String {
    origin.to_string().replace(char::is_control, "?")
}

/// Every value that is set, by dotted key.
pub(super) fn leaves(config: &Config) -> Result<BTreeMap<String, Value>, ConfigError> {
    let table = Table::try_from(config).map_err(|error| {
        let problem = Problem {
            key: String::new(),
            message: format!("cannot be written as TOML: {error}"),
            help: None,
            place: ConfigPlace::Unwritten,
        };
        ConfigError::new(vec![problem], None)
    })?;
    let mut leaves = BTreeMap::new();
    push_leaves("", table, &mut leaves);
    Ok(leaves)
}

fn push_leaves(parent: &str, table: Table, leaves: &mut BTreeMap<String, Value>) {
    for (key, value) in table {
        let path = keys::join(parent, &key);
        match value {
            Value::Table(table) => push_leaves(&path, table, leaves),
            value => {
                leaves.insert(path, value);
            }
        }
    }
}
