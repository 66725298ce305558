//! Training rows that are deformed when their batch is taken.

use std::borrow::Cow;
use std::sync::Arc;

use super::{RowBatch, StoredRows};
use mlp_data::Features;
use mlp_data::augment::{Augmentation, Warper};

/// How the rows of a batch are to be deformed.
#[derive(Clone, Debug)]
pub struct Deformed {
    /// What may become of them.
    pub augmentation: Arc<Augmentation>,
    /// Counted from 0.
    pub epoch: u64,
}

/// Rows of a part: enough that to hand one out costs nothing beside it.
const ROWS_OF_A_PART: usize = 8;

/// Some rows of a batch, with the place for their deformed ones.
pub(super) struct Part<'a> {
    deformed: &'a Deformed,
    numbers: &'a [u32],
    rows: RowsOfPart<'a>,
}

enum RowsOfPart<'a> {
    Bytes {
        all: &'a [u8],
        out: &'a mut [u8],
    },
    Floats {
        all: &'a [f32],
        /// `[columns]`, what an empty cell becomes.
        fill: Option<&'a [f32]>,
        out: &'a mut [f32],
    },
}

impl RowBatch {
    /// The batch with its rows deformed, if they are to be. `work` runs every part, in any order.
    pub(super) fn deformed(mut self, work: impl FnOnce(Vec<Part<'_>>)) -> Self {
        if let Some(deformed) = self.deformed.take() {
            self.stored = Arc::new(deform(&self.stored, &self.numbers, &deformed, work));
            self.numbers = (0..).take(self.numbers.len()).collect();
        }
        self
    }
}

/// The rows of these numbers, deformed. Bytes stay bytes: what skips their zeros goes on doing so.
fn deform(
    stored: &StoredRows,
    numbers: &[u32],
    deformed: &Deformed,
    work: impl FnOnce(Vec<Part<'_>>),
) -> StoredRows {
    let columns = deformed.augmentation.side() * deformed.augmentation.side();
    let (values, size) = (numbers.len() * columns, ROWS_OF_A_PART * columns);
    let part = |(numbers, rows)| Part {
        deformed,
        numbers,
        rows,
    };
    let numbers = numbers.chunks(ROWS_OF_A_PART);
    let features = match &stored.dataset().features {
        Features::Bytes(all) => {
            let mut rows = vec![0; values];
            let places = rows.chunks_mut(size);
            let places = places.map(|out| RowsOfPart::Bytes { all, out });
            work(numbers.zip(places).map(part).collect());
            Features::Bytes(rows)
        }
        Features::Floats(all) => {
            let fill = stored.scaling().fill.as_deref();
            let mut rows = vec![0.0; values];
            let places = rows.chunks_mut(size);
            let places = places.map(|out| RowsOfPart::Floats { all, fill, out });
            work(numbers.zip(places).map(part).collect());
            Features::Floats(rows)
        }
    };
    stored.with_features(features)
}

impl Part<'_> {
    /// Deforms the rows.
    pub fn run(self) {
        let Deformed {
            augmentation,
            epoch,
        } = self.deformed;
        let columns = augmentation.side() * augmentation.side();
        let rows = self.numbers.iter().map(|&number| {
            let at = number as usize * columns;
            (augmentation.deformation(*epoch, number), at..at + columns)
        });
        let mut warper = Warper::new(augmentation);
        match self.rows {
            RowsOfPart::Bytes { all, out } => {
                for ((deformation, row), out) in rows.zip(out.chunks_exact_mut(columns)) {
                    warper.bytes(&deformation, &all[row], out);
                }
            }
            RowsOfPart::Floats { all, fill, out } => {
                for ((deformation, row), out) in rows.zip(out.chunks_exact_mut(columns)) {
                    warper.floats(&deformation, &filled(&all[row], fill), out);
                }
            }
        }
    }
}

/// A row with what an empty cell becomes in place of NaN.
fn filled<'a>(row: &'a [f32], fill: Option<&[f32]>) -> Cow<'a, [f32]> {
    let Some(fill) = fill else {
        return row.into();
    };
    let pairs = row.iter().zip(fill);
    pairs
        .map(|(value, fill)| if value.is_nan() { *fill } else { *value })
        .collect()
}
