//! Applies deformations: each pixel is interpolated at the place that it comes from.

use super::{Augmentation, Deformation};

/// Deforms images, one after the other, with buffers that it keeps.
#[derive(Clone, Debug)]
pub struct Warper<'a> {
    augmentation: &'a Augmentation,
    /// The original padded with zeros, one pixel before and two after: `[side + 3, side + 3]`.
    padded: Vec<f32>,
    /// For each pixel of a line where it comes from.
    columns: Vec<f32>,
    rows: Vec<f32>,
    /// Index of the padded pixel to its upper left.
    at: Vec<i32>,
    sums: Vec<f32>,
}

impl<'a> Warper<'a> {
    /// A warper of the images of this augmentation.
    #[must_use]
    pub fn new(augmentation: &'a Augmentation) -> Self {
        let side = augmentation.side;
        Self {
            augmentation,
            padded: vec![0.0; (side + 3) * (side + 3)],
            columns: vec![0.0; side],
            rows: vec![0.0; side],
            at: vec![0; side],
            sums: vec![0.0; augmentation.basis.waves()],
        }
    }

    /// Deforms an image of bytes, `[side, side]`; values are rounded to the nearest byte.
    pub fn bytes(&mut self, deformation: &Deformation, image: &[u8], out: &mut [u8]) {
        self.pad(image);
        self.interpolate(deformation, out, |value| (value + 0.5) as u8);
    }

    /// Deforms an image `[side, side]`.
    pub fn floats(&mut self, deformation: &Deformation, image: &[f32], out: &mut [f32]) {
        self.pad(image);
        self.interpolate(deformation, out, |value| value);
    }

    /// Copies an image into the middle of the padded one.
    fn pad<T: Copy + Into<f32>>(&mut self, image: &[T]) {
        let side = self.augmentation.side;
        let lines = self.padded.chunks_exact_mut(side + 3).skip(1);
        for (line, values) in lines.zip(image.chunks_exact(side)) {
            for (place, value) in line[1..=side].iter_mut().zip(values) {
                *place = (*value).into();
            }
        }
    }

    /// Interpolates bilinearly at the place that each pixel comes from.
    fn interpolate<T>(
        &mut self,
        deformation: &Deformation,
        out: &mut [T],
        convert: impl Fn(f32) -> T,
    ) {
        let side = self.augmentation.side;
        let basis = &self.augmentation.basis;
        let map = &deformation.affine;
        let (horizontal, vertical) = deformation.elastic.split_at(deformation.elastic.len() / 2);
        let stride = side + 3;
        for (line, out) in out.chunks_exact_mut(side).enumerate() {
            let y = line as f32;
            let places = self.columns.iter_mut().zip(&mut self.rows);
            for (x, (column, row)) in places.enumerate() {
                let x = x as f32;
                *column = map[0] * x + (map[1] * y + map[2]);
                *row = map[3] * x + (map[4] * y + map[5]);
            }
            if basis.waves() > 0 {
                basis.add_line(line, horizontal, &mut self.sums, &mut self.columns);
                basis.add_line(line, vertical, &mut self.sums, &mut self.rows);
            }
            let places = self.columns.iter_mut().zip(&mut self.rows);
            for ((column, row), at) in places.zip(&mut self.at) {
                // Within the padded image, whose first pixel lies before that of the original.
                let (x, y) = (
                    column.clamp(-1.0, side as f32) + 1.0,
                    row.clamp(-1.0, side as f32) + 1.0,
                );
                let (left, top) = (x as i32, y as i32);
                (*column, *row) = (x - left as f32, y - top as f32);
                *at = top * stride as i32 + left; // 32 bits: vectors of twice as many elements
            }
            let shares = self.columns.iter().zip(&self.rows);
            for ((out, at), (right_share, lower_share)) in out.iter_mut().zip(&self.at).zip(shares)
            {
                let at = *at as usize;
                let upper = &self.padded[at..at + 2];
                let lower = &self.padded[at + stride..at + stride + 2];
                let above = upper[0] + right_share * (upper[1] - upper[0]);
                let below = lower[0] + right_share * (lower[1] - lower[0]);
                *out = convert(above + lower_share * (below - above));
            }
        }
    }
}
