//! Accounts of the venue's API: the answer to `/api/v1/account`.

use super::{
    ImportError, Lighter, Member, PRICE_DECIMALS, RATE_DECIMALS, USDC_DECIMALS, Venue, details,
    symbol,
};
use crate::portfolio::figure::{less, product, sum};
use crate::venue::{ListedSum, check_entry, empty_account, is_flat, magnitude, scaled};
use crate::{AccountFile, BalanceFile, DecimalText, KindFile, PositionFile, Schedule};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// Digits of every amount in the answer.
const DECIMALS: u32 = 6;

/// The only account of the answer.
pub(super) fn only<'a>(answer: &Member<'a>) -> Result<Member<'a>, ImportError> {
    details::check_code(answer)?;
    let accounts = answer.member("accounts");
    let [account] = &accounts.list()?[..] else {
        return Err(accounts.wrong("is not a list of one account"));
    };
    let mode = account.member("account_trading_mode");
    mode.must_be_nothing_if_given(
        "is not zero: of a unified account other assets count as collateral, which is no part of the schedule",
    )?;
    Ok(account.clone())
}

/// An entry of something, with its size in base units, signed. The answer writes a size with all digits of its market.
pub(super) struct Entry<'a> {
    pub(super) place: Member<'a>,
    pub(super) market: u32,
    pub(super) size: BigInt,
    pub(super) digits: u32,
}

pub(super) fn entries<'a>(account: &Member<'a>) -> Result<Vec<Entry<'a>>, ImportError> {
    let mut entries = Vec::new();
    for place in account.member("positions").list()? {
        if let Some(entry) = entry(place)? {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// The entry at a place; `None` for one of nothing.
pub(super) fn entry<'a>(place: Member<'a>) -> Result<Option<Entry<'a>>, ImportError> {
    let position = place.member("position");
    let size = position.exact()?;
    if is_flat(&place, "position", &["position_value", "unrealized_pnl", "allocated_margin"])? {
        return Ok(None);
    }
    if size.coefficient().is_negative() {
        return Err(position.wrong("is negative; the sign is a member of its own"));
    }
    let sign = place.member("sign");
    let sign = match sign.integer()? {
        1 => BigInt::from(1),
        -1 => BigInt::from(-1),
        _ => return Err(sign.wrong("is neither 1 nor -1")),
    };
    let digits = position.written_decimals()?;
    let units = size.to_scaled(digits).unwrap_or_default();
    let market = details::index(&place)?;
    Ok(Some(Entry { place, market, size: units * sign, digits }))
}

impl Entry<'_> {
    /// Whether it is a book of its own.
    pub(super) fn is_isolated(&self) -> Result<bool, ImportError> {
        let mode = self.place.member("margin_mode");
        match mode.natural()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(mode.wrong("is neither 0 nor 1")),
        }
    }

    /// The account's own initial fraction, which the answer has in percent; `None` for none.
    fn own_fraction(&self) -> Result<Option<DecimalText>, ImportError> {
        let place = self.place.member("initial_margin_fraction");
        let units = place.scaled(RATE_DECIMALS - 2)?;
        if units.is_negative() {
            return Err(place.wrong("is negative"));
        }
        Ok((units != BigInt::ZERO).then(|| scaled(units, RATE_DECIMALS)))
    }

    /// Its value at the venue's mark, signed.
    fn value(&self) -> Result<Decimal, ImportError> {
        let place = self.place.member("position_value");
        let value = place.exact()?;
        if value.coefficient().is_negative() {
            return Err(place.wrong("is negative; the sign is a member of its own"));
        }
        Ok(if self.size.is_negative() { less(&value) } else { value })
    }
}

pub(super) fn account(answer: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let answer = only(answer)?;
    let mut account = empty_account(Lighter::NAME);
    let collateral = answer.member("collateral").scaled(USDC_DECIMALS)?;
    account.balances.push(BalanceFile::new("USDC", scaled(collateral, USDC_DECIMALS)));
    for entry in entries(&answer)? {
        let name = symbol(entry.market);
        if !schedule.file().instruments.iter().any(|listed| listed.symbol == name) {
            return Err(entry.place.wrong("is not in a market of the schedule"));
        }
        let profit = entry.place.member("unrealized_pnl");
        let paid = sum(&entry.value()?, &less(&profit.exact()?));
        check_entry(&profit, KindFile::Linear, &entry.size, paid.coefficient())?;
        let paid = paid.to_scaled(PRICE_DECIMALS).ok_or_else(|| {
            profit.wrong(format!("or the value has more than {DECIMALS} digits after the point"))
        })?;
        let margin = entry.place.member("allocated_margin");
        let isolated_margin = match entry.is_isolated()? {
            true => Some(scaled(margin.scaled(USDC_DECIMALS)?, USDC_DECIMALS)),
            false => {
                margin.must_be_nothing("is set, but the position is not isolated")?;
                None
            }
        };
        let own = match schedule.file().own_rates {
            true => entry.own_fraction()?,
            false => None,
        };
        account.positions.push(PositionFile {
            own_rate: own,
            funding_index: Some(scaled(0, USDC_DECIMALS)),
            isolated_margin,
            ..PositionFile::new(name, scaled(entry.size, 0), scaled(paid, PRICE_DECIMALS))
        });
    }
    Ok(account)
}

/// That the totals are those of the collateral and the positions listed, at the fractions of the list.
pub(super) fn check(answer: &Member<'_>, listed: &Member<'_>) -> Result<(), ImportError> {
    let account = only(answer)?;
    let mut markets = BTreeMap::new();
    for place in listed.member("order_book_details").list()? {
        markets.insert(details::index(&place)?, place);
    }
    let collateral = account.member("collateral").exact()?;
    let [mut cross, mut whole, mut required] = [(); 3].map(|()| ListedSum::default());
    cross.add(&collateral);
    whole.add(&collateral);
    for entry in entries(&account)? {
        let Some(market) = markets.get(&entry.market) else {
            return Err(entry.place.member("market_id").wrong("is not in orderBookDetails.json"));
        };
        if entry.digits != details::size_decimals(market)? {
            let message = "has not the digits of its market in orderBookDetails.json";
            return Err(entry.place.member("position").wrong(message));
        }
        let value = magnitude(&entry.value()?);
        let profit = entry.place.member("unrealized_pnl").exact()?;
        whole.add(&profit);
        if entry.is_isolated()? {
            whole.add(&entry.place.member("allocated_margin").exact()?);
        } else {
            cross.add(&profit);
            let fraction = market.member("maintenance_margin_fraction").natural()?;
            required.add(&product(&value, &Decimal::from_scaled(&fraction.into(), 4)));
        }
    }
    cross.check(&account.member("cross_asset_value"), DECIMALS)?;
    whole.check(&account.member("total_asset_value"), DECIMALS)?;
    required.check(&account.member("cross_maintenance_margin_requirement"), DECIMALS)
}
