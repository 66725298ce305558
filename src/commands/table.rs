//! A table and a column's name in place of a config.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::{Config, LabelColumn, TableFacts, TableRecipe};
use crate::data::{ColumnUsage, Rewindable, Source, TableReport, nearest};
use clap::Args;

use super::Failure;
use super::arguments::ConfigOverrides;
use super::data;
use super::progress::Reporter;
use super::text::shortened;

/// Rows that a table is taken to have before it has been read: enough for every key that depends on them.
const UNKNOWN_ROWS: usize = 1000;

/// Maximum characters of a list of columns.
const MAX_NAMES: usize = 300;

/// Flags that say what to predict from a table.
#[derive(Debug, Args)]
pub struct TableFlags {
    /// The column to predict: a header name, or a number counted from 0; -1 is the last
    #[arg(long, value_name = "COLUMN", value_parser = data::parse_label_column, allow_hyphen_values = true)]
    label: Option<LabelColumn>,
    /// Table with the same columns, scored once at the end
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Column that is no input; may be given several times
    #[arg(long, value_name = "COLUMN", conflicts_with = "only", num_args = 1..)]
    ignore: Vec<String>,
    /// Column that is an input, where all that are not named are none; may be given several times
    #[arg(long, value_name = "COLUMN", num_args = 1..)]
    only: Vec<String>,
}

/// A table that a config is made for.
#[derive(Debug)]
pub struct TableJob<'a> {
    recipe: TableRecipe,
    only: Vec<String>,
    overrides: &'a ConfigOverrides,
}

/// A config made for a table, and the rows that it was made from.
pub struct MadeConfig {
    /// The config as text, with the reason for each line.
    pub text: String,
    /// The same, with environment, `--set` and flags applied.
    pub config: Config,
    /// The rows.
    pub source: Source,
}

impl TableFlags {
    /// Returns the first flag that was given, if any was.
    pub fn given(&self) -> Option<&'static str> {
        let given = [
            ("--label", self.label.is_some()),
            ("--test", self.test.is_some()),
            ("--ignore", !self.ignore.is_empty()),
            ("--only", !self.only.is_empty()),
        ];
        given
            .iter()
            .find(|(_, is_given)| *is_given)
            .map(|(name, _)| *name)
    }

    /// Returns what is to be made of a table.
    ///
    /// # Errors
    /// If no label was given.
    pub fn job<'a>(
        self,
        file: &Path,
        overrides: &'a ConfigOverrides,
    ) -> Result<TableJob<'a>, Failure> {
        let Some(label) = self.label else {
            let what = format!("{}: which column is to be predicted?", file.display());
            let remedy = "name it: --label COLUMN (`mlp data inspect FILE` shows the columns), or name a config: --config FILE";
            return Err(Failure::Usage(what, remedy.into()));
        };
        if !self.only.is_empty() && Rewindable::is_stream(file) {
            let what = format!("{}: --only reads the table twice", file.display());
            let remedy = "save it to a file first, or name the other columns: --ignore COLUMN";
            return Err(Failure::Usage(what, remedy.into()));
        }
        let recipe = TableRecipe {
            train: file.to_owned(),
            test: self.test,
            label,
            ignored: self.ignore,
        };
        Ok(TableJob {
            recipe,
            only: self.only,
            overrides,
        })
    }
}

impl TableJob<'_> {
    /// Returns the config as far as it is known before the table is read: all of `[data]`, backend and threads.
    pub fn draft(&self) -> Result<Config, Failure> {
        let facts = TableFacts {
            rows: UNKNOWN_ROWS,
            ..TableFacts::default()
        };
        self.config(&self.recipe.to_toml(&facts)?)
    }

    /// Reads the table, and makes the config for it.
    pub fn read(mut self, reporter: &mut Reporter) -> Result<MadeConfig, Failure> {
        let mut source = self.load(reporter)?;
        if !self.only.is_empty() {
            self.recipe.ignored = all_but(&self.only, &source.train_report)?;
            source = self.load(reporter)?;
        }
        let facts = TableFacts {
            rows: source.train.rows(),
            columns: input_columns(&source.train_report),
        };
        let text = self.recipe.to_toml(&facts)?;
        Ok(MadeConfig {
            config: self.config(&text)?,
            text,
            source,
        })
    }

    fn load(&self, reporter: &mut Reporter) -> Result<Source, Failure> {
        let config = self.draft()?;
        let mut observe = data::report_events(reporter);
        Ok(Source::load(
            &config.data,
            config.seed,
            &data::mirrors(),
            &mut observe,
        )?)
    }

    fn config(&self, text: &str) -> Result<Config, Failure> {
        let place = format!("config for {}", self.recipe.train.display());
        self.overrides.load_text(Path::new(&place), text)
    }
}

/// Returns the columns of a file that are not among these.
fn all_but(only: &[String], report: &TableReport) -> Result<Vec<String>, Failure> {
    let names = || report.columns.iter().map(|column| &column.name);
    for wanted in only {
        if !names().any(|name| name == wanted) {
            let known: Vec<&str> = names().map(String::as_str).collect();
            let remedy = match nearest(wanted, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "its columns are {}",
                    shortened(&known.join(", "), MAX_NAMES)
                ),
            };
            return Err(Failure::Usage(
                format!("--only {wanted}: the table has no such column"),
                remedy,
            ));
        }
    }
    let only: BTreeSet<&String> = only.iter().collect();
    Ok(names()
        .filter(|name| !only.contains(name))
        .cloned()
        .collect())
}

/// Returns name and kind of each column that is an input.
fn input_columns(report: &TableReport) -> Vec<(String, String)> {
    let inputs = report
        .columns
        .iter()
        .filter_map(|column| match &column.usage {
            ColumnUsage::Feature(kind) => Some((column.name.clone(), kind.name().to_owned())),
            ColumnUsage::Ignored(_) | ColumnUsage::Extra => None,
        });
    inputs.collect()
}
