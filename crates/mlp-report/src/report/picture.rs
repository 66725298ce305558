//! Rows as pictures.

use crate::svg::png;
use mlp_data::{Dataset, Features};

/// How the rows of a data set are drawn: as squares of grey pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picture {
    /// Pixels along an edge.
    pub side: usize,
    /// The value that is drawn white.
    white: f32,
}

impl Picture {
    /// Returns how rows are drawn; `None` unless their columns are the pixels of a square and no value is below 0.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Option<Self> {
        let side = dataset.schema.square_side()?;
        let (low, high) = match &dataset.features {
            Features::Bytes(values) => {
                let high = values.iter().copied().max().unwrap_or(0);
                (0.0, f32::from(high))
            }
            Features::Floats(values) => values
                .iter()
                .fold((0.0_f32, 0.0_f32), |(low, high), value| {
                    (low.min(*value), high.max(*value))
                }),
            Features::Columns(_) => return None,
        };
        let white = if high > 127.0 { 255.0 } else { high.max(1.0) };
        (low >= 0.0).then_some(Self { side, white })
    }

    /// Returns the grey values of a row, `[side, side]`.
    #[must_use]
    pub fn grey(&self, dataset: &Dataset, row: usize) -> Vec<u8> {
        let columns = dataset.columns();
        let byte = |value: f32| (255.0 * value / self.white).round().clamp(0.0, 255.0) as u8;
        let value = |column| dataset.features.number(row, column, columns) as f32;
        (0..columns).map(|column| byte(value(column))).collect()
    }

    /// Returns all rows as one PNG, `across` of them side by side.
    #[must_use]
    pub fn sprite(&self, dataset: &Dataset, across: usize) -> Vec<u8> {
        let (rows, side) = (dataset.rows(), self.side);
        let (width, height) = (side * across, side * rows.div_ceil(across));
        let mut pixels = vec![0; width * height];
        for row in 0..rows {
            let (left, top) = (side * (row % across), side * (row / across));
            for (line, values) in self.grey(dataset, row).chunks_exact(side).enumerate() {
                let start = (top + line) * width + left;
                pixels[start..start + side].copy_from_slice(values);
            }
        }
        png(width, height, &pixels)
    }
}

#[cfg(test)]
mod tests {
    use mlp_data::Schema;

    use super::*;

    fn names(count: usize, name: impl Fn(usize) -> String) -> Vec<String> {
        (0..count).map(name).collect()
    }

    #[test]
    fn a_sprite_holds_the_pictures_in_their_order() {
        let dataset = Dataset::new(
            Schema::of_numbers(names(64, |i| format!("p{i}")), Vec::new()),
            Features::Floats((0_u8..192).map(|i| f32::from(i / 64) / 2.0).collect()),
            None,
        );
        let picture = Picture::of(&dataset).unwrap();
        let bytes = picture.sprite(&dataset, 2);
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; 16 * 16];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!(
            [pixels[0], pixels[8], pixels[8 * 16], pixels[8 * 16 + 8]],
            [0, 128, 255, 0]
        );
    }
}
