//! Standard output and standard error, as all commands write to them.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::data::TableReport;

use super::Failure;
use super::arguments::Verbosity;

/// Returns whether standard error shows colours.
pub fn colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes a result to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(Failure::stream)
}

/// Prints a value as one JSON document.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::Stream(error.into()))?;
    print(&format!("{text}\n"))
}

/// Writes a note to standard error.
pub fn note(text: &str) {
    // Nothing is left to do if even this cannot be written.
    let _ = writeln!(io::stderr(), "note: {text}");
}

/// Notes what a user should know of how a file was read.
pub fn note_report(path: &Path, report: &TableReport, verbosity: Verbosity) {
    if verbosity.quiet {
        return;
    }
    for text in report.notes.iter().chain(&report.unlabelled_note()) {
        note(&format!("{}: {text}", path.display()));
    }
}

/// Returns a failure as a user reads it: what, where and why, then what to do.
pub fn describe_failure(failure: &Failure) -> String {
    let colour = colours();
    let paint = |code: &str, text: &str| {
        if colour {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let (what, remedy) = match failure {
        Failure::Library(crate::error::Error::Config(error)) => {
            return format!("{}\n", error.render(colour).trim_end());
        }
        Failure::Library(error) => (error.to_string(), crate::hints::hint(error)),
        Failure::ClosedPipe => return String::new(),
        Failure::Stream(error) => (
            format!("standard input or output: {error}"),
            Some("see where they lead to: the disk there may be full".to_owned()),
        ),
        Failure::CheckFailed(what) => (what.clone(), None),
        Failure::Usage(what, remedy) => (what.clone(), Some(remedy.clone())),
    };
    let mut text = format!("{}: {what}\n", paint("1;31", "error"));
    if let Some(remedy) = remedy {
        text += &format!("  {}: {remedy}\n", paint("1;36", "help"));
    }
    text
}

/// Returns how this program was called, through cargo or as itself, for commands that a user is to type.
pub fn program() -> &'static str {
    if std::env::var_os("CARGO").is_some() {
        "cargo run --"
    } else {
        "mlp"
    }
}

/// Writes text to standard error. A stream that is closed is no reason to fail.
pub fn eprint(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
