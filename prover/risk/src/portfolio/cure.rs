//! The least that makes an account of portfolio margin meet a claim: a deposit of an asset, a smaller position.

use super::bounds::least;
use super::change::closed;
use crate::cure::Cure;
use crate::search::{self, Line};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed};
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio::{Margin, MarginError, Market, margin};
use zkmargin_model::rule::{Account, AssetTerms, Position};
use zkmargin_model::widths::BALANCE_BITS;

/// What closing a part of a position does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// The size steps to close at the market's value.
    Of(Cure),
    /// The search was given up, or the rule ends for a part, and why.
    NotSearched(String),
}

/// What cures an account, each alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioCures {
    /// Deposits by asset id, in units of balances, for each asset of the market.
    pub deposits: Vec<(u32, Cure)>,
    /// In the order of the account's positions.
    pub reductions: Vec<Reduction>,
}

/// Finds what cures an account.
///
/// A deposit leaves the requirement as it is, so the least is computed on the rows of its collateral function. The
/// requirement of a part of a position is searched: it need not fall with the part, where what is left of the account is
/// hedged by it.
///
/// # Errors
/// [`MarginError`] if the rule is undefined for the account as it is.
pub fn cures(
    market: &Market,
    account: &Account,
    claim: &Claim,
) -> Result<PortfolioCures, MarginError> {
    let figures = margin(account, market)?;
    let lacks = figures.lacks(claim, market);
    let deposits = market.terms().assets.iter().map(|terms| {
        let cure = match &lacks {
            None => Cure::Unneeded,
            Some(lacks) => deposit(market, account, &figures, terms, lacks),
        };
        (terms.id, cure)
    });
    let reductions = account.positions().iter().map(|p| match &lacks {
        None => Reduction::Of(Cure::Unneeded),
        Some(_) => Closings::new(market, account, claim, &figures, p).least(),
    });
    Ok(PortfolioCures { deposits: deposits.collect(), reductions: reductions.collect() })
}

/// The least deposit of an asset with which the account has so much more equity.
fn deposit(
    market: &Market,
    account: &Account,
    figures: &Margin,
    terms: &AssetTerms,
    lacks: &BigInt,
) -> Cure {
    let held = figures.assets.iter().find(|a| a.asset == terms.id);
    let (from, worth) =
        held.map_or((BigInt::ZERO, BigInt::ZERO), |a| (a.balance.clone(), a.collateral.clone()));
    let needed = worth + lacks;
    let unit = &market.terms().entry_unit;
    let balance = account.balances().iter().find(|b| b.asset == terms.id);
    let balance = balance.map_or(BigInt::ZERO, |b| b.balance.clone());
    let most: BigInt = (BigInt::one() << (BALANCE_BITS - 1)) - 1 - balance;
    for row in terms.rows_by_balance() {
        let first = Integer::div_ceil(&(&row.lo - &from), unit).max(BigInt::one());
        let last = (&row.hi - &from).div_floor(unit).min(most.clone());
        if first > last {
            continue;
        }
        let least = match row.slope.is_positive() {
            true => {
                let lacks = &needed - row.at(&from);
                Integer::div_ceil(&lacks, &(&row.slope * unit)).max(first)
            }
            false => first,
        };
        if least <= last && row.at(&(&from + &least * unit)) >= needed {
            return Cure::Least(least);
        }
    }
    Cure::Never
}

/// Parts of one position, in size steps, closed at the market's value.
struct Closings<'a> {
    market: &'a Market,
    account: &'a Account,
    claim: &'a Claim,
    position: &'a Position,
    /// Most that the equity can be: closing gains nothing, and loses less than a unit of entry values by rounding.
    equity: Option<BigInt>,
}

impl<'a> Closings<'a> {
    fn new(
        market: &'a Market,
        account: &'a Account,
        claim: &'a Claim,
        figures: &Margin,
        position: &'a Position,
    ) -> Self {
        let equity = || {
            let settles_in = market.terms().instrument(position.instrument)?.settles_in;
            let held = figures.assets.iter().find(|a| a.asset == settles_in)?;
            let least = &held.balance - &market.terms().entry_unit;
            // The rows tile, so one of them has each of these balances.
            let worth = market.terms().asset(settles_in)?.rows_by_balance().into_iter();
            let worth = worth.filter_map(|row| {
                let (from, to) = ((&row.lo).max(&least), (&row.hi).min(&held.balance));
                (from <= to).then(|| row.at(from).max(row.at(to)))
            });
            Some(&figures.equity - &held.collateral + worth.max()?)
        };
        Self { market, account, claim, position, equity: equity() }
    }

    fn least(&self) -> Reduction {
        let size = BigInt::from(self.position.size.clone());
        match search::first(self, &size) {
            Ok(Some((part, Ok(_)))) => Reduction::Of(Cure::Least(part)),
            Ok(None) => Reduction::Of(Cure::Never),
            Ok(Some((_, Err(why)))) => Reduction::NotSearched(why),
            Err(_) => Reduction::NotSearched(format!(
                "it is not decided within {} computations of the rule",
                search::MAX_POINTS
            )),
        }
    }
}

impl Line for Closings<'_> {
    type Point = Result<Margin, String>;

    fn at(&self, part: &BigInt) -> Self::Point {
        let account = closed(self.market, self.account, self.position, part);
        let account = account.map_err(|e| e.to_string())?;
        margin(&account, self.market).map_err(|e| e.to_string())
    }

    fn is_hit(&self, point: &Self::Point) -> bool {
        point.as_ref().map_or(true, |figures| figures.meets(self.claim, self.market))
    }

    fn is_clear(&self, near: &Self::Point, far: &Self::Point) -> bool {
        let (Ok(near), Ok(far), Some(equity)) = (near, far, &self.equity) else { return false };
        let Some(terms) = self.market.terms().instrument(self.position.instrument) else {
            return false;
        };
        least(self.market, terms, near, far).is_some_and(|requirement| {
            let best = Margin { equity: equity.clone(), requirement, ..near.clone() };
            !best.meets(self.claim, self.market)
        })
    }
}
