//! Configs held against each other: each trained with several seeds, all judged by the same rows.
//!
//! | file | subject |
//! |---|---|
//! | `field` | which configs, on which rows |
//! | `earlier` | runs of earlier comparisons, finished or to be continued |
//! | `figures` | what came out: each network, each config |
//! | `verdict` | which config is better, in numbers and in words |
//!
//! The trainings are ordinary runs in `artifacts/<name>/`: a comparison that was interrupted goes on where
//! it stopped, and one that is asked for again trains nothing. The rule by which a difference is claimed is
//! that of [`mlp_core::metrics::significance`].

mod earlier;
mod field;
mod figures;
mod verdict;

pub use earlier::{Earlier, EarlierRuns};
pub use field::{Candidate, Study};
pub use figures::{ConfigMetrics, Network, Spread};
pub use verdict::{Comparison, PairMetrics};
