//! Every shipped config says what to expect, and trains.

use std::fs;

use crate::support::program::mlp;
use crate::support::{folder_with_configs, repository};

fn configs() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(repository("configs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 6, "{names:?}");
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
        let assert = mlp(folder.path())
            .args([
                "--config",
                &format!("configs/{name}"),
                "--set",
                "training.epochs=1",
            ])
            .args([
                "--set",
                "data.synthetic_rows=600",
                "--set",
                "schedule.warmup_epochs=0",
            ])
            .assert();
        if name.contains("wgpu") && !cfg!(feature = "wgpu") {
            let assert = assert.code(3);
            let told = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
            assert!(told.contains("--features wgpu"), "{told}");
        } else {
            let assert = assert.success();
            let told = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
            assert!(told.contains("run folder: artifacts/"), "{name}: {told}");
        }
    }
}
