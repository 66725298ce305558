//! What the network was shown: training rows as they are, and as the first epochs had them.

use super::charts::{Tile, tiles};
use super::image::Picture;
use super::{Chart, RunFacts};
use mlp_core::run::Split;
use mlp_data::augment::{Augmentation, Warper};
use mlp_data::{Dataset, Features};

/// Rows shown.
const ROWS: usize = 6;
/// Epochs beside each.
const EPOCHS: u64 = 9;

/// Some training rows, each followed by what became of it; `None` if nothing was deformed or no rows were kept.
pub(super) fn deformations(facts: &RunFacts) -> Option<Chart> {
    let of_split = |of: &&super::examples::Examples| of.split == Split::Train;
    let examples = facts.examples.iter().find(of_split)?;
    let picture = examples.picture?;
    let augmentation = Augmentation::new(&facts.config.augment, facts.config.seed, picture.side)?;
    let mut shown = Vec::new();
    for at in examples.sample(ROWS, 1.0) {
        shown.push(Tile {
            pixels: picture.grey(&examples.dataset, at),
            caption: "as it is".to_owned(),
            is_right: None,
        });
        let number = examples.rows[at];
        shown.extend((0..EPOCHS).map(|epoch| Tile {
            pixels: deformed(
                &augmentation,
                &picture,
                &examples.dataset,
                (at, number),
                epoch,
            ),
            caption: format!("epoch {}", epoch + 1),
            is_right: None,
        }));
    }
    let title = "Training rows as they are, and as they were deformed in each epoch";
    let description = format!(
        "{} pictures of the training rows, each followed by its deformations in the first {EPOCHS} epochs.",
        shown.len() as u64 / (1 + EPOCHS)
    );
    Some(tiles(
        "deformations",
        title,
        &description,
        picture.side,
        &shown,
    ))
}

/// Grey values of the row at a position, which has this number in its data set.
fn deformed(
    augmentation: &Augmentation,
    picture: &Picture,
    dataset: &Dataset,
    (at, number): (usize, u32),
    epoch: u64,
) -> Vec<u8> {
    let drawn = augmentation.deformation(epoch, number);
    let position = u32::try_from(at).unwrap_or(u32::MAX); // at most a thousand rows are kept
    let mut row = dataset.select(&[position]);
    let mut warper = Warper::new(augmentation);
    row.features = match &row.features {
        Features::Bytes(values) => {
            let mut out = vec![0; values.len()];
            warper.bytes(&drawn, values, &mut out);
            Features::Bytes(out)
        }
        Features::Floats(values) => {
            let mut out = vec![0.0; values.len()];
            warper.floats(&drawn, values, &mut out);
            Features::Floats(out)
        }
    };
    picture.grey(&row, 0)
}
