//! The market as lookup tables: what the keys commit to.
//!
//! Instruments: `(16 id + 4 + group, value numerator, variable multiplier, conversion, tier table)`.
//! Brackets: `(key, lo, hi, slope, intercept)` where the key is a tier table's number, counted
//! from 1, or [`ASSET_KEY`]` + 16 asset + 8 + 4 [settles] + group`. Row 0 of both is zero.

use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::field::to_field;
use zkmargin_model::rule::{BracketRow, Market, RoundingPoint};
use zkmargin_model::widths::MAX_SETTLE_GROUPS;

/// Bracket table keys from here on are assets; tier table numbers are below.
pub const ASSET_KEY: u32 = 1 << 20;

/// Weights in an instrument's row number, above a settle group of two bits.
pub(crate) mod instrument_row {
    /// Weight of the used flag, which is set in every row of the table.
    pub(crate) const USED: u64 = 4;
    /// Weight of the instrument's id.
    pub(crate) const ID: u64 = 16;
    /// Weight of `list key - side`, which is twice the id.
    pub(crate) const KEY_LESS_SIDE: u64 = ID / 2;
}

/// Weights in an asset's key in the bracket table, above a settle group of two bits.
pub(crate) mod asset_key {
    /// Weight of the flag saying that positions settle in the asset.
    pub(crate) const SETTLES: u64 = 4;
    /// Weight of the used flag, which is set in every row of the table but the empty slot's.
    pub(crate) const USED: u64 = 8;
    /// Weight of the asset's id, which is its list key.
    pub(crate) const ID: u64 = 16;
}

// Settle groups stay below the lowest flag, and flags below the id: keys of different rows differ.
const _: () = {
    let groups = MAX_SETTLE_GROUPS as u64;
    assert!(groups <= instrument_row::USED);
    assert!(instrument_row::USED + groups <= instrument_row::ID);
    assert!(groups <= asset_key::SETTLES && asset_key::SETTLES + groups <= asset_key::USED);
    assert!(asset_key::USED + asset_key::SETTLES + groups <= asset_key::ID);
};

/// The market's tables with the only flag that is not in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketTables {
    instruments: Vec<[Fp; 5]>,
    brackets: Vec<[Fp; 5]>,
    equality_is_healthy: bool,
}

/// The market rounds, and this circuit proves exact rules only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {} of {} {} is rounded; this circuit proves only exact rules: \
     use the schedule's -unrounded variant",
    .0.point, .0.list, .0.id
)]
pub struct RoundedMarket(pub RoundingPoint);

/// Row number of an instrument.
fn instrument_row(id: u32, group: usize) -> Fp {
    Fp::from(u64::from(id) * instrument_row::ID + instrument_row::USED + group as u64)
}

/// Key of an asset's rows, with the settle group it belongs to as its asset.
fn asset_key(id: u32, group: Option<usize>) -> u64 {
    let settles = group.map_or(0, |group| asset_key::SETTLES + group as u64);
    u64::from(ASSET_KEY) + u64::from(id) * asset_key::ID + asset_key::USED + settles
}

fn bracket(key: u64, row: &BracketRow) -> [Fp; 5] {
    let [lo, hi, slope, intercept] = [&row.lo, &row.hi, &row.slope, &row.intercept].map(to_field);
    [Fp::from(key), lo, hi, slope, intercept]
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
                instrument_row(i.id, i.group),
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
            let key = asset_key(asset.id, market.settle_group_of(asset.id));
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
