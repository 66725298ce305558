//! The fast path: runs of unquoted whole numbers of one to three digits.

/// Eight bytes: the fewest a step looks at.
const WINDOW: usize = 8;
/// Bytes that `0` and its delimiter take.
const ZERO_CELL: usize = 2;

/// Reads cells of one to three digits, each followed by the delimiter, into `cells`.
///
/// Returns how many cells and how many bytes of `input` were taken. Stops before anything else: a
/// line break, a quote, a blank, a point, a sign, a value above 255, or the last bytes of the input.
/// `cells` must hold zeros, which is why a run of zero cells costs no store.
pub(super) fn scan<T: From<u8>>(input: &[u8], delimiter: u8, cells: &mut [T]) -> (usize, usize) {
    let zeros = u64::from_le_bytes([
        b'0', delimiter, b'0', delimiter, b'0', delimiter, b'0', delimiter,
    ]);
    let mut taken = 0;
    let mut at = 0;
    while taken < cells.len() {
        let Some(window) = input.get(at..).and_then(<[u8]>::first_chunk::<WINDOW>) else {
            break;
        };
        let word = u64::from_le_bytes(*window);
        let run = (word ^ zeros).trailing_zeros() as usize / (8 * ZERO_CELL);
        if run > 0 {
            let run = run.min(cells.len() - taken);
            taken += run;
            at += run * ZERO_CELL;
            continue;
        }
        let Some((value, length)) = short_number(word, delimiter) else {
            break;
        };
        cells[taken] = T::from(value);
        taken += 1;
        at += length + 1;
    }
    (taken, at)
}

/// The number of one to three digits at the low end of `word` and its length, if the delimiter follows it.
///
/// Works on all bytes at once, without a branch on the length: the lengths of neighbouring pixels
/// cannot be predicted, and a mispredicted branch costs more than the whole conversion.
fn short_number(word: u64, delimiter: u8) -> Option<(u8, usize)> {
    const ONES: u32 = 0x0101_0101;
    const HIGH: u32 = 0x8080_8080;
    #[allow(clippy::cast_possible_truncation)] // three digits and the delimiter are in the low half
    let text = word as u32;
    // The lowest high bit set marks the first byte equal to the delimiter.
    let differs = text ^ (ONES * u32::from(delimiter));
    let marks = differs.wrapping_sub(ONES) & !differs & HIGH;
    let length = marks.trailing_zeros() / 8;
    if length == 0 || length > 3 {
        return None;
    }
    // Right-align the digits in the four bytes, '0' before them.
    let aligned = (text << (8 * (4 - length))) | ((ONES * u32::from(b'0')) >> (8 * length));
    let digits = aligned ^ (ONES * u32::from(b'0'));
    // Adding 0x76 carries into the high bit of every byte above 9.
    if (digits.wrapping_add(0x7676_7676) | digits) & HIGH != 0 {
        return None;
    }
    let value = (digits >> 24) + 10 * ((digits >> 16) & 0xff) + 100 * ((digits >> 8) & 0xff);
    Some((u8::try_from(value).ok()?, length as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_at_every_length() {
        for value in 0..=255_u8 {
            for text in [
                format!("{value},"),
                format!("{value:02},"),
                format!("{value:03},"),
            ] {
                let mut cells = [0_u8];
                let input = format!("{text}xxxxxxxx");
                assert_eq!(
                    scan(input.as_bytes(), b',', &mut cells),
                    (1, text.len()),
                    "{text}"
                );
                assert_eq!(cells, [value], "{text}");
            }
        }
    }

    #[test]
    fn anything_else_stops_the_run_before_it() {
        for stop in [
            "256,", "999,", "1000,", "-1,", "+1,", " 1,", "1 ,", "1.0,", "\"1\",", ",", "1\n",
            "1\r\n", "a,", "1a,", "/,", ":,", "\u{b1}1,",
        ] {
            let mut cells = [0_u8; 8];
            let input = format!("7,0,0,45,{stop}0,0,0,0,0,0,0,0,");
            assert_eq!(scan(input.as_bytes(), b',', &mut cells), (4, 9), "{stop:?}");
            assert_eq!(cells, [7, 0, 0, 45, 0, 0, 0, 0], "{stop:?}");
        }
    }

    #[test]
    fn no_more_cells_are_taken_than_asked_for() {
        let mut cells = [0.0_f32; 2];
        assert_eq!(scan(b"0;0;0;0;0;0;0;0;", b';', &mut cells), (2, 4));
    }
}
