//! What several subjects need: CSV read from memory, and what the error of a file says.

use std::fs;
use std::path::Path;

use mlp_data::error::DataError;
use mlp_data::options::{LabelColumn, ScaleKind};
use mlp_data::{Dataset, Features, ReadOptions, RowReader};

fn options(label: LabelColumn) -> ReadOptions {
    ReadOptions {
        label,
        scale: ScaleKind::None,
        ..ReadOptions::default()
    }
}

/// Options of any scale, with the label column `label`.
pub fn named() -> ReadOptions {
    options(LabelColumn::Name("label".to_owned()))
}

/// The same, with the label column of this number.
pub fn numbered(index: i64) -> ReadOptions {
    options(LabelColumn::Index(index))
}

/// Reads CSV from memory.
pub fn read(content: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Dataset, DataError> {
    RowReader::new(content.as_ref(), Path::new("rows.csv"), options)?.read_all()
}

/// Returns the values as numbers, whichever way they are stored.
pub fn values(dataset: &Dataset) -> Vec<f32> {
    match &dataset.features {
        Features::Bytes(values) => values.iter().copied().map(f32::from).collect(),
        Features::Floats(values) => values.clone(),
    }
}

/// Returns the name of each row's class.
pub fn label_names(dataset: &Dataset) -> Vec<String> {
    let labels = dataset.labels().expect("labels");
    labels
        .iter()
        .map(|&label| dataset.classes()[label as usize].clone())
        .collect()
}

/// Options of a config that sets nothing but the label column.
pub fn labelled(label: LabelColumn) -> ReadOptions {
    ReadOptions {
        label,
        ..ReadOptions::default()
    }
}

/// Writes a file, reads it, and returns the message and the remedy of its error.
pub fn error_of(name: &str, content: &[u8], options: &ReadOptions) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let error = mlp_data::read(&path, options).expect_err("an error");
    (without_folder(&error, folder.path()), error.remedy())
}

fn without_folder(error: &DataError, folder: &Path) -> String {
    error
        .to_string()
        .replace(&format!("{}/", folder.display()), "")
}

/// Asserts what the error of a file says.
#[track_caller]
pub fn assert_error(content: &str, options: &ReadOptions, message: &str, remedy: &str) {
    let (found, found_remedy) = error_of("rows.csv", content.as_bytes(), options);
    assert_eq!(found, message);
    assert!(found_remedy.contains(remedy), "remedy: {found_remedy}");
}

/// The same, with the options of a config that sets nothing.
#[track_caller]
pub fn assert_plain(content: &str, message: &str, remedy: &str) {
    assert_error(content, &ReadOptions::default(), message, remedy);
}
