//! `mlp config`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::config::{LoadedConfig, Origin, Override, environment, json_schema, load};
use crate::error::ConfigError;
use clap::{Args, Subcommand};

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
        layers: Layers,
    },
    /// Show every value in force and where it came from
    #[command(
        after_help = "Examples:\n  mlp config show                                          all defaults, a template for a config\n  mlp config show configs/mnist.toml --backend ndarray     what this training would use"
    )]
    Show {
        /// Config file; without one, the defaults
        file: Option<PathBuf>,
        #[command(flatten)]
        layers: Layers,
    },
    /// Print the JSON Schema of configs, for editors
    #[command(after_help = "Example: mlp config schema > config.schema.json")]
    Schema,
}

/// What is laid over the file.
#[derive(Debug, Args)]
struct Layers {
    /// Set a config key, as TOML; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Backend: flex, ndarray or wgpu
    #[arg(long, value_name = "NAME")]
    backend: Option<String>,
}

impl Layers {
    /// The config of `file` with these, and the environment, laid over it.
    fn load(self, file: Option<&Path>) -> Result<LoadedConfig, ConfigError> {
        let mut overrides: Vec<Override> = self.set.into_iter().map(Override::Set).collect();
        overrides.extend(self.backend.map(|value| Override::Flag {
            name: "--backend".into(),
            key: "backend".into(),
            value,
        }));
        load(file, environment(), &overrides)
    }
}

/// Checks, shows or describes configs.
pub fn run(arguments: ConfigArguments) -> Outcome {
    match arguments.action {
        Action::Check { file, layers } => {
            let loaded = layers.load(Some(&file))?;
            print(&format!("ok: {}: {}\n", file.display(), origins(&loaded)))?;
        }
        Action::Show { file, layers } => {
            let text = layers
                .load(file.as_deref())?
                .show()
                .map_err(Failure::from)?;
            print(&text)?;
        }
        Action::Schema => print_json(&json_schema())?,
    }
    Ok(ExitCode::SUCCESS)
}

/// How many values are written where.
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
    let told = counts.iter().filter(|(_, count)| *count > 0);
    let told: Vec<String> = told
        .map(|(place, count)| format!("{count} {place}"))
        .collect();
    format!("{} values ({})", loaded.origins.len(), told.join(", "))
}
