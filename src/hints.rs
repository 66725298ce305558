//! What a user can do about an error, in the words of the command line, and the exit code that goes with it.

use std::io;

use crate::error::{
    BackendError, ComparisonError, DataError, DataErrorKind, DownloadError, Error,
    ExplanationError, ExportError, ImportError, RunError, ServeError, TrainingError,
};

/// Returns the exit code of a program that ends with this error: 1 failed, 2 usage or config, 3 backend, 4 data or run,
/// 5 diverged.
pub fn exit_code(error: &Error) -> u8 {
    match error {
        Error::Config(_)
        | Error::Comparison(_)
        | Error::Export(_)
        | Error::Explanation(ExplanationError::Pixels { .. }) => 2,
        Error::Preparation(_) | Error::Explanation(ExplanationError::NotFinite { .. }) => 4,
        Error::Data(error) => data_code(error),
        Error::Download(error) => download_code(error),
        Error::Backend(error) => backend_code(error),
        Error::Run(error) => run_code(error),
        Error::Training(error) => training_code(error),
        Error::Import(error) => import_code(error),
        Error::Serve(error) => serve_code(error),
    }
}

/// Returns what to do about an error.
pub fn hint(error: &Error) -> Option<String> {
    match error {
        Error::Config(_) => None, // each of its problems carries its own
        Error::Data(error) => Some(error.remedy()),
        Error::Preparation(error) => Some(error.remedy().to_owned()),
        Error::Download(error) => Some(error.remedy()),
        Error::Backend(error) => Some(backend_hint(error)),
        Error::Run(error) => Some(run_hint(error)),
        Error::Training(error) => Some(training_hint(error)),
        Error::Comparison(error) => Some(comparison_hint(error)),
        Error::Export(ExportError::TooLarge { .. }) => Some("choose --format safetensors".into()),
        Error::Import(error) => Some(import_hint(error)),
        Error::Serve(error) => Some(serve_hint(error).to_owned()),
        Error::Explanation(error) => Some(explanation_hint(error).to_owned()),
    }
}

fn run_code(error: &RunError) -> u8 {
    match error {
        RunError::Write { .. } => 1,
        RunError::Exists(_)
        | RunError::NewerFormat { .. }
        | RunError::OlderFormat { .. }
        | RunError::ResumeRefused { .. }
        | RunError::Irreproducible { .. }
        | RunError::InUse(_) => 2,
        RunError::NotFound { .. }
        | RunError::Damaged { .. }
        | RunError::OtherRows { .. }
        | RunError::Uncalibrated { .. }
        | RunError::NoCheckpoint { .. } => 4,
    }
}

fn serve_code(error: &ServeError) -> u8 {
    match error {
        ServeError::Listen { source, .. } if source.kind() == io::ErrorKind::InvalidInput => 2,
        ServeError::Listen { .. } | ServeError::Threads(_) => 1,
    }
}

fn import_code(error: &ImportError) -> u8 {
    match error {
        ImportError::OtherConfig { .. } | ImportError::NewerFormat { .. } => 2,
        ImportError::Unreadable { .. }
        | ImportError::Tensors { .. }
        | ImportError::OtherRows { .. } => 4,
    }
}

fn training_code(error: &TrainingError) -> u8 {
    match error {
        TrainingError::Diverged { .. } => 5,
        TrainingError::Unfit(_) => 2,
        TrainingError::DeviceFailed { .. } | TrainingError::Engine(_) => 1,
    }
}

fn backend_code(error: &BackendError) -> u8 {
    match error {
        BackendError::NotCompiled { .. } | BackendError::NoDevice { .. } => 3,
        BackendError::Failed { .. } => 1,
    }
}

fn download_code(error: &DownloadError) -> u8 {
    match error {
        DownloadError::Mirrors { .. } => 4,
        DownloadError::Disk { .. } => 1,
    }
}

fn data_code(error: &DataError) -> u8 {
    if matches!(*error.kind, DataErrorKind::CannotWrite(_)) {
        1
    } else {
        4
    }
}

fn run_hint(error: &RunError) -> String {
    match error {
        RunError::NotFound { .. } => "`mlp runs list` shows the runs there are".into(),
        RunError::Exists(_) => "choose another --run-dir, or continue that run with --resume".into(),
        RunError::Damaged { .. } => "restore the file from a copy, or train again".into(),
        RunError::OtherRows { .. } => {
            "restore the file it was trained on, or name the file as it is now: --data FILE".into()
        }
        RunError::NewerFormat { .. } => "use the version of mlp that wrote it, or a later one".into(),
        RunError::OlderFormat { .. } => "train it again, or use the version of mlp that wrote it".into(),
        RunError::NoCheckpoint { .. } => "`mlp runs show RUN` lists its checkpoints".into(),
        RunError::ResumeRefused { .. } => {
            "undo these changes, or start a new run (without --resume; --init-from RUN begins with its weights)"
                .into()
        }
        RunError::Irreproducible { remedy, .. } => remedy.clone(),
        RunError::Uncalibrated { remedy, .. } => (*remedy).into(),
        RunError::InUse(_) => "wait for it to end, or stop it".into(),
        RunError::Write { .. } => {
            "make room or get permission there; a training that this ended is safe up to its last checkpoint, and goes on with --resume"
                .into()
        }
    }
}

const fn explanation_hint(error: &ExplanationError) -> &'static str {
    match error {
        ExplanationError::Pixels { .. } => {
            "`mlp report RUN` draws the weights of the pixels; `mlp predict RUN IMAGE --show` draws what the network sees"
        }
        ExplanationError::NotFinite { .. } => {
            "a value is too large for this network: `mlp data inspect FILE` shows the range of each column"
        }
    }
}

fn serve_hint(error: &ServeError) -> &'static str {
    match error {
        ServeError::Listen { source, .. } => match source.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or choose another port; port 0 takes any that is free"
            }
            io::ErrorKind::PermissionDenied => "choose a port from 1024 on",
            io::ErrorKind::AddrNotAvailable => {
                "choose an address of this machine: 127.0.0.1 for it alone, 0.0.0.0 for all that reach it"
            }
            _ => "give an address and a port, such as --listen 127.0.0.1:8080",
        },
        ServeError::Threads(_) => {
            "stop other programs, or raise the limit of processes (ulimit -u)"
        }
    }
}

fn import_hint(error: &ImportError) -> String {
    match error {
        ImportError::Unreadable { .. } => {
            "give a safetensors file, such as `safetensors.torch.save_file(model.state_dict(), FILE)` writes".into()
        }
        ImportError::Tensors { .. } => {
            "save the state_dict of Linear layers one after the other, with biases and finite numbers: 0.weight [out, in], 0.bias [out], 2.weight, … or with names of its own, as fc1.weight, whose order the shapes tell"
                .into()
        }
        ImportError::OtherRows { .. } => {
            "name the data that the network was trained on in the config's [data]".into()
        }
        ImportError::NewerFormat { .. } => {
            "use the version of mlp that wrote it, or a later one".to_owned()
        }
        ImportError::OtherConfig { remedy, .. } => remedy.clone(),
    }
}

fn training_hint(error: &TrainingError) -> String {
    match error {
        TrainingError::Diverged {
            learning_rate, run, ..
        } => {
            let mut remedy = format!(
                "lower optimizer.learning_rate (it was {learning_rate} here) or set optimizer.clip_norm = 1.0"
            );
            if let Some(run) = run {
                remedy += &format!(
                    "; the last finite checkpoint, if there was one, is in {}",
                    run.display()
                );
            }
            remedy
        }
        TrainingError::DeviceFailed {
            run, checkpoint, ..
        } => {
            let from = checkpoint.map_or_else(
                || "nothing was saved yet, so that it starts again at step 0".to_owned(),
                |step| format!("the state of step {step} is saved"),
            );
            format!(
                "{from}: go on with --resume {}, on the CPU with --backend flex; a smaller training.batch_size takes \
                     less of a GPU's memory",
                run.display()
            )
        }
        TrainingError::Unfit(_) => "change the config or the data".into(),
        TrainingError::Engine(_) => "see log.txt in the run folder; continue with --resume".into(),
    }
}

/// Returns what to do about a backend that is not available.
pub fn backend_hint(error: &BackendError) -> String {
    match error {
        BackendError::NotCompiled { wanted, compiled } => format!(
            "build it in: cargo run --features {wanted} -- …, or choose another: --backend {}",
            compiled.first().copied().unwrap_or("flex")
        ),
        BackendError::NoDevice { .. } | BackendError::Failed { .. } => {
            "`mlp doctor` lists what works here; --backend flex computes on the CPU".to_owned()
        }
    }
}

fn comparison_hint(error: &ComparisonError) -> String {
    match error {
        ComparisonError::NoRows { split, .. } if *split == "test" => {
            "name a test file, or compare on the validation rows: leave out --test".into()
        }
        ComparisonError::NoRows { .. } => {
            "hold rows out (--set data.validation=0.2), or compare on the test rows: --test"
                .into()
        }
        ComparisonError::OtherRows { split, .. } if *split == "test" => {
            "give both the same test rows; --set changes a key of all configs".into()
        }
        ComparisonError::OtherRows { .. } => {
            "give both the same rows (--set changes a key of all configs), or compare on a test file that they share: --test".into()
        }
        ComparisonError::Same { .. } => {
            "give each config once; another `seed` would make it another training".into()
        }
    }
}
