//! `calibration.safetensors`: what the network of a run said of rows that it was not trained on, and their labels.
//!
//! | tensor | of classes | of numbers |
//! |---|---|---|
//! | `rows` | `I64 [rows]`, number of each row in its data set, counted from 0 | the same |
//! | `outputs` | `F32 [rows, classes]`, logits | `F64 [rows]`, predictions in the unit of the file |
//! | `labels` | `I64 [rows]`, number of the class | `F64 [rows]`, in the unit of the file |
//!
//! Its metadata have the version of the format, the step of the checkpoint, the split of the rows, and how many there were.

use std::collections::HashMap;

use mlp_data::random::{Purpose, Stream};
use mlp_data::{Dataset, Schema, atomic_file};
use safetensors::SafeTensors;
use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::RunError;
use crate::model::{Predictions, Predictor};
use crate::run::RunDirectory;
use crate::safetensors::TensorWriter;

/// Maximum size of the logits; of more rows a random sample is kept.
const MAX_BYTES: usize = 64 << 20;
/// Format version that this program reads and writes.
const FORMAT: u32 = 1;
/// Stream of the sample; that of the report's rows is 0.
const SAMPLE: u64 = 1;

/// Rows that a calibration rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrationRows {
    /// Step of the checkpoint that predicted them.
    pub step: u64,
    /// What they were held out for.
    pub source: CalibrationSource,
    /// Number of rows that there were.
    pub available: usize,
    /// `[rows]`, number of each in its data set, counted from 0, in ascending order.
    pub rows: Vec<u32>,
    /// What the network says of them, and what is true.
    pub outputs: KeptOutputs,
}

/// What rows were held out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CalibrationSource {
    /// Calibration alone (`data.calibration`).
    Calibration,
    /// Validation, which also chose the checkpoint.
    Validation,
}

impl CalibrationSource {
    /// Returns the word for it in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calibration => "calibration",
            Self::Validation => "validation",
        }
    }
}

/// What a network says of rows, and what is true.
#[derive(Clone, Debug, PartialEq)]
pub enum KeptOutputs {
    /// Of classes.
    Classes {
        /// `[rows, classes]`.
        logits: Vec<f32>,
        /// `[rows]`.
        labels: Vec<u32>,
    },
    /// Of numbers, in the unit of the file.
    Values {
        /// `[rows]`.
        predictions: Vec<f64>,
        /// `[rows]`.
        labels: Vec<f64>,
    },
}

impl CalibrationRows {
    /// Predicts rows of a labelled data set; of very many a sample, drawn by `seed`.
    ///
    /// # Panics
    /// If the data set has no target, or another than the model's, and `rows` is not empty.
    #[must_use]
    pub fn predict(
        predictor: &mut dyn Predictor,
        step: u64,
        (source, dataset, rows): (CalibrationSource, &Dataset, &[u32]),
        seed: u64,
    ) -> Self {
        let available = rows.len();
        let outputs = predictor.model().schema.target.outputs().max(1);
        let rows = sample(rows, MAX_BYTES / (size_of::<f32>() * outputs), seed);
        let outputs = match predictor.predict(dataset, &rows) {
            Predictions::Classes(predictions) => {
                let labels = dataset.labels().unwrap_or_default();
                KeptOutputs::Classes {
                    logits: predictions.into_iter().flat_map(|row| row.logits).collect(),
                    labels: rows.iter().map(|&row| labels[row as usize]).collect(),
                }
            }
            Predictions::Values(predictions) => {
                let values = dataset.values().unwrap_or_default();
                KeptOutputs::Values {
                    predictions,
                    labels: rows.iter().map(|&row| values[row as usize]).collect(),
                }
            }
        };
        Self {
            step,
            source,
            available,
            rows,
            outputs,
        }
    }

    /// Returns what a user must know if not all rows were kept.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let kept = self.rows.len();
        (kept < self.available).then(|| {
            format!(
                "{kept} of the {} {} rows are kept for calibration, a random sample: more would take over {} MB",
                self.available,
                self.source.name(),
                MAX_BYTES >> 20
            )
        })
    }

    /// Writes `calibration.safetensors`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, run: &RunDirectory) -> Result<(), RunError> {
        let count = self.rows.len();
        let mut file = TensorWriter::new(json!({
            "format_version": FORMAT.to_string(),
            "step": self.step.to_string(),
            "split": self.source.name(),
            "available_rows": self.available.to_string(),
        }));
        let whole = |numbers: &[u32]| -> Vec<u8> {
            let numbers = numbers.iter().map(|number| i64::from(*number));
            numbers.flat_map(i64::to_le_bytes).collect()
        };
        let reals = |numbers: &[f64]| -> Vec<u8> {
            numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect()
        };
        file.add("rows", "I64", &[count], whole(&self.rows).into_iter());
        match &self.outputs {
            KeptOutputs::Classes { logits, labels } => {
                let shape = [count, logits.len() / count.max(1)];
                let bytes = logits.iter().flat_map(|logit| logit.to_le_bytes());
                file.add("outputs", "F32", &shape, bytes);
                file.add("labels", "I64", &[count], whole(labels).into_iter());
            }
            KeptOutputs::Values {
                predictions,
                labels,
            } => {
                file.add("outputs", "F64", &[count], reals(predictions).into_iter());
                file.add("labels", "F64", &[count], reals(labels).into_iter());
            }
        }
        let path = run.calibration();
        atomic_file::replace(&path, &file.into_bytes()).map_err(RunError::writing(path))
    }

    /// Reads the rows of a run with these columns and target; `None` if it keeps none.
    ///
    /// # Errors
    /// If the file is damaged, or its format version is newer.
    pub fn read(run: &RunDirectory, schema: &Schema) -> Result<Option<Self>, RunError> {
        let path = run.calibration();
        let damaged = |cause: String| RunError::Damaged {
            path: path.clone(),
            cause,
        };
        if !path.exists() {
            return Ok(None);
        }
        let bytes = std::fs::read(&path).map_err(|error| damaged(error.to_string()))?;
        let (_, header) =
            SafeTensors::read_metadata(&bytes).map_err(|error| damaged(error.to_string()))?;
        let none = HashMap::new();
        let metadata = header.metadata().as_ref().unwrap_or(&none);
        let number = |key: &str| -> Result<u64, RunError> {
            let text = metadata.get(key).and_then(|text| text.parse().ok());
            text.ok_or_else(|| damaged(format!("its metadata have no number `{key}`")))
        };
        let found = u32::try_from(number("format_version")?).unwrap_or(u32::MAX);
        if found > FORMAT {
            let known = FORMAT;
            return Err(RunError::NewerFormat { path, found, known });
        }
        let split = metadata.get("split").map(String::as_str);
        let source = [
            CalibrationSource::Calibration,
            CalibrationSource::Validation,
        ]
        .into_iter()
        .find(|source| Some(source.name()) == split)
        .ok_or_else(|| damaged("its metadata do not name the split of its rows".to_owned()))?;
        let (step, available) = (number("step")?, number("available_rows")? as usize);
        let (rows, outputs) = tensors(&bytes, schema).map_err(damaged)?;
        Ok(Some(Self {
            step,
            source,
            available,
            rows,
            outputs,
        }))
    }

    /// Removes the rows of a run, if it keeps any.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn remove(run: &RunDirectory) -> Result<(), RunError> {
        let path = run.calibration();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(RunError::Write {
                path,
                source: error,
            }),
            _ => Ok(()),
        }
    }
}

/// Returns at most `most` of the rows, in ascending order.
fn sample(rows: &[u32], most: usize, seed: u64) -> Vec<u32> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    let order = Stream::new(seed, Purpose::Examples, SAMPLE).permutation(rows.len());
    let mut chosen: Vec<u32> = order[..most].iter().map(|&at| rows[at as usize]).collect();
    chosen.sort_unstable();
    chosen
}

/// Reads the tensors of a file.
fn tensors(bytes: &[u8], schema: &Schema) -> Result<(Vec<u32>, KeptOutputs), String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let tensor = |name: &str, dtype: Dtype| {
        let tensor = file.tensor(name).map_err(|error| error.to_string())?;
        if tensor.dtype() == dtype {
            Ok(tensor)
        } else {
            Err(format!(
                "its tensor `{name}` is of the type {}",
                tensor.dtype()
            ))
        }
    };
    let whole = |name: &str| -> Result<Vec<u32>, String> {
        let tensor = tensor(name, Dtype::I64)?;
        let numbers = tensor.data().as_chunks().0.iter();
        let numbers = numbers.map(|bytes| u32::try_from(i64::from_le_bytes(*bytes)));
        let numbers: Result<Vec<u32>, _> = numbers.collect();
        numbers.map_err(|_| format!("its tensor `{name}` has a number out of range"))
    };
    let reals = |name: &str| -> Result<Vec<f64>, String> {
        let tensor = tensor(name, Dtype::F64)?;
        let numbers = tensor.data().as_chunks().0.iter();
        Ok(numbers.map(|bytes| f64::from_le_bytes(*bytes)).collect())
    };
    let rows = whole("rows")?;
    let count = rows.len();
    let (outputs, fits) = if schema.target_scaling().is_some() {
        let (predictions, labels) = (reals("outputs")?, reals("labels")?);
        let fits = predictions.len() == count && labels.len() == count;
        let outputs = KeptOutputs::Values {
            predictions,
            labels,
        };
        (outputs, fits)
    } else {
        let classes = schema.classes().len();
        let logits = tensor("outputs", Dtype::F32)?;
        let numbers = logits.data().as_chunks().0.iter();
        let logits: Vec<f32> = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let labels = whole("labels")?;
        let fits = logits.len() == count * classes
            && labels.len() == count
            && labels.iter().all(|label| (*label as usize) < classes);
        (KeptOutputs::Classes { logits, labels }, fits)
    };
    if fits {
        Ok((rows, outputs))
    } else {
        Err("its tensors do not fit together".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(classes: &[&str]) -> Schema {
        let classes = classes.iter().map(|class| (*class).to_owned()).collect();
        Schema::of_numbers(vec!["x".to_owned()], classes)
    }

    #[test]
    fn rows_are_read_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDirectory::create("run", Some(&folder.path().join("run"))).unwrap();
        assert_eq!(
            CalibrationRows::read(&run, &schema(&["a", "b"])).unwrap(),
            None
        );
        let classes = CalibrationRows {
            step: 7,
            source: CalibrationSource::Validation,
            available: 5,
            rows: vec![1, 4, 9],
            outputs: KeptOutputs::Classes {
                logits: vec![0.5, -0.0, f32::MIN_POSITIVE, 3.0, 1.0, 2.0],
                labels: vec![1, 0, 1],
            },
        };
        classes.write(&run).unwrap();
        let read = CalibrationRows::read(&run, &schema(&["a", "b"])).unwrap();
        assert_eq!(read.as_ref(), Some(&classes));
        let error = CalibrationRows::read(&run, &schema(&["a", "b", "c"])).unwrap_err();
        assert!(error.to_string().contains("do not fit"), "{error}");
        assert!(CalibrationRows::read(&run, &Schema::of_values(vec!["x".to_owned()])).is_err());
        let values = CalibrationRows {
            outputs: KeptOutputs::Values {
                predictions: vec![0.1, 2.0, -3.0],
                labels: vec![0.2, 1e300, 0.0],
            },
            ..classes
        };
        values.write(&run).unwrap();
        let schema = Schema::of_values(vec!["x".to_owned()]);
        assert_eq!(CalibrationRows::read(&run, &schema).unwrap(), Some(values));
        std::fs::write(run.calibration(), b"not a file").unwrap();
        assert!(CalibrationRows::read(&run, &schema).is_err());
    }

    #[test]
    fn a_sample_is_drawn_by_its_seed() {
        let rows: Vec<u32> = (0..100).collect();
        assert_eq!(sample(&rows, 100, 1), rows);
        let first = sample(&rows, 30, 1);
        assert!(first.is_sorted() && first.len() == 30);
        assert_eq!(first, sample(&rows, 30, 1));
        assert_ne!(first, sample(&rows, 30, 2));
    }
}
