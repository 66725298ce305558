//! Predictions as CSV.

use std::io::{self, Write};

use super::Prediction;
use crate::data::csv_field;

/// Below this, a probability is written with an exponent.
const LEAST_PLAIN: f64 = 1e-5;

/// Writes `prediction,confidence`, and `p_<class>` for each class if asked for, a line a row.
///
/// The header goes before the first rows, or alone where there are none: where reading fails at once,
/// nothing is written. Numbers have the fewest digits that read back as the same float64.
#[derive(Debug)]
pub struct PredictionWriter<W> {
    out: W,
    /// Until it is written.
    header: Option<String>,
    /// As they are written, in quotes where needed.
    class_names: Vec<String>,
    probabilities: bool,
    lines: Vec<u8>,
}

impl<W: Write> PredictionWriter<W> {
    /// Nothing is written yet.
    #[must_use]
    pub fn new(out: W, class_names: &[String], probabilities: bool) -> Self {
        let mut header = String::from("prediction,confidence");
        if probabilities {
            for name in class_names {
                header.push(',');
                header += &csv_field(&format!("p_{name}"));
            }
        }
        header.push('\n');
        Self {
            out,
            header: Some(header),
            class_names: class_names.iter().map(|name| csv_field(name)).collect(),
            probabilities,
            lines: Vec::new(),
        }
    }

    /// Writes a line for each prediction.
    ///
    /// # Errors
    /// Whatever the output says.
    pub fn write(&mut self, predictions: &[Prediction]) -> io::Result<()> {
        self.lines.clear();
        self.lines
            .extend(self.header.take().unwrap_or_default().into_bytes());
        for prediction in predictions {
            let name = &self.class_names[prediction.class as usize];
            self.lines.extend_from_slice(name.as_bytes());
            write_number(&mut self.lines, prediction.confidence())?;
            if self.probabilities {
                for &probability in &prediction.probabilities {
                    write_number(&mut self.lines, probability)?;
                }
            }
            self.lines.push(b'\n');
        }
        self.out.write_all(&self.lines)
    }

    /// Sees everything out.
    ///
    /// # Errors
    /// Whatever the output says.
    pub fn finish(mut self) -> io::Result<()> {
        self.write(&[])?;
        self.out.flush()
    }
}

fn write_number(line: &mut Vec<u8>, value: f64) -> io::Result<()> {
    if value == 0.0 || value >= LEAST_PLAIN {
        write!(line, ",{value}")
    } else {
        write!(line, ",{value:e}")
    }
}
