//! The format of a file or stream, found out from its first bytes and its name.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Serialize;

use super::ReadOptions;
use super::compressed::{Compression, Source};
use super::csv::sniff;
use super::foreign::ForeignFormat;
use crate::error::{DataError, DataErrorKind};

/// Bytes at the beginning of the content that tell what it is; an ARFF file may begin with long comments.
const PREFIX: usize = 1 << 16;
/// Endings of the names of images.
const IMAGE_ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// What a file or stream holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Rows as text; also whatever is none of the others.
    Csv,
    /// Rows as unsigned bytes.
    Idx,
    /// An image of a format that is read, and its name.
    Image(&'static str),
    /// An image, or something taken for one, of a format that is not read, and its name.
    OtherImage(&'static str),
    /// A table whose columns have types.
    Typed(TypedFormat),
    /// Data in a format that is not read.
    Foreign(ForeignFormat),
}

impl Content {
    /// Finds it out from a stream or its beginning, compressed or not; a compressed image is not read.
    ///
    /// Where it is damaged, whatever comes before tells enough: the reader will name the damage.
    #[must_use]
    pub fn of(stream: impl Read) -> Self {
        let Ok(mut source) = Source::new(stream) else {
            return Self::Csv;
        };
        let content = Self::of_plain(&source.look(PREFIX).0);
        match (content, source.compression()) {
            (Self::Image(_) | Self::OtherImage(_), Some(Compression::Gzip)) => {
                Self::OtherImage("gzip-compressed")
            }
            (Self::Image(_) | Self::OtherImage(_), Some(Compression::Zstd)) => {
                Self::OtherImage("zstd-compressed")
            }
            (content, _) => content,
        }
    }

    /// Finds it out from the first bytes.
    fn of_plain(first: &[u8]) -> Self {
        match first {
            [0x89, b'P', b'N', b'G', ..] => Self::Image("PNG"),
            [0xff, 0xd8, 0xff, ..] => Self::Image("JPEG"),
            [b'G', b'I', b'F', b'8', ..] => Self::OtherImage("GIF"),
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Self::OtherImage("TIFF"),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Self::OtherImage("WebP"),
            [0, 0, _, _, b'f', b't', b'y', b'p', ..] => Self::OtherImage("HEIC or AVIF"),
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::OtherImage("BMP"),
            [0, 0, 1, 0, ..] => Self::OtherImage("Windows icon"),
            [0, 0, 0, 12, b'j', b'P', ..] => Self::OtherImage("JPEG 2000"),
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::OtherImage("PDF"),
            [b'<', b's', b'v', b'g', ..] | [b'<', b'?', b'x', b'm', b'l', ..] => {
                Self::OtherImage("SVG or XML")
            }
            [0, 0, 8..=14, _, ..] => Self::Idx, // no text begins with two zeros
            first => match TypedFormat::of(first) {
                Some(format) => Self::Typed(format),
                None => ForeignFormat::of(first).map_or(Self::Csv, Self::Foreign),
            },
        }
    }

    /// Finds it out from a file that can be read again.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        Ok(Self::of(File::open(path)?).in_file(path))
    }

    /// The same content in a file of this name, which says IDX where the first bytes say nothing.
    #[must_use]
    pub fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Csv if is_idx_name(path) => Self::Idx,
            content => content,
        }
    }

    /// Finds out which reader of rows a file is for.
    ///
    /// # Errors
    /// If it cannot be read, or holds no rows that are read.
    pub(super) fn of_rows<R: Read>(
        source: &mut Source<R>,
        path: &Path,
    ) -> Result<Self, DataErrorKind> {
        let content = Self::of_plain(&source.peek(PREFIX)?).in_file(path);
        match content {
            Self::Typed(TypedFormat::Parquet) if cfg!(not(feature = "parquet")) => {
                Err(DataErrorKind::NotBuiltIn {
                    format: "Parquet",
                    feature: "parquet",
                })
            }
            Self::Csv | Self::Idx | Self::Typed(_) => Ok(content),
            Self::Foreign(format) => Err(DataErrorKind::ForeignFormat(format)),
            Self::Image(format) | Self::OtherImage(format) => {
                Err(DataErrorKind::ImageForRows { format })
            }
        }
    }
}

/// A format of tables whose columns have types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TypedFormat {
    /// Attribute-Relation File Format, of Weka and `OpenML`.
    Arff,
    /// An array of NumPy.
    Npy,
    /// Several arrays of NumPy.
    Npz,
    /// Parquet.
    Parquet,
}

impl TypedFormat {
    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arff => "ARFF",
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
            Self::Parquet => "Parquet",
        }
    }

    /// Finds the format of content that begins with these bytes, if it is one of these.
    fn of(first: &[u8]) -> Option<Self> {
        match first {
            // Text may begin so, but not go on so; E is of encrypted ones.
            [b'P', b'A', b'R', b'1' | b'E', 0..=8 | 14..=31, ..] => Some(Self::Parquet),
            [b'P', b'K', 3, 4, ..] => is_npz(first).then_some(Self::Npz),
            first if first.starts_with(b"\x93NUMPY") => Some(Self::Npy),
            first => is_arff(first).then_some(Self::Arff),
        }
    }
}

/// Whether the first file of a ZIP archive is an array.
fn is_npz(first: &[u8]) -> bool {
    let length = match first.get(26..28) {
        Some(&[low, high]) => usize::from(u16::from_le_bytes([low, high])),
        _ => return false,
    };
    let name = first.get(30..30 + length);
    name.is_some_and(|name| name.ends_with(b".npy"))
}

/// Whether the first line that is no comment names a relation, or all that is to be seen are comments.
fn is_arff(first: &[u8]) -> bool {
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    if !matches!(text.trim_ascii_start(), [b'%' | b'@', ..]) {
        return false;
    }
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    let mut lines = lines.map(<[u8]>::trim_ascii);
    match lines.find(|line| !line.is_empty() && !line.starts_with(b"%")) {
        Some(line) => {
            let word = line.get(..9);
            word.is_some_and(|word| word.eq_ignore_ascii_case(b"@relation"))
        }
        None => first.len() >= PREFIX,
    }
}

/// Returns whether a file of this name is CSV, compressed or not.
#[must_use]
pub fn is_csv_name(path: &Path) -> bool {
    is_named(path, "csv")
}

/// Returns whether a file of this name is IDX, as those of MNIST are called.
fn is_idx_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().contains("-ubyte")
}

/// Returns whether a file of this name is an image of a format that is read.
pub(super) fn is_image_name(path: &Path) -> bool {
    IMAGE_ENDINGS.iter().any(|ending| has_ending(path, ending))
}

/// Returns whether a name ends so (`npy`, say), before the ending of a compression if there is one.
#[must_use]
pub fn is_named(path: &Path, ending: &str) -> bool {
    has_ending(&without_compression(path), ending)
}

/// Returns a name without the ending that says how the file is compressed.
fn without_compression(path: &Path) -> Cow<'_, Path> {
    match Compression::of_name(path) {
        Some(_) => path.with_extension("").into(),
        None => path.into(),
    }
}

pub(super) fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// How a data file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum FileFormat {
    /// Text, a row a line.
    Csv {
        /// Whether the first row names the columns.
        header: bool,
        /// Between cells; a blank for runs of blanks.
        delimiter: char,
        /// How it is compressed, if it is.
        compression: Option<Compression>,
    },
    /// Images of unsigned bytes, their labels in a file of their own.
    Idx {
        /// How it is compressed, if it is.
        compression: Option<Compression>,
    },
    /// A format whose columns have types.
    #[serde(untagged)]
    Typed {
        /// Which.
        #[serde(rename = "kind")]
        format: TypedFormat,
        /// How it is compressed as a whole, if it is.
        compression: Option<Compression>,
    },
}

impl FileFormat {
    /// Finds out the format of a file that [`read`](super::read) reads with these options.
    ///
    /// # Errors
    /// When the file cannot be read or its first row does not fit the options.
    pub fn of(path: &Path, options: &ReadOptions) -> Result<Self, DataError> {
        let in_file = |kind| DataError::of_file(path, kind);
        let file = File::open(path).map_err(|error| DataError::opening(path, error))?;
        let mut source = Source::new(file).map_err(in_file)?;
        let compression = source.compression();
        match Content::of_rows(&mut source, path).map_err(in_file)? {
            Content::Idx => return Ok(Self::Idx { compression }),
            Content::Typed(format) => {
                return Ok(Self::Typed {
                    format,
                    compression,
                });
            }
            _ => {}
        }
        let (delimiter, header) = sniff(source, path, options)?;
        Ok(Self::Csv {
            header,
            delimiter: delimiter.into(),
            compression,
        })
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let compression = match self {
            Self::Csv {
                header,
                delimiter,
                compression,
            } => {
                let header = if *header { "with" } else { "without" };
                write!(f, "CSV {header} header")?;
                match delimiter {
                    ',' => {}
                    '\t' => f.write_str(", tab-separated")?,
                    ';' => f.write_str(", separated by semicolons")?,
                    '|' => f.write_str(", separated by vertical bars")?,
                    ' ' => f.write_str(", separated by blanks")?,
                    other => write!(f, ", separated by `{other}`")?,
                }
                compression
            }
            Self::Idx { compression } => {
                f.write_str("IDX")?;
                compression
            }
            Self::Typed {
                format,
                compression,
            } => {
                f.write_str(format.name())?;
                compression
            }
        };
        match compression {
            Some(compression) => write!(f, ", {compression}-compressed"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        for (first, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Content::Image("PNG")),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Content::Image("JPEG")),
            (b"GIF89a", Content::OtherImage("GIF")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Content::OtherImage("WebP")),
            (b"RIFF,x,y\n1,2", Content::Csv),
            (b"\0\0\0\x18ftypheic", Content::OtherImage("HEIC or AVIF")),
            (b"BM\x36\x24\0\0\0\0\0\0", Content::OtherImage("BMP")),
            (b"BMI,age\n1,2", Content::Csv),
            (b"%PDF-1.7", Content::OtherImage("PDF")),
            (b"\0\0\x08\x03\0\0\0\x01", Content::Idx),
            (b"label,1x1", Content::Csv),
            (b"", Content::Csv),
            (b"PAR1\x15\x04", Content::Typed(TypedFormat::Parquet)),
            (b"PAR1,PAR2\n1,2\n", Content::Csv),
            (b"\x93NUMPY\x01\0", Content::Typed(TypedFormat::Npy)),
            (b"%,b\n1,2\n", Content::Csv),
            (b"@home,b\n", Content::Csv),
            (
                b"% of Weka\n\n@RELATION iris\n",
                Content::Typed(TypedFormat::Arff),
            ),
            (
                b"PK\x03\x04\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\x14\0arr_0.npy",
                Content::Typed(TypedFormat::Npz),
            ),
        ] {
            assert_eq!(Content::of(first), expected, "{first:?}");
        }
        let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
        compressed.write_all(b"\x89PNG\r\n\x1a\n").unwrap();
        let compressed = compressed.finish().unwrap();
        assert_eq!(
            Content::of(&compressed[..]),
            Content::OtherImage("gzip-compressed")
        );
    }
    #[test]
    fn a_name_says_idx_where_the_first_bytes_say_nothing() {
        let named = |content: Content, name: &str| content.in_file(Path::new(name));
        let idx = "a/t10k-images-idx3-ubyte.gz";
        assert_eq!(named(Content::Csv, idx), Content::Idx);
        assert_eq!(named(Content::Image("PNG"), idx), Content::Image("PNG"));
        assert_eq!(named(Content::Csv, "a-ubyte/rows.csv"), Content::Csv);
    }

    #[test]
    fn names_are_told_by_their_endings() {
        for (name, csv) in [
            ("a/rows.csv", true),
            ("rows.CSV.gz", true),
            ("rows.csv.GZ", true),
            ("rows.csv.zst", true),
            ("rows.gz", false),
            ("rows.csv.bz2", false),
            (".csv", false),
        ] {
            assert_eq!(is_csv_name(Path::new(name)), csv, "{name}");
        }
        assert!(is_image_name(Path::new("a/seven.JPeG")));
        assert!(!is_image_name(Path::new("a/png")));
    }
}
