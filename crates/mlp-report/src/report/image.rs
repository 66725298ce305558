//! Rows as pictures, and pictures as PNG.

use png::{BitDepth, ColorType, Encoder};

use mlp_data::{Dataset, Features};

/// A PNG of `width × height` pixels; grey, RGB or RGBA by the number of bytes each takes.
#[must_use]
pub fn png(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
    let colour = match pixels.len() / (width * height).max(1) {
        1 => ColorType::Grayscale,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    };
    let mut bytes = Vec::new();
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut encoder = Encoder::new(&mut bytes, size(width), size(height));
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(pixels));
    // Memory takes everything; an image without pixels is the one thing that is refused.
    written.map_or_else(|_| Vec::new(), |()| bytes)
}

/// How the rows of a data set are drawn: grey squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picture {
    /// Pixels along an edge.
    pub side: usize,
    /// The value that is drawn white.
    white: f32,
}

impl Picture {
    /// How these rows are drawn, if their columns are the pixels of a square and no value lies below 0.
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
        };
        let white = if high > 127.0 { 255.0 } else { high.max(1.0) };
        (low >= 0.0).then_some(Self { side, white })
    }

    /// The grey values of a row, `[side, side]`.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // clamped to a byte
    pub fn grey(&self, dataset: &Dataset, row: usize) -> Vec<u8> {
        let columns = dataset.columns();
        let range = row * columns..(row + 1) * columns;
        let byte = |value: f32| (255.0 * value / self.white).round().clamp(0.0, 255.0) as u8;
        match &dataset.features {
            Features::Bytes(values) => values[range]
                .iter()
                .map(|value| byte(f32::from(*value)))
                .collect(),
            Features::Floats(values) => values[range].iter().map(|value| byte(*value)).collect(),
        }
    }

    /// All rows as one PNG, `across` in a row.
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
