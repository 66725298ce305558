//! Gradient check: computes a network's gradients in three ways and compares them parameter by parameter.
//!
//! The ways are Burn's automatic differentiation ([`autodiff`]), the closed form ([`gradients`]) and central
//! differences of the loss ([`Differences`]). Only the last two share code: the forward pass. [`check`]
//! compares them.

mod activation;
mod autodiff;
mod bugs;
mod check;
mod closed_form;
mod compare;
mod differences;
mod matrix;
mod precision;
mod problem;
mod sample;

pub use autodiff::autodiff;
pub use bugs::Bug;
pub use check::{Check, Method, Options, check, estimate, shows};
pub use closed_form::gradients;
pub use compare::{Comparison, Pair, Worst};
pub use differences::Differences;
pub use matrix::Matrix;
pub use precision::{Bar, Float64};
pub use problem::{Layer, Parameter, Place, Problem};
