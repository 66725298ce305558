//! Trains multilayer perceptrons with Burn.

pub mod backend;
pub mod comparison;
pub mod diagnosis;
pub mod error;
pub mod gradcheck;
pub mod model;
mod predictor;
pub mod reproduction;
pub mod training;

pub use predictor::{backend_for, predictor};

/// Version of Burn that this program is built on.
pub const BURN_VERSION: &str = "0.22.1";
