//! What the cells of a column mean.
//!
//! | file | subject |
//! |---|---|
//! | `number`, `date`, `boolean` | text → value |
//! | `missing` | words for a missing value |
//! | `survey` | which readings fit all cells of a column |
//! | `dictionary` | different texts and their numbers |

mod boolean;
mod date;
mod dictionary;
mod format;
mod missing;
mod number;
mod survey;

pub use boolean::{BooleanWords, truth, truth_words};
pub use date::{DateFormat, iso_date};
pub use dictionary::Dictionary;
pub use format::CellFormat;
pub use missing::MissingWords;
pub use number::NumberFormat;
pub use survey::{Decision, Hint, Kinds, Reading, Survey, Wanted};
