//! An account. Errors repeat no figure of it.

use super::{BITS, Mango, QUOTE_DECIMALS, decimals, perpetual, raw, token};
use crate::venue::{ImportError, Member, Venue, decimal, empty_account, scaled};
use crate::{AccountFile, BalanceFile, DecimalText, PositionFile, Requirement, Schedule, Unit};
use num_bigint::BigInt;
use num_traits::Zero;

pub(super) fn account(root: &Member<'_>, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    // Until its liquidation ends, the program judges the account by that requirement alone.
    if schedule.requirement() != Requirement::LiquidationEnd {
        let message = "is set: the account is being liquidated, until its health of --requirement liquidation-end is not negative";
        root.member("being_liquidated").must_not_be_set(message)?;
    }
    let serum = root.member("serum");
    if serum.is_present() {
        for orders in serum.list()? {
            refuse(&orders, ["reserved_base", "reserved_quote"])?;
            for name in ["free_base", "free_quote"] {
                let message = "is not zero; funds in spot open orders are not imported";
                orders.member(name).must_be_nothing_if_given(message)?;
            }
        }
    }
    let mut account = empty_account(Mango::NAME);
    for held in root.member("tokens").list()? {
        let bank = held.member("bank");
        let symbol = token::symbol_of(&bank)?;
        if schedule.asset(&symbol).is_none() {
            return Err(held.wrong("is a token that the schedule does not list"));
        }
        let balance = amount(&raw(&held, "balance")?, decimals(&bank, "mint_decimals")?);
        account.balances.push(BalanceFile::new(symbol, balance));
    }
    for market in root.member("perps").list()? {
        refuse(&market, ["bids_base_lots", "asks_base_lots"])?;
        let [size, quote] = perpetual::held(&market)?;
        match (size.is_zero(), quote.is_zero()) {
            (true, true) => continue,
            (true, false) => {
                let message = "has a result without a size; accounts have no place for it";
                return Err(market.wrong(message));
            }
            _ => {}
        }
        let symbol = perpetual::symbol_of(&market)?;
        if schedule.instrument(&symbol).is_none() {
            return Err(market.wrong("is a market that the schedule does not list"));
        }
        let size = scaled(size, decimals(&market, "base_decimals")?);
        account.positions.push(PositionFile::new(symbol, size, amount(&-quote, QUOTE_DECIMALS)));
    }
    Ok(account)
}

/// An amount of a token with these digits.
fn amount(raw: &BigInt, decimals: u32) -> DecimalText {
    decimal(Unit { decimals, bits: BITS }.figure(raw).to_string())
}

fn refuse(of: &Member<'_>, figures: [&str; 2]) -> Result<(), ImportError> {
    for name in figures {
        of.member(name).must_be_nothing("is not zero; open orders are not imported")?;
    }
    Ok(())
}
