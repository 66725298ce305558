//! How rows are read and written: one binary, a file for each subject.

mod csv_in_parts;
mod csv_layouts;
mod csv_reading;
mod data_errors;
mod idx;
mod label_errors;
mod support;
mod write_csv;
