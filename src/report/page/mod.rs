//! The page.
use super::{Chart, RunFacts};
/// stub
#[must_use]
pub fn page(_facts: &RunFacts, _charts: &[Chart]) -> String {
    String::new()
}
