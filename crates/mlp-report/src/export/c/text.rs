//! Names, texts and numbers as C has them.

use std::str::FromStr;

use mlp_data::Schema;

/// Bytes of a string literal that every C99 compiler takes, without the zero at its end.
const MAX_LITERAL: usize = 4095;
/// Numbers per line.
const NUMBERS_PER_LINE: usize = 8;
/// Names in small letters that a member of a struct cannot have, or that headers and compilers define as something else.
const RESERVED: &str = "alignas alignof and and_eq asm assert atomic auto bitand bitor bool break case catch char class \
    compl complex const constexpr const_cast continue decltype default delete do double dynamic_cast else enum errno \
    explicit export extern false far float for friend goto hyper i386 if imaginary inline int interface linux long \
    mutable namespace near new noexcept noreturn not not_eq nullptr operator or or_eq private protected public register \
    reinterpret_cast requires restrict return short signed sizeof small static static_assert static_cast stderr stdin \
    stdout struct sun switch template this thread_local throw true try typedef typeid typename typeof union unix \
    unsigned using vax virtual void volatile wchar_t while xor xor_eq";

/// What the names of a header begin with, so that one program can have several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Default for Prefix {
    fn default() -> Self {
        Self("mlp".to_owned())
    }
}

impl FromStr for Prefix {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_identifier = text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_identifier {
            Ok(Self(text.to_owned()))
        } else {
            Err(
                "names in C begin with one of the letters a to z, and consist of these, digits and _"
                    .to_owned(),
            )
        }
    }
}

impl Prefix {
    /// Returns what functions and types begin with: `mlp`.
    #[must_use]
    pub fn lower(&self) -> &str {
        &self.0
    }

    /// Returns what macros begin with: `MLP`.
    #[must_use]
    pub fn upper(&self) -> String {
        self.0.to_ascii_uppercase()
    }
}

/// Returns a name for a member of a struct for each column: that of the column, as far as C takes it, in small letters,
/// because names in capitals may be macros.
pub fn members(schema: &Schema) -> Vec<String> {
    let mut members: Vec<String> = Vec::new();
    let mut taken = std::collections::HashSet::new();
    for column in &schema.columns {
        let is_plain = |c: char| c.is_ascii_alphanumeric();
        let letters = column.name.chars();
        let letters = letters.map(|c| {
            if is_plain(c) {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        });
        let name: String = letters.collect();
        let trimmed = name.trim_matches('_');
        let mut name = match trimmed.chars().next() {
            Some('a'..='z') => trimmed.to_owned(),
            Some(_) => format!("column_{trimmed}"),
            None => "column".to_owned(),
        };
        if RESERVED.split_ascii_whitespace().any(|word| word == name) {
            name.push('_');
        }
        let mut unique = name.clone();
        for number in 2.. {
            if taken.insert(unique.clone()) {
                break;
            }
            unique = format!("{name}_{number}");
        }
        members.push(unique);
    }
    members
}

/// Returns a string literal; bytes beyond ASCII become octal escapes, which have at most three digits.
pub fn literal(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            // A question mark could begin a trigraph.
            b'"' | b'\\' | b'?' => {
                quoted.push('\\');
                quoted.push(byte.into());
            }
            b' '..=b'~' => quoted.push(byte.into()),
            other => quoted += &format!("\\{other:03o}"),
        }
    }
    quoted + "\""
}

/// Returns the definition of an array of texts; those that are too long for a literal are arrays of their own before it.
pub fn texts(name: &str, texts: &[&str]) -> String {
    let (mut before, mut lines) = (String::new(), String::new());
    for (number, text) in texts.iter().enumerate() {
        if text.len() <= MAX_LITERAL {
            lines += &format!("    {},\n", literal(text));
            continue;
        }
        let bytes = text.bytes().enumerate().map(|(at, byte)| {
            let line = if at % NUMBERS_PER_LINE == 0 {
                "\n    "
            } else {
                ""
            };
            format!("{line}'\\{byte:03o}',")
        });
        let bytes: String = bytes.collect();
        before += &format!("static const char {name}_{number}[] = {{{bytes}\n    '\\0'\n}};\n");
        lines += &format!("    {name}_{number},\n");
    }
    let count = texts.len();
    format!("{before}static const char *const {name}[{count}] = {{\n{lines}}};\n")
}

/// Returns the definition of an array of constants, which are in C already.
pub fn array(kind: &str, name: &str, values: impl ExactSizeIterator<Item = String>) -> String {
    let count = values.len();
    let mut lines = String::new();
    for (index, value) in values.enumerate() {
        let before = if index % NUMBERS_PER_LINE == 0 {
            "\n    "
        } else {
            ""
        };
        lines += &format!("{before}{value},");
    }
    format!("static const {kind} {name}[{count}] = {{{lines}\n}};\n\n")
}

/// Returns a number with the fewest digits that parse to the same float.
pub fn float(value: f32) -> String {
    format!("{value:e}f")
}

/// Returns a number with the fewest digits that parse to the same double.
pub fn double(value: f64) -> String {
    format!("{value:e}")
}

/// Returns text for a comment, without characters that could end or continue the comment.
pub fn comment(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " ()_-–.,:;=+'%".contains(c);
    text.chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_for_c() {
        assert_eq!(
            literal("a \"b\"\\ ??= é\n1"),
            r#""a \"b\"\\ \?\?= \303\251\0121""#
        );
        assert_eq!(comment("a */ b /* c ??/\\\n d"), "a __ b __ c _____ d");
        assert_eq!(comment("a\u{202e}b"), "a_b");
    }

    #[test]
    fn members_are_names_of_their_own_in_c() {
        let names = [
            "Age",
            "age",
            "int",
            "2nd",
            "",
            "Größe (m)",
            "NULL",
            "_x",
            "x",
        ];
        let schema = Schema::of_numbers(names.map(str::to_owned).to_vec(), Vec::new());
        let expected = [
            "age",
            "age_2",
            "int_",
            "column_2nd",
            "column",
            "gr__e__m",
            "null",
            "x",
            "x_2",
        ];
        assert_eq!(members(&schema), expected);
    }

    #[test]
    fn a_prefix_is_the_beginning_of_a_name() {
        for good in ["digits", "A1", "int", "a_b"] {
            assert_eq!(good.parse::<Prefix>().unwrap().lower(), good);
        }
        for wrong in ["", "1a", "_a", "a-b", "é", "a b"] {
            assert!(wrong.parse::<Prefix>().is_err(), "{wrong}");
        }
    }
}
