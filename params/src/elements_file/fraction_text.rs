//! Fractions inside a JSON file.

use super::super::text::DecimalText;
use serde::{Deserialize, Serialize};

/// A decimal number, or a fraction `p/q` of two integers, as written in a file and not yet parsed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FractionText(DecimalText);

impl FractionText {
    /// Wraps text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(DecimalText::new(text))
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
