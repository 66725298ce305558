//! The progress of a training: a bar on a terminal, one line an epoch elsewhere.

use std::fs::File;
use std::io::{self, IsTerminal, Write as _};

use crate::backend;
use crate::data::download;
use crate::error::TrainError as Error;
use crate::run::{MetricsRecord, RunDirectory};
use crate::training::{Callback, Flow, Level, Progress};
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Failure;
use super::arguments::Verbosity;
use super::process;
use super::text::{duration, scores, speed};

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// A bar on a terminal, plain lines elsewhere
    #[default]
    Auto,
    /// Burn's full-screen dashboard
    Tui,
    /// A bar
    Bar,
    /// One line an epoch
    Plain,
    /// Nothing
    None,
}

impl ProgressMode {
    /// Replaces `Auto` by what fits this terminal, and refuses the dashboard where it is not built in.
    pub fn resolve(self, quiet: bool) -> Result<Self, Failure> {
        match self {
            Self::Auto if quiet => Ok(Self::None),
            Self::Auto if io::stderr().is_terminal() => Ok(Self::Bar),
            Self::Auto => Ok(Self::Plain),
            Self::Tui if !backend::has_tui() => {
                let remedy = "build it in: cargo run --features tui -- …, or use --progress bar";
                Err(Failure::Usage(
                    "this program was built without the dashboard".into(),
                    remedy.into(),
                ))
            }
            chosen => Ok(chosen),
        }
    }
}

/// Reports a training on standard error and in the run's `log.txt`.
pub struct Reporter {
    mode: ProgressMode,
    bar: ProgressBar,
    /// Whether details are shown, and not only written to the log.
    verbose: bool,
    log: Option<File>,
    /// Lines from before there was a log.
    early: Vec<String>,
}

impl Reporter {
    /// Makes a reporter for a resolved mode.
    pub fn new(mode: ProgressMode, verbosity: Verbosity) -> Self {
        let bar = ProgressBar::hidden();
        if mode == ProgressMode::Bar {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        Self {
            mode,
            bar,
            verbose: verbosity.verbose > 0,
            log: None,
            early: Vec::new(),
        }
    }

    /// Shows how far a download is.
    pub fn download(&mut self, progress: &download::Progress) {
        if self.mode != ProgressMode::Bar {
            return;
        }
        self.bar.set_style(style(
            "{prefix} {wide_bar:.cyan/dim} {bytes}/{total_bytes} {bytes_per_sec}",
        ));
        self.bar.set_prefix(progress.file.to_owned());
        self.bar
            .set_length(progress.total.unwrap_or(progress.received));
        self.bar.set_position(progress.received);
    }

    /// Removes the bar from the terminal.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show_line(&mut self, line: &str) {
        // Progress that cannot be shown is no reason to stop a training.
        match self.mode {
            ProgressMode::Bar => self.bar.suspend(|| drop(writeln!(io::stderr(), "{line}"))),
            ProgressMode::Plain => drop(writeln!(io::stderr(), "{line}")),
            ProgressMode::Auto | ProgressMode::Tui | ProgressMode::None => {}
        }
        self.write_log(line);
    }

    fn write_log(&mut self, line: &str) {
        match &mut self.log {
            Some(log) => drop(writeln!(log, "{} {line}", crate::run::now())),
            None => self.early.push(line.to_owned()),
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Callback for Reporter {
    fn on_run(&mut self, run: &RunDirectory) {
        self.log = File::options()
            .append(true)
            .create(true)
            .open(run.log())
            .ok();
        for line in std::mem::take(&mut self.early) {
            self.write_log(&line);
        }
    }

    fn on_progress(&mut self, progress: &Progress) {
        if self.mode == ProgressMode::Tui {
            process::restore_interrupt_key();
        }
        if self.mode != ProgressMode::Bar {
            return;
        }
        if self.bar.length() != Some(progress.steps) {
            self.bar.set_length(progress.steps);
            self.bar
                .set_style(style("{prefix} {wide_bar:.cyan/dim} {msg}"));
        }
        self.bar.set_prefix(format!(
            "epoch {}/{} step {}",
            progress.epoch, progress.epochs, progress.step
        ));
        self.bar.set_message(format!(
            "{} rate {:.4} {} {} left",
            scores(&progress.scores),
            progress.learning_rate,
            speed(progress.rows_per_second),
            duration(progress.remaining_seconds)
        ));
        self.bar.set_position(progress.step);
    }

    fn on_epoch(
        &mut self,
        progress: &Progress,
        validation: Option<&MetricsRecord>,
    ) -> Result<Flow, Error> {
        let mut line = format!(
            "epoch {:>width$}/{}  train {}",
            progress.epoch,
            progress.epochs,
            scores(&progress.scores),
            width = progress.epochs.to_string().len(),
        );
        if let Some(validation) = validation {
            line += &format!("  validation {}", scores(&validation.scores));
        }
        line += &format!(
            "  rate {:.4}  {}",
            progress.learning_rate,
            speed(progress.rows_per_second)
        );
        if self.mode == ProgressMode::Bar {
            self.write_log(&line);
        } else {
            self.show_line(&line);
        }
        Ok(Flow::Continue)
    }

    fn on_message(&mut self, level: Level, text: &str) {
        if level == Level::Note || self.verbose {
            self.show_line(text);
        } else {
            self.write_log(text);
        }
    }

    fn on_end(&mut self) -> Result<(), Error> {
        self.clear();
        Ok(())
    }
}
