//! Charts and pages of runs: one binary, a file for each subject.

mod charts;
mod explanations;
mod snapshots;

use std::io::Cursor;
use std::path::Path;

use mlp_core::run::RunDirectory;
use mlp_report::report::RunContents;

/// Reads a small finished run, kept with the tests of the program: `digits` (pictures, 10 classes) or `plane` (two
/// features, 3 classes, no mistake on its test rows). Made by `mlp --config` on generated rows; of `digits` only the
/// best checkpoint and 90 of its training examples were kept.
fn kept_run(name: &str) -> RunContents {
    let path = Path::new("tests/fixtures/runs").join(name);
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let run = RunDirectory::find(&repository.join(&path)).unwrap();
    let mut contents = RunContents::read(&run).unwrap();
    contents.path = path; // it is on the page, which must not depend on where the repository is
    contents
}

/// Returns width, height, and red, green and blue of each pixel of a PNG.
fn decode(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    bytes.truncate(info.buffer_size());
    let samples = info.color_type.samples();
    let pixels = bytes
        .chunks(samples)
        .flat_map(|pixel| match samples {
            1 | 2 => [pixel[0]; 3],
            _ => [pixel[0], pixel[1], pixel[2]],
        })
        .collect();
    (info.width, info.height, pixels)
}
