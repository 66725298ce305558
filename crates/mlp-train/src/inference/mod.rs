//! Prediction: a trained network, the rows it is asked about, and what it says of them.

mod columns;
mod content;
mod input;
mod listing;
mod pictures;
mod predictor;
mod writer;

pub use columns::ColumnOrder;
pub use input::InputRows;
pub use listing::{Input, LeftOut, Listing, list};
pub use pictures::PictureForm;
pub use predictor::{BATCH, Prediction, Predictor, backend_for, cpu_backend_for, load_weights};
pub use writer::PredictionWriter;
