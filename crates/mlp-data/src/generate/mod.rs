//! Data sets that need no file and no network.

mod digits;
mod gaussian_sum;

pub use digits::{Point, Skeleton, digits, skeletons, spline};
pub use gaussian_sum::gaussian_sum;
