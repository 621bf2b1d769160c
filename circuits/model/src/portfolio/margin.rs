//! Equity and requirement of an account at a portfolio margin market.

use super::group::{GroupBook, Held};
use super::unit::{UnitMargin, Worst};
use super::{MarginError, Market, Terms};
use crate::claim::{Claim, MARGIN_BPS};
use crate::rule::{Account, Book, Health};
use crate::widths::BRACKET_BITS;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use std::collections::BTreeMap;

/// What the rule computed for one position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionMargin {
    /// Instrument id.
    pub instrument: u32,
    /// Id of its group.
    pub group: u32,
    /// Id of its risk unit.
    pub unit: u32,
    /// Value less entry, in settlement units.
    pub pnl: BigInt,
    /// What it adds to its unit's worst loss, in loss units; zero where nothing loses. The additions of a unit's positions
    /// are its scan.
    pub adds: BigInt,
    /// The charge on its size, in margin units.
    pub charge: BigInt,
}

/// Options of one strike that is net short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrikeMargin {
    /// Id of the strike.
    pub strike: u32,
    /// Size steps that are net short, positive.
    pub short: BigInt,
    /// The charge, in margin units.
    pub charge: BigInt,
}

/// What the rule computed for one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetMargin {
    /// Asset id.
    pub asset: u32,
    /// Balance with the profit and loss that settles in it, in settlement units.
    pub balance: BigInt,
    /// Collateral value in margin units.
    pub collateral: BigInt,
}

/// Equity and requirement with their components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Margin {
    /// Equity in margin units: sum of collateral values.
    pub equity: BigInt,
    /// Requirement in loss units over the denominator.
    pub requirement: BigInt,
    /// Units of the requirement in one margin unit: scale times denominator.
    pub per_margin_unit: BigInt,
    /// Risk units in which something is held, ascending by id.
    pub units: Vec<UnitMargin>,
    /// Strikes that are net short, in the order of their positions.
    pub strikes: Vec<StrikeMargin>,
    /// Per position, in the account's order.
    pub positions: Vec<PositionMargin>,
    /// Per asset, in the account's order.
    pub assets: Vec<AssetMargin>,
}

/// The account's positions with their terms, ascending by instrument.
pub(super) fn held<'a>(
    account: &'a Account,
    terms: &'a Terms,
) -> Result<Vec<Held<'a>>, MarginError> {
    if account.orders().is_some() {
        return Err(MarginError::OpenOrders);
    }
    if account.has_own() {
        return Err(MarginError::OwnParameters);
    }
    let mut held: Vec<Held> = Vec::with_capacity(account.positions().len());
    for position in account.positions() {
        let instrument = position.instrument;
        if position.book == Book::Isolated {
            return Err(MarginError::Isolated { instrument });
        }
        if held.last().is_some_and(|h| h.position.instrument == instrument) {
            return Err(MarginError::BothSides { instrument });
        }
        let bits = terms.capacity.size_bits;
        if position.size.bits() > u64::from(bits) {
            return Err(MarginError::Size { instrument, bits });
        }
        let of = terms.instrument(instrument);
        held.push(Held {
            position,
            terms: of.ok_or(MarginError::UnknownInstrument { instrument })?,
            size: position.signed_size(),
            entry: &position.entry * &terms.entry_unit,
        });
    }
    Ok(held)
}

/// The groups in which something is held. Groups of the market are ranges of instruments, so each is one run.
pub(super) fn books<'a>(terms: &'a Terms, held: &'a [Held<'a>]) -> Vec<GroupBook<'a>> {
    let runs = held.chunk_by(|a, b| a.terms.group == b.terms.group);
    let book = |held: &'a [Held<'a>]| {
        let group = terms.group(held.first()?.terms.group)?;
        Some(GroupBook { market: terms, group, held })
    };
    runs.filter_map(book).collect()
}

/// Computes equity and requirement exactly.
///
/// # Errors
/// [`MarginError`] when the rule is undefined for something the account holds.
pub fn margin(account: &Account, market: &Market) -> Result<Margin, MarginError> {
    let terms = market.terms();
    let held = held(account, terms)?;
    let assets = collateral(account, terms, &held)?;
    required(terms, &held, assets)
}

/// Equity and requirement if an instrument were closed at its value: its profit and loss stay, what it requires goes.
///
/// # Errors
/// As [`margin`].
pub fn margin_without(
    account: &Account,
    market: &Market,
    instrument: u32,
) -> Result<Margin, MarginError> {
    let terms = market.terms();
    let mut held = held(account, terms)?;
    let assets = collateral(account, terms, &held)?;
    held.retain(|h| h.terms.id != instrument);
    required(terms, &held, assets)
}

fn required(
    terms: &Terms,
    held: &[Held<'_>],
    assets: Vec<AssetMargin>,
) -> Result<Margin, MarginError> {
    let (mut units, mut positions) = (Vec::new(), Vec::new());
    for books in books(terms, held).chunk_by(|a, b| a.group.unit == b.group.unit) {
        let Some(unit) = terms.unit(books[0].group.unit) else { continue };
        let groups = books.iter().map(GroupBook::margin).collect();
        let unit = UnitMargin::of(terms, unit, groups)?;
        for (book, group) in books.iter().zip(&unit.groups) {
            positions.extend(book.held.iter().map(|h| PositionMargin {
                instrument: h.terms.id,
                group: group.group,
                unit: unit.unit,
                pnl: h.pnl(),
                adds: match unit.worst {
                    Worst::None => BigInt::zero(),
                    Worst::Column(at) => book.addition(group, at, h),
                    Worst::GroupScan(t) => book.scan_addition(group, t, h),
                },
                charge: h.size.abs() * &h.terms.charge,
            }));
        }
        units.push(unit);
    }
    let strikes = strikes(terms, held);
    let per_margin_unit = &terms.scale * &terms.denominator;
    let charges = strikes.iter().map(|s| &s.charge).chain(positions.iter().map(|p| &p.charge));
    let requirement = units.iter().map(|u| &u.requirement).sum::<BigInt>()
        + charges.sum::<BigInt>() * &per_margin_unit;
    let equity = assets.iter().map(|a| &a.collateral).sum();
    Ok(Margin { equity, requirement, per_margin_unit, units, strikes, positions, assets })
}

fn strikes(terms: &Terms, held: &[Held<'_>]) -> Vec<StrikeMargin> {
    let mut strikes = Vec::new();
    for run in held.chunk_by(|a, b| a.terms.strike == b.terms.strike) {
        let Some(strike) = run[0].terms.strike.and_then(|id| terms.strike(id)) else { continue };
        let short = -run.iter().map(|h| &h.size).sum::<BigInt>();
        if short.is_positive() {
            let charge = &short * &strike.rate;
            strikes.push(StrikeMargin { strike: strike.id, short, charge });
        }
    }
    strikes
}

pub(super) fn collateral(
    account: &Account,
    terms: &Terms,
    held: &[Held<'_>],
) -> Result<Vec<AssetMargin>, MarginError> {
    let mut settled: BTreeMap<u32, BigInt> = BTreeMap::new();
    for h in held {
        *settled.entry(h.terms.settles_in).or_default() += h.pnl();
    }
    let bound = BigInt::from(1) << BRACKET_BITS;
    let mut assets = Vec::with_capacity(account.balances().len());
    for b in account.balances() {
        let asset = b.asset;
        let of = terms.asset(asset).ok_or(MarginError::UnknownAsset { asset })?;
        let balance = &b.balance * &terms.entry_unit + settled.remove(&asset).unwrap_or_default();
        let beyond = MarginError::BeyondCollateral { asset };
        if balance < -&bound || balance >= bound {
            return Err(beyond);
        }
        let (collateral, _) = of.margin_of(&balance, b.own).ok_or(beyond)?;
        assets.push(AssetMargin { asset, balance, collateral });
    }
    match settled.into_iter().find(|(_, pnl)| !pnl.is_zero()) {
        Some((asset, _)) => Err(MarginError::SettlementAssetMissing { asset }),
        None => Ok(assets),
    }
}

impl Margin {
    /// Equity in units of the requirement.
    pub fn scaled_equity(&self) -> BigInt {
        &self.equity * &self.per_margin_unit
    }

    /// The requirement in margin units, up to a whole one.
    pub fn required(&self) -> BigInt {
        Integer::div_ceil(&self.requirement, &self.per_margin_unit)
    }

    /// Whether the claim holds: its level of the requirement, and its equity floor. At the market of a stress the floor is
    /// one of what the losses leave, and no claim of deficiency holds.
    pub fn meets(&self, claim: &Claim, market: &Market) -> bool {
        if claim.is_deficiency() && market.is_stress() {
            return false;
        }
        let floor = claim.floor().amount();
        !self.surplus(claim, market).is_negative() && self.equity >= *floor
    }

    /// The least equity, in margin units, with which the claim would hold; `None` if it does.
    pub fn lacks(&self, claim: &Claim, market: &Market) -> Option<BigInt> {
        let per_unit = BigInt::from(MARGIN_BPS) * &self.per_margin_unit;
        let of_level = Integer::div_ceil(&-self.surplus(claim, market), &per_unit);
        let of_floor = claim.floor().amount() - &self.equity;
        Some(of_level.max(of_floor)).filter(Signed::is_positive)
    }

    /// Equity beyond the level, and in a stress beyond the floor too, in units of the requirement times 10,000.
    fn surplus(&self, claim: &Claim, market: &Market) -> BigInt {
        let equality = market.terms().equality_is_healthy;
        let health = Health { equality, no_requirement: false };
        let mut equity = self.scaled_equity();
        if market.is_stress() {
            equity -= claim.floor().amount() * &self.per_margin_unit;
        }
        health.surplus(&equity, &self.requirement, claim)
    }
}
