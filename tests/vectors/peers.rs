//! One test per vector file.

use crate::report::{run, say};
use std::path::Path;
use zkmargin_tests::Loaded;
use zkmargin_tests::peers::{self, FILES, FOLDER_VARIABLE, vectors_folder};

type Loader = fn(&Path) -> Result<Option<Loaded>, String>;

fn check(file: &str, load: Loader) {
    let Some(folder) = vectors_folder() else {
        return say(&format!("{file}: not run; {FOLDER_VARIABLE} names no folder of vectors"));
    };
    match load(&folder).unwrap_or_else(|e| panic!("{e}")) {
        Some(loaded) => run(file, &loaded),
        None => say(&format!("{file}: not run; the folder has no such file")),
    }
}

#[test]
fn lighter() {
    check("lighter_mainnet.json", peers::load_lighter);
}

#[test]
fn starkex() {
    check("starknet_perpetual_extended.json", peers::load_starkex);
}

#[test]
fn dydx() {
    check("dydx_v4.json", peers::load_dydx);
}

#[test]
fn drift() {
    check("drift_v2.json", peers::load_drift);
}

#[test]
fn mango() {
    check("mango_v4.json", peers::load_mango);
}

#[test]
fn hyperliquid() {
    check("hyperliquid_real.json", peers::load_hyperliquid);
}

#[test]
fn binance_liquidation_prices() {
    check("binance_freqtrade.json", peers::load_binance_liquidation);
}

#[test]
fn binance_rounding() {
    check("binance_rounding_samples.json", peers::load_binance_rounding);
}

#[test]
fn derive() {
    check("derive_pmrm2.json", peers::load_derive);
}

#[test]
fn span_textbook() {
    check("span_mcmillan.json", peers::load_span);
}

/// Files that are there but have no adapter are named, not passed over in silence.
#[test]
fn files_without_an_adapter_are_named() {
    let Some(folder) = vectors_folder() else { return };
    let entries = std::fs::read_dir(folder).expect("the folder was found");
    let mut names: Vec<String> =
        entries.filter_map(|e| Some(e.ok()?.file_name().to_string_lossy().into_owned())).collect();
    names.retain(|n| n.ends_with(".json") && !FILES.contains(&n.as_str()));
    names.sort();
    for name in names {
        say(&format!("{name}: not run; there is no adapter (other margin model)"));
    }
}
