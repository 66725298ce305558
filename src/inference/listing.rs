//! What a user names as inputs, told apart: rows, images, folders of images.

use std::fs;
use std::path::{Path, PathBuf};

use super::content::Content;
use crate::error::{DataError, DataErrorKind};

/// The name that stands for standard input.
const STDIN: &str = "-";
/// How the names of images end in a folder; what else lies there is passed over.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// Something to predict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// CSV from standard input.
    Stdin,
    /// A file of rows.
    Rows(PathBuf),
    /// Images that follow each other.
    Images(Vec<PathBuf>),
}

impl Input {
    /// The files it is made of.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        match self {
            Self::Stdin => &[],
            Self::Rows(path) => std::slice::from_ref(path),
            Self::Images(paths) => paths,
        }
    }
}

/// Tells inputs apart by their content, in their order; a folder is the images in it, sorted by name.
///
/// # Errors
/// If one is not there, an image of a format that is not read, or a folder without images.
pub fn list(paths: &[PathBuf]) -> Result<Vec<Input>, DataError> {
    let mut inputs = Vec::new();
    for path in paths {
        if path == Path::new(STDIN) {
            inputs.push(Input::Stdin);
        } else if path.is_dir() {
            push_images(&mut inputs, images_in(path)?);
        } else if is_image(path)? {
            push_images(&mut inputs, vec![path.clone()]);
        } else {
            inputs.push(Input::Rows(path.clone()));
        }
    }
    Ok(inputs)
}

fn push_images(inputs: &mut Vec<Input>, images: Vec<PathBuf>) {
    if let Some(Input::Images(before)) = inputs.last_mut() {
        before.extend(images);
    } else {
        inputs.push(Input::Images(images));
    }
}

/// Looks into regular files only: what is taken from a pipe is gone.
fn is_image(path: &Path) -> Result<bool, DataError> {
    let failed = |error| DataError::opening(path, error);
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Ok(false);
    }
    match Content::of_file(path).map_err(failed)? {
        Content::Image(_) => Ok(true),
        Content::OtherImage(format) => Err(DataError::of_file(
            path,
            DataErrorKind::ImageFormat { format },
        )),
        Content::Csv | Content::Idx => Ok(false),
    }
}

fn images_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let entries = fs::read_dir(folder).map_err(|error| DataError::opening(folder, error))?;
    let is_image = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        ENDINGS.iter().any(|known| ending == *known) && !is_hidden && path.is_file()
    };
    let mut images: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(is_image)
        .collect();
    images.sort();
    if images.is_empty() {
        return Err(DataError::of_file(folder, DataErrorKind::NoImages));
    }
    Ok(images)
}
