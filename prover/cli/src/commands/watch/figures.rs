//! The figures of an account at a snapshot.

use super::rules::Rules;
use crate::commands::liquidation::refused;
use crate::commands::margin::{Amount, beyond};
use crate::failure::{Failure, Result};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use serde_json::{Value, json};
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Account, Book, Side};
use zkmargin_params::{CompiledMarket, Schedule};
use zkmargin_prover::ProveError;
use zkmargin_risk::{
    BookOf, BookStanding, Boundary, MAX_FALL_BPS, MAX_RISE_BPS, Move, RiskError, books, distance,
    liquidation, quoting_assets,
};

/// Digits after the point of a ratio.
pub const RATIO_DECIMALS: u32 = 4;
/// Digits after the point of a distance in percent.
pub const PERCENT_DECIMALS: u32 = 4;

/// The nearest price at which a book stops meeting the claim, or the rule ends, when that mark alone moves.
pub struct Nearest {
    /// `at`, `crossed`, or `undefined` where the venue's rule ends first.
    pub status: &'static str,
    pub instrument: String,
    pub side: &'static str,
    pub price: String,
    /// Distance from the mark in 10^-4 percent, without its sign.
    pub percent: BigInt,
}

/// The smallest move of all prices together at which a book stops meeting the claim, or the rule ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Joint {
    /// In basis points.
    pub bps: u32,
    /// As of [`Nearest`].
    pub status: &'static str,
}

/// What is known of liquidation prices.
pub enum Prices {
    /// Nobody asked for them.
    NotAsked,
    /// They could not be computed, and why: that is not to have none.
    NotSearched(String),
    /// They were computed; what is `None` is nowhere.
    Searched { nearest: Option<Nearest>, joint: Option<Joint> },
}

/// Everything at one snapshot.
pub struct Reading {
    pub books: Vec<(String, BookStanding)>,
    pub prices: Prices,
}

fn name(schedule: &Schedule, account: &Account, of: &BookOf) -> String {
    match of {
        BookOf::Cross { asset } => {
            let asset = schedule.assets().iter().find(|a| Some(a.id) == *asset);
            asset.map_or_else(|| "cross".to_owned(), |asset| format!("cross {}", asset.symbol))
        }
        BookOf::Isolated { position } => {
            let p = account.positions().get(*position);
            let listed = schedule.instruments().iter();
            let symbol = p.and_then(|p| listed.clone().find(|i| i.id == p.instrument));
            let side = if p.is_some_and(|p| p.side == Side::Short) { "short" } else { "long" };
            format!("isolated {} {side}", symbol.map_or("", |i| i.symbol.as_str()))
        }
    }
}

/// Computes the figures.
pub fn read(
    market: &CompiledMarket,
    account: &Account,
    claim: &Claim,
    with_distance: bool,
) -> Result<Reading> {
    let schedule = market.schedule();
    let found = books(market, account, claim).map_err(|e| {
        beyond(market, &e).unwrap_or_else(|| Failure::in_the_open(&ProveError::Rule(e)))
    })?;
    let books = found.into_iter().map(|book| (name(schedule, account, &book.of), book)).collect();
    let prices = if with_distance { prices(market, account, claim)? } else { Prices::NotAsked };
    Ok(Reading { books, prices })
}

/// Searches for liquidation prices. Where that is not possible, the rest of the line stands without them.
fn prices(market: &CompiledMarket, account: &Account, claim: &Claim) -> Result<Prices> {
    let found = match liquidation(market, account, claim, &quoting_assets(market)) {
        Ok(found) => found,
        Err(
            e @ (RiskError::Elements { .. }
            | RiskError::OpenOrders { .. }
            | RiskError::RoundedSums
            | RiskError::Undecided { .. }),
        ) => return Ok(Prices::NotSearched(e.to_string())),
        Err(e) => return Err(refused(market, e, &[])),
    };
    let listed = market.schedule().instruments();
    let mut nearest: Option<Nearest> = None;
    let moves = found.books.iter().flat_map(|book| [&book.joint.falling, &book.joint.rising]);
    let mut joint: Option<Joint> = moves.filter_map(Joint::of_books).min();
    for (p, found) in account.positions().iter().zip(&found.positions) {
        let at = listed.binary_search_by_key(&p.instrument, |i| i.id).ok();
        let Some(instrument) = at.and_then(|at| listed.get(at)) else { continue };
        for boundary in [&found.falling, &found.rising] {
            let (mark, status) = match boundary {
                Boundary::At(mark) => (mark, "at"),
                Boundary::Crossed => (&found.mark, "crossed"),
                Boundary::Undefined { mark, .. } => (mark, "undefined"),
                Boundary::Never => continue,
            };
            let percent = distance(mark, &found.mark).abs();
            if nearest.as_ref().is_none_or(|nearest| percent < nearest.percent) {
                nearest = Some(Nearest {
                    status,
                    instrument: instrument.symbol.clone(),
                    side: if p.side == Side::Short { "short" } else { "long" },
                    price: instrument.price_unit.figure(mark).to_string(),
                    percent,
                });
            }
            if p.book == Book::Isolated {
                let own = Joint::reaching(mark, &found.mark, status);
                joint = joint.into_iter().chain(own).min();
            }
        }
    }
    Ok(Prices::Searched { nearest, joint })
}

impl Joint {
    /// A move of the cross books.
    fn of_books(way: &Move) -> Option<Self> {
        let (bps, status) = match way {
            Move::Crossed => (0, "crossed"),
            Move::By(bps) => (*bps, "at"),
            Move::Undefined { bps, .. } => (*bps, "undefined"),
            Move::Never => return None,
        };
        Some(Self { bps, status })
    }

    /// The first move by which a mark, cut to its unit toward where it is, reaches another. An isolated book depends on no
    /// other price.
    fn reaching(mark: &BigInt, from: &BigInt, status: &'static str) -> Option<Self> {
        let farthest = if mark > from { MAX_RISE_BPS } else { MAX_FALL_BPS };
        let way: BigInt = (mark - from).abs() * MARGIN_BPS;
        if from.is_zero() {
            return None;
        }
        let bps = u32::try_from(num_integer::Integer::div_ceil(&way, &from.abs())).ok()?;
        (bps <= farthest).then_some(Self { bps, status })
    }
}

impl Reading {
    /// Whether every book meets the claim.
    pub fn is_met(&self) -> bool {
        self.books.iter().all(|(_, book)| book.is_met)
    }

    /// Whether a book without a requirement, and so without a ratio, owes more than it has.
    pub fn owes(&self) -> bool {
        let mut books = self.books.iter().map(|(_, book)| book);
        books.any(|book| book.ratio().is_none() && book.equity.is_negative())
    }

    /// Lowest ratio of all books, in 10^-4.
    pub fn ratio(&self) -> Option<BigInt> {
        self.books.iter().filter_map(|(_, book)| book.ratio()).min()
    }

    /// The cross book with the lowest buffer.
    pub fn lowest(&self) -> Option<&BookStanding> {
        let cross = self.books.iter().map(|(_, book)| book);
        let cross = cross.filter(|book| matches!(book.of, BookOf::Cross { .. }));
        cross.min_by_key(|book| book.buffer())
    }

    /// Lowest buffer of the cross books, as text.
    pub fn buffer(&self) -> Option<String> {
        self.lowest().map(|book| Amount::counted(&book.buffer(), book.unit).exact())
    }

    /// The liquidation price that is nearest, if one was found.
    pub fn nearest(&self) -> Option<&Nearest> {
        match &self.prices {
            Prices::Searched { nearest, .. } => nearest.as_ref(),
            _ => None,
        }
    }

    /// What is known of liquidation prices, in a word; `None` if nobody asked.
    pub fn status(&self) -> Option<&'static str> {
        match &self.prices {
            Prices::NotAsked => None,
            Prices::NotSearched(_) => Some("not-searched"),
            Prices::Searched { nearest, .. } => Some(nearest.as_ref().map_or("none", |n| n.status)),
        }
    }

    /// The members about liquidation prices.
    fn prices_json(&self) -> [Value; 2] {
        match &self.prices {
            Prices::NotAsked => [Value::Null, Value::Null],
            Prices::NotSearched(why) => {
                let unknown = json!({ "status": "not-searched", "why": why });
                [unknown.clone(), unknown]
            }
            Prices::Searched { nearest, joint } => {
                let none = || json!({ "status": "none" });
                let nearest = nearest.as_ref().map(|nearest| {
                    json!({
                        "status": nearest.status,
                        "instrument": nearest.instrument,
                        "side": nearest.side,
                        "price": nearest.price,
                        "percent": format_scaled(&nearest.percent, PERCENT_DECIMALS),
                    })
                });
                let joint = joint.map(|joint| {
                    let percent = format_scaled(&joint.bps.into(), 2);
                    json!({ "status": joint.status, "percent": percent })
                });
                [nearest.unwrap_or_else(none), joint.unwrap_or_else(none)]
            }
        }
    }

    /// The line, without time, number and crossings.
    pub fn json(&self, rules: &Rules) -> Value {
        let amount =
            |value: &BigInt, book: &BookStanding| Amount::counted(value, book.unit).exact();
        let ratio = |ratio: BigInt| format_scaled(&ratio, RATIO_DECIMALS);
        let books = self.books.iter().map(|(name, book)| {
            json!({
                "book": name,
                "equity": amount(&book.equity, book),
                "required": amount(&book.requirement, book),
                "buffer": amount(&book.buffer(), book),
                "ratio": book.ratio().map(ratio),
                "currency": book.currency,
                "met": book.is_met,
            })
        });
        let [liquidation, joint] = self.prices_json();
        json!({
            "venue": rules.venue(),
            "met": self.is_met(),
            "ratio": self.ratio().map(ratio),
            "buffer": self.buffer(),
            "currency": rules.currency(),
            "liquidation": liquidation,
            "joint": joint,
            "books": books.collect::<Vec<_>>(),
        })
    }
}
