//! What all commands print alike.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::inference::ColumnOrder;

pub use crate::report::{duration, grouped, percent};

use super::Failure;
use super::arguments::Verbosity;

/// Whether standard error takes colours.
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

/// Tells something a user must know on standard error.
pub fn note(text: &str) {
    // Nothing is left to do if even this cannot be written.
    let _ = writeln!(io::stderr(), "note: {text}");
}

/// Tells how the columns of a file became the inputs of a network, where that is not plain.
pub fn note_order(path: &Path, order: &ColumnOrder, verbosity: Verbosity) {
    let how = match order {
        ColumnOrder::AsTheyAre => return,
        ColumnOrder::OtherNames => {
            "no column has a name that the network knows: they are taken one after the other"
        }
        ColumnOrder::ByName(_) => {
            "the columns are in another order than the network's: they are matched by name"
        }
    };
    if !verbosity.quiet {
        note(&format!("{}: {how}", path.display()));
    }
}

/// Says that the figures above or below (`place`) are not about the configured data.
pub fn stand_in_warning(fallback: &str, place: &str) -> String {
    format!(
        "!! NOT THE CONFIGURED DATA: {fallback}\n!! Every figure {place} is about the stand-in.\n"
    )
}

/// An error as a user reads it: what, where and why, then what to do.
pub fn failure(failure: &Failure) -> String {
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
        Failure::Missed(what) => (what.clone(), None),
        Failure::Usage(what, remedy) => (what.clone(), Some(remedy.clone())),
    };
    let mut text = format!("{}: {what}\n", paint("1;31", "error"));
    if let Some(remedy) = remedy {
        text += &format!("  {}: {remedy}\n", paint("1;36", "help"));
    }
    text
}

/// How this program was called, for commands that a user is to type: through cargo, or as itself.
pub fn program() -> &'static str {
    if std::env::var_os("CARGO").is_some() {
        "cargo run --"
    } else {
        "mlp"
    }
}

/// A table with its columns aligned: the first to the left, the others to the right.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns)
        .map(|column| width(column).unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let padding = " ".repeat(widths[column] - cell.chars().count());
            line += &if column == 0 {
                format!(" {cell}{padding}")
            } else {
                format!("  {padding}{cell}")
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A number of bytes: `512 B`, `12.3 kB`, `109.6 MB`.
#[allow(clippy::cast_precision_loss)] // rounded for people
pub fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let mut number = bytes as f64;
    let mut unit = "B";
    for larger in units {
        if number < 999.95 {
            break;
        }
        number /= 1000.0;
        unit = larger;
    }
    if unit == "B" {
        format!("{bytes} B")
    } else {
        format!("{number:.1} {unit}")
    }
}

/// Tells something on standard error. That nobody listens is no reason to fail.
pub fn tell(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// So many of a thing: `1 run`, `2,000 runs`.
pub fn counted(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(number as u64))
}

/// A name of at most so many characters, on one line.
pub fn shortened(name: &str, longest: usize) -> String {
    let plain: String = name
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    if plain.chars().count() <= longest {
        return plain;
    }
    let mut short: String = plain.chars().take(longest - 1).collect();
    short.push('…');
    short
}
