//! Layers of written values, laid one over the other.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeValue, ValueDeserializer};
use toml::{Spanned, Table, Value};

use super::form::Form;
use super::keys;
use super::suggest::{self, Spelling};
use crate::error::{ConfigPlace, Problem};

/// Who wrote a value; a later one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layer {
    Default,
    File,
    Environment,
    Set,
    Flag,
}

/// The value of a key that is no table.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub value: Value,
    pub place: ConfigPlace,
    pub layer: Layer,
}

/// A layer while it is read.
pub(super) struct Source<'a> {
    pub layer: Layer,
    pub spelling: Spelling,
    /// Where the bytes of a span were written.
    pub place: &'a dyn Fn(Range<usize>) -> ConfigPlace,
}

/// The values so far, by dotted key, and what was wrong with others.
pub(super) struct Merge {
    pub entries: BTreeMap<String, Entry>,
    pub problems: Vec<Problem>,
    /// Keys whose value had to be left out, so that their present one says nothing.
    failed: BTreeSet<String>,
}

impl Merge {
    /// Starts from default values.
    pub fn new(defaults: BTreeMap<String, Value>) -> Self {
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

    /// Lays `value` over what `key` has. `form` is the key's.
    ///
    /// A table amends the keys that it names, unless it has all required ones: then it replaces the
    /// whole, so that `{ kind = "normal" }` does not inherit a deviation that nobody wrote.
    pub fn read(&mut self, source: &Source, key: &str, form: &Form, value: Spanned<DeValue>) {
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
            let path = keys::join(key, name.get_ref());
            match table_form.key(name.get_ref()) {
                Some(form) => self.read(source, &path, form, value.clone()),
                None => self.unknown(&path, source, name.span()),
            }
        }
    }

    /// The value, if `form` takes it. `what` names it in messages: a key, or an entry of its list.
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
            // All are checked before the first that failed ends the list.
            let entries: Vec<_> = entries.collect();
            let entries: Option<Vec<_>> = entries.into_iter().collect();
            return entries.map(Value::Array);
        }
        let place = (source.place)(value.span());
        let (message, help) = match Value::deserialize(ValueDeserializer::from(value)) {
            Ok(value) if form.takes(&value) => return Some(value),
            Ok(value) => {
                let near = value.as_str().and_then(|text| suggest::word(text, form));
                let help = match near {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => keys::find(key)?.about.clone(),
                };
                let (takes, shown) = (form.describe(), shown(&value));
                (format!("{what} must be {takes}, not {shown}"), Some(help))
            }
            Err(error) => (format!("{what} cannot be read: {}", error.message()), None),
        };
        self.refuse(key, message, help, place);
        None
    }

    /// Notes a key that does not exist.
    pub fn unknown(&mut self, key: &str, source: &Source, span: Range<usize>) {
        let (table, name) = keys::split(key);
        let message = match source.spelling {
            Spelling::File if table.is_empty() => format!("there is no `{name}` in a config"),
            Spelling::File => format!("there is no `{name}` in [{table}]"),
            Spelling::Dotted | Spelling::Environment => format!("there is no key `{key}`"),
        };
        let help = suggest::unknown_key(key, source.spelling);
        self.refuse(key, message, Some(help), (source.place)(span));
    }

    /// Notes that a value of `key` had to be left out; the key is empty where it cannot be told.
    pub fn refuse(&mut self, key: &str, message: String, help: Option<String>, place: ConfigPlace) {
        if !key.is_empty() {
            self.failed.insert(key.to_owned());
        }
        self.problems.push(Problem {
            key: key.to_owned(),
            message,
            help,
            place,
        });
    }

    fn set(&mut self, key: &str, value: Value, place: ConfigPlace, layer: Layer) {
        self.clear(key);
        // A distribution written as a word is amended as the table that it abbreviates.
        let (parent, _) = keys::split(key);
        if let Some(word) = self.entries.remove(parent) {
            self.entries.insert(keys::join(parent, "kind"), word);
        }
        let entry = Entry {
            value,
            place,
            layer,
        };
        self.entries.insert(key.to_owned(), entry);
    }

    /// Forgets the value of `key` and of what is in it.
    fn clear(&mut self, key: &str) {
        let inside = format!("{key}.");
        let outside = |path: &str| path != key && !path.starts_with(&inside);
        self.entries.retain(|path, _| outside(path));
        self.failed.retain(|path| outside(path));
    }

    /// Whether a value of `key`, or of the table that it lies in, had to be left out.
    pub fn has_failed(&self, key: &str) -> bool {
        self.failed.contains(key) || self.failed.contains(keys::split(key).0)
    }

    /// The place of `key`, or of the value that stands for its whole table.
    pub fn place(&self, key: &str) -> ConfigPlace {
        let entry = self.entries.get(key);
        let entry = entry.or_else(|| self.entries.get(keys::split(key).0));
        entry.map_or(ConfigPlace::Unwritten, |entry| entry.place.clone())
    }

    /// All values as one table.
    pub fn to_table(&self) -> Table {
        let mut table = Table::new();
        for (key, entry) in &self.entries {
            insert(&mut table, key, entry.value.clone());
        }
        table
    }
}

fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = table.entry(first).or_insert_with(|| Table::new().into());
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Table(_) => "a table".to_owned(),
        value => value.to_string(),
    }
}
