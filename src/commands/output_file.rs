//! Standard output, or a file that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use crate::atomic_file::AtomicFile;
use crate::data::Compressor;
use crate::error::DataError;
use crate::run::RunDirectory;

use super::Failure;
#[cfg(unix)]
use super::process;

/// The file or stream that a command writes its result to.
pub struct Output {
    writer: Writer,
    /// As the user named it; `None` for standard output.
    path: Option<PathBuf>,
}

enum Writer {
    Stdout(BufWriter<Stdout>),
    /// A pipe or a device, which cannot be replaced by a finished file.
    Device(BufWriter<File>),
    /// Next to its target, which it replaces when it is finished.
    Atomic(Compressor<AtomicFile>),
}

impl Output {
    /// Opens a file, or standard output.
    pub fn open(path: Option<&Path>) -> Result<Self, Failure> {
        Self::new(path, Compressor::plain)
    }

    /// Opens a file, compressed if its name ends in `.gz` or `.zst`, or standard output.
    pub fn open_compressed(path: Option<&Path>) -> Result<Self, Failure> {
        Self::new(path, |out| match path {
            Some(path) => Compressor::of_name(path, out),
            None => Compressor::plain(out),
        })
    }

    fn new(
        path: Option<&Path>,
        compressor: impl FnOnce(AtomicFile) -> Compressor<AtomicFile>,
    ) -> Result<Self, Failure> {
        let writer = match path {
            None => Writer::Stdout(BufWriter::new(io::stdout())),
            Some(path) => {
                open(path, compressor).map_err(|error| DataError::writing(path, error))?
            }
        };
        Ok(Self {
            writer,
            path: path.map(Path::to_owned),
        })
    }

    /// Makes the file appear under its name.
    pub fn finish(self) -> Result<(), Failure> {
        let Self { writer, path } = self;
        let finished = match writer {
            Writer::Stdout(mut out) => out.flush(),
            Writer::Device(mut out) => out.flush(),
            Writer::Atomic(out) => out.finish().and_then(AtomicFile::commit),
        };
        finished.map_err(|error| write_failure(path.as_deref(), error))
    }
}

/// Returns the file that a user names to write to; `None`, for none and for `-`, is standard output.
pub fn output_path(output: Option<&Path>) -> Option<&Path> {
    output.filter(|path| *path != Path::new("-"))
}

/// Refuses to write over a file of a run, other than its report and plots, which can be made again.
pub fn refuse_run_files(run: &RunDirectory, output: Option<&Path>) -> Result<(), Failure> {
    let parts = [
        run.config(),
        run.manifest(),
        run.metrics(),
        run.evaluation(),
        run.predictions(),
        run.examples(),
        run.log(),
        run.checkpoints(),
    ];
    let is_part = |file: PathBuf| {
        let mut parts = parts.iter().filter_map(|part| part.canonicalize().ok());
        parts.any(|part| file.starts_with(part))
    };
    match output {
        // A file that does not exist cannot be a part of the run.
        Some(output) if output.canonicalize().is_ok_and(is_part) => Err(Failure::Usage(
            format!("{} is a part of the run itself", output.display()),
            "choose another --output".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Wraps an error of writing to a file, or to standard output.
pub fn write_failure(path: Option<&Path>, error: io::Error) -> Failure {
    match path {
        Some(path) => DataError::writing(path, error).into(),
        None => Failure::stream(error),
    }
}

fn open(
    path: &Path,
    compressor: impl FnOnce(AtomicFile) -> Compressor<AtomicFile>,
) -> io::Result<Writer> {
    let existing = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if !metadata.is_file() => {
            let device = File::options().write(true).open(path)?;
            return Ok(Writer::Device(BufWriter::new(device)));
        }
        Ok(metadata) => Some(metadata),
        Err(_) => None,
    };
    // A link stays one: its target is replaced.
    let place = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let file = AtomicFile::create(&place)?;
    #[cfg(unix)]
    process::remove_on_signal(file.temporary_path().to_owned())?;
    if let Some(existing) = existing {
        file.file().set_permissions(existing.permissions())?;
    }
    Ok(Writer::Atomic(compressor(file)))
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.writer {
            Writer::Stdout(out) => out.write(bytes),
            Writer::Device(out) => out.write(bytes),
            Writer::Atomic(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Writer::Stdout(out) => out.flush(),
            Writer::Device(out) => out.flush(),
            Writer::Atomic(out) => out.flush(),
        }
    }
}
