//! Comma-separated values, read by a byte parser of our own.
//!
//! Every layout goes through one state machine ([`RowReader`]): `digits` takes runs of short
//! unquoted numbers straight from the buffer, `tokens` cuts out whatever it stopped at, and
//! `cells` gives that its meaning. `parts` reads a large file by several of them.

mod cells;
mod classes;
mod digits;
mod layout;
mod parts;
mod reader;
mod rows;
mod sniff;
mod tokens;
mod write;

pub use cells::feature_value;
pub use reader::RowReader;
pub use write::{quoted, write_csv};

pub(super) use classes::Classes;
pub(super) use parts::read_in_parts;
pub(super) use sniff::sniff;
#[cfg(feature = "download")]
pub(super) use write::is_csv_name;
pub(super) use write::{is_gzip_name, write_whole};
