//! Brackets of a few contracts of each kind.

use super::{Binance, Options};
use crate::venue::Venue;
use crate::venue::hostile::{schedules_survive, told, with};
use serde_json::{Value, json};

fn tier(floor: &str, cap: &str, ratio: &str, cum: &str) -> Value {
    json!({"info": {
        "notionalFloor": floor, "notionalCap": cap, "maintMarginRatio": ratio, "cum": cum,
    }})
}

fn brackets() -> Value {
    let tiers = json!([tier("0", "5000", "0.010", "0.0"), tier("5000", "50000", "0.02", "50.0")]);
    json!({
        "BTC/USDT:USDT": tiers,
        "BTC/USDT:USDT-250328": tiers,
        "BTC/USDT:USDT-250328-90000-C": tiers,
        "ETH/USDT:USDT": [tier("0", "1000", "0.00625", "0")],
        "BTC/USD:BTC": tiers,
        "ETH/BTC:USDT": tiers,
        "A/USDC:USDC": tiers,
    })
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
    let spoiled = with(&brackets(), "/ETH~1USDT:USDT/0/info/cum", json!("-5"));
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
        let options = Options { settle: "USDC".to_owned(), name: name.map(str::to_owned) };
        let schedule = Binance::schedule(&brackets(), &options).unwrap().schedule;
        assert_eq!(schedule.name, expected);
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
        let pointer = format!("/BTC~1USDT:USDT/{at}/info/notionalCap");
        Binance::schedule(&with(&brackets(), &pointer, json!(null)), &Options::default())
    };
    let imported = open("1").unwrap();
    assert!(imported.schedule.tiers[0].rows[1].below.is_none());
    let pointer = "/BTC~1USDT:USDT/1/info/notionalCap";
    let none = with(&brackets(), pointer, json!("9223372036854775807"));
    let imported = Binance::schedule(&none, &Options::default()).unwrap();
    assert!(imported.schedule.tiers[0].rows[1].below.is_none());
    assert_eq!(told(open("0")), "/BTC~1USDT:USDT/0/info/notionalCap: is missing");
}

#[test]
fn bad_brackets_are_refused_with_the_place() {
    for (pointer, value, message) in [
        ("", json!("x"), "the file is not what --from binance reads: "),
        (
            "",
            json!([{"brackets": []}]),
            "the file is the raw answer of Binance's leverageBracket; ",
        ),
        ("", json!([]), "the file is a list; "),
        ("", json!({"BTCUSDT": []}), "the file is not what --from binance reads: "),
        ("", json!({"A/B:": []}), "the file is not what --from binance reads: "),
        ("", json!({}), "the file holds no linear contract that settles in \"USDT\""),
        ("/BTC~1USDT:USDT", json!(1), "/BTC~1USDT:USDT: is not a list"),
        ("/BTC~1USDT:USDT/1", json!({}), "/BTC~1USDT:USDT/1/info: is not an object; this reads "),
        (
            "/BTC~1USDT:USDT/1/info/cum",
            json!(50.0),
            "/BTC~1USDT:USDT/1/info/cum: is not a decimal number in quotes",
        ),
        (
            "/BTC~1USDT:USDT/1/info/maintMarginRatio",
            json!("2e-2"),
            "/BTC~1USDT:USDT/1/info/maintMarginRatio: has an exponent; ",
        ),
    ] {
        let spoiled = with(&brackets(), pointer, value);
        let told = told(Binance::schedule(&spoiled, &Options::default()));
        assert!(told.starts_with(message), "{told}");
    }
}

#[test]
fn a_date_is_no_settlement_asset() {
    let options = Options { settle: "USDT-250328".to_owned(), ..Options::default() };
    let error = Binance::schedule(&brackets(), &options).unwrap_err();
    let advice = "a dated future settles in an asset as well: pass --settle USDT";
    assert_eq!(error.help(), Some(advice));
}

#[test]
fn prices_and_accounts_are_not_read() {
    let schedule = schedules_survive::<Binance>(&brackets(), &Options::default());
    let message = "binance: a snapshot is not read from this venue's files";
    assert_eq!(told(Binance::snapshot(&brackets(), &schedule)), message);
    let message = "binance: an account is not read from this venue's files";
    assert_eq!(told(Binance::account(&brackets(), &schedule)), message);
}
