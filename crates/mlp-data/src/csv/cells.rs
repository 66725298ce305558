//! What a cell of a row means: a feature, the label, or nothing.

use super::classes::Classes;
use super::layout::Layout;
use super::rows::Rows;
use crate::error::DataErrorKind;
use crate::error::quoting::shown;
use crate::options::{MissingPolicy, MissingPolicyName, ScaleKind};

/// Stores cells where the layout says they belong.
#[derive(Clone)]
pub(super) struct Cells {
    pub layout: Layout,
    pub classes: Classes,
    pub missing: MissingPolicy,
    pub scale: ScaleKind,
}

impl Cells {
    /// Stores the cell of a column, counted from 0, in the last row.
    pub fn store(
        &mut self,
        rows: &mut Rows,
        column: usize,
        text: &[u8],
    ) -> Result<(), DataErrorKind> {
        match self.layout.feature(column) {
            Some(feature) => {
                let value = self.number(text)?;
                rows.put(feature, value);
            }
            None if self.layout.reads_labels => {
                let class = self.classes.class_of(text)?;
                rows.labels.push(class);
            }
            None => {}
        }
        Ok(())
    }

    fn number(&self, text: &[u8]) -> Result<f32, DataErrorKind> {
        feature_value(parse(text)?, self.missing, self.scale)
    }
}

/// The value to store for a finite number, or for an empty cell (`None`): NaN where a mean will fill it.
///
/// # Errors
/// If the cell must not be empty, or `scale` does not take the number.
pub fn feature_value(
    cell: Option<f32>,
    missing: MissingPolicy,
    scale: ScaleKind,
) -> Result<f32, DataErrorKind> {
    match (cell, missing) {
        (None, MissingPolicy::Named(MissingPolicyName::Error)) => Err(DataErrorKind::EmptyCell),
        (None, MissingPolicy::Named(MissingPolicyName::Mean)) => Ok(f32::NAN),
        (Some(value), _) if scale == ScaleKind::Unit && !(0.0..=255.0).contains(&value) => {
            Err(DataErrorKind::OutOfRange { value })
        }
        (None, MissingPolicy::Number(value)) | (Some(value), _) => Ok(value),
    }
}

/// The number in a cell; `None` if the cell is empty.
fn parse(text: &[u8]) -> Result<Option<f32>, DataErrorKind> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    match std::str::from_utf8(text).map(str::parse::<f32>) {
        Ok(Ok(value)) if value.is_finite() => Ok(Some(value)),
        Ok(Ok(_)) => Err(DataErrorKind::NotFinite {
            text: shown(&String::from_utf8_lossy(text)),
        }),
        _ => Err(DataErrorKind::NotANumber {
            text: shown(&String::from_utf8_lossy(text)),
        }),
    }
}

/// Whether a cell could stand in a feature column: it is empty, or a number of any kind.
pub(super) fn is_numeric(text: &[u8]) -> bool {
    !matches!(parse(text), Err(DataErrorKind::NotANumber { .. }))
}
