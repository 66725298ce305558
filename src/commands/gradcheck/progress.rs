//! How far the central differences are: the only part of a check that can take long.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::gradcheck::{Options, Problem, estimate};
use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::Verbosity;
use crate::commands::terminal::{counted, duration, note, tell};

/// Seconds from which on a user is told beforehand.
const LONG: f64 = 10.0;
/// Lines told off a terminal.
const LINES: usize = 10;

/// Runs a check, and shows how far it is if it takes long.
pub fn watched<T>(
    problem: &Problem,
    options: &Options,
    verbosity: Verbosity,
    check: impl FnOnce(&(dyn Fn() + Sync)) -> T,
) -> T {
    let seconds = estimate(problem, options).as_secs_f64();
    if verbosity.quiet || seconds < LONG {
        return check(&|| {});
    }
    let lengths = problem.places().into_iter();
    let lengths = lengths.map(|place| place.of(&problem.layers).len());
    let total: usize = lengths
        .map(|length| options.sample.unwrap_or(length).min(length))
        .sum();
    let hint = match options.sample {
        None => "; --sample 500 takes those of 500 of each tensor",
        Some(_) => "",
    };
    note(&format!(
        "the central differences of {} take about {}{hint}",
        counted(total, "parameter"),
        duration(seconds)
    ));
    if io::stderr().is_terminal() {
        let bar = ProgressBar::new(total as u64);
        let template = "central differences {wide_bar:.cyan/dim} {percent} % {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let found = check(&|| bar.inc(1));
        bar.finish_and_clear();
        return found;
    }
    let count = AtomicUsize::new(0);
    check(&|| {
        let before = count.fetch_add(1, Ordering::Relaxed);
        let lines = |done: usize| done * LINES / total; // a product far below 2⁶⁴
        if lines(before + 1) > lines(before) {
            let share = lines(before + 1) * 100 / LINES;
            tell(&format!("central differences: {share} %\n"));
        }
    })
}
