//! Columns of every kind: numbers with and without empty cells, wide numbers, booleans, categories with rare and unseen
//! ones, dates. Each form takes the raw values and must say what the program says of the file.

use std::collections::HashSet;
use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::OnceLock;

use mlp::data::{
    Codes, Column, ColumnKind, ColumnValues, Dataset, Encoding, EncodingRule, Features, Labels,
    Numeric, Preprocessor, Schema, TargetColumn, iso_date, read,
};
use mlp::export::{Exported, Format};
use mlp::inference::{LoadedRun, Model};
use mlp::random::{Purpose, Stream};
use mlp::run::Which;
use serde_json::{Value, json};
use tempfile::TempDir;
use tract_onnx::prelude::Framework as _;

use super::Case;
use super::c::{compile, floats, run};
use super::import::assert_comes_back;
use crate::support::browser::Browser;
use crate::support::program::{Ran, json as answer, mlp, stdout};
use crate::support::runs::open;
use crate::support::trained_run::text;

/// Rows that exports are held to the program on.
const ROWS: u64 = 10_000;
/// Rows that are sent to a page at once.
const ROWS_AT_ONCE: usize = 1000;
/// The closest that inputs in C must be to the program's, as a share of those beyond 1.
const INPUT_TOLERANCE: f32 = 1e-6;

const HEADER: &str = "age,weight,stamp,count,member,town,\"colour \\ \"\"x\"\"\",when,day";

/// Categories that would end a literal, a comment, a script or a line.
const COLOURS: [&str; 8] = [
    "\"red\"",
    "a\\b",
    "c??/d",
    "</script><b>",
    "*/",
    "é ü",
    "\u{202e}dlog",
    "two\nlines",
];

const CONFIG: &str = r#"
name = "table"
[data]
train = "train.csv"
label = "class"
validation = 0.1
max_categories = 6
[data.columns]
age = { kind = "number", scale = "robust", smooth_clip = true, indicator = true }
weight = { kind = "number", missing = "error" }
count = { kind = "number", scale = "none", missing = 2.5 }
member = { kind = "boolean", indicator = true }
town = { kind = "category", indicator = true }
when = { kind = "date", indicator = true }
[model]
hidden = [16, 8]
[training]
epochs = 4
batch_size = 32
report = false
"#;

/// The raw values of a row.
struct Row {
    age: Option<f32>,
    weight: f32,
    stamp: Option<f64>,
    count: Option<f32>,
    member: Option<bool>,
    town: Option<String>,
    colour: Option<&'static str>,
    when: Option<f64>,
    day: f64,
}

impl Row {
    /// Draws a row; `is_new` allows for what training rows do not have.
    fn draw(seed: u64, row: u64, is_new: bool) -> Self {
        let stream = Stream::new(seed, Purpose::Synthesis, row);
        let share = |draw| stream.uniform(draw);
        let below = |draw, count: f64| (share(draw) * count).floor();
        let there = |draw, rate: f64| (share(draw) > rate).then_some(());
        let spread = if is_new { 4.0 } else { 1.0 };
        let town = below(6, 400.0).sqrt(); // later ones are more frequent
        let town = if is_new && share(7) < 0.05 {
            "unseen".to_owned()
        } else {
            format!("town {town:.0}")
        };
        Self {
            age: there(0, 0.2).map(|()| (100.0 * spread * share(1)) as f32),
            weight: (spread * stream.normal(40)) as f32,
            stamp: there(2, 0.1)
                .map(|()| 1_700_000_000.0 + (spread * 4000.0 * share(3)).round() / 4.0),
            count: there(4, 0.1).map(|()| below(5, 7.0) as f32),
            member: there(8, 0.1).map(|()| share(9) < 0.4),
            town: there(10, 0.1).map(|()| town),
            colour: there(11, 0.05).map(|()| COLOURS[below(12, 8.0) as usize]),
            when: there(13, 0.1).map(|()| (1.6e9 + spread * 1e8 * (share(14) - 0.3)).round()),
            day: 86_400.0 * (19_000.0 + spread * (below(15, 2000.0) - 500.0)),
        }
    }

    fn class(&self) -> &'static str {
        let age = f64::from(self.age.unwrap_or(30.0)) / 30.0;
        let town = self.town.as_ref().is_some_and(|town| town.len() > 6);
        let score = age + f64::from(self.weight) + f64::from(u8::from(town));
        match score {
            ..1.0 => "low",
            1.0..2.5 => "middle, \"so\"",
            _ => "high",
        }
    }

    fn csv(&self) -> String {
        self.cells().join(",")
    }

    fn cells(&self) -> [String; 9] {
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let float = |value: Option<f32>| value.map_or_else(String::new, |value| value.to_string());
        let quoted = |value: Option<&str>| match value {
            Some(value) => format!("\"{}\"", value.replace('"', "\"\"")),
            None => String::new(),
        };
        let date = |value: Option<f64>| value.map_or_else(String::new, iso_date);
        [
            float(self.age),
            self.weight.to_string(),
            number(self.stamp),
            float(self.count),
            self.member.map_or_else(String::new, |yes| {
                (if yes { "yes" } else { "no" }).to_owned()
            }),
            quoted(self.town.as_deref()),
            quoted(self.colour),
            date(self.when),
            date(Some(self.day)),
        ]
    }

    /// The values in the order of the columns, as the page takes them.
    fn json(&self) -> Value {
        json!([
            self.age,
            self.weight,
            self.stamp,
            self.count,
            self.member,
            self.town,
            self.colour,
            self.when.map(iso_date),
            self.day
        ])
    }

    /// The values in the order of the members of the struct, as [`PROGRAM`] reads them.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut float = |value: Option<f32>| bytes.extend(value.unwrap_or(f32::NAN).to_ne_bytes());
        float(self.age);
        float(Some(self.weight));
        float(self.count);
        float(self.member.map(|yes| f32::from(u8::from(yes))));
        let mut double = |value: Option<f64>| bytes.extend(value.unwrap_or(f64::NAN).to_ne_bytes());
        double(self.stamp);
        double(self.when);
        double(Some(self.day));
        for text in [self.town.as_deref(), self.colour] {
            match text {
                Some(text) => {
                    bytes.extend((text.len() as u32).to_ne_bytes());
                    bytes.extend(text.as_bytes());
                }
                None => bytes.extend(u32::MAX.to_ne_bytes()),
            }
        }
        bytes
    }
}

fn rows() -> Vec<Row> {
    (0..ROWS).map(|row| Row::draw(2, row, true)).collect()
}

fn write_table(folder: &Path) {
    let train = (0..900).map(|row| Row::draw(1, row, false));
    let train: Vec<String> = train
        .map(|row| format!("{},\"{}\"\n", row.csv(), row.class().replace('"', "\"\"")))
        .collect();
    fs::write(
        folder.join("train.csv"),
        format!("{HEADER},class\n{}", train.concat()),
    )
    .unwrap();
    let new: String = rows().iter().map(|row| row.csv() + "\n").collect();
    fs::write(folder.join("new.csv"), format!("{HEADER}\n{new}")).unwrap();
}

/// A network that was trained on such a table, and new rows of it.
fn table() -> &'static Case {
    static CASE: OnceLock<(Case, TempDir)> = OnceLock::new();
    let (case, _) = CASE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        write_table(folder.path());
        super::train(folder.path(), CONFIG);
        let case = Case::new("table", folder.path(), |trained| {
            let options = trained.read_options(Labels::Absent);
            read(&folder.path().join("new.csv"), &options)
                .unwrap()
                .dataset
        });
        (case, folder)
    });
    case
}

#[test]
fn the_table_has_columns_of_every_kind() {
    let model = &table().trained.model;
    let names = model.preprocessor.input_names(&model.schema);
    for name in [
        "age.missing",
        "member.missing",
        "town.rare",
        "town.missing",
        "when.hour_sin",
        "when.missing",
        "day.year",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    let kinds: Vec<&str> = model
        .schema
        .columns
        .iter()
        .map(|column| column.kind.name())
        .collect();
    let expected = [
        "number", "number", "number", "number", "boolean", "category", "category", "date", "date",
    ];
    assert_eq!(kinds, expected);
    assert!(!model.preprocessor.is_plain() && model.preprocessor.fill().is_none());
}

/// Reads rows as [`Row::bytes`] writes them; writes the inputs and the probabilities of each.
const PROGRAM: &str = r#"
#include <stdio.h>
#include <stdlib.h>
#include "model.h"
static char texts[2][100];
static const char *text(int number) {
    int length = -1;
    if (fread(&length, sizeof length, 1, stdin) != 1) {
        exit(2);
    }
    if (length < 0) {
        return NULL;
    }
    if (length > 0 && fread(texts[number], (size_t)length, 1, stdin) != 1) {
        exit(3);
    }
    texts[number][length] = '\0';
    return texts[number];
}
int main(void) {
    float numbers[4], inputs[MLP_INPUTS], probabilities[MLP_CLASSES];
    double doubles[3];
    while (fread(numbers, sizeof numbers, 1, stdin) == 1 && fread(doubles, sizeof doubles, 1, stdin) == 1) {
        mlp_row row;
        row.age = numbers[0];
        row.weight = numbers[1];
        row.count = numbers[2];
        row.member = numbers[3];
        row.stamp = doubles[0];
        row.when = doubles[1];
        row.day = doubles[2];
        row.town = text(0);
        row.colour____x = text(1);
        mlp_encode(&row, inputs);
        fwrite(inputs, sizeof inputs, 1, stdout);
        if (mlp_class_name(mlp_predict(&row, probabilities)) == NULL) {
            return 4;
        }
        fwrite(probabilities, sizeof probabilities, 1, stdout);
    }
    return mlp_seconds(2024, 2, 29, 18, 30, 0.5) == 1709231400.5 ? 0 : 5;
}
"#;

#[test]
fn c_takes_raw_values_of_every_kind() {
    let case = table();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.h"), case.export(Format::C)).unwrap();
    if !compile(folder.path(), PROGRAM) {
        return;
    }
    let input = rows().iter().flat_map(Row::bytes).collect();
    let model = &case.trained.model;
    let width = model.network.sizes()[0];
    let mut probabilities = Vec::new();
    let found = floats(&run(folder.path(), input));
    let found = found.chunks_exact(width + model.classes().len());
    assert_eq!(found.len() as u64, ROWS);
    let names = model.preprocessor.input_names(&model.schema);
    for (row, found) in found.enumerate() {
        let (inputs, outputs) = found.split_at(width);
        let expected = model.inputs(&case.rows.features, row);
        for ((found, expected), name) in inputs.iter().zip(&expected).zip(&names) {
            assert!(
                (found - expected).abs() <= INPUT_TOLERANCE * expected.abs().max(1.0),
                "row {row}, {name}: {found}, not {expected}"
            );
        }
        probabilities.extend(outputs.iter().map(|value| f64::from(*value)));
    }
    case.assert_same("c", &probabilities);
}

#[test]
fn two_models_live_in_one_program() {
    let case = table();
    let folder = tempfile::tempdir().unwrap();
    for (prefix, file) in [("first", "first.h"), ("Second_2", "second.h")] {
        let path = folder.path().join(file);
        let arguments = ["export", "artifacts", "-o", text(&path), "--prefix", prefix];
        assert_eq!(stdout(&case.folder, &arguments), "");
    }
    let program = r#"
#include "first.h"
#include "second.h"
int main(void) {
    first_row one = {0};
    Second_2_row other = {0};
    float first[FIRST_CLASSES], second[SECOND_2_CLASSES];
    one.weight = other.weight = 1.0f;
    return first_predict(&one, first) == Second_2_predict(&other, second) && first[0] == second[0] ? 0 : 1;
}
"#;
    if compile(folder.path(), program) {
        assert!(run(folder.path(), Vec::new()).is_empty());
    }
    for (arguments, parts) in [
        (["-o", "m.h", "--prefix", "2nd"], ["2nd", "a to z"]),
        (["-o", "m.onnx", "--prefix", "a"], ["--prefix", "onnx"]),
    ] {
        let output = mlp(&case.folder)
            .args(["export", "artifacts"])
            .args(arguments)
            .output();
        Ran::of(output.unwrap()).assert_error(2, &parts);
    }
}

#[test]
fn the_comment_of_a_header_explains_the_row() {
    let header = String::from_utf8(table().export(Format::C)).unwrap();
    for part in [
        "float weight; /* number, ",
        "never missing */",
        "double stamp; /* number, ",
        "const char *colour____x; /* column colour _ _x_: category: ",
        "        .when = mlp_seconds(20",
        "most_probable = mlp_predict(&row, probabilities);",
    ] {
        assert!(header.contains(part), "{part}: {header:.3000}");
    }
}

/// Answers from the page for rows as it takes them.
fn of_page(browser: &mut Browser, rows: &[Value]) -> Vec<f64> {
    let rows = Value::from(rows.to_vec());
    let found = browser.evaluate(&format!(
        "{rows}.flatMap(row => network.predict(row).probabilities)"
    ));
    let found = found.as_array().unwrap();
    found.iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn the_page_takes_raw_values_of_every_kind() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let case = table();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, case.export(Format::Html)).unwrap();
    browser.open_file(&path);
    let rows: Vec<Value> = rows().iter().map(Row::json).collect();
    let mut probabilities = Vec::new();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        probabilities.extend(of_page(&mut browser, rows));
    }
    case.assert_same("html", &probabilities);
    let fields = browser.evaluate(
        "[...document.querySelectorAll('#fields input, #fields select')].map(field => field.type)",
    );
    let expected = [
        "number",
        "number",
        "number",
        "number",
        "select-one",
        "select-one",
        "select-one",
        "datetime-local",
        "date",
    ];
    assert_eq!(fields, json!(expected));
    for width in [390, 1280] {
        browser.view(width, 800, 1.0);
        let page = browser.evaluate("document.documentElement.scrollWidth");
        assert_eq!(page, width);
    }
    let answer = "document.getElementById('answer').textContent";
    assert!(browser.evaluate(answer).to_string().contains('%'));
    // One value after another by its field is the same as the row at once.
    let by_field = browser.evaluate(
        r"(() => {
            const set = (number, value) => {
                const field = document.getElementById(`field-${number}`);
                field.value = value;
                field.dispatchEvent(new Event('input', { bubbles: true }));
            };
            ['', '1.5', '1700000000.25', '2', '1', '', '3', '2021-05-06T07:08', '2022-03-04'].forEach((value, number) => set(number, value));
            const { categories } = about.columns[6];
            const row = [NaN, 1.5, 1700000000.25, 2, true, NaN, categories[3], '2021-05-06T07:08', '2022-03-04'];
            const { probabilities, best } = network.predict(row);
            return [document.getElementById('answer').textContent, about.classes[best] + ' ' + results.percent(probabilities[best])];
        })()",
    );
    assert_eq!(by_field[0], by_field[1]);
    assert_eq!(browser.errors, Vec::<String>::new());
}

/// A network of numbers alone, of which each column is filled, scaled and bounded by rules of its own.
fn numbers() -> &'static Case {
    static CASE: OnceLock<(Case, TempDir)> = OnceLock::new();
    let (case, _) = CASE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, rows: u64, seed| {
            let rows = (0..rows).map(|row| {
                let stream = Stream::new(seed, Purpose::Synthesis, row);
                let number = |draw: u64| stream.normal(2 * draw) as f32;
                let there = |draw: u64, value: f32| {
                    let is_there = stream.uniform(100 + draw) > 0.2;
                    if is_there { value.to_string() } else { String::new() }
                };
                let (a, b, c) = (number(1), number(2), 50.0 * number(3));
                let class = if a + b + c / 50.0 > 0.0 { "more" } else { "less" };
                let cells = [there(1, a), b.to_string(), there(3, c), there(4, number(4))];
                format!("{},{class}\n", cells.join(","))
            });
            let text = "a,b,c,d,class\n".to_owned() + &rows.collect::<String>();
            fs::write(folder.path().join(name), text).unwrap();
        };
        write("train.csv", 400, 1);
        write("test.csv", 300, 2);
        super::train(
            folder.path(),
            "name = \"numbers\"\n[data]\ntrain = \"train.csv\"\nlabel = \"class\"\n[data.columns]\n\
             a = { kind = \"number\", indicator = true }\nb = { kind = \"number\", missing = \"error\", scale = \"min_max\" }\n\
             c = { kind = \"number\", scale = \"robust\", smooth_clip = true, missing = \"mean\" }\n\
             d = { kind = \"number\", scale = \"none\", missing = \"median\", indicator = true }\n\
             [model]\nhidden = [7]\n[training]\nepochs = 3\nreport = false\n",
        );
        let case = Case::new("numbers", folder.path(), |trained| {
            let file = folder.path().join("test.csv");
            read(&file, &trained.read_options(Labels::Required)).unwrap().dataset
        });
        (case, folder)
    });
    case
}

#[test]
fn each_column_of_numbers_has_its_own_rules_in_every_format() {
    let case = numbers();
    let model = &case.trained.model;
    assert!(model.schema.is_numeric() && model.preprocessor.fill().is_none());
    assert_eq!(model.network.sizes()[0], 6);
    if let Some(probabilities) = super::c::probabilities(case) {
        case.assert_same("c", &probabilities);
    }
    case.assert_same("onnx", &super::onnx::probabilities(case));
    if let Some(mut browser) = Browser::start() {
        case.assert_same("html", &super::html::probabilities(&mut browser, case));
    }
    assert_comes_back(case);
}

/// A model with names and categories that no format may stumble over, and its columns' values.
fn hostile() -> (Exported, Dataset, Vec<String>) {
    let mut categories: Vec<String> = COLOURS.map(str::to_owned).to_vec();
    categories.extend(["x".repeat(5000), "a\0b".to_owned(), "NULL".to_owned()]);
    categories.extend((categories.len()..10_000).map(|number| format!("category {number}")));
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
    };
    let kind = ColumnKind::Category {
        categories: categories.clone(),
        rare: vec!["rare".to_owned()],
    };
    let schema = Schema {
        columns: vec![
            column("*/ ??/\\\n", ColumnKind::NUMBER),
            column("</script><script>alert(1)</script>", kind),
            column("probabilities", ColumnKind::Boolean),
            column("\u{202e}int \"'`", ColumnKind::NUMBER),
            column("", ColumnKind::NUMBER),
        ],
        target: TargetColumn::Class {
            classes: vec!["</script>*/??/\\\"\n\u{202e}".to_owned(), "y".repeat(5000)],
        },
        ..Schema::default()
    };
    let number = || Encoding::number(Numeric::IDENTITY);
    let encoding = |rule| Encoding {
        rule,
        missing: 0,
        indicator: false,
    };
    let one_hot = EncodingRule::OneHot {
        categories: categories.len(),
        rare: 1,
    };
    let preprocessor = Preprocessor::of_columns(&[
        number(),
        encoding(one_hot),
        encoding(EncodingRule::Boolean),
        number(),
        number(),
    ]);
    let stream = Stream::new(9, Purpose::Synthesis, 0);
    let inputs = preprocessor.width(5) as u64;
    let network = mlp::network::Network {
        layers: vec![mlp::network::Layer {
            weight: (0..2 * inputs)
                .map(|at| stream.normal(2 * at) as f32)
                .collect(),
            bias: vec![0.1, -0.2],
        }],
        activation: mlp::config::Activation::Tanh,
    };
    let codes: Vec<u32> = (0..=10_001).collect();
    let rows = codes.len();
    let numbers = ColumnValues::Floats(vec![0.5; rows]);
    let dataset = Dataset::new(
        schema.clone(),
        Features::Columns(vec![
            numbers.clone(),
            ColumnValues::Codes(Codes::new(codes, 10_001)),
            ColumnValues::Codes(Codes::new(vec![2; rows], 2)),
            numbers.clone(),
            numbers,
        ]),
        None,
    );
    let model = Model::new(schema, preprocessor, network, mlp::task::Loss::CrossEntropy);
    let texts = std::iter::once(String::new()).chain(categories);
    let texts = texts.chain(["rare".to_owned()]).collect();
    (
        Exported::new(model, "</title>*/ ??/ \u{202e}", 1),
        dataset,
        texts,
    )
}

#[test]
fn no_name_breaks_a_header() {
    let (exported, dataset, texts) = hostile();
    let folder = tempfile::tempdir().unwrap();
    let header = Format::C.write(&exported).unwrap();
    assert!(
        !header
            .windows(3)
            .any(|bytes| bytes == "\u{202e}".as_bytes())
    );
    fs::write(folder.path().join("model.h"), header).unwrap();
    let program = r#"
#include <stdio.h>
#include "model.h"
static char text[10000];
int main(void) {
    int length;
    while (fread(&length, sizeof length, 1, stdin) == 1) {
        float probabilities[MLP_CLASSES];
        mlp_row row = {0};
        if (length > 0 && fread(text, (size_t)length, 1, stdin) != 1) {
            return 2;
        }
        text[length] = '\0';
        row.column = row.int_ = row.column_2 = 0.5f;
        row.script__script_alert_1___script = length > 0 ? text : NULL;
        row.probabilities = 1.0f;
        mlp_predict(&row, probabilities);
        fwrite(probabilities, sizeof probabilities, 1, stdout);
    }
    return mlp_class_name(0)[0] == '<' && mlp_class_name(1)[4999] == 'y' && mlp_class_name(1)[5000] == 0 ? 0 : 3;
}
"#;
    if !compile(folder.path(), program) {
        return;
    }
    let mut input = Vec::new();
    for text in &texts {
        input.extend((text.len() as u32).to_ne_bytes());
        input.extend(text.as_bytes());
    }
    let found = floats(&run(folder.path(), input));
    let expected = exported.model.predict(&dataset);
    let expected = expected.classes();
    assert_eq!(found.len(), 2 * expected.len());
    for ((found, expected), text) in found.chunks_exact(2).zip(expected).zip(&texts) {
        if text.contains('\0') {
            continue; // no text of C
        }
        let difference = (f64::from(found[0]) - expected.probabilities[0]).abs();
        assert!(difference < 1e-6, "{text:.30}: {difference}");
    }
}

#[test]
fn no_name_breaks_a_page() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (exported, dataset, texts) = hostile();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, Format::Html.write(&exported).unwrap()).unwrap();
    browser.open_file(&path);
    let rows: Vec<Value> = texts
        .iter()
        .map(|text| json!([0.5, text, true, 0.5, 0.5]))
        .collect();
    let expected = exported.model.predict(&dataset);
    let expected = expected.classes();
    let mut found = Vec::new();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        found.extend(of_page(&mut browser, rows));
    }
    for ((found, expected), text) in found.chunks_exact(2).zip(expected).zip(&texts) {
        let difference = (found[0] - expected.probabilities[0]).abs();
        assert!(difference < 1e-6, "{text:.30}: {difference}");
    }
    let shown = browser.evaluate(
        "[document.querySelector('#bars th').textContent, document.querySelectorAll('#field-1 option').length, document.querySelectorAll('script').length]",
    );
    assert_eq!(shown, json!([exported.classes()[0], 10_002, 3]));
    assert_eq!(browser.errors, Vec::<String>::new());
}

#[test]
fn a_table_comes_back_with_its_whole_preprocessing() {
    assert_comes_back(table());
}

#[test]
fn weights_are_imported_by_name() {
    let case = table();
    let folder = tempfile::tempdir_in(&case.folder).unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("w.safetensors"), case.export(Format::Safetensors)).unwrap();
    // The columns in another order, one more, and a category that the network does not know.
    let text_of = |columns: &[usize]| -> String {
        let names = [
            "age",
            "weight",
            "stamp",
            "count",
            "member",
            "town",
            "\"colour \\ \"\"x\"\"\"",
            "when",
            "day",
            "class",
            "more",
        ];
        let line = |cells: &[String]| {
            let cells: Vec<&str> = columns.iter().map(|&at| cells[at].as_str()).collect();
            cells.join(",") + "\n"
        };
        let header = line(&names.map(str::to_owned));
        let rows = (0..900).map(|number| {
            let row = Row::draw(1, number, false);
            let mut cells = row.cells().to_vec();
            cells.push(format!("\"{}\"", row.class().replace('"', "\"\"")));
            cells.push("x".to_owned());
            line(&cells)
        });
        header + &rows.collect::<String>()
    };
    fs::write(
        path("turned.csv"),
        text_of(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
    )
    .unwrap();
    fs::write(path("fewer.csv"), text_of(&[0, 1, 2, 3, 4, 6, 7, 8, 9])).unwrap();
    let import = |file: &str, run: &str| {
        let output = mlp(&case.folder)
            .args([
                "import",
                text(&path("w.safetensors")),
                "--config",
                "run.toml",
            ])
            .args(["--set", &format!("data.train={}", json!(path(file)))])
            .args(["--run-dir", text(&path(run))])
            .output();
        Ran::of(output.unwrap())
    };
    import("turned.csv", "turned")
        .success()
        .says(&["other order", "`more`"]);
    let imported = LoadedRun::load(&open(&path("turned")), Which::Chosen).unwrap();
    assert_eq!(imported.model.schema, case.trained.model.schema);
    assert_eq!(imported.model.network, case.trained.model.network);
    assert_eq!(imported.model.preprocessor, case.trained.model.preprocessor);
    let evaluate = |run: &str| answer(&case.folder, &["evaluate", run, "--json"]);
    let (before, after) = (evaluate("artifacts"), evaluate(text(&path("turned"))));
    assert_eq!(before["validation"], after["validation"]);
    assert_eq!(before["train"], after["train"]);
    import("fewer.csv", "fewer").assert_error(4, &["fewer.csv", "`town`"]);
    assert!(!path("fewer").exists());
}

#[test]
fn weights_that_tell_no_encodings_are_refused_for_such_columns() {
    let case = table();
    let folder = tempfile::tempdir_in(&case.folder).unwrap();
    let sizes = case.trained.model.network.sizes();
    let layers = [
        ("0", sizes[0], sizes[1]),
        ("2", sizes[1], sizes[2]),
        ("4", sizes[2], sizes[3]),
    ];
    let path = folder.path().join("w.safetensors");
    fs::write(&path, super::import::chain(&layers)).unwrap();
    let output = mlp(&case.folder)
        .args(["import", text(&path), "--config", "run.toml"])
        .output();
    let parts = [
        "does not tell how its inputs were encoded",
        "`age`",
        "indicator",
    ];
    Ran::of(output.unwrap()).assert_error(4, &parts);
}

#[test]
fn metadata_of_a_newer_version_are_refused() {
    let case = table();
    let folder = tempfile::tempdir_in(&case.folder).unwrap();
    let file = String::from_utf8_lossy(&case.export(Format::Safetensors)).into_owned();
    assert!(file.contains(r#""metadata_version":"2""#));
    let path = folder.path().join("w.safetensors");
    let newer = case.export(Format::Safetensors);
    let at = newer
        .windows(21)
        .position(|bytes| bytes == br#""metadata_version":"2"#)
        .unwrap();
    let newer = [&newer[..at + 20], b"3", &newer[at + 21..]].concat();
    fs::write(&path, newer).unwrap();
    let output = mlp(&case.folder)
        .args(["import", text(&path), "--config", "run.toml"])
        .output();
    Ran::of(output.unwrap()).assert_error(2, &["version 3", "w.safetensors"]);
}

#[test]
fn no_name_breaks_a_graph() {
    let (exported, ..) = hostile();
    let file = Format::Onnx.write(&exported).unwrap();
    let model = tract_onnx::onnx()
        .proto_model_for_read(&mut Cursor::new(file))
        .unwrap();
    let graph = model.graph.unwrap();
    let inputs: Vec<&str> = graph
        .input
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    let expected = [
        "*/ ??/\\_",
        "</script><script>alert(1)</script>",
        "probabilities_",
        "\u{202e}int \"'`",
        "_",
    ];
    assert_eq!(inputs, expected);
    let outputs = graph.node.iter().flat_map(|node| &node.output);
    let constants = graph.initializer.iter().map(|tensor| &tensor.name);
    let names: Vec<&String> = outputs.chain(constants).collect();
    let unique: HashSet<&&String> = names.iter().collect();
    assert_eq!(unique.len(), names.len());
    assert!(
        names
            .iter()
            .all(|name| name.starts_with('/') || *name == "probabilities")
    );
}

#[test]
fn no_name_breaks_weights() {
    let (exported, ..) = hostile();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    fs::write(&path, Format::Safetensors.write(&exported).unwrap()).unwrap();
    let file = mlp::import::WeightsFile::read(&path).unwrap();
    assert_eq!(file.schema.as_ref(), Some(&exported.model.schema));
    assert_eq!(
        file.preprocessor.as_ref(),
        Some(&exported.model.preprocessor)
    );
    assert_eq!(file.layers, exported.layers());
}
