//! Strangers' text, made safe to display.
//!
//! A file, a file name or an argument can contain characters that move the cursor, clear the screen, reverse the order
//! of their neighbours or are invisible. Whatever is printed or written to a report goes through [`shown`]: such
//! characters come out as `\u{202e}`, so that no text begins a line, hides a part of itself or passes for another text.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::borrow::Cow;
use std::fmt::Write;

/// Maximum number of marks shown on one letter; more of them reach into other lines (UTS 39, 5.4).
pub const MOST_MARKS: usize = 4;

/// Blank characters that Unicode counts among symbols and marks: an empty Braille cell, a note without a head, a filler
/// of Khitan text.
const BLANK: [char; 3] = ['\u{2800}', '\u{1d159}', '\u{16fe4}'];

/// Whether a character combines with the one before it.
pub fn is_mark(c: char) -> bool {
    use GeneralCategory as G;
    !c.is_ascii()
        && matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            G::NonspacingMark | G::EnclosingMark | G::SpacingMark
        )
}

/// Whether a character is visible and does not affect its neighbours. Of white space, only the ordinary space counts;
/// control, format, private and unassigned characters, variation selectors, tags and fillers do not.
pub fn is_visible(c: char) -> bool {
    use GeneralCategory as G;
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        && !BLANK.contains(&c)
        && !matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            G::Control
                | G::Format
                | G::Surrogate
                | G::PrivateUse
                | G::Unassigned
                | G::SpaceSeparator
                | G::LineSeparator
                | G::ParagraphSeparator
        )
}

/// The text on one line, with everything invisible escaped. Applying it again changes nothing.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    // A mark at the beginning would sit on what stands before the text.
    let mut marks = MOST_MARKS;
    for c in text.chars() {
        let mark = is_mark(c);
        if is_visible(c) && !(mark && marks >= MOST_MARKS) {
            marks = if mark { marks + 1 } else { 0 };
            out.push(c);
        } else {
            push_escaped(&mut out, c);
        }
    }
    Cow::Owned(out)
}

fn push_escaped(out: &mut String, c: char) {
    // Writing to a string does not fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
}

/// A path as [`shown`].
pub fn shown_path(path: &std::path::Path) -> String {
    shown(&path.to_string_lossy()).into_owned()
}

/// The text in quotes, for messages: as [`shown`], and quotes within it escaped.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text).replace('"', "\\u{22}"))
}

/// At most 200 characters of a text that may be long, with dots in place of the rest.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// JSON text with the same values, in which invisible characters are written as `\u202e`.
///
/// Outside its strings JSON is ASCII, and within them line breaks are already escaped.
pub fn shown_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || is_visible(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_show_is_escaped() {
        for (text, expected) in [
            ("\u{1b}[2J\u{1b}[HVALID\r\n", "\\u{1b}[2J\\u{1b}[HVALID\\u{d}\\u{a}"),
            ("a\tb\u{7f}\u{9b}2J", "a\\u{9}b\\u{7f}\\u{9b}2J"),
            ("\u{202e}TDSU\u{2066}", "\\u{202e}TDSU\\u{2066}"),
            ("a\u{200b}b\u{ad}c\u{fe0f}", "a\\u{200b}b\\u{ad}c\\u{fe0f}"),
            ("\u{3164}\u{115f}\u{2800}\u{e0041}", "\\u{3164}\\u{115f}\\u{2800}\\u{e0041}"),
            ("a\u{a0}b\u{3000}c\u{2028}d", "a\\u{a0}b\\u{3000}c\\u{2028}d"),
            ("\u{e000}\u{ffff}\u{378}", "\\u{e000}\\u{ffff}\\u{378}"),
            ("\u{301}a\u{301}", "\\u{301}a\u{301}"),
            ("Büro 42 币安人生 \\u{202e} \"é\"", "Büro 42 币安人生 \\u{202e} \"é\""),
        ] {
            assert_eq!(shown(text), expected);
            assert_eq!(shown(expected), expected);
        }
        assert_eq!(shown(&format!("a{}", "\u{308}".repeat(6))).matches('\\').count(), 2);
        assert_eq!(quoted("a\"\n"), "\"a\\u{22}\\u{a}\"");
    }

    #[test]
    fn json_keeps_its_values() {
        let value = serde_json::json!({ "a\u{202e}\u{1b}": ["\u{7f}\u{e0041}\n", "é", "\u{9b}"] });
        let text = shown_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.contains("\\u202e\\u001b") && text.contains("\\udb40\\udc41"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || is_visible(c)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
