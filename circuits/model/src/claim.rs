//! What is claimed about an account.

use crate::decimal::format_scaled;
use crate::field::to_field;
use crate::rule::{Isolated, NamedBooks};
use crate::unit::MarginUnit;
use crate::widths::{BASIS_POINTS_BITS, FLOOR_BITS, LEVEL_BITS};
use crate::wire::{Reader, WireError};
use num_bigint::{BigInt, BigUint};
use pasta_curves::Fp;

/// Bytes of an encoded equity floor.
pub const FLOOR_BYTES: usize = (FLOOR_BITS as usize) / 8;

const _: () = assert!(FLOOR_BITS.is_multiple_of(8));

/// The required margin itself, in basis points of it.
pub const MARGIN_BPS: u32 = 10_000;

const _: () = assert!(MARGIN_BPS < 1 << BASIS_POINTS_BITS);

/// `level * MM <= 10000 * E` and `E >= floor`.
///
/// `MM` is the margin that the schedule requires: the level 10000 is that margin itself; a higher one is a buffer above
/// it. Levels and floors come from the schedule's published menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    level_bps: u32,
    floor: BigUint,
}

/// The claims a schedule publishes: each of its levels with each of its floors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    /// Levels in basis points of the required margin.
    pub levels_bps: Vec<u32>,
    /// Floors in margin units.
    pub floors: Vec<BigUint>,
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
    #[error("the equity floor exceeds {FLOOR_BITS} bits in margin units")]
    Floor,
    /// Truncated bytes.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl Claim {
    /// A claim at `level_bps` basis points of the required margin with an equity floor in margin
    /// units.
    ///
    /// # Errors
    /// [`ClaimError`] when either exceeds its width.
    pub fn new(level_bps: u32, floor: BigUint) -> Result<Self, ClaimError> {
        if level_bps >= 1 << LEVEL_BITS {
            return Err(ClaimError::Level { level_bps });
        }
        if floor.bits() > u64::from(FLOOR_BITS) {
            return Err(ClaimError::Floor);
        }
        Ok(Self { level_bps, floor })
    }

    /// Equity covers the margin that the schedule requires.
    pub fn margin() -> Self {
        Self { level_bps: MARGIN_BPS, floor: BigUint::ZERO }
    }

    /// Basis points of the required margin that equity must cover.
    pub fn level_bps(&self) -> u32 {
        self.level_bps
    }

    /// Minimum equity in margin units.
    pub fn floor(&self) -> &BigUint {
        &self.floor
    }

    /// Appends the canonical encoding: level in four bytes, floor in [`FLOOR_BYTES`], both little-endian.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend(self.level_bps.to_le_bytes());
        let mut floor = self.floor.to_bytes_le();
        // Below 2^FLOOR_BITS.
        floor.resize(FLOOR_BYTES, 0);
        out.extend(floor);
    }

    /// Reads the canonical encoding.
    ///
    /// # Errors
    /// [`ClaimError`] for bytes that [`Claim::encode_into`] does not produce.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ClaimError> {
        let level = reader.u32("level")?;
        Self::new(level, BigUint::from_bytes_le(reader.take("floor", FLOOR_BYTES)?))
    }

    /// Level and floor as public inputs.
    pub fn instance(&self) -> [Fp; 2] {
        [Fp::from(u64::from(self.level_bps)), to_field(&BigInt::from(self.floor.clone()))]
    }

    /// Whether an account that meets this claim also meets the other one.
    pub fn implies(&self, other: &Self) -> bool {
        self.level_bps >= other.level_bps && self.floor >= other.floor
    }

    /// Whether the claim is published: its level and its floor are on the menu.
    pub fn is_on_menu(&self, menu: &Menu) -> bool {
        menu.levels_bps.contains(&self.level_bps) && menu.floors.contains(&self.floor)
    }

    /// The claim as a sentence, its floor in the valuation currency. `margin` is what the schedule requires, in words:
    /// the claim itself does not say which of a venue's requirements that is, nor about which books it speaks.
    pub fn in_words(&self, unit: &MarginUnit, margin: &str, books: &NamedBooks) -> String {
        let floor = format_scaled(&self.floor.clone().into(), unit.decimals().into());
        let (level, currency) = (self.level_bps, unit.currency());
        let covers = format!("equity covers {level} bp of {margin}");
        let floor = format!("is at least {floor} {currency}");
        let cross = books.cross();
        match (books.isolated(), books.left_out()) {
            (Isolated::Compared, left_out) => {
                let left_out = said_of(left_out);
                format!(
                    "{covers} in {cross} and in each isolated position, and {floor} in {cross}{left_out}"
                )
            }
            (_, None) => format!("{covers} and {floor}"),
            (_, left_out) => format!("{covers} in {cross}, and {floor} there{}", said_of(left_out)),
        }
    }
}

/// What is not claimed, after a claim.
fn said_of(left_out: Option<&str>) -> String {
    left_out.map_or_else(String::new, |books| format!("; nothing is said about {books}"))
}
