//! Which configs are compared, on which rows.

use std::time::Instant;

use crate::error::{ComparisonError, Error};
use crate::training::Prepared;
use mlp_core::config::{Config, DataSection, deciding_differences, row_differences, validate};
use mlp_core::run::Split;
use mlp_data::{Dataset, Source, SourceEvent, fingerprint};

/// A config in a comparison.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What it is called; no two have the same.
    pub name: String,
    /// As loaded; its seed is the first of those it is trained with.
    pub config: Config,
}

/// Configs whose rows are loaded and known to be the same where they are judged.
#[derive(Debug)]
pub struct Study {
    /// The split that judges.
    pub split: Split,
    /// Seed of that split and of generated rows.
    pub split_seed: u64,
    /// Seeds of each config.
    pub seeds: usize,
    entrants: Vec<(String, Prepared)>,
}

impl Study {
    /// Loads the rows of all configs, each distinct data section once, and splits them with one seed: that
    /// of the first config. `split` is validation or test.
    ///
    /// # Errors
    /// If rows cannot be had, a config has none to be judged by or others than the first, or two configs are
    /// the same training.
    pub fn load(
        mut entrants: Vec<Candidate>,
        split: Split,
        seeds: usize,
        mirrors: &[String],
        observe: &mut dyn FnMut(SourceEvent),
    ) -> Result<Self, Error> {
        let first = entrants.first().map(|entrant| &entrant.config);
        let split_seed = first.map_or(0, |config| config.data.rows_seed(config.seed));
        for Candidate { config, .. } in &mut entrants {
            config.data.split_seed = Some(split_seed);
            config.training.report = false;
            // The last seed is checked like any other.
            let mut last = config.clone();
            last.seed = with_offset(config.seed, seeds.saturating_sub(1));
            validate(&last)?;
        }
        refuse_the_same(&entrants)?;
        for entrant in &entrants {
            needs_rows(entrant, split)?;
        }
        let mut field = Self {
            split,
            split_seed,
            seeds,
            entrants: Vec::new(),
        };
        let mut loaded: Option<(DataSection, Source)> = None;
        for Candidate { name, config } in entrants {
            let started = Instant::now();
            let source = match &loaded {
                Some((section, source)) if *section == config.data => source.clone(),
                _ => Source::load(&config.data, split_seed, mirrors, observe)?,
            };
            loaded = Some((config.data.clone(), source.clone()));
            let mut prepared = Prepared::new(config, source, started)?;
            if let Some((first_name, first)) = field.entrants.first() {
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
            field.entrants.push((name, prepared));
        }
        Ok(field)
    }

    /// Name of each config.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entrants.iter().map(|(name, _)| name.as_str())
    }

    /// What something stood in for, if it did for any config's files.
    #[must_use]
    pub fn fallback(&self) -> Option<&str> {
        let mut prepared = self.entrants.iter().map(|(_, prepared)| prepared);
        prepared.find_map(Prepared::fallback)
    }

    /// Rows that judge.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.entrants
            .first()
            .map_or(0, |(_, prepared)| judging(prepared, self.split).1.len())
    }

    /// A config's rows, ready to be trained on with its `number`-th seed, counted from 0.
    ///
    /// # Panics
    /// If there is no such config.
    #[must_use]
    pub fn prepared(&self, entrant: usize, number: usize) -> Prepared {
        let prepared = self.entrants[entrant].1.clone();
        let seed = with_offset(prepared.config.seed, number);
        prepared.with_seed(seed)
    }
}

/// The rows that judge a config, and their numbers.
pub(super) fn judging(prepared: &Prepared, split: Split) -> (&Dataset, Vec<u32>) {
    match (split, &prepared.test) {
        (Split::Test, Some(test)) => (test, test.all_rows()),
        _ => (&prepared.rows, prepared.split.validation.clone()),
    }
}

fn with_offset(seed: u64, offset: usize) -> u64 {
    seed.saturating_add(offset as u64)
}

fn refuse_the_same(entrants: &[Candidate]) -> Result<(), ComparisonError> {
    for (index, other) in entrants.iter().enumerate() {
        let same = |first: &&Candidate| {
            deciding_differences(&first.config, &other.config).is_empty()
                && row_differences(&first.config, &other.config).is_empty()
        };
        if let Some(first) = entrants[..index].iter().find(same) {
            return Err(ComparisonError::Same {
                first: first.name.clone(),
                other: other.name.clone(),
            });
        }
    }
    Ok(())
}

fn needs_rows(entrant: &Candidate, split: Split) -> Result<(), ComparisonError> {
    let data = &entrant.config.data;
    let why = match split {
        Split::Test if data.test.is_none() => "`data.test` is unset",
        Split::Validation if data.validation == 0.0 => "`data.validation` is 0",
        _ => return Ok(()),
    };
    Err(ComparisonError::NoRows {
        name: entrant.name.clone(),
        split: split.name(),
        why,
    })
}

/// Why two configs would not be judged by the same rows; empty if they are.
///
/// The same rows are rows of the same file, or of the same content, with the same numbers and labels. That
/// two configs fill empty cells in different ways is no hindrance.
fn other_rows(
    first: &Prepared,
    other: &Prepared,
    split: Split,
    first_name: &str,
    other_name: &str,
) -> Vec<String> {
    let [a, b] = [first, other].map(|prepared| judging(prepared, split));
    let same_numbers = a.1 == b.1 && labels(a.0, &a.1) == labels(b.0, &b.1);
    let files = |prepared: &Prepared| {
        let record = prepared.record();
        let file = match split {
            Split::Test => record.test,
            Split::Train | Split::Validation => Some(record.train),
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

/// Name of the class of each of these rows.
fn labels<'a>(dataset: &'a Dataset, rows: &[u32]) -> Vec<&'a str> {
    let labels = dataset.labels().unwrap_or_default();
    rows.iter()
        .map(|&row| dataset.classes()[labels[row as usize] as usize].as_str())
        .collect()
}
