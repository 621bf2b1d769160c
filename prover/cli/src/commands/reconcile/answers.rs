//! What a venue states, from its raw answers.

use super::Stating;
use crate::commands::folder::account_answers;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use serde_json::Value;
use std::path::Path;
use zkmargin_params::venues::{
    Binance, Bybit, Dydx, Hyperliquid, Lighter, Okx, StatesFigures, VenueFigures,
};
use zkmargin_params::{MAX_FILE_BYTES, repeated_key};

/// Reads the figures of an answer, or of a folder's answers about the account.
pub fn figures(from: Stating, path: &Path) -> Result<VenueFigures> {
    let name = files::name_of(path);
    let value = if path.is_dir() { account_answers(path, from.name())? } else { answer(path)? };
    let read = match from {
        Stating::Binance => Binance::figures(&value),
        Stating::Hyperliquid => Hyperliquid::figures(&value),
        Stating::Dydx => Dydx::figures(&value),
        Stating::Lighter => Lighter::figures(&value),
        Stating::Bybit => Bybit::figures(&value),
        Stating::Okx => Okx::figures(&value),
    };
    read.map_err(|e| Failure::new(Exit::Malformed, "ImportSource", e.to_string()).in_file(&name))
}

fn answer(path: &Path) -> Result<Value> {
    let (bytes, name) = (files::read(path, MAX_FILE_BYTES)?, files::name_of(path));
    if let Some(key) = repeated_key(&bytes) {
        return Err(Failure::new(Exit::Malformed, "DuplicateField", key.to_string()).in_file(&name));
    }
    serde_json::from_slice(&bytes).map_err(|e| {
        let message = format!("not valid JSON: {e}");
        Failure::new(Exit::Malformed, "Syntax", message).in_file(&name)
    })
}
