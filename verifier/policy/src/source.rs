//! A listed price source: who signs for it, and its prices once a message is verified.

use crate::refused::{Refused, What};
use crate::signers::SignedBy;
use num_bigint::BigInt;
use num_rational::BigRational;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::shown::quoted;
use zkmargin_notes::{KeySet, SourceNote};
use zkmargin_sources::SourceMessage;

/// A price source of a policy.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name in the policy.
    pub name: String,
    /// Who signs its messages.
    pub signed_by: SignedBy,
}

/// A source's price as an exact fraction of the source's quote currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    pub price: BigRational,
    pub time_ms: u64,
    /// The distinct public keys that stand behind it.
    pub keys: Vec<String>,
}

/// A verified message of a source.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub name: String,
    pub prices: Vec<(String, Quote)>,
    /// Signers of the message that a note's prices were imported from.
    pub upstream: Vec<String>,
}

impl Verified {
    pub fn quote(&self, feed: &str) -> Option<&Quote> {
        self.prices.iter().find(|(name, _)| name == feed).map(|(_, quote)| quote)
    }
}

/// `mantissa * 10^exponent`.
fn scaled(mantissa: BigInt, exponent: i32) -> BigRational {
    let power = power_of_ten(exponent.unsigned_abs());
    if exponent < 0 { BigRational::new(mantissa, power) } else { (mantissa * power).into() }
}

pub(crate) fn fraction(decimal: &Decimal) -> BigRational {
    BigRational::new(decimal.coefficient().clone(), power_of_ten(decimal.scale()))
}

fn of_message(name: &str, message: &SourceMessage) -> Verified {
    let quote = |p: &zkmargin_sources::SourcePrice| Quote {
        price: scaled(p.mantissa.into(), p.exponent),
        time_ms: p.time_ms,
        keys: p.signers.iter().map(ToString::to_string).collect(),
    };
    Verified {
        name: name.to_owned(),
        prices: message.prices().iter().map(|p| (p.feed.clone(), quote(p))).collect(),
        upstream: Vec::new(),
    }
}

fn of_note(name: &str, note: &SourceNote, public: &[u8]) -> Verified {
    let key = format!("ed25519:{}", hex::encode(public));
    let quote = |p: &zkmargin_notes::SourceNotePrice| Quote {
        price: fraction(&p.price),
        time_ms: p.time_ms,
        keys: vec![key.clone()],
    };
    Verified {
        name: name.to_owned(),
        prices: note.prices.iter().map(|p| (p.feed.clone(), quote(p))).collect(),
        upstream: note.imported.iter().flat_map(|imported| imported.signers.clone()).collect(),
    }
}

impl Source {
    /// Verifies a message or a note of this source.
    pub(crate) fn verify(
        &self,
        bytes: &[u8],
        keys: &KeySet,
        now_ms: u64,
    ) -> Result<Verified, Refused> {
        let refused = |reason: String| Refused::Source { name: self.name.clone(), reason };
        let SignedBy::Note { key, source } = &self.signed_by else {
            let message = self.signed_by.message(bytes).map_err(refused)?;
            return Ok(of_message(&self.name, &message));
        };
        let opened = keys.open::<SourceNote>(bytes, now_ms);
        let opened = opened
            .map_err(|error| Refused::Note { what: What::Source(self.name.clone()), error })?;
        // One key may sign for several sources.
        let found = &opened.body().source;
        if let Some(source) = source.as_ref().filter(|source| *source != found) {
            let (found, source) = (quoted(found), quoted(source));
            return Err(refused(format!("the note is from source {found}, not from {source}")));
        }
        // Another source's key may have signed the note too; it is this one's that counts.
        let signed = opened.signers().iter().any(|s| s.name == *key);
        match keys.get(key).filter(|_| signed) {
            Some(trusted) => Ok(of_note(&self.name, opened.body(), trusted.key().public())),
            None => Err(refused(format!("the note is not signed by key {key}"))),
        }
    }
}
