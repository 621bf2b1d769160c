//! The market as lookup tables: what the keys commit to.
//!
//! Instruments: `(16 id + 4 + group, value numerator, variable multiplier, conversion, tier table)`.
//! Brackets: `(key, lo, hi, slope, intercept)` where the key is a tier table's number, counted
//! from 1, or [`ASSET_KEY`]` + 16 asset + 8 + 4 [settles] + group`. Row 0 of both is zero.

use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::field::to_field;
use zkmargin_model::rule::{BracketRow, Market, RoundingPoint};

/// Keys of the bracket table from here on are assets; tier table numbers are below.
pub const ASSET_KEY: u32 = 1 << 20;

/// The market's tables with the one flag that is not in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketTables {
    instruments: Vec<[Fp; 5]>,
    brackets: Vec<[Fp; 5]>,
    equality_is_healthy: bool,
}

/// The market rounds, and this circuit proves exact rules only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {} of {} {} is rounded; this circuit proves exact rules only: \
     use the schedule's -unrounded variant",
    .0.point, .0.list, .0.id
)]
pub struct RoundedMarket(pub RoundingPoint);

/// The part of an asset's bracket key below [`ASSET_KEY`].
pub(crate) fn asset_flags(group: Option<usize>) -> u32 {
    8 + group.map_or(0, |g| 4 + g as u32)
}

fn bracket(key: u32, row: &BracketRow) -> [Fp; 5] {
    let [lo, hi, slope, intercept] = [&row.lo, &row.hi, &row.slope, &row.intercept].map(to_field);
    [Fp::from(u64::from(key)), lo, hi, slope, intercept]
}

impl MarketTables {
    /// Compiles an exact market.
    ///
    /// # Errors
    /// [`RoundedMarket`] names the first place where the market rounds.
    pub fn new(market: &Market) -> Result<Self, RoundedMarket> {
        if let Some(point) = market.first_rounding() {
            return Err(RoundedMarket(point));
        }
        let terms = market.terms();
        let mut instruments = vec![[Fp::ZERO; 5]];
        for i in &terms.instruments {
            // The numerators exist: the market does not round.
            let value = i.value.exact_num().unwrap_or_default();
            instruments.push([
                Fp::from(16 * u64::from(i.id) + 4 + i.group as u64),
                to_field(&value),
                to_field(&market.variable_multiplier(i)),
                to_field(&market.conversion(i)),
                Fp::from(i.tiers as u64 + 1),
            ]);
        }
        let mut brackets = vec![[Fp::ZERO; 5]];
        for (table, key) in terms.tiers.iter().zip(1..) {
            brackets.extend(table.rows().iter().map(|row| bracket(key, row)));
        }
        let mut empty_slot = [Fp::ZERO; 5];
        empty_slot[0] = Fp::from(u64::from(ASSET_KEY));
        brackets.push(empty_slot);
        for asset in &terms.assets {
            let key = ASSET_KEY + 16 * asset.id + asset_flags(market.settle_group_of(asset.id));
            brackets.extend(asset.rows_by_balance().iter().map(|row| bracket(key, row)));
        }
        Ok(Self { instruments, brackets, equality_is_healthy: terms.equality_is_healthy })
    }

    /// Rows of the instrument table, the zero row first.
    pub fn instruments(&self) -> &[[Fp; 5]] {
        &self.instruments
    }

    /// Rows of the bracket table, the zero row first.
    pub fn brackets(&self) -> &[[Fp; 5]] {
        &self.brackets
    }

    /// Whether equality meets a claim.
    pub fn equality_is_healthy(&self) -> bool {
        self.equality_is_healthy
    }
}
