//! Colours, for light and for dark, told apart by readers who see few of them.

use std::fmt::Write as _;

/// Steps of the sequential scale, classes `k-level-0` (nothing) to `k-level-9` (all).
pub const LEVELS: usize = 10;

/// Eight categories after Okabe and Ito, "Color Universal Design" (2008), in light and in dark; the order is
/// ours, and pale ones and black are adapted to their background.
const CATEGORIES: [(&str, &str); 8] = [
    ("#0072b2", "#4ea5e0"),
    ("#d55e00", "#f08b4c"),
    ("#009e73", "#2cc79b"),
    ("#cc79a7", "#e3a3c6"),
    ("#2f98d6", "#8ed0f5"),
    ("#b98600", "#e9b93c"),
    ("#8a8200", "#f0e442"),
    ("#4d4d4d", "#d0d3d8"),
];

/// A single hue, from next to the background to its opposite, each with the text that is read on it.
const SEQUENTIAL: [[(&str, &str); 2]; LEVELS] = [
    [("#f6f8fa", "#57606a"), ("#1b2027", "#8b949e")],
    [("#e4eef8", "#1b1f24"), ("#1a2a3c", "#e6e8eb")],
    [("#d0e2f2", "#1b1f24"), ("#1b344f", "#e6e8eb")],
    [("#b7d4ea", "#1b1f24"), ("#1c3f63", "#e6e8eb")],
    [("#94c4df", "#1b1f24"), ("#204c79", "#ffffff")],
    [("#6aaed6", "#1b1f24"), ("#285c91", "#ffffff")],
    [("#4a97c9", "#0b0d10"), ("#3a72ac", "#ffffff")],
    [("#2b77b4", "#ffffff"), ("#5f97cc", "#0b0d10")],
    [("#1763a6", "#ffffff"), ("#8bbbe6", "#0b0d10")],
    [("#08468b", "#ffffff"), ("#b9dcfb", "#0b0d10")],
];

/// Ends and middle of the diverging map: blue below zero, white at zero, orange above.
pub const DIVERGING: [[u8; 3]; 3] = [[0x0b, 0x4f, 0x9c], [0xff, 0xff, 0xff], [0xc2, 0x4e, 0x00]];

/// Class that paints the share of a whole: 0 is level 0, everything above it is seen. By the square
/// root, because a confusion of one per cent is what one looks for.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a share, so 0 to 9
pub fn level(share: f64) -> usize {
    if share <= 0.0 {
        return 0;
    }
    let highest = (LEVELS - 1) as f64;
    ((share.min(1.0).sqrt() * highest).ceil() as usize).clamp(1, LEVELS - 1)
}

/// The colour of a number from −1 to 1 in the diverging map.
#[must_use]
pub fn diverging(value: f64) -> [u8; 3] {
    let [low, middle, high] = DIVERGING;
    let end = if value < 0.0 { low } else { high };
    let share = value.abs().min(1.0);
    std::array::from_fn(|channel| {
        let (from, to) = (f64::from(middle[channel]), f64::from(end[channel]));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between two bytes
        let mixed = (from + (to - from) * share).round() as u8;
        mixed
    })
}

/// Red, green and blue of a category in light.
#[must_use]
pub fn categorical_rgb(category: usize) -> [u8; 3] {
    let text = CATEGORIES[category % CATEGORIES.len()].0;
    // Six hexadecimal digits after the sign, by the table above.
    std::array::from_fn(|channel| {
        u8::from_str_radix(&text[1 + 2 * channel..3 + 2 * channel], 16).unwrap_or_default()
    })
}

/// What the classes of a chart look like, in light and, where the reader prefers it, in dark.
#[must_use]
pub fn stylesheet() -> String {
    let mut text = String::from(
        ".k-chart text{font-family:\"Noto Sans\",system-ui,sans-serif}\
         .k-bold{font-weight:bold}.k-line{fill:none;stroke-width:1.8;stroke-linejoin:round}\
         .k-thin{stroke-width:1;opacity:.45}.k-axis{stroke-width:1}.k-grid{stroke-width:1}\
         .k-dashed{stroke-dasharray:5 4}.k-pixels{image-rendering:pixelated}\
         .k-hollow{fill:none;stroke-width:1.6}.k-outline{stroke-width:1}.k-error-bar{stroke-width:1.6}\n",
    );
    text += &colours(0);
    let _ = writeln!(
        text,
        "@media (prefers-color-scheme: dark){{\n{}}}",
        colours(1)
    );
    text
}

/// The part of the style sheet that differs between light (0) and dark (1).
fn colours(scheme: usize) -> String {
    let pick = |pair: (&'static str, &'static str)| if scheme == 0 { pair.0 } else { pair.1 };
    let mut text = String::new();
    for (class, property, pair) in [
        ("k-paper", "fill", ("#ffffff", "#14171c")),
        ("k-ink", "fill", ("#1b1f24", "#e6e8eb")),
        ("k-soft", "fill", ("#57606a", "#a5adb8")),
        ("k-axis", "stroke", ("#6e7781", "#8b949e")),
        ("k-grid", "stroke", ("#e1e4e8", "#2c323a")),
        ("k-outline", "stroke", ("#ffffff", "#14171c")),
        ("k-error-bar", "stroke", ("#1b1f24", "#e6e8eb")),
        ("k-right", "fill", ("#00734f", "#2cc79b")),
        ("k-wrong", "fill", ("#b54500", "#f08b4c")),
        ("k-ring", "stroke", ("#1b1f24", "#ffffff")),
    ] {
        let _ = writeln!(text, ".{class}{{{property}:{}}}", pick(pair)); // a String takes everything
    }
    for (index, pair) in CATEGORIES.iter().enumerate() {
        let colour = pick(*pair);
        let _ = writeln!(
            text,
            ".k-fill-{index}{{fill:{colour}}}.k-stroke-{index}{{stroke:{colour}}}"
        );
    }
    for (index, pair) in SEQUENTIAL.iter().enumerate() {
        let (fill, ink) = pair[scheme];
        let _ = writeln!(
            text,
            ".k-level-{index}{{fill:{fill};background:{fill}}}.k-on-{index}{{fill:{ink};color:{ink}}}"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as the Web Content Accessibility Guidelines define it.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_is_read_on_every_level_and_lines_are_seen_on_every_background() {
        for (index, level) in SEQUENTIAL.iter().enumerate() {
            for (fill, ink) in level {
                let ratio = contrast(fill, ink);
                assert!(
                    ratio >= 4.5,
                    "level {index}: {ink} on {fill} is {ratio:.2}:1"
                );
            }
        }
        for (light, dark) in CATEGORIES {
            assert!(contrast(light, "#ffffff") >= 3.0, "{light}");
            assert!(contrast(dark, "#14171c") >= 4.5, "{dark}");
        }
    }

    #[test]
    fn levels_tell_nothing_from_little_and_the_map_is_centred_at_zero() {
        assert_eq!(
            [0.0, 1e-9, 0.01, 0.5, 1.0, 2.0].map(level),
            [0, 1, 1, 7, 9, 9]
        );
        assert_eq!(
            [-3.0, -1.0, 0.0, 1.0].map(diverging),
            [DIVERGING[0], DIVERGING[0], DIVERGING[1], DIVERGING[2]]
        );
    }
}
