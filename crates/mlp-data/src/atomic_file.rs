//! Files that are complete or absent, also after a crash.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

/// A file that is written next to its target and replaces it when it is complete; dropped before, it is removed.
#[derive(Debug)]
pub struct AtomicFile {
    file: NamedTempFile,
    target: PathBuf,
}

impl AtomicFile {
    /// Creates a file next to `target`, in a folder that exists, under a name of its own: two processes may write
    /// the same target, and the last one wins. The target is not touched until [`commit`](Self::commit).
    ///
    /// # Errors
    /// If the system refuses.
    pub fn create(target: &Path) -> io::Result<Self> {
        let folder = folder_of(target);
        fs::metadata(folder)?; // a missing folder is reported as such, not as a temporary file that failed
        let mut builder = tempfile::Builder::new();
        builder.prefix(".unfinished-");
        // Temporary files are private to their owner by default; this one becomes an ordinary file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Self {
            file: builder.tempfile_in(folder)?,
            target: target.to_owned(),
        })
    }

    /// Creates a file next to `target` under a name that depends on the target alone: what a crash leaves behind is
    /// overwritten by the next attempt. Only one process may write the target.
    fn create_with_fixed_name(target: &Path) -> io::Result<Self> {
        let mut name = std::ffi::OsString::from(".");
        name.push(target.file_name().unwrap_or_default());
        name.push(".partial");
        let path = folder_of(target).join(name);
        let file = File::create(&path)?;
        Ok(Self {
            file: NamedTempFile::from_parts(file, TempPath::try_from_path(path)?),
            target: target.to_owned(),
        })
    }

    /// The path of the file until it is committed.
    #[must_use]
    pub fn temporary_path(&self) -> &Path {
        self.file.path()
    }

    /// The file, to be written.
    #[must_use]
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Waits until the content is on the disk, then renames the file to its target.
    ///
    /// # Errors
    /// If the system refuses; the old target is then untouched, unless only its folder could not be synced.
    pub fn commit(self) -> io::Result<()> {
        self.file().sync_all()?;
        self.file
            .persist(&self.target)
            .map_err(|error| error.error)?;
        sync_folder(folder_of(&self.target))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Replaces the content of a file in one step: a reader sees the old content or the new, never a part.
///
/// Meant for the files of a run, which one process writes: see [`AtomicFile::create`] for others.
///
/// # Errors
/// Those of [`AtomicFile::commit`].
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create_with_fixed_name(path)?;
    file.write_all(bytes)?;
    file.commit()
}

/// Writes a file and waits until it is on the disk.
///
/// # Errors
/// If the system refuses.
pub fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes renames and new names in a folder survive a crash.
///
/// # Errors
/// If the system refuses.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(()); // only Unix can sync a folder
    }
    match File::open(path)?.sync_all() {
        // Some file systems cannot.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// Points a name to another name in the same folder: a relative link, or a text file that holds the
/// name where links cannot be made.
///
/// # Errors
/// If the system refuses to write the text file.
pub fn point_to(link: &Path, target: &str) -> io::Result<()> {
    #[cfg(unix)]
    {
        let partial = link.with_extension("partial");
        let _ = fs::remove_file(&partial); // left by a crash, or absent
        if std::os::unix::fs::symlink(target, &partial).is_ok() {
            return fs::rename(&partial, link);
        }
    }
    replace(link, target.as_bytes())
}

/// The folder that holds a file.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let names = fs::read_dir(folder).unwrap().map(name);
        names.map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_dropped_file_leaves_the_target_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a");
        fs::write(&target, "old").unwrap();
        for create in [AtomicFile::create, AtomicFile::create_with_fixed_name] {
            let mut file = create(&target).unwrap();
            file.write_all(b"new").unwrap();
            drop(file);
            assert_eq!(fs::read(&target).unwrap(), b"old");
            assert_eq!(names(folder.path()), ["a"]);
        }
    }

    #[test]
    fn what_a_crash_left_of_a_replacement_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run.json");
        fs::write(folder.path().join(".run.json.partial"), "left by a crash").unwrap();
        replace(&target, b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["run.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn both_ways_give_the_permissions_of_an_ordinary_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let metadata = fs::metadata(folder.path().join(name)).unwrap();
            metadata.permissions().mode()
        };
        fs::write(folder.path().join("ordinary"), "").unwrap();
        replace(&folder.path().join("replaced"), b"").unwrap();
        let file = AtomicFile::create(&folder.path().join("created")).unwrap();
        file.commit().unwrap();
        assert_eq!(mode("replaced"), mode("ordinary"));
        assert_eq!(mode("created"), mode("ordinary"));
    }
}
