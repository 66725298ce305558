//! Prediction: a trained network, the rows it is asked about, and what it says of them.

mod input;
mod pictures;
mod predictor;
mod writer;

pub use input::InputRows;
pub use mlp_data::{ColumnOrder, Input, LeftOut, Listing, list_inputs as list};
pub use pictures::PictureForm;
pub use predictor::{BATCH, Prediction, Predictor, backend_for, cpu_backend_for, load_weights};
pub use writer::PredictionWriter;
