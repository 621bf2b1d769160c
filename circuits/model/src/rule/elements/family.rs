//! Families: instruments whose tiers go by what is held of all of them together.

use crate::rule::{Account, Book, InstrumentTerms, Market, Position};
use num_bigint::BigInt;
use std::collections::BTreeMap;

/// The family of an instrument.
///
/// The tier variable of a position is the sum of `size * unit` over the positions of its family in the same book, long
/// and short ones alike, and the row that holds it applies to the position's own size. An isolated position is a book of
/// its own, and so its own sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierFamily {
    /// Number of the family among the market's. Instruments of one family follow each other in order of their ids.
    pub number: u32,
    /// What one size step counts, in units of the tier variable: positive, below 2^40.
    pub unit: BigInt,
}

impl TierFamily {
    /// What a size counts.
    pub(in crate::rule) fn counted(&self, size: &BigInt) -> BigInt {
        size * &self.unit
    }
}

/// What the positions of an account's cross book count in each family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Families(BTreeMap<u32, BigInt>);

impl Families {
    /// The sums of an account at a market.
    pub fn of(account: &Account, market: &Market) -> Self {
        let mut sums = Self::default();
        for p in account.positions() {
            if let Some(terms) = market.instrument(p.instrument) {
                sums.add(terms, p);
            }
        }
        sums
    }

    /// Adds a position to the sum of its family; an isolated one is in none.
    pub fn add(&mut self, terms: &InstrumentTerms, p: &Position) {
        if let Some((family, counted)) = counted(terms, p) {
            *self.0.entry(family.number).or_default() += counted;
        }
    }

    /// What the other positions of its family count in the book of a position that was added: nothing beside an isolated
    /// one, and beside one without a family.
    pub fn beside(&self, terms: &InstrumentTerms, p: &Position) -> BigInt {
        let Some((family, counted)) = counted(terms, p) else { return BigInt::ZERO };
        self.0.get(&family.number).map_or(BigInt::ZERO, |sum| sum - counted)
    }
}

fn counted<'a>(terms: &'a InstrumentTerms, p: &Position) -> Option<(&'a TierFamily, BigInt)> {
    let family = terms.elements.family.as_ref().filter(|_| p.book == Book::Cross)?;
    Some((family, family.counted(&p.size.clone().into())))
}
