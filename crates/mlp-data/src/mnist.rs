//! MNIST from the network into the files that a config names.

use std::fs;
use std::path::Path;

use super::download;
use super::source::SourceEvent;
use super::{ReadOptions, is_csv_name, read, write_csv};
use crate::error::{DataError, DataErrorKind, Error};
use crate::options::DataSection;

/// Fetches MNIST into the folder of the training file and writes the configured CSVs.
pub(super) fn fetch(
    section: &DataSection,
    mirrors: &[String],
    observe: &mut dyn FnMut(SourceEvent),
) -> Result<(), Error> {
    let folder = section
        .train
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let test = section
        .test
        .clone()
        .unwrap_or_else(|| folder.join("mnist_test.csv"));
    fetch_mnist_csv(folder, &section.train, &test, mirrors, observe)
}

/// Fetches MNIST's four files into `folder` and writes those of `train` and `test` that are CSV by name;
/// any other must be one of the four.
///
/// # Errors
/// If no mirror gives them whole, or the disk refuses.
pub fn fetch_mnist_csv(
    folder: &Path,
    train: &Path,
    test: &Path,
    mirrors: &[String],
    observe: &mut dyn FnMut(SourceEvent),
) -> Result<(), Error> {
    let files = download::fetch_mnist(folder, mirrors, &mut |progress| {
        observe(SourceEvent::Download(progress));
    })?;
    let options = ReadOptions::default();
    for (images, csv) in [(&files.train_images, train), (&files.test_images, test)] {
        if !is_csv_name(csv) {
            if csv.exists() {
                continue;
            }
            return Err(DataError::of_file(csv, DataErrorKind::Missing).into());
        }
        if let Some(parent) = csv.parent() {
            fs::create_dir_all(parent).map_err(|error| DataError::writing(parent, error))?;
        }
        write_csv(csv, &read(images, &options)?)?;
    }
    Ok(())
}
