//! Training: from prepared rows to a finished run folder.

mod adopt;
mod advice;
mod assemble;
mod device_failure;
mod early_stopping;
mod finish;
mod launch;
mod observer;
mod open;
mod optimizer;
mod prepare;
mod records;
mod schedule;
mod session;
mod silent;
mod split_rows;
mod strategy;

pub use adopt::adopt;
pub use advice::device_advice;
pub use finish::Summary;
pub use launch::{Start, launch};
pub use observer::{NoObserver, Observer, Progress};
pub use optimizer::{is_plain_descent, optimizer};
pub use prepare::Prepared;
pub use schedule::LearningRateSchedule;
pub use session::Ending;
pub use split_rows::SplitRows;
