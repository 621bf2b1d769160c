//! The files of venues under `params/venues`.

use super::{read_market, read_schedule};
use crate::{AccountFile, Requirement};
use serde_json::{Value, json};
use zkmargin_model::decimal::format_scaled;
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

/// A digest that changes makes every signature over it another file's.
#[test]
fn encodings_are_frozen() {
    for (name, digests) in [
        (
            "derive/examples/options",
            [
                "4bc28b628796b2a776d9d36c832dd83cac7dbd44476cc6a5c31bb90106e72f66",
                "e5e469395e8126e67b829c53a3c51c8c06e824ca1a04d825cf481aed58576090",
                "73c9e13d013d261b3fd2a3c21ebd79697a39b68ef7efcc93a12884819df80eb4",
            ],
        ),
        (
            "takasbank/examples/commodity",
            [
                "684a5cc288b2f40f5b7686feddd160f77cd4ee8b0f5dfa10e6ba2292b30493eb",
                "ecb82880fb40a593a458f0c558b70cca0eb34c269332a2171e1bb8a436145775",
                "650ea3787da72343aa2f1241c1339f1157a05d3a0f8b5fe2e0a7f33391a19100",
            ],
        ),
    ] {
        let [schedule, snapshot] =
            ["schedule", "snapshot"].map(|kind| read(&format!("{name}.{kind}")));
        let market = read_market(&schedule, &snapshot).unwrap();
        let schedule = market.schedule();
        let found = [
            schedule.digest().to_string(),
            schedule.registry_digest().to_string(),
            market.snapshot().digest().to_string(),
        ];
        assert_eq!(found, digests, "{name}");
    }
}

/// The contracts' own test expects an equity above the requirement of 4965.05082116883 and 4314.521663887444, and a value of
/// 7997.9739847847, each within a hundred millionth of it.
#[test]
fn derive() {
    let market = read_market(&derive_schedule(), &derive_snapshot()).unwrap();
    let file = read("derive/examples/options.account").to_string();
    let account = AccountFile::from_json(file.as_bytes()).unwrap();
    let account = market.schedule().account(&account).unwrap();
    for (requirement, above) in
        [(Requirement::Maintenance, "4965.050821"), (Requirement::Initial, "4314.521663")]
    {
        let of = margin(&account, market.market(requirement).unwrap()).unwrap();
        let digits = market.schedule().loss_decimals() + market.schedule().file().digits.factor;
        let found = format_scaled(&(of.scaled_equity() - &of.requirement), digits);
        assert!(found.starts_with(above), "{found}");
    }
}

/// A value from which all else follows is one that a price source can be compared with; where the snapshot has the slopes of the
/// group too, the value says nothing of them.
#[test]
fn slopes_of_a_snapshot_do_not_follow_from_a_price() {
    let (mut schedule, mut snapshot) = (derive_schedule(), derive_snapshot());
    let market = read_market(&schedule, &snapshot).unwrap();
    assert!(market.spot_price("SPOT-ETH").is_some());
    assert!(market.spot_price("20250110T044732Z-1000-C").is_none());
    let mut classes = schedule["classes"].as_array_mut().unwrap().iter_mut();
    let spot = classes.find(|class| class["name"] == "spot").unwrap();
    spot.as_object_mut().unwrap().remove("slopes");
    let slopes = json!({"group": "spot", "positive": "1", "negative": "1"});
    snapshot["groups"].as_array_mut().unwrap().push(slopes);
    snapshot["schedule"] = json!(read_schedule(&schedule).unwrap().digest().to_string());
    let market = read_market(&schedule, &snapshot).unwrap();
    assert!(market.spot_price("SPOT-ETH").is_none());
}
