//! Train, understand and ship multilayer perceptrons, on the Burn framework.
//!
//! ```
//! use mlp::config::{Config, LabelColumn, ScaleKind};
//! use mlp::data::{ReadOptions, read};
//!
//! let mut config = Config::default();
//! config.data.label = LabelColumn::Name("species".into());
//! config.data.scale = ScaleKind::Standard;
//! let options = ReadOptions::training(&config.data);
//! let flowers = read("configs/data/flowers.csv".as_ref(), &options)?.dataset;
//! config.model.hidden = vec![16];
//!
//! let fitted = mlp::Trainer::new(config).fit(flowers.clone(), None)?;
//! let predictions = fitted.model.predict(&flowers);
//! let first = &predictions.classes()[0];
//! println!("{} with {:.3}", first.class, first.confidence());
//! let exported = mlp::export::Exported::new(fitted.model, "flowers", fitted.steps);
//! let onnx = mlp::export::Format::Onnx.write(&exported)?;
//! # assert!(first.confidence() > 0.5 && onnx.len() > 500);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | part | crate | subject |
//! |---|---|---|
//! | [`data`] | `mlp-data` | tables and images as rows that are ready to train on |
//! | [`config`], [`network`], [`inference`], [`run`](mod@run), … | `mlp-core` | a trained model and its run folder |
//! | [`training`], [`Trainer`], … | `mlp-train` | training with Burn |
//! | [`report`], [`export`], [`import`] | `mlp-report` | charts, reports, exports, imported weights |
//! | [`serve`] | `mlp-serve` | predictions over HTTP |

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers are cast to be shown to people, or where a bound holds that a comment names"
)]

pub mod allocator;
mod cli;
mod commands;
pub mod error;
mod hints;
mod panics;

pub use mlp_core::{
    config, decision, evaluation, explanation, fault, kernels, metrics, network, run, safetensors,
    task,
};
pub use mlp_data as data;
pub use mlp_data::{atomic_file, augment, random};
pub use mlp_report::{export, import, report};
pub use mlp_serve as serve;
pub use mlp_train::{
    BURN_VERSION, Callback, Callbacks, Cancel, Ending, Fitted, Flow, Trainer, backend, backend_for,
    comparison, diagnosis, gradcheck, model, predictor, reproduction, training,
};

/// A trained model, and the inputs that it predicts.
pub mod inference {
    pub use mlp_core::model::*;
    pub use mlp_data::{Input, LeftOut, Listing, list_inputs};
}

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

/// Runs the program with these arguments, the first of which is its name, and returns its exit code.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString> + std::panic::UnwindSafe) -> ExitCode {
    panics::guard(|| {
        #[cfg(feature = "fault-points")]
        if let Ok(fault) = std::env::var("MLP_FAULT_POINT") {
            fault::arm(&fault, mlp_train::backend::lose_devices);
        }
        let arguments = match cli::Cli::try_parse_from(arguments) {
            Ok(arguments) => arguments,
            Err(error) => return cli::print_clap_error(&error),
        };
        match arguments.run() {
            Ok(code) => code,
            Err(commands::Failure::ClosedPipe) => ExitCode::SUCCESS,
            Err(failure) => {
                commands::terminal::eprint(&commands::terminal::describe_failure(&failure));
                ExitCode::from(failure.exit_code())
            }
        }
    })
}
