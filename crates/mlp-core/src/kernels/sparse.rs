//! Rows without their zeros: how they are stored, and the first layer's product and gradient on them.
//!
//! Both walk over blocks of columns, so that the block's weights stay in the first-level cache while all rows of the
//! batch pass over it. Sums run in the order of the dense product, so that both give the same bits.

use std::ops::Range;
use std::slice;

use pulp::Simd;

use super::optimizer_step::Update;
use super::simd::{load, load_all, store_all};

/// Columns of a block, as many as [`Mask`] has bits. Their weights to 64 units, 32 kB, about fill the first-level
/// cache; smaller blocks mean more loops of a few entries each, whose ends the processor cannot predict.
pub(super) const BLOCK: usize = 128;

/// Which columns of a block are not zero, the first in the lowest bit.
type Mask = u128;

/// Values that are skipped together where all are zero.
const VALUES_AT_ONCE: usize = 8;

/// Rows of a group of [`TransposedRows`], as many as a word has bits.
const GROUP: usize = 64;

/// Vectors of units that one pass works on: eight running sums hide that an addition takes four cycles.
const PASS_VECTORS: usize = 8;

/// The inputs of rows that are not zero, block by block of columns.
///
/// Of MNIST's pixels four fifths are zero, and of the inputs of a category all but one. What they would add to a sum is
/// zero, exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    columns: usize,
    values: Values,
    /// `[rows + 1]`: where each row's record begins.
    starts: Vec<u32>,
    /// For each row a [`Mask`] of each block, then the column of each entry within its block, then its value:
    /// everything about a row is in one place.
    records: Vec<u8>,
}

/// How the value of an entry is stored.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    /// As a byte, with the network's input for each; that of 0 is 0.
    Bytes(Box<[f32; 256]>),
    /// As the network's input, little-endian.
    Inputs,
}

impl SparseRows {
    /// Largest share of values other than zero for which skipping the zeros is faster; measured.
    const MAX_DENSITY: f64 = 0.4;

    /// Stores rows `[rows, columns]` of bytes without their zeros; `None` where there are too few zeros for that to be
    /// faster. `inputs` are the network's for each byte, 0 for 0.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], columns: usize, inputs: [f32; 256]) -> Option<Self> {
        let rows = bytes.len().checked_div(columns)?;
        let entries: usize = bytes.iter().map(|value| usize::from(*value != 0)).sum();
        let values = Values::Bytes(Box::new(inputs));
        let mut sparse = Self::with_room(values, rows, columns, entries)?;
        let mut scratch = Scratch::new(columns);
        for row in bytes.chunks_exact(columns) {
            let entries = sparse.push(row, &mut scratch);
            sparse.records.extend_from_slice(&scratch.values[..entries]);
        }
        sparse.close();
        Some(sparse)
    }

    /// Stores `rows` rows of inputs, `[columns]` each, without their zeros; `None` where there are too few zeros for that
    /// to be faster. `write` writes all inputs of the row of a number to memory that may hold anything, and is called
    /// twice for each: no more than one row is ever held with its zeros.
    #[must_use]
    pub fn from_inputs(
        rows: usize,
        columns: usize,
        mut write: impl FnMut(usize, &mut [f32]),
    ) -> Option<Self> {
        let mut row = vec![0.0; columns];
        let mut entries = 0;
        for number in 0..rows {
            write(number, &mut row);
            entries += row.iter().filter(|value| **value != 0.0).count();
        }
        let mut sparse = Self::with_room(Values::Inputs, rows, columns, entries)?;
        let mut scratch = Scratch::new(columns);
        for number in 0..rows {
            write(number, &mut row);
            let entries = sparse.push(&row, &mut scratch);
            let values = scratch.values[..entries].iter();
            sparse
                .records
                .extend(values.flat_map(|value| value.to_le_bytes()));
        }
        sparse.close();
        Some(sparse)
    }

    /// Returns room for rows with this number of values other than zero, if leaving out the zeros pays.
    fn with_room(values: Values, rows: usize, columns: usize, entries: usize) -> Option<Self> {
        let masks = columns.div_ceil(BLOCK) * size_of::<Mask>();
        let size = rows * masks + (1 + values.size()) * entries;
        let is_sparse = (entries as f64) < Self::MAX_DENSITY * (rows * columns) as f64;
        (is_sparse && u32::try_from(size).is_ok()).then(|| Self {
            columns,
            values,
            starts: Vec::with_capacity(rows + 1),
            records: Vec::with_capacity(size),
        })
    }

    /// Appends masks and columns of a row, and leaves the values of its entries, whose number it returns, in the scratch
    /// space: they follow.
    fn push<T: Copy + Default + PartialEq>(
        &mut self,
        row: &[T],
        scratch: &mut Scratch<T>,
    ) -> usize {
        self.close();
        let zero = T::default();
        let mut count = 0;
        for block in row.chunks(BLOCK) {
            let mut mask: Mask = 0;
            for (first, values) in (0..)
                .step_by(VALUES_AT_ONCE)
                .zip(block.chunks(VALUES_AT_ONCE))
            {
                if values == [zero; VALUES_AT_ONCE] {
                    continue;
                }
                let mut bits = 0;
                for (offset, &value) in (0..).zip(values) {
                    // Always written, and kept if it is not zero: no branch to mispredict.
                    scratch.offsets[count] = first + offset;
                    scratch.values[count] = value;
                    count += usize::from(value != zero);
                    bits |= u8::from(value != zero) << offset;
                }
                mask |= Mask::from(bits) << first;
            }
            self.records.extend_from_slice(&mask.to_le_bytes());
        }
        self.records.extend_from_slice(&scratch.offsets[..count]);
        count
    }

    /// Ends the last row's record.
    fn close(&mut self) {
        self.starts.push(self.records.len() as u32); // `with_room` has checked the size
    }

    /// Number of blocks of columns.
    const fn blocks(&self) -> usize {
        self.columns.div_ceil(BLOCK)
    }

    fn record(&self, row: u32) -> &[u8] {
        let row = row as usize;
        &self.records[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

impl Values {
    /// Bytes of a value.
    const fn size(&self) -> usize {
        match self {
            Self::Bytes(_) => 1,
            Self::Inputs => size_of::<f32>(),
        }
    }

    /// Reads the stored values of as many entries.
    #[inline(always)]
    fn read(&self, stored: &[u8], inputs: &mut [f32]) {
        match self {
            Self::Bytes(table) => {
                for (input, &byte) in inputs.iter_mut().zip(stored) {
                    *input = table[usize::from(byte)];
                }
            }
            Self::Inputs => {
                for (input, &bytes) in inputs.iter_mut().zip(stored.as_chunks().0) {
                    *input = f32::from_le_bytes(bytes);
                }
            }
        }
    }
}

/// The entries of a row, of which there may be one more than it has columns: the next is written before it is known to
/// be none.
struct Scratch<T> {
    offsets: Vec<u8>,
    values: Vec<T>,
}

impl<T: Copy + Default> Scratch<T> {
    fn new(columns: usize) -> Self {
        Self {
            offsets: vec![0; columns + 1],
            values: vec![T::default(); columns + 1],
        }
    }
}

/// The rows of a batch.
#[derive(Clone, Copy, Debug)]
pub struct SparseBatch<'a> {
    /// All rows.
    pub rows: &'a SparseRows,
    /// Numbers of the rows of the batch.
    pub numbers: &'a [u32],
}

/// Rows of a batch, copied next to each other: they come from all over the memory, and several passes over them
/// follow.
#[derive(Debug, Default)]
pub(super) struct GatheredRows {
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

impl GatheredRows {
    /// Replaces the rows by some of a batch, whose values are counted in 32 bits.
    #[inline(always)]
    pub fn gather(&mut self, batch: SparseBatch<'_>, rows: Range<usize>) {
        let blocks = batch.rows.blocks();
        let numbers = &batch.numbers[rows];
        self.blocks = blocks;
        self.starts.resize(numbers.len() * (blocks + 2), 0);
        self.masks.resize(numbers.len() * blocks, 0);
        self.records.clear();
        // First nothing but copies, so that the processor fetches several rows at a time.
        let masks_size = blocks * size_of::<Mask>();
        for (&number, starts) in numbers.iter().zip(self.starts.chunks_exact_mut(blocks + 2)) {
            starts[blocks + 1] = (self.records.len() + masks_size) as u32;
            self.records.extend_from_slice(batch.rows.record(number));
        }
        let value_size = batch.rows.values.size();
        let max_entries = self.records.len() / (1 + value_size); // a column and a value for each
        if self.inputs.len() < max_entries {
            self.inputs.resize(max_entries, 0.0);
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
            let stored = &self.records[columns + count..][..value_size * count];
            let inputs = &mut self.inputs[first..end];
            batch.rows.values.read(stored, inputs);
        }
    }

    /// The mask of one block of each row, and its inputs there.
    #[inline(always)]
    fn masks_of_block(&self, block: usize) -> impl Iterator<Item = (Mask, &[f32])> {
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
    fn entries_of_block(
        &self,
        block: usize,
    ) -> impl Iterator<Item = impl Iterator<Item = (usize, f32)>> {
        self.starts
            .chunks_exact(self.blocks + 2)
            .map(move |starts| {
                let range = starts[block] as usize..starts[block + 1] as usize;
                let columns = starts[self.blocks + 1] as usize + range.start - starts[0] as usize;
                let offsets = &self.records[columns..columns + range.len()];
                // An offset is below the block's length; with the remainder the compiler knows it.
                offsets
                    .iter()
                    .zip(&self.inputs[range])
                    .map(|(&offset, &input)| (usize::from(offset) % BLOCK, input))
            })
    }
}

/// A block of columns of up to [`GROUP`] rows.
///
/// The gradient of a weight is a sum over the rows that have its column.
struct TransposedRows<'a> {
    /// For each column the rows that are not zero there, the first in the lowest bit.
    columns: [u64; BLOCK],
    /// The inputs of each row, in the order of its columns.
    inputs: [slice::Iter<'a, f32>; GROUP],
}

impl<'a> TransposedRows<'a> {
    /// Transposes one block of the rows of all parts, in their order. There is always a group, be it one without rows.
    fn groups(parts: &'a [GatheredRows], block: usize) -> Vec<Self> {
        let mut rows = parts
            .iter()
            .flat_map(|part| part.masks_of_block(block))
            .peekable();
        let mut groups = Vec::new();
        while groups.is_empty() || rows.peek().is_some() {
            let mut halves = [[0; GROUP]; 2];
            let mut inputs = [const { [].as_slice() }; GROUP].map(<[f32]>::iter);
            for (row, (mask, values)) in rows.by_ref().take(GROUP).enumerate() {
                let halves_of_mask = [mask as u64, (mask >> GROUP) as u64]; // the lower bits first
                for (half, of_mask) in halves.iter_mut().zip(halves_of_mask) {
                    half[row] = of_mask;
                }
                inputs[row] = values.iter();
            }
            let mut columns = [0; BLOCK];
            for (columns, half) in columns.chunks_exact_mut(GROUP).zip(&mut halves) {
                transpose(half);
                columns.copy_from_slice(half);
            }
            groups.push(Self { columns, inputs });
        }
        groups
    }
}

/// Transposes a matrix of bits: exchanges bit `i` of word `j` with bit `j` of word `i`.
///
/// By exchanging the off-diagonal quarters of ever smaller squares (Warren, Hacker's Delight, section 7-3).
fn transpose(words: &mut [u64; GROUP]) {
    let mut size = GROUP / 2;
    let mut low = u64::MAX >> size; // the lower columns of each two adjacent squares
    while size > 0 {
        for pair in words.chunks_exact_mut(2 * size) {
            let (upper, lower) = pair.split_at_mut(size);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                let exchanged = ((*upper >> size) ^ *lower) & low;
                *upper ^= exchanged << size;
                *lower ^= exchanged;
            }
        }
        size /= 2;
        low ^= low << size;
    }
}

/// Computes `sums = X·W + b` of some rows: `[rows, units]`.
#[inline(always)]
pub(super) fn forward<S: Simd>(
    simd: S,
    rows: &GatheredRows,
    weights: &[f32],
    bias: &[f32],
    sums: &mut [f32],
) {
    let units = bias.len();
    sums.fill(0.0);
    for (block, weights) in weights.chunks(BLOCK * units).enumerate() {
        passes(
            simd,
            units,
            &mut ForwardPass {
                rows,
                block,
                weights,
                sums,
            },
        );
    }
    for sums in sums.chunks_exact_mut(units) {
        for (sum, bias) in sums.iter_mut().zip(bias) {
            *sum += bias;
        }
    }
}

/// Computes the [`Update`] of the weights of a block of columns from the gradient `Xᵀ·errors`.
///
/// `errors` are `[rows, units]` of the whole batch; `out` are the weights of the block, `[columns, units]`.
#[inline(always)]
pub(super) fn update_weights<S: Simd>(
    simd: S,
    parts: &[GatheredRows],
    block: usize,
    units: usize,
    errors: &[f32],
    update: Update<'_>,
    out: &mut [f32],
) {
    passes(
        simd,
        units,
        &mut UpdatePass {
            groups: &TransposedRows::groups(parts, block),
            block,
            errors,
            update,
            out,
        },
    );
}

/// A loop over all rows of a block of columns.
trait Pass {
    /// Runs for `VECTORS` vectors of units, from unit `from` on. If they are not `WHOLE`, the one vector reaches
    /// beyond the last unit.
    fn run<S: Simd, const VECTORS: usize, const WHOLE: bool>(
        &mut self,
        simd: S,
        units: usize,
        from: usize,
    );
}

/// Runs a pass for all units, up to [`PASS_VECTORS`] vectors at a time.
#[inline(always)]
fn passes<S: Simd>(simd: S, units: usize, pass: &mut impl Pass) {
    let mut from = 0;
    while from < units {
        let vectors = match (units - from) / S::F32_LANES {
            0 => {
                pass.run::<S, 1, false>(simd, units, from);
                1
            }
            1 => {
                pass.run::<S, 1, true>(simd, units, from);
                1
            }
            2 | 3 => {
                pass.run::<S, 2, true>(simd, units, from);
                2
            }
            4..PASS_VECTORS => {
                pass.run::<S, 4, true>(simd, units, from);
                4
            }
            _ => {
                pass.run::<S, PASS_VECTORS, true>(simd, units, from);
                PASS_VECTORS
            }
        };
        from += vectors * S::F32_LANES;
    }
}

struct ForwardPass<'a> {
    rows: &'a GatheredRows,
    block: usize,
    weights: &'a [f32],
    sums: &'a mut [f32],
}

impl Pass for ForwardPass<'_> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize, const WHOLE: bool>(
        &mut self,
        simd: S,
        units: usize,
        from: usize,
    ) {
        let rows = self.rows.entries_of_block(self.block);
        // Where these vectors are a whole row of the weights, an entry's place needs neither check nor product.
        let lines = S::as_simd_f32s(self.weights).0.as_chunks::<VECTORS>().0;
        if WHOLE
            && units == VECTORS * S::F32_LANES
            && let Ok(lines) = <&[[S::f32s; VECTORS]; BLOCK]>::try_from(lines)
        {
            for (entries, sums) in rows.zip(self.sums.chunks_exact_mut(units)) {
                let mut vectors = load_all::<S, VECTORS, WHOLE>(simd, sums, from);
                for (offset, input) in entries {
                    let input = simd.splat_f32s(input);
                    for i in 0..VECTORS {
                        vectors[i] = simd.mul_add_e_f32s(input, lines[offset][i], vectors[i]);
                    }
                }
                store_all::<S, VECTORS, WHOLE>(simd, sums, from, vectors);
            }
            return;
        }
        for (entries, all_sums) in rows.zip(self.sums.chunks_exact_mut(units)) {
            let mut sums = load_all::<S, VECTORS, WHOLE>(simd, all_sums, from);
            for (offset, input) in entries {
                let input = simd.splat_f32s(input);
                let weights = &self.weights[offset * units..][..units];
                if WHOLE {
                    let weights = S::as_simd_f32s(&weights[from..from + VECTORS * S::F32_LANES]).0;
                    for i in 0..VECTORS {
                        sums[i] = simd.mul_add_e_f32s(input, weights[i], sums[i]);
                    }
                } else {
                    sums[0] = simd.mul_add_e_f32s(input, load(simd, weights, from), sums[0]);
                }
            }
            store_all::<S, VECTORS, WHOLE>(simd, all_sums, from, sums);
        }
    }
}

struct UpdatePass<'a> {
    groups: &'a [TransposedRows<'a>],
    block: usize,
    errors: &'a [f32],
    update: Update<'a>,
    out: &'a mut [f32],
}

impl Pass for UpdatePass<'_> {
    #[inline(always)]
    fn run<S: Simd, const VECTORS: usize, const WHOLE: bool>(
        &mut self,
        simd: S,
        units: usize,
        from: usize,
    ) {
        let zero = simd.splat_f32s(0.0);
        let last = self.groups.len() - 1;
        for (number, group) in self.groups.iter().enumerate() {
            let errors = &self.errors[number * GROUP * units..]; // none in an empty batch
            let mut lines = Lines([[zero; VECTORS]; GROUP]);
            for (line, errors) in lines.0.iter_mut().zip(errors.chunks_exact(units)) {
                *line = load_all::<S, VECTORS, WHOLE>(simd, errors, from);
            }
            let mut inputs = group.inputs.clone();
            let columns = group.columns.iter().zip(self.out.chunks_exact_mut(units));
            for (offset, (rows, out)) in columns.enumerate() {
                let mut gradient = match number {
                    0 => [zero; VECTORS],
                    _ => load_all::<S, VECTORS, WHOLE>(simd, out, from),
                };
                let mut rows = *rows;
                while rows != 0 {
                    let row = rows.trailing_zeros() as usize % GROUP;
                    rows &= rows - 1;
                    // A row has as many inputs as it has columns here.
                    let input = simd.splat_f32s(inputs[row].next().copied().unwrap_or_default());
                    for (sum, error) in gradient.iter_mut().zip(lines.0[row]) {
                        *sum = simd.mul_add_e_f32s(input, error, *sum);
                    }
                }
                if number == last {
                    let row = self.block * BLOCK + offset;
                    self.update
                        .apply::<S, VECTORS, WHOLE>(simd, gradient, row, from, out);
                } else {
                    store_all::<S, VECTORS, WHOLE>(simd, out, from, gradient);
                }
            }
        }
    }
}

/// Vectors of the units of a group of rows, aligned to a cache line: a vector that lies in two lines takes twice as
/// long to load.
#[repr(align(64))]
struct Lines<Vector, const VECTORS: usize>([[Vector; VECTORS]; GROUP]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_transposed() {
        let bit = |row: usize, column: usize| (row * 31 + column * 17) % 7 < 2;
        let mut words = [0; GROUP];
        for (row, word) in words.iter_mut().enumerate() {
            *word = (0..GROUP).fold(0, |word, column| {
                word | u64::from(bit(row, column)) << column
            });
        }
        transpose(&mut words);
        for (column, word) in words.iter().enumerate() {
            for row in 0..GROUP {
                assert_eq!(
                    word >> row & 1 == 1,
                    bit(row, column),
                    "row {row}, column {column}"
                );
            }
        }
    }
}
