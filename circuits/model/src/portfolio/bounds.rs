//! The largest sums that any account of a market can have, and whether they fit. Without the bound on a group's sums, two
//! of them in one field element could carry into each other, and a loss would become a gain.

use super::widths::{EQUITY_BITS, LOSS_BITS, REQUIREMENT_BITS, SUM_BITS};
use super::{Aggregate, MarketError, Multiplier, Role, Terms};
use crate::rule::{BracketRow, BracketedLinear};
use crate::widths::ENTRY_BITS;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

fn largest(figures: impl Iterator<Item = BigInt>) -> BigInt {
    figures.max().unwrap_or_default()
}

fn fits(what: &'static str, figure: &BigInt, most: u32) -> Result<(), MarketError> {
    let bits = figure.bits();
    if bits > u64::from(most) {
        return Err(MarketError::SumWidth { what, bits, most });
    }
    Ok(())
}

impl Terms {
    /// Bound on the magnitude of the sizes of all positions together.
    fn sizes(&self) -> BigInt {
        ((BigInt::one() << self.capacity.size_bits) - 1) * self.capacity.positions
    }

    /// Bound on the sum over all positions, and so over the positions of any groups, of magnitudes in one column.
    pub(super) fn sum_bound(&self, column: usize) -> BigInt {
        let loadings = self.instruments.iter().filter_map(|i| i.loadings.get(column));
        let sums = self.sizes() * largest(loadings.map(Signed::abs));
        if self.columns[column].less_entry {
            let entry = (&self.entry_unit << (ENTRY_BITS - 1)) * self.capacity.positions;
            return sums + entry;
        }
        sums
    }

    /// Bound on the magnitude of a unit's sum over one column, in loss units.
    pub fn loss_bound(&self, at: usize) -> BigInt {
        let column = &self.columns[at];
        let slopes = self.groups.iter().flat_map(|g| [g.positive.abs(), g.negative.abs()]);
        let by_group = if column.sloped { largest(slopes) } else { BigInt::one() };
        let terms = column.terms.iter().map(|t| self.sum_bound(t.column) * t.multiplier.abs());
        self.sum_bound(at) * column.slope.abs() * by_group + terms.sum::<BigInt>()
    }

    /// Whether some floor is never below zero, whatever is held: a multiple of magnitudes, or sums of magnitudes of sizes
    /// whose loadings and slopes are not negative.
    pub fn has_floor_from_zero(&self) -> bool {
        (0..self.columns.len()).any(|at| match &self.columns[at].role {
            Role::Floor(Aggregate::Identity) => self.sums_from_zero(at),
            Role::Floor(Aggregate::Magnitude(multiple)) => !multiple.is_negative(),
            _ => false,
        })
    }

    /// Whether no unit's sum over a column can be negative.
    fn sums_from_zero(&self, at: usize) -> bool {
        let column = &self.columns[at];
        let mut slopes = self.groups.iter().map(|g| &g.positive).filter(|_| column.sloped);
        column.multiplier != Multiplier::Net
            && !column.less_entry
            && column.terms.is_empty()
            && !column.slope.is_negative()
            && !slopes.any(Signed::is_negative)
            && !self.instruments.iter().any(|i| i.loadings[at].is_negative())
    }

    pub(super) fn check_sums(&self) -> Result<(), MarketError> {
        for column in 0..self.columns.len() {
            let bits = self.sum_bound(column).bits();
            if bits > u64::from(SUM_BITS) {
                return Err(MarketError::Packing { column, bits });
            }
        }
        let (mut scan, mut added, mut floor) = (BigInt::zero(), BigInt::zero(), BigInt::zero());
        for (at, column) in self.columns.iter().enumerate().filter(|(_, c)| c.counts()) {
            let loss = self.loss_bound(at);
            fits("a unit's sum over a column", &loss, LOSS_BITS - 1)?;
            match &column.role {
                Role::Scenario => scan = scan.max(loss),
                Role::GroupScan(t) => {
                    let factors = self.groups.iter().filter_map(|g| g.scans.get(*t));
                    let scanned = loss * largest(factors.cloned());
                    fits("a unit's sum over a group scan", &scanned, LOSS_BITS - 1)?;
                    scan = scan.max(scanned);
                }
                Role::Added(b) => added += b.bound(&loss) * self.units.len(),
                Role::Floor(b) => floor = floor.max(b.bound(&loss) * self.units.len()),
                Role::Term => {}
            }
        }
        let factor = largest(self.units.iter().map(|u| u.factor.clone()));
        let rate = largest(self.strikes.iter().map(|s| s.rate.clone()));
        let charge = largest(self.instruments.iter().map(|i| i.charge.clone()));
        let charged = (rate + charge) * self.sizes() * &self.scale;
        let requirement = factor * scan + &self.denominator * (added + floor + charged);
        fits("the requirement", &requirement, REQUIREMENT_BITS)?;
        let equity: BigInt = (self.assets.iter())
            .map(|a| {
                let rows = a.rows_by_balance();
                largest(rows.iter().flat_map(|r| [r.at(&r.lo).abs(), r.at(&r.hi).abs()]))
            })
            .sum();
        let equity = equity * &self.scale * &self.denominator;
        fits("the equity in units of the requirement", &equity, EQUITY_BITS)
    }
}

impl Aggregate {
    /// Bound on the magnitude of the result for arguments up to `most` in magnitude.
    fn bound(&self, most: &BigInt) -> BigInt {
        match self {
            Self::Identity => most.clone(),
            Self::Magnitude(multiple) => most * multiple.abs(),
            Self::Bracketed(line) => line_bound(line, most),
        }
    }
}

fn line_bound(line: &BracketedLinear, most: &BigInt) -> BigInt {
    let ends = |r: &BracketRow| {
        let (lo, hi) = (r.lo.clone().max(-most), r.hi.clone().min(most.clone()));
        if lo > hi { BigInt::zero() } else { r.at(&lo).abs().max(r.at(&hi).abs()) }
    };
    largest(line.rows().iter().map(ends))
}
