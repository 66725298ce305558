//! Rows of a file become a data set and a report.

use std::collections::{BTreeMap, HashSet};
use std::mem;
use std::sync::Arc;

use rayon::prelude::*;

use super::builder::ColumnBuilder;
use super::layout::Role;
use super::plan::{FeaturePlan, LabelReading, Plan, Storage};
use super::rows::{Counts, Rows, Store, as_byte};
use crate::error::DataErrorKind;
use crate::images::square_side;
use crate::options::{ColumnSetting, TaskChoice};
use crate::read::cells::{CellFormat, DateFormat, Dictionary, NumberFormat, Reading};
use crate::read::classes::Classes;
use crate::read::left_out::Evidence;
use crate::read::{ColumnReport, ColumnUsage, Note, ReadOptions, Table, TableReport};
use crate::{
    CarriedColumn, CarriedKind, Codes, Column, ColumnKind, ColumnValues, Dataset, Features,
    IgnoreReason, IgnoredColumn, ImageShape, Schema, TargetColumn, TargetScaling,
};

/// Share of its range by which the numbers of a column may be rounded.
const MAX_LOSS: f64 = 1e-6;
/// A column is called one of numbers with a few texts if it has so many times more numbers.
const MIN_SHARE_OF_NUMBERS: usize = 9;

/// Returns the columns whose numbers 32 bits do not tell apart as the file does.
pub(super) fn too_narrow(rows: &Rows, plan: &Plan) -> Vec<usize> {
    let lossy = (0..plan.features.len()).filter(|&feature| {
        let is_narrow = matches!(plan.features[feature].storage, Storage::Floats);
        let counts = &rows.counts[feature];
        let loss = counts.loss;
        let is_constant = counts.lossy.0 >= counts.lossy.1
            && counts.rounded + counts.missing + counts.unseen >= rows.count;
        if !is_narrow || loss == 0.0 || is_constant {
            return false;
        }
        let stored = range(rows, feature, plan.features.len());
        let lossy = rows.counts[feature].lossy;
        // Where all are stored as one number, only the exact ones tell them apart.
        let range = stored.1.max(lossy.1) - stored.0.min(lossy.0);
        range > 0.0 && loss > MAX_LOSS * range
    });
    lossy.map(|feature| plan.features[feature].column).collect()
}

/// Returns the smallest and the largest number of a feature; of none, the first is the larger one.
fn range(rows: &Rows, feature: usize, features: usize) -> (f64, f64) {
    let mut range = (f64::INFINITY, f64::NEG_INFINITY);
    for_each_number(&rows.features, feature, features, |value| {
        range = (range.0.min(value), range.1.max(value));
    });
    range
}

/// Calls `take` with what each row has in a feature of numbers, NaN for a missing one.
fn for_each_number(store: &Store, feature: usize, features: usize, mut take: impl FnMut(f64)) {
    match store {
        Store::Bytes(values) => {
            let values = values.iter().skip(feature).step_by(features);
            values.for_each(|&value| take(value.into()));
        }
        Store::Floats(values) => {
            let values = values.iter().skip(feature).step_by(features);
            values.for_each(|&value| take(value.into()));
        }
        Store::Columns(builders) => {
            let values = &builders[feature].values;
            (0..values.rows()).for_each(|row| take(values.number(row)));
        }
    }
}

/// Returns the data set of rows with the columns of a model.
pub(super) fn of_model(mut rows: Rows, plan: &Plan, schema: &Arc<Schema>) -> Dataset {
    let target = plan.layout.label.map(|_| rows.take_target(plan));
    let features = match rows.features {
        Store::Bytes(values) => Features::Bytes(values),
        Store::Floats(values) => Features::Floats(values),
        Store::Columns(builders) => {
            Features::Columns(builders.into_iter().map(|builder| builder.values).collect())
        }
    };
    Dataset {
        target,
        groups: has_role(plan, Role::Group).then_some(rows.groups),
        times: has_role(plan, Role::Time).then_some(rows.times),
        weights: has_role(plan, Role::Weight).then_some(rows.weights),
        carried: carried(plan, rows.carried, &rows.carried_kinds),
        ..Dataset::new(Arc::clone(schema), features, None)
    }
}

/// Returns the columns that rows carry.
fn carried(plan: &Plan, texts: Vec<Vec<String>>, kinds: &[CarriedKind]) -> Vec<CarriedColumn> {
    let columns = plan.layout.carried.iter().zip(texts).zip(kinds);
    let column = |((&column, texts), &kind)| CarriedColumn {
        name: plan.layout.name(column).to_owned(),
        kind,
        texts,
    };
    columns.map(column).collect()
}

/// Whether a column has this role.
fn has_role(plan: &Plan, role: Role) -> bool {
    let mut uses = plan.layout.uses.iter();
    uses.any(|usage| usage.role == Some(role))
}

/// Returns the report on rows with the columns of a model.
pub(super) fn report_of_model(
    plan: &Plan,
    schema: &Schema,
    counts: &[Counts],
    unlabelled: usize,
    mut notes: Vec<Note>,
) -> TableReport {
    notes.extend(plan.layout.notes.iter().cloned());
    let column = |column: usize| {
        let usage = plan.layout.uses[column];
        let name = plan.layout.name(column).to_owned();
        let known = usage
            .feature
            .map(|feature| (&schema.columns[feature].kind, counts[feature]));
        let ignored = schema.ignored.iter().find(|ignored| ignored.name == name);
        let usage = match (known, ignored) {
            (Some((kind, _)), _) => ColumnUsage::Feature(kind.clone()),
            (None, Some(ignored)) => ColumnUsage::Ignored(ignored.reason),
            (None, None) => ColumnUsage::Extra,
        };
        let counts = known.map(|(_, counts)| counts).unwrap_or_default();
        ColumnReport {
            name,
            usage,
            missing: counts.missing,
            unseen: counts.unseen,
        }
    };
    let is_label = |column: &usize| plan.layout.label_at == Some(*column);
    TableReport {
        columns: (0..plan.layout.uses.len())
            .filter(|at| !is_label(at))
            .map(column)
            .collect(),
        notes,
        unlabelled,
    }
}

/// Returns the data set and the report of all rows of a file.
pub(super) fn table(
    mut rows: Rows,
    classes: Classes,
    plan: &Plan,
    options: &ReadOptions,
    mut notes: Vec<Note>,
) -> Result<Table, DataErrorKind> {
    if rows.count == 0 && rows.weightless > 0 {
        return Err(DataErrorKind::AllWeightless);
    }
    if rows.weightless > 0 {
        notes.push(Note::Weightless {
            rows: rows.weightless,
        });
    }
    if rows.count == 0 && rows.bad.is_empty() {
        return Err(match rows.unlabelled {
            0 => DataErrorKind::HeaderOnly,
            rows => DataErrorKind::NoLabels { rows },
        });
    }
    let Some(schema) = &options.schema else {
        return training(rows, classes, plan, options, notes);
    };
    let report = report_of_model(plan, schema, &rows.counts, rows.unlabelled, notes);
    let bad_rows = mem::take(&mut rows.bad);
    let dataset = of_model(rows, plan, schema);
    Ok(Table {
        dataset,
        report,
        bad_rows,
    })
}

/// Finds out what the columns of a training file are, and returns its data set and report.
fn training(
    mut rows: Rows,
    classes: Classes,
    plan: &Plan,
    options: &ReadOptions,
    mut notes: Vec<Note>,
) -> Result<Table, DataErrorKind> {
    let image = image(plan);
    let (target, note) = target(&mut rows, classes, plan, options)?;
    notes.extend(plan.layout.notes.iter().cloned());
    notes.extend(note);
    let reasons = if image.is_some() || !options.leave_out {
        vec![None; plan.features.len()]
    } else {
        left_out(&rows, plan, options, &mut notes)
    };
    if reasons.iter().all(Option::is_some) {
        return Err(DataErrorKind::AllLeftOut);
    }
    let mut schema = Schema {
        target,
        target_name: plan
            .layout
            .label
            .and_then(|label| plan.layout.names[label].clone()),
        image,
        ignored: ignored(plan, &reasons),
        formats: formats(plan, &reasons),
        ..Schema::default()
    };
    notes.extend(left_out_notes(plan, &reasons));
    let kept: Vec<usize> = (0..reasons.len())
        .filter(|feature| reasons[*feature].is_none())
        .collect();
    let store = mem::replace(&mut rows.features, Store::Bytes(Vec::new()));
    let (columns, features) = features(store, plan, &kept, options, &mut notes);
    schema.columns = columns;
    let report = training_report(&rows, plan, &schema, &reasons, notes);
    let target = has_role(plan, Role::Label).then(|| rows.take_target(plan));
    let dataset = Dataset {
        target,
        groups: has_role(plan, Role::Group).then_some(rows.groups),
        times: has_role(plan, Role::Time).then_some(rows.times),
        weights: has_role(plan, Role::Weight).then_some(rows.weights),
        ..Dataset::new(schema, features, None)
    };
    Ok(Table {
        dataset,
        report,
        bad_rows: Vec::new(),
    })
}

/// Returns the image whose pixels the features are, if they are those of one.
fn image(plan: &Plan) -> Option<ImageShape> {
    if !plan.is_row_major() {
        return None;
    }
    let names = plan
        .features
        .iter()
        .map(|feature| plan.layout.name(feature.column).to_owned());
    let side = square_side(&names.collect::<Vec<_>>())?;
    Some(ImageShape {
        height: side,
        width: side,
    })
}

/// Returns whether labels that were read as classes are numbers to predict; those of images of bytes never are.
pub(super) fn are_values(
    rows: &Rows,
    classes: &Classes,
    plan: &Plan,
    options: &ReadOptions,
) -> bool {
    plan.layout.label.is_some()
        && is_inferred(plan, options)
        && !are_pixels(rows, plan)
        && classes.are_values(&rows.labels)
}

fn are_pixels(rows: &Rows, plan: &Plan) -> bool {
    matches!(rows.features, Store::Bytes(_)) && image(plan).is_some()
}

/// Returns whether the config leaves it to the labels whether they are classes.
fn is_inferred(plan: &Plan, options: &ReadOptions) -> bool {
    let setting = plan.layout.label.and_then(|label| {
        let name = plan.layout.names[label].as_ref()?;
        options.section.columns.get(name)?.table().kind
    });
    options.section.task == TaskChoice::Auto && setting.is_none()
}

/// Finds out what is predicted, and numbers the classes; the note says what was inferred, or which classes look alike.
fn target(
    rows: &mut Rows,
    classes: Classes,
    plan: &Plan,
    options: &ReadOptions,
) -> Result<(TargetColumn, Option<Note>), DataErrorKind> {
    if plan.layout.label.is_none() {
        return Ok((TargetColumn::default(), None));
    }
    match plan.label {
        LabelReading::Classes { .. } => {
            let (classes, note) = classes.finish(&mut rows.labels, rows.weightless > 0)?;
            let is_whole = |name: &String| name.parse::<i64>().is_ok();
            let are_numbers = classes.len() > 2
                && classes.iter().all(is_whole)
                && is_inferred(plan, options)
                && !are_pixels(rows, plan);
            let inferred = are_numbers.then_some(Note::NumbersAsClasses {
                classes: classes.len(),
            });
            Ok((TargetColumn::Class { classes }, note.or(inferred)))
        }
        LabelReading::Values { .. } => {
            let note = is_inferred(plan, options).then_some(Note::NumbersAsValues);
            Ok((TargetColumn::Value(TargetScaling::IDENTITY), note))
        }
    }
}

/// Finds out why a feature should be none, for each.
fn left_out(
    rows: &Rows,
    plan: &Plan,
    options: &ReadOptions,
    notes: &mut Vec<Note>,
) -> Vec<Option<IgnoreReason>> {
    let found = plan
        .features
        .par_iter()
        .enumerate()
        .map(|(feature, column)| {
            let name = plan.layout.name(column.column);
            let setting = options.section.columns.get(name).map(ColumnSetting::table);
            let has_name = plan.layout.has_header && !name.starts_with("Unnamed: ");
            let evidence = Evidence {
                name,
                has_name,
                is_index: plan.layout.has_header && !has_name && column.column == 0,
                is_chosen: setting.is_some_and(|setting| setting.kind.is_some()),
                rows: rows.count,
                all_rows: rows.ended(),
                missing: rows.counts[feature].missing,
            };
            match values(&rows.features, feature, plan.features.len()) {
                Values::Numbers(numbers) => {
                    let note = match column.reading {
                        Reading::Number(_) => evidence.sentinel(&numbers),
                        _ => None,
                    };
                    (evidence.of_numbers(numbers), note)
                }
                Values::Codes(codes) => (evidence.of_codes(&codes), None),
            }
        });
    let (reasons, found): (Vec<_>, Vec<_>) = found.unzip();
    let kept = reasons
        .iter()
        .zip(found)
        .filter(|(reason, _)| reason.is_none());
    notes.extend(kept.filter_map(|(_, note)| note));
    reasons
}

enum Values {
    /// Without those that are missing.
    Numbers(Vec<f64>),
    /// How many rows have each code, 0 for none included.
    Codes(Vec<usize>),
}

/// Returns what rows have in a feature.
fn values(store: &Store, feature: usize, features: usize) -> Values {
    if let Store::Columns(builders) = store
        && let ColumnValues::Codes(codes) = &builders[feature].values
    {
        return Values::Codes(counts(codes));
    }
    let mut numbers = Vec::new();
    for_each_number(store, feature, features, |value| {
        if !value.is_nan() {
            numbers.push(value);
        }
    });
    Values::Numbers(numbers)
}

/// Counts the rows of each code.
fn counts(codes: &Codes) -> Vec<usize> {
    let mut counts = vec![0];
    for row in 0..codes.rows() {
        let code = codes.get(row) as usize;
        if code >= counts.len() {
            counts.resize(code + 1, 0);
        }
        counts[code] += 1;
    }
    counts
}

/// Returns all columns that are no features, in the order of the file.
fn ignored(plan: &Plan, reasons: &[Option<IgnoreReason>]) -> Vec<IgnoredColumn> {
    let of_column = |column: usize| {
        let name = plan.layout.name(column);
        let feature = plan.layout.uses[column].feature;
        let Some(feature) = feature else {
            let said = &mut plan.layout.ignored.iter();
            return said.find(|ignored| ignored.name == name).cloned();
        };
        Some(IgnoredColumn {
            name: name.to_owned(),
            reason: reasons[feature]?,
        })
    };
    (0..plan.layout.uses.len()).filter_map(of_column).collect()
}

/// Returns a note for each reason for which features were left out.
fn left_out_notes(plan: &Plan, reasons: &[Option<IgnoreReason>]) -> Vec<Note> {
    let kinds = [
        IgnoreReason::Counter,
        IgnoreReason::Id,
        IgnoreReason::Constant,
        IgnoreReason::DistinctText,
    ];
    let note = |reason: IgnoreReason| {
        let of_reason = plan
            .features
            .iter()
            .zip(reasons)
            .filter(|(_, found)| **found == Some(reason));
        let names: Vec<String> = of_reason
            .map(|(feature, _)| plan.layout.name(feature.column).to_owned())
            .collect();
        (!names.is_empty()).then_some(Note::LeftOut { reason, names })
    };
    kinds.into_iter().filter_map(note).collect()
}

/// Returns how columns are written whose cells alone do not always tell.
fn formats(plan: &Plan, reasons: &[Option<IgnoreReason>]) -> BTreeMap<String, CellFormat> {
    let kept = plan
        .features
        .iter()
        .zip(reasons)
        .filter(|(_, reason)| reason.is_none());
    let format = |feature: &FeaturePlan| match feature.reading {
        Reading::Number(format) if format != NumberFormat::Point => {
            Some(CellFormat::Number(format))
        }
        Reading::Date(format) if format != DateFormat::YearFirst => Some(CellFormat::Date(format)),
        _ => None,
    };
    let features = kept.filter_map(|(feature, _)| {
        Some((
            plan.layout.name(feature.column).to_owned(),
            format(feature)?,
        ))
    });
    let target = plan.layout.label.and_then(|label| match plan.label {
        LabelReading::Values { format, .. } if format != NumberFormat::Point => Some((
            plan.layout.names[label].clone()?,
            CellFormat::Number(format),
        )),
        _ => None,
    });
    features.chain(target).collect()
}

/// Returns the columns of the features that are kept, and their values.
fn features(
    store: Store,
    plan: &Plan,
    kept: &[usize],
    options: &ReadOptions,
    notes: &mut Vec<Note>,
) -> (Vec<Column>, Features) {
    let all = plan.features.len();
    let name = |feature: usize| plan.layout.name(plan.features[feature].column).to_owned();
    let numbers = || {
        let column = |&feature: &usize| Column {
            name: name(feature),
            kind: ColumnKind::NUMBER,
        };
        kept.iter().map(column).collect()
    };
    match store {
        Store::Bytes(values) => (numbers(), Features::Bytes(compacted(values, all, kept))),
        Store::Floats(values) => (numbers(), floats_or_bytes(compacted(values, all, kept))),
        Store::Columns(builders) => {
            let mut builders: Vec<Option<ColumnBuilder>> = builders.into_iter().map(Some).collect();
            let builders = kept
                .iter()
                .map(|&feature| (feature, builders[feature].take()));
            let builders: Vec<_> = builders
                .filter_map(|(feature, builder)| Some((feature, builder?)))
                .collect();
            let finished = builders.into_par_iter().map(|(feature, builder)| {
                let name = name(feature);
                let setting = options.section.columns.get(&name).map(ColumnSetting::table);
                let max = setting.and_then(|setting| setting.max_categories);
                let max = max.unwrap_or(options.section.max_categories);
                let is_date = matches!(plan.features[feature].reading, Reading::Date(_));
                let (kind, values) = finish_column(builder, is_date, max);
                (Column { name, kind }, values)
            });
            let (columns, values): (Vec<Column>, Vec<ColumnValues>) = finished.unzip();
            notes.extend(columns.iter().zip(&values).filter_map(mostly_numbers));
            (columns, by_row_if_plain(values))
        }
    }
}

/// Keeps some of the columns of a table of rows.
fn compacted<T: Copy>(mut values: Vec<T>, all: usize, kept: &[usize]) -> Vec<T> {
    if kept.len() < all {
        for row in 0..values.len() / all {
            for (to, &from) in kept.iter().enumerate() {
                values[row * kept.len() + to] = values[row * all + from];
            }
        }
        values.truncate(values.len() / all * kept.len());
        values.shrink_to_fit();
    }
    values
}

/// Stores numbers as bytes if they all are.
fn floats_or_bytes(values: Vec<f32>) -> Features {
    if values.iter().all(|value| as_byte(*value).is_some()) {
        return Features::Bytes(values.iter().filter_map(|value| as_byte(*value)).collect());
    }
    Features::Floats(values)
}

/// Stores columns row after row if all of them are numbers of 32 bits.
fn by_row_if_plain(values: Vec<ColumnValues>) -> Features {
    let floats = values.iter().map(|values| match values {
        ColumnValues::Floats(values) => Some(values.as_slice()),
        ColumnValues::Doubles(_) | ColumnValues::Codes(_) => None,
    });
    let Some(columns) = floats.collect::<Option<Vec<_>>>() else {
        return Features::Columns(values);
    };
    let rows = columns.first().map_or(0, |values| values.len());
    let mut by_row = Vec::with_capacity(rows * columns.len());
    for row in 0..rows {
        by_row.extend(columns.iter().map(|values| values[row]));
    }
    floats_or_bytes(by_row)
}

/// Returns the kind of a column and its values.
fn finish_column(
    builder: ColumnBuilder,
    is_date: bool,
    max_categories: usize,
) -> (ColumnKind, ColumnValues) {
    match (builder.values, builder.texts) {
        (ColumnValues::Codes(codes), Some(texts)) => {
            let (kind, codes) = categories(&codes, &texts, builder.declared, max_categories);
            (kind, ColumnValues::Codes(codes))
        }
        (values @ ColumnValues::Codes(_), None) => (ColumnKind::Boolean, values),
        (values, _) if is_date => (ColumnKind::Date, values),
        (values @ ColumnValues::Doubles(_), _) => (ColumnKind::Number { wide: true }, values),
        (values @ ColumnValues::Floats(_), _) => (ColumnKind::NUMBER, values),
    }
}

/// Puts the categories of a column in order, those that rows have and the first `declared` ones, the rarest behind the
/// others if there are too many.
fn categories(
    codes: &Codes,
    texts: &Dictionary,
    declared: usize,
    max: usize,
) -> (ColumnKind, Codes) {
    let counts = counts(codes);
    let count = |text: usize| counts.get(text + 1).copied().unwrap_or(0);
    let known = |text: &usize| *text < declared || count(*text) > 0;
    let mut order: Vec<usize> = (0..texts.len()).filter(known).collect();
    order.sort_unstable_by_key(|text| texts.get(*text));
    let rare = if order.len() > max.max(1) {
        // The shared input is one of them.
        let rare = order.len() + 1 - max.max(1);
        let mut by_count = order.clone();
        by_count.sort_by_key(|text| count(*text)); // stable: by name where counts are equal
        by_count.truncate(rare);
        by_count.into_iter().collect()
    } else {
        HashSet::new()
    };
    let (rare, own): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|text| rare.contains(text));
    let mut renumbered = vec![0; texts.len() + 1];
    for (code, text) in (1..).zip(own.iter().chain(&rare)) {
        renumbered[text + 1] = code;
    }
    let mut new = Codes::new(
        Vec::with_capacity(codes.rows()),
        (own.len() + rare.len()) as u32,
    );
    (0..codes.rows()).for_each(|row| new.push(renumbered[codes.get(row) as usize]));
    let name = |text: usize| String::from_utf8_lossy(texts.get(text)).into_owned();
    let kind = ColumnKind::Category {
        categories: own.into_iter().map(name).collect(),
        rare: rare.into_iter().map(name).collect(),
    };
    (kind, new)
}

/// Returns a note on a column of categories that would be numbers but for a few cells.
fn mostly_numbers((column, values): (&Column, &ColumnValues)) -> Option<Note> {
    let (ColumnKind::Category { categories, rare }, ColumnValues::Codes(codes)) =
        (&column.kind, values)
    else {
        return None;
    };
    let counts = counts(codes);
    let (mut numbers, mut texts, mut example) = (0, 0, None);
    for (name, &rows) in categories.iter().chain(rare).zip(&counts[1..]) {
        if NumberFormat::Point.parse(name.as_bytes()).is_some() {
            numbers += rows;
        } else {
            texts += rows;
            example = example.or(Some(name));
        }
    }
    (texts > 0 && numbers > MIN_SHARE_OF_NUMBERS * texts).then(|| Note::MostlyNumbers {
        column: column.name.clone(),
        texts,
        numbers,
        example: example.cloned().unwrap_or_default(),
    })
}

/// Returns the report on a training file.
fn training_report(
    rows: &Rows,
    plan: &Plan,
    schema: &Schema,
    reasons: &[Option<IgnoreReason>],
    notes: Vec<Note>,
) -> TableReport {
    let mut kinds = schema.columns.iter().map(|column| &column.kind);
    let mut of_feature: Vec<Option<ColumnUsage>> = reasons
        .iter()
        .map(|reason| match reason {
            Some(reason) => Some(ColumnUsage::Ignored(*reason)),
            None => kinds.next().map(|kind| ColumnUsage::Feature(kind.clone())),
        })
        .collect();
    let report = |column: usize| {
        let usage = plan.layout.uses[column];
        let name = plan.layout.name(column).to_owned();
        let (usage, missing) = if let Some(feature) = usage.feature {
            (of_feature[feature].take()?, rows.counts[feature].missing)
        } else {
            let mut said = plan.layout.ignored.iter();
            let ignored = said.find(|ignored| ignored.name == name)?;
            (ColumnUsage::Ignored(ignored.reason), 0)
        };
        Some(ColumnReport {
            name,
            usage,
            missing,
            unseen: 0,
        })
    };
    TableReport {
        columns: (0..plan.layout.uses.len()).filter_map(report).collect(),
        notes,
        unlabelled: rows.unlabelled,
    }
}
