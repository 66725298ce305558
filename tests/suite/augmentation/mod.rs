//! Training rows that are deformed anew in each epoch.

mod deformations;
mod tensors;
mod training;
