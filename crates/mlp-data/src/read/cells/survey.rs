//! Which readings fit all cells of a column.

use std::sync::Arc;

use super::{BooleanWords, DateFormat, MissingWords, NumberFormat};
use crate::error::shown;
use crate::options::DecimalSign;

/// How the cells of a column are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As numbers.
    Number(NumberFormat),
    /// As yes or no, by this pair of words; by any, or 0 and 1, where the column must be so.
    Boolean(Option<BooleanWords>),
    /// As points in time.
    Date(DateFormat),
    /// As they are.
    Text,
}

impl Reading {
    /// Returns the reading of cells as programs write them.
    pub fn plainest(wanted: Wanted, hint: Hint) -> Self {
        match (wanted, hint.decimal) {
            (Wanted::Date, _) => Self::Date(hint.date.unwrap_or(DateFormat::YearFirst)),
            (_, DecimalSign::Comma) => Self::Number(NumberFormat::Comma),
            _ => Self::Number(NumberFormat::Point),
        }
    }
}

const NUMBERS: [NumberFormat; 4] = [
    NumberFormat::Point,
    NumberFormat::GroupedPoint,
    NumberFormat::Comma,
    NumberFormat::GroupedComma,
];
const DATES: [DateFormat; 3] = [
    DateFormat::YearFirst,
    DateFormat::DayFirst,
    DateFormat::MonthFirst,
];
const BOOLEANS: usize = BooleanWords::ALL.len();
const FIRST_BOOLEAN: usize = NUMBERS.len();
const FIRST_DATE: usize = FIRST_BOOLEAN + BOOLEANS;
const ALL: u16 = (1 << (FIRST_DATE + DATES.len())) - 1;
const ALL_NUMBERS: u16 = (1 << NUMBERS.len()) - 1;
const ALL_DATES: u16 = ALL & !((1 << FIRST_DATE) - 1);
const ALL_BOOLEANS: u16 = ALL & !ALL_NUMBERS & !ALL_DATES;

/// Tells what a column may be from its cells; text is always possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// A bit for each reading that fits every cell so far.
    fits: u16,
    /// Cells that are not missing.
    present: u64,
    /// A cell that numbers with point and with comma read differently, or dates with the day or the month first.
    unclear: Option<String>,
    /// Whether the format says that the cells are texts, so that they are no numbers unless they must be.
    is_text: bool,
    /// The texts that the format says they are out of.
    declared: Option<Arc<Vec<String>>>,
}

impl Default for Survey {
    fn default() -> Self {
        Self {
            fits: ALL,
            present: 0,
            unclear: None,
            is_text: false,
            declared: None,
        }
    }
}

/// What a column must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Whatever fits.
    Any,
    /// Numbers.
    Number,
    /// Points in time.
    Date,
    /// Numbers or points in time.
    Time,
}

/// What is known of how the cells of a column are written; how they were written before decides where two readings fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The decimal sign, which must be this one.
    pub decimal: DecimalSign,
    /// How numbers were written.
    pub number: Option<NumberFormat>,
    /// How dates were written.
    pub date: Option<DateFormat>,
}

/// What the cells of a column come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// They are read this way.
    Read(Reading),
    /// All cells are missing.
    Empty,
    /// Two readings fit, with a cell that they read differently.
    Unclear(Kinds, String),
    /// Nothing fits that the column must be.
    Nothing,
}

/// What two readings that fit a column are readings of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// Numbers with decimal point or decimal comma.
    Numbers,
    /// Dates with the day or the month first.
    Dates,
}

impl Survey {
    /// The survey of a column of texts, before any was looked at.
    pub fn of_texts() -> Self {
        Self {
            is_text: true,
            ..Self::default()
        }
    }

    /// The survey of a column of numbers.
    pub fn of_numbers() -> Self {
        Self::of_type(1) // as programs write them
    }

    /// The survey of a column of truth values.
    pub fn of_booleans() -> Self {
        Self::of_type(1 << FIRST_BOOLEAN)
    }

    /// The survey of a column of points in time.
    pub fn of_dates() -> Self {
        Self::of_type(1 << FIRST_DATE)
    }

    fn of_type(fits: u16) -> Self {
        Self {
            fits,
            present: 1,
            ..Self::default()
        }
    }

    /// The survey of a column of texts out of these.
    pub fn of_categories(names: Arc<Vec<String>>) -> Self {
        let mut survey = Self::default();
        let missing = MissingWords::new(&[], &[]);
        for name in names.iter() {
            survey.add(name.as_bytes(), &missing);
        }
        Self {
            declared: Some(names),
            ..survey
        }
    }

    /// Returns the texts that the format says the cells are out of; none if it does not say.
    pub fn declared(&self) -> Arc<Vec<String>> {
        self.declared.clone().unwrap_or_default()
    }

    /// Whether the format says which texts the cells are out of.
    pub const fn is_declared(&self) -> bool {
        self.declared.is_some()
    }

    /// Whether the cells are numbers although the format says that they are texts.
    pub fn is_text_of_numbers(&self) -> bool {
        self.is_text && self.present > 0 && self.number(Hint::default()).is_some()
    }

    /// Looks at a further cell.
    #[inline]
    pub fn add(&mut self, text: &[u8], missing: &MissingWords) {
        if self.fits == 0 && self.present > 0 || missing.contain_outside_text(text) {
            return;
        }
        self.present += 1;
        self.fits &= self.fitting(text);
    }

    /// Returns the readings of this column that fit a cell.
    fn fitting(&mut self, text: &[u8]) -> u16 {
        let mut fits = 0;
        let first = text.first().copied().unwrap_or_default();
        let digit = text.iter().any(u8::is_ascii_digit);
        if self.fits & ALL_NUMBERS != 0 && (!first.is_ascii_alphabetic() || !digit) {
            let values = NUMBERS.map(|format| format.parse(text));
            fits |= bits(0, values.map(|value| value.is_some()));
            if text.contains(&b',') {
                self.note_unclear(values[1], values[2].or(values[3]), text);
            }
        }
        if self.fits & ALL_DATES != 0 && first.is_ascii_digit() {
            let values = DATES.map(|format| format.parse(text));
            fits |= bits(FIRST_DATE, values.map(|value| value.is_some()));
            self.note_unclear(values[1], values[2], text);
        }
        if self.fits & ALL_BOOLEANS != 0 && !digit {
            let values = BooleanWords::ALL.map(|words| words.parse(text));
            fits |= bits(FIRST_BOOLEAN, values.map(|value| value.is_some()));
        }
        fits
    }

    fn note_unclear(&mut self, one: Option<f64>, other: Option<f64>, text: &[u8]) {
        if self.unclear.is_none() && one.is_some() && other.is_some() && one != other {
            self.unclear = Some(shown(&String::from_utf8_lossy(text)));
        }
    }

    /// Takes over what a survey of further cells found.
    pub fn merge(&mut self, other: Self) {
        self.fits &= other.fits;
        self.present += other.present;
        self.unclear = self.unclear.take().or(other.unclear);
    }

    /// Whether all cells are one of a pair of words for yes and no.
    pub const fn is_boolean(&self) -> bool {
        self.present > 0 && self.fits & ALL_BOOLEANS != 0
    }

    fn boolean(&self) -> Option<Decision> {
        let fits = |(bit, _): &(usize, BooleanWords)| self.fits & (1 << (FIRST_BOOLEAN + bit)) != 0;
        let (_, words) = BooleanWords::ALL.into_iter().enumerate().find(fits)?;
        Some(Decision::Read(Reading::Boolean(Some(words))))
    }

    /// Decides how the column is read.
    pub fn decide(&self, wanted: Wanted, hint: Hint) -> Decision {
        if self.present == 0 {
            return Decision::Empty;
        }
        let number = self.number(hint);
        let date = self.date(hint.date);
        let found = match wanted {
            Wanted::Number => number,
            Wanted::Date => date,
            Wanted::Time => number.or(date),
            Wanted::Any if self.declared.is_some() => Some(Decision::Read(Reading::Text)),
            Wanted::Any if self.is_boolean() => self.boolean(),
            Wanted::Any if self.is_text => date.or(Some(Decision::Read(Reading::Text))),
            Wanted::Any => number.or(date).or(Some(Decision::Read(Reading::Text))),
        };
        found.unwrap_or(Decision::Nothing)
    }

    fn number(&self, hint: Hint) -> Option<Decision> {
        let fits = |format: NumberFormat| {
            let bit = NUMBERS
                .iter()
                .position(|other| *other == format)
                .unwrap_or_default();
            self.fits & (1 << bit) != 0
        };
        let with_point = [NumberFormat::Point, NumberFormat::GroupedPoint];
        let with_comma = [NumberFormat::Comma, NumberFormat::GroupedComma];
        let first = |formats: [NumberFormat; 2]| {
            let fitting = formats.into_iter().find(|format| fits(*format));
            fitting.map(|format| Decision::Read(Reading::Number(format)))
        };
        let (with_point, with_comma) = (first(with_point), first(with_comma));
        match (hint.decimal, hint.number) {
            (DecimalSign::Point, _) => return with_point,
            (DecimalSign::Comma, _) => return with_comma,
            (DecimalSign::Auto, Some(format)) if fits(format) => {
                return Some(Decision::Read(Reading::Number(format)));
            }
            _ => {}
        }
        match (with_point, with_comma, &self.unclear) {
            (with_point @ Some(_), _, _) if fits(NumberFormat::Point) => with_point,
            (Some(_), Some(_), Some(text)) => Some(Decision::Unclear(Kinds::Numbers, text.clone())),
            (with_point, with_comma, _) => with_point.or(with_comma),
        }
    }

    fn date(&self, hint: Option<DateFormat>) -> Option<Decision> {
        let fits = |format: DateFormat| {
            let bit = DATES
                .iter()
                .position(|other| *other == format)
                .unwrap_or_default();
            self.fits & (1 << (FIRST_DATE + bit)) != 0
        };
        let read = |format| Some(Decision::Read(Reading::Date(format)));
        let both = fits(DateFormat::DayFirst) && fits(DateFormat::MonthFirst);
        match (hint, &self.unclear) {
            (Some(format), _) if fits(format) => read(format),
            (_, Some(text)) if both => Some(Decision::Unclear(Kinds::Dates, text.clone())),
            _ => read(DATES.into_iter().find(|format| fits(*format))?),
        }
    }
}

/// Returns a number with a bit for each reading that fits, from `first` on.
fn bits<const N: usize>(first: usize, fits: [bool; N]) -> u16 {
    let set = fits.into_iter().enumerate().filter(|(_, fits)| *fits);
    set.fold(0, |bits, (bit, _)| bits | 1 << (first + bit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::NA_WORDS;

    fn decide(cells: &[&str], wanted: Wanted, hint: Hint) -> Decision {
        let missing = MissingWords::new(&NA_WORDS.map(str::to_owned), &[]);
        let mut survey = Survey::default();
        for cell in cells {
            survey.add(cell.as_bytes(), &missing);
        }
        survey.decide(wanted, hint)
    }

    #[test]
    fn the_whole_column_decides() {
        use NumberFormat::{Comma, GroupedComma, GroupedPoint, Point};
        let number = |format| Decision::Read(Reading::Number(format));
        let date = |format| Decision::Read(Reading::Date(format));
        let boolean = |words| Decision::Read(Reading::Boolean(Some(words)));
        let unclear = |kinds, text: &str| Decision::Unclear(kinds, text.to_owned());
        let text = Decision::Read(Reading::Text);
        for (cells, expected) in [
            (&["1", "2.5", "", "-"][..], number(Point)),
            (&["1,5", "2"], number(Comma)),
            (&["1.234,5", "2"], number(GroupedComma)),
            (&["1,234.5", "2"], number(GroupedPoint)),
            (&["1,500", "2,500"], unclear(Kinds::Numbers, "1,500")),
            (&["1,500", "2,5"], number(Comma)),
            (&["1,500", "2,500.5"], number(GroupedPoint)),
            (&["1 234", "5"], number(GroupedPoint)),
            (&["1 234,5", "5"], number(GroupedComma)),
            (&["1,5", "2.5"], text.clone()),
            (&["0", "1"], number(Point)),
            (&["True", "FALSE", "NA"], boolean(BooleanWords::TrueFalse)),
            (&["y", "n"], boolean(BooleanWords::Yn)),
            (&["yes", "n"], text.clone()),
            (
                &["2024-01-02", "2024-01-02T03:04"],
                date(DateFormat::YearFirst),
            ),
            (&["01.02.2024"], date(DateFormat::DayFirst)),
            (&["01/02/2024"], unclear(Kinds::Dates, "01/02/2024")),
            (&["02/02/2024"], date(DateFormat::DayFirst)),
            (&["01/02/2024", "13/02/2024"], date(DateFormat::DayFirst)),
            (&["01/02/2024", "01/13/2024"], date(DateFormat::MonthFirst)),
            (&["20240315"], number(Point)),
            (&["inf", "1"], number(Point)),
            (&["a", "1"], text.clone()),
            (&["?", "", "-"], Decision::Empty),
        ] {
            assert_eq!(
                decide(cells, Wanted::Any, Hint::default()),
                expected,
                "{cells:?}"
            );
        }
    }

    #[test]
    fn hints_decide_what_is_unclear() {
        let comma = Hint {
            decimal: DecimalSign::Comma,
            ..Hint::default()
        };
        let format = NumberFormat::Comma;
        let number = |format| Decision::Read(Reading::Number(format));
        assert_eq!(decide(&["1,500"], Wanted::Any, comma), number(format));
        let grouped = number(NumberFormat::GroupedComma);
        assert_eq!(decide(&["1.500"], Wanted::Number, comma), grouped);
        let month = Hint {
            date: Some(DateFormat::MonthFirst),
            ..Hint::default()
        };
        let date = Decision::Read(Reading::Date(DateFormat::MonthFirst));
        assert_eq!(decide(&["01/02/2024"], Wanted::Date, month), date);
        assert_eq!(decide(&["a"], Wanted::Number, comma), Decision::Nothing);
        assert_eq!(decide(&["1"], Wanted::Date, month), Decision::Nothing);
    }
}
