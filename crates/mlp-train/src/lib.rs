//! Trains multilayer perceptrons with Burn.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "counts of rows, steps and epochs are far below 2⁵³, and f32 is the network's type"
)]

pub mod backend;
mod callback;
pub mod comparison;
#[cfg(feature = "tui")]
mod dashboard;
pub mod diagnosis;
mod engine;
pub mod error;
pub mod gradcheck;
pub mod model;
mod predictor;
pub mod reproduction;
mod trainer;
pub mod training;

pub use callback::{Callback, Callbacks, Cancel, Flow, Level, Progress};
#[cfg(feature = "tui")]
pub use dashboard::Dashboard;
pub use engine::Ending;
pub use predictor::{backend_for, predictor};
pub use trainer::{Fitted, Trainer};

/// Version of Burn that this program is built on.
pub const BURN_VERSION: &str = "0.22.1";
