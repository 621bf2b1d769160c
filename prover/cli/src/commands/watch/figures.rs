//! The figures of an account at a snapshot.

use crate::commands::liquidation::refused;
use crate::commands::margin::{Amount, beyond};
use crate::failure::{Failure, Result};
use num_bigint::BigInt;
use num_traits::Signed;
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Account, Side};
use zkmargin_params::{CompiledMarket, Schedule};
use zkmargin_prover::ProveError;
use zkmargin_risk::{
    BookOf, BookStanding, Boundary, Move, RiskError, books, distance, liquidation, quoting_assets,
};

/// Digits after the point of a ratio.
pub const RATIO_DECIMALS: u32 = 4;
/// Digits after the point of a distance in percent.
pub const PERCENT_DECIMALS: u32 = 4;

/// The liquidation price nearest to its mark.
pub struct Nearest {
    pub instrument: String,
    pub side: &'static str,
    pub price: String,
    /// Distance from the mark in 10^-4 percent, without its sign.
    pub percent: BigInt,
}

/// Everything at one snapshot.
pub struct Reading {
    pub books: Vec<(String, BookStanding)>,
    pub nearest: Option<Nearest>,
    /// Whether liquidation prices were computed: if so, none means that there is none.
    pub has_prices: bool,
    /// Smallest joint move of all prices that crosses the claim, in basis points.
    pub joint_bps: Option<u32>,
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
    let mut reading = Reading { books, nearest: None, has_prices: false, joint_bps: None };
    if !with_distance {
        return Ok(reading);
    }
    let fixed = quoting_assets(market);
    let prices = match liquidation(market, account, claim, &fixed) {
        Ok(prices) => prices,
        // The rest of the line stands without it.
        Err(
            RiskError::Elements { .. }
            | RiskError::OpenOrders { .. }
            | RiskError::RoundedSums
            | RiskError::Undecided { .. },
        ) => {
            return Ok(reading);
        }
        Err(e) => return Err(refused(market, e, &[])),
    };
    reading.has_prices = true;
    for (p, found) in account.positions().iter().zip(&prices.positions) {
        let listed = schedule.instruments();
        let at = listed.binary_search_by_key(&p.instrument, |i| i.id).ok();
        let Some(instrument) = at.and_then(|at| listed.get(at)) else { continue };
        for boundary in [&found.falling, &found.rising] {
            let mark = match boundary {
                Boundary::At(mark) => mark,
                Boundary::Crossed => &found.mark,
                Boundary::Never | Boundary::Undefined { .. } => continue,
            };
            let percent = distance(mark, &found.mark).abs();
            if reading.nearest.as_ref().is_none_or(|nearest| percent < nearest.percent) {
                reading.nearest = Some(Nearest {
                    instrument: instrument.symbol.clone(),
                    side: if p.side == Side::Short { "short" } else { "long" },
                    price: instrument.price_unit.figure(mark).to_string(),
                    percent,
                });
            }
        }
    }
    let moves = prices.books.iter().flat_map(|book| [&book.joint.falling, &book.joint.rising]);
    let bps = moves.filter_map(|way| match way {
        Move::Crossed => Some(0),
        Move::By(bps) => Some(*bps),
        Move::Never | Move::Undefined { .. } => None,
    });
    reading.joint_bps = bps.min();
    Ok(reading)
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

    /// The line, without time, number and crossings.
    pub fn json(&self, schedule: &Schedule) -> Value {
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
        let nearest = self.nearest.as_ref().map(|nearest| {
            json!({
                "instrument": nearest.instrument,
                "side": nearest.side,
                "price": nearest.price,
                "percent": format_scaled(&nearest.percent, PERCENT_DECIMALS),
            })
        });
        json!({
            "venue": schedule.file().venue,
            "met": self.is_met(),
            "ratio": self.ratio().map(ratio),
            "buffer": self.buffer(),
            "currency": schedule.margin_unit().currency(),
            "liquidation": nearest,
            "joint_percent": self.joint_bps.map(|bps| format_scaled(&bps.into(), 2)),
            "books": books.collect::<Vec<_>>(),
        })
    }
}
