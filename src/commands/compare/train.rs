//! One training of a comparison: used again, continued, or made.

use crate::comparison::{Earlier, EarlierRuns, Network, Study};
use crate::training::{Ending, Start};

use crate::commands::progress::{ProgressMode, Reporter};
use crate::commands::signals::Interrupt;
use crate::commands::terminal::{duration, percent, tell};
use crate::commands::train::train;
use crate::commands::{Failure, Verbosity};

/// A config with one of its seeds.
pub struct Trial<'a> {
    pub field: &'a Study,
    pub entrant: usize,
    /// Which of the seeds, counted from 0.
    pub number: usize,
    pub name: &'a str,
}

impl Trial<'_> {
    /// Its network; `None` if a signal asked for an end.
    pub fn network(
        &self,
        earlier: &EarlierRuns,
        interrupt: &Interrupt,
        verbosity: Verbosity,
    ) -> Result<Option<Network>, Failure> {
        let prepared = self.field.prepared(self.entrant, self.number);
        let all = self.field.names().count() * self.field.seeds;
        let label = format!(
            "[{}/{all}] {} seed {}",
            self.entrant * self.field.seeds + self.number + 1,
            self.name,
            prepared.config.seed
        );
        let told = |text: &str| {
            if !verbosity.quiet {
                tell(&format!("{label}: {text}\n"));
            }
        };
        let start = match earlier.find(&prepared, self.field.split)? {
            Earlier::Finished(network) => {
                told(&format!("used again, {}", self.describe(&network)));
                return Ok(Some(*network));
            }
            Earlier::Unfinished(run) => {
                told(&format!("continuing {}", run.path().display()));
                Start::Resume(run)
            }
            Earlier::None => Start::New {
                run_dir: None,
                init_from: None,
            },
        };
        if interrupt.is_set() {
            return Ok(None);
        }
        // A line a run: the epochs go to the bar, and to the run's log.
        let mode = match ProgressMode::Auto.settled(verbosity.quiet)? {
            ProgressMode::Bar => ProgressMode::Bar,
            _ => ProgressMode::None,
        };
        let reporter = Reporter::new(mode, verbosity);
        let summary = train(&prepared, start, mode, reporter, interrupt)
            .inspect_err(|_| told("ended by an error, and the comparison with it"))?;
        if summary.ending == Ending::Cancelled {
            told(&format!(
                "interrupted at step {} in {}",
                summary.steps,
                summary.run.path().display()
            ));
            return Ok(None);
        }
        let network = Network::score(&summary.run, &prepared, self.field.split)?;
        let seconds = duration(network.training_seconds);
        told(&format!(
            "trained in {seconds}, {}",
            self.describe(&network)
        ));
        Ok(Some(network))
    }

    fn describe(&self, network: &Network) -> String {
        format!(
            "{} accuracy {} ({})",
            self.field.split.name(),
            percent(network.accuracy),
            network.run.display()
        )
    }
}
