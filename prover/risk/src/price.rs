//! The first price of one instrument at which a book stops meeting a claim.

use crate::bounds;
use crate::ends;
use crate::interval::Interval;
use crate::rest::Rest;
use crate::search::{self, GivenUp, Line, Part};
use crate::slack::{self, Off};
use crate::standing::{Demand, Slack, Standing};
use crate::view::View;
use num_bigint::BigInt;
use num_traits::{One, Signed};
use zkmargin_model::rule::{
    AssetMargin, Families, InstrumentTerms, Position, PositionMargin, RuleError, SecondWord,
    asset_margin, position_margin,
};
use zkmargin_model::widths::BRACKET_BITS;

/// Where a book stops meeting a claim as one price moves one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// It does not meet it at the snapshot's price.
    Crossed,
    /// The first mark at which it does not, in the instrument's price unit: at every mark from the snapshot's to the
    /// one before, the claim is met.
    At(BigInt),
    /// At no mark that a snapshot can have.
    Never,
    /// The venue's rule ends first: at this mark it is undefined, and at every mark before the claim is met.
    Undefined {
        /// The mark.
        mark: BigInt,
        /// What is undefined there.
        why: RuleError,
    },
}

/// A book that one price moves.
pub(crate) enum Book<'a> {
    /// The cross book, with what does not move.
    Cross(Rest<'a>),
    /// An isolated position, with what is assigned to it besides.
    Isolated { allocation: u64 },
}

impl Book<'_> {
    /// What its positions have beside the first words of their records: no orders, as accounts that are searched.
    fn second_word(&self) -> SecondWord<'_> {
        match self {
            Self::Cross(_) => SecondWord::default(),
            Self::Isolated { allocation } => SecondWord { orders: None, allocation: *allocation },
        }
    }
}

/// The marks of an instrument on one side of the snapshot's, in ticks from it.
pub(crate) struct Marks<'a> {
    pub(crate) market: View<'a>,
    pub(crate) instrument: u32,
    /// The snapshot's mark.
    pub(crate) from: &'a BigInt,
    pub(crate) rises: bool,
    pub(crate) book: &'a Book<'a>,
    /// The book's positions in the instrument.
    pub(crate) positions: &'a [&'a Position],
    /// What is held of families.
    pub(crate) families: &'a Families,
    pub(crate) demand: Demand<'a>,
}

/// Why nothing was computed at a mark.
pub(crate) enum End {
    /// No snapshot can have it.
    NoMarket,
    /// The rule is undefined.
    Rule(RuleError),
}

/// What was computed at a mark.
pub(crate) struct Reading {
    terms: InstrumentTerms,
    positions: Vec<PositionMargin>,
    /// In the cross book.
    asset: Option<AssetMargin>,
    standing: Standing,
}

impl Marks<'_> {
    /// Searches from the snapshot's mark, at which the book meets the claim.
    pub(crate) fn boundary(&self) -> Result<Boundary, GivenUp> {
        // Where there is no market at the snapshot's own mark, that there is none at another one decides nothing.
        if matches!(self.read(self.from), Err(End::NoMarket)) {
            return Err(GivenUp);
        }
        let last = match self.rises || self.is_signed() {
            true => BigInt::one() << BRACKET_BITS,
            false => self.from - 1,
        };
        Ok(match search::first(self, &last)? {
            None => Boundary::Never,
            Some((distance, Point(reading))) => match reading {
                Ok(_) => Boundary::At(self.mark(&distance)),
                Err(End::Rule(why)) if ends::is_venues(self.market, &why) => {
                    Boundary::Undefined { mark: self.mark(&distance), why }
                }
                Err(_) => Boundary::Never,
            },
        })
    }

    /// Whether the mark can be zero or below.
    fn is_signed(&self) -> bool {
        let instrument = self.market.schedule().instrument_of_id(self.instrument);
        instrument.is_some_and(|instrument| instrument.negative_marks)
    }

    fn mark(&self, distance: &BigInt) -> BigInt {
        if self.rises { self.from + distance } else { self.from - distance }
    }

    fn read(&self, mark: &BigInt) -> Result<Reading, End> {
        let market = self.market.market();
        let terms = self.market.instrument_at(self.instrument, mark).ok_or(End::NoMarket)?;
        market.admits(&terms).map_err(|_| End::NoMarket)?;
        let second = self.book.second_word();
        let positions = self
            .positions
            .iter()
            .map(|p| position_margin(market, &terms, p, second, &self.families.beside(&terms, p)));
        let positions: Vec<_> = positions.collect::<Result<_, _>>().map_err(End::Rule)?;
        let (standing, asset) = match self.book {
            Book::Cross(rest) => {
                let settled = &rest.settled + positions.iter().map(|m| &m.result).sum::<BigInt>();
                let asset = asset_margin(rest.asset, rest.balance, settled).map_err(End::Rule)?;
                let required: BigInt = positions.iter().map(|m| &m.requirement).sum();
                let standing = Standing {
                    equity: &rest.equity + &asset.collateral,
                    requirement: &rest.requirement + &asset.requirement + required,
                };
                (standing, Some(asset))
            }
            Book::Isolated { .. } => {
                let book = positions.first().and_then(|m| m.isolated.as_ref());
                let instrument = self.instrument;
                let isolated = RuleError::Isolated { instrument };
                (book.ok_or(End::Rule(isolated))?.into(), None)
            }
        };
        Ok(Reading { terms, positions, asset, standing })
    }

    /// What all positions require at all marks between two: of the cross book in margin units, of an isolated one before
    /// it is converted.
    fn required(&self, near: &Reading, far: &Reading) -> Option<Interval> {
        let market = self.market.market();
        let pairs = near.positions.iter().zip(&far.positions);
        let each = self.positions.iter().zip(pairs);
        let mut each = each.map(|(p, (a, b))| bounds::position(market, &near.terms, p, [a, b]));
        let amount = each.try_fold(Interval::zero(), |sum, x| Some(sum.plus(&x?)))?;
        Some(match self.book {
            Book::Isolated { .. } => amount,
            Book::Cross(_) => {
                let index = &market.terms().groups.get(near.terms.group)?.requirement_index;
                amount.through(|y| y * index)
            }
        })
    }

    /// Whether the book meets the claim at all marks between two by what each figure is at the worse of them.
    fn is_met_by_ends(&self, near: &Reading, far: &Reading) -> bool {
        let pairs = near.positions.iter().zip(&far.positions);
        let results = pairs.map(|(a, b)| {
            // Value and what settles of it only rise or only fall with the mark.
            Interval::between(a.result.clone(), b.result.clone())
        });
        let results = results.fold(Interval::zero(), |sum, x| sum.plus(&x));
        let Some(required) = self.required(near, far) else { return false };
        let worst = match self.book {
            Book::Cross(rest) => {
                let amount = rest.asset.amount_of(&rest.balance.balance) + &rest.settled;
                let amounts = results.plus(&Interval::one(amount));
                let asset = bounds::asset([rest.asset; 2], &amounts, rest.balance.own);
                let Some(asset) = asset else { return false };
                Standing {
                    equity: &rest.equity + asset.equity.lo,
                    requirement: &rest.requirement + asset.requirement.hi + required.hi,
                }
            }
            Book::Isolated { allocation } => {
                let (market, terms) = (self.market.market(), &near.terms);
                let allocation = Interval::one((*allocation).into());
                let book = bounds::isolated(market, terms, &allocation, &results, &required);
                let Some(book) = book else { return false };
                book.worst()
            }
        };
        self.demand.is_met(&worst)
    }

    /// The same by lines: where no row changes, equity and requirement are lines of the mark, or of its inverse, up to
    /// what is rounded, so that between two marks they are worse than at the worse of the two by twice that at most.
    fn is_met_by_lines(&self, near: &Reading, far: &Reading) -> bool {
        self.slack(near, far)
            .is_some_and(|slack| self.demand.is_met_with([&near.standing, &far.standing], &slack))
    }

    fn slack(&self, near: &Reading, far: &Reading) -> Option<Slack> {
        let market = self.market.market();
        let variable = market.terms().tiers.get(near.terms.tiers)?.variable();
        let (mut result, mut requirement) = (BigInt::ZERO, BigInt::ZERO);
        for (a, b) in near.positions.iter().zip(&far.positions) {
            if a.row != b.row {
                return None;
            }
            let of = |terms| Off::of(terms, variable, &a.slope);
            let off = of(&near.terms)?.max(of(&far.terms)?);
            result += off.result;
            requirement += off.requirement;
        }
        let terms = market.terms();
        let equity = match self.book {
            // What an allocation is worth beside a result is looked at by its ends.
            Book::Isolated { .. } if terms.allocation_asset.is_some() => return None,
            Book::Isolated { .. } => &result * terms.isolated_unit.as_ref()?,
            Book::Cross(rest) => {
                requirement *= &terms.groups.get(near.terms.group)?.requirement_index;
                let [a, b] = [near, far].map(|r| r.asset.as_ref().map(|asset| &asset.balance));
                let balances = Interval::between(a?.clone(), b?.clone());
                let balances = balances.widened(&(&result * 2));
                let row = rest.row_of(&balances.lo, &balances.hi)?;
                slack::collateral(rest.asset.rounding.as_ref(), &row.slope, &result)
            }
        };
        Some(Slack { equity: equity * 2, requirement: requirement * 2 })
    }
}

/// What was computed at a mark, or why not.
pub(crate) struct Point(Result<Reading, End>);

impl Line for Marks<'_> {
    type Point = Point;

    fn at(&self, distance: &BigInt) -> Point {
        Point(self.read(&self.mark(distance)))
    }

    fn is_hit(&self, point: &Point) -> bool {
        match &point.0 {
            Ok(reading) => !self.demand.is_met(&reading.standing),
            Err(_) => true,
        }
    }

    fn is_clear(&self, near: &Point, far: &Point) -> bool {
        let (Ok(near), Ok(far)) = (&near.0, &far.0) else { return false };
        if bounds::turns(&near.terms, &far.terms) {
            return false;
        }
        let is_met = [near, far].iter().all(|r| self.demand.is_met(&r.standing));
        is_met && (self.is_met_by_lines(near, far) || self.is_met_by_ends(near, far))
    }

    fn turn(&self, near: &Point, far: &Point) -> Option<Part> {
        let (Ok(near), Ok(far)) = (&near.0, &far.0) else { return None };
        let tiers = self.market.market().terms().tiers.get(near.terms.tiers)?;
        let pairs = near.positions.iter().zip(&far.positions);
        let leaves = pairs.filter(|(a, b)| a.row != b.row).filter_map(|(a, b)| {
            let row = tiers.rows().get(a.row)?;
            let end = if a.variable < b.variable { &row.hi } else { &row.lo };
            Part::of(end - &a.variable, &b.variable - &a.variable)
        });
        // Where a position first leaves its tier; within the tiers, where a line through both ends crosses what is asked.
        leaves.reduce(Part::min).or_else(|| {
            let [from, to] = [near, far].map(|reading| self.demand.surplus(&reading.standing));
            Part::of(from.clone(), from - to)
        })
    }
}

/// Distance of a mark from the snapshot's in 10^-4 percent of its magnitude, cut toward zero; zero from a mark of zero.
pub fn distance(mark: &BigInt, from: &BigInt) -> BigInt {
    let parts: BigInt = (mark - from) * 1_000_000;
    parts.checked_div(&from.abs()).unwrap_or_default()
}
