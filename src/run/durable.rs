//! Files that are there whole or not at all, also after a crash.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

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
    if cfg!(unix) {
        File::open(path)?.sync_all()
    } else {
        Ok(())
    } // only Unix can sync a folder
}

/// Replaces a file at once: a reader sees the old content or the new, never a part.
///
/// # Errors
/// Whatever the system says; the old file is then untouched.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
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
