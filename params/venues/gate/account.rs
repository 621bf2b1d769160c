//! An account and its positions.

use super::{DECIMALS, Gate, ImportError, Member, Venue};
use crate::venue::{
    ListedSum, decimal, empty_account, entry_of, instrument_of, scaled, settled, size_of,
};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};
use num_bigint::BigInt;
use num_traits::Signed;

/// Digits to which the venue's totals are compared.
const SHOWN_DECIMALS: u32 = 6;

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let listed = root.member("accounts");
    let currency = listed.member("currency");
    let symbol = currency.text()?;
    if schedule.asset(symbol).is_none() {
        return Err(currency.wrong("is not an asset of the schedule"));
    }
    let message = "is not 0: the account is a unified one, which the schedule leaves out";
    listed.member("margin_mode").must_be_nothing(message)?;
    let tiered = listed.member("enable_tiered_mm");
    if !tiered.flag()? {
        let message = "is not set: requirements are those of each position's own risk limit";
        return Err(tiered.wrong(message));
    }
    for name in ["order_margin", "cross_order_margin"] {
        let message = "is not zero: open orders have margin, which the schedule leaves out";
        listed.member(name).must_be_nothing(message)?;
    }
    let message = "is not zero: what a bonus is as margin is not known";
    listed.member("bonus").must_be_nothing(message)?;
    let mut account = empty_account(Gate::NAME);
    // All of the account without profit and loss, of which isolated positions have a part.
    let mut cash = listed.member("total").scaled(DECIMALS)?;
    let (mut profit, mut margins) = (ListedSum::default(), ListedSum::default());
    for listed in root.member("positions").list()? {
        let Some((position, margin)) = position(&listed, schedule)? else { continue };
        match position.isolated_margin {
            None => profit.add(&listed.member("unrealised_pnl").computed()?),
            Some(_) => margins.add(&listed.member("margin").computed()?),
        }
        cash -= margin;
        account.positions.push(position);
    }
    account.balances.push(BalanceFile::new(symbol, scaled(cash, DECIMALS)));
    if account.positions.iter().all(|position| position.isolated_margin.is_some()) {
        let message = "is not zero, but no position of the cross book is listed";
        listed.member("cross_maintenance_margin").must_be_nothing(message)?;
    }
    profit.check(&listed.member("cross_unrealised_pnl"), SHOWN_DECIMALS)?;
    margins.check(&listed.member("isolated_position_margin"), SHOWN_DECIMALS)?;
    Ok(account)
}

/// A position with the margin that is assigned to it; `None` for an empty entry.
fn position(
    listed: &Member,
    schedule: &Schedule,
) -> Result<Option<(PositionFile, BigInt)>, ImportError> {
    let place = listed.member("size");
    if place.is_zero()? {
        return Ok(None);
    }
    let instrument = instrument_of(schedule, &listed.member("contract"))?;
    let Some(size) = size_of(&place, instrument)? else { return Ok(None) };
    let average = listed.member("entry_price");
    let entry = entry_of(schedule, instrument, &size, (&average, &average.figure()?))?;
    let leverage = listed.member("leverage");
    let cross = leverage.figure()?.coefficient() == &BigInt::ZERO;
    let margin = match cross {
        true => BigInt::ZERO,
        false => listed.member("margin").scaled(DECIMALS)?,
    };
    if margin.is_negative() {
        return Err(listed.member("margin").wrong("is negative"));
    }
    let position = PositionFile {
        isolated_margin: (!cross).then(|| scaled(margin.clone(), DECIMALS)),
        ..PositionFile::new(
            &*instrument.symbol,
            decimal(size.to_string()),
            settled(schedule, instrument, entry),
        )
    };
    Ok(Some((position, margin)))
}
