//! What each column of a file is for: the header, the label, the features by name, the roles that a config gives.

use std::collections::{HashMap, HashSet};

use super::tokens::RawRow;
use super::typed::TypedColumns;
use crate::error::{DataErrorKind, suggestion};
use crate::options::{ColumnSetting, HeaderChoice, LabelColumn, RoleWord};
use crate::read::cells::{Decision, Hint, MissingWords, Reading, Survey, Wanted, truth};
use crate::read::columns::match_columns;
use crate::read::{Labels, Note, ReadOptions};
use crate::{IgnoreReason, IgnoredColumn, Schema};

/// The label's column where a config does not name it.
const DEFAULT_LABEL: &str = "label";

/// The columns of a file.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Whether the first row holds the names.
    pub has_header: bool,
    /// `[columns]`, names in the header; else made up (`x1`, `x2`, …), `None` for the label.
    pub names: Vec<Option<String>>,
    /// `[columns]`
    pub uses: Vec<Use>,
    /// The label's column, counted from 0, if the file has one that is wanted.
    pub label: Option<usize>,
    /// The label's column, wanted or not.
    pub label_at: Option<usize>,
    /// Number of feature columns.
    pub features: usize,
    /// What a user should know of them.
    pub notes: Vec<Note>,
    /// Columns that are no features for what a config says or for their role.
    pub ignored: Vec<IgnoredColumn>,
    /// Columns whose cells rows carry.
    pub carried: Vec<usize>,
}

/// Where a format has the label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::read) enum FormatLabel {
    /// Where the config says.
    Configured,
    /// Where the config says; in the last column, if it says nothing and no column has the usual name.
    Last,
    /// In this column, which is an array of its own.
    Is {
        column: usize,
        /// Its name.
        array: String,
    },
}

/// What a column is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Use {
    /// Number of the feature that it is.
    pub feature: Option<usize>,
    /// What else it is for.
    pub role: Option<Role>,
    /// Number of the carried column that it is.
    pub carried: Option<usize>,
}

/// What a column is for besides being a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// What is predicted.
    Label,
    /// It says which rows belong together.
    Group,
    /// It orders the rows.
    Time,
    /// It weighs the rows.
    Weight,
}

impl Layout {
    /// Finds the layout that explains the first rows.
    pub fn of(rows: &[RawRow], options: &ReadOptions) -> Result<Self, DataErrorKind> {
        let Some(first) = rows.first() else {
            return Err(DataErrorKind::Empty);
        };
        let has_header = is_header(rows, options);
        let columns = first.cells.len();
        let header = has_header.then(|| header_names(&first.cells));
        if let Some(names) = &header {
            refuse_doubles(names)?;
        }
        let label = match &options.section.label {
            LabelColumn::Index(index) => by_index(*index, columns, header.as_deref(), options)?,
            LabelColumn::Name(name) => {
                let has_text = header.is_none() && one_text(first);
                by_name(name, columns, header.as_deref(), has_text, options)?
            }
        };
        Self::with_label(header, columns, label, options)
    }

    /// Finds the layout of a table whose columns have types.
    pub fn of_columns(typed: &TypedColumns, options: &ReadOptions) -> Result<Self, DataErrorKind> {
        let names = typed.columns.iter().map(|column| column.name.clone());
        let header: Option<Vec<String>> = names.collect();
        let columns = typed.columns.len();
        if let Some(names) = &header {
            refuse_doubles(names)?;
        }
        let mut notes = Vec::new();
        let label = match (&typed.label, &options.section.label) {
            (FormatLabel::Is { column, array }, label) => {
                let is_meant = match label {
                    LabelColumn::Index(index) => *index == -1,
                    LabelColumn::Name(name) => name == DEFAULT_LABEL || name == array,
                };
                if !is_meant {
                    return Err(DataErrorKind::LabelArray {
                        array: array.clone(),
                    });
                }
                Some(*column)
            }
            (_, LabelColumn::Index(index)) => {
                by_index(*index, columns, header.as_deref(), options)?
            }
            (FormatLabel::Last, LabelColumn::Name(name))
                if name == DEFAULT_LABEL
                    && options.schema.is_none()
                    && options.labels != Labels::Absent
                    && header.as_ref().is_some_and(|names| !names.contains(name)) =>
            {
                let last = columns.checked_sub(1);
                let name = header.as_ref().and_then(|names| names.last());
                notes.extend(name.map(|column| Note::LastIsLabel {
                    column: column.clone(),
                }));
                last
            }
            (_, LabelColumn::Name(name)) => {
                by_name(name, columns, header.as_deref(), false, options)?
            }
        };
        let mut layout = Self::with_label(header, columns, label, options)?;
        layout.notes.extend(notes);
        Ok(layout)
    }

    fn with_label(
        header: Option<Vec<String>>,
        columns: usize,
        label: Option<usize>,
        options: &ReadOptions,
    ) -> Result<Self, DataErrorKind> {
        let has_header = header.is_some();
        let names = names(header, columns, label);
        let mut layout = Self {
            has_header,
            names,
            uses: vec![Use::default(); columns],
            label: label.filter(|_| options.labels != Labels::Absent),
            label_at: label,
            features: 0,
            notes: Vec::new(),
            ignored: Vec::new(),
            carried: Vec::new(),
        };
        if let Some(label) = layout.label {
            layout.uses[label].role = Some(Role::Label);
        }
        match &options.schema {
            Some(schema) => {
                layout.match_schema(schema, label)?;
                if options.roles {
                    layout.take_roles(label, options);
                }
                layout.take_weight(label, options);
            }
            None => layout.assign(label, options)?,
        }
        layout.carry(options)?;
        Ok(layout)
    }

    /// Finds the columns that rows carry: those that identify them first, then those that were asked for.
    fn carry(&mut self, options: &ReadOptions) -> Result<(), DataErrorKind> {
        let position = |name: &String| self.names.iter().position(|own| own.as_ref() == Some(name));
        let schema = options.schema.as_ref().filter(|_| options.carry_ids);
        let ignored = schema.map_or(&[][..], |schema| &schema.ignored);
        let ids = ignored
            .iter()
            .filter(|column| column.reason == IgnoreReason::Id);
        let mut carried: Vec<usize> = ids.filter_map(|column| position(&column.name)).collect();
        for name in &options.carry {
            let column = position(name).ok_or_else(|| {
                let names: Vec<String> = self.names.iter().flatten().cloned().collect();
                DataErrorKind::NoKeptColumn {
                    suggestion: suggestion(name, &names),
                    column: name.clone(),
                    names,
                }
            })?;
            if !carried.contains(&column) {
                carried.push(column);
            }
        }
        for (number, &column) in carried.iter().enumerate() {
            self.uses[column].carried = Some(number);
        }
        self.carried = carried;
        Ok(())
    }

    /// Returns the name of a column of features, or of one that is none.
    pub fn name(&self, column: usize) -> &str {
        self.names[column].as_deref().unwrap_or_default()
    }

    /// Makes every column a feature but the label and those that a config takes out.
    fn assign(&mut self, label: Option<usize>, options: &ReadOptions) -> Result<(), DataErrorKind> {
        self.check_configured(options)?;
        for column in (0..self.uses.len()).filter(|column| Some(*column) != label) {
            let name = self.name(column).to_owned();
            let setting = options.section.columns.get(&name).map(ColumnSetting::table);
            let role = setting.as_ref().and_then(|setting| setting.role);
            let (role, reason) = match role {
                Some(RoleWord::Group) => (Some(Role::Group), Some(IgnoreReason::Group)),
                Some(RoleWord::Time) => (Some(Role::Time), Some(IgnoreReason::Time)),
                Some(RoleWord::Id) => (None, Some(IgnoreReason::Id)),
                Some(RoleWord::Ignore) => (None, Some(IgnoreReason::Configured)),
                Some(RoleWord::RowWeight) => (Some(Role::Weight), Some(IgnoreReason::RowWeight)),
                None => (None, None),
            };
            self.uses[column].role = role;
            let is_feature = setting.is_some_and(|setting| setting.kind.is_some());
            if let Some(reason) = reason.filter(|_| !is_feature) {
                self.ignored.push(IgnoredColumn { name, reason });
            } else {
                self.uses[column].feature = Some(self.features);
                self.features += 1;
            }
        }
        if self.features == 0 {
            return Err(DataErrorKind::NoFeatures);
        }
        Ok(())
    }

    /// Refuses settings of columns that the file does not have, and two columns of one exclusive role.
    fn check_configured(&self, options: &ReadOptions) -> Result<(), DataErrorKind> {
        let names: Vec<String> = self.names.iter().flatten().cloned().collect();
        for name in options.section.columns.keys() {
            let is_label = options.section.label == LabelColumn::Name(name.clone());
            if !names.contains(name) && !is_label {
                return Err(DataErrorKind::NoSuchColumn {
                    suggestion: suggestion(name, &names),
                    column: name.clone(),
                    names,
                });
            }
        }
        for (role, word) in [
            (RoleWord::Group, "group"),
            (RoleWord::Time, "time"),
            (RoleWord::RowWeight, "row_weight"),
        ] {
            let has_role = |name: &&String| {
                let setting = options.section.columns.get(*name);
                setting.is_some_and(|setting| setting.table().role == Some(role))
            };
            let mut of_role = names.iter().filter(has_role);
            if let (Some(first), Some(second)) = (of_role.next(), of_role.next()) {
                return Err(DataErrorKind::TwoOfOneRole {
                    role: word,
                    columns: [first.clone(), second.clone()],
                });
            }
        }
        Ok(())
    }

    /// Finds the features of a model among the columns.
    fn match_schema(&mut self, schema: &Schema, label: Option<usize>) -> Result<(), DataErrorKind> {
        let others = (0..self.uses.len()).filter(|column| Some(*column) != label);
        let others: Vec<usize> = others.collect();
        let names: Vec<String> = others
            .iter()
            .map(|&column| self.name(column).to_owned())
            .collect();
        let matched = match_columns(schema, &names, self.has_header, label.is_some())?;
        for (feature, &at) in matched.columns.iter().enumerate() {
            self.uses[others[at]].feature = Some(feature);
        }
        self.features = schema.columns.len();
        self.notes = matched.notes;
        Ok(())
    }

    /// Takes the column by which a config weighs rows, or notes that labelled rows have none. Rows that are only predicted
    /// need no weights.
    fn take_weight(&mut self, label: Option<usize>, options: &ReadOptions) {
        let mut columns = options.section.columns.iter();
        let weighs = columns.find(|(_, of)| of.table().role == Some(RoleWord::RowWeight));
        let (Some((name, _)), Some(_)) = (weighs, label) else {
            return;
        };
        if options.labels == Labels::Absent {
            return;
        }
        let mut names = self.names.iter();
        match names.position(|own| own.as_ref() == Some(name)) {
            Some(column) if self.uses[column].feature.is_none() => {
                self.uses[column].role = Some(Role::Weight);
            }
            _ => self.notes.push(Note::Unweighted {
                column: name.clone(),
            }),
        }
    }

    /// Takes the columns by which a config groups rows or orders them in time for that.
    fn take_roles(&mut self, label: Option<usize>, options: &ReadOptions) {
        for column in (0..self.uses.len()).filter(|column| Some(*column) != label) {
            let setting = options.section.columns.get(self.name(column));
            self.uses[column].role = match setting.and_then(|setting| setting.table().role) {
                Some(RoleWord::Group) => Some(Role::Group),
                Some(RoleWord::Time) => Some(Role::Time),
                _ => None,
            };
        }
    }
}

/// Returns the names in a header; a column without one is named as pandas does.
fn header_names(cells: &[Vec<u8>]) -> Vec<String> {
    let name = |(column, cell): (usize, &Vec<u8>)| {
        let name = String::from_utf8_lossy(cell);
        if name.trim().is_empty() {
            format!("Unnamed: {column}")
        } else {
            name.into_owned()
        }
    };
    cells.iter().enumerate().map(name).collect()
}

/// Returns the name of each column: the header's, or `x1`, `x2`, … for the features.
fn names(header: Option<Vec<String>>, columns: usize, label: Option<usize>) -> Vec<Option<String>> {
    if let Some(names) = header {
        return names.into_iter().map(Some).collect();
    }
    let number =
        |column: usize| column + 1 - usize::from(label.is_some_and(|label| label < column));
    let name = |column| (Some(column) != label).then(|| format!("x{}", number(column)));
    (0..columns).map(name).collect()
}

/// Refuses a header with two columns of one name.
fn refuse_doubles(names: &[String]) -> Result<(), DataErrorKind> {
    let mut seen: HashMap<&String, usize> = HashMap::new();
    for (column, name) in names.iter().enumerate() {
        if let Some(first) = seen.insert(name, column) {
            return Err(DataErrorKind::DoubleName {
                name: name.clone(),
                columns: [first + 1, column + 1],
            });
        }
    }
    Ok(())
}

/// Whether the first row holds the names of the columns.
fn is_header(rows: &[RawRow], options: &ReadOptions) -> bool {
    if let HeaderChoice::Known(known) = options.section.header {
        return known;
    }
    let cells: Vec<String> = header_names(&rows[0].cells);
    let holds = |name: &str| cells.iter().any(|cell| cell == name);
    if let LabelColumn::Name(name) = &options.section.label
        && holds(name)
    {
        return true;
    }
    if let Some(schema) = &options.schema {
        let target = schema.target_name.as_deref().is_some_and(holds);
        let cells: HashSet<String> = cells.iter().map(|cell| folded(cell)).collect();
        let known = schema.columns.iter();
        let known = known
            .filter(|column| cells.contains(&folded(&column.name)))
            .count();
        if target || known > 0 && 2 * known >= schema.columns.len() {
            return true;
        }
    }
    differs_in_kind(rows, options)
}

/// A name without blanks, in lower case.
pub(in crate::read) fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether the first row is of another kind than those below it: text where they have something else.
///
/// A few texts above numbers more likely are mistakes, which must not vanish with their row: most columns that are no
/// text have to differ. A first row that only misses values differs in nothing.
fn differs_in_kind(rows: &[RawRow], options: &ReadOptions) -> bool {
    let missing = MissingWords::new(&options.section.na, &[]);
    let (mut texts, mut others, mut again) = (0, 0, 0);
    let first = &rows[0].cells;
    for (column, cell) in first.iter().enumerate() {
        if missing.contain_outside_text(cell) {
            continue;
        }
        let below = rows[1..].iter().filter_map(|row| row.cells.get(column));
        let mut survey = Survey::default();
        below.clone().for_each(|cell| survey.add(cell, &missing));
        if matches!(
            survey.decide(Wanted::Any, Hint::default()),
            Decision::Read(Reading::Text)
        ) {
            again += usize::from(below.clone().any(|below| below == cell));
            continue;
        }
        let mut alone = Survey::default();
        alone.add(cell, &missing);
        let is_text = alone.decide(Wanted::Any, Hint::default()) == Decision::Read(Reading::Text);
        let is_letter = survey.is_boolean() && truth(cell).is_none();
        if is_text || is_letter {
            texts += 1;
        } else {
            others += 1;
        }
    }
    if texts + others == 0 {
        let is_missing = first.iter().all(|cell| missing.contain_outside_text(cell));
        return !is_missing && again == 0;
    }
    texts > others
}

/// Finds the label's column by its number. A file without labels is told by its header, or by having no more columns
/// than the features expected.
fn by_index(
    index: i64,
    columns: usize,
    header: Option<&[String]>,
    options: &ReadOptions,
) -> Result<Option<usize>, DataErrorKind> {
    if let Some(schema) = &options.schema {
        if let (Some(names), Some(target)) = (header, &schema.target_name) {
            let found = position(names, target);
            if found.is_some() || options.labels != Labels::Required {
                return Ok(found);
            }
        }
        let features = schema.columns.len();
        let all = features + schema.ignored.len();
        if options.labels != Labels::Required && (columns == features || columns == all) {
            return Ok(None);
        }
    }
    let counted_from_start = match index {
        0.. => index,
        _ => index.saturating_add_unsigned(columns as u64),
    };
    match usize::try_from(counted_from_start) {
        Ok(column) if column < columns => Ok(Some(column)),
        _ => Err(DataErrorKind::LabelIndex { index, columns }),
    }
}

/// Finds the label's column by its name in the header; `has_text`, whether a row has one text, likely its label.
fn by_name(
    name: &str,
    columns: usize,
    header: Option<&[String]>,
    has_text: bool,
    options: &ReadOptions,
) -> Result<Option<usize>, DataErrorKind> {
    let schema = options.schema.as_ref();
    if let Some(names) = header {
        let target = schema.and_then(|schema| schema.target_name.as_ref());
        let exact = names.iter().position(|other| other == name);
        let found = exact.or_else(|| target.and_then(|target| position(names, target)));
        if found.is_some() || options.labels != Labels::Required {
            return Ok(found);
        }
        return Err(DataErrorKind::NoLabelColumn {
            label: name.to_owned(),
            suggestion: suggestion(name, names),
            names: names.to_vec(),
        });
    }
    let has_label = match schema {
        Some(schema) => columns == schema.columns.len() + schema.ignored.len() + 1,
        None => has_text,
    };
    if options.labels != Labels::Required && !has_label {
        return Ok(None);
    }
    Err(DataErrorKind::LabelNeedsHeader {
        label: name.to_owned(),
    })
}

/// Whether a row has one text among other cells, which likely is its label.
fn one_text(row: &RawRow) -> bool {
    let missing = MissingWords::new(&[], &[]);
    let is_text = |cell: &&Vec<u8>| {
        let mut survey = Survey::default();
        survey.add(cell, &missing);
        survey.decide(Wanted::Any, Hint::default()) == Decision::Read(Reading::Text)
    };
    row.cells.len() > 1 && row.cells.iter().filter(is_text).count() == 1
}

/// Returns where a name stands, in its own spelling or, if that is unique, in another case or with other blanks.
fn position(names: &[String], name: &str) -> Option<usize> {
    let exact = names.iter().position(|other| other == name);
    exact.or_else(|| {
        let mut alike = names
            .iter()
            .enumerate()
            .filter(|(_, other)| folded(other) == folded(name));
        match (alike.next(), alike.next()) {
            (Some((column, _)), None) => Some(column),
            _ => None,
        }
    })
}
