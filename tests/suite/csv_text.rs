//! Reads CSV from memory, for the tests.

use std::path::Path;

use mlp::config::{LabelColumn, ScaleKind};
use mlp::data::ReadOptions;
use mlp::data::RowReader;
use mlp::data::{Dataset, Features};
use mlp::error::DataError;

fn options(label: LabelColumn) -> ReadOptions {
    ReadOptions {
        label,
        scale: ScaleKind::None,
        ..ReadOptions::default()
    }
}

pub fn named() -> ReadOptions {
    options(LabelColumn::Name("label".to_owned()))
}

pub fn numbered(index: i64) -> ReadOptions {
    options(LabelColumn::Index(index))
}

pub fn read(content: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Dataset, DataError> {
    RowReader::new(content.as_ref(), Path::new("rows.csv"), options)?.read_all()
}

/// Values as numbers, whichever way they are stored.
pub fn values(dataset: &Dataset) -> Vec<f32> {
    match &dataset.features {
        Features::Bytes(values) => values.iter().copied().map(f32::from).collect(),
        Features::Floats(values) => values.clone(),
    }
}

pub fn label_names(dataset: &Dataset) -> Vec<String> {
    let labels = dataset.labels.as_ref().expect("labels");
    labels
        .iter()
        .map(|&label| dataset.class_names[label as usize].clone())
        .collect()
}
