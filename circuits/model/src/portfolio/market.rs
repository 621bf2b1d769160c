//! The checked market.

use super::{Group, Instrument, MarketError, Role, Strike, Terms, Unit};
use crate::rule::AssetTerms;
use num_bigint::BigInt;
use num_traits::{One, Zero};
use std::collections::BTreeSet;

/// A checked portfolio margin market: one requirement kind of one schedule at one snapshot, or one of its stresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    terms: Terms,
    is_stress: bool,
}

impl Market {
    /// Checks ids, order, references and every width that the circuit's sums rely on.
    ///
    /// # Errors
    /// [`MarketError`] names the first figure that does not fit.
    pub fn new(terms: Terms) -> Result<Self, MarketError> {
        terms.check()?;
        Ok(Self { terms, is_stress: false })
    }

    /// The market of a stress: its scenarios and nothing else. The requirement is the worst loss in them, without any
    /// factor, addition, floor or charge, and a claim is about what it leaves of the equity. `None` if there is no stress
    /// of this name.
    ///
    /// # Errors
    /// [`MarketError`], which a market that was checked does not have in its parts either.
    pub fn of_stress(&self, name: &str) -> Option<Result<Self, MarketError>> {
        let terms = &self.terms;
        let stress = terms.stresses.iter().find(|s| s.name == name)?;
        let mut kept: BTreeSet<usize> = stress.columns.iter().copied().collect();
        let read = |at: &usize| terms.columns[*at].terms.iter().map(|term| term.column);
        kept.extend(stress.columns.iter().flat_map(read).collect::<Vec<_>>());
        let kept: Vec<usize> = kept.into_iter().collect();
        let columns = kept.iter().map(|at| {
            let mut column = terms.columns[*at].clone();
            if column.role == Role::Term {
                column.terms.clear();
            }
            for term in &mut column.terms {
                // Every column that is read is kept.
                term.column = kept.binary_search(&term.column).unwrap_or_default();
            }
            column
        });
        let columns = columns.collect();
        let unit = |of: &Unit| Unit { factor: BigInt::one(), ..of.clone() };
        let group = |of: &Group| Group { scans: Vec::new(), ..of.clone() };
        let instrument = |of: &Instrument| Instrument {
            strike: None,
            charge: BigInt::zero(),
            loadings: kept.iter().map(|at| of.loadings[*at].clone()).collect(),
            ..of.clone()
        };
        let terms = Terms {
            capacity: terms.capacity,
            assets: terms.assets.clone(),
            entry_unit: terms.entry_unit.clone(),
            columns,
            scans: Vec::new(),
            units: terms.units.iter().map(unit).collect(),
            groups: terms.groups.iter().map(group).collect(),
            strikes: Vec::new(),
            instruments: terms.instruments.iter().map(instrument).collect(),
            scale: terms.scale.clone(),
            denominator: BigInt::one(),
            stresses: Vec::new(),
            equality_is_healthy: true,
        };
        Some(Self::new(terms).map(|market| Self { is_stress: true, ..market }))
    }

    /// Whether claims are about what a stress leaves of the equity.
    pub fn is_stress(&self) -> bool {
        self.is_stress
    }

    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }
}

impl Terms {
    /// The unit with this id.
    pub fn unit(&self, id: u32) -> Option<&Unit> {
        self.units.get(self.units.binary_search_by_key(&id, |u| u.id).ok()?)
    }

    /// The group with this id.
    pub fn group(&self, id: u32) -> Option<&Group> {
        self.groups.get(self.groups.binary_search_by_key(&id, |g| g.id).ok()?)
    }

    /// The strike with this id.
    pub fn strike(&self, id: u32) -> Option<&Strike> {
        self.strikes.get(self.strikes.binary_search_by_key(&id, |s| s.id).ok()?)
    }

    /// The instrument with this id.
    pub fn instrument(&self, id: u32) -> Option<&Instrument> {
        self.instruments.get(self.instruments.binary_search_by_key(&id, |i| i.id).ok()?)
    }

    /// The asset with this id.
    pub fn asset(&self, id: u32) -> Option<&AssetTerms> {
        self.assets.get(self.assets.binary_search_by_key(&id, |a| a.id).ok()?)
    }
}
