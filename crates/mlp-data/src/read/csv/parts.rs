//! A large file in parts, for all threads at once.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::memchr2;
use rayon::prelude::*;

use super::plan::Plan;
use super::reader::{Head, Reader, Surveys};
use super::rows::{Rows, Store};
use crate::error::DataError;
use crate::read::classes::Classes;
use crate::read::compressed::Source;
use crate::read::text::Encoding;
use crate::read::{Note, ReadOptions};

/// Bytes of the smallest part that is worth a thread.
const MIN_PART_BYTES: u64 = 1 << 20;
/// Parts for each thread: one that is busy with other work takes fewer.
const PARTS_PER_THREAD: u64 = 8;
/// Bytes looked at once for the end of a row.
const STRETCH: usize = 1 << 12;
/// Bytes looked at for it before the file is left to a reader that goes from its beginning to its end.
const MAX_LINE: u64 = 1 << 20;
/// Rows that a part reads before it looks whether another one failed.
const ROWS_AT_ONCE: usize = 1 << 10;

/// An uncompressed file that several threads read.
pub(super) struct Parts<'a> {
    path: &'a Path,
    cuts: Vec<u64>,
}

/// Why parts of a file did not become one table.
pub(super) enum Stop {
    /// A cell does not fit what was guessed of its column.
    Misfit,
    /// It has to be read from its beginning to its end: it has quotes, so that a line may break within a row; or
    /// something is wrong in it, whose line must be told.
    Sequential,
}

impl From<DataError> for Stop {
    fn from(error: DataError) -> Self {
        if error.kind.is_misfit() {
            Self::Misfit
        } else {
            Self::Sequential
        }
    }
}

/// All rows of a file, their classes, and what a user should know.
pub(super) type AllRows = (Rows, Classes, Vec<Note>);

impl<'a> Parts<'a> {
    /// Cuts a file; `None` if it has to be read from its beginning to its end, because it is small or only some of its
    /// rows are wanted.
    pub fn of(path: &'a Path, options: &ReadOptions) -> Option<Self> {
        if options.limit > 0 || options.leave_out_bad_rows {
            return None;
        }
        let cuts = cuts(path, rayon::current_num_threads() as u64).ok()?;
        (cuts.len() > 1).then_some(Self { path, cuts })
    }

    /// Reads all rows as a plan says.
    pub fn read(&self, plan: &Arc<Plan>, options: &ReadOptions) -> Result<AllRows, Stop> {
        let readers = self.readers(plan, options)?;
        let failed = AtomicBool::new(false);
        let parts = readers.into_par_iter().map(|mut reader| {
            let mut rows = Rows::new(plan);
            let all = read_part(&mut reader, &mut rows, &failed);
            if all.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            all.map(|()| (reader, rows))
        });
        let parts = parts.collect::<Vec<Result<_, Stop>>>();
        if parts.iter().any(|part| matches!(part, Err(Stop::Misfit))) {
            return Err(Stop::Misfit);
        }
        let parts: Vec<(Reader<_>, Rows)> = parts.into_iter().collect::<Result<_, _>>()?;
        let encodings = parts.iter().map(|(reader, _)| reader.encoding());
        if !agree(encodings.collect()) {
            return Err(Stop::Sequential);
        }
        let notes = distinct(parts.iter().flat_map(|(reader, _)| reader.notes()));
        let (readers, rows): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let (reader, rows) = join(readers, rows)?;
        Ok((rows, reader.classes, notes))
    }

    /// Surveys all cells.
    pub fn survey(
        &self,
        plan: &Arc<Plan>,
        options: &ReadOptions,
        empty: &Surveys,
    ) -> Option<Surveys> {
        let readers = self.readers(plan, options).ok()?;
        let surveys = readers.into_par_iter().map(|mut reader| {
            let mut surveys = empty.clone();
            reader.survey(&mut surveys).ok()?;
            (!reader.has_quotes).then_some(surveys)
        });
        let mut surveys = surveys.collect::<Option<Vec<_>>>()?.into_iter();
        let mut whole = surveys.next()?;
        surveys.for_each(|other| whole.merge(other));
        Some(whole)
    }

    fn readers(
        &self,
        plan: &Arc<Plan>,
        options: &ReadOptions,
    ) -> Result<Vec<Reader<Take<File>>>, Stop> {
        let part = |from, to| part(self.path, from, to).map_err(|_| Stop::Sequential);
        let source = Source::new(part(0, self.cuts[0])?).map_err(|_| Stop::Sequential)?;
        let head = Head::read(source, self.path, options)?;
        let first = Reader::new(head, Arc::clone(plan), self.path, options);
        let others = self.cuts.windows(2).map(|ends| {
            let stream = part(ends[0], ends[1])?;
            first.further_on(stream).ok_or(Stop::Sequential)
        });
        let mut readers = others.collect::<Result<Vec<_>, Stop>>()?;
        readers.insert(0, first);
        Ok(readers)
    }
}

fn read_part<R: Read>(
    reader: &mut Reader<R>,
    rows: &mut Rows,
    failed: &AtomicBool,
) -> Result<(), Stop> {
    loop {
        let before = rows.ended();
        reader.fill(rows, ROWS_AT_ONCE)?;
        if reader.has_quotes || failed.load(Ordering::Relaxed) {
            return Err(Stop::Sequential);
        }
        if rows.ended() == before {
            return Ok(());
        }
    }
}

/// Joins the rows of all parts.
fn join<R: Read>(readers: Vec<Reader<R>>, rows: Vec<Rows>) -> Result<(Reader<R>, Rows), Stop> {
    let mut stores = Vec::with_capacity(rows.len());
    let mut parts = readers.into_iter().zip(rows);
    let Some((mut whole, mut all)) = parts.next() else {
        return Err(Stop::Sequential);
    };
    stores.push(std::mem::replace(
        &mut all.features,
        Store::Bytes(Vec::new()),
    ));
    for (reader, part) in parts {
        let labels = labels_of(&mut whole, &reader, &part.labels).ok_or(Stop::Sequential)?;
        all.labels.extend(labels);
        all.values.extend(part.values);
        let groups: Vec<u32> = part
            .group_names
            .iter()
            .map(|name| all.group_names.insert(name))
            .collect();
        all.groups
            .extend(part.groups.iter().map(|&group| groups[group as usize]));
        all.times.extend(part.times);
        all.weights.extend(part.weights);
        for (all, texts) in all.carried.iter_mut().zip(part.carried) {
            all.extend(texts);
        }
        all.count += part.count;
        all.unlabelled += part.unlabelled;
        all.weightless += part.weightless;
        for (all, counts) in all.counts.iter_mut().zip(&part.counts) {
            all.add(counts);
        }
        stores.push(part.features);
    }
    all.features = joined(stores);
    Ok((whole, all))
}

/// Returns the labels of another part in the numbers of the first part's classes.
fn labels_of<R: Read>(
    whole: &mut Reader<R>,
    other: &Reader<R>,
    labels: &[u32],
) -> Option<Vec<u32>> {
    let names = other.classes.names().iter();
    let classes = names.map(|name| {
        whole
            .classes
            .class_of(name.as_bytes(), false)
            .ok()
            .flatten()
    });
    let classes = classes.collect::<Option<Vec<_>>>()?;
    Some(
        labels
            .iter()
            .map(|label| classes[*label as usize])
            .collect(),
    )
}

/// Joins the values of several tables, one after the other.
fn joined(parts: Vec<Store>) -> Store {
    if parts.iter().all(|part| matches!(part, Store::Bytes(_))) {
        return Store::Bytes(joined_bytes(&parts));
    }
    if parts.iter().any(|part| matches!(part, Store::Columns(_))) {
        return joined_columns(parts);
    }
    let floats = parts.into_iter().flat_map(|part| match part {
        Store::Bytes(values) => values.into_iter().map(f32::from).collect(),
        Store::Floats(values) => values,
        Store::Columns(_) => Vec::new(),
    });
    Store::Floats(floats.collect())
}

/// Joins bytes, copied by all threads.
fn joined_bytes(parts: &[Store]) -> Vec<u8> {
    let parts = parts.iter().map(|part| match part {
        Store::Bytes(values) => values.as_slice(),
        Store::Floats(_) | Store::Columns(_) => &[],
    });
    let parts: Vec<&[u8]> = parts.collect();
    let mut joined = vec![0; parts.iter().map(|part| part.len()).sum()];
    let mut rest = joined.as_mut_slice();
    let places = parts.iter().map(|part| {
        rest.split_off_mut(..part.len()).unwrap_or_default() // there is room for all
    });
    let places: Vec<_> = places.collect();
    places
        .into_par_iter()
        .zip(parts)
        .for_each(|(place, part)| place.copy_from_slice(part));
    joined
}

/// Joins columns, each by one thread, and frees the parts of a column as soon as it is whole.
fn joined_columns(parts: Vec<Store>) -> Store {
    let mut columns: Vec<Vec<_>> = Vec::new();
    for part in parts {
        let Store::Columns(builders) = part else {
            continue; // all parts follow one plan
        };
        columns.resize_with(builders.len(), Vec::new);
        for (column, builder) in columns.iter_mut().zip(builders) {
            column.push(builder);
        }
    }
    let whole = columns.into_par_iter().filter_map(|parts| {
        let mut parts = parts.into_iter();
        let mut whole = parts.next()?;
        parts.for_each(|part| whole.append(part));
        Some(whole)
    });
    Store::Columns(whole.collect())
}

/// Whether all parts of a text may be of one encoding.
fn agree(mut encodings: Vec<Encoding>) -> bool {
    encodings.retain(|encoding| *encoding != Encoding::Ascii); // the others hold it
    encodings.windows(2).all(|pair| pair[0] == pair[1])
}

/// Returns each note once, with what all parts counted.
fn distinct(notes: impl Iterator<Item = Note>) -> Vec<Note> {
    let mut distinct = Vec::new();
    let mut blank_rows = 0;
    for note in notes {
        if let Note::BlankRows { rows } = note {
            blank_rows += rows;
        } else if !distinct.contains(&note) {
            distinct.push(note);
        }
    }
    let rows = blank_rows;
    distinct.extend((rows > 0).then_some(Note::BlankRows { rows }));
    distinct
}

/// Where the parts of a file end, each behind a line break or within one; only one where more do not pay.
fn cuts(path: &Path, threads: u64) -> io::Result<Vec<u64>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Ok(Vec::new()); // a pipe is read once
    }
    let length = metadata.len();
    let mut file = File::open(path)?;
    let parts = (length / MIN_PART_BYTES).min(threads * PARTS_PER_THREAD);
    let mut cuts = Vec::new();
    if threads > 1 {
        for number in 1..parts {
            let wanted = length / parts * number;
            let cut = behind_line(&mut file, wanted)?;
            if cuts.last().is_none_or(|last| *last < cut) && cut < length {
                cuts.push(cut);
            }
        }
    }
    cuts.push(length);
    Ok(cuts)
}

/// The first place behind a line break or within one, from `from` on, or the end of the file.
///
/// # Errors
/// If the file cannot be read, or its lines are too long.
fn behind_line(file: &mut File, from: u64) -> io::Result<u64> {
    file.seek(SeekFrom::Start(from))?;
    let mut at = from;
    let mut stretch = [0; STRETCH];
    loop {
        let read = match file.read(&mut stretch) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        match memchr2(b'\n', b'\r', &stretch[..read]) {
            Some(offset) => return Ok(at + offset as u64 + 1),
            None if read == 0 => return Ok(at),
            None if at - from > MAX_LINE => return Err(io::ErrorKind::FileTooLarge.into()),
            None => at += read as u64,
        }
    }
}

/// The bytes of a file from one place to another.
fn part(path: &Path, from: u64, to: u64) -> io::Result<Take<File>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    Ok(file.take(to - from))
}
