//! Marks and positions of a clearinghouse state.

use super::{DECIMALS, Hyperliquid, ImportError, Member, Venue};
use crate::venue::{check_entry, empty_account, instrument_of, priced_snapshot, scaled};
use crate::{
    AccountFile, AssetPriceFile, BalanceFile, DecimalText, InstrumentFile, InstrumentPriceFile,
    PositionFile, Schedule, SnapshotFile,
};
use num_bigint::{BigInt, Sign};

fn positions<'a>(state: &Member<'a>) -> Result<Vec<Member<'a>>, ImportError> {
    let listed = state.member("assetPositions").list()?;
    Ok(listed.iter().map(|listed| listed.member("position")).collect())
}

/// Size in the instrument's units, never zero.
fn size(position: &Member, instrument: &InstrumentFile) -> Result<BigInt, ImportError> {
    let member = position.member("szi");
    let size = member.scaled(instrument.size_decimals)?;
    if size.sign() == Sign::NoSign { Err(member.wrong("is 0")) } else { Ok(size) }
}

/// What the position is worth at its mark, on either side, in units of `10^-DECIMALS`.
fn notional(position: &Member) -> Result<BigInt, ImportError> {
    let member = position.member("positionValue");
    let value = member.scaled(DECIMALS)?;
    if value.sign() == Sign::Minus { Err(member.wrong("is negative")) } else { Ok(value) }
}

/// `notional / |size|`, exactly.
fn mark(position: &Member, instrument: &InstrumentFile) -> Result<DecimalText, ImportError> {
    let value = notional(position)?;
    let size = BigInt::from(size(position, instrument)?.magnitude().clone());
    let mark = &value / &size;
    let decimals = DECIMALS.checked_sub(instrument.size_decimals);
    match decimals.filter(|_| &mark * &size == value) {
        Some(decimals) => Ok(scaled(mark, decimals)),
        None => {
            let message = "is not the size times a mark that the venue could have";
            Err(position.member("positionValue").wrong(message))
        }
    }
}

pub(super) fn snapshot(state: &Member, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
    let time = state.member("time").milliseconds()?;
    let source = "Marks that the position values of a Hyperliquid clearinghouse state imply.";
    let mut snapshot = priced_snapshot(schedule, time, time, source);
    snapshot.assets.push(AssetPriceFile::at_index("USDC", scaled(1, 0)));
    for position in positions(state)? {
        let coin = position.member("coin");
        coin.text()?;
        // What the schedule does not list needs no price.
        let Ok(instrument) = instrument_of(schedule, &coin) else { continue };
        let mark = mark(&position, instrument)?;
        snapshot.instruments.push(InstrumentPriceFile::at_mark(&*instrument.symbol, mark));
    }
    Ok(snapshot)
}

/// A position that was read, with figures in units of `10^-DECIMALS`.
struct Held {
    file: PositionFile,
    /// What it is worth at its mark: signed as its size is, and on either side.
    value: BigInt,
    notional: BigInt,
    profit: BigInt,
    /// What an isolated position has without its value.
    raw: Option<BigInt>,
}

fn position(position: &Member, schedule: &Schedule) -> Result<Held, ImportError> {
    let instrument = instrument_of(schedule, &position.member("coin"))?;
    // Value and size agree, as they do for a snapshot.
    mark(position, instrument)?;
    let size = size(position, instrument)?;
    let notional = notional(position)?;
    let value = if size.sign() == Sign::Minus { -&notional } else { notional.clone() };
    let place = position.member("unrealizedPnl");
    let profit = place.scaled(DECIMALS)?;
    let entry = &value - &profit;
    check_entry(&place, instrument.kind, &size, &entry)?;
    let leverage = position.member("leverage");
    let raw = match leverage.member("type").text()? {
        "cross" => None,
        "isolated" => Some(leverage.member("rawUsd").scaled(DECIMALS)?),
        _ => return Err(leverage.member("type").wrong("is neither \"cross\" nor \"isolated\"")),
    };
    let isolated_margin = raw.as_ref().map(|raw| scaled(raw + &entry, DECIMALS));
    let (size, entry) = (scaled(size, instrument.size_decimals), scaled(entry, DECIMALS));
    let file =
        PositionFile { isolated_margin, ..PositionFile::new(&*instrument.symbol, size, entry) };
    Ok(Held { file, value, notional, profit, raw })
}

/// What positions add to a summary of the state.
struct Totals {
    value: BigInt,
    notional: BigInt,
    raw: BigInt,
}

impl Totals {
    /// Checks that a summary matches what was listed: a missing position would hide its requirement.
    fn check(&self, summary: &Member) -> Result<(), ImportError> {
        for (name, listed) in [
            ("accountValue", &self.value),
            ("totalNtlPos", &self.notional),
            ("totalRawUsd", &self.raw),
        ] {
            let member = summary.member(name);
            if member.scaled(DECIMALS)? != *listed {
                let help = "use a complete state, whose positions add up to its totals";
                return Err(member.wrong("does not match the positions listed").with_help(help));
            }
        }
        Ok(())
    }
}

pub(super) fn account(state: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    // The value of the cross book counts its positions at their mark; what is left is cash at entry.
    let summary = state.member("crossMarginSummary");
    let value = summary.member("accountValue").scaled(DECIMALS)?;
    let mut cash = value.clone();
    let mut cross = Totals { value: value.clone(), notional: BigInt::ZERO, raw: value.clone() };
    let mut isolated = Totals { value: BigInt::ZERO, notional: BigInt::ZERO, raw: BigInt::ZERO };
    let mut account = empty_account(Hyperliquid::NAME);
    for listed in positions(state)? {
        let held = position(&listed, schedule)?;
        if account.positions.iter().any(|earlier| earlier.instrument == held.file.instrument) {
            return Err(listed.member("coin").wrong("is that of an earlier position"));
        }
        match held.raw {
            None => {
                cash -= held.profit;
                cross.raw -= held.value;
                cross.notional += held.notional;
            }
            Some(raw) => {
                isolated.value += &raw + held.value;
                isolated.raw += raw;
                isolated.notional += held.notional;
            }
        }
        account.positions.push(held.file);
    }
    cross.check(&summary)?;
    let all = Totals {
        value: cross.value + isolated.value,
        notional: cross.notional + isolated.notional,
        raw: cross.raw + isolated.raw,
    };
    all.check(&state.member("marginSummary"))?;
    account.balances.push(BalanceFile::new("USDC", scaled(cash, DECIMALS)));
    Ok(account)
}
