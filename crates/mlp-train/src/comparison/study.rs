//! The configs of a comparison and their rows.

use std::borrow::Cow;
use std::time::Instant;

use crate::error::{ComparisonError, Error};
use crate::training::Prepared;
use mlp_core::config::{Config, DataSection, deciding_differences, row_differences, validate};
use mlp_core::run::Split;
use mlp_data::{Dataset, Source, SourceEvent, Target, fingerprint};

/// A config in a comparison.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its name; unique in a comparison.
    pub name: String,
    /// The config as loaded; its seed is the first of the seeds.
    pub config: Config,
}

impl Candidate {
    /// Returns the same training without hidden layers, which shows what they are worth; `None` if it has none.
    #[must_use]
    pub fn linear(&self) -> Option<Self> {
        if self.config.model.hidden.is_empty() {
            return None;
        }
        let mut config = self.config.clone();
        config.name += "-linear";
        config.model.hidden.clear();
        config.model.dropout = 0.0;
        let name = format!("{}-linear", self.name);
        Some(Self { name, config })
    }
}

/// Configs with loaded rows, known to be evaluated on the same ones.
#[derive(Debug)]
pub struct Study {
    /// The split to evaluate on.
    pub split: Split,
    /// Seed of that split and of generated rows.
    pub split_seed: u64,
    /// Seeds of each config.
    pub seeds: usize,
    candidates: Vec<(String, Prepared)>,
}

impl Study {
    /// Loads the rows of all configs, each distinct data section once, and splits them with one seed: that
    /// of the first config. `split` is validation or test.
    ///
    /// # Errors
    /// If rows cannot be loaded, a config has no such split or another than the first, or two configs are the same
    /// training.
    pub fn load(
        mut candidates: Vec<Candidate>,
        split: Split,
        seeds: usize,
        mirrors: &[String],
        observe: &mut dyn FnMut(SourceEvent),
    ) -> Result<Self, Error> {
        let first = candidates.first().map(|candidate| &candidate.config);
        let split_seed = first.map_or(0, |config| config.data.rows_seed(config.seed));
        for Candidate { config, .. } in &mut candidates {
            config.data.split_seed = Some(split_seed);
            config.training.report = false;
            // The last seed is checked like any other.
            let mut last = config.clone();
            last.seed = with_offset(config.seed, seeds.saturating_sub(1));
            validate(&last)?;
        }
        refuse_the_same(&candidates)?;
        for candidate in &candidates {
            needs_rows(candidate, split)?;
        }
        let mut study = Self {
            split,
            split_seed,
            seeds,
            candidates: Vec::new(),
        };
        let mut loaded: Option<(DataSection, Source)> = None;
        for Candidate { name, config } in candidates {
            let started = Instant::now();
            let source = match &loaded {
                Some((section, source)) if *section == config.data => source.clone(),
                _ => Source::load(&config.data, split_seed, mirrors, observe)?,
            };
            loaded = Some((config.data.clone(), source.clone()));
            let mut prepared = Prepared::new(config, source, started)?;
            if let Some((first_name, first)) = study.candidates.first() {
                let reasons = other_rows(first, &prepared, split, first_name, &name);
                if !reasons.is_empty() {
                    return Err(ComparisonError::OtherRows {
                        first: first_name.clone(),
                        other: name,
                        split: split.name(),
                        reasons,
                    }
                    .into());
                }
                prepared.share_rows(first);
            }
            study.candidates.push((name, prepared));
        }
        Ok(study)
    }

    /// Returns the name of each config.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.candidates.iter().map(|(name, _)| name.as_str())
    }

    /// Returns what replaced the configured files, if something did for any config.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        let mut prepared = self.candidates.iter().map(|(_, prepared)| prepared);
        prepared.find_map(Prepared::fallback)
    }

    /// Returns the number of rows evaluated.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.candidates.first().map_or(0, |(_, prepared)| {
            evaluated_rows(prepared, self.split).1.len()
        })
    }

    /// Returns the rows of a config, prepared for its `number`-th seed, counted from 0.
    ///
    /// # Panics
    /// If there is no such config.
    #[must_use]
    pub fn prepared(&self, candidate: usize, number: usize) -> Prepared {
        let prepared = self.candidates[candidate].1.clone();
        let seed = with_offset(prepared.config.seed, number);
        prepared.with_seed(seed)
    }
}

/// Returns the rows that a config is evaluated on, and their numbers.
pub(super) fn evaluated_rows(prepared: &Prepared, split: Split) -> (&Dataset, Vec<u32>) {
    match (split, &prepared.test) {
        (Split::Test, Some(test)) => (test, test.all_rows()),
        _ => (
            prepared.validation_rows(),
            prepared.split.validation.clone(),
        ),
    }
}

fn with_offset(seed: u64, offset: usize) -> u64 {
    seed.saturating_add(offset as u64)
}

fn refuse_the_same(candidates: &[Candidate]) -> Result<(), ComparisonError> {
    for (index, other) in candidates.iter().enumerate() {
        let same = |first: &&Candidate| {
            deciding_differences(&first.config, &other.config).is_empty()
                && row_differences(&first.config, &other.config).is_empty()
        };
        if let Some(first) = candidates[..index].iter().find(same) {
            return Err(ComparisonError::Same {
                first: first.name.clone(),
                other: other.name.clone(),
            });
        }
    }
    Ok(())
}

fn needs_rows(candidate: &Candidate, split: Split) -> Result<(), ComparisonError> {
    let data = &candidate.config.data;
    let why = match split {
        Split::Test if data.test.is_none() => "`data.test` is unset",
        Split::Validation if !data.validation.is_some() => "`data.validation` is 0",
        _ => return Ok(()),
    };
    Err(ComparisonError::NoRows {
        name: candidate.name.clone(),
        split: split.name(),
        why,
    })
}

/// Returns the reasons why two configs would be evaluated on different rows; empty if they are not.
///
/// Rows are the same if file or content, row numbers and targets are. Different fills of empty cells do not matter.
fn other_rows(
    first: &Prepared,
    other: &Prepared,
    split: Split,
    first_name: &str,
    other_name: &str,
) -> Vec<String> {
    let [a, b] = [first, other].map(|prepared| evaluated_rows(prepared, split));
    let same_numbers = a.1 == b.1 && targets(a.0, &a.1) == targets(b.0, &b.1);
    let files = |prepared: &Prepared| {
        let record = prepared.record();
        let file = match split {
            Split::Test => record.test,
            Split::Train | Split::Validation => record.validation.or(Some(record.train)),
        };
        file.and_then(|file| file.sha256)
    };
    let same_file = files(first).is_some() && files(first) == files(other);
    if same_numbers && (same_file || fingerprint(a.0) == fingerprint(b.0)) {
        return Vec::new();
    }
    let unset = |value: Option<String>| value.unwrap_or_else(|| "unset".to_owned());
    let mut reasons: Vec<String> = row_differences(&first.config, &other.config)
        .into_iter()
        .map(|difference| {
            format!(
                "`{}` is {} in {first_name} and {} in {other_name}",
                difference.key,
                unset(difference.saved),
                unset(difference.new)
            )
        })
        .collect();
    if reasons.is_empty() {
        reasons.push("`data.scale` or `data.missing` makes other values of them".to_owned());
    }
    reasons
}

/// Returns the class name, or the number to predict, of each of these rows.
fn targets<'a>(dataset: &'a Dataset, rows: &[u32]) -> Vec<Cow<'a, str>> {
    let rows = rows.iter().map(|&row| row as usize);
    match &dataset.target {
        Some(Target::Class { labels }) => {
            let name = |row: usize| dataset.classes()[labels[row] as usize].as_str();
            rows.map(|row| Cow::Borrowed(name(row))).collect()
        }
        Some(Target::Value { values }) => rows
            .map(|row| Cow::Owned(values[row].to_string()))
            .collect(),
        None => Vec::new(),
    }
}
