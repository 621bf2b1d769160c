//! The files of venues under `params/venues`.

use super::{read_market, told};
use crate::{AccountFile, Requirement};
use serde_json::Value;
use zkmargin_model::portfolio::margin;

fn read(name: &str) -> Value {
    let path = format!("{}/venues/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap()
}

pub(super) fn derive_schedule() -> Value {
    read("derive/examples/options.schedule")
}

pub(super) fn derive_snapshot() -> Value {
    read("derive/examples/options.snapshot")
}

/// The contracts' own test expects an equity above the requirement of 4965.05082116883 and 4314.521663887444, and a value of
/// 7997.9739847847.
#[test]
fn derive() {
    let market = read_market(&derive_schedule(), &derive_snapshot()).unwrap();
    let file = read("derive/examples/options.account").to_string();
    let account = AccountFile::from_json(file.as_bytes()).unwrap();
    let account = market.schedule().account(&account).unwrap();
    for (requirement, above) in [
        (Requirement::Maintenance, 4965.050_821_168_83),
        (Requirement::Initial, 4_314.521_663_887_444),
    ] {
        let of = margin(&account, market.market(requirement).unwrap()).unwrap();
        let [equity, required] = told(&market, &of).map(|text| text.parse::<f64>().unwrap());
        assert!((equity - required - above).abs() < 1e-7, "{equity} {required}");
    }
}
