//! Charts of unusual runs: everything lies within the drawing, all numbers are finite, every drawing is valid.

use mlp_core::config::AugmentSection;
use mlp_core::evaluation::Report;
use mlp_core::metrics::{Calibration, ClassRow, ClassificationReport};
use mlp_core::run::{Scope, Split};
use mlp_core::task::Metric;
use mlp_data::TargetColumn;
use mlp_report::report::{Chart, Compared, Rasterizer, RunContents, comparison, page, plots};

use super::{decode, kept_run};

/// Returns the value of an attribute of an element.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// Asserts that a chart is valid, has only finite numbers, has each text within its edges, and is not blank.
#[track_caller]
pub fn assert_sound(chart: &Chart) {
    let name = &chart.name;
    let document = chart.document();
    for word in ["NaN", "inf", "undefined"] {
        assert!(!document.contains(&format!("\"{word}")), "{name}: {word}");
    }
    assert!(
        document.contains("role=\"img\"") && document.contains("<desc"),
        "{name}"
    );
    for element in document.split("<text").skip(1) {
        let (tag, rest) = element.split_once('>').unwrap();
        let text = rest.split_once('<').unwrap().0;
        if tag.contains("rotate") {
            continue;
        }
        let number = |name| attribute(tag, name).unwrap().parse::<f64>().unwrap();
        let (x, y, size) = (number("x"), number("y"), number("font-size"));
        // Half an em per letter is about the width of text.
        let letters = u32::try_from(text.replace("&quot;", "\"").chars().count()).unwrap();
        let width = 0.5 * size * f64::from(letters);
        let left = match attribute(tag, "text-anchor").unwrap() {
            "start" => x,
            "middle" => x - width / 2.0,
            _ => x - width,
        };
        assert!(
            left > -4.0 && left + width < chart.width + 4.0 && y > 0.0 && y <= chart.height,
            "{name}: {text:?} lies outside: {left}–{} of {}, {y} of {}",
            left + width,
            chart.width,
            chart.height
        );
    }
    let (width, height, pixels) = decode(&Rasterizer::new().png(chart).unwrap());
    assert!(
        (f64::from(width) - 2.0 * chart.width).abs() <= 2.0,
        "{name}"
    );
    assert!(
        (f64::from(height) - 2.0 * chart.height).abs() <= 2.0,
        "{name}"
    );
    let marked = pixels.chunks(3).filter(|pixel| *pixel != [255; 3]).count();
    assert!(marked > pixels.len() / 3 / 200, "{name} is almost blank");
}

/// The report of rows whose `class`-th class is predicted as its neighbour every seventh time.
fn report(names: &[String], rows: u32) -> ClassificationReport {
    let classes = u32::try_from(names.len()).unwrap();
    let probabilities = vec![1.0 / f64::from(classes); names.len()];
    let row = |row| {
        let label = row % classes;
        ClassRow {
            label,
            prediction: if row % 7 == 0 {
                (label + 1) % classes
            } else {
                label
            },
            probabilities: &probabilities,
            loss: 0.5,
            is_in_top_2: true,
            weight: 1.0,
        }
    };
    let confidence = (0..rows).map(|row| (f64::from(row % 100) / 100.0, row % 7 != 0));
    let rows: Vec<ClassRow> = (0..rows).map(row).collect();
    ClassificationReport {
        calibration: Calibration::new(confidence),
        ..ClassificationReport::new(&rows, names, None, None)
    }
}

fn with_classes(names: Vec<String>) -> RunContents {
    let mut contents = kept_run("plane");
    contents.examples.clear();
    contents.regions = None;
    if let Some(evaluation) = &mut contents.evaluation {
        evaluation.test = Some(Report::Classification(report(&names, 70_000)));
        evaluation.validation = None;
        evaluation.train = Some(Report::Classification(report(&names, 3)));
    }
    contents.manifest.schema.target = TargetColumn::Class { classes: names };
    contents
}

#[test]
fn any_number_of_classes_with_any_names_can_be_drawn() {
    let long = "an unusually long name of a class <&> that nobody can read at once";
    for (count, name) in [(2, ""), (10, long), (30, "class "), (30, long), (300, "c")] {
        let contents = with_classes((0..count).map(|class| format!("{name}{class}")).collect());
        let charts = plots(&contents);
        charts.iter().for_each(assert_sound);
        let html = page(&contents, &charts);
        assert!(!html.contains("<&>"), "a name became markup");
        assert_eq!(html.contains("40 of 300 classes"), count == 300);
    }
}

#[test]
fn the_charts_of_the_kept_runs_are_sound() {
    for (run, count) in [("digits", 12), ("plane", 10)] {
        let charts = plots(&kept_run(run));
        charts.iter().for_each(assert_sound);
        let names: Vec<&str> = charts.iter().map(|chart| &*chart.name).collect();
        assert_eq!(names.len(), count, "{names:?}");
    }
}

#[test]
fn short_and_long_trainings_can_be_drawn() {
    let all = kept_run("digits");
    let mut one_epoch = all.clone();
    one_epoch.metrics.retain(|record| record.epoch == 1);
    let mut without_validation = all.clone();
    without_validation
        .metrics
        .retain(|record| record.split == Split::Train);
    let mut single = all.clone();
    single.metrics.truncate(1);
    let mut empty = all.clone();
    empty.metrics.clear();
    let mut long = all.clone();
    let batch = all
        .metrics
        .iter()
        .find(|record| record.scope == Scope::Batch)
        .unwrap();
    long.metrics = (1..=40_000_u32)
        .map(|step| {
            let mut record = batch.clone();
            record.step = step.into();
            let loss = if step % 997 == 0 {
                f64::NAN
            } else {
                1.0 / f64::from(step)
            };
            record.scores = [(Metric::Loss, loss), (Metric::Accuracy, 0.5)]
                .into_iter()
                .collect();
            record
        })
        .collect();
    for contents in [&one_epoch, &without_validation, &single, &empty, &long] {
        plots(contents).iter().for_each(assert_sound);
    }
    let chart = |contents| {
        plots(contents)
            .into_iter()
            .find(|chart| chart.name == "loss")
    };
    assert!(chart(&empty).is_none());
    assert!(
        chart(&long).unwrap().document().len() < 30_000,
        "a long line is thinned out"
    );
    assert!(
        !chart(&without_validation)
            .unwrap()
            .document()
            .contains(">validation<")
    );
}

#[test]
fn comparisons_of_all_kinds_can_be_drawn() {
    let bar = |name: &str, mean: f64, deviation: f64| Compared {
        name: name.to_owned(),
        mean,
        deviation,
        values: vec![mean - deviation, mean + deviation],
    };
    for bars in [
        vec![],
        vec![bar("alone", 0.98, 0.0)],
        vec![bar("zero", 0.0, 0.0), bar("one", 100.0, 0.0)],
        vec![bar("equal", 97.0, 0.0), bar("equal", 97.0, 0.0)],
        (0..20)
            .map(|i| bar(&"long name ".repeat(9), f64::from(i), 3.0))
            .collect(),
    ] {
        assert_sound(&comparison(
            "Accuracy of several configs",
            "accuracy (%)",
            &bars,
        ));
    }
}

#[test]
fn signs_distinguish_right_from_wrong_predictions() {
    let charts = plots(&kept_run("digits"));
    let chart = charts
        .iter()
        .find(|chart| chart.name == "predictions")
        .unwrap();
    let signs = |class: &str| {
        chart
            .document()
            .matches(&format!("<path class=\"{class}\""))
            .count()
    };
    assert_eq!(signs("k-right") + signs("k-wrong"), 40);
    assert!(
        signs("k-wrong") > 5,
        "about 39 % of these rows are predicted wrong"
    );
}

#[test]
fn augmented_rows_are_shown_if_rows_were_augmented() {
    let mut contents = kept_run("digits");
    let name = "deformations";
    assert!(plots(&contents).iter().all(|chart| chart.name != name));
    contents.config.augment = AugmentSection {
        rotate: 30.0,
        ..AugmentSection::default()
    };
    let charts = plots(&contents);
    let chart = charts.iter().find(|chart| chart.name == name).unwrap();
    assert_sound(chart);
    let document = chart.document();
    assert_eq!(document.matches("<image").count(), 6 * 10);
    let pictures: std::collections::BTreeSet<&str> = document
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(pictures.len(), 6 * 10, "no two are alike");
    assert!(page(&contents, &charts).contains(">epoch 9<"));
}
