//! The run folder: creation, lookup and the paths of its files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::macros::format_description;

use crate::config::{self, Config};
use crate::error::RunError;
use mlp_data::atomic_file;

/// Folder of all runs, relative to the current folder.
pub const ARTIFACTS: &str = "artifacts";
/// Name of the link to an experiment's newest run.
const LATEST: &str = "latest";
/// The file that makes a folder a run.
const MANIFEST: &str = "run.json";

/// A folder that holds one run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    /// Creates a new folder `artifacts/<name>/<time>-<four digits>`, or `explicit` if given.
    ///
    /// # Errors
    /// If `explicit` exists and is not empty, or the folder cannot be created.
    pub fn create(name: &str, explicit: Option<&Path>) -> Result<Self, RunError> {
        if let Some(path) = explicit {
            let empty = fs::read_dir(path).map_or(true, |mut entries| entries.next().is_none());
            if !empty || path.is_file() {
                return Err(RunError::Exists(path.to_owned()));
            }
            fs::create_dir_all(path).map_err(RunError::writing(path))?;
            return Ok(Self {
                path: path.to_owned(),
            });
        }
        let experiment = Path::new(ARTIFACTS).join(name);
        let (path, id) = new_folder(&experiment)?;
        let link = experiment.join(LATEST);
        atomic_file::point_to(&link, &id).map_err(RunError::writing(&link))?;
        Ok(Self { path })
    }

    /// Finds a run: `path` itself if it is a run folder, else the newest run, by id, below it.
    ///
    /// # Errors
    /// If there is no such run.
    pub fn find(path: &Path) -> Result<Self, RunError> {
        let not_found = |why: &str| RunError::NotFound {
            path: path.to_owned(),
            why: why.to_owned(),
        };
        if !path.exists() {
            return Err(not_found("there is no such run"));
        }
        if path.is_file() {
            // Where links are not supported, `latest` is a text file with the name of its sibling.
            let target = fs::read_to_string(path)
                .ok()
                .and_then(|name| Some(path.parent()?.join(name.trim())));
            return match target {
                Some(target) if target.join(MANIFEST).is_file() => Ok(Self { path: target }),
                _ => Err(not_found("this is a file, not a run folder")),
            };
        }
        if path.join(MANIFEST).is_file() {
            return Ok(Self {
                path: path.to_owned(),
            });
        }
        Self::all_below(path)
            .into_iter()
            .max_by(|a, b| a.id().cmp(&b.id()))
            .ok_or_else(|| not_found("there is no run here (no folder with a run.json)"))
    }

    /// Returns all runs below a folder, sorted by path. Links are not followed.
    #[must_use]
    pub fn all_below(folder: &Path) -> Vec<Self> {
        let mut runs = Vec::new();
        let mut pending = vec![folder.to_owned()];
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    continue;
                }
                if path.join(MANIFEST).is_file() {
                    runs.push(Self { path });
                } else {
                    pending.push(path);
                }
            }
        }
        runs.sort();
        runs
    }

    /// Removes `latest` links in `folder` and below whose run no longer exists.
    ///
    /// # Errors
    /// If a link cannot be removed.
    pub fn remove_dangling_links(folder: &Path) -> Result<(), RunError> {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_dir && !path.join(MANIFEST).is_file() {
                Self::remove_dangling_links(&path)?;
            } else if entry.file_name() == LATEST && !is_dir && Self::find(&path).is_err() {
                fs::remove_file(&path).map_err(RunError::writing(path))?;
            }
        }
        Ok(())
    }

    /// Returns the path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the name of the folder: time of creation and four digits, unless the user chose another.
    #[must_use]
    pub fn id(&self) -> String {
        let path = self
            .path
            .canonicalize()
            .unwrap_or_else(|_| self.path.clone());
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// Resolves the path to the run's own name if it is a link, whose target may change.
    #[must_use]
    pub fn under_its_own_name(self) -> Self {
        let path = self.path.with_file_name(self.id());
        match (path.canonicalize(), self.path.canonicalize()) {
            (Ok(named), Ok(folder)) if named == folder => Self { path },
            _ => self,
        }
    }

    /// Returns the path of the resolved config.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// Reads the resolved config.
    ///
    /// # Errors
    /// If the file is missing or invalid.
    pub fn read_config(&self) -> Result<Config, RunError> {
        let path = self.config();
        let damaged = |cause: String| RunError::Damaged {
            path: path.clone(),
            cause,
        };
        if !path.is_file() {
            return Err(damaged("the file is missing".to_owned()));
        }
        config::load(Some(&path), std::iter::empty(), &[])
            .map(|loaded| loaded.config)
            .map_err(|error| damaged(error.to_string()))
    }

    /// Returns the path of the manifest.
    #[must_use]
    pub fn manifest(&self) -> PathBuf {
        self.path.join(MANIFEST)
    }

    /// Returns the path of the metrics log.
    #[must_use]
    pub fn metrics(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// Returns the path of the final metrics of each split.
    #[must_use]
    pub fn evaluation(&self) -> PathBuf {
        self.path.join("evaluation.json")
    }

    /// Returns the path of the importance of each column.
    #[must_use]
    pub fn explanation(&self) -> PathBuf {
        self.path.join("explanation.json")
    }

    /// Returns the path of the threshold, the temperature and the interval quantiles.
    #[must_use]
    pub fn decision(&self) -> PathBuf {
        self.path.join("decision.json")
    }

    /// Returns the path of the rows that a calibration rests on.
    #[must_use]
    pub fn calibration(&self) -> PathBuf {
        self.path.join("calibration.safetensors")
    }

    /// Returns the path of the final predictions for each row.
    #[must_use]
    pub fn predictions(&self) -> PathBuf {
        self.path.join("predictions.csv")
    }

    /// Returns the path of the folder of example rows, mistakes first.
    #[must_use]
    pub fn examples(&self) -> PathBuf {
        self.path.join("examples")
    }

    /// Returns the path of the folder of charts, each as SVG and PNG.
    #[must_use]
    pub fn plots(&self) -> PathBuf {
        self.path.join("plots")
    }

    /// Returns the path of the HTML report.
    #[must_use]
    pub fn report(&self) -> PathBuf {
        self.path.join("report.html")
    }

    /// Returns the path of the log of messages.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.path.join("log.txt")
    }

    /// Returns the path of the folder of checkpoints.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }
}

/// Creates a new folder `<parent>/<time>-<four digits>` and returns its path and name.
///
/// # Errors
/// If the folder cannot be created.
pub fn new_folder(parent: &Path) -> Result<(PathBuf, String), RunError> {
    fs::create_dir_all(parent).map_err(RunError::writing(parent))?;
    loop {
        let id = new_id();
        let path = parent.join(&id);
        match fs::create_dir(&path) {
            Ok(()) => return Ok((path, id)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(RunError::Write { path, source }),
        }
    }
}

/// Returns the time in UTC, in seconds, and four hexadecimal digits that distinguish runs of the same second.
fn new_id() -> String {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let distinct = (now.subsec_nanos() ^ std::process::id().rotate_left(7)) & 0xffff;
    let format = format_description!("[year]-[month]-[day]T[hour]-[minute]-[second]");
    let time = OffsetDateTime::from(UNIX_EPOCH + now)
        .format(&format)
        .unwrap_or_default();
    format!("{time}-{distinct:04x}")
}
