//! Training rows that are deformed anew in each epoch.

mod deformations;
pub mod tensors;
pub mod training;
