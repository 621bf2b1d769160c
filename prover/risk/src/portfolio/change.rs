//! Trades and deposits in an account of portfolio margin.

use crate::change::ChangeError;
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{Signed, Zero};
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::portfolio::Market;
use zkmargin_model::rule::{Account, Balance, Book, Position, Side};
use zkmargin_params::portfolio::PortfolioSchedule;

/// At which price a trade is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TradePrice {
    /// At the value that the market has.
    Value,
    /// At a price of one unit of size in the settlement asset.
    At(Decimal),
}

/// A trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioTrade {
    /// Instrument id.
    pub instrument: u32,
    /// Size steps bought, or sold if negative.
    pub size: BigInt,
    /// At which price.
    pub price: TradePrice,
}

/// What a size step costs, in units of entry values, as a fraction.
struct Cost {
    numerator: BigInt,
    denominator: BigInt,
}

impl Cost {
    /// What a size costs, up to a whole unit of entry values: rounding is against the account by less than one.
    fn of(&self, size: &BigInt) -> BigInt {
        Integer::div_ceil(&(size * &self.numerator), &self.denominator)
    }
}

fn credit(balances: &mut Vec<Balance>, asset: u32, amount: &BigInt) {
    match balances.iter_mut().find(|b| b.asset == asset) {
        Some(balance) => balance.balance += amount,
        None => balances.push(Balance { asset, balance: amount.clone(), own: 0 }),
    }
}

fn position(instrument: u32, size: BigInt, entry: BigInt) -> Position {
    let side = if size.is_negative() { Side::Short } else { Side::Long };
    let size: BigUint = size.into_parts().1;
    Position { book: Book::Cross, instrument, side, size, entry, own: 0 }
}

/// The account after a trade of a size at a cost of each step.
fn traded(
    account: &Account,
    (instrument, settles_in): (u32, u32),
    size: &BigInt,
    cost: &Cost,
) -> Result<Account, ChangeError> {
    if size.is_zero() {
        return Err(ChangeError::NoSize);
    }
    let mut positions = account.positions().to_vec();
    let mut balances = account.balances().to_vec();
    // Profit and loss need a balance to settle in.
    credit(&mut balances, settles_in, &BigInt::ZERO);
    let held = positions.iter().position(|p| p.instrument == instrument);
    let mut opens = size.clone();
    if let Some(at) = held {
        let p = positions.remove(at);
        let before = p.signed_size();
        let after = &before + size;
        if after.sign() == before.sign() {
            positions.push(position(instrument, after, p.entry + cost.of(size)));
            return Ok(Account::new(positions, balances)?);
        }
        // All of it is closed: what it has won or lost settles.
        let settled = -(p.entry + cost.of(&-before));
        credit(&mut balances, settles_in, &settled);
        opens = after;
    }
    if !opens.is_zero() {
        let entry = cost.of(&opens);
        positions.push(position(instrument, opens, entry));
    }
    Ok(Account::new(positions, balances)?)
}

/// The account after a trade.
///
/// What the trade costs joins the entry value, up to a whole unit of entry values. What it closes in part keeps profit and
/// loss there; what it closes entirely moves them to the balance of the settlement asset, and the rest opens the other
/// side.
///
/// # Errors
/// [`ChangeError`].
pub fn trade(
    schedule: &PortfolioSchedule,
    market: &Market,
    account: &Account,
    trade: &PortfolioTrade,
) -> Result<Account, ChangeError> {
    let instrument = trade.instrument;
    let unknown = || ChangeError::UnknownInstrument { instrument };
    let listed = schedule.instrument_of(instrument).ok_or_else(unknown)?;
    let cost = match &trade.price {
        TradePrice::Value => of_value(market, instrument).ok_or_else(unknown)?,
        TradePrice::At(price) => Cost {
            numerator: price.coefficient() * power_of_ten(schedule.file().digits.entry),
            denominator: power_of_ten(listed.size_decimals + price.scale()),
        },
    };
    traded(account, (instrument, listed.settle), &trade.size, &cost)
}

fn of_value(market: &Market, instrument: u32) -> Option<Cost> {
    let value = market.terms().instrument(instrument)?.value.clone();
    Some(Cost { numerator: value, denominator: market.terms().entry_unit.clone() })
}

/// The account after so many steps of a position are closed at the market's value.
pub(super) fn closed(
    market: &Market,
    account: &Account,
    p: &Position,
    part: &BigInt,
) -> Result<Account, ChangeError> {
    let instrument = p.instrument;
    let unknown = || ChangeError::UnknownInstrument { instrument };
    let settles_in = market.terms().instrument(instrument).ok_or_else(unknown)?.settles_in;
    let cost = of_value(market, instrument).ok_or_else(unknown)?;
    let size = if p.side == Side::Long { -part } else { part.clone() };
    if size.is_zero() {
        return Ok(account.clone());
    }
    traded(account, (instrument, settles_in), &size, &cost)
}

/// The account after a deposit, or a withdrawal if it is negative, in units of entry values.
///
/// # Errors
/// [`ChangeError`].
pub fn deposit(
    market: &Market,
    account: &Account,
    asset: u32,
    amount: &BigInt,
) -> Result<Account, ChangeError> {
    if market.terms().asset(asset).is_none() {
        return Err(ChangeError::UnknownAsset { asset });
    }
    let mut balances = account.balances().to_vec();
    credit(&mut balances, asset, amount);
    Ok(Account::new(account.positions().to_vec(), balances)?)
}
