//! The format of a file or stream, found out from its first bytes and its name.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Serialize;

use super::ReadOptions;
use super::csv::sniff;
use super::foreign::ForeignFormat;
use super::gzip::{Source, is_gzip};
use crate::error::{DataError, DataErrorKind};

/// Bytes at the beginning of the content that tell what it is.
const PREFIX: usize = 1 << 12;
/// Bytes of a gzip stream that hold the first of them.
const COMPRESSED_PREFIX: u64 = 1 << 12;
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
    /// Data in a format that is not read.
    Foreign(ForeignFormat),
}

impl Content {
    /// Finds it out from the beginning of a stream, gzip-compressed or not; a compressed image is not read.
    #[must_use]
    pub fn of(ahead: &[u8]) -> Self {
        if !is_gzip(ahead) {
            return Self::of_plain(&ahead[..ahead.len().min(PREFIX)]);
        }
        let mut first = Vec::new();
        // Where it is damaged, whatever came out before tells enough; the reader will name the damage.
        let _ = MultiGzDecoder::new(ahead)
            .take(PREFIX as u64)
            .read_to_end(&mut first);
        match Self::of_plain(&first) {
            Self::Image(_) | Self::OtherImage(_) => Self::OtherImage("gzip-compressed"),
            rows => rows,
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
            first => ForeignFormat::of(first).map_or(Self::Csv, Self::Foreign),
        }
    }

    /// Finds it out from a file that can be read again.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut first = Vec::new();
        File::open(path)?
            .take(COMPRESSED_PREFIX)
            .read_to_end(&mut first)?;
        Ok(Self::of(&first).in_file(path))
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
            Self::Csv | Self::Idx => Ok(content),
            Self::Foreign(format) => Err(DataErrorKind::ForeignFormat(format)),
            Self::Image(format) | Self::OtherImage(format) => {
                Err(DataErrorKind::ImageForRows { format })
            }
        }
    }
}

/// Returns whether a file of this name is gzip-compressed.
pub(crate) fn is_gzip_name(path: &Path) -> bool {
    has_ending(path, "gz")
}

/// Returns whether a file of this name is CSV, compressed or not.
#[must_use]
pub fn is_csv_name(path: &Path) -> bool {
    if is_gzip_name(path) {
        has_ending(&path.with_extension(""), "csv")
    } else {
        has_ending(path, "csv")
    }
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

fn has_ending(path: &Path, ending: &str) -> bool {
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
    /// Finds out the format of a file that [`read`](super::read) reads with these options.
    ///
    /// # Errors
    /// When the file cannot be read or its first row does not fit the options.
    pub fn of(path: &Path, options: &ReadOptions) -> Result<Self, DataError> {
        let in_file = |kind| DataError::of_file(path, kind);
        let file = File::open(path).map_err(|error| DataError::opening(path, error))?;
        let mut source = Source::new(file).map_err(in_file)?;
        let gzip = source.is_gzip();
        if Content::of_rows(&mut source, path).map_err(in_file)? == Content::Idx {
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
                    ',' => {}
                    '\t' => f.write_str(", tab-separated")?,
                    ';' => f.write_str(", separated by semicolons")?,
                    '|' => f.write_str(", separated by vertical bars")?,
                    ' ' => f.write_str(", separated by blanks")?,
                    other => write!(f, ", separated by `{other}`")?,
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
        ] {
            assert_eq!(Content::of(first), expected, "{first:?}");
        }
        let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
        compressed.write_all(b"\x89PNG\r\n\x1a\n").unwrap();
        let compressed = compressed.finish().unwrap();
        assert_eq!(
            Content::of(&compressed),
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
