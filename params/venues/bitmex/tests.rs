//! The instrument beside this file, and requirements by hand.

use super::*;
use crate::tests::{kept, rounds};
use crate::venue::computed::{Numbers, computed, from_folder, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use crate::venue::{Choice, FigureKind, StatesFigures, scaled};
use crate::{AccountFile, RemarkKind, compile};
use num_bigint::BigInt;
use serde_json::json;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{Profile, margin};

fn one() -> Value {
    serde_json::from_str(include_str!("instrument.json")).unwrap()
}

fn list() -> Value {
    json!([one()])
}

fn schedule() -> Schedule {
    let schedule = schedules_survive::<Bitmex>(&list(), &Options::default());
    let mut file = schedule.file().clone();
    file.source = file.source.replace(
        "BitMEX instruments, imported.",
        "XBTUSD of 2024-11-24, kept as test data in nautechsystems/nautilus_trader, commit a95c8042b00133829d252ae8cf68f78fc176a973, crates/adapters/bitmex/test_data/http_get_instrument_xbtusd.json.",
    );
    Schedule::new(file).unwrap()
}

#[test]
fn the_instrument_is_read() {
    let schedule = schedule();
    kept("venues/bitmex/xbtusd.json", &schedule.file().to_json().unwrap());
    let snapshot = snapshots_survive::<Bitmex>(&list(), &schedule);
    kept("venues/bitmex/xbtusd.snapshot.json", &snapshot.to_json().unwrap());
    assert_eq!(
        (snapshot.time.as_str(), snapshot.sequence),
        ("2024-11-24T23:33:19.034Z", 1_732_491_199_034)
    );
    // Every step of the rate is a jump, and the last tier has an end.
    assert!(schedule.remarks().iter().all(|remark| remark.kind == RemarkKind::Jump));
    // 0.55 % and 0.5 % more for each step, up to 99.55 %: 199 steps.
    let rows = &schedule.file().tiers[0].rows;
    let end = |at: usize| {
        let row: &crate::RowFile = &rows[at];
        [&row.from, &row.below].map(|end| end.as_ref().map_or("", |end| end.as_str()).to_owned())
    };
    assert_eq!(
        (rows.len(), rows[0].rate.as_str(), rows[198].rate.as_str()),
        (199, "0.0055", "0.9955")
    );
    assert_eq!([end(0), end(1), end(2)], [["0", "200"], ["200", "350"], ["350", "500"]]);
    // One instrument is read as a list of it is.
    let alone = Bitmex::schedule(&one(), &Options::default()).unwrap();
    assert_eq!(alone, Bitmex::schedule(&list(), &Options::default()).unwrap());
}

/// The first three are values that answers of the venue show, in satoshis; the requirement of the others is at a step. It is of
/// the value at entry, here that at the mark.
#[test]
fn requirements_by_hand() {
    let schedule = schedule();
    for (size, mark, value, requirement) in [
        ("1000", "98500", -1_015_228_i64, 5584_i64),
        ("-1000", "98500", 1_015_228, 5584),
        ("100", "98000", -102_041, 561),
        // 19569952 / 97849.76 = 200 exactly, which is in the second tier: 1.05 %.
        ("19569952", "97849.76", -20_000_000_000, 210_000_000),
        ("19569951", "97849.76", -19_999_998_978, 109_999_994),
        // 35000001022 satoshis at 1.55 %.
        ("34247417", "97849.76", -35_000_001_022, 542_500_016),
    ] {
        let mut snapshot = Bitmex::snapshot(&list(), &schedule).unwrap();
        snapshot.instruments[0].mark = Some(decimal(mark));
        let market = compile(&schedule, &snapshot).unwrap();
        let account = json!({
            "format": "zkmargin-account/1", "venue": "bitmex",
            "balances": [{"asset": "XBT", "balance": "1.0000518"}],
            "positions": [{"instrument": "XBTUSD", "size": size, "entry_value": scaled(value, 8).as_str()}],
        });
        let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
        let margin = margin(&account.holdings(&schedule).unwrap(), market.market()).unwrap();
        assert_eq!(margin.positions[0].pnl, BigInt::ZERO, "{size}");
        assert_eq!(margin.maintenance, BigInt::from(requirement) * 10_000, "{size}");
        let healthy = 100_005_180 >= requirement;
        assert_eq!(margin.meets(&Claim::margin(), market.market()), healthy, "{size}");
        assert_eq!(market.market().profile(), Ok(Profile { entry: true, ..Profile::GENERAL }));
    }
}

#[test]
fn what_cannot_be_taken_is_left_out() {
    for (name, value, why) in [
        ("settlCurrency", json!("USDt"), "does not settle in XBT"),
        ("isInverse", json!(false), "not inverse"),
        ("state", json!("Unlisted"), "not open"),
    ] {
        let mut other = one();
        other["symbol"] = json!("OTHER");
        other[name] = value;
        let imported = Bitmex::schedule(&json!([other, one()]), &Options::default()).unwrap();
        let left_out = LeftOut { symbol: "OTHER".to_owned(), why: why.to_owned() };
        assert_eq!(imported.left_out, [left_out]);
        // Its number stays free.
        assert_eq!(imported.schedule.instruments[0].id, 2);
    }
    let none = "the file holds no contract that can be imported";
    assert_eq!(told(Bitmex::schedule(&json!([]), &Options::default())), none);
}

#[test]
fn bad_instruments_are_refused_with_the_place() {
    for (name, value, message) in [
        ("multiplier", json!(100), "is not a negative integer"),
        ("maintMargin", json!(0), "is not above zero, or has too many digits"),
        ("maintMargin", json!("0.005"), "is not a JSON number"),
        ("maintMargin", json!(1), "and takerFee are above 1"),
        ("takerFee", json!(-0.0001), "is not a fee"),
        ("riskStep", json!(1.5), "is not above zero, or has too many digits"),
        ("riskLimit", json!(null), "is missing"),
    ] {
        let pointer = format!("/0/{name}");
        let told = told(Bitmex::schedule(&with(&list(), &pointer, value), &Options::default()));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
    let late = with(&list(), "/0/timestamp", json!("24 November"));
    assert_eq!(told(Bitmex::snapshot(&late, &schedule())), "/0/timestamp: is not a UTC time");
}

/// A position and the margin it is part of, both of 2024-11-25T10:35:00.789Z in the library's test data (`ws_position.json`,
/// `ws_margin.json`), with the members that are read; the position was isolated there.
fn account() -> Value {
    json!({
        "position": [
            {
                "account": 1, "symbol": "XBTUSD", "currency": "XBt", "commission": 0.00075, "crossMargin": true,
                "openOrderBuyQty": 0, "openOrderSellQty": 0, "currentQty": 1000, "unrealisedCost": -1_020_408,
                "markValue": -1_015_228, "unrealisedPnl": 5180, "markPrice": 98500.0, "posMaint": 5867,
            },
            {"account": 1, "symbol": "XBTUSDT", "currency": "USDt", "currentQty": 3, "unrealisedPnl": 7},
        ],
        "margin": {
            "account": 1, "currency": "XBt", "walletBalance": 100_005_180, "marginBalance": 100_010_360,
            "unrealisedPnl": 5180, "grossOpenCost": 0, "initMargin": 0, "maintMargin": 15949,
        },
    })
}

#[test]
fn an_account_has_the_margin_balance_of_the_answer() {
    let schedule = schedule();
    let mut list = list();
    list[0]["markPrice"] = json!(98500.0);
    let snapshot = Bitmex::snapshot(&list, &schedule).unwrap();
    let file = accounts_survive::<Bitmex>(&account(), &schedule);
    assert_eq!(file.positions.len(), 1);
    let computed = computed(&schedule, &snapshot, &file);
    assert_eq!(computed.equity, number("1.0001036"));
    // 0.5 % and the fee of 0.05 % of 1020408 at entry: 5612.244. The answer's 5867 has this account's fee of 0.075 %:
    // 5867.346.
    assert_eq!(computed.maintenance, number("0.00005612"));
    assert_eq!(BigInt::from(1_020_408) * 575 / 100_000, BigInt::from(5867));
    assert!(computed.healthy);
}

/// Equity and requirement in satoshis by the formula.
#[test]
fn random_accounts_have_the_figures_of_the_formula() {
    let schedule = schedule();
    let mut numbers = Numbers::new(29);
    for _ in 0..rounds(200) {
        let mark = i64::try_from(numbers.below(20_000_000) + 100_000).unwrap();
        let size = i64::try_from(numbers.below(2_000_000) + 1).unwrap();
        let size = if numbers.below(2) == 0 { size } else { -size };
        let cost = i64::try_from(numbers.below(50_000_000_000) + 1).unwrap();
        let cost = if size > 0 { -cost } else { cost };
        let wallet = i64::try_from(numbers.below(20_000_000_000)).unwrap();
        let mut list = list();
        list[0]["markPrice"] =
            serde_json::from_str(&zkmargin_model::decimal::format_scaled(&mark.into(), 2)).unwrap();
        let mut held = account();
        held["position"][0]["currentQty"] = json!(size);
        held["position"][0]["unrealisedCost"] = json!(cost);
        held["position"][0]["markValue"] = json!(cost + 5180);
        held["margin"]["walletBalance"] = json!(wallet);
        held["margin"]["marginBalance"] = json!(wallet + 5180);
        let file = Bitmex::account(&held, &schedule).unwrap();
        let snapshot = Bitmex::snapshot(&list, &schedule).unwrap();
        let computed = computed(&schedule, &snapshot, &file);
        // To the nearest, halves away from zero.
        let of =
            |numerator: i128, denominator: i128| (2 * numerator + denominator) / (2 * denominator);
        let worth = of(i128::from(size.abs()) * 10_000_000_000, i128::from(mark));
        let value = if size > 0 { -worth } else { worth };
        let equity = i128::from(wallet) + value - i128::from(cost);
        let notional = i128::from(cost).abs();
        // 200 XBT at 0.55 %, and 0.5 % more for each 150 XBT.
        let steps = if notional < 20_000_000_000 {
            0
        } else {
            (notional - 20_000_000_000) / 15_000_000_000 + 1
        };
        let required = of(notional * (55 + 50 * steps), 10_000);
        let satoshis = |figure: i128| zkmargin_model::decimal::format_scaled(&figure.into(), 8);
        assert_eq!(computed.equity, number(&satoshis(equity)));
        assert_eq!(computed.maintenance, number(&satoshis(required)));
        assert_eq!(computed.healthy, equity >= required);
    }
}

#[test]
fn what_would_change_the_result_is_refused_with_the_place_and_no_figure() {
    let schedule = schedule();
    for (pointer, value, message) in [
        ("/margin/currency", json!("USDt"), "is not \"XBt\""),
        (
            "/margin/initMargin",
            json!(1024),
            "is not zero: open orders have margin, which the schedule leaves out",
        ),
        ("/margin/initMargin", json!(null), "is missing"),
        ("/position/0/currentQty", json!(null), "is missing"),
        ("/position/0/openOrderSellQty", json!(null), "is missing"),
        ("/margin/unrealisedPnl", json!(5181), "is not that of the positions listed"),
        ("/position/0/crossMargin", json!(false), "is not set: the position is isolated"),
        (
            "/position/0/openOrderBuyQty",
            json!(100),
            "is not zero: open orders have margin, which the schedule leaves out",
        ),
        ("/position/0/symbol", json!("XBTZ25"), "is not an instrument of the schedule"),
        ("/position/0/unrealisedCost", json!(1.5), "is not an integer"),
        ("/position/0/unrealisedCost", json!(0), "implies an entry price that is not above zero"),
        (
            "/position/0/unrealisedCost",
            json!(1_020_408),
            "implies an entry price that is not above zero",
        ),
    ] {
        let told = told(Bitmex::account(&with(&account(), pointer, value), &schedule));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
}

/// Recorded positions have an empty state; the venue's documentation has the one of a liquidation.
#[test]
fn a_position_that_is_being_liquidated_is_refused() {
    let schedule = schedule();
    let mut held = account();
    held["position"][0]["posState"] = json!("");
    assert!(Bitmex::account(&held, &schedule).is_ok());
    held["position"][0]["posState"] = json!("Liquidation");
    let message = "/position/0/posState: is not empty: the position is being liquidated";
    assert_eq!(told(Bitmex::account(&held, &schedule)), message);
}

/// An entry without a size has no profit, and one that is missing has what the margin requires.
#[test]
fn a_position_without_its_size_is_missed() {
    let schedule = schedule();
    let flat = with(&account(), "/position/0/currentQty", json!(0));
    let message = "/position/0/unrealisedPnl: is not zero, but currentQty is: an entry without a position has no figures";
    assert_eq!(told(Bitmex::account(&flat, &schedule)), message);
    let mut none = with(&account(), "/position", json!([]));
    none["margin"]["unrealisedPnl"] = json!(0);
    let message = "/margin/maintMargin: is not zero, but no position of the currency is listed";
    assert_eq!(told(Bitmex::account(&none, &schedule)), message);
    none["margin"]["maintMargin"] = json!(0);
    none["margin"]["marginBalance"] = json!(100_005_180);
    assert!(Bitmex::account(&none, &schedule).unwrap().positions.is_empty());
    // Where each position states its own, they come to that of the margin.
    let mut stated = account();
    for (own, read) in [(15949, true), (15900, false)] {
        stated["position"][0]["maintMargin"] = json!(own);
        assert_eq!(Bitmex::account(&stated, &schedule).is_ok(), read, "{own}");
    }
}

#[test]
fn a_folder_of_answers_is_read() {
    let schedule = schedule();
    let held = account();
    let expected = (
        &Bitmex::snapshot(&list(), &schedule).unwrap(),
        &Bitmex::account(&held, &schedule).unwrap(),
    );
    let choice = Choice { account: Some("1".to_owned()), ..Choice::default() };
    let answers =
        [("instrument", &list()), ("position", &held["position"]), ("margin", &held["margin"])];
    let made = from_folder("bitmex", choice, &answers, expected);
    assert_eq!(made.schedule.registry_digest(), schedule.registry_digest());
}

/// The answers that nautechsystems/nautilus_trader keeps (`ws_margin.json`, `ws_position.json`), with the members that are
/// read.
#[test]
fn figures_of_the_venue_are_read() {
    let answers = json!({
        "margin": {
            "currency": "XBt", "walletBalance": 100_005_180, "unrealisedPnl": 5180,
            "marginBalance": 100_010_360, "maintMargin": 15949,
        },
        "position": [{
            "symbol": "XBTUSD", "currency": "XBT", "currentQty": 1000, "unrealisedCost": -1_020_408,
            "avgEntryPrice": 98039.5, "markPrice": 98500.0, "markValue": -1_015_228, "crossMargin": true,
            "leverage": 100, "unrealisedPnl": 5180, "posMaint": 5867, "posMargin": 10969,
            "liquidationPrice": 1255.0,
        }],
    });
    crate::venue::hostile::survives(&answers, |source| Bitmex::figures(source).map(drop));
    let stated = Bitmex::figures(&answers).unwrap();
    let held = &stated.positions[0];
    assert_eq!(held.entry_value, Some(number("-0.01020408")));
    let of = |kind: FigureKind| {
        let figure = stated.figures.iter().find(|f| f.kind == kind).unwrap();
        figure.value.as_ref().unwrap().to_string()
    };
    assert_eq!(of(FigureKind::Notional), "0.01015228");
    assert_eq!(of(FigureKind::Equity), "1.0001036");
    assert_eq!(told(Bitmex::figures(&json!({}))), "the file has neither margin nor position");
}
