//! Which accounts can be searched.

use crate::error::RiskError;
use zkmargin_model::rule::{Account, Orders};
use zkmargin_params::{CompiledMarket, Instrument, InstrumentElementsFile, Schedule, SidesFile};

/// Where a figure of the snapshot takes the mark's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByFigure {
    /// In the value of a position.
    pub value: bool,
    /// In the notional that a requirement is of.
    pub notional: bool,
}

impl ByFigure {
    fn of(elements: &InstrumentElementsFile) -> Self {
        let by = |sides: &Option<SidesFile>| {
            sides.as_ref().is_some_and(|sides| sides.long.by.is_some() || sides.short.by.is_some())
        };
        Self { value: by(&elements.value_by_side), notional: by(&elements.notional_by_side) }
    }

    /// Whether it does anywhere: its mark is then not all that decides about a position.
    pub fn is_any(self) -> bool {
        self.value || self.notional
    }
}

/// Where a figure takes the place of an instrument's mark.
pub fn by_figure(schedule: &Schedule, instrument: &Instrument) -> ByFigure {
    let written = schedule.file().instruments.get(instrument.at);
    let elements = written.and_then(|instrument| instrument.elements.as_ref());
    elements.map_or_else(ByFigure::default, ByFigure::of)
}

/// Whether a position of the account has open orders, or no size.
pub fn has_orders(account: &Account, at: usize) -> bool {
    let orders = account.orders().and_then(|orders| orders.get(at));
    let size = account.positions().get(at).map(|p| &p.size);
    orders.is_some_and(|orders| *orders != Orders::default() || size == Some(&Default::default()))
}

/// Checks that prices are what values what an account holds: that its instruments are valued at their marks, and its assets
/// at their index prices, and that no position has open orders, or no size. Other figures, such as interest or the share of
/// a profit that counts, stay while a price moves.
///
/// # Errors
/// [`RiskError::Elements`], [`RiskError::OpenOrders`] and [`RiskError::RoundedSums`].
pub fn supported(market: &CompiledMarket, account: &Account) -> Result<(), RiskError> {
    if market.market().terms().conversion_rounding.is_some() {
        return Err(RiskError::RoundedSums);
    }
    let schedule = market.schedule();
    for p in account.positions() {
        let listed = schedule.instrument_of_id(p.instrument);
        if let Some(i) = listed.filter(|i| by_figure(schedule, i).is_any()) {
            return Err(RiskError::Elements { symbol: i.symbol.clone() });
        }
    }
    let mut positions = account.positions().iter().enumerate();
    if let Some((_, position)) = positions.find(|(at, _)| has_orders(account, *at)) {
        return Err(RiskError::OpenOrders { symbol: symbol(schedule, position.instrument) });
    }
    let assigned = market.schedule().allocation_asset().map(|asset| asset.id);
    let assigned = assigned.filter(|_| account.allocations().is_some());
    let held = |id: u32| account.balances().iter().any(|b| b.asset == id) || assigned == Some(id);
    let by_figures = schedule.assets().iter().find(|a| a.priced_by_figures && held(a.id));
    match by_figures {
        Some(asset) => Err(RiskError::Elements { symbol: asset.symbol.clone() }),
        None => Ok(()),
    }
}

/// An instrument in words.
pub(crate) fn symbol(schedule: &Schedule, id: u32) -> String {
    let listed = schedule.instrument_of_id(id);
    listed.map_or_else(|| format!("instrument {id}"), |instrument| instrument.symbol.clone())
}
