//! Train, understand and ship multilayer perceptrons, on the Burn framework.
//!
//! The rooms of this library, each of which imports only from those before it:
//! [`error`], [`config`], [`random`], [`durable`], [`data`], [`augment`], [`metrics`], [`backend`], [`kernels`],
//! [`model`], [`run`], [`inference`], [`evaluation`], [`gradcheck`], [`diagnosis`], [`training`], [`comparison`],
//! [`reproduction`], [`report`], [`pages`], [`export`], [`serve`].

pub mod augment;
pub mod backend;
pub mod comparison;
pub mod config;
pub mod data;
pub mod diagnosis;
pub mod durable;
pub mod error;
pub mod evaluation;
pub mod export;
pub mod gradcheck;
pub mod inference;
pub mod kernels;
pub mod metrics;
pub mod model;
pub mod pages;
pub mod random;
pub mod report;
pub mod reproduction;
pub mod run;
pub mod serve;
pub mod training;

/// Version of Burn that this program is built on.
pub const BURN_VERSION: &str = "0.22.1";
