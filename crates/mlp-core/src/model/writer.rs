//! Predictions as CSV.

use std::io::{self, Write};

use super::Prediction;
use mlp_data::csv_field;

/// Below this, a probability is written with an exponent.
const LEAST_PLAIN: f64 = 1e-5;

/// Writes `prediction,confidence`, and `p_<class>` for each class if asked for, a line a row; before
/// them `file`, if asked for.
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
    files: bool,
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
            files: false,
            lines: Vec::new(),
        }
    }

    /// With a first column, `file`, that tells where each row is from.
    #[must_use]
    pub fn with_files(mut self) -> Self {
        self.files = true;
        self.header = self.header.map(|header| format!("file,{header}"));
        self
    }

    /// Writes a line for each prediction; `file` names the file of each by its position, and is asked only where
    /// there is a column for it.
    ///
    /// # Errors
    /// Whatever the output says.
    pub fn write(
        &mut self,
        predictions: &[Prediction],
        file: impl Fn(usize) -> String,
    ) -> io::Result<()> {
        self.lines.clear();
        self.lines
            .extend(self.header.take().unwrap_or_default().into_bytes());
        for (position, prediction) in predictions.iter().enumerate() {
            if self.files {
                self.lines.extend(csv_field(&file(position)).into_bytes());
                self.lines.push(b',');
            }
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
        self.write(&[], |_| String::new())?;
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
