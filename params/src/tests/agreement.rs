//! A size, or a price at entry, that alone is another one contradicts the other figures of its position.

use super::folders::{edit, example, import, refused};
use crate::venue::{FolderErrorCode, Reading};
use serde_json::{Value, json};

fn reading() -> Reading<'static> {
    Reading { accept_rule: true, ..Reading::default() }
}

/// Sets the member at a pointer, whether it is there or not.
fn set(answer: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    answer.pointer_mut(parent).unwrap()[name] = value;
}

/// What is said of the venue's example with these values.
fn told(venue: &str, file: &str, changes: &[(&str, Value)]) -> String {
    let (code, said) = refused(venue, &reading(), |files| {
        edit(files, file, |answer| {
            for (pointer, value) in changes {
                set(answer, pointer, value.clone());
            }
        });
    });
    assert_eq!(code, FolderErrorCode::ImportSource, "{venue}: {said}");
    said
}

#[test]
fn a_size_or_an_entry_price_that_contradicts_its_position_is_refused() {
    let size_at_mark = "is not the size at the mark price";
    let size = "does not agree with the size at the mark price or at the entry price";
    let profit = "is not the profit that size, entry price and mark price come to";
    let since_average = "is not the profit that size, average price and mark price come to";
    for (venue, file, pointer, value, place, message) in [
        ("okx", "positions.json", "/data/0/pos", json!("0.1"), "/data/0/notionalUsd", size),
        ("okx", "positions.json", "/data/0/pos", json!("1.1"), "/data/0/notionalUsd", size),
        ("okx", "positions.json", "/data/0/pos", json!("1.01"), "/data/0/imr", size),
        ("okx", "positions.json", "/data/0/imr", json!("6.81"), "/data/0/imr", size),
        ("okx", "positions.json", "/data/0/avgPx", json!("3413.1"), "/data/0/upl", profit),
        ("okx", "positions.json", "/data/0/avgPx", json!("34080"), "/data/0/upl", profit),
        ("gate", "positions.json", "/0/size", json!(-944), "/0/value", size_at_mark),
        ("gate", "positions.json", "/0/size", json!(-9500), "/0/value", size_at_mark),
        ("gate", "positions.json", "/0/value", json!("3560"), "/0/value", size_at_mark),
        ("gate", "positions.json", "/0/entry_price", json!("377.955"), "/0/unrealised_pnl", profit),
        (
            "bybit",
            "position-list.json",
            "/result/list/0/size",
            json!("0.1"),
            "/result/list/0/positionValue",
            size,
        ),
        (
            "bybit",
            "position-list.json",
            "/result/list/0/avgPrice",
            json!("364.2075"),
            "/result/list/0/unrealisedPnl",
            profit,
        ),
        // A value of 200,000 at a mark of 100,000.
        (
            "deribit",
            "get_positions.json",
            "/result/0/size_currency",
            json!(0.2),
            "/result/0/size",
            size,
        ),
        (
            "deribit",
            "get_positions.json",
            "/result/0/size",
            json!(20_000.0),
            "/result/0/size",
            size,
        ),
        (
            "deribit",
            "get_positions.json",
            "/result/0/average_price",
            json!(9500.0),
            "/result/0/total_profit_loss",
            since_average,
        ),
        ("bitmex", "position.json", "/0/currentQty", json!(100), "/0/markValue", size_at_mark),
        (
            "bitmex",
            "position.json",
            "/0/unrealisedCost",
            json!(-1_020_407),
            "/0/unrealisedPnl",
            "is not markValue less unrealisedCost",
        ),
        (
            "binance-coinm",
            "account.json",
            "/positions/0/entryPrice",
            json!("41200"),
            "/positions/0/unrealizedProfit",
            profit,
        ),
        (
            "binance-coinm",
            "account.json",
            "/positions/0/isolated",
            json!(true),
            "/assets/0/crossUnPnl",
            "is not the profit of the positions of the cross book",
        ),
        (
            "hyperliquid",
            "clearinghouseState.json",
            "/assetPositions/1/position/entryPx",
            json!("1700.0"),
            "/assetPositions/1/position/unrealizedPnl",
            profit,
        ),
        (
            "lighter",
            "account.json",
            "/accounts/0/positions/1/avg_entry_price",
            json!("0.755"),
            "/accounts/0/positions/1/unrealized_pnl",
            profit,
        ),
    ] {
        let said = told(venue, file, &[(pointer, value.clone())]);
        assert_eq!(said, format!("{file} {place}: {message}"), "{venue} {pointer} {value}");
    }
}

/// Figures of marks that are a moment apart, of a stablecoin that is not a dollar, and margin that the tier asks for.
#[test]
fn honest_figures_agree() {
    for (venue, file, changes) in [
        // The mark has moved by 0.08 % since.
        ("gate", "positions.json", vec![("/0/mark_price", json!("3783.2"))]),
        ("okx", "positions.json", vec![("/data/0/notionalUsd", json!("347.9"))]),
        // A tether of 88 cents.
        (
            "okx",
            "positions.json",
            vec![("/data/0/notionalUsd", json!("300.36")), ("/data/0/usdPx", json!("0.88"))],
        ),
        ("okx", "positions.json", vec![("/data/0/imr", json!("13.7"))]),
        // At the mark, not at entry.
        ("bybit", "position-list.json", vec![("/result/list/0/positionValue", json!("36.4233"))]),
        // At the index, and with the size in both members.
        ("deribit", "get_positions.json", vec![("/result/0/size", json!(201_900.0))]),
        ("deribit", "get_positions.json", vec![("/result/0/size", json!(2.0))]),
    ] {
        let mut files = example(venue);
        edit(&mut files, file, |answer| {
            for (pointer, value) in &changes {
                set(answer, pointer, value.clone());
            }
        });
        let read = import(venue, &files, &reading()).map(drop);
        assert!(read.is_ok(), "{venue} {changes:?}: {read:?}");
    }
}

/// Binance's answers about an account and about positions are of two times, and so are their marks.
#[test]
fn marks_of_two_answers_may_be_apart() {
    // 0.05 bitcoins at 67984.2, entered where the answer says, at another mark.
    let at = |factor: f64| {
        let mut files = example("binance");
        edit(&mut files, "positionRisk.json", |risk| {
            let bitcoin =
                risk.as_array_mut().unwrap().iter_mut().find(|p| p["symbol"] == "BTCUSDT");
            let bitcoin = bitcoin.unwrap();
            let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
            let mark = number(&bitcoin["markPrice"]) * factor;
            let size = number(&bitcoin["positionAmt"]);
            let profit = size * (mark - number(&bitcoin["entryPrice"]));
            bitcoin["markPrice"] = json!(format!("{mark:.8}"));
            bitcoin["notional"] = json!(format!("{:.8}", size * mark));
            bitcoin["unRealizedProfit"] = json!(format!("{profit:.8}"));
        });
        import("binance", &files, &reading()).map(drop).map_err(|e| e.code)
    };
    for factor in [0.991, 0.998, 1.0011, 1.009] {
        assert_eq!(at(factor), Ok(()), "{factor}");
    }
    for factor in [0.98, 1.02] {
        assert_eq!(at(factor), Err(FolderErrorCode::TimesApart), "{factor}");
    }
    // What the answer about the account has is compared with the prices, too, and with itself.
    let account = |pointer: &str, value: &str| {
        let said = refused("binance", &reading(), |files| {
            edit(files, "account.json", |answer| {
                *answer.pointer_mut(pointer).unwrap() = json!(value)
            });
        });
        said.0
    };
    assert_eq!(account("/positions/1/notional", "3300"), FolderErrorCode::TimesApart);
    assert_eq!(account("/positions/1/notional", "3420"), FolderErrorCode::ImportSource);
}

/// What confirms a size has to be there: without it, only totals would tell.
#[test]
fn what_confirms_a_size_is_not_left_out() {
    for (venue, file, pointer, message) in [
        ("okx", "positions.json", "/data/0/notionalUsd", "is missing"),
        ("okx", "positions.json", "/data/0/markPx", "is missing"),
        ("bitmex", "position.json", "/0/markPrice", "is missing"),
        ("bitmex", "position.json", "/0/markValue", "is missing"),
        ("binance-coinm", "account.json", "/positions/0/leverage", "is missing"),
        ("binance-coinm", "account.json", "/positions/0/positionInitialMargin", "is missing"),
        ("gate", "positions.json", "/0/value", "is missing"),
        ("gate", "positions.json", "/0/mark_price", "is missing"),
        ("bybit", "position-list.json", "/result/list/0/positionValue", "is missing"),
        ("bybit", "position-list.json", "/result/list/0/markPrice", "is missing"),
        ("deribit", "get_positions.json", "/result/0/size_currency", "is missing"),
    ] {
        let said = told(venue, file, &[(pointer, json!(null))]);
        assert_eq!(said, format!("{file} {pointer}: {message}"), "{venue}");
    }
}

/// A size that is ten times as large contradicts something, whatever one other member of its entry is absent.
#[test]
fn no_absent_member_lets_another_size_pass() {
    let mut passed = Vec::new();
    for (venue, file, list, size) in [
        ("okx", "positions.json", "/data", "pos"),
        ("gate", "positions.json", "", "size"),
        ("bybit", "position-list.json", "/result/list", "size"),
        ("deribit", "get_positions.json", "/result", "size_currency"),
        ("bitmex", "position.json", "", "currentQty"),
        ("hyperliquid", "clearinghouseState.json", "/assetPositions", "position/szi"),
        ("lighter", "account.json", "/accounts/0/positions", "position"),
        ("binance", "account.json", "/positions", "positionAmt"),
        ("binance-coinm", "account.json", "/positions", "positionAmt"),
        ("kraken", "openpositions.json", "/openPositions", "size"),
    ] {
        let honest = example(venue);
        let file_of = honest.iter().find(|of| of.name == file);
        let file_of = file_of.unwrap_or_else(|| panic!("{venue} {file}"));
        let answer: Value = serde_json::from_slice(&file_of.bytes).unwrap();
        let entries = answer.pointer(list).unwrap().as_array().unwrap();
        for at in 0..entries.len() {
            let size = format!("{list}/{at}/{size}");
            let entry = size.rsplit_once('/').unwrap().0;
            let Some(larger) = ten_times(answer.pointer(&size).unwrap()) else { continue };
            let members: Vec<_> =
                answer.pointer(entry).unwrap().as_object().unwrap().keys().cloned().collect();
            for member in members {
                let absent = format!("{entry}/{member}");
                if absent == size {
                    continue;
                }
                let mut files = example(venue);
                edit(&mut files, file, |answer| {
                    set(answer, &size, larger.clone());
                    set(answer, &absent, Value::Null);
                });
                if import(venue, &files, &reading()).is_ok() {
                    passed.push(format!("{venue} {size} without {absent}"));
                }
            }
        }
    }
    assert_eq!(passed, Vec::<String>::new());
}

/// A size of ten times the amount, written as the venue does; `None` for zero.
fn ten_times(size: &Value) -> Option<Value> {
    let text = size.as_str().map_or_else(|| size.to_string(), str::to_owned);
    let size_of = zkmargin_model::decimal::Decimal::parse(&text).unwrap();
    let larger = size_of.coefficient() * 10_i32;
    if larger == num_bigint::BigInt::ZERO {
        return None;
    }
    let larger =
        zkmargin_model::decimal::Decimal::from_scaled(&larger, size_of.scale()).to_string();
    Some(if size.is_string() { json!(larger) } else { serde_json::from_str(&larger).unwrap() })
}
