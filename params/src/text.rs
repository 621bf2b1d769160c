//! Decimal text inside a JSON file.

use serde::{Deserialize, Deserializer, Serialize, de};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The start of an error message about a JSON number where decimal text belongs.
pub(super) const NUMBER_NOT_STRING: &str = "a JSON number; ";

/// A decimal number as written in a file, not yet parsed. Wiped when dropped, because accounts
/// are made of these.
#[derive(Clone, PartialEq, Eq, Serialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct DecimalText(String);

impl DecimalText {
    /// Wraps text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for DecimalText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DecimalText(..)")
    }
}

struct DecimalVisitor;

fn write_in_quotes<E: de::Error>(number: impl std::fmt::Display) -> E {
    E::custom(format_args!("{NUMBER_NOT_STRING}write \"{number}\" in quotes"))
}

impl de::Visitor<'_> for DecimalVisitor {
    type Value = DecimalText;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a decimal number in quotes, such as \"12.50\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DecimalText, E> {
        Ok(DecimalText(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<DecimalText, E> {
        Ok(DecimalText(text))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<DecimalText, E> {
        Err(write_in_quotes(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<DecimalText, E> {
        Err(write_in_quotes(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<DecimalText, E> {
        Err(write_in_quotes(number))
    }
}

impl<'de> Deserialize<'de> for DecimalText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecimalVisitor)
    }
}
