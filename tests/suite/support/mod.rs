//! What several subjects need: networks in memory, experiments on the disk, runs to compare.

pub mod devices;
pub mod experiment;
pub mod network;
pub mod reference;
pub mod runs;

/// Asserts that both are as long as each other and no number is further than `tolerance` away.
#[track_caller]
pub fn assert_close(what: &str, actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len(), "{what}: lengths");
    for (index, (a, b)) in actual.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= tolerance,
            "{what}[{index}]: {a} is not {b} within {tolerance}"
        );
    }
}
