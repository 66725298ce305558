//! `mlp predict` on images: every kind, and those that are none.

use std::fs;

use image::codecs::jpeg::JpegEncoder;
use image::{
    DynamicImage, GrayImage, ImageEncoder as _, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage,
};
use mlp::data::{Dataset, digits, write_csv};

use crate::support::images::{digit, encoded, inverted, placed, png, png_header};
use crate::support::program::Ran;
use crate::support::trained_run::{TrainedRun, cells};

/// Two digits that the network is sure of, and what it says of their rows.
fn two_digits(trained: &TrainedRun) -> (Dataset, Vec<Vec<String>>) {
    let all = digits(300, 42);
    write_csv(&trained.path("all.csv"), &all).unwrap();
    let lines = cells(&trained.result_of(&["predict", "artifacts", "all.csv"]));
    let confidence = |row: u32| lines[1 + row as usize][1].parse::<f64>().unwrap();
    let mut rows: Vec<u32> = (0..300).collect();
    rows.sort_by(|&a, &b| confidence(b).total_cmp(&confidence(a)));
    let other = rows
        .iter()
        .find(|&&row| lines[1 + row as usize][0] != lines[1 + rows[0] as usize][0]);
    let two = all.select(&[rows[0], *other.unwrap()]);
    write_csv(&trained.path("two.csv"), &two).unwrap();
    let lines = cells(&trained.result_of(&["predict", "artifacts", "two.csv"]));
    (two, lines)
}

/// Predictions of files, a line each; header first.
fn predict(trained: &TrainedRun, inputs: &[&str]) -> Vec<Vec<String>> {
    cells(&trained.result_of(&[&["predict", "artifacts"], inputs].concat()))
}

fn with_colours(image: &GrayImage, paper: [u8; 3], ink: [u8; 3]) -> RgbImage {
    let mix = |level: u8, paper: u8, ink: u8| {
        let mixed =
            (u32::from(ink) * u32::from(level) + u32::from(paper) * (255 - u32::from(level))) / 255;
        u8::try_from(mixed).unwrap()
    };
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let level = image.get_pixel(x, y).0[0];
        Rgb([0, 1, 2].map(|channel| mix(level, paper[channel], ink[channel])))
    })
}

#[test]
fn an_image_in_every_form_is_the_same_digit() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let (two, rows) = two_digits(&trained);
    let light = placed(&digit(&two, 0), 2.0, [0.3, 0.8]);
    let on_nothing = |luminance: u8| {
        RgbaImage::from_fn(112, 112, |x, y| {
            Rgba([luminance, luminance, luminance, light.get_pixel(x, y).0[0]])
        })
    };
    let sixteen = DynamicImage::from(light.clone()).into_luma16();
    let forms: [(&str, Vec<u8>); 11] = [
        ("light.png", png(light.clone())),
        ("dark.png", png(inverted(light.clone()))),
        ("sixteen.png", png(DynamicImage::ImageLuma16(sixteen))),
        (
            "rgb.png",
            png(with_colours(&light, [240, 230, 200], [20, 30, 90])),
        ),
        (
            "yellow.png",
            png(with_colours(&light, [255; 3], [250, 220, 0])),
        ),
        ("pale.png", png(with_colours(&light, [200; 3], [180; 3]))),
        ("black-on-nothing.png", png(on_nothing(0))),
        ("white-on-nothing.png", png(on_nothing(255))),
        ("light.jpg", encoded(light.clone(), ImageFormat::Jpeg)),
        (
            "dark.JPEG",
            encoded(inverted(light.clone()), ImageFormat::Jpeg),
        ),
        ("named-otherwise.dat", png(digit(&two, 0))),
    ];
    for (name, content) in forms {
        trained.write(name, content);
        let lines = predict(&trained, &[name]);
        assert_eq!(lines[0], ["file", "prediction", "confidence"]);
        assert_eq!(lines.len(), 2, "{name}");
        assert_eq!(lines[1][..2], [name, rows[1][0].as_str()]);
        let confidence = |line: &[String]| line[line.len() - 1].parse::<f64>().unwrap();
        let difference = (confidence(&lines[1]) - confidence(&rows[1])).abs();
        assert!(difference < 0.2, "{name}: {lines:?}, as a row {rows:?}");
    }
}

#[test]
fn a_photo_is_turned_as_its_camera_was() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let (two, rows) = two_digits(&trained);
    let turned = DynamicImage::from(inverted(placed(&digit(&two, 0), 2.5, [0.5, 0.5]))).rotate270();
    let mut content = Vec::new();
    let mut encoder = JpegEncoder::new(&mut content);
    // TIFF, little endian, one entry: orientation 6, to be turned by 90° clockwise.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    let bytes = turned.to_luma8();
    encoder
        .write_image(&bytes, 112, 112, image::ExtendedColorType::L8)
        .unwrap();
    trained.write("photo.jpg", content);
    assert_eq!(predict(&trained, &["photo.jpg"])[1][1], rows[1][0]);
}

#[test]
fn files_folders_and_rows_are_told_apart() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let (two, rows) = two_digits(&trained);
    fs::create_dir(trained.path("scans")).unwrap();
    for (name, row) in [("b.png", 0), ("a, or not.JPG", 1)] {
        let image = placed(&digit(&two, row), 1.5, [0.1, 0.9]);
        let format = ImageFormat::from_path(name).unwrap();
        trained.write(&format!("scans/{name}"), encoded(image, format));
    }
    trained.write("scans/notes.txt", "not an image");
    trained.write("scans/.hidden.png", "not an image");
    let scans = [
        ["scans/a, or not.JPG", rows[2][0].as_str()],
        ["scans/b.png", rows[1][0].as_str()],
    ];
    let named = |lines: &[Vec<String>]| -> Vec<[String; 2]> {
        let pair = |line: &Vec<String>| [line[0].clone(), line[1].clone()];
        lines[1..].iter().map(pair).collect()
    };
    assert_eq!(named(&predict(&trained, &["scans"])), scans);
    fs::create_dir(trained.path("scans/older.png")).unwrap();
    let ran = trained.call(&["predict", "artifacts", "scans"]).success();
    assert!(
        ran.stderr.contains("left out: 1 other file, 1 folder"),
        "{}",
        ran.stderr
    );
    let ran = trained.call(&["predict", "artifacts", "scans", "--quiet"]);
    assert_eq!(ran.success().stderr, "");

    let lines = predict(
        &trained,
        &["two.csv", "scans/b.png", "scans", "--probabilities"],
    );
    assert_eq!(lines[0][..4], ["file", "prediction", "confidence", "p_0"]);
    let from_rows = [1, 2].map(|row| ["two.csv", rows[row][0].as_str()]);
    let expected = [&from_rows[..], &scans[1..], &scans[..]].concat();
    assert_eq!(named(&lines), expected);
    assert_eq!(lines[1][1..3], rows[1][..], "rows as they are alone");

    fs::create_dir(trained.path("empty")).unwrap();
    let own = ["predict", "artifacts", "scans", "-o", "scans/b.png"];
    trained.call(&own).assert_error(2, &["their own input"]);
    let empty = trained.call(&["predict", "artifacts", "empty"]);
    empty.assert_error(4, &["empty: there is no image", ".png"]);
}

#[test]
fn the_ink_is_found_or_given() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let (two, rows) = two_digits(&trained);
    // A white sticker next to dark ink on grey: only the user knows which is meant.
    let mut image = inverted(placed(&digit(&two, 0), 1.0, [0.2, 0.2]));
    for pixel in image.pixels_mut() {
        pixel.0[0] = pixel.0[0] / 4 + 90;
    }
    for (x, y) in (60..100).flat_map(|x| (60..100).map(move |y| (x, y))) {
        image.get_pixel_mut(x, y).0[0] = 255;
    }
    trained.write("sticker.png", png(image));
    let dark = predict(&trained, &["sticker.png", "--ink", "dark"]);
    assert_eq!(dark[1][1], rows[1][0]);
    let detected = trained.call(&["predict", "artifacts", "sticker.png", "--ink=auto"]);
    let light = trained.call(&["predict", "artifacts", "sticker.png", "--ink=light"]);
    assert_eq!(detected.stdout, light.stdout, "the sticker stands out more");

    trained.write("light.png", png(placed(&digit(&two, 0), 1.0, [0.2, 0.2])));
    let none = trained.call(&["predict", "artifacts", "light.png", "--ink", "dark"]);
    none.assert_error(4, &["light.png: there is no dark ink", "say the other"]);
    let unknown = trained.call(&["predict", "artifacts", "light.png", "--ink", "red"]);
    unknown.assert_error(2, &["dark, light or auto"]);
}

#[test]
fn what_the_network_sees_is_drawn_on_request() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let (two, _) = two_digits(&trained);
    trained.write("digit.png", png(digit(&two, 0)));
    for (input, columns, heading) in [
        ("digit.png", 1, "digit.png"),
        ("two.csv", 0, "two.csv, row 0"),
    ] {
        let plain = trained.result_of(&["predict", "artifacts", input]);
        let shown = trained.call(&["predict", "artifacts", input, "--show"]);
        assert_eq!(shown.stdout, plain, "{input}");
        let lines: Vec<&str> = shown.stderr.lines().collect();
        let digits = plain.lines().count() - 1;
        assert_eq!(lines.len(), 15 * digits, "{}", shown.stderr);
        let class = &cells(&plain)[1][columns];
        assert!(
            lines[0].starts_with(&format!("{heading}: {class}, ")),
            "{}",
            lines[0]
        );
        let picture: Vec<String> = lines[1..15]
            .iter()
            .map(|line| line.chars().skip(1).take(28).collect())
            .collect();
        assert!(picture.iter().all(|line| line.chars().count() == 28));
        let inked = picture.concat().chars().filter(|&c| c != ' ').count();
        assert!((20..200).contains(&inked), "{}", shown.stderr);
        assert!(shown.stderr.contains(" %  █"), "{}", shown.stderr);
        assert!(!shown.stderr.contains('\x1b'));
    }
}

/// What comes of an input with this content.
fn refused(trained: &TrainedRun, name: &str, content: &[u8]) -> Ran {
    trained.write(name, content);
    let outcome = trained.call(&["predict", "artifacts", name]);
    assert_eq!(outcome.stdout, "", "{name}");
    outcome
}

#[test]
fn what_is_no_good_image_is_refused() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    let (two, _) = two_digits(&trained);
    let image = placed(&digit(&two, 0), 2.0, [0.5, 0.5]);
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let whole = encoded(image.clone(), format);
        for share in [0.1, 0.5, 0.9] {
            let cut = (whole.len() as f64 * share) as usize;
            refused(&trained, "cut", &whole[..cut])
                .assert_error(4, &["cut: the image cannot be read"]);
        }
        let mut noise = whole.clone();
        let middle = noise.len() / 2;
        for byte in &mut noise[middle..middle + 40] {
            *byte ^= 0x5a;
        }
        trained.write("noise", noise);
        let outcome = trained.call(&["predict", "artifacts", "noise"]);
        assert!(matches!(outcome.code, Some(0 | 4)), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    }
    for (width, height) in [(0, 0), (0, 5)] {
        refused(&trained, "empty.png", &png_header(width, height)).assert_error(4, &["empty.png"]);
    }
    for side in [20_000, i32::MAX.unsigned_abs()] {
        let bomb = refused(&trained, "bomb.png", &png_header(side, side));
        let size = format!("{side}×{side}");
        bomb.assert_error(4, &["bomb.png", &size, "scale it down"]);
    }
    for blank in [GrayImage::new(50, 50), inverted(GrayImage::new(1, 1))] {
        refused(&trained, "blank.png", &png(blank))
            .assert_error(4, &["blank.png: the image is blank"]);
    }
    for (content, format) in [
        (&b"GIF89a\x01\0\x01\0"[..], "GIF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
    ] {
        refused(&trained, "other", content)
            .assert_error(4, &["other", format, "save the image as PNG"]);
    }
    let piped = trained.call_with_input(&["predict", "artifacts", "-"], &png(image));
    piped.assert_error(4, &["PNG", "instead of `-`"]);
}

#[test]
fn all_images_that_cannot_be_used_are_named_at_once() {
    let trained = TrainedRun::on_digits("[\"digits\"]");
    fs::create_dir(trained.path("scans")).unwrap();
    let good = png(placed(&digit(&digits(1, 1), 0), 1.5, [0.5, 0.5]));
    trained.write("scans/a.png", png(GrayImage::new(50, 50)));
    trained.write("scans/b.png", &good);
    trained.write("scans/c.png", &good[..good.len() / 2]);
    let both = trained.call(&["predict", "artifacts", "scans", "-o", "out.csv"]);
    both.assert_error(
        4,
        &[
            "scans/a.png: the image is blank",
            "also scans/c.png: the image cannot be read",
        ],
    );
    assert!(!both.stderr.contains("b.png"), "{}", both.stderr);
    assert!(!trained.path("out.csv").exists());

    trained.write("scans/d.png", "1,2,3\n");
    for input in ["scans", "scans/d.png"] {
        let none = trained.call(&["predict", "artifacts", input]);
        none.assert_error(4, &["scans/d.png: this is no image"]);
    }
}

#[test]
fn a_network_of_measurements_takes_no_images() {
    let trained = TrainedRun::on_a_table();
    trained.write(
        "digit.png",
        png(placed(&digit(&digits(1, 1), 0), 1.0, [0.5, 0.5])),
    );
    for arguments in [&["digit.png"][..], &["test.csv", "--show"]] {
        let outcome = trained.call(&[&["predict", "artifacts"], arguments].concat());
        outcome.assert_error(4, &["2 features are no pixels"]);
        assert_eq!(outcome.stdout, "");
    }
}
