//! Values of a report with their places.

use super::number::Number;
use super::{Checked, Contradiction};
use serde_json::Value;
use zkmargin_model::shown::is_visible;
use zkmargin_params::{format_utc, parse_utc};

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

    pub(super) fn text(&self) -> Checked<&'a str> {
        self.value.as_str().map_or_else(|| self.wrong("is not text"), Ok)
    }

    /// Text that says something.
    pub(super) fn name(&self) -> Checked<&'a str> {
        let text = self.text()?;
        if text.is_empty() { self.wrong("is empty") } else { Ok(text) }
    }

    pub(super) fn text_or_null(&self) -> Checked<Option<&'a str>> {
        if self.value.is_null() { Ok(None) } else { self.text().map(Some) }
    }

    /// The digest of a file, as reports write it.
    pub(super) fn digest(&self) -> Checked<()> {
        let text = self.text()?;
        let is_hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if is_hex && text.len() == 64 {
            return Ok(());
        }
        self.wrong("is not 64 hexadecimal digits in lower case")
    }

    /// A time, as reports write it.
    pub(super) fn time(&self) -> Checked<()> {
        let text = self.text()?;
        let is_written_so = parse_utc(text).is_some_and(|time| format_utc(time) == text);
        if is_written_so { Ok(()) } else { self.wrong("is not a UTC time as reports have it") }
    }

    /// Refuses a character that does not show anywhere within, so that no text hides a part of itself.
    pub(super) fn shows(&self) -> Checked<()> {
        match self.value {
            Value::String(text) if !text.chars().all(is_visible) => {
                self.wrong("has a character that does not show")
            }
            Value::Array(_) => self.items()?.iter().try_for_each(Self::shows),
            Value::Object(members) => {
                members.keys().try_for_each(|name| self.member(name)?.shows())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn number(&self) -> Checked<Number> {
        let number = Number::parse(self.text()?);
        number.map_or_else(|| self.wrong("is not a decimal number in text"), Ok)
    }

    pub(super) fn number_or_null(&self) -> Checked<Option<Number>> {
        if self.value.is_null() { Ok(None) } else { self.number().map(Some) }
    }
}
