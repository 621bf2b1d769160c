//! A case that is made up.

use super::{Loadings, account_of, import};
use crate::portfolio::{PortfolioMarket, PortfolioSchedule};
use crate::venue::hostile::{survives, told, with};
use serde_json::{Value, json};

/// Cash, half a perpetual and one option in two scenarios.
fn source() -> Value {
    let skew = [
        "LINEAR_SCALE_CAP",
        "LINEAR_CBASE",
        "ABS_SCALE_CAP",
        "ABS_CBASE",
        "MIN_K_STAR",
        "MIN_WIDTH_SCALE",
        "VOL_PARAM_STATIC",
        "VOL_PARAM_SCALE",
    ];
    let skew: serde_json::Map<_, _> = skew.iter().map(|n| ((*n).to_owned(), json!(0.1))).collect();
    json!({
        "parameter_sets": {"P": {
            "SkewShock": skew,
            "VolShock": {"VOLRANGEUP": 0.5, "MIN_VOL_EVAL_SHOCKED": 0.45, "VOLRANGEDOWN": 0.25,
                         "SHORTTERMPOWER": 0.3, "LONGTERMPOWER": 0.13, "DTE_FLOOR": 1.0},
            "Margin": {"MM_LOSS_FACTOR": 0.8, "IM_LOSS_FACTOR": 1.0},
            "BasisContingency": {"SCENARIO_SPOT_UP": 1.05, "SCENARIO_SPOT_DOWN": 0.95,
                                 "BASIS_CONT_ADD_FACTOR": 0.5, "BASIS_CONT_MULT_FACTOR": 2.0},
            "OtherContingency": {"PEG_LOSS_THRESHOLD": 0.98, "PEG_LOSS_FACTOR": 2.0, "CONF_THRESHOLD": 0.55,
                                 "MM_PERP_PERCENT": 0.015, "IM_PERP_PERCENT": 0.005,
                                 "MM_OPTION_PERCENT": 0.003, "IM_OPTION_PERCENT": 0.002}}},
        "scenario_sets": {"S": [
            {"SpotShock": 1.1, "VolShockDirection": "Up", "DampeningFactor": 1},
            {"SpotShock": 0.9, "VolShockDirection": "None", "DampeningFactor": 0.5}]},
        "cases": [{
            "name": "one", "params": "P", "scenarios": "S", "cash": 1000.5,
            "spot": {"price": 2000.0, "confidence": 1.0}, "stable_price": 1.0,
            "perp": {"size": 0.5, "price": 2001.0, "confidence": 1.0, "unrealised_pnl": 10.0, "unrealised_funding": -0.0},
            "collateral": [{"asset": "ETH", "amount": 0.25, "price": 2000.0, "confidence": 1.0,
                            "risk_cancelling": true, "mm_haircut": 0.1, "im_extra_haircut": 0.05}],
            "expiries": [{"expiry_sec": 864000, "static_discount_pos": "0.9", "static_discount_neg": "1.1",
                          "min_confidence": 1.0, "forward": 2010.0, "rate": 0.05}],
            "options": [{"expiry_sec": 864000, "strike": 2000.0, "is_call": 1, "size": -1.0, "mark_vol": 0.6,
                         "unit_value": ["190.5", "12.25"], "unit_mark": "80.125", "unit_basis_up": "140", "unit_basis_down": "30"}]
        }]
    })
}

fn compiles(source: &Value, loadings: Loadings) -> Result<(), String> {
    let made = import(source, "one", loadings).map_err(|e| e.to_string())?;
    let schedule = PortfolioSchedule::new(made.schedule).map_err(|e| e.to_string())?;
    PortfolioMarket::compile(&schedule, &made.snapshot).map_err(|e| e.to_string())?;
    schedule.account(&made.account).map_err(|e| e.to_string())?;
    Ok(())
}

#[test]
fn a_case_is_read() {
    for loadings in [Loadings::Published, Loadings::Derived] {
        compiles(&source(), loadings).unwrap();
        let made = import(&source(), "one", loadings).unwrap();
        let symbols: Vec<_> = made.schedule.instruments.iter().map(|i| i.symbol.as_str()).collect();
        assert_eq!(symbols, ["PERP", "SPOT-ETH", "20250111T000000Z-2000-C"]);
        // 0.5 * 2001 less a profit of 10.
        assert_eq!(made.account.positions[0].entry_value.as_str(), "990.5");
        assert_eq!(made.account.balances[0].balance.as_str(), "1000.5");
    }
}

/// Whatever a value of the source is replaced by, nothing panics.
#[test]
fn bent_cases_survive() {
    for loadings in [Loadings::Published, Loadings::Derived] {
        survives(&source(), |source| {
            let made = import(source, "one", loadings)?;
            if let Ok(schedule) = PortfolioSchedule::new(made.schedule) {
                let _ = PortfolioMarket::compile(&schedule, &made.snapshot);
                let _ = schedule.account(&made.account);
            }
            Ok(())
        });
    }
}

#[test]
fn bad_cases_are_refused_with_the_place() {
    let told = |pointer: &str, value: Value| {
        compiles(&with(&source(), pointer, value), Loadings::Published).unwrap_err()
    };
    assert_eq!(told("/cases/0/cash", json!("1")), "/cases/0/cash: is not a JSON number");
    assert_eq!(told("/cases/0/name", json!("two")), "/cases: has no case of this name");
    let message = "/cases/0/options/0/unit_value: does not have one value for each scenario";
    assert_eq!(told("/cases/0/options/0/unit_value", json!(["1"])), message);
    let message = "/cases/0/options/0/expiry_sec: is an expiry that is not listed";
    assert_eq!(told("/cases/0/options/0/expiry_sec", json!(1)), message);
    let message = "/scenario_sets/S/0/VolShockDirection: is not a direction of volatility";
    assert_eq!(told("/scenario_sets/S/0/VolShockDirection", json!("side")), message);
}

/// The schedule of the case with the venue's names.
fn by_the_venues_names() -> PortfolioSchedule {
    let mut file = import(&source(), "one", Loadings::Published).unwrap().schedule;
    for (instrument, name) in
        file.instruments.iter_mut().zip(["ETH-PERP", "ETH", "ETH-20250111-2000-C"])
    {
        instrument.symbol = name.to_owned();
    }
    PortfolioSchedule::new(file).unwrap()
}

/// The form of answers that nautechsystems/nautilus_trader keeps as test data (`http_subaccount_usdc.json`,
/// `http_position_eth.json`), with the members that are read.
fn subaccount() -> Value {
    let collateral = |name: &str, amount: &str, interest: &str, [mark, value]: [&str; 2]| {
        json!({
            "asset_name": name, "asset_type": "erc20", "amount": amount, "pending_interest": interest,
            "mark_price": mark, "mark_value": value,
        })
    };
    let position = |name: &str,
                    amount: &str,
                    price: &str,
                    funding: &str,
                    [mark, value]: [&str; 2]| {
        json!({
            "instrument_name": name, "amount": amount, "average_price": price, "pending_funding": funding,
            "net_settlements": "0", "open_orders_margin": "0", "mark_price": mark, "mark_value": value,
        })
    };
    json!({
        "margin_type": "PM2", "is_under_liquidation": false, "open_orders": [], "subaccount_id": 42,
        "collaterals_value": "2109.5678912", "positions_value": "115", "subaccount_value": "2224.5678912",
        "collaterals": [
            collateral("USDC", "1.2345678912e3", "0.0000000005", ["1", "1234.5678912"]),
            collateral("ETH", "0.25", "0", ["3500", "875"]),
        ],
        "positions": [
            position("ETH-PERP", "-2", "3500", "1.25", ["3504", "-8"]),
            position("ETH-20250111-2000-C", "1.5", "80", "0", ["82", "123"]),
        ],
    })
}

#[test]
fn a_subaccount_of_the_api_is_read() {
    let schedule = by_the_venues_names();
    let file = account_of(&subaccount(), &schedule).unwrap();
    assert_eq!(file.balances[0].balance.as_str(), "1234.567891201");
    let held: Vec<_> = file.positions.iter().map(|p| (&*p.instrument, p.size.as_str())).collect();
    assert_eq!(held, [("ETH", "0.25"), ("ETH-PERP", "-2"), ("ETH-20250111-2000-C", "1.5")]);
    // -2 * 3500 less funding of 1.25; an option has none.
    let entries: Vec<_> = file.positions.iter().map(|p| p.entry_value.as_str()).collect();
    assert_eq!(entries, ["0", "-7001.25", "0"]);
    schedule.account(&file).unwrap();
    survives(&subaccount(), |source| {
        let _ = schedule.account(&account_of(source, &schedule)?);
        Ok(())
    });
    for (pointer, value, message) in [
        ("/margin_type", json!("PM"), "is not \"PM2\", the margin type that the schedule is of"),
        ("/is_under_liquidation", json!(true), "is set: the account is being liquidated"),
        ("/open_orders", json!([{}]), "is not empty, and open orders are no part of the rule"),
        ("/collaterals/1/asset_name", json!("BTC"), "is not an instrument of the schedule"),
        (
            "/positions/0/net_settlements",
            json!("3"),
            "is not zero: what was settled is not in the average price",
        ),
        (
            "/positions/1/open_orders_margin",
            json!("3"),
            "is not zero, and open orders are no part of the rule",
        ),
        ("/positions/1/amount", json!(1.5), "is not a decimal number in quotes"),
        (
            "/positions/1/amount",
            json!("-4e-16"),
            "is not zero, but less than a unit of the instrument",
        ),
        (
            "/collaterals/1/amount",
            json!("-4e-16"),
            "is not zero, but less than a unit of the instrument",
        ),
        ("/positions/0/average_price", json!("-3500"), "is not a price above zero"),
        ("/is_under_liquidation", json!(null), "is missing"),
    ] {
        let told = told(account_of(&with(&subaccount(), pointer, value), &schedule));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
}

/// Values of an answer that was recorded (the library's `http_subaccount_pm2_positions.json`): 45.894332381059 of USDC, and
/// 0.1 of a perpetual that was bought at 2569.76052743622. Of its loss of 0.105381902259 more was settled there, and nothing is
/// here.
fn recorded() -> Value {
    let mut held = subaccount();
    for list in ["collaterals", "positions"] {
        held[list].as_array_mut().unwrap().pop();
    }
    for (pointer, value) in [
        ("/collaterals/0/amount", "45.894332381059"),
        ("/collaterals/0/mark_value", "45.894332381059"),
        ("/collaterals_value", "45.894332381059"),
        ("/positions/0/amount", "0.1"),
        ("/positions/0/average_price", "2569.76052743622"),
        ("/positions/0/mark_price", "2568.706708413625"),
        ("/positions/0/mark_value", "-0.105381902259"),
        ("/positions/0/pending_funding", "0"),
        ("/positions_value", "-0.105381902259"),
        ("/subaccount_value", "45.7889504788"),
    ] {
        held = with(&held, pointer, json!(value));
    }
    held["collaterals_maintenance_margin"] = json!("45.894332381059");
    held["positions_maintenance_margin"] = json!("-34.805466288178");
    held
}

#[test]
fn values_are_those_of_the_amounts() {
    let schedule = by_the_venues_names();
    assert_eq!(account_of(&recorded(), &schedule).unwrap().positions.len(), 1);
    // Pending funding may be in the value: no recorded answer says.
    let mut funded = with(&subaccount(), "/positions/0/mark_value", json!("-6.75"));
    funded["positions_value"] = json!("116.25");
    funded["subaccount_value"] = json!("2225.8178912");
    assert!(account_of(&funded, &schedule).is_ok());
    let gain = "is not what the amount has gained from average_price to mark_price";
    let at_mark = "is not that of the amount at mark_price";
    for (pointer, value, place, message) in [
        ("/positions/0/amount", "-0.1", "/positions/0/mark_value", gain),
        ("/positions/0/mark_price", "2500", "/positions/0/mark_value", gain),
        // The value of what is held, which is not what the venue counts.
        ("/positions/0/mark_value", "256.8706708413625", "/positions/0/mark_value", gain),
        ("/positions/0/mark_price", "", "/positions/0/mark_price", "is not a decimal number"),
        ("/collaterals/0/amount", "4589.4332381059", "/collaterals/0/mark_value", at_mark),
        ("/collaterals/0/mark_price", "0.99", "/collaterals/0/mark_value", at_mark),
        (
            "/subaccount_value",
            "45.9",
            "/subaccount_value",
            "is not collaterals_value and positions_value",
        ),
    ] {
        let told = told(account_of(&with(&recorded(), pointer, json!(value)), &schedule));
        assert_eq!(told, format!("{place}: {message}"), "{pointer}");
    }
    // As it was recorded: what was settled is not in the average price.
    let mut settled = with(&recorded(), "/positions/0/net_settlements", json!("-0.105700669627"));
    settled["positions"][0]["mark_value"] = json!("0.000318767368");
    let message =
        "/positions/0/net_settlements: is not zero: what was settled is not in the average price";
    assert_eq!(told(account_of(&settled, &schedule)), message);
    let mut unsaid = recorded();
    unsaid["subaccount_value"] = json!(null);
    assert_eq!(told(account_of(&unsaid, &schedule)), "/subaccount_value: is missing");
}

#[test]
fn what_is_missing_is_missed() {
    let schedule = by_the_venues_names();
    let held = recorded();
    let none = with(&subaccount(), "/positions/0/amount", json!("0"));
    let message = "/positions/0/amount: is zero, but mark_value is not";
    assert_eq!(told(account_of(&none, &schedule)), message);
    let of_option = with(&subaccount(), "/positions/1/amount", json!("-1.5"));
    let message = "/positions/1/mark_value: is not that of the amount at mark_price";
    assert_eq!(told(account_of(&of_option, &schedule)), message);
    for list in ["collaterals", "positions"] {
        let total = format!("/{list}_value");
        let other = with(&held, &total, json!("-9999"));
        assert_eq!(told(account_of(&other, &schedule)), format!("{total}: is not that of {list}"));
        let unsaid = with(&held, &format!("/{list}/0/mark_value"), json!(null));
        let message = format!("/{list}/0/mark_value: is missing");
        assert_eq!(told(account_of(&unsaid, &schedule)), message);
        let mut without = held.clone();
        without.as_object_mut().unwrap().remove(&total[1..]);
        assert_eq!(told(account_of(&without, &schedule)), format!("{total}: is missing"));
        let mut none = with(&held, &format!("/{list}"), json!([]));
        let message = format!("{total}: is not zero, but {list} is empty");
        assert_eq!(told(account_of(&none, &schedule)), message);
        none[format!("{list}_value")] = json!("0");
        let message = format!("/{list}_maintenance_margin: is not zero, but {list} is empty");
        assert_eq!(told(account_of(&none, &schedule)), message);
    }
    let mut part = held;
    part["failed_to_fetch"] = json!(true);
    let message = "/failed_to_fetch: is set: the answer is not whole";
    assert_eq!(told(account_of(&part, &schedule)), message);
}

/// A folder has the account alone: schedule and snapshot are given, and said to be.
#[test]
fn a_folder_takes_the_rule_from_given_files() {
    use crate::FileKind;
    use crate::venue::{Beside, OpenedFile, PortfolioReading};
    let mut made = import(&source(), "one", Loadings::Published).unwrap();
    let schedule = by_the_venues_names();
    made.snapshot.schedule = schedule.digest().to_string();
    for (listed, named) in
        made.snapshot.instruments.iter_mut().zip(schedule.file().instruments.iter())
    {
        listed.instrument.clone_from(&named.symbol);
    }
    let opened = |result: Value| {
        let answer = json!({"id": "1", "result": result});
        let bytes = zeroize::Zeroizing::new(answer.to_string().into_bytes());
        [OpenedFile { name: "subaccount.json".to_owned(), bytes }]
    };
    let beside = Beside {
        schedule: Some(schedule.file().clone()),
        snapshot: Some(made.snapshot.clone()),
        account: None,
    };
    let reading = PortfolioReading {
        beside: beside.clone(),
        account: Some("42".to_owned()),
        ..PortfolioReading::default()
    };
    let read = |files: &[OpenedFile], reading: &PortfolioReading| {
        super::FOLDER.import(files, &[], &[], reading).map_err(|e| (e.code.as_str(), e.to_string()))
    };
    let imported = read(&opened(subaccount()), &reading).unwrap();
    assert_eq!(imported.account.unwrap(), account_of(&subaccount(), &schedule).unwrap());
    assert_eq!(imported.given, [FileKind::PortfolioSchedule, FileKind::PortfolioSnapshot]);
    assert_eq!(imported.undated, ["subaccount.json"]);
    let refused =
        |files: &[OpenedFile], reading: &PortfolioReading| read(files, reading).unwrap_err();
    let (code, message) = refused(&opened(subaccount()), &PortfolioReading::default());
    assert_eq!(code, "MissingAnswer");
    assert!(message.contains("no answer of derive says its portfolio-schedule"), "{message}");
    let other = PortfolioReading { account: Some("43".to_owned()), ..reading.clone() };
    let told = "subaccount.json /result/subaccount_id: is not the account that is asked for";
    assert_eq!(refused(&opened(subaccount()), &other), ("OtherAccount", told.to_owned()));
    let linear = opened(with(&subaccount(), "/margin_type", json!("SM")));
    let told = "subaccount.json /result/margin_type: is of a linear account: an account is linear or portfolio, and a venue that has both keeps two accounts of one holder key";
    assert_eq!(refused(&linear, &reading), ("ImportSource", told.to_owned()));
    let own = Beside { account: Some(made.account), ..beside };
    let (code, _) = refused(&opened(subaccount()), &PortfolioReading { beside: own, ..reading });
    assert_eq!(code, "Usage");
}
