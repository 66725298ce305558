//! Every shipped config says what to expect, and trains.

use std::fs;
use std::path::Path;

use crate::support::program::{Ran, mlp};
use crate::support::{folder_with_configs, repository};

/// Relative to `configs`.
fn configs() -> Vec<String> {
    let mut names = Vec::new();
    for folder in ["", "recipes/"] {
        for entry in fs::read_dir(repository("configs").join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&name)
                .extension()
                .is_some_and(|end| end == "toml")
            {
                names.push(format!("{folder}{name}"));
            }
        }
    }
    names.sort();
    assert!(names.len() >= 15, "{names:?}");
    names
}

#[test]
fn each_config_opens_with_its_command_accuracy_and_time() {
    for name in configs() {
        let text = fs::read_to_string(repository("configs").join(&name)).unwrap();
        let head: String = text
            .lines()
            .take_while(|line| line.starts_with('#'))
            .collect();
        assert!(
            head.contains(&format!("--config configs/{name}")),
            "{name}: no command"
        );
        assert!(head.contains('%'), "{name}: no accuracy to expect");
        assert!(
            head.contains(" s ") || head.contains(" s,") || head.contains(" s;"),
            "{name}: no time to expect"
        );
    }
}

#[test]
fn each_config_trains_shortened() {
    for name in configs() {
        let folder = folder_with_configs();
        let output = mlp(folder.path())
            .args(["--config", &format!("configs/{name}")])
            .args(["--set", "training.epochs=1"])
            .args(["--set", "data.synthetic_rows=600"])
            .args(["--set", "schedule.warmup_epochs=0"])
            .output();
        let ran = Ran::of(output.unwrap());
        if name.contains("wgpu") && !cfg!(feature = "wgpu") {
            ran.code(3).says(&["--features wgpu"]);
        } else {
            let output = ran.success().stdout;
            assert!(
                output.contains("run folder: artifacts/"),
                "{name}: {output}"
            );
        }
    }
}
