//! A threshold and a temperature in every form.

use std::fs;
use std::io::Cursor;

use mlp::data::{Labels, read};
use mlp::export::Format;
use mlp::random::{Purpose, Stream};
use serde_json::{Value, json};
use tract_onnx::prelude::*;

use super::c::{compile, run};
use super::{Case, TOLERANCE, train};
use crate::support::browser::Browser;
use crate::support::program::{json as answer, stdout};

const ROWS: u64 = 300;

/// Rows of two classes that overlap, one of them rare.
fn table(seed: u64) -> String {
    let mut text = String::from("a,b,state\n");
    for row in 0..ROWS {
        let stream = Stream::new(seed, Purpose::Synthesis, row);
        let is_fault = stream.below(1000, 5) == 0;
        let shift = if is_fault { 1.0 } else { -0.2 };
        let [a, b] = [0, 1].map(|column| stream.normal(column) + shift);
        let state = if is_fault { "fault" } else { "ok" };
        text += &format!("{a:.4},{b:.4},{state}\n");
    }
    text
}

/// A network of two classes that predicts the first from a probability of 0.2 on, at a temperature of 1.7.
fn case() -> (Case, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("train.csv"), table(1)).unwrap();
    fs::write(folder.path().join("new.csv"), table(2)).unwrap();
    train(
        folder.path(),
        "name = \"faults\"\n[data]\ntrain = \"train.csv\"\nlabel = \"state\"\n[model]\nhidden = [6]\n[training]\nepochs = 5\n\
         batch_size = 16\nreport = false\n[decision]\nthreshold = \"f1\"\n",
    );
    let run = crate::support::runs::open(&folder.path().join("artifacts"));
    let path = run.decision();
    let mut decision: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(decision["threshold"]["positive"], "fault");
    decision["threshold"]["value"] = json!(0.2);
    decision["temperature"] = json!(1.7);
    fs::write(&path, decision.to_string()).unwrap();
    let case = Case::new("two classes", folder.path(), |trained| {
        let file = folder.path().join("new.csv");
        read(&file, &trained.read_options(Labels::Required))
            .unwrap()
            .dataset
    });
    (case, folder)
}

/// Asserts that these are the probabilities and classes of the program.
#[track_caller]
fn assert_decides(case: &Case, form: &str, probabilities: &[f64], classes: &[u32]) {
    assert_eq!(classes.len(), case.expected.len(), "{form}");
    let rows = probabilities.chunks_exact(2).zip(classes);
    for ((found, class), expected) in rows.zip(&case.expected) {
        for (found, expected) in found.iter().zip(&expected.probabilities) {
            assert!((found - expected).abs() <= TOLERANCE, "{form}");
        }
        assert_eq!(*class, expected.class, "{form}: {found:?}");
    }
}

#[test]
fn the_program_itself_decides_by_the_threshold() {
    let (case, folder) = case();
    let decided = case.expected.iter().filter(|row| {
        let by_threshold = u32::from(row.probabilities[0] < 0.2);
        assert_eq!(row.class, by_threshold);
        row.probabilities[0] >= 0.2 && row.probabilities[0] < 0.5
    });
    assert!(decided.count() > 5, "the threshold makes a difference");
    let text = stdout(folder.path(), &["predict", "artifacts", "new.csv"]);
    let classes: Vec<&str> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    let expected: Vec<&str> = case
        .expected
        .iter()
        .map(|row| ["fault", "ok"][row.class as usize])
        .collect();
    assert_eq!(classes, expected);
    let scores = answer(
        folder.path(),
        &["evaluate", "artifacts", "--data", "new.csv", "--json"],
    );
    let faults = expected.iter().filter(|class| **class == "fault").count();
    let matrix = &scores["test"]["confusion_matrix"];
    let found = matrix[0][0].as_u64().unwrap() + matrix[1][0].as_u64().unwrap();
    assert_eq!(found, faults as u64);
    assert_eq!(scores["test"]["two_classes"]["threshold"], 0.2);
}

#[test]
fn another_checkpoint_is_uncalibrated_and_says_so() {
    let (_case, folder) = case();
    let run = crate::support::runs::open(&folder.path().join("artifacts"));
    let mut decision: Value = serde_json::from_slice(&fs::read(run.decision()).unwrap()).unwrap();
    let step = decision["step"].as_u64().unwrap();
    decision["step"] = json!(step + 1);
    fs::write(run.decision(), decision.to_string()).unwrap();
    let output = crate::support::program::mlp(folder.path())
        .args(["predict", "artifacts", "new.csv"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("uncalibrated") && said.contains("most probable class"),
        "{said}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    for line in text.lines().skip(1) {
        let confidence: f64 = line.split(',').nth(1).unwrap().parse().unwrap();
        assert!(confidence >= 0.5, "{line}");
    }
}

#[test]
fn c_decides_by_the_threshold() {
    let (case, _folder) = case();
    let folder = tempfile::tempdir().unwrap();
    let program = r#"
#include <stdio.h>
#include "model.h"
int main(void) {
    float input[MLP_FEATURES], probabilities[MLP_CLASSES];
    while (fread(input, sizeof input, 1, stdin) == 1) {
        float best = (float)mlp_predict(input, probabilities);
        fwrite(probabilities, sizeof probabilities, 1, stdout);
        fwrite(&best, sizeof best, 1, stdout);
    }
    return 0;
}
"#;
    fs::write(folder.path().join("model.h"), case.export(Format::C)).unwrap();
    if !compile(folder.path(), program) {
        return;
    }
    let input = case.values();
    let input = input.iter().flat_map(|value| value.to_ne_bytes()).collect();
    let output = run(folder.path(), input);
    let numbers = output.as_chunks().0.iter();
    let numbers: Vec<f64> = numbers
        .map(|bytes| f64::from(f32::from_ne_bytes(*bytes)))
        .collect();
    let rows = || numbers.chunks_exact(3);
    let probabilities: Vec<f64> = rows().flat_map(|row| [row[0], row[1]]).collect();
    let classes: Vec<u32> = rows().map(|row| row[2] as u32).collect();
    assert_decides(&case, "c", &probabilities, &classes);
}

#[test]
fn the_graph_has_an_output_of_classes() {
    let (case, _folder) = case();
    let file = case.export(Format::Onnx);
    let about = tract_onnx::onnx()
        .proto_model_for_read(&mut Cursor::new(&file))
        .unwrap();
    let names: Vec<&str> = about
        .graph
        .as_ref()
        .unwrap()
        .output
        .iter()
        .map(|output| output.name.as_str())
        .collect();
    assert_eq!(names, ["probabilities", "class"]);
    let decision = about
        .metadata_props
        .iter()
        .find(|entry| entry.key == "decision")
        .unwrap();
    let decision: Value = serde_json::from_str(&decision.value).unwrap();
    assert_eq!(
        decision,
        json!({"temperature": 1.7, "positive": "fault", "threshold": 0.2})
    );
    let model = tract_onnx::onnx()
        .model_for_read(&mut Cursor::new(file))
        .unwrap()
        .into_optimized()
        .unwrap()
        .into_runnable()
        .unwrap();
    let rows = case.expected.len();
    let input = tract_ndarray::Array2::from_shape_vec((rows, 2), case.values()).unwrap();
    let output = model.run(tvec!(input.into_tensor().into())).unwrap();
    let probabilities = output[0].to_plain_array_view::<f32>().unwrap();
    let probabilities: Vec<f64> = probabilities.iter().copied().map(f64::from).collect();
    let classes = output[1].to_plain_array_view::<i64>().unwrap();
    assert_eq!(classes.shape(), [rows, 1]);
    let classes: Vec<u32> = classes.iter().map(|class| *class as u32).collect();
    assert_decides(&case, "onnx", &probabilities, &classes);
}

#[test]
fn the_page_decides_by_the_threshold() {
    let Some(mut browser) = Browser::start() else {
        return;
    };
    let (case, _folder) = case();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    fs::write(&path, case.export(Format::Html)).unwrap();
    browser.open_file(&path);
    let rows: Vec<Vec<f32>> = case.values().chunks(2).map(<[f32]>::to_vec).collect();
    let script = format!(
        "{}.map(row => network.predict(row)).map(found => [...found.probabilities, found.best])",
        json!(rows)
    );
    let found = browser.evaluate(&script);
    let found: Vec<Vec<f64>> = serde_json::from_value(found).unwrap();
    let probabilities: Vec<f64> = found.iter().flat_map(|row| [row[0], row[1]]).collect();
    let classes: Vec<u32> = found.iter().map(|row| row[2] as u32).collect();
    assert_decides(&case, "html", &probabilities, &classes);
    assert_eq!(browser.errors, Vec::<String>::new());
}

#[test]
fn weights_say_how_they_decide() {
    let (case, _folder) = case();
    let bytes = case.export(Format::Safetensors);
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = header.metadata().as_ref().unwrap();
    let decision: Value = serde_json::from_str(&metadata["decision"]).unwrap();
    assert_eq!(decision["threshold"], 0.2);
}
