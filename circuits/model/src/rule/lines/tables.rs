//! Tier tables whose rows round.

use super::{Division, Step};
use crate::rule::{BracketRow, MarketTerms};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::One;
use std::collections::HashMap;

/// Rows of tier tables beyond which no market has a proof; the largest circuit has a quarter of them.
const MAX_TIER_ROWS: usize = 1 << 16;

/// A tier table whose rows round: `floor((a x + b) / d)` for `lo <= x <= hi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTable {
    /// The rows; `slope` is `a` and `intercept` is `b`, with the mode's offset in it.
    pub rows: Vec<LineRow>,
    /// Divisor of all rows.
    pub d: BigInt,
}

impl LineTable {
    /// Rows that are not rounded.
    pub fn exact(rows: Vec<BracketRow>) -> Self {
        let row = |r: BracketRow| LineRow { lo: r.lo, hi: r.hi, a: r.slope, b: r.intercept };
        Self { rows: rows.into_iter().map(row).collect(), d: BigInt::one() }
    }
}

/// A row of a [`LineTable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRow {
    /// Smallest `x`.
    pub lo: BigInt,
    /// Largest `x`.
    pub hi: BigInt,
    /// Factor.
    pub a: BigInt,
    /// Offset, beside an intercept.
    pub b: BigInt,
}

/// Tier tables, each made once, in the order of their first instruments.
#[derive(Default)]
pub(super) struct Tables {
    /// By the market's table and the line of its first rounding.
    numbers: HashMap<(usize, [BigInt; 3]), usize>,
    pub(super) made: Vec<MadeTable>,
    rows: usize,
}

/// A tier table with what is checked of it.
pub(super) struct MadeTable {
    pub(super) lines: LineTable,
    /// Largest quotient.
    pub(super) most: BigInt,
    /// Largest `x`.
    pub(super) end: BigInt,
}

impl Tables {
    /// The number of a table; `None` when there are too many rows for any circuit.
    pub(super) fn number(
        &mut self,
        market: &MarketTerms,
        table: usize,
        step: &Step,
    ) -> Option<usize> {
        let Division { b, d } = step.division();
        let key = (table, [step.a.clone(), b, d]);
        if let Some(number) = self.numbers.get(&key) {
            return Some(*number);
        }
        let (_, [a, b, d]) = &key;
        let row = |r: &BracketRow| LineRow {
            lo: r.lo.clone(),
            hi: r.hi.clone(),
            a: &r.slope * a,
            b: &r.intercept * a + b,
        };
        let rows: Vec<_> = market.tiers[table].rows().iter().map(row).collect();
        self.rows += rows.len();
        if self.rows > MAX_TIER_ROWS {
            return None;
        }
        let ends = rows.iter().flat_map(|r| [(r, &r.lo), (r, &r.hi)]);
        let most = ends.map(|(r, x)| (&r.a * x + &r.b).div_floor(d)).max().unwrap_or_default();
        let end = rows.last().map(|r| r.hi.clone()).unwrap_or_default();
        let lines = LineTable { rows, d: d.clone() };
        self.made.push(MadeTable { lines, most, end });
        self.numbers.insert(key, self.made.len() - 1);
        Some(self.made.len() - 1)
    }
}
