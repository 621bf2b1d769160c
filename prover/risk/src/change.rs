//! Trades and deposits: what an account would be after them.

use num_bigint::{BigInt, BigUint};
use num_traits::{Signed, Zero};
use zkmargin_model::rule::{
    Account, AccountError, Balance, Book, InstrumentTerms, Orders, Position, Side,
};
use zkmargin_params::CompiledMarket;

/// A trade in the cross book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Instrument id.
    pub instrument: u32,
    /// The position it changes; `None` for the only one.
    pub side: Option<Side>,
    /// Size steps bought, or sold if negative.
    pub size: BigInt,
    /// Price, in the instrument's price unit.
    pub price: BigInt,
}

/// Why an account cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The market does not list the instrument.
    #[error("instrument {instrument} is not in this market")]
    UnknownInstrument {
        /// The instrument.
        instrument: u32,
    },
    /// The market does not list the asset.
    #[error("asset {asset} is not in this market")]
    UnknownAsset {
        /// The asset.
        asset: u32,
    },
    /// A trade of nothing.
    #[error("the size of a trade is not zero")]
    NoSize,
    /// No snapshot can have the price.
    #[error("a snapshot cannot have the price of the trade in instrument {instrument}")]
    Price {
        /// The instrument.
        instrument: u32,
    },
    /// The instrument is held on both sides.
    #[error("instrument {instrument} is held on both sides; say which of them the trade changes")]
    BothSides {
        /// The instrument.
        instrument: u32,
    },
    /// A trade of a side that closes more than there is.
    #[error("the trade in instrument {instrument} closes more than is held on that side")]
    ClosesTooMuch {
        /// The instrument.
        instrument: u32,
    },
    /// A part of a position whose requirement is of its value at entry, which is not known of the rest.
    #[error(
        "the position in instrument {instrument} is required of its value at entry; close all of it"
    )]
    PartAtEntry {
        /// The instrument.
        instrument: u32,
    },
    /// What results is not an account.
    #[error(transparent)]
    Account(#[from] AccountError),
}

fn side_of(size: &BigInt) -> Side {
    if size.is_negative() { Side::Short } else { Side::Long }
}

/// What remains of a position after a trade that leaves its side as it is. Value and funding of the trade join the entry
/// value, so that its price is the only gain or loss that the trade makes.
pub(crate) fn traded(
    p: &Position,
    terms: &InstrumentTerms,
    at_price: &InstrumentTerms,
    size: &BigInt,
) -> (BigInt, BigInt) {
    let entry = &p.entry + at_price.value_of(p.side, size) - &terms.funding * size;
    (p.signed_size() + size, entry)
}

/// What settles of a position that was closed with this entry value, in units of its settlement asset.
pub(crate) fn realized(terms: &InstrumentTerms, entry: &BigInt) -> BigInt {
    let pnl = -entry;
    let rounded = terms.pnl_rounding.as_ref().map(|step| step.apply(&pnl));
    terms.result_of(&rounded.unwrap_or(pnl))
}

/// Positions and balances on the way to another account.
struct Draft {
    positions: Vec<Position>,
    /// Of each position, in a record that has them.
    orders: Option<Vec<Orders>>,
    /// Likewise; a trade is in the cross book, where there are none.
    allocations: Option<Vec<u64>>,
    balances: Vec<Balance>,
}

impl Draft {
    fn of(account: &Account) -> Self {
        Self {
            positions: account.positions().to_vec(),
            orders: account.orders().map(<[_]>::to_vec),
            allocations: account.allocations().map(<[_]>::to_vec),
            balances: account.balances().to_vec(),
        }
    }

    fn made(self) -> Result<Account, ChangeError> {
        Ok(match (self.orders, self.allocations) {
            (None, _) => Account::new(self.positions, self.balances),
            (Some(orders), None) => Account::with_orders(
                self.positions.into_iter().zip(orders).collect(),
                self.balances,
            ),
            (Some(orders), Some(of)) => {
                let positions = self.positions.into_iter().zip(orders).zip(of);
                let positions = positions.map(|((p, orders), of)| (p, orders, of));
                Account::with_allocations(positions.collect(), self.balances)
            }
        }?)
    }

    /// Takes a position out, with its orders.
    fn close(&mut self, at: usize) -> Orders {
        self.positions.remove(at);
        self.allocations.as_mut().map(|all| all.remove(at));
        self.orders.as_mut().map_or_else(Orders::default, |orders| orders.remove(at))
    }

    /// Adds a position with orders.
    fn open(&mut self, position: Position, orders: Orders) {
        self.positions.push(position);
        if let Some(all) = &mut self.orders {
            all.push(orders);
        }
        if let Some(all) = &mut self.allocations {
            all.push(0);
        }
    }

    fn credit(&mut self, asset: u32, amount: &BigInt) {
        match self.balances.iter_mut().find(|b| b.asset == asset) {
            Some(balance) => balance.balance += amount,
            None => self.balances.push(Balance { asset, balance: amount.clone(), own: 0 }),
        }
    }

    fn cross(&self, instrument: u32, side: Side) -> Option<usize> {
        let is =
            |p: &Position| p.book == Book::Cross && p.instrument == instrument && p.side == side;
        self.positions.iter().position(is)
    }
}

/// The account after a trade in the cross book.
///
/// The trade changes the position of its instrument there, or opens one. What it closes in part keeps profit and loss in
/// the entry value, where they count as before; what it closes entirely moves them to the balance of the settlement
/// asset, and the rest of the trade opens the other side. Open orders stay. With a side, the trade changes that side alone.
///
/// # Errors
/// [`ChangeError`].
pub fn trade(
    market: &CompiledMarket,
    account: &Account,
    trade: &Trade,
) -> Result<Account, ChangeError> {
    let instrument = trade.instrument;
    let unknown = ChangeError::UnknownInstrument { instrument };
    let terms = market.market().instrument(instrument).ok_or(unknown)?;
    let at_price = market
        .instrument_at(instrument, &trade.price)
        .filter(|terms| {
            // In the book where it settles; in others it has no requirement.
            let mut books = market.selections().iter();
            let listed = market.schedule().instrument_of_id(instrument);
            listed.is_some_and(|listed| listed.can_be(&trade.price))
                && books.any(|of| of.market().admits(terms).is_ok())
        })
        .ok_or(ChangeError::Price { instrument })?;
    if trade.size.is_zero() {
        return Err(ChangeError::NoSize);
    }
    let asset = market.market().terms().groups[terms.group].asset;
    let mut draft = Draft::of(account);
    // Profit and loss need a balance to settle in.
    draft.credit(asset, &BigInt::ZERO);
    let held = [Side::Long, Side::Short].map(|side| draft.cross(instrument, side));
    let at = match (trade.side, held) {
        (Some(Side::Long), [at, _]) | (Some(Side::Short), [_, at]) => at,
        (None, [Some(_), Some(_)]) => return Err(ChangeError::BothSides { instrument }),
        (None, [long, short]) => long.or(short),
    };
    let mut opens = trade.size.clone();
    let mut orders = Orders::default();
    // An own rate or leverage is the instrument's, on either side of it.
    let own = at.map_or(0, |at| draft.positions[at].own);
    if let Some(at) = at {
        let p = &draft.positions[at];
        let (size, entry) = traded(p, terms, &at_price, &trade.size);
        if !size.is_zero() && side_of(&size) == p.side {
            if terms.elements.at_entry && side_of(&trade.size) != p.side {
                return Err(ChangeError::PartAtEntry { instrument });
            }
            draft.positions[at] =
                Position { size: size.into_parts().1, entry, ..draft.positions[at].clone() };
            return draft.made();
        }
        let (_, entry) = traded(p, terms, &at_price, &-p.signed_size());
        orders = draft.close(at);
        draft.credit(asset, &realized(terms, &entry));
        opens = size;
    }
    let nothing = Position {
        book: Book::Cross,
        instrument,
        side: side_of(&opens),
        size: BigUint::ZERO,
        entry: BigInt::ZERO,
        own,
    };
    if opens.is_zero() {
        if orders != Orders::default() {
            draft.open(nothing, orders);
        }
        return draft.made();
    }
    let side = side_of(&opens);
    if trade.side.is_some_and(|own| own != side) {
        return Err(ChangeError::ClosesTooMuch { instrument });
    }
    let (size, entry) = traded(&nothing, terms, &at_price, &opens);
    draft.open(Position { size: size.into_parts().1, entry, ..nothing }, orders);
    draft.made()
}

/// The account after a deposit into the cross book, or a withdrawal if it is negative, in units of the asset.
///
/// # Errors
/// [`ChangeError`].
pub fn deposit(
    market: &CompiledMarket,
    account: &Account,
    asset: u32,
    amount: &BigInt,
) -> Result<Account, ChangeError> {
    if market.market().asset(asset).is_none() {
        return Err(ChangeError::UnknownAsset { asset });
    }
    let mut draft = Draft::of(account);
    draft.credit(asset, amount);
    draft.made()
}
