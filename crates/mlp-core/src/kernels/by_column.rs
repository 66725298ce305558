//! Rows without their zeros, column by column: what the gradient of a weight is summed over.

use std::slice;

use super::compressed::{BLOCK, Gathered};

/// Rows of a group: a word has so many bits.
pub(super) const GROUP: usize = 64;

/// A block of columns of up to [`GROUP`] rows.
pub(super) struct RowsByColumn<'a> {
    /// For each column the rows that are not zero there, the first in the lowest bit.
    pub columns: [u64; BLOCK],
    /// The inputs of each row, in the order of its columns.
    pub inputs: [slice::Iter<'a, f32>; GROUP],
}

impl<'a> RowsByColumn<'a> {
    /// One block of the rows of all parts, in their order.
    #[allow(clippy::cast_possible_truncation)] // a mask is taken by its halves
    pub fn groups(parts: &'a [Gathered], block: usize) -> Vec<Self> {
        let mut rows = parts
            .iter()
            .flat_map(|part| part.masks_of_block(block))
            .peekable();
        let mut groups = Vec::new();
        while rows.peek().is_some() {
            let mut halves = [[0; GROUP]; 2];
            let mut inputs = [const { [].as_slice() }; GROUP].map(<[f32]>::iter);
            for (row, (mask, values)) in rows.by_ref().take(GROUP).enumerate() {
                let halves_of_mask = [mask as u64, (mask >> GROUP) as u64];
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

/// Exchanges bit `i` of word `j` with bit `j` of word `i`, by exchanging the off-diagonal quarters of ever smaller
/// squares.
fn transpose(words: &mut [u64; GROUP]) {
    let mut size = GROUP / 2;
    let mut low = u64::MAX >> size; // the lower columns of each two squares side by side
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
