//! Drawings and pixels as PNG.

use png::{BitDepth, ColorType, Encoder};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::Chart;

/// Pixels per unit of the drawing: sharp on high-resolution screens and in print.
const SCALE: f32 = 2.0;

/// Encodes `width × height` pixels as PNG; grey, RGB or RGBA by the number of bytes per pixel.
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
    // Writing to memory never fails; only an image without pixels is refused.
    written.map_or_else(|_| Vec::new(), |()| bytes)
}

/// Turns drawings into pixels, in light mode, with a bundled font: the same on every machine.
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

    /// Returns a drawing as PNG, with two pixels per unit.
    ///
    /// # Errors
    /// If the drawing is not valid SVG, which [`Chart`] never writes, or is too large for memory.
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
        // The background covers everything, so no pixel is transparent.
        let pixels: Vec<u8> = pixmap
            .data()
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect();
        Ok(png(size.width() as usize, size.height() as usize, &pixels))
    }
}
