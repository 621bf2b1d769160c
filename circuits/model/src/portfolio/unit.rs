//! The requirement of one risk unit.

use super::{Aggregate, GroupMargin, MarginError, Role, Terms, Unit};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// What a unit's scan takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worst {
    /// Nothing loses.
    None,
    /// A scenario column, by its index.
    Column(usize),
    /// A group scan, by its number.
    GroupScan(usize),
}

/// An added or floor column of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addition {
    /// Index of the column.
    pub column: usize,
    /// What counts of the unit's sum over it, in loss units.
    pub amount: BigInt,
}

/// What the rule computed for one risk unit. Loss units unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitMargin {
    /// Id of the unit.
    pub unit: u32,
    /// `L`: the loss in each column.
    pub losses: Vec<BigInt>,
    /// `L` of each group scan.
    pub scans: Vec<BigInt>,
    /// What the scan takes; the first of equal ones.
    pub worst: Worst,
    /// The largest loss in a scenario or group scan, or zero.
    pub scan: BigInt,
    /// What is added to the scan.
    pub added: Vec<Addition>,
    /// What the requirement is at least, as it is at least 0.
    pub floors: Vec<Addition>,
    /// `R`: the requirement, in loss units over the denominator.
    pub requirement: BigInt,
    /// Its groups in which something is held, ascending by id.
    pub groups: Vec<GroupMargin>,
}

impl UnitMargin {
    pub(super) fn of(
        terms: &Terms,
        unit: &Unit,
        groups: Vec<GroupMargin>,
    ) -> Result<Self, MarginError> {
        let over = |at: usize| groups.iter().map(|g| &g.losses[at]).sum::<BigInt>();
        let losses: Vec<BigInt> = (0..terms.columns.len()).map(over).collect();
        let over = |t: usize| groups.iter().map(|g| &g.scans[t].loss).sum::<BigInt>();
        let scans: Vec<BigInt> = (0..terms.scans.len()).map(over).collect();
        let (worst, scan) = largest(terms, &losses, &scans);
        let (mut added, mut floors) = (Vec::new(), Vec::new());
        for (column, c) in terms.columns.iter().enumerate() {
            let (list, aggregate) = match &c.role {
                Role::Added(aggregate) => (&mut added, aggregate),
                Role::Floor(aggregate) => (&mut floors, aggregate),
                Role::Scenario | Role::GroupScan(_) | Role::Term => continue,
            };
            let beyond = MarginError::BeyondLine { unit: unit.id, column };
            let amount = aggregate.of(&losses[column]).ok_or(beyond)?;
            list.push(Addition { column, amount });
        }
        let sum: BigInt = added.iter().map(|a| &a.amount).sum();
        // Zero is among the floors: below it the higher of two levels would ask for less.
        let floor = floors.iter().map(|f| f.amount.clone()).fold(BigInt::zero(), BigInt::max);
        let requirement = &unit.factor * &scan + &terms.denominator * sum;
        let requirement = requirement.max(&terms.denominator * floor);
        let unit = unit.id;
        Ok(Self { unit, losses, scans, worst, scan, added, floors, requirement, groups })
    }
}

fn largest(terms: &Terms, losses: &[BigInt], scans: &[BigInt]) -> (Worst, BigInt) {
    let scenarios = terms.columns.iter().enumerate().filter(|(_, c)| c.role == Role::Scenario);
    let scenarios = scenarios.map(|(at, _)| (Worst::Column(at), &losses[at]));
    let scans = scans.iter().enumerate().map(|(t, loss)| (Worst::GroupScan(t), loss));
    let mut found = (Worst::None, BigInt::zero());
    for (worst, loss) in scenarios.chain(scans) {
        if *loss > found.1 {
            found = (worst, loss.clone());
        }
    }
    found
}

impl Aggregate {
    /// What counts of a sum; `None` beyond the ends of a bracketed line.
    fn of(&self, sum: &BigInt) -> Option<BigInt> {
        match self {
            Self::Identity => Some(sum.clone()),
            Self::Magnitude(multiple) => Some(sum.abs() * multiple),
            Self::Bracketed(line) => Some(line.rows()[line.find(sum)?].at(sum)),
        }
    }
}
