//! What the wallet requires, by which a position that is missing is noticed: positions have no figures of their own. It is of
//! values at entry, so that no mark which moves between two answers changes it.

use super::{ImportError, Member, USD};
use crate::portfolio::figure::{less, product, sum};
use crate::{AccountFile, CompiledMarket};
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;

/// How far apart the two may be, in units of `10^-4` of the venue's: each figure is rounded where it is computed.
const APART: i64 = 1;

/// Compares the wallet's requirement with that of the positions listed, by the rule.
pub(super) fn check(
    answer: &Member<'_>,
    market: &CompiledMarket,
    account: &AccountFile,
) -> Result<(), ImportError> {
    let schedule = market.schedule();
    let Some(asset) = schedule.file().assets.first() else { return Ok(()) };
    let wallets = answer.member("accounts");
    let place = match asset.symbol.as_str() {
        USD => wallets.member("flex").member("maintenanceMargin"),
        coin => match super::account::wallet_of(&wallets, coin)? {
            Some(wallet) => wallet.member("marginRequirements").member("mm"),
            None => return Ok(()),
        },
    };
    let Ok(held) = account.holdings(schedule) else { return Ok(()) };
    // What the rule has no figure for is refused when it is proven.
    let Ok(computed) = margin(&held, market.market()) else { return Ok(()) };
    let own = Decimal::from_scaled(&computed.maintenance, schedule.margin_decimals());
    let stated = place.computed()?;
    let apart = sum(&stated, &less(&own));
    let most = product(&stated, &Decimal::from_scaled(&APART.into(), 4));
    if apart.coefficient().is_negative() || !sum(&apart, &less(&most)).coefficient().is_positive() {
        // More than the venue counts is no position that is missing.
        return Ok(());
    }
    let help = "save all answers at one time, with every position";
    Err(place.wrong("is more than that of the positions listed").with_help(help))
}
