//! IDX, the format that MNIST is published in: a file of images and a file of labels, all unsigned bytes.
//!
//! `00 00 08 rank`, one big-endian `u32` for each dimension, then the values, the last dimension fastest
//! (<https://yann.lecun.org/exdb/mnist>).

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::classes::Classes;
use super::columns::match_columns;
use super::compressed::Source;
use super::{ColumnReport, ColumnUsage, Labels, Note, ReadOptions, Table, TableReport};
use crate::error::{DataError, DataErrorKind, DataPlace};
use crate::options::TaskChoice;
use crate::{Column, Dataset, Features, Schema, Target, TargetColumn, TargetScaling};

/// Code of unsigned bytes, the only type of values that is read.
const UNSIGNED_BYTE: u8 = 0x08;

/// What is to be predicted of each row, and what that is.
pub(super) type LabelColumn = (Target, TargetColumn);

/// Reads images and, from the file next to them, their labels. Feature names are `1x1`, `1x2`, … as in MNIST's CSV.
pub(super) fn read<R: Read>(
    source: Source<R>,
    path: &Path,
    options: &ReadOptions,
) -> Result<Table, DataError> {
    let images =
        Values::read(source, options.limit).map_err(|kind| DataError::of_file(path, kind))?;
    let shape = match images.dimensions.as_slice() {
        [_, shape @ ..] if !shape.is_empty() => shape,
        dimensions => {
            let kind = DataErrorKind::IdxRank {
                rank: dimensions.len(),
                expected: "a file of images has 2 or more",
            };
            return Err(DataError::of_file(path, kind));
        }
    };
    let labelled = || match options.labels {
        Labels::Absent => Ok(None),
        Labels::Optional | Labels::Required => read_labels(path, images.dimensions[0], options),
    };
    pixel_table(images.bytes, shape, labelled, Vec::new(), path, options)
}

/// Returns the table of images of this shape, `[rows, …]`; `labelled` reads their labels.
pub(super) fn pixel_table(
    pixels: Vec<u8>,
    shape: &[usize],
    labelled: impl FnOnce() -> Result<Option<LabelColumn>, DataError>,
    mut notes: Vec<Note>,
    path: &Path,
    options: &ReadOptions,
) -> Result<Table, DataError> {
    let feature_names = feature_names(shape);
    let pixels = Features::Bytes(pixels);
    let of_file = |kind| DataError::of_file(path, kind);
    let features = match &options.schema {
        Some(schema) => {
            let (features, of_order) = in_order(pixels, schema, &feature_names).map_err(of_file)?;
            notes.extend(of_order);
            features
        }
        None => pixels,
    };
    let (target, column) = labelled()?.unzip();
    let schema = match &options.schema {
        Some(schema) => Arc::clone(schema),
        None => Arc::new(Schema {
            target: column.unwrap_or_default(),
            ..Schema::of_numbers(feature_names, Vec::new())
        }),
    };
    let column = |column: &Column| ColumnReport {
        name: column.name.clone(),
        usage: ColumnUsage::Feature(column.kind.clone()),
        missing: 0,
        unseen: 0,
    };
    Ok(Table {
        bad_rows: Vec::new(),
        report: TableReport {
            columns: schema.columns.iter().map(column).collect(),
            notes,
            unlabelled: 0,
        },
        dataset: Dataset {
            target,
            ..Dataset::new(schema, features, None)
        },
    })
}

/// Puts pixels into the order of a model's columns; IDX has no names, so that only those of its pixels' places count.
fn in_order(
    pixels: Features,
    schema: &Schema,
    names: &[String],
) -> Result<(Features, Vec<Note>), DataErrorKind> {
    if !schema.is_numeric() {
        return Err(DataErrorKind::NotPixels {
            features: schema.columns.len(),
        });
    }
    let model = schema.feature_names();
    let has_places = model.iter().all(|name| names.contains(name));
    let matched = match_columns(schema, names, has_places, false)?;
    let features = match &pixels {
        Features::Bytes(values) if !matched.columns.is_sorted() => {
            let rows = values.chunks_exact(names.len());
            let ordered = rows.flat_map(|row| matched.columns.iter().map(|&column| row[column]));
            Features::Bytes(ordered.collect())
        }
        _ => pixels,
    };
    Ok((features, matched.notes))
}

/// Reads the labels of `images` images, if there is a file of them or must be.
fn read_labels(
    path: &Path,
    images: usize,
    options: &ReadOptions,
) -> Result<Option<LabelColumn>, DataError> {
    let tried = label_files(path);
    let Some(label_path) = tried.iter().find(|path| path.exists()) else {
        return match options.labels {
            Labels::Required => Err(DataError::of_file(
                path,
                DataErrorKind::IdxNoPartner { tried },
            )),
            _ => Ok(None),
        };
    };
    let in_label_file = |kind| DataError::of_file(label_path, kind);
    let file = File::open(label_path).map_err(|error| DataError::opening(label_path, error))?;
    let values = Source::new(file)
        .and_then(|source| Values::read(source, options.limit))
        .map_err(in_label_file)?;
    if values.dimensions.len() != 1 {
        let kind = DataErrorKind::IdxRank {
            rank: values.dimensions.len(),
            expected: "a file of labels has 1",
        };
        return Err(in_label_file(kind));
    }
    if values.dimensions[0] != images {
        let kind = DataErrorKind::IdxCounts {
            images,
            labels: values.dimensions[0],
            label_file: label_path.clone(),
        };
        return Err(DataError::of_file(path, kind));
    }
    if are_values(options) {
        let values = values.bytes.into_iter().map(f64::from).collect();
        return Ok(Some(value_column(values)));
    }
    let mut classes = Classes::new(options.classes());
    let mut labels = Vec::with_capacity(values.bytes.len());
    for (row, value) in (1..).zip(&values.bytes) {
        let class = classes.class_of(value.to_string().as_bytes(), false);
        let class = class.map_err(|kind| DataError::at(label_path, DataPlace::Row(row), kind))?;
        labels.extend(class); // a number is never missing
    }
    let classes = classes.finish(&mut labels, false);
    let (classes, _) = classes.map_err(in_label_file)?;
    Ok(Some((
        Target::Class { labels },
        TargetColumn::Class { classes },
    )))
}

/// Whether the labels of images are numbers to predict: only where a config or a model says so.
pub(super) fn are_values(options: &ReadOptions) -> bool {
    match &options.schema {
        Some(schema) => matches!(schema.target, TargetColumn::Value(_)),
        None => options.section.task == TaskChoice::Regression,
    }
}

/// Returns numbers to predict.
pub(super) const fn value_column(values: Vec<f64>) -> LabelColumn {
    (
        Target::Value { values },
        TargetColumn::Value(TargetScaling::IDENTITY),
    )
}

/// What an IDX file holds, or its first rows.
struct Values {
    /// Rows first, as the header has them.
    dimensions: Vec<usize>,
    bytes: Vec<u8>,
}

impl Values {
    /// Reads the first `limit` rows, or all if it is 0; only then is the end of the file checked.
    fn read<R: Read>(mut source: Source<R>, limit: usize) -> Result<Self, DataErrorKind> {
        let magic = take(&mut source, 4)?;
        let rank = match magic[..] {
            [0, 0, UNSIGNED_BYTE, rank] if rank > 0 => rank,
            [] => return Err(DataErrorKind::Empty),
            _ => {
                let found: Vec<String> = magic.iter().map(|byte| format!("{byte:02x}")).collect();
                return Err(DataErrorKind::IdxMagic {
                    found: found.join(" "),
                });
            }
        };
        let header = take(&mut source, 4 * u64::from(rank))?;
        if header.len() < 4 * usize::from(rank) {
            return Err(DataErrorKind::IdxHeaderTruncated);
        }
        let (sizes, _) = header.as_chunks::<4>();
        let sizes: Vec<u32> = sizes.iter().map(|size| u32::from_be_bytes(*size)).collect();
        let row = sizes[1..].iter().fold(1_u64, |product, &size| {
            product.saturating_mul(u64::from(size))
        });
        if row == 0 || sizes[0] == 0 {
            return Err(DataErrorKind::HeaderOnly);
        }
        let rows = if limit == 0 {
            u64::from(sizes[0])
        } else {
            u64::from(sizes[0]).min(limit as u64)
        };
        let announced = row.saturating_mul(rows);
        let bytes = take(&mut source, announced)?;
        let mut found = bytes.len() as u64;
        if limit == 0 {
            found +=
                io::copy(&mut source, &mut io::sink()).map_err(|error| source.explain(error))?;
        }
        if found != announced {
            return Err(DataErrorKind::IdxSize { announced, found });
        }
        Ok(Self {
            dimensions: sizes.into_iter().map(|size| size as usize).collect(),
            bytes,
        })
    }
}

/// The next bytes, fewer at the end of the stream.
fn take<R: Read>(source: &mut Source<R>, length: u64) -> Result<Vec<u8>, DataErrorKind> {
    let mut bytes = Vec::new();
    match source.by_ref().take(length).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(source.explain(error)),
    }
}

/// Returns where the labels of an image file may be: `images` becomes `labels`, `idx3` becomes `idx1`; they may be
/// compressed otherwise.
pub(crate) fn label_files(images: &Path) -> Vec<PathBuf> {
    let name = images.file_name().unwrap_or_default().to_string_lossy();
    if !name.contains("images") {
        return Vec::new();
    }
    let mut name = name.replace("images", "labels");
    for rank in 2..=9 {
        name = name.replace(&format!("idx{rank}"), "idx1");
    }
    let endings = ["", ".gz", ".zst"];
    let plain = endings[1..]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    let plain = plain.unwrap_or(&name);
    let all = endings.map(|ending| format!("{plain}{ending}"));
    let others = all.into_iter().filter(|other| *other != name);
    std::iter::once(name.clone())
        .chain(others)
        .map(|name| images.with_file_name(name))
        .collect()
}

/// Names the position of each value within a row, counted from 1: `1x1`, `1x2`, … for images, `x1`, `x2`, … for vectors.
pub(super) fn feature_names(shape: &[usize]) -> Vec<String> {
    if let [length] = shape {
        return (1..=*length)
            .map(|position| format!("x{position}"))
            .collect();
    }
    shape.iter().fold(vec![String::new()], |names, &size| {
        let extend = |name: &String, position| {
            if name.is_empty() {
                format!("{position}")
            } else {
                format!("{name}x{position}")
            }
        };
        names
            .iter()
            .flat_map(|name| (1..=size).map(move |position| extend(name, position)))
            .collect()
    })
}
