//! Which config is in force, and which run is continued.

use std::path::{Path, PathBuf};

use crate::config::{Config, protected_differences};
use crate::error::{Error, RunError};
use crate::run::{ARTIFACTS, Checkpoint, Manifest, RunDirectory, Status, Which};

use super::TrainArguments;
use crate::commands::Failure;
use crate::commands::terminal::program;

/// The config in force, and the run to be continued if one is.
pub fn config(arguments: &TrainArguments) -> Result<(Config, Option<RunDirectory>), Failure> {
    let read = |file: &Path| arguments.settings.over(file);
    let Some(resume) = &arguments.resume else {
        let Some(file) = &arguments.config else {
            let remedy = "name one: mlp --config configs/mnist.toml, or continue a run: mlp --resume artifacts/mnist";
            return Err(Failure::Usage("no config".into(), remedy.into()));
        };
        return Ok((read(file)?, None));
    };
    let given = arguments.config.as_deref().map(read).transpose()?;
    let run = match resume {
        Some(path) => RunDirectory::find(path)?,
        None => newest_unfinished(given.as_ref())?,
    };
    let saved = run.read_config()?;
    let config = match given {
        Some(config) => config,
        None => read(&run.config())?,
    };
    let reasons: Vec<String> = protected_differences(&saved, &config)
        .iter()
        .map(|difference| match difference.key.as_str() {
            "schedule.epochs" => format!(
                "{difference} (more epochs need schedule.epochs, which keeps the curve's end)"
            ),
            _ => difference.to_string(),
        })
        .collect();
    if !reasons.is_empty() {
        return Err(RunError::ResumeRefused {
            path: run.path().to_owned(),
            reasons,
        }
        .into());
    }
    Ok((config, Some(run)))
}

fn newest_unfinished(config: Option<&Config>) -> Result<RunDirectory, Error> {
    let folder = config.map_or_else(
        || PathBuf::from(ARTIFACTS),
        |config| Path::new(ARTIFACTS).join(&config.name),
    );
    RunDirectory::all_below(&folder)
        .into_iter()
        .filter(|run| Manifest::read(run).is_ok_and(|manifest| manifest.status != Status::Finished))
        .max_by_key(RunDirectory::id)
        .ok_or_else(|| {
            let why = "there is no unfinished run here".to_owned();
            RunError::NotFound { path: folder, why }.into()
        })
}

/// Says so if a finished run has nothing left to do under this config.
pub fn nothing_left(run: &RunDirectory, config: &Config) -> Result<Option<String>, Error> {
    if Manifest::read(run)?.status != Status::Finished {
        return Ok(None);
    }
    let (mlp, path) = (program(), run.path().display());
    let state = Checkpoint::find(run, Which::Last)?.checkpoint.state;
    if let Some(reason) = state.stopped {
        return Ok(Some(format!(
            "{path} is finished: {reason}. A new run can begin with its weights: {mlp} --config FILE --init-from {path}\n"
        )));
    }
    let saved = run.read_config()?;
    let done = saved.training.epochs;
    if saved.schedule.kind.has_horizon() && config.training.epochs <= done {
        return Ok(Some(format!(
            "{path} is finished, and its learning rate came to its end. A new run can begin with its weights: {mlp} --config FILE --init-from {path}\n"
        )));
    }
    Ok((config.training.epochs <= done).then(|| {
        format!(
            "{path} is finished. To go on: {mlp} --resume {path} --set training.epochs={}\n",
            done * 2
        )
    }))
}
