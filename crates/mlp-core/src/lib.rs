//! Multilayer perceptrons: config, network, fused kernels, metrics and the run folder.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "counts are far below 2⁵³, row numbers below 2³², and the network's numbers are float32"
)]

pub mod config;
pub mod decision;
pub mod error;
pub mod evaluation;
pub mod explanation;
pub mod fault;
pub mod kernels;
pub mod metrics;
pub mod model;
pub mod network;
pub mod run;
pub mod safetensors;
pub mod task;
