//! Equity and requirement of each of an account's books.

use num_bigint::BigInt;
use num_traits::Zero;
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::rule::{Account, Isolated, RuleError, margin};
use zkmargin_params::{CompiledMarket, Unit};

/// Which book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookOf {
    /// The cross book; of one settlement asset, by its id, where each has one.
    Cross {
        /// The settlement asset.
        asset: Option<u32>,
    },
    /// An isolated position, by its place in the account.
    Isolated {
        /// The place.
        position: usize,
    },
}

/// The figures of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookStanding {
    /// Which book.
    pub of: BookOf,
    /// Equity.
    pub equity: BigInt,
    /// What is required.
    pub requirement: BigInt,
    /// Unit of both.
    pub unit: Unit,
    /// Symbol of the currency or asset that both are in.
    pub currency: String,
    /// Whether the book meets the claim.
    pub is_met: bool,
}

impl BookStanding {
    /// Equity less requirement.
    pub fn buffer(&self) -> BigInt {
        &self.equity - &self.requirement
    }

    /// Equity over requirement in 10^-4, rounded toward minus infinity; `None` without a requirement.
    pub fn ratio(&self) -> Option<BigInt> {
        let scaled: BigInt = &self.equity * MARGIN_BPS;
        let required = &self.requirement;
        (!required.is_zero()).then(|| num_integer::Integer::div_floor(&scaled, required))
    }
}

/// The cross book, or one for each settlement asset that has one, and after them the isolated positions.
///
/// # Errors
/// [`RuleError`] where the rule is undefined for the account.
pub fn books(
    market: &CompiledMarket,
    account: &Account,
    claim: &Claim,
) -> Result<Vec<BookStanding>, RuleError> {
    let schedule = market.schedule();
    let health = market.market().terms().health();
    let floor = claim.floor().amount();
    let reaches = |equity: &BigInt, requirement: &BigInt| {
        health.surplus(equity, requirement, claim) >= BigInt::ZERO
    };
    let mut out = Vec::new();
    let mut isolated = Vec::new();
    // The isolated positions are the same whichever the cross book is.
    let all = market.selections().iter().filter(|of| of.books().isolated != Isolated::LeftOut);
    for of in all {
        let figures = margin(account, of.market())?;
        out.push(BookStanding {
            of: BookOf::Cross { asset: of.books().asset_id() },
            is_met: reaches(&figures.equity, &figures.maintenance) && figures.equity >= *floor,
            equity: figures.equity,
            requirement: figures.maintenance,
            unit: schedule.margin_amount_unit(),
            currency: schedule.margin_unit().currency().to_owned(),
        });
        isolated.clear();
        for (position, (p, m)) in account.positions().iter().zip(&figures.positions).enumerate() {
            let Some(book) = &m.isolated else { continue };
            let listed = schedule.instruments();
            let at = listed.binary_search_by_key(&p.instrument, |i| i.id).ok();
            let Some(instrument) = at.and_then(|at| listed.get(at)) else { continue };
            let (unit, currency) = schedule.isolated_unit(instrument);
            isolated.push(BookStanding {
                of: BookOf::Isolated { position },
                is_met: reaches(&book.equity, &book.requirement),
                equity: book.equity.clone(),
                requirement: book.requirement.clone(),
                unit,
                currency: currency.to_owned(),
            });
        }
    }
    out.append(&mut isolated);
    Ok(out)
}
