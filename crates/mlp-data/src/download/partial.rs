//! A file that is still being received, and whether a received file is the right one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::error::{DownloadError, MirrorFailure};

/// Bytes that no wanted file exceeds, compressed or not (MNIST's largest has 47,040,016).
pub(super) const LARGEST: u64 = 64 << 20;

/// `<name>.part`, open until it gets its name or is left for a later continuation.
pub(super) struct PartialFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl PartialFile {
    /// Opens what an earlier download left, or an empty file.
    pub fn open(path: PathBuf) -> Result<Self, DownloadError> {
        let opened = File::options()
            .create(true)
            .read(true)
            .append(true)
            .open(&path);
        let (file, length) = opened
            .and_then(|file| file.metadata().map(|metadata| (file, metadata.len())))
            .map_err(disk("write", &path))?;
        Ok(Self { path, file, length })
    }

    /// Bytes received so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds received bytes.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        self.file
            .write_all(bytes)
            .map_err(disk("write", &self.path))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Forgets all received bytes.
    pub fn clear(&mut self) -> Result<(), DownloadError> {
        if self.length > 0 {
            self.file.set_len(0).map_err(disk("write", &self.path))?;
            self.length = 0;
        }
        Ok(())
    }

    /// Checks the content's SHA-256; the inner error says in what the content differs.
    pub fn verify(&mut self, sha256: &str) -> Result<Result<(), MirrorFailure>, DownloadError> {
        let bytes = self
            .file
            .rewind()
            .and_then(|()| read(&self.file))
            .map_err(disk("read", &self.path))?;
        Ok(verify(&bytes, sha256))
    }

    /// Gives the file its final name. It must have been verified.
    pub fn finish(self, name: &Path) -> Result<(), DownloadError> {
        self.file.sync_all().map_err(disk("write", &self.path))?;
        drop(self.file); // some systems rename closed files only
        fs::rename(&self.path, name).map_err(disk("write", name))
    }

    /// Leaves the file for a later continuation, unless there is nothing to continue.
    pub fn leave(self) {
        if self.length == 0 {
            // An empty file that stays does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether a file is there and has the right content.
pub(super) fn is_verified(path: &Path, sha256: &str) -> Result<bool, DownloadError> {
    match File::open(path).and_then(|file| read(&file)) {
        Ok(bytes) => Ok(verify(&bytes, sha256).is_ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(disk("read", path)(error)),
    }
}

/// Turns an I/O error into one that names what was done to which path.
pub(super) fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DownloadError {
    move |source| DownloadError::Disk {
        action,
        path: path.to_owned(),
        source,
    }
}

/// All bytes of a file; of one that is too large, one byte too many.
fn read(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn verify(gzip: &[u8], expected: &str) -> Result<(), MirrorFailure> {
    // The limit keeps a small file that expands without end from costing more than a right one.
    let mut content = MultiGzDecoder::new(gzip).take(LARGEST);
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match content.read(&mut buffer).map_err(MirrorFailure::Gzip)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    let found = hexadecimal(&hasher.finalize());
    if found == expected {
        return Ok(());
    }
    Err(MirrorFailure::Content {
        expected: expected.to_owned(),
        found,
    })
}

fn hexadecimal(bytes: &[u8]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .map(|nibble| char::from(b"0123456789abcdef"[usize::from(nibble)]))
        .collect()
}
