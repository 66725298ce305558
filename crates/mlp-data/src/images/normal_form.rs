//! MNIST's normal form: the digit fitted into 20×20, its centre of mass in the middle of 28×28; other sizes in
//! proportion.
//!
//! The form is described in "Gradient-based learning applied to document recognition" (1998), section III.A.

/// Sizes of a normal form, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NormalForm {
    /// Side of an image.
    pub side: usize,
    /// Side of the box that the foreground fills.
    pub box_side: usize,
}

/// Maps the foreground into the box: moved and scaled, its aspect ratio kept.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// Pixels of the box per unit of the source.
    pub scale: f64,
    /// Middle of the foreground in the source, `[x, y]`.
    middle: [f64; 2],
    /// Middle of the box.
    half: f64,
}

impl NormalForm {
    /// The form of MNIST.
    pub const MNIST: Self = Self {
        side: 28,
        box_side: 20,
    };

    /// The form of square images of another size, in MNIST's proportion.
    #[cfg(any(feature = "images", test))]
    #[must_use]
    pub const fn of_side(side: usize) -> Self {
        let mnist = Self::MNIST;
        Self {
            side,
            box_side: (side * mnist.box_side + mnist.side / 2) / mnist.side,
        }
    }

    /// Fits a foreground with these bounds, `(low, high)` of x and of y: it just fills the box in one direction and
    /// is centred in the other.
    ///
    /// One of the extents must be positive.
    #[must_use]
    pub fn fit(self, bounds: [(f64, f64); 2]) -> Fit {
        let box_side = self.box_side as f64;
        let extents = bounds.map(|(low, high)| high - low);
        Fit {
            scale: box_side / extents[0].max(extents[1]),
            middle: bounds.map(|(low, high)| f64::midpoint(low, high)),
            half: box_side / 2.0,
        }
    }

    /// Places levels of the box, `[box_side, box_side]`, in an image, `[side, side]`, moved by whole pixels so that
    /// their centre of mass comes nearest to the middle.
    ///
    /// Some level must be positive.
    #[must_use]
    pub fn centre(self, levels: &[f64]) -> Vec<f64> {
        let Self { side, box_side } = self;
        let (mut mass, mut moment_x, mut moment_y) = (0.0, 0.0, 0.0);
        for (index, level) in levels.iter().enumerate() {
            mass += level;
            moment_x += level * ((index % box_side) as f64 + 0.5);
            moment_y += level * ((index / box_side) as f64 + 0.5);
        }
        let (left, top) = (self.margin(moment_x / mass), self.margin(moment_y / mass));
        let mut image = vec![0.0; side * side];
        for (row, line) in levels.chunks_exact(box_side).enumerate() {
            let start = (top + row) * side + left;
            image[start..start + box_side].copy_from_slice(line);
        }
        image
    }

    /// Pixels before the box, for a centre of mass counted from the box's edge. The box stays inside the image.
    ///
    /// The centre belongs into the middle of the pixel that has half the side before it (14 for MNIST): MNIST's own
    /// images were moved by whole pixels and lie within half a pixel of it.
    fn margin(self, centre: f64) -> usize {
        let goal = (self.side / 2) as f64 + 0.5;
        let max = (self.side - self.box_side) as f64;
        (goal - centre).round().clamp(0.0, max) as usize
    }
}

impl Fit {
    /// Maps a coordinate of the source into the box; `axis` is 0 for x, 1 for y.
    #[must_use]
    pub fn place(&self, axis: usize, coordinate: f64) -> f64 {
        self.half + (coordinate - self.middle[axis]) * self.scale
    }

    /// Maps a coordinate of the box back to the source.
    #[cfg(any(feature = "images", test))]
    #[must_use]
    pub fn source(&self, axis: usize, place: f64) -> f64 {
        self.middle[axis] + (place - self.half) / self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MNIST: NormalForm = NormalForm::MNIST;

    #[test]
    fn the_longer_side_fills_the_box_and_the_aspect_is_kept() {
        let fit = MNIST.fit([(2.0, 6.0), (4.0, 14.0)]); // 4×10, doubled and centred
        for (axis, coordinate, place) in [
            (0, 2.0, 6.0),
            (0, 6.0, 14.0),
            (1, 4.0, 0.0),
            (1, 14.0, 20.0),
        ] {
            assert!((fit.place(axis, coordinate) - place).abs() < 1e-12);
            assert!((fit.source(axis, place) - coordinate).abs() < 1e-12);
        }
    }

    #[test]
    fn a_single_pixel_lands_where_the_centre_of_mass_belongs() {
        let mut levels = [0.0; 400];
        levels[7 * 20 + 12] = 1.0;
        let image = MNIST.centre(&levels);
        let positive: Vec<usize> = (0..image.len()).filter(|&at| image[at] > 0.0).collect();
        assert_eq!(positive, [14 * 28 + 14]);
    }

    #[test]
    fn the_box_never_leaves_the_image() {
        for side in [8, 9, 28, 64] {
            let form = NormalForm::of_side(side);
            let pixels = form.box_side * form.box_side;
            for corner in [0, pixels - 1] {
                let mut levels = vec![0.0; pixels];
                levels[corner] = 1.0;
                let total: f64 = form.centre(&levels).iter().sum();
                assert!((total - 1.0).abs() < 1e-12, "{form:?}");
            }
        }
        assert_eq!(NormalForm::of_side(28), MNIST);
    }
}
