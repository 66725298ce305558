//! How each column of a file is read and stored.

use std::mem;
use std::sync::Arc;

use super::finish;
use super::layout::{Layout, Role};
use super::rows::Rows;
use crate::error::{DataError, DataErrorKind};
use crate::options::{
    ColumnSetting, ColumnTable, KindWord, MissingPolicy, MissingPolicyName, ScaleKind, TaskChoice,
};
use crate::read::ReadOptions;
use crate::read::cells::{
    CellFormat, Decision, Dictionary, Hint, Kinds, MissingWords, NumberFormat, Reading, Survey,
    Wanted,
};
use crate::read::classes::Classes;
use crate::{ColumnKind, TargetColumn, TargetScaling};

/// What is known of the cells of a file before they are read.
#[derive(Clone, Debug)]
pub(super) struct Guess {
    /// `[columns]`
    pub surveys: Vec<Survey>,
    /// Whether the surveys are of the whole file.
    pub is_whole: bool,
    /// `[columns]`, whether 32 bits are too few.
    pub wide: Vec<bool>,
    /// Whether the labels are numbers to predict, unless the config or a model says otherwise.
    pub predicts_values: bool,
}

impl Guess {
    /// Takes back what all rows of a training file show to be wrong; then they have to be read again.
    pub fn is_changed_by(
        &mut self,
        rows: &Rows,
        classes: &Classes,
        plan: &Plan,
        options: &ReadOptions,
    ) -> bool {
        if options.schema.is_some() {
            return false;
        }
        if !self.predicts_values && finish::are_values(rows, classes, plan, options) {
            self.predicts_values = true;
            return true;
        }
        let narrow = finish::too_narrow(rows, plan);
        for &column in &narrow {
            self.wide[column] = true;
        }
        !narrow.is_empty()
    }

    /// The same for an error: so many labels are numbers to predict, unless they are no numbers.
    pub fn is_changed_by_error(&mut self, error: &DataError) -> bool {
        let are_many = matches!(*error.kind, DataErrorKind::TooManyLabels { .. });
        are_many && !mem::replace(&mut self.predicts_values, true)
    }
}

/// How all columns are read.
#[derive(Debug)]
pub(super) struct Plan {
    pub layout: Layout,
    /// `[features]`
    pub features: Vec<FeaturePlan>,
    /// `[columns]`: behind the last column of a run of features that follow each other in the file and in memory, if
    /// cells of small numbers may be taken without a look at each.
    pub run_ends: Vec<usize>,
    /// How the column of the times is read, if there is one.
    pub time: Option<(Reading, Arc<MissingWords>)>,
    /// How the column of the weights is written, if there is one, and what is no weight in it.
    pub weight: Option<(NumberFormat, Arc<MissingWords>)>,
    /// The words for a missing label or group.
    pub missing: Arc<MissingWords>,
    /// How labels are read, if there are any.
    pub label: LabelReading,
}

/// How labels are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum LabelReading {
    /// As classes.
    Classes {
        /// Whether the mark `-` is a missing label.
        is_dash_missing: bool,
        /// Whether the format declares the labels, so that no word is a missing one.
        is_declared: bool,
    },
    /// As numbers to predict.
    Values {
        format: NumberFormat,
        /// What each must fit: its transform.
        scaling: TargetScaling,
    },
}

/// How a feature is read and stored.
#[derive(Clone, Debug)]
pub(super) struct FeaturePlan {
    pub reading: Reading,
    pub storage: Storage,
    pub missing: Arc<MissingWords>,
    /// Whether an empty cell is an error.
    pub must_be_present: bool,
    /// Whether numbers must lie in 0–255.
    pub is_unit: bool,
    /// Column of the file, counted from 0.
    pub column: usize,
}

/// How values of a feature are stored.
#[derive(Clone, Debug)]
pub(super) enum Storage {
    /// As numbers of 32 bits.
    Floats,
    /// As numbers of 64 bits.
    Doubles,
    /// As booleans.
    Booleans,
    /// As the numbers of categories: first those that the format declares, the others in the order of their appearance.
    NewCategories(Arc<Vec<String>>),
    /// As the numbers of a model's categories.
    Categories(Arc<Categories>),
}

/// The categories of a model's column.
#[derive(Debug)]
pub(super) struct Categories {
    /// In the order of their codes.
    pub names: Dictionary,
}

impl Categories {
    fn new(kind: &ColumnKind) -> Self {
        let mut names = Dictionary::default();
        if let ColumnKind::Category { categories, rare } = kind {
            for name in categories.iter().chain(rare) {
                names.insert(name.as_bytes());
            }
        }
        Self { names }
    }

    /// Returns the code of a category, 0 if it is unknown.
    ///
    /// Whole numbers are found in any spelling: `5.0` is the category `5`.
    #[inline]
    pub fn code(&self, text: &[u8]) -> u32 {
        let found = self.names.find(text).or_else(|| {
            let text = std::str::from_utf8(text).ok()?;
            let number = crate::read::classes::whole_number(text)?;
            self.names.find(number.to_string().as_bytes())
        });
        found.map_or(0, |number| number + 1)
    }
}

impl Plan {
    /// Decides for every column; `None` if only the whole file tells.
    pub fn new(
        layout: &Layout,
        guess: &Guess,
        options: &ReadOptions,
    ) -> Result<Option<Self>, DataErrorKind> {
        let mut features: Vec<Option<FeaturePlan>> = vec![None; layout.features];
        let mut time = None;
        let mut weight = None;
        let mut label = LabelReading::Classes {
            is_dash_missing: false,
            is_declared: false,
        };
        let missing = Arc::new(MissingWords::new(&options.section.na, &[]));
        for (column, usage) in layout.uses.iter().enumerate() {
            let setting = setting(layout, column, options);
            let own = setting.as_ref().and_then(|setting| setting.na.as_ref());
            // What is declared is a value, whatever the word.
            let is_declared = guess.surveys[column].is_declared();
            let words = match own {
                None if is_declared => Arc::new(MissingWords::new(&[], &[])),
                Some(own) if is_declared => Arc::new(MissingWords::new(&[], own)),
                Some(own) => Arc::new(MissingWords::new(&options.section.na, own)),
                None => Arc::clone(&missing),
            };
            let context = Context {
                column,
                name: layout.name(column),
                survey: &guess.surveys[column],
                is_whole: guess.is_whole,
                is_wide: guess.wide[column],
                setting: setting.unwrap_or_default(),
                words,
                options,
            };
            if let Some(feature) = usage.feature {
                let Some(plan) = context.feature(feature)? else {
                    return Ok(None);
                };
                features[feature] = Some(plan);
            }
            if usage.role == Some(Role::Time) {
                let Some(reading) = context.time()? else {
                    return Ok(None);
                };
                time = Some((reading, Arc::clone(&context.words)));
            }
            if usage.role == Some(Role::Weight) {
                let Some(reading) = context.decide(Wanted::Number)? else {
                    return Ok(None);
                };
                let format = match reading {
                    Reading::Number(format) => format,
                    _ => NumberFormat::Point, // never: a number is wanted
                };
                weight = Some((format, Arc::clone(&context.words)));
            }
            if usage.role == Some(Role::Label) {
                let Some(reading) = context.label(guess.predicts_values)? else {
                    return Ok(None);
                };
                label = reading;
            }
        }
        let mut plan = Self {
            layout: layout.clone(),
            features: features.into_iter().flatten().collect(),
            run_ends: Vec::new(),
            time,
            weight,
            missing,
            label,
        };
        plan.run_ends = plan.run_ends();
        Ok(Some(plan))
    }

    /// A plan that only says which rows and columns there are.
    pub fn of_layout(layout: &Layout, options: &ReadOptions) -> Self {
        Self {
            layout: layout.clone(),
            features: Vec::new(),
            run_ends: Vec::new(),
            time: None,
            weight: None,
            missing: Arc::new(MissingWords::new(&options.section.na, &[])),
            label: LabelReading::Classes {
                is_dash_missing: false,
                is_declared: false,
            },
        }
    }

    /// Whether all features are numbers of 32 bits, which lie row after row.
    pub fn is_row_major(&self) -> bool {
        self.features
            .iter()
            .all(|feature| matches!(feature.storage, Storage::Floats))
    }

    fn run_ends(&self) -> Vec<usize> {
        let columns = self.layout.uses.len();
        let mut ends: Vec<usize> = (0..columns).collect();
        if !self.is_row_major() {
            return ends;
        }
        let feature = |column: usize| {
            let usage = self.layout.uses[column];
            let is_only = usage.role.is_none() && usage.carried.is_none();
            let feature = usage.feature.filter(|_| is_only)?;
            (!self.features[feature].missing.have_numbers()).then_some(feature)
        };
        for column in (0..columns).rev() {
            if let Some(this) = feature(column) {
                let next = (column + 1 < columns)
                    .then(|| feature(column + 1))
                    .flatten();
                let goes_on = next == Some(this + 1);
                ends[column] = if goes_on {
                    ends[column + 1]
                } else {
                    column + 1
                };
            }
        }
        ends
    }
}

/// Returns what a config says of a column.
fn setting(layout: &Layout, column: usize, options: &ReadOptions) -> Option<ColumnTable> {
    let usage = layout.uses[column];
    let schema = options.schema.as_ref().zip(usage.feature);
    let name = match schema {
        Some((schema, feature)) => schema.columns[feature].name.as_str(),
        None => layout.name(column),
    };
    options.section.columns.get(name).map(ColumnSetting::table)
}

/// What decides how a column is read.
struct Context<'a> {
    column: usize,
    name: &'a str,
    survey: &'a Survey,
    is_whole: bool,
    is_wide: bool,
    setting: ColumnTable,
    words: Arc<MissingWords>,
    options: &'a ReadOptions,
}

impl Context<'_> {
    /// Plans a feature; `None` if only the whole file tells how it is read.
    fn feature(&self, feature: usize) -> Result<Option<FeaturePlan>, DataErrorKind> {
        let schema = self.options.schema.as_ref();
        let planned = match schema.map(|schema| &schema.columns[feature].kind) {
            Some(kind) => self.of_kind(kind)?,
            None => self.inferred()?,
        };
        let asked_for = self.options.section.preprocessing_of(self.name);
        let is_error = asked_for.missing == MissingPolicy::Named(MissingPolicyName::Error);
        Ok(planned.map(|(reading, storage)| FeaturePlan {
            must_be_present: is_error
                && (self.setting.missing.is_some() || matches!(reading, Reading::Number(_))),
            is_unit: asked_for.scale == ScaleKind::Unit && matches!(reading, Reading::Number(_)),
            reading,
            storage,
            missing: Arc::clone(&self.words),
            column: self.column,
        }))
    }

    /// Plans a column of a model.
    fn of_kind(&self, kind: &ColumnKind) -> Result<Option<(Reading, Storage)>, DataErrorKind> {
        let wanted = match kind {
            ColumnKind::Boolean => return Ok(Some((Reading::Boolean(None), Storage::Booleans))),
            ColumnKind::Category { .. } => {
                let categories = Arc::new(Categories::new(kind));
                return Ok(Some((Reading::Text, Storage::Categories(categories))));
            }
            ColumnKind::Number { .. } => Wanted::Number,
            ColumnKind::Date => Wanted::Date,
        };
        let storage = match kind {
            ColumnKind::Number { wide: false } => Storage::Floats,
            _ => Storage::Doubles,
        };
        Ok(self.decide(wanted)?.map(|reading| (reading, storage)))
    }

    /// Plans a column of a training file.
    fn inferred(&self) -> Result<Option<(Reading, Storage)>, DataErrorKind> {
        let reading = match self.setting.kind {
            Some(KindWord::Boolean) => Some(Reading::Boolean(None)),
            Some(KindWord::Category) => Some(Reading::Text),
            Some(KindWord::Number) => self.decide(Wanted::Number)?,
            Some(KindWord::Date) => self.decide(Wanted::Date)?,
            None => self.decide(Wanted::Any)?,
        };
        Ok(reading.map(|reading| (reading, self.storage(reading))))
    }

    fn storage(&self, reading: Reading) -> Storage {
        match reading {
            Reading::Number(_) if self.is_wide => Storage::Doubles,
            Reading::Number(_) => Storage::Floats,
            Reading::Date(_) => Storage::Doubles,
            Reading::Boolean(_) => Storage::Booleans,
            Reading::Text => Storage::NewCategories(self.survey.declared()),
        }
    }

    fn time(&self) -> Result<Option<Reading>, DataErrorKind> {
        self.decide(Wanted::Time)
    }

    /// Plans the label; `None` if only the whole file tells how it is read.
    fn label(&self, predicts_values: bool) -> Result<Option<LabelReading>, DataErrorKind> {
        let section = &self.options.section;
        let number = self.survey.decide(Wanted::Number, Hint::default());
        let classes = LabelReading::Classes {
            is_dash_missing: matches!(number, Decision::Read(_)),
            is_declared: self.survey.is_declared(),
        };
        let target = self.options.schema.as_ref().map(|schema| &schema.target);
        match (target, section.task, self.setting.kind) {
            (Some(TargetColumn::Class { .. }), _, _)
            | (None, TaskChoice::Classification, _)
            | (None, TaskChoice::Auto, Some(KindWord::Category | KindWord::Boolean)) => {
                return Ok(Some(classes));
            }
            (None, TaskChoice::Auto, None | Some(KindWord::Date))
                if !predicts_values || self.is_whole && number == Decision::Nothing =>
            {
                return Ok(Some(classes));
            }
            (Some(TargetColumn::Value(_)), _, _)
            | (None, TaskChoice::Auto | TaskChoice::Regression, _) => {}
        }
        let scaling = TargetScaling {
            transform: section.target_transform,
            ..TargetScaling::IDENTITY
        };
        let reading = self.decide(Wanted::Number)?;
        Ok(reading.map(|reading| match reading {
            Reading::Number(format) => LabelReading::Values { format, scaling },
            _ => classes, // never: a number is wanted
        }))
    }

    /// Decides how the column is read; `None` if only the whole file tells.
    ///
    /// Where nothing fits, the plainest reading of what is wanted will name the first cell that it does not fit.
    fn decide(&self, wanted: Wanted) -> Result<Option<Reading>, DataErrorKind> {
        let format = self
            .options
            .schema
            .as_ref()
            .and_then(|schema| schema.formats.get(self.name));
        let hint = Hint {
            decimal: self.options.section.decimal,
            number: match format {
                Some(CellFormat::Number(format)) => Some(*format),
                _ => None,
            },
            date: match format {
                Some(CellFormat::Date(format)) => Some(*format),
                _ => None,
            },
        };
        match self.survey.decide(wanted, hint) {
            Decision::Read(reading) => Ok(Some(reading)),
            _ if !self.is_whole => Ok(None),
            Decision::Empty | Decision::Nothing => Ok(Some(Reading::plainest(wanted, hint))),
            Decision::Unclear(kinds, text) => {
                let column = self.name.to_owned();
                Err(match kinds {
                    Kinds::Numbers => DataErrorKind::UnclearNumbers { column, text },
                    Kinds::Dates => DataErrorKind::UnclearDates { column, text },
                })
            }
        }
    }
}
