//! Parts of points in time, as numbers.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Days before which no point in time lies, and after which none does: beyond them the calendar has no meaning.
const MAX_DAYS: f64 = 1e9;

/// One input of a point in time: `(part − center) / scale`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DateInput {
    /// The part.
    pub part: DatePart,
    /// What is subtracted from it.
    pub center: f64,
    /// What it is then divided by.
    pub scale: f64,
}

/// A part of a point in time, all in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePart {
    /// Days since the beginning of 1970, with their fraction.
    Days,
    /// The year.
    Year,
    /// The month, from 1.
    Month,
    /// Sine of the month's place in the year.
    MonthSin,
    /// Cosine of the month's place in the year.
    MonthCos,
    /// The day of the month, from 1.
    Day,
    /// Sine of the day's place in a month of 31 days.
    DaySin,
    /// Cosine of the day's place in a month of 31 days.
    DayCos,
    /// The day of the week, 0 for Monday.
    Weekday,
    /// Sine of the day's place in the week.
    WeekdaySin,
    /// Cosine of the day's place in the week.
    WeekdayCos,
    /// Hours since midnight, with their fraction.
    Hour,
    /// Sine of the hour's place in the day.
    HourSin,
    /// Cosine of the hour's place in the day.
    HourCos,
}

impl DatePart {
    /// All parts, in the order of the inputs.
    pub const ALL: [Self; 14] = [
        Self::Days,
        Self::Year,
        Self::Month,
        Self::MonthSin,
        Self::MonthCos,
        Self::Day,
        Self::DaySin,
        Self::DayCos,
        Self::Weekday,
        Self::WeekdaySin,
        Self::WeekdayCos,
        Self::Hour,
        Self::HourSin,
        Self::HourCos,
    ];

    /// Returns the part's name in names of inputs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Year => "year",
            Self::Month => "month",
            Self::MonthSin => "month_sin",
            Self::MonthCos => "month_cos",
            Self::Day => "day",
            Self::DaySin => "day_sin",
            Self::DayCos => "day_cos",
            Self::Weekday => "weekday",
            Self::WeekdaySin => "weekday_sin",
            Self::WeekdayCos => "weekday_cos",
            Self::Hour => "hour",
            Self::HourSin => "hour_sin",
            Self::HourCos => "hour_cos",
        }
    }

    /// Whether it is a place on a circle, which needs no scale.
    #[must_use]
    pub const fn is_on_circle(self) -> bool {
        matches!(
            self,
            Self::MonthSin
                | Self::MonthCos
                | Self::DaySin
                | Self::DayCos
                | Self::WeekdaySin
                | Self::WeekdayCos
                | Self::HourSin
                | Self::HourCos
        )
    }
}

/// A point in time, taken apart.
pub(super) struct DateParts {
    days: f64,
    year: f64,
    month: f64,
    day: f64,
    weekday: f64,
    hour: f64,
}

impl DateParts {
    /// Takes a point in time apart, in seconds since the beginning of 1970. All parts of NaN are NaN.
    pub fn of(seconds: f64) -> Self {
        let days = (seconds / DAY).clamp(-MAX_DAYS, MAX_DAYS);
        if days.is_nan() {
            return Self {
                days,
                year: days,
                month: days,
                day: days,
                weekday: days,
                hour: days,
            };
        }
        let whole = days.floor() as i64;
        let (year, month, day) = calendar(whole);
        Self {
            days,
            year: year as f64,
            month: month as f64,
            day: day as f64,
            weekday: (whole + 3).rem_euclid(7) as f64, // the first day was a Thursday
            hour: (seconds - days.floor() * DAY).clamp(0.0, DAY) / 3600.0,
        }
    }

    pub fn get(&self, part: DatePart) -> f64 {
        let month = TAU * (self.month - 1.0) / 12.0;
        let day = TAU * (self.day - 1.0) / 31.0;
        let weekday = TAU * self.weekday / 7.0;
        let hour = TAU * self.hour / 24.0;
        match part {
            DatePart::Days => self.days,
            DatePart::Year => self.year,
            DatePart::Month => self.month,
            DatePart::MonthSin => libm::sin(month),
            DatePart::MonthCos => libm::cos(month),
            DatePart::Day => self.day,
            DatePart::DaySin => libm::sin(day),
            DatePart::DayCos => libm::cos(day),
            DatePart::Weekday => self.weekday,
            DatePart::WeekdaySin => libm::sin(weekday),
            DatePart::WeekdayCos => libm::cos(weekday),
            DatePart::Hour => self.hour,
            DatePart::HourSin => libm::sin(hour),
            DatePart::HourCos => libm::cos(hour),
        }
    }
}

/// Returns year, month and day of the month of a day, counted from 1970-01-01, in the Gregorian calendar.
///
/// Years are counted from the first of March, so that the leap day is their last; then every year of a cycle of 400
/// years begins after 365 days for each before it, and a day for each leap year.
fn calendar(days: i64) -> (i64, i64, i64) {
    const DAYS_OF_CYCLE: i64 = 400 * 365 + 97;
    const FROM_MARCH_OF_YEAR_0: i64 = 719_468; // days to the beginning of 1970
    let start_of_year = |year: i64| 365 * year + year / 4 - year / 100 + year / 400;
    let days = days + FROM_MARCH_OF_YEAR_0;
    let (cycle, day) = (
        days.div_euclid(DAYS_OF_CYCLE),
        days.rem_euclid(DAYS_OF_CYCLE),
    );
    // 366 is too much for a year: the estimate is at most one year too small.
    let mut year = day / 366;
    while start_of_year(year + 1) <= day {
        year += 1;
    }
    let day_of_year = day - start_of_year(year);
    // March, April, … have 31, 30, 31, 30, 31 days, again and again: 153 for five.
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let year = 400 * cycle + year;
    if month < 10 {
        (year, month + 3, day_of_month)
    } else {
        (year + 1, month - 9, day_of_month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_800_years_follows_the_one_before() {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = |year, month| match month {
            2 if is_leap(year) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for number in 0..292_194 {
            assert_eq!(calendar(number), (year, month, day), "day {number}");
            day += 1;
            if day > length(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!(calendar(-1), (1969, 12, 31));
        assert_eq!(calendar(-719_528), (0, 1, 1));
        assert_eq!(calendar(-25_509), (1900, 2, 28));
        assert_eq!(calendar(-25_508), (1900, 3, 1));
    }

    #[test]
    fn a_point_in_time_has_its_parts() {
        // 2024-02-29T18:30:00Z, a Thursday
        let parts = DateParts::of(1_709_231_400.0);
        let found = [
            DatePart::Year,
            DatePart::Month,
            DatePart::Day,
            DatePart::Weekday,
            DatePart::Hour,
        ]
        .map(|part| parts.get(part));
        assert_eq!(found.map(|part| (part * 2.0) as i64), [4048, 4, 58, 6, 37]);
        assert!((parts.get(DatePart::Days) - 19_782.770_833).abs() < 1e-6);
        assert!((parts.get(DatePart::HourSin) + 0.991_444_861_4).abs() < 1e-9);
        for part in DatePart::ALL {
            assert!(DateParts::of(f64::NAN).get(part).is_nan(), "{part:?}");
            assert!(DateParts::of(1e300).get(part).is_finite(), "{part:?}");
            assert!(DateParts::of(-1e300).get(part).is_finite(), "{part:?}");
        }
    }
}
