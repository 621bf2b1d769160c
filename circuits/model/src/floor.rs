//! The least equity that a claim allows.

use crate::claim::FLOOR_BYTES;
use crate::decimal::{Decimal, DecimalError, format_scaled};
use crate::unit::MarginUnit;
use crate::widths::{FLOOR_BITS, NO_FLOOR_BITS};
use num_bigint::{BigInt, BigUint};
use num_traits::{One, Signed};

/// An equity floor in margin units: signed, or none.
///
/// None is an amount that no equity is below, and the least of all floors.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Floor(BigInt);

/// No floor, as it is written.
const NONE: &str = "none";

/// No floor of its width has more characters: `2^199` has 60 digits.
const MAX_CHARS: usize = 64;

fn none() -> BigInt {
    -(BigInt::one() << NO_FLOOR_BITS)
}

/// What stands for none where floors are encoded: no floor of its width is this.
fn encoded_none() -> BigInt {
    -(BigInt::one() << (FLOOR_BITS - 1))
}

impl From<BigInt> for Floor {
    fn from(amount: BigInt) -> Self {
        Self(amount)
    }
}

impl From<BigUint> for Floor {
    fn from(amount: BigUint) -> Self {
        Self(amount.into())
    }
}

impl Floor {
    /// Zero: equity is not negative.
    pub fn zero() -> Self {
        Self(BigInt::ZERO)
    }

    /// None.
    pub fn none() -> Self {
        Self(none())
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.0 == none()
    }

    /// The least equity in margin units; `-2^210` for none.
    pub fn amount(&self) -> &BigInt {
        &self.0
    }

    /// Whether it has its width: `-2^199 < floor < 2^199`, or none.
    pub(crate) fn fits(&self) -> bool {
        self.is_none() || self.0.abs() < -encoded_none()
    }

    /// Appends two's complement in [`FLOOR_BYTES`], little-endian. None is the least number of the width.
    pub(crate) fn encode_into(&self, out: &mut Vec<u8>) {
        let amount = if self.is_none() { encoded_none() } else { self.0.clone() };
        let fill = if amount.is_negative() { 0xff } else { 0 };
        let mut bytes = amount.to_signed_bytes_le();
        bytes.resize(FLOOR_BYTES, fill);
        out.extend(bytes);
    }

    /// The floor with this encoding.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let amount = BigInt::from_signed_bytes_le(bytes);
        if amount == encoded_none() { Self::none() } else { Self(amount) }
    }

    /// The floor with this text: decimal digits with a sign where it is negative, or `none`.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        if text.len() > MAX_CHARS {
            return None;
        }
        let floor = match text {
            NONE => Self::none(),
            digits => Self(BigInt::parse_bytes(digits.as_bytes(), 10)?),
        };
        // One text for each floor: none is not its amount.
        (floor.to_string() == text).then_some(floor)
    }

    /// In the valuation currency, without its name.
    pub fn in_currency(&self, decimals: u32) -> String {
        if self.is_none() { NONE.to_owned() } else { format_scaled(&self.0, decimals) }
    }

    /// After "equity".
    pub(crate) fn in_words(&self, unit: &MarginUnit) -> String {
        if self.is_none() {
            return "has no floor".to_owned();
        }
        let amount = self.in_currency(unit.decimals().into());
        format!("is at least {amount} {}", unit.currency())
    }
}

/// Digits of margin units, or `none`.
impl std::fmt::Display for Floor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_none() { f.write_str(NONE) } else { self.0.fmt(f) }
    }
}

/// A floor as it is written: in the valuation currency, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFloor(Option<Decimal>);

impl From<Decimal> for WrittenFloor {
    fn from(amount: Decimal) -> Self {
        Self(Some(amount))
    }
}

impl WrittenFloor {
    /// Reads a decimal number, or `none`.
    ///
    /// # Errors
    /// [`DecimalError`] for another text.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        match text {
            NONE => Ok(Self(None)),
            text => Ok(Self(Some(Decimal::parse(text)?))),
        }
    }

    /// In margin units of this many decimals; `None` if it has more digits.
    pub fn in_units(&self, decimals: u32) -> Option<Floor> {
        match &self.0 {
            None => Some(Floor::none()),
            Some(amount) => amount.to_scaled(decimals).map(Floor),
        }
    }

    /// The amount; `None` for no floor.
    pub fn amount(&self) -> Option<&Decimal> {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;

    fn floors() -> Vec<Floor> {
        let most = (BigInt::one() << (FLOOR_BITS - 1)) - 1;
        let amounts = [-&most, BigInt::from(-256), BigInt::from(-1), BigInt::ZERO];
        let more = [BigInt::from(1), BigInt::from(255), most];
        let amounts = amounts.into_iter().chain(more).map(Floor::from);
        std::iter::once(Floor::none()).chain(amounts).collect()
    }

    #[test]
    fn each_floor_has_one_encoding_and_one_text() {
        let floors = floors();
        assert!(floors.is_sorted());
        for floor in &floors {
            assert!(floor.fits());
            let mut bytes = Vec::new();
            floor.encode_into(&mut bytes);
            assert_eq!(bytes.len(), FLOOR_BYTES);
            assert_eq!(Floor::of_bytes(&bytes), *floor);
            assert_eq!(Floor::of_text(&floor.to_string()).as_ref(), Some(floor));
        }
        for amount in [encoded_none(), -encoded_none(), none() - 1, none() + 1] {
            assert!(!Floor(amount).fits());
        }
        let amount = none().to_string();
        for text in ["", "-0", "+1", "01", "None", "1.0", " 1", &amount] {
            assert_eq!(Floor::of_text(text), None, "{text:?}");
        }
    }

    /// The time that a number takes to read grows with the square of its digits, which a stranger wrote.
    #[test]
    fn fault_a_long_text_is_not_read_as_a_number() {
        assert!(floors().iter().all(|floor| floor.to_string().len() <= MAX_CHARS));
        for text in ["9".repeat(MAX_CHARS + 1), format!("-{}", "9".repeat(MAX_CHARS))] {
            assert_eq!(Floor::of_text(&text), None);
        }
    }

    #[test]
    fn what_is_written_is_in_the_currency() {
        let read = |text: &str| WrittenFloor::parse(text).unwrap().in_units(2);
        assert_eq!(read("none"), Some(Floor::none()));
        assert_eq!(read("-12.5"), Some(BigInt::from(-1_250).into()));
        assert_eq!(read("0"), Some(Floor::zero()));
        assert_eq!(read("0.001"), None);
        assert!(WrittenFloor::parse("None").is_err());
        let shown = [Floor::none(), BigInt::from(-1_250).into()].map(|f| f.in_currency(2));
        assert_eq!(shown, ["none", "-12.5"]);
    }
}
