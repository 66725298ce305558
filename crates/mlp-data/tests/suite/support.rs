//! What several subjects need: CSV read from memory, and what the error of a file says.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use mlp_data::error::DataError;
use mlp_data::options::{
    DataSection, LabelColumn, MissingPolicy, MissingPolicyName, ScaleKind, TaskChoice,
};
use mlp_data::{Dataset, Features, ReadOptions, Schema, Table, read_bytes};

/// Options of a training file with this label column, changed as `change` says, that keep every column and take any
/// label for a class, however few rows there are.
pub fn with(label: LabelColumn, change: impl FnOnce(&mut DataSection)) -> ReadOptions {
    let mut section = DataSection {
        label,
        task: TaskChoice::Classification,
        ..DataSection::default()
    };
    change(&mut section);
    ReadOptions {
        leave_out: false,
        ..ReadOptions::training(&section)
    }
}

fn options(label: LabelColumn) -> ReadOptions {
    with(label, |section| section.scale = ScaleKind::None)
}

/// The same options for a file of a model with so many columns, named `x1` and so on, and these classes.
pub fn of_model(options: ReadOptions, columns: usize, classes: &[&str]) -> ReadOptions {
    let names = (1..=columns).map(|number| format!("x{number}")).collect();
    let classes = classes.iter().map(|&class| class.to_owned()).collect();
    ReadOptions {
        schema: Some(Arc::new(Schema::of_numbers(names, classes))),
        ..options
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
    read_table(content, options).map(|table| table.dataset)
}

/// Reads CSV from memory, with what a user should know of it.
pub fn read_table(content: impl AsRef<[u8]>, options: &ReadOptions) -> Result<Table, DataError> {
    read_bytes(content.as_ref(), Path::new("rows.csv"), options)
}

/// Reads the rows of a file.
pub fn read_file(path: &Path, options: &ReadOptions) -> Result<Dataset, DataError> {
    mlp_data::read(path, options).map(|table| table.dataset)
}

/// Returns the values as numbers, whichever way they are stored.
pub fn values(dataset: &Dataset) -> Vec<f32> {
    match &dataset.features {
        Features::Bytes(values) => values.iter().copied().map(f32::from).collect(),
        Features::Floats(values) => values.clone(),
        Features::Columns(columns) => (0..dataset.rows())
            .flat_map(|row| columns.iter().map(move |values| values.number(row) as f32))
            .collect(),
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

/// Options of a label column and of pixels: no number outside 0–255, and no empty cell.
pub fn labelled(label: LabelColumn) -> ReadOptions {
    with(label, |section| {
        section.scale = ScaleKind::Unit;
        section.missing = MissingPolicy::Named(MissingPolicyName::Error);
    })
}

/// The same, with the label column `label`.
pub fn plain() -> ReadOptions {
    labelled(LabelColumn::Name("label".to_owned()))
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
    assert_error(content, &plain(), message, remedy);
}
