//! Formats that are not read: how they are told by their first bytes, and how a table in them becomes CSV.

use std::fmt;

use memchr::memmem;

/// A format of data that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignFormat {
    /// Arrow's file format, also called Feather.
    Arrow,
    /// Compressed by bzip2.
    Bzip2,
    /// A workbook of Excel before 2007, or another document of that time.
    OldExcel,
    /// A workbook of Excel.
    Excel,
    /// Hierarchical Data Format, version 5.
    Hdf5,
    /// A web page.
    Html,
    /// JSON, one value.
    Json,
    /// JSON, a value a line.
    JsonLines,
    /// Rows of `label index:value …`, as LIBSVM reads them.
    LibSvm,
    /// Variables of MATLAB.
    Matlab,
    /// A spreadsheet of `LibreOffice` and others (.ods).
    OpenDocument,
    /// A pickled Python object.
    Pickle,
    /// An object or a workspace of R.
    RData,
    /// A data set of SPSS.
    Spss,
    /// A database of `SQLite`.
    Sqlite,
    /// A data set of Stata.
    Stata,
    /// A tar archive.
    Tar,
    /// Compressed by xz.
    Xz,
    /// A ZIP archive.
    Zip,
    /// A 7z archive.
    SevenZip,
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arrow => "an Arrow or Feather file",
            Self::Bzip2 => "compressed by bzip2",
            Self::OldExcel => "an Excel workbook of before 2007 (.xls)",
            Self::Excel => "an Excel workbook (.xlsx)",
            Self::Hdf5 => "an HDF5 file",
            Self::Html => "a web page (HTML)",
            Self::Json => "JSON",
            Self::JsonLines => "JSON lines",
            Self::LibSvm => "LIBSVM rows (`label index:value …`)",
            Self::Matlab => "a MATLAB file",
            Self::OpenDocument => "an OpenDocument spreadsheet (.ods)",
            Self::Pickle => "a pickled Python object",
            Self::RData => "a data file of R",
            Self::Spss => "an SPSS file",
            Self::Sqlite => "an SQLite database",
            Self::Stata => "a Stata file",
            Self::Tar => "a tar archive",
            Self::Xz => "compressed by xz",
            Self::Zip => "a ZIP archive",
            Self::SevenZip => "a 7z archive",
        })
    }
}

impl ForeignFormat {
    /// Says how a table in this format becomes CSV.
    #[must_use]
    pub fn conversion(self) -> String {
        let pandas = |reader: &str| {
            format!(
                "write it as CSV, in Python by `import pandas; pandas.{reader}.to_csv(\"FILE.csv\", index=False)`"
            )
        };
        let how = match self {
            Self::Arrow => return pandas("read_feather(\"FILE\")"),
            Self::Bzip2 => "unpack it by `bunzip2 -k FILE`",
            Self::OldExcel | Self::Excel | Self::OpenDocument => {
                "save the sheet as CSV in the spreadsheet program"
            }
            Self::Hdf5 => return pandas("read_hdf(\"FILE\")"),
            Self::Html => {
                "fetch the file itself: the address gave a page about it, or one that asks to log in"
            }
            Self::Json => return pandas("read_json(\"FILE\")"),
            Self::JsonLines => return pandas("read_json(\"FILE\", lines=True)"),
            Self::LibSvm => {
                "write it as CSV, in Python by `from sklearn.datasets import load_svmlight_file; import pandas; x, y = \
                 load_svmlight_file(\"FILE\"); pandas.DataFrame(x.toarray()).assign(label=y).to_csv(\"FILE.csv\", index=False)`"
            }
            Self::Matlab => {
                "write it as CSV, in MATLAB by `writematrix(NAME, \"FILE.csv\")`, in Python by way of `scipy.io.loadmat(\"FILE\")`"
            }
            Self::Pickle => {
                return pandas("read_pickle(\"FILE\")") + "; this runs code that the file may hold";
            }
            Self::RData => {
                "write it as CSV, in R by `write.csv(readRDS(\"FILE\"), \"FILE.csv\", row.names = FALSE)`; a workspace is opened by `load`"
            }
            Self::Spss => return pandas("read_spss(\"FILE\")"),
            Self::Sqlite => {
                "write the table as CSV by `sqlite3 -header -csv FILE \"SELECT * FROM NAME\" > FILE.csv`"
            }
            Self::Stata => return pandas("read_stata(\"FILE\")"),
            Self::Tar => "unpack it by `tar -xf FILE`, and give the table in it",
            Self::Xz => "unpack it by `unxz -k FILE`",
            Self::Zip => "unpack it by `unzip FILE`, and give the table in it",
            Self::SevenZip => "unpack it by `7z x FILE`, and give the table in it",
        };
        how.to_owned()
    }

    /// Finds the format of content that begins with these bytes, if it is one of these.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        Self::of_binary(first).or_else(|| Self::of_text(first))
    }

    fn of_binary(first: &[u8]) -> Option<Self> {
        Some(match first {
            [b'P', b'K', 3, 4, ..] => of_zip(first),
            [b'P', b'K', 5, 6, ..] => Self::Zip,
            [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [b'7', b'z', 0xbc, 0xaf, ..] => Self::SevenZip,
            [0x80, 2..=5, ..] => Self::Pickle,
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Self::OldExcel,
            [b'X' | b'A', b'\n', 0, 0, 0, 2..=3, ..]
            | [b'R', b'D', b'X' | b'A', b'2' | b'3', b'\n', ..] => Self::RData,
            [102..=119, 1 | 2, 1, 0, ..] => Self::Stata,
            first if first.starts_with(b"<stata_dta>") => Self::Stata,
            first if first.starts_with(b"$FL2@(#)") => Self::Spss,
            first if first.starts_with(b"\x89HDF\r\n\x1a\n") => Self::Hdf5,
            first if first.starts_with(b"SQLite format 3\0") => Self::Sqlite,
            first if first.starts_with(b"ARROW1\0\0") => Self::Arrow,
            first if first.starts_with(b"MATLAB 5.0 MAT-file") => Self::Matlab,
            first if first.get(257..262) == Some(b"ustar") => Self::Tar,
            _ => return None,
        })
    }

    fn of_text(first: &[u8]) -> Option<Self> {
        let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
        let text = text.trim_ascii_start();
        let begins_with = |word: &str| {
            let begin = text.get(..word.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()))
        };
        if begins_with("<!doctype html") || begins_with("<html") || begins_with("<table") {
            return Some(Self::Html);
        }
        match text.first()? {
            b'{' | b'[' => of_json(text),
            _ => is_libsvm(text).then_some(Self::LibSvm),
        }
    }
}

/// Tells what is in a ZIP archive by the names of its first files.
fn of_zip(first: &[u8]) -> ForeignFormat {
    let holds = |name: &[u8]| memmem::find(first, name).is_some();
    let length = first.get(26).copied().unwrap_or_default();
    let name = first.get(30..30 + usize::from(length)).unwrap_or_default();
    if holds(b"application/vnd.oasis.opendocument.spreadsheet") {
        ForeignFormat::OpenDocument
    } else if holds(b"xl/") || name == b"[Content_Types].xml" && !holds(b"word/") {
        ForeignFormat::Excel
    } else {
        ForeignFormat::Zip
    }
}

/// Tells JSON by what follows its first bracket, which a CSV may begin with as well.
fn of_json(text: &[u8]) -> Option<ForeignFormat> {
    let (bracket, rest) = text.split_first()?;
    let line = text.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    let is_line = matches!(line, [b'{', .., b'}'] | [b'[', .., b']']);
    let is_json = match (bracket, rest.trim_ascii_start().first()?) {
        (b'{', b'"' | b'}') | (b'[', b'{' | b'[') => true,
        (b'[', b'"' | b'0'..=b'9' | b'-' | b']') => is_line,
        _ => false,
    };
    let next = text[line.len()..].trim_ascii_start().first();
    is_json.then_some(if is_line && next.is_some_and(|next| next == bracket) {
        ForeignFormat::JsonLines
    } else {
        ForeignFormat::Json
    })
}

/// Whether all whole lines are a number and pairs whose indices grow.
fn is_libsvm(text: &[u8]) -> bool {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    if lines.len() > 1 {
        lines.pop(); // it may be cut off, or is empty
    }
    let has_pairs = lines.iter().any(|line| line.contains(&b':'));
    has_pairs && lines.iter().all(|line| is_libsvm_row(line))
}

fn is_libsvm_row(line: &[u8]) -> bool {
    let number = |text: &str| text.parse::<f64>().is_ok();
    let Ok(line) = std::str::from_utf8(line) else {
        return false;
    };
    let mut words = line.split_ascii_whitespace();
    let mut previous = None;
    let has_label = words
        .next()
        .is_none_or(|label| label.split(',').all(number));
    has_label
        && words.filter(|word| !word.starts_with("qid:")).all(|word| {
            let Some((index, value)) = word.split_once(':') else {
                return false;
            };
            let index = index.parse::<u64>().ok();
            let grows = index.is_some() && index > previous;
            previous = index;
            grows && number(value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let zip = |name: &str, more: &str| {
            let mut bytes = b"PK\x03\x04".to_vec();
            bytes.resize(26, 0);
            bytes.extend([name.len() as u8, 0, 0, 0]);
            bytes.extend(format!("{name}{more}").as_bytes());
            bytes
        };
        let mut tar = b"rows.csv".to_vec();
        tar.resize(257, 0);
        tar.extend(b"ustar\0");
        for (first, expected) in [
            (zip("rows.csv", "a,b"), ForeignFormat::Zip),
            (
                zip("[Content_Types].xml", "..xl/workbook.xml"),
                ForeignFormat::Excel,
            ),
            (
                zip("docProps/app.xml", "..xl/styles.xml"),
                ForeignFormat::Excel,
            ),
            (
                zip("[Content_Types].xml", "..word/document.xml"),
                ForeignFormat::Zip,
            ),
            (
                zip("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
                ForeignFormat::OpenDocument,
            ),
            (b"BZh91AY&SY".to_vec(), ForeignFormat::Bzip2),
            (b"\xfd7zXZ\0".to_vec(), ForeignFormat::Xz),
            (b"\x80\x04\x95\x10".to_vec(), ForeignFormat::Pickle),
            (b"SQLite format 3\0".to_vec(), ForeignFormat::Sqlite),
            (b"\x89HDF\r\n\x1a\n".to_vec(), ForeignFormat::Hdf5),
            (b"X\n\0\0\0\x03\0".to_vec(), ForeignFormat::RData),
            (tar, ForeignFormat::Tar),
        ] {
            assert_eq!(ForeignFormat::of(&first), Some(expected), "{first:?}");
        }
        for (first, expected) in [
            ("<!DOCTYPE html><html>", ForeignFormat::Html),
            ("\u{feff}[\n  {\"a\": 1}]", ForeignFormat::Json),
            ("{\"a\": 1,\n\"b\": 2}", ForeignFormat::Json),
            ("[1, 2, 3]\n", ForeignFormat::Json),
            ("{\"a\": 1}\n{\"a\": 2}\n", ForeignFormat::JsonLines),
            ("[1, 2]\r\n[3, 4]\r\n", ForeignFormat::JsonLines),
            ("1 3:0.5 7:1\n-1 1:2\n0\n", ForeignFormat::LibSvm),
            ("+1 qid:3 1:2e-3", ForeignFormat::LibSvm),
        ] {
            let found = ForeignFormat::of(first.as_bytes());
            assert_eq!(found, Some(expected), "{first:?}");
            assert!(!expected.conversion().is_empty());
        }
    }

    #[test]
    fn text_that_begins_alike_is_none_of_them() {
        for text in [
            "",
            "PAR1,PAR2\n1,2\n",
            "PK,a\n1,2\n",
            "[a],[b]\n1,2\n",
            "[0],b\n1,2\n",
            "{id},b\n",
            "%,b\n1,2\n",
            "@home,b\n",
            "7zip,b\n",
            "BZh,b\n",
            "1 10:30 9:15\n2 11:30 9:20\n",
            "1 2 3\n",
            "fst,a\n",
            "time,10:30\n",
            "<5,a\n",
            "X\n1\n",
            "AR,b\n",
            "\u{20ac},1\n",
        ] {
            assert_eq!(ForeignFormat::of(text.as_bytes()), None, "{text:?}");
        }
    }
}
