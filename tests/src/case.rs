//! One case of another system's vectors, and how it is compared with the rule.

use crate::portfolio_case::PortfolioCase;
use num_bigint::BigInt;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{
    Account, Isolated, Margin, Market, PositionName, RuleError, margin_naming,
};

/// A claim with whether the other system says that it holds.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The claim.
    pub claim: Claim,
    /// Whether it holds.
    pub holds: bool,
}

impl Verdict {
    /// `E >= level * MM / 10000` at this level, with no floor but zero.
    pub fn at_level(level_bps: u32, holds: bool) -> Self {
        let claim = Claim::new(level_bps, 0u32.into()).expect("levels of the adapters fit");
        Self { claim, holds }
    }

    /// Equity covers the requirement.
    pub fn healthy(holds: bool) -> Self {
        Self::at_level(10_000, holds)
    }

    /// Equity is not negative, whatever is required.
    pub fn solvent(holds: bool) -> Self {
        Self::at_level(0, holds)
    }
}

/// What the other system says. Everything is optional: files say different things.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Equity in margin units.
    pub equity: Option<BigInt>,
    /// Requirement in margin units; which one is in [`PeerCase::label`].
    pub maintenance: Option<BigInt>,
    /// Equity and requirement of each isolated position, in the order of the account's; `None` where nothing is said.
    pub books: Vec<Option<[BigInt; 2]>>,
    /// Claims that hold or do not.
    pub verdicts: Vec<Verdict>,
    /// Equity is exactly the requirement (a liquidation price).
    pub equity_is_maintenance: bool,
}

/// A market and an account with what another system says about them.
#[derive(Clone, Debug)]
pub struct PeerCase {
    /// Number of the case in its file, from 0. Several markets can come from one case.
    pub index: usize,
    /// Name of the case in its file.
    pub name: String,
    /// Which requirement or price the market stands for, such as `maintenance` or `initial`.
    pub label: String,
    /// The market.
    pub market: Market,
    /// The account.
    pub account: Account,
    /// The isolated position that claims name, at a market of such claims.
    pub named: Option<PositionName>,
    /// What the other system says.
    pub expected: Expected,
}

impl PeerCase {
    /// The rule's figures for this case.
    ///
    /// # Errors
    /// [`RuleError`] when the market has none.
    pub fn margin(&self) -> Result<Margin, RuleError> {
        margin_naming(&self.account, &self.market, self.named)
    }

    /// Number of figures and verdicts that are compared.
    pub fn checks(&self) -> usize {
        let e = &self.expected;
        usize::from(e.equity.is_some())
            + e.books.iter().flatten().count()
            + usize::from(e.maintenance.is_some())
            + usize::from(e.equity_is_maintenance)
            + e.verdicts.len()
    }

    /// Everything in which the rule disagrees with what is expected.
    pub fn mismatches(&self, got: &Margin) -> Vec<String> {
        let at = format!("{} [{}]", self.name, self.label);
        let mut out = Vec::new();
        let mut figure = |what: &str, got: &BigInt, expected: &Option<BigInt>| {
            if let Some(expected) = expected.as_ref().filter(|e| *e != got) {
                out.push(format!("{at}: {what} is {got}, expected {expected}"));
            }
        };
        figure("equity", &got.equity, &self.expected.equity);
        figure("requirement", &got.maintenance, &self.expected.maintenance);
        let at_liquidation = self.expected.equity_is_maintenance.then(|| got.maintenance.clone());
        figure("equity at the liquidation price", &got.equity, &at_liquidation);
        let books = got.positions.iter().filter_map(|p| p.isolated.as_ref());
        let books: Vec<_> = books.map(|b| [b.equity.clone(), b.requirement.clone()]).collect();
        let expected = &self.expected.books;
        // A claim that is not about all of them has nothing to say of each.
        let all = self.market.books().isolated == Isolated::Compared || !expected.is_empty();
        let mut each = books.iter().zip(expected);
        let same = each.all(|(book, expected)| expected.as_ref().is_none_or(|of| of == book));
        if all && (!same || books.len() != expected.len()) {
            out.push(format!("{at}: isolated books are {books:?}, expected {expected:?}"));
        }
        for v in &self.expected.verdicts {
            let meets = got.meets(&v.claim, &self.market);
            if meets != v.holds {
                out.push(format!(
                    "{at}: the claim at level {} is {meets}, expected {}; equity {}, requirement {}",
                    v.claim.level_bps(),
                    v.holds,
                    got.equity,
                    got.maintenance
                ));
            }
        }
        out
    }
}

/// What a relation compares: the figures of its cases, in order.
pub type RelationCheck = Box<dyn Fn(&[Margin]) -> Result<(), String>>;

/// An expectation over the figures of several evaluations, or over more than figures and claims.
pub struct Relation {
    /// Number of the case in its file, from 0.
    pub index: usize,
    /// Name of the case in its file.
    pub name: String,
    /// What is evaluated.
    pub cases: Vec<PeerCase>,
    /// What must hold of the figures.
    pub check: RelationCheck,
}

/// A case that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Name of the case in its file.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// What was made of one file.
#[derive(Default)]
pub struct Loaded {
    /// Number of cases in the file, whichever list they are in.
    pub total: usize,
    /// Markets and accounts with what is expected of them.
    pub cases: Vec<PeerCase>,
    /// Portfolio margin markets and accounts with what is expected of them.
    pub portfolio: Vec<PortfolioCase>,
    /// Expectations over several evaluations.
    pub relations: Vec<Relation>,
    /// Cases that were left out.
    pub left_out: Vec<LeftOut>,
}

impl Loaded {
    /// Adds the outcome of one case; gives it the next number.
    pub(crate) fn add(&mut self, name: &str, made: Result<Made, String>) {
        let index = self.total;
        self.total += 1;
        match made {
            Err(reason) => self.left_out.push(LeftOut { name: name.into(), reason }),
            Ok(made) => {
                let label = |mut c: PeerCase| {
                    c.index = index;
                    c.name = name.into();
                    c
                };
                self.cases.extend(made.cases.into_iter().map(label));
                for mut c in made.portfolio {
                    c.index = index;
                    c.name = name.into();
                    self.portfolio.push(c);
                }
                for (cases, check) in made.relations {
                    let cases = cases.into_iter().map(label).collect();
                    self.relations.push(Relation { index, name: name.into(), cases, check });
                }
            }
        }
    }

    /// How many cases of the file have at least one comparison.
    pub fn ran(&self) -> usize {
        let of_cases = self.cases.iter().filter(|c| c.checks() > 0).map(|c| c.index);
        let of_portfolio = self.portfolio.iter().filter(|c| c.checks() > 0).map(|c| c.index);
        let related = self.relations.iter().map(|r| r.index);
        let mut ran: Vec<usize> = of_cases.chain(of_portfolio).chain(related).collect();
        ran.sort_unstable();
        ran.dedup();
        ran.len()
    }
}

/// What an adapter made of one case.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) cases: Vec<PeerCase>,
    pub(crate) portfolio: Vec<PortfolioCase>,
    pub(crate) relations: Vec<(Vec<PeerCase>, RelationCheck)>,
}
