//! The margin rule itself: equity and maintenance margin of an account at a market.
//!
//! ```text
//! pnl_i = round_i(value_i(size_i) - funding_i * size_i - entry_i)
//! E     = sum over assets j of collateral_j(balance_j + sum of pnl_i settling in j)
//! MM    = sum over groups g of round(sum over positions i in g of req_price_g * maintenance_i(|size_i|))
//! ```
//!
//! Both sums are over the cross book. An isolated position is a book of its own, in units of its settlement asset: its
//! equity is its profit and loss with the margin that is assigned to it, and its requirement is not converted. Where
//! records have allocations, its book is as that of an account which has this position and its allocation alone.
//!
//! At a market of one settlement asset's book ([`Market::of_books`]) balances and requirements of other settlement assets
//! count for nothing. A claim speaks about the market's [`super::Books`].
//!
//! Optional elements of the terms change single points of it: see [`super::InstrumentElements`] and
//! [`super::AssetElements`].

use super::requirement::Requirement;
use super::{
    Account, AssetTerms, Balance, Book, Families, Health, InstrumentTerms, Isolated, Market,
    Position, PositionName, SecondWord, isolated_book,
};
use crate::claim::Claim;
use crate::widths::{BRACKET_BITS, MAX_SETTLE_GROUPS};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// What the rule computed for one position. Amounts in settlement units unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionMargin {
    /// Instrument id.
    pub instrument: u32,
    /// Unrealized profit and loss, including funding.
    pub pnl: BigInt,
    /// What settles of it: the same, unless the terms have steps by its sign.
    pub result: BigInt,
    /// The tier function's variable: notional in settlement units, size steps, their root, or what is held of the family in
    /// the position's book.
    pub variable: BigInt,
    /// Row of the tier table that holds the variable, from 0.
    pub row: usize,
    /// Slope of that row, in rate units.
    pub slope: BigInt,
    /// Requirement before conversion.
    pub amount: BigInt,
    /// Requirement in the margin unit, after conversion and before the rounding of all of them together.
    pub requirement: BigInt,
    /// The position's own book, if it is isolated.
    pub isolated: Option<BookMargin>,
}

/// Equity and requirement of an isolated position, with the margin assigned to it, both in the units of its requirement
/// before conversion, or in margin units where records have allocations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookMargin {
    /// Equity.
    pub equity: BigInt,
    /// Requirement.
    pub requirement: BigInt,
    /// Whether the claim speaks about this book.
    pub compared: bool,
}

/// What the rule computed for one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetMargin {
    /// Asset id.
    pub asset: u32,
    /// Balance with the profit and loss that settles in it, in the asset's units.
    pub balance: BigInt,
    /// Collateral value in the margin unit, after the haircut; zero for a debt that is required instead.
    pub collateral: BigInt,
    /// What the asset's debts require, in the margin unit.
    pub requirement: BigInt,
}

/// Equity and maintenance margin of the cross book with their components. Margin units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Margin {
    /// Equity: sum of collateral values.
    pub equity: BigInt,
    /// Maintenance margin: sum of requirements, those of debts included.
    pub maintenance: BigInt,
    /// Per position, in the account's order.
    pub positions: Vec<PositionMargin>,
    /// Per asset, in the account's order.
    pub assets: Vec<AssetMargin>,
}

/// Why the rule is undefined for an account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The market does not list the instrument, or has no price of it.
    #[error("instrument {instrument} has no price in this market")]
    UnknownInstrument {
        /// The instrument.
        instrument: u32,
    },
    /// The market does not list the asset.
    #[error("asset {asset} is not in this market")]
    UnknownAsset {
        /// The asset.
        asset: u32,
    },
    /// A position is isolated, and the venue has no isolated books.
    #[error("the position in instrument {instrument} is isolated; this market has one book")]
    Isolated {
        /// The instrument.
        instrument: u32,
    },
    /// A claim names an isolated position that the account does not hold.
    #[error("the account has no isolated position of the named instrument and side")]
    NoSuchPosition,
    /// Beyond the last tier: the venue has no requirement for a position of this size.
    #[error("the position in instrument {instrument} is beyond the last tier of its table")]
    BeyondTiers {
        /// The instrument.
        instrument: u32,
    },
    /// A notional that is multiplied by a rate is wider than any tier variable.
    #[error("the notional of the position in instrument {instrument} exceeds {BRACKET_BITS} bits")]
    BeyondNotional {
        /// The instrument.
        instrument: u32,
    },
    /// The rounded value is wider than a proof can hold.
    #[error("the value of the position in instrument {instrument} is wider than a proof can hold")]
    BeyondValue {
        /// The instrument.
        instrument: u32,
    },
    /// Rounded profit and loss are wider than a proof can hold.
    #[error(
        "profit and loss of the position in instrument {instrument} are wider than a proof can hold"
    )]
    BeyondProfit {
        /// The instrument.
        instrument: u32,
    },
    /// A figure is wider than a proof in the general profile can hold.
    #[error("the {what} of {list} {id} is wider than a proof can hold")]
    BeyondProof {
        /// `instrument` or `asset`.
        list: &'static str,
        /// Its id.
        id: u32,
        /// Which figure.
        what: &'static str,
    },
    /// Beyond the ends of the collateral function.
    #[error(
        "the balance of asset {asset} with its profit and loss is beyond its collateral function"
    )]
    BeyondCollateral {
        /// The asset.
        asset: u32,
    },
    /// Profit or loss settles in an asset that the account does not list.
    #[error(
        "profit and loss settle in asset {asset}; list that asset, with a zero balance if need be"
    )]
    SettlementAssetMissing {
        /// The asset.
        asset: u32,
    },
}

/// What the rule computes for one position and the second word of its record, under these terms of its instrument, which
/// can be those at another price than the market's, when `beside` is what the other positions of its family count
/// ([`Families::beside`]). What proofs can hold is not looked at.
///
/// # Errors
/// [`RuleError`] when the rule is undefined for the position.
pub fn position_margin(
    market: &Market,
    terms: &InstrumentTerms,
    p: &Position,
    second: SecondWord<'_>,
    beside: &BigInt,
) -> Result<PositionMargin, RuleError> {
    let instrument = p.instrument;
    let size = p.signed_size();
    let mut pnl = terms.value_of(p.side, &size) - &terms.funding * size - &p.entry;
    if let Some(rounding) = &terms.pnl_rounding {
        pnl = rounding.apply(&pnl);
    }
    let result = terms.result_of(&pnl);
    let required = Requirement::of(market, terms, p, second.orders, beside)?;
    let Requirement { variable, row, slope, amount } = required;
    let requirement = &amount * &market.terms().groups[terms.group].requirement_index;
    let isolated = match p.book {
        Book::Cross => None,
        Book::Isolated => {
            let [equity, requirement] =
                isolated_book(market, terms, second.allocation, &result, amount.clone())?;
            let isolated = market.books().isolated;
            let compared = matches!(isolated, Isolated::Compared | Isolated::AllBut);
            Some(BookMargin { equity, requirement, compared })
        }
    };
    Ok(PositionMargin {
        instrument,
        pnl,
        result,
        variable,
        row,
        slope,
        amount,
        requirement,
        isolated,
    })
}

/// What the rule computes for one asset under these terms of it, which can be those at another price than the market's,
/// when `settled` is the profit and loss that settles in it. What proofs can hold is not looked at.
///
/// # Errors
/// [`RuleError::BeyondCollateral`].
pub fn asset_margin(
    terms: &AssetTerms,
    b: &Balance,
    settled: BigInt,
) -> Result<AssetMargin, RuleError> {
    let asset = b.asset;
    let balance = terms.amount_of(&b.balance) + settled;
    let bound = BigInt::from(1) << BRACKET_BITS;
    if balance < -&bound || balance >= bound {
        return Err(RuleError::BeyondCollateral { asset });
    }
    let (collateral, requirement) =
        terms.margin_of(&balance, b.own).ok_or(RuleError::BeyondCollateral { asset })?;
    Ok(AssetMargin { asset, balance, collateral, requirement })
}

/// Computes equity and maintenance margin exactly, for claims that name no position.
///
/// # Errors
/// [`RuleError`] when the rule is undefined for something the account holds, or a proof cannot hold a figure of it.
pub fn margin(account: &Account, market: &Market) -> Result<Margin, RuleError> {
    margin_naming(account, market, None)
}

/// The same for a claim that names an isolated position, at the market of such claims.
///
/// # Errors
/// [`RuleError`], and [`RuleError::NoSuchPosition`] of a position that the account does not hold, or where none is named
/// at such a market.
pub fn margin_naming(
    account: &Account,
    market: &Market,
    named: Option<PositionName>,
) -> Result<Margin, RuleError> {
    let mut settled: [BigInt; MAX_SETTLE_GROUPS] = Default::default();
    let mut required: [BigInt; MAX_SETTLE_GROUPS] = Default::default();
    let families = Families::of(account, market);
    let mut positions = Vec::with_capacity(account.positions().len());
    for (at, p) in account.positions().iter().enumerate() {
        let second = account.second_word(at);
        let instrument = p.instrument;
        let terms =
            market.instrument(instrument).ok_or(RuleError::UnknownInstrument { instrument })?;
        market.holds_value(terms, p)?;
        let figures = position_margin(market, terms, p, second, &families.beside(terms, p))?;
        market.holds_position(terms, p, second, &figures)?;
        if figures.isolated.is_none() {
            settled[terms.group] += &figures.result;
            required[terms.group] += &figures.requirement;
        }
        positions.push(figures);
    }
    let mut assets = Vec::with_capacity(account.balances().len());
    for b in account.balances() {
        let asset = b.asset;
        let terms = market.asset(asset).ok_or(RuleError::UnknownAsset { asset })?;
        let group = market.settle_group_of(asset);
        let settled = group.map_or_else(BigInt::zero, |g| std::mem::take(&mut settled[g]));
        let figures = asset_margin(terms, b, settled)?;
        market.holds_balance(b, &figures.balance)?;
        assets.push(figures);
    }
    // What was taken above is zero now; what is left has no asset to settle in.
    if let Some(group) = settled.iter().position(|s| !s.is_zero()) {
        return Err(RuleError::SettlementAssetMissing {
            asset: market.terms().groups[group].asset,
        });
    }
    if market.books().isolated.names_position() {
        let held = account.positions().iter().position(|p| named.is_some_and(|n| n.is_of(p)));
        let book = held.and_then(|at| positions[at].isolated.as_mut());
        // It is the only one that a claim is about, or the only one that it is not about.
        let book = book.ok_or(RuleError::NoSuchPosition)?;
        book.compared = !book.compared;
    }
    let terms = market.terms();
    let mut maintenance: BigInt = required.iter().map(|sum| terms.converted(sum)).sum();
    maintenance += assets.iter().map(|a| &a.requirement).sum::<BigInt>();
    Ok(Margin {
        equity: assets.iter().map(|a| &a.collateral).sum(),
        maintenance,
        positions,
        assets,
    })
}

impl Margin {
    /// [`Health::surplus`] of the cross book.
    pub fn level_surplus(&self, claim: &Claim, health: Health) -> BigInt {
        health.surplus(&self.equity, &self.maintenance, claim)
    }

    /// Equity and requirement of the one book whose commitment and floor a claim at the market is about: the cross book,
    /// or that of a named position where the claim is about this one only.
    pub fn of_book(&self, market: &Market) -> (&BigInt, &BigInt) {
        let mut compared = self.compared().map(|(_, book)| (&book.equity, &book.requirement));
        let only = compared.next().filter(|_| market.books().isolated == Isolated::Only);
        only.unwrap_or((&self.equity, &self.maintenance))
    }

    /// Isolated books that the claim speaks about, with the numbers of their positions.
    pub fn compared(&self) -> impl Iterator<Item = (usize, &BookMargin)> {
        let positions = self.positions.iter().enumerate();
        positions.filter_map(|(at, p)| Some((at, p.isolated.as_ref().filter(|b| b.compared)?)))
    }

    /// Whether the claim holds: its level in the cross book and in every isolated one that it speaks about, and its equity
    /// floor in the cross book; or in the book of a named position only. No claim of deficiency speaks about several books:
    /// where isolated ones are compared beside the cross book, none holds.
    pub fn meets(&self, claim: &Claim, market: &Market) -> bool {
        let isolated = market.books().isolated;
        let several = matches!(isolated, Isolated::Compared | Isolated::AllBut);
        if claim.is_deficiency() && several {
            return false;
        }
        let health = market.terms().health();
        let is_met = |(equity, requirement): (&BigInt, &BigInt)| {
            !health.surplus(equity, requirement, claim).is_negative()
        };
        let of_book = self.of_book(market);
        is_met(of_book)
            && of_book.0 >= claim.floor().amount()
            && self.compared().all(|(_, book)| is_met((&book.equity, &book.requirement)))
    }
}
