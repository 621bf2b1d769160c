//! The checked market.

use super::{Group, Instrument, MarketError, Strike, Terms, Unit};
use crate::rule::AssetTerms;

/// A checked portfolio margin market: one requirement kind of one schedule at one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    terms: Terms,
}

impl Market {
    /// Checks ids, order, references and every width that the circuit's sums rely on.
    ///
    /// # Errors
    /// [`MarketError`] names the first figure that does not fit.
    pub fn new(terms: Terms) -> Result<Self, MarketError> {
        terms.check()?;
        Ok(Self { terms })
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
