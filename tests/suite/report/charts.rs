//! Charts of unusual runs: nothing lies outside, nothing is no number, every drawing can be drawn.

use mlp::config::AugmentSection;
use mlp::data::TargetColumn;
use mlp::metrics::{Calibration, ClassificationReport, ConfusionMatrix};
use mlp::report::{Chart, Compared, Rasterizer, RunFacts, comparison, page, plots};
use mlp::run::{Scope, Split};
use mlp::task::Metric;

use super::kept_run;
use crate::support::pictures::decode;

/// What `attribute="…"` says of an element.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// Asserts that a chart is whole: valid, of numbers, with each text within its edges, and not blank.
#[track_caller]
fn assert_sound(chart: &Chart) {
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
        // Half an em a letter is about what text takes.
        let letters = u32::try_from(text.replace("&quot;", "\"").chars().count()).unwrap();
        let wide = 0.5 * size * f64::from(letters);
        let left = match attribute(tag, "text-anchor").unwrap() {
            "start" => x,
            "middle" => x - wide / 2.0,
            _ => x - wide,
        };
        assert!(
            left > -4.0 && left + wide < chart.width + 4.0 && y > 0.0 && y <= chart.height,
            "{name}: {text:?} lies outside: {left}–{} of {}, {y} of {}",
            left + wide,
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
    assert!(marked > pixels.len() / 3 / 200, "{name} is next to blank");
}

/// The report of rows whose `class`-th class is predicted as its neighbour every seventh time.
fn report(names: &[String], rows: u32) -> ClassificationReport {
    let classes = u32::try_from(names.len()).unwrap();
    let mut matrix = ConfusionMatrix::new(names.len());
    for row in 0..rows {
        let label = row % classes;
        let prediction = if row % 7 == 0 {
            (label + 1) % classes
        } else {
            label
        };
        matrix.add(label, prediction);
    }
    let confidence = (0..rows).map(|row| (f64::from(row % 100) / 100.0, row % 7 != 0));
    ClassificationReport::new(
        matrix,
        0.5,
        u64::from(rows),
        Calibration::new(confidence),
        names,
    )
}

fn with_classes(names: Vec<String>) -> RunFacts {
    let mut facts = kept_run("plane");
    facts.examples.clear();
    facts.regions = None;
    if let Some(evaluation) = &mut facts.evaluation {
        evaluation.test = Some(report(&names, 70_000));
        evaluation.validation = None;
        evaluation.train = Some(report(&names, 3));
    }
    facts.manifest.schema.target = TargetColumn::Class { classes: names };
    facts
}

#[test]
fn any_number_of_classes_with_any_names_can_be_drawn() {
    let long = "an unusually long name of a class <&> that nobody can read at once";
    for (count, name) in [(2, ""), (10, long), (30, "class "), (30, long), (300, "c")] {
        let facts = with_classes((0..count).map(|class| format!("{name}{class}")).collect());
        let charts = plots(&facts);
        charts.iter().for_each(assert_sound);
        let html = page(&facts, &charts);
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
    for facts in [&one_epoch, &without_validation, &single, &empty, &long] {
        plots(facts).iter().for_each(assert_sound);
    }
    let chart = |facts| plots(facts).into_iter().find(|chart| chart.name == "loss");
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
fn what_is_right_and_wrong_is_shown_by_a_sign_too() {
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
fn deformed_rows_are_shown_where_rows_were_deformed() {
    let mut facts = kept_run("digits");
    let name = "deformations";
    assert!(plots(&facts).iter().all(|chart| chart.name != name));
    facts.config.augment = AugmentSection {
        rotate: 30.0,
        ..AugmentSection::default()
    };
    let charts = plots(&facts);
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
    assert!(page(&facts, &charts).contains(">epoch 9<"));
}
