//! Prices of a source: signed by the source itself, or by someone who checked a network's message.

use crate::body::Body;
use crate::lines::{BodyError, BodyProblem, Lines};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::digest::Digest;
use zkmargin_params::Role;

const SOURCE: &str = "zkmargin/source/v1";

/// Maximum number of prices in a note.
pub const MAX_SOURCE_PRICES: usize = 4096;

/// Maximum number of signers in a note.
pub const MAX_SOURCE_SIGNERS: usize = 256;

/// A price of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceNotePrice {
    /// The source's own name for the feed.
    pub feed: String,
    /// The price in the source's quote currency.
    pub price: Decimal,
    /// When the source made the price, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
}

/// A network's message from which prices were taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Digest of what the network signed.
    pub message: Digest,
    /// The network's keys that signed it, sorted, in the text of `zkmargin-sources`.
    pub signers: Vec<String>,
}

/// A source's statement of its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceNote {
    /// Name of the source, or of the network whose message was imported.
    pub source: String,
    /// The message the prices were taken from, for imported prices.
    pub imported: Option<Imported>,
    /// The prices, sorted by feed, each feed once.
    pub prices: Vec<SourceNotePrice>,
}

impl SourceNote {
    /// The price of a feed.
    pub fn price(&self, feed: &str) -> Option<&SourceNotePrice> {
        let at = self.prices.binary_search_by(|p| p.feed.as_str().cmp(feed));
        at.ok().map(|at| &self.prices[at])
    }
}

fn imported(lines: &mut Lines<'_>) -> Result<Option<Imported>, BodyError> {
    if !lines.is_next("message") {
        return Ok(None);
    }
    let message = lines.digest("message")?;
    let mut signers: Vec<String> = Vec::new();
    while lines.is_next("signer") {
        let signer = lines.text("signer")?;
        if signers.last().is_some_and(|last| *last >= signer) {
            return Err(lines.error(BodyProblem::Order));
        }
        if signers.len() == MAX_SOURCE_SIGNERS {
            return Err(lines.error(BodyProblem::Range("more than 256 signers")));
        }
        signers.push(signer);
    }
    Ok(Some(Imported { message, signers }))
}

/// The value of `price TIME-MS DECIMAL FEED`.
fn price(lines: &mut Lines<'_>) -> Result<SourceNotePrice, BodyError> {
    let text = lines.field("price")?;
    let mut parts = text.splitn(3, ' ');
    let mut part = || parts.next().unwrap_or_default();
    let (time, price, feed) = (part(), part(), part());
    let time_ms = lines.check_integer(time)?;
    let feed = lines.check_text(feed)?;
    match Decimal::parse(price) {
        // One text per number: no trailing zeros, no minus zero.
        Ok(decimal) if decimal.to_string() == price => {
            Ok(SourceNotePrice { feed, price: decimal, time_ms })
        }
        _ => Err(lines.error(BodyProblem::Decimal)),
    }
}

impl Body for SourceNote {
    const ROLE: Role = Role::Source;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        lines.kind(SOURCE)?;
        let source = lines.name("source")?;
        let imported = imported(&mut lines)?;
        let mut prices: Vec<SourceNotePrice> = Vec::new();
        while !lines.is_at_end() {
            let price = price(&mut lines)?;
            if prices.last().is_some_and(|last| last.feed >= price.feed) {
                return Err(lines.error(BodyProblem::Order));
            }
            if prices.len() == MAX_SOURCE_PRICES {
                return Err(lines.error(BodyProblem::Range("more than 4096 prices")));
            }
            prices.push(price);
        }
        Ok(Self { source, imported, prices })
    }

    fn to_text(&self) -> String {
        let mut text = format!("{SOURCE}\nsource {}\n", self.source);
        if let Some(imported) = &self.imported {
            text.push_str(&format!("message {}\n", hex::encode(imported.message)));
            for signer in &imported.signers {
                text.push_str(&format!("signer {signer}\n"));
            }
        }
        for p in &self.prices {
            text.push_str(&format!("price {} {} {}\n", p.time_ms, p.price, p.feed));
        }
        text
    }

    fn venue(&self) -> Option<&str> {
        None
    }

    fn time_ms(&self) -> Option<u64> {
        self.prices.iter().map(|price| price.time_ms).max()
    }
}
