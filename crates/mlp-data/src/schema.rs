//! What the columns of a table are.

use serde::{Deserialize, Serialize};

use crate::images::square_side;

/// The columns that a model takes, in its order, and what it predicts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Columns of the features.
    pub columns: Vec<Column>,
    /// What is predicted.
    pub target: TargetColumn,
    /// The image whose pixels the features are, row by row, if they are those of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageShape>,
}

/// A column of features.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name in the header; made up (`x1`, `x2`, …) for files without one.
    pub name: String,
    /// What its cells hold.
    pub kind: ColumnKind,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// Real numbers.
    Numeric,
}

/// The column that is predicted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum TargetColumn {
    /// One of several classes.
    Class {
        /// Name of each class, in the order of the network's outputs.
        classes: Vec<String>,
    },
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
    /// Numeric columns of these names and one target of these classes.
    ///
    /// Columns whose names are those of the pixels of a square image are taken for that image.
    #[must_use]
    pub fn of_numbers(feature_names: Vec<String>, classes: Vec<String>) -> Self {
        let side = square_side(&feature_names);
        let column = |name| Column {
            name,
            kind: ColumnKind::Numeric,
        };
        Self {
            columns: feature_names.into_iter().map(column).collect(),
            target: TargetColumn::Class { classes },
            image: side.map(|side| ImageShape {
                height: side,
                width: side,
            }),
        }
    }

    /// Name of each feature column, in order.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        let names = self.columns.iter().map(|column| column.name.clone());
        names.collect()
    }

    /// Name of each class, in the order of the network's outputs.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        match &self.target {
            TargetColumn::Class { classes } => classes,
        }
    }

    /// Side of the image whose pixels the features are, if it is square.
    #[must_use]
    pub fn square_side(&self) -> Option<usize> {
        let image = self.image.filter(|image| image.height == image.width)?;
        Some(image.width)
    }
}
