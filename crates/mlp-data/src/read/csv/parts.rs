//! A large file in parts, for all threads at once.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::Path;

use memchr::memchr;
use rayon::prelude::*;

use super::reader::RowReader;
use super::rows::joined;
use crate::Dataset;
use crate::read::ReadOptions;

/// Bytes of the smallest part that is worth a thread.
const MIN_PART_BYTES: u64 = 1 << 20;
/// Parts for each thread: one that is busy with other work takes fewer.
const PARTS_PER_THREAD: u64 = 8;
/// Bytes looked at once for the end of a row.
const STRETCH: usize = 1 << 12;

/// All rows of an uncompressed file, as [`RowReader::read_all`] has them.
///
/// `None` where it has to be read from its beginning to its end: it is small, or only some of its rows are
/// wanted; it has quotes, so that a line may break within a row; or something is wrong in it, whose line must
/// be told.
pub(in crate::read) fn read_in_parts(path: &Path, options: &ReadOptions) -> Option<Dataset> {
    if options.limit > 0 {
        return None;
    }
    let cuts = cuts(path, rayon::current_num_threads() as u64).ok()?;
    if cuts.len() < 2 {
        return None;
    }
    let first = RowReader::new(part(path, 0, cuts[0]).ok()?, path, options).ok()?;
    let readers = cuts.windows(2).map(|ends| {
        let stream = part(path, ends[0], ends[1]).ok()?;
        first.further_on(stream).ok()
    });
    let mut readers = readers.collect::<Option<Vec<_>>>()?;
    readers.insert(0, first);
    let parts = readers.into_par_iter().map(|mut reader| {
        let rows = reader.rest().ok()?;
        (!reader.has_quotes()).then_some((reader, rows))
    });
    let mut parts = parts.collect::<Option<Vec<_>>>()?.into_iter();
    let (mut whole, mut rows) = parts.next()?;
    let mut features = vec![rows.features];
    for (reader, others) in parts {
        rows.labels
            .extend(whole.labels_of(&reader, &others.labels)?);
        rows.count += others.count;
        features.push(others.features);
    }
    rows.features = joined(features);
    whole.finish(rows).ok()
}

/// Where the parts of a file end, each behind a line break; only one where more do not pay.
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

/// The first place behind a line break, from `at` on, or the end of the file.
fn behind_line(file: &mut File, at: u64) -> io::Result<u64> {
    file.seek(SeekFrom::Start(at))?;
    let mut at = at;
    let mut stretch = [0; STRETCH];
    loop {
        let read = match file.read(&mut stretch) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        match memchr(b'\n', &stretch[..read]) {
            Some(offset) => return Ok(at + offset as u64 + 1),
            None if read == 0 => return Ok(at),
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
