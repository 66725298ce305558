//! Behaviour of the library: one binary, a file for each subject.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers of rows and pixels are small"
)]

mod augmentation;
mod csv_in_parts;
mod csv_layouts;
mod csv_reading;
mod csv_text;
mod data_errors;
mod digits;
#[cfg(feature = "download")]
mod download;
mod encodings;
mod foreign_formats;
mod gaussian_sum;
mod idx;
mod inspect;
mod label_errors;
mod mnist;
mod preparation;
mod splits;
mod support;
mod tables;
mod typed_tables;
mod write_csv;
