//! Liquidation prices that others published.
//!
//! The vectors of freqtrade (Binance, Gate, OKX, Bybit) are read from the folder of vectors and are not there everywhere;
//! the recorded account of Hyperliquid is an example of this repository.

use num_bigint::BigInt;
use num_traits::Signed;
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::rule::Account;
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_risk::{Boundary, liquidation, quoting_assets};
use zkmargin_tests::vectors_folder;

fn found(market: &CompiledMarket, account: &Account) -> Vec<[Boundary; 2]> {
    let fixed = quoting_assets(market);
    let found = liquidation(market, account, &Claim::margin(), &fixed).unwrap();
    found.positions.into_iter().map(|p| [p.falling, p.rising]).collect()
}

fn mark_of(boundary: &Boundary) -> BigInt {
    match boundary {
        Boundary::At(mark) => mark.clone(),
        other => panic!("{other:?}"),
    }
}

/// Digits of prices in these markets: as many as are published.
const PRICE: u32 = 15;
const MONEY: u32 = 18;

/// A decimal, or a quotient of two cut to this many digits.
fn units(text: &str, decimals: u32) -> BigInt {
    let of = |text: &str| {
        let decimal = Decimal::parse(text).unwrap();
        decimal.coefficient() * power_of_ten(decimals - decimal.scale())
    };
    match text.split_once('/') {
        Some((a, b)) => of(a) / Decimal::parse(b).unwrap().coefficient(),
        None => of(text),
    }
}

fn written(units: &BigInt, decimals: u32) -> String {
    zkmargin_model::decimal::format_scaled(units, decimals)
}

/// The case as files: one rate for each position, from where its deduction leaves something required.
fn files(case: &Value, wallet_digits: u32) -> Option<(CompiledMarket, Account)> {
    let venue = case["venue"].as_str().unwrap().split_whitespace().next().unwrap();
    let positions = case["positions"].as_array().unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let (mut tiers, mut instruments, mut marks, mut held) = (vec![], vec![], vec![], vec![]);
    for (at, p) in positions.iter().enumerate() {
        let name = format!("P{at}");
        let mut rate = units(p["mmr"].as_str()?, 6);
        if venue == "gate" || venue == "okx" {
            rate += units(p["taker_fee"].as_str()?, 6);
        }
        let cum = units(p["cum"].as_str()?, MONEY + 6);
        let from = num_integer::Integer::div_ceil(&cum, &rate);
        let (size, entry) = (units(p["size"].as_str()?, 3), units(p["entry_price"].as_str()?, 2));
        let is_bybit = venue == "bybit";
        let mut rows = vec![];
        if cum.is_positive() {
            let zero = json!("0");
            rows.push(json!({ "from": "0", "below": written(&from, MONEY), "rate": zero, "amount": zero }));
        }
        // At Bybit the requirement is of the entry notional, whatever the mark; a size has one entry here.
        let (rate, amount) = if is_bybit {
            (BigInt::ZERO, rate * (&size * &entry).abs() * power_of_ten(MONEY - 5))
        } else {
            (rate, -cum)
        };
        rows.push(json!({
            "from": if rows.is_empty() { "0".to_owned() } else { written(&from, MONEY) },
            "below": null,
            "rate": written(&rate, 6),
            "amount": written(&amount, MONEY + 6),
        }));
        tiers.push(json!({ "name": name, "variable": "value", "rows": rows }));
        instruments.push(json!({
            "id": at + 1, "symbol": name, "kind": "linear", "settle": "USDT", "size_decimals": 3,
            "price_decimals": PRICE, "multiplier": "1", "tiers": name,
        }));
        let mark =
            if p["mark_price"].is_string() { text(&p["mark_price"]) } else { written(&entry, 2) };
        marks.push(json!({ "instrument": name, "mark": mark }));
        held.push(json!({
            "instrument": name, "size": written(&size, 3),
            "entry_value": written(&(size * entry), 5),
        }));
    }
    let is_isolated = case["margin_mode"] == "isolated";
    let wallet = units(case["collateral"][0]["amount"].as_str()?, wallet_digits);
    let wallet = written(&wallet, wallet_digits);
    if is_isolated {
        held.truncate(1);
        held[0]["isolated_margin"] = json!(wallet);
    }
    let schedule = json!({
        "format": "zkmargin-schedule/1", "venue": venue, "name": "case", "source": "a case",
        "requirement": "maintenance", "valuation": { "currency": "USDT", "decimals": MONEY },
        "rate_decimals": 6, "equality_is_healthy": false, "isolated_books": true,
        "menu": { "levels": [{ "name": "maintenance", "level_bps": 10000 }], "floors": ["0"] },
        "assets": [{
            "id": 1, "symbol": "USDT", "decimals": MONEY, "settles": true,
            "collateral": { "variable": "value", "rows": [
                { "from": null, "below": null, "rate": "1", "amount": "0" }
            ] },
        }],
        "tiers": tiers, "instruments": instruments,
    });
    let schedule = Schedule::from_json(&serde_json::to_vec(&schedule).unwrap()).unwrap();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2024-07-27T06:44:38Z", "sequence": 1,
        "assets": [{ "asset": "USDT", "index": "1" }], "instruments": marks,
    });
    let snapshot = SnapshotFile::from_json(&serde_json::to_vec(&snapshot).unwrap()).unwrap();
    let account = json!({
        "format": "zkmargin-account/1", "venue": venue,
        "balances": [{ "asset": "USDT", "balance": if is_isolated { "0" } else { &wallet } }],
        "positions": held,
    });
    let account = AccountFile::from_json(&serde_json::to_vec(&account).unwrap()).unwrap();
    Some((compile(&schedule, &snapshot).unwrap(), account.holdings(&schedule).unwrap()))
}

/// What is published at the first position, as units of 10^-PRICE, and what half of its last digit is.
fn published(case: &Value) -> (BigInt, BigInt) {
    let text = case["expected"]["liquidation_price"].as_str().unwrap();
    let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let half = power_of_ten(PRICE - u32::try_from(digits).unwrap()) / 2;
    (units(text, PRICE), half)
}

#[test]
fn prices_of_freqtrade_are_ours_to_the_last_digit() {
    let path = vectors_folder().map(|folder| folder.join("binance_freqtrade.json"));
    let Some(path) = path.filter(|path| path.exists()) else {
        println!("no vectors");
        return;
    };
    let root: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let (mut equal, mut cut_wallet, mut binary) = (0, 0, 0);
    for case in root["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let off = |wallet_digits| {
            let (market, account) = files(case, wallet_digits).unwrap();
            let falls = case["positions"][0]["size"].as_str().unwrap().starts_with('-');
            let ours = mark_of(&found(&market, &account)[0][usize::from(falls)]);
            (ours - published(case).0).abs()
        };
        let (_, half) = published(case);
        // The tick itself can be one beyond the exact price.
        if off(MONEY) <= &half + 1 {
            equal += 1;
        } else if off(10) <= &half + 1 {
            // A wallet of 10/3 is 3.3333333333 in freqtrade's own case.
            cut_wallet += 1;
        } else {
            // Computed in binary floating point, whose sixteenth digit is not exact: a few units of the last.
            assert!(off(MONEY).min(off(10)) <= half + 20, "{name}: {} {}", off(MONEY), off(10));
            binary += 1;
        }
    }
    assert_eq!([equal, cut_wallet, binary], [13, 1, 2]);
}

fn example(kind: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../params/venues/hyperliquid/examples");
    std::fs::read(format!("{folder}/cross.{kind}.json")).unwrap()
}

/// Prices recorded with the example account. Those of long positions were not positive, which is shown as none.
const RECORDED: [(&str, Option<&str>); 12] = [
    ("BTC", Some("173198.69592357")),
    ("ETH", None),
    ("ATOM", Some("2561.83187333")),
    ("MATIC", None),
    ("DYDX", Some("11.841653")),
    ("SOL", None),
    ("AVAX", None),
    ("BNB", None),
    ("APE", Some("12.57589638")),
    ("OP", Some("17.0707113")),
    ("LTC", None),
    ("ARB", None),
];

#[test]
fn prices_of_hyperliquid_differ_by_the_requirement_of_the_move() {
    let schedule = Schedule::from_json(&example("schedule")).unwrap();
    let snapshot = SnapshotFile::from_json(&example("snapshot")).unwrap();
    let market = compile(&schedule, &snapshot).unwrap();
    let account = AccountFile::from_json(&example("account")).unwrap().holdings(&schedule).unwrap();
    let fixed = quoting_assets(&market);
    let all = liquidation(&market, &account, &Claim::margin(), &fixed).unwrap();
    let excess = &all.books[0].figures.equity - &all.books[0].figures.maintenance;
    let mut compared = 0;
    for (p, prices) in account.positions().iter().zip(&all.positions) {
        let i = market.schedule().instruments().iter().find(|i| i.id == p.instrument).unwrap();
        let (_, recorded) = RECORDED.iter().find(|(coin, _)| *coin == i.symbol).unwrap();
        let Some(recorded) = recorded else {
            // A long position whose price can fall to its last tick. Equity does not reach zero on the way.
            assert_eq!(prices.falling, Boundary::Never, "{}", i.symbol);
            continue;
        };
        compared += 1;
        // The recording keeps the requirement at the mark: mark + excess / size, to eight digits.
        let decimals = 8;
        let mark = i.price_unit.figure(&prices.mark).to_scaled(decimals).unwrap();
        let size = BigInt::from(p.size.clone());
        // Excess is in 10^-6 of the currency, hundredths of which requirements are counted in.
        let unit = market.schedule().margin_decimals();
        let moved: BigInt = &excess * power_of_ten(decimals + i.size_decimals);
        let twice = moved * 2 / (&size * power_of_ten(unit));
        let theirs = &mark + (twice + 1) / 2;
        let published = units(recorded, decimals);
        assert_eq!(theirs, published, "{}", i.symbol);
        // The rule's own price raises the requirement with the mark, by a hundredth of the move: it is the first tick at or
        // beyond mark + excess / (size * 1.01), of which flooring the requirement can add less than 10^-6 / size.
        let ours = i.price_unit.figure(&mark_of(&prices.rising)).to_scaled(decimals).unwrap();
        let slower: BigInt = (&ours - &mark) * 101 - (&published - &mark) * 100;
        let tick = power_of_ten(decimals - i.price_unit.decimals);
        let floor = power_of_ten(decimals + i.size_decimals) / (&size * 1_000_000) + 2;
        assert!(!slower.is_negative() && slower <= (tick + floor) * 101, "{} {slower}", i.symbol);
    }
    assert_eq!(compared, 5);
}
