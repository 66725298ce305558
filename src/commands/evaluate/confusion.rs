//! A confusion matrix on a terminal, for few classes and for many.

use crate::metrics::ConfusionMatrix;

use crate::commands::terminal::{grouped, shortened, table};

/// Characters of a line.
const WIDTH: usize = 80;
/// Longest name of a class, and the same where a number goes before it.
const LONGEST_NAME: usize = 20;
const LONGEST_NUMBERED_NAME: usize = 13;
/// With more classes, the matrix is too large to be read: the most frequent confusions are listed.
const MOST_CLASSES: usize = 40;
/// Confusions listed then.
const MOST_CONFUSIONS: usize = 20;
/// Between columns.
const GAP: usize = 2;

/// A line for each true class, a column for each predicted one; in several parts, one below the
/// other, where they do not fit side by side.
pub fn matrix(matrix: &ConfusionMatrix, class_names: &[&str]) -> String {
    let classes = class_names.len();
    if classes > MOST_CLASSES {
        return confusions(matrix, class_names);
    }
    let cell = |count: &u64| match count {
        0 => ".".to_owned(),
        count => count.to_string(),
    };
    let widest = |texts: &[String]| {
        texts
            .iter()
            .map(|text| text.chars().count())
            .max()
            .unwrap_or(0)
    };
    let counts: Vec<String> = matrix.counts().iter().flatten().map(cell).collect();
    let names: Vec<String> = class_names
        .iter()
        .map(|name| shortened(name, LONGEST_NAME))
        .collect();

    let corner = "true \\ predicted";
    let label_width = |labels: &[String]| GAP + widest(labels).max(corner.len());
    let column_width = |heads: &[String]| GAP + widest(heads).max(widest(&counts));
    let width = label_width(&names) + classes * column_width(&names);
    // Columns under long names go by the numbers that the lines begin with.
    let (labels, heads) = if width <= WIDTH {
        (names.clone(), names)
    } else {
        let numbers: Vec<String> = (1..=classes).map(|number| number.to_string()).collect();
        let digits = widest(&numbers);
        let label = |(number, name): (&String, &&str)| {
            format!(
                "{number:>digits$} {}",
                shortened(name, LONGEST_NUMBERED_NAME)
            )
        };
        let labels = numbers.iter().zip(class_names).map(label).collect();
        (labels, numbers)
    };
    let beside = (WIDTH.saturating_sub(label_width(&labels)) / column_width(&heads)).max(1);
    let parts: Vec<String> = (0..classes)
        .step_by(beside)
        .map(|from| {
            let part = from..(from + beside).min(classes);
            let mut lines = vec![vec![corner.to_owned()]];
            lines[0].extend_from_slice(&heads[part.clone()]);
            for (label, row) in labels.iter().zip(matrix.counts()) {
                let mut line = vec![label.clone()];
                line.extend(row[part.clone()].iter().map(cell));
                lines.push(line);
            }
            table(&lines)
        })
        .collect();
    parts.join("\n")
}

/// The most frequent confusions.
fn confusions(matrix: &ConfusionMatrix, class_names: &[&str]) -> String {
    let mut counts: Vec<(u64, usize, usize)> = Vec::new();
    for (label, row) in matrix.counts().iter().enumerate() {
        for (prediction, &count) in row.iter().enumerate() {
            if label != prediction && count > 0 {
                counts.push((count, label, prediction));
            }
        }
    }
    counts.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let header = ["true", "predicted", "rows"];
    let mut lines = vec![header.map(str::to_owned).to_vec()];
    let name = |class: usize| shortened(class_names[class], LONGEST_NAME);
    for &(count, label, prediction) in counts.iter().take(MOST_CONFUSIONS) {
        lines.push(vec![name(label), name(prediction), grouped(count)]);
    }
    format!(
        "  {} classes: the {} most frequent of {} confusions; --json has the whole matrix\n{}",
        class_names.len(),
        lines.len() - 1,
        grouped(counts.len() as u64),
        table(&lines)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(classes: usize, name: impl Fn(usize) -> String) -> String {
        let mut confusion = ConfusionMatrix::new(classes);
        let class = |number: usize| u32::try_from(number).unwrap();
        for label in 0..classes {
            for _ in 0..1234 {
                confusion.add(class(label), class(label));
            }
            confusion.add(class(label), class((label + 1) % classes));
        }
        let names: Vec<String> = (0..classes).map(name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        matrix(&confusion, &names)
    }

    fn widest(text: &str) -> usize {
        text.lines().map(|line| line.chars().count()).max().unwrap()
    }

    #[test]
    fn ten_digits_stand_side_by_side() {
        let text = example(10, |class| class.to_string());
        assert!(widest(&text) <= WIDTH, "{text}");
        assert_eq!(text.lines().count(), 11, "{text}");
        let line: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        let expected = ["0", "1234", "1", ".", ".", ".", ".", ".", ".", ".", "."];
        assert_eq!(line, expected);
    }

    #[test]
    fn three_long_names_are_numbered_or_written_out() {
        let text = example(3, |class| format!("species-{class}"));
        assert!(
            text.lines().next().unwrap().ends_with("species-2"),
            "{text}"
        );
        let text = example(3, |class| {
            format!("{class} is a very long name of a class indeed")
        });
        assert!(widest(&text) <= WIDTH, "{text}");
        assert!(text.contains("2 1 is a very …"), "{text}");
    }

    #[test]
    fn thirty_classes_come_in_parts_with_every_count() {
        let text = example(30, |class| format!("class number {class}"));
        assert!(widest(&text) <= WIDTH, "{text}");
        assert_eq!(text.matches("1234").count(), 30, "{text}");
        assert_eq!(
            (
                text.matches("30 class number…").count(),
                text.lines().count()
            ),
            (3, 95)
        );
    }

    #[test]
    fn many_classes_show_their_confusions() {
        let text = example(100, |class| format!("c{class}"));
        assert!(
            text.contains("20 most frequent of 100 confusions"),
            "{text}"
        );
        assert!(text.lines().nth(2).unwrap().contains("c0"), "{text}");
    }
}
