//! Rows of bytes without their zeros.

use std::ops::Range;

/// Columns of a block: the weights of so many inputs, and 64 units of them, stay in the first-level cache.
pub(super) const BLOCK: usize = 64;

/// The values of byte-valued rows that are not zero, block by block of columns.
///
/// Of MNIST's pixels four fifths are zero. What they would add to a sum is zero, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct CompressedRows {
    columns: usize,
    /// `[rows · blocks + 1]`: where the entries of each block of each row begin.
    starts: Vec<u32>,
    /// Column within its block and value of each entry.
    entries: Vec<[u8; 2]>,
}

impl CompressedRows {
    /// Largest share of values that may be other than zero for skipping zeros to pay: found by measuring.
    const MOST_DENSE: f64 = 0.4;

    /// Leaves the zeros out of rows `[rows, columns]`; `None` where there are too few of them to gain by it.
    #[must_use]
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // counts; an offset is below 64
    pub fn of(bytes: &[u8], columns: usize) -> Option<Self> {
        let entries = bytes.iter().map(|value| usize::from(*value != 0)).sum();
        let pays = (entries as f64) < Self::MOST_DENSE * bytes.len() as f64;
        if !pays || u32::try_from(entries).is_err() {
            return None;
        }
        let blocks = columns.div_ceil(BLOCK);
        let mut compressed = Self {
            columns,
            starts: Vec::with_capacity(bytes.len() / columns * blocks + 1),
            entries: Vec::with_capacity(entries),
        };
        for row in bytes.chunks_exact(columns) {
            for block in row.chunks(BLOCK) {
                compressed.starts.push(compressed.entries.len() as u32);
                for (offset, &value) in block.iter().enumerate() {
                    if value != 0 {
                        compressed.entries.push([offset as u8, value]);
                    }
                }
            }
        }
        compressed.starts.push(compressed.entries.len() as u32);
        Some(compressed)
    }

    /// Number of columns of the rows.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// Blocks of columns.
    pub(super) const fn blocks(&self) -> usize {
        self.columns.div_ceil(BLOCK)
    }
}

/// Rows of a batch: which of the compressed rows, and the input that each byte stands for.
#[derive(Clone, Copy, Debug)]
pub struct CompressedBatch<'a> {
    /// All rows.
    pub rows: &'a CompressedRows,
    /// Numbers of those in the batch.
    pub numbers: &'a [u32],
    /// `inputs[byte]`; 0 of 0.
    pub inputs: &'a [f32; 256],
}

impl CompressedBatch<'_> {
    /// Puts rows of the batch side by side: they come from all over the memory, and several passes follow.
    ///
    /// `inputs`, `offsets` and `raw` have room for whole rows, `starts` for `blocks + 1` numbers a row.
    #[inline(always)]
    pub(super) fn gather(
        &self,
        rows: Range<usize>,
        raw: &mut [[u8; 2]],
        inputs: &mut [f32],
        offsets: &mut [u8],
        starts: &mut [u32],
    ) {
        let all = self.rows;
        let blocks = all.blocks();
        let numbers = &self.numbers[rows];
        // Little work a row in each of these passes, so that the processor waits for many rows at a time.
        let mut end = 0;
        for (&number, starts) in numbers.iter().zip(starts.chunks_exact_mut(blocks + 1)) {
            let given = &all.starts[number as usize * blocks..][..=blocks];
            let entries_before = given[0];
            for (start, &given) in starts.iter_mut().zip(given) {
                *start = end + (given - entries_before);
            }
            end += given[blocks] - entries_before;
        }
        for (&number, starts) in numbers.iter().zip(starts.chunks_exact(blocks + 1)) {
            let first = all.starts[number as usize * blocks] as usize;
            let places = starts[0] as usize..starts[blocks] as usize;
            let count = places.len();
            raw[places].copy_from_slice(&all.entries[first..first + count]);
        }
        let end = end as usize;
        for (&[offset, byte], (input, place)) in raw[..end]
            .iter()
            .zip(inputs[..end].iter_mut().zip(&mut offsets[..end]))
        {
            *place = offset;
            *input = self.inputs[usize::from(byte)];
        }
    }
}

/// The entries of a gathered batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entries<'a> {
    /// The input of each entry.
    pub inputs: &'a [f32],
    /// Column of each entry within its block.
    pub offsets: &'a [u8],
    /// `[rows, blocks + 1]`: where the entries of each block begin.
    pub starts: &'a [u32],
    pub blocks: usize,
}

impl Entries<'_> {
    /// Entries of one block of each row: column within the block, and input.
    #[inline(always)]
    pub fn of_block(
        &self,
        block: usize,
    ) -> impl Iterator<Item = impl Iterator<Item = (usize, f32)>> {
        self.starts
            .chunks_exact(self.blocks + 1)
            .map(move |starts| {
                let range = starts[block] as usize..starts[block + 1] as usize;
                let offsets = self.offsets[range.clone()].iter();
                // An offset is below the block's length; the remainder tells the compiler so.
                offsets
                    .zip(&self.inputs[range])
                    .map(|(&offset, &input)| (usize::from(offset) % BLOCK, input))
            })
    }
}
