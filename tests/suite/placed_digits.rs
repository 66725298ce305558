//! Digits anywhere on a canvas, in any size, dark on light or light on dark, are read as well as plain rows.

use std::fs;
use std::path::Path;

use image::GrayImage;
use mlp::data::{Dataset, Features, ReadOptions, digits, read, write_csv};
use mlp::random::{Purpose, Stream};

use crate::support::images::{CANVAS, digit, inverted, placed, png};
use crate::support::program::{Ran, mlp, stdout};
use crate::support::trained_run::cells;
use crate::support::{mnist, repository};

const SEED: u64 = 20;

/// A way to lay digits on a canvas.
struct Laying {
    scale: f32,
    /// Share of the free room to the left and above; `None` is anywhere.
    place: Option<[f32; 2]>,
    /// Share by which accuracy may be lower than that of the plain rows.
    tolerance: f64,
}

/// All that is promised.
fn layings() -> Vec<Laying> {
    let corner = |place| (1.0, Some(place), 0.01);
    let anywhere = |scale, tolerance| (scale, None, tolerance);
    [
        corner([0.0, 0.0]),
        corner([1.0, 0.0]),
        corner([0.0, 1.0]),
        corner([1.0, 1.0]),
        corner([0.5, 0.5]),
        anywhere(1.0, 0.01),
        anywhere(1.25, 0.01),
        anywhere(1.7, 0.01),
        anywhere(2.1, 0.01),
        anywhere(2.5, 0.01),
        anywhere(0.6, 0.03),
    ]
    .map(|(scale, place, tolerance)| Laying {
        scale,
        place,
        tolerance,
    })
    .into()
}

/// Share of right predictions, a line each.
fn accuracy(folder: &Path, run: &str, input: &str, labels: &[u32]) -> f64 {
    let lines = cells(&stdout(folder, &["predict", run, input]));
    assert_eq!(lines.len(), 1 + labels.len());
    let column = lines[0].iter().position(|name| name == "prediction");
    let predicted = lines[1..].iter().map(|line| &line[column.unwrap()]);
    let right = predicted
        .zip(labels)
        .filter(|(predicted, label)| **predicted == label.to_string());
    let share = |count: usize| f64::from(u32::try_from(count).unwrap());
    share(right.count()) / share(labels.len())
}

/// Every second digit is inverted.
fn lay(folder: &Path, dataset: &Dataset, laying: &Laying, stream: u64) {
    fs::create_dir(folder).unwrap();
    let random = Stream::new(SEED, Purpose::Synthesis, stream);
    for (row, counter) in (0..dataset.rows()).zip(0..) {
        let anywhere = [random.uniform(2 * counter), random.uniform(2 * counter + 1)];
        let place = laying.place.unwrap_or(anywhere.map(|share| share as f32));
        let light = placed(&digit(dataset, row), laying.scale, place);
        let image = if row % 2 == 0 { light } else { inverted(light) };
        fs::write(folder.join(format!("{row:05}.png")), png(image)).unwrap();
    }
}

fn assert_read_anywhere(what: &str, folder: &Path, run: &str, dataset: &Dataset) {
    let labels = dataset.labels().unwrap();
    write_csv(&folder.join("plain.csv"), dataset).unwrap();
    let plain = accuracy(folder, run, "plain.csv", labels);
    println!(
        "{what}, {} digits, seed {SEED}: {:.2} % as rows",
        labels.len(),
        100.0 * plain
    );
    let mut missed = Vec::new();
    for (laying, stream) in layings().iter().zip(0..) {
        let images = format!("laid-{stream}");
        lay(&folder.join(&images), dataset, laying, stream);
        let accuracy = accuracy(folder, run, &images, labels);
        let place = laying
            .place
            .map_or_else(|| "anywhere".to_owned(), |place| format!("at {place:?}"));
        let message = format!(
            "  scale {:.2}, {place}: {:.2} %",
            laying.scale,
            100.0 * accuracy
        );
        println!("{message}");
        if accuracy < plain - laying.tolerance - 1e-9 {
            missed.push(message);
        }
    }
    assert!(
        missed.is_empty(),
        "{what}, {:.2} % as rows:\n{}",
        100.0 * plain,
        missed.join("\n")
    );
}

#[test]
fn digits_of_mnist_are_read_anywhere_in_any_size() {
    let Some((_, test)) = mnist() else { return };
    let options = ReadOptions {
        limit: 1000,
        ..ReadOptions::default()
    };
    let dataset = read(&test, &options).unwrap().dataset;
    let folder = tempfile::tempdir().unwrap();
    let run = repository("artifacts/pretrained");
    assert_read_anywhere("MNIST", folder.path(), run.to_str().unwrap(), &dataset);
}

#[test]
fn built_in_digits_are_read_anywhere_in_any_size() {
    let folder = tempfile::tempdir().unwrap();
    let config = repository("configs/digits.toml");
    let trained = mlp(folder.path())
        .args(["--config", config.to_str().unwrap(), "--quiet"])
        .status();
    assert!(trained.unwrap().success());
    let run = "artifacts/digits";
    assert_read_anywhere("built-in", folder.path(), run, &digits(400, SEED));
}

/// Dirt, and light that falls off to the right: what a scan or a photo has.
type Spoil = fn(&mut GrayImage, Stream);

/// Black on white, somewhere.
fn speck(image: &mut GrayImage, random: Stream, side: u32, counter: u64) {
    let [left, top] =
        [0, 1].map(|axis| (random.uniform(2 * counter + axis) * f64::from(CANVAS - side)) as u32);
    for (x, y) in (0..side).flat_map(|x| (0..side).map(move |y| (left + x, top + y))) {
        image.get_pixel_mut(x, y).0[0] = 0;
    }
}

#[test]
fn dirt_and_uneven_light_cost_nothing() {
    const FALL: u32 = 120;
    let Some((_, test)) = mnist() else { return };
    let options = ReadOptions {
        limit: 300,
        ..ReadOptions::default()
    };
    let dataset = read(&test, &options).unwrap().dataset;
    let labels = dataset.labels().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let run = repository("artifacts/pretrained");
    let spoils: [(&str, Spoil); 6] = [
        ("as it is", |_, _| ()),
        ("a speck", |image, random| speck(image, random, 1, 1)),
        ("twenty specks", |image, random| {
            (1..=20).for_each(|counter| speck(image, random, 1 + u32::from(counter > 10), counter));
        }),
        ("the edge of the paper", |image, _| {
            for (x, y) in (0..2).flat_map(|x| (0..CANVAS).map(move |y| (x, y))) {
                image.get_pixel_mut(x, y).0[0] = 40;
            }
        }),
        ("faint ink and a speck", |image, random| {
            image
                .pixels_mut()
                .for_each(|pixel| pixel.0[0] = 190 + pixel.0[0] / 4);
            speck(image, random, 1, 1);
        }),
        ("light that falls off", |image, _| {
            for (x, _, pixel) in image.enumerate_pixels_mut() {
                let light = 255 - FALL * x / CANVAS;
                let seen = (u32::from(pixel.0[0]) * light / 255) as u8;
                pixel.0[0] = seen;
            }
        }),
    ];
    let mut clean = 0.0;
    for (what, spoil) in spoils {
        let images = folder.path().join(what);
        fs::create_dir(&images).unwrap();
        for (row, stream) in (0..dataset.rows()).zip(0..) {
            let random = Stream::new(SEED, Purpose::Synthesis, stream);
            let mut image = inverted(placed(&digit(&dataset, row), 1.8, [0.6, 0.3]));
            spoil(&mut image, random);
            fs::write(images.join(format!("{row:05}.png")), png(image)).unwrap();
        }
        let accuracy = accuracy(folder.path(), run.to_str().unwrap(), what, labels);
        println!("{what}: {:.2} %", 100.0 * accuracy);
        if clean == 0.0 {
            clean = accuracy;
        }
        assert!(accuracy >= clean - 0.01, "{what}: {accuracy}, not {clean}");
    }
}

/// Dark ink, 0.0, on paper of 1.0.
fn dark(dataset: &Dataset) -> Dataset {
    let Features::Bytes(pixels) = &dataset.features else {
        panic!("pixels are bytes");
    };
    let values = pixels.iter().map(|&pixel| 1.0 - f32::from(pixel) / 255.0);
    Dataset {
        features: Features::Floats(values.collect()),
        ..dataset.clone()
    }
}

#[test]
fn images_get_the_values_that_the_network_was_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let rows = digits(300, SEED);
    write_csv(&path.join("train.csv"), &dark(&digits(3000, 1))).unwrap();
    write_csv(&path.join("plain.csv"), &dark(&rows)).unwrap();
    let config = repository("configs/digits.toml");
    let trained = mlp(path)
        .args(["--config", config.to_str().unwrap(), "--quiet"])
        .args([
            "--set",
            "data.train=\"train.csv\"",
            "--set",
            "data.test=\"plain.csv\"",
        ])
        .args([
            "--set",
            "data.scale=\"none\"",
            "--set",
            "optimizer.learning_rate=0.02",
        ])
        .output();
    Ran::of(trained.unwrap()).success();
    let labels = rows.labels().unwrap();
    let plain = accuracy(path, "artifacts", "plain.csv", labels);
    let laying = Laying {
        scale: 1.5,
        place: None,
        tolerance: 0.02,
    };
    lay(&path.join("laid"), &rows, &laying, 0);
    let laid = accuracy(path, "artifacts", "laid", labels);
    println!("dark rows from 0 to 1: {plain:.3} as rows, {laid:.3} as images");
    assert!(
        plain > 0.7 && laid >= plain - laying.tolerance,
        "{plain} as rows, {laid} as images"
    );

    fs::remove_dir_all(path.join("artifacts/digits/latest/examples")).unwrap();
    let unknown = mlp(path).args(["predict", "artifacts", "laid"]).output();
    Ran::of(unknown.unwrap()).assert_error(4, &["not known", "no examples/"]);
}
