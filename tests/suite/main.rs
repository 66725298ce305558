//! Everything that is tested from outside, in one binary: linking Burn is slow.

mod determinism;
mod golden;
mod learner;
mod objective;
mod optimizers;
mod resume;
mod rooms;
mod support;
mod training_errors;
