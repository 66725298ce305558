//! What the environment and the command line lay over the file.

use toml::Value;
use toml::de::DeValue;

use super::form::Form;
use super::keys;
use super::merge::{Layer, Merge, Source};
use super::suggest::Spelling;
use crate::error::ConfigPlace;

/// A value from the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Override {
    /// `--set section.key=value`: its text after `--set`.
    Set(String),
    /// A flag with a name of its own.
    Flag {
        /// With its dashes, `--backend`.
        name: String,
        /// Dotted key that it stands for.
        key: String,
        /// As typed.
        value: String,
    },
}

const PREFIX: &str = "MLP__";

/// The process's environment variables that are config: those that begin with `MLP__`.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        let value = value.to_string_lossy().into_owned();
        name.starts_with(PREFIX).then_some((name, value))
    })
}

impl Merge {
    /// Lays an environment variable over the values; one without the prefix is not config.
    pub fn read_environment(&mut self, name: &str, value: &str) {
        let Some(key) = name.strip_prefix(PREFIX) else {
            return;
        };
        let source = Source {
            layer: Layer::Environment,
            spelling: Spelling::Environment,
            place: &|_| ConfigPlace::Environment {
                name: name.to_owned(),
            },
        };
        let key = key.to_lowercase().replace("__", ".");
        self.read_text(&source, &key, value);
    }

    /// Lays a value of the command line over the others.
    pub fn read_override(&mut self, written: &Override) {
        let (layer, place, assignment) = match written {
            Override::Set(text) => {
                let place = ConfigPlace::Set { text: text.clone() };
                (Layer::Set, place, text.split_once('='))
            }
            Override::Flag { name, key, value } => {
                let place = ConfigPlace::Flag {
                    name: name.clone(),
                    value: value.clone(),
                };
                (Layer::Flag, place, Some((key.as_str(), value.as_str())))
            }
        };
        let source = Source {
            layer,
            spelling: Spelling::Dotted,
            place: &|_| place.clone(),
        };
        if let Some((key, value)) = assignment {
            self.read_text(&source, key.trim(), value.trim());
        } else {
            let message = "there is no `=` between key and value".to_owned();
            let help = "write --set section.key=value".to_owned();
            self.refuse("", message, Some(help), place.clone());
        }
    }

    /// Reads `text` as a TOML value, or as itself where that is what the key takes.
    fn read_text(&mut self, source: &Source, key: &str, text: &str) {
        let Some(form) = keys::find(key).filter(|_| !key.is_empty()) else {
            return self.unknown(key, source, 0..0);
        };
        match DeValue::parse(text) {
            Ok(value) if reads_as_text(form, value.get_ref(), text) => {
                self.read(source, key, form, bare(text));
            }
            Ok(value) => self.read(source, key, form, value),
            Err(error) if text.starts_with(['[', '{', '"', '\'']) => {
                let message = format!("`{key}` is not valid TOML: {}", error.message());
                self.refuse(key, message, Some(form.about.clone()), (source.place)(0..0));
            }
            Err(_) => self.read(source, key, form, bare(text)),
        }
    }
}

/// Whether an unquoted value that happens to be TOML is meant as text: `--set name=7`.
fn reads_as_text(form: &Form, value: &DeValue, text: &str) -> bool {
    let scalar = match value {
        DeValue::Integer(_) => Value::Integer(0),
        DeValue::Float(_) => Value::Float(0.0),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(value) => Value::Datetime(*value),
        DeValue::String(_) | DeValue::Array(_) | DeValue::Table(_) => return false,
    };
    !form.takes(&scalar) && form.takes(&Value::String(text.to_owned()))
}

fn bare(text: &str) -> toml::Spanned<DeValue<'_>> {
    toml::Spanned::new(0..text.len(), DeValue::String(text.into()))
}
