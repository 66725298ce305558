//! Trains multilayer perceptrons with Burn.

pub mod backend;
pub mod comparison;
pub mod diagnosis;
pub mod error;
pub mod evaluation;
pub mod gradcheck;
pub mod inference;
pub mod model;
pub mod reproduction;
pub mod training;

/// Version of Burn that this program is built on.
pub const BURN_VERSION: &str = "0.22.1";
