//! Text that an editor or a shell wrote in an encoding other than UTF-8, or with a mark before it.

/// What is wrong with the encoding of text, judged by its first bytes: a byte order mark, or UTF-16
/// without one. Says what to do.
pub fn wrong_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => {
            Some("begins with a byte order mark; save the file as UTF-8 without one")
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Some("is UTF-16 or UTF-32 text; save the file as UTF-8")
        }
        // ASCII in UTF-16 without a mark: no text begins with a zero byte or has one second.
        [0, b'\t'..=b'~', 0, b'\t'..=b'~', ..] | [b'\t'..=b'~', 0, b'\t'..=b'~', 0, ..] => {
            Some("is UTF-16 text; save the file as UTF-8")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_marks_and_utf_16() {
        assert!(wrong_encoding("\u{feff}{}".as_bytes()).is_some_and(|m| m.contains("order mark")));
        for text in ["\u{feff}{\"a\"", "{\"a\""] {
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            for bytes in [little, big] {
                assert!(wrong_encoding(&bytes).is_some_and(|m| m.contains("UTF-16")));
            }
        }
        for right in [&b"{}"[..], b"", b"zkm1\0\0", "é".as_bytes()] {
            assert_eq!(wrong_encoding(right), None);
        }
    }
}
