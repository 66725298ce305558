//! Behaviour that users, scripts and programs rely on: one binary, a file for each subject.

mod config_command;
mod data_command;
mod doctor;
mod program;
mod runs;
