//! Dotted paths of keys, as in `optimizer.learning_rate`. A name that is not a bare key of TOML is quoted:
//! `data.columns."Sepal.Length"`.

use toml::de::DeValue;

/// Returns `parent.name`, or `name` at the top level.
pub(super) fn join(parent: &str, name: &str) -> String {
    let name = quoted(name);
    if parent.is_empty() {
        name
    } else {
        format!("{parent}.{name}")
    }
}

/// Splits a path into that of the table and the last name, as it is written.
pub(super) fn split(path: &str) -> (&str, &str) {
    let (mut table, mut rest) = ("", path);
    while let Some(end) = end_of_first(rest) {
        table = &path[..path.len() - rest.len() + end];
        rest = &rest[end + 1..];
    }
    (table, rest)
}

/// Returns the names of a path without their quotes; none for the empty path.
pub(super) fn segments(path: &str) -> impl Iterator<Item = String> {
    let mut rest = (!path.is_empty()).then_some(path);
    std::iter::from_fn(move || {
        let path = rest?;
        let end = end_of_first(path);
        rest = end.map(|end| &path[end + 1..]);
        Some(unquoted(&path[..end.unwrap_or(path.len())]))
    })
}

/// Splits `section.key=value` at the first `=` outside of quotes.
pub(super) fn split_assignment(text: &str) -> Option<(&str, &str)> {
    let equals = find_unquoted(text, '=')?;
    Some((&text[..equals], &text[equals + 1..]))
}

/// Writes a name as a key of TOML.
pub(super) fn quoted(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !name.is_empty() && name.chars().all(is_bare) {
        return name.to_owned();
    }
    let mut text = String::from('"');
    for character in name.chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            control if control.is_control() => {
                text += &format!("\\U{:08X}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
    text
}

/// Reads a name with or without quotes; one whose quotes are not closed is taken literally.
fn unquoted(name: &str) -> String {
    if name.starts_with(['"', '\''])
        && let Ok(value) = DeValue::parse(name)
        && let DeValue::String(text) = value.get_ref()
    {
        return text.clone().into_owned();
    }
    name.to_owned()
}

/// Returns the position of the dot behind the first name.
fn end_of_first(path: &str) -> Option<usize> {
    find_unquoted(path, '.')
}

fn find_unquoted(text: &str, wanted: char) -> Option<usize> {
    let (mut quote, mut is_escaped) = (None, false);
    for (at, character) in text.char_indices() {
        match quote {
            _ if is_escaped => is_escaped = false,
            Some('"') if character == '\\' => is_escaped = true,
            Some(open) if character == open => quote = None,
            None if character == wanted => return Some(at),
            // An apostrophe within a word is no quote.
            None if matches!(character, '"' | '\'') && starts_name(&text[..at]) => {
                quote = Some(character);
            }
            _ => {}
        }
    }
    None
}

/// Whether a name begins behind this text.
fn starts_name(before: &str) -> bool {
    before.trim_end().is_empty() || before.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_with_dots_are_quoted() {
        let path = join("data.columns", "Sepal.Length");
        assert_eq!(path, "data.columns.\"Sepal.Length\"");
        assert_eq!(split(&path), ("data.columns", "\"Sepal.Length\""));
        let names: Vec<_> = segments("data.columns.'a.b'.kind").collect();
        assert_eq!(names, ["data", "columns", "a.b", "kind"]);
        assert_eq!(split("seed"), ("", "seed"));
        assert_eq!(split_assignment("a.\"x=y\"=1"), Some(("a.\"x=y\"", "1")));
        assert_eq!(split_assignment("a.o'clock=1"), Some(("a.o'clock", "1")));
    }

    proptest! {
        #[test]
        fn a_path_is_its_names(names in prop::collection::vec("\\PC{0,6}|[a-z.\"'\\\\= \n]{1,6}", 1..4)) {
            let path = names.iter().fold(String::new(), |parent, name| join(&parent, name));
            prop_assert_eq!(segments(&path).collect::<Vec<_>>(), names.clone());
            let (table, last) = split(&path);
            prop_assert_eq!(segments(last).collect::<Vec<_>>(), &names[names.len() - 1..]);
            prop_assert_eq!(segments(table).collect::<Vec<_>>(), &names[..names.len() - 1]);
        }
    }
}
