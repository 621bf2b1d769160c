//! The least that can be required while one position shrinks from one size to another.
//!
//! A group's sum over a column is a line of the position's size, so between two sizes a loss is a line as well unless that
//! sum changes its sign, or a magnitude is taken of it. The largest of several losses is at least the largest of what each
//! is at least. Where entries are subtracted, a sum is off its line by less than one unit of entry values, to which the
//! cost of what is closed is rounded.

use crate::bounds::bracketed;
use crate::interval::Interval;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use zkmargin_model::portfolio::{
    Aggregate, Column, Group, GroupMargin, Instrument, Margin, Market, Role, Terms, UnitMargin,
};

/// One group between two sizes of one of its positions.
struct Between<'a> {
    terms: &'a Terms,
    group: &'a Group,
    near: &'a GroupMargin,
    far: &'a GroupMargin,
}

impl Between<'_> {
    /// By how much the sum over a column can be off its line.
    fn off(&self, column: usize) -> BigInt {
        match self.terms.columns.get(column) {
            Some(of) if of.less_entry => self.terms.entry_unit.clone(),
            _ => BigInt::zero(),
        }
    }

    fn slope(&self, column: &Column, sum: &BigInt) -> BigInt {
        let of_group = if sum.is_negative() { &self.group.negative } else { &self.group.positive };
        if column.sloped { &column.slope * of_group } else { column.slope.clone() }
    }

    /// The loss before a magnitude is taken, where it was computed.
    fn signed(&self, at: usize, column: &Column, of: &GroupMargin) -> BigInt {
        let terms = column.terms.iter().map(|t| &of.sums[t.column] * &t.multiplier);
        &of.sums[at] * self.slope(column, &of.sums[at]) + terms.sum::<BigInt>()
    }

    /// All losses over a column between the two.
    fn loss(&self, at: usize, column: &Column) -> Interval {
        let off = self.off(at);
        let (a, b) = (&self.near.sums[at], &self.far.sums[at]);
        let of_terms = column.terms.iter().map(|t| self.off(t.column) * t.multiplier.abs());
        let of_terms: BigInt = of_terms.sum();
        let (up, down) = (BigInt::from(1), BigInt::from(-1));
        let steepest = self.slope(column, &up).abs().max(self.slope(column, &down).abs());
        let slack = &off * steepest + of_terms;
        let keeps_sign = (a >= &off && b >= &off) || (*a < -&off && *b < -&off);
        let signed = if keeps_sign {
            let [x, y] = [self.near, self.far].map(|of| self.signed(at, column, of));
            Interval::between(x, y)
        } else {
            // Of a line through zero with two slopes, the ends and zero are the extremes.
            let sloped = [a, b].map(|sum| sum * self.slope(column, sum));
            let [x, y] = sloped;
            let of_sum = Interval::between(x, y).with(Interval::zero());
            let terms = [self.near, self.far].map(|of| {
                column.terms.iter().map(|t| &of.sums[t.column] * &t.multiplier).sum::<BigInt>()
            });
            let [x, y] = terms;
            of_sum.plus(&Interval::between(x, y))
        };
        let signed = signed.widened(&slack);
        if column.magnitude && self.group.magnitudes { magnitude(&signed) } else { signed }
    }
}

/// Magnitudes of an interval's integers.
fn magnitude(x: &Interval) -> Interval {
    let ends = Interval::between(x.lo.abs(), x.hi.abs());
    if x.lo.is_negative() && x.hi.is_positive() { ends.with(Interval::zero()) } else { ends }
}

fn aggregate(of: &Aggregate, sum: &Interval) -> Option<Interval> {
    Some(match of {
        Aggregate::Identity => sum.clone(),
        Aggregate::Magnitude(multiple) => magnitude(sum).through(|x| x * multiple),
        Aggregate::Bracketed(line) => bracketed(line, sum)?,
    })
}

/// The unit and the group in which an instrument is held.
fn of_group(figures: &Margin, group: u32) -> Option<(&UnitMargin, &GroupMargin)> {
    figures.units.iter().find_map(|unit| {
        let group = unit.groups.iter().find(|g| g.group == group)?;
        Some((unit, group))
    })
}

fn charges(figures: &Margin) -> [BigInt; 2] {
    let strikes = figures.strikes.iter().map(|s| &s.charge).sum();
    [strikes, figures.positions.iter().map(|p| &p.charge).sum()]
}

/// No less is required, in units of the requirement, at any size between two of a position in this instrument: `far` has
/// the smaller one. `None` where its group is empty at one of them, or a line ends.
pub(super) fn least(
    market: &Market,
    of: &Instrument,
    near: &Margin,
    far: &Margin,
) -> Option<BigInt> {
    let (terms, group) = (market.terms(), of.group);
    let is_closed = !far.positions.iter().any(|p| p.instrument == of.id);
    if is_closed && terms.columns.iter().any(|column| column.less_entry) {
        // With the last step its entry value leaves the sums.
        return None;
    }
    let ((unit, from), (_, to)) = (of_group(near, group)?, of_group(far, group)?);
    let between = Between { terms, group: terms.group(group)?, near: from, far: to };
    let unit_terms = terms.unit(unit.unit)?;
    // Of other groups of the unit.
    let beside = |at: usize| &unit.losses[at] - &from.losses[at];
    let mut scan = BigInt::zero();
    let mut scans = vec![BigInt::zero(); terms.scans.len()];
    let (mut added, mut floor) = (BigInt::zero(), BigInt::zero());
    for (at, column) in terms.columns.iter().enumerate() {
        if column.role == Role::Term {
            continue;
        }
        let loss = between.loss(at, column);
        let sum = loss.plus(&Interval::one(beside(at)));
        match &column.role {
            Role::Scenario => scan = scan.max(sum.lo),
            Role::GroupScan(t) => {
                let largest = scans.get_mut(*t)?;
                *largest = std::mem::take(largest).max(loss.lo);
            }
            Role::Added(of) => added += aggregate(of, &sum)?.lo,
            Role::Floor(of) => floor = floor.max(aggregate(of, &sum)?.lo),
            Role::Term => {}
        }
    }
    for (t, largest) in scans.iter().enumerate() {
        let of_others = &unit.scans[t] - &from.scans[t].loss;
        scan = scan.max(of_others + largest * &between.group.scans[t]);
    }
    let required = &unit_terms.factor * scan + &terms.denominator * added;
    let required = required.max(&terms.denominator * floor);
    // Net sizes of a strike, and what is charged of them, only rise or only fall; the position's own charge falls.
    let ([strikes, own], [strikes_far, own_far]) = (charges(near), charges(far));
    let charged = strikes.clone().min(strikes_far) + own_far - strikes - own;
    let charged = charged * &near.per_margin_unit;
    Some(&near.requirement - &unit.requirement + required + charged)
}
