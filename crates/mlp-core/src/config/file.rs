//! The config file, from its bytes to the lowest layer above the defaults.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys;
use super::merge::{Layer, Merge, Source};
use super::suggest::{Spelling, nearest};
use crate::error::{ConfigError, ConfigPlace, Problem};

/// Lays the file over the defaults, and returns its text.
pub(super) fn read(merge: &mut Merge, path: &Path) -> Result<String, ConfigError> {
    let text = read_text(path).map_err(|(message, help)| {
        let problem = Problem {
            key: String::new(),
            message,
            help,
            place: ConfigPlace::WholeFile { path: path.into() },
        };
        ConfigError::new(vec![problem], None)
    })?;
    let place = |span| ConfigPlace::in_file(path.to_owned(), &text, span);
    let (table, errors) = DeTable::parse_recoverable(&text);
    if !errors.is_empty() {
        let problems = errors.into_iter().map(|error| Problem {
            key: String::new(),
            message: format!("not valid TOML: {}", error.message()),
            help: None,
            place: place(error.span().unwrap_or(0..0)),
        });
        return Err(ConfigError::new(problems.collect(), Some(text.clone())));
    }
    let source = Source {
        layer: Layer::File,
        spelling: Spelling::File,
        place: &place,
    };
    if let Some(form) = keys::find("") {
        let table = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
        merge.read(&source, "", form, table);
    }
    Ok(text)
}

/// The file's text, or what is wrong with it and what to do.
fn read_text(path: &Path) -> Result<String, (String, Option<String>)> {
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => ("there is no such file".to_owned(), configs_near(path)),
        _ => (format!("cannot be read: {error}"), None),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let help = "save it as UTF-8".to_owned();
        (format!("is not UTF-8 text: byte {at} is not"), Some(help))
    })
}

/// What else could have been meant by the path of a missing file.
fn configs_near(path: &Path) -> Option<String> {
    let beside = path.parent().filter(|folder| folder.is_dir());
    let folder = beside.unwrap_or(Path::new("configs"));
    let files = std::fs::read_dir(folder).ok()?.flatten();
    let mut names: Vec<String> = files
        .filter_map(|file| file.file_name().into_string().ok())
        .filter(|name| Path::new(name).extension() == Some(OsStr::new("toml")))
        .collect();
    names.sort();
    let typed = path.file_name()?.to_str()?;
    let near = nearest(typed, names.iter().map(String::as_str));
    let shown = |name: &str| folder.join(name).display().to_string();
    match near {
        Some(near) => Some(format!("did you mean {}?", shown(near))),
        None if names.is_empty() => None,
        None => {
            let shown: Vec<_> = names.iter().map(|name| shown(name)).collect();
            Some(format!("configs there: {}", shown.join(", ")))
        }
    }
}
