//! A row as a picture in the terminal, its probabilities beside it.

use crate::inference::Prediction;

use crate::commands::terminal;
use crate::commands::text::shortened;

/// Without colours, a pixel with so much ink is drawn.
const DRAWN: f32 = 0.4;
/// More classes than this: the most probable of them.
const MOST_CLASSES: usize = 14;
/// Longest name of a class.
const LONGEST_NAME: usize = 18;
/// Characters of the bar of a certain class.
const BAR: f64 = 20.0;
/// The greys of a terminal's 256 colours: the darkest, and how many more there are.
const GREYS: (f32, f32) = (232.0, 23.0);

/// Draws a row on standard error: how much ink each of its pixels has, `[side, side]`, and what is said of it.
pub fn show(name: &str, levels: &[f32], prediction: &Prediction, classes: &[String]) {
    let text = drawn(name, levels, prediction, classes, terminal::colours());
    terminal::eprint(&text);
}

fn drawn(
    name: &str,
    levels: &[f32],
    prediction: &Prediction,
    classes: &[String],
    colours: bool,
) -> String {
    let side = levels.len().isqrt();
    let picture = picture(levels, side, colours);
    let bars = bars(prediction, classes);
    let class = shortened(&classes[prediction.class as usize], LONGEST_NAME);
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

/// Two lines of pixels in each line of text, in half blocks: grey where there are colours, else ink or none.
fn picture(levels: &[f32], side: usize, colours: bool) -> Vec<String> {
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
    let character = match (above >= DRAWN, below >= DRAWN) {
        (false, false) => ' ',
        (true, false) => '▀',
        (false, true) => '▄',
        (true, true) => '█',
    };
    character.to_string()
}

/// A line for each class in its order; of many classes, the most probable.
fn bars(prediction: &Prediction, classes: &[String]) -> Vec<String> {
    let probabilities = &prediction.probabilities;
    let mut shown: Vec<usize> = (0..classes.len()).collect();
    if classes.len() > MOST_CLASSES {
        shown.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        shown.truncate(MOST_CLASSES);
    }
    let names: Vec<String> = shown
        .iter()
        .map(|&class| shortened(&classes[class], LONGEST_NAME))
        .collect();
    let width = names.iter().map(|name| name.chars().count()).max();
    let width = width.unwrap_or(0);
    shown
        .iter()
        .zip(&names)
        .map(|(&class, name)| {
            let probability = probabilities[class];
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most BAR
            let bar = "█".repeat((BAR * probability).round() as usize);
            format!("{name:<width$}  {:>5.1} %  {bar}", 100.0 * probability)
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction() -> Prediction {
        Prediction {
            class: 1,
            probabilities: vec![0.125, 0.75, 0.125],
            log_normaliser: 0.0,
            logits: vec![0.0; 3],
        }
    }

    #[test]
    fn two_pixels_share_a_character_without_colours() {
        let classes = ["oak", "yew", "box tree"].map(str::to_owned);
        let levels = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.3];
        let text = drawn("a.png", &levels, &prediction(), &classes, false);
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
        let lines = picture(&[0.0, 1.0, 0.5, 0.0], 2, true);
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
        let bars = bars(&prediction, &classes);
        assert_eq!(bars.len(), MOST_CLASSES);
        assert!(
            bars[0].starts_with("c29") && bars[1].starts_with("c3 "),
            "{bars:?}"
        );
    }
}
