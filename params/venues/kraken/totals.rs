//! What the wallet requires, by which a position that is missing is noticed, and its profit, by which the side of the only one
//! is: positions have no figures of their own. The requirement is of values at entry, so that no mark changes it and none is
//! needed.

use super::account::{CENTS, wallet_of};
use super::{ImportError, Member, USD};
use crate::portfolio::figure::{less, product, sum};
use crate::venue::{decimal, is_opposite, magnitude, snapshot_in_settlement, within};
use crate::{
    AccountFile, AssetFile, CompiledMarket, FileError, InstrumentPriceFile, Schedule, compile,
};
use num_bigint::BigInt;
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
    let of_coin = ["marginRequirements", "mm"];
    let Some((asset, place)) = figure(answer, schedule, "maintenanceMargin", of_coin)? else {
        return Ok(());
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

/// A figure of the wallet of the schedule's contracts, and what it is in: by its name in the flexible wallet, and by its place in
/// that of a coin. `None` if there is no such wallet.
fn figure<'a, 's>(
    answer: &Member<'a>,
    schedule: &'s Schedule,
    flex: &str,
    of_coin: [&str; 2],
) -> Result<Option<(&'s AssetFile, Member<'a>)>, ImportError> {
    let Some(asset) = schedule.file().assets.first() else { return Ok(None) };
    let wallets = answer.member("accounts");
    if asset.symbol == USD {
        return Ok(Some((asset, wallets.member("flex").member(flex))));
    }
    let wallet = wallet_of(&wallets, &asset.symbol)?;
    let [part, name] = of_coin;
    Ok(wallet.map(|wallet| (asset, wallet.member(part).member(name))))
}

/// Hundredths of the value of positions by which their profit may have moved between two answers.
const MOVED_DECIMALS: u32 = 2;

/// Thousandths of a position's value by which its profit is farther from none than it moves between two answers.
const SIDE_DECIMALS: u32 = 3;

/// Compares the wallet's profit with that of the positions listed, by the rule at these prices. The profit of the only position
/// says which side it is on.
pub(super) fn check_profit(
    answer: &Member<'_>,
    market: &CompiledMarket,
    account: &AccountFile,
) -> Result<(), ImportError> {
    let schedule = market.schedule();
    let place = figure(answer, schedule, "pnl", ["auxiliary", "pnl"])?;
    let Some((asset, place)) = place.filter(|_| !account.positions.is_empty()) else {
        return Ok(());
    };
    let Ok(held) = account.holdings(schedule) else { return Ok(()) };
    // What the rule has no figure for is refused when it is proven.
    let Ok(computed) = margin(&held, market.market()) else { return Ok(()) };
    let [mut own, mut worth] = [BigInt::ZERO, BigInt::ZERO];
    for (position, made) in held.positions().iter().zip(&computed.positions) {
        own += &made.pnl;
        worth += (&position.entry + &made.pnl).abs();
    }
    let [own, worth] = [own, worth].map(|units| Decimal::from_scaled(&units, asset.decimals));
    let stated = place.computed()?;
    let none = Decimal::from_scaled(&BigInt::ZERO, 0);
    let is_reversed = is_opposite(&stated, &own);
    let help = "save all answers at one time, with every position and its side";
    if is_reversed && account.positions.len() == 1 && !within(&own, &none, &worth, SIDE_DECIMALS) {
        return Err(place.wrong("is the profit of a position on the other side").with_help(help));
    }
    let moved = product(&worth, &Decimal::from_scaled(&1.into(), MOVED_DECIMALS));
    let shown_decimals = if asset.symbol == USD { CENTS } else { asset.decimals };
    let most = sum(&moved, &Decimal::from_scaled(&1.into(), shown_decimals));
    let apart = magnitude(&sum(&stated, &less(&own)));
    if sum(&apart, &less(&most)).coefficient().is_positive() {
        let message = "differs from the profit of the positions listed at the marks of tickers.json by more than 1 % of their value";
        return Err(place.other_time(message));
    }
    Ok(())
}

/// The market with marks of one, of which no requirement depends.
fn at_any_mark(schedule: &Schedule) -> Result<CompiledMarket, FileError> {
    let mut snapshot = snapshot_in_settlement(schedule, 0, "Marks of one.");
    let instruments = schedule.file().instruments.iter();
    snapshot.instruments =
        instruments.map(|i| InstrumentPriceFile::at_mark(&*i.symbol, decimal("1"))).collect();
    compile(schedule, &snapshot)
}
