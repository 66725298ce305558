//! kernels
#![allow(clippy::inline_always)]

mod activation;
mod compressed;
mod elementary;
mod gradients;
mod loss;
mod network;
mod panels;
mod pass;
mod product;
mod simd;
mod skipping;
mod team;
mod update;
mod workspace;

pub use compressed::{CompressedBatch, CompressedRows};
pub use gradients::{LayerOut, gradients};
pub use network::{Inputs, Layer, Network};
pub use pass::{Loss, forward, forward_backward};
pub use team::Team;
pub use workspace::Workspace;
