//! What is claimed about an account.

use crate::files::format_scaled;
use crate::statement::MarginUnit;
use crate::widths::{FLOOR_BITS, LEVEL_BITS};
use num_bigint::BigUint;

/// `level * MM <= 10000 * E` and `E >= floor`.
///
/// The level 10000 is the maintenance margin itself; a higher one is a buffer above it. Levels
/// and floors come from the schedule's published menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    level_bps: u32,
    floor: BigUint,
}

/// Why a claim cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The level is past its width.
    #[error("level {level_bps} basis points is not below 2^{LEVEL_BITS}")]
    Level {
        /// The level.
        level_bps: u32,
    },
    /// The floor is past its width.
    #[error("the equity floor exceeds {FLOOR_BITS} bits in margin units")]
    Floor,
}

impl Claim {
    /// A claim at `level_bps` basis points of the maintenance margin with an equity floor in
    /// margin units.
    ///
    /// # Errors
    /// [`ClaimError`] when either is past its width.
    pub fn new(level_bps: u32, floor: BigUint) -> Result<Self, ClaimError> {
        if level_bps >= 1 << LEVEL_BITS {
            return Err(ClaimError::Level { level_bps });
        }
        if floor.bits() > u64::from(FLOOR_BITS) {
            return Err(ClaimError::Floor);
        }
        Ok(Self { level_bps, floor })
    }

    /// Basis points of the maintenance margin that equity must cover.
    pub fn level_bps(&self) -> u32 {
        self.level_bps
    }

    /// Least equity in margin units.
    pub fn floor(&self) -> &BigUint {
        &self.floor
    }

    /// The claim as a sentence, its floor in the valuation currency.
    pub fn in_words(&self, unit: &MarginUnit) -> String {
        let floor = format_scaled(&self.floor.clone().into(), unit.decimals().into());
        let (level, currency) = (self.level_bps, unit.currency());
        format!("equity covers {level} bp of maintenance margin and is at least {floor} {currency}")
    }
}
