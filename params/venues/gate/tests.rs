//! Answers in the documentation's form; figures are made up, except those of one position that the documentation shows.

use super::*;
use crate::portfolio::figure::{less, product, sum};
use crate::tests::rounds;
use crate::venue::computed::{Numbers, computed, from_folder, minus, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use num_traits::Signed;
use serde_json::json;
use zkmargin_model::rule::{Isolated, Profile};

fn contract(name: &str, multiplier: &str, mark: &str) -> Value {
    json!({
        "name": name, "type": "direct", "quanto_multiplier": multiplier, "mark_price": mark, "taker_fee_rate": "0.0006",
        "in_delisting": false,
    })
}

fn tier(contract: &str, limit: &str, rate: &str, deduction: &str) -> Value {
    json!({
        "contract": contract, "risk_limit": limit, "initial_rate": "0.01", "maintenance_rate": rate,
        "leverage_max": "100", "deduction": deduction,
    })
}

/// Both tables are continuous: 0.5 % and 1 % less 500 of 100,000.
fn markets() -> Value {
    json!({
        "contracts": [contract("BTC_USDT", "0.0001", "3780.32"), contract("ETH_USDT", "0.01", "1800.5")],
        "risk_limit_tiers": [
            [tier("BTC_USDT", "1000000", "0.005", "0"), tier("BTC_USDT", "2000000", "0.01", "5000")],
            [tier("ETH_USDT", "100000", "0.005", ""), tier("ETH_USDT", "200000", "0.01", "500")],
        ],
    })
}

fn prices(btc: &str, eth: &str) -> Value {
    json!({
        "contracts": [contract("BTC_USDT", "0.0001", btc), contract("ETH_USDT", "0.01", eth)],
        "time": {"server_time": 1_700_000_000_000_u64},
    })
}

fn position(contract: &str, size: i64, price: &str, margin: Option<&str>) -> Value {
    json!({
        "contract": contract, "size": size, "entry_price": price, "leverage": if margin.is_some() { "10" } else { "0" },
        "margin": margin.unwrap_or("0"), "mode": "single",
        "unrealised_pnl": if size == 0 { "0" } else { "0.25" },
        "maintenance_margin": if size == 0 { "0" } else { "0.5" }, "mark_price": price, "value": "1",
    })
}

/// With a profit of 0.25 and a requirement of 0.5 of each position in the cross book, wherever its price is.
fn account(total: &str, positions: &[Value]) -> Value {
    let held = positions.iter().filter(|position| position["size"] != 0);
    let (cross, isolated): (Vec<_>, Vec<_>) =
        held.partition(|position| position["leverage"] == "0");
    let margins = isolated.iter().map(|p| number(p["margin"].as_str().unwrap()));
    let margins = margins.fold(number("0"), |all, margin| sum(&all, &margin)).to_string();
    let (profit, required) = [("0", "0"), ("0.25", "0.5"), ("0.5", "1")][cross.len()];
    json!({
        "accounts": {
            "currency": "USDT", "total": total, "margin_mode": 0, "enable_tiered_mm": true, "order_margin": "0",
            "cross_order_margin": "0", "cross_maintenance_margin": required, "bonus": "0", "point": "0",
            "cross_unrealised_pnl": profit, "isolated_position_margin": margins,
        },
        "positions": positions,
    })
}

fn schedule() -> Schedule {
    schedules_survive::<Gate>(&markets(), &Options::default())
}

/// The documentation's position: 9,440 contracts of 0.0001 BTC at 3780.32 are worth 3568.62.
#[test]
fn a_position_of_the_documentation() {
    let schedule = schedule();
    let snapshot = snapshots_survive::<Gate>(&prices("3780.32", "1800.5"), &schedule);
    let empty = position("SOL_USDT", 0, "0", None);
    let held = account("1000", &[position("BTC_USDT", -9440, "3779.55", None), empty]);
    let file = accounts_survive::<Gate>(&held, &schedule);
    let computed = computed(&schedule, &snapshot, &file);
    // 3568.62208 of value: 0.56 % of it, and a loss of 0.944 * 0.77.
    assert_eq!(computed.maintenance, product(&number("3568.62208"), &number("0.0056")));
    assert_eq!(computed.equity, number("999.27312"));
    let market = crate::compile(&schedule, &snapshot).unwrap();
    let expected = Profile { isolated: Isolated::Compared, ..Profile::EXACT };
    assert_eq!(market.market().profile(), Ok(expected));
    // The fee raises what is required between tiers on both sides alike.
    assert!(schedule.remarks().is_empty(), "{:?}", schedule.remarks());
}

/// freqtrade's liquidation prices of positions at 10 with a margin of 2, a rate of 1 % and a fee of 0.06 %
/// (`tests/exchange/test_exchange.py:6037` and `:6043`): 11.87413417771621 and 8.085708510208207.
#[test]
fn liquidation_prices_of_freqtrade() {
    let mut markets = markets();
    markets["contracts"][0]["quanto_multiplier"] = json!("1");
    markets["risk_limit_tiers"][0] = json!([tier("BTC_USDT", "1000", "0.01", "0")]);
    let schedule = Gate::schedule(&markets, &Options::default()).unwrap().schedule;
    let schedule = Schedule::new(schedule).unwrap();
    for (size, mark, healthy) in [
        (-1, "11.8741341777162", true),
        (-1, "11.8741341777163", false),
        (1, "8.0857085102083", true),
        (1, "8.0857085102082", false),
    ] {
        let held = account("2", &[position("BTC_USDT", size, "10", Some("2"))]);
        let file = Gate::account(&held, &schedule).unwrap();
        assert_eq!(file.balances[0].balance.as_str(), "0");
        let snapshot = Gate::snapshot(&prices(mark, "1"), &schedule).unwrap();
        // The cross book has nothing, and equality is not healthy: only the isolated one counts here.
        let (equity, required) = &computed(&schedule, &snapshot, &file).isolated[0];
        assert_eq!(minus(equity, required).coefficient().is_positive(), healthy, "{mark}");
    }
}

/// Requirement and equity of each book by the formula, in exact decimal numbers, over both tiers of ETH_USDT.
#[test]
fn random_accounts_have_the_figures_of_the_formula() {
    let schedule = schedule();
    let mut numbers = Numbers::new(13);
    let (mut healthy, mut second) = (0, 0);
    for _ in 0..rounds(300) {
        let marks = [numbers.decimal(10_000_000, 2), numbers.decimal(500_000, 2)];
        let sizes = [numbers.below(100_000) + 1, numbers.below(4_000) + 1].map(|s| s as i64);
        let long = [numbers.below(2) == 0, numbers.below(2) == 0];
        let signed = [0, 1].map(|i| if long[i] { sizes[i] } else { -sizes[i] });
        let entry = [numbers.decimal(1_000_000_000, 4), numbers.decimal(50_000_000_000, 7)];
        let total = numbers.decimal(500_000_000, 3);
        let margin = numbers.decimal(10_000_000, 3);
        let isolated = numbers.below(2) == 0;
        let held = account(
            &total.to_string(),
            &[
                position("BTC_USDT", signed[0], &entry[0].to_string(), None),
                position(
                    "ETH_USDT",
                    signed[1],
                    &entry[1].to_string(),
                    isolated.then(|| margin.to_string()).as_deref(),
                ),
            ],
        );
        let file = Gate::account(&held, &schedule).unwrap();
        let prices = prices(&marks[0].to_string(), &marks[1].to_string());
        let computed = computed(&schedule, &Gate::snapshot(&prices, &schedule).unwrap(), &file);
        let multipliers = [number("0.0001"), number("0.01")];
        let figures = [0, 1].map(|i| {
            let size = product(&number(&sizes[i].to_string()), &multipliers[i]);
            let (value, gain) = (product(&size, &marks[i]), minus(&marks[i], &entry[i]));
            let profit = product(&size, &gain);
            let limit = number(["1000000", "100000"][i]);
            let first = minus(&value, &limit).coefficient().is_negative();
            second += u32::from(!first);
            let fee = product(&value, &number("0.0006"));
            let required = match first {
                true => product(&value, &number("0.005")),
                false => minus(&product(&value, &number("0.01")), &number(["5000", "500"][i])),
            };
            (if long[i] { profit } else { less(&profit) }, sum(&required, &fee))
        });
        let [(btc, btc_required), (eth, eth_required)] = figures;
        let books = match isolated {
            true => vec![
                (sum(&minus(&total, &margin), &btc), btc_required),
                (sum(&margin, &eth), eth_required),
            ],
            false => vec![(sum(&total, &sum(&btc, &eth)), sum(&btc_required, &eth_required))],
        };
        let mut made = vec![(computed.equity.clone(), computed.maintenance.clone())];
        made.extend(computed.isolated.clone());
        assert_eq!(made, books);
        let all = books.iter().all(|(e, m)| minus(e, m).coefficient().is_positive());
        assert_eq!(computed.healthy, all);
        healthy += u32::from(all);
    }
    assert!(second > 20 && (20..280).contains(&healthy), "{second} {healthy}");
}

#[test]
fn bad_markets_are_refused_with_the_place() {
    for (pointer, value, message) in [
        ("/contracts/0/quanto_multiplier", json!("0"), "is not above zero"),
        ("/contracts/0/taker_fee_rate", json!("-0.0001"), "is negative"),
        ("/risk_limit_tiers/0/1/maintenance_rate", json!("0"), "is not above zero"),
        (
            "/risk_limit_tiers/0/0/deduction",
            json!("1"),
            "is not zero, but the limit is the first of its contract",
        ),
        ("/risk_limit_tiers/0/1/deduction", json!(null), "is not a decimal number in quotes"),
    ] {
        let told = told(Gate::schedule(&with(&markets(), pointer, value), &Options::default()));
        assert!(told.starts_with(&format!("{pointer}: ")), "{told}");
        assert!(told.ends_with(message) || told.ends_with("is missing"), "{told}");
    }
    for (name, value, why) in [
        ("type", json!("inverse"), "not linear"),
        ("name", json!("BTC_USD"), "settles in another asset"),
        ("in_delisting", json!(true), "being delisted"),
        ("name", json!("SOL_USDT"), "has no risk limits in the answer"),
    ] {
        let pointer = format!("/contracts/0/{name}");
        let imported = Gate::schedule(&with(&markets(), &pointer, value), &Options::default());
        assert_eq!(imported.unwrap().left_out[0].why, why);
    }
}

#[test]
fn what_would_change_the_result_is_refused_with_the_place_and_no_figure() {
    let schedule = schedule();
    let held = account("100", &[position("ETH_USDT", 3, "1800", Some("1"))]);
    for (pointer, value, message) in [
        ("/accounts/currency", json!("BTC"), "is not an asset of the schedule"),
        (
            "/accounts/margin_mode",
            json!(1),
            "is not 0: the account is a unified one, which the schedule leaves out",
        ),
        (
            "/accounts/enable_tiered_mm",
            json!(false),
            "is not set: requirements are those of each position's own risk limit",
        ),
        (
            "/accounts/cross_order_margin",
            json!("0.1"),
            "is not zero: open orders have margin, which the schedule leaves out",
        ),
        (
            "/accounts/cross_maintenance_margin",
            json!("0.1"),
            "is not zero, but no position of the cross book is listed",
        ),
        ("/accounts/bonus", json!("5"), "is not zero: what a bonus is as margin is not known"),
        ("/positions/0/contract", json!("X_USDT"), "is not an instrument of the schedule"),
        ("/positions/0/size", json!("0.5"), "has 1 digits after the point, but only 0 are read"),
        ("/positions/0/margin", json!("-1"), "is negative"),
        ("/positions/0/size", json!(null), "is missing"),
        ("/accounts/bonus", json!(null), "is missing"),
        ("/accounts/margin_mode", json!(null), "is missing"),
        ("/accounts/cross_order_margin", json!(null), "is missing"),
        ("/accounts/cross_unrealised_pnl", json!("0.25"), "is not that of the positions listed"),
        ("/accounts/isolated_position_margin", json!("3"), "is not that of the positions listed"),
        ("/positions/0/entry_price", json!("0"), "is not a price above zero"),
        ("/positions/0/entry_price", json!("-1800"), "is not a price above zero"),
        (
            "/positions/0/mode",
            json!("hedged"),
            "is none of \"single\", \"dual_long\" and \"dual_short\"",
        ),
    ] {
        let told = told(Gate::account(&with(&held, pointer, value), &schedule));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
}

/// A size of one side has its sign, and each answer that names the book names the same.
#[test]
fn a_position_has_one_side_and_one_book() {
    let schedule = schedule();
    let read = |size: i64, margin: Option<&str>, more: &[(&str, &str)]| {
        let mut held = account("100", &[position("ETH_USDT", size, "1800", margin)]);
        for (name, value) in more {
            held["positions"][0][name] = json!(value);
        }
        Gate::account(&held, &schedule).map(|file| file.positions[0].size.as_str().to_owned())
    };
    assert_eq!(read(-3, None, &[("mode", "dual_short")]), Ok("-3".to_owned()));
    assert_eq!(read(3, None, &[("mode", "dual_long")]), Ok("3".to_owned()));
    for (size, mode) in [(3, "dual_short"), (-3, "dual_long")] {
        let message = "/positions/0/size: does not have the sign of its side";
        assert_eq!(told(read(size, None, &[("mode", mode)])), message);
    }
    let named = |mode: &'static str| [("pos_margin_mode", mode)];
    assert!(read(3, None, &named("cross")).is_ok());
    assert!(read(3, Some("1"), &named("isolated")).is_ok());
    for (margin, mode) in [(None, "isolated"), (Some("1"), "cross")] {
        let message = "/positions/0/pos_margin_mode: is another book than that of leverage, which is 0 in the cross book";
        assert_eq!(told(read(3, margin, &named(mode))), message);
    }
}

/// An order that closes a position is of the trader, or of a liquidation.
#[test]
fn a_position_that_is_being_liquidated_is_refused() {
    let schedule = schedule();
    let read = |order: Value| {
        let mut held = account("100", &[position("ETH_USDT", 3, "1800", None)]);
        held["positions"][0]["close_order"] = order;
        Gate::account(&held, &schedule)
    };
    let order = |is_liq: bool| json!({"id": 232323, "price": "1790", "is_liq": is_liq});
    assert!(read(json!(null)).is_ok() && read(order(false)).is_ok());
    let message = "/positions/0/close_order/is_liq: is set: the position is being liquidated";
    assert_eq!(told(read(order(true))), message);
}

/// Accounts without the cross mode have zeros there, whatever they hold.
#[test]
fn fault_a_balance_of_zero_is_that_of_no_cross_book() {
    let mut flat = account("1000", &[]);
    flat["accounts"]["cross_margin_balance"] = json!("0");
    assert!(Gate::account(&flat, &schedule()).is_ok());
    flat["accounts"]["cross_margin_balance"] = json!("1");
    let said = told(Gate::account(&flat, &schedule()));
    assert!(said.contains("is not the balance of the cross book"), "{said}");
}

/// One without profit is told by what it requires.
#[test]
fn a_missing_position_is_missed() {
    let schedule = schedule();
    let held = [position("ETH_USDT", 3, "1800", None), position("BTC_USDT", 300, "50000", None)];
    let mut hidden = account("100", &held);
    assert_eq!(Gate::account(&hidden, &schedule).unwrap().positions.len(), 2);
    hidden["positions"].as_array_mut().unwrap().pop();
    hidden["accounts"]["cross_unrealised_pnl"] = json!("0.25");
    let message = "/accounts/cross_maintenance_margin: is not that of the positions listed";
    assert_eq!(told(Gate::account(&hidden, &schedule)), message);
    hidden["positions"][0]["size"] = json!(0);
    let message = "/positions/0/unrealised_pnl: is not zero, but size is: an entry without a position has no figures";
    assert_eq!(told(Gate::account(&hidden, &schedule)), message);
}

#[test]
fn a_folder_of_answers_is_read() {
    let schedule = schedule();
    let mut markets = markets();
    // Of a profit of 0.25.
    let mut long = position("ETH_USDT", 3, "1800", Some("1"));
    (long["mark_price"], long["value"]) = (json!("1808.3333"), json!("54.25"));
    let held = account("100", &[long]);
    let noted = json!({
        "format": "zkmargin-fetched/1", "venue": "gate",
        "answers": {"contracts.json": {"time": 1_700_000_000_000_u64}},
    });
    let server = json!({"server_time": 1_700_000_000_000_u64});
    markets["time"] = server.clone();
    let expected =
        (&Gate::snapshot(&markets, &schedule).unwrap(), &Gate::account(&held, &schedule).unwrap());
    // The time is the server's, or that at which the answer came.
    for time in [("time", &server), ("fetched", &noted)] {
        let made = from_folder(
            "gate",
            Choice::default(),
            &[
                ("contracts", &markets["contracts"]),
                ("risk_limit_tiers", &markets["risk_limit_tiers"]),
                ("accounts", &held["accounts"]),
                ("positions", &held["positions"]),
                time,
            ],
            expected,
        );
        assert_eq!(made.schedule.digest(), schedule.digest());
    }
}

/// What the answers state: the documentation's position with the figures that it shows, and an isolated one.
#[test]
fn figures_of_the_venue_are_read() {
    let mut shown = position("BTC_USDT", -9440, "3779.55", None);
    for (name, value) in [
        ("mark_price", "3780.32"),
        ("value", "3568.62"),
        ("unrealised_pnl", "-0.727"),
        ("liq_price", "99999999"),
        ("cross_leverage_limit", "25"),
    ] {
        shown[name] = json!(value);
    }
    let mut answers = account("1000", &[shown, position("ETH_USDT", 20, "1800", Some("40"))]);
    answers["accounts"]["cross_maintenance_margin"] = json!("19.98");
    crate::venue::hostile::survives(&answers, |source| Gate::figures(source).map(drop));
    let stated = Gate::figures(&answers).unwrap();
    let [short, isolated] = &stated.positions[..] else { panic!("{stated:?}") };
    assert_eq!((&short.size, short.isolated_margin.as_ref()), (&number("-9440"), None));
    assert_eq!(short.initial_rate, Some(InitialRate::Leverage(number("25"))));
    assert_eq!(isolated.isolated_margin, Some(number("40")));
    // The total less the margin of the isolated position.
    assert_eq!(stated.balances[0].amount, number("960"));
    let of = |kind: FigureKind, subject: Subject| {
        let figure = stated.figures.iter().find(|f| f.kind == kind && f.subject == subject);
        figure.and_then(|figure| figure.value.clone()).unwrap()
    };
    assert_eq!(of(FigureKind::Notional, short.subject()), number("3568.62"));
    assert_eq!(of(FigureKind::LiquidationPrice, short.subject()), number("99999999"));
    let cross = Subject::CrossAsset("USDT".to_owned());
    assert_eq!(of(FigureKind::Maintenance, cross), number("19.98"));
}
