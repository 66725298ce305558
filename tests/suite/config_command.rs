//! `mlp config`

use std::fs;

use crate::support::program::{fails, json, mlp, stdout};

#[test]
fn a_right_config_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), "name = \"a\"\n").unwrap();
    let arguments = ["config", "check", "a.toml", "--set", "seed=7"];
    let text = stdout(folder.path(), &arguments);
    assert!(text.starts_with("ok: a.toml: "), "{text}");
    assert!(text.contains("1 in the file, 1 on the command line"));
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn all_problems_are_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = "nme = \"a\"\n[training]\nepochs = -1\n";
    fs::write(folder.path().join("a.toml"), config).unwrap();
    let arguments = ["config", "check", "a.toml", "--set", "model.hiden=[3]"];
    let text = fails(folder.path(), 2, &arguments);
    for part in ["a.toml:1:1", "`name`", "a.toml:3:10", "model.hiden"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\x1b'), "no colours off a terminal");
    let missing = fails(folder.path(), 2, &["config", "check", "b.toml"]);
    assert!(missing.contains("there is no such file"));
}

#[test]
fn each_value_is_shown_with_its_origin() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), "\nname = \"a\"\n").unwrap();
    let output = mlp(folder.path())
        .args(["config", "show", "a.toml"])
        .args(["--set", "training.epochs=3", "--backend", "ndarray"])
        .env("MLP__OPTIMIZER__LEARNING_RATE", "0.5")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let origin = |start: &str| {
        let line = text.lines().find(|line| line.starts_with(start)).unwrap();
        line.split("  # ").last().unwrap().to_owned()
    };
    assert_eq!(origin("name = \"a\""), "a.toml:2");
    assert_eq!(origin("epochs = 3"), "--set");
    assert_eq!(origin("backend = \"ndarray\""), "--backend");
    assert_eq!(
        origin("learning_rate = 0.5"),
        "MLP__OPTIMIZER__LEARNING_RATE"
    );
    assert_eq!(origin("seed = 42"), "default");
}

#[test]
fn what_is_shown_without_a_file_is_a_config() {
    let folder = tempfile::tempdir().unwrap();
    let template = stdout(folder.path(), &["config", "show"]);
    fs::write(folder.path().join("all.toml"), template).unwrap();
    stdout(folder.path(), &["config", "check", "all.toml"]);
}

#[test]
fn the_schema_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let schema = json(folder.path(), &["config", "schema"]);
    assert!(schema["properties"]["training"].is_object());
}
