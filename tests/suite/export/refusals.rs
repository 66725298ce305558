//! Weights that are not imported, and why.

use std::fs;

use super::import::{chain, floats, safetensors};
use crate::support::program::{fails, mlp};
use crate::support::trained_run::TrainedRun;

/// Files that are refused, with the exit code and what is said.
fn refused() -> Vec<(Vec<u8>, i32, &'static [&'static str])> {
    let good: Vec<(&str, &str, &[usize], Vec<u8>)> = vec![
        ("0.weight", "F32", &[16, 2], floats(&[0.5; 32])),
        ("0.bias", "F32", &[16], floats(&[0.5; 16])),
        ("2.weight", "F32", &[3, 16], floats(&[0.5; 48])),
        ("2.bias", "F32", &[3], floats(&[0.5; 3])),
    ];
    let with = |index: usize, tensor| {
        let mut tensors = good.clone();
        tensors[index] = tensor;
        safetensors(&tensors)
    };
    let not_finite = [&[0.5; 15][..], &[f32::NAN]].concat();
    vec![
        (
            b"weights".to_vec(),
            4,
            &["w.safetensors", "not a whole safetensors file"],
        ),
        (
            safetensors(&good)[..200].to_vec(),
            4,
            &["not a whole safetensors file"],
        ),
        (safetensors(&[]), 4, &["no tensors"]),
        (
            safetensors(&good[..3]),
            4,
            &["`2.weight` has no `2.bias`", "zeros"],
        ),
        (
            with(0, ("fc1.weight", "F32", &[16, 2], floats(&[0.5; 32]))),
            4,
            &["`0.bias` has no `0.weight`"],
        ),
        (
            with(0, ("gamma", "F32", &[16, 2], floats(&[0.5; 32]))),
            4,
            &["`gamma` is no weight and no bias"],
        ),
        (
            chain(&[("a", 2, 4), ("b", 4, 4), ("c", 4, 4), ("d", 4, 3)]),
            4,
            &["more than one order", "`b`", "`c`"],
        ),
        (chain(&[("a", 2, 4), ("b", 5, 3)]), 4, &["fit in no order"]),
        (
            b"PK\x03\x04 and an archive".to_vec(),
            4,
            &["torch.save", "safetensors.torch.save_file"],
        ),
        (
            with(0, ("0.weight", "F32", &[16, 2, 1], floats(&[0.5; 32]))),
            4,
            &["`0.weight` has the shape [16, 2, 1]"],
        ),
        (
            with(1, ("0.bias", "F32", &[4], floats(&[0.5; 4]))),
            4,
            &["`0.bias` has the shape [4]"],
        ),
        (
            with(2, ("2.weight", "F32", &[3, 15], floats(&[0.5; 45]))),
            4,
            &["takes 15 values", "gives 16"],
        ),
        (
            with(1, ("0.bias", "I32", &[16], floats(&[0.5; 16]))),
            4,
            &["`0.bias`", "I32"],
        ),
        (
            with(1, ("0.bias", "F32", &[16], floats(&not_finite))),
            4,
            &["number 16 of `0.bias` is NaN"],
        ),
        (
            with(0, ("0.weight", "F32", &[16, 5], floats(&[0.5; 80]))),
            4,
            &["takes 5 values", "2 values and 3 classes"],
        ),
    ]
}

#[test]
fn weights_that_are_none_of_a_network_are_refused_and_leave_nothing() {
    let trained = TrainedRun::on_a_table();
    for (file, code, parts) in refused() {
        trained.write("w.safetensors", file);
        let ran = trained.call(&[
            "import",
            "w.safetensors",
            "--config",
            "run.toml",
            "--run-dir",
            "new",
        ]);
        ran.assert_error(code, parts);
        assert!(!trained.path("new").exists(), "{parts:?}");
    }
    trained
        .call(&["import", "absent.safetensors", "--config", "run.toml"])
        .assert_error(4, &["no such file"]);
}

#[test]
fn weights_of_another_config_or_other_rows_are_refused() {
    let trained = TrainedRun::on_a_table();
    trained.result_of(&["export", "artifacts", "-o", "w.safetensors"]);
    for (set, parts) in [
        ("model.hidden=[8]", ["[16]", "model.hidden = [16]"]),
        (
            "model.activation=\"relu\"",
            ["activation is tanh", "model.activation = \"tanh\""],
        ),
        (
            "data.scale=\"none\"",
            ["\"standard\"", "data.scale = \"standard\""],
        ),
    ] {
        let error = fails(
            &trained.path(""),
            2,
            &[
                "import",
                "w.safetensors",
                "--config",
                "run.toml",
                "--set",
                set,
            ],
        );
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    let renamed = fs::read_to_string(trained.path("train.csv"))
        .unwrap()
        .replace("oak", "elm");
    trained.write("other.csv", renamed);
    let output = mlp(&trained.path(""))
        .args([
            "import",
            "w.safetensors",
            "--config",
            "run.toml",
            "--set",
            "data.train=\"other.csv\"",
            "--set",
            "data.test=\"other.csv\"",
        ])
        .output()
        .unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.code() == Some(4) && error.contains("`oak`") && error.contains("`elm`"),
        "{error}"
    );
}
