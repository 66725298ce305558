//! The columns behind single predictions, as text.

use crate::data::Dataset;
use crate::error::ExplanationError;
use crate::explanation::{ColumnEffect, Occlusion};
use crate::inference::{Model, Predictions, Predictor};

/// Maximum number of columns named for a prediction.
const MAX_COLUMNS: usize = 3;
/// Significant digits of an effect.
const DIGITS: i32 = 3;

/// Names the columns that predictions depend on most.
pub struct RowExplainer {
    occlusion: Occlusion,
    /// Name of each column, as an explanation has it.
    names: Vec<String>,
}

impl RowExplainer {
    /// Prepares to explain predictions of a model.
    ///
    /// # Errors
    /// If its columns are pixels.
    pub fn new(model: &Model) -> Result<Self, ExplanationError> {
        let names = model.schema.columns.iter();
        Ok(Self {
            occlusion: Occlusion::new(model, MAX_COLUMNS)?,
            names: names.map(|column| quoted(&column.name)).collect(),
        })
    }

    /// Returns a text for each row: `minutes +0.31; town -0.12`. It is empty if no column changes the prediction.
    pub fn explain(
        &self,
        predictor: &mut dyn Predictor,
        dataset: &Dataset,
        predictions: &Predictions,
    ) -> Vec<String> {
        let effects = self.occlusion.effects(predictor, dataset, predictions);
        effects.iter().map(|effects| self.text(effects)).collect()
    }

    fn text(&self, effects: &[ColumnEffect]) -> String {
        let parts = effects.iter().map(|effect| {
            let name = &self.names[effect.column];
            format!("{name} {}", signed(effect.effect))
        });
        parts.collect::<Vec<_>>().join("; ")
    }
}

/// Returns a name on one line, in quotation marks if it would otherwise be read as more than a name.
fn quoted(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if plain.contains([';', '"']) || plain.trim() != plain || plain.is_empty() {
        format!("\"{}\"", plain.replace('"', "\"\""))
    } else {
        plain
    }
}

/// Returns a number with its sign and a few digits: `+0.312`, `-1250`, `+1.2e-7`.
fn signed(value: f64) -> String {
    let size = value.abs();
    if !(1e-4..1e15).contains(&size) {
        return format!("{value:+.1e}");
    }
    let decimals = (DIGITS - 1 - size.log10().floor() as i32).max(0) as usize;
    format!("{value:+.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_have_a_sign_and_three_digits() {
        let texts = [0.312_49, -0.012, 1250.4, -3.0, 1.25e-7].map(signed);
        assert_eq!(texts, ["+0.312", "-0.0120", "+1250", "-3.00", "+1.2e-7"]);
    }

    #[test]
    fn names_that_could_be_read_as_more_are_quoted() {
        let names = ["age", "a; b +1", "say \"hi\"", " x", "", "two\nlines"].map(quoted);
        assert_eq!(
            names,
            [
                "age",
                "\"a; b +1\"",
                "\"say \"\"hi\"\"\"",
                "\" x\"",
                "\"\"",
                "two lines"
            ]
        );
    }
}
