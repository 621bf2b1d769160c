//! Which accounts can be searched.

use crate::error::RiskError;
use zkmargin_model::rule::{Account, Orders};
use zkmargin_params::{CompiledMarket, InstrumentElementsFile, Schedule, SidesFile};

/// Whether a figure of the snapshot takes the mark's place.
fn by_figure(elements: &InstrumentElementsFile) -> bool {
    let by = |sides: &Option<SidesFile>| {
        sides.as_ref().is_some_and(|sides| sides.long.by.is_some() || sides.short.by.is_some())
    };
    by(&elements.value_by_side) || by(&elements.notional_by_side)
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
        let listed = schedule.instruments();
        let at = listed.binary_search_by_key(&p.instrument, |i| i.id).ok();
        let written = at.and_then(|at| schedule.file().instruments.get(listed.get(at)?.at));
        if let Some(i) = written.filter(|i| i.elements.as_ref().is_some_and(by_figure)) {
            return Err(RiskError::Elements { symbol: i.symbol.clone() });
        }
    }
    let mut ordered = account.positions().iter().zip(account.orders().unwrap_or_default());
    let ordered =
        ordered.find(|(p, orders)| p.size == Default::default() || **orders != Orders::default());
    if let Some((position, _)) = ordered {
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
