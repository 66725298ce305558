//! Comparison of configs: each is trained with several seeds, all are evaluated on the same rows.
//!
//! | file | subject |
//! |---|---|
//! | `study` | the configs and their rows |
//! | `earlier` | runs of earlier comparisons, to be reused or resumed |
//! | `metrics` | metrics of each network and of each config |
//! | `verdict` | which config is better |
//!
//! The trainings are ordinary runs in `artifacts/<name>/`: an interrupted comparison resumes
//! where it stopped, and a repeated one trains nothing. Differences are claimed by the rule of [`mlp_core::metrics::significance`].

mod earlier;
pub(crate) mod error;
mod metrics;
mod study;
mod verdict;

pub use earlier::{Earlier, EarlierRuns};
pub use metrics::{
    ClassMetrics, ConfigMetrics, Network, RowQuality, Spread, TaskMetrics, ValueMetrics,
};
pub use study::{Candidate, Study};
pub use verdict::{Comparison, PairMetrics};
