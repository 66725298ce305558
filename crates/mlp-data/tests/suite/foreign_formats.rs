//! What is no table as text is named, whatever its name, with the way to make it one.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use mlp_data::options::DataSection;
use mlp_data::{Origin, ReadOptions, Rewindable, Source};

use crate::support::error_of;

/// Asserts what is said of content under the name of a CSV, plain and compressed.
#[track_caller]
fn assert_named(content: &[u8], message: &str, remedy: &str) {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    for content in [content, &encoder.finish().unwrap()] {
        let (found, how) = error_of("rows.csv", content, &ReadOptions::default());
        assert_eq!(found, format!("rows.csv: {message}"));
        assert!(how.contains(remedy), "{how}");
    }
}

#[test]
fn data_in_another_format() {
    for (content, message, remedy) in [
        #[cfg(not(feature = "parquet"))]
        (
            &b"PAR1\x15\x04\x15\x80\x15\x80"[..],
            "this is Parquet, which is not part of this build",
            "--features parquet",
        ),
        (
            &b"SQLite format 3\0\x10\0"[..],
            "this is an SQLite database, which is not read",
            "sqlite3 -header -csv",
        ),
        (
            b"{\"label\": \"x\", \"a\": 1}\n{\"label\": \"y\", \"a\": 2}\n",
            "this is JSON lines, which is not read",
            "lines=True",
        ),
        (
            b"0 1:2 2:3\n1 1:3\n",
            "this is LIBSVM rows (`label index:value \u{2026}`), which is not read",
            "load_svmlight_file",
        ),
    ] {
        assert_named(content, message, remedy);
    }
}

#[test]
fn images_and_other_bytes() {
    assert_named(
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
        "this is a PNG image, where rows are expected",
        "CSV",
    );
    assert_named(&[0; 1000], "here is a zero byte: this is no text", "CSV");
    let program = b"\x7fELF\x02\x01\x01\0\0";
    let (found, _) = error_of("rows.csv", program, &ReadOptions::default());
    assert_eq!(
        found,
        "rows.csv:1: column 1: here is a zero byte: this is no text"
    );
}

#[test]
fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let error = mlp_data::Rewindable::open(folder.path()).err().unwrap();
    assert!(
        error
            .to_string()
            .ends_with("this is a folder, where a file is expected")
    );
    assert!(error.remedy().contains("a file in it"));
}

#[test]
fn a_run_made_from_a_stream_needs_a_file_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!Rewindable::is_stream(folder.path()));
    for name in ["-", "/dev/fd/9999", "/dev/null"] {
        if !cfg!(unix) && name != "-" {
            continue;
        }
        let section = DataSection {
            train: name.into(),
            ..DataSection::default()
        };
        let error = Source::reload(&section, None, 1, Origin::Files, None).unwrap_err();
        assert!(
            error.to_string().contains("cannot be read again"),
            "{error}"
        );
    }
}
