//! Answers in the documentation's form, and those that nautechsystems/nautilus_trader keeps as test data (commit
//! a95c8042b00133829d252ae8cf68f78fc176a973, `crates/adapters/bybit/test_data`). Risk limits are made up.

use super::*;
use crate::portfolio::figure::{less, product, sum};
use crate::tests::rounds;
use crate::venue::computed::{Numbers, computed, from_folder, minus, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use serde_json::json;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::Profile;

fn answer(result: Value) -> Value {
    json!({"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": 1_762_199_126_022_u64})
}

fn contract(symbol: &str, step: &str) -> Value {
    json!({
        "symbol": symbol, "contractType": "LinearPerpetual", "status": "Trading", "settleCoin": "USDT",
        "lotSizeFilter": {"qtyStep": step, "maxOrderQty": "100.0"},
    })
}

/// Two rates, maintenance and initial.
fn limit(symbol: &str, value: &str, rates: [&str; 2], leverage: &str, deduction: &str) -> Value {
    let [rate, initial] = rates;
    json!({
        "id": 1, "symbol": symbol, "riskLimitValue": value, "maintenanceMargin": rate,
        "initialMargin": initial, "isLowestRisk": 0, "maxLeverage": leverage, "mmDeduction": deduction,
    })
}

/// The second limit of ETHUSDT is continuous: 0.5 % and 1 % less 4,500 of 900,000.
fn markets() -> Value {
    let contracts = json!([contract("BTCUSDT", "0.001"), contract("ETHUSDT", "0.01")]);
    json!({
        "instruments-info": answer(json!({"category": "linear", "list": contracts, "nextPageCursor": ""})),
        "risk-limit": [
            answer(json!({"category": "linear", "nextPageCursor": "2", "list": [
                limit("BTCUSDT", "2000000", ["0.005", "0.01"], "100.00", ""),
                limit("ETHUSDT", "900000", ["0.005", "0.01"], "100.00", ""),
            ]})),
            answer(json!({"category": "linear", "nextPageCursor": "", "list": [
                limit("ETHUSDT", "1800000", ["0.01", "0.02"], "50.00", "4500"),
            ]})),
        ],
    })
}

fn tickers(btc: &str, eth: &str) -> Value {
    let ticker =
        |symbol: &str, mark: &str| json!({"symbol": symbol, "markPrice": mark, "lastPrice": mark});
    answer(json!({"category": "linear", "list": [ticker("BTCUSDT", btc), ticker("ETHUSDT", eth)]}))
}

fn coin(name: &str, balance: &str, position_mm: &str, profit: &str) -> Value {
    let equity = sum(&number(balance), &number(profit)).to_string();
    json!({
        "coin": name, "walletBalance": balance, "equity": equity, "totalOrderIM": "0", "locked": "0",
        "usdValue": "1",
        "unrealisedPnl": profit,
        "totalPositionMM": position_mm, "borrowAmount": "0", "spotBorrow": "0", "accruedInterest": "0",
        "bonus": "0", "marginCollateral": true, "collateralSwitch": false,
    })
}

fn position(symbol: &str, side: &str, size: &str, price: &str) -> Value {
    json!({
        "positionIdx": 0, "symbol": symbol, "side": side, "size": size, "avgPrice": price, "tradeMode": 0,
        "positionStatus": "Normal", "leverage": "10", "unrealisedPnl": "0.25", "markPrice": price,
        "positionValue": product(&number(size), &number(price)).to_string(),
        "positionMM": if size == "0" { "0" } else { "0.5" },
    })
}

/// With a profit of 0.25 and a requirement of 0.5 of each position, wherever its price is, and two coins worth a dollar each.
fn account(balance: &str, positions: &[Value]) -> Value {
    let held = positions.iter().filter(|position| position["size"] != "0").count();
    let (profit, mm) = [("0", "0"), ("0.25", "0.5"), ("0.5", "1")][held];
    let coins = json!([coin("USDT", balance, mm, profit), coin("BTC", "0.5", "0", "0")]);
    json!({
        "account-info": answer(json!({"marginMode": "REGULAR_MARGIN", "unifiedMarginStatus": 4})),
        "wallet-balance": answer(json!({"list": [{"accountType": "UNIFIED", "totalEquity": "2", "coin": coins}]})),
        "position-list": answer(json!({"category": "linear", "list": positions, "nextPageCursor": ""})),
    })
}

fn schedule() -> Schedule {
    schedules_survive::<Bybit>(&markets(), &Options::default())
}

/// A short position of an answer of 2025-11-03: its profit and loss is the venue's, and its maintenance margin the
/// venue's 0.20281586 without the fee to close, for which the venue publishes no formula.
#[test]
fn a_position_that_the_venue_reported() {
    let schedule = schedule();
    let snapshot = snapshots_survive::<Bybit>(&tickers("107000.1", "3641.33"), &schedule);
    let empty = json!({
        "positionIdx": 0, "symbol": "SOLUSDT", "side": "", "size": "0", "avgPrice": "0", "tradeMode": 0,
    });
    let held = account("100", &[position("ETHUSDT", "Sell", "0.01", "3641.075"), empty]);
    let file = accounts_survive::<Bybit>(&held, &schedule);
    assert_eq!(file.positions.len(), 1);
    let computed = computed(&schedule, &snapshot, &file);
    assert_eq!(minus(&computed.equity, &number("100")), number("-0.00255"));
    let fee = minus(&number("0.20281586"), &number("0.02074936"));
    assert_eq!(computed.maintenance, number("0.1820665"));
    // The venue rounds what it shows to eight digits.
    assert_eq!(minus(&computed.maintenance, &fee), number("0"));
    assert!(computed.healthy);
    let market = crate::compile(&schedule, &snapshot).unwrap();
    assert_eq!(market.market().profile(), Ok(Profile::EXACT));
    assert!(schedule.file().leaves_out[0].contains("fee to close"));
    assert!(schedule.remarks().is_empty(), "{:?}", schedule.remarks());
}

/// Positions, wallet and mode as the library above keeps them, with the members that are read. The wallet holds a debt,
/// and its USDT is without positions, though the other answer has two.
#[test]
fn answers_of_the_library() {
    let mut contracts = markets();
    let listed = "/instruments-info/result/list";
    let more = contracts.pointer_mut(listed).unwrap().as_array_mut().unwrap();
    more.push(contract("SOLUSDT", "0.1"));
    let schedule = Bybit::schedule(&contracts, &Options::default()).unwrap();
    let left_out = ["SOLUSDT", "has no risk limits in the answer"];
    assert_eq!([&*schedule.left_out[0].symbol, &*schedule.left_out[0].why], left_out);
    let schedule = Schedule::new(schedule.schedule).unwrap();
    let positions = [
        position("BTCUSDT", "Buy", "0.5", "50000.00"),
        position("ETHUSDT", "Sell", "5.0", "3000.00"),
    ];
    let held = account("1000.50", &positions);
    let snapshot = Bybit::snapshot(&tickers("50500.00", "2950.00"), &schedule).unwrap();
    let file = Bybit::account(&held, &schedule).unwrap();
    let computed = computed(&schedule, &snapshot, &file);
    // Each has the profit of 250 that the answer shows.
    assert_eq!(computed.equity, number("1500.5"));
    // 0.5 % of 25,250 and of 14,750. The answer's 250 and 300 are round figures of the library.
    assert_eq!(computed.maintenance, number("200"));
    let mut debt = coin("ETH", "0", "0", "0");
    debt["accruedInterest"] = json!("0.02");
    let spoiled = with(&held, "/wallet-balance/result/list/0/coin/1", debt);
    let message = "/wallet-balance/result/list/0/coin/1/accruedInterest: is not zero: the schedule leaves borrowing out";
    assert_eq!(told(Bybit::account(&spoiled, &schedule)), message);
}

/// Requirement and equity by the formula of the page, in exact decimal numbers, over both limits of ETHUSDT.
#[test]
fn random_accounts_have_the_figures_of_the_formula() {
    let schedule = schedule();
    let mut numbers = Numbers::new(7);
    let (mut healthy, mut second) = (0, 0);
    for _ in 0..rounds(300) {
        let [btc, eth] = [numbers.decimal(20_000_000, 2), numbers.decimal(1_000_000, 2)];
        let size = [numbers.decimal(9_000, 3), numbers.decimal(15_000, 2)];
        let entry = [numbers.decimal(20_000_000, 2), numbers.decimal(1_000_000_000, 5)];
        let balance = numbers.decimal(60_000_000_000, 5);
        let sides = [numbers.below(2) == 0, numbers.below(2) == 0];
        let side = |long: bool| if long { "Buy" } else { "Sell" };
        let marks = [btc, eth];
        let values = [0, 1].map(|i| product(&size[i], &marks[i]));
        if *minus(&number("1800000"), &values[1]).coefficient() <= 0.into()
            || *minus(&number("2000000"), &values[0]).coefficient() <= 0.into()
        {
            continue;
        }
        let of = |i: usize, symbol: &str| {
            position(symbol, side(sides[i]), &size[i].to_string(), &entry[i].to_string())
        };
        let held = account(&balance.to_string(), &[of(0, "BTCUSDT"), of(1, "ETHUSDT")]);
        let file = Bybit::account(&held, &schedule).unwrap();
        let prices = tickers(&marks[0].to_string(), &marks[1].to_string());
        let computed = computed(&schedule, &Bybit::snapshot(&prices, &schedule).unwrap(), &file);
        let profit = [0, 1].map(|i| {
            let gain = product(&size[i], &minus(&marks[i], &entry[i]));
            if sides[i] { gain } else { less(&gain) }
        });
        let equity = sum(&balance, &sum(&profit[0], &profit[1]));
        let first = minus(&values[1], &number("900000")).coefficient() < &0.into();
        second += u32::from(!first);
        let of_eth = match first {
            true => product(&values[1], &number("0.005")),
            false => minus(&product(&values[1], &number("0.01")), &number("4500")),
        };
        let required = sum(&product(&values[0], &number("0.005")), &of_eth);
        assert_eq!([&computed.equity, &computed.maintenance], [&equity, &required]);
        let above: Decimal = minus(&equity, &required);
        assert_eq!(computed.healthy, *above.coefficient() > 0.into());
        healthy += u32::from(computed.healthy);
    }
    assert!(second > 20 && healthy > 20, "{second} {healthy}");
}

#[test]
fn equality_is_not_healthy() {
    let schedule = schedule();
    let snapshot = Bybit::snapshot(&tickers("50000", "3000"), &schedule).unwrap();
    for (balance, healthy) in [("250", false), ("250.000000000000000001", true)] {
        let held = account(balance, &[position("BTCUSDT", "Buy", "1", "50000")]);
        let file = Bybit::account(&held, &schedule).unwrap();
        assert_eq!(computed(&schedule, &snapshot, &file).healthy, healthy);
    }
}

#[test]
fn bad_markets_are_refused_with_the_place() {
    let limits = "/risk-limit/1/result";
    for (pointer, value, message) in [
        ("/risk-limit/0/retCode", json!(10001), "is not 0: the venue refused"),
        (&*format!("{limits}/nextPageCursor"), json!("3"), "says that there are more pages"),
        (&*format!("{limits}/category"), json!("inverse"), "is not \"linear\""),
        (
            &*format!("{limits}/list/0/maintenanceMargin"),
            json!("0.5"),
            "is not above zero, or too high for maxLeverage: it is a fraction, not percent",
        ),
        (
            &*format!("{limits}/list/0/mmDeduction"),
            json!(""),
            "is not a decimal number: it is empty",
        ),
        (
            "/risk-limit/0/result/list/0/mmDeduction",
            json!("1"),
            "is not zero, but the limit is the first of its contract",
        ),
    ] {
        let told = told(Bybit::schedule(&with(&markets(), pointer, value), &Options::default()));
        assert!(told.starts_with(&format!("{pointer}: ")), "{told}");
        assert!(told.ends_with(message) || pointer.ends_with("mmDeduction"), "{told}");
    }
    for (name, value, why) in [
        ("contractType", json!("LinearFutures"), "not a linear perpetual"),
        ("settleCoin", json!("USDC"), "settles in another asset"),
        ("status", json!("PreLaunch"), "not trading"),
    ] {
        let pointer = format!("/instruments-info/result/list/0/{name}");
        let imported = Bybit::schedule(&with(&markets(), &pointer, value), &Options::default());
        assert_eq!(imported.unwrap().left_out[0].why, why);
    }
    let none = Options { settle: "USDC".to_owned(), ..Options::default() };
    assert!(told(Bybit::schedule(&markets(), &none)).contains("holds no linear perpetual"));
}

#[test]
fn what_would_change_the_result_is_refused_with_the_place_and_no_figure() {
    let schedule = schedule();
    let held = account("100", &[position("ETHUSDT", "Sell", "0.01", "3641.075")]);
    let coin = "/wallet-balance/result/list/0/coin";
    let position = "/position-list/result/list/0";
    for (pointer, value, message) in [
        (
            "/account-info/result/marginMode".to_owned(),
            json!("PORTFOLIO_MARGIN"),
            "is not \"REGULAR_MARGIN\", the mode that the schedule is of",
        ),
        (
            format!("{coin}/0/totalOrderIM"),
            json!("0.00010000"),
            "is not zero: open orders have margin, which the schedule leaves out",
        ),
        (
            format!("{coin}/0/locked"),
            json!("1"),
            "is not zero: an open spot order locks it, which the schedule leaves out",
        ),
        (
            format!("{coin}/0/borrowAmount"),
            json!("3"),
            "is not zero: the schedule leaves borrowing out",
        ),
        (
            format!("{coin}/1/totalPositionMM"),
            json!("0.1"),
            "is not zero: positions settle in a coin that the schedule does not have",
        ),
        (format!("{position}/tradeMode"), json!(1), "is not 0: the position is isolated"),
        (
            format!("{position}/positionStatus"),
            json!("Liq"),
            "is not \"Normal\": the position is being liquidated or reduced",
        ),
        (format!("{position}/symbol"), json!("SOLUSDT"), "is not an instrument of the schedule"),
        (format!("{position}/side"), json!(""), "is neither \"Buy\" nor \"Sell\""),
        (format!("{position}/size"), json!("-1"), "is not above zero"),
        (
            format!("{position}/size"),
            json!("0.001"),
            "has 3 digits after the point, but only 2 are read",
        ),
        (format!("{position}/avgPrice"), json!("0"), "is not a price above zero"),
        (format!("{position}/positionMM"), json!(""), "is not a decimal number"),
        (format!("{coin}/0/totalPositionMM"), json!("5650"), "is not that of the positions listed"),
        (
            "/position-list/result/nextPageCursor".to_owned(),
            json!("more"),
            "says that there are more pages",
        ),
        ("/position-list/result/category".to_owned(), json!("inverse"), "is not \"linear\""),
    ] {
        let told = told(Bybit::account(&with(&held, &pointer, value), &schedule));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
    let collateral = with(&held, &format!("{coin}/1/collateralSwitch"), json!(true));
    let message = format!(
        "{coin}/1/walletBalance: is not zero: it is collateral, and the schedule has the settlement asset only"
    );
    assert_eq!(told(Bybit::account(&collateral, &schedule)), message);
    let flat = with(&held, &format!("{position}/size"), json!("0"));
    let message = format!(
        "{position}/unrealisedPnl: is not zero, but size is: an entry without a position has no figures"
    );
    assert_eq!(told(Bybit::account(&flat, &schedule)), message);
    let missing = with(&held, "/position-list/result/list", json!([]));
    let missing = with(&missing, &format!("{coin}/0/unrealisedPnl"), json!("0"));
    let message =
        format!("{coin}/0/totalPositionMM: is not zero, but position-list has no position");
    assert_eq!(told(Bybit::account(&missing, &schedule)), message);
}

/// What says nothing about what is held is not read as nothing; what recorded answers leave out is.
#[test]
fn what_is_absent_is_not_nothing() {
    let schedule = schedule();
    let held = account("100", &[position("ETHUSDT", "Sell", "0.01", "3641.075")]);
    let wallet = "/wallet-balance/result/list/0/coin/0";
    for (pointer, name) in [
        ("/position-list/result/list/0", "size"),
        ("/position-list/result/list/0", "unrealisedPnl"),
        (wallet, "unrealisedPnl"),
        (wallet, "locked"),
        (wallet, "borrowAmount"),
        (wallet, "spotBorrow"),
        (wallet, "accruedInterest"),
        ("/wallet-balance/result/list/0/coin/1", "marginCollateral"),
    ] {
        let mut spoiled = held.clone();
        spoiled.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
        let message = format!("{pointer}/{name}: is missing");
        assert_eq!(told(Bybit::account(&spoiled, &schedule)), message);
    }
    let mut less = held;
    let coin = less.pointer_mut(wallet).unwrap().as_object_mut().unwrap();
    for name in ["totalOrderIM", "bonus"] {
        coin.remove(name);
    }
    assert_eq!(Bybit::account(&less, &schedule).unwrap().positions.len(), 1);
    let coin = less.pointer_mut(wallet).unwrap().as_object_mut().unwrap();
    coin.remove("totalPositionMM");
    let message = format!("{wallet}/totalPositionMM: is missing");
    assert_eq!(told(Bybit::account(&less, &schedule)), message);
    // Without positions, what the account requires says it.
    let mut none = with(&less, "/position-list/result/list", json!([]));
    let coin = none.pointer_mut(wallet).unwrap();
    (coin["unrealisedPnl"], coin["equity"]) = (json!("0"), coin["walletBalance"].clone());
    let total = "/wallet-balance/result/list/0/totalMaintenanceMargin";
    assert_eq!(told(Bybit::account(&none, &schedule)), format!("{total}: is missing"));
    none["wallet-balance"]["result"]["list"][0]["totalMaintenanceMargin"] = json!("5650");
    let message = format!("{total}: is not zero, but position-list has no position");
    assert_eq!(told(Bybit::account(&none, &schedule)), message);
    none["wallet-balance"]["result"]["list"][0]["totalMaintenanceMargin"] = json!("0");
    assert!(Bybit::account(&none, &schedule).unwrap().positions.is_empty());
}

/// Three pages of which the middle one has both sides of a contract, whose profits cancel: without it the profit is the same,
/// and the requirement is not. 100 and twice 2775 are required, or once where the venue offsets them.
#[test]
fn a_missing_page_is_missed() {
    let schedule = schedule();
    let of = |symbol: &str, side: &str, size: &str, profit: &str, required: &str| {
        let mut position = position(symbol, side, size, "1990");
        (position["unrealisedPnl"], position["positionMM"]) = (json!(profit), json!(required));
        position
    };
    let page = |cursor: &str, list: Value| {
        answer(json!({"category": "linear", "list": list, "nextPageCursor": cursor}))
    };
    let first = page("p2", json!([of("ETHUSDT", "Buy", "10", "100", "100")]));
    let mut hedge =
        [of("BTCUSDT", "Buy", "10", "5000", "2775"), of("BTCUSDT", "Sell", "10", "-5000", "2775")];
    (hedge[0]["positionIdx"], hedge[1]["positionIdx"]) = (json!(1), json!(2));
    let (second, last) = (page("p3", json!(hedge)), page("", json!([])));
    let read = |pages: &[&Value], required: &str| {
        let mut held = account("3000", &[]);
        held["position-list"] = json!(pages);
        held["wallet-balance"]["result"]["list"][0]["coin"][0] =
            coin("USDT", "3000", required, "100");
        Bybit::account(&held, &schedule)
    };
    let total = "/wallet-balance/result/list/0/coin/0/totalPositionMM";
    for required in ["5650", "2875"] {
        assert_eq!(read(&[&first, &second, &last], required).unwrap().positions.len(), 3);
        let message = format!("{total}: is not that of the positions listed");
        assert_eq!(told(read(&[&first, &last], required)), message);
    }
    let message = format!("{total}: is more than that of the positions listed");
    assert_eq!(told(read(&[&first, &second, &last], "5650.00000005")), message);
    let cursor = "/position-list/0/result/nextPageCursor";
    let message = format!("{cursor}: says that this is the last page, but others follow it");
    assert_eq!(told(read(&[&last, &first], "5650")), message);
    assert_eq!(told(read(&[], "5650")), "/position-list: is a list of no pages");
}

/// An index of hedge mode is of one side, and a contract has one position, or one on each side.
#[test]
fn an_index_is_of_its_side() {
    let schedule = schedule();
    let of = |side: &str, index: Value| {
        let mut position = position("ETHUSDT", side, "0.01", "3641.075");
        position["positionIdx"] = index;
        position
    };
    let read = |positions: &[Value]| Bybit::account(&account("100", positions), &schedule);
    for (side, index) in [("Buy", 0), ("Sell", 0), ("Buy", 1), ("Sell", 2)] {
        assert!(read(&[of(side, json!(index))]).is_ok(), "{side} {index}");
    }
    assert_eq!(read(&[of("Buy", json!(1)), of("Sell", json!(2))]).unwrap().positions.len(), 2);
    let place = "/position-list/result/list/0/positionIdx";
    for (side, index, message) in [
        ("Buy", json!(2), "is that of the other side"),
        ("Sell", json!(1), "is that of the other side"),
        ("Sell", json!(3), "is none of 0, 1 and 2"),
        ("Sell", json!("0"), "is not a non-negative integer"),
    ] {
        assert_eq!(told(read(&[of(side, index)])), format!("{place}: {message}"));
    }
    let place = "/position-list/result/list/1/positionIdx";
    let message = "is that of a second position in the contract, which has one, or in hedge mode one on each side";
    for [first, second] in [[0, 0], [1, 0], [0, 2]] {
        let said = told(read(&[of("Buy", json!(first)), of("Sell", json!(second))]));
        assert_eq!(said, format!("{place}: {message}"));
    }
    let said = told(read(&[of("Buy", json!(1)), of("Buy", json!(1))]));
    assert_eq!(said, format!("{place}: {message}"));
}

/// What is owed in a coin lowers the margin, whatever the coin's switches say.
#[test]
fn a_debt_in_another_coin_is_refused() {
    let schedule = schedule();
    let held = account("100", &[position("ETHUSDT", "Sell", "0.01", "3641.075")]);
    let coin = "/wallet-balance/result/list/0/coin/1";
    for name in ["walletBalance", "equity"] {
        let place = format!("{coin}/{name}");
        let message = format!("{place}: is negative: the schedule leaves debts in other coins out");
        let owed = with(&held, &place, json!("-90000"));
        assert_eq!(told(Bybit::account(&owed, &schedule)), message);
    }
    let mut unsaid = held;
    unsaid.pointer_mut(coin).unwrap().as_object_mut().unwrap().remove("walletBalance");
    let message = format!("{coin}/walletBalance: is missing");
    assert_eq!(told(Bybit::account(&unsaid, &schedule)), message);
}

/// An answer for one coin alone has the account's total: what is owed in another one is margin of it.
#[test]
fn a_missing_coin_is_missed() {
    let schedule = schedule();
    let mut held = account("100", &[position("ETHUSDT", "Sell", "0.01", "3641.075")]);
    let total = "/wallet-balance/result/list/0/totalEquity";
    let coins = "/wallet-balance/result/list/0/coin";
    held["wallet-balance"]["result"]["list"][0]["coin"][1]["usdValue"] = json!("-90000.5");
    let held = with(&held, total, json!("-89999.5"));
    assert_eq!(Bybit::account(&held, &schedule).unwrap().positions.len(), 1);
    let mut one = held.clone();
    one.pointer_mut(coins).unwrap().as_array_mut().unwrap().pop();
    let message = format!("{total}: is not what the coins listed are worth");
    assert_eq!(told(Bybit::account(&one, &schedule)), message);
    let none = with(&held, coins, json!([]));
    assert_eq!(told(Bybit::account(&none, &schedule)), message);
    for (pointer, name) in
        [("/wallet-balance/result/list/0", "totalEquity"), (&*format!("{coins}/0"), "usdValue")]
    {
        let mut unsaid = held.clone();
        unsaid.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
        assert_eq!(
            told(Bybit::account(&unsaid, &schedule)),
            format!("{pointer}/{name}: is missing")
        );
    }
}

/// The wallet's profit says that one of two positions is missing, and that the wallet is that of the positions.
#[test]
fn a_missing_position_is_missed() {
    let schedule = schedule();
    let held = account(
        "100",
        &[
            position("ETHUSDT", "Sell", "0.01", "3641.075"),
            position("BTCUSDT", "Buy", "0.5", "50000"),
        ],
    );
    assert_eq!(Bybit::account(&held, &schedule).unwrap().positions.len(), 2);
    let mut hidden = held.clone();
    hidden["position-list"]["result"]["list"].as_array_mut().unwrap().pop();
    let coin = "/wallet-balance/result/list/0/coin";
    let message = format!("{coin}/0/unrealisedPnl: is not that of the positions listed");
    assert_eq!(told(Bybit::account(&hidden, &schedule)), message);
    let mut owed = held;
    owed.pointer_mut(coin).unwrap().as_array_mut().unwrap().remove(0);
    owed["wallet-balance"]["result"]["list"][0]["totalEquity"] = json!("1");
    let message = format!("{coin}: has no entry of \"USDT\", but positions settle in it");
    assert_eq!(told(Bybit::account(&owed, &schedule)), message);
}

/// 0.5 bitcoin bought at 48,000, whose session began at 50,000: what was made before is in the wallet.
#[test]
fn contracts_in_usdc_are_entered_at_the_price_of_their_session() {
    let mut markets = markets();
    let contract = markets.pointer_mut("/instruments-info/result/list/0").unwrap();
    (contract["symbol"], contract["settleCoin"]) = (json!("BTCPERP"), json!("USDC"));
    markets["risk-limit"][0]["result"]["list"][0]["symbol"] = json!("BTCPERP");
    let options = Options { settle: "USDC".to_owned(), ..Options::default() };
    let schedule = schedules_survive::<Bybit>(&markets, &options);
    let mut held = account("1100", &[position("BTCPERP", "Buy", "0.5", "48000")]);
    held["wallet-balance"]["result"]["list"][0]["coin"][0]["coin"] = json!("USDC");
    let place = "/position-list/result/list/0/sessionAvgPrice";
    assert_eq!(told(Bybit::account(&held, &schedule)), format!("{place}: is missing"));
    let position = held.pointer_mut("/position-list/result/list/0").unwrap();
    position["sessionAvgPrice"] = json!("50000");
    let file = accounts_survive::<Bybit>(&held, &schedule);
    assert_eq!(file.positions[0].entry_value.as_str(), "25000");
    assert_eq!(
        Bybit::figures(&held).unwrap().positions[0].entry_price.as_ref().map(|e| &e.price),
        Some(&number("50000"))
    );
    let empty = told(Bybit::account(&with(&held, place, json!("")), &schedule));
    assert!(empty.starts_with(&format!("{place}: is empty")), "{empty}");
}

#[test]
fn a_folder_of_answers_is_read() {
    let (schedule, prices) = (schedule(), tickers("107000.1", "3641.33"));
    // Of a profit of 0.25.
    let mut short = position("ETHUSDT", "Sell", "0.01", "3641.075");
    short["markPrice"] = json!("3616.075");
    let held = account("100", &[short]);
    let expected =
        (&Bybit::snapshot(&prices, &schedule).unwrap(), &Bybit::account(&held, &schedule).unwrap());
    let markets = markets();
    let made = from_folder(
        "bybit",
        Choice::default(),
        &[
            ("instruments-info", &markets["instruments-info"]),
            ("risk-limit", &markets["risk-limit"]),
            ("tickers", &prices),
            ("account-info", &held["account-info"]),
            ("wallet-balance", &held["wallet-balance"]),
            ("position-list", &held["position-list"]),
        ],
        expected,
    );
    assert_eq!(made.schedule.digest(), schedule.digest());
    assert!(made.undated.is_empty() && made.market.is_some());
}

/// What the answers state, and what it is compared with: the position that the venue reported.
#[test]
fn figures_of_the_venue_are_read() {
    let mut reported = position("ETHUSDT", "Sell", "0.01", "3641.075");
    for (name, value) in [
        ("markPrice", "3641.33"),
        ("unrealisedPnl", "-0.00255"),
        ("positionMM", "0.20281586"),
        ("liqPrice", ""),
    ] {
        reported[name] = json!(value);
    }
    let answers = account("100", &[reported]);
    crate::venue::hostile::survives(&answers, |source| Bybit::figures(source).map(drop));
    let stated = Bybit::figures(&answers).unwrap();
    let held = &stated.positions[0];
    assert_eq!((&held.size, held.mark.as_ref()), (&number("-0.01"), Some(&number("3641.33"))));
    let of = |kind: FigureKind| {
        let figure = stated.figures.iter().find(|f| f.kind == kind && f.subject == held.subject());
        figure.and_then(|figure| figure.value.clone())
    };
    assert_eq!(of(FigureKind::UnrealizedProfit), Some(number("-0.00255")));
    assert_eq!(of(FigureKind::Maintenance), Some(number("0.20281586")));
    assert_eq!(of(FigureKind::LiquidationPrice), None);
    let wallet = Subject::CrossAsset("USDT".to_owned());
    assert!(stated.figures.iter().any(|f| f.subject == wallet && f.kind == FigureKind::Balance));
    assert_eq!(
        told(Bybit::figures(&json!({}))),
        "the file has neither position-list nor wallet-balance"
    );
}

/// By hand: 36.4133 at ten times requires 3.64133, whatever the side; at 300 times a hundredth of it, the least of its risk limit;
/// and beyond that limit a fiftieth at least.
#[test]
fn initial_margin_is_by_leverage() {
    let options = |requirement| Options { requirement, ..Options::default() };
    let of = |requirement| schedules_survive::<Bybit>(&markets(), &options(requirement));
    let initial = of(Some(Requirement::Initial));
    let (maintenance, unnamed) = (of(Some(Requirement::Maintenance)), of(None));
    assert_eq!(initial.file().name, "bybit-usdt-initial");
    assert_eq!(maintenance.file().name, "bybit-usdt-maintenance");
    // One commitment serves both. A record with leverages is none without.
    assert_eq!(initial.registry_digest(), maintenance.registry_digest());
    assert_ne!(initial.registry_digest(), unnamed.registry_digest());
    assert_eq!(unnamed.digest(), schedule().digest());
    assert!(initial.file().leaves_out[0].ends_with("in its initial margin"));
    let snapshot = snapshots_survive::<Bybit>(&tickers("107000.1", "3641.33"), &initial);
    let at = |side: &str, size: &str, leverage: Value| {
        let mut held = position("ETHUSDT", side, size, "3641.075");
        held["leverage"] = leverage;
        account("10000000", &[held])
    };
    let required = |source: Value| {
        let file = accounts_survive::<Bybit>(&source, &initial);
        computed(&initial, &snapshot, &file).maintenance
    };
    for side in ["Buy", "Sell"] {
        assert_eq!(required(at(side, "0.01", json!("10"))), number("3.64133"));
        assert_eq!(required(at(side, "0.01", json!("12.5"))), number("2.913064"));
        assert_eq!(required(at(side, "0.01", json!("300"))), number("0.364133"));
        // 300 coins are worth 1,092,399.
        assert_eq!(required(at(side, "300", json!("300"))), number("21847.98"));
    }
    // A third of a value of 36.4133, rounded up at the 18th digit.
    let thirds = with(&markets(), "/risk-limit/0/result/list/1/maxLeverage", json!("3"));
    let thirds = with(&thirds, "/risk-limit/0/result/list/1/initialMargin", json!(""));
    let thirds = schedules_survive::<Bybit>(&thirds, &options(Some(Requirement::Initial)));
    let prices = snapshots_survive::<Bybit>(&tickers("107000.1", "3641.33"), &thirds);
    let file = accounts_survive::<Bybit>(&at("Buy", "0.01", json!("300")), &thirds);
    assert_eq!(computed(&thirds, &prices, &file).maintenance, number("12.137766666666666667"));
    let market = crate::compile(&initial, &snapshot).unwrap();
    let profile = Profile { leverage: true, ..Profile::GENERAL };
    assert_eq!(market.market().profile(), Ok(profile));
    // A record without leverages is none of this registry; the answer must say it.
    for (leverage, message) in
        [(json!(""), "is empty"), (json!("0"), "is not above zero"), (json!(null), "is missing")]
    {
        // Where nothing reads it, one that is not stated is none.
        let unread = Bybit::account(&at("Buy", "0.01", leverage.clone()), &maintenance);
        let stated = unread.map(|file| file.positions[0].own_leverage.clone()).ok();
        assert_eq!(stated, (leverage != json!("0")).then_some(None));
        let told = told(Bybit::account(&at("Buy", "0.01", leverage), &initial));
        let place = "/position-list/result/list/0/leverage: ";
        assert!(told.starts_with(place) && told.contains(message), "{told}");
    }
    let wrong = with(&markets(), "/risk-limit/0/result/list/0/maxLeverage", json!("0.5"));
    let told = told(Bybit::schedule(&wrong, &options(Some(Requirement::Initial))));
    assert!(told.starts_with("/risk-limit/0/result/list/0/"), "{told}");
}

/// By hand: 0.0175 and 0.015 of a value of 36.4133, whose leverages are cut at two digits; no table has a 57.14th and a 66.66th.
#[test]
fn a_stated_initial_rate_is_the_least() {
    let options = Options { requirement: Some(Requirement::Initial), ..Options::default() };
    let place = "/risk-limit/0/result/list/1";
    let of = |rate: Value, leverage: &str| {
        let source = with(&markets(), &format!("{place}/initialMargin"), rate);
        with(&source, &format!("{place}/maxLeverage"), json!(leverage))
    };
    let mut held = position("ETHUSDT", "Buy", "0.01", "3641.075");
    held["leverage"] = json!("100");
    let held = account("100", &[held]);
    for (rate, leverage, required) in [
        ("0.0175", "57.14", "0.63723275"),
        ("0.015", "66.66", "0.5461995"),
        ("0.03", "33.33", "1.092399"),
        ("0.02", "50.00", "0.728266"),
        ("0.02", "50", "0.728266"),
        ("0.0133", "75", "0.48429689"),
        ("1", "1", "36.4133"),
    ] {
        let schedule = schedules_survive::<Bybit>(&of(json!(rate), leverage), &options);
        let snapshot = snapshots_survive::<Bybit>(&tickers("107000.1", "3641.33"), &schedule);
        let file = accounts_survive::<Bybit>(&held, &schedule);
        assert_eq!(computed(&schedule, &snapshot, &file).maintenance, number(required), "{rate}");
        assert!(schedule.instrument("ETHUSDT").is_some());
    }
    // What digits leave out is less than a hundredth.
    for (rate, leverage) in
        [("0.0175", "56"), ("0.0175", "58"), ("0.015", "75"), ("0.01", "50"), ("0.02", "40")]
    {
        let told = told(Bybit::schedule(&of(json!(rate), leverage), &options));
        let shown = format!("is {rate}, and the highest leverage {leverage}, ");
        assert!(told.starts_with(&format!("{place}/initialMargin: {shown}")), "{told}");
    }
    let told = |rate, leverage| told(Bybit::schedule(&of(rate, leverage), &options));
    assert!(told(json!("0"), "100").contains("initialMargin: is not above zero"));
    assert!(told(json!("0.01"), "0.5").contains("maxLeverage: is below 1"));
    // Without a rate the leverage says it, where a table has it.
    for rate in [Value::Null, json!("")] {
        let made = Bybit::schedule(&of(rate.clone(), "57.14"), &options).unwrap();
        assert!(made.left_out.is_empty() && made.schedule.instruments.len() == 2);
        let source = of(rate, "57.14");
        let source = with(&source, "/risk-limit/1/result/list/0/initialMargin", json!(""));
        let source = with(&source, "/risk-limit/1/result/list/0/maxLeverage", json!("44.43"));
        let made = Bybit::schedule(&source, &options).unwrap();
        let why = &made.left_out[0].why;
        assert_eq!(why, "its least rates need a denominator above 1000000");
    }
}
