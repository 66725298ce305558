//! A trained multilayer perceptron and its run folder.

pub mod config;
pub mod error;
pub mod fault;
pub mod kernels;
pub mod metrics;
pub mod network;
pub mod run;
