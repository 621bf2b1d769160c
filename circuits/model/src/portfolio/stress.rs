//! What would be left of an account's equity in the worst of a named set of scenarios.

use super::group::GroupBook;
use super::margin::{books, collateral, held};
use super::{MarginError, Market};
use crate::rule::Account;
use num_bigint::BigInt;
use num_traits::Zero;

/// The worst of the named scenarios in one risk unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitStress {
    /// Id of the unit.
    pub unit: u32,
    /// The scenario with the largest loss, `None` where none loses.
    pub column: Option<usize>,
    /// That loss, or zero, in loss units.
    pub loss: BigInt,
}

/// Equity and losses in a named set of scenarios.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StressMargin {
    /// Equity in margin units.
    pub equity: BigInt,
    /// Loss units in one margin unit.
    pub scale: BigInt,
    /// Per risk unit in which something is held: units do not lose in the same scenario.
    pub units: Vec<UnitStress>,
}

/// Computes what a stress leaves: no factor, no addition, no floor and no charge counts.
///
/// # Errors
/// [`MarginError`] when the market has no stress of this name, or the rule is undefined for something the account holds.
pub fn stress(account: &Account, market: &Market, name: &str) -> Result<StressMargin, MarginError> {
    let terms = market.terms();
    let unknown = || MarginError::UnknownStress { name: name.to_owned() };
    let stress = terms.stresses.iter().find(|s| s.name == name).ok_or_else(unknown)?;
    let held = held(account, terms)?;
    let mut units = Vec::new();
    for books in books(terms, &held).chunk_by(|a, b| a.group.unit == b.group.unit) {
        let groups: Vec<_> = books.iter().map(GroupBook::margin).collect();
        let mut found =
            UnitStress { unit: books[0].group.unit, column: None, loss: BigInt::zero() };
        for &column in &stress.columns {
            let loss: BigInt = groups.iter().map(|g| &g.losses[column]).sum();
            if loss > found.loss {
                found = UnitStress { column: Some(column), loss, ..found };
            }
        }
        units.push(found);
    }
    let assets = collateral(account, terms, &held)?;
    let equity = assets.iter().map(|a| &a.collateral).sum();
    Ok(StressMargin { equity, scale: terms.scale.clone(), units })
}

impl StressMargin {
    /// Equity less the losses, in loss units.
    pub fn left(&self) -> BigInt {
        &self.equity * &self.scale - self.units.iter().map(|u| &u.loss).sum::<BigInt>()
    }

    /// Whether at least a floor, in margin units, is left.
    pub fn keeps(&self, floor: &BigInt) -> bool {
        self.left() >= floor * &self.scale
    }
}
