//! Where each position's book, and the cross book under all prices, stop meeting a claim.

use crate::error::RiskError;
use crate::joint::{JointMoves, Move, Moves};
use crate::price::{self, Boundary, Marks};
use crate::rest::{self, Rest};
use crate::standing::{Demand, Standing};
use crate::supported::{supported, symbol};
use crate::view::View;
use num_bigint::BigInt;
use num_traits::Zero;
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{
    Account, Book, Families, Margin, Position, PositionMargin, RuleError, margin,
};
use zkmargin_params::CompiledMarket;

/// The prices at which the book of one position stops meeting a claim when that instrument's mark alone moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionPrices {
    /// The snapshot's mark, in the instrument's price unit.
    pub mark: BigInt,
    /// When the mark rises.
    pub rising: Boundary,
    /// When it falls.
    pub falling: Boundary,
}

/// A cross book, with the isolated positions of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookRisk {
    /// The settlement asset whose book it is, where each has one.
    pub asset: Option<u32>,
    /// The rule's figures of this book's part of the account at the snapshot.
    pub figures: Margin,
    /// Whether the book and the isolated positions meet the claim there.
    pub is_met: bool,
    /// Moves of all prices together that it does not bear.
    pub joint: JointMoves,
}

/// All of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// The cross book, or one for each settlement asset that has one.
    pub books: Vec<BookRisk>,
    /// In the order of the account's positions.
    pub positions: Vec<PositionPrices>,
}

impl Liquidation {
    /// Whether every book meets the claim at the snapshot's prices.
    pub fn is_met(&self) -> bool {
        self.books.iter().all(|book| book.is_met)
    }
}

/// Computes them.
///
/// A position in the cross book has the price of that book: positions of an instrument on both sides have the same.
/// Index prices stay as the snapshot has them; so do all other marks. All prices move together for
/// [`BookRisk::joint`], except the index prices of the assets in `fixed`; [`crate::quoting_assets`] are the usual ones.
///
/// # Errors
/// [`RiskError`].
pub fn liquidation(
    market: &CompiledMarket,
    account: &Account,
    claim: &Claim,
    fixed: &BTreeSet<u32>,
) -> Result<Liquidation, RiskError> {
    supported(market, account)?;
    let (mut books, mut found) = (Vec::new(), BTreeMap::new());
    for view in View::all(market) {
        let (part, places) = view.part(account);
        let (book, prices) = of_book(view, &part, claim, fixed)?;
        books.push(book);
        let prices = places.into_iter().zip(prices);
        found.extend(prices.filter_map(|(place, found)| Some((place, found?))));
    }
    Ok(Liquidation { books, positions: found.into_values().collect() })
}

/// One book with what is in it. An isolated position is searched beside the book of its settlement asset, and has no prices
/// beside another one.
fn of_book(
    market: View<'_>,
    account: &Account,
    claim: &Claim,
    fixed: &BTreeSet<u32>,
) -> Result<(BookRisk, Vec<Option<PositionPrices>>), RiskError> {
    let figures = margin(account, market.market())?;
    let settled = rest::settled(account, market.market(), &figures);
    let families = Families::of(account, market.market());
    let search = Search { market, account, claim, figures: &figures, settled, families };
    let mut cross = BTreeMap::new();
    let mut positions = Vec::with_capacity(account.positions().len());
    for (at, (p, m)) in account.positions().iter().zip(&figures.positions).enumerate() {
        if !market.prices(p) {
            positions.push(None);
            continue;
        }
        positions.push(Some(match p.book {
            Book::Isolated => search.isolated(p, account.second_word(at).allocation, m)?,
            Book::Cross => match cross.get(&p.instrument) {
                Some(found) => PositionPrices::clone(found),
                None => {
                    let found = search.cross(p.instrument)?;
                    cross.insert(p.instrument, found.clone());
                    found
                }
            },
        }));
    }
    let joint = JointMoves {
        rising: search.joint(fixed, true)?,
        falling: search.joint(fixed, false)?,
        at_zero: search.at_zero(),
    };
    let is_met = figures.meets(claim, market.market());
    Ok((BookRisk { asset: market.asset(), is_met, joint, figures }, positions))
}

struct Search<'a> {
    market: View<'a>,
    account: &'a Account,
    claim: &'a Claim,
    figures: &'a Margin,
    settled: Vec<BigInt>,
    families: Families,
}

impl Search<'_> {
    fn demand(&self, book: Book) -> Demand<'_> {
        let health = self.market.market().terms().health();
        Demand { claim: self.claim, health, floor: book == Book::Cross }
    }

    fn isolated(
        &self,
        p: &Position,
        allocation: u64,
        m: &PositionMargin,
    ) -> Result<PositionPrices, RiskError> {
        let instrument = p.instrument;
        let book = m.isolated.as_ref().ok_or(RuleError::Isolated { instrument })?;
        self.both_ways(instrument, &price::Book::Isolated { allocation }, &[p], &book.into())
    }

    fn cross(&self, instrument: u32) -> Result<PositionPrices, RiskError> {
        let positions = self.account.positions();
        // Both sides of an instrument follow each other in a book.
        let key = |p: &Position| (p.book, p.instrument);
        let from = positions.partition_point(|p| key(p) < (Book::Cross, instrument));
        let all = positions.iter().zip(&self.figures.positions).skip(from);
        let own = all.take_while(|(p, _)| key(p) == (Book::Cross, instrument));
        let (own, figures): (Vec<_>, Vec<_>) = own.unzip();
        let market = self.market.market();
        let unknown = RuleError::UnknownInstrument { instrument };
        let group = market.instrument(instrument).ok_or(unknown)?.group;
        let settled = &self.settled[group];
        let rest = Rest::new(self.account, market, self.figures, settled, group, &figures)?;
        self.both_ways(instrument, &price::Book::Cross(rest), &own, &self.figures.into())
    }

    fn joint(&self, fixed: &BTreeSet<u32>, rises: bool) -> Result<Move, RiskError> {
        let (market, account, demand) = (self.market, self.account, self.demand(Book::Cross));
        if !demand.is_met(&self.figures.into()) {
            return Ok(Move::Crossed);
        }
        let families = &self.families;
        let moves = Moves { market, account, families, fixed, rises, demand };
        moves.first().map_err(|_| RiskError::Undecided {
            what: "joint move",
            of: "the cross book".to_owned(),
        })
    }

    /// Instruments of the cross book whose mark is zero, each once.
    fn at_zero(&self) -> Vec<u32> {
        let prices = &self.market.snapshot().instruments;
        let is_zero = |id: &u32| {
            let at = prices.binary_search_by_key(id, |price| price.id);
            at.ok().and_then(|at| prices.get(at)).is_some_and(|price| price.mark.is_zero())
        };
        let held = self.account.positions().iter().filter(|p| p.book == Book::Cross);
        let held: BTreeSet<u32> = held.map(|p| p.instrument).collect();
        held.into_iter().filter(is_zero).collect()
    }

    fn both_ways(
        &self,
        instrument: u32,
        book: &price::Book<'_>,
        positions: &[&Position],
        now: &Standing,
    ) -> Result<PositionPrices, RiskError> {
        let prices = &self.market.snapshot().instruments;
        let at = prices.binary_search_by_key(&instrument, |price| price.id);
        let price = at.ok().and_then(|at| prices.get(at));
        let from = &price.ok_or(RuleError::UnknownInstrument { instrument })?.mark;
        let kind = if matches!(book, price::Book::Cross(_)) { Book::Cross } else { Book::Isolated };
        let demand = self.demand(kind);
        let way = |rises| {
            if !demand.is_met(now) {
                return Ok(Boundary::Crossed);
            }
            let market = self.market;
            let families = &self.families;
            let marks =
                Marks { market, instrument, from, rises, book, positions, families, demand };
            marks.boundary().map_err(|_| {
                let of = symbol(self.market.schedule(), instrument);
                RiskError::Undecided { what: "liquidation price", of }
            })
        };
        Ok(PositionPrices { mark: from.clone(), rising: way(true)?, falling: way(false)? })
    }
}
