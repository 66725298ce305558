//! Parses `{"rows": [[number, …], {"name": number, …}, …]}` straight into one array; each number is checked as it is
//! parsed.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::rows::{ROW_KEYS, Rows, missing, too_many};
use crate::model::ServedModel;
use crate::problem::Problem;
use mlp_data::Column;
use mlp_data::error::DataErrorKind;
use mlp_data::feature_value;

/// Reads the rows of a JSON body. `null` is an empty cell.
pub fn rows(body: &[u8], model: &ServedModel, max: usize) -> Result<Rows, Problem> {
    let mut parser = Parser {
        model,
        max,
        rows: Rows::default(),
        cell: None,
        refusal: None,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let outcome = Document(&mut parser)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    let Err(error) = outcome else {
        return Ok(parser.rows);
    };
    if let Some(refusal) = parser.refusal {
        return Err(refusal);
    }
    let place = parser.place();
    Err(if error.is_data() {
        Problem::unprocessable(format!("{place}{error}"))
    } else if error.to_string().starts_with("number out of range") {
        Problem::unprocessable(format!(
            "{place}the number is too large for float32: {error}"
        ))
    } else {
        Problem::malformed(format!("the body is not JSON: {error}"))
    })
}

/// State of the parser.
struct Parser<'a> {
    model: &'a ServedModel,
    max: usize,
    rows: Rows,
    /// Index of the cell being parsed.
    cell: Option<usize>,
    /// Why parsing ended, if the JSON itself is valid.
    refusal: Option<Problem>,
}

impl Parser<'_> {
    /// Describes the row and the value being parsed, counted from 1.
    fn place(&self) -> String {
        let Some(cell) = self.cell else {
            return String::new();
        };
        let row = self.rows.count + 1;
        match self.model.trained.model.schema.columns.get(cell) {
            Some(Column { name, .. }) => format!("row {row}, value {} ({name}): ", cell + 1),
            None => format!("row {row}: "),
        }
    }

    /// Ends parsing with a problem.
    fn refuse<E: serde::de::Error>(&mut self, problem: Problem) -> E {
        self.refusal = Some(problem);
        E::custom("refused")
    }

    /// Stores a cell, if its value is valid.
    fn store<E: serde::de::Error>(&mut self, cell: Option<f32>) -> Result<(), E> {
        let data = &self.model.trained.config.data;
        let value = match cell {
            Some(value) if !value.is_finite() => Err(DataErrorKind::NotFinite {
                text: value.to_string(),
            }),
            cell => feature_value(cell, data.missing, data.scale),
        };
        match value {
            Ok(value) => {
                self.rows.values.push(value);
                Ok(())
            }
            Err(kind) => {
                let problem = Problem::unprocessable(format!("{}{kind}", self.place()));
                Err(self.refuse(problem))
            }
        }
    }
}

/// The whole body.
struct Document<'a, 'b>(&'a mut Parser<'b>);
/// The list of rows.
struct List<'a, 'b>(&'a mut Parser<'b>);
/// A row.
struct Row<'a, 'b>(&'a mut Parser<'b>);
/// A number or null.
struct Cell<'a, 'b>(&'a mut Parser<'b>);

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object {\"rows\": [row, …]}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut is_read = false;
        while let Some(key) = map.next_key::<String>()? {
            if !ROW_KEYS.contains(&key.as_str()) {
                return Err(A::Error::unknown_field(&key, &ROW_KEYS));
            }
            if is_read {
                return Err(A::Error::duplicate_field("rows"));
            }
            map.next_value_seed(List(self.0))?;
            is_read = true;
        }
        if is_read {
            Ok(())
        } else {
            Err(A::Error::missing_field("rows"))
        }
    }
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(()) = list.next_element_seed(Row(self.0))? {
            self.0.rows.count += 1;
            if self.0.rows.count > self.0.max {
                let problem = too_many(self.0.max);
                return Err(self.0.refuse(problem));
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.cell = Some(usize::MAX); // the row as a whole
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let features = self.0.model.features();
        write!(
            formatter,
            "a list of {features} numbers, or an object with a number for each name"
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        let expected = self.0.model.features();
        let mut found = 0;
        while found < expected {
            self.0.cell = Some(found);
            if row.next_element_seed(Cell(self.0))?.is_none() {
                break;
            }
            found += 1;
        }
        self.0.cell = None;
        if found == expected {
            while row.next_element::<IgnoredAny>()?.is_some() {
                found += 1;
            }
        }
        if found == expected {
            return Ok(());
        }
        let hint = if found == expected + 1 {
            "; is its label among them?"
        } else {
            ""
        };
        let number = self.0.rows.count + 1;
        let detail = format!("row {number}: {expected} values expected, {found} found{hint}");
        Err(self.0.refuse(Problem::unprocessable(detail)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        let parser = self.0;
        let model = parser.model;
        let mut values: Vec<Option<f32>> = vec![None; model.features()];
        while let Some(column) = row.next_key_seed(Name(model))? {
            let Some(column) = column else {
                row.next_value::<IgnoredAny>()?; // such as an id, or the answer
                continue;
            };
            parser.cell = Some(column);
            row.next_value_seed(Cell(parser))?;
            if values[column].is_some() {
                let problem = format!("{}given twice", parser.place());
                return Err(parser.refuse(Problem::unprocessable(problem)));
            }
            values[column] = parser.rows.values.pop();
        }
        parser.cell = None;
        if values.iter().any(Option::is_none) {
            let is_missing = |column: usize| values[column].is_none();
            let problem = missing(parser.rows.count + 1, model, is_missing);
            return Err(parser.refuse(problem));
        }
        parser.rows.values.extend(values.into_iter().flatten());
        Ok(())
    }
}

/// The name of a column; `None` for one that the network does not know.
struct Name<'a>(&'a ServedModel);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.column(name))
    }
}

impl<'de> DeserializeSeed<'de> for Cell<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Cell<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.0.store(None)
    }

    /// Parses as float32, so that decimals are rounded once, as in files.
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_f32(self)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.0.store(Some(value as f32))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.0.store(Some(value as f32))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.0.store(Some(value as f32))
    }
}
