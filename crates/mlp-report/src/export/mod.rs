//! A trained network in the forms in which others run it, and weights trained elsewhere.
//!
//! | file | subject |
//! |---|---|
//! | `network` | what an export is made of |
//! | `format` | which forms there are |
//! | `safetensors` | bare weights, named and shaped as `PyTorch` has them: written and read |
//! | `onnx`, `protobuf` | a graph for any ONNX runtime |
//! | `c` | one C99 header |
//! | `html` | one page that draws and predicts |
//!
//! Every form but safetensors takes raw values, as data files hold them: filling and scaling are part of it.

mod c;
mod format;
mod html;
mod network;
mod onnx;
mod protobuf;
mod safetensors;

pub use format::Format;
pub use network::Network;
pub use safetensors::StoredWeights;
