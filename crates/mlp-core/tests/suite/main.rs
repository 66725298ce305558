//! Behaviour of the crate as its users see it: one binary, a module for each subject.

mod config;
mod curves;
mod explanation;
mod metrics;
