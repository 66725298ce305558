//! Behaviour that users, scripts and programs rely on: one binary, a file for each subject.

mod config;
mod config_command;
mod config_problems;
mod config_protected;
mod config_round_trip;
mod config_values;
mod csv_layouts;
mod csv_reading;
mod csv_text;
mod data_command;
mod data_errors;
mod digits;
mod doctor;
mod download;
mod file_errors;
mod gaussian_sum;
mod idx;
mod label_errors;
mod mnist;
mod preparation;
mod readme;
mod real_mnist;
mod runs;
mod shipped_configs;
mod support;
mod write_csv;
