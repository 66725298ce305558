//! Predictions as CSV, JSON or Parquet.

use std::collections::HashSet;
use std::io::{self, Write};
use std::mem;
use std::ops::Range;

use super::Predictions;
#[cfg(feature = "parquet")]
use super::parquet::ParquetRows;
use crate::decision::Interval;
use mlp_data::{CarriedColumn, CarriedKind, TargetColumn, csv_field};

/// Smallest non-zero magnitude that is written without an exponent, and the first that is written with one again.
const MIN_PLAIN: f64 = 1e-5;
const MAX_PLAIN: f64 = 1e16;

/// The format that predictions are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PredictionFormat {
    /// A header and a line for each row.
    Csv,
    /// A list with an object for each row.
    Json,
    /// A table with types.
    #[cfg(feature = "parquet")]
    Parquet,
}

/// Writes predictions, as CSV unless told otherwise: of classes with the columns `prediction,confidence`, optionally followed by `p_<class>` for
/// each class, of numbers with the column `prediction`; or with the columns that are asked for. In front of them come
/// `file`, if asked for, and the columns that the rows carry.
///
/// The header is written together with the first rows, or by [`Self::finish`] if there are none, so that nothing is
/// written if reading the input fails at once. Numbers have the fewest digits that parse to the same float64.
pub struct PredictionWriter<W: Write + Send> {
    sink: Sink<W>,
    /// Class names, in the order of the network's outputs; none of numbers.
    classes: Vec<String>,
    /// The same as the format writes them, quoted where necessary.
    class_texts: Vec<String>,
    /// Names of all columns as keys of JSON, once there were rows.
    keys: Vec<String>,
    files: bool,
    /// Whether predictions come with the columns that they depend on.
    explained: bool,
    /// Names of the columns that the first rows carry, once there were rows.
    carried: Option<Vec<String>>,
    columns: Vec<OutputColumn>,
    /// What the columns `low`, `high` and `set` are filled by.
    interval: Option<Interval>,
    /// Number of rows written.
    rows: u64,
    lines: Vec<u8>,
}

/// Where rows are written to, in a format.
enum Sink<W: Write + Send> {
    Csv(W),
    Json(W),
    #[cfg(feature = "parquet")]
    Parquet(Box<ParquetRows<W>>),
    /// Nothing is left to write to.
    Finished,
}

/// What a row has in a column of the output.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Empty,
    /// As a file has it.
    Text(&'a str, CarriedKind),
    /// The name of a class, as the format writes it.
    Class(&'a str),
    Count(u64),
    Number(f64),
    /// A list in JSON.
    List(&'a str),
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

impl<W: Write + Send> PredictionWriter<W> {
    /// Creates a writer for a model that predicts `target`, without writing anything. `probabilities` adds a column for
    /// each class; numbers have none.
    #[must_use]
    pub fn new(out: W, target: &TargetColumn, probabilities: bool) -> Self {
        let classes = match target {
            TargetColumn::Class { classes } => &classes[..],
            TargetColumn::Value(_) => &[],
        };
        let columns = output_columns(classes).filter(|column| match column.field {
            Field::Row | Field::Explanation | Field::Low | Field::High | Field::Set => false,
            Field::Prediction | Field::Confidence => true,
            Field::Probability(_) => probabilities,
        });
        Self {
            sink: Sink::Csv(out),
            class_texts: classes.iter().map(|name| csv_field(name)).collect(),
            keys: Vec::new(),
            classes: classes.to_vec(),
            files: false,
            explained: false,
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

    /// Adds a last column, `explanation`, see [`Self::write_part`].
    #[must_use]
    pub fn with_explanations(mut self) -> Self {
        self.explained = true;
        self.columns.push(explanation_column());
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
        if self.explained {
            known.push(explanation_column());
        }
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

    /// Writes predictions as JSON or Parquet instead of CSV.
    #[must_use]
    pub fn in_format(mut self, format: PredictionFormat) -> Self {
        self.class_texts = match format {
            PredictionFormat::Csv => self.classes.iter().map(|name| csv_field(name)).collect(),
            PredictionFormat::Json => self.classes.iter().map(|name| quoted(name)).collect(),
            #[cfg(feature = "parquet")]
            PredictionFormat::Parquet => self.classes.clone(),
        };
        self.sink = match (format, self.sink) {
            (_, Sink::Finished) => Sink::Finished,
            (PredictionFormat::Csv, sink) => sink,
            (PredictionFormat::Json, sink) => sink.into_out().map_or(Sink::Finished, Sink::Json),
            #[cfg(feature = "parquet")]
            (PredictionFormat::Parquet, sink) => sink.into_out().map_or(Sink::Finished, |out| {
                Sink::Parquet(Box::new(ParquetRows::new(out)))
            }),
        };
        self
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
        self.write_part(predictions, 0..predictions.rows(), carried, &[], file)
    }

    /// Writes a line for some of the predictions, as [`Self::write`] does. `explanations` has what goes into the column
    /// `explanation` of each prediction.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write_part(
        &mut self,
        predictions: &Predictions,
        rows: Range<usize>,
        carried: &[CarriedColumn],
        explanations: &[String],
        file: impl Fn(usize) -> String,
    ) -> io::Result<()> {
        self.begin(carried)?;
        // Rows of another file may carry fewer columns, or in another order.
        let names = self.carried.as_deref().unwrap_or_default();
        let column = |name: &String| carried.iter().find(|column| column.name == *name);
        let carried: Vec<Option<&CarriedColumn>> = names.iter().map(column).collect();
        for position in rows {
            self.rows += 1;
            let file = self.files.then(|| file(position));
            let file = file
                .as_deref()
                .map(|text| Cell::Text(text, CarriedKind::Text));
            let carried = carried.iter().map(|column| {
                let text =
                    column.and_then(|column| Some((column.texts.get(position)?, column.kind)));
                match text {
                    Some((text, kind)) if !text.is_empty() => Cell::Text(text, kind),
                    _ => Cell::Empty,
                }
            });
            let (rows, texts) = (self.rows, &self.class_texts);
            let range = self
                .interval
                .as_ref()
                .zip(predictions.values().get(position));
            let (low, high) = range.map_or((f64::NAN, f64::NAN), |(interval, value)| {
                interval.range(*value)
            });
            let set = self.set(predictions, position)?;
            let own = self
                .columns
                .iter()
                .map(|column| match (column.field, predictions) {
                    (Field::Row, _) => Cell::Count(rows),
                    (Field::Prediction, Predictions::Classes(all)) => {
                        Cell::Class(&texts[all[position].class as usize])
                    }
                    (Field::Prediction, Predictions::Values(all)) => Cell::Number(all[position]),
                    (Field::Confidence, predictions) => {
                        Cell::Number(predictions.classes()[position].confidence())
                    }
                    (Field::Probability(class), predictions) => {
                        Cell::Number(predictions.classes()[position].probabilities[class])
                    }
                    (Field::Explanation, _) => match explanations.get(position) {
                        Some(text) if !text.is_empty() => Cell::Text(text, CarriedKind::Text),
                        _ => Cell::Empty,
                    },
                    (Field::Low, _) => Cell::Number(low),
                    (Field::High, _) => Cell::Number(high),
                    (Field::Set, _) => Cell::List(&set),
                });
            let cells = file.into_iter().chain(carried).chain(own);
            match &mut self.sink {
                Sink::Finished => {}
                Sink::Csv(_) => csv_row(&mut self.lines, cells)?,
                Sink::Json(_) => {
                    begin_json_row(&mut self.lines, self.rows);
                    json_row(&mut self.lines, &self.keys, cells)?;
                }
                #[cfg(feature = "parquet")]
                Sink::Parquet(parquet) => parquet.push(cells)?,
            }
        }
        self.write_lines()
    }

    /// Returns the set of classes of a prediction, as a list in JSON; empty where there is no such column.
    fn set(&self, predictions: &Predictions, position: usize) -> io::Result<String> {
        let prediction = predictions.classes().get(position);
        let Some((interval, prediction)) = self.interval.as_ref().zip(prediction) else {
            return Ok(String::new());
        };
        let set = interval.set(prediction);
        let set = set
            .iter()
            .map(|class| self.classes[*class as usize].as_str());
        Ok(serde_json::to_string(&set.collect::<Vec<&str>>())?)
    }

    /// Writes an empty line for a row that has no prediction; `null` in JSON, no values in Parquet.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn write_blank(&mut self, carried: &[CarriedColumn]) -> io::Result<()> {
        self.begin(carried)?;
        self.rows += 1;
        match &mut self.sink {
            Sink::Finished => {}
            Sink::Csv(_) => self.lines.push(b'\n'),
            Sink::Json(_) => {
                begin_json_row(&mut self.lines, self.rows);
                self.lines.extend_from_slice(b"null");
            }
            #[cfg(feature = "parquet")]
            Sink::Parquet(parquet) => {
                let cells = self.keys.iter().map(|_| Cell::Empty);
                parquet.push(cells)?;
            }
        }
        self.write_lines()
    }

    /// Begins the next lines, with the header if it is still to be written.
    fn begin(&mut self, carried: &[CarriedColumn]) -> io::Result<()> {
        self.lines.clear();
        if self.carried.is_some() {
            return Ok(());
        }
        let file = self.files.then(|| "file".to_owned());
        let own = self.columns.iter().map(|column| column.name.clone());
        let carried_names = carried.iter().map(|column| column.name.clone());
        self.carried = Some(carried_names.clone().collect());
        let names: Vec<String> = file.into_iter().chain(carried_names).chain(own).collect();
        if !matches!(self.sink, Sink::Csv(_)) {
            check_distinct(&names)?;
        }
        self.keys = names.iter().map(|name| quoted(name) + ":").collect();
        match &mut self.sink {
            Sink::Finished => {}
            Sink::Csv(_) => {
                let header: Vec<String> = names.iter().map(|name| csv_field(name)).collect();
                self.lines.extend(header.join(",").into_bytes());
                self.lines.push(b'\n');
            }
            Sink::Json(_) => self.lines.push(b'['),
            #[cfg(feature = "parquet")]
            Sink::Parquet(parquet) => {
                let are_whole = super::parquet::are_whole_numbers(&self.classes);
                let file = self.files.then_some(CarriedKind::Text);
                let own = self.columns.iter().map(|column| match column.field {
                    Field::Row => CarriedKind::Integer,
                    Field::Prediction if are_whole => CarriedKind::Integer,
                    Field::Prediction if !self.classes.is_empty() => CarriedKind::Text,
                    Field::Explanation | Field::Set => CarriedKind::Text,
                    _ => CarriedKind::Number,
                });
                let carried = carried.iter().map(|column| column.kind);
                let kinds = file.into_iter().chain(carried).chain(own);
                parquet.begin(names.into_iter().zip(kinds).collect())?;
            }
        }
        Ok(())
    }

    fn write_lines(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Csv(out) | Sink::Json(out) => out.write_all(&self.lines),
            Sink::Finished => Ok(()),
            #[cfg(feature = "parquet")]
            Sink::Parquet(_) => Ok(()),
        }
    }

    /// Writes the header if necessary and what ends the output, and flushes it.
    ///
    /// # Errors
    /// If the output cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.begin(&[])?;
        if matches!(self.sink, Sink::Json(_)) {
            self.lines
                .extend_from_slice(if self.rows > 0 { b"\n]" } else { b"]" });
        }
        self.write_lines()?;
        match self.sink {
            Sink::Csv(mut out) | Sink::Json(mut out) => out.flush(),
            Sink::Finished => Ok(()),
            #[cfg(feature = "parquet")]
            Sink::Parquet(parquet) => parquet.finish(),
        }
    }
}

impl<W: Write + Send> Sink<W> {
    fn into_out(self) -> Option<W> {
        match self {
            Self::Csv(out) | Self::Json(out) => Some(out),
            Self::Finished => None,
            #[cfg(feature = "parquet")]
            Self::Parquet(rows) => rows.into_out(),
        }
    }
}

/// Appends a line of CSV.
fn csv_row<'a>(lines: &mut Vec<u8>, cells: impl Iterator<Item = Cell<'a>>) -> io::Result<()> {
    let mut is_first = true;
    for cell in cells {
        if !mem::take(&mut is_first) {
            lines.push(b',');
        }
        match cell {
            Cell::Empty => {}
            Cell::Text(text, _) | Cell::List(text) => {
                lines.extend(csv_field(text).into_bytes());
            }
            Cell::Class(field) => lines.extend_from_slice(field.as_bytes()),
            Cell::Count(count) => write!(lines, "{count}")?,
            Cell::Number(value) => write_number(lines, value)?,
        }
    }
    lines.push(b'\n');
    Ok(())
}

fn begin_json_row(lines: &mut Vec<u8>, row: u64) {
    lines.extend_from_slice(if row == 1 { b"\n" } else { b",\n" });
}

/// Appends an object of JSON; `keys` have their colon.
fn json_row<'a>(
    lines: &mut Vec<u8>,
    keys: &[String],
    cells: impl Iterator<Item = Cell<'a>>,
) -> io::Result<()> {
    lines.push(b'{');
    for (number, (key, cell)) in keys.iter().zip(cells).enumerate() {
        if number > 0 {
            lines.push(b',');
        }
        lines.extend_from_slice(key.as_bytes());
        match cell {
            Cell::Empty => lines.extend_from_slice(b"null"),
            Cell::Class(literal) | Cell::List(literal) => {
                lines.extend_from_slice(literal.as_bytes());
            }
            Cell::Count(count) => write!(lines, "{count}")?,
            Cell::Number(value) => write_number(lines, value)?,
            Cell::Text(text, CarriedKind::Integer | CarriedKind::Boolean) => {
                lines.extend_from_slice(text.as_bytes());
            }
            Cell::Text(text, CarriedKind::Number) if is_finite(text) => {
                lines.extend_from_slice(text.as_bytes());
            }
            Cell::Text(text, _) => lines.extend(quoted(text).into_bytes()),
        }
    }
    lines.push(b'}');
    Ok(())
}

fn is_finite(text: &str) -> bool {
    text.parse().is_ok_and(f64::is_finite)
}

/// Returns text as a literal of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Two columns of one name would be one in JSON, and are refused by readers of Parquet.
fn check_distinct(names: &[String]) -> io::Result<()> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => {
            let what = format!("two columns of the predictions would be named `{name}`");
            Err(io::Error::new(io::ErrorKind::InvalidInput, what))
        }
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
