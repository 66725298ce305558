//! `mlp export`: the file it writes, and what it refuses.

use std::fs;

use crate::support::program::mlp;
use crate::support::trained_run::TrainedRun;

#[test]
fn the_ending_tells_the_format_and_the_same_bytes_come_again() {
    let trained = TrainedRun::on_a_table();
    for (name, format, start) in [
        ("m.safetensors", "safetensors", &b""[..]),
        ("m.onnx", "onnx", b"\x08"),
        ("m.HTML", "html", b"<!DOCTYPE html>"),
        ("m.h", "c", b"/*"),
    ] {
        let ran = trained.call(&["export", "artifacts", "-o", name]).success();
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.contains("2–16–3 tanh at step")
                && ran.stderr.contains(&format!("as {format}")),
            "{}",
            ran.stderr
        );
        let file = fs::read(trained.path(name)).unwrap();
        assert!(file.starts_with(start), "{name}");
        let output = trained
            .mlp()
            .args(["export", "artifacts", "--format", format, "-o", "-"])
            .output()
            .unwrap();
        assert_eq!((output.stdout, output.stderr), (file, Vec::new()), "{name}");
    }
    assert_eq!(
        trained
            .call(&["export", "artifacts", "-o", "quiet.h", "--quiet"])
            .success()
            .stderr,
        ""
    );
}

#[test]
fn another_checkpoint_is_another_export() {
    let trained = TrainedRun::on_a_table();
    let first = trained.checkpoints()[0]
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let step = first
        .trim_start_matches("step-")
        .trim_start_matches('0')
        .to_owned();
    trained.result_of(&[
        "export",
        "artifacts",
        "-o",
        "first.h",
        "--checkpoint",
        &step,
    ]);
    trained.result_of(&[
        "export",
        "artifacts",
        "-o",
        "last.h",
        "--checkpoint",
        "last",
    ]);
    let read = |name: &str| fs::read_to_string(trained.path(name)).unwrap();
    assert!(read("first.h").contains(&format!("weights of step {step}.")));
    assert_ne!(read("first.h"), read("last.h"));
    trained
        .call(&["export", "artifacts", "-o", "x.h", "--checkpoint", "7"])
        .assert_error(4, &["no step 7 checkpoint"]);
    assert!(!trained.path("x.h").exists());
}

#[test]
fn what_cannot_be_written_is_said_before_and_leaves_nothing() {
    let trained = TrainedRun::on_a_table();
    trained
        .call(&["export", "artifacts", "-o", "model"])
        .assert_error(
            2,
            &[
                "model: the ending does not tell",
                "--format",
                "safetensors, onnx, html, c",
            ],
        );
    trained
        .call(&["export", "artifacts", "-o", "-"])
        .assert_error(2, &["standard output", "--format"]);
    trained
        .call(&["export", "artifacts", "-o", "m.h", "--format", "pickle"])
        .assert_error(2, &["pickle", "expected safetensors, onnx, html or c"]);
    trained
        .call(&["export", "artifacts", "-o", "no/m.h"])
        .assert_error(1, &["no/m.h", "cannot be written"]);
    trained
        .call(&["export", "nowhere", "-o", "m.h"])
        .assert_error(4, &["nowhere", "no such run"]);
    let help = mlp(&trained.path(""))
        .args(["export", "--help"])
        .output()
        .unwrap();
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("Examples:")
    );
}
