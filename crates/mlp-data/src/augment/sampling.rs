//! The deformed picture: each pixel from where its deformation says.

use super::{Augmentation, Deformation};

/// Deforms pictures, one after the other; it holds the room that this takes.
#[derive(Clone, Debug)]
pub struct Sampler<'a> {
    augmentation: &'a Augmentation,
    /// The original within a frame of zeros, one pixel before and two behind: `[side + 3, side + 3]`.
    framed: Vec<f32>,
    /// For each pixel of a line where it comes from.
    columns: Vec<f32>,
    rows: Vec<f32>,
    /// The pixel of the frame that lies to its upper left.
    at: Vec<i32>,
    sums: Vec<f32>,
}

impl<'a> Sampler<'a> {
    /// A sampler of pictures of this augmentation.
    #[must_use]
    pub fn new(augmentation: &'a Augmentation) -> Self {
        let side = augmentation.side;
        Self {
            augmentation,
            framed: vec![0.0; (side + 3) * (side + 3)],
            columns: vec![0.0; side],
            rows: vec![0.0; side],
            at: vec![0; side],
            sums: vec![0.0; augmentation.waves.count()],
        }
    }

    /// Deforms a picture of bytes, `[side, side]`; values are rounded to the nearest byte.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a mean of bytes is one
    pub fn bytes(&mut self, deformation: &Deformation, picture: &[u8], out: &mut [u8]) {
        self.frame(picture);
        self.sample(deformation, out, |value| (value + 0.5) as u8);
    }

    /// Deforms a picture `[side, side]`.
    pub fn floats(&mut self, deformation: &Deformation, picture: &[f32], out: &mut [f32]) {
        self.frame(picture);
        self.sample(deformation, out, |value| value);
    }

    /// Lays the picture into its frame.
    fn frame<T: Copy + Into<f32>>(&mut self, picture: &[T]) {
        let side = self.augmentation.side;
        let lines = self.framed.chunks_exact_mut(side + 3).skip(1);
        for (line, values) in lines.zip(picture.chunks_exact(side)) {
            for (place, value) in line[1..=side].iter_mut().zip(values) {
                *place = (*value).into();
            }
        }
    }

    /// Bilinear interpolation at the place of each pixel.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss
    )] // places lie within the frame, and sides are small
    fn sample<T>(&mut self, deformation: &Deformation, out: &mut [T], convert: impl Fn(f32) -> T) {
        let side = self.augmentation.side;
        let waves = &self.augmentation.waves;
        let map = &deformation.affine;
        let (across, down) = deformation.elastic.split_at(deformation.elastic.len() / 2);
        let stride = side + 3;
        for (line, out) in out.chunks_exact_mut(side).enumerate() {
            let y = line as f32;
            let places = self.columns.iter_mut().zip(&mut self.rows);
            for (x, (column, row)) in places.enumerate() {
                let x = x as f32;
                *column = map[0] * x + (map[1] * y + map[2]);
                *row = map[3] * x + (map[4] * y + map[5]);
            }
            if waves.count() > 0 {
                waves.add_line(line, across, &mut self.sums, &mut self.columns);
                waves.add_line(line, down, &mut self.sums, &mut self.rows);
            }
            let places = self.columns.iter_mut().zip(&mut self.rows);
            for ((column, row), at) in places.zip(&mut self.at) {
                // Within the frame, whose first pixel is the one before the picture's.
                let (x, y) = (
                    column.clamp(-1.0, side as f32) + 1.0,
                    row.clamp(-1.0, side as f32) + 1.0,
                );
                let (left, top) = (x as i32, y as i32);
                (*column, *row) = (x - left as f32, y - top as f32);
                *at = top * stride as i32 + left; // 32 bits: vectors of twice as many
            }
            let shares = self.columns.iter().zip(&self.rows);
            for ((out, at), (right_share, lower_share)) in out.iter_mut().zip(&self.at).zip(shares)
            {
                let at = *at as usize;
                let upper = &self.framed[at..at + 2];
                let lower = &self.framed[at + stride..at + stride + 2];
                let above = upper[0] + right_share * (upper[1] - upper[0]);
                let below = lower[0] + right_share * (lower[1] - lower[0]);
                *out = convert(above + lower_share * (below - above));
            }
        }
    }
}
