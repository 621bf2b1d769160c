//! Marks and the cross account of a clearinghouse state.

use super::{DECIMALS, Hyperliquid, ImportError, Member, Venue};
use crate::venue::{empty_account, instrument_of, priced_snapshot, scaled};
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
        snapshot.instruments.push(InstrumentPriceFile {
            instrument: instrument.symbol.clone(),
            mark: mark(&position, instrument)?,
            funding_index: None,
        });
    }
    Ok(snapshot)
}

/// A position, and its profit in units of `10^-DECIMALS`.
fn position(position: &Member, schedule: &Schedule) -> Result<(PositionFile, BigInt), ImportError> {
    let instrument = instrument_of(schedule, &position.member("coin"))?;
    let margin = position.member("leverage").member("type");
    if margin.text()? != "cross" {
        let help = "an isolated position has its own margin; a cross account is read";
        return Err(margin.wrong("is not \"cross\"").with_help(help));
    }
    // Value and size agree, as they do for a snapshot.
    mark(position, instrument)?;
    let size = size(position, instrument)?;
    let value = notional(position)?;
    let value = if size.sign() == Sign::Minus { -value } else { value };
    let profit = position.member("unrealizedPnl").scaled(DECIMALS)?;
    let file = PositionFile {
        instrument: instrument.symbol.clone(),
        size: scaled(size, instrument.size_decimals),
        entry_value: scaled(value - &profit, DECIMALS),
        funding_index: None,
        isolated_margin: None,
    };
    Ok((file, profit))
}

/// Checks that a total of the state matches its positions: a missing position would hide its requirement.
fn check_total(summary: &Member, name: &str, listed: &BigInt) -> Result<(), ImportError> {
    let member = summary.member(name);
    if member.scaled(DECIMALS)? == *listed {
        return Ok(());
    }
    let help = "use a complete state, whose positions add up to its totals";
    Err(member.wrong("does not match the positions listed").with_help(help))
}

pub(super) fn account(state: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    // The account value counts all positions at their mark; what is left is cash at entry.
    let summary = state.member("crossMarginSummary");
    let value = summary.member("accountValue").scaled(DECIMALS)?;
    let mut cash = value.clone();
    let (mut total, mut raw) = (BigInt::ZERO, value);
    let mut account = empty_account(Hyperliquid::NAME);
    for listed in positions(state)? {
        let (file, profit) = position(&listed, schedule)?;
        let value = notional(&listed)?;
        raw += if file.size.as_str().starts_with('-') { value.clone() } else { -value.clone() };
        total += value;
        if account.positions.iter().any(|earlier| earlier.instrument == file.instrument) {
            return Err(listed.member("coin").wrong("is that of an earlier position"));
        }
        cash -= profit;
        account.positions.push(file);
    }
    check_total(&summary, "totalNtlPos", &total)?;
    check_total(&summary, "totalRawUsd", &raw)?;
    account
        .balances
        .push(BalanceFile { asset: "USDC".to_owned(), balance: scaled(cash, DECIMALS) });
    Ok(account)
}
