//! What the checks of a config find, before it is known where it was written.

use crate::error::{ConfigPlace, Problem};

/// Something that makes no sense.
#[derive(Debug)]
pub(super) struct Finding {
    pub key: String,
    /// The key whose value is to be shown.
    pub at: String,
    /// Another key without which this would be no finding; empty if there is none.
    pub because: String,
    pub message: String,
    pub help: Option<String>,
}

impl Finding {
    pub fn new(key: &str, message: String) -> Self {
        Self {
            key: key.to_owned(),
            at: key.to_owned(),
            because: String::new(),
            message,
            help: None,
        }
    }

    pub fn at(mut self, key: &str) -> Self {
        key.clone_into(&mut self.at);
        self
    }

    pub fn because(mut self, key: &str) -> Self {
        key.clone_into(&mut self.because);
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn into_problem(self, place: ConfigPlace) -> Problem {
        Problem {
            key: self.key,
            message: self.message,
            help: self.help,
            place,
        }
    }
}

/// What to do about a share that was written as a percentage.
pub(super) fn percent(value: f64) -> String {
    format!("it is a share: {value} % is {}", value / 100.0)
}
