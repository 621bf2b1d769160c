//! One portfolio margin case of another system's vectors, and how it is compared with the rule.

use crate::case::Verdict;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};
use zkmargin_model::portfolio::{Margin, MarginError, Market, margin};
use zkmargin_model::rule::{
    Account, AssetElements, AssetTerms, BracketRow, BracketedLinear, Variable,
};

/// A figure that the other system computes with its own rounding or in floating point.
#[derive(Clone, Debug)]
pub struct Near {
    /// What it is.
    pub what: String,
    /// The figure, in the other system's unit.
    pub expected: BigRational,
    /// The rule's figure in the same unit.
    pub of: fn(&Margin, usize) -> BigRational,
    /// A column, for `of`.
    pub column: usize,
    /// What digits that the market cuts off can make of it, besides the tolerance.
    pub cut: BigRational,
}

/// What the other system says.
#[derive(Clone, Debug, Default)]
pub struct PortfolioExpected {
    /// Figures that are compared within a tolerance.
    pub near: Vec<Near>,
    /// The tolerance, relative to the larger of 1 and the expected figure.
    pub tolerance: BigRational,
    /// Equity in margin units and requirement in its own, to the unit, by a computation apart from the rule.
    pub exact: Option<[BigInt; 2]>,
    /// Claims that hold or do not.
    pub verdicts: Vec<Verdict>,
}

/// A portfolio margin market and an account with what another system says about them.
#[derive(Clone, Debug)]
pub struct PortfolioCase {
    /// Number of the case in its file, from 0.
    pub index: usize,
    /// Name of the case in its file.
    pub name: String,
    /// Which requirement the market stands for.
    pub label: String,
    /// The market.
    pub market: Market,
    /// The account.
    pub account: Account,
    /// Why no circuit for public loadings could prove it, if none could.
    pub native_only: Option<&'static str>,
    /// What the other system says.
    pub expected: PortfolioExpected,
}

/// Bits of the largest balance of [`cash`] with profit and loss, in settlement units.
const CASH_BITS: u32 = 120;

/// An asset of which one settlement unit is one margin unit.
pub(crate) fn cash(id: u32) -> AssetTerms {
    let end = BigInt::one() << CASH_BITS;
    let (slope, intercept) = (BigInt::one(), BigInt::ZERO);
    let row = BracketRow { lo: -&end, hi: end, slope, intercept };
    let collateral = BracketedLinear::new(Variable::Value, vec![row]).expect("one row tiles");
    let (index, elements) = (BigInt::one(), AssetElements::default());
    AssetTerms { id, index: index.into(), collateral, rounding: None, elements }
}

impl PortfolioCase {
    /// The rule's figures for this case.
    ///
    /// # Errors
    /// [`MarginError`] when the market has none.
    pub fn margin(&self) -> Result<Margin, MarginError> {
        margin(&self.account, &self.market)
    }

    /// Number of figures and verdicts that are compared.
    pub fn checks(&self) -> usize {
        let e = &self.expected;
        e.near.len() + 2 * usize::from(e.exact.is_some()) + e.verdicts.len()
    }

    /// Everything in which the rule disagrees with what is expected.
    pub fn mismatches(&self, got: &Margin) -> Vec<String> {
        let at = format!("{} [{}]", self.name, self.label);
        let mut out = Vec::new();
        for near in &self.expected.near {
            let figure = (near.of)(got, near.column);
            let relative = near.expected.abs().max(BigRational::one());
            let most = relative * &self.expected.tolerance + &near.cut;
            if (&figure - &near.expected).abs() > most {
                let (what, expected) = (&near.what, &near.expected);
                out.push(format!("{at}: {what} is {figure}, expected {expected} within {most}"));
            }
        }
        let figures = [got.equity.clone(), got.requirement.clone()];
        if let Some(exact) = self.expected.exact.as_ref().filter(|exact| **exact != figures) {
            out.push(format!("{at}: equity and requirement {figures:?}, expected {exact:?}"));
        }
        for v in &self.expected.verdicts {
            let meets = got.meets(&v.claim, &self.market);
            if meets != v.holds {
                let level = v.claim.level_bps();
                out.push(format!("{at}: the claim at level {level} is {meets}"));
            }
        }
        out
    }
}
