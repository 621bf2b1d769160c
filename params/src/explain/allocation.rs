//! The book of an isolated position with an allocation: what this is worth, and what settles of the position.

use super::balance;
use super::steps::ExplainedStep;
use crate::market::CompiledMarket;
use num_bigint::BigInt;
use num_traits::Zero;
use zkmargin_model::rule::{Balance, Position, PositionMargin, SecondWord};

/// `None` where accounts have no allocations, and for a position of the cross book.
pub(super) fn explain(
    market: &CompiledMarket,
    p: &Position,
    second: SecondWord<'_>,
    made: &PositionMargin,
) -> Option<Vec<ExplainedStep>> {
    let schedule = market.schedule();
    let assigned = schedule.allocation_asset()?;
    let book = made.isolated.as_ref()?;
    let settle = schedule.instrument_of_id(p.instrument)?.settle;
    let of = |asset: u32, held: u64, settled: BigInt| -> Option<Vec<ExplainedStep>> {
        let held = Balance { asset, balance: held.into(), own: 0 };
        let amount = market.market().asset(asset)?.amount_of(&held.balance) + settled;
        balance::of_isolated(market, &held, &amount)
    };
    let mut out = match settle == assigned.id {
        true => of(assigned.id, second.allocation, made.result.clone())?,
        false => {
            let of_allocation = of(assigned.id, second.allocation, BigInt::zero())?;
            let of_result = of(settle, 0, made.result.clone())?;
            [of_allocation, of_result].concat()
        }
    };
    let unit = schedule.margin_amount_unit();
    let step = |figure: &str, how: &str, result: &BigInt| ExplainedStep {
        figure: figure.to_owned(),
        how: how.to_owned(),
        rounding: None,
        result: unit.figure(result),
    };
    out.push(step("equity", "the allocation and the result, in the isolated book", &book.equity));
    out.push(step("requirement", "converted, in the isolated book", &book.requirement));
    Some(out)
}
