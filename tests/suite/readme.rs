//! Every command of the README does what it is shown for.

use std::fs;

use crate::support::program::mlp;
use crate::support::{copy, folder_with_configs, repository};

/// The commands of the README's `sh` blocks that call the program, in their order.
fn commands() -> Vec<Vec<String>> {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    let mut inside = false;
    let mut commands = Vec::new();
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```sh";
        } else if inside && let Some(arguments) = line.strip_prefix("cargo run -- ") {
            let arguments = arguments.split(" #").next().unwrap_or_default();
            // No argument holds a space: quotes are only for the shell.
            let words = arguments
                .split_whitespace()
                .map(|word| word.replace('\'', ""));
            commands.push(words.collect());
        }
    }
    commands
}

#[test]
fn each_command_of_the_readme_works() {
    let folder = folder_with_configs();
    let pretrained = "artifacts/pretrained";
    copy(&repository(pretrained), &folder.path().join(pretrained));
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        let mut program = mlp(folder.path());
        // Shortened; what a command sets itself comes over it.
        program
            .env("MLP__TRAINING__EPOCHS", "2")
            .env("MLP__DATA__SYNTHETIC_ROWS", "600");
        let output = program.args(&command).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "`cargo run -- {}`: {}\n{message}",
            command.join(" "),
            output.status
        );
    }
}

#[test]
fn the_readme_begins_with_the_two_commands_that_do_everything() {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    let first_screen: String = readme.lines().take(20).collect::<Vec<_>>().join("\n");
    assert!(first_screen.contains("cargo run -- --config configs/mnist.toml"));
    assert!(first_screen.contains("cargo test"));
}
