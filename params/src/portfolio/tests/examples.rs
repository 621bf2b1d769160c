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
                "800292b8a181089a0a305ce37c9aaa2a6ae243b1001c5a8101f49ec89b2b3591",
                "14ee0ef61f341f6f81c149dea645c825a3e8b76c1e5c2fcec2a85e3ec88c8130",
                "a2d4eeb358cfdb91c4362898ef3d2c27139b3ea89d0c6f84129ca9c1900dd91b",
            ],
        ),
        (
            "takasbank/examples/commodity",
            [
                "0f3983020c11c30c9131d9b7fc8f8f998305ab23864745fb6e58cfa7dbe42cf3",
                "043869305941ec6673dddac1d15eaed34862ccee133375ec6eefe6a5f49f05a2",
                "0992018e6b23e8bd13731e0bb01b5004eeee89a5071bd97451cd26c9c6b8d6e9",
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
