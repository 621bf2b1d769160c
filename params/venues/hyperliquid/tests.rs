//! A meta response with margin tables, an older one without, an account of two positions, and one with an isolated one.

use super::{Hyperliquid, Options};
use crate::tests::kept;
use crate::venue::Venue;
use crate::venue::decimal;
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use crate::{Schedule, compile};
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Isolated, Profile, Rounded, margin};

pub(super) fn meta() -> Value {
    let perpetual = |name: &str, digits: u32, leverage: u32, table: u32| {
        json!({
            "name": name, "szDecimals": digits, "maxLeverage": leverage, "marginTableId": table,
        })
    };
    let tier = |from: &str, leverage: u32| json!({"lowerBound": from, "maxLeverage": leverage});
    let mut delisted = perpetual("OLD", 0, 20, 20);
    delisted["isDelisted"] = json!(true);
    let mut isolated = perpetual("NEW", 0, 20, 20);
    isolated["onlyIsolated"] = json!(true);
    json!({"meta": {
        "universe": [
            perpetual("BTC", 5, 40, 56),
            delisted,
            perpetual("ETH", 4, 50, 50),
            isolated,
            perpetual("ODD", 2, 3, 3),
            perpetual("LTC", 2, 10, 10),
        ],
        "marginTables": [
            [50, {"description": "", "marginTiers": [tier("0.0", 50)]}],
            [56, {"description": "tiered", "marginTiers": [tier("0.0", 40), tier("150000000.0", 20)]}],
        ],
        "collateralToken": 0,
    }})
}

fn older() -> Value {
    json!({"meta": {"universe": [
        {"maxLeverage": 50, "name": "BTC", "szDecimals": 5},
        {"maxLeverage": 20, "name": "ETH", "szDecimals": 4},
    ]}})
}

fn state() -> Value {
    let position = |coin: &str, size: &str, value: &str, profit: &str| {
        json!({
            "position": {
                "coin": coin, "szi": size, "positionValue": value, "unrealizedPnl": profit,
                "leverage": {"type": "cross", "value": 20},
            },
            "type": "oneWay",
        })
    };
    json!({
        "assetPositions": [
            position("BTC", "-0.5", "15000.0", "-20.5"),
            position("ETH", "2.0", "3600.0", "100.0"),
        ],
        "crossMarginSummary": {
            "accountValue": "1000.0", "totalNtlPos": "18600.0", "totalRawUsd": "12400.0",
        },
        "marginSummary": {
            "accountValue": "1000.0", "totalNtlPos": "18600.0", "totalRawUsd": "12400.0",
        },
        "time": 1_700_000_000_000u64,
    })
}

#[test]
fn margin_tables_become_rows() {
    let schedule = schedules_survive::<Hyperliquid>(&meta(), &Options::default());
    let file = schedule.file();
    assert_eq!(file.name, "hyperliquid");
    let instruments: Vec<_> =
        file.instruments.iter().map(|i| (i.id, i.symbol.as_str(), i.tiers.as_str())).collect();
    let expected = [
        (1, "BTC", "table-56"),
        (3, "ETH", "leverage-50"),
        (4, "NEW", "leverage-20"),
        (5, "ODD", "leverage-3"),
        (6, "LTC", "leverage-10"),
    ];
    assert_eq!(instruments, expected);
    let tiers: Vec<_> = file.tiers.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(tiers, ["leverage-3", "leverage-10", "leverage-20", "leverage-50", "table-56"]);
    // 1/6, as no decimal is.
    assert_eq!((file.tiers[0].rows[0].rate.as_str(), file.tiers[0].denominator), ("1", Some(6)));
    // 1/80, then 2/80 less 150000000 * (2/80 - 1/80).
    assert_eq!(file.tiers[4].denominator, Some(80));
    let rows: Vec<_> =
        file.tiers[4].rows.iter().map(|r| (r.rate.as_str(), r.amount.as_str())).collect();
    assert_eq!(rows, [("1", "0"), ("2", "-150000000")]);
    // The requirement is continuous and rises.
    assert!(schedule.remarks().iter().all(|r| r.kind == crate::RemarkKind::NoCap));

    let left_out = Hyperliquid::schedule(&meta(), &Options::default()).unwrap().left_out;
    let left_out: Vec<_> = left_out.iter().map(|l| (l.symbol.as_str(), l.why.as_str())).collect();
    assert_eq!(left_out, [("OLD", "delisted")]);
}

#[test]
fn older_answers_have_one_leverage() {
    let options = Options { name: None };
    let schedule = schedules_survive::<Hyperliquid>(&older(), &options);
    let file = schedule.file();
    assert_eq!((file.name.as_str(), file.rounding.requirement.len()), ("hyperliquid", 1));
    let rates: Vec<_> = file.tiers.iter().map(|t| t.denominator).collect();
    assert_eq!(rates, [Some(40), Some(100)]);
}

#[test]
fn bad_answers_are_refused_with_the_place() {
    for (pointer, value, message) in [
        ("/meta", json!([]), "/meta/universe: is missing"),
        ("/meta/universe", json!([]), "/meta: holds no perpetual that can be imported"),
        ("/meta/collateralToken", json!(360), "/meta/collateralToken: is not 0, which is USDC"),
        ("/meta/universe/0/name", json!(1), "/meta/universe/0/name: is not text"),
        ("/meta/universe/0/szDecimals", json!(7), "/meta/universe/0/szDecimals: is above 6"),
        (
            "/meta/universe/0/marginTableId",
            json!(77),
            "/meta/universe/0/marginTableId: is not in marginTables",
        ),
        ("/meta/universe/0/marginTableId", json!(0), "/meta/universe/0/marginTableId: is 0"),
        ("/meta/universe/0/marginTableId", json!(null), ""),
        (
            "/meta/universe/1/isDelisted",
            json!("no"),
            "/meta/universe/1/isDelisted: is neither true nor false",
        ),
        (
            "/meta/marginTables/0",
            json!([50]),
            "/meta/marginTables/0: is not a pair of an id and a margin table",
        ),
        (
            "/meta/universe/0/maxLeverage",
            json!(50),
            "/meta/universe/0/maxLeverage: is not that of the first tier of its margin table",
        ),
        (
            "/meta/universe/5/maxLeverage",
            json!(40),
            "/meta/universe/5/maxLeverage: is not that of the first tier of its margin table",
        ),
        (
            "/meta/marginTables/0/0",
            json!(10),
            "/meta/marginTables/0/1: is not one tier of maximum leverage 10, as its id says",
        ),
        (
            "/meta/marginTables/0/0",
            json!(56),
            "/meta/marginTables/1/0: is the id of an earlier margin table",
        ),
        (
            "/meta/marginTables/0/1/marginTiers",
            json!([]),
            "/meta/marginTables/0/1/marginTiers: is empty",
        ),
        (
            "/meta/marginTables/1/1/marginTiers/1/lowerBound",
            json!(5),
            "/meta/marginTables/1/1/marginTiers/1/lowerBound: is not a decimal number in quotes",
        ),
        (
            "/meta/marginTables/1/1/marginTiers/1/maxLeverage",
            json!(0),
            "/meta/marginTables/1/1/marginTiers/1/maxLeverage: is 0",
        ),
    ] {
        let imported = Hyperliquid::schedule(&with(&meta(), pointer, value), &Options::default());
        assert_eq!(imported.map_or_else(|e| e.to_string(), |_| String::new()), message);
    }
    let told = told(
        Hyperliquid::schedule(
            &with(&older(), "/meta/universe/0/maxLeverage", json!(u64::MAX)),
            &Options::default(),
        )
        .and_then(|imported| {
            assert_eq!(imported.left_out.len(), 1, "no leverage is this high");
            Hyperliquid::schedule(&json!({}), &Options::default())
        }),
    );
    assert_eq!(told, "/meta: is missing");
}

#[test]
fn a_state_gives_marks_and_the_cross_account() {
    let schedule = schedules_survive::<Hyperliquid>(&older(), &Options::default());
    let snapshot =
        snapshots_survive::<Hyperliquid>(&json!({"clearinghouseState": state()}), &schedule);
    assert_eq!(
        (snapshot.time.as_str(), snapshot.sequence),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000)
    );
    let marks: Vec<_> =
        snapshot.instruments.iter().map(|p| p.mark.as_ref().unwrap().as_str()).collect();
    assert_eq!(marks, ["30000", "1800"]);

    let account = accounts_survive::<Hyperliquid>(&state(), &schedule);
    let positions: Vec<_> = account
        .positions
        .iter()
        .map(|p| (p.instrument.as_str(), p.size.as_str(), p.entry_value.as_str()))
        .collect();
    assert_eq!(positions, [("BTC", "-0.5", "-14979.5"), ("ETH", "2", "3500")]);
    // 1000 less a profit of -20.5 + 100.
    assert_eq!(account.balances[0].balance.as_str(), "920.5");
}

#[test]
fn bad_states_are_refused_with_the_place_and_no_figure() {
    let schedule = schedules_survive::<Hyperliquid>(&older(), &Options::default());
    let first = "/assetPositions/0/position";
    for (pointer, value, message) in [
        ("/coin", json!("DOGE"), "/coin: is not an instrument of the schedule"),
        ("/szi", json!("0.0"), "/szi: is 0"),
        ("/szi", json!("0.123456"), "/szi: has 6 digits after the point, but only 5 are read"),
        ("/szi", json!(-0.5), "/szi: is not a decimal number in quotes"),
        (
            "/leverage/type",
            json!("portfolio"),
            "/leverage/type: is neither \"cross\" nor \"isolated\"",
        ),
        ("/leverage/type", json!("isolated"), "/leverage/rawUsd: is missing"),
        ("/unrealizedPnl", json!(null), "/unrealizedPnl: is missing"),
        (
            "/unrealizedPnl",
            json!("-15000"),
            "/unrealizedPnl: implies an entry price that is not above zero",
        ),
        ("/positionValue", json!("-15000"), "/positionValue: is negative"),
    ] {
        let spoiled = with(&state(), &format!("{first}{pointer}"), value);
        let told = told(Hyperliquid::account(&spoiled, &schedule));
        assert_eq!(told, format!("{first}{message}"));
    }
    let spoiled = with(&state(), "/crossMarginSummary", json!(1));
    let message = "/crossMarginSummary/accountValue: is missing";
    assert_eq!(told(Hyperliquid::account(&spoiled, &schedule)), message);
    let spoiled = with(&state(), &format!("{first}/positionValue"), json!("15000.000001"));
    let message = "/positionValue: is not the size times a mark that the venue could have";
    let whole = json!({"clearinghouseState": &spoiled});
    let placed = format!("/clearinghouseState{first}{message}");
    assert_eq!(told(Hyperliquid::snapshot(&whole, &schedule)), placed);
    assert_eq!(told(Hyperliquid::account(&spoiled, &schedule)), format!("{first}{message}"));
    let spoiled = with(&state(), "/assetPositions/1/position/coin", json!("BTC"));
    let message = "/assetPositions/1/position/coin: is that of an earlier position";
    assert_eq!(told(Hyperliquid::account(&spoiled, &schedule)), message);
    // A state that lists fewer positions than its totals include, and one with different cash.
    let one = json!([state()["assetPositions"][0]]);
    for (pointer, value, name) in [
        ("/assetPositions", one, "totalNtlPos"),
        ("/assetPositions", json!([]), "totalNtlPos"),
        ("/crossMarginSummary/totalRawUsd", json!("12399.0"), "totalRawUsd"),
    ] {
        let spoiled = with(&state(), pointer, value);
        let message = format!("/crossMarginSummary/{name}: does not match the positions listed");
        assert_eq!(told(Hyperliquid::account(&spoiled, &schedule)), message);
    }
    // An isolated position is in the totals of both books only.
    for (pointer, value, name) in [
        ("/assetPositions", json!([]), "accountValue"),
        ("/assetPositions/0/position/leverage/rawUsd", json!("-95.059823"), "accountValue"),
        ("/marginSummary/totalNtlPos", json!("100.0"), "totalNtlPos"),
        ("/marginSummary/totalRawUsd", json!("13009.454677"), "totalRawUsd"),
    ] {
        let spoiled = with(&isolated(), pointer, value);
        let message = format!("/marginSummary/{name}: does not match the positions listed");
        assert_eq!(told(Hyperliquid::account(&spoiled, &schedule)), message);
    }
    let cross = with(&isolated(), "/assetPositions/0/position/leverage/type", json!("cross"));
    let message = "/crossMarginSummary/totalNtlPos: does not match the positions listed";
    assert_eq!(told(Hyperliquid::account(&cross, &schedule)), message);
}

/// The answer in the venue's documentation of `clearinghouseState`, without the members that are not read.
fn isolated() -> Value {
    json!({
        "assetPositions": [{
            "position": {
                "coin": "ETH", "szi": "0.0335", "positionValue": "100.02765",
                "unrealizedPnl": "-0.0134",
                "leverage": {"rawUsd": "-95.059824", "type": "isolated", "value": 20},
            },
            "type": "oneWay",
        }],
        "crossMarginSummary": {
            "accountValue": "13104.514502", "totalNtlPos": "0.0", "totalRawUsd": "13104.514502",
        },
        "marginSummary": {
            "accountValue": "13109.482328", "totalNtlPos": "100.02765", "totalRawUsd": "13009.454678",
        },
        "time": 1_708_622_398_623u64,
    })
}

const DOCUMENTED: &str =
    "the answer in Hyperliquid's documentation of clearinghouseState (info endpoint, perpetuals)";
const NO_SECRETS: &str =
    "Without holder key, serial and blinding: `zkmargin commit --fresh` draws them.";

/// Equity of its isolated position is the margin used in that answer, 4.967826, and its liquidation price there is
/// 2866.26936529: above it the position is healthy, below it is not.
#[test]
fn an_isolated_position_is_a_book() {
    let mut source = older();
    // Maximum leverage in the same answer.
    source["meta"]["universe"][1]["maxLeverage"] = json!(50);
    let schedule = schedules_survive::<Hyperliquid>(&source, &Options::default());
    assert_eq!(schedule.file().leaves_out, super::LEAVES_OUT);
    let only = Schedule::new({
        let mut file = schedule.file().clone();
        file.name = "hyperliquid-isolated".to_owned();
        file.source = format!("ETH with the maximum leverage of {DOCUMENTED}.");
        file.instruments.retain(|instrument| instrument.symbol == "ETH");
        file.tiers.retain(|table| table.name == "leverage-50");
        file
    });
    let schedule = only.unwrap();
    let account = accounts_survive::<Hyperliquid>(&isolated(), &schedule);
    kept("venues/hyperliquid/examples/isolated.schedule.json", &schedule.file().to_json().unwrap());
    let mut snapshot =
        snapshots_survive::<Hyperliquid>(&json!({"clearinghouseState": isolated()}), &schedule);
    snapshot.source = Some(format!("The mark that the position value of {DOCUMENTED} implies."));
    kept("venues/hyperliquid/examples/isolated.snapshot.json", &snapshot.to_json().unwrap());
    let mut example = account.clone();
    example.note = Some(format!("The account of {DOCUMENTED}. {NO_SECRETS}"));
    kept("venues/hyperliquid/examples/isolated.account.json", &example.to_json().unwrap());
    let held = &account.positions[0];
    // 0.0335 at an entry price of 2986.3.
    assert_eq!(held.entry_value.as_str(), "100.04105");
    assert_eq!(held.isolated_margin.as_ref().map(|m| m.as_str()), Some("4.981226"));
    assert_eq!(account.balances[0].balance.as_str(), "13104.514502");
    let held = account.holdings(&schedule).unwrap();
    let at = |mark: Option<&str>| {
        let mut snapshot = snapshot.clone();
        if let Some(mark) = mark {
            snapshot.instruments[0].mark = Some(decimal(mark));
        }
        let market = compile(&schedule, &snapshot).unwrap();
        let expected = Profile {
            rounded: Rounded::Requirement,
            narrow: true,
            isolated: Isolated::Compared,
            ..Profile::EXACT
        };
        assert_eq!(market.market().profile(), Ok(expected));
        let margin = margin(&held, market.market()).unwrap();
        let healthy = margin.meets(&Claim::margin(), market.market());
        let book = margin.positions[0].isolated.clone().unwrap();
        assert_eq!(format_scaled(&margin.equity, 6), "13104.514502");
        assert_eq!(margin.maintenance, BigInt::ZERO);
        ([book.equity, book.requirement].map(|figure| format_scaled(&figure, 6)), healthy)
    };
    assert_eq!(at(None), (["4.967826", "1.000276"].map(str::to_owned), true));
    // 0.0335 * 2866.27 = 96.020045.
    assert_eq!(at(Some("2866.27")), (["0.960221", "0.9602"].map(str::to_owned), true));
    assert_eq!(at(Some("2866.26")), (["0.959886", "0.960197"].map(str::to_owned), false));
}
