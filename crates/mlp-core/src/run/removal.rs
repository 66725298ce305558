//! Size, lock state and removal of a run.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use super::RunDirectory;
use crate::error::RunError;

impl RunDirectory {
    /// Returns whether a process is training in the run, which means that it holds the lock of `metrics.jsonl`.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        // A shared lock, so that concurrent checks do not mistake each other for a training.
        File::open(self.metrics())
            .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Returns the total size of the run's files, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        folder_bytes(self.path())
    }

    /// Deletes the run folder with all its contents.
    ///
    /// # Errors
    /// If a process is training in the run, the folder contains another run, or it cannot be deleted.
    pub fn remove(self) -> Result<(), RunError> {
        let path = self.path().to_owned();
        if let Some(inner) = Self::all_below(&path).first() {
            let inner = inner.path().display();
            return Err(RunError::Damaged {
                cause: format!("another run lies within it: {inner}"),
                path,
            });
        }
        // Held until everything is deleted, so that no process resumes the run in the meantime.
        let lock = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.metrics())
            .map_err(RunError::writing(self.metrics()))?;
        match lock.try_lock() {
            Ok(()) => fs::remove_dir_all(&path).map_err(RunError::writing(path)),
            Err(TryLockError::WouldBlock) => Err(RunError::InUse(path)),
            Err(TryLockError::Error(source)) => Err(RunError::Write { path, source }),
        }
    }
}

/// Returns the total size of all files below a folder, in bytes; links are ignored.
pub fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_bytes(&entry.path()),
            Ok(metadata) if metadata.is_file() => metadata.len(),
            _ => 0,
        })
        .sum()
}
