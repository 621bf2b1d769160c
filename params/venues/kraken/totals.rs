//! What the wallet requires, by which a position that is missing is noticed: positions have no figures of their own. It is of
//! values at entry, so that no mark changes it and none is needed.

use super::{ImportError, Member, USD};
use crate::portfolio::figure::{less, product, sum};
use crate::venue::{decimal, magnitude, snapshot_in_settlement};
use crate::{AccountFile, CompiledMarket, FileError, InstrumentPriceFile, Schedule, compile};
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;

/// How far apart the two may be, in units of `10^-4` of the venue's: each figure is rounded where it is computed.
const APART: i64 = 1;

/// Compares the wallet's requirement with that of the positions listed, by the rule.
pub(super) fn check(
    answer: &Member<'_>,
    schedule: &Schedule,
    account: &AccountFile,
) -> Result<(), ImportError> {
    let Some(asset) = schedule.file().assets.first() else { return Ok(()) };
    let wallets = answer.member("accounts");
    let place = match asset.symbol.as_str() {
        USD => wallets.member("flex").member("maintenanceMargin"),
        coin => match super::account::wallet_of(&wallets, coin)? {
            Some(wallet) => wallet.member("marginRequirements").member("mm"),
            None => return Ok(()),
        },
    };
    let market = at_any_mark(schedule).map_err(|e| answer.wrong(e.to_string()))?;
    let Ok(held) = account.holdings(schedule) else { return Ok(()) };
    // What the rule has no figure for is refused when it is proven.
    let Ok(computed) = margin(&held, market.market()) else { return Ok(()) };
    let own = Decimal::from_scaled(&computed.maintenance, schedule.margin_decimals());
    let stated = place.computed()?;
    let apart = sum(&stated, &less(&own));
    let most = product(&stated, &Decimal::from_scaled(&APART.into(), 4));
    // Example answers about wallets of one coin state less than their positions require by the rule; those of the flexible
    // one do not.
    let is_less = apart.coefficient().is_negative();
    let may_be_less = is_less && asset.symbol != USD;
    let is_near = !sum(&magnitude(&apart), &less(&magnitude(&most))).coefficient().is_positive();
    if may_be_less || is_near {
        return Ok(());
    }
    let help = "save all answers at one time, with every position";
    let message = match is_less {
        true => "is less than that of the positions listed",
        false => "is more than that of the positions listed",
    };
    Err(place.wrong(message).with_help(help))
}

/// The market with marks of one, of which no requirement depends.
fn at_any_mark(schedule: &Schedule) -> Result<CompiledMarket, FileError> {
    let mut snapshot = snapshot_in_settlement(schedule, 0, "Marks of one.");
    let instruments = schedule.file().instruments.iter();
    snapshot.instruments =
        instruments.map(|i| InstrumentPriceFile::at_mark(&*i.symbol, decimal("1"))).collect();
    compile(schedule, &snapshot)
}
