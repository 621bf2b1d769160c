//! Isolated positions, each with its own equity and requirement.

use super::margin::{Amount, align, table};
use crate::text::Text;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;
use serde_json::{Value, json};
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::rule::{Account, BookMargin, Margin, Position, Side};
use zkmargin_model::shown::shown;
use zkmargin_params::CompiledMarket;
use zkmargin_prover::Shortfall;

/// An isolated position, in its settlement asset.
pub struct BookRow {
    instrument: String,
    side: &'static str,
    settle: String,
    equity: Amount,
    requirement: Amount,
    /// Equity over what is required in basis points, rounded toward minus infinity; `None` without a requirement.
    ratio: Option<Amount>,
}

/// Digits after the point of a requirement before it is converted.
fn decimals(market: &CompiledMarket, instrument: u32) -> Option<(String, String, u32)> {
    let schedule = market.schedule();
    let instrument = schedule.instruments().iter().find(|i| i.id == instrument)?;
    let settle = schedule.assets().iter().find(|a| a.id == instrument.settle)?;
    let decimals = instrument.settle_decimals + schedule.file().rate_decimals;
    Some((instrument.symbol.clone(), settle.symbol.clone(), decimals))
}

fn side(position: &Position) -> &'static str {
    if position.side == Side::Long { "long" } else { "short" }
}

impl BookRow {
    fn new(market: &CompiledMarket, p: &Position, book: &BookMargin) -> Option<Self> {
        let (instrument, settle, decimals) = decimals(market, p.instrument)?;
        let ratio = (!book.requirement.is_zero()).then(|| {
            let scaled: BigInt = &book.equity * MARGIN_BPS;
            Amount::new(&scaled.div_floor(&book.requirement), 4)
        });
        Some(Self {
            instrument,
            side: side(p),
            settle,
            equity: Amount::new(&book.equity, decimals),
            requirement: Amount::new(&book.requirement, decimals),
            ratio,
        })
    }

    /// The isolated positions of an account.
    pub fn all(market: &CompiledMarket, account: &Account, figures: &Margin) -> Vec<Self> {
        let positions = account.positions().iter().zip(&figures.positions);
        positions.filter_map(|(p, m)| Self::new(market, p, m.isolated.as_ref()?)).collect()
    }

    /// Their table.
    pub fn text(books: &[Self]) -> Text {
        let mut out = table(&["isolated position", "side", "in", "equity", "requirement", "ratio"]);
        for b in books {
            out.add_row([
                shown(&b.instrument).into_owned(),
                b.side.to_owned(),
                shown(&b.settle).into_owned(),
                b.equity.shown(),
                b.requirement.shown(),
                b.ratio.as_ref().map_or("no requirement".to_owned(), Amount::exact),
            ]);
        }
        align(&mut out, &[3, 4, 5]);
        let mut text: Text = out.lines().collect();
        text.line("");
        text
    }

    /// The same in machine-readable form.
    pub fn json(&self) -> Value {
        json!({
            "instrument": self.instrument,
            "side": self.side,
            "settle": self.settle,
            "equity": self.equity.exact(),
            "requirement": self.requirement.exact(),
            "ratio": self.ratio.as_ref().map(Amount::exact),
        })
    }
}

/// What an isolated position lacks.
pub struct Missing {
    /// Its instrument.
    pub instrument: String,
    /// `long` or `short`.
    pub side: &'static str,
    /// Equity, with the settlement asset.
    pub amount: String,
}

impl Missing {
    /// What the isolated positions of an account lack.
    pub fn all(market: &CompiledMarket, account: &Account, shortfall: &Shortfall) -> Vec<Self> {
        let of = shortfall.books().iter().filter_map(|book| {
            let position = account.positions().get(book.position)?;
            let (instrument, settle, decimals) = decimals(market, position.instrument)?;
            let amount = Amount::new(&book.equity, decimals).exact();
            let amount = format!("{amount} {}", shown(&settle));
            Some(Self { instrument, side: side(position), amount })
        });
        of.collect()
    }

    /// The same in machine-readable form.
    pub fn json(&self) -> Value {
        json!({ "instrument": self.instrument, "side": self.side, "equity": self.amount })
    }
}
