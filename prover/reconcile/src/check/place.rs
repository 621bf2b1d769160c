//! Values of a report with their places.

use super::number::Number;
use super::{Checked, Contradiction};
use serde_json::Value;
use zkmargin_model::shown::shown;

/// A value with its place.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
}

impl<'a> At<'a> {
    pub(super) fn wrong<T>(&self, message: impl Into<String>) -> Checked<T> {
        Err(Contradiction { pointer: self.pointer.clone(), message: message.into() })
    }

    pub(super) fn member(&self, name: &str) -> Checked<Self> {
        let pointer = format!("{}/{name}", self.pointer);
        match self.value.get(name) {
            Some(value) => Ok(Self { value, pointer }),
            None => Err(Contradiction { pointer, message: "is missing".to_owned() }),
        }
    }

    /// Refuses a member that is none of these: whoever reads on would take it for a part of what was checked.
    pub(super) fn only(&self, names: &[&str]) -> Checked<()> {
        let Some(members) = self.value.as_object() else { return self.wrong("is not an object") };
        match members.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(Contradiction {
                pointer: format!("{}/{name}", self.pointer),
                message: "is a member that reports do not have".to_owned(),
            }),
            None => Ok(()),
        }
    }

    pub(super) fn items(&self) -> Checked<Vec<Self>> {
        let Some(items) = self.value.as_array() else { return self.wrong("is not a list") };
        let item = |(at, value)| Self { value, pointer: format!("{}/{at}", self.pointer) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// The items of a list that is not empty.
    pub(super) fn some_items(&self) -> Checked<Vec<Self>> {
        let items = self.items()?;
        if items.is_empty() { self.wrong("is empty: nothing was compared") } else { Ok(items) }
    }

    /// Text in which everything can be seen.
    pub(super) fn text(&self) -> Checked<&'a str> {
        let Some(text) = self.value.as_str() else { return self.wrong("is not text") };
        if shown(text) == text {
            return Ok(text);
        }
        self.wrong("has characters that are not shown")
    }

    /// A digest, in lower-case hexadecimal digits.
    pub(super) fn digest(&self) -> Checked<()> {
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        let text = self.text()?;
        if text.len() == 64 && text.bytes().all(is_digit) {
            return Ok(());
        }
        self.wrong("is not a digest of 64 hexadecimal digits")
    }

    pub(super) fn text_or_null(&self) -> Checked<Option<&'a str>> {
        if self.value.is_null() { Ok(None) } else { self.text().map(Some) }
    }

    pub(super) fn number(&self) -> Checked<Number> {
        let number = Number::parse(self.text()?);
        number.map_or_else(|| self.wrong("is not a decimal number in text"), Ok)
    }

    pub(super) fn number_or_null(&self) -> Checked<Option<Number>> {
        if self.value.is_null() { Ok(None) } else { self.number().map(Some) }
    }
}
