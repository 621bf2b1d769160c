//! The smallest move of all prices together at which the cross book stops meeting a claim.

use crate::bounds;
use crate::ends;
use crate::interval::Interval;
use crate::search::{self, GivenUp, Line};
use crate::standing::{Demand, Standing};
use crate::view::View;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use std::collections::BTreeSet;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::rule::{
    Account, AssetMargin, AssetTerms, Book, Families, IndexPrices, InstrumentTerms, Market,
    MarketTerms, Position, PositionMargin, RuleError, SecondWord, SettleGroup, asset_margin,
    position_margin,
};
use zkmargin_params::{CompiledMarket, KindFile};

/// Farthest rise that is looked at, in basis points: elevenfold prices.
pub const MAX_RISE_BPS: u32 = 100_000;
/// Farthest fall: a price cannot be zero.
pub const MAX_FALL_BPS: u32 = MARGIN_BPS - 1;

/// The first move of all prices one way at which the cross book does not meet a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// It does not at the snapshot's prices.
    Crossed,
    /// By this many basis points; by each smaller number the claim is met.
    By(u32),
    /// By none up to [`MAX_RISE_BPS`] or [`MAX_FALL_BPS`], or up to where no snapshot can have the prices.
    Never,
    /// The venue's rule ends first.
    Undefined {
        /// Basis points at which it is undefined.
        bps: u32,
        /// What is.
        why: RuleError,
    },
}

/// Moves of all prices together, one way and the other.
///
/// All marks move by the same part of what they are, and so do the index prices of assets, except those that stay.
/// Each price is cut to its unit toward the snapshot's. A mark below zero moves by parts of its magnitude: up when prices
/// rise. One at zero stays, which [`JointMoves::at_zero`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JointMoves {
    /// When they rise.
    pub rising: Move,
    /// When they fall.
    pub falling: Move,
    /// Instruments of the book whose mark is zero, of which each part is zero: they stay. By id.
    pub at_zero: Vec<u32>,
}

impl JointMoves {
    /// The smaller of the two moves at which the claim is not met; `None` if neither way has one.
    pub fn worst(&self) -> Option<u32> {
        let bps = |of: &Move| match of {
            Move::Crossed => Some(0),
            Move::By(bps) => Some(*bps),
            Move::Never | Move::Undefined { .. } => None,
        };
        [&self.rising, &self.falling].into_iter().filter_map(bps).min()
    }
}

/// The assets whose index prices stay unless the caller chooses others: those that marks are quoted in, because linear
/// instruments settle in them, and those that the valuation currency is or is named in, as USD is in USDC. Where results are
/// an asset of their own, the coin that marks are quoted in is among the latter alone.
pub fn quoting_assets(market: &CompiledMarket) -> BTreeSet<u32> {
    let schedule = market.schedule();
    let currency = &schedule.file().valuation.currency;
    let linear = schedule.instruments().iter().filter(|i| i.kind == KindFile::Linear);
    let valued = schedule.assets().iter().filter(|a| a.symbol.starts_with(currency));
    linear.map(|i| i.settle).chain(valued.map(|a| a.id)).collect()
}

/// All prices on one side of the snapshot's, in basis points of each.
pub(crate) struct Moves<'a> {
    pub(crate) market: View<'a>,
    pub(crate) account: &'a Account,
    /// What is held of families.
    pub(crate) families: &'a Families,
    /// Assets whose index price stays.
    pub(crate) fixed: &'a BTreeSet<u32>,
    pub(crate) rises: bool,
    pub(crate) demand: Demand<'a>,
}

/// Why nothing was computed at a move.
pub(crate) enum End {
    NoMarket,
    Rule(RuleError),
}

/// What was computed at a move.
pub(crate) struct Reading {
    /// Of the cross book's positions.
    positions: Vec<(InstrumentTerms, PositionMargin)>,
    assets: Vec<(AssetTerms, AssetMargin)>,
    /// Prices that convert requirements, by group.
    requirement_index: Vec<BigInt>,
    standing: Standing,
}

pub(crate) struct Point(Result<Reading, End>);

impl Moves<'_> {
    /// Searches from the snapshot's prices, at which the book meets the claim.
    pub(crate) fn first(&self) -> Result<Move, GivenUp> {
        let last = if self.rises { MAX_RISE_BPS } else { MAX_FALL_BPS };
        let Some((bps, Point(reading))) = search::first(self, &last.into())? else {
            return Ok(Move::Never);
        };
        let bps = u32::try_from(bps).unwrap_or(last);
        Ok(match reading {
            Ok(_) => Move::By(bps),
            Err(End::Rule(why)) if ends::is_venues(self.market, &why) => {
                Move::Undefined { bps, why }
            }
            Err(_) => Move::Never,
        })
    }

    fn moved(&self, price: &BigInt, bps: &BigInt) -> BigInt {
        let way = (price.abs() * bps).div_floor(&MARGIN_BPS.into());
        if self.rises { price + way } else { price - way }
    }

    fn positions(&self) -> impl Iterator<Item = &Position> {
        self.account.positions().iter().filter(|p| p.book == Book::Cross)
    }

    fn position(
        &self,
        p: &Position,
        bps: &BigInt,
    ) -> Result<(InstrumentTerms, PositionMargin), End> {
        let (market, prices) = (self.market.market(), &self.market.snapshot().instruments);
        let at = prices.binary_search_by_key(&p.instrument, |price| price.id);
        let price = at.ok().and_then(|at| prices.get(at)).ok_or(End::NoMarket)?;
        let mark = self.moved(&price.mark, bps);
        let terms = self.market.instrument_at(p.instrument, &mark).ok_or(End::NoMarket)?;
        market.admits(&terms).map_err(|_| End::NoMarket)?;
        let beside = self.families.beside(&terms, p);
        let figures = position_margin(market, &terms, p, SecondWord::default(), &beside)
            .map_err(End::Rule)?;
        Ok((terms, figures))
    }

    fn asset(&self, asset: u32, bps: &BigInt) -> Result<AssetTerms, End> {
        let prices = &self.market.snapshot().assets;
        let at = prices.binary_search_by_key(&asset, |price| price.id);
        let index = &at.ok().and_then(|at| prices.get(at)).ok_or(End::NoMarket)?.index;
        let index = match self.fixed.contains(&asset) {
            true => index.clone(),
            false => {
                IndexPrices { bid: self.moved(&index.bid, bps), ask: self.moved(&index.ask, bps) }
            }
        };
        self.market.asset_at(asset, &index).ok_or(End::NoMarket)
    }

    /// Whether a snapshot can have these index prices.
    fn admits(&self, bps: &BigInt, requirement_index: &[BigInt]) -> Result<(), End> {
        let terms = self.market.market().terms();
        let groups = terms.groups.iter().zip(requirement_index);
        // Groups of other books have no price.
        let groups = groups.filter(|(_, index)| !index.is_zero());
        let groups = groups.map(|(group, index)| SettleGroup {
            asset: group.asset,
            requirement_index: index.clone(),
        });
        let held = self.account.balances().iter().map(|b| b.asset);
        let settles = terms.groups.iter().map(|g| g.asset);
        let listed: BTreeSet<_> = held.chain(settles).chain(terms.allocation_asset).collect();
        let assets = listed.into_iter().map(|asset| self.asset(asset, bps));
        let alone = MarketTerms {
            assets: assets.collect::<Result<_, _>>()?,
            groups: groups.collect(),
            tiers: Vec::new(),
            instruments: Vec::new(),
            equality_is_healthy: terms.equality_is_healthy,
            no_requirement_is_healthy: terms.no_requirement_is_healthy,
            conversion_rounding: None,
            isolated_unit: terms.isolated_unit.clone(),
            own_parameters: terms.own_parameters,
            allocation_asset: terms.allocation_asset,
        };
        Market::new(alone).map(|_| ()).map_err(|_| End::NoMarket)
    }

    fn read(&self, bps: &BigInt) -> Result<Reading, End> {
        let groups = &self.market.market().terms().groups;
        let requirement_index =
            groups.iter().map(|group| match self.fixed.contains(&group.asset) {
                true => group.requirement_index.clone(),
                false => self.moved(&group.requirement_index, bps),
            });
        let requirement_index: Vec<_> = requirement_index.collect();
        self.admits(bps, &requirement_index)?;
        let positions = self.positions().map(|p| self.position(p, bps));
        let positions: Vec<_> = positions.collect::<Result<_, _>>()?;
        let mut settled = vec![BigInt::zero(); groups.len()];
        let mut standing = Standing { equity: BigInt::zero(), requirement: BigInt::zero() };
        for (terms, m) in &positions {
            settled[terms.group] += &m.result;
            let amount = &m.requirement / &groups[terms.group].requirement_index;
            standing.requirement += amount * &requirement_index[terms.group];
        }
        let mut assets = Vec::with_capacity(self.account.balances().len());
        for b in self.account.balances() {
            let terms = self.asset(b.asset, bps)?;
            let group = self.market.market().settle_group_of(b.asset);
            let settled = group.map_or_else(BigInt::zero, |g| std::mem::take(&mut settled[g]));
            let figures = asset_margin(&terms, b, settled).map_err(End::Rule)?;
            standing.equity += &figures.collateral;
            standing.requirement += &figures.requirement;
            assets.push((terms, figures));
        }
        match settled.iter().position(|s| !s.is_zero()) {
            Some(g) => {
                let asset = groups[g].asset;
                Err(End::Rule(RuleError::SettlementAssetMissing { asset }))
            }
            None => Ok(Reading { positions, assets, requirement_index, standing }),
        }
    }

    /// Equity at least, and requirement at most, of the book at all moves between two.
    fn worst(&self, near: &Reading, far: &Reading) -> Option<Standing> {
        let market = self.market.market();
        let index = near.requirement_index.iter().zip(&far.requirement_index);
        let index: Vec<_> = index.map(|(a, b)| Interval::between(a.clone(), b.clone())).collect();
        let mut settled = vec![Interval::zero(); index.len()];
        let mut worst = Standing { equity: BigInt::zero(), requirement: BigInt::zero() };
        let pairs = near.positions.iter().zip(&far.positions);
        for (p, ((terms, a), (other, b))) in self.positions().zip(pairs) {
            if bounds::turns(terms, other) {
                return None;
            }
            let result = Interval::between(a.result.clone(), b.result.clone());
            settled[terms.group] = settled[terms.group].plus(&result);
            let amount = bounds::position(market, terms, p, [a, b])?;
            worst.requirement += amount.times(&index[terms.group]).hi;
        }
        let pairs = near.assets.iter().zip(&far.assets);
        for (b, ((x, _), (y, _))) in self.account.balances().iter().zip(pairs) {
            let group = market.settle_group_of(b.asset);
            let amounts = Interval::one(x.amount_of(&b.balance));
            let amounts = group.map_or(amounts.clone(), |g| amounts.plus(&settled[g]));
            let asset = bounds::asset([x, y], &amounts, b.own)?;
            worst.equity += asset.equity.lo;
            worst.requirement += asset.requirement.hi;
        }
        Some(worst)
    }
}

impl Line for Moves<'_> {
    type Point = Point;

    fn at(&self, bps: &BigInt) -> Point {
        Point(self.read(bps))
    }

    fn is_hit(&self, point: &Point) -> bool {
        match &point.0 {
            Ok(reading) => !self.demand.is_met(&reading.standing),
            Err(_) => true,
        }
    }

    fn is_clear(&self, near: &Point, far: &Point) -> bool {
        let (Ok(near), Ok(far)) = (&near.0, &far.0) else { return false };
        self.worst(near, far).is_some_and(|worst| self.demand.is_met(&worst))
    }
}
