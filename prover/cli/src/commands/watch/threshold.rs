//! Thresholds, and when a figure crosses one.

use super::Watch;
use super::figures::{PERCENT_DECIMALS, Prices, RATIO_DECIMALS, Reading};
use crate::failure::{Failure, Result};
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// What a threshold is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Ratio,
    Buffer,
    Distance,
}

impl Of {
    fn name(self) -> &'static str {
        match self {
            Of::Ratio => "ratio",
            Of::Buffer => "buffer",
            Of::Distance => "distance",
        }
    }
}

/// Where a figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// At the bound, too.
    Above,
    Below,
    /// Nobody knows: neither an alarm nor an all-clear of the figure, and one of its own.
    Unknown,
}

/// A bound, and on which side of it the figure was last.
pub struct Threshold {
    of: Of,
    bound: Decimal,
    side: Side,
}

/// A figure that went to the other side of a bound, or is known no more.
pub struct Crossing {
    pub of: &'static str,
    pub bound: String,
    side: Side,
}

impl Crossing {
    pub fn json(&self) -> Value {
        json!({ "threshold": self.of, "bound": self.bound, "to": self.side() })
    }

    /// `below`, `above` or `unknown`; at the bound is above.
    pub fn side(&self) -> &'static str {
        match self.side {
            Side::Above => "above",
            Side::Below => "below",
            Side::Unknown => "unknown",
        }
    }
}

/// Whether `units` of `10^-decimals * 2^-bits` are below the bound.
fn is_below(units: &BigInt, decimals: u32, bits: u32, bound: &Decimal) -> bool {
    let bound_units = (bound.coefficient() * power_of_ten(decimals)) << bits;
    units * power_of_ten(bound.scale()) < bound_units
}

impl Threshold {
    fn is_below(&self, reading: &Reading) -> Option<bool> {
        let bound = &self.bound;
        // Without a requirement or a liquidation price there is nothing to be near to. Debts without a requirement are below
        // every ratio, and where prices were not computed nobody knows.
        Some(match self.of {
            Of::Ratio => {
                let ratio = reading.ratio();
                reading.owes() || ratio.is_some_and(|r| is_below(&r, RATIO_DECIMALS, 0, bound))
            }
            Of::Buffer => {
                let book = reading.lowest()?;
                is_below(&book.buffer(), book.unit.decimals, book.unit.bits, bound)
            }
            Of::Distance => match &reading.prices {
                Prices::NotAsked | Prices::NotSearched(_) => return None,
                Prices::Searched { nearest, .. } => {
                    let nearest = nearest.as_ref();
                    nearest.is_some_and(|n| is_below(&n.percent, PERCENT_DECIMALS, 0, bound))
                }
            },
        })
    }

    /// The crossing that a reading is, or a snapshot or account that could not be used. Before the first one every figure
    /// is above.
    pub fn crossed(&mut self, reading: Option<&Reading>) -> Option<Crossing> {
        let side = match reading.and_then(|reading| self.is_below(reading)) {
            Some(false) => Side::Above,
            Some(true) => Side::Below,
            None => Side::Unknown,
        };
        if side == self.side {
            return None;
        }
        self.side = side;
        Some(Crossing { of: self.of.name(), bound: self.bound.to_string(), side })
    }

    /// Whether nobody knows the figure.
    pub fn is_unknown(&self) -> bool {
        self.side == Side::Unknown
    }
}

/// The thresholds of the arguments.
pub fn all(a: &Watch) -> Result<Vec<Threshold>> {
    let one = |of: Of, text: &String| {
        let bound = Decimal::parse(text);
        let bound =
            bound.map_err(|e| Failure::usage(format!("--{}-below {text:?} {e}", of.name())));
        Ok(Threshold { of, bound: bound?, side: Side::Above })
    };
    let ratios = a.ratio_below.iter().map(|text| one(Of::Ratio, text));
    let buffers = a.buffer_below.iter().map(|text| one(Of::Buffer, text));
    let distances = a.distance_below.iter().map(|text| one(Of::Distance, text));
    ratios.chain(buffers).chain(distances).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_compared_exactly() {
        let bound = Decimal::parse("1.25").unwrap();
        assert!(is_below(&12_499.into(), 4, 0, &bound));
        assert!(!is_below(&12_500.into(), 4, 0, &bound));
        // Fourths: five of them are 1.25.
        assert!(is_below(&4.into(), 0, 2, &bound) && !is_below(&5.into(), 0, 2, &bound));
        let negative = Decimal::parse("-0.5").unwrap();
        assert!(
            is_below(&(-6).into(), 1, 0, &negative) && !is_below(&(-5).into(), 1, 0, &negative)
        );
    }

    /// A liquidation price that could not be computed is none that is far away, and that it cannot be is said once.
    #[test]
    fn what_is_not_computed_is_unknown() {
        let bound = Decimal::parse("5").unwrap();
        let mut threshold = Threshold { of: Of::Distance, bound, side: Side::Below };
        let none = Prices::Searched { nearest: None, joint: None };
        let unknown = Prices::NotSearched("open orders".to_owned());
        let [none, unknown] = [none, unknown].map(|prices| Reading { books: Vec::new(), prices });
        let mut to = |reading| threshold.crossed(reading).map(|crossing| crossing.side());
        assert_eq!(to(Some(&unknown)), Some("unknown"));
        assert_eq!(to(None), None);
        assert_eq!(to(Some(&none)), Some("above"));
        assert_eq!(to(None), Some("unknown"));
    }
}
