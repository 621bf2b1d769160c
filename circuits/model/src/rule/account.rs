//! The integer account: what the commitment commits to.

use super::{Orders, Profile, SecondWord};
use crate::widths::{
    ALLOCATION_BITS, BALANCE_BITS, ENTRY_BITS, MAX_ASSETS, MAX_HELD_ASSETS, MAX_HELD_POSITIONS,
    MAX_POSITIONS, NARROW_ORDERS_BITS, ORDERS_BITS, OWN_BITS, SIZE_BITS,
};
use num_bigint::{BigInt, BigUint};
use num_traits::Zero;

/// Direction of a position. Part of the position's key, so a hedged account holds both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// Positive size.
    Long,
    /// Negative size.
    Short,
}

/// `long` or `short`.
impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Long => "long",
            Self::Short => "short",
        })
    }
}

/// Which book a position is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Book {
    /// A book of its own: only the margin that is assigned to the position stands behind it.
    Isolated,
    /// The book that all collateral and all other positions share.
    Cross,
}

/// One position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The book. Part of the position's key, so an account can hold an instrument in both.
    pub book: Book,
    /// Instrument id in the registry.
    pub instrument: u32,
    /// Direction.
    pub side: Side,
    /// Magnitude in size steps, `1 ..= 2^90`; in a record with open orders `0 .. 2^90`, and long if zero.
    pub size: BigUint,
    /// Signed entry value in settlement units, including the entry funding index, less the margin that is assigned to an
    /// isolated position in a record without allocations, `-2^98 <= entry < 2^98`.
    pub entry: BigInt,
    /// Own parameter, below 2^27; 0 for none. A margin rate that the holder chose for this position, in units of the
    /// schedule's rate decimals; it counts where the schedule reads it.
    pub own: u32,
}

impl Position {
    /// The signed size.
    pub fn signed_size(&self) -> BigInt {
        let size = BigInt::from(self.size.clone());
        match self.side {
            Side::Long => size,
            Side::Short => -size,
        }
    }
}

/// One collateral balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Asset id in the registry.
    pub asset: u32,
    /// Signed balance in the asset's units, `-2^98 <= balance < 2^98`.
    pub balance: BigInt,
    /// Own parameter, below 2^27; 0 for none. As of a position, for the asset's weights.
    pub own: u32,
}

/// Isolated positions that a proof compares at most.
pub const MAX_ISOLATED: usize = 16;

/// Positions and balances, each list strictly ascending by its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    positions: Vec<Position>,
    balances: Vec<Balance>,
    /// Those of each position, in a record that has them.
    orders: Option<Vec<Orders>>,
    /// That of each position, in a record that has them, beside orders.
    allocations: Option<Vec<u64>>,
}

/// Why lists are not an account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// More positions than any account has.
    #[error("{count} positions; an account has at most {MAX_HELD_POSITIONS}")]
    TooManyPositions {
        /// How many.
        count: usize,
    },
    /// More balances than any account has.
    #[error("{count} collateral assets; an account has at most {MAX_HELD_ASSETS}")]
    TooManyBalances {
        /// How many.
        count: usize,
    },
    /// Two positions with the same book, instrument and side.
    #[error("instrument {instrument} appears twice on one side")]
    DuplicatePosition {
        /// The instrument.
        instrument: u32,
    },
    /// Two balances of the same asset.
    #[error("asset {asset} appears twice")]
    DuplicateBalance {
        /// The asset.
        asset: u32,
    },
    /// A size that is zero or exceeds its width.
    #[error("the size of instrument {instrument} must be 1 to 2^{SIZE_BITS} steps")]
    Size {
        /// The instrument.
        instrument: u32,
    },
    /// A size, in a record with open orders, that is a short of zero or exceeds its width with what is ordered.
    #[error(
        "the size of instrument {instrument} with all bids or all asks must be below 2^{SIZE_BITS} steps, and long if zero"
    )]
    SizeWithOrders {
        /// The instrument.
        instrument: u32,
    },
    /// More open orders than their width.
    #[error("the number of open orders of instrument {instrument} exceeds {ORDERS_BITS} bits")]
    Orders {
        /// The instrument.
        instrument: u32,
    },
    /// Open orders that exceed their width beside an allocation.
    #[error(
        "all bids, or all asks, of instrument {instrument} exceed {NARROW_ORDERS_BITS} bits, their width beside an allocation"
    )]
    OrdersBesideAllocation {
        /// The instrument.
        instrument: u32,
    },
    /// An allocation that exceeds its width, or is that of a position in the cross book.
    #[error(
        "the allocation of instrument {instrument} must be below 2^{ALLOCATION_BITS}, and that of an isolated position"
    )]
    Allocation {
        /// The instrument.
        instrument: u32,
    },
    /// An entry value that exceeds its width.
    #[error("the entry value of instrument {instrument} exceeds {ENTRY_BITS} bits")]
    Entry {
        /// The instrument.
        instrument: u32,
    },
    /// A balance that exceeds its width.
    #[error("the balance of asset {asset} exceeds {BALANCE_BITS} bits")]
    BalanceWidth {
        /// The asset.
        asset: u32,
    },
    /// An own parameter that exceeds its width.
    #[error("the own parameter of {list} {id} exceeds {OWN_BITS} bits")]
    Own {
        /// `instrument` or `asset`.
        list: &'static str,
        /// Its id.
        id: u32,
    },
}

/// More than any circuit holds: such an account has margin figures, but no commitment and no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the account has {count} {what}; the largest circuit holds {most}, so there is no commitment to it and no proof about it"
)]
pub struct TooLarge {
    /// What there is too much of.
    pub what: &'static str,
    /// How many.
    pub count: usize,
    /// How many the largest circuit holds.
    pub most: usize,
}

impl TooLarge {
    /// A stable code for programs.
    pub const CODE: &'static str = "AccountTooLarge";
    /// What to do about it.
    pub const ADVICE: &'static str = "`zkmargin margin`, `reconcile`, `liquidation` and `what-if` take the whole account; for a proof, keep it in several accounts at the venue, each within a circuit";

    /// Refuses a count above a bound.
    ///
    /// # Errors
    /// What there is too much of.
    pub fn check(what: &'static str, count: usize, most: usize) -> Result<(), Self> {
        if count > most { Err(Self { what, count, most }) } else { Ok(()) }
    }
}

/// Whether a signed value fits a biased width.
pub(crate) fn fits_biased(value: &BigInt, bits: u32) -> bool {
    let half = BigInt::from(1) << (bits - 1);
    -&half <= *value && *value < half
}

/// The elements with these numbers.
fn in_order<T: Clone>(of: &[T], order: &[usize]) -> Vec<T> {
    order.iter().filter_map(|at| of.get(*at).cloned()).collect()
}

impl Account {
    /// Sorts both lists and checks counts, duplicates and widths.
    ///
    /// # Errors
    /// [`AccountError`] names the instrument or asset.
    pub fn new(positions: Vec<Position>, balances: Vec<Balance>) -> Result<Self, AccountError> {
        let empty =
            |p: &Position| p.size.is_zero() || (&p.size - 1u8).bits() > u64::from(SIZE_BITS);
        if let Some(p) = positions.iter().find(|p| empty(p)) {
            return Err(AccountError::Size { instrument: p.instrument });
        }
        let positions = positions.into_iter().map(|p| (p, Orders::default(), 0)).collect();
        Ok(Self { orders: None, allocations: None, ..Self::checked(positions, balances)? })
    }

    /// An account whose record has open orders beside every position, also beside one of size zero.
    ///
    /// # Errors
    /// [`AccountError`] names the instrument or asset.
    pub fn with_orders(
        positions: Vec<(Position, Orders)>,
        balances: Vec<Balance>,
    ) -> Result<Self, AccountError> {
        let positions: Vec<_> = positions.into_iter().map(|(p, orders)| (p, orders, 0)).collect();
        Self::check_orders(&positions)?;
        Ok(Self { allocations: None, ..Self::checked(positions, balances)? })
    }

    /// An account whose record has an allocation beside every position, with its open orders: what is assigned to an
    /// isolated position, below 2^63 in units of a balance of the market's asset of allocations; zero in the cross book.
    ///
    /// # Errors
    /// [`AccountError`] names the instrument or asset.
    pub fn with_allocations(
        positions: Vec<(Position, Orders, u64)>,
        balances: Vec<Balance>,
    ) -> Result<Self, AccountError> {
        Self::check_orders(&positions)?;
        for (p, orders, allocation) in &positions {
            let instrument = p.instrument;
            let widest = (&orders.bids).max(&orders.asks);
            if widest.bits() > u64::from(NARROW_ORDERS_BITS) {
                return Err(AccountError::OrdersBesideAllocation { instrument });
            }
            let is_of_cross = p.book == Book::Cross && *allocation != 0;
            if is_of_cross || allocation >> ALLOCATION_BITS != 0 {
                return Err(AccountError::Allocation { instrument });
            }
        }
        Self::checked(positions, balances)
    }

    /// Checks sizes with open orders.
    fn check_orders(positions: &[(Position, Orders, u64)]) -> Result<(), AccountError> {
        for (p, orders, _) in positions {
            let instrument = p.instrument;
            let most = &p.size + (&orders.bids).max(&orders.asks);
            let is_short_of_none = p.size.is_zero() && p.side == Side::Short;
            if is_short_of_none || most.bits() > u64::from(SIZE_BITS) {
                return Err(AccountError::SizeWithOrders { instrument });
            }
            if orders.count >> ORDERS_BITS != 0 {
                return Err(AccountError::Orders { instrument });
            }
        }
        Ok(())
    }

    /// Sorts both lists and checks what all kinds of records have in common.
    fn checked(
        mut positions: Vec<(Position, Orders, u64)>,
        mut balances: Vec<Balance>,
    ) -> Result<Self, AccountError> {
        if positions.len() > MAX_HELD_POSITIONS {
            return Err(AccountError::TooManyPositions { count: positions.len() });
        }
        if balances.len() > MAX_HELD_ASSETS {
            return Err(AccountError::TooManyBalances { count: balances.len() });
        }
        let key = |p: &Position| (p.book, p.instrument, p.side);
        positions.sort_by_key(|(p, ..)| key(p));
        let slots = positions.into_iter().map(|(p, orders, of)| (p, (orders, of)));
        let (positions, (orders, allocations)): (Vec<_>, (Vec<_>, Vec<_>)) = slots.unzip();
        balances.sort_by_key(|b| b.asset);
        for pair in positions.windows(2) {
            if key(&pair[0]) == key(&pair[1]) {
                return Err(AccountError::DuplicatePosition { instrument: pair[1].instrument });
            }
        }
        for pair in balances.windows(2) {
            if pair[0].asset == pair[1].asset {
                return Err(AccountError::DuplicateBalance { asset: pair[1].asset });
            }
        }
        for p in &positions {
            if !fits_biased(&p.entry, ENTRY_BITS) {
                return Err(AccountError::Entry { instrument: p.instrument });
            }
        }
        if let Some(b) = balances.iter().find(|b| !fits_biased(&b.balance, BALANCE_BITS)) {
            return Err(AccountError::BalanceWidth { asset: b.asset });
        }
        let positions_own = positions.iter().map(|p| ("instrument", p.instrument, p.own));
        let balances_own = balances.iter().map(|b| ("asset", b.asset, b.own));
        for (list, id, own) in positions_own.chain(balances_own) {
            if own >> OWN_BITS != 0 {
                return Err(AccountError::Own { list, id });
            }
        }
        let (orders, allocations) = (Some(orders), Some(allocations));
        Ok(Self { positions, balances, orders, allocations })
    }

    /// The same holdings under other numbers of their instruments, of which no two are the same.
    ///
    /// # Errors
    /// The first that there is no number for.
    pub fn renumbered<E>(&self, number_of: impl Fn(u32) -> Result<u32, E>) -> Result<Self, E> {
        let mut account = self.clone();
        let mut order: Vec<_> = (0..account.positions.len()).collect();
        for position in &mut account.positions {
            position.instrument = number_of(position.instrument)?;
        }
        order.sort_by_key(|at| account.positions.get(*at).map(|p| (p.book, p.instrument, p.side)));
        account.positions = in_order(&account.positions, &order);
        account.orders = account.orders.map(|orders| in_order(&orders, &order));
        account.allocations = account.allocations.map(|of| in_order(&of, &order));
        Ok(account)
    }

    /// Whether its record is laid out as circuits of a profile read it.
    pub fn has_record_of(&self, profile: Profile) -> bool {
        let (orders, allocations) = (self.orders.is_some(), self.allocations.is_some());
        orders == profile.orders && allocations == profile.allocations
    }

    /// Whether the largest circuit of linear accounts holds it.
    ///
    /// # Errors
    /// [`TooLarge`] says what there is too much of.
    pub fn check_provable(&self) -> Result<(), TooLarge> {
        let isolated = self.positions.iter().filter(|p| p.book == Book::Isolated).count();
        TooLarge::check("positions", self.positions.len(), MAX_POSITIONS)?;
        TooLarge::check("collateral assets", self.balances.len(), MAX_ASSETS)?;
        TooLarge::check("isolated positions", isolated, MAX_ISOLATED)
    }

    /// Whether a position or a balance has an own parameter.
    pub fn has_own(&self) -> bool {
        self.positions.iter().any(|p| p.own != 0) || self.balances.iter().any(|b| b.own != 0)
    }

    /// Whether a circuit of this profile has a term for every own parameter of the account: the general profile for all of
    /// them, another one for those of positions where records have them, or for none.
    pub fn opens_in(&self, profile: Profile) -> bool {
        let of_positions = profile.own && self.balances.iter().all(|b| b.own == 0);
        profile.general || of_positions || !self.has_own()
    }

    /// Positions, strictly ascending by (book, instrument, side): isolated ones first.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Open orders of each position, in a record that has them.
    pub fn orders(&self) -> Option<&[Orders]> {
        self.orders.as_deref()
    }

    /// Allocation of each position, in a record that has them: what is assigned to an isolated one, in units of a balance
    /// of the market's asset of allocations, and zero in the cross book.
    pub fn allocations(&self) -> Option<&[u64]> {
        self.allocations.as_deref()
    }

    /// What the record of a position, by its place in the list, has beside its first word.
    pub fn second_word(&self, at: usize) -> SecondWord<'_> {
        let allocation = self.allocations().and_then(|of| of.get(at)).copied().unwrap_or(0);
        SecondWord { orders: self.orders().and_then(|orders| orders.get(at)), allocation }
    }

    /// Balances, strictly ascending by asset.
    pub fn balances(&self) -> &[Balance] {
        &self.balances
    }
}
