//! The C header, compiled without a warning and run.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use mlp::export::Format;

use super::{Case, images, skipped, variants};

/// Reads rows of raw floats, writes the probabilities of each and its class.
const PROGRAM: &str = r#"
#include <stdio.h>
#include "model.h"
int main(int count, char **arguments) {
    float input[MLP_FEATURES], probabilities[MLP_CLASSES];
    size_t i;
    if (count > 1) {
        for (i = 0; i < MLP_CLASSES; ++i) {
            puts(mlp_class_name((int)i));
        }
        return arguments[1] == NULL || mlp_class_name(-1) != NULL || mlp_class_name(MLP_CLASSES) != NULL;
    }
    while (fread(input, sizeof input, 1, stdin) == 1) {
        int best = mlp_predict(input, probabilities);
        for (i = 0; i < MLP_CLASSES; ++i) {
            if (probabilities[i] > probabilities[best]) {
                return 1;
            }
        }
        fwrite(probabilities, sizeof probabilities, 1, stdout);
    }
    return 0;
}
"#;
pub const FLAGS: [&str; 6] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pedantic",
    "-O2",
];

/// Compiles the header with a program around it; `None`, said aloud, without a compiler.
fn compiled(case: &Case) -> Option<(tempfile::TempDir, std::path::PathBuf)> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.h"), case.export(Format::C)).unwrap();
    fs::write(folder.path().join("program.c"), PROGRAM).unwrap();
    let program = folder.path().join("program");
    let output = Command::new("cc")
        .args(FLAGS)
        .args(["program.c", "-o", "program", "-lm"])
        .current_dir(folder.path())
        .output();
    let Ok(output) = output else {
        skipped("no C compiler; install cc to test the C export");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && said.is_empty(),
        "{}: {said}",
        case.what
    );
    Some((folder, program))
}

pub fn probabilities(case: &Case) -> Option<Vec<f64>> {
    let (_folder, program) = compiled(case)?;
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input: Vec<u8> = case
        .values()
        .iter()
        .flat_map(|value| value.to_ne_bytes())
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{}", case.what);
    let numbers = output.stdout.as_chunks().0.iter().copied();
    Some(
        numbers
            .map(|bytes| f64::from(f32::from_ne_bytes(bytes)))
            .collect(),
    )
}

#[test]
fn c_says_of_every_image_what_the_program_says() {
    if let Some(probabilities) = probabilities(images()) {
        images().assert_same("c", &probabilities);
    }
}

#[test]
fn every_activation_and_scaling_is_in_the_header() {
    for case in variants() {
        if let Some(probabilities) = probabilities(case) {
            case.assert_same("c", &probabilities);
        }
    }
}

#[test]
fn the_header_is_a_library_for_other_languages() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("model.h"),
        variants()[0].export(Format::C),
    )
    .unwrap();
    let output = Command::new("cc")
        .args(FLAGS)
        .args([
            "-shared",
            "-fPIC",
            "-DMLP_API=",
            "-x",
            "c",
            "model.h",
            "-o",
            "library",
            "-lm",
        ])
        .current_dir(folder.path())
        .output();
    let Ok(output) = output else {
        skipped("no C compiler; install cc to test the C export");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    let library = fs::read(folder.path().join("library")).unwrap();
    for name in [&b"\0mlp_predict\0"[..], b"\0mlp_class_name\0"] {
        assert!(library.windows(name.len()).any(|bytes| bytes == name));
    }
}

#[test]
fn classes_keep_their_names_in_c() {
    let case = &variants()[1];
    let Some((_folder, program)) = compiled(case) else {
        return;
    };
    let output = Command::new(program).arg("names").output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        case.trained.model.classes()
    );
}
