//! Where in JSON text the value of a JSON pointer is.

/// Byte offset of the value at `pointer` in valid JSON text; the deepest value that exists when
/// the whole pointer does not. `None` when the text is not JSON up to there.
pub fn locate(text: &[u8], pointer: &str) -> Option<usize> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.space();
    let mut found = cursor.at;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        if !cursor.enter(&token)? {
            break;
        }
        found = cursor.at;
    }
    (found < text.len()).then_some(found)
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Skips a string and returns its bytes without quotes, with escapes unprocessed.
    fn string(&mut self) -> Option<&[u8]> {
        let start = self.at + 1;
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at = start;
        loop {
            match self.peek()? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return self.text.get(start..self.at - 1);
                }
                _ => self.at += 1,
            }
        }
    }

    /// Skips a whole value; nesting is counted, so depth uses no stack.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            self.space();
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'[' | b'{' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b']' | b'}' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let before = self.at;
                    let ends = |b: u8| b.is_ascii_whitespace() || b",:]}[{\"".contains(&b);
                    while self.peek().is_some_and(|b| !ends(b)) {
                        self.at += 1;
                    }
                    if self.at == before {
                        return None;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Moves to the member or element `token` of the value here; false when there is none.
    fn enter(&mut self, token: &str) -> Option<bool> {
        let start = self.at;
        let close = match self.peek()? {
            b'{' => b'}',
            b'[' => b']',
            _ => return Some(false),
        };
        self.at += 1;
        let mut index = 0usize;
        loop {
            self.space();
            if self.peek()? == close {
                self.at = start;
                return Some(false);
            }
            let is_it = if close == b'}' {
                let is_it = self.string()? == token.as_bytes();
                self.space();
                if self.peek()? != b':' {
                    return None;
                }
                self.at += 1;
                self.space();
                is_it
            } else {
                token.parse() == Ok(index)
            };
            if is_it {
                return Some(true);
            }
            self.skip()?;
            self.space();
            if self.peek()? == b',' {
                self.at += 1;
            }
            index += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::locate;
    use proptest::prelude::*;

    #[test]
    fn finds_values() {
        let text = br#" {"a": [1, {"b/c": "x\"]"}, [2]], "d": null} "#;
        let at = |pointer| locate(text, pointer).map(|i| &text[i..i + 2]);
        assert_eq!(at(""), Some(&br#"{""#[..]));
        assert_eq!(at("/a"), Some(&b"[1"[..]));
        assert_eq!(at("/a/1/b~1c"), Some(&br#""x"#[..]));
        assert_eq!(at("/a/2/0"), Some(&b"2]"[..]));
        assert_eq!(at("/d"), Some(&b"nu"[..]));
        assert_eq!(at("/a/7"), at("/a"));
        assert_eq!(at("/x/y"), at(""));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}:,\"\\\\ a1]{0,40}", pointer in "(/[a-z0-9]{0,2}){0,4}") {
            if let Some(at) = locate(text.as_bytes(), &pointer) {
                prop_assert!(at < text.len());
            }
        }
    }
}
