//! A trained network in the forms in which others run it, and weights trained elsewhere.
//!
//! | file | subject |
//! |---|---|
//! | `exported` | what an export is made of |
//! | `format` | which forms there are |
//! | `safetensors` | bare weights, named and shaped as `PyTorch` has them: written and read |
//! | `onnx`, `protobuf` | a graph for any ONNX runtime |
//! | `c` | one C99 header |
//! | `html` | one page that draws and predicts |
//! | `scaling` | what is done to raw values, as files of weights say it |
//!
//! Every form but safetensors takes raw values, as data files hold them: filling and scaling are part of it.

mod c;
mod exported;
mod format;
mod html;
mod onnx;
mod protobuf;
mod safetensors;
mod scaling;

pub use exported::Exported;
pub use format::Format;
pub use safetensors::StoredWeights;
