//! What the columns of a table are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::images::square_side;
use crate::preprocess::TargetScaling;
use crate::{CellFormat, iso_date};

/// The columns that a model takes, in its order, and what it predicts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "StoredSchema", into = "StoredSchema")]
pub struct Schema {
    /// Columns of the features.
    pub columns: Vec<Column>,
    /// What is predicted.
    pub target: TargetColumn,
    /// Name of the predicted column; `None` for files without names.
    pub target_name: Option<String>,
    /// The image whose pixels the features are, row by row, if they are those of one.
    pub image: Option<ImageShape>,
    /// Columns of the training file that are no features, the target's excepted.
    pub ignored: Vec<IgnoredColumn>,
    /// How the cells of a column are written, by its name, if otherwise than as programs write numbers and dates.
    pub formats: BTreeMap<String, CellFormat>,
}

/// A column of features.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name in the header; made up (`x1`, `x2`, …) for files without one.
    pub name: String,
    /// What its cells hold.
    #[serde(flatten)]
    pub kind: ColumnKind,
}

/// What the cells of a column hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ColumnKind {
    /// Real numbers.
    Number {
        /// Whether they are kept in 64 bits, because 32 cannot tell some of them apart.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        wide: bool,
    },
    /// Yes or no.
    Boolean,
    /// One of several texts.
    Category {
        /// Categories with an input of their own, in the order of the inputs.
        categories: Vec<String>,
        /// Rarer categories, which share one input; empty where every category has its own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rare: Vec<String>,
    },
    /// Points in time, kept as seconds since 1970-01-01T00:00:00Z.
    Date,
}

impl ColumnKind {
    /// Numbers of 32 bits.
    pub const NUMBER: Self = Self::Number { wide: false };

    /// Returns the text of a cell from the value that [`Features::number`](crate::Features::number) has of it; `None` for
    /// an empty cell, and for a category that is not known.
    #[must_use]
    pub fn cell(&self, value: f64) -> Option<String> {
        if value.is_nan() {
            return None;
        }
        match self {
            Self::Number { wide: false } => Some((value as f32).to_string()),
            Self::Number { wide: true } => Some(value.to_string()),
            Self::Date => Some(iso_date(value)),
            Self::Boolean => Some((if value > 1.0 { "yes" } else { "no" }).to_owned()),
            Self::Category { categories, rare } => {
                #[allow(clippy::cast_sign_loss)] // codes count from 1
                let place = (value as usize).checked_sub(1)?;
                categories.iter().chain(rare).nth(place).cloned()
            }
        }
    }

    /// Returns the kind's name in configs: number, boolean, category or date.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Number { .. } => "number",
            Self::Boolean => "boolean",
            Self::Category { .. } => "category",
            Self::Date => "date",
        }
    }
}

/// A column that is no feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredColumn {
    /// Name in the header.
    pub name: String,
    /// Why it is none.
    pub reason: IgnoreReason,
}

/// Why a column is no feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoreReason {
    /// The config says so.
    Configured,
    /// It identifies the row; predictions may carry it to their output.
    Id,
    /// It says which rows belong together.
    Group,
    /// It orders the rows in time.
    Time,
    /// It weighs the rows.
    RowWeight,
    /// It counts the rows.
    Counter,
    /// Every row has the same value, or none.
    Constant,
    /// Nearly every row has a text of its own.
    DistinctText,
}

impl IgnoreReason {
    /// Says why, as a clause: `it identifies the row`.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Configured => "as asked for",
            Self::Id => "it identifies the row",
            Self::Group => "it says which rows belong together",
            Self::Time => "it orders the rows in time",
            Self::RowWeight => "it weighs the rows",
            Self::Counter => "it counts the rows",
            Self::Constant => "every row has the same value, or none",
            Self::DistinctText => "nearly every row has a text of its own",
        }
    }
}

/// The column that is predicted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum TargetColumn {
    /// One of several classes.
    Class {
        /// Name of each class, in the order of the network's outputs.
        classes: Vec<String>,
    },
    /// A number, and how it becomes the output of a network; of rows that no network was trained on, as it is.
    Value(TargetScaling),
}

impl TargetColumn {
    /// Number of outputs of a network that predicts it.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        match self {
            Self::Class { classes } => classes.len(),
            Self::Value(_) => 1,
        }
    }
}

/// Size of an image of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageShape {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels in a row.
    pub width: usize,
}

impl Default for TargetColumn {
    fn default() -> Self {
        Self::Class {
            classes: Vec::new(),
        }
    }
}

impl Schema {
    /// Columns of numbers with these names and one target of these classes.
    ///
    /// Columns whose names are those of the pixels of a square image are taken for that image.
    #[must_use]
    pub fn of_numbers(feature_names: Vec<String>, classes: Vec<String>) -> Self {
        let side = square_side(&feature_names);
        let column = |name| Column {
            name,
            kind: ColumnKind::NUMBER,
        };
        Self {
            columns: feature_names.into_iter().map(column).collect(),
            target: TargetColumn::Class { classes },
            image: side.map(|side| ImageShape {
                height: side,
                width: side,
            }),
            ..Self::default()
        }
    }

    /// Columns of numbers with these names and a number as target.
    #[must_use]
    pub fn of_values(feature_names: Vec<String>) -> Self {
        Self {
            target: TargetColumn::Value(TargetScaling::IDENTITY),
            ..Self::of_numbers(feature_names, Vec::new())
        }
    }

    /// Returns how the target becomes the output of a network; `None` if the target is a class.
    #[must_use]
    pub const fn target_scaling(&self) -> Option<TargetScaling> {
        match &self.target {
            TargetColumn::Class { .. } => None,
            TargetColumn::Value(scaling) => Some(*scaling),
        }
    }

    /// Name of each feature column, in order.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        let names = self.columns.iter().map(|column| column.name.clone());
        names.collect()
    }

    /// Name of each class, in the order of the network's outputs; none where a number is predicted.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        match &self.target {
            TargetColumn::Class { classes } => classes,
            TargetColumn::Value(_) => &[],
        }
    }

    /// Side of the image whose pixels the features are, if it is square.
    #[must_use]
    pub fn square_side(&self) -> Option<usize> {
        let image = self.image.filter(|image| image.height == image.width)?;
        Some(image.width)
    }

    /// Whether every feature is a number of 32 bits.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        let mut kinds = self.columns.iter().map(|column| &column.kind);
        kinds.all(|kind| *kind == ColumnKind::NUMBER)
    }
}

/// A schema as files have it: all columns of the table in one list.
#[derive(Serialize, Deserialize)]
struct StoredSchema {
    columns: Vec<StoredColumn>,
    target: TargetColumn,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<ImageShape>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    formats: BTreeMap<String, CellFormat>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum StoredColumn {
    Ignored {
        name: String,
        kind: Ignore,
        reason: IgnoreReason,
    },
    Feature(Column),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ignore {
    Ignore,
}

impl From<Schema> for StoredSchema {
    fn from(schema: Schema) -> Self {
        let features = schema.columns.into_iter().map(StoredColumn::Feature);
        let ignored = schema.ignored.into_iter().map(|column| {
            let IgnoredColumn { name, reason } = column;
            StoredColumn::Ignored {
                name,
                kind: Ignore::Ignore,
                reason,
            }
        });
        Self {
            columns: features.chain(ignored).collect(),
            target: schema.target,
            target_name: schema.target_name,
            image: schema.image,
            formats: schema.formats,
        }
    }
}

impl From<StoredSchema> for Schema {
    fn from(stored: StoredSchema) -> Self {
        let mut schema = Self {
            target: stored.target,
            target_name: stored.target_name,
            image: stored.image,
            formats: stored.formats,
            ..Self::default()
        };
        for column in stored.columns {
            match column {
                StoredColumn::Feature(column) => schema.columns.push(column),
                StoredColumn::Ignored { name, reason, .. } => {
                    schema.ignored.push(IgnoredColumn { name, reason });
                }
            }
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_written_as_a_person_reads_them() {
        let category = ColumnKind::Category {
            categories: vec!["a".to_owned()],
            rare: vec!["b".to_owned()],
        };
        let text = |kind: &ColumnKind, value| kind.cell(value);
        assert_eq!(text(&category, 2.0).as_deref(), Some("b"));
        assert_eq!(text(&category, 3.0), None);
        assert_eq!(text(&ColumnKind::Boolean, 2.0).as_deref(), Some("yes"));
        assert_eq!(text(&ColumnKind::Boolean, 1.0).as_deref(), Some("no"));
        assert_eq!(
            text(&ColumnKind::Date, 1_709_164_800.0).as_deref(),
            Some("2024-02-29")
        );
        assert_eq!(
            text(&ColumnKind::NUMBER, f64::from(0.1_f32)).as_deref(),
            Some("0.1")
        );
        assert_eq!(text(&ColumnKind::NUMBER, f64::NAN), None);
    }

    #[test]
    fn all_columns_of_a_table_are_in_one_list() {
        let column = |name: &str, kind| Column {
            name: name.to_owned(),
            kind,
        };
        let categories = vec!["no".to_owned(), "yes".to_owned()];
        let rare = vec!["perhaps".to_owned()];
        let schema = Schema {
            columns: vec![
                column("height", ColumnKind::NUMBER),
                column("seconds", ColumnKind::Number { wide: true }),
                column("smoker", ColumnKind::Boolean),
                column("answer", ColumnKind::Category { categories, rare }),
                column("when", ColumnKind::Date),
            ],
            ignored: vec![IgnoredColumn {
                name: "row".to_owned(),
                reason: IgnoreReason::Counter,
            }],
            ..Schema::default()
        };
        let text = serde_json::to_string(&schema).unwrap();
        let columns = r#"{"columns":[{"name":"height","kind":"number"},{"name":"seconds","kind":"number","wide":true},{"name":"smoker","kind":"boolean"},{"name":"answer","kind":"category","categories":["no","yes"],"rare":["perhaps"]},{"name":"when","kind":"date"},{"name":"row","kind":"ignore","reason":"counter"}]"#;
        assert!(text.starts_with(columns), "{text}");
        assert_eq!(serde_json::from_str::<Schema>(&text).unwrap(), schema);
    }
}
