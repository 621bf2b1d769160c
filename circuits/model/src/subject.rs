//! What a claim is about, and the integer market at which it is decided.

use crate::claim::Claim;
use crate::measure::Measure;
use crate::rule::{Books, NamedBooks};
use crate::unit::MarginUnit;
use crate::{portfolio, rule};

/// What a claim is about: books of a linear account, or a portfolio account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Books of a linear account.
    Books(Books),
    /// A portfolio account, and what its equity is held against.
    Portfolio(Measure),
}

impl From<Books> for Subject {
    fn from(books: Books) -> Self {
        Self::Books(books)
    }
}

impl From<Measure> for Subject {
    fn from(measure: Measure) -> Self {
        Self::Portfolio(measure)
    }
}

impl Subject {
    /// The books of a linear account.
    pub const fn books(&self) -> Option<Books> {
        match self {
            Self::Books(books) => Some(*books),
            Self::Portfolio(_) => None,
        }
    }

    /// What the equity of a portfolio account is held against.
    pub const fn measure(&self) -> Option<&Measure> {
        match self {
            Self::Books(_) => None,
            Self::Portfolio(measure) => Some(measure),
        }
    }

    /// Whether it is what a stress leaves of a portfolio account.
    pub const fn is_stress(&self) -> bool {
        matches!(self, Self::Portfolio(Measure::Stress(_)))
    }
}

/// The integer market at which a claim is decided.
#[derive(Clone, Copy, Debug)]
pub enum RuleMarket<'a> {
    /// Of a linear account.
    Linear(&'a rule::Market),
    /// Of a portfolio account.
    Portfolio(&'a portfolio::Market),
}

impl<'a> From<&'a rule::Market> for RuleMarket<'a> {
    fn from(market: &'a rule::Market) -> Self {
        Self::Linear(market)
    }
}

impl<'a> From<&'a portfolio::Market> for RuleMarket<'a> {
    fn from(market: &'a portfolio::Market) -> Self {
        Self::Portfolio(market)
    }
}

/// [`Subject`] in words, for a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedSubject {
    /// Books of a linear account, and the margin that their schedule requires.
    Books {
        /// What equity is compared with.
        margin: &'static str,
        /// The books.
        books: NamedBooks,
    },
    /// A portfolio account.
    Portfolio(Measure),
}

impl NamedSubject {
    /// The claim as a sentence, its floor in the valuation currency.
    pub fn claim_in_words(&self, claim: &Claim, unit: &MarginUnit) -> String {
        let measure = match self {
            Self::Books { margin, books } => return claim.in_words(unit, margin, books),
            Self::Portfolio(measure) => measure,
        };
        let floor = claim.floor().in_words(unit);
        let margin = match measure {
            Measure::Stress(name) => {
                return format!(
                    "equity of the portfolio account less its worst loss in the scenarios of stress \"{}\" {floor}",
                    name.as_str()
                );
            }
            Measure::Maintenance => "maintenance margin",
            Measure::Initial => "initial margin",
            Measure::Fill => "margin of fills",
            Measure::CloseOut => "close-out margin",
            Measure::LiquidationEnd => "liquidation-end margin",
        };
        let covers = claim.covers(&format!("{margin} of the portfolio account"));
        if claim.is_deficiency() { covers } else { format!("{covers} and {floor}") }
    }
}

/// What the claim is about.
impl std::fmt::Display for NamedSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Books { books, .. } => books.fmt(f),
            Self::Portfolio(measure) => write!(f, "the portfolio account, {measure}"),
        }
    }
}
