//! Training: from prepared rows to a finished run folder.

pub(crate) mod decide;
mod device;
pub(crate) mod error;
mod explanation;
mod finish;
mod import;
mod init_from;
mod launch;
mod open;
mod optimizer;
mod prepare;
mod run_folder;
mod schedule;
mod split_rows;

pub use device::device_advice;
pub use explanation::{Explained, RunRows, explain_training};
pub use finish::{Chosen, Summary};
pub use import::import_weights;
pub use launch::{Followers, Start, launch};
pub use optimizer::{is_plain_descent, optimizer};
pub use prepare::Prepared;
pub use schedule::LearningRateSchedule;
pub(crate) use schedule::{RecordedDrops, ScheduleClock};
pub use split_rows::SplitRows;

pub use crate::callback::{Callback, Callbacks, Cancel, Flow, Level, Progress};
pub use crate::engine::Ending;
