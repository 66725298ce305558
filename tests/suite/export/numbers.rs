//! A network that predicts a number, in every form.

use std::fmt::Write as _;
use std::fs;
use std::io::Cursor;

use mlp::random::{Purpose, Stream};
use tract_onnx::prelude::*;

use super::c;
use crate::support::browser::Browser;
use crate::support::experiment::Experiment;
use crate::support::runs::manifest;

const CONFIG: &str = r#"
name = "prices"

[data]
train = "prices.csv"
label = "price"
scale = "standard"

[model]
hidden = [6]

[training]
epochs = 5
batch_size = 16
"#;

const PROGRAM: &str = r#"
#include <stdio.h>
#include "model.h"
int main(void) {
    float input[MLP_FEATURES];
    while (fread(input, sizeof input, 1, stdin) == 1) {
        printf("%.17g\n", mlp_predict(input));
    }
    return 0;
}
"#;

/// Trained runs `none` and `log`, each with raw rows, `[rows, 2]`, and what `predict` says of them.
struct Numbers {
    experiment: Experiment,
    rows: Vec<f32>,
}

impl Numbers {
    fn new() -> Self {
        let experiment = Experiment::new(CONFIG);
        let (mut text, mut rows) = (String::from("a,b,price\n"), Vec::new());
        for row in 0..200 {
            let stream = Stream::new(1, Purpose::Synthesis, row);
            let [a, b] = [0, 1].map(|at| stream.normal(at) as f32);
            let price = 900.0 * (0.5 * f64::from(a) - 0.2 * f64::from(b * b)).exp();
            let _ = writeln!(text, "{a},{b},{price:.2}");
            rows.extend([a, b]);
        }
        fs::write(experiment.path("prices.csv"), text).unwrap();
        for transform in ["none", "log"] {
            let set = format!("data.target_transform=\"{transform}\"");
            experiment.train(transform, &["--set", &set]);
        }
        Self { experiment, rows }
    }

    fn predicted(&self, run: &str) -> Vec<f64> {
        let ran = self.experiment.run(&["predict", run, "prices.csv"]);
        let lines = ran.success().stdout;
        let numbers = lines.lines().skip(1).map(|line| line.parse().unwrap());
        numbers.collect()
    }

    fn export(&self, run: &str, file: &str) -> Vec<u8> {
        let name = format!("{run}-{file}");
        let arguments = ["export", run, "-o", &name];
        self.experiment.run(&arguments).success();
        fs::read(self.experiment.path(&name)).unwrap()
    }

    #[track_caller]
    fn assert_same(&self, form: &str, run: &str, found: &[f64]) {
        let expected = self.predicted(run);
        assert_eq!(found.len(), expected.len(), "{form} of {run}");
        for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!(
                (found - expected).abs() <= 1e-5 * expected.abs().max(100.0),
                "{form} of {run}, row {row}: {found}, not {expected}"
            );
        }
    }
}

#[test]
fn every_form_predicts_the_same_number() {
    let numbers = Numbers::new();
    let mut browser = Browser::start();
    for run in ["none", "log"] {
        let model = tract_onnx::onnx()
            .model_for_read(&mut Cursor::new(numbers.export(run, "model.onnx")))
            .unwrap()
            .into_optimized()
            .unwrap()
            .into_runnable()
            .unwrap();
        let input = tract_ndarray::Array2::from_shape_vec((200, 2), numbers.rows.clone()).unwrap();
        let output = model.run(tvec!(input.into_tensor().into())).unwrap();
        let output = output[0].to_plain_array_view::<f32>().unwrap();
        assert_eq!(output.shape(), [200, 1]);
        let found: Vec<f64> = output.iter().copied().map(f64::from).collect();
        numbers.assert_same("onnx", run, &found);

        if let Some(found) = by_c(&numbers, run) {
            numbers.assert_same("c", run, &found);
        }
        if let Some(browser) = &mut browser {
            let page = format!("{run}-page.html");
            numbers.export(run, "page.html");
            browser.open_file(&numbers.experiment.path(&page));
            let rows = serde_json::to_string(&numbers.rows).unwrap();
            let script = format!(
                "(() => {{ const all = {rows}, found = []; for (let at = 0; at < all.length; at += 2) \
                 found.push(network.predict(all.slice(at, at + 2)).value); return found; }})()"
            );
            let found = browser.evaluate(&script);
            let found = found.as_array().unwrap().iter();
            let found: Vec<f64> = found.map(|value| value.as_f64().unwrap()).collect();
            numbers.assert_same("html", run, &found);
            browser.evaluate(
                "document.querySelectorAll('input[type=number], input[inputmode]').forEach(field => { field.value = '0.5'; field.dispatchEvent(new Event('input', { bubbles: true })); })",
            );
            let answer = browser.evaluate("document.getElementById('answer').textContent.trim()");
            let answer: f64 = answer.as_str().unwrap().replace(',', "").parse().unwrap();
            assert!((10.0..5000.0).contains(&answer), "{answer}");
            assert_eq!(browser.errors, Vec::<String>::new());
        }
    }
}

/// What the C header says; `None`, said aloud, without a compiler.
fn by_c(numbers: &Numbers, run: &str) -> Option<Vec<f64>> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("model.h"),
        numbers.export(run, "model.h"),
    )
    .unwrap();
    if !c::compile(folder.path(), PROGRAM) {
        return None;
    }
    let input = numbers.rows.iter().flat_map(|value| value.to_ne_bytes());
    let output = c::run(folder.path(), input.collect());
    let text = String::from_utf8(output).unwrap();
    Some(text.lines().map(|line| line.parse().unwrap()).collect())
}

#[test]
fn weights_come_back_with_the_scale_of_their_target() {
    let numbers = Numbers::new();
    let experiment = &numbers.experiment;
    for run in ["none", "log"] {
        numbers.export(run, "weights.safetensors");
        let file = format!("{run}-weights.safetensors");
        let set = format!("data.target_transform=\"{run}\"");
        let back = format!("{run}-back");
        let import = [
            "import",
            &file,
            "--config",
            "config.toml",
            "--run-dir",
            &back,
        ];
        let ran = experiment.run(&[&import[..], &["--set", &set]].concat());
        assert!(!ran.success().stderr.contains("does not tell"));
        let scaling = |run: &str| {
            let schema = manifest(&experiment.path(run)).schema;
            schema.target_scaling()
        };
        assert_eq!(scaling(run), scaling(&back));
        assert_eq!(numbers.predicted(run), numbers.predicted(&back));
    }
    let other = [
        "import",
        "log-weights.safetensors",
        "--config",
        "config.toml",
    ];
    experiment.run(&other).assert_error(
        2,
        &["target was transformed by \"log\"", "data.target_transform"],
    );
    let text = fs::read_to_string(experiment.path("prices.csv")).unwrap();
    let header = "a,b,price\n";
    let lines = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let is_low = cells[0].starts_with('-');
        let class = if is_low { "low" } else { "high" };
        format!("{},{},{class}", cells[0], cells[1])
    });
    let classes = lines.collect::<Vec<_>>().join("\n");
    fs::write(experiment.path("prices.csv"), header.to_owned() + &classes).unwrap();
    let classes = [
        "import",
        "none-weights.safetensors",
        "--config",
        "config.toml",
    ];
    experiment
        .run(&classes)
        .assert_error(4, &["prices.csv:2", "(price)", "`high` is not a number"]);
}
