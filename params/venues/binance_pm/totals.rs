//! The account's totals in dollars, by which a balance that is missing is noticed, or a requirement of something that the
//! schedule leaves out.

use super::{ImportError, Member};
use crate::portfolio::figure::product;
use crate::venue::within;
use crate::{AccountFile, CompiledMarket};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;

/// Hundredths of the equity or requirement by which they may be apart: prices move between two answers.
const PERCENT_DECIMALS: u32 = 2;

/// At how many percent of the maintenance margin the venue liquidates.
const LIQUIDATION_PERCENT: i64 = 105;

/// Statuses of an account that is being liquidated, or was.
const LIQUIDATED: [&str; 3] = ["ACTIVE_LIQUIDATION", "FORCE_LIQUIDATION", "BANKRUPTED"];
/// Those of any other.
const AT_WORK: [&str; 4] = ["NORMAL", "MARGIN_CALL", "SUPPLY_MARGIN", "REDUCE_ONLY"];

const HELP: &str = "save all answers again, one after the other, each as a whole";

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
    let equity = Decimal::from_scaled(&computed.equity, digits);
    let required = Decimal::from_scaled(&computed.maintenance, digits);
    for (name, stated, own, message) in [
        (
            "accountEquity",
            answer.member("accountEquity").computed()?,
            &equity,
            "is not what the balances and positions listed are worth at the folder's prices and collateral rates",
        ),
        (
            "accountMaintMargin",
            liquidated_at(&answer.member("accountMaintMargin").computed()?),
            &required,
            "is not what the positions listed require: the schedule leaves out what else requires margin",
        ),
    ] {
        let place = answer.member(name);
        if !within(&stated, own, own, PERCENT_DECIMALS) {
            return Err(place.wrong(message).with_help(HELP));
        }
    }
    let place = answer.member("accountStatus");
    let status = place.text()?;
    if LIQUIDATED.contains(&status) {
        if computed.meets(&Claim::margin(), market.market()) {
            let message = "is that of an account which the venue liquidates, and by what is listed it does not";
            return Err(place.wrong(message).with_help(HELP));
        }
    } else if !AT_WORK.contains(&status) {
        return Err(place.wrong("is not a status that the venue's documentation has"));
    }
    Ok(())
}

/// What the schedule requires of an account whose maintenance margin is this.
pub(super) fn liquidated_at(maintenance: &Decimal) -> Decimal {
    product(maintenance, &Decimal::from_scaled(&LIQUIDATION_PERCENT.into(), 2))
}
