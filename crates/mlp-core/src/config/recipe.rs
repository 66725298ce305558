//! A config for a table of which no more is known than the column to predict.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use toml::Value;

use super::path::quoted;
use super::{ConfigError, ConfigPlace, LabelColumn, Problem};

/// Rows from which on a share of them is held out: fewer say little of unseen rows, and are missed in training.
const MIN_ROWS_TO_HOLD_OUT: usize = 40;
/// Passes over all rows at most, in rows: small tables need more epochs for the same number of updates.
const MAX_ROW_VISITS: usize = 5_000_000;
/// Batches in an epoch that are aimed at.
const BATCHES: usize = 50;

/// A table that a network is to be trained on, as [`TableRecipe::to_toml`] turns it into a config.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRecipe {
    /// Training rows.
    pub train: PathBuf,
    /// Test rows.
    pub test: Option<PathBuf>,
    /// The column to predict.
    pub label: LabelColumn,
    /// Columns that are to be no inputs.
    pub ignored: Vec<String>,
}

/// What is known of a table once it has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableFacts {
    /// Rows with a label.
    pub rows: usize,
    /// Name and kind of each input column, which are written as comments.
    pub columns: Vec<(String, String)>,
}

/// Keys that follow from the number of rows.
struct Sizes {
    batch_size: usize,
    epochs: usize,
    patience: usize,
    is_held_out: bool,
}

impl Sizes {
    fn of(rows: usize) -> Self {
        let epochs = (MAX_ROW_VISITS / rows.max(1)).clamp(20, 200);
        let is_held_out = rows >= MIN_ROWS_TO_HOLD_OUT;
        Self {
            batch_size: (rows / BATCHES).next_power_of_two().clamp(16, 256),
            epochs,
            patience: if is_held_out { (epochs / 10).max(5) } else { 0 },
            is_held_out,
        }
    }
}

impl TableRecipe {
    /// Returns the name of the training: that of the file, without its endings.
    #[must_use]
    pub fn name(&self) -> String {
        let file = self.train.file_name().unwrap_or_default();
        let file = file.to_string_lossy();
        let stem = file.split('.').next().unwrap_or_default();
        let allowed = |c: char| c.is_alphanumeric() || "-_ ".contains(c);
        let name: String = stem.chars().filter(|c| allowed(*c)).take(60).collect();
        let is_stream = self.train.starts_with("/dev") || self.train.starts_with("/proc");
        let name = name.trim().trim_matches('-');
        if is_stream || super::validate::why_no_folder(name).is_some() {
            "table".to_owned()
        } else {
            name.to_owned()
        }
    }

    /// Writes the config as TOML, with the reason for each line in a comment.
    ///
    /// # Errors
    /// If a path is not UTF-8, which TOML cannot hold.
    pub fn to_toml(&self, facts: &TableFacts) -> Result<String, ConfigError> {
        let sizes = Sizes::of(facts.rows);
        let mut text = String::new();
        self.write_data(&mut text, facts, &sizes)?;
        write_network(&mut text);
        write_training(&mut text, &sizes);
        Ok(text)
    }

    fn write_data(
        &self,
        text: &mut String,
        facts: &TableFacts,
        sizes: &Sizes,
    ) -> Result<(), ConfigError> {
        let label = match &self.label {
            LabelColumn::Name(name) => Value::String(name.clone()),
            LabelColumn::Index(index) => Value::Integer(*index),
        };
        let share = if sizes.is_held_out { "0.2" } else { "0.0" };
        line(
            text,
            &format!("name = {}", string(&self.name())),
            "runs lie in artifacts/<name>",
        );
        text.push_str("\n[data]\n");
        let train = path_value(&self.train, "data.train")?;
        line(text, &format!("train = {train}"), "");
        if let Some(test) = &self.test {
            let value = path_value(test, "data.test")?;
            line(text, &format!("test = {value}"), "scored once, at the end");
        }
        line(text, &format!("label = {label}"), "the column to predict");
        let why = if sizes.is_held_out {
            "share of the rows that decides when to stop"
        } else {
            "too few rows to hold some out"
        };
        line(text, &format!("validation = {share}"), why);
        line(
            text,
            "scale = \"auto\"",
            "mean 0 and deviation 1; bytes of pixels divided by 255",
        );
        line(
            text,
            "missing = \"auto\"",
            "an empty number becomes the median, an empty text no category",
        );
        self.write_columns(text, facts);
        Ok(())
    }

    fn write_columns(&self, text: &mut String, facts: &TableFacts) {
        if self.ignored.is_empty() && facts.columns.is_empty() {
            return;
        }
        text.push_str("\n[data.columns]");
        text.push_str("  # what is commented out was inferred: uncomment a line to change it\n");
        for name in &self.ignored {
            line(text, &format!("{} = \"ignore\"", quoted(name)), "");
        }
        for (name, kind) in &facts.columns {
            line(text, &format!("# {} = {}", quoted(name), string(kind)), "");
        }
    }
}

fn write_network(text: &mut String) {
    text.push_str("\n[model]\n");
    line(
        text,
        "hidden = [128, 64]",
        "enough for most tables; the best epoch is kept, so more does little harm",
    );
    line(
        text,
        "activation = \"relu\"",
        "trains fast, and no unit saturates",
    );
    line(
        text,
        "weight_init = \"he_uniform\"",
        "keeps the variance through layers of relu",
    );
    line(text, "bias_init = \"zeros\"", "");
    line(
        text,
        "dropout = 0.2",
        "small tables are learnt by heart without it",
    );
    text.push_str("\n[optimizer]\n");
    line(text, "kind = \"adam\"", "one rate fits most tables");
    line(text, "learning_rate = 0.001", "");
}

fn write_training(text: &mut String, sizes: &Sizes) {
    let Sizes {
        batch_size,
        epochs,
        patience,
        ..
    } = sizes;
    text.push_str("\n[training]\n");
    line(
        text,
        &format!("batch_size = {batch_size}"),
        "about 50 batches an epoch, within 16 to 256",
    );
    line(text, "drop_last = false", "every row in every epoch");
    let why = if *patience > 0 { "at most" } else { "" };
    line(text, &format!("epochs = {epochs}"), why);
    if *patience > 0 {
        text.push_str("\n[early_stopping]\n");
        line(
            text,
            "metric = \"validation_loss\"",
            "the epoch that is best by it is kept",
        );
        line(
            text,
            &format!("patience = {patience}"),
            "epochs without improvement that end the training",
        );
    }
}

/// Writes a line with its comment, if it has one.
fn line(text: &mut String, assignment: &str, why: &str) {
    const EDGE: usize = 28;
    let _ = if why.is_empty() {
        writeln!(text, "{assignment}") // a String takes everything
    } else {
        writeln!(text, "{assignment:EDGE$}  # {why}")
    };
}

fn string(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn path_value(path: &Path, key: &str) -> Result<String, ConfigError> {
    let Some(text) = path.to_str() else {
        let problem = Problem {
            key: key.to_owned(),
            message: format!(
                "{}: the path is not UTF-8, which a config needs",
                path.display()
            ),
            help: Some("rename the file, or link to it".to_owned()),
            place: ConfigPlace::Unwritten,
        };
        return Err(ConfigError::new(vec![problem], None));
    };
    Ok(string(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(train: &str) -> TableRecipe {
        TableRecipe {
            train: train.into(),
            test: None,
            label: LabelColumn::Name("income".to_owned()),
            ignored: Vec::new(),
        }
    }

    #[test]
    fn the_name_is_that_of_the_file() {
        for (file, name) in [
            ("data/people.csv", "people"),
            ("people.csv.gz", "people"),
            ("a b,c.tsv", "a bc"),
            ("größe.csv", "größe"),
            ("-", "table"),
            ("/dev/fd/63", "table"),
            ("con.csv", "table"),
            (".csv", "table"),
        ] {
            assert_eq!(recipe(file).name(), name, "{file}");
        }
    }

    #[test]
    fn what_it_writes_is_a_config_that_says_what_was_asked_for() {
        let recipe = TableRecipe {
            test: Some("b \"c\".csv".into()),
            ignored: vec!["row id".to_owned(), "a.b".to_owned()],
            ..recipe("a.csv")
        };
        let facts = TableFacts {
            rows: 3000,
            columns: vec![("age".to_owned(), "number".to_owned())],
        };
        let text = recipe.to_toml(&facts).unwrap();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["name"].as_str(), Some("a"));
        let data = table["data"].as_table().unwrap();
        assert_eq!(data["test"].as_str(), Some("b \"c\".csv"));
        assert_eq!(data["label"].as_str(), Some("income"));
        let columns = data["columns"].as_table().unwrap();
        assert_eq!(columns["row id"].as_str(), Some("ignore"));
        assert_eq!(columns["a.b"].as_str(), Some("ignore"));
        assert!(text.contains("\n# age = \"number\"\n"), "{text}");
        let training = table["training"].as_table().unwrap();
        assert_eq!(training["batch_size"].as_integer(), Some(64));
        assert_eq!(training["epochs"].as_integer(), Some(200));
    }

    #[test]
    fn few_rows_are_all_trained_on_and_many_take_fewer_epochs() {
        let few = Sizes::of(39);
        assert!(!few.is_held_out && few.patience == 0 && few.batch_size == 16);
        let many = Sizes::of(1_000_000);
        assert!(many.is_held_out && many.patience == 5 && many.batch_size == 256);
        assert_eq!(many.epochs, 20);
    }
}
