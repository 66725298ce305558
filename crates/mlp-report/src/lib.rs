//! Charts, reports and exports of a trained multilayer perceptron.

pub mod error;
pub mod export;
pub mod pages;
pub mod report;
