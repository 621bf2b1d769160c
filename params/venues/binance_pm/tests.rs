//! Answers in the documentation's form. Collateral, wallets and the first two positions are those of the example on the
//! venue's page, without its loans and its COIN-M position; rates, brackets and dollar prices are made up.

use super::*;
use crate::venue::computed::{computed, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use serde_json::json;

pub(super) fn markets() -> Value {
    let contract = |symbol: &str, kind: &str, settle: &str| {
        json!({
            "symbol": symbol, "pair": "BTCUSDT", "contractType": kind, "status": "TRADING", "baseAsset": "BTC",
            "quoteAsset": settle, "marginAsset": settle,
        })
    };
    let brackets = |symbol: &str| {
        json!({"symbol": symbol, "notionalCoef": 1.0, "brackets": [
            {"bracket": 1, "initialLeverage": 75, "notionalCap": 10000, "notionalFloor": 0, "maintMarginRatio": 0.005, "cum": 0.0},
            {"bracket": 2, "initialLeverage": 50, "notionalCap": 100000, "notionalFloor": 10000, "maintMarginRatio": 0.01, "cum": 50.0},
        ]})
    };
    let rate = |asset: &str, rate: &str| json!({"asset": asset, "collateralRate": rate});
    json!({
        "exchangeInfo": {"symbols": [
            contract("BTCUSDT", "PERPETUAL", "USDT"),
            contract("BTCUSDT_220624", "CURRENT_QUARTER", "USDT"),
            contract("BTCXYZ", "PERPETUAL", "XYZ"),
        ]},
        "leverageBracket": [brackets("BTCUSDT"), brackets("BTCUSDT_220624"), brackets("BTCXYZ")],
        "collateralRate": [rate("USDT", "1.0000"), rate("BTC", "0.9500"), rate("ETH", "0.9")],
    })
}

pub(super) fn prices() -> Value {
    let index = |asset: &str, price: &str| json!({"asset": asset, "assetIndexPrice": price, "time": 1_650_000_000_500_u64});
    let mark = |symbol: &str, mark: &str| json!({"symbol": symbol, "markPrice": mark, "lastFundingRate": "0", "time": 1_650_000_000_000_u64});
    json!({
        "assetIndexPrice": [index("USDT", "0.9998"), index("BTC", "40000.5"), index("ETH", "3000.25")],
        "premiumIndex": [mark("BTCUSDT", "40000.00000000"), mark("BTCUSDT_220624", "42000.00000000")],
    })
}

pub(super) fn account() -> Value {
    let asset = |asset: &str, margin: &str, um: &str, cm: &str| {
        json!({
            "asset": asset, "totalWalletBalance": "0", "crossMarginAsset": margin, "crossMarginBorrowed": "0.00000000",
            "crossMarginInterest": "0", "umWalletBalance": um, "umUnrealizedPNL": "0", "cmWalletBalance": cm,
            "cmUnrealizedPNL": "", "updateTime": 1_650_000_000_600_u64, "negativeBalance": "0",
        })
    };
    let position = |symbol: &str, size: &str, entry: &str, profit: &str, required: &str| {
        json!({
            "symbol": symbol, "positionAmt": size, "entryPrice": entry, "unrealizedProfit": profit,
            "maintMargin": required, "positionSide": "BOTH", "leverage": "20",
        })
    };
    json!({
        "balance": [
            asset("USDT", "1000", "5000", "0"), asset("BTC", "0.06", "0", "0.1"), asset("ETH", "5", "0", "0"),
            asset("XRP", "0", "0", "0"),
        ],
        "umAccount": {
            "assets": [{"asset": "USDT", "crossWalletBalance": "5000", "crossUnPnl": "186.00000000", "maintMargin": "18.40000000"}],
            "positions": [
                position("BTCUSDT", "-0.05", "52000", "600.00000000", "10.00000000"),
                position("BTCUSDT_220624", "0.04", "52350", "-414.00000000", "8.40000000"),
            ],
        },
        "account": {"uniMMR": "1402.5", "accountEquity": "25820.9", "accountMaintMargin": "18.39632", "accountStatus": "NORMAL"},
    })
}

fn schedule() -> Schedule {
    schedules_survive::<BinancePortfolioMargin>(&markets(), &Options::default())
}

/// By hand: 6000 USDT of wallets and 600 - 414 of profit at 0.9998; 0.16 BTC at 95 % of 40000.5; 5 ETH at 90 % of 3000.25. What
/// is required is 0.5 % of 2000 and of 1680, at 0.9998 dollars, and a twentieth more.
#[test]
fn the_positions_of_the_page() {
    let schedule = schedule();
    assert!(schedule.remarks().is_empty(), "{:?}", schedule.remarks());
    let levels: Vec<_> = schedule.file().menu.levels.iter().map(|level| level.level_bps).collect();
    assert_eq!(levels, [10_000, 11_429, 14_286, 20_000]);
    let snapshot = snapshots_survive::<BinancePortfolioMargin>(&prices(), &schedule);
    assert_eq!(snapshot.sequence, 1_650_000_000_000);
    let file = accounts_survive::<BinancePortfolioMargin>(&account(), &schedule);
    let computed = computed(&schedule, &snapshot, &file);
    // 6184.7628 + 6080.076 + 13501.125.
    assert_eq!(computed.equity, number("25765.9638"));
    // 10 and 8.4 truncated, at 105 % and at 0.9998 dollars.
    assert_eq!(computed.maintenance, number("19.316136"));
    let market = crate::compile(&schedule, &snapshot).unwrap();
    assert!(market.market().profile().is_ok());
    // A debt counts in full: a loss of 1000 on 900 of cash in all.
    let mut owing = account();
    owing["balance"][0]["crossMarginAsset"] = json!("0");
    owing["balance"][0]["umWalletBalance"] = json!("-286");
    owing["umAccount"]["assets"][0]["crossWalletBalance"] = json!("-286");
    let file = BinancePortfolioMargin::account(&owing, &schedule).unwrap();
    let owing = computed_equity(&schedule, &snapshot, &file);
    // -100 at 0.9998 whole.
    assert_eq!(owing, number("19481.221"));
}

fn computed_equity(schedule: &Schedule, snapshot: &SnapshotFile, file: &AccountFile) -> Decimal {
    computed(schedule, snapshot, file).equity
}

#[test]
fn what_is_no_part_of_the_schedule_is_refused() {
    let schedule = schedule();
    for (pointer, value, message) in [
        (
            "/balance/1/crossMarginBorrowed",
            json!("0.04"),
            "/balance/1/crossMarginBorrowed: is not zero: the schedule leaves margin loans out",
        ),
        (
            "/balance/1/cmUnrealizedPNL",
            json!("-0.05"),
            "/balance/1/cmUnrealizedPNL: is not zero: the schedule leaves positions in COIN-M contracts out",
        ),
        (
            "/balance/3/crossMarginAsset",
            json!("10"),
            "/balance/3/asset: is not an asset of the schedule, and the account has some",
        ),
        (
            "/umAccount/assets/0/maintMargin",
            json!("28.4"),
            "/umAccount/assets/0/maintMargin: is not that of the positions listed",
        ),
        (
            "/umAccount/assets/0/crossWalletBalance",
            json!("4999"),
            "/umAccount/assets/0/crossWalletBalance: is not umWalletBalance of balance.json: the answers are of two accounts, or of two times",
        ),
        ("/balance/1/cmUnrealizedPNL", json!(null), "/balance/1/cmUnrealizedPNL: is missing"),
        (
            "/balance/0/negativeBalance",
            json!("-12.5"),
            "/balance/0/negativeBalance: is not zero: the schedule leaves what is owed out",
        ),
        ("/umAccount/assets", json!([]), "/umAccount/assets: has no entry of \"USDT\""),
        (
            "/umAccount/positions/0/entryPrice",
            json!("-52000"),
            "/umAccount/positions/0/entryPrice: is not a price above zero",
        ),
        (
            "/umAccount/positions/0/positionAmt",
            json!("0"),
            "/umAccount/positions/0/unrealizedProfit: is not zero, but positionAmt is: an entry without a position has no figures",
        ),
    ] {
        let spoiled = with(&account(), pointer, value);
        assert_eq!(told(BinancePortfolioMargin::account(&spoiled, &schedule)), message);
    }
    // A wallet alone has an entry too, and an account without either has none.
    let mut empty = account();
    (empty["umAccount"]["assets"], empty["umAccount"]["positions"]) = (json!([]), json!([]));
    let message = "/umAccount/assets: has no entry of \"USDT\"";
    assert_eq!(told(BinancePortfolioMargin::account(&empty, &schedule)), message);
    empty["balance"][0]["umWalletBalance"] = json!("0");
    assert!(BinancePortfolioMargin::account(&empty, &schedule).unwrap().positions.is_empty());
    let twice = with(&markets(), "/collateralRate/1/asset", json!("USDT"));
    let of = |source: &Value| BinancePortfolioMargin::schedule(source, &Options::default());
    assert_eq!(told(of(&twice)), "/collateralRate/1/asset: is in the answer twice");
    let above = with(&markets(), "/collateralRate/1/collateralRate", json!("1.01"));
    assert_eq!(told(of(&above)), "/collateralRate/1/collateralRate: is not from 0 to 1");
    let left_out = of(&markets()).unwrap().left_out;
    assert_eq!((&*left_out[0].symbol, &*left_out[0].why), ("BTCXYZ", "settles in XYZ"));
}

/// Equity and requirement within 1 % of the account's own.
#[test]
fn totals_are_those_of_what_is_listed() {
    let schedule = schedule();
    let snapshot = BinancePortfolioMargin::snapshot(&prices(), &schedule).unwrap();
    let file = BinancePortfolioMargin::account(&account(), &schedule).unwrap();
    let market = crate::compile(&schedule, &snapshot).unwrap();
    let said = |name: &str, value: &str| {
        let answer = with(&account(), &format!("/account/{name}"), json!(value));
        let place = Member::root(&answer).member("account");
        totals::check(&place, &market, &file).map_err(|e| e.to_string())
    };
    assert_eq!(said("accountEquity", "25515"), Ok(()));
    assert!(
        said("accountEquity", "25500").unwrap_err().starts_with("/account/accountEquity: is not")
    );
    assert!(
        said("accountMaintMargin", "18.6").unwrap_err().starts_with("/account/accountMaintMargin")
    );
}

/// The venue liquidates where equity is 105 % of its maintenance margin or less, 19.316136 of 18.39632. By hand: 18.952 of USDT in
/// all are 18.9482096 dollars, 103 %; 19.504 are 19.5000992, 106 %; 19.32 are 19.316136, the edge.
#[test]
fn the_margin_is_where_the_venue_liquidates() {
    let schedule = schedule();
    let snapshot = BinancePortfolioMargin::snapshot(&prices(), &schedule).unwrap();
    let market = crate::compile(&schedule, &snapshot).unwrap();
    for (wallet, equity, healthy) in [
        ("-167.048", "18.9482096", false),
        ("-166.68", "19.316136", false),
        ("-166.496", "19.5000992", true),
    ] {
        let mut state = account();
        for asset in [0, 1, 2] {
            state["balance"][asset]["crossMarginAsset"] = json!("0");
            state["balance"][asset]["cmWalletBalance"] = json!("0");
        }
        state["balance"][0]["umWalletBalance"] = json!(wallet);
        state["umAccount"]["assets"][0]["crossWalletBalance"] = json!(wallet);
        state["account"]["accountEquity"] = json!(equity);
        let file = BinancePortfolioMargin::account(&state, &schedule).unwrap();
        let computed = computed(&schedule, &snapshot, &file);
        assert_eq!((computed.equity, computed.healthy), (number(equity), healthy), "{wallet}");
        let said = |status: &str| {
            let answer = with(&state, "/account/accountStatus", json!(status));
            let place = Member::root(&answer).member("account");
            totals::check(&place, &market, &file).map_err(|e| e.to_string())
        };
        assert_eq!(said("REDUCE_ONLY"), Ok(()));
        let message = "/account/accountStatus: is that of an account which the venue liquidates, and by what is listed it does not";
        let expected = if healthy { Err(message.to_owned()) } else { Ok(()) };
        assert_eq!(said("ACTIVE_LIQUIDATION"), expected);
        let message = "/account/accountStatus: is not a status that the venue's documentation has";
        assert_eq!(said("FINE"), Err(message.to_owned()));
    }
}

/// The numbering's name says what the ids of assets follow: which settle, and which are collateral besides.
#[test]
fn a_numbering_is_of_one_list_of_assets() {
    let of = |settle: &[&str], collateral: &[&str]| {
        let words = |list: &[&str]| list.iter().map(|of| (*of).to_owned()).collect::<Vec<_>>();
        let (settle, collateral) = (words(settle), words(collateral));
        let options = Options { settle, collateral, name: None };
        let file = BinancePortfolioMargin::schedule(&markets(), &options).unwrap().schedule;
        Schedule::new(file).unwrap()
    };
    let all = [
        of(&[], &[]),
        of(&["USDT"], &[]),
        of(&[], &["USDT"]),
        of(&["USDT"], &["BTC"]),
        of(&["USDT", "BTC"], &[]),
        of(&["USDT"], &["ETH"]),
        of(&["USDT"], &["BTC", "ETH"]),
        of(&["USDT", "BTC"], &["ETH"]),
        of(&["USDT"], &["BTC-ETH"]),
    ];
    for (at, one) in all.iter().enumerate() {
        for other in &all[..at] {
            assert_ne!(one.registry_digest(), other.registry_digest());
        }
    }
    let id = |schedule: &Schedule| schedule.assets()[1].symbol.clone();
    assert_eq!((id(&all[3]), id(&all[5])), ("BTC".to_owned(), "ETH".to_owned()));
}
