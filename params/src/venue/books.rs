//! For tests of importers: the figures of every book as the rule computes them, each explained.

use super::ratio::Ratio;
use crate::tests::explained;
use crate::{AccountFile, CompiledMarket};
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{Isolated, margin};

/// What the rule says of a cross book and the isolated ones.
pub(crate) struct Figures {
    pub equity: Ratio,
    pub required: Ratio,
    /// Equity and requirement of each isolated position, in the order of their instruments.
    pub isolated: Vec<(Ratio, Ratio)>,
    /// Whether all of them hold the margin.
    pub healthy: bool,
}

/// Of the cross book, or of that of each settlement asset by its id, with all isolated positions. Asserts that what
/// explains them comes to the same.
pub(crate) fn books(market: &CompiledMarket, account: &AccountFile) -> Vec<Figures> {
    let schedule = market.schedule();
    let held = account.holdings(schedule).unwrap_or_else(|e| panic!("account: {e}"));
    let selections = market.selections().iter();
    let all = selections.filter(|of| of.books().isolated != Isolated::LeftOut);
    let figures = all.map(|of| {
        let made = margin(&held, of.market()).unwrap_or_else(|e| panic!("rule: {e}"));
        explained::check(market, of, &held, &made);
        let digits = schedule.margin_decimals();
        let books = made.positions.iter().filter_map(|position| {
            let book = position.isolated.as_ref()?;
            let instrument = schedule.instrument_of_id(position.instrument)?;
            let digits = schedule.isolated_unit(instrument).0.decimals;
            let figure = |units: &num_bigint::BigInt| Ratio::units(units.clone(), digits);
            Some((figure(&book.equity), figure(&book.requirement)))
        });
        Figures {
            isolated: books.collect(),
            equity: Ratio::units(made.equity.clone(), digits),
            required: Ratio::units(made.maintenance.clone(), digits),
            healthy: made.meets(&Claim::margin(), of.market()),
        }
    });
    figures.collect()
}
