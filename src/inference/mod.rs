//! Prediction: a trained network, the rows it is asked about, and what it says of them.

mod columns;
mod input;
mod predictor;
mod writer;

pub use columns::ColumnOrder;
pub use input::InputRows;
pub use predictor::{BATCH, Prediction, Predictor, backend_for, load_weights};
pub use writer::PredictionWriter;
