//! `zkmargin source`: messages of price sources.

use super::Run;
use super::describe::lines_of;
use super::sign;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::shared::{Global, Output};
use crate::text::Text;
use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::shown::quoted;
use zkmargin_notes::{Imported, SourceNote, SourceNotePrice};
use zkmargin_params::{
    DecimalText, MAX_FILE_BYTES, SignedByFile, format_utc, parse_utc, repeated_key,
};
use zkmargin_policy::SignedBy;
use zkmargin_sources::{SourceMessage as Verified, SourcePrice};

#[derive(Debug, Subcommand)]
pub enum Source {
    /// Verify a source's message and show its prices
    Check(SourceMessage),
    /// Verify a network's message and sign its prices as a source note
    Import(ImportMessage),
    /// Sign your own prices as a source note
    Sign(SignPrices),
}

impl Source {
    /// The command that was chosen.
    pub fn chosen(&self) -> &dyn Run {
        match self {
            Source::Check(a) => a,
            Source::Import(a) => a,
            Source::Sign(a) => a,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Network {
    /// Pyth Lazer, either signature kind
    PythLazer,
    /// RedStone data packages: bytes, hexadecimal text or the gateway's JSON
    Redstone,
    /// Pyth price update of Hermes: bytes or base64
    PythHermes,
}

#[derive(Debug, Args)]
pub struct SourceMessage {
    /// The message
    pub message: PathBuf,
    /// Network that signs it
    #[arg(long, value_enum)]
    pub network: Network,
    /// Key that you trust: 0x and 40 hexadecimal digits, or ed25519: and 64; repeated, for guardians in
    /// the set's order
    #[arg(long = "trust", value_name = "KEY", required = true)]
    pub trust: Vec<String>,
    /// Nodes that must have signed a price (RedStone)
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub threshold: u32,
    /// Index of the guardian set (Hermes)
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub guardian_set: u32,
}

#[derive(Debug, Args)]
pub struct ImportMessage {
    #[command(flatten)]
    pub message: SourceMessage,
    /// Note key to sign with
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct SignPrices {
    /// Prices: JSON object of feeds, each with "price" and "time"
    pub prices: PathBuf,
    /// Name of the source
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// Note key to sign with
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

impl Run for SourceMessage {
    fn name(&self) -> &'static str {
        "source check"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        check(self)
    }
}

impl Run for ImportMessage {
    fn name(&self) -> &'static str {
        "source import"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        import(self, global)
    }
}

impl Run for SignPrices {
    fn name(&self) -> &'static str {
        "source sign"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        sign(self, global)
    }
}

fn verified(a: &SourceMessage) -> Result<Verified> {
    let signers = a.trust.clone();
    let file = match a.network {
        Network::PythLazer => SignedByFile::PythLazer { signers },
        Network::Redstone => SignedByFile::Redstone { signers, threshold: a.threshold },
        Network::PythHermes => SignedByFile::PythHermes { guardian_set: a.guardian_set, signers },
    };
    let signed_by = SignedBy::network(&file).map_err(|e| Failure::usage(e.message))?;
    let bytes = files::read(&a.message, MAX_FILE_BYTES)?;
    signed_by.message(&bytes).map_err(|reason| {
        Failure::new(Exit::Invalid, "SourceRefused", reason).in_file(&files::name_of(&a.message))
    })
}

/// A network's price as decimal text.
fn decimal(price: &SourcePrice) -> Decimal {
    let mantissa = price.mantissa.into();
    if price.exponent < 0 {
        Decimal::from_scaled(&mantissa, price.exponent.unsigned_abs())
    } else {
        let power = zkmargin_model::decimal::power_of_ten(price.exponent.unsigned_abs());
        Decimal::from_scaled(&(mantissa * power), 0)
    }
}

fn described(message: &Verified) -> (Text, serde_json::Value) {
    let signers: Vec<_> = message.signers().iter().map(ToString::to_string).collect();
    let mut text = lines_of(&[
        ("network", message.network().to_string()),
        ("digest", hex::encode(message.digest())),
        ("signers", signers.join(" ")),
    ]);
    for price in message.prices() {
        let line = [price.feed.clone(), decimal(price).to_string(), format_utc(price.time_ms)];
        text.line(format!("price  {}", line.join("  ")));
    }
    let prices = message.prices().iter().map(|p| {
        json!({
            "feed": p.feed,
            "price": decimal(p).to_string(),
            "time": format_utc(p.time_ms),
        })
    });
    let value = json!({
        "network": message.network().to_string(),
        "digest": hex::encode(message.digest()),
        "signers": signers,
        "prices": prices.collect::<Vec<_>>(),
        "unpriced": message.unpriced(),
    });
    (text, value)
}

fn check(a: &SourceMessage) -> Result<Outcome> {
    let (text, value) = described(&verified(a)?);
    Ok(Outcome::done(text, value))
}

fn import(a: &ImportMessage, global: &Global) -> Result<Outcome> {
    let message = verified(&a.message)?;
    let price = |p: &SourcePrice| SourceNotePrice {
        feed: p.feed.clone(),
        price: decimal(p),
        time_ms: p.time_ms,
    };
    let mut signers: Vec<_> = message.signers().iter().map(ToString::to_string).collect();
    signers.sort();
    let note = SourceNote {
        source: message.network().to_string(),
        imported: Some(Imported { message: message.digest(), signers }),
        prices: message.prices().iter().map(price).collect(),
    };
    let (text, value) = described(&message);
    sign::sign(&note, &a.signer, &a.output, global, text, value)
}

/// A price as a source writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnPrice {
    price: DecimalText,
    time: String,
}

fn sign(a: &SignPrices, global: &Global) -> Result<Outcome> {
    let bytes = files::read(&a.prices, MAX_FILE_BYTES)?;
    let bad = |message: String| {
        Failure::new(Exit::Malformed, "BadPrices", message).in_file(&files::name_of(&a.prices))
    };
    if let Some(key) = repeated_key(&bytes) {
        return Err(bad(key.to_string()));
    }
    let own: BTreeMap<String, OwnPrice> =
        serde_json::from_slice(&bytes).map_err(|e| bad(e.to_string()))?;
    let price = |(feed, own): (String, OwnPrice)| {
        let price = Decimal::parse(own.price.as_str())
            .map_err(|e| bad(format!("{} {e}", quoted(&feed))))?;
        let price = Decimal::from_scaled(price.coefficient(), price.scale());
        let time_ms = parse_utc(&own.time).ok_or_else(|| {
            bad(format!("{}: write a UTC time such as \"2024-07-27T06:44:38Z\"", quoted(&feed)))
        })?;
        Ok(SourceNotePrice { feed, price, time_ms })
    };
    let prices: Result<Vec<_>> = own.into_iter().map(price).collect();
    let note = SourceNote { source: a.name.clone(), imported: None, prices: prices? };
    let result = json!({ "source": a.name, "prices": note.prices.len() });
    let text = lines_of(&[("prices", note.prices.len().to_string())]);
    sign::sign(&note, &a.signer, &a.output, global, text, result)
}
