//! Images as a user might have them, made from rows of 28×28 bytes.

use std::io::Cursor;

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageFormat};
use mlp::data::{Dataset, Features};

/// Side of a canvas.
pub const CANVAS: u32 = 112;
const SIDE: u32 = 28;

/// A row as an image, light ink on black.
pub fn digit(dataset: &Dataset, row: usize) -> GrayImage {
    let Features::Bytes(pixels) = &dataset.features else {
        panic!("pixels are bytes");
    };
    let pixels = pixels[row * 784..(row + 1) * 784].to_vec();
    GrayImage::from_raw(SIDE, SIDE, pixels).unwrap()
}

/// A digit scaled and laid on a canvas: `place` is the share of the free room to its left and above it.
pub fn placed(digit: &GrayImage, scale: f32, place: [f32; 2]) -> GrayImage {
    let side = (28.0 * scale).round() as u32;
    let scaled = if side == SIDE {
        digit.clone()
    } else {
        imageops::resize(digit, side, side, FilterType::Triangle)
    };
    let [left, top] = place.map(|share| (share * (CANVAS - side) as f32).round() as i64);
    let mut canvas = GrayImage::new(CANVAS, CANVAS);
    imageops::replace(&mut canvas, &scaled, left, top);
    canvas
}

/// Dark ink on white.
pub fn inverted(mut image: GrayImage) -> GrayImage {
    imageops::invert(&mut image);
    image
}

/// An image as the content of a file.
pub fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// An image as the content of a PNG file.
pub fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(image, ImageFormat::Png)
}

/// The first bytes of a PNG file: its signature and a header that announces this size.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut chunk = b"IHDR".to_vec();
    chunk.extend(width.to_be_bytes());
    chunk.extend(height.to_be_bytes());
    chunk.extend([8, 0, 0, 0, 0]); // 8 bits of grey
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    let mut sum = flate2::Crc::new();
    sum.update(&chunk);
    bytes.extend(&chunk);
    bytes.extend(sum.sum().to_be_bytes());
    // The beginning of its pixels, so that a decoder sets to work.
    bytes.extend(b"\0\0\x10\0IDAT");
    bytes
}
