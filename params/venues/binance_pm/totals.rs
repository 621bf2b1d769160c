//! The account's totals in dollars, by which a balance that is missing is noticed, or a requirement of something that the
//! schedule leaves out.

use super::{ImportError, Member};
use crate::portfolio::figure::{less, product, sum};
use crate::venue::magnitude;
use crate::{AccountFile, CompiledMarket};
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;

/// How far apart they may be, in percent of the equity or requirement: prices move between two answers.
const PERCENT: i64 = 1;

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
        let apart = magnitude(&sum(&stated, &less(&own)));
        let most = product(&magnitude(&own), &Decimal::from_scaled(&PERCENT.into(), 2));
        if sum(&most, &less(&apart)).coefficient().is_negative() {
            let help = "save all answers again, one after the other, each as a whole";
            return Err(place.wrong(message).with_help(help));
        }
    }
    Ok(())
}
