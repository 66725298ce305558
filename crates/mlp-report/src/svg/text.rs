//! Text within markup: escaping and its width.

/// Escapes text for HTML and SVG, for content and quoted attributes. Control characters, which XML cannot hold,
/// become the replacement character.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '\n' | '\t' => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Estimates the width of a text at a font size; on the wide side, because the reader's font is unknown.
#[must_use]
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|character| size * letter(character)).sum()
}

/// Returns the width of a character as a share of the font size.
fn letter(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.3,
        'f' | 't' | 'r' | '(' | ')' | '-' | '/' | '"' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '—' => 0.92,
        'A'..='Z' => 0.68,
        other if other as u32 >= 0x2e80 => 1.0,
        _ => 0.59,
    }
}

/// Returns the text, or its beginning and an ellipsis if it is wider than `room`.
#[must_use]
pub fn shortened(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if width(&kept, size) + size > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_text_is_escaped() {
        assert_eq!(
            escape("<b>\"x\"</b> & 'y'\u{1}\n"),
            "&lt;b&gt;&quot;x&quot;&lt;/b&gt; &amp; &#39;y&#39;\u{fffd} "
        );
    }

    #[test]
    fn long_texts_are_shortened() {
        assert_eq!(shortened("short", 10.0, 100.0), "short");
        let cut = shortened(&"long name ".repeat(20), 10.0, 80.0);
        assert!(
            cut.ends_with('…') && width(&cut, 10.0) <= 80.0 && cut.len() > 8,
            "{cut}"
        );
    }
}
