//! Predictions as CSV.

use std::io::{self, Write};

use super::Predictions;
use crate::decision::Interval;
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
    /// Names of the columns that the first rows carry, once there were rows.
    carried: Option<Vec<String>>,
    columns: Vec<OutputColumn>,
    /// Interval around each number, or of each set of classes, if there is one.
    interval: Option<Interval>,
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
    /// Lower end of the interval of a number.
    Low,
    /// Upper end of the interval of a number.
    High,
    /// Classes of the set, as a list in JSON.
    Set,
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
            Field::Prediction | Field::Confidence => true,
            Field::Probability(_) => probabilities,
            Field::Row | Field::Low | Field::High | Field::Set => false, // if asked for
        });
        Self {
            out,
            class_fields: classes.iter().map(|name| csv_field(name)).collect(),
            classes: classes.to_vec(),
            files: false,
            carried: None,
            columns: columns.collect(),
            interval: None,
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

    /// Adds the columns `low` and `high` of predicted numbers, or the column `set` of classes: a list of their names in
    /// JSON, the most probable first.
    #[must_use]
    pub fn with_interval(mut self, interval: Interval) -> Self {
        self.interval = Some(interval);
        let columns = interval_columns(&self.classes);
        self.columns.extend(columns);
        self
    }

    /// Writes these columns in this order, each under its name in predictions and that in the header: `row`,
    /// `prediction`, `confidence` and `p_<class>`.
    ///
    /// # Errors
    /// If there is no such column.
    pub fn with_columns(mut self, asked_for: &[(String, String)]) -> Result<Self, UnknownColumn> {
        let mut known: Vec<OutputColumn> = output_columns(&self.classes).collect();
        if self.interval.is_some() {
            known.extend(interval_columns(&self.classes));
        }
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
                    (Field::Confidence, predictions) => {
                        let prediction = &predictions.classes()[position];
                        write_number(&mut self.lines, prediction.confidence())?;
                    }
                    (Field::Probability(class), predictions) => {
                        let prediction = &predictions.classes()[position];
                        write_number(&mut self.lines, prediction.probabilities[class])?;
                    }
                    (Field::Low | Field::High, predictions) => {
                        if let Some(interval) = &self.interval {
                            let (low, high) = interval.range(predictions.values()[position]);
                            let is_low = column.field == Field::Low;
                            write_number(&mut self.lines, if is_low { low } else { high })?;
                        }
                    }
                    (Field::Set, predictions) => {
                        if let Some(interval) = &self.interval {
                            let set = interval.set(&predictions.classes()[position]);
                            let names: Vec<&str> = set
                                .iter()
                                .map(|class| self.classes[*class as usize].as_str())
                                .collect();
                            let list = serde_json::to_string(&names)?;
                            self.lines.extend(csv_field(&list).into_bytes());
                        }
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

/// Returns the columns that an interval adds.
fn interval_columns(classes: &[String]) -> Vec<OutputColumn> {
    let column = |name: &str, field| OutputColumn {
        name: name.to_owned(),
        field,
    };
    if classes.is_empty() {
        vec![column("low", Field::Low), column("high", Field::High)]
    } else {
        vec![column("set", Field::Set)]
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
