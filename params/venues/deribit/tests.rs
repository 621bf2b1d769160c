//! Answers in the documentation's form, with the rates and the examples of the venue's page; other figures are made up.

use super::*;
use crate::portfolio::figure::{product, sum};
use crate::tests::rounds;
use crate::venue::computed::{Numbers, computed, from_folder, minus, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use num_traits::Signed;
use serde_json::json;

fn answer(result: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "result": result, "usIn": 1_765_541_474_086_000_u64, "usOut": 1_765_541_474_086_100_u64, "usDiff": 100, "testnet": false})
}

fn contract(name: &str, kind: &str, settle: &str) -> Value {
    let perpetual = if name.ends_with("PERPETUAL") { "perpetual" } else { "month" };
    json!({
        "instrument_name": name, "kind": "future", "instrument_type": kind, "settlement_period": perpetual,
        "settlement_currency": settle, "is_active": true, "contract_size": match name {
            "BTC_USDC-PERPETUAL" => 0.001,
            "SOL_USDC-PERPETUAL" => 0.1,
            _ => 10.0,
        },
    })
}

fn instruments() -> Value {
    answer(json!([
        contract("BTC-PERPETUAL", "reversed", "BTC"),
        contract("BTC_USDC-PERPETUAL", "linear", "USDC"),
        contract("BTC_USDC-27DEC24", "linear", "USDC"),
        contract("SOL_USDC-PERPETUAL", "linear", "USDC"),
        contract("XRP_USDC-PERPETUAL", "linear", "USDC"),
    ]))
}

fn ticker(name: &str, mark: f64, index: f64) -> Value {
    answer(json!({
        "instrument_name": name, "mark_price": mark, "index_price": index, "timestamp": 1_765_541_474_086_u64,
    }))
}

fn tickers(btc: (f64, f64), sol: (f64, f64)) -> Value {
    json!([ticker("BTC_USDC-PERPETUAL", btc.0, btc.1), ticker("SOL_USDC-PERPETUAL", sol.0, sol.1)])
}

fn position(name: &str, size: f64, mark: f64, result: f64) -> Value {
    json!({
        "instrument_name": name, "kind": "future", "size": size * mark, "size_currency": size, "mark_price": mark, "floating_profit_loss": result,
        "direction": if size > 0.0 { "buy" } else if size < 0.0 { "sell" } else { "zero" },
        "maintenance_margin": if size == 0.0 { 0.0 } else { 0.5 },
    })
}

/// With a requirement of 0.5 of each position, wherever its price is.
fn account(equity: f64, session: f64, positions: &[Value]) -> Value {
    let held = positions.iter().filter(|position| position["size_currency"] != 0.0).count();
    let summary = |currency: &str, equity: f64, session: f64| {
        let required = if currency == "USDC" { [0.0, 0.5, 1.0][held] } else { 0.0 };
        json!({
            "currency": currency, "equity": equity, "futures_session_upl": session, "margin_model": "segregated_sm",
            "balance": equity - session, "futures_session_rpl": 0.0, "margin_balance": equity,
            "additional_reserve": 0.0, "locked_balance": 0.0,
            "portfolio_margining_enabled": false, "cross_collateral_enabled": false, "options_value": 0.0,
            "options_session_upl": 0.0, "spot_reserve": 0.0, "maintenance_margin": required,
        })
    };
    let summaries = [summary("BTC", 0.5, 0.0), summary("USDC", equity, session)];
    json!({
        "get_account_summaries": answer(json!({"summaries": summaries})),
        "get_positions": answer(json!(positions)),
    })
}

fn schedule() -> Schedule {
    let schedule = schedules_survive::<Deribit>(&instruments(), &Options::default());
    assert!(schedule.remarks().iter().all(|r| r.kind == crate::RemarkKind::NoCap));
    schedule
}

/// 25 BTC at an index of 100,000 need 28,125 USDC, and 6,000 SOL at 200 need 5 % of 1,200,000.
#[test]
fn the_examples_of_the_page() {
    let schedule = schedule();
    // Requirements are of the index and results of the mark.
    let prices = tickers((100_010.5, 100_000.0), (200.25, 200.0));
    let snapshot = snapshots_survive::<Deribit>(&prices, &schedule);
    let positions = [
        position("BTC_USDC-PERPETUAL", 25.0, 100_010.5, 12.5),
        position("SOL_USDC-PERPETUAL", 0.0, 200.25, 0.0),
    ];
    let file = accounts_survive::<Deribit>(&account(50_012.5, 12.5, &positions), &schedule);
    assert_eq!(file.positions.len(), 1);
    let first = computed(&schedule, &snapshot, &file);
    assert_eq!(first.maintenance, number("28125"));
    assert_eq!(first.equity, number("50012.5"));
    assert!(first.healthy);
    // A rate of 1 % and 0.005 % for each of 350: 2.75 % of 35,000,000.
    let large = [position("BTC_USDC-PERPETUAL", 350.0, 100_010.5, 175.0)];
    let file = Deribit::account(&account(962_675.0, 175.0, &large), &schedule).unwrap();
    let large = computed(&schedule, &snapshot, &file);
    assert_eq!(large.maintenance, number("962500"));
    let sol = [position("SOL_USDC-PERPETUAL", -6000.0, 200.25, -30.0)];
    let file = Deribit::account(&account(59_970.0, -30.0, &sol), &schedule).unwrap();
    let second = computed(&schedule, &snapshot, &file);
    assert_eq!(second.maintenance, number("60000"));
    assert_eq!((second.equity, second.healthy), (number("59970"), false));
    let market = crate::compile(&schedule, &snapshot).unwrap();
    assert!(market.market().profile().is_ok_and(|profile| profile.general));
}

/// A table of rates ends where they are too wide, which can be before it begins.
#[test]
fn a_row_that_begins_beyond_the_largest_rate_is_refused() {
    let mut file = schedule().file().clone();
    file.tiers[0].rows[0].amount = crate::DecimalText::new("1000");
    let error = Schedule::new(file).unwrap_err();
    assert_eq!((error.code, &*error.pointer), (crate::ErrorCode::Width, "/tiers/0/rows/0"));
}

#[test]
fn what_cannot_be_taken_is_left_out() {
    let imported = Deribit::schedule(&instruments(), &Options::default()).unwrap();
    let out: Vec<_> = imported.left_out.iter().map(|l| (&*l.symbol, &*l.why)).collect();
    assert_eq!(
        out,
        [
            ("BTC-PERPETUAL", "not linear"),
            ("BTC_USDC-27DEC24", "fixed maturity"),
            ("XRP_USDC-PERPETUAL", "its rates are not on the venue's page"),
        ]
    );
    for (name, value, why) in [
        ("kind", json!("option"), "not a future"),
        ("settlement_currency", json!("USDT"), "settles in another asset"),
        ("is_active", json!(false), "not active"),
    ] {
        let pointer = format!("/result/1/{name}");
        let spoiled = with(&instruments(), &pointer, value);
        let imported = Deribit::schedule(&spoiled, &Options::default()).unwrap();
        assert!(imported.left_out.iter().any(|l| l.why == why), "{why}");
    }
}

/// Requirement and equity by the page's formula, in exact decimal numbers.
#[test]
fn random_accounts_have_the_figures_of_the_formula() {
    let schedule = schedule();
    let mut numbers = Numbers::new(17);
    let mut healthy = 0;
    let json_number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for _ in 0..rounds(200) {
        let index = [numbers.decimal(20_000_000, 2), numbers.decimal(50_000, 2)];
        let mark = [numbers.decimal(20_000_000, 2), numbers.decimal(500_000, 3)];
        let size = [numbers.decimal(400_000, 3), numbers.decimal(60_000, 1)];
        let result = [numbers.decimal(1_000_000_000, 4), numbers.decimal(10_000_000, 4)];
        let long = [numbers.below(2) == 0, numbers.below(2) == 0];
        // No more is made than the price of entry leaves.
        let result = [0, 1].map(|i| match minus(&product(&size[i], &mark[i]), &result[i]) {
            entry if long[i] && !entry.coefficient().is_positive() => number("0.25"),
            _ => result[i].clone(),
        });
        let cash = numbers.decimal(3_000_000_000, 3);
        let names = ["BTC_USDC-PERPETUAL", "SOL_USDC-PERPETUAL"];
        let positions = [0, 1].map(|i| {
            let mut position = position(names[i], if long[i] { 1.0 } else { -1.0 }, 1.0, 1.0);
            let sign = if long[i] { "" } else { "-" };
            position["size_currency"] = json_number(&format!("{sign}{}", size[i]));
            position["mark_price"] = json_number(&mark[i].to_string());
            position["floating_profit_loss"] = json_number(&result[i].to_string());
            position
        });
        let session = sum(&result[0], &result[1]);
        let equity = sum(&cash, &session);
        let mut held = account(1.0, 1.0, &positions);
        let usdc = held.pointer_mut("/get_account_summaries/result/summaries/1").unwrap();
        for name in ["equity", "margin_balance"] {
            usdc[name] = json_number(&equity.to_string());
        }
        usdc["balance"] = json_number(&cash.to_string());
        usdc["futures_session_upl"] = json_number(&session.to_string());
        let mut prices = tickers((1.0, 1.0), (1.0, 1.0));
        for i in [0, 1] {
            prices[i]["result"]["index_price"] = json_number(&index[i].to_string());
            prices[i]["result"]["mark_price"] = json_number(&mark[i].to_string());
        }
        let file = Deribit::account(&held, &schedule).unwrap();
        let computed = computed(&schedule, &Deribit::snapshot(&prices, &schedule).unwrap(), &file);
        let rates = [("0.01", "0.00005"), ("0.02", "0.000005")];
        let required = [0, 1].map(|i| {
            let rate = sum(&number(rates[i].0), &product(&size[i], &number(rates[i].1)));
            product(&product(&size[i], &index[i]), &rate)
        });
        let required = sum(&required[0], &required[1]);
        // At the marks of the answer, equity is the answer's.
        assert_eq!([&computed.equity, &computed.maintenance], [&equity, &required]);
        let all = !minus(&equity, &required).coefficient().is_negative();
        assert_eq!(computed.healthy, all);
        healthy += u32::from(all);
    }
    assert!((20..180).contains(&healthy), "{healthy}");
}

#[test]
fn what_would_change_the_result_is_refused_with_the_place_and_no_figure() {
    let schedule = schedule();
    let held = account(100.0, 0.0, &[position("BTC_USDC-PERPETUAL", -0.001, 100_000.0, 0.0)]);
    let usdc = "/get_account_summaries/result/summaries/1";
    let at = "/get_positions/result/0";
    for (pointer, value, message) in [
        (
            format!("{usdc}/margin_model"),
            json!("cross_pm"),
            "is not \"segregated_sm\": the schedule leaves other margin models out",
        ),
        (
            format!("{usdc}/cross_collateral_enabled"),
            json!(true),
            "is set, which the schedule leaves out",
        ),
        (
            format!("{usdc}/options_value"),
            json!(-0.0086),
            "is not zero: the account holds options, which the schedule leaves out",
        ),
        (
            format!("{at}/kind"),
            json!("option"),
            "is of a portfolio account: an account is linear or portfolio, and a venue that has both keeps two accounts of one holder key",
        ),
        (
            format!("{at}/instrument_name"),
            json!("XRP_USDC-PERPETUAL"),
            "is not an instrument of the schedule",
        ),
        (format!("{at}/direction"), json!("buy"), "does not have the sign of its side"),
        (format!("{at}/mark_price"), json!(0.0), "is not a price above zero"),
        (format!("{at}/mark_price"), json!(-5.0), "is not a price above zero"),
        (
            format!("{at}/floating_profit_loss"),
            json!(-100.0),
            "implies an entry price that is not above zero",
        ),
        (format!("{usdc}/maintenance_margin"), json!(2.5), "is not that of the positions listed"),
        (format!("{at}/direction"), json!("zero"), "is neither \"buy\" nor \"sell\""),
        (
            format!("{at}/size_currency"),
            json!(0.0001),
            "has 4 digits after the point, but only 3 are read",
        ),
        (format!("{at}/mark_price"), json!("100000"), "is not a JSON number"),
        (format!("{at}/size"), json!(null), "is missing"),
        (format!("{at}/size_currency"), json!(null), "is missing"),
        (format!("{at}/size_currency"), json!(0.0), "is zero, and size is not"),
        (format!("{at}/size"), json!(100.0), "does not have the sign of its side"),
        (format!("{usdc}/options_value"), json!(null), "is missing"),
        (format!("{usdc}/spot_reserve"), json!(null), "is missing"),
        (format!("{usdc}/cross_collateral_enabled"), json!(null), "is missing"),
        (
            format!("{usdc}/equity"),
            json!(100.5),
            "is not the balance, the results of the session and the value of options",
        ),
        (
            format!("{usdc}/additional_reserve"),
            json!(0.5),
            "is not zero: a part of the equity that is reserved for something else",
        ),
        (
            format!("{usdc}/margin_balance"),
            json!(99.5),
            "is not the equity: less of it counts against margin, or more",
        ),
        (format!("{usdc}/futures_session_upl"), json!(0.5), "is not that of the positions listed"),
    ] {
        let told = told(Deribit::account(&with(&held, &pointer, value), &schedule));
        let is_of_side = message.contains("its side") && pointer.ends_with("direction");
        let place = if is_of_side { format!("{at}/size_currency") } else { pointer };
        assert_eq!(told, format!("{place}: {message}"));
    }
    let mut hidden = with(&held, "/get_positions/result", json!([]));
    hidden["get_account_summaries"]["result"]["summaries"][1]["maintenance_margin"] = json!(0.5);
    let message = format!("{usdc}/maintenance_margin: is not zero, but no position is listed");
    assert_eq!(told(Deribit::account(&hidden, &schedule)), message);
    let refused = json!({"jsonrpc": "2.0", "error": {"code": 13009, "message": "unauthorized"}});
    let spoiled = with(&held, "/get_positions", refused);
    let message = "/get_positions/error: is what the venue answered";
    assert_eq!(told(Deribit::account(&spoiled, &schedule)), message);
}

#[test]
fn a_folder_of_answers_is_read() {
    let (schedule, mut prices) = (schedule(), tickers((100_010.5, 100_000.0), (200.25, 200.0)));
    // A figure that the venue computes, and nobody reads.
    prices[0]["result"]["interest_value"] = json!(0.002_821_340_012_247_297_7);
    let held = account(100.0, 0.0, &[position("BTC_USDC-PERPETUAL", -0.001, 100_000.0, 0.0)]);
    let expected = (
        &Deribit::snapshot(&prices, &schedule).unwrap(),
        &Deribit::account(&held, &schedule).unwrap(),
    );
    let made = from_folder(
        "deribit",
        Choice::default(),
        &[
            ("get_instruments", &instruments()),
            ("ticker", &prices),
            ("get_account_summaries", &held["get_account_summaries"]),
            ("get_positions", &held["get_positions"]),
        ],
        expected,
    );
    assert_eq!(made.schedule.digest(), schedule.digest());
}

/// A position that was held over a settlement counts from its price, one that was opened since from its average.
#[test]
fn figures_of_the_venue_are_read() {
    let with_prices = |mut position: Value, average: f64, settled: f64| {
        position["average_price"] = json!(average);
        position["settlement_price"] = json!(settled);
        position["maintenance_margin"] = json!(1.5);
        position["estimated_liquidation_price"] = json!(0);
        position
    };
    // 2 * (100010.5 - 100000.25) and -10 * (200.25 - 199).
    let positions = [
        with_prices(position("BTC_USDC-PERPETUAL", 2.0, 100_010.5, 20.5), 90_000.0, 100_000.25),
        with_prices(position("SOL_USDC-PERPETUAL", -10.0, 200.25, -12.5), 199.0, 150.0),
        position("BTC-PERPETUAL", 0.0, 100_010.5, 0.0),
    ];
    let mut answers = account(508.25, 8.0, &positions);
    let summary = &mut answers["get_account_summaries"]["result"]["summaries"][1];
    summary["balance"] = json!(500.0);
    summary["session_rpl"] = json!(0.25);
    let other = &mut answers["get_account_summaries"]["result"]["summaries"][0];
    other["balance"] = json!(0.5);
    crate::venue::hostile::survives(&answers, |source| Deribit::figures(source).map(drop));
    let stated = Deribit::figures(&answers).unwrap();
    let entries: Vec<_> =
        stated.positions.iter().map(|p| p.entry_price.as_ref().map(|e| e.price.clone())).collect();
    assert_eq!(entries, [Some(number("100000.25")), Some(number("199"))]);
    assert_eq!(stated.positions[1].settle.as_deref(), Some("USDC"));
    // 0.123 * (3000.1234 - 3010.55) is shown with six digits; what was traded since the settlement has its own price.
    for (size, mark, result, average, settled, entry) in [
        (0.123, 3000.1234, -1.282_472, 2900.0, 3010.55, Some("3010.55")),
        (2.0, 100_000.0, -490.0, 97_750.0, 99_990.0, None),
    ] {
        let held = position("SOL_USDC-PERPETUAL", size, mark, result);
        let answers = account(500.0, result, &[with_prices(held, average, settled)]);
        let stated = Deribit::figures(&answers).unwrap();
        let found = stated.positions[0].entry_price.as_ref().map(|entry| entry.price.to_string());
        assert_eq!(found.as_deref(), entry);
    }
    // What was realized since the last settlement is in the equity and not in the balance.
    assert_eq!(stated.balances[1].amount, number("500.25"));
    assert!(stated.separate_books);
    let price = stated.figures.iter().find(|f| f.kind == FigureKind::LiquidationPrice);
    assert_eq!(price.unwrap().value, None);
    assert_eq!(
        told(Deribit::figures(&json!({}))),
        "the file has neither get_account_summaries nor get_positions"
    );
    let quotes = json!([answer(json!({
        "instrument_name": "BTC_USDC-PERPETUAL", "best_bid_price": 99.5, "best_ask_price": 100.5,
    }))]);
    let quoted = Deribit::quotes(&quotes).unwrap();
    assert_eq!(quoted["BTC_USDC-PERPETUAL"], [number("99.5"), number("100.5")]);
}
