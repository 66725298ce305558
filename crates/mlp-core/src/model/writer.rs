//! Predictions as CSV.

use std::io::{self, Write};

use super::Prediction;
use mlp_data::csv_field;

/// Smallest non-zero probability that is written without an exponent.
const LEAST_PLAIN: f64 = 1e-5;

/// Writes predictions as CSV with the columns `prediction,confidence`, optionally followed by `p_<class>` for each
/// class and preceded by `file`.
///
/// The header is written together with the first rows, or by [`Self::finish`] if there are none, so that nothing is
/// written if reading the input fails at once. Numbers have the fewest digits that parse to the same float64.
#[derive(Debug)]
pub struct PredictionWriter<W> {
    out: W,
    /// Header line, until it is written.
    header: Option<String>,
    /// Class names as CSV fields, quoted where necessary.
    class_names: Vec<String>,
    probabilities: bool,
    files: bool,
    lines: Vec<u8>,
}

impl<W: Write> PredictionWriter<W> {
    /// Creates a writer without writing anything. `probabilities` adds a column for each class.
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

    /// Adds a first column, `file`, with the file of each row.
    #[must_use]
    pub fn with_files(mut self) -> Self {
        self.files = true;
        self.header = self.header.map(|header| format!("file,{header}"));
        self
    }

    /// Writes a line for each prediction. `file` maps a position in `predictions` to a file name; it is called only
    /// if there is a `file` column.
    ///
    /// # Errors
    /// If the output cannot be written.
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

    /// Writes the header if necessary and flushes the output.
    ///
    /// # Errors
    /// If the output cannot be written.
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
