//! What is claimed about an account.

use crate::field::to_field;
use crate::floor::Floor;
use crate::rule::{Isolated, NamedBooks};
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

/// `level * MM <= 10000 * E` and `E >= floor`, which is signed, or none.
///
/// `MM` is the margin that the schedule requires: the level 10000 is that margin itself; a higher one is a buffer above
/// it. Levels and floors come from the schedule's published menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    level_bps: u32,
    floor: Floor,
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
        Ok(Self { level_bps, floor })
    }

    /// Equity covers the margin that the schedule requires.
    pub fn margin() -> Self {
        Self { level_bps: MARGIN_BPS, floor: Floor::zero() }
    }

    /// Basis points of the required margin that equity must cover.
    pub fn level_bps(&self) -> u32 {
        self.level_bps
    }

    /// Minimum equity in margin units.
    pub fn floor(&self) -> &Floor {
        &self.floor
    }

    /// Appends the canonical encoding, little-endian: level in four bytes, floor in [`FLOOR_BYTES`].
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend(self.level_bps.to_le_bytes());
        self.floor.encode_into(out);
    }

    /// Reads the canonical encoding.
    ///
    /// # Errors
    /// [`ClaimError`] for bytes that [`Claim::encode_into`] does not produce.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ClaimError> {
        let level = reader.u32("level")?;
        Self::with_floor(level, Floor::of_bytes(reader.take("floor", FLOOR_BYTES)?))
    }

    /// Level and floor as public inputs.
    pub fn instance(&self) -> [Fp; 2] {
        [Fp::from(u64::from(self.level_bps)), to_field(self.floor.amount())]
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
        let covers = format!("equity covers {} bp of {margin}", self.level_bps);
        let floor = self.floor.in_words(unit);
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
