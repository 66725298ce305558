//! A row as a picture in the terminal, next to its probabilities.

use crate::inference::ClassPrediction;

use crate::commands::terminal;
use crate::commands::text::shortened;

/// Ink from which a pixel is drawn where there are no colours.
const MIN_INK: f32 = 0.4;
/// Maximum number of classes listed; of more, the most probable.
const MAX_CLASSES: usize = 14;
/// Maximum characters of the name of a class.
const MAX_NAME: usize = 18;
/// Characters of the bar of a class with probability 1.
const BAR_LENGTH: f64 = 20.0;
/// The greys of a terminal's 256 colours: the number of the darkest, and how many follow it.
const GREYS: (f32, f32) = (232.0, 23.0);

/// Draws a row on standard error: the ink of its pixels, `[side, side]` from 0 to 1, and its prediction.
pub fn draw(name: &str, levels: &[f32], prediction: &ClassPrediction, classes: &[String]) {
    let text = render(name, levels, prediction, classes, terminal::colours());
    terminal::eprint(&text);
}

fn render(
    name: &str,
    levels: &[f32],
    prediction: &ClassPrediction,
    classes: &[String],
    colours: bool,
) -> String {
    let side = levels.len().isqrt();
    let picture = pixels(levels, side, colours);
    let bars = probability_bars(prediction, classes);
    let class = shortened(&classes[prediction.class as usize], MAX_NAME);
    let mut text = format!(
        "{name}: {class}, {:.1} %\n",
        100.0 * prediction.confidence()
    );
    let empty = " ".repeat(side);
    for line in 0..picture.len().max(bars.len()) {
        let pixels = picture.get(line).unwrap_or(&empty);
        let bar = bars.get(line).map_or("", String::as_str);
        text += format!("│{pixels}│  {bar}").trim_end();
        text.push('\n');
    }
    text
}

/// Draws two lines of pixels in each line of text, in half blocks: grey where there are colours, else ink or none.
fn pixels(levels: &[f32], side: usize, colours: bool) -> Vec<String> {
    let empty = vec![0.0; side];
    let lines: Vec<&[f32]> = levels.chunks_exact(side).collect();
    lines
        .chunks(2)
        .map(|pair| {
            let below = pair.get(1).copied().unwrap_or(&empty);
            let mut text: String = pair[0]
                .iter()
                .zip(below)
                .map(|(&above, &below)| block(above, below, colours))
                .collect();
            if colours {
                text += "\x1b[0m";
            }
            text
        })
        .collect()
}

fn block(above: f32, below: f32, colours: bool) -> String {
    if colours {
        let grey = |level: f32| GREYS.0 + (GREYS.1 * level).round();
        return format!("\x1b[38;5;{};48;5;{}m▀", grey(above), grey(below));
    }
    let character = match (above >= MIN_INK, below >= MIN_INK) {
        (false, false) => ' ',
        (true, false) => '▀',
        (false, true) => '▄',
        (true, true) => '█',
    };
    character.to_string()
}

/// Returns a line for each class in its order; of many classes, for the most probable.
fn probability_bars(prediction: &ClassPrediction, classes: &[String]) -> Vec<String> {
    let probabilities = &prediction.probabilities;
    let mut shown: Vec<usize> = (0..classes.len()).collect();
    if classes.len() > MAX_CLASSES {
        shown.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        shown.truncate(MAX_CLASSES);
    }
    let names: Vec<String> = shown
        .iter()
        .map(|&class| shortened(&classes[class], MAX_NAME))
        .collect();
    let width = names.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or(0);
    shown
        .iter()
        .zip(&names)
        .map(|(&class, name)| {
            let probability = probabilities[class];
            let bar = "█".repeat((BAR_LENGTH * probability).round() as usize);
            format!("{name:<width$}  {:>5.1} %  {bar}", 100.0 * probability)
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction() -> ClassPrediction {
        ClassPrediction {
            class: 1,
            probabilities: vec![0.125, 0.75, 0.125],
            log_normaliser: 0.0,
            temperature: 1.0,
            logits: vec![0.0; 3],
        }
    }

    #[test]
    fn two_pixels_share_a_character_without_colours() {
        let classes = ["oak", "yew", "box tree"].map(str::to_owned);
        let levels = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.3];
        let text = render("a.png", &levels, &prediction(), &classes, false);
        let expected = "\
a.png: yew, 75.0 %
│▄█ │  oak        12.5 %  ███
│▀  │  yew        75.0 %  ███████████████
│   │  box tree   12.5 %  ███
";
        assert_eq!(text, expected);
    }

    #[test]
    fn colours_show_greys() {
        let lines = pixels(&[0.0, 1.0, 0.5, 0.0], 2, true);
        assert_eq!(
            lines,
            ["\x1b[38;5;232;48;5;244m▀\x1b[38;5;255;48;5;232m▀\x1b[0m"]
        );
    }

    #[test]
    fn of_many_classes_the_most_probable_are_shown() {
        let classes: Vec<String> = (0..30).map(|class| format!("c{class}")).collect();
        let mut prediction = prediction();
        prediction.probabilities = vec![0.0; 30];
        (prediction.probabilities[29], prediction.probabilities[3]) = (0.9, 0.1);
        let bars = probability_bars(&prediction, &classes);
        assert_eq!(bars.len(), MAX_CLASSES);
        assert!(
            bars[0].starts_with("c29") && bars[1].starts_with("c3 "),
            "{bars:?}"
        );
    }
}
