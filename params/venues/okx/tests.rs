//! Answers in the documentation's form. The contracts are those that nautechsystems/nautilus_trader keeps as test data
//! (commit a95c8042b00133829d252ae8cf68f78fc176a973, `crates/adapters/okx/test_data/http_get_instruments_swap.json`); tiers
//! are made up, except the first rate of BTC-USDT.

use super::*;
use crate::AskedBooks;
use crate::portfolio::figure::{less, product, sum};
use crate::tests::rounds;
use crate::venue::computed::{Numbers, computed, from_folder, minus, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use num_traits::Signed;
use serde_json::json;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::{Isolated, Profile};

fn answer(data: Value) -> Value {
    json!({"code": "0", "msg": "", "data": data})
}

fn contract(symbol: &str, kind: &str, face: &str, lot: &str) -> Value {
    let family = symbol.trim_end_matches("-SWAP");
    let settle = if kind == "linear" { "USDT" } else { "BTC" };
    json!({
        "instId": symbol, "instType": "SWAP", "instFamily": family, "ctType": kind, "ctVal": face, "ctMult": "1",
        "lotSz": lot, "settleCcy": settle, "state": "live",
    })
}

fn tier(family: &str, least: &str, most: &str, rate: &str) -> Value {
    json!({"instFamily": family, "instId": "", "minSz": least, "maxSz": most, "mmr": rate, "imr": "0.01", "maxLever": "100"})
}

/// Tiers of one family in either way of naming their ends, and a row of a spot pair as an answer has it.
fn markets() -> Value {
    let contracts = [
        contract("BTC-USD-SWAP", "inverse", "100", "1"),
        contract("ETH-USDT-SWAP", "linear", "0.1", "0.01"),
        contract("BTC-USDT-SWAP", "linear", "0.01", "0.01"),
    ];
    let spot =
        json!({"instFamily": "", "instId": "BTC-USDT", "minSz": "0", "maxSz": "50", "mmr": "0.03"});
    json!({
        "instruments": answer(json!(contracts)),
        "position-tiers": [
            answer(json!([spot])),
            answer(json!([
                tier("BTC-USDT", "0", "1000", "0.004"),
                tier("BTC-USDT", "1000.01", "9000", "0.005"),
            ])),
            answer(json!([
                tier("ETH-USDT", "0", "500", "0.004"),
                tier("ETH-USDT", "500", "20000", "0.0065"),
                tier("ETH-USDT", "20001", "30000", "0.01"),
            ])),
        ],
    })
}

/// With the taker's fee, as freqtrade's case has it.
fn with_fee() -> Value {
    let mut markets = markets();
    let fees = json!({"instType": "SWAP", "level": "Lv1", "taker": "-0.0005", "takerU": "-0.0006", "takerUSDC": "-0.0004"});
    markets["trade-fee"] = answer(json!([fees]));
    markets
}

fn marks(btc: &str, eth: &str) -> Value {
    let mark = |symbol: &str, price: &str, time: &str| json!({"instType": "SWAP", "instId": symbol, "markPx": price, "ts": time});
    answer(json!([
        mark("BTC-USDT-SWAP", btc, "1627227626502"),
        mark("ETH-USDT-SWAP", eth, "1627227626510"),
    ]))
}

fn position(symbol: &str, side: &str, size: &str, price: &str, margin: Option<&str>) -> Value {
    json!({
        "instId": symbol, "instType": "SWAP", "posSide": side, "pos": size, "avgPx": price,
        "mgnMode": if margin.is_some() { "isolated" } else { "cross" }, "margin": margin.unwrap_or(""), "upl": "0.25",
        "mmr": "0.5", "markPx": price, "notionalUsd": "1",
    })
}

fn coin(name: &str, cash: &str, profit: &str) -> Value {
    json!({
        "ccy": name, "cashBal": cash, "ordFrozen": "0", "liab": "", "crossLiab": "", "interest": "", "stgyEq": "0",
        "rewardBal": "0", "mmr": "0", "isoEq": "0", "upl": profit,
    })
}

/// With a profit of 0.25 and a requirement of 0.5 of each position, wherever its price is.
fn account(cash: &str, positions: &[Value]) -> Value {
    let mut usdt = coin("USDT", cash, ["0", "0.25", "0.5", "0.75"][positions.len()]);
    let [mut cross, mut isolated] = [number("0"), number("0")];
    for position in positions {
        match position["margin"].as_str().unwrap() {
            "" => cross = sum(&cross, &number("0.5")),
            margin => isolated = sum(&isolated, &sum(&number(margin), &number("0.25"))),
        }
    }
    (usdt["mmr"], usdt["isoEq"]) = (json!(cross.to_string()), json!(isolated.to_string()));
    let coins = [coin("BTC", "2", "0"), usdt];
    json!({
        "config": answer(json!([{"acctLv": "2", "posMode": "net_mode"}])),
        "balance": answer(json!([{"adjEq": "", "details": coins}])),
        "positions": answer(json!(positions)),
    })
}

fn schedule() -> Schedule {
    schedules_survive::<Okx>(&markets(), &Options::default())
}

/// One contract that the venue reported on 2021-07-25 (ccxt's `js/src/okx.js` quotes it): its requirement is
/// 1.3652874433435829 at the mark that its profit of 0.0108608358957281 gives.
#[test]
fn a_position_that_the_venue_reported() {
    let schedule = schedule();
    let snapshot = snapshots_survive::<Okx>(&marks("34132.18608358957281", "2200"), &schedule);
    assert_eq!(snapshot.sequence, 1_627_227_626_502);
    let held = account("100", &[position("BTC-USDT-SWAP", "long", "1", "34131.1", None)]);
    let file = accounts_survive::<Okx>(&held, &schedule);
    let computed = computed(&schedule, &snapshot, &file);
    assert_eq!(minus(&computed.equity, &number("100")), number("0.0108608358957281"));
    // Beyond the sixteenth digit the venue's figure is what 64 bits keep of it.
    assert_eq!(computed.maintenance, number("1.3652874433435829124"));
    // Tiers by what is held of a family, with isolated books and without them.
    let market = crate::compile(&schedule, &snapshot).unwrap();
    let profile = |cross_alone| {
        let books = AskedBooks { cross_alone, ..AskedBooks::default() };
        let books = schedule.books(&books).unwrap();
        market.of_books(books).unwrap().market().profile().unwrap()
    };
    assert_eq!(profile(false), Profile { isolated: Isolated::Compared, ..Profile::FAMILY });
    assert_eq!(profile(true), Profile { isolated: Isolated::LeftOut, ..Profile::FAMILY });
}

/// The wallet that the library above keeps (`http_get_account_balance.json`): cash of 94.42612990333333 beside an
/// isolated position's 5.468566666666667, together the answer's equity of 99.89469657000001.
#[test]
fn a_wallet_that_the_venue_reported() {
    let schedule = schedule();
    // Its profit is -0.0273: 5.4958666... of margin.
    let margin = "5.495866666666667";
    let held = account(
        "94.42612990333333",
        &[position("BTC-USDT-SWAP", "long", "1", "34131.1", Some(margin))],
    );
    let file = Okx::account(&held, &schedule).unwrap();
    let snapshot = Okx::snapshot(&marks("34128.37", "2200"), &schedule).unwrap();
    let computed = computed(&schedule, &snapshot, &file);
    assert_eq!(computed.equity, number("94.42612990333333"));
    assert_eq!(computed.isolated[0].0, number("5.468566666666667"));
    let all = sum(&computed.equity, &computed.isolated[0].0);
    assert_eq!(all, number("99.894696569999997"));
}

/// freqtrade's liquidation price of a short position at 10 with a margin of 10/3, a rate of 1 % and a fee of 0.06 %
/// (`tests/exchange/test_exchange.py:6041`): 13.193482419684678.
#[test]
fn a_liquidation_price_of_freqtrade() {
    let mut markets = with_fee();
    let contract = markets.pointer_mut("/instruments/data/2").unwrap();
    (contract["ctVal"], contract["lotSz"]) = (json!("1"), json!("0.1"));
    markets["position-tiers"] = answer(json!([tier("BTC-USDT", "0", "1000", "0.01")]));
    let schedule = Schedule::new(Okx::schedule(&markets, &Options::default()).unwrap().schedule);
    let schedule = schedule.unwrap();
    assert_eq!(schedule.file().tiers[0].rows[0].rate.as_str(), "0.0106");
    assert!(!schedule.file().leaves_out.iter().any(|words| words.contains("fee to close")));
    let margin = "3.333333333333333333";
    for (mark, healthy) in [("13.193482419684", true), ("13.193482419685", false)] {
        let held = position("BTC-USDT-SWAP", "short", "1", "10.0", Some(margin));
        let file = Okx::account(&account("1", &[held]), &schedule).unwrap();
        let snapshot = Okx::snapshot(&marks(mark, "1"), &schedule).unwrap();
        assert_eq!(computed(&schedule, &snapshot, &file).healthy, healthy, "{mark}");
    }
}

/// The rate by contracts of a size, by the tiers above.
fn rate(tiers: &[(&str, &'static str)], size: &Decimal) -> Decimal {
    let (_, rate) = tiers
        .iter()
        .find(|(most, _)| !minus(&number(most), size).coefficient().is_negative())
        .expect("within the last tier");
    number(rate)
}

/// Requirement and equity of each book by the formula, in exact decimal numbers, with the fee.
#[test]
fn random_accounts_have_the_figures_of_the_formula() {
    let schedule = schedules_survive::<Okx>(&with_fee(), &Options::default());
    let btc_tiers = [("1000", "0.004"), ("9000", "0.005")];
    let eth_tiers = [("500", "0.004"), ("20000", "0.0065"), ("30000", "0.01")];
    let mut numbers = Numbers::new(11);
    let mut healthy = 0;
    for _ in 0..rounds(300) {
        let marks_of = [numbers.decimal(1_000_000, 1), numbers.decimal(1_000_000, 2)];
        let size = [numbers.decimal(600_000, 2), numbers.decimal(3_000_000, 2)];
        let entry = [numbers.decimal(1_000_000, 1), numbers.decimal(100_000_000_000, 7)];
        let cash = numbers.decimal(5_000_000_000_000, 6);
        let margin = numbers.decimal(2_000_000_000_000, 6);
        let long = [numbers.below(2) == 0, numbers.below(2) == 0];
        let isolated = numbers.below(2) == 0;
        let signed = |i: usize| if long[i] { size[i].clone() } else { less(&size[i]) };
        // Of the other side, at the same entry price, so that it is in the tier and in no profit but its own.
        let other = numbers.decimal(300_000, 2);
        let hedged = numbers.below(2) == 0;
        let btc = |size: &Decimal, long: bool| {
            let side = if long { "long" } else { "short" };
            position("BTC-USDT-SWAP", side, &size.to_string(), &entry[0].to_string(), None)
        };
        let mut listed = vec![
            position("BTC-USDT-SWAP", "net", &signed(0).to_string(), &entry[0].to_string(), None),
            position(
                "ETH-USDT-SWAP",
                if long[1] { "long" } else { "short" },
                &size[1].to_string(),
                &entry[1].to_string(),
                isolated.then(|| margin.to_string()).as_deref(),
            ),
        ];
        if hedged {
            listed[0] = btc(&size[0], long[0]);
            listed.push(btc(&other, !long[0]));
        }
        let held = account(&cash.to_string(), &listed);
        let file = Okx::account(&held, &schedule).unwrap();
        let prices = marks(&marks_of[0].to_string(), &marks_of[1].to_string());
        let computed = computed(&schedule, &Okx::snapshot(&prices, &schedule).unwrap(), &file);
        let faces = [number("0.01"), number("0.1")];
        let profit = [0, 1]
            .map(|i| product(&product(&signed(i), &faces[i]), &minus(&marks_of[i], &entry[i])));
        // All contracts of the family are in one tier, whose rate is that of each of them.
        let both = if hedged { sum(&size[0], &other) } else { size[0].clone() };
        let required = [(&both, 0, &btc_tiers[..]), (&size[1], 1, &eth_tiers[..])];
        let required = required.map(|(held, i, tiers)| {
            let value = product(&product(held, &faces[i]), &marks_of[i]);
            product(&value, &sum(&rate(tiers, held), &number("0.0006")))
        });
        let mut profit = profit;
        if hedged {
            let against = if long[0] { less(&other) } else { other.clone() };
            let moved = minus(&marks_of[0], &entry[0]);
            profit[0] = sum(&profit[0], &product(&product(&against, &faces[0]), &moved));
        }
        let mut books = vec![(sum(&cash, &profit[0]), required[0].clone())];
        if isolated {
            books.push((sum(&margin, &profit[1]), required[1].clone()));
        } else {
            books[0] = (sum(&books[0].0, &profit[1]), sum(&books[0].1, &required[1]));
        }
        let mut made = vec![(computed.equity.clone(), computed.maintenance.clone())];
        made.extend(computed.isolated.clone());
        assert_eq!(made, books);
        let all = books.iter().all(|(e, m)| minus(e, m).coefficient().is_positive());
        assert_eq!(computed.healthy, all);
        healthy += u32::from(all);
    }
    assert!((20..280).contains(&healthy), "{healthy}");
}

/// Two contracts of one family, of which one is traded in tenths: a tier ends at a number of contracts, and not at the next
/// whole one for the other contract.
#[test]
fn a_tier_of_a_family_ends_alike_for_all_of_its_contracts() {
    let mut markets = with(&markets(), "/instruments/data/1/instFamily", json!("BTC-USDT"));
    markets["instruments"]["data"][1]["lotSz"] = json!("1");
    markets["instruments"]["data"][2]["lotSz"] = json!("0.1");
    markets["position-tiers"] = answer(json!([
        tier("BTC-USDT", "0", "1000", "0.004"),
        tier("BTC-USDT", "1001", "9000", "0.005"),
    ]));
    let schedule = schedules_survive::<Okx>(&markets, &Options::default());
    let snapshot = Okx::snapshot(&marks("100", "10"), &schedule).unwrap();
    // In units of value: 0.1 for each contract of ETH, and 0.01 for each of BTC.
    for (fine, rate) in [("0", "0.004"), ("0.1", "0.005"), ("0.9", "0.005"), ("1", "0.005")] {
        let of = |symbol, size| position(symbol, "long", size, "1", None);
        let mut listed = vec![of("ETH-USDT-SWAP", "1000")];
        if fine != "0" {
            listed.push(of("BTC-USDT-SWAP", fine));
        }
        let file = Okx::account(&account("100", &listed), &schedule).unwrap();
        let value = sum(&number("1000"), &number(fine));
        let required = product(&value, &number(rate));
        assert_eq!(computed(&schedule, &snapshot, &file).maintenance, required, "{fine}");
    }
}

#[test]
fn bad_markets_are_refused_with_the_place() {
    let tiers = "/position-tiers/2/data";
    for (pointer, value, message) in [
        ("/instruments/code".to_owned(), json!("50011"), "is not \"0\": the venue refused"),
        (
            format!("{tiers}/0/minSz"),
            json!("1"),
            "is not 0, but the tier is the first of its family",
        ),
        (format!("{tiers}/2/minSz"), json!("19999"), "is below the tier before"),
        (format!("{tiers}/1/maxSz"), json!("0.001"), "is not a size of the contract"),
        (format!("{tiers}/1/mmr"), json!("0"), "is not above zero"),
        ("/instruments/data/1/ctVal".to_owned(), json!("0"), "and ctMult are not above zero"),
        ("/trade-fee/data/0/takerU".to_owned(), json!("0.0002"), "is positive, which is a rebate"),
        ("/trade-fee/data/0/instType".to_owned(), json!("SPOT"), "is not \"SWAP\""),
    ] {
        let told = told(Okx::schedule(&with(&with_fee(), &pointer, value), &Options::default()));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
    let left_out = Okx::schedule(&markets(), &Options::default()).unwrap().left_out;
    assert_eq!(left_out[0].why, "not linear");
    for (name, value, why) in [
        ("settleCcy", json!("USDC"), "settles in another asset"),
        ("state", json!("suspend"), "not live"),
        ("instFamily", json!("SOL-USDT"), "has no position tiers in the answer"),
    ] {
        let pointer = format!("/instruments/data/1/{name}");
        let imported = Okx::schedule(&with(&markets(), &pointer, value), &Options::default());
        assert_eq!(imported.unwrap().left_out[1].why, why);
    }
}

#[test]
fn what_would_change_the_result_is_refused_with_the_place_and_no_figure() {
    let schedule = schedule();
    let held = account("100", &[position("ETH-USDT-SWAP", "long", "0.01", "2200", Some("1"))]);
    for (name, mode, message) in [
        ("mmr", "isolated", "is not zero, but no position of the cross book is listed"),
        ("isoEq", "cross", "is not zero, but no isolated position is listed"),
    ] {
        let place = format!("/balance/data/0/details/1/{name}");
        let spoiled = with(&held, "/balance/data/0/details/1/mmr", json!("0.5"));
        let spoiled = with(&spoiled, &place, json!("0.5"));
        let spoiled = with(&spoiled, "/positions/data/0/mgnMode", json!(mode));
        assert_eq!(told(Okx::account(&spoiled, &schedule)), format!("{place}: {message}"));
    }
    let at = "/positions/data/0";
    let usdt = "/balance/data/0/details/1";
    for (pointer, value, message) in [
        (
            "/config/data/0/acctLv".to_owned(),
            json!("3"),
            "is \"3\", multi-currency margin; the schedule is of \"2\"",
        ),
        (
            "/config/data/0/acctLv".to_owned(),
            json!("4"),
            "is \"4\", portfolio margin; the schedule is of \"2\"",
        ),
        (
            format!("{usdt}/ordFrozen"),
            json!("0.5"),
            "is not zero: open orders have margin, which the schedule leaves out",
        ),
        (format!("{usdt}/liab"), json!("1"), "is not zero: the schedule leaves borrowing out"),
        (
            format!("{at}/instType"),
            json!("FUTURES"),
            "is not \"SWAP\": the schedule leaves other positions out",
        ),
        (
            format!("{at}/instType"),
            json!("OPTION"),
            "is of a portfolio account: an account is linear or portfolio, and a venue that has both keeps two accounts of one holder key",
        ),
        (format!("{at}/instId"), json!("X-SWAP"), "is not an instrument of the schedule"),
        (format!("{at}/pos"), json!("-1"), "is negative, but posSide says the side"),
        (format!("{at}/pos"), json!("0.001"), "has 3 digits after the point, but only 2 are read"),
        (format!("{at}/posSide"), json!("both"), "is none of \"net\", \"long\" and \"short\""),
        (format!("{at}/mgnMode"), json!("cash"), "is neither \"cross\" nor \"isolated\""),
        (format!("{at}/margin"), json!(null), "is missing"),
        (format!("{at}/avgPx"), json!("-1"), "is not a price above zero"),
        (format!("{usdt}/isoEq"), json!("3000"), "is not that of the positions listed"),
    ] {
        let told = told(Okx::account(&with(&held, &pointer, value), &schedule));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
}

/// A coin's liabilities of isolated positions, and the profit of those listed, where the answer has them.
#[test]
fn what_isolated_positions_owe_is_refused() {
    let schedule = schedule();
    let held = account("100", &[position("ETH-USDT-SWAP", "long", "0.01", "2200", Some("1"))]);
    let coin = "/balance/data/0/details/1";
    let read = |name: &str, value: &str| {
        let mut answer = held.clone();
        answer.pointer_mut(coin).unwrap()[name] = json!(value);
        Okx::account(&answer, &schedule)
    };
    for (name, value) in [("isoLiab", ""), ("isoLiab", "0"), ("uplLiab", ""), ("isoUpl", "0.25")] {
        assert!(read(name, value).is_ok(), "{name} {value}");
    }
    for (name, value, message) in [
        ("isoLiab", "3", "is not zero: the schedule leaves borrowing out"),
        ("uplLiab", "0.5", "is not zero: the schedule leaves borrowing out"),
        ("isoUpl", "0", "is not that of the isolated positions listed"),
        ("isoUpl", "-0.25", "is not that of the isolated positions listed"),
    ] {
        assert_eq!(told(read(name, value)), format!("{coin}/{name}: {message}"));
    }
}

/// What says nothing about what is held is not read as nothing.
#[test]
fn what_is_absent_is_not_nothing() {
    let schedule = schedule();
    let held = account("100", &[position("ETH-USDT-SWAP", "long", "0.01", "2200", Some("1"))]);
    let coin = "/balance/data/0/details/1";
    for (pointer, name) in [
        ("/positions/data/0", "pos"),
        ("/positions/data/0", "upl"),
        (coin, "upl"),
        (coin, "ordFrozen"),
        (coin, "liab"),
        (coin, "stgyEq"),
        (coin, "mmr"),
    ] {
        let mut spoiled = held.clone();
        spoiled.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
        let message = format!("{pointer}/{name}: is missing");
        assert_eq!(told(Okx::account(&spoiled, &schedule)), message);
    }
}

/// The currency's profit says that one of two positions is missing, and that its balance is that of the positions.
#[test]
fn a_missing_position_is_missed() {
    let schedule = schedule();
    let held = account(
        "100",
        &[
            position("ETH-USDT-SWAP", "long", "0.01", "2200", None),
            position("BTC-USDT-SWAP", "short", "1", "34131.1", None),
        ],
    );
    assert_eq!(Okx::account(&held, &schedule).unwrap().positions.len(), 2);
    let mut hidden = held.clone();
    hidden["positions"]["data"].as_array_mut().unwrap().pop();
    let message = "/balance/data/0/details/1/upl: is not that of the positions listed";
    assert_eq!(told(Okx::account(&hidden, &schedule)), message);
    // One without profit is told by what it requires, and an isolated one by what is in its book.
    let mut unmoved = hidden.clone();
    unmoved["balance"]["data"][0]["details"][1]["upl"] = json!("0.25");
    let message = "/balance/data/0/details/1/mmr: is not that of the positions listed";
    assert_eq!(told(Okx::account(&unmoved, &schedule)), message);
    unmoved["balance"]["data"][0]["details"][1]["mmr"] = json!("0.5");
    assert_eq!(Okx::account(&unmoved, &schedule).unwrap().positions.len(), 1);
    unmoved["positions"]["data"][0]["pos"] = json!("0");
    let message = "/positions/data/0/upl: is not zero, but pos is: an entry without a position has no figures";
    assert_eq!(told(Okx::account(&unmoved, &schedule)), message);
    let mut owed = held;
    owed["balance"]["data"][0]["details"].as_array_mut().unwrap().pop();
    let message = "/balance/data/0/details: has no entry of \"USDT\", but positions settle in it";
    assert_eq!(told(Okx::account(&owed, &schedule)), message);
}

#[test]
fn a_folder_of_answers_is_read() {
    let (markets, prices) = (with_fee(), marks("34132.1", "2200"));
    let schedule = schedules_survive::<Okx>(&markets, &Options::default());
    // 0.001 coins have gained 250 dollars each.
    let mut ether = position("ETH-USDT-SWAP", "long", "0.01", "1950", Some("1"));
    ether["markPx"] = json!("2200");
    let held = account("100", &[ether]);
    let expected =
        (&Okx::snapshot(&prices, &schedule).unwrap(), &Okx::account(&held, &schedule).unwrap());
    let made = from_folder(
        "okx",
        Choice::default(),
        &[
            ("instruments", &markets["instruments"]),
            ("position-tiers", &markets["position-tiers"]),
            ("trade-fee", &markets["trade-fee"]),
            ("mark-price", &prices),
            ("config", &held["config"]),
            ("balance", &held["balance"]),
            ("positions", &held["positions"]),
        ],
        expected,
    );
    // Its rates step on the whole position, which is declared.
    assert_eq!(made.schedule.digest(), schedule.digest());
    assert!(!made.declared.is_empty());
}

/// What the answers state: the position that the venue reported, and the wallet.
#[test]
fn figures_of_the_venue_are_read() {
    let mut reported = position("BTC-USDT-SWAP", "long", "1", "34131.1", None);
    for (name, value) in [
        ("ccy", "USDT"),
        ("upl", "0.0108608358957281"),
        ("mmr", "1.3652874433435829"),
        ("imr", "170.66093041794787"),
        ("liqPx", "12608.959083877446"),
        ("lever", "2"),
    ] {
        reported[name] = json!(value);
    }
    let answers = account("94.42612990333333", &[reported]);
    crate::venue::hostile::survives(&answers, |source| Okx::figures(source).map(drop));
    let stated = Okx::figures(&answers).unwrap();
    let held = stated.positions[0].subject();
    let of = |kind: FigureKind| {
        let figure = stated.figures.iter().find(|f| f.kind == kind && f.subject == held);
        figure.and_then(|figure| figure.value.clone()).unwrap()
    };
    assert_eq!(of(FigureKind::Maintenance), number("1.3652874433435829"));
    assert_eq!(of(FigureKind::LiquidationPrice), number("12608.959083877446"));
    assert_eq!(stated.balances.len(), 2);
    assert_eq!(told(Okx::figures(&json!({}))), "the file has neither positions nor balance");
}

/// By hand: 600 contracts on each side are 1200 of the family, beyond its first tier of 1000, in the cross book; with one side
/// isolated, each is in the first.
#[test]
fn both_sides_of_a_swap_are_in_one_tier() {
    let schedule = schedule();
    let snapshot = Okx::snapshot(&marks("34000", "2200"), &schedule).unwrap();
    let required = |margin: Option<&str>| {
        let held = [
            position("BTC-USDT-SWAP", "long", "600", "34000", None),
            position("BTC-USDT-SWAP", "short", "600", "34000", margin),
        ];
        let file = Okx::account(&account("100000", &held), &schedule).unwrap();
        computed(&schedule, &snapshot, &file)
    };
    // Of 6 BTC on each side.
    assert_eq!(required(None).maintenance, number("2040"));
    let apart = required(Some("10000"));
    assert_eq!(apart.maintenance, number("816"));
    assert_eq!(apart.isolated[0].1, number("816"));
}

/// A contract of a family that is listed later gets its number beside the others.
#[test]
fn contracts_of_a_family_are_numbered_together() {
    let mut markets = markets();
    let mut second = contract("BTC-USDT-SWAP", "linear", "0.01", "0.01");
    second["instId"] = json!("BTC-USDT-2-SWAP");
    second["lotSz"] = json!("0.001");
    let first = contract("SOL-USDT-SWAP", "linear", "1", "1");
    let list = markets["instruments"]["data"].as_array_mut().unwrap();
    list.push(first);
    list.push(second);
    let made = Schedule::new(Okx::schedule(&markets, &Options::default()).unwrap().schedule);
    let made = made.unwrap();
    let ids: Vec<_> = made.instruments().iter().map(|i| (i.id, i.symbol.as_str())).collect();
    assert_eq!(ids, [(64, "ETH-USDT-SWAP"), (128, "BTC-USDT-SWAP"), (129, "BTC-USDT-2-SWAP")]);
    // What a size counts is in the finer of both units.
    let units: Vec<_> =
        made.instruments()[1..].iter().map(|i| i.family.clone().unwrap().unit).collect();
    assert_eq!(units, [10.into(), 1.into()]);

    // Of a list that had only ETH and one of BTC, whose account is the same under both.
    let before =
        Schedule::new(Okx::schedule(&self::markets(), &Options::default()).unwrap().schedule);
    let before = before.unwrap();
    assert_eq!(before.registry_digest(), made.registry_digest());
    made.continues(&before).unwrap();
    let held = account("100", &[position("ETH-USDT-SWAP", "long", "0.01", "2200", Some("1"))]);
    let [was, is] = [&before, &made].map(|of| {
        let file = Okx::account(&held, of).unwrap();
        file.holdings(of).unwrap()
    });
    assert_eq!(was, is);

    // As many as a block holds, and one more.
    let list = markets["instruments"]["data"].as_array_mut().unwrap();
    for at in 3..=64 {
        let mut next = contract("BTC-USDT-SWAP", "linear", "0.01", "0.01");
        next["instId"] = json!(format!("BTC-USDT-{at}-SWAP"));
        list.push(next);
    }
    let full = Schedule::new(Okx::schedule(&markets, &Options::default()).unwrap().schedule);
    assert_eq!(full.unwrap().instrument("BTC-USDT-64-SWAP").unwrap().id, 191);
    let list = markets["instruments"]["data"].as_array_mut().unwrap();
    list.push(contract("BTC-USDT-SWAP", "linear", "0.01", "0.01"));
    let message = "/instruments/data/67/instFamily: has more contracts than ids in its block";
    assert_eq!(told(Okx::schedule(&markets, &Options::default())), message);
}
