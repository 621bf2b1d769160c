//! For tests of importers: the figures of an account as the rule computes them, and random figures to compare them at.

use crate::portfolio::figure::sum;
use crate::{AccountFile, Schedule, SnapshotFile, compile};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::margin;

/// A number of a test.
pub(crate) fn number(text: &str) -> Decimal {
    Decimal::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// The difference.
pub(crate) fn minus(a: &Decimal, b: &Decimal) -> Decimal {
    sum(a, &crate::portfolio::figure::less(b))
}

/// What the rule says of an account.
pub(crate) struct Computed {
    pub equity: Decimal,
    pub maintenance: Decimal,
    /// Of the cross book and every isolated one.
    pub healthy: bool,
    /// Equity and requirement of each isolated position, in the account's order.
    pub isolated: Vec<(Decimal, Decimal)>,
}

/// Computes it, with an account and a snapshot that were imported.
pub(crate) fn computed(
    schedule: &Schedule,
    snapshot: &SnapshotFile,
    account: &AccountFile,
) -> Computed {
    let market = compile(schedule, snapshot).unwrap_or_else(|e| panic!("snapshot: {e}"));
    let held = account.holdings(schedule).unwrap_or_else(|e| panic!("account: {e}"));
    let made = margin(&held, market.market()).unwrap_or_else(|e| panic!("rule: {e}"));
    let figure = |value| Decimal::from_scaled(value, schedule.margin_decimals());
    let books = made.positions.iter().filter_map(|position| position.isolated.as_ref());
    let isolated = books.map(|book| (figure(&book.equity), figure(&book.requirement))).collect();
    Computed {
        isolated,
        equity: figure(&made.equity),
        maintenance: figure(&made.maintenance),
        healthy: made.meets(&Claim::margin(), market.market()),
    }
}

/// Numbers without a pattern, the same in every run: xorshift of 64 bits.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// From 0 and below `below`.
    pub fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    /// A number from `10^-decimals` on and below `below * 10^-decimals`.
    pub fn decimal(&mut self, below: u64, decimals: u32) -> Decimal {
        Decimal::from_scaled(&(1 + self.below(below - 1)).into(), decimals)
    }
}
