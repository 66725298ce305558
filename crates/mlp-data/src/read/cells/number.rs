//! Numbers as people write them: `1.5`, `1,234.5`, `1,5`, `1.234,5`, `1 234,5`.

use serde::{Deserialize, Serialize};

/// Largest exponent of a power of ten that 64 bits hold exactly.
const MAX_EXACT_POWER: usize = 22;
/// Digits that 64 bits always hold exactly.
const MAX_EXACT_DIGITS: usize = 15;
const POWERS: [f64; MAX_EXACT_POWER + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];
/// What may stand between groups of three digits besides a point or a comma: blank, apostrophe, no-break blanks.
const GROUP_MARKS: [&[u8]; 4] = [b" ", b"'", "\u{a0}".as_bytes(), "\u{202f}".as_bytes()];

/// How the numbers of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberFormat {
    /// `1234.5`
    Point,
    /// `1,234.5` or `1 234.5`
    GroupedPoint,
    /// `1234,5`
    Comma,
    /// `1.234,5` or `1 234,5`
    GroupedComma,
}

impl NumberFormat {
    const fn decimal(self) -> u8 {
        match self {
            Self::Point | Self::GroupedPoint => b'.',
            Self::Comma | Self::GroupedComma => b',',
        }
    }

    /// The sign that groups digits, if there are groups.
    const fn group(self) -> Option<u8> {
        match self {
            Self::Point | Self::Comma => None,
            Self::GroupedPoint => Some(b','),
            Self::GroupedComma => Some(b'.'),
        }
    }

    /// Reads a number; infinite for a word that means so, NaN for `nan` in any case. `None` for anything else.
    #[inline]
    #[must_use]
    pub fn parse(self, text: &[u8]) -> Option<f64> {
        match short(text) {
            Some((value, false)) => Some(value),
            Some((value, true)) if self == Self::Point => Some(value),
            _ => self.parse_any(text),
        }
    }

    #[cold]
    fn parse_any(self, text: &[u8]) -> Option<f64> {
        match self.plain(text) {
            Some(plain) => plain.parse().ok(),
            None => word(text),
        }
    }

    /// Rounds a value that [`Self::parse`] read from `text` to 32 bits, as if it had been read so at once.
    #[inline]
    #[must_use]
    pub fn narrow(self, value: f64, text: &[u8]) -> f32 {
        const LOW_BITS: u64 = (1 << 29) - 1;
        const HALF: u64 = 1 << 28;
        let is_tie = value.to_bits() & LOW_BITS == HALF;
        if is_tie || (value.abs() < f32::MIN_POSITIVE.into() && value != 0.0) {
            let plain = self.plain(text).and_then(|plain| plain.parse().ok());
            return plain.unwrap_or(value as f32);
        }
        value as f32
    }

    /// Returns the number as programs write it.
    fn plain(self, text: &[u8]) -> Option<String> {
        let mut plain = String::with_capacity(text.len());
        let digits = match text {
            [b'-', rest @ ..] => {
                plain.push('-');
                rest
            }
            [b'+', rest @ ..] => rest,
            _ => text,
        };
        let is_mantissa = |byte: &u8| !matches!(byte, b'e' | b'E');
        let length = digits.iter().take_while(|byte| is_mantissa(byte)).count();
        let (mantissa, exponent) = digits.split_at(length);
        let point = mantissa.iter().position(|&byte| byte == self.decimal());
        let (whole, fraction) = mantissa.split_at(point.unwrap_or(mantissa.len()));
        let fraction = fraction.get(1..).unwrap_or_default();
        self.push_whole(whole, &mut plain)?;
        if whole.is_empty() && fraction.is_empty() || !all_digits(fraction) {
            return None;
        }
        if whole.is_empty() {
            plain.push('0');
        }
        plain.push('.');
        plain.extend(fraction.iter().map(|&byte| char::from(byte)));
        plain.push('0');
        if let [_, exponent @ ..] = exponent {
            let unsigned = exponent.strip_prefix(b"-").or(exponent.strip_prefix(b"+"));
            let unsigned = unsigned.unwrap_or(exponent);
            if unsigned.is_empty() || !all_digits(unsigned) {
                return None;
            }
            plain.push('e');
            plain.extend(exponent.iter().map(|&byte| char::from(byte)));
        }
        Some(plain)
    }

    /// Appends the digits in front of the decimal sign, which may be grouped by threes.
    fn push_whole(self, whole: &[u8], plain: &mut String) -> Option<()> {
        let count = whole
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (first, mut rest) = whole.split_at(count);
        plain.extend(first.iter().map(|&byte| char::from(byte)));
        if rest.is_empty() {
            return Some(());
        }
        let sign = self.group()?;
        let mark = if rest[0] == sign {
            &rest[..1]
        } else {
            GROUP_MARKS
                .into_iter()
                .find(|mark| rest.starts_with(mark))?
        };
        if !(1..=3).contains(&first.len()) {
            return None;
        }
        while !rest.is_empty() {
            let (group, behind) = rest.strip_prefix(mark)?.split_at_checked(3)?;
            if !all_digits(group) {
                return None;
            }
            plain.extend(group.iter().map(|&byte| char::from(byte)));
            rest = behind;
        }
        Some(())
    }
}

/// Reads a number of few digits without exponent, and whether it has a point.
#[inline]
fn short(text: &[u8]) -> Option<(f64, bool)> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > MAX_EXACT_DIGITS {
        return None;
    }
    let mut mantissa = 0_u64;
    let mut point = None;
    for (at, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = 10 * mantissa + u64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let decimals = point.map_or(0, |at| digits.len() - 1 - at);
    if point.is_some() && digits.len() == 1 {
        return None;
    }
    // Both are exact, so that the quotient is the nearest number.
    let value = mantissa as f64 / POWERS[decimals];
    Some((if negative { -value } else { value }, point.is_some()))
}

/// Reads the words for infinity and for no number.
fn word(text: &[u8]) -> Option<f64> {
    let (sign, word) = match text {
        [b'-', rest @ ..] => (-1.0, rest),
        [b'+', rest @ ..] => (1.0, rest),
        _ => (1.0, text),
    };
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    if is("inf") || is("infinity") {
        Some(sign * f64::INFINITY)
    } else if is("nan") {
        Some(f64::NAN)
    } else {
        None
    }
}

fn all_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::NumberFormat::{Comma, GroupedComma, GroupedPoint, Point};

    #[test]
    fn each_format_reads_its_own_numbers() {
        let cases: [(&str, [Option<f64>; 4]); 19] = [
            ("12", [Some(12.0); 4]),
            ("-0.5", [Some(-0.5), Some(-0.5), None, None]),
            ("+7.", [Some(7.0), Some(7.0), None, None]),
            (".25", [Some(0.25), Some(0.25), None, None]),
            ("1e3", [Some(1000.0); 4]),
            ("2.5E-3", [Some(0.0025), Some(0.0025), None, None]),
            ("1,5", [None, None, Some(1.5), Some(1.5)]),
            ("1,500", [None, Some(1500.0), Some(1.5), Some(1.5)]),
            ("1.234,5", [None, None, None, Some(1234.5)]),
            ("1.234", [Some(1.234), Some(1.234), None, Some(1234.0)]),
            ("1,234,567.25", [None, Some(1_234_567.25), None, None]),
            ("1 234,5", [None, None, None, Some(1234.5)]),
            ("1\u{a0}234", [None, Some(1234.0), None, Some(1234.0)]),
            ("12,34,567", [None; 4]),
            ("1 234'567", [None; 4]),
            ("1.2.3", [None; 4]),
            ("1-2", [None; 4]),
            (".", [None; 4]),
            ("", [None; 4]),
        ];
        for (text, expected) in cases {
            let found = [Point, GroupedPoint, Comma, GroupedComma]
                .map(|format| format.parse(text.as_bytes()));
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(Point.parse(b"-Inf"), Some(f64::NEG_INFINITY));
        assert!(Comma.parse(b"NAN").is_some_and(f64::is_nan));
    }

    #[test]
    fn numbers_are_read_as_the_standard_library_does() {
        let mut state = 1_u64;
        for _ in 0..100_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let double = f64::from_bits(state);
            let text = match state % 3 {
                0 => format!("{double:e}"),
                1 => format!("{:.6}", (state >> 40) as f64 / 977.0),
                _ => f32::from_bits((state >> 32) as u32).to_string(),
            };
            let expected: f64 = text.parse().unwrap();
            if !expected.is_finite() {
                continue;
            }
            let found = Point.parse(text.as_bytes()).unwrap();
            assert_eq!(found.to_bits(), expected.to_bits(), "{text}");
            let narrow: f32 = text.parse().unwrap();
            let found = Point.narrow(found, text.as_bytes());
            assert_eq!(found.to_bits(), narrow.to_bits(), "{text}");
        }
        // Rounded to 64 bits first, this lies half-way between two numbers of 32 bits.
        let text = b"1.00000005960464477540";
        let value = Point.parse(text).unwrap();
        assert_eq!(
            Point.narrow(value, text).to_bits(),
            "1.00000005960464477540".parse::<f32>().unwrap().to_bits()
        );
    }
}
