//! Formats a config as TOML: the whole config, with the origin of each value, or the differences from the defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use toml::{Table, Value};

use super::load::LoadedConfig;
use super::path;
use super::schema::{self, TAG};
use super::{Config, ConfigError, ConfigPlace, Problem};

/// Origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A default.
    Default,
    /// The config file.
    File {
        /// Path as given.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Name, `MLP__SECTION__KEY`.
        name: String,
    },
    /// A `--set` option.
    Set,
    /// A dedicated flag.
    Flag {
        /// Name with its dashes.
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

/// Formats the config as TOML, which [`load`](super::load) parses to an equal config.
///
/// Unset keys, and keys with the default of their kind, are omitted.
///
/// # Errors
///
/// If a path is not UTF-8, or the seed exceeds the largest TOML integer.
pub fn to_toml(config: &Config) -> Result<String, ConfigError> {
    Ok(write(&abbreviated(values(config)?), |_| None))
}

impl LoadedConfig {
    /// Formats the config as TOML, with the origin of each value in a comment at the end of its line.
    ///
    /// # Errors
    ///
    /// The same as for [`to_toml`].
    pub fn show(&self) -> Result<String, ConfigError> {
        let values = all_values(&self.config)?;
        let written = self.origins.keys().filter_map(|key| {
            // A word abbreviates a table that contains only its kind.
            let value = values
                .get(key)
                .or_else(|| values.get(&path::join(key, TAG)));
            Some((key.clone(), value?.clone()))
        });
        Ok(write(&written.collect(), |key| self.origins.get(key)))
    }
}

/// Returns the values that differ from the defaults, as dotted key and TOML, in the order of the config.
///
/// # Errors
///
/// The same as for [`to_toml`].
pub fn differences_from_defaults(config: &Config) -> Result<Vec<(String, String)>, ConfigError> {
    let defaults = abbreviated(values(&Config::default())?);
    let values = abbreviated(values(config)?);
    Ok(schema::paths_with(values.keys())
        .into_iter()
        .filter(|path| values.get(path) != defaults.get(path))
        .filter_map(|path| {
            let value = written(values.get(&path)?);
            Some((path, value))
        })
        .collect())
}

/// Maximum width of a line whose comment is aligned with the others, in characters.
const MAX_ALIGNED_WIDTH: usize = 44;

/// Formats a line for each value, in the order of the structs. Values in nested tables get dotted keys, so that each
/// has its own line and origin.
fn write<'a>(values: &Values, origin: impl Fn(&str) -> Option<&'a Origin>) -> String {
    let paths = schema::paths_with(values.keys());
    let set = paths
        .iter()
        .filter_map(|path| Some((path, values.get(path)?)));
    let lines: Vec<_> = set
        .map(|(path, value)| {
            let (section, key) = path.split_once('.').unwrap_or(("", path));
            (path, section, format!("{key} = {}", written(value)))
        })
        .collect();
    let widths = lines.iter().map(|(.., line)| line.chars().count());
    let edge = widths.filter(|width| *width <= MAX_ALIGNED_WIDTH).max();
    let edge = edge.unwrap_or(0);
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
    text.join("\n") + "\n"
}

/// Formats a value as TOML; small numbers as `1e-8`.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Float(number) if number.is_finite() => format!("{number:?}"),
        value => value.to_string(),
    }
}

/// Formats an origin on one line, for use in a comment.
fn one_line(origin: &Origin) -> String {
    origin.to_string().replace(char::is_control, "?")
}

/// Values by dotted key.
pub(super) type Values = BTreeMap<String, Value>;

/// Returns the values by dotted key, except those that equal the default of their kind.
pub(super) fn values(config: &Config) -> Result<Values, ConfigError> {
    let mut values = all_values(config)?;
    for (table, form) in schema::tables_with_kinds() {
        let word = values.get(&path::join(&table, TAG));
        let kind = word.and_then(|word| form.kind(word.as_str()?));
        for key in kind.iter().flat_map(|kind| &kind.keys) {
            let path = path::join(&table, &key.name);
            if key.default.is_some() && values.get(&path) == key.default.as_ref() {
                values.remove(&path);
            }
        }
    }
    Ok(values)
}

/// Replaces tables that contain only their kind by its word, where that is accepted.
fn abbreviated(mut values: Values) -> Values {
    for (table, _) in schema::tables_with_kinds() {
        let takes_words = schema::find(&table).is_some_and(|form| !form.words.is_empty());
        let inside = format!("{table}.");
        let keys = values.keys().filter(|key| key.starts_with(&inside));
        if takes_words
            && keys.count() == 1
            && let Some(word) = values.remove(&path::join(&table, TAG))
        {
            values.insert(table, word);
        }
    }
    values
}

/// Returns every value that is set.
fn all_values(config: &Config) -> Result<Values, ConfigError> {
    let table = Table::try_from(config).map_err(|error| {
        let problem = Problem {
            key: String::new(),
            message: format!("cannot be written as TOML: {error}"),
            help: None,
            place: ConfigPlace::Unwritten,
        };
        ConfigError::new(vec![problem], None)
    })?;
    let mut values = Values::new();
    push_values("", table, &mut values);
    Ok(values)
}

/// Adds the values of a table and of its nested tables.
pub(super) fn push_values(parent: &str, table: Table, values: &mut Values) {
    for (key, value) in table {
        let path = path::join(parent, &key);
        match value {
            Value::Table(table) => push_values(&path, table, values),
            value => {
                values.insert(path, value);
            }
        }
    }
}
