//! The config's JSON Schema and the accepted values of each key. The types in `sections` are the only list of keys,
//! kinds and words.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value as Json, json};
use toml::Value;

use super::Config;
use super::path::{self, join};

/// Key that selects the kind of a table.
pub(super) const TAG: &str = "kind";

/// Returns the JSON Schema (draft 2020-12) of the config file, with the description, type and default of every key.
#[must_use]
pub fn json_schema() -> Json {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Config>();
    schema.insert("title".to_owned(), "Config of mlp".into());
    schema.to_value()
}

/// Schema transform for a section that flattens an enum `T`: describes `kind`, which is optional.
pub(super) fn optional_tag<T: Default + Serialize>(about: &str) -> impl FnMut(&mut Schema) {
    move |schema| {
        let default = serde_json::to_value(T::default()).unwrap_or_default();
        let default = &default[TAG];
        for kind in kinds(schema) {
            describe_tag(kind, about);
            if kind["properties"][TAG]["const"] == *default {
                kind["properties"][TAG]["default"] = default.clone();
                if let Some(required) = kind["required"].as_array_mut() {
                    required.retain(|key| key != TAG);
                }
            }
        }
    }
}

/// Schema transform for an enum that is a table: describes `kind`, and allows its word in place of the table.
pub(super) fn table_or_word(about: &str) -> impl FnMut(&mut Schema) {
    move |schema| {
        let mut words = Vec::new();
        for kind in kinds(schema) {
            describe_tag(kind, about);
            words.push(kind["properties"][TAG]["const"].clone());
        }
        if let Some(tables) = schema.remove("oneOf") {
            let word = json!({ "type": "string", "enum": words });
            schema.insert("anyOf".to_owned(), json!([word, { "oneOf": tables }]));
        }
    }
}

/// Returns the alternatives of a tagged enum.
fn kinds(schema: &mut Schema) -> impl Iterator<Item = &mut Json> {
    let kinds = schema.get_mut("oneOf").and_then(Json::as_array_mut);
    kinds.into_iter().flatten()
}

fn describe_tag(kind: &mut Json, about: &str) {
    kind["properties"][TAG]["description"] = about.into();
}

static CONFIG: LazyLock<Form> = LazyLock::new(|| {
    let schema = json_schema();
    Form::read(&schema, &schema["$defs"])
});

/// Returns the form of the key at a dotted path; the empty path is the whole config.
pub(super) fn find(path: &str) -> Option<&'static Form> {
    path::segments(path).try_fold(&*CONFIG, |form, name| form.table.as_ref()?.key(&name))
}

/// Returns the paths of the keys of the table at `parent`, in the order of the struct; free names are not among them.
pub(super) fn children(parent: &str) -> Vec<String> {
    let table = find(parent).and_then(|form| form.table.as_ref());
    let names = table.iter().flat_map(|table| &table.keys);
    names.map(|(name, _)| join(parent, name)).collect()
}

/// Returns whether the keys of the table at `path` are names chosen by the user.
pub(super) fn has_free_names(path: &str) -> bool {
    let table = find(path).and_then(|form| form.table.as_ref());
    table.is_some_and(|table| table.entries.is_some())
}

/// Returns [`paths`] with the keys among `set` that have free names behind their table.
pub(super) fn paths_with<'a>(set: impl Iterator<Item = &'a String>) -> Vec<String> {
    let set: BTreeSet<&String> = set.collect();
    let mut paths = Vec::new();
    for path in self::paths() {
        let inside = format!("{path}.");
        let is_free = has_free_names(&path);
        paths.push(path);
        if is_free {
            let free = set.iter().filter(|key| key.starts_with(&inside));
            paths.extend(free.map(|key| (*key).clone()));
        }
    }
    paths
}

/// Returns the dotted paths of all keys, tables included, in the order of the structs.
pub(super) fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    push_paths(&CONFIG, "", &mut paths);
    paths
}

/// Returns the tables with kinds, with their paths.
pub(super) fn tables_with_kinds() -> impl Iterator<Item = (String, &'static TableForm)> {
    paths().into_iter().filter_map(|path| {
        let table = find(&path)?.table.as_ref()?;
        (!table.kinds.is_empty()).then_some((path, table))
    })
}

fn push_paths(form: &Form, parent: &str, paths: &mut Vec<String>) {
    for (key, form) in form.table.iter().flat_map(|table| &table.keys) {
        let path = join(parent, key);
        paths.push(path.clone());
        push_paths(form, &path, paths);
    }
}

/// Accepted values of a key: the union of the alternatives that are set.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// Description of the key.
    pub about: String,
    /// Literal words.
    pub words: Vec<String>,
    /// Any text.
    pub text: bool,
    /// Whole numbers, and whether they may be negative.
    whole: Option<Sign>,
    number: bool,
    boolean: bool,
    pub list: Option<Box<Form>>,
    pub table: Option<TableForm>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    NonNegative,
    Any,
}

/// The keys of a table.
#[derive(Debug, Default)]
pub(super) struct TableForm {
    /// [`TAG`], then the keys common to all kinds, then those of some kinds only.
    pub keys: Vec<(String, Form)>,
    /// Required keys of every kind.
    pub required: Vec<String>,
    /// Kinds in the order of the enum; empty if the table has none.
    pub kinds: Vec<Kind>,
    /// Values of the keys whose names are free; `None` if the table has no such keys.
    entries: Option<Box<Form>>,
}

/// One kind of a table.
#[derive(Debug)]
pub(super) struct Kind {
    pub word: String,
    /// Keys of this kind that are not common to all kinds.
    pub keys: Vec<KindKey>,
    /// Whether [`TAG`] must be written for it.
    is_explicit: bool,
}

/// A key of a kind.
#[derive(Debug)]
pub(super) struct KindKey {
    pub name: String,
    /// Whether the kind requires it.
    pub is_required: bool,
    /// Default value; `None` if it depends on something else.
    pub default: Option<Value>,
}

impl Kind {
    pub fn key(&self, name: &str) -> Option<&KindKey> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl TableForm {
    pub fn key(&self, name: &str) -> Option<&Form> {
        let known = self.keys.iter().find(|(key, _)| key == name);
        known.map(|(_, form)| form).or(self.entries.as_deref())
    }

    /// Returns the key that a word in place of the table stands for, as `kind` does in `weight_init = "zeros"`.
    pub fn abbreviated(&self, word: &str) -> Option<&str> {
        let takes = |form: &Form| form.words.iter().any(|known| known == word);
        let (key, _) = self.keys.iter().find(|(_, form)| takes(form))?;
        Some(key)
    }

    pub fn kind(&self, word: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.word == word)
    }

    /// Returns the keys that belong to some kinds only.
    pub fn kind_keys(&self) -> impl Iterator<Item = &str> {
        let names = self.keys.iter().map(|(name, _)| name.as_str());
        names.filter(|name| self.kinds.iter().any(|kind| kind.key(name).is_some()))
    }

    /// Lists the kinds to which a key belongs, as in `"sgd" and "rmsprop"`.
    pub fn kinds_in_words(&self, key: &str) -> String {
        let kinds = self.kinds.iter().filter(|kind| kind.key(key).is_some());
        let quoted: Vec<_> = kinds.map(|kind| format!("\"{}\"", kind.word)).collect();
        match quoted.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    }

    /// Adds the keys that `schema` describes, of the table or of one of its kinds.
    fn add(&mut self, schema: &Json, definitions: &Json) {
        let entries = &schema["additionalProperties"];
        if entries.is_object() {
            self.entries = Some(Box::new(Form::read(entries, definitions)));
        }
        let properties = schema["properties"].as_object().into_iter().flatten();
        let is_required = |name: &str| items(&schema["required"]).iter().any(|key| key == name);
        if let Some(word) = schema["properties"][TAG]["const"].as_str() {
            let keys = properties.clone().filter(|(name, _)| *name != TAG);
            self.kinds.push(Kind {
                word: word.to_owned(),
                keys: keys
                    .map(|(name, schema)| KindKey {
                        name: name.clone(),
                        is_required: is_required(name),
                        default: Value::try_from(&schema["default"]).ok(),
                    })
                    .collect(),
                is_explicit: is_required(TAG),
            });
            self.required.retain(|key| key != TAG);
            if self.kinds.iter().all(|kind| kind.is_explicit) {
                self.required.push(TAG.to_owned());
            }
        } else {
            let required = items(&schema["required"]).iter().filter_map(Json::as_str);
            self.required.extend(required.map(str::to_owned));
        }
        let names: Vec<_> = properties.clone().map(|(name, _)| name).collect();
        for (index, (name, schema)) in properties.enumerate() {
            let form = Form::read(schema, definitions);
            let position = |name: &String| self.keys.iter().position(|(key, _)| key == name);
            match position(name) {
                Some(known) => self.keys[known].1.words.extend(form.words),
                None if name == TAG => self.keys.insert(0, (name.clone(), form)),
                None => {
                    // Keeps the keys of each kind in the order of its variant.
                    let next = names[index..].iter().find_map(|name| position(name));
                    let next = next.unwrap_or(self.keys.len());
                    self.keys.insert(next, (name.clone(), form));
                }
            }
        }
    }
}

impl Form {
    /// Reads the form that `schema` describes; `definitions` resolves its references.
    fn read(schema: &Json, definitions: &Json) -> Self {
        let about = schema["description"].as_str().or_else(|| {
            let definition = definition(schema, definitions)?;
            definition["description"].as_str()
        });
        let about = about.unwrap_or_default();
        let mut form = Self {
            about: about.to_owned(),
            ..Self::default()
        };
        form.add(schema, definitions);
        form
    }

    /// Adds the alternatives of `schema`. `null` adds none, because TOML omits unset keys.
    fn add(&mut self, schema: &Json, definitions: &Json) {
        if let Some(definition) = definition(schema, definitions) {
            self.add(definition, definitions);
        }
        self.add_types(schema, definitions);
        for alternative in ["anyOf", "oneOf"].iter().flat_map(|of| items(&schema[*of])) {
            self.add(alternative, definitions);
        }
    }

    fn add_types(&mut self, schema: &Json, definitions: &Json) {
        let words = items(&schema["enum"]).iter().chain(schema.get("const"));
        let words: Vec<_> = words.filter_map(Json::as_str).map(str::to_owned).collect();
        if !words.is_empty() {
            self.words.extend(words);
            return;
        }
        let types = match &schema["type"] {
            Json::Array(types) => types.as_slice(),
            one => std::slice::from_ref(one),
        };
        for name in types.iter().filter_map(Json::as_str) {
            match name {
                "string" => self.text = true,
                "integer" if schema["minimum"] == 0 => self.whole = Some(Sign::NonNegative),
                "integer" => self.whole = Some(Sign::Any),
                "number" => self.number = true,
                "boolean" => self.boolean = true,
                "array" => {
                    self.list = Some(Box::new(Self::read(&schema["items"], definitions)));
                }
                "object" => {
                    let table = self.table.get_or_insert_default();
                    table.add(schema, definitions);
                }
                _ => {}
            }
        }
    }

    /// Returns whether the key accepts `value`. The contents of tables are not checked.
    pub fn takes(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.text || self.words.contains(text),
            Value::Integer(number) => {
                let whole = match self.whole {
                    Some(Sign::NonNegative) => *number >= 0,
                    Some(Sign::Any) => true,
                    None => false,
                };
                whole || self.number
            }
            Value::Float(_) => self.number,
            Value::Boolean(_) => self.boolean,
            Value::Datetime(_) => false,
            Value::Array(values) => {
                let form = self.list.as_ref();
                form.is_some_and(|form| values.iter().all(|value| form.takes(value)))
            }
            Value::Table(_) => self.table.is_some(),
        }
    }

    /// Describes the accepted values, as in `a whole number of at least 0`.
    pub fn describe(&self) -> String {
        let mut alternatives = Vec::new();
        match self.words.as_slice() {
            [] => {}
            [word] => alternatives.push(format!("\"{word}\"")),
            words => alternatives.push(format!("one of \"{}\"", words.join("\", \""))),
        }
        if self.text {
            alternatives.push("text".to_owned());
        }
        match self.whole {
            Some(Sign::NonNegative) => alternatives.push("a whole number of at least 0".to_owned()),
            Some(Sign::Any) => alternatives.push("a whole number".to_owned()),
            None => {}
        }
        if self.number {
            alternatives.push("a number".to_owned());
        }
        if self.boolean {
            alternatives.push("true or false".to_owned());
        }
        if let Some(form) = &self.list {
            alternatives.push(format!("a list, each entry {}", form.describe()));
        }
        if let Some(table) = &self.table {
            let keys: Vec<_> = table.keys.iter().map(|(key, _)| key.as_str()).collect();
            alternatives.push(match &table.entries {
                Some(form) => format!("a table of names, each {}", form.describe()),
                None => format!("a table of {}", keys.join(", ")),
            });
        }
        alternatives.join(", or ")
    }
}

/// Returns what a schema refers to.
fn definition<'a>(schema: &Json, definitions: &'a Json) -> Option<&'a Json> {
    let name = schema["$ref"].as_str()?.trim_start_matches("#/$defs/");
    definitions.get(name)
}

/// Returns the entries of an array; empty for other values.
fn items(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_title_description_and_default() {
        let schema = json_schema();
        assert_eq!(schema["title"], "Config of mlp");
        assert_eq!(schema["description"], "Everything that decides a training.");
        let epochs = &schema["$defs"]["TrainingSection"]["properties"]["epochs"];
        assert_eq!(epochs["description"], "Passes over the training rows.");
        assert_eq!(epochs["default"], 50);
        assert_eq!(epochs["minimum"], 0);
    }

    #[test]
    fn the_schema_refuses_unknown_keys() {
        let schema = json_schema();
        assert_eq!(schema["additionalProperties"], false);
        for section in ["OptimizerSection", "ScheduleSection"] {
            assert_eq!(schema["$defs"][section]["unevaluatedProperties"], false);
        }
    }

    #[test]
    fn only_the_default_kind_of_a_section_goes_without_saying() {
        let schema = json_schema();
        for (section, default) in [("OptimizerSection", "sgd"), ("ScheduleSection", "constant")] {
            for kind in items(&schema["$defs"][section]["oneOf"]) {
                let is_required = items(&kind["required"]).iter().any(|key| key == TAG);
                let is_default = kind["properties"][TAG]["const"] == default;
                assert_eq!(is_required, !is_default, "{kind}");
            }
        }
    }

    #[test]
    fn paths_are_in_the_order_of_the_structs() {
        let paths = paths();
        let first = ["name", "seed", "backend", "device", "data", "data.train"];
        assert_eq!(paths[..6], first);
        assert!(paths.contains(&"model.weight_init.std".to_owned()));
        let last = paths.last().map(String::as_str);
        assert_eq!(last, Some("decision.threshold"));
    }

    #[test]
    fn every_path_has_a_form_and_a_description() {
        for path in paths() {
            assert!(!find(&path).expect("is a path").about.is_empty(), "{path}");
        }
        for path in ["training.learning_rate", "seed.x", "data.", ".data"] {
            assert!(find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn forms_are_described_in_words() {
        for (path, words) in [
            ("seed", "a whole number of at least 0"),
            ("data.label", "text, or a whole number"),
            ("data.test", "text"),
            (
                "data.missing",
                "one of \"auto\", \"error\", \"mean\", \"median\", or a number",
            ),
            ("data.header", "\"auto\", or true or false"),
            (
                "model.hidden",
                "a list, each entry a whole number of at least 0",
            ),
            (
                "model.weight_init",
                "one of \"zeros\", \"normal\", \"uniform\", \"he_normal\", \"he_uniform\", \
                 \"xavier_normal\", \"xavier_uniform\", or a table of kind, mean, std, bound",
            ),
            (
                "optimizer",
                "a table of kind, learning_rate, gradient_reduction, clip_norm, weight_decay, \
                 momentum, nesterov, beta1, beta2, alpha, epsilon",
            ),
            (
                "early_stopping.stop_when",
                "a table of metric, at_least, at_most",
            ),
            ("training.drop_last", "true or false"),
            (
                "training.class_weights",
                "one of \"none\", \"balanced\", or a list, each entry a number, or a table of names, each a number",
            ),
        ] {
            assert_eq!(
                find(path).map(Form::describe).as_deref(),
                Some(words),
                "{path}"
            );
        }
    }

    #[test]
    fn values_are_taken_by_type_and_by_word() {
        let takes = |path, value: Value| find(path).is_some_and(|form| form.takes(&value));
        assert!(takes("training.epochs", 3.into()));
        assert!(!takes("training.epochs", (-3).into()));
        assert!(!takes("training.epochs", 3.0.into()));
        assert!(takes("data.label", (-1).into()));
        assert!(takes("optimizer.learning_rate", 1.into()));
        assert!(takes("backend", "flex".into()));
        assert!(!takes("backend", "flux".into()));
        assert!(takes("model.hidden", vec![1, 2].into()));
        assert!(!takes("model.hidden", vec![1, -2].into()));
    }

    #[test]
    fn tables_come_in_the_kinds_of_their_enums() {
        let tables: Vec<_> = tables_with_kinds().map(|(path, _)| path).collect();
        let expected = [
            "model.weight_init",
            "model.bias_init",
            "optimizer",
            "schedule",
        ];
        assert_eq!(tables, expected);
        for (path, table) in tables_with_kinds() {
            let words = &table.key(TAG).expect("has a tag").words;
            let kinds: Vec<_> = table.kinds.iter().map(|kind| kind.word.clone()).collect();
            assert_eq!(*words, kinds, "{path}");
        }
    }

    #[test]
    fn a_key_of_several_kinds_is_described_alike_in_each() {
        let schema = json_schema();
        let definitions = &schema["$defs"];
        for (path, kinds) in [
            (
                "model.weight_init",
                &definitions["Initializer"]["anyOf"][1]["oneOf"],
            ),
            ("optimizer", &definitions["OptimizerSection"]["oneOf"]),
            ("schedule", &definitions["ScheduleSection"]["oneOf"]),
        ] {
            assert!(!items(kinds).is_empty(), "{path}");
            for (name, property) in items(kinds)
                .iter()
                .flat_map(|kind| kind["properties"].as_object().expect("properties"))
            {
                let form = find(&join(path, name)).expect("is a key");
                assert_eq!(property["description"], *form.about, "{path}.{name}");
            }
        }
    }

    #[test]
    fn a_key_belongs_to_the_kinds_that_have_it() {
        let table = |path| find(path).and_then(|form| form.table.as_ref()).unwrap();
        let optimizer = table("optimizer");
        assert_eq!(
            optimizer.kinds_in_words("momentum"),
            "\"sgd\" and \"rmsprop\""
        );
        assert_eq!(optimizer.kinds_in_words("nesterov"), "\"sgd\"");
        assert_eq!(
            optimizer.kinds_in_words("beta1"),
            "\"adam\", \"adamw\" and \"lion\""
        );
        assert!(optimizer.required.is_empty());
        assert_eq!(table("model.weight_init").required, ["kind"]);
        let key = |kind, name| {
            let kind = table("schedule").kind(kind).unwrap();
            kind.key(name).unwrap()
        };
        assert!(key("step", "factor").is_required);
        assert!(!key("cosine", "epochs").is_required);
        assert_eq!(key("cosine", "epochs").default, None);
        assert_eq!(key("one_cycle", "climb").default, Some(Value::Float(0.3)));
    }
}
