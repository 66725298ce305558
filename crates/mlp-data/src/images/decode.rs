//! PNG and JPEG as grey values.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageError, ImageReader, Limits};

use super::ForegroundTone;
use crate::error::DataErrorKind;

/// Bytes that a decoded pixel takes at most: red, green, blue and alpha in 16 bits, twice, for a turned copy.
const PIXEL_BYTES: u64 = 16;
/// Alpha of half a pixel.
const HALF: u16 = u16::MAX / 2;

/// Luminance of an image, 0 for black and 65,535 for white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grey {
    pub width: usize,
    pub height: usize,
    /// `[height, width]`
    pub values: Vec<u16>,
}

impl Grey {
    /// Decodes an image, turned upright by its EXIF orientation. Where it is transparent, a background shows: the
    /// border's if that is opaque, else black or white, whichever contrasts with what is drawn.
    ///
    /// # Errors
    /// If it is damaged, of another format, or has more than `max_pixels`.
    pub fn decode(
        bytes: &[u8],
        max_pixels: u64,
        tone: ForegroundTone,
    ) -> Result<Self, DataErrorKind> {
        let damaged = |error: ImageError| DataErrorKind::ImageDamaged {
            cause: error.to_string(),
        };
        if is_jpeg_cut_off(bytes) {
            let cause = "the JPEG data ends too early".to_owned();
            return Err(DataErrorKind::ImageDamaged { cause });
        }
        let check_size = |width: u32, height: u32| {
            if u64::from(width) * u64::from(height) <= max_pixels {
                return Ok(());
            }
            Err(DataErrorKind::ImageTooLarge {
                width,
                height,
                most: max_pixels,
            })
        };
        if let Some((width, height)) = png_size(bytes) {
            check_size(width, height)?; // its decoder would report a lack of memory
        }
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|error| damaged(error.into()))?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(max_pixels.saturating_mul(PIXEL_BYTES));
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(damaged)?;
        let (width, height) = decoder.dimensions();
        check_size(width, height)?;
        let orientation = decoder.orientation().map_err(damaged)?;
        let mut image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
        image.apply_orientation(orientation);
        Ok(Self::of(image, tone))
    }

    fn of(image: DynamicImage, tone: ForegroundTone) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let values = if image.color().has_alpha() {
            let pixels = image.into_luma_alpha16().into_raw();
            let pixels = pixels.chunks_exact(2).map(|pixel| (pixel[0], pixel[1]));
            over_background(&pixels.collect::<Vec<_>>(), width, tone)
        } else {
            image.into_luma16().into_raw()
        };
        Self {
            width,
            height,
            values,
        }
    }

    /// Indices of the pixels along the border, each once.
    pub fn border(&self) -> Vec<usize> {
        border(self.values.len(), self.width)
    }
}

/// Width and height in the first chunk of a PNG image (PNG, 11.2.1).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR")?;
    let number = |at: usize| Some(u32::from_be_bytes(header.get(at..at + 4)?.try_into().ok()?));
    Some((number(0)?, number(4)?))
}

/// Whether a JPEG image lacks its end, which the decoder would fill in.
///
/// Segments state their length up to the start of the first scan; after that, FF D9 is the end of the image (ITU
/// T.81, B.1).
fn is_jpeg_cut_off(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const FILL: u8 = 0xff;
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return false;
    }
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        if marker == START_OF_SCAN {
            return !bytes[at..].windows(2).any(|pair| pair == [0xff, 0xd9]);
        }
        at += match marker {
            FILL => 1,
            _ => 2 + usize::from(u16::from_be_bytes([high, low])),
        };
    }
    // It ends before its first scan; or it is no plain sequence of segments, which the decoder reports.
    at >= bytes.len()
}

/// Indices of the first and last line and the first and last column, each once.
fn border(pixels: usize, width: usize) -> Vec<usize> {
    let step = |inner| if inner { (width - 1).max(1) } else { 1 };
    (0..pixels)
        .step_by(width.max(1))
        .flat_map(|start| {
            let is_inner = start > 0 && start + width < pixels;
            (start..start + width).step_by(step(is_inner))
        })
        .collect()
}

/// Composes pixels, `(luminance, alpha)` each, over their background.
fn over_background(pixels: &[(u16, u16)], width: usize, tone: ForegroundTone) -> Vec<u16> {
    let border: Vec<(u16, u16)> = border(pixels.len(), width)
        .into_iter()
        .map(|at| pixels[at])
        .collect();
    let mut opaque: Vec<u16> = border
        .iter()
        .filter(|(_, alpha)| *alpha > HALF)
        .map(|(luminance, _)| *luminance)
        .collect();
    let background = if 2 * opaque.len() > border.len() {
        median(&mut opaque)
    } else {
        let is_dark = match tone {
            ForegroundTone::Dark => true,
            ForegroundTone::Light => false,
            ForegroundTone::Auto => is_dark(pixels),
        };
        if is_dark { u16::MAX } else { 0 }
    };
    let whole = u64::from(u16::MAX);
    pixels
        .iter()
        .map(|&(luminance, alpha)| {
            let (luminance, alpha) = (u64::from(luminance), u64::from(alpha));
            let sum = luminance * alpha + u64::from(background) * (whole - alpha);
            ((sum + whole / 2) / whole) as u16 // a mean of two 16-bit numbers
        })
        .collect()
}

/// Whether the visible pixels are darker than the middle on average.
fn is_dark(pixels: &[(u16, u16)]) -> bool {
    let (mut light, mut visible) = (0_u64, 0_u64);
    for &(luminance, alpha) in pixels {
        light += u64::from(luminance) * u64::from(alpha) / u64::from(u16::MAX);
        visible += u64::from(alpha);
    }
    2 * light <= visible
}

/// Median of values, the upper one of an even number; 0 of none.
pub fn median(values: &mut [u16]) -> u16 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return 0;
    }
    *values.select_nth_unstable(middle).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_is_each_outer_pixel_once() {
        let all: Vec<usize> = (0..12).collect();
        assert_eq!(border(12, 4), [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]);
        assert_eq!(border(12, 12), all);
        assert_eq!(border(12, 1), all);
        assert_eq!(border(12, 2), all);
        assert!(border(0, 0).is_empty());
    }

    #[test]
    fn a_drawing_on_nothing_gets_a_background_that_it_stands_out_from() {
        let drawn = |luminance| {
            let mut pixels = vec![(0, 0); 25];
            pixels[12] = (luminance, u16::MAX);
            pixels
        };
        let over = |luminance, tone| over_background(&drawn(luminance), 5, tone);
        for (luminance, background) in [(0, u16::MAX), (u16::MAX, 0)] {
            let values = over(luminance, ForegroundTone::Auto);
            assert_eq!((values[0], values[12]), (background, luminance));
        }
        assert_eq!(over(30_000, ForegroundTone::Light)[0], 0);
        assert_eq!(over(40_000, ForegroundTone::Dark)[0], u16::MAX);
    }

    #[test]
    fn transparent_corners_show_the_opaque_border() {
        let mut pixels = vec![(60_000, u16::MAX); 25];
        pixels[0] = (0, 0);
        pixels[12] = (100, u16::MAX);
        assert_eq!(over_background(&pixels, 5, ForegroundTone::Auto)[0], 60_000);
    }
}
