//! Texts from a data file inside a message.

use std::path::PathBuf;

/// The first characters of a text from a file, on one line: line breaks and the like are escaped.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown = String::new();
    for character in text.chars().take(LONGEST) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// Names for a message; the middle of a long list is left out.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let quoted = |name: &String| format!("`{}`", shown(name));
    let joined = |names: &[String]| names.iter().map(quoted).collect::<Vec<_>>().join(", ");
    match names {
        [first @ .., last] if first.len() > SHOWN => {
            let left_out = first.len() - SHOWN;
            format!(
                "{}, … ({left_out} more) …, {}",
                joined(&first[..SHOWN]),
                quoted(last)
            )
        }
        names => joined(names),
    }
}

/// Where a file was looked for, as the end of a sentence.
pub(super) fn looked_for(tried: &[PathBuf]) -> String {
    match tried {
        [] => String::new(),
        tried => {
            let names: Vec<String> = tried
                .iter()
                .map(|path| format!("`{}`", path.display()))
                .collect();
            format!(": looked for {}", names.join(" and "))
        }
    }
}
