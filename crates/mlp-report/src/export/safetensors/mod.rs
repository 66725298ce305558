//! Bare weights in the safetensors format, named and shaped as those of `PyTorch`'s
//! `nn.Sequential(Linear, activation, Linear, …)`: `0.weight [out, in]`, `0.bias [out]`, `2.weight`, …

mod names;
mod order;
mod read;

pub use read::StoredWeights;
