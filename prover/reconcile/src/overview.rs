//! The books of several venues side by side: what each requires, what is left, and which rule is the most conservative.

use crate::figure::Why;
use crate::reconcile::Reconciled;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::collections::BTreeMap;

/// A book at one venue.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Name of the venue.
    pub venue: String,
    /// Name of the book.
    pub book: String,
    /// Currency.
    pub currency: String,
    /// Equity.
    pub equity: BigRational,
    /// What is required.
    pub required: BigRational,
    /// Equity less requirement.
    pub buffer: BigRational,
    /// Equity over requirement in 10^-4, rounded down; `None` without a requirement.
    pub ratio: Option<BigInt>,
    /// Requirement over the notional of all positions in 10^-4, rounded up; `None` without positions. The higher, the more
    /// conservative the venue's rule.
    pub rate: Option<BigInt>,
}

impl Standing {
    /// Venue and book.
    pub fn name(&self) -> String {
        format!("{}, {}", self.venue, self.book)
    }
}

/// Sums in one currency. Amounts in different currencies are not added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Total {
    /// Number of books.
    pub books: usize,
    /// Equity.
    pub equity: BigRational,
    /// What is required.
    pub required: BigRational,
    /// What books lack, each alone: what another has is no margin of theirs.
    pub lacking: BigRational,
}

/// All venues.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// The books, in the order given.
    pub standings: Vec<Standing>,
    /// Books that could not be computed, and why.
    pub missing: Vec<(String, Why)>,
    /// Place in `standings` of the book that requires most of a notional.
    pub most_conservative: Option<usize>,
    /// Place of the book with the lowest ratio of equity to requirement.
    pub least_room: Option<usize>,
    /// By currency.
    pub totals: BTreeMap<String, Total>,
}

/// Puts the books of venues side by side.
pub fn overview(all: &[Reconciled]) -> Overview {
    let mut standings = Vec::new();
    let mut missing = Vec::new();
    let mut totals: BTreeMap<String, Total> = BTreeMap::new();
    let parts = BigInt::from(10_000);
    for (of, book) in all.iter().flat_map(|of| of.books.iter().map(move |book| (of, book))) {
        let [equity, required] = match &book.standing {
            Ok(standing) => standing,
            Err(why) => {
                missing.push((format!("{}, {}", of.venue, book.name), why.clone()));
                continue;
            }
        };
        let buffer = equity - required;
        let total = totals.entry(book.currency.clone()).or_default();
        total.books += 1;
        total.equity += equity;
        total.required += required;
        if buffer.is_negative() {
            total.lacking -= &buffer;
        }
        let over = |a: &BigRational, b: &BigRational| (!b.is_zero()).then(|| a / b * &parts);
        let ratio = over(equity, required).map(|ratio| ratio.floor().to_integer());
        let notional = book.notional.as_ref().filter(|notional| notional.is_positive());
        let rate = notional.and_then(|notional| over(required, notional));
        standings.push(Standing {
            venue: of.venue.clone(),
            book: book.name.clone(),
            currency: book.currency.clone(),
            buffer,
            equity: equity.clone(),
            required: required.clone(),
            ratio,
            rate: rate.map(|rate| rate.ceil().to_integer()),
        });
    }
    let places = || standings.iter().enumerate();
    let rated = places().filter_map(|(at, s)| Some((s.rate.as_ref()?, at)));
    let most_conservative = rated.max_by(|a, b| a.0.cmp(b.0).then(b.1.cmp(&a.1))).map(|(_, at)| at);
    let with_ratio = places().filter_map(|(at, s)| Some((s.ratio.as_ref()?, at)));
    let least_room = with_ratio.min().map(|(_, at)| at);
    Overview { standings, missing, most_conservative, least_room, totals }
}
