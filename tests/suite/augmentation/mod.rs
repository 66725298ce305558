//! Training rows that are augmented again in each epoch.

pub mod tensors;
pub mod training;
