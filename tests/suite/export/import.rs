//! Weights that leave as safetensors and come back.

use std::fs;
use std::sync::Arc;

use mlp::export::Format;
use mlp::inference::{KernelPredictor, LoadedRun, Predictor as _};
use mlp::run::Which;
use serde_json::{Value, json};

use super::{images, variants};
use crate::support::program::{json as answer, stdout};
use crate::support::runs::{manifest, open, status};
use crate::support::trained_run::{TrainedRun, text};

/// A safetensors file of these tensors: name, type, shape and bytes.
pub fn safetensors(tensors: &[(&str, &str, &[usize], Vec<u8>)]) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut data = Vec::new();
    for (name, dtype, shape, bytes) in tensors {
        let start = data.len();
        data.extend(bytes);
        let about = json!({"dtype": dtype, "shape": shape, "data_offsets": [start, data.len()]});
        header.insert((*name).to_owned(), about);
    }
    let header = Value::from(header).to_string().into_bytes();
    [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
}

pub fn floats(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Asserts that a network is imported with the config of its run, to predict the same bit for bit.
pub fn assert_comes_back(case: &super::Case) {
    let folder = tempfile::tempdir_in(&case.folder).unwrap();
    let weights = folder.path().join("weights.safetensors");
    fs::write(&weights, case.export(Format::Safetensors)).unwrap();
    let run = folder.path().join("run");
    let arguments = [
        "import",
        text(&weights),
        "--config",
        "run.toml",
        "--run-dir",
        text(&run),
    ];
    let said = stdout(&case.folder, &arguments);
    assert!(
        said.contains("train") && said.contains(text(&run)),
        "{said}"
    );
    let imported = LoadedRun::load(&open(&run), Which::Chosen).unwrap();
    let mut predictor = KernelPredictor::new(Arc::clone(&imported.model), 1);
    let predicted = predictor.predict(&case.rows, &case.rows.all_rows());
    assert_eq!(predicted.classes(), case.expected, "{}", case.what);
    assert_eq!(imported.model.preprocessor, case.trained.model.preprocessor);
    assert_eq!(status(&run), "finished");
    assert_eq!(
        Format::Safetensors
            .write(&mlp::export::Exported::of(&imported))
            .unwrap()
            .len(),
        fs::read(&weights).unwrap().len()
    );
}

#[test]
fn images_come_back_bit_for_bit() {
    assert_comes_back(images());
}

#[test]
fn every_network_comes_back_bit_for_bit() {
    for case in variants() {
        assert_comes_back(case);
    }
}

#[test]
fn an_imported_run_is_a_run() {
    let trained = TrainedRun::on_a_table();
    trained.result_of(&["export", "artifacts", "-o", "w.safetensors"]);
    trained.result_of(&[
        "import",
        "w.safetensors",
        "--config",
        "run.toml",
        "--run-dir",
        "imported",
    ]);
    let run = trained.path("imported");
    assert!(run.join("report.html").is_file());
    assert_eq!(
        manifest(&run).imported_from.unwrap().path.to_str(),
        Some("w.safetensors")
    );
    let folder = trained.path("");
    let scores = |run: &str| answer(&folder, &["evaluate", run, "--json"]);
    let (before, after) = (scores("artifacts"), scores("imported"));
    for split in ["train", "validation", "test"] {
        assert_eq!(before[split], after[split], "{split}");
    }
    assert_eq!(
        trained.result_of(&["predict", "imported", "test.csv", "--probabilities"]),
        trained.result_of(&["predict", "artifacts", "test.csv", "--probabilities"])
    );
    let shown = trained.result_of(&["runs", "show", "imported"]);
    assert!(shown.contains("weights of w.safetensors"), "{shown}");
    let said = trained.result_of(&["--resume", "imported"]);
    assert!(
        said.contains("imported from w.safetensors") && said.contains("--init-from"),
        "{said}"
    );
    trained
        .call(&["reproduce", "imported"])
        .assert_error(2, &["imported, not trained here"]);
    trained.result_of(&["--config", "run.toml", "--init-from", "imported", "--quiet"]);
    assert_eq!(
        trained.result_of(&[
            "export",
            "imported",
            "--format",
            "safetensors",
            "-o",
            "again.safetensors"
        ]),
        ""
    );
    assert_eq!(
        fs::read(trained.path("again.safetensors")).unwrap(),
        fs::read(trained.path("w.safetensors")).unwrap()
    );
}

#[test]
fn other_types_and_places_of_layers_are_read() {
    let trained = TrainedRun::on_a_table();
    let config = [
        "--config",
        "run.toml",
        "--set",
        "model.hidden=[2]",
        "--run-dir",
    ];
    let first = [0.5_f32, -1.0, 2.0, 0.25];
    let last = [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0];
    let half = |values: &[f32]| {
        values
            .iter()
            .flat_map(|value| half::f16::from_f32(*value).to_le_bytes())
            .collect()
    };
    let brain = |values: &[f32]| {
        values
            .iter()
            .flat_map(|value| half::bf16::from_f32(*value).to_le_bytes())
            .collect()
    };
    let double = |values: &[f32]| {
        values
            .iter()
            .flat_map(|value| f64::from(*value).to_le_bytes())
            .collect()
    };
    let file = safetensors(&[
        ("net.1.weight", "F16", &[2, 2], half(&first)),
        ("net.1.bias", "BF16", &[2], brain(&[0.5, -0.5])),
        ("net.10.weight", "F64", &[3, 2], double(&last)),
        ("net.10.bias", "F32", &[3], floats(&[0.0, 1.0, -1.0])),
    ]);
    trained.write("w.safetensors", file);
    trained.result_of(&[&["import", "w.safetensors"], &config[..], &["run"]].concat());
    let imported = LoadedRun::load(&open(&trained.path("run")), Which::Last).unwrap();
    let layers = &imported.model.network.layers;
    assert_eq!(layers[0].weight, [0.5, 2.0, -1.0, 0.25], "[in, out]");
    assert_eq!(layers[0].bias, [0.5, -0.5]);
    assert_eq!(layers[1].weight, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    assert_eq!(layers[1].bias, [0.0, 1.0, -1.0]);
}

/// Layers of these names, inputs and outputs; the weights of each are its number.
pub fn chain(layers: &[(&str, usize, usize)]) -> Vec<u8> {
    let names: Vec<(String, String)> = layers
        .iter()
        .map(|(name, ..)| (format!("{name}.weight"), format!("{name}.bias")))
        .collect();
    let shapes: Vec<[usize; 2]> = layers.iter().map(|&(_, i, o)| [o, i]).collect();
    let mut tensors: Vec<(&str, &str, &[usize], Vec<u8>)> = Vec::new();
    for (((weight, bias), shape), number) in names.iter().zip(&shapes).zip(0_u8..) {
        let values = |count| floats(&vec![f32::from(number); count]);
        tensors.push((weight, "F32", shape, values(shape[0] * shape[1])));
        tensors.push((bias, "F32", &shape[..1], values(shape[0])));
    }
    safetensors(&tensors)
}

#[test]
fn layers_with_names_of_their_own_are_ordered_by_their_shapes() {
    let trained = TrainedRun::on_a_table();
    // In the file the order is another: of fc2 and fc10 the numbers tell, of the others the shapes.
    let layers = [("fc10", 4, 4), ("fc2", 4, 4), ("in", 2, 4), ("a.out", 4, 3)];
    trained.write("w.safetensors", chain(&layers));
    let config = ["--config", "run.toml", "--set", "model.hidden=[4,4,4]"];
    trained.result_of(
        &[
            &["import", "w.safetensors"],
            &config[..],
            &["--run-dir", "run"],
        ]
        .concat(),
    );
    let imported = LoadedRun::load(&open(&trained.path("run")), Which::Last).unwrap();
    let layers = imported.model.network.layers.iter();
    let order: Vec<f32> = layers.map(|layer| layer.bias[0]).collect();
    assert_eq!(order, [2.0, 1.0, 0.0, 3.0]);
}

#[test]
fn the_scales_of_the_file_stay_though_the_rows_are_others() {
    let trained = TrainedRun::on_a_table();
    trained.result_of(&["export", "artifacts", "-o", "w.safetensors", "--quiet"]);
    let imported = trained
        .call(&[
            "import",
            "w.safetensors",
            "--config",
            "run.toml",
            "--set",
            "data.train=\"test.csv\"",
            "--run-dir",
            "imported",
        ])
        .success()
        .says(&["other means and deviations", "keeps its own"]);
    assert!(imported.stdout.contains("run folder: imported"));
    let scaling = |run: &str| {
        let preprocessing = manifest(&trained.path(run)).preprocessing;
        (preprocessing.center_and_scale(), preprocessing.fill())
    };
    assert!(scaling("artifacts").0.is_some());
    assert_eq!(scaling("imported"), scaling("artifacts"));
}

/// Metadata of the first version, columns and classes the other way round.
#[test]
fn files_of_the_first_version_are_matched_by_name() {
    let case = &variants()[0];
    let model = &case.trained.model;
    let reversed = |values: Vec<f32>| -> Vec<f32> { values.into_iter().rev().collect() };
    let names = |names: &[String]| json!(names.iter().rev().collect::<Vec<_>>()).to_string();
    let (center, scale) = model.preprocessor.center_and_scale().unwrap();
    let scaling = json!({
        "kind": "standard",
        "fill": reversed(model.preprocessor.fill().unwrap()),
        "mean": reversed(center),
        "deviation": reversed(scale),
    });
    let mut network = model.network.clone();
    let first = &mut network.layers[0];
    let outputs = first.outputs();
    first.weight = first
        .weight
        .chunks(outputs)
        .rev()
        .flatten()
        .copied()
        .collect();
    let last = network.layers.last_mut().unwrap();
    let outputs = last.outputs();
    let rows = last.weight.chunks(outputs);
    last.weight = rows.flat_map(|row| row.iter().rev()).copied().collect();
    last.bias.reverse();
    let about = [
        ("class_names", names(model.classes())),
        ("feature_names", names(&model.schema.feature_names())),
        ("scaling", scaling.to_string()),
    ];
    let folder = tempfile::tempdir_in(&case.folder).unwrap();
    let weights = folder.path().join("w.safetensors");
    fs::write(&weights, mlp::safetensors::write(&network, &about)).unwrap();
    let run = folder.path().join("run");
    let arguments = [
        "import",
        text(&weights),
        "--config",
        "run.toml",
        "--run-dir",
    ];
    stdout(&case.folder, &[&arguments[..], &[text(&run)]].concat());
    let imported = LoadedRun::load(&open(&run), Which::Chosen).unwrap();
    assert_eq!(imported.model.schema.feature_names(), ["height", "width"]);
    let options = imported.read_options(mlp::data::Labels::Required);
    let rows = mlp::data::read(&case.folder.join("test.csv"), &options)
        .unwrap()
        .dataset;
    let predictions = imported.model.predict(&rows);
    for (found, expected) in predictions.classes().iter().zip(&case.expected) {
        let pairs = found
            .probabilities
            .iter()
            .rev()
            .zip(&expected.probabilities);
        assert!(
            pairs
                .clone()
                .all(|(found, expected)| (found - expected).abs() < 1e-6)
        );
    }
    assert_eq!(predictions.rows(), case.expected.len());
}
