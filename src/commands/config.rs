//! `mlp config`

use std::path::PathBuf;
use std::process::ExitCode;

use crate::config::{LoadedConfig, Origin, json_schema};
use clap::{Args, Subcommand};

use super::arguments::KeyOverrides;
use super::terminal::{print, print_json};
use super::{Failure, Outcome};

/// Arguments of `mlp config`.
#[derive(Debug, Args)]
pub struct ConfigArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check a config: one line if it is right, all its problems if not
    #[command(after_help = "Example: mlp config check configs/mnist.toml --set training.epochs=10")]
    Check {
        /// Config file
        file: PathBuf,
        #[command(flatten)]
        overrides: KeyOverrides,
    },
    /// Show every value in force and where it came from
    #[command(
        after_help = "Examples:\n  mlp config show                                          all defaults, a template for a config\n  mlp config show configs/mnist.toml --backend ndarray     what this training would use"
    )]
    Show {
        /// Config file; without one, the defaults
        file: Option<PathBuf>,
        #[command(flatten)]
        overrides: KeyOverrides,
    },
    /// Print the JSON Schema of configs, for editors
    #[command(after_help = "Example: mlp config schema > config.schema.json")]
    Schema,
}

/// Checks or shows a config, or prints the schema of configs.
pub fn run(arguments: ConfigArguments) -> Outcome {
    match arguments.action {
        Action::Check { file, overrides } => {
            let loaded = overrides.load(Some(&file), None)?;
            print(&format!("ok: {}: {}\n", file.display(), origins(&loaded)))?;
        }
        Action::Show { file, overrides } => {
            let text = overrides
                .load(file.as_deref(), None)?
                .show()
                .map_err(Failure::from)?;
            print(&text)?;
        }
        Action::Schema => print_json(&json_schema())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns how many values come from where.
fn origins(loaded: &LoadedConfig) -> String {
    let count = |is: fn(&Origin) -> bool| loaded.origins.values().filter(|o| is(o)).count();
    let counts = [
        ("in the file", count(|o| matches!(o, Origin::File { .. }))),
        (
            "in the environment",
            count(|o| matches!(o, Origin::Environment { .. })),
        ),
        (
            "on the command line",
            count(|o| matches!(o, Origin::Set | Origin::Flag { .. })),
        ),
        ("by default", count(|o| matches!(o, Origin::Default))),
    ];
    let named = counts.iter().filter(|(_, count)| *count > 0);
    let named: Vec<String> = named
        .map(|(place, count)| format!("{count} {place}"))
        .collect();
    format!("{} values ({})", loaded.origins.len(), named.join(", "))
}
