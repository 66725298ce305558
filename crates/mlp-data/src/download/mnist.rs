//! MNIST: where it is found, and the files that a config names.

use std::fs;
use std::path::{Path, PathBuf};

use super::{DownloadError, Progress, RemoteFile, Timeouts, fetch_files};
use crate::error::{DataError, DataErrorKind, Error};
use crate::options::DataSection;
use crate::{ReadOptions, SourceEvent, is_csv_name, read, write_csv};

/// Base URLs that have MNIST, in the order in which they are asked.
pub const MIRRORS: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/// The four files of MNIST, gzip-compressed IDX of bytes: `[60000, 28, 28]` and `[60000]` to train on, `[10000, 28, 28]`
/// and `[10000]` to test with.
pub const MNIST: [RemoteFile<'static>; 4] = [
    RemoteFile {
        name: "train-images-idx3-ubyte.gz",
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    RemoteFile {
        name: "train-labels-idx1-ubyte.gz",
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    RemoteFile {
        name: "t10k-images-idx3-ubyte.gz",
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    RemoteFile {
        name: "t10k-labels-idx1-ubyte.gz",
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

/// Downloads the four files of MNIST into `folder`, from the first of the `mirrors` (base URLs) that delivers, and
/// returns their paths.
///
/// # Errors
/// Those of [`fetch_files`].
pub fn fetch_mnist(
    folder: &Path,
    mirrors: &[String],
    progress: &mut dyn FnMut(Progress),
) -> Result<[PathBuf; 4], DownloadError> {
    fetch_files(folder, mirrors, &MNIST, Timeouts::default(), progress)?;
    Ok(MNIST.map(|file| folder.join(file.name)))
}

/// Downloads MNIST's four files into `folder` and writes those of `train` and `test` that are CSV by name;
/// any other must be one of the four.
///
/// # Errors
/// If no mirror delivers them, or the disk refuses.
pub fn fetch_mnist_csv(
    folder: &Path,
    train: &Path,
    test: &Path,
    mirrors: &[String],
    observe: &mut dyn FnMut(SourceEvent),
) -> Result<(), Error> {
    let mut progress = |progress: Progress| observe(SourceEvent::Download(progress));
    let [train_images, _, test_images, _] = fetch_mnist(folder, mirrors, &mut progress)?;
    let options = ReadOptions::default();
    for (images, csv) in [(&train_images, train), (&test_images, test)] {
        if !is_csv_name(csv) {
            if csv.exists() {
                continue;
            }
            return Err(DataError::of_file(csv, DataErrorKind::Missing).into());
        }
        if let Some(parent) = csv.parent() {
            fs::create_dir_all(parent).map_err(|error| DataError::writing(parent, error))?;
        }
        write_csv(csv, &read(images, &options)?.dataset)?;
    }
    Ok(())
}

/// Downloads MNIST into the folder of the training file and writes the configured CSVs.
pub(crate) fn fetch(
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
