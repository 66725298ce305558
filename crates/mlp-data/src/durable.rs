//! Files that are there whole or not at all, also after a crash.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file beside its place, where it is put when it is whole; given up, it is gone.
#[derive(Debug)]
pub struct Unfinished {
    file: NamedTempFile,
    place: PathBuf,
}

impl Unfinished {
    /// One for this place, in a folder that is there. What is in the place stays until then.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn beside(place: &Path) -> io::Result<Self> {
        let folder = folder_of(place);
        fs::metadata(folder)?; // its absence, told plainly
        let mut builder = tempfile::Builder::new();
        builder.prefix(".unfinished-");
        // A temporary file is its owner's alone by default; this one is to be like any other.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Ok(Self {
            file: builder.tempfile_in(folder)?,
            place: place.to_owned(),
        })
    }

    /// Where it is meanwhile.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The file, to be written.
    #[must_use]
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn finish(self) -> io::Result<()> {
        self.file().sync_all()?;
        self.file
            .persist(&self.place)
            .map_err(|error| error.error)?;
        sync_folder(folder_of(&self.place))
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a file and waits until it is on the disk.
///
/// # Errors
/// Whatever the system says.
pub fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes renames and new names in a folder survive a crash.
///
/// # Errors
/// Whatever the system says.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(()); // only Unix can sync a folder
    }
    match File::open(path)?.sync_all() {
        // Nor can all file systems.
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

/// Replaces a file at once: a reader sees the old content or the new, never a part.
///
/// # Errors
/// Whatever the system says; the old file is then untouched.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".partial");
    let partial = folder.join(name);
    write_synced(&partial, bytes)?;
    fs::rename(&partial, path)?;
    sync_folder(folder)
}

/// Points a name at another name in the same folder: a relative link, or a text file that holds the
/// name where links cannot be made.
///
/// # Errors
/// Whatever the system says about the text file.
pub fn point_to(link: &Path, target: &str) -> io::Result<()> {
    #[cfg(unix)]
    {
        let partial = link.with_extension("partial");
        let _ = fs::remove_file(&partial); // left by a crash, or not there
        if std::os::unix::fs::symlink(target, &partial).is_ok() {
            return fs::rename(&partial, link);
        }
    }
    replace(link, target.as_bytes())
}

/// The folder that a file is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
