//! Predictions as CSV.

use std::io::{self, Write};

use super::Prediction;
use crate::data::csv_field;

/// Below this, a probability is written with an exponent.
const LEAST_PLAIN: f64 = 1e-5;

/// Writes `prediction,confidence`, and `p_<class>` for each class if asked for, a line a row.
///
/// Numbers have the fewest digits that read back as the same float64.
#[derive(Debug)]
pub struct PredictionWriter<W> {
    out: W,
    /// As they are written, in quotes where needed.
    class_names: Vec<String>,
    probabilities: bool,
    lines: Vec<u8>,
}

impl<W: Write> PredictionWriter<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// Whatever `out` says.
    pub fn new(mut out: W, class_names: &[String], probabilities: bool) -> io::Result<Self> {
        let mut header = String::from("prediction,confidence");
        if probabilities {
            for name in class_names {
                header.push(',');
                header += &csv_field(&format!("p_{name}"));
            }
        }
        writeln!(out, "{header}")?;
        Ok(Self {
            out,
            class_names: class_names.iter().map(|name| csv_field(name)).collect(),
            probabilities,
            lines: Vec::new(),
        })
    }

    /// Writes a line for each prediction.
    ///
    /// # Errors
    /// Whatever the output says.
    pub fn write(&mut self, predictions: &[Prediction]) -> io::Result<()> {
        self.lines.clear();
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
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

fn write_number(line: &mut Vec<u8>, value: f64) -> io::Result<()> {
    if value == 0.0 || value >= LEAST_PLAIN {
        write!(line, ",{value}")
    } else {
        write!(line, ",{value:e}")
    }
}
