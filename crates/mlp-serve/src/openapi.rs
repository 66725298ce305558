//! `GET /openapi.json`: the interface in `OpenAPI` 3.1, for the network that is served.
//!
//! What depends on the network is exact: the number of values of a row, their range, whether images are accepted. So a
//! client that is generated from this description sends nothing that is refused.

use schemars::JsonSchema;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::page::ASSETS;
use super::problem::{PROBLEM_JSON, Problem};
use super::response::{About, Answer, MAX_DETAILED_ROWS, ValuesAnswer};
use super::server::Limits;
use super::telemetry::PROMETHEUS_TEXT;
use mlp_core::config::{MissingPolicy, MissingPolicyName, ScaleKind};
use mlp_core::decision::{Intervals, Levels};
use mlp_core::model::LoadedRun;
use mlp_data::{Column, ColumnKind, Encoding, MAX_MAGNITUDE, TargetColumn, truth_words};

/// What is said of rows.
const fn summary(target: &TargetColumn) -> &'static str {
    match target {
        TargetColumn::Class { .. } => "Classes and their probabilities",
        TargetColumn::Value(_) => "Predicted numbers",
    }
}

fn description(target: &TargetColumn) -> String {
    let what = match target {
        TargetColumn::Class { .. } => "classes and their probabilities",
        TargetColumn::Value(_) => "predicted numbers",
    };
    format!(
        "Rows of raw values, as the training file holds them, or images, to {what}. Problems are told as RFC 9457 has it."
    )
}

/// Maximum number of categories that the schema of a column names.
const MAX_EXAMPLES: usize = 20;

/// Returns the description as JSON.
pub(super) fn describe(
    trained: &LoadedRun,
    intervals: Option<&Intervals>,
    accepts_images: bool,
    limits: &Limits,
) -> Vec<u8> {
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths = Map::new();
    let target = &trained.model.schema.target;
    let predict = predict(&mut generator, accepts_images, target, intervals);
    paths.insert("/v1/predict".to_owned(), json!({ "post": predict }));
    let about = content::<About>(&mut generator, "application/json");
    let problem = content::<Problem>(&mut generator, PROBLEM_JSON);
    let mut get = |path: &str, summary: &str, content: Value| {
        let id: String = path.chars().filter(char::is_ascii_alphanumeric).collect();
        let operation = json!({
            "operationId": format!("get_{}", if id.is_empty() { "page" } else { &id }),
            "summary": summary,
            "responses": {
                "200": { "description": summary, "content": content },
                "default": { "description": "What is wrong", "content": problem },
            },
        });
        paths.insert(path.to_owned(), json!({ "get": operation }));
    };
    get("/v1/model", "The network that is served", about);
    get(
        "/healthz",
        "Whether the server answers",
        text("text/plain; charset=utf-8"),
    );
    get(
        "/metrics",
        "Figures of the server, for Prometheus",
        text(PROMETHEUS_TEXT),
    );
    let document = json!({ "application/json": { "schema": { "type": "object" } } });
    get("/openapi.json", "This description", document);
    for asset in ASSETS {
        get(asset.path, asset.summary, text(asset.media_type));
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Rows".to_owned(), rows(trained, accepts_images, limits));
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Predictions of {}", trained.manifest.name),
            "description": description(&trained.model.schema.target),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "paths": paths,
        "components": { "schemas": schemas },
    });
    serde_json::to_vec_pretty(&document).unwrap_or_default() // a `Value` can always be written
}

/// Returns the operation of `POST /v1/predict`.
fn predict(
    generator: &mut SchemaGenerator,
    accepts_images: bool,
    target: &TargetColumn,
    intervals: Option<&Intervals>,
) -> Value {
    let mut bodies = Map::new();
    let schema = json!({ "$ref": "#/components/schemas/Rows" });
    bodies.insert("application/json".to_owned(), json!({ "schema": schema }));
    let csv = "A row of raw values a line, with or without a header; a label column is left out";
    let schema = json!({ "type": "string", "description": csv });
    bodies.insert("text/csv".to_owned(), json!({ "schema": schema }));
    if accepts_images {
        for kind in ["image/png", "image/jpeg"] {
            bodies.insert(kind.to_owned(), json!({}));
        }
    }
    let problem = content::<Problem>(generator, PROBLEM_JSON);
    let mut responses = Map::new();
    let mut answers = match target {
        TargetColumn::Class { .. } => content::<Answer<'static>>(generator, "application/json"),
        TargetColumn::Value(_) => content::<ValuesAnswer<'static>>(generator, "application/json"),
    };
    answers["text/csv"] = text("text/csv")["text/csv"].clone();
    let predictions = json!({ "description": "A prediction for each row", "content": answers });
    responses.insert("200".to_owned(), predictions);
    for (status, description) in [
        ("400", "The body is no JSON, CSV or image, or is cut off"),
        ("406", "No form that predictions come in is accepted"),
        ("408", "The body did not arrive in time"),
        ("413", "The body has more bytes or pixels than are taken"),
        ("415", "The body is of a type that is not read"),
        (
            "421",
            "The request calls the server by a name that is not its own",
        ),
        (
            "422",
            "The rows are not those of this network, or a parameter is unknown",
        ),
        ("500", "A defect of the server"),
    ] {
        let response = json!({ "description": description, "content": problem });
        responses.insert(status.to_owned(), response);
    }
    let retry = json!({ "Retry-After": { "description": "Seconds to wait", "schema": { "type": "integer" } } });
    let busy =
        json!({ "description": "Too much is asked at once", "headers": retry, "content": problem });
    responses.insert("503".to_owned(), busy);
    let mut parameters = vec![
        parameter(
            "details",
            &format!(
                "Whether JSON tells of the first {MAX_DETAILED_ROWS} rows what the network saw, its activations and the nearest mistakes too"
            ),
            &json!({ "type": "boolean", "default": false }),
        ),
        parameter(
            "ink",
            "What the ink of an image looks like on its paper",
            &json!({ "type": "string", "enum": ["auto", "dark", "light"], "default": "auto" }),
        ),
    ];
    parameters.extend(intervals.map(|intervals| interval(target, intervals)));
    json!({
        "operationId": "predict",
        "summary": summary(target),
        "parameters": parameters,
        "requestBody": { "required": true, "content": bodies },
        "responses": responses,
    })
}

/// Describes the parameter `interval` of a run that has what intervals rest on.
fn interval(target: &TargetColumn, intervals: &Intervals) -> Value {
    let description = match target {
        TargetColumn::Class { .. } => {
            "Share of rows whose class is in the set of classes that is answered then"
        }
        TargetColumn::Value(_) => {
            "Share of rows whose number is in the interval, `low` to `high`, that is answered then"
        }
    };
    let schema = match intervals.levels() {
        Levels::UpTo(max) => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": max }),
        Levels::Only(levels) => json!({ "type": "number", "enum": levels }),
    };
    parameter("interval", description, &schema)
}

fn parameter(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// Returns the schema of the rows that a network accepts.
fn rows(trained: &LoadedRun, accepts_images: bool, limits: &Limits) -> Value {
    let columns = trained.model.features();
    let is_required = trained.config.data.missing == MissingPolicy::Named(MissingPolicyName::Error);
    let kind = if is_required {
        json!("number")
    } else {
        json!(["number", "null"])
    };
    let number = if trained.model.preprocessor.kind() == ScaleKind::Unit {
        json!({ "type": kind, "minimum": 0, "maximum": 255 })
    } else {
        json!({ "type": kind, "minimum": -MAX_MAGNITUDE, "maximum": MAX_MAGNITUDE })
    };
    let mut row = json!({
        "type": "array",
        "description": "Values in the order of the features",
        "minItems": columns,
        "maxItems": columns,
    });
    let model = &trained.model;
    let is_numeric = model.schema.is_numeric();
    let cells = || {
        let columns = model.schema.columns.iter().enumerate();
        columns.map(|(at, column)| {
            let cell = if is_numeric {
                number.clone()
            } else {
                cell(&column.kind, &number)
            };
            (
                column.name.clone(),
                with_training_values(cell, column, model.preprocessor.encoding(at)),
            )
        })
    };
    if is_numeric {
        row["items"] = number.clone();
    } else {
        row["prefixItems"] = cells().map(|(_, cell)| cell).collect();
        row["items"] = false.into();
    }
    // The names of pixels say nothing, and are many.
    if !accepts_images {
        let named = json!({
            "type": "object",
            "description": "A value for the name of each feature, in any order; other names are passed over",
            "properties": cells().collect::<Map<String, Value>>(),
            "required": model.schema.feature_names(),
        });
        row = json!({ "anyOf": [row, named] });
    }
    json!({
        "type": "object",
        "description": "Rows of raw values; `records` and `instances` mean the same as `rows`",
        "properties": {
            "rows": {
                "type": "array",
                "maxItems": limits.rows_of(columns),
                "items": row,
            },
        },
        "required": ["rows"],
        "additionalProperties": false,
    })
}

/// Adds what values the training rows had: their range, or categories.
fn with_training_values(mut cell: Value, column: &Column, encoding: &Encoding) -> Value {
    match (&column.kind, encoding.range()) {
        (ColumnKind::Number { .. }, Some([minimum, maximum])) => {
            cell["description"] = format!("{minimum} to {maximum} in training").into();
        }
        (ColumnKind::Category { categories, .. }, _) => {
            cell["examples"] = categories.iter().take(MAX_EXAMPLES).cloned().collect();
        }
        _ => {}
    }
    cell
}

/// Returns the schema of the cells of a column.
fn cell(kind: &ColumnKind, number: &Value) -> Value {
    match kind {
        ColumnKind::Number { .. } => {
            let mut number = number.clone();
            number["type"] = json!(["number", "null"]);
            number
        }
        ColumnKind::Boolean => {
            let mut values = vec![json!(true), json!(false), Value::Null, json!(0), json!(1)];
            values.extend(truth_words().into_iter().map(Value::from));
            json!({ "enum": values })
        }
        ColumnKind::Category { .. } => json!({
            "type": ["string", "number", "boolean", "null"],
            "description": "A category that the training rows did not have is taken for none",
        }),
        ColumnKind::Date => json!({
            "anyOf": [{ "type": "string", "format": "date" }, { "type": "string", "format": "date-time" }, { "type": "null" }],
        }),
    }
}

fn content<T: JsonSchema>(generator: &mut SchemaGenerator, media_type: &str) -> Value {
    json!({ media_type: { "schema": generator.subschema_for::<T>() } })
}

fn text(media_type: &str) -> Value {
    json!({ media_type: { "schema": { "type": "string" } } })
}
