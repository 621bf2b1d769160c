//! Brackets of a few contracts of each kind, and prices of them.

use super::{ASSET_DECIMALS, Binance, Options};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use crate::venue::{LeftOut, Venue, decimal};
use crate::{AskedBooks, Requirement, Schedule};
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::{Isolated, Profile, Rounded, margin};

fn tier(floor: &str, cap: &str, ratio: &str, cum: &str) -> Value {
    json!({"info": {
        "notionalFloor": floor, "notionalCap": cap, "maintMarginRatio": ratio, "cum": cum,
    }})
}

fn brackets() -> Value {
    let tiers = json!([tier("0", "5000", "0.010", "0.0"), tier("5000", "50000", "0.02", "50.0")]);
    json!({"leverage_tiers": {
        "BTC/USDT:USDT": tiers,
        "BTC/USDT:USDT-250328": tiers,
        "BTC/USDT:USDT-250328-90000-C": tiers,
        "ETH/USDT:USDT": [tier("0", "1000", "0.00625", "0")],
        "BTC/USD:BTC": tiers,
        "ETH/BTC:USDT": tiers,
        "A/USDC:USDC": tiers,
    }})
}

#[test]
fn contracts_of_one_settlement_asset_are_taken() {
    let schedule = schedules_survive::<Binance>(&brackets(), &Options::default());
    let file = schedule.file();
    assert_eq!((file.name.as_str(), file.rate_decimals), ("binance-usdt", 5));
    let instruments: Vec<_> =
        file.instruments.iter().map(|i| (i.id, i.symbol.as_str(), i.tiers.as_str())).collect();
    let expected = [
        (1, "BTCUSDT", "tiers-001"),
        (2, "BTCUSDT_250328", "tiers-001"),
        (3, "ETHUSDT", "tiers-002"),
    ];
    assert_eq!(instruments, expected);
    let second = &file.tiers[0].rows[1];
    assert_eq!((second.rate.as_str(), second.amount.as_str()), ("0.02", "-50"));

    let imported = Binance::schedule(&brackets(), &Options::default()).unwrap();
    let left_out: Vec<_> =
        imported.left_out.iter().map(|l| (l.symbol.as_str(), l.why.as_str())).collect();
    let expected = [
        ("A/USDC:USDC", "settles in USDC"),
        ("BTC/USD:BTC", "inverse (COIN-M): its contract size is not in the file"),
        ("BTC/USDT:USDT-250328-90000-C", "an option"),
        ("ETH/BTC:USDT", "settles in neither its base nor its quote asset"),
    ];
    assert_eq!(left_out, expected);
}

#[test]
fn an_amount_in_the_first_tier_is_remarked_on() {
    let spoiled = with(&brackets(), "/leverage_tiers/ETH~1USDT:USDT/0/info/cum", json!("-5"));
    let file = Binance::schedule(&spoiled, &Options::default()).unwrap().schedule;
    let remarks = crate::Schedule::new(file).unwrap().remarks();
    let [remark] = &remarks[..] else { panic!("{remarks:?}") };
    assert_eq!(remark.kind, crate::RemarkKind::Jump);
    assert_eq!(
        remark.to_string(),
        "ETHUSDT, row 1: the requirement has an amount of 5 from the start (/tiers/1/rows/0)"
    );
}

#[test]
fn options_name_the_schedule() {
    for (name, expected) in [(None, "binance-usdc"), (Some("mine"), "mine")] {
        let name = name.map(str::to_owned);
        let options = Options { settle: vec!["USDC".to_owned()], name, ..Options::default() };
        let schedule = Binance::schedule(&brackets(), &options).unwrap().schedule;
        assert_eq!(schedule.name, expected);
    }
}

/// Two answers of the API, made by hand, except for ADAUSD, the example in its documentation.
fn prices() -> Value {
    let rate = |symbol: &str, index: &str, bid: &str, ask: &str| {
        let time = 1_635_740_268_004u64;
        json!({"symbol": symbol, "time": time, "index": index, "bidRate": bid, "askRate": ask})
    };
    let mark = |symbol: &str, mark: &str, time: u64| json!({"symbol": symbol, "markPrice": mark, "lastFundingRate": "0.0001", "time": time});
    json!({
        "assetIndex": [
            rate("ADAUSD", "1.92957370", "1.73661633", "2.12253107"),
            rate("USDTUSD", "1.00021111", "0.99921089", "1.00121132"),
            rate("BTCUSD", "61000.5", "57950.475", "64050.525"),
        ],
        "premiumIndex": [
            mark("BTCUSDT", "60998.12345678", 1_635_740_268_000),
            mark("BTCUSDT_250328", "61500", 1_635_740_267_999),
            mark("ETHUSDT", "4300.10000000", 1_635_740_268_000),
            mark("DOGEUSDT", "0.28", 1),
        ],
    })
}

#[test]
fn multi_assets_mode_has_a_bid_and_an_ask() {
    let collateral = ["ADA", "BTC"].map(str::to_owned).to_vec();
    let options = Options { collateral, ..Options::default() };
    let schedule = schedules_survive::<Binance>(&brackets(), &options);
    assert!(schedule.file().bid_and_ask && !schedule.file().isolated_books);
    assert_eq!(schedule.file().leaves_out, ["open orders"]);
    let snapshot = snapshots_survive::<Binance>(&prices(), &schedule);
    // The earliest mark's, of those that are listed.
    assert_eq!(snapshot.time, "2021-11-01T04:17:47.999Z");
    let market = crate::compile(&schedule, &snapshot).unwrap();
    let terms = market.market().terms();
    let rates: Vec<_> = terms.assets.iter().map(|a| [&a.index.bid, &a.index.ask]).collect();
    let expected = [
        [99_921_089, 100_121_132],
        [173_661_633, 212_253_107],
        [5_795_047_500_000u64, 6_405_052_500_000],
    ];
    assert_eq!(rates, expected.map(|pair| pair.map(BigInt::from)).each_ref().map(|[b, a]| [b, a]));
    assert_eq!(terms.groups[0].requirement_index, 100_121_132.into());
    assert!(market.market().profile().is_ok());
}

/// USDT at an index of 0.99 with buffers of 1 and 0.5 %, as in Binance's questions and answers on this mode, and a position
/// of 4000 without profit or loss.
#[test]
fn the_bid_values_and_the_ask_converts() {
    let tiers = json!([tier("0", "5000", "0.01", "0.0")]);
    let options = Options { collateral: vec!["BTC".to_owned()], ..Options::default() };
    let schedule = Binance::schedule(&json!({"leverage_tiers": {"X/USDT:USDT": tiers}}), &options)
        .unwrap()
        .schedule;
    let schedule = crate::Schedule::new(schedule).unwrap();
    let prices = json!({
        "assetIndex": [
            {"symbol": "USDTUSD", "time": 1_635_740_268_004u64, "bidRate": "0.9801", "askRate": "0.99495"},
            {"symbol": "BTCUSD", "time": 1_635_740_268_004u64, "bidRate": "57950", "askRate": "64050"},
        ],
        "premiumIndex": [{"symbol": "XUSDT", "markPrice": "4000", "time": 1_635_740_268_004u64}],
    });
    let market =
        crate::compile(&schedule, &Binance::snapshot(&prices, &schedule).unwrap()).unwrap();
    let figures = |usdt: &str, btc: &str| {
        let mut account = crate::venue::empty_account(Binance::NAME);
        account.balances = [("USDT", usdt), ("BTC", btc)]
            .map(|(asset, balance)| crate::BalanceFile::new(asset, decimal(balance)))
            .to_vec();
        let position = crate::PositionFile::new("XUSDT", decimal("1"), decimal("4000"));
        account.positions = vec![position];
        let account = account.holdings(&schedule).unwrap();
        let made = margin(&account, market.market()).unwrap();
        let usd =
            |value: &BigInt| Decimal::from_scaled(value, schedule.margin_decimals()).to_string();
        [usd(&made.equity), usd(&made.maintenance)]
    };
    // 4030 * 0.9801, and 40 * 0.99495.
    assert_eq!(figures("4030", "0"), ["3949.803", "39.798"]);
    // -10 * 0.99495 + 0.001 * 57950.
    assert_eq!(figures("-10", "0.001"), ["48.0005", "39.798"]);
    // 100 * 0.9801 - 0.001 * 64050.
    assert_eq!(figures("100", "-0.001"), ["33.96", "39.798"]);
}

/// In single-asset mode one price values everything.
#[test]
fn single_asset_mode_has_an_index() {
    let schedule = schedules_survive::<Binance>(&brackets(), &Options::default());
    assert!(!schedule.file().bid_and_ask);
    assert!(schedule.file().isolated_books);
    let snapshot = snapshots_survive::<Binance>(&prices(), &schedule);
    assert_eq!(snapshot.assets[0].index.as_ref().map(|index| index.as_str()), Some("1.00021111"));
}

/// In single-asset mode each of several settlement assets has a book.
#[test]
fn single_asset_mode_has_a_book_for_each_settlement_asset() {
    let settle = ["USDT", "USDC"].map(str::to_owned).to_vec();
    let options = Options { settle: settle.clone(), ..Options::default() };
    let schedule = schedules_survive::<Binance>(&brackets(), &options);
    let file = schedule.file();
    assert_eq!(file.name, "binance-usdt-usdc");
    assert!(file.settlement_asset_books && file.isolated_books && !file.bid_and_ask);
    let listed: Vec<_> = file.instruments.iter().map(|i| (&i.symbol[..], &i.settle[..])).collect();
    let [first, .., last] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((first, last), (&("AUSDC", "USDC"), &("ETHUSDT", "USDT")));
    // With other collateral it is multi-assets mode: one cross book.
    let multi = Options { collateral: vec!["BTC".to_owned()], ..options.clone() };
    let multi = schedules_survive::<Binance>(&brackets(), &multi);
    assert!(!multi.file().settlement_asset_books && multi.file().bid_and_ask);
    let none = Options { settle: [settle, vec!["BUSD".to_owned()]].concat(), ..options };
    let message = Binance::schedule(&brackets(), &none).unwrap_err().to_string();
    assert!(message.contains("holds no linear contract that settles in \"BUSD\""), "{message}");
}

/// Figures of the example's books by fractions, computed apart from this code: sizes times marks less entries, tiers cut
/// at 1e-8, at the index of each asset.
#[test]
fn each_book_has_the_figures_of_its_own_asset() {
    let schedule =
        crate::Schedule::from_json(include_bytes!("examples/single-asset.schedule.json")).unwrap();
    let snapshot =
        crate::SnapshotFile::from_json(include_bytes!("examples/single-asset.snapshot.json"));
    let market = crate::compile(&schedule, &snapshot.unwrap()).unwrap();
    let account =
        crate::AccountFile::from_json(include_bytes!("examples/single-asset.account.json"));
    let account = account.unwrap().holdings(&schedule).unwrap();
    let usd = |value: &BigInt| Decimal::from_scaled(value, schedule.margin_decimals()).to_string();
    assert_eq!(market.selections().len(), 4);
    for cross_alone in [false, true] {
        for (asset, equity, required, healthy) in [
            ("USDT", "3067.152450159184031875", "172.31510648539399", true),
            ("USDC", "-570.96547398512107076", "101.7449783850746424", false),
        ] {
            let asked =
                AskedBooks { settlement_asset: Some(asset), cross_alone, ..AskedBooks::default() };
            let books = schedule.books(&asked).unwrap();
            let of_book = market.of_books(books).unwrap().market();
            let made = margin(&account, of_book).unwrap();
            assert_eq!([usd(&made.equity), usd(&made.maintenance)], [equity, required]);
            assert_eq!(made.meets(&Claim::margin(), of_book), healthy);
            let isolated: Vec<_> =
                made.positions.iter().filter_map(|p| p.isolated.as_ref()).collect();
            assert!(isolated.iter().all(|book| book.compared != cross_alone));
            // 400.5 and 220.25 with profit and loss, and what the two need.
            let unit = schedule.file().rate_decimals + ASSET_DECIMALS;
            let amount = |value: &BigInt| Decimal::from_scaled(value, unit).to_string();
            let figures = isolated.iter().map(|b| [amount(&b.equity), amount(&b.requirement)]);
            let expected = [["308.20236752", "8.88776183"], ["75.821947725", "20.9217122"]];
            assert_eq!(figures.collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn bad_prices_are_refused_with_the_place() {
    let options = Options { collateral: vec!["BTC".to_owned()], ..Options::default() };
    let schedule = schedules_survive::<Binance>(&brackets(), &options);
    for (pointer, value, message) in [
        ("/assetIndex", json!({}), "/assetIndex: is not a list"),
        ("/premiumIndex", json!(null), "/premiumIndex: is missing"),
        ("/assetIndex/2/symbol", json!("USDTUSD"), "/assetIndex/2/symbol: is in the answer twice"),
        ("/assetIndex/2/symbol", json!("XUSD"), "/assetIndex: has no entry of \"BTCUSD\""),
        ("/premiumIndex/0/symbol", json!("X"), "/premiumIndex: has no entry of \"BTCUSDT\""),
        ("/assetIndex/2/askRate", json!(null), "/assetIndex/2/askRate: is missing"),
        (
            "/premiumIndex/0/markPrice",
            json!(60998.5),
            "/premiumIndex/0/markPrice: is not a decimal number in quotes",
        ),
    ] {
        assert_eq!(told(Binance::snapshot(&with(&prices(), pointer, value), &schedule)), message);
    }
}

#[test]
fn rounding_is_declared_as_an_assumption() {
    let schedule = Binance::schedule(&brackets(), &Options::default()).unwrap().schedule;
    assert_eq!(schedule.rounding.requirement.len(), 1);
    let departures = crate::Schedule::new(schedule).unwrap().departures().unwrap().to_string();
    for words in ["rounding assumed: \"Binance publishes no rounding", "left out: \"open orders\""]
    {
        assert!(departures.contains(words), "{departures}");
    }
}

#[test]
fn an_open_last_tier_is_read_and_others_are_not() {
    let open = |at: &str| {
        let pointer = format!("/leverage_tiers/BTC~1USDT:USDT/{at}/info/notionalCap");
        Binance::schedule(&with(&brackets(), &pointer, json!(null)), &Options::default())
    };
    let imported = open("1").unwrap();
    assert!(imported.schedule.tiers[0].rows[1].below.is_none());
    let pointer = "/leverage_tiers/BTC~1USDT:USDT/1/info/notionalCap";
    let none = with(&brackets(), pointer, json!("9223372036854775807"));
    let imported = Binance::schedule(&none, &Options::default()).unwrap();
    assert!(imported.schedule.tiers[0].rows[1].below.is_none());
    assert_eq!(told(open("0")), "/leverage_tiers/BTC~1USDT:USDT/0/info/notionalCap: is missing");
}

#[test]
fn bad_brackets_are_refused_with_the_place() {
    for (pointer, value, message) in [
        ("/leverage_tiers", json!("x"), "/leverage_tiers: is not what this reads: "),
        ("/leverage_tiers", json!([]), "/leverage_tiers: is a list; "),
        ("/leverage_tiers", json!({"BTCUSDT": []}), "/leverage_tiers: is not what this reads: "),
        ("/leverage_tiers", json!({"A/B:": []}), "/leverage_tiers: is not what this reads: "),
        ("", json!({}), "the file has neither leverageBracket.json nor leverage_tiers.json"),
        (
            "/leverage_tiers",
            json!({}),
            "the file holds no linear contract that settles in \"USDT\"",
        ),
        (
            "/leverage_tiers/BTC~1USDT:USDT",
            json!(1),
            "/leverage_tiers/BTC~1USDT:USDT: is not a list",
        ),
        (
            "/leverage_tiers/BTC~1USDT:USDT/1",
            json!({}),
            "/leverage_tiers/BTC~1USDT:USDT/1/info: is not an object; this reads ",
        ),
        (
            "/leverage_tiers/BTC~1USDT:USDT/1/info/cum",
            json!(50.0),
            "/leverage_tiers/BTC~1USDT:USDT/1/info/cum: is not a decimal number in quotes",
        ),
        (
            "/leverage_tiers/BTC~1USDT:USDT/1/info/maintMarginRatio",
            json!("2e-2"),
            "/leverage_tiers/BTC~1USDT:USDT/1/info/maintMarginRatio: has an exponent; ",
        ),
    ] {
        let spoiled = with(&brackets(), pointer, value);
        let told = told(Binance::schedule(&spoiled, &Options::default()));
        assert!(told.starts_with(message), "{told}");
    }
}

#[test]
fn a_date_is_no_settlement_asset() {
    let options = Options { settle: vec!["USDT-250328".to_owned()], ..Options::default() };
    let error = Binance::schedule(&brackets(), &options).unwrap_err();
    let advice = "a dated future settles in an asset as well: pass --settle USDT";
    assert_eq!(error.help(), Some(advice));
}

/// A short position in DOGEUSDT that Binance reported as isolated on 2024-03-08, and one made up in the cross book.
fn account() -> Value {
    let position = |symbol: &str, size: &str, entry: &str, wallet: &str, isolated: bool| {
        json!({
            "symbol": symbol, "positionAmt": size, "entryPrice": entry, "positionSide": "BOTH",
            "isolated": isolated, "isolatedWallet": wallet, "maintMargin": "0", "unrealizedProfit": "0",
        })
    };
    json!({"account": {
        "multiAssetsMargin": false,
        "assets": [
            {"asset": "USDT", "walletBalance": "100.88304001", "crossWalletBalance": "100.00000000", "maintMargin": "0", "unrealizedProfit": "0"},
            {"asset": "BNB", "walletBalance": "0", "crossWalletBalance": "0.00000000"},
        ],
        "positions": [
            position("DOGEUSDT", "-32", "0.16395", "0.88304001", true),
            position("BTCUSDT", "0.001", "60000.0", "0", false),
            position("XRPUSDT", "0", "0.0", "0", true),
        ],
    }})
}

/// The schedule, and prices that have the mark of DOGEUSDT from the same report.
fn single_asset() -> (crate::Schedule, Value) {
    let mut brackets = brackets();
    brackets["leverage_tiers"]["DOGE/USDT:USDT"] = json!([tier("0", "5000", "0.0075", "0")]);
    let mut prices = with(&prices(), "/premiumIndex/3/markPrice", json!("0.16465933"));
    prices["premiumIndex"][3]["time"] = json!(1_635_740_268_000u64);
    (schedules_survive::<Binance>(&brackets, &Options::default()), prices)
}

#[test]
fn an_isolated_position_is_a_book_of_its_own() {
    let (schedule, prices) = single_asset();
    assert_eq!(schedule.file().leaves_out, ["open orders"]);
    let market =
        crate::compile(&schedule, &Binance::snapshot(&prices, &schedule).unwrap()).unwrap();
    let profile = market.market().profile().expect("provable");
    let expected = Profile {
        rounded: Rounded::Requirement,
        narrow: true,
        isolated: Isolated::Compared,
        ..Profile::EXACT
    };
    assert_eq!(profile, expected);
    let file = accounts_survive::<Binance>(&account(), &schedule);
    assert_eq!(file.balances.len(), 1);
    let held = file.holdings(&schedule).unwrap();
    let made = margin(&held, market.market()).unwrap();
    let book = made.positions[0].isolated.as_ref().expect("isolated first");
    let usdt =
        |value: &BigInt, more: u32| Decimal::from_scaled(value, ASSET_DECIMALS + more).to_string();
    // Its isolatedMargin in the report; 32 * 0.16465933 * 0.0075 = 0.0395182392, truncated.
    let rate = schedule.file().rate_decimals;
    assert_eq!(usdt(&book.equity, rate), "0.86034145");
    assert_eq!(usdt(&book.requirement, rate), "0.03951823");
    // 100 and 0.001 * (60998.12345678 - 60000), without what is assigned to the other.
    assert_eq!(usdt(&made.assets[0].balance, 0), "100.99812345678");
}

#[test]
fn bad_accounts_are_refused_with_the_place_and_no_figure() {
    let (schedule, _) = single_asset();
    for (pointer, value, message) in [
        ("/account/assets", json!(null), "/account/assets: is missing"),
        (
            "/account/multiAssetsMargin",
            json!(true),
            "/account/multiAssetsMargin: is set, but the schedule is of single-asset mode: one index price",
        ),
        (
            "/account/assets/1/crossWalletBalance",
            json!("-0.5"),
            "/account/assets/1/asset: is not an asset of the schedule, and the account has some",
        ),
        (
            "/account/positions/0/positionAmt",
            json!(null),
            "/account/positions/0/positionAmt: is missing",
        ),
        ("/account/assets/0/asset", json!("BNB"), "/account/assets: has no entry of \"USDT\""),
        (
            "/account/positions/2/positionAmt",
            json!("7"),
            "/account/positions/2/symbol: is not an instrument of the schedule",
        ),
        (
            "/account/positions/0/isolatedWallet",
            json!(null),
            "/account/positions/0/isolatedWallet: is missing",
        ),
        (
            "/account/positions/1/entryPrice",
            json!("60000.123456789"),
            "/account/positions/1/entryPrice: has 9 digits after the point, but only 8 are read",
        ),
        (
            "/account/positions/1/entryPrice",
            json!("0"),
            "/account/positions/1/entryPrice: is not a price above zero",
        ),
        (
            "/account/positions/1/entryPrice",
            json!("-66120.4"),
            "/account/positions/1/entryPrice: is not a price above zero",
        ),
        (
            "/account/positions/2/unrealizedProfit",
            json!("5"),
            "/account/positions/2/unrealizedProfit: is not zero, but positionAmt is: an entry without a position has no figures",
        ),
        (
            "/account/assets/0/walletBalance",
            json!("-99.11695999"),
            "/account/assets/0/walletBalance: is not crossWalletBalance and the wallets of the isolated positions",
        ),
        (
            "/account/assets/1/walletBalance",
            json!("-150.25"),
            "/account/assets/1/walletBalance: is not crossWalletBalance and the wallets of the isolated positions",
        ),
    ] {
        assert_eq!(told(Binance::account(&with(&account(), pointer, value), &schedule)), message);
    }
    // What is no collateral changes no figure.
    let mut fees = account();
    for name in ["walletBalance", "crossWalletBalance"] {
        fees["account"]["assets"][1][name] = json!("0.5");
    }
    let read = Binance::account(&fees, &schedule).unwrap();
    assert_eq!(read.balances.len(), 1);
    let note = "Left out: balances in BNB, which are no collateral in single-asset mode.";
    assert_eq!(read.note.as_deref(), Some(note));
    let options = Options { collateral: vec!["BNB".to_owned()], ..Options::default() };
    let multi_assets = schedules_survive::<Binance>(&brackets(), &options);
    let message = "/account/multiAssetsMargin: is not set, but the schedule is of multi-assets mode: bid and ask";
    assert_eq!(told(Binance::account(&account(), &multi_assets)), message);
    let mut joint = with(&account(), "/account/multiAssetsMargin", json!(true));
    joint["account"]["positions"] = json!([joint["account"]["positions"][1]]);
    joint["account"]["assets"][0]["walletBalance"] = json!("100");
    assert_eq!(accounts_survive::<Binance>(&joint, &multi_assets).positions.len(), 1);
    joint["account"]["positions"][0]["isolated"] = json!(true);
    let message = "/account/positions/0/isolated: is set, but the schedule has no isolated books";
    assert_eq!(told(Binance::account(&joint, &multi_assets)), message);
}

/// A hedged short has a negative size too; without the sign it would be long.
#[test]
fn a_size_has_the_sign_of_its_side() {
    let (schedule, _) = single_asset();
    let hedged = |side: &str, size: &str| {
        let source = with(&account(), "/account/positions/1/positionSide", json!(side));
        let source = with(&source, "/account/positions/1/positionAmt", json!(size));
        Binance::account(&source, &schedule).map(|file| file.positions[1].size.as_str().to_owned())
    };
    assert_eq!(hedged("LONG", "0.002").as_deref(), Ok("0.002"));
    assert_eq!(hedged("SHORT", "-0.002").as_deref(), Ok("-0.002"));
    let message = "/account/positions/1/positionAmt: does not have the sign of its side";
    assert_eq!(told(hedged("SHORT", "0.002")), message);
    assert_eq!(told(hedged("LONG", "-0.002")), message);
}

/// The answer's own requirement of an asset says that a position is missing.
#[test]
fn a_missing_position_is_missed() {
    let (schedule, _) = single_asset();
    let mut source = account();
    source["account"]["assets"][0]["maintMargin"] = json!("0.27951823");
    for (at, required) in [(0, "0.03951823"), (1, "0.24000000"), (2, "0")] {
        source["account"]["positions"][at]["maintMargin"] = json!(required);
    }
    assert_eq!(Binance::account(&source, &schedule).unwrap().positions.len(), 2);
    source["account"]["positions"].as_array_mut().unwrap().remove(1);
    let message = "/account/assets/0/maintMargin: is not that of the positions listed";
    assert_eq!(told(Binance::account(&source, &schedule)), message);
}

/// What both answers say of a position must be the same: how it was opened, and whether it is isolated.
#[test]
fn answers_that_differ_on_a_position_are_refused() {
    let (schedule, _) = single_asset();
    let mut source = account();
    let risk = |position: &Value, kind: &str| {
        let mut risk = position.clone();
        risk.as_object_mut().unwrap().remove("isolated");
        risk["marginType"] = json!(kind);
        risk
    };
    let positions = &source["account"]["positions"];
    source["positionRisk"] = json!([risk(&positions[0], "isolated"), risk(&positions[1], "cross")]);
    assert!(accounts_survive::<Binance>(&source, &schedule).positions[0].isolated_margin.is_some());
    // In other digits it is the same number.
    let longer = with(&source, "/positionRisk/0/entryPrice", json!("0.163950000"));
    assert!(Binance::account(&longer, &schedule).is_ok());
    for (name, value) in [
        ("entryPrice", json!("0.16396")),
        ("isolatedWallet", json!("0.88304002")),
        ("marginType", json!("cross")),
    ] {
        let place = format!("/positionRisk/0/{name}");
        let told = told(Binance::account(&with(&source, &place, value), &schedule));
        assert!(told.starts_with(&format!("{place}: is not what the other answer says")), "{told}");
    }
    // So must its leverage, where that is read.
    for list in ["/account/positions", "/positionRisk"] {
        for at in 0..2 {
            source.pointer_mut(list).unwrap()[at]["leverage"] = json!("20");
        }
    }
    let mut file = schedule.file().clone();
    file.own_leverage_decimals = Some(2);
    let by_leverage = Schedule::new(file).unwrap();
    let read = Binance::account(&source, &by_leverage).unwrap();
    assert_eq!(read.positions[0].own_leverage, Some(decimal("20")));
    let place = "/positionRisk/0/leverage";
    let other = with(&source, place, json!("125"));
    assert!(Binance::account(&other, &schedule).is_ok());
    let told = told(Binance::account(&other, &by_leverage));
    assert!(told.starts_with(&format!("{place}: is not what the other answer says")), "{told}");
    // Where the account does not say it, the margin type does.
    let mut later = source;
    later["account"]["positions"][1].as_object_mut().unwrap().remove("isolated");
    later["account"]["positions"][1]["isolatedWallet"] = json!("3");
    later["positionRisk"][1]["isolatedWallet"] = json!("3");
    assert!(Binance::account(&later, &schedule).unwrap().positions[1].isolated_margin.is_none());
}

/// Ids of assets follow the order in which they are named, and so does the numbering.
#[test]
fn a_numbering_is_of_one_list_of_assets() {
    let of = |collateral: &[&str]| {
        let collateral = collateral.iter().map(|of| (*of).to_owned()).collect();
        let options = Options { collateral, ..Options::default() };
        let file = Binance::schedule(&brackets(), &options).unwrap().schedule;
        crate::Schedule::new(file).unwrap()
    };
    let (one, other) = (of(&["BTC", "USDC"]), of(&["USDC", "BTC"]));
    assert_eq!((one.asset("BTC").unwrap().id, other.asset("USDC").unwrap().id), (2, 2));
    assert_ne!(one.registry_digest(), other.registry_digest());
    assert_ne!(of(&[]).registry_digest(), of(&["BTC"]).registry_digest());
    assert_eq!(one.file().numbering.as_ref().unwrap().name.as_deref(), Some("USDT+BTC-USDC"));
    // Forty assets do not fit into a name.
    let many: Vec<_> = (10..50).map(|at| format!("C{at}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let mut turned = many.clone();
    turned.swap(0, 1);
    assert_ne!(of(&many).registry_digest(), of(&turned).registry_digest());
}

/// Notional, leverage and initial margin of answers of the API (the WLDUSDT positions of `binance_rounding_samples.json`), and
/// what the bracket's highest leverage requires.
#[test]
fn initial_margin_is_by_leverage() {
    let mut source = brackets();
    let listed = source["leverage_tiers"].as_object_mut().unwrap();
    for (contract, highest) in
        [("BTC/USDT:USDT", ["75", "25"]), ("BTC/USDT:USDT-250328", ["75", "25"])]
    {
        for (at, highest) in highest.into_iter().enumerate() {
            listed[contract][at]["info"]["initialLeverage"] = json!(highest);
        }
    }
    listed["ETH/USDT:USDT"][0]["info"]["initialLeverage"] = json!("75");
    let options = |requirement| Options { requirement, ..Options::default() };
    let of = |requirement| schedules_survive::<Binance>(&source, &options(requirement));
    let initial = of(Some(Requirement::Initial));
    let (maintenance, unnamed) = (of(Some(Requirement::Maintenance)), of(None));
    assert_eq!((&*initial.file().name, initial.file().rate_decimals), ("binance-usdt-initial", 0));
    // One commitment serves both; that of the registry without leverages is another one.
    assert_eq!(maintenance.file().name, "binance-usdt-maintenance");
    assert_eq!(initial.registry_digest(), maintenance.registry_digest());
    assert_ne!(initial.registry_digest(), unnamed.registry_digest());
    assert_eq!(maintenance.file().tiers, unnamed.file().tiers);
    let required = |mark: &str, size: &str, leverage: Option<&str>| {
        let prices = json!({
            "format": "zkmargin-snapshot/1", "schedule": initial.digest().to_string(),
            "time": "2024-07-27T06:44:38Z", "sequence": 1,
            "assets": [{"asset": "USDT", "index": "1"}],
            "instruments": [
                {"instrument": "BTCUSDT", "mark": mark}, {"instrument": "BTCUSDT_250328", "mark": "1"},
                {"instrument": "ETHUSDT", "mark": "1"},
            ],
        });
        let prices = crate::SnapshotFile::from_json(prices.to_string().as_bytes()).unwrap();
        let mut position = crate::PositionFile::new("BTCUSDT", decimal(size), decimal("0"));
        position.own_leverage = leverage.map(decimal);
        let mut account = crate::venue::empty_account("binance");
        account.balances.push(crate::BalanceFile::new("USDT", decimal("100000")));
        account.positions.push(position);
        let market = crate::compile(&initial, &prices).unwrap();
        let isolated = Isolated::Compared;
        let profile = Profile { leverage: true, isolated, ..Profile::GENERAL };
        assert_eq!(market.market().profile(), Ok(profile));
        let figures = margin(&account.holdings(&initial).unwrap(), market.market()).unwrap();
        initial.margin_amount_unit().figure(&figures.maintenance).to_string()
    };
    // 849 at 2.34683250: 1992.46079250 / 20 is 99.623039625, and 5 at 2.3956: 11.978 / 5.
    assert_eq!(required("2.34683250", "-849", Some("20")), "99.62303962");
    assert_eq!(required("2.39560000", "5", Some("5")), "2.3956");
    // At most 75 times in the first bracket: a 75th of 1992.46079250 is 26.5661439, all of it. And 25 times in the second.
    assert_eq!(required("2.34683250", "-849", Some("125")), "26.5661439");
    assert_eq!(initial.file().tiers[0].denominator, Some(75));
    assert_eq!(initial.file().rounding_assumed, maintenance.file().rounding_assumed);
    assert_eq!(required("10", "600", Some("75")), "240");
    // A leverage that no answer states is none.
    assert_eq!(required("10", "600", None), "6000");
    // 1009 and 997 have no common denominator up to a million: such a contract is left out, and the others keep their ids.
    let at = |row: usize| format!("/leverage_tiers/BTC~1USDT:USDT/{row}/info/initialLeverage");
    let primes = with(&with(&source, &at(0), json!("1009")), &at(1), json!("997"));
    let imported = Binance::schedule(&primes, &options(Some(Requirement::Initial))).unwrap();
    let why = "its least rates need a denominator above 1000000";
    let left_out = LeftOut { symbol: "BTC/USDT:USDT".to_owned(), why: why.to_owned() };
    assert!(imported.left_out.contains(&left_out), "{:?}", imported.left_out);
    let ids = |file: &crate::ScheduleFile| -> Vec<_> {
        file.instruments.iter().map(|i| (i.symbol.clone(), i.id)).collect()
    };
    assert_eq!(ids(&imported.schedule), ids(maintenance.file())[1..]);
    // The schedule says so, and that its id was given: the last one's as well.
    let words = "contracts of which no table has the requirement exactly: BTCUSDT";
    assert_eq!(imported.schedule.leaves_out, ["open orders", words]);
    let eth = "/leverage_tiers/ETH~1USDT:USDT";
    let mut last = with(&source, &format!("{eth}/0/info/initialLeverage"), json!("1000003"));
    last["leverage_tiers"].as_object_mut().unwrap().retain(|name, _| !name.contains('-'));
    let last = Binance::schedule(&last, &options(Some(Requirement::Initial))).unwrap();
    assert_eq!(ids(&last.schedule), [("BTCUSDT".to_owned(), 1)]);
    let given = last.schedule.numbering.as_ref().and_then(|numbering| numbering.last_instrument);
    assert_eq!((given, Schedule::new(last.schedule).is_ok()), (Some(2), true));
    let place = "/leverage_tiers/BTC~1USDT:USDT/1/info/initialLeverage";
    for (value, message) in [(json!("0.5"), "is below 1"), (json!(null), "is missing")] {
        let spoiled = with(&source, place, value);
        let told = told(Binance::schedule(&spoiled, &options(Some(Requirement::Initial))));
        assert!(told.starts_with(&format!("{place}: {message}")), "{told}");
    }
}
