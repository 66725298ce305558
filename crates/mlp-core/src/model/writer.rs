//! Predictions as CSV.

use std::io::{self, Write};

use super::Predictions;
use mlp_data::{CarriedColumn, TargetColumn, csv_field};

/// Smallest non-zero magnitude that is written without an exponent, and the first that is written with one again.
const MIN_PLAIN: f64 = 1e-5;
const MAX_PLAIN: f64 = 1e16;

/// Writes predictions as CSV: of classes with the columns `prediction,confidence`, optionally followed by `p_<class>` for
/// each class, of numbers with the column `prediction`; or with the columns that are asked for. In front of them come
/// `file`, if asked for, and the columns that the rows carry.
///
/// The header is written together with the first rows, or by [`Self::finish`] if there are none, so that nothing is
/// written if reading the input fails at once. Numbers have the fewest digits that parse to the same float64.
#[derive(Debug)]
pub struct PredictionWriter<W> {
    out: W,
    /// Class names, in the order of the network's outputs; none of numbers.
    classes: Vec<String>,
    /// The same as CSV fields, quoted where necessary.
    class_fields: Vec<String>,
    files: bool,
    /// Whether predictions come with the columns that they depend on.
    explained: bool,
    /// Names of the columns that the first rows carry, once there were rows.
    carried: Option<Vec<String>>,
    columns: Vec<OutputColumn>,
    /// Number of rows written.
    rows: u64,
    lines: Vec<u8>,
}

/// A column that a prediction fills.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OutputColumn {
    /// Name in the header.
    name: String,
    field: Field,
}

/// What a column of predictions holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// Number of the row, counted from 1 over all inputs.
    Row,
    Prediction,
    Confidence,
    /// Of a class.
    Probability(usize),
    /// The columns that the prediction depends on most.
    Explanation,
}

/// A column that no prediction has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no column `{name}` of predictions; there are {}", known.join(", "))]
pub struct UnknownColumn {
    /// What was asked for.
    pub name: String,
    /// The columns that there are.
    pub known: Vec<String>,
}

impl<W: Write> PredictionWriter<W> {
    /// Creates a writer for a model that predicts `target`, without writing anything. `probabilities` adds a column for
    /// each class; numbers have none.
    #[must_use]
    pub fn new(out: W, target: &TargetColumn, probabilities: bool) -> Self {
        let classes = match target {
            TargetColumn::Class { classes } => &classes[..],
            TargetColumn::Value(_) => &[],
        };
        let columns = output_columns(classes).filter(|column| match column.field {
            Field::Row | Field::Explanation => false,
            Field::Prediction | Field::Confidence => true,
            Field::Probability(_) => probabilities,
        });
        Self {
            out,
            class_fields: classes.iter().map(|name| csv_field(name)).collect(),
            classes: classes.to_vec(),
            files: false,
            explained: false,
            carried: None,
            columns: columns.collect(),
            rows: 0,
            lines: Vec::new(),
        }
    }

    /// Adds a first column, `file`, with the file of each row.
    #[must_use]
    pub fn with_files(mut self) -> Self {
        self.files = true;
        self
    }

    /// Adds a last column, `explanation`, see [`Self::write_explained`].
    #[must_use]
    pub fn with_explanations(mut self) -> Self {
        self.explained = true;
        self.columns.push(explanation_column());
        self
    }

    /// Writes these columns in this order, each under its name in predictions and that in the header: `row`,
    /// `prediction`, `confidence` and `p_<class>`, and `explanation` after [`Self::with_explanations`].
    ///
    /// # Errors
    /// If there is no such column.
    pub fn with_columns(mut self, asked_for: &[(String, String)]) -> Result<Self, UnknownColumn> {
        let explanation = self.explained.then(explanation_column);
        let known: Vec<OutputColumn> = output_columns(&self.classes).chain(explanation).collect();
        let column = |(name, new): &(String, String)| {
            let found = known.iter().find(|column| column.name == *name);
            let column = found.ok_or_else(|| UnknownColumn {
                name: name.clone(),
                known: known.iter().map(|column| column.name.clone()).collect(),
            })?;
            Ok(OutputColumn {
                name: new.clone(),
                field: column.field,
            })
        };
        self.columns = asked_for.iter().map(column).collect::<Result<_, _>>()?;
        Ok(self)
    }

    /// Writes a line for each prediction, with what the rows carry. `file` maps a position in `predictions` to a file
    /// name; it is called only if there is a `file` column.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write(
        &mut self,
        predictions: &Predictions,
        carried: &[CarriedColumn],
        file: impl Fn(usize) -> String,
    ) -> io::Result<()> {
        self.write_explained(predictions, carried, &[], file)
    }

    /// Like [`Self::write`], with what goes into the column `explanation` of each row.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write_explained(
        &mut self,
        predictions: &Predictions,
        carried: &[CarriedColumn],
        explanations: &[String],
        file: impl Fn(usize) -> String,
    ) -> io::Result<()> {
        self.begin(carried);
        // Rows of another file may carry fewer columns, or in another order.
        let names = self.carried.as_deref().unwrap_or_default();
        let texts = |name: &String| carried.iter().find(|column| column.name == *name);
        let carried: Vec<Option<&CarriedColumn>> = names.iter().map(texts).collect();
        for position in 0..predictions.rows() {
            self.rows += 1;
            let mut separator = "";
            if self.files {
                self.lines.extend(csv_field(&file(position)).into_bytes());
                separator = ",";
            }
            for column in &carried {
                self.lines.extend(separator.bytes());
                let text = column.and_then(|column| column.texts.get(position));
                let text = text.filter(|text| !text.is_empty());
                self.lines.extend(
                    text.map(|text| csv_field(text))
                        .unwrap_or_default()
                        .into_bytes(),
                );
                separator = ",";
            }
            for column in &self.columns {
                self.lines.extend(separator.bytes());
                separator = ",";
                match (column.field, predictions) {
                    (Field::Row, _) => write!(self.lines, "{}", self.rows)?,
                    (Field::Prediction, Predictions::Classes(all)) => {
                        let name = &self.class_fields[all[position].class as usize];
                        self.lines.extend_from_slice(name.as_bytes());
                    }
                    (Field::Prediction, Predictions::Values(all)) => {
                        write_number(&mut self.lines, all[position])?;
                    }
                    (Field::Explanation, _) => {
                        let text = explanations.get(position);
                        let text = text.filter(|text| !text.is_empty());
                        let field = text.map(|text| csv_field(text)).unwrap_or_default();
                        self.lines.extend(field.into_bytes());
                    }
                    (Field::Confidence, predictions) => {
                        let prediction = &predictions.classes()[position];
                        write_number(&mut self.lines, prediction.confidence())?;
                    }
                    (Field::Probability(class), predictions) => {
                        let prediction = &predictions.classes()[position];
                        write_number(&mut self.lines, prediction.probabilities[class])?;
                    }
                }
            }
            self.lines.push(b'\n');
        }
        self.out.write_all(&self.lines)
    }

    /// Begins the next lines, with the header if it is still to be written.
    fn begin(&mut self, carried: &[CarriedColumn]) {
        self.lines.clear();
        if self.carried.is_some() {
            return;
        }
        let names: Vec<String> = carried.iter().map(|column| column.name.clone()).collect();
        let file = self.files.then(|| "file".to_owned());
        let own = self.columns.iter().map(|column| column.name.clone());
        let header: Vec<String> = file
            .into_iter()
            .chain(names.iter().cloned())
            .chain(own)
            .map(|name| csv_field(&name))
            .collect();
        self.lines.extend(header.join(",").into_bytes());
        self.lines.push(b'\n');
        self.carried = Some(names);
    }

    /// Writes the header if necessary and flushes the output.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.begin(&[]);
        self.out.write_all(&self.lines)?;
        self.out.flush()
    }
}

/// Returns all columns that there are, under their usual names.
fn output_columns(classes: &[String]) -> impl Iterator<Item = OutputColumn> {
    let column = |name: &str, field| OutputColumn {
        name: name.to_owned(),
        field,
    };
    let confidence = (!classes.is_empty()).then(|| column("confidence", Field::Confidence));
    let probability = move |(class, name): (usize, &String)| {
        column(&format!("p_{name}"), Field::Probability(class))
    };
    [
        column("row", Field::Row),
        column("prediction", Field::Prediction),
    ]
    .into_iter()
    .chain(confidence)
    .chain(classes.iter().enumerate().map(probability))
}

/// Returns the column of explanations, which there is only if it is asked for.
fn explanation_column() -> OutputColumn {
    OutputColumn {
        name: "explanation".to_owned(),
        field: Field::Explanation,
    }
}

fn write_number(line: &mut Vec<u8>, value: f64) -> io::Result<()> {
    let magnitude = value.abs();
    if value == 0.0 || (MIN_PLAIN..MAX_PLAIN).contains(&magnitude) {
        write!(line, "{value}")
    } else {
        write!(line, "{value:e}")
    }
}
