//! Bracketed linear functions: the common form of tiers, haircuts and liabilities.

use num_bigint::BigInt;
use num_traits::Zero;

/// What a bracketed function is a function of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// `f(price * quantity)`: marginal tiers by notional, haircuts by value.
    Value,
    /// `price * g(quantity)`: tiers by contract count, haircuts by quantity.
    Quantity,
}

/// One row: `slope * x + intercept` for `lo <= x <= hi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketRow {
    /// Smallest `x` of the row, inclusive.
    pub lo: BigInt,
    /// Largest `x` of the row, inclusive.
    pub hi: BigInt,
    /// Slope, in units of the schedule's rate decimals.
    pub slope: BigInt,
    /// Intercept, in the unit of `slope * x`.
    pub intercept: BigInt,
}

impl BracketRow {
    /// The row's value at `x`; the caller has checked that `x` is inside.
    pub fn at(&self, x: &BigInt) -> BigInt {
        &self.slope * x + &self.intercept
    }
}

/// Why rows are not a bracketed linear function. Row numbers count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BracketError {
    /// No rows at all.
    #[error("has no rows")]
    Empty,
    /// A row whose upper end is below its lower end.
    #[error("row {row} ends before it begins")]
    Reversed {
        /// The row.
        row: usize,
    },
    /// A row begins later than one past the end of the previous row.
    #[error("rows {row} and {} leave a gap", row + 1)]
    Gap {
        /// The row before the gap.
        row: usize,
    },
    /// A row begins earlier than one past the end of the previous row.
    #[error("rows {row} and {} overlap", row + 1)]
    Overlap {
        /// The earlier of the two rows.
        row: usize,
    },
    /// Zero is in no row (or, for a requirement, not in the first).
    #[error("x = 0 is not covered where it must be")]
    ZeroNotCovered,
}

/// A function made of rows over closed integer intervals that tile.
///
/// Neither continuity nor convexity is assumed: exactly one row holds each `x`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BracketedLinear {
    variable: Variable,
    rows: Vec<BracketRow>,
}

impl BracketedLinear {
    /// Checks that the rows tile and that zero is inside.
    ///
    /// # Errors
    /// [`BracketError`] names the offending row.
    pub fn new(variable: Variable, rows: Vec<BracketRow>) -> Result<Self, BracketError> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Err(BracketError::Empty);
        };
        if first.lo > BigInt::zero() || last.hi < BigInt::zero() {
            return Err(BracketError::ZeroNotCovered);
        }
        if let Some(row) = rows.iter().position(|r| r.hi < r.lo) {
            return Err(BracketError::Reversed { row });
        }
        for (row, pair) in rows.windows(2).enumerate() {
            let next = &pair[0].hi + 1;
            match pair[1].lo.cmp(&next) {
                std::cmp::Ordering::Greater => return Err(BracketError::Gap { row }),
                std::cmp::Ordering::Less => return Err(BracketError::Overlap { row }),
                std::cmp::Ordering::Equal => {}
            }
        }
        Ok(Self { variable, rows })
    }

    /// A function of one row, which must hold zero.
    pub(super) fn of_one(variable: Variable, row: BracketRow) -> Self {
        Self { variable, rows: vec![row] }
    }

    /// What the function is a function of.
    pub fn variable(&self) -> Variable {
        self.variable
    }

    /// The rows, ascending.
    pub fn rows(&self) -> &[BracketRow] {
        &self.rows
    }

    /// Index of the row that holds `x`, or `None` past either end.
    pub fn find(&self, x: &BigInt) -> Option<usize> {
        let row = self.rows.partition_point(|r| &r.hi < x);
        self.rows.get(row).filter(|r| &r.lo <= x).map(|_| row)
    }
}
