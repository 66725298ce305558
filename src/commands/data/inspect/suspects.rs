//! Labels that a trained network doubts.

use std::path::{Path, PathBuf};

use crate::config::LabelColumn;
use crate::data::fingerprint;
use crate::evaluation::{label_suspects, score};
use crate::metrics::Mistake;
use serde::Serialize;

use super::InspectArguments;
use crate::commands::network::Network;
use crate::commands::settings::Computing;
use crate::commands::terminal::{counted, note};
use crate::commands::{Failure, Verbosity, mistakes};

/// A trained network that judges labels.
pub struct Judge {
    network: Network,
    label: LabelColumn,
    /// Labels listed in the readable form.
    most: usize,
    verbosity: Verbosity,
}

/// The labels of a file that it doubts.
#[derive(Serialize)]
pub struct LabelCheck {
    run: PathBuf,
    /// Step of the checkpoint.
    step: u64,
    /// Whether the network was trained on these very rows.
    trained_on: bool,
    /// The most doubtful first.
    suspects: Vec<Mistake>,
    #[serde(skip)]
    most: usize,
}

impl Judge {
    /// Loads the network of a run.
    pub fn load(
        run: &Path,
        arguments: &InspectArguments,
        verbosity: Verbosity,
    ) -> Result<Self, Failure> {
        let network = Network::load(run, None, &Computing::default())?;
        if let Some(fallback) = &network.trained.manifest.data.fallback {
            note(&format!(
                "the network was not trained on the configured data: {fallback}"
            ));
        }
        let configured = &network.trained.config.data.label;
        Ok(Self {
            label: arguments.label.as_ref().unwrap_or(configured).clone(),
            most: arguments.suspects,
            network,
            verbosity,
        })
    }

    /// The label's column: the one asked for, else the run's.
    pub fn label(&self) -> &LabelColumn {
        &self.label
    }

    /// Judges all labels of a file.
    pub fn judge(&mut self, path: &Path) -> Result<LabelCheck, Failure> {
        let dataset = self
            .network
            .read_labelled(path, &self.label, self.verbosity)?;
        let rows = dataset.all_rows();
        let scored = score(self.network.predictor.as_mut(), &dataset, &rows);
        let trained = &self.network.trained;
        Ok(LabelCheck {
            run: self.network.run.path().to_owned(),
            step: trained.step,
            trained_on: fingerprint(&dataset) == trained.manifest.data.fingerprint,
            suspects: label_suspects(&scored, trained.model.classes()),
            most: self.most,
        })
    }
}

impl LabelCheck {
    /// As a person reads it.
    pub fn describe(&self) -> String {
        let found = self.suspects.len();
        let shown = &self.suspects[..found.min(self.most)];
        let verb = if found == 1 { "is" } else { "are" };
        let mut text = format!(
            "  likely label errors: {} {verb} predicted otherwise by step {} of\n  {}\n",
            counted(found, "row"),
            self.step,
            self.run.display()
        );
        if self.trained_on {
            text += "  it was trained on rows of this file, and may have learnt wrong labels by heart\n";
        }
        if !shown.is_empty() {
            text += &mistakes::table(shown);
        }
        if found > shown.len() {
            let more = counted(found - shown.len(), "row");
            text += &format!("  … and {more} more (--suspects N lists more, --json all)\n");
        }
        text
    }
}
