//! Tests of the files as a whole. Single parts are tested beside their code.

mod agreement;
mod allocations;
mod bad_accounts;
mod bad_schedules;
mod bad_snapshots;
mod bytes;
mod closed_end;
mod committed;
mod conversions;
mod digests;
mod elements;
mod entry;
pub(crate) mod explained;
mod families;
mod folders;
mod identity;
mod leverage;
mod negative_marks;
mod numbering;
mod orders;
mod other_venues;
mod units;

use super::{
    AccountFile, CompiledMarket, ErrorCode, FileError, PlainSecrets, Schedule, SnapshotFile,
    compile,
};
use serde_json::{Value, json};
use zkmargin_model::rule::{Account, Margin, margin};

/// Asserts that the file of that name under `params/` is the text; `ZKMARGIN_UPDATE=1` writes it.
pub(crate) fn kept(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("ZKMARGIN_UPDATE").is_some_and(|v| v == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{name} is stale; run the tests with ZKMARGIN_UPDATE=1");
}

/// Random accounts of a venue: some hundred, or with `ZKMARGIN_LONG` set, as in `.ci/full`, thousands.
pub(crate) fn rounds(short: usize) -> usize {
    if std::env::var_os("ZKMARGIN_LONG").is_some() { 20 * short } else { short }
}

/// Blinding of [`account`].
pub(super) const BLINDING: &str =
    "d41b7e60932fa8c5164e0db7f285693cab70e1488f5c96d23a57104be9c8f60d";

/// A small schedule: two settlement assets, a haircut, marginal tiers, tiers by quantity, funding.
pub(super) fn schedule() -> Value {
    json!({
        "format": "zkmargin-schedule/1",
        "venue": "test",
        "name": "small",
        "source": "made up",
        "requirement": "maintenance",
        "valuation": {"currency": "USD", "decimals": 12},
        "rate_decimals": 4,
        "equality_is_healthy": true,
        "menu": {
            "levels": [{"name": "maintenance", "level_bps": 10000}, {"name": "buffer", "level_bps": 12500}],
            "floors": ["0", "1000"]
        },
        "assets": [
            {"id": 1, "symbol": "USDT", "decimals": 8, "settles": true,
             "collateral": {"variable": "value", "rows": [{"rate": "1", "amount": "0"}]}},
            {"id": 2, "symbol": "BTC", "decimals": 8, "settles": true,
             "collateral": {"variable": "value", "rows": [
                {"from": null, "below": "0", "rate": "1.05", "amount": "0"},
                {"from": "0", "below": "1000000", "rate": "0.95", "amount": "0"},
                {"from": "1000000", "below": null, "rate": "0.9", "amount": "50000"}]}},
            {"id": 7, "symbol": "ETH", "chain": "ethereum", "contract": "0x0", "decimals": 6, "settles": false,
             "collateral": {"variable": "quantity", "rows": [
                {"below": "10", "rate": "0.9", "amount": "0"},
                {"from": "10", "below": null, "rate": "0.8", "amount": "1"}]}}
        ],
        "tiers": [
            {"name": "marginal", "variable": "value", "rows": [
                {"from": "0", "below": "50000", "rate": "0.004", "amount": "0"},
                {"from": "50000", "below": "600000", "rate": "0.005", "amount": "-50"}]},
            {"name": "by-size", "variable": "quantity", "rows": [
                {"from": "0", "below": "10", "rate": "0.01", "amount": "0"},
                {"from": "10", "below": null, "rate": "0.02", "amount": "-0.1"}]}
        ],
        "instruments": [
            {"id": 1, "symbol": "BTC-PERP", "kind": "linear", "settle": "USDT", "size_decimals": 3,
             "price_decimals": 2, "multiplier": "1", "tiers": "marginal"},
            {"id": 2, "symbol": "ETH-PERP", "kind": "linear", "settle": "USDT", "size_decimals": 2,
             "price_decimals": 2, "multiplier": "0.1", "funding_decimals": 6, "tiers": "by-size"},
            {"id": 9, "symbol": "ETHBTC", "kind": "linear", "settle": "BTC", "size_decimals": 2,
             "price_decimals": 6, "multiplier": "1", "tiers": "marginal"}
        ]
    })
}

pub(super) fn snapshot() -> Value {
    let digest = read_schedule(&schedule()).unwrap().digest();
    json!({
        "format": "zkmargin-snapshot/1",
        "schedule": digest.to_string(),
        "time": "2024-07-27T06:44:38.998Z",
        "sequence": 5,
        "assets": [
            {"asset": "USDT", "index": "0.9995"},
            {"asset": "BTC", "index": "60000", "requirement_index": "60100.5"},
            {"asset": "ETH", "index": "3000.25"}
        ],
        "instruments": [
            {"instrument": "BTC-PERP", "mark": "60010.50"},
            {"instrument": "ETH-PERP", "mark": "3001.25", "funding_index": "-0.001500"},
            {"instrument": "ETHBTC", "mark": "0.05"}
        ]
    })
}

/// The small schedule with two index prices, and a snapshot of it.
pub(super) fn two_prices() -> (Value, Value) {
    let schedule = edit(&schedule(), "/bid_and_ask", json!(true));
    let mut snapshot = snapshot();
    snapshot["schedule"] = read_schedule(&schedule).unwrap().digest().to_string().into();
    snapshot["assets"] = json!([
        {"asset": "USDT", "bid": "0.9995", "ask": "1.0005"},
        {"asset": "BTC", "bid": "60000", "ask": "60100.5"},
        {"asset": "ETH", "bid": "3000.25", "ask": "3000.25"}
    ]);
    (schedule, snapshot)
}

pub(super) fn account() -> Value {
    json!({
        "format": "zkmargin-account/1",
        "venue": "test",
        "balances": [
            {"asset": "USDT", "balance": "12345.67"},
            {"asset": "BTC", "balance": "-0.5"},
            {"asset": "ETH", "balance": "12.5"}
        ],
        "positions": [
            {"instrument": "BTC-PERP", "size": "1.5", "entry_value": "90000"},
            {"instrument": "BTC-PERP", "size": "-0.25", "entry_value": "-15000.125"},
            {"instrument": "ETH-PERP", "size": "-20.5", "entry_value": "-6100", "funding_index": "0.0005"},
            {"instrument": "ETHBTC", "size": "3", "entry_value": "0.151"}
        ],
        "holder_key": "8f3c1a5d9e27b046c81d72f5a03be96417d04f8ea9526bc3307195fd2e6b8a1c",
        "serial": "42",
        "blinding": BLINDING
    })
}

pub(super) fn read_schedule(value: &Value) -> Result<Schedule, FileError> {
    Schedule::from_json(value.to_string().as_bytes())
}

pub(super) fn read_market(schedule: &Value, snapshot: &Value) -> Result<CompiledMarket, FileError> {
    let schedule = read_schedule(schedule)?;
    compile(&schedule, &SnapshotFile::from_json(snapshot.to_string().as_bytes())?)
}

pub(super) fn read_account(value: &Value) -> Result<(Account, PlainSecrets), FileError> {
    let schedule = read_schedule(&schedule()).unwrap();
    AccountFile::from_json(value.to_string().as_bytes())?.to_account(&schedule)
}

/// The rule's figures for files that belong together.
pub(super) fn figures(schedule: &Value, snapshot: &Value, account: &Value) -> Margin {
    let schedule = read_schedule(schedule).unwrap();
    let mut snapshot = snapshot.clone();
    snapshot["schedule"] = schedule.digest().to_string().into();
    let market =
        compile(&schedule, &SnapshotFile::from_json(snapshot.to_string().as_bytes()).unwrap())
            .unwrap();
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    margin(&account.to_account(&schedule).unwrap().0, market.market()).unwrap()
}

/// Sets the value at a JSON pointer, or removes it for [`REMOVE`]. A last segment `-` appends.
pub(super) fn edit(value: &Value, pointer: &str, new: Value) -> Value {
    let mut value = value.clone();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(map) if new == REMOVE => {
            map.remove(last).unwrap();
        }
        Value::Object(map) => {
            map.insert(last.to_owned(), new);
        }
        Value::Array(list) if last == "-" => list.push(new),
        Value::Array(list) if new == REMOVE => {
            list.remove(last.parse().unwrap());
        }
        Value::Array(list) => list[last.parse::<usize>().unwrap()] = new,
        _ => panic!("{pointer}"),
    }
    value
}

/// Stands for removal in [`edit`].
pub(super) const REMOVE: &str = "<remove>";

/// Asserts code and pointer.
pub(super) fn expect<T>(result: Result<T, FileError>, code: ErrorCode, pointer: &str) -> FileError {
    match result {
        Ok(_) => panic!("no error; {code} at {pointer} was expected"),
        Err(error) => {
            assert_eq!((error.code, error.pointer.as_str()), (code, pointer), "{error}");
            assert!(!error.message.is_empty());
            error
        }
    }
}
