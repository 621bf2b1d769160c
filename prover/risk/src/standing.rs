//! What is asked of a book.

use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::rule::{BookMargin, Health, Margin};

/// Equity and requirement of a book, or a bound of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) equity: BigInt,
    pub(crate) requirement: BigInt,
}

impl From<&Margin> for Standing {
    /// Of the cross book.
    fn from(figures: &Margin) -> Self {
        Self { equity: figures.equity.clone(), requirement: figures.maintenance.clone() }
    }
}

impl From<&BookMargin> for Standing {
    fn from(book: &BookMargin) -> Self {
        Self { equity: book.equity.clone(), requirement: book.requirement.clone() }
    }
}

/// A claim about one book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand<'a> {
    pub(crate) claim: &'a Claim,
    pub(crate) health: Health,
    /// Whether the floor is demanded: in the cross book only.
    pub(crate) floor: bool,
}

impl Demand<'_> {
    /// Whether a book meets it.
    pub(crate) fn is_met(&self, s: &Standing) -> bool {
        let surplus = self.surplus(s);
        !surplus.is_negative() && self.reaches_floor(&s.equity)
    }

    /// Whether a book meets it when equity and surplus can each be less than in these by as much.
    pub(crate) fn is_met_with(&self, least: [&Standing; 2], slack: &Slack) -> bool {
        let [a, b] = least;
        let lost = &slack.equity * MARGIN_BPS + &slack.requirement * self.claim.level_bps();
        let surplus = self.surplus(a).min(self.surplus(b)) - lost;
        let equity = (&a.equity).min(&b.equity) - &slack.equity;
        !surplus.is_negative() && self.reaches_floor(&equity)
    }

    /// By how much a book's equity is above what is asked of it, in a unit of the claim's.
    pub(crate) fn surplus(&self, s: &Standing) -> BigInt {
        self.health.surplus(&s.equity, &s.requirement, self.claim)
    }

    fn reaches_floor(&self, equity: &BigInt) -> bool {
        !self.floor || equity >= self.claim.floor().amount()
    }
}

/// By how much equity and requirement can be off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slack {
    pub(crate) equity: BigInt,
    pub(crate) requirement: BigInt,
}
