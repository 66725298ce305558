//! Cells become rows: each is a feature, the label, a role, or nothing.

use std::mem;

use super::builder::ColumnBuilder;
use super::layout::Role;
use super::plan::{FeaturePlan, LabelReading, Plan, Storage};
use super::tokens::scan_short_numbers;
use crate::error::{DataError, DataErrorKind, shown};
use crate::read::BadRow;
use crate::read::cells::{Dictionary, Reading, truth};
use crate::read::classes::Classes;
use crate::read::number::check_number;
use crate::{CarriedKind, Target};

/// A growing table.
#[derive(Debug)]
pub(super) struct Rows {
    pub features: Store,
    /// `[rows]`, as far as labels are read as classes.
    pub labels: Vec<u32>,
    /// `[rows]`, as far as labels are read as numbers to predict.
    pub values: Vec<f64>,
    /// `[rows]`, the number of each row's group in `group_names`, if there are groups.
    pub groups: Vec<u32>,
    pub group_names: Dictionary,
    /// `[rows]`, if rows have times.
    pub times: Vec<f64>,
    /// `[rows]`, if rows are weighted.
    pub weights: Vec<f64>,
    /// `[carried columns]`, each with the cells of all rows.
    pub carried: Vec<Vec<String>>,
    /// `[carried columns]`, what the cells are.
    pub carried_kinds: Vec<CarriedKind>,
    /// Rows taken back because they cannot be read.
    pub bad: Vec<BadRow>,
    /// Rows begun.
    pub count: usize,
    /// Rows taken back because they have no label.
    pub unlabelled: usize,
    /// Rows taken back because their weight is 0.
    pub weightless: usize,
    /// `[features]`, what is counted of each.
    pub counts: Vec<Counts>,
    columns: usize,
    /// Cells of the last row that were counted.
    counted: Vec<(usize, Absence)>,
    is_labelled: bool,
    is_weightless: bool,
}

/// Values of a growing table.
#[derive(Debug)]
pub(super) enum Store {
    /// `[rows, features]`, for as long as every value is a byte.
    Bytes(Vec<u8>),
    /// `[rows, features]`
    Floats(Vec<f32>),
    /// `[features]`
    Columns(Vec<ColumnBuilder>),
}

/// What is counted of a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counts {
    /// Cells without a value.
    pub missing: usize,
    /// Cells with a value that the model does not know.
    pub unseen: usize,
    /// Largest distance of a number from that of 32 bits.
    pub loss: f64,
    /// Smallest and largest of the numbers that are none of 32 bits.
    pub lossy: (f64, f64),
    /// How many these are.
    pub rounded: usize,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            missing: 0,
            unseen: 0,
            loss: 0.0,
            lossy: (f64::INFINITY, f64::NEG_INFINITY),
            rounded: 0,
        }
    }
}

impl Counts {
    /// Adds what was counted of other rows.
    pub fn add(&mut self, other: &Self) {
        self.missing += other.missing;
        self.unseen += other.unseen;
        self.loss = self.loss.max(other.loss);
        self.lossy.0 = self.lossy.0.min(other.lossy.0);
        self.lossy.1 = self.lossy.1.max(other.lossy.1);
        self.rounded += other.rounded;
    }
}

/// Why a cell has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    Missing,
    Unseen,
}

impl Rows {
    /// An empty table, of bytes where all features are numbers.
    pub fn new(plan: &Plan) -> Self {
        let features = if plan.is_row_major() {
            Store::Bytes(Vec::new())
        } else {
            let builders = plan
                .features
                .iter()
                .map(|feature| ColumnBuilder::new(&feature.storage));
            Store::Columns(builders.collect())
        };
        Self {
            features,
            labels: Vec::new(),
            values: Vec::new(),
            groups: Vec::new(),
            group_names: Dictionary::default(),
            times: Vec::new(),
            weights: Vec::new(),
            weightless: 0,
            count: 0,
            unlabelled: 0,
            carried: vec![Vec::new(); plan.layout.carried.len()],
            carried_kinds: vec![CarriedKind::Text; plan.layout.carried.len()],
            bad: Vec::new(),
            counts: vec![Counts::default(); plan.features.len()],
            columns: plan.features.len(),
            counted: Vec::new(),
            is_labelled: true,
            is_weightless: false,
        }
    }

    /// Returns the number of rows that ended, with those that were taken back.
    pub const fn ended(&self) -> usize {
        self.count + self.unlabelled + self.weightless
    }

    /// Begins a row; in a table of rows, with zeros.
    pub fn begin(&mut self) {
        self.count += 1;
        self.counted.clear();
        self.is_labelled = true;
        self.is_weightless = false;
        let length = self.count * self.columns;
        match &mut self.features {
            Store::Bytes(values) => values.resize(length, 0),
            Store::Floats(values) => values.resize(length, 0.0),
            Store::Columns(_) => {}
        }
    }

    /// Ends a row, which is taken back if it has no label, or the weight 0.
    pub fn end(&mut self) {
        if self.is_labelled && !self.is_weightless {
            return;
        }
        self.take_back();
        if self.is_weightless {
            self.weightless += 1;
        } else {
            self.unlabelled += 1;
        }
    }

    /// Ends a row that cannot be read, of which any cells may be there.
    #[cold]
    pub fn end_bad(&mut self, error: DataError) {
        self.take_back();
        let row = self.seen() as u64;
        self.bad.push(BadRow { row, error });
    }

    /// Number of rows read so far, whatever became of them.
    pub const fn seen(&self) -> usize {
        self.count + self.unlabelled + self.weightless + self.bad.len()
    }

    fn take_back(&mut self) {
        self.count -= 1;
        self.labels.truncate(self.count);
        self.values.truncate(self.count);
        self.weights.truncate(self.count);
        let length = self.count * self.columns;
        match &mut self.features {
            Store::Bytes(values) => values.truncate(length),
            Store::Floats(values) => values.truncate(length),
            Store::Columns(builders) => {
                for builder in builders {
                    builder.truncate(self.count);
                }
            }
        }
        self.groups.truncate(self.count);
        self.times.truncate(self.count);
        for texts in &mut self.carried {
            texts.truncate(self.count);
        }
        for (feature, absence) in self.counted.drain(..) {
            match absence {
                Absence::Missing => self.counts[feature].missing -= 1,
                Absence::Unseen => self.counts[feature].unseen -= 1,
            }
        }
    }

    /// Reads a run of short numbers into the features `from..to` of the last row, which must be zeros.
    ///
    /// Returns the number of cells and of bytes of `input` that were taken.
    pub fn scan(&mut self, from: usize, to: usize, input: &[u8], delimiter: u8) -> (usize, usize) {
        let row = (self.count - 1) * self.columns;
        match &mut self.features {
            Store::Bytes(values) => {
                scan_short_numbers(input, delimiter, &mut values[row + from..row + to])
            }
            Store::Floats(values) => {
                scan_short_numbers(input, delimiter, &mut values[row + from..row + to])
            }
            Store::Columns(_) => (0, 0),
        }
    }

    /// Stores the cell of a column, counted from 0, in the last row.
    #[inline]
    pub fn store(
        &mut self,
        plan: &Plan,
        classes: &mut Classes,
        column: usize,
        text: &[u8],
    ) -> Result<(), DataErrorKind> {
        if let Some(carried) = plan.layout.uses[column].carried {
            self.carry(carried, text);
        }
        self.store_uses(plan, classes, column, text)
    }

    /// Stores what a column is for besides being carried.
    #[inline]
    pub fn store_uses(
        &mut self,
        plan: &Plan,
        classes: &mut Classes,
        column: usize,
        text: &[u8],
    ) -> Result<(), DataErrorKind> {
        let usage = plan.layout.uses[column];
        if let Some(feature) = usage.feature {
            self.store_feature(feature, &plan.features[feature], text)?;
        }
        match usage.role {
            None => Ok(()),
            Some(Role::Label) => self.store_label(plan, classes, text),
            Some(Role::Group) => {
                // Rows without a group share one.
                let text = if plan.missing.contain(text) {
                    b""
                } else {
                    text
                };
                let group = self.group_names.insert(text);
                self.groups.push(group);
                Ok(())
            }
            Some(Role::Time) => self.store_time(plan, text),
            Some(Role::Weight) => self.store_weight(plan, text),
        }
    }

    /// Keeps the cell of a carried column.
    pub fn carry(&mut self, carried: usize, text: &[u8]) {
        let text = String::from_utf8_lossy(text).into_owned();
        self.carried[carried].push(text);
    }

    #[inline]
    fn store_feature(
        &mut self,
        feature: usize,
        plan: &FeaturePlan,
        text: &[u8],
    ) -> Result<(), DataErrorKind> {
        match plan.reading {
            Reading::Number(format) => match format.parse(text) {
                Some(value) if value.is_finite() && !plan.missing.contain_number(value) => {
                    let narrow = check_number(value, format.narrow(value, text), plan.is_unit)?;
                    self.put_number(feature, value, narrow);
                    Ok(())
                }
                parsed => {
                    if !plan.missing.contain_outside_text(text)
                        && !parsed.is_some_and(|value| plan.missing.contain_number(value))
                    {
                        return Err(not_a_number(parsed, text));
                    }
                    self.put_absent(feature, plan, Absence::Missing)
                }
            },
            Reading::Text => self.store_text(feature, plan, text),
            Reading::Date(format) => match format.parse(text) {
                Some(value) => {
                    self.put_number(feature, value, value as f32);
                    Ok(())
                }
                None if plan.missing.contain_outside_text(text) => {
                    self.put_absent(feature, plan, Absence::Missing)
                }
                None => Err(DataErrorKind::NotADate { text: quoted(text) }),
            },
            Reading::Boolean(words) => {
                match words.map_or_else(|| truth(text), |words| words.parse(text)) {
                    Some(value) => {
                        self.put_code(feature, 1 + u32::from(value));
                        Ok(())
                    }
                    None if plan.missing.contain_outside_text(text) => {
                        self.put_absent(feature, plan, Absence::Missing)
                    }
                    None => Err(DataErrorKind::NotABoolean { text: quoted(text) }),
                }
            }
        }
    }

    /// Stores a number in a feature of numbers.
    #[inline]
    pub fn store_number(
        &mut self,
        feature: usize,
        plan: &FeaturePlan,
        value: f64,
    ) -> Result<(), DataErrorKind> {
        if plan.missing.contain_number(value) {
            return self.put_absent(feature, plan, Absence::Missing);
        }
        if !value.is_finite() {
            let text = value.to_string();
            return Err(DataErrorKind::NotFinite { text });
        }
        let narrow = check_number(value, value as f32, plan.is_unit)?;
        self.put_number(feature, value, narrow);
        Ok(())
    }

    #[inline]
    fn store_text(
        &mut self,
        feature: usize,
        plan: &FeaturePlan,
        text: &[u8],
    ) -> Result<(), DataErrorKind> {
        if let Storage::Categories(categories) = &plan.storage {
            // First: in a file that declares its categories, one may be a word for a missing value.
            let code = categories.code(text);
            if code == 0 {
                let is_missing = plan.missing.contain_outside_text(text);
                let absence = if is_missing {
                    Absence::Missing
                } else {
                    Absence::Unseen
                };
                return self.put_absent(feature, plan, absence);
            }
            self.put_code(feature, code);
        } else if plan.missing.contain(text) {
            return self.put_absent(feature, plan, Absence::Missing);
        } else if let Store::Columns(builders) = &mut self.features {
            builders[feature].push_text(text)?;
        }
        Ok(())
    }

    #[inline]
    pub fn put_number(&mut self, feature: usize, value: f64, narrow: f32) {
        let loss = (value - f64::from(narrow)).abs();
        if loss > 0.0 {
            let lossy = Counts {
                loss,
                lossy: (value, value),
                rounded: 1,
                ..Counts::default()
            };
            self.counts[feature].add(&lossy);
        }
        self.put(feature, value, narrow);
    }

    #[inline]
    fn put(&mut self, feature: usize, value: f64, narrow: f32) {
        let at = (self.count - 1) * self.columns + feature;
        match (&mut self.features, as_byte(narrow)) {
            (Store::Columns(builders), _) => builders[feature].push_number(value, narrow),
            (Store::Floats(values), _) => values[at] = narrow,
            (Store::Bytes(values), Some(byte)) => values[at] = byte,
            (Store::Bytes(values), None) => {
                let mut floats: Vec<f32> = values.iter().copied().map(f32::from).collect();
                floats[at] = narrow;
                self.features = Store::Floats(floats);
            }
        }
    }

    #[inline]
    pub fn put_code(&mut self, feature: usize, code: u32) {
        if let Store::Columns(builders) = &mut self.features {
            builders[feature].push_code(code);
        }
    }

    #[cold]
    pub fn put_absent(
        &mut self,
        feature: usize,
        plan: &FeaturePlan,
        absence: Absence,
    ) -> Result<(), DataErrorKind> {
        if plan.must_be_present && absence == Absence::Missing {
            return Err(DataErrorKind::EmptyCell);
        }
        match absence {
            Absence::Missing => self.counts[feature].missing += 1,
            Absence::Unseen => self.counts[feature].unseen += 1,
        }
        self.counted.push((feature, absence));
        match plan.storage {
            Storage::Floats | Storage::Doubles => self.put(feature, f64::NAN, f32::NAN),
            Storage::Booleans | Storage::NewCategories(_) | Storage::Categories(_) => {
                self.put_code(feature, 0);
            }
        }
        Ok(())
    }

    fn store_label(
        &mut self,
        plan: &Plan,
        classes: &mut Classes,
        text: &[u8],
    ) -> Result<(), DataErrorKind> {
        match plan.label {
            LabelReading::Classes {
                is_dash_missing,
                is_declared,
            } => {
                let is_missing = if is_declared {
                    text.is_empty()
                } else {
                    plan.missing.contain(text)
                        || is_dash_missing && plan.missing.contain_outside_text(text)
                };
                match classes.class_of(text, is_missing)? {
                    Some(class) => self.labels.push(class),
                    None => self.is_labelled = false,
                }
            }
            LabelReading::Values { format, scaling } => match format.parse(text) {
                Some(value) if value.is_finite() && !plan.missing.contain_number(value) => {
                    if !scaling.takes(value) {
                        return Err(DataErrorKind::NotPositive { value });
                    }
                    self.values.push(value);
                }
                parsed => {
                    if !plan.missing.contain_outside_text(text)
                        && !parsed.is_some_and(|value| plan.missing.contain_number(value))
                    {
                        return Err(not_a_number(parsed, text));
                    }
                    self.is_labelled = false;
                }
            },
        }
        Ok(())
    }

    /// Takes what is to be predicted of each row.
    pub fn take_target(&mut self, plan: &Plan) -> Target {
        match plan.label {
            LabelReading::Classes { .. } => Target::Class {
                labels: mem::take(&mut self.labels),
            },
            LabelReading::Values { .. } => Target::Value {
                values: mem::take(&mut self.values),
            },
        }
    }

    fn store_time(&mut self, plan: &Plan, text: &[u8]) -> Result<(), DataErrorKind> {
        let Some((reading, missing)) = &plan.time else {
            return Ok(());
        };
        if missing.contain_outside_text(text) {
            return Err(DataErrorKind::NoTime);
        }
        let time = match reading {
            Reading::Number(format) => format.parse(text).filter(|time| time.is_finite()),
            Reading::Date(format) => format.parse(text),
            Reading::Boolean(_) | Reading::Text => None,
        };
        let time = time.ok_or_else(|| DataErrorKind::NotATime { text: quoted(text) })?;
        self.times.push(time);
        Ok(())
    }
}

impl Rows {
    fn store_weight(&mut self, plan: &Plan, text: &[u8]) -> Result<(), DataErrorKind> {
        let Some((format, missing)) = &plan.weight else {
            return Ok(());
        };
        if missing.contain_outside_text(text) {
            return Err(DataErrorKind::NoWeight);
        }
        match format.parse(text) {
            Some(weight) if weight.is_finite() => self.put_weight(weight),
            parsed => Err(not_a_number(parsed, text)),
        }
    }

    /// Stores the weight of the last row.
    pub fn put_weight(&mut self, weight: f64) -> Result<(), DataErrorKind> {
        if !weight.is_finite() {
            let text = weight.to_string();
            return Err(DataErrorKind::NotFinite { text });
        }
        if weight < 0.0 {
            return Err(DataErrorKind::NegativeWeight { weight });
        }
        self.is_weightless = weight == 0.0;
        self.weights.push(weight);
        Ok(())
    }
}

fn quoted(text: &[u8]) -> String {
    shown(&String::from_utf8_lossy(text))
}

/// Says what is wrong with a cell of a column of numbers that is not one.
fn not_a_number(parsed: Option<f64>, text: &[u8]) -> DataErrorKind {
    let text = quoted(text);
    match parsed {
        Some(_) => DataErrorKind::NotFinite { text },
        None => DataErrorKind::NotANumber { text },
    }
}

/// Returns the byte equal to `value`, if there is one; a negative zero has none.
pub(super) fn as_byte(value: f32) -> Option<u8> {
    let byte = value as u8; // saturates, and is compared next
    (f32::from(byte).to_bits() == value.to_bits()).then_some(byte)
}
