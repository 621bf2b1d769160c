//! What the general profile computes: every element of the rule, each figure as a line with its own division.
//!
//! Positions: value, two steps of the result by its sign, two of the notional, a root, the tier variable, tiers,
//! an own parameter, the requirement, an own leverage, a charge, and open orders. Assets: amount, value, weight with the size of what is held and an
//! own parameter, and a charge on debts. What a market lacks of these is a line that changes nothing, so one circuit serves all of them.

mod allocation;
mod asset;
mod by_size;
mod instrument;
mod leverage;
mod orders;
mod stage;

pub use allocation::AllocationLines;
pub use asset::{AssetFigures, AssetLines, Weight};
pub use by_size::SizeLines;
pub use instrument::{InstrumentLines, PositionFigures, VariableOf};
pub use leverage::LeverageLine;
pub use orders::OrderFigures;
pub use stage::Line;

use super::tables::Tables;
use super::{LineTable, Unprovable};
use crate::rule::{Balance, Isolated, MarketTerms, Orders, Position, Profile, Settlement};
use num_bigint::BigInt;

/// What a proof computes at a market, in the general profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneralLines {
    /// Tier tables, each once.
    pub tiers: Vec<LineTable>,
    /// Per instrument, in the market's order.
    pub instruments: Vec<InstrumentLines>,
    /// Per asset, in the market's order.
    pub assets: Vec<AssetLines>,
    /// What becomes of isolated positions.
    pub isolated: Isolated,
    /// Whether records have allocations.
    pub allocations: bool,
    /// How the books of isolated positions with allocations are computed, where a claim is about any.
    pub allocation: Option<AllocationLines>,
    /// Whether a book of which nothing is required meets every level.
    pub exempt: bool,
    /// How many settlement assets there can be.
    pub settlement: Settlement,
}

impl GeneralLines {
    pub(super) fn of(terms: &MarketTerms, isolated: Isolated) -> Result<Self, Unprovable> {
        let mut tables = Tables::default();
        let instruments = terms.instruments.iter().map(|i| {
            let refused = |(point, why)| Unprovable::instrument(point, i.id, why);
            InstrumentLines::of(terms, i, &mut tables).map_err(refused)
        });
        let mut instruments = instruments.collect::<Result<Vec<_>, _>>()?;
        let assets = terms.assets.iter().map(|a| {
            let refused = |(point, why)| Unprovable { point, list: "asset", id: a.id, why };
            AssetLines::of(a).map_err(refused)
        });
        let assets = assets.collect::<Result<Vec<_>, _>>()?;
        let reads = !matches!(isolated, Isolated::None | Isolated::LeftOut);
        let allocation = if reads { AllocationLines::of(terms, &assets)? } else { None };
        for (lines, of) in instruments.iter_mut().zip(&terms.instruments) {
            let units = allocation.as_ref().and_then(|lines| lines.result_units.get(of.group));
            lines.result_unit = units.cloned().unwrap_or_default();
        }
        let tiers = tables.made.into_iter().map(|made| made.lines).collect();
        let exempt = terms.no_requirement_is_healthy;
        if exempt && isolated != Isolated::None {
            let id = terms.instruments.first().map_or(0, |i| i.id);
            return Err(Unprovable::instrument("isolated book", id, super::EXEMPT_ALONE));
        }
        let settlement = Settlement::of(terms.groups.len());
        let allocations = terms.allocation_asset.is_some();
        Ok(Self {
            tiers,
            instruments,
            assets,
            isolated,
            allocations,
            allocation,
            exempt,
            settlement,
        })
    }

    /// Which blocks of rows compute it.
    pub fn profile(&self) -> Profile {
        let orders = self.instruments.iter().any(|i| i.order_fee.is_some());
        let entry = self.instruments.iter().any(|i| i.at_entry);
        let leverage = self.instruments.iter().any(|i| i.leverage.is_some());
        let (isolated, exempt, settlement) = (self.isolated, self.exempt, self.settlement);
        let allocations = self.allocations;
        let orders = orders || allocations;
        Profile {
            isolated,
            orders,
            allocations,
            entry,
            leverage,
            exempt,
            settlement,
            ..Profile::GENERAL
        }
    }

    /// Figures of a position with its open orders, in a record that has them; `None` if the market does not list its
    /// instrument.
    ///
    /// # Errors
    /// The figure that is wider than a proof holds.
    pub fn position(
        &self,
        terms: &MarketTerms,
        position: &Position,
        orders: Option<&Orders>,
    ) -> Option<Result<PositionFigures, &'static str>> {
        let at = terms.instruments.binary_search_by_key(&position.instrument, |i| i.id).ok()?;
        let lines = self.instruments.get(at)?;
        Some(lines.figures(self.tiers.get(lines.tiers)?, position, orders))
    }

    /// Figures of a balance that has become `u` with profit and loss; `None` if the market does not list its asset.
    ///
    /// # Errors
    /// The figure that is wider than a proof holds.
    pub fn balance(
        &self,
        terms: &MarketTerms,
        balance: &Balance,
        u: &BigInt,
    ) -> Option<Result<AssetFigures, &'static str>> {
        let at = terms.assets.binary_search_by_key(&balance.asset, |a| a.id).ok()?;
        Some(self.assets.get(at)?.figures(&balance.balance, balance.own, u))
    }
}
