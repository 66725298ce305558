//! Labelled rows: finding, reading, writing, splitting, preprocessing, ordering.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts and pixels are far below the limits of f32 and u32; values are clamped first or saturate"
)]

pub mod atomic_file;
pub mod augment;
mod dataset;
pub mod download;
pub mod error;
mod fingerprint;
mod generate;
mod images;
mod inspect;
mod nearest;
pub mod options;
mod preprocess;
pub mod random;
mod read;
mod sampler;
mod schema;
mod source;
mod split;
mod write;

pub use dataset::{CarriedColumn, CarriedKind, Codes, ColumnValues, Dataset, Features, Target};
#[cfg(feature = "download")]
pub use download::fetch_mnist_csv;
pub use fingerprint::{fingerprint, sha256, sha256_file};
pub use generate::{Point, Skeleton, digits, gaussian_sum, skeletons, spline};
#[cfg(feature = "images")]
pub use images::{ForegroundTone, MAX_PIXELS, normalised as normalised_image};
pub use inspect::{
    ClassShare, DuplicateGroup, Duplicates, Finding, Leak, RepeatedRows, SharedRow, SharedRows,
    Summary, TargetSummary, ValueRange,
};
pub use nearest::nearest;
pub use preprocess::{
    DateEncoding, DateInput, DatePart, Encoding, EncodingRule, Fill, FillMethod, Numeric,
    Preprocessor, TargetScaling,
};
pub use read::{
    BadRow, CellFormat, ColumnReport, ColumnUsage, Compression, Content, CsvRecord, DateFormat,
    FileFormat, ForeignFormat, Input, Labels, LeftOut, Listing, MAX_MAGNITUDE, Note, NumberFormat,
    ReadOptions, Rewindable, RowReader, Table, TableReport, TypedFormat, csv_records,
    feature_value, is_csv_name, is_named, iso_date, list_inputs, read, read_bytes, read_from,
    truth, truth_words,
};
pub use sampler::{Batches, order as epoch_order};
pub use schema::{
    Column, ColumnKind, IgnoreReason, IgnoredColumn, ImageShape, Schema, TargetColumn,
};
pub use source::{DataFile, Origin, Source, SourceEvent};
pub use split::{Split, Splitter};
pub use write::{
    Compressor, csv_field, idx_label_file, write_csv, write_idx, write_npy, write_npz,
};
#[cfg(feature = "parquet")]
pub use write::{ParquetKind, ParquetValues, ParquetWriter, write_parquet};
