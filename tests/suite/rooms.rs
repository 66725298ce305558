//! The rooms of the library import only from rooms above them.

use std::fs;
use std::path::{Path, PathBuf};

/// From the top down. A room may import from those before it.
const ROOMS: [&str; 22] = [
    "error",
    "config",
    "random",
    "durable",
    "data",
    "augment",
    "metrics",
    "backend",
    "kernels",
    "model",
    "run",
    "inference",
    "evaluation",
    "gradcheck",
    "diagnosis",
    "training",
    "comparison",
    "reproduction",
    "report",
    "pages",
    "export",
    "serve",
];
/// Rooms of plain numbers.
const WITHOUT_BURN: [&str; 7] = [
    "error", "config", "random", "durable", "data", "augment", "metrics",
];
/// Most lines of a file.
const LONGEST: usize = 300;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every file below `src`, with its path relative to it.
fn files() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path.strip_prefix(source()).unwrap().to_owned(), text));
            }
        }
    }
    assert!(files.len() > 50);
    files
}

/// The room that a file belongs to; `None` for the program and `lib.rs`.
fn room(path: &Path) -> Option<usize> {
    let first = path.components().next()?.as_os_str().to_str()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    match name {
        "lib" | "main" | "cli" | "commands" | "panics" => None,
        _ => Some(
            ROOMS
                .iter()
                .position(|room| *room == name)
                .unwrap_or_else(|| panic!("src/{first} is not on the list of rooms")),
        ),
    }
}

/// Code without line comments; the rooms named in documentation are no imports.
fn code(text: &str) -> String {
    let lines = text.lines();
    lines
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The rooms that code names: `crate::x`, and each of `crate::{x::…, y::…}`.
fn named(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        let word = |text: &str| -> String {
            let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
            text.trim_start().chars().take_while(is_word).collect()
        };
        let Some(group) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let (mut depth, mut item) = (1, 0);
        for (index, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && character == ',') {
                names.push(word(&group[item..index]));
                item = index + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn the_scan_sees_imports_of_every_form() {
    let code = code(
        "use crate::run::{A, B};\nuse crate::{\n  data::{self, X},\n  model, error::E,\n};\nlet x = crate::config::f(); // crate::serve::y\n/// [`crate::report`]",
    );
    assert_eq!(named(&code), ["run", "data", "model", "error", "config"]);
}

#[test]
fn imports_run_upwards() {
    let mut wrong = Vec::new();
    for (path, text) in files() {
        let Some(room) = room(&path) else { continue };
        for name in named(&code(&text)) {
            // Names at the top of the crate that are no rooms, such as BURN_VERSION, are free.
            if let Some(other) = ROOMS.iter().position(|room| *room == name)
                && other > room
            {
                wrong.push(format!(
                    "src/{}: {} imports {name}",
                    path.display(),
                    ROOMS[room]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_library_knows_nothing_of_the_program() {
    for (path, text) in files() {
        if room(&path).is_some() {
            let code = code(&text);
            for word in [
                "clap::",
                "anyhow::",
                "indicatif::",
                "crate::commands",
                "crate::cli",
            ] {
                assert!(!code.contains(word), "src/{}: {word}", path.display());
            }
        }
    }
}

#[test]
fn rooms_of_plain_numbers_know_nothing_of_burn() {
    for (path, text) in files() {
        let Some(room) = room(&path) else { continue };
        if WITHOUT_BURN.contains(&ROOMS[room]) {
            assert!(!code(&text).contains("burn::"), "src/{}", path.display());
        }
    }
}

#[test]
fn features_are_known_to_the_backend_room_only() {
    let mut users = Vec::new();
    for (path, text) in files() {
        let code = code(&text);
        if code.contains("cfg(feature")
            || code.contains("cfg!(feature")
            || code.contains("cfg(not(any(feature")
        {
            users.push(path);
        }
    }
    assert_eq!(users, [Path::new("backend.rs")]);
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    for (path, text) in files() {
        let lines = text.lines().count();
        // A command's file also holds its arguments and what it prints.
        if lines > LONGEST {
            long.push(format!("src/{} has {lines} lines", path.display()));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}
