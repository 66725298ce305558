//! Trains multilayer perceptrons with Burn.

pub mod backend;
mod callback;
pub mod comparison;
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
pub use engine::Ending;
pub use predictor::{backend_for, predictor};
pub use trainer::{Fitted, Trainer};

/// Version of Burn that this program is built on.
pub const BURN_VERSION: &str = "0.22.1";
