//! What is claimed about an account.

use crate::field::to_field;
use crate::floor::Floor;
use crate::rule::{Books, Isolated, NamedBooks};
use crate::unit::MarginUnit;
use crate::widths::{BASIS_POINTS_BITS, FLOOR_BITS, LEVEL_BITS};
use crate::wire::{Reader, WireError};
use num_bigint::BigUint;
use pasta_curves::Fp;

/// Bytes of an encoded equity floor.
pub const FLOOR_BYTES: usize = (FLOOR_BITS as usize) / 8;

const _: () = assert!(FLOOR_BITS.is_multiple_of(8));

/// The required margin itself, in basis points of it.
pub const MARGIN_BPS: u32 = 10_000;

const _: () = assert!(MARGIN_BPS < 1 << BASIS_POINTS_BITS);

/// Set in the encoding of the level of a claim of deficiency.
const DEFICIENCY: u32 = 1 << 31;

const _: () = assert!(LEVEL_BITS < 31);

/// Health, `level * MM <= 10000 * E` and `E >= floor`, which is signed, or none; or deficiency, which is that
/// `level * MM > 10000 * E`, and has no floor.
///
/// `MM` is the margin that the schedule requires: the level 10000 is that margin itself; a higher one is a buffer above
/// it. Levels and floors come from the schedule's published menu. Where equality is not healthy, it is deficient: of one
/// level, every account meets one of the two claims and not the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    level_bps: u32,
    floor: Floor,
    is_deficiency: bool,
}

/// The claims a schedule publishes: each of its levels with each of its floors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Levels in basis points of the required margin.
    pub levels_bps: Vec<u32>,
    /// Floors in margin units.
    pub floors: Vec<Floor>,
}

/// Why a claim is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The level exceeds its width.
    #[error("level {level_bps} basis points is not below 2^{LEVEL_BITS}")]
    Level {
        /// The level.
        level_bps: u32,
    },
    /// The floor exceeds its width.
    #[error("the equity floor exceeds {FLOOR_BITS} bits in margin units, with its sign")]
    Floor,
    /// A deficiency with a floor.
    #[error("a claim of deficiency has no equity floor")]
    DeficiencyFloor,
    /// Truncated bytes.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl Claim {
    /// A claim at `level_bps` basis points of the required margin with an equity floor in margin
    /// units that is not negative.
    ///
    /// # Errors
    /// [`ClaimError`] when either exceeds its width.
    pub fn new(level_bps: u32, floor: BigUint) -> Result<Self, ClaimError> {
        Self::with_floor(level_bps, floor.into())
    }

    /// The same with any floor.
    ///
    /// # Errors
    /// [`ClaimError`] when either exceeds its width.
    pub fn with_floor(level_bps: u32, floor: Floor) -> Result<Self, ClaimError> {
        if level_bps >= 1 << LEVEL_BITS {
            return Err(ClaimError::Level { level_bps });
        }
        if !floor.fits() {
            return Err(ClaimError::Floor);
        }
        Ok(Self { level_bps, floor, is_deficiency: false })
    }

    /// The claim that equity does not cover `level_bps` basis points of the required margin.
    ///
    /// # Errors
    /// [`ClaimError::Level`].
    pub fn deficiency(level_bps: u32) -> Result<Self, ClaimError> {
        Ok(Self { is_deficiency: true, ..Self::with_floor(level_bps, Floor::none())? })
    }

    /// Equity covers the margin that the schedule requires.
    pub fn margin() -> Self {
        Self { level_bps: MARGIN_BPS, floor: Floor::zero(), is_deficiency: false }
    }

    /// The same without an equity floor.
    #[must_use]
    pub fn without_floor(self) -> Self {
        Self { floor: Floor::none(), ..self }
    }

    /// Whether it is that equity does *not* cover the level.
    pub fn is_deficiency(&self) -> bool {
        self.is_deficiency
    }

    /// Basis points of the required margin that equity must cover.
    pub fn level_bps(&self) -> u32 {
        self.level_bps
    }

    /// Minimum equity in margin units.
    pub fn floor(&self) -> &Floor {
        &self.floor
    }

    /// Appends the canonical encoding, little-endian: level in four bytes, of which the highest bit is that of a
    /// deficiency, floor in [`FLOOR_BYTES`].
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        let direction = if self.is_deficiency { DEFICIENCY } else { 0 };
        out.extend((self.level_bps | direction).to_le_bytes());
        self.floor.encode_into(out);
    }

    /// Reads the canonical encoding.
    ///
    /// # Errors
    /// [`ClaimError`] for bytes that [`Claim::encode_into`] does not produce.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ClaimError> {
        let level = reader.u32("level")?;
        let floor = Floor::of_bytes(reader.take("floor", FLOOR_BYTES)?);
        match level & DEFICIENCY {
            0 => Self::with_floor(level, floor),
            _ if floor.is_none() => Self::deficiency(level ^ DEFICIENCY),
            _ => Err(ClaimError::DeficiencyFloor),
        }
    }

    /// Level, floor and whether it is a deficiency, as public inputs.
    pub fn instance(&self) -> [Fp; 3] {
        let [level, deficient] = [self.level_bps, self.is_deficiency.into()];
        let [level, deficient] = [level, deficient].map(|n| Fp::from(u64::from(n)));
        [level, to_field(self.floor.amount()), deficient]
    }

    /// Whether an account that meets this claim also meets the other one. Health and deficiency never imply each other.
    pub fn implies(&self, other: &Self) -> bool {
        match (self.is_deficiency, other.is_deficiency) {
            (false, false) => self.level_bps >= other.level_bps && self.floor >= other.floor,
            // Whatever falls short of a level falls short of all above.
            (true, true) => self.level_bps <= other.level_bps,
            _ => false,
        }
    }

    /// Whether the claim about these books is published: its level and its floor are on the menu. A deficiency has no floor
    /// to be there, and a claim about one isolated position only has none either: menus have floors of cross books.
    pub fn is_on_menu(&self, menu: &Menu, books: Books) -> bool {
        let has_floor = match books.isolated {
            Isolated::Only => self.floor.is_none(),
            _ => self.has_floor_of(&menu.floors),
        };
        menu.levels_bps.contains(&self.level_bps) && has_floor
    }

    /// Whether its floor is one of these, or it is a deficiency, which has none.
    pub fn has_floor_of(&self, floors: &[Floor]) -> bool {
        self.is_deficiency || floors.contains(&self.floor)
    }

    /// What is said about the level.
    pub(crate) fn covers(&self, margin: &str) -> String {
        let verb = if self.is_deficiency { "does not cover" } else { "covers" };
        format!("equity {verb} {} bp of {margin}", self.level_bps)
    }

    /// The claim as a sentence, its floor in the valuation currency. `margin` is what the schedule requires, in words:
    /// the claim itself does not say which of a venue's requirements that is, nor about which books it speaks.
    pub fn in_words(&self, unit: &MarginUnit, margin: &str, books: &NamedBooks) -> String {
        let covers = self.covers(margin);
        let floor = self.floor.in_words(unit);
        let (cross, position) = (books.cross(), books.position());
        // What is not claimed, after the claim.
        let left_out = books.left_out();
        let is_all = left_out.is_none();
        let unsaid = left_out.map(|books| format!("; nothing is said about {books}"));
        let unsaid = unsaid.unwrap_or_default();
        match books.isolated() {
            Isolated::Only => format!("{covers} in {position}{unsaid}"),
            _ if self.is_deficiency && is_all => covers,
            _ if self.is_deficiency => format!("{covers} in {cross}{unsaid}"),
            Isolated::Compared => format!(
                "{covers} in {cross} and in each isolated position, and {floor} in {cross}{unsaid}"
            ),
            Isolated::AllBut => format!(
                "{covers} in {cross} and in each isolated position except {position}, and {floor} in {cross}{unsaid}"
            ),
            _ if is_all => format!("{covers} and {floor}"),
            _ => format!("{covers} in {cross}, and {floor} there{unsaid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;

    fn health(level: u32) -> Claim {
        Claim::new(level, BigUint::ZERO).unwrap()
    }

    #[test]
    fn health_and_deficiency_never_imply_each_other() {
        let deficiency = |level| Claim::deficiency(level).unwrap();
        for (one, other) in [(0, 0), (10_000, 10_000), (10_000, 12_000), (12_000, 10_000)] {
            assert!(!health(one).implies(&deficiency(other)));
            assert!(!deficiency(one).implies(&health(other)));
            assert_eq!(health(one).implies(&health(other)), one >= other);
            assert_eq!(deficiency(one).implies(&deficiency(other)), one <= other);
        }
        let none = Claim::with_floor(10_000, Floor::none()).unwrap();
        assert!(!none.implies(&deficiency(10_000)) && !deficiency(10_000).implies(&none));
    }

    #[test]
    fn a_deficiency_has_one_encoding() {
        let claim = Claim::deficiency(12_345).unwrap();
        let mut bytes = Vec::new();
        claim.encode_into(&mut bytes);
        assert_eq!(bytes[..4], [0x39, 0x30, 0, 0x80]);
        let read = |bytes: &[u8]| Claim::read(&mut Reader::new(bytes));
        assert_eq!(read(&bytes), Ok(claim));
        // The same without the bit is a claim of health, and with a floor it is none.
        bytes[3] = 0;
        assert_eq!(read(&bytes), Claim::with_floor(12_345, Floor::none()));
        bytes[3] = 0x80;
        bytes[4..].fill(0);
        assert_eq!(read(&bytes), Err(ClaimError::DeficiencyFloor));
        bytes[3] = 0xc0;
        assert!(read(&bytes).is_err());
        assert_eq!(Claim::deficiency(1 << 17), Err(ClaimError::Level { level_bps: 1 << 17 }));
    }

    #[test]
    fn its_level_is_on_the_menu() {
        let menu = Menu { levels_bps: vec![10_000], floors: vec![Floor::from(BigInt::from(5))] };
        let books = |isolated| Books { settlement_asset: None, isolated, position: None };
        let all = books(Isolated::None);
        assert!(Claim::deficiency(10_000).unwrap().is_on_menu(&menu, all));
        assert!(!Claim::deficiency(10_001).unwrap().is_on_menu(&menu, all));
        let without_floor = Claim::with_floor(10_000, Floor::none()).unwrap();
        assert!(!without_floor.is_on_menu(&menu, all));
        assert!(without_floor.is_on_menu(&menu, books(Isolated::Only)));
        let with_floor = Claim::with_floor(10_000, menu.floors[0].clone()).unwrap();
        assert!(with_floor.is_on_menu(&menu, all));
        assert!(!with_floor.is_on_menu(&menu, books(Isolated::Only)));
    }
}
