//! Writes the venue schedules and examples of `params/` from source files kept elsewhere.
//!
//! ```text
//! cargo run -p zkmargin-params --example import_venues -- <source-dir> params
//! ```
//!
//! The source directory holds `freqtrade/binance_leverage_tiers.json` (freqtrade),
//! `lighter/mainnet_block_186974592_markets.json` (Lighter block 186974592, markets of its
//! prover fixture), `hyperliquid/test_get_info.yaml` and `test_get_user_state.yaml` (Hyperliquid
//! Python SDK), `oracles/redstone/primary_prod_subset.json` (RedStone) and beside it
//! `../vectors/lighter_mainnet.json` (accounts of the same Lighter fixture). Every file that is
//! written names its sources.

mod binance;
mod common;
mod hyperliquid;
mod lighter;

use common::{Outcome, Sources};
use std::path::Path;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, params] = arguments.as_slice() else {
        return Err("usage: import_venues <source-dir> <params-dir>".into());
    };
    let sources = Sources::new(Path::new(source));
    let params = Path::new(params);
    binance::write(&sources, params)?;
    lighter::write(&sources, params)?;
    hyperliquid::write(&sources, params)
}
