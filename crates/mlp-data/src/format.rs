//! The format of a file, found out from its first bytes.

use std::fmt;
use std::fs::File;
use std::path::Path;

use serde::Serialize;

use super::csv::sniff;
use super::gzip::Source;
use super::{ReadOptions, idx};
use crate::error::DataError;

/// How a data file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum FileFormat {
    /// Text, a row a line.
    Csv {
        /// Whether the first row names the columns.
        header: bool,
        /// Between cells: `,`, `;` or a tab.
        delimiter: char,
        /// Whether it is compressed.
        gzip: bool,
    },
    /// Images of unsigned bytes, their labels in a file of their own.
    Idx {
        /// Whether it is compressed.
        gzip: bool,
    },
}

impl FileFormat {
    /// The format of a file that [`read`](super::read) reads with these options.
    ///
    /// # Errors
    /// When the file cannot be read or its first row does not fit the options.
    pub fn of(path: &Path, options: &ReadOptions) -> Result<Self, DataError> {
        let in_file = |kind| DataError::of_file(path, kind);
        let file = File::open(path).map_err(|error| DataError::opening(path, error))?;
        let mut source = Source::new(file).map_err(in_file)?;
        let gzip = source.is_gzip();
        let first = source.peek(2).map_err(in_file)?;
        if idx::is_idx(path, &first) {
            return Ok(Self::Idx { gzip });
        }
        let (delimiter, header) = sniff(source, path, options)?;
        Ok(Self::Csv {
            header,
            delimiter: delimiter.into(),
            gzip,
        })
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gzip = match self {
            Self::Csv {
                header,
                delimiter,
                gzip,
            } => {
                let header = if *header { "with" } else { "without" };
                write!(f, "CSV {header} header")?;
                match delimiter {
                    '\t' => f.write_str(", tab-separated")?,
                    ';' => f.write_str(", separated by semicolons")?,
                    _ => {}
                }
                gzip
            }
            Self::Idx { gzip } => {
                f.write_str("IDX")?;
                gzip
            }
        };
        f.write_str(if *gzip { ", gzip-compressed" } else { "" })
    }
}
