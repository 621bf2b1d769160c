//! Isolated positions, each with its own equity and requirement.

use super::margin::{Amount, align, ratio, side, table};
use crate::text::Text;
use serde_json::{Value, json};
use zkmargin_model::rule::{Account, BookMargin, Margin, Position};
use zkmargin_model::shown::shown;
use zkmargin_params::{CompiledMarket, Unit};
use zkmargin_prover::Shortfall;

/// An isolated position, in its settlement asset, or in the currency of margins where accounts have allocations.
pub struct BookRow {
    instrument: String,
    side: &'static str,
    settle: String,
    equity: Amount,
    requirement: Amount,
    /// Equity over what is required in basis points, rounded toward minus infinity; `None` without a requirement.
    ratio: Option<Amount>,
}

/// Symbols of an instrument and of what its isolated book is in, and the unit of that.
fn unit(market: &CompiledMarket, instrument: u32) -> Option<(String, String, Unit)> {
    let schedule = market.schedule();
    let instrument = schedule.instrument_of_id(instrument)?;
    let (unit, settle) = schedule.isolated_unit(instrument);
    Some((instrument.symbol.clone(), settle.to_owned(), unit))
}

impl BookRow {
    fn new(market: &CompiledMarket, p: &Position, book: &BookMargin) -> Option<Self> {
        let (instrument, settle, unit) = unit(market, p.instrument)?;
        Some(Self {
            instrument,
            side: side(p),
            settle,
            equity: Amount::counted(&book.equity, unit),
            requirement: Amount::counted(&book.requirement, unit),
            ratio: ratio(&book.equity, &book.requirement),
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
    /// Its settlement asset.
    pub settle: String,
    /// The missing equity.
    pub equity: String,
}

impl Missing {
    /// What the isolated positions of an account lack.
    pub fn all(market: &CompiledMarket, account: &Account, shortfall: &Shortfall) -> Vec<Self> {
        let of = shortfall.books().iter().filter_map(|book| {
            let position = account.positions().get(book.position)?;
            let (instrument, settle, unit) = unit(market, position.instrument)?;
            let equity = Amount::counted(&book.equity, unit).exact();
            Some(Self { instrument, side: side(position), settle, equity })
        });
        of.collect()
    }

    /// The same in a sentence.
    pub fn sentence(&self) -> String {
        let Self { side, equity, .. } = self;
        let (instrument, settle) = (shown(&self.instrument), shown(&self.settle));
        format!("The isolated {side} position in {instrument} lacks {equity} {settle}.")
    }

    /// The same in machine-readable form.
    pub fn json(&self) -> Value {
        json!({
            "instrument": self.instrument,
            "side": self.side,
            "settle": self.settle,
            "equity": self.equity,
        })
    }
}
