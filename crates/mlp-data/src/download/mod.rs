//! Fetching MNIST from public mirrors.
//!
//! A file is written beside its place as `<name>.part`, verified, synced and renamed: what carries the
//! final name is whole and right. The checksums are those of the uncompressed content, so that a mirror
//! may compress as it likes. An interrupted download continues where it stopped.

mod fetch;
mod mirrors;
mod partial;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::DownloadError;
pub use crate::error::MIRRORS_VARIABLE;
pub use crate::source::DownloadProgress as Progress;
use mirrors::Mirrors;

/// Base URLs from which MNIST can be had, in the order in which they are asked.
pub const MIRRORS: [&str; 2] = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
];

/// The four files of MNIST, in the order of the fields of [`MnistFiles`].
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

/// A gzip file that every mirror has under its base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteFile<'a> {
    /// File name, at the mirror and on disk.
    pub name: &'a str,
    /// SHA-256 of the uncompressed content, in lower-case hexadecimal.
    pub sha256: &'a str,
}

/// How long to wait for the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the request to its response header, with name lookup, proxy, redirects and TLS.
    pub connect: Duration,
    /// Between two reads of a body.
    pub stall: Duration,
    /// Without a byte of a body, over all mirrors together.
    pub give_up: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            stall: Duration::from_secs(4),
            give_up: Duration::from_secs(10),
        }
    }
}

/// Where the four files of MNIST lie, as gzip-compressed IDX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MnistFiles {
    /// `[60000, 28, 28]` bytes.
    pub train_images: PathBuf,
    /// `[60000]` bytes.
    pub train_labels: PathBuf,
    /// `[10000, 28, 28]` bytes.
    pub test_images: PathBuf,
    /// `[10000]` bytes.
    pub test_labels: PathBuf,
}

/// Puts the four files of MNIST into `folder`, from the first of the `mirrors` (base URLs) that delivers.
///
/// # Errors
/// Those of [`fetch_files`].
pub fn fetch_mnist(
    folder: &Path,
    mirrors: &[String],
    progress: &mut dyn FnMut(Progress),
) -> Result<MnistFiles, DownloadError> {
    fetch_files(folder, mirrors, &MNIST, Timeouts::default(), progress)?;
    let [train_images, train_labels, test_images, test_labels] =
        MNIST.map(|file| folder.join(file.name));
    Ok(MnistFiles {
        train_images,
        train_labels,
        test_images,
        test_labels,
    })
}

/// Puts `files` into `folder`, which is created. A file that is there and right is left alone; one that
/// is wrong is replaced.
///
/// `ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured, but never for this machine itself.
/// An `https` mirror may redirect to `https` only.
///
/// # Errors
/// [`DownloadError::Mirrors`] if no mirror delivered a file; the partial file stays and the next call
/// continues it. [`DownloadError::Disk`] at once if the disk refuses.
pub fn fetch_files(
    folder: &Path,
    mirrors: &[String],
    files: &[RemoteFile],
    timeouts: Timeouts,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DownloadError> {
    fs::create_dir_all(folder).map_err(partial::disk("create", folder))?;
    let _lock = lock(folder);
    let mut mirrors = Mirrors::new(mirrors, timeouts);
    for file in files {
        if partial::is_verified(&folder.join(file.name), file.sha256)? {
            continue;
        }
        mirrors
            .download(folder, *file, progress)?
            .map_err(|attempts| DownloadError::Mirrors {
                file: file.name.to_owned(),
                folder: folder.to_owned(),
                wanted: files.iter().map(|file| file.name.to_owned()).collect(),
                attempts,
            })?;
    }
    Ok(())
}

/// Keeps two processes from writing the same partial files, where the system can lock a folder.
///
/// Waiting is safe: whoever holds the lock gives up on a dead network by itself.
fn lock(folder: &Path) -> Option<File> {
    File::open(folder)
        .ok()
        .filter(|handle| handle.lock().is_ok())
}
