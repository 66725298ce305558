//! Behaviour that users, scripts and programs rely on: one binary, a file for each subject.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers of rows, columns and steps are small"
)]

mod augmentation;
mod calibration;
mod compare;
mod compare_claims;
mod config_command;
mod data_command;
mod data_doctor;
mod determinism;
mod doctor;
mod evaluate;
mod explain;
mod export;
mod fallback;
mod findings;
mod fused;
mod golden;
mod golden_regression;
mod gradcheck;
mod gradient_check;
mod in_memory;
mod label_suspects;
mod learner;
mod objective;
mod optimizers;
mod placed_digits;
mod predict;
mod predict_images;
mod predict_inputs;
mod predict_rows;
mod pretrained;
mod readme;
mod real_mnist;
mod regression;
mod report;
mod reproduce;
mod resume;
mod row_weights;
mod run_state;
mod runs;
mod serve;
mod serve_page;
mod shipped_configs;
mod significance;
mod sklearn_metrics;
mod sklearn_regression;
mod support;
mod table_command;
mod table_formats;
mod table_shapes;
mod table_training;
mod training_errors;
mod two_classes;
mod typed_tables;
mod watched;
mod wgpu;
