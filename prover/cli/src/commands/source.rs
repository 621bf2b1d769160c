//! `zkmargin source`: messages of price sources.

use super::describe::lines_of;
use super::sign;
use crate::arguments::Output;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::policy_arguments::{Network, Source, SourceMessage};
use crate::text::Text;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::shown::quoted;
use zkmargin_notes::{Imported, SourceNote, SourceNotePrice};
use zkmargin_params::{
    DecimalText, MAX_FILE_BYTES, SignedByFile, format_utc, parse_utc, repeated_key,
};
use zkmargin_policy::SignedBy;
use zkmargin_sources::{SourceMessage as Verified, SourcePrice};

pub fn run(command: &Source) -> Result<Outcome> {
    match command {
        Source::Check(message) => check(message),
        Source::Import { message, signer, output } => import(message, signer, output),
        Source::Sign { prices, name, signer, output } => sign(prices, name, signer, output),
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

fn import(a: &SourceMessage, signer: &Path, output: &Output) -> Result<Outcome> {
    let message = verified(a)?;
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
    sign::sign(&note, signer, output, text, value)
}

/// A price as a source writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnPrice {
    price: DecimalText,
    time: String,
}

fn sign(prices: &Path, name: &str, signer: &Path, output: &Output) -> Result<Outcome> {
    let bytes = files::read(prices, MAX_FILE_BYTES)?;
    let bad = |message: String| {
        Failure::new(Exit::Malformed, "BadPrices", message).in_file(&files::name_of(prices))
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
    let note = SourceNote { source: name.to_owned(), imported: None, prices: prices? };
    let result = json!({ "source": name, "prices": note.prices.len() });
    let text = lines_of(&[("prices", note.prices.len().to_string())]);
    sign::sign(&note, signer, output, text, result)
}
