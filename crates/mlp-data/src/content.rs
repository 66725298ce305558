//! What an input holds, told by its first bytes.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// So many bytes tell.
const ENOUGH: usize = 12;
/// So many hold them if they are compressed.
const ENOUGH_COMPRESSED: u64 = 1 << 12;

/// What the first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Also whatever is none of the others.
    Csv,
    Idx,
    /// An image that can be read, and its format.
    Image(&'static str),
    /// An image, or what is taken for one, that cannot.
    OtherImage(&'static str),
}

impl Content {
    /// From the beginning of a file, gzip-compressed or not; a compressed image is none.
    pub fn of(ahead: &[u8]) -> Self {
        let mut first = Vec::new();
        if ahead.starts_with(&[0x1f, 0x8b]) {
            // Where it is damaged, whatever came out before tells enough; the reader will name the damage.
            let _ = MultiGzDecoder::new(ahead)
                .take(ENOUGH as u64)
                .read_to_end(&mut first);
            return match Self::of_plain(&first) {
                Self::Image(_) | Self::OtherImage(_) => Self::OtherImage("gzip-compressed"),
                rows => rows,
            };
        }
        first.extend(ahead.iter().take(ENOUGH));
        Self::of_plain(&first)
    }

    fn of_plain(first: &[u8]) -> Self {
        match first {
            [0x89, b'P', b'N', b'G', ..] => Self::Image("PNG"),
            [0xff, 0xd8, 0xff, ..] => Self::Image("JPEG"),
            [b'G', b'I', b'F', b'8', ..] => Self::OtherImage("GIF"),
            [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Self::OtherImage("TIFF"),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P'] => {
                Self::OtherImage("WebP")
            }
            [0, 0, _, _, b'f', b't', b'y', b'p', ..] => Self::OtherImage("HEIC or AVIF"),
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::OtherImage("BMP"),
            [0, 0, 1, 0, ..] => Self::OtherImage("Windows icon"),
            [0, 0, 0, 12, b'j', b'P', ..] => Self::OtherImage("JPEG 2000"),
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::OtherImage("PDF"),
            [b'<', b's', b'v', b'g', ..] | [b'<', b'?', b'x', b'm', b'l', ..] => {
                Self::OtherImage("SVG or XML")
            }
            [0, 0, ..] => Self::Idx,
            _ => Self::Csv,
        }
    }

    /// From a file that can be read again.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut first = Vec::new();
        File::open(path)?
            .take(ENOUGH_COMPRESSED)
            .read_to_end(&mut first)?;
        Ok(Self::of(&first))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        for (first, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], Content::Image("PNG")),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Content::Image("JPEG")),
            (b"GIF89a", Content::OtherImage("GIF")),
            (b"RIFF\x24\0\0\0WEBPVP8 ", Content::OtherImage("WebP")),
            (b"RIFF,x,y\n1,2", Content::Csv),
            (b"\0\0\0\x18ftypheic", Content::OtherImage("HEIC or AVIF")),
            (b"BM\x36\x24\0\0\0\0\0\0", Content::OtherImage("BMP")),
            (b"BMI,age\n1,2", Content::Csv),
            (b"%PDF-1.7", Content::OtherImage("PDF")),
            (b"\0\0\x08\x03\0\0\0\x01", Content::Idx),
            (b"label,1x1", Content::Csv),
            (b"", Content::Csv),
        ] {
            assert_eq!(Content::of(first), expected, "{first:?}");
        }
        let mut compressed = GzEncoder::new(Vec::new(), Compression::default());
        compressed.write_all(b"\x89PNG\r\n\x1a\n").unwrap();
        let compressed = compressed.finish().unwrap();
        assert_eq!(
            Content::of(&compressed),
            Content::OtherImage("gzip-compressed")
        );
    }
}
