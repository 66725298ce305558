//! The C header, compiled without a warning and run.

use std::fs;
use std::io::Write as _;
use std::path::Path;
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
/// Standard C, and no warning.
const FLAGS: [&str; 6] = [
    "-std=c99",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pedantic",
    "-O2",
];

/// Compiles, in a folder, whatever `arguments` name, without a warning; false, said aloud, without a compiler.
fn cc(folder: &Path, arguments: &[&str]) -> bool {
    let command = Command::new("cc")
        .args(FLAGS)
        .args(arguments)
        .current_dir(folder)
        .output();
    let Ok(output) = command else {
        skipped("no C compiler; install cc to test the C export");
        return false;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    true
}

/// Compiles a program that includes headers of the folder to `program` there; false without a compiler.
pub fn compile(folder: &Path, program: &str) -> bool {
    fs::write(folder.join("program.c"), program).unwrap();
    cc(folder, &["program.c", "-o", "program", "-lm"])
}

/// Runs the program of a folder on such standard input; what it wrote.
pub fn run(folder: &Path, input: Vec<u8>) -> Vec<u8> {
    let mut child = Command::new(folder.join("program"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{}", output.status);
    output.stdout
}

/// The numbers that a program wrote, of 32 bits each.
pub fn floats(bytes: &[u8]) -> Vec<f32> {
    let numbers = bytes.as_chunks().0.iter().copied();
    numbers.map(f32::from_ne_bytes).collect()
}

pub fn probabilities(case: &Case) -> Option<Vec<f64>> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.h"), case.export(Format::C)).unwrap();
    let input = case.values();
    let input = input.iter().flat_map(|value| value.to_ne_bytes()).collect();
    compile(folder.path(), PROGRAM).then(|| {
        floats(&run(folder.path(), input))
            .into_iter()
            .map(f64::from)
            .collect()
    })
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
    let arguments = [
        "-shared",
        "-fPIC",
        "-DMLP_API=",
        "-x",
        "c",
        "model.h",
        "-o",
        "library",
        "-lm",
    ];
    if !cc(folder.path(), &arguments) {
        return;
    }
    let library = fs::read(folder.path().join("library")).unwrap();
    for name in [&b"\0mlp_predict\0"[..], b"\0mlp_class_name\0"] {
        assert!(library.windows(name.len()).any(|bytes| bytes == name));
    }
}

#[test]
fn classes_keep_their_names_in_c() {
    let case = &variants()[1];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.h"), case.export(Format::C)).unwrap();
    if !compile(folder.path(), PROGRAM) {
        return;
    }
    let program = folder.path().join("program");
    let output = Command::new(program).arg("names").output().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        case.trained.model.classes()
    );
}
