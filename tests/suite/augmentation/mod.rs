//! Training rows that are deformed anew in each epoch.

pub mod tensors;
pub mod training;
