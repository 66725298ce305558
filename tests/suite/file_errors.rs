//! Makes a file, reads it, and asserts what the error says.

use std::fs;
use std::path::Path;

use mlp::config::LabelColumn;
use mlp::data::{ReadOptions, read};
use mlp::error::DataError;

pub fn labelled(label: LabelColumn) -> ReadOptions {
    ReadOptions {
        label,
        ..ReadOptions::default()
    }
}

pub fn error_of(name: &str, content: &[u8], options: &ReadOptions) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let error = read(&path, options).expect_err("an error");
    (without_folder(&error, folder.path()), error.remedy())
}

fn without_folder(error: &DataError, folder: &Path) -> String {
    error
        .to_string()
        .replace(&format!("{}/", folder.display()), "")
}

#[track_caller]
pub fn assert_error(content: &str, options: &ReadOptions, message: &str, remedy: &str) {
    let (found, found_remedy) = error_of("rows.csv", content.as_bytes(), options);
    assert_eq!(found, message);
    assert!(found_remedy.contains(remedy), "remedy: {found_remedy}");
}

/// With the options of a config that says nothing.
#[track_caller]
pub fn assert_plain(content: &str, message: &str, remedy: &str) {
    assert_error(content, &ReadOptions::default(), message, remedy);
}
