//! Labelled rows: finding, reading, writing, splitting, scaling, ordering.

pub mod augment;
mod columns;
pub mod content;
mod csv;
mod dataset;
mod digits;
#[cfg(feature = "download")]
pub mod download;
mod duplicates;
pub mod durable;
pub mod error;
mod files;
mod fingerprint;
mod format;
mod gaussian_sum;
mod gzip;
mod idx;
mod idx_write;
mod images;
mod listing;
#[cfg(feature = "download")]
mod mnist;
#[cfg(not(feature = "download"))]
#[path = "no_download.rs"]
mod mnist;
pub mod options;
pub mod random;
mod sampler;
mod scaling;
mod schema;
mod source;
mod split;
mod summary;
mod value_range;

pub use columns::ColumnOrder;
pub use csv::{RowReader, feature_value, quoted as csv_field, write_csv};
pub use dataset::{Dataset, Features};
pub use digits::{Point, Skeleton, digits, skeletons, spline};
pub use duplicates::{DuplicateGroup, Duplicates, SharedRow, SharedRows};
pub use files::{Labels, ReadOptions, read};
pub use fingerprint::{fingerprint, sha256, sha256_file};
pub use format::FileFormat;
pub use gaussian_sum::gaussian_sum;
pub use idx_write::{idx_label_file, write_idx};
pub use images::square_side;
#[cfg(feature = "images")]
pub use images::{InkTone, MOST_PIXELS, normalised as normalised_image};
pub use listing::{Input, LeftOut, Listing, list};
#[cfg(feature = "download")]
pub use mnist::fetch_mnist_csv;
pub use sampler::{Batches, order as epoch_order};
pub use scaling::Scaling;
pub use schema::{Column, ColumnKind, ImageShape, Schema, TargetColumn};
pub use source::{DataFile, Origin, Source, SourceEvent};
pub use split::{Split, split};
pub use summary::{ClassShare, Summary};
pub use value_range::ValueRange;
