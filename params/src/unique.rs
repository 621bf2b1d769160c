//! Keys repeated in a JSON object, at any depth. JSON readers differ in which of the two they use.

use super::error::TextPosition;
use super::pointer::escape;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// A key that its object contains twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatedKey {
    /// JSON pointer of the repeated member.
    pub pointer: String,
    /// Where the repetition ends.
    pub position: TextPosition,
}

impl fmt::Display for RepeatedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is given twice (line {}, column {}); keep one",
            self.pointer, self.position.line, self.position.column
        )
    }
}

/// The first key that repeats in JSON text. Also `None` for text that is not JSON, which is for its reader to report.
pub fn repeated_key(text: &[u8]) -> Option<RepeatedKey> {
    let mut walk = Walk { path: Vec::new(), repeated: false };
    let mut reader = serde_json::Deserializer::from_slice(text);
    let error = walk.deserialize(&mut reader).err().filter(|_| walk.repeated)?;
    let pointer = walk.path.iter().map(|key| format!("/{}", escape(key))).collect();
    let position = TextPosition { line: error.line(), column: error.column().max(1) };
    Some(RepeatedKey { pointer, position })
}

/// The path to the value that is being read.
struct Walk {
    path: Vec<String>,
    repeated: bool,
}

impl<'de> DeserializeSeed<'de> for &mut Walk {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Walk {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for at in 0usize.. {
            self.path.push(at.to_string());
            if list.next_element_seed(&mut *self)?.is_none() {
                self.path.pop();
                break;
            }
            self.path.pop();
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = object.next_key::<String>()? {
            self.path.push(key.clone());
            if !seen.insert(key) {
                self.repeated = true;
                return Err(A::Error::custom("a repeated key"));
            }
            object.next_value_seed(&mut *self)?;
            self.path.pop();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_at_any_depth() {
        let at = |text: &str| repeated_key(text.as_bytes()).map(|key| key.pointer);
        assert_eq!(at(r#"{"a": 1, "a": 2}"#).as_deref(), Some("/a"));
        assert_eq!(at(r#"{"a": 1, "\u0061": 2}"#).as_deref(), Some("/a"));
        assert_eq!(
            at(r#"[null, {"x/y": [{"b": {}, "c": 1.5, "b": 0}]}]"#).as_deref(),
            Some("/1/x~1y/0/b")
        );
        assert_eq!(at(r#"{"a": {"b": 1}, "c": {"b": 2}}"#), None);
        assert_eq!(at("{\"a\": 1,"), None);
        assert_eq!(at("{\"a\": 1, \"a\": 2").as_deref(), Some("/a"));
        let found = repeated_key(b"{\n \"a\": 1,\n \"a\": 2\n}").expect("repeated");
        assert_eq!(found.position.line, 3);
    }
}
