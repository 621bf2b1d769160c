//! What was scanned, in machine-readable form.

use crate::portfolio::scan::{Scanned, Scans};
use crate::portfolio::stays::Stays;
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};

/// Digits after the point of a distance in percent.
const PERCENT_DECIMALS: u32 = 4;

/// `100 * (price - from) / from`, cut toward zero to four digits; `from` is above zero.
pub fn percent(price: &Decimal, from: &Decimal) -> String {
    let scale = price.scale().max(from.scale());
    let of = |d: &Decimal| d.coefficient() * power_of_ten(scale - d.scale());
    let (price, from) = (of(price), of(from));
    let moved: BigInt = (price - &from) * power_of_ten(PERCENT_DECIMALS + 2) / from;
    format_scaled(&moved, PERCENT_DECIMALS)
}

impl Scanned {
    /// Stable name.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Crossed => "crossed",
            Self::At { .. } => "at",
            Self::NotWithin { .. } => "none-within",
            Self::Ends { .. } => "undefined",
        }
    }

    /// The price that was found, where there is one.
    pub fn price(&self) -> Option<&Decimal> {
        match self {
            Self::At { price, .. } | Self::Ends { price, .. } => Some(price),
            Self::Crossed | Self::NotWithin { .. } => None,
        }
    }

    /// The last price at which the claim was found to be met.
    pub fn met(&self) -> Option<&Decimal> {
        match self {
            Self::At { met, .. } => Some(met),
            Self::NotWithin { last } => Some(last),
            Self::Crossed | Self::Ends { .. } => None,
        }
    }

    fn json(&self, from: &Decimal) -> Value {
        let why = if let Self::Ends { why, .. } = self { Some(why) } else { None };
        json!({
            "status": self.status(),
            "price": self.price().map(Decimal::to_string),
            "met": self.met().map(Decimal::to_string),
            "percent": self.price().map(|price| percent(price, from)),
            "why": why,
        })
    }
}

/// One underlying, with prices and percents as decimal text.
pub fn scans_json(of: &Scans) -> Value {
    json!({
        "underlying": of.name,
        "price": of.price.to_string(),
        "step": of.step.to_string(),
        "steps": of.steps,
        "falling": of.falling.json(&of.price),
        "rising": of.rising.json(&of.price),
    })
}

/// One holding whose price stays.
pub fn stays_json(of: &Stays) -> Value {
    json!({ "name": of.name, "code": of.why.code(), "why": of.why.to_string() })
}
