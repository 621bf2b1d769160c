//! Samples of the venues whose assets are margin of what settles in them.

use crate::named;
use crate::sample_markets::{bitmex, bybit, deribit, okx};
use crate::samples::{OF_ANSWER, Sample, json_of, sample};
use crate::support::market;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use zkmargin_params::CompiledMarket;
use zkmargin_params::venues::{Bitmex, Bybit, Deribit, Okx};

const NONE: &str = "none";

fn file(folder: &Path, name: &str) -> Value {
    json_of(folder, &format!("nautilus_fixtures/{name}.json"))
}

/// A list of positions or wallets as an answer has it. Messages of streams call the average price `entryPrice`.
fn bybit_answer(list: &Value) -> Value {
    let mut list = list.clone();
    for entry in list.as_array_mut().unwrap() {
        let entry = entry.as_object_mut().unwrap();
        if let Some(price) = entry.remove("entryPrice") {
            entry.insert("avgPrice".to_owned(), price);
        }
    }
    json!({"retCode": 0, "result": {"list": list}})
}

fn of_bybit(folder: &Path, ccxt: &Value) -> Vec<Sample> {
    let rules = bybit();
    let at = |marks: &[(&str, &str)]| market(&rules, marks);
    let of = |name, answer: Value, market: Arc<CompiledMarket>, marks| {
        sample::<Bybit>(name, "Bybit", &answer, market, marks)
    };
    let positions = |list: &Value| json!({"position-list": bybit_answer(list)});
    let wallet = |list: &Value| json!({"wallet-balance": bybit_answer(list)});
    let of_file = |name: &str| file(folder, name);
    let eth = || at(&[("ETHUSDT", "3641.33")]);
    let mut all = vec![
        of(
            "nautilus_fixtures/bybit/http_get_positions.json",
            positions(&of_file("bybit/http_get_positions")["result"]["list"]),
            at(&[("BTCUSDT", "50500"), ("ETHUSDT", "2950")]),
            OF_ANSWER,
        )
        .named(named::BYBIT_POSITIONS),
        of(
            "nautilus_fixtures/bybit/http_get_positions_with_open_time.json",
            positions(&of_file("bybit/http_get_positions_with_open_time")["result"]["list"]),
            at(&[("LTCUSDT", "70")]),
            OF_ANSWER,
        )
        .named(named::BYBIT_NOTHING),
        of(
            "nautilus_fixtures/bybit/ws_account_position.json",
            positions(&of_file("bybit/ws_account_position")["data"]),
            eth(),
            OF_ANSWER,
        )
        .named(named::BYBIT_FEE),
        of(
            "nautilus_fixtures/bybit/ws_account_position_short.json",
            positions(&of_file("bybit/ws_account_position_short")["data"]),
            eth(),
            OF_ANSWER,
        )
        .named(named::BYBIT_FEE),
        of(
            "nautilus_fixtures/bybit/ws_account_position_with_open_time.json",
            positions(&json!([of_file("bybit/ws_account_position_with_open_time")])),
            at(&[("BTCUSDT", "50100")]),
            OF_ANSWER,
        )
        .named(named::BYBIT_TENTH),
        of(
            "ccxt/unified_samples.json, bybit 2 (ETHUSDT isolated)",
            positions(&json!([ccxt["bybit"][1]["raw"]])),
            at(&[("ETHUSDT", "1199.28")]),
            "1199.28, which the profit implies",
        )
        .named(named::BYBIT_OLD),
    ];
    for (name, list, named) in [
        ("nautilus_fixtures/bybit/http_get_wallet_balance.json", "/result/list", &[][..]),
        ("nautilus_fixtures/bybit/http_get_wallet_balance_spot_short.json", "/result/list", &[]),
        (
            "nautilus_fixtures/bybit/http_get_wallet_balance_with_spot_borrow.json",
            "/result/list",
            named::BYBIT_BORROWED,
        ),
        ("nautilus_fixtures/bybit/ws_account_wallet.json", "/data", named::BYBIT_WALLET),
        ("nautilus_fixtures/bybit/ws_account_wallet_small_order.json", "/data", &[]),
        (
            "nautilus_fixtures/bybit/ws_account_wallet_locked_exceeds_total.json",
            "/data",
            named::BYBIT_LOCKED,
        ),
    ] {
        let list = json_of(folder, name).pointer(list).unwrap().clone();
        all.push(of(name, wallet(&list), at(&[]), NONE).named(named));
    }
    all
}

fn of_okx(folder: &Path, ccxt: &Value) -> Vec<Sample> {
    let rules = okx();
    let of = |name, answer: Value, marks: &[(&str, &str)], from| {
        sample::<Okx>(name, "OKX", &answer, market(&rules, marks), from)
    };
    let answer = |data: &Value| json!({"code": "0", "data": data});
    let balance = |data: &Value| json!({"balance": answer(data)});
    let file = |name: &str| file(folder, name);
    vec![
        of(
            "ccxt/unified_samples.json, okx 1 (BTC-USDT-SWAP long)",
            json!({"positions": answer(&json!([ccxt["okx"][0]["raw"]]))}),
            &[("BTC-USDT-SWAP", "34132.18608358957281")],
            "34132.18608358957281, which the profit implies",
        ),
        of(
            "nautilus_fixtures/okx/http_get_positions.json",
            json!({"positions": file("okx/http_get_positions")}),
            &[("BTC-USDT-SWAP", "10000")],
            OF_ANSWER,
        ),
        of(
            "nautilus_fixtures/okx/http_get_account_balance.json",
            json!({"balance": file("okx/http_get_account_balance")}),
            &[],
            NONE,
        )
        .named(named::OKX),
        of(
            "nautilus_fixtures/okx/ws_account.json",
            balance(&file("okx/ws_account")["data"]),
            &[],
            NONE,
        ),
        of(
            "nautilus_fixtures/okx/http_balance_detail_old_fields.json",
            balance(&json!([{"details": [file("okx/http_balance_detail_old_fields")]}])),
            &[],
            NONE,
        ),
        of(
            "nautilus_fixtures/okx/http_balance_detail_new_fields.json",
            balance(&json!([{"details": [file("okx/http_balance_detail_new_fields")]}])),
            &[],
            NONE,
        ),
    ]
}

fn of_deribit(folder: &Path) -> Vec<Sample> {
    let rules = deribit();
    let of = |name, answer: Value| {
        sample::<Deribit>(name, "Deribit", &answer, market(&rules, &[]), NONE)
    };
    let summaries = |name: &str| json!({"get_account_summaries": file(folder, name)});
    let mut portfolio = file(folder, "deribit/ws_portfolio");
    let summary = portfolio["params"]["data"].take();
    vec![
        of(
            "nautilus_fixtures/deribit/http_get_account_summaries.json",
            summaries("deribit/http_get_account_summaries"),
        ),
        of(
            "nautilus_fixtures/deribit/http_get_account_summaries_cross_margin.json",
            summaries("deribit/http_get_account_summaries_cross_margin"),
        ),
        of(
            "nautilus_fixtures/deribit/ws_portfolio.json",
            json!({"get_account_summaries": {"result": {"summaries": [summary]}}}),
        ),
    ]
}

fn of_bitmex(folder: &Path) -> Vec<Sample> {
    let rules = bitmex();
    let of = |name, answer: Value, mark| {
        sample::<Bitmex>(name, "BitMEX", &answer, market(&rules, &[("XBTUSD", mark)]), OF_ANSWER)
    };
    let file = |name: &str| file(folder, name);
    vec![
        of(
            "nautilus_fixtures/bitmex/ws_margin.json with ws_position.json",
            json!({"margin": file("bitmex/ws_margin"), "position": [file("bitmex/ws_position")]}),
            "98500",
        )
        .named(named::BITMEX),
        of(
            "nautilus_fixtures/bitmex/http_get_positions.json",
            json!({"position": file("bitmex/http_get_positions")}),
            "98000",
        )
        .named(named::BITMEX_POSITIONS),
    ]
}

pub fn all(folder: &Path, ccxt: &Value) -> Vec<Sample> {
    let mut all = of_bybit(folder, ccxt);
    all.extend(of_okx(folder, ccxt));
    all.extend(of_deribit(folder));
    all.extend(of_bitmex(folder));
    all
}
