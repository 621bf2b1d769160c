//! Sums of one group, and what each of its positions adds to them.

use super::{Column, Group, Instrument, Multiplier, Role, Terms};
use crate::rule::Position;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// A position with the terms of its instrument.
pub(super) struct Held<'a> {
    pub(super) position: &'a Position,
    pub(super) terms: &'a Instrument,
    /// Signed, in steps.
    pub(super) size: BigInt,
    /// In settlement units.
    pub(super) entry: BigInt,
}

impl Held<'_> {
    /// Value less entry, in settlement units.
    pub(super) fn pnl(&self) -> BigInt {
        &self.size * &self.terms.value - &self.entry
    }

    /// What the position adds to its group's sum over a column.
    fn addition(&self, at: usize, column: &Column) -> BigInt {
        let x = match column.multiplier {
            Multiplier::Net => self.size.clone(),
            Multiplier::Gross => self.size.abs(),
            Multiplier::Short => (-&self.size).max(BigInt::zero()),
        };
        let product = x * &self.terms.loadings[at];
        if column.less_entry { product - &self.entry } else { product }
    }
}

/// The largest of a group's columns in one group scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupScan {
    /// `W`: the factor times the largest, or zero. Loss units.
    pub loss: BigInt,
    /// The column that is the largest, `None` where none is positive.
    pub column: Option<usize>,
}

/// What the rule computed for one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMargin {
    /// Id of the group.
    pub group: u32,
    /// `A`: the sum over each column, in units of size times loading.
    pub sums: Vec<BigInt>,
    /// `Y`: the loss in each column after slopes, terms and magnitudes, in loss units; zero for terms.
    pub losses: Vec<BigInt>,
    /// `W`: each group scan.
    pub scans: Vec<GroupScan>,
}

/// Positions of one group with its terms.
pub(super) struct GroupBook<'a> {
    pub(super) market: &'a Terms,
    pub(super) group: &'a Group,
    pub(super) held: &'a [Held<'a>],
}

impl GroupBook<'_> {
    pub(super) fn margin(&self) -> GroupMargin {
        let columns = &self.market.columns;
        let sum = |(at, column)| self.held.iter().map(|h| h.addition(at, column)).sum();
        let sums: Vec<BigInt> = columns.iter().enumerate().map(sum).collect();
        let losses: Vec<BigInt> =
            columns.iter().enumerate().map(|(at, c)| self.loss(at, c, &sums)).collect();
        let scans =
            self.group.scans.iter().enumerate().map(|(t, factor)| self.scan(t, factor, &losses));
        let scans = scans.collect();
        GroupMargin { group: self.group.id, sums, losses, scans }
    }

    /// The slope of a sum with this sign.
    fn slope(&self, column: &Column, sum: &BigInt) -> BigInt {
        let of_group = if sum.is_negative() { &self.group.negative } else { &self.group.positive };
        if column.sloped { &column.slope * of_group } else { column.slope.clone() }
    }

    /// The loss before the magnitude is taken.
    fn signed(&self, at: usize, column: &Column, sums: &[BigInt]) -> BigInt {
        let terms = column.terms.iter().map(|t| &sums[t.column] * &t.multiplier);
        &sums[at] * self.slope(column, &sums[at]) + terms.sum::<BigInt>()
    }

    fn loss(&self, at: usize, column: &Column, sums: &[BigInt]) -> BigInt {
        if !column.counts() {
            return BigInt::zero();
        }
        let signed = self.signed(at, column, sums);
        if column.magnitude && self.group.magnitudes { signed.abs() } else { signed }
    }

    fn scan(&self, t: usize, factor: &BigInt, losses: &[BigInt]) -> GroupScan {
        let columns = self.market.columns.iter().enumerate();
        let of_scan = columns.filter(|(_, c)| c.role == Role::GroupScan(t));
        // The first of equal ones.
        let largest = of_scan.map(|(at, _)| at).rev().max_by_key(|at| &losses[*at]);
        let column = largest.filter(|at| losses[*at].is_positive());
        let loss = column.map_or_else(BigInt::zero, |at| factor * &losses[at]);
        GroupScan { loss, column }
    }

    /// What one position adds to the group's loss in a column, at the sides of the slopes and of the magnitude that the
    /// group's sums decide; the additions of all positions are the loss.
    pub(super) fn addition(&self, margin: &GroupMargin, at: usize, held: &Held<'_>) -> BigInt {
        let column = &self.market.columns[at];
        let terms = column
            .terms
            .iter()
            .map(|t| held.addition(t.column, &self.market.columns[t.column]) * &t.multiplier);
        let signed = held.addition(at, column) * self.slope(column, &margin.sums[at])
            + terms.sum::<BigInt>();
        let turned = column.magnitude
            && self.group.magnitudes
            && self.signed(at, column, &margin.sums).is_negative();
        if turned { -signed } else { signed }
    }

    /// What one position adds to a group scan.
    pub(super) fn scan_addition(&self, margin: &GroupMargin, t: usize, held: &Held<'_>) -> BigInt {
        match margin.scans[t].column {
            Some(at) => self.addition(margin, at, held) * &self.group.scans[t],
            None => BigInt::zero(),
        }
    }
}
