//! Units compose: figures of the rule come out as by hand.

use super::{account, edit, expect, figures, read_market, read_schedule, schedule, snapshot};
use crate::{AccountFile, ErrorCode};
use num_bigint::BigInt;
use serde_json::json;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::{Profile, Rounded};

/// A margin figure of the fixture, with 16 digits after the point.
fn usd(value: &BigInt) -> String {
    Decimal::from_scaled(value, 16).to_string()
}

#[test]
fn by_hand() {
    let margin = figures(&schedule(), &snapshot(), &account());
    // 1.5 and -0.25 BTC at 60010.50: 90015.75 - 90000 and -15002.625 + 15000.125.
    // -20.5 contracts of 0.1 ETH: value -20.5 * (300.125 + 0.0015), entry -6100 + 20.5 * 0.0005.
    // 3 at 0.05 BTC: 0.15 - 0.151.
    let value = |at: usize| Decimal::from_scaled(&margin.positions[at].pnl, 8).to_string();
    assert_eq!(
        [value(0), value(1), value(2), value(3)],
        ["15.75", "-2.5", "-52.60350000", "-0.001"].map(|t| Decimal::parse(t).unwrap().to_string())
    );
    // USDT 12345.67 + 15.75 - 2.5 - 52.6035 at 0.9995, BTC -0.501 at 60000 and 1.05,
    // ETH (0.8 * 12.5 + 1) at 3000.25.
    let collateral: Vec<_> = margin.assets.iter().map(|a| usd(&a.collateral)).collect();
    assert_eq!(collateral, ["12300.16334175", "-31563", "33002.75"]);
    // 90015.75 * 0.005 - 50, 15002.625 * 0.004, (20.5 * 0.02 - 0.1) * 300.125, all at 0.9995;
    // 0.15 BTC * 0.004 at 60100.5.
    let requirement: Vec<_> = margin.positions.iter().map(|p| usd(&p.requirement)).collect();
    assert_eq!(requirement, ["399.878710625", "59.98049475", "92.992230625", "36.0603"]);
}

/// The margin that is assigned to an isolated position is part of its result, in the units of its settlement asset.
#[test]
fn an_isolated_position_has_its_own_margin() {
    let books = edit(&schedule(), "/isolated_books", json!(true));
    let isolated = edit(&account(), "/positions/0/isolated_margin", json!("1000.5"));
    let snapshot = {
        let digest = read_schedule(&books).unwrap().digest().to_string();
        edit(&snapshot(), "/schedule", json!(digest))
    };
    let margin = figures(&books, &snapshot, &isolated);
    // It comes first. Beside the result by hand above, in USDT with the four digits of rates.
    let book = margin.positions[0].isolated.clone().expect("isolated");
    let usdt = |value: &BigInt| Decimal::from_scaled(value, 12).to_string();
    assert_eq!(usdt(&book.equity), "1016.25");
    // 90015.75 * 0.005 - 50, not converted.
    assert_eq!(usdt(&book.requirement), "400.07875");
    // Neither is in the cross book: USDT 12345.67 - 2.5 - 52.6035 at 0.9995.
    assert_eq!(usd(&margin.assets[0].collateral), "12284.42121675");
    assert_eq!(usd(&margin.maintenance), "189.033025375");
}

#[test]
fn inverse_and_declared_rounding() {
    let mut rounded = edit(
        &schedule(),
        "/rounding",
        json!({
            "value": {"mode": "truncate", "decimals": 8},
            "notional": {"mode": "floor", "decimals": 8},
            "requirement": [{"mode": "ceil", "decimals": 8}, {"mode": "ceil", "decimals": 6, "factor": "0.5"}]
        }),
    );
    rounded = edit(
        &rounded,
        "/instruments/2",
        json!({"id": 9, "symbol": "BTCUSD", "kind": "inverse", "settle": "BTC", "size_decimals": 0,
               "price_decimals": 1, "multiplier": "100", "tiers": "marginal"}),
    );
    let mut prices = snapshot();
    prices["instruments"][2] = json!({"instrument": "BTCUSD", "mark": "60000.1"});
    let mut held = account();
    held["positions"] = json!([{"instrument": "BTCUSD", "size": "7", "entry_value": "-0.01"}]);
    let margin = figures(&rounded, &prices, &held);
    // -700 / 60000.1 = -0.011666647..., truncated; notional floored; 0.4 % rounded up twice.
    assert_eq!(Decimal::from_scaled(&margin.positions[0].pnl, 8).to_string(), "-0.00166664");
    assert_eq!(margin.positions[0].variable, BigInt::from(1_166_664));
    // 0.01166664 * 0.004 = 0.00004666656 -> 0.00004667 -> half 0.000023335 -> 0.000024 BTC.
    let expected = Decimal::parse("0.000024").unwrap().to_scaled(12).unwrap()
        * Decimal::parse("60100.5").unwrap().to_scaled(4).unwrap();
    assert_eq!(margin.positions[0].requirement, expected);
    let digest = read_schedule(&rounded).unwrap().digest();
    prices["schedule"] = digest.to_string().into();
    assert_ne!(read_market(&rounded, &prices).unwrap().market().profile(), Ok(Profile::EXACT));
    let exact = read_market(&schedule(), &snapshot()).unwrap();
    assert_eq!(exact.market().profile(), Ok(Profile::EXACT));
}

/// A price in parts of 2^8 and entry values in quarters of the settlement asset's unit, each rounded to it.
#[test]
fn binary_units() {
    let to = |mode: &str| json!({"mode": mode, "decimals": 8});
    let rounding = json!({
        "value": to("truncate"), "notional": to("truncate"), "profit_and_loss": to("floor"),
    });
    let schedule =
        edit(&edit(&schedule(), "/rounding", rounding), "/assets/0/entry_bits", json!(2));
    let schedule = edit(&schedule, "/instruments/0/price_bits", json!(8));
    // In quarters of 1e-8 / 0.01 too: the funding of ETH-PERP.
    let prices = edit(&snapshot(), "/instruments/1/funding_index", json!("-0.00150025"));
    let prices = edit(&prices, "/instruments/0/mark", json!("60010.00390625"));
    let mut held = account();
    held["positions"] = json!([
        {"instrument": "BTC-PERP", "size": "0.001", "entry_value": "60.0000000025"},
        {"instrument": "BTC-PERP", "size": "-0.001", "entry_value": "-60.0000000025"},
        {"instrument": "ETH-PERP", "size": "0.03", "entry_value": "0", "funding_index": "0.0005"},
    ]);
    let margin = figures(&schedule, &prices, &held);
    let value = |at: usize| Decimal::from_scaled(&margin.positions[at].pnl, 8).to_string();
    // 60.01000390625 is truncated; 0.0100038975 is floored on both sides. 0.03 * (300.125 + 0.00150025 + 0.0005) = 9.0038100075.
    assert_eq!([value(0), value(1), value(2)], ["0.01000389", "-0.0100039", "9.00381"]);
    assert_eq!(margin.positions[0].variable, BigInt::from(6_001_000_390u64));
    let bad = |pointer: &str, text: &str| {
        let mut prices = edit(&prices, pointer, json!(text));
        prices["schedule"] = read_schedule(&schedule).unwrap().digest().to_string().into();
        expect(read_market(&schedule, &prices), ErrorCode::TooManyDigits, pointer).message
    };
    let message = bad("/instruments/0/mark", "60010.003");
    assert!(message.contains("10^-2 * 2^-8"), "{message}");
    bad("/instruments/1/funding_index", "0.00000012");
    let entry = edit(&held, "/positions/0/entry_value", json!("60.000000001"));
    let entry = AccountFile::from_json(entry.to_string().as_bytes()).unwrap();
    let entry = entry.holdings(&read_schedule(&schedule).unwrap());
    expect(entry, ErrorCode::TooManyDigits, "/positions/0/entry_value");
}

/// The margin of an isolated position is in units of the settlement asset, its entry value in quarters of them.
#[test]
fn binary_units_of_an_isolated_position() {
    let rounding = json!({"profit_and_loss": {"mode": "floor", "decimals": 8}});
    let schedule =
        edit(&edit(&schedule(), "/rounding", rounding), "/assets/0/entry_bits", json!(2));
    let schedule = edit(&schedule, "/isolated_books", json!(true));
    let mut held = account();
    held["positions"] = json!([{
        "instrument": "BTC-PERP", "size": "1", "entry_value": "60000.0000000025",
        "isolated_margin": "500.00000001",
    }]);
    let margin = figures(&schedule, &snapshot(), &held);
    let book = margin.positions[0].isolated.clone().expect("isolated");
    // 60010.5 - 60000.0000000025 + 500.00000001 = 510.5000000075, floored at 1e-8, with the four digits of rates.
    assert_eq!(Decimal::from_scaled(&book.equity, 12).to_string(), "510.5");
}

/// Without binary digits, profit and loss are rounded to fewer digits of the settlement asset.
#[test]
fn rounded_profit_and_loss() {
    let rounding = json!({"profit_and_loss": {"mode": "ceil", "decimals": 2}});
    let margin = figures(&edit(&schedule(), "/rounding", rounding), &snapshot(), &account());
    let value = |at: usize| Decimal::from_scaled(&margin.positions[at].pnl, 8).to_string();
    // 15.75, -2.5, -52.6035 and, in BTC, -0.001.
    assert_eq!([value(0), value(1), value(2), value(3)], ["15.75", "-2.5", "-52.6", "0"]);
}

#[test]
fn a_quantity_function_rounds_in_settlement_units() {
    let rounded =
        edit(&schedule(), "/rounding", json!({"notional": {"mode": "truncate", "decimals": 2}}));
    let margin = figures(&rounded, &snapshot(), &account());
    // 0.31 * 300.125 = 93.03875, truncated to 93.03, at 0.9995.
    assert_eq!(usd(&margin.positions[2].requirement), "92.983485");
}

#[test]
fn collateral_rounding() {
    let rounded =
        edit(&schedule(), "/rounding", json!({"collateral": {"mode": "floor", "decimals": 2}}));
    let margin = figures(&rounded, &snapshot(), &account());
    assert_eq!(usd(&margin.assets[0].collateral), "12300.16");
}

/// Rates of a table can be fractions; the first rounding divides. A third of the tables of the fixture is shared.
#[test]
fn rates_with_a_denominator() {
    let rounding = json!({"requirement": [{"mode": "ceil", "decimals": 2}]});
    let divided = edit(&edit(&schedule(), "/rounding", rounding), "/tiers/0/denominator", json!(3));
    let margin = figures(&divided, &snapshot(), &account());
    // 1.5 * 60010.50 = 90015.75: (90015.75 * 0.005 - 50) / 3 = 133.3595..., up, at 0.9995.
    assert_eq!(usd(&margin.positions[0].requirement), "133.29332");
    // Of the tables without one, nothing changes: 0.31 ETH-PERP at 0.01 is rounded alone.
    let mut prices = snapshot();
    prices["schedule"] = read_schedule(&divided).unwrap().digest().to_string().into();
    let market = read_market(&divided, &prices).unwrap();
    let profile = market.market().profile().unwrap();
    assert_eq!(profile.rounded, Rounded::Requirement);
}

/// An open end is as wide as the rounded figure allows, so rounding does not cost the proof.
#[test]
fn rounded_collateral_of_a_dear_asset_is_provable() {
    for decimals in [4, 6, 8] {
        let rounded = json!({"collateral": {"mode": "truncate", "decimals": decimals}});
        let mut prices = snapshot();
        let schedule = edit(&schedule(), "/rounding", rounded);
        prices["schedule"] = read_schedule(&schedule).unwrap().digest().to_string().into();
        let profile = read_market(&schedule, &prices).unwrap().market().profile();
        assert_eq!(profile, Ok(Profile { collateral: true, ..Profile::EXACT }), "{decimals}");
    }
}

/// The narrow open end is below such a row, which once was called reversed.
#[test]
fn an_open_row_can_begin_anywhere() {
    let mut wide = schedule();
    wide["assets"][0]["decimals"] = json!(12);
    wide["tiers"][0]["rows"][1]["below"] = json!("1000000000000000");
    let rows = wide["tiers"][0]["rows"].as_array_mut().unwrap();
    rows.push(json!({"from": "1000000000000000", "below": null, "rate": "0.5", "amount": "0"}));
    assert!(read_schedule(&wide).is_ok());
}
