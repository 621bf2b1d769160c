//! An account and its positions.

use super::{DECIMALS, Gate, ImportError, Member, Venue};
use crate::venue::{
    ListedSum, check_parts, check_sign, decimal, empty_account, entry_of, instrument_of, is_flat,
    must_state, scaled, settled, size_of,
};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use zkmargin_model::decimal::Decimal;

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
    let [mut profit, mut required, mut margins] = [(); 3].map(|()| ListedSum::default());
    for listed in root.member("positions").list()? {
        let Some((position, margin)) = position(&listed, schedule)? else { continue };
        match position.isolated_margin {
            None => {
                profit.add(&listed.member("unrealised_pnl").computed()?);
                required.add(&listed.member("maintenance_margin").computed()?);
            }
            Some(_) => margins.add(&listed.member("margin").computed()?),
        }
        cash -= margin;
        account.positions.push(position);
    }
    let cash_of_book = Decimal::from_scaled(&cash, DECIMALS);
    account.balances.push(BalanceFile::new(symbol, scaled(cash, DECIMALS)));
    let total = listed.member("cross_maintenance_margin");
    if account.positions.iter().all(|position| position.isolated_margin.is_some()) {
        total.must_be_nothing("is not zero, but no position of the cross book is listed")?;
    } else {
        required.check(&total, SHOWN_DECIMALS)?;
    }
    profit.check(&listed.member("cross_unrealised_pnl"), SHOWN_DECIMALS)?;
    margins.check(&listed.member("isolated_position_margin"), SHOWN_DECIMALS)?;
    check_balance(&listed, &cash_of_book)?;
    Ok(account)
}

/// Compares the cross book's balance with the venue's own figure of it. Whether that has the book's profit is in no stored
/// text, so it is one of the two.
fn check_balance(listed: &Member, cash: &Decimal) -> Result<(), ImportError> {
    let balance = listed.member("cross_margin_balance");
    let profit = listed.member("cross_unrealised_pnl").computed()?;
    // Accounts without that mode may have zeros there.
    if balance.is_present()
        && balance.computed()?.coefficient().is_zero()
        && profit.coefficient().is_zero()
    {
        return Ok(());
    }
    let message = "is not the balance of the cross book, with its profit or without";
    let parts = [cash.clone(), profit];
    check_parts(&balance, &parts[..1], SHOWN_DECIMALS, message)
        .or_else(|_| check_parts(&balance, &parts, SHOWN_DECIMALS, message))
}

/// A position with the margin that is assigned to it; `None` for an empty entry.
fn position(
    listed: &Member,
    schedule: &Schedule,
) -> Result<Option<(PositionFile, BigInt)>, ImportError> {
    if is_flat(listed, "size", &["unrealised_pnl", "maintenance_margin", "margin"])? {
        return Ok(None);
    }
    let place = listed.member("size");
    let instrument = instrument_of(schedule, &listed.member("contract"))?;
    let Some(size) = size_of(&place, instrument)? else { return Ok(None) };
    must_state(listed, &["mark_price", "value"])?;
    check_mode(listed, &place, size.coefficient())?;
    let liquidation = listed.member("close_order").member("is_liq");
    liquidation.must_not_be_set("is set: the position is being liquidated")?;
    let average = listed.member("entry_price");
    let entry = entry_of(schedule, instrument, &size, (&average, &average.figure()?))?;
    let leverage = listed.member("leverage");
    let cross = leverage.figure()?.coefficient() == &BigInt::ZERO;
    check_margin_mode(listed, cross)?;
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

/// Sizes are signed in either mode: one of a side must have its sign.
fn check_mode(listed: &Member, size: &Member, signed: &BigInt) -> Result<(), ImportError> {
    let mode = listed.member("mode");
    if !mode.is_present() {
        return Ok(());
    }
    match mode.text()? {
        "single" => Ok(()),
        "dual_long" => check_sign(size, signed, true),
        "dual_short" => check_sign(size, signed, false),
        _ => Err(mode.wrong("is none of \"single\", \"dual_long\" and \"dual_short\"")),
    }
}

/// A leverage of 0 is the cross book; later versions of the answer name the book as well.
fn check_margin_mode(listed: &Member, cross: bool) -> Result<(), ImportError> {
    let mode = listed.member("pos_margin_mode");
    if mode.is_nothing() {
        return Ok(());
    }
    match (mode.text()?, cross) {
        ("cross", true) | ("isolated", false) => Ok(()),
        ("cross" | "isolated", _) => {
            Err(mode.wrong("is another book than that of leverage, which is 0 in the cross book"))
        }
        _ => Err(mode.wrong("is neither \"cross\" nor \"isolated\"")),
    }
}
