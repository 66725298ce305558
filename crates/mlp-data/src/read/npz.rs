//! NPZ, several arrays of NumPy in a ZIP archive: features and labels, of training rows, of test rows, or of both.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::classes::Classes;
use super::csv::{TypedRows, read_typed};
use super::idx::{LabelColumn, are_values, pixel_table, value_column};
use super::npy::{Array, Arrays};
use super::zip::{Content, Entry, entries};
use super::{Labels, Note, ReadOptions, Rewindable, Table, TypedFormat};
use crate::error::{DataError, DataErrorKind, DataPlace, listed};
use crate::{Target, TargetColumn};

/// Names of the arrays of features and labels of training rows.
const TRAINING: [&str; 2] = ["x_train", "y_train"];
/// Those of test rows.
const TEST: [&str; 2] = ["x_test", "y_test"];
/// Those of a file that has only one kind of rows.
const ALL: [&str; 2] = ["x", "y"];

/// The arrays of a file that are read.
struct Part {
    features: Entry,
    labels: Option<Entry>,
    notes: Vec<Note>,
}

/// Reads features and labels. Of a file that has both, training rows are read where columns and classes are found out,
/// and test rows where they are those of a model.
pub(super) fn read(stream: &mut Rewindable, options: &ReadOptions) -> Result<Table, DataError> {
    let path = stream.path().to_owned();
    let of_file = |kind| DataError::of_file(&path, kind);
    let file = stream.whole()?;
    let part = entries(&file)
        .and_then(|entries| Part::of(&entries, options))
        .map_err(of_file)?;
    let open = || -> Result<(Array, Option<Array>), DataErrorKind> {
        let features = array(&file, &part.features)?.of_features()?;
        let labels = part
            .labels
            .as_ref()
            .filter(|_| options.labels != Labels::Absent);
        let labels = labels.map(|labels| array(&file, labels)).transpose()?;
        if let (Some(labels), Some(entry)) = (&labels, &part.labels) {
            if labels.width != 1 {
                let why = format!("a row has {} labels, where one is expected", labels.width);
                return Err(wrong(entry, &why));
            }
            if labels.rows != features.rows {
                return Err(DataErrorKind::NpzArrays(format!(
                    "`{}` has {} rows, `{}` {}",
                    name(&part.features),
                    features.rows,
                    name(entry),
                    labels.rows
                )));
            }
        }
        Ok((features, labels))
    };
    let (mut features, mut labels) = open().map_err(of_file)?;
    if features.has_byte_images() {
        let shape = features.row_shape();
        let pixels = features.byte_rows(options.limit).map_err(of_file)?;
        let rows = pixels.len() / features.width;
        let labelled = || {
            let labels = labels.as_mut();
            labels
                .map(|labels| class_labels(labels, rows, &path, options))
                .transpose()
        };
        return pixel_table(pixels, &shape, labelled, part.notes, &path, options);
    }
    let mut open = || -> Result<Box<dyn TypedRows>, DataError> {
        let (features, labels) = open().map_err(of_file)?;
        let notes = part.notes.clone();
        Ok(Box::new(Arrays::new(features, labels, &path, notes)))
    };
    read_typed(&mut open, &path, options)
}

/// Whether a file has test rows next to its training rows.
///
/// # Errors
/// If it cannot be read.
pub(super) fn has_test_rows(stream: &mut Rewindable) -> Result<bool, DataError> {
    if stream.content()? != super::Content::Typed(TypedFormat::Npz) {
        return Ok(false);
    }
    let file = stream.whole()?;
    let entries = entries(&file).map_err(|kind| DataError::of_file(stream.path(), kind))?;
    let all = TRAINING.into_iter().chain(TEST);
    Ok(all
        .into_iter()
        .all(|wanted| find(&entries, wanted).is_some()))
}

impl Part {
    fn of(entries: &[Entry], options: &ReadOptions) -> Result<Self, DataErrorKind> {
        let parts = [TRAINING, TEST, ALL].map(|[features, labels]| {
            let features = find(entries, features)?;
            Some((features.clone(), find(entries, labels).cloned()))
        });
        let [training, test, all] = parts;
        let (read, other) = match (training, test, all, &options.schema) {
            (Some(training), Some(test), None, None) => (training, Some(test)),
            (Some(training), Some(test), None, Some(_)) => (test, Some(training)),
            (Some(one), None, None, _)
            | (None, Some(one), None, _)
            | (None, None, Some(one), _) => (one, None),
            _ => {
                let names: Vec<String> = entries.iter().map(name).collect();
                return Err(DataErrorKind::NpzArrays(format!(
                    "which of its arrays are features and labels is not known: {}",
                    listed(&names)
                )));
            }
        };
        let (features, labels) = read;
        if labels.is_none() && options.labels == Labels::Required {
            return Err(DataErrorKind::NpzArrays(format!(
                "the array `{}` has no array of labels next to it",
                name(&features)
            )));
        }
        let note = other.map(|(other, _)| Note::PartOfFile {
            array: name(&features),
            other: name(&other),
        });
        Ok(Self {
            features,
            labels,
            notes: note.into_iter().collect(),
        })
    }
}

/// Returns the name of an array.
fn name(entry: &Entry) -> String {
    let name = entry.name.strip_suffix(".npy");
    name.unwrap_or(&entry.name).to_owned()
}

fn find<'a>(entries: &'a [Entry], wanted: &str) -> Option<&'a Entry> {
    let is_wanted = |entry: &&Entry| name(entry).eq_ignore_ascii_case(wanted);
    entries.iter().find(is_wanted)
}

fn wrong(entry: &Entry, why: &str) -> DataErrorKind {
    DataErrorKind::Array {
        array: format!("`{}`", name(entry)),
        why: why.to_owned(),
    }
}

fn array(file: &Arc<File>, entry: &Entry) -> Result<Array, DataErrorKind> {
    let content = Content::open(file, entry)?;
    let of_archive = entry.name.clone();
    let explain = move |error| Content::explain(&of_archive, error);
    Array::open(&format!("`{}`", name(entry)), content, explain)
}

/// Reads the labels of images.
fn class_labels(
    array: &mut Array,
    rows: usize,
    path: &Path,
    options: &ReadOptions,
) -> Result<LabelColumn, DataError> {
    let of_file = |kind| DataError::of_file(path, kind);
    let mut classes = Classes::new(options.classes());
    let are_values = are_values(options);
    let (mut labels, mut numbers) = (Vec::new(), Vec::new());
    let mut text = String::new();
    let mut read = 0;
    while read < rows {
        let batch = array.next_columns(rows - read).map_err(of_file)?;
        let Some(values) = batch.as_ref().and_then(|columns| columns.first()) else {
            break; // cannot be: there are as many
        };
        for row in 0..values.rows() {
            read += 1;
            let in_row = |kind| DataError::at(path, DataPlace::Row(read), kind);
            if are_values {
                let value = values.number(row);
                let value = value.filter(|value| value.is_finite());
                numbers.push(value.ok_or_else(|| in_row(DataErrorKind::EmptyCell))?);
                continue;
            }
            let label = values.text(row, &mut text);
            let class = classes.class_of(label, label.is_empty());
            let class = class.and_then(|class| class.ok_or(DataErrorKind::EmptyCell));
            labels.push(class.map_err(in_row)?);
        }
    }
    if options.limit == 0 {
        array.next_columns(1).map_err(of_file)?; // checks the end
    }
    if are_values {
        return Ok(value_column(numbers));
    }
    let (classes, _) = classes.finish(&mut labels, false).map_err(of_file)?;
    Ok((Target::Class { labels }, TargetColumn::Class { classes }))
}
