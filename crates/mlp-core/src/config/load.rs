//! Merges the layers of a config: defaults < file < environment < `--set` < flags.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use mlp_data::nearest;
use serde::Deserialize;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::{Spanned, Table, Value};

use super::path;
use super::schema::{self, Form, TAG, TableForm};
use super::show::{Origin, values};
use super::suggest::{self, Spelling};
use super::validate::{Finding, findings};
use super::{Config, ConfigError, ConfigPlace, Problem};

/// A validated config with the origin of each value.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedConfig {
    /// Merged config.
    pub config: Config,
    /// Origins by dotted key as written; unset optional keys have none.
    pub origins: BTreeMap<String, Origin>,
}

/// A value from the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Override {
    /// Argument of `--set`, `section.key=value`.
    Set(String),
    /// A dedicated flag.
    Flag {
        /// Name with its dashes, such as `--backend`.
        name: String,
        /// Dotted key that it sets.
        key: String,
        /// Value as typed.
        value: String,
    },
}

const PREFIX: &str = "MLP__";

/// Returns the process's environment variables that start with `MLP__`.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        let value = value.to_string_lossy().into_owned();
        name.starts_with(PREFIX).then_some((name, value))
    })
}

/// Loads a config: the defaults, overridden by `file` if given, then `env`, then `overrides`.
///
/// In `env`, names other than `MLP__SECTION__KEY` are ignored; use [`environment`] for the process's variables. Among
/// `overrides`, flags take precedence over `--set`, and later ones over earlier ones.
///
/// # Errors
///
/// All problems at once: a file that is missing or not TOML, unknown keys, wrong types, values out of
/// range and inconsistent keys.
pub fn load(
    file: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
    overrides: &[Override],
) -> Result<LoadedConfig, ConfigError> {
    let Some(path) = file else {
        return merged(None, env, overrides);
    };
    let text = read_text(path).map_err(|(message, help)| {
        let problem = Problem {
            key: String::new(),
            message,
            help,
            place: ConfigPlace::WholeFile { path: path.into() },
        };
        ConfigError::new(vec![problem], None)
    })?;
    merged(Some((path, text)), env, overrides)
}

/// Loads a config as [`load`] does, from the text of a file that may not have been written yet.
///
/// # Errors
///
/// The same as for [`load`].
pub fn load_text(
    path: &Path,
    text: String,
    env: impl Iterator<Item = (String, String)>,
    overrides: &[Override],
) -> Result<LoadedConfig, ConfigError> {
    merged(Some((path, text)), env, overrides)
}

/// Merges the defaults, a file of this text, the environment and the overrides.
fn merged(
    file: Option<(&Path, String)>,
    env: impl Iterator<Item = (String, String)>,
    overrides: &[Override],
) -> Result<LoadedConfig, ConfigError> {
    let mut merge = Merge::new(values(&Config::default())?);
    if let Some((path, text)) = &file {
        merge.read_file(path, text)?;
    }
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
    merge.check_kinds();
    merge.finish(file.map(|(_, text)| text))
}

/// Layer of a value, in ascending order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Default,
    File,
    Environment,
    Set,
    Flag,
}

/// Value of a key that is not a table.
#[derive(Clone, Debug)]
struct Entry {
    value: Value,
    place: ConfigPlace,
    layer: Layer,
}

/// A layer that is being read.
struct Source<'a> {
    layer: Layer,
    spelling: Spelling,
    /// Maps a span to the place where it was written.
    place: &'a dyn Fn(Range<usize>) -> ConfigPlace,
}

/// Merged values so far, by dotted key, and the problems found.
struct Merge {
    entries: BTreeMap<String, Entry>,
    problems: Vec<Problem>,
    /// Keys with a rejected value. Findings about their remaining value would be misleading.
    failed: BTreeSet<String>,
}

impl Merge {
    /// Starts from default values.
    fn new(defaults: BTreeMap<String, Value>) -> Self {
        let entry = |value| Entry {
            value,
            place: ConfigPlace::Unwritten,
            layer: Layer::Default,
        };
        Self {
            entries: defaults
                .into_iter()
                .map(|(key, value)| (key, entry(value)))
                .collect(),
            problems: Vec::new(),
            failed: BTreeSet::new(),
        }
    }

    /// Merges a file of this text.
    fn read_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let place = |span| ConfigPlace::in_file(path.to_owned(), text, span);
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let problems = errors.into_iter().map(|error| Problem {
                key: String::new(),
                message: format!("not valid TOML: {}", error.message()),
                help: None,
                place: place(error.span().unwrap_or(0..0)),
            });
            return Err(ConfigError::new(problems.collect(), Some(text.to_owned())));
        }
        let source = Source {
            layer: Layer::File,
            spelling: Spelling::File,
            place: &place,
        };
        if let Some(form) = schema::find("") {
            let table = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
            self.read(&source, "", form, table);
        }
        Ok(())
    }

    /// Merges an environment variable; one without the prefix is ignored.
    fn read_environment(&mut self, name: &str, value: &str) {
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
        self.read_text(&source, &environment_key(key), value);
    }

    /// Merges an override of the command line.
    fn read_override(&mut self, written: &Override) {
        let (layer, place, assignment) = match written {
            Override::Set(text) => {
                let place = ConfigPlace::Set { text: text.clone() };
                (Layer::Set, place, path::split_assignment(text))
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

    /// Parses `text` as a TOML value, or takes it literally if the key requires text.
    fn read_text(&mut self, source: &Source, key: &str, text: &str) {
        let names = path::segments(key);
        let key = &names.fold(String::new(), |parent, name| path::join(&parent, &name));
        let Some(form) = schema::find(key).filter(|_| !key.is_empty()) else {
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

    /// Merges `value` into `key`, which has the form `form`.
    ///
    /// A table updates the keys that it contains. If it contains all required keys, it replaces the
    /// whole table, so that `{ kind = "normal" }` does not inherit a default standard deviation.
    fn read(&mut self, source: &Source, key: &str, form: &Form, value: Spanned<DeValue>) {
        let (DeValue::Table(table), Some(table_form)) = (value.get_ref(), &form.table) else {
            let place = (source.place)(value.span());
            if let Some(value) = self.check(source, key, &format!("`{key}`"), form, value) {
                self.set(key, value, place, source.layer);
            }
            return;
        };
        let required = &table_form.required;
        if !required.is_empty() && required.iter().all(|key| table.contains_key(key.as_str())) {
            self.clear(key);
        }
        for (name, value) in table {
            let path = path::join(key, name.get_ref());
            match table_form.key(name.get_ref()) {
                Some(form) => self.read(source, &path, form, value.clone()),
                None => self.unknown(&path, source, name.span()),
            }
        }
    }

    /// Returns the value if `form` accepts it. `what` names it in messages: a key, or an entry of its list.
    fn check(
        &mut self,
        source: &Source,
        key: &str,
        what: &str,
        form: &Form,
        value: Spanned<DeValue>,
    ) -> Option<Value> {
        if let (DeValue::Array(entries), Some(form)) = (value.get_ref(), &form.list) {
            let entries = entries.iter().enumerate().map(|(index, entry)| {
                let what = format!("entry {} of `{key}`", index + 1);
                self.check(source, key, &what, form, entry.clone())
            });
            // All entries are checked, so that every wrong one is reported.
            let entries: Vec<_> = entries.collect();
            let entries: Option<Vec<_>> = entries.into_iter().collect();
            return entries.map(Value::Array);
        }
        let place = (source.place)(value.span());
        if key == "data.label" && matches!(value.get_ref(), DeValue::Array(_)) {
            let message = "`data.label` is one column: several targets cannot be predicted at once";
            let help = "name one column, and train a network for each";
            self.refuse(key, message.to_owned(), Some(help.to_owned()), place);
            return None;
        }
        let (message, help) = match Value::deserialize(ValueDeserializer::from(value)) {
            Ok(value) if form.takes(&value) => return Some(value),
            Ok(value) => {
                let near = value.as_str().and_then(|text| suggest::word(text, form));
                let help = match near {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => schema::find(key)?.about.clone(),
                };
                let (takes, shown) = (form.describe(), shown(&value));
                (format!("{what} must be {takes}, not {shown}"), Some(help))
            }
            Err(error) => (format!("{what} cannot be read: {}", error.message()), None),
        };
        self.refuse(key, message, help, place);
        None
    }

    /// Records an unknown key.
    fn unknown(&mut self, key: &str, source: &Source, span: Range<usize>) {
        let (table, name) = path::split(key);
        let message = match source.spelling {
            Spelling::File if table.is_empty() => format!("there is no `{name}` in a config"),
            Spelling::File => format!("there is no `{name}` in [{table}]"),
            Spelling::Dotted | Spelling::Environment => format!("there is no key `{key}`"),
        };
        let help = suggest::unknown_key(key, source.spelling);
        self.refuse(key, message, Some(help), (source.place)(span));
    }

    /// Records a rejected value of `key`, which is empty if the problem does not concern a single key.
    fn refuse(&mut self, key: &str, message: String, help: Option<String>, place: ConfigPlace) {
        if !key.is_empty() {
            self.failed.insert(key.to_owned());
        }
        self.problems.push(Problem {
            key: key.to_owned(),
            message,
            help: help.filter(|help| !help.is_empty()),
            place,
        });
    }

    /// Records a finding about the merged values, unless a value that it depends on was rejected.
    fn report(&mut self, finding: Finding) {
        let keys = [&finding.key, &finding.at, &finding.because];
        if !keys.into_iter().any(|key| self.has_failed(key)) {
            let place = self.place(&finding.at);
            self.problems.push(finding.into_problem(place));
        }
    }

    fn set(&mut self, key: &str, value: Value, place: ConfigPlace, layer: Layer) {
        self.clear(key);
        // A word that abbreviates a table is expanded before one of the table's keys is set.
        let (parent, _) = path::split(key);
        if let Some(word) = self.entries.remove(parent)
            && let Some(form) = schema::find(parent).and_then(|form| form.table.as_ref())
            && let Some(name) = word.value.as_str().and_then(|word| form.abbreviated(word))
        {
            self.entries.insert(path::join(parent, name), word);
        }
        let entry = Entry {
            value,
            place,
            layer,
        };
        self.entries.insert(key.to_owned(), entry);
    }

    /// Removes the values of `key` and of all keys within it.
    fn clear(&mut self, key: &str) {
        let inside = format!("{key}.");
        let outside = |path: &str| path != key && !path.starts_with(&inside);
        self.entries.retain(|path, _| outside(path));
        self.failed.retain(|path| outside(path));
    }

    /// Returns whether a value of `key` or of its table was rejected.
    fn has_failed(&self, key: &str) -> bool {
        self.failed.contains(key) || self.failed.contains(path::split(key).0)
    }

    /// Returns the place of `key`, or of the word that abbreviates its table.
    fn place(&self, key: &str) -> ConfigPlace {
        let entry = self.entries.get(key);
        let entry = entry.or_else(|| self.entries.get(path::split(key).0));
        entry.map_or(ConfigPlace::Unwritten, |entry| entry.place.clone())
    }
}

/// Checks of the merged config.
impl Merge {
    /// Removes keys of lower layers that do not apply to the kind chosen by a higher layer.
    fn drop_leftovers(&mut self) {
        for (table, form) in schema::tables_with_kinds() {
            let Some(tag) = self.entries.get(&path::join(&table, TAG)).cloned() else {
                continue;
            };
            let kind = tag.value.as_str().and_then(|word| form.kind(word));
            for key in form.kind_keys() {
                let path = path::join(&table, key);
                let leftover = |entry: &Entry| entry.layer < tag.layer;
                if kind.is_none_or(|kind| kind.key(key).is_none())
                    && self.entries.get(&path).is_some_and(leftover)
                {
                    self.entries.remove(&path);
                }
            }
        }
    }

    /// Reports tables that lack a required key.
    fn check_required(&mut self) {
        for path in schema::paths() {
            let Some(table) = schema::find(&path).and_then(|form| form.table.as_ref()) else {
                continue;
            };
            let inside = format!("{path}.");
            let first = self
                .entries
                .iter()
                .find(|(key, _)| key.starts_with(&inside));
            let Some(place) = first.map(|(_, entry)| entry.place.clone()) else {
                continue;
            };
            for required in &table.required {
                let key = path::join(&path, required);
                if self.entries.contains_key(&key) {
                    continue;
                }
                self.entries.retain(|key, _| !key.starts_with(&inside));
                if !self.has_failed(&key) {
                    let message = format!("`{path}` needs `{required}`");
                    let help = schema::find(&key).map(|form| format!("it is {}", form.describe()));
                    self.refuse(&key, message, help, place.clone());
                }
            }
        }
    }

    /// Reports keys that do not belong to the kind of their table, and kinds that lack a required key.
    fn check_kinds(&mut self) {
        for (table, form) in schema::tables_with_kinds() {
            let tag = self.entries.get(&path::join(&table, TAG));
            let tag = tag.or_else(|| self.entries.get(&table));
            if let Some(word) = tag.and_then(|entry| entry.value.as_str()) {
                let word = word.to_owned();
                self.check_kind(&table, form, &word);
            }
        }
    }

    fn check_kind(&mut self, table: &str, form: &TableForm, word: &str) {
        let tag = path::join(table, TAG);
        for name in form.kind_keys() {
            let path = path::join(table, name);
            let key = form.kind(word).and_then(|kind| kind.key(name));
            match (self.entries.contains_key(&path), key) {
                (true, None) => {
                    let kinds = form.kinds_in_words(name);
                    let message = format!("`{path}` belongs to {kinds}, not to \"{word}\"");
                    let help = format!("leave it out, or change {tag}");
                    self.report(Finding::new(&path, message).help(help).because(&tag));
                }
                (false, Some(key)) if key.is_required => {
                    let message = format!("\"{word}\" needs `{path}`");
                    let help = schema::find(&path).map_or("", |form| form.about.as_str());
                    self.report(Finding::new(&path, message).help(help).at(&tag));
                    self.fill_in(path);
                }
                _ => {}
            }
        }
    }

    /// Sets a missing number to a valid value, so that the remaining config can be checked.
    fn fill_in(&mut self, key: String) {
        let entry = Entry {
            value: 1.into(),
            place: ConfigPlace::Unwritten,
            layer: Layer::Default,
        };
        self.failed.insert(key.clone());
        self.entries.insert(key, entry);
    }

    /// Validates the merged values and builds the config.
    fn finish(mut self, source: Option<String>) -> Result<LoadedConfig, ConfigError> {
        match self.to_table().try_into::<Config>() {
            Ok(mut config) => {
                let rate = self.entries.get("optimizer.learning_rate");
                if rate.is_none_or(|rate| rate.layer == Layer::Default) {
                    let optimizer = &mut config.optimizer;
                    optimizer.learning_rate = optimizer.kind.default_learning_rate();
                }
                let values = self.entries.iter();
                let values = values.map(|(key, entry)| (key.clone(), entry.value.clone()));
                for finding in findings(&config, &values.collect()) {
                    self.report(finding);
                }
                if self.problems.is_empty() {
                    let origin = |(key, entry): (String, Entry)| (key, Origin::from(&entry.place));
                    let origins = self.entries.into_iter().map(origin).collect();
                    return Ok(LoadedConfig { config, origins });
                }
            }
            Err(error) => {
                let message = error.message().to_owned();
                self.refuse("", message, None, ConfigPlace::Unwritten);
            }
        }
        Err(ConfigError::new(self.problems, source))
    }

    /// Returns all values as one table, without abbreviations.
    fn to_table(&self) -> Table {
        let mut table = Table::new();
        for (key, entry) in &self.entries {
            let form = schema::find(key).and_then(|form| form.table.as_ref());
            if form.is_some_and(|form| !form.kinds.is_empty()) {
                insert(&mut table, &path::join(key, TAG), entry.value.clone());
            } else {
                insert(&mut table, key, entry.value.clone());
            }
        }
        table
    }
}

fn insert(table: &mut Table, path: &str, value: Value) {
    let mut names: Vec<_> = path::segments(path).collect();
    let Some(last) = names.pop() else {
        return;
    };
    let mut inner = table;
    for name in names {
        let next = inner.entry(name).or_insert_with(|| Table::new().into());
        let Value::Table(next) = next else {
            return;
        };
        inner = next;
    }
    inner.insert(last, value);
}

fn shown(value: &Value) -> String {
    match value {
        Value::Table(_) => "a table".to_owned(),
        value => value.to_string(),
    }
}

/// Returns whether an unquoted value that is valid TOML is meant as text, as in `--set name=7`.
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

/// Returns the path of the key that `SECTION__KEY` names. Names of the user's choice keep their case.
fn environment_key(text: &str) -> String {
    text.split("__").fold(String::new(), |parent, name| {
        if schema::has_free_names(&parent) {
            path::join(&parent, name)
        } else {
            path::join(&parent, &name.to_lowercase())
        }
    })
}

fn bare(text: &str) -> Spanned<DeValue<'_>> {
    Spanned::new(0..text.len(), DeValue::String(text.into()))
}

/// Reads the file's text; the error is a message and a suggestion.
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

/// Suggests existing configs near the path of a missing file.
fn configs_near(path: &Path) -> Option<String> {
    let given = path.parent().filter(|folder| folder.is_dir());
    let folder = given.unwrap_or(Path::new("configs"));
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
