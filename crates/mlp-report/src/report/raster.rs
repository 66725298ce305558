//! Drawings as PNG.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::Chart;
use super::image::png;

/// Pixels of a unit of the drawing: sharp on fine screens and in print.
const SCALE: f32 = 2.0;

/// Turns drawings into pixels, in light, with a font of its own: the same on every machine.
#[derive(Debug)]
pub struct Rasterizer {
    options: Options<'static>,
}

impl Default for Rasterizer {
    fn default() -> Self {
        Self::new()
    }
}

impl Rasterizer {
    /// Loads the font.
    #[must_use]
    pub fn new() -> Self {
        let mut options = Options {
            font_family: "Noto Sans".to_owned(),
            ..Options::default()
        };
        let fonts = options.fontdb_mut();
        fonts.load_font_data(notosans::REGULAR_TTF.to_vec());
        fonts.load_font_data(notosans::BOLD_TTF.to_vec());
        Self { options }
    }

    /// A drawing as PNG, two pixels a unit.
    ///
    /// # Errors
    /// If the drawing is none, which those of this room never are, or too large for memory.
    pub fn png(&self, chart: &Chart) -> std::io::Result<Vec<u8>> {
        let tree = Tree::from_str(&chart.document(), &self.options)
            .map_err(|error| std::io::Error::other(error.to_string()))?;
        let size = tree.size().to_int_size();
        let size = size.scale_by(SCALE).unwrap_or(size);
        let mut pixmap = Pixmap::new(size.width(), size.height())
            .ok_or_else(|| std::io::Error::from(std::io::ErrorKind::OutOfMemory))?;
        resvg::render(
            &tree,
            Transform::from_scale(SCALE, SCALE),
            &mut pixmap.as_mut(),
        );
        // The paper covers everything, so that nothing is transparent.
        let pixels: Vec<u8> = pixmap
            .data()
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        Ok(png(size.width() as usize, size.height() as usize, &pixels))
    }
}
