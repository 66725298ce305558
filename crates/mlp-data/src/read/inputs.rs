//! What a user names as inputs: files of rows, images, folders of images.

use std::fs;
use std::path::{Path, PathBuf};

use super::format::{Content, is_image_name};
use super::rewind::STDIN;
use crate::error::{DataError, DataErrorKind};

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
    /// Returns the files that it consists of.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        match self {
            Self::Stdin => &[],
            Self::Rows(path) => std::slice::from_ref(path),
            Self::Images(paths) => paths,
        }
    }
}

/// What a folder holds next to the images that were taken from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The folder.
    pub folder: PathBuf,
    /// Files without the name of an image.
    pub files: usize,
    /// Folders, which are not entered.
    pub folders: usize,
}

/// Inputs in their order, and what was left out of folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What is to be predicted.
    pub inputs: Vec<Input>,
    /// Only folders that hold more than images.
    pub left_out: Vec<LeftOut>,
}

/// Sorts inputs by their content, in their order; a folder is the images in it, sorted by name.
///
/// What an image by name really holds is found out when it is decoded, if `takes_names`.
///
/// # Errors
/// If one is missing, an image of a format that is not read, an image by name but not by content, or a folder without
/// images.
pub fn list_inputs(paths: &[PathBuf], takes_names: bool) -> Result<Listing, DataError> {
    let mut listing = Listing::default();
    for path in paths {
        let inputs = &mut listing.inputs;
        if path == Path::new(STDIN) {
            inputs.push(Input::Stdin);
        } else if path.is_dir() {
            let (images, left_out) = images_in(path, takes_names)?;
            push_images(inputs, images);
            listing.left_out.extend(left_out);
        } else if is_image(path, takes_names)? {
            push_images(inputs, vec![path.clone()]);
        } else {
            inputs.push(Input::Rows(path.clone()));
        }
    }
    Ok(listing)
}

fn push_images(inputs: &mut Vec<Input>, images: Vec<PathBuf>) {
    if let Some(Input::Images(before)) = inputs.last_mut() {
        before.extend(images);
    } else {
        inputs.push(Input::Images(images));
    }
}

/// Returns whether a file is an image. Looks into regular files only: what is read from a pipe is gone.
fn is_image(path: &Path, takes_names: bool) -> Result<bool, DataError> {
    let failed = |error| DataError::opening(path, error);
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Ok(false);
    }
    if takes_names && is_image_name(path) {
        return Ok(true);
    }
    match Content::of_file(path).map_err(failed)? {
        Content::Image(_) => Ok(true),
        Content::OtherImage(format) => Err(DataError::of_file(
            path,
            DataErrorKind::ImageFormat { format },
        )),
        Content::Csv | Content::Idx | Content::Typed(_) | Content::Foreign(_)
            if is_image_name(path) =>
        {
            Err(DataError::of_file(path, DataErrorKind::NoImage))
        }
        Content::Csv | Content::Idx | Content::Typed(_) | Content::Foreign(_) => Ok(false),
    }
}

/// Lists the images in a folder, and counts what else it holds that is not hidden.
fn images_in(
    folder: &Path,
    takes_names: bool,
) -> Result<(Vec<PathBuf>, Option<LeftOut>), DataError> {
    let failed = |error| DataError::opening(folder, error);
    let mut images = Vec::new();
    let mut left_out = LeftOut {
        folder: folder.to_owned(),
        files: 0,
        folders: 0,
    };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = fs::metadata(&path).map(|metadata| metadata.file_type());
        match kind {
            Ok(kind) if kind.is_dir() => left_out.folders += 1,
            Ok(kind) if !kind.is_file() => left_out.files += 1, // a pipe would wait for ever
            _ if is_image_name(&path) => images.push(path),
            _ => left_out.files += 1,
        }
    }
    images.sort();
    if images.is_empty() {
        return Err(DataError::of_file(folder, DataErrorKind::NoImages));
    }
    for path in &images {
        is_image(path, takes_names)?;
    }
    let has_more = left_out.files + left_out.folders > 0;
    Ok((images, has_more.then_some(left_out)))
}
