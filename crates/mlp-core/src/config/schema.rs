//! The config's JSON Schema, for editors and for `form`.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Config;

/// JSON Schema (draft 2020-12) of the config file: every key with its description, type and default.
#[must_use]
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Config>();
    schema.insert("title".to_owned(), "Config of mlp".into());
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_title_description_and_default() {
        let schema = json_schema();
        assert_eq!(schema["title"], "Config of mlp");
        assert_eq!(schema["description"], "Everything that decides a training.");
        let epochs = &schema["$defs"]["TrainingSection"]["properties"]["epochs"];
        assert_eq!(epochs["description"], "Passes over the training rows.");
        assert_eq!(epochs["default"], 50);
        assert_eq!(epochs["minimum"], 0);
    }

    #[test]
    fn refuses_unknown_keys() {
        assert_eq!(json_schema()["additionalProperties"], false);
    }
}
