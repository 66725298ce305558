//! Rows of bytes without their zeros.

use std::ops::Range;

/// Columns of a block, as many as [`Mask`] has bits. The weights of so many inputs and 64 units, 32 kB, about fill the first-level cache;
/// smaller blocks would mean more loops of a few entries each, whose ends the processor cannot foresee.
pub(super) const BLOCK: usize = 128;

/// Which columns of a block are not zero, the first in the lowest bit.
pub(super) type Mask = u128;

/// Bytes that are passed over together where all are zero.
const BYTES_AT_ONCE: usize = 8;

/// The values of byte-valued rows that are not zero, block by block of columns.
///
/// Of MNIST's pixels four fifths are zero. What they would add to a sum is zero, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct CompressedRows {
    columns: usize,
    /// `[rows + 1]`: where each row's record begins.
    starts: Vec<u32>,
    /// For each row a [`Mask`] of each block, then the column of each entry within its block, then its value:
    /// all that is needed of a row lies together.
    records: Vec<u8>,
}

impl CompressedRows {
    /// Largest share of values that may be other than zero for skipping zeros to pay: found by measuring.
    const MOST_DENSE: f64 = 0.4;

    /// Leaves the zeros out of rows `[rows, columns]`; `None` where there are too few of them to gain by it.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // counts far below 2⁵³
    pub fn of(bytes: &[u8], columns: usize) -> Option<Self> {
        let rows = bytes.len().checked_div(columns)?;
        let entries: usize = bytes.iter().map(|value| usize::from(*value != 0)).sum();
        let size = rows * columns.div_ceil(BLOCK) * size_of::<Mask>() + 2 * entries;
        if entries as f64 >= Self::MOST_DENSE * bytes.len() as f64 || u32::try_from(size).is_err() {
            return None;
        }
        let mut compressed = Self {
            columns,
            starts: Vec::with_capacity(rows + 1),
            records: Vec::with_capacity(size),
        };
        let mut offsets = vec![0; columns + 1];
        let mut values = vec![0; columns + 1];
        for row in bytes.chunks_exact(columns) {
            compressed.push(row, &mut offsets, &mut values);
        }
        compressed.close();
        Some(compressed)
    }

    /// Appends a row; `offsets` and `values` are room for one entry more than it has columns.
    fn push(&mut self, row: &[u8], offsets: &mut [u8], values: &mut [u8]) {
        self.close();
        let mut count = 0;
        for block in row.chunks(BLOCK) {
            let mut mask: Mask = 0;
            for (first, bytes) in (0..)
                .step_by(BYTES_AT_ONCE)
                .zip(block.chunks(BYTES_AT_ONCE))
            {
                if bytes == [0; BYTES_AT_ONCE] {
                    continue;
                }
                let mut bits = 0;
                for (offset, &value) in (0..).zip(bytes) {
                    // Always written, and kept if it is not zero: no branch that could be guessed wrong.
                    offsets[count] = first + offset;
                    values[count] = value;
                    count += usize::from(value != 0);
                    bits |= u8::from(value != 0) << offset;
                }
                mask |= Mask::from(bits) << first;
            }
            self.records.extend_from_slice(&mask.to_le_bytes());
        }
        self.records.extend_from_slice(&offsets[..count]);
        self.records.extend_from_slice(&values[..count]);
    }

    #[allow(clippy::cast_possible_truncation)] // the size was checked
    fn close(&mut self) {
        self.starts.push(self.records.len() as u32);
    }

    /// Blocks of columns.
    pub(super) const fn blocks(&self) -> usize {
        self.columns.div_ceil(BLOCK)
    }

    fn record(&self, row: u32) -> &[u8] {
        let row = row as usize;
        &self.records[self.starts[row] as usize..self.starts[row + 1] as usize]
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

/// Rows side by side: they come from all over the memory, and several passes over them follow.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    blocks: usize,
    /// The rows' records.
    records: Vec<u8>,
    /// The input of each entry.
    inputs: Vec<f32>,
    /// `[blocks, rows]`
    masks: Vec<Mask>,
    /// `[rows, blocks + 2]`: where in `inputs` the entries of each block begin and the last ends, and then where
    /// in `records` their columns begin.
    starts: Vec<u32>,
}

impl Gathered {
    /// Gathers these rows of the batch in place of what was there.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // a batch's values are counted in 32 bits
    pub fn gather(&mut self, batch: CompressedBatch<'_>, rows: Range<usize>) {
        let blocks = batch.rows.blocks();
        let numbers = &batch.numbers[rows];
        self.blocks = blocks;
        self.starts.resize(numbers.len() * (blocks + 2), 0);
        self.masks.resize(numbers.len() * blocks, 0);
        self.records.clear();
        // First nothing but copies, so that the processor waits for several rows at a time.
        let masks_size = blocks * size_of::<Mask>();
        for (&number, starts) in numbers.iter().zip(self.starts.chunks_exact_mut(blocks + 2)) {
            starts[blocks + 1] = (self.records.len() + masks_size) as u32;
            self.records.extend_from_slice(batch.rows.record(number));
        }
        let most = self.records.len() / 2; // a column and a value for each
        if self.inputs.len() < most {
            self.inputs.resize(most, 0.0);
        }
        let mut end = 0;
        for (row, starts) in self.starts.chunks_exact_mut(blocks + 2).enumerate() {
            let columns = starts[blocks + 1] as usize;
            let first = end;
            let masks = self.records[columns - masks_size..columns].as_chunks().0;
            for (block, (start, &mask)) in starts.iter_mut().zip(masks).enumerate() {
                let mask = Mask::from_le_bytes(mask);
                self.masks[block * numbers.len() + row] = mask;
                *start = end as u32;
                end += mask.count_ones() as usize;
            }
            starts[blocks] = end as u32;
            let count = end - first;
            let values = &self.records[columns + count..columns + 2 * count];
            for (input, &byte) in self.inputs[first..end].iter_mut().zip(values) {
                *input = batch.inputs[usize::from(byte)];
            }
        }
    }

    /// The mask of one block of each row, and its inputs there.
    #[inline(always)]
    pub fn masks_of_block(&self, block: usize) -> impl Iterator<Item = (Mask, &[f32])> {
        let rows = self.starts.len() / (self.blocks + 2);
        let starts = self.starts.chunks_exact(self.blocks + 2);
        let masks = self.masks[block * rows..(block + 1) * rows].iter();
        masks.zip(starts).map(move |(mask, starts)| {
            let range = starts[block] as usize..starts[block + 1] as usize;
            (*mask, &self.inputs[range])
        })
    }

    /// Entries of one block of each row: column within the block, and input.
    #[inline(always)]
    pub fn of_block(
        &self,
        block: usize,
    ) -> impl Iterator<Item = impl Iterator<Item = (usize, f32)>> {
        self.starts
            .chunks_exact(self.blocks + 2)
            .map(move |starts| {
                let range = starts[block] as usize..starts[block + 1] as usize;
                let columns = starts[self.blocks + 1] as usize + range.start - starts[0] as usize;
                let offsets = &self.records[columns..columns + range.len()];
                // An offset is below the block's length; the remainder tells the compiler so.
                offsets
                    .iter()
                    .zip(&self.inputs[range])
                    .map(|(&offset, &input)| (usize::from(offset) % BLOCK, input))
            })
    }
}
