//! Answers in the documentation's form; brackets are made up, positions are those that ccxt quotes or made up.

use super::*;
use crate::portfolio::figure::sum;
use crate::tests::rounds;
use crate::venue::computed::{Numbers, computed, from_folder, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;
use serde_json::json;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::rule::{Base, Isolated, Profile, Rounded};

fn contract(symbol: &str, coin: &str, size: u32) -> Value {
    json!({
        "symbol": symbol, "pair": "BTCUSD", "contractType": "PERPETUAL", "contractStatus": "TRADING",
        "contractSize": size, "marginAsset": coin, "baseAsset": coin, "quoteAsset": "USD",
    })
}

/// Continuous: 1 % and 2.5 % less 0.075 of 5.
fn brackets(symbol: &str) -> Value {
    let bracket = |floor: u32, cap: Value, rate: &str, cum: &str| {
        let rate: Value = serde_json::from_str(rate).unwrap();
        let cum: Value = serde_json::from_str(cum).unwrap();
        json!({
            "bracket": 1, "initialLeverage": 50, "qtyCap": cap, "qtylFloor": floor, "maintMarginRatio": rate, "cum": cum,
        })
    };
    json!({
        "symbol": symbol,
        "brackets": [bracket(0, json!(5), "0.01", "0.0"), bracket(5, json!(20), "0.025", "0.075")],
    })
}

fn markets() -> Value {
    json!({
        "exchangeInfo": {"timezone": "UTC", "symbols": [
            contract("BTCUSD_210625", "BTC", 100),
            contract("ETHUSD_PERP", "ETH", 10),
        ]},
        "leverageBracket": [brackets("BTCUSD_210625"), brackets("ETHUSD_PERP")],
    })
}

fn marks(btc: &str) -> Value {
    let mark = |symbol: &str, mark: &str, time: u64| json!({"symbol": symbol, "pair": "P", "markPrice": mark, "indexPrice": mark, "time": time});
    json!([
        mark("ETHUSD_PERP", "2500.12345678", 1_618_000_001_000),
        mark("BTCUSD_210625", btc, 1_618_000_000_000),
    ])
}

fn position(symbol: &str, size: &str, price: &str, wallet: Option<&str>) -> Value {
    let [required, profit] = if size == "0" { ["0"; 2] } else { ["0.00002439", "-0.00000163"] };
    json!({
        "symbol": symbol, "positionAmt": size, "entryPrice": price, "positionSide": "BOTH",
        "isolated": wallet.is_some(), "isolatedWallet": wallet.unwrap_or("0"), "maintMargin": required,
        "unrealizedProfit": profit, "leverage": "10", "positionInitialMargin": "0",
    })
}

/// With the figures of ccxt's sample for each position, wherever it is.
fn account(cash: &str, positions: &[Value]) -> Value {
    let of = |coin: &str| {
        let held =
            |p: &&Value| p["positionAmt"] != "0" && p["symbol"].as_str().unwrap().starts_with(coin);
        positions.iter().filter(held).count()
    };
    let required = |coin: &str| ["0", "0.00002439", "0.00004878"][of(coin)];
    let profit = |coin: &str| ["0", "-0.00000163", "-0.00000326"][of(coin)];
    let asset = |coin: &str, cash: &str| {
        let isolated = positions.iter().filter(|p| p["symbol"].as_str().unwrap().starts_with(coin));
        let wallets = isolated.map(|p| number(p["isolatedWallet"].as_str().unwrap()));
        let whole = wallets.fold(number(cash), |all, wallet| sum(&all, &wallet)).to_string();
        json!({
            "asset": coin, "walletBalance": whole, "crossWalletBalance": cash, "maintMargin": required(coin),
            "unrealizedProfit": profit(coin),
        })
    };
    json!({
        "assets": [
            asset("BTC", cash),
            asset("ETH", "0"),
            {"asset": "BNB", "walletBalance": "1", "crossWalletBalance": "1"},
        ],
        "positions": positions,
    })
}

/// The contract of ccxt's sample: its value of 0.00243939 is that of marks from 40993.8 on, and its requirement and
/// profit follow.
#[test]
fn a_position_that_the_venue_reported() {
    let schedule = schedules_survive::<BinanceCoinM>(&markets(), &Options::default());
    assert!(schedule.remarks().is_empty(), "{:?}", schedule.remarks());
    let snapshot = snapshots_survive::<BinanceCoinM>(&marks("40993.85"), &schedule);
    assert_eq!(snapshot.sequence, 1_618_000_000_000);
    let held = account(
        "34",
        &[
            position("BTCUSD_210625", "1", "41021.20000069", None),
            position("ETHUSD_PERP", "0", "0.0", None),
        ],
    );
    let file = accounts_survive::<BinanceCoinM>(&held, &schedule);
    assert_eq!(file.positions[0].entry_value.as_str(), "-0.00243776");
    let made = computed(&schedule, &snapshot, &file);
    assert_eq!(made.equity, number("33.99999837"));
    assert_eq!(made.maintenance, number("0.00002439"));
    let market = crate::compile(&schedule, &snapshot).unwrap();
    let expected = Profile {
        rounded: Rounded::Value,
        base: Base::Value,
        narrow: true,
        isolated: Isolated::Compared,
        ..Profile::EXACT
    };
    assert_eq!(market.market().profile(), Ok(expected));
}

/// `numerator / denominator` to the nearest, halves away from zero, by doubling.
fn nearest(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let twice: BigInt = numerator.abs() * 2 + denominator;
    let magnitude = twice.div_floor(&(denominator * 2));
    if numerator.is_negative() { -magnitude } else { magnitude }
}

/// Figures of each book in whole satoshis by the formula, over both brackets, at its boundary too.
#[test]
fn random_accounts_have_the_figures_of_the_formula() {
    let schedule = schedules_survive::<BinanceCoinM>(&markets(), &Options::default());
    let mut numbers = Numbers::new(19);
    let (mut healthy, mut second) = (0, 0);
    for turn in 0..rounds(300) {
        let mark = numbers.decimal(1_000_000_000_000_000, 8);
        let entry = numbers.decimal(1_000_000_000_000_000, 8);
        // 100 dollars each: up to 20 of the coin at the mark.
        let most = (mark.to_scaled(8).unwrap() / BigInt::from(500_000_000)).max(2.into());
        let most: u64 = most.try_into().unwrap();
        let size = i64::try_from(numbers.below(most - 1) + 1).unwrap();
        let size = if numbers.below(2) == 0 { size } else { -size };
        let dollars = BigInt::from(size) * 100 * power_of_ten(16);
        let value = nearest(&-&dollars, &mark.to_scaled(8).unwrap());
        let at_entry = nearest(&-&dollars, &entry.to_scaled(8).unwrap());
        let first = value.abs() < BigInt::from(500_000_000);
        second += u32::from(!first);
        // 1 %, or 2.5 % less 0.075.
        let required: BigInt = match first {
            true => value.abs() / 100,
            false => (value.abs() * 25 - BigInt::from(7_500_000_000_u64)) / 1000,
        };
        let profit: BigInt = &value - &at_entry;
        let isolated = turn % 3 == 0;
        // One unit on either side of the boundary, or far from it.
        let away: BigInt = match numbers.below(4) {
            0 => 0.into(),
            1 => 1.into(),
            _ => BigInt::from(numbers.below(2_000_000_000)) - 1_000_000_000,
        };
        let cash: BigInt = &required - &profit + &away;
        let text = |units: &BigInt| Decimal::from_scaled(units, DECIMALS).to_string();
        let (cross, wallet) = match isolated {
            true => ("1".to_owned(), Some(text(&cash))),
            false => (text(&cash), None),
        };
        let held = account(
            &cross,
            &[position("BTCUSD_210625", &size.to_string(), &entry.to_string(), wallet.as_deref())],
        );
        let file = BinanceCoinM::account(&held, &schedule).unwrap();
        let snapshot = BinanceCoinM::snapshot(&marks(&mark.to_string()), &schedule).unwrap();
        let made = computed(&schedule, &snapshot, &file);
        let (equity, maintenance) = match isolated {
            true => made.isolated[0].clone(),
            false => (made.equity.clone(), made.maintenance.clone()),
        };
        assert_eq!(equity, Decimal::from_scaled(&(&cash + &profit), DECIMALS));
        assert_eq!(maintenance, Decimal::from_scaled(&required, DECIMALS));
        assert_eq!(made.healthy, away.is_positive());
        healthy += u32::from(made.healthy);
    }
    assert!(second > 50 && (50..250).contains(&healthy), "{second} {healthy}");
}

#[test]
fn several_coins_have_a_book_each() {
    let settle = ["BTC", "ETH"].map(str::to_owned).to_vec();
    let options = Options { settle, name: None };
    let schedule = schedules_survive::<BinanceCoinM>(&markets(), &options);
    assert!(schedule.file().settlement_asset_books);
    let snapshot = snapshots_survive::<BinanceCoinM>(&marks("40993.85"), &schedule);
    let eth = snapshot.assets[1].index.as_ref().unwrap().as_str().to_owned();
    assert_eq!(eth, "2500.12345678");
    let held = account("1", &[position("ETHUSD_PERP", "-3", "2400", None)]);
    let file = BinanceCoinM::account(&held, &schedule).unwrap();
    assert_eq!(file.balances.len(), 2);
    let market = crate::compile(&schedule, &snapshot).unwrap();
    assert_eq!(market.selections().len(), 4);
    file.holdings(&schedule).unwrap();
}

#[test]
fn bad_markets_and_accounts_are_refused_with_the_place() {
    let schedule = schedules_survive::<BinanceCoinM>(&markets(), &Options::default());
    for (pointer, value, message) in [
        ("/exchangeInfo/symbols/0/contractSize", json!(0), "is not above zero"),
        ("/leverageBracket/0/brackets/1/cum", json!(null), "is missing"),
    ] {
        let spoiled = with(&markets(), pointer, value);
        let told = told(BinanceCoinM::schedule(&spoiled, &Options::default()));
        assert!(told.starts_with(&format!("{pointer}: ")), "{told}");
        assert!(told.ends_with(message) || message == "is missing", "{told}");
    }
    for (pointer, value, why) in [
        ("/exchangeInfo/symbols/0/contractStatus", json!("SETTLING"), "not trading"),
        ("/leverageBracket/0/symbol", json!("X"), "has no brackets in the answer"),
    ] {
        let told =
            told(BinanceCoinM::schedule(&with(&markets(), pointer, value), &Options::default()));
        assert!(told.contains("holds no contract that settles in \"BTC\""), "{told}");
        assert!(told.contains(why), "{told}");
    }
    let mut own = markets();
    own["leverageBracket"][0]["notionalCoef"] = json!(1.5);
    let told_own = told(BinanceCoinM::schedule(&own, &Options::default()));
    assert!(told_own.contains("the account that asked has brackets of its own"), "{told_own}");
    // An open last bracket is the venue's largest integer.
    let open = with(&markets(), "/leverageBracket/0/brackets/1/qtyCap", json!(i64::MAX));
    let imported = BinanceCoinM::schedule(&open, &Options::default()).unwrap().schedule;
    assert!(imported.tiers[0].rows[1].below.is_none());
    // One of two positions is missing.
    let both = ["1", "2"].map(|size| position("BTCUSD_210625", size, "2400", None));
    for name in ["maintMargin", "unrealizedProfit"] {
        let mut hidden = account("1", &both);
        hidden["positions"].as_array_mut().unwrap().pop();
        let others = ["maintMargin", "unrealizedProfit"].into_iter().filter(|other| *other != name);
        others.for_each(|other| hidden["assets"][0][other] = hidden["positions"][0][other].clone());
        let message = format!("/assets/0/{name}: is not that of the positions listed");
        assert_eq!(told(BinanceCoinM::account(&hidden, &schedule)), message);
    }
    let mut owed = account("-1", &[]);
    owed["assets"].as_array_mut().unwrap().remove(0);
    let message = "/assets: has no entry of \"BTC\"";
    assert_eq!(told(BinanceCoinM::account(&owed, &schedule)), message);
    let held = account("1", &[position("BTCUSD_210625", "3", "2400", Some("0.1"))]);
    for (name, value, message) in [
        ("symbol", json!("ETHUSD_PERP"), "is not an instrument of the schedule"),
        ("positionAmt", json!("0.5"), "has 1 digits after the point, but only 0 are read"),
        ("entryPrice", json!("0"), "is not a price above zero"),
        ("isolatedWallet", json!(null), "is missing"),
        ("isolated", json!(null), "is missing"),
        ("positionAmt", json!(null), "is missing"),
    ] {
        let pointer = format!("/positions/0/{name}");
        let told = told(BinanceCoinM::account(&with(&held, &pointer, value), &schedule));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
    let place = "/assets/0/walletBalance";
    let message =
        format!("{place}: is not crossWalletBalance and the wallets of the isolated positions");
    let owed = with(&held, place, json!("-150.25"));
    assert_eq!(told(BinanceCoinM::account(&owed, &schedule)), message);
}

/// A hedged short has a negative size too; without the sign it would be long.
#[test]
fn a_size_has_the_sign_of_its_side() {
    let schedule = schedules_survive::<BinanceCoinM>(&markets(), &Options::default());
    let hedged = |side: &str, size: &str| {
        let held = account("1", &[position("BTCUSD_210625", size, "2400", None)]);
        let held = with(&held, "/positions/0/positionSide", json!(side));
        BinanceCoinM::account(&held, &schedule)
            .map(|file| file.positions[0].size.as_str().to_owned())
    };
    assert_eq!(hedged("LONG", "2").as_deref(), Ok("2"));
    assert_eq!(hedged("SHORT", "-2").as_deref(), Ok("-2"));
    let message = "/positions/0/positionAmt: does not have the sign of its side";
    assert_eq!(told(hedged("SHORT", "2")), message);
    assert_eq!(told(hedged("LONG", "-2")), message);
}

/// A profit of the cross book is that of its positions, of which the other side of the contract can be none.
#[test]
fn the_profit_of_the_cross_book_says_which_positions_are_in_it() {
    let schedule = schedules_survive::<BinanceCoinM>(&markets(), &Options::default());
    let mut held = account(
        "1",
        &[
            position("BTCUSD_210625", "2", "2400", Some("0.1")),
            position("BTCUSD_210625", "-2", "2400", None),
        ],
    );
    held["positions"][0]["positionSide"] = json!("LONG");
    held["positions"][1]["positionSide"] = json!("SHORT");
    let place = "/assets/0/crossUnPnl";
    for (profit, is_it) in [("-0.00000163", true), ("0", false), ("-0.00000326", false)] {
        held["assets"][0]["crossUnPnl"] = json!(profit);
        let read = BinanceCoinM::account(&held, &schedule);
        let message = format!("{place}: is not the profit of the positions of the cross book");
        let expected = if is_it { Ok(()) } else { Err(message) };
        assert_eq!(read.map(drop).map_err(|e| e.to_string()), expected, "{profit}");
    }
    // The short side is isolated too, without a wallet.
    held["positions"][1]["isolated"] = json!(true);
    held["assets"][0]["crossUnPnl"] = json!("-0.00000163");
    let message = format!("{place}: is not the profit of the positions of the cross book");
    assert_eq!(told(BinanceCoinM::account(&held, &schedule)), message);
}

/// Bitcoin of one wallet is not that of the other, though neither file has a position or a registry to tell by.
#[test]
fn accounts_of_either_market_are_refused_at_the_other() {
    use crate::venues::binance::{self, Binance};
    let coin_m = schedules_survive::<BinanceCoinM>(&markets(), &Options::default());
    let tier = json!({"info": {"notionalFloor": "0", "notionalCap": "5000", "maintMarginRatio": "0.01", "cum": "0"}});
    let brackets = json!({"leverage_tiers": {"BTC/USDT:USDT": [tier]}});
    let options = binance::Options { collateral: vec!["BTC".to_owned()], ..Default::default() };
    let usd_m = schedules_survive::<Binance>(&brackets, &options);
    let mut of_coin_m = BinanceCoinM::account(&account("1", &[]), &coin_m).unwrap();
    let mut of_usd_m = of_coin_m.clone();
    (of_coin_m.registry, of_usd_m.registry) = (None, None);
    of_usd_m.venue = Binance::NAME.to_owned();
    assert!(of_coin_m.belongs_to(&coin_m).is_ok() && of_usd_m.belongs_to(&usd_m).is_ok());
    assert!(of_coin_m.belongs_to(&usd_m).is_err() && of_usd_m.belongs_to(&coin_m).is_err());
}

#[test]
fn a_folder_of_answers_is_read() {
    let schedule = schedules_survive::<BinanceCoinM>(&markets(), &Options::default());
    let (markets, prices) = (markets(), marks("40993.85"));
    let held = account("1", &[position("BTCUSD_210625", "3", "45000", Some("0.1"))]);
    let expected = (
        &BinanceCoinM::snapshot(&prices, &schedule).unwrap(),
        &BinanceCoinM::account(&held, &schedule).unwrap(),
    );
    let made = from_folder(
        "binance-coinm",
        Choice::default(),
        &[
            ("exchangeInfo", &markets["exchangeInfo"]),
            ("leverageBracket", &markets["leverageBracket"]),
            ("premiumIndex", &prices),
            ("account", &held),
        ],
        expected,
    );
    assert_eq!(made.schedule.digest(), schedule.digest());
}

/// What the answers state, in the form of USD-M: each contract settles in its own coin.
#[test]
fn figures_of_the_venue_are_read() {
    let held = [
        position("BTCUSD_210625", "1", "41021.20000069", None),
        position("ETHUSD_PERP", "-3", "2500", Some("0.5")),
    ];
    let answers = account("34", &held);
    crate::venue::hostile::survives(&answers, |source| BinanceCoinM::figures(source).map(drop));
    let stated = BinanceCoinM::figures(&answers).unwrap();
    assert_eq!((stated.venue.as_str(), stated.separate_books), ("binance-coinm", true));
    let settle: Vec<_> = stated.positions.iter().map(|p| p.settle.as_deref().unwrap()).collect();
    assert_eq!(settle, ["BTC", "ETH"]);
    let required = stated.figures.iter().find(|f| f.kind == FigureKind::Maintenance);
    assert_eq!(required.unwrap().value, Some(number("0.00002439")));
}
