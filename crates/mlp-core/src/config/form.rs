//! What each key takes, read from the schema: the types are the only list of keys and words.

use serde_json::Value as Json;
use toml::Value;

/// What a key takes: the union of the alternatives that are set.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// What the key is for.
    pub about: String,
    /// Words taken literally.
    pub words: Vec<String>,
    /// Any text.
    pub text: bool,
    /// Whole numbers, and whether negative ones are among them.
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
#[derive(Debug)]
pub(super) struct TableForm {
    /// In the order of the struct.
    pub keys: Vec<(String, Form)>,
    /// Keys without which the table means nothing.
    pub required: Vec<String>,
}

impl TableForm {
    pub fn key(&self, name: &str) -> Option<&Form> {
        let (_, form) = self.keys.iter().find(|(key, _)| key == name)?;
        Some(form)
    }
}

impl Form {
    /// The form that `schema` describes, with `definitions` for what it refers to.
    pub fn read(schema: &Json, definitions: &Json) -> Self {
        let about = schema["description"].as_str().unwrap_or_default();
        let mut form = Self {
            about: about.to_owned(),
            ..Self::default()
        };
        form.add(schema, definitions);
        form
    }

    /// Adds the alternatives of `schema`. `null` adds none: TOML leaves out what is not set.
    fn add(&mut self, schema: &Json, definitions: &Json) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.trim_start_matches("#/$defs/");
            self.add(&definitions[name], definitions);
        }
        for alternative in ["anyOf", "oneOf"].iter().flat_map(|of| items(&schema[*of])) {
            self.add(alternative, definitions);
        }
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
                "object" => self.table = Some(read_table(schema, definitions)),
                _ => {}
            }
        }
    }

    /// Whether the key takes `value`. What is in a table is not looked at.
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

    /// In words: `a whole number of at least 0`.
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
            alternatives.push(format!("a table of {}", keys.join(", ")));
        }
        alternatives.join(", or ")
    }
}

fn read_table(schema: &Json, definitions: &Json) -> TableForm {
    let properties = schema["properties"].as_object().into_iter().flatten();
    TableForm {
        keys: properties
            .map(|(key, schema)| (key.clone(), Form::read(schema, definitions)))
            .collect(),
        required: items(&schema["required"])
            .iter()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect(),
    }
}

/// The entries of an array, none of anything else.
fn items(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;

    #[test]
    fn forms_are_described_in_words() {
        for (path, words) in [
            ("seed", "a whole number of at least 0"),
            ("data.label", "text, or a whole number"),
            ("data.test", "text"),
            ("data.missing", "one of \"error\", \"mean\", or a number"),
            (
                "model.hidden",
                "a list, each entry a whole number of at least 0",
            ),
            (
                "early_stopping.stop_when",
                "a table of metric, at_least, at_most",
            ),
            ("training.drop_last", "true or false"),
        ] {
            assert_eq!(
                keys::find(path).map(Form::describe).as_deref(),
                Some(words),
                "{path}"
            );
        }
    }

    #[test]
    fn values_are_taken_by_type_and_by_word() {
        let takes = |path, value: Value| keys::find(path).is_some_and(|form| form.takes(&value));
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
}
