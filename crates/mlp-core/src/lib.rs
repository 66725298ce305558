//! A trained multilayer perceptron and its run folder.

pub mod config;
pub mod error;
pub mod evaluation;
pub mod fault;
pub mod kernels;
pub mod metrics;
pub mod model;
pub mod network;
pub mod run;
pub mod safetensors;
pub mod task;
