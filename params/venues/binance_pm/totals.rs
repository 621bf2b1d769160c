//! The account's totals in dollars, by which a balance that is missing is noticed, or a requirement of something that the
//! schedule leaves out.

use super::{ImportError, Member};
use crate::venue::within;
use crate::{AccountFile, CompiledMarket};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;

/// Hundredths of the equity or requirement by which they may be apart: prices move between two answers.
const PERCENT_DECIMALS: u32 = 2;

/// Compares equity and requirement of the account with the rule's.
pub(super) fn check(
    answer: &Member<'_>,
    market: &CompiledMarket,
    account: &AccountFile,
) -> Result<(), ImportError> {
    let schedule = market.schedule();
    let Ok(held) = account.holdings(schedule) else { return Ok(()) };
    // What the rule has no figure for is refused when it is proven.
    let Ok(computed) = margin(&held, market.market()) else { return Ok(()) };
    let digits = schedule.margin_decimals();
    for (name, own, message) in [
        (
            "accountEquity",
            &computed.equity,
            "is not what the balances and positions listed are worth at the folder's prices and collateral rates",
        ),
        (
            "accountMaintMargin",
            &computed.maintenance,
            "is not what the positions listed require: the schedule leaves out what else requires margin",
        ),
    ] {
        let place = answer.member(name);
        let stated = place.computed()?;
        let own = Decimal::from_scaled(own, digits);
        if !within(&stated, &own, &own, PERCENT_DECIMALS) {
            let help = "save all answers again, one after the other, each as a whole";
            return Err(place.wrong(message).with_help(help));
        }
    }
    Ok(())
}
