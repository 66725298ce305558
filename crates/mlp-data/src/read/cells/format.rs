//! How the cells of a column are written, as a schema keeps it.

use serde::{Deserialize, Serialize};

use super::{DateFormat, NumberFormat};

/// How the cells of a column are written, where the cells of a few rows may not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CellFormat {
    /// As numbers.
    Number(NumberFormat),
    /// As dates.
    Date(DateFormat),
}
