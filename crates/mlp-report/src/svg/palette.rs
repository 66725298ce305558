//! Colours for light and dark mode that colour-blind readers can distinguish.

use std::fmt::Write as _;

/// Steps of the sequential scale, classes `k-level-0` (none) to `k-level-9` (all).
pub const LEVELS: usize = 10;

/// Eight categories after Okabe and Ito, "Color Universal Design" (2008), in light and in dark, in an order of our
/// own; pale colours and black are adapted to their background.
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

/// A single hue from close to the background to its opposite, in light and in dark, each with the colour of text on it.
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

/// Colours of the diverging map at −1, 0 and 1: blue, white, orange.
pub const DIVERGING: [[u8; 3]; 3] = [[0x0b, 0x4f, 0x9c], [0xff, 0xff, 0xff], [0xc2, 0x4e, 0x00]];

/// Returns the level, `0..LEVELS`, of a share of a whole: 0 only for a share of 0. Levels grow with the square root, so
/// that a confusion of one per cent is visible.
#[must_use]
pub fn level(share: f64) -> usize {
    if share <= 0.0 {
        return 0;
    }
    let highest = (LEVELS - 1) as f64;
    ((share.min(1.0).sqrt() * highest).ceil() as usize).clamp(1, LEVELS - 1)
}

/// Returns the colour of a number in the diverging map; below −1 and above 1 it stays the same.
#[must_use]
pub fn diverging(value: f64) -> [u8; 3] {
    let [low, middle, high] = DIVERGING;
    let end = if value < 0.0 { low } else { high };
    let share = value.abs().min(1.0);
    std::array::from_fn(|channel| {
        let (from, to) = (f64::from(middle[channel]), f64::from(end[channel]));
        (from + (to - from) * share).round() as u8
    })
}

/// Returns red, green and blue of a category in light mode.
#[must_use]
pub fn categorical_rgb(category: usize) -> [u8; 3] {
    let text = CATEGORIES[category % CATEGORIES.len()].0;
    // The table above has six hexadecimal digits after the `#`.
    std::array::from_fn(|channel| {
        u8::from_str_radix(&text[1 + 2 * channel..3 + 2 * channel], 16).unwrap_or_default()
    })
}

/// Returns the CSS rules of the charts' classes, in light and, where the reader prefers it, in dark.
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

/// Returns the rules that differ between light (0) and dark (1).
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
        let _ = writeln!(text, ".{class}{{{property}:{}}}", pick(pair)); // writing to a String never fails
    }
    for (index, pair) in CATEGORIES.iter().enumerate() {
        let colour = pick(*pair);
        let _ = writeln!(
            text,
            ".k-fill-{index}{{fill:{colour}}}.k-stroke-{index}{{stroke:{colour}}}"
        );
    }
    for (index, pair) in SEQUENTIAL.iter().enumerate() {
        let (fill, text_colour) = pair[scheme];
        let _ = writeln!(
            text,
            ".k-level-{index}{{fill:{fill};background:{fill}}}.k-on-{index}{{fill:{text_colour};color:{text_colour}}}"
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
    fn text_has_contrast_on_every_level_and_lines_on_every_background() {
        for (index, level) in SEQUENTIAL.iter().enumerate() {
            for (fill, text) in level {
                let ratio = contrast(fill, text);
                assert!(
                    ratio >= 4.5,
                    "level {index}: {text} on {fill} is {ratio:.2}:1"
                );
            }
        }
        for (light, dark) in CATEGORIES {
            assert!(contrast(light, "#ffffff") >= 3.0, "{light}");
            assert!(contrast(dark, "#14171c") >= 4.5, "{dark}");
        }
    }

    #[test]
    fn levels_distinguish_none_from_little_and_the_map_is_centred_at_zero() {
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
