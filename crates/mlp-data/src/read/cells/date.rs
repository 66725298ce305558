//! Dates and times: ISO 8601 and the usual variants.

use serde::{Deserialize, Serialize};

const SECONDS_A_DAY: f64 = 86_400.0;
const SECONDS_AN_HOUR: u32 = 3_600;
const SECONDS_A_MINUTE: u32 = 60;

/// The order of day, month and year in the dates of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateFormat {
    /// `2024-03-15` or `2024/3/15`
    YearFirst,
    /// `15.3.2024`, `15/03/2024` or `15-03-2024`
    DayFirst,
    /// `03/15/2024` or `03-15-2024`
    MonthFirst,
}

impl DateFormat {
    /// Reads a date, which a time of day may follow, as seconds since 1970-01-01T00:00:00Z; a time without an offset
    /// is taken for that of Greenwich.
    #[must_use]
    pub fn parse(self, text: &[u8]) -> Option<f64> {
        let mut rest = text;
        let first = number(&mut rest)?;
        let sign = match rest {
            [sign @ (b'-' | b'/' | b'.'), behind @ ..] => {
                rest = behind;
                *sign
            }
            _ => return None,
        };
        let second = number(&mut rest)?;
        rest = rest.strip_prefix(&[sign])?;
        let third = number(&mut rest)?;
        let (year, month, day) = match self {
            Self::YearFirst if sign != b'.' => (first, second, third),
            Self::DayFirst => (third, second, first),
            Self::MonthFirst if sign != b'.' => (third, first, second),
            _ => return None,
        };
        let is_short = |part: Part| part.digits <= 2;
        if year.digits != 4 || !is_short(month) || !is_short(day) {
            return None;
        }
        let days = days_since_1970(year.value, month.value, day.value)?;
        Some(SECONDS_A_DAY * days as f64 + time_of_day(rest)?)
    }
}

/// A run of digits.
#[derive(Clone, Copy)]
struct Part {
    value: u32,
    digits: usize,
}

/// Takes one to nine digits from the front of a text.
fn number(text: &mut &[u8]) -> Option<Part> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let (part, rest) = text.split_at(digits);
    *text = rest;
    let value = part
        .iter()
        .fold(0, |value, &digit| 10 * value + u32::from(digit - b'0'));
    Some(Part { value, digits })
}

/// Takes exactly two digits from the front of a text.
fn two_digits(text: &mut &[u8]) -> Option<u32> {
    number(text)
        .filter(|part| part.digits == 2)
        .map(|part| part.value)
}

/// Returns the number of days from 1970-01-01 to a day of the Gregorian calendar; `None` if there is no such day.
fn days_since_1970(year: u32, month: u32, day: u32) -> Option<i64> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > days {
        return None;
    }
    // Years begin in March, so that the leap day is the last of its year.
    let (year, month) = (
        i64::from(year) - i64::from(month < 3),
        i64::from((month + 9) % 12),
    );
    let days_of_year = (153 * month + 2) / 5 + i64::from(day) - 1;
    let days_of_years =
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(days_of_years + days_of_year - 719_468)
}

/// Reads what follows a date: nothing, or `T12:30`, ` 12:30:15.25`, ` 1:30 PM`, `T12:30:15Z`, `T12:30+02:00`; in seconds.
fn time_of_day(text: &[u8]) -> Option<f64> {
    let mut rest = match text {
        [] => return Some(0.0),
        [b'T' | b't' | b' ', rest @ ..] => rest.trim_ascii_start(),
        _ => return None,
    };
    let hour = number(&mut rest).filter(|hour| hour.digits <= 2)?.value;
    rest = rest.strip_prefix(b":")?;
    let minute = two_digits(&mut rest)?;
    let mut seconds = 0.0;
    if let [b':', behind @ ..] = rest {
        rest = behind;
        seconds = f64::from(two_digits(&mut rest)?);
        if let [b'.' | b',', behind @ ..] = rest {
            let digits = behind
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            let fraction = std::str::from_utf8(&behind[..digits]).ok()?;
            seconds += format!("0.{fraction}0").parse::<f64>().ok()?;
            rest = &behind[digits..];
        }
    }
    let hour = half_of_day(hour, &mut rest)?;
    let offset = offset(rest)?;
    if hour > 24 || minute > 59 || seconds >= 61.0 {
        return None;
    }
    let whole = f64::from(hour * SECONDS_AN_HOUR + minute * SECONDS_A_MINUTE);
    Some(whole + seconds - offset)
}

/// Takes `AM` or `PM` from the front of a text, and returns the hour of the day.
fn half_of_day(hour: u32, text: &mut &[u8]) -> Option<u32> {
    let trimmed = text.trim_ascii_start();
    let Some((half, rest)) = trimmed.split_at_checked(2) else {
        return Some(hour);
    };
    let is_after_noon = half.eq_ignore_ascii_case(b"pm");
    if !is_after_noon && !half.eq_ignore_ascii_case(b"am") {
        return Some(hour);
    }
    *text = rest;
    (1..=12)
        .contains(&hour)
        .then_some(hour % 12 + 12 * u32::from(is_after_noon))
}

/// Reads the distance to the time of Greenwich, in seconds.
fn offset(text: &[u8]) -> Option<f64> {
    let (sign, mut rest) = match text.trim_ascii_start() {
        [] | [b'Z' | b'z'] => return Some(0.0),
        [b'+', rest @ ..] => (1.0, rest),
        [b'-', rest @ ..] => (-1.0, rest),
        _ => return None,
    };
    let part = number(&mut rest)?;
    let (hours, minutes) = match (part.digits, rest) {
        (4, []) => (part.value / 100, part.value % 100),
        (2, []) => (part.value, 0),
        (2, [b':', behind @ ..]) => {
            rest = behind;
            (
                part.value,
                two_digits(&mut rest).filter(|_| rest.is_empty())?,
            )
        }
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some(sign * f64::from(hours * SECONDS_AN_HOUR + minutes * SECONDS_A_MINUTE))
}

/// Writes a point in time as ISO 8601: `2024-03-15`, or `2024-03-15T12:30:15.25Z` within a day.
///
/// Reads back as the same number for years 0 to 9999; other points in time are written as the nearest of these.
#[must_use]
pub fn iso_date(seconds: f64) -> String {
    const FIRST: f64 = -62_167_219_200.0;
    const LAST: f64 = 253_402_300_799.0;
    let seconds = seconds.clamp(FIRST, LAST);
    let days = (seconds / SECONDS_A_DAY).floor();
    let within = seconds - days * SECONDS_A_DAY;
    let (year, month, day) = date_of(days as i64);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if within == 0.0 {
        return date;
    }
    let whole = within.floor();
    let (minutes, second) = (
        whole as u32 / SECONDS_A_MINUTE,
        whole as u32 % SECONDS_A_MINUTE,
    );
    let fraction = format!("{}", within - whole);
    let fraction = fraction.strip_prefix('0').unwrap_or_default();
    let (hour, minute) = (minutes / 60, minutes % 60);
    format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Returns year, month and day of a day counted from 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    // Eras of 400 years that begin on the first of March.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month < 3), month, day)
}

#[cfg(test)]
mod tests {
    use super::DateFormat::{DayFirst, MonthFirst, YearFirst};
    use super::*;

    #[test]
    fn each_order_reads_its_own_dates() {
        let day = Some(1_710_460_800.0); // 2024-03-15
        for (text, expected) in [
            ("2024-03-15", [day, None, None]),
            ("2024/3/15", [day, None, None]),
            ("15.03.2024", [None, day, None]),
            ("15/3/2024", [None, day, None]),
            ("03-15-2024", [None, None, day]),
            ("2024.03.15", [None; 3]),
            ("2023-02-29", [None; 3]),
            ("2024-13-01", [None; 3]),
            ("24-03-15", [None; 3]),
            ("2024-03", [None; 3]),
            ("2024-03-15x", [None; 3]),
            ("15/03.2024", [None; 3]),
        ] {
            let found =
                [YearFirst, DayFirst, MonthFirst].map(|format| format.parse(text.as_bytes()));
            assert_eq!(found, expected, "{text}");
        }
        let [march, april] =
            [DayFirst, MonthFirst].map(|format| format.parse(b"04/03/2024").unwrap());
        assert!(march < april);
    }

    #[test]
    fn times_and_offsets_count_in_seconds() {
        for (text, seconds) in [
            ("1970-01-01", 0.0),
            ("1970-01-01T00:00:01Z", 1.0),
            ("1970-01-01 00:01", 60.0),
            ("1970-01-01T02:00:00.25+02:00", 0.25),
            ("1970-01-01T00:00-0130", 5400.0),
            ("1970-01-01 1:00:00 PM", 46_800.0),
            ("1970-01-01 12:00 am", 0.0),
            ("1969-12-31T24:00", 0.0),
        ] {
            assert_eq!(YearFirst.parse(text.as_bytes()), Some(seconds), "{text}");
        }
        for text in [
            "1970-01-01T",
            "1970-01-01T25:00",
            "1970-01-01T1:2",
            "1970-01-01 13:00 PM",
        ] {
            assert_eq!(YearFirst.parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for seconds in [
            0.0,
            1.0,
            -1.0,
            951_782_400.0,
            1_710_460_800.5,
            -62_167_219_200.0,
            253_402_300_799.0,
            1_709_164_800.0,
            0.123,
            1_234_567_890.123_456,
        ] {
            let text = iso_date(seconds);
            assert_eq!(YearFirst.parse(text.as_bytes()), Some(seconds), "{text}");
        }
        assert_eq!(iso_date(1_709_164_800.0), "2024-02-29");
        assert_eq!(iso_date(1.5), "1970-01-01T00:00:01.5Z");
    }
}
