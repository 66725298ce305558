//! Whether a value is as a JSON Schema says: what `/openapi.json` uses of it, and nothing else.

use serde_json::{Map, Value};

/// Words that say nothing about a value.
const REMARKS: [&str; 5] = ["description", "title", "default", "format", "$schema"];

/// What of a value is not as its schema says; `document` is what references point into.
pub fn violations(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(document, schema, value, "", &mut found);
    found
}

fn check(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = schema
        .as_object()
        .unwrap_or_else(|| panic!("no schema: {schema}"));
    for (word, rule) in schema {
        let is_kept = match word.as_str() {
            "$ref" => {
                let target = document.pointer(rule.as_str().unwrap().trim_start_matches('#'));
                check(document, target.unwrap(), value, at, found);
                true
            }
            "type" => match rule {
                Value::Array(kinds) => kinds.iter().any(|kind| is_a(value, kind)),
                kind => is_a(value, kind),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "anyOf" => rule
                .as_array()
                .unwrap()
                .iter()
                .any(|schema| violations(document, schema, value).is_empty()),
            "minimum" => value.as_f64() >= rule.as_f64(),
            "maximum" => value.as_f64() <= rule.as_f64(),
            "minItems" => value.as_array().unwrap().len() as u64 >= rule.as_u64().unwrap(),
            "maxItems" => value.as_array().unwrap().len() as u64 <= rule.as_u64().unwrap(),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(document, rule, item, &format!("{at}/{index}"), found);
                }
                true
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        check(document, schema, value, &format!("{at}/{name}"), found);
                    }
                }
                true
            }
            "required" => rule
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "additionalProperties" => rule == &Value::Bool(true) || has_no_others(schema, value),
            remark => {
                assert!(REMARKS.contains(&remark), "not known: {word}");
                true
            }
        };
        if !is_kept {
            found.push(format!("{at}: {word} {rule}: {value}"));
        }
    }
}

fn is_a(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("no type: {other}"),
    }
}

fn has_no_others(schema: &Map<String, Value>, value: &Value) -> bool {
    let known = schema["properties"].as_object().unwrap();
    value
        .as_object()
        .unwrap()
        .keys()
        .all(|name| known.contains_key(name))
}

#[test]
fn what_is_not_as_the_schema_says_is_found() {
    let document = serde_json::json!({ "a": { "type": "integer", "maximum": 3 } });
    let schema = serde_json::json!({
        "type": "object",
        "properties": { "x": { "type": "array", "items": { "$ref": "#/a" } } },
        "required": ["x"],
        "additionalProperties": false,
    });
    let found = |value| violations(&document, &schema, &value).len();
    assert_eq!(found(serde_json::json!({ "x": [1, 3] })), 0);
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({ "x": [4] }),
        serde_json::json!({ "x": [1.5] }),
        serde_json::json!({ "x": [], "y": 1 }),
    ] {
        assert_eq!(found(wrong), 1);
    }
}
