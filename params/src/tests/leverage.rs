//! Own leverages in the files: figures by hand, and what is refused.

use super::{REMOVE, edit, expect, read_market, read_schedule, schedule, snapshot};
use crate::ErrorCode::*;
use crate::{AccountFile, FileError};
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::rule::{Account, Profile, SecondWord, margin};

const AT: &str = "/instruments/0/elements/own_leverage";

/// BTC-PERP: its value over a leverage of two digits, rounded up to a cent, and at least 1 % and from 50,000 on 2 %.
fn leveraged() -> Value {
    let rows = json!([
        {"from": "0", "below": "50000", "rate": "0", "amount": "0.01"},
        {"from": "50000", "below": "600000", "rate": "0", "amount": "0.02"}
    ]);
    let schedule = edit(&schedule(), "/tiers/0/rows", rows);
    let schedule = edit(&schedule, "/own_leverage_decimals", json!(2));
    let own = json!({"default": "5", "round": {"mode": "ceil", "decimals": 2}});
    let elements = json!({"rate": {}, "own_leverage": own});
    // Another instrument has the same table of rates, and no leverage.
    let schedule = edit(&schedule, "/instruments/2/elements", json!({"rate": {}}));
    edit(&schedule, "/instruments/0/elements", elements)
}

fn held(size: &str, leverage: Option<&str>) -> Result<Account, FileError> {
    let mut position = json!({"instrument": "BTC-PERP", "size": size, "entry_value": "0"});
    if let Some(leverage) = leverage {
        position["own_leverage"] = json!(leverage);
    }
    let account = json!({
        "format": "zkmargin-account/1", "venue": "test", "positions": [position],
        "balances": [{"asset": "USDT", "balance": "1000000"}],
    });
    AccountFile::from_json(account.to_string().as_bytes())?
        .holdings(&read_schedule(&leveraged()).unwrap())
}

fn market() -> crate::CompiledMarket {
    let digest = read_schedule(&leveraged()).unwrap().digest().to_string();
    read_market(&leveraged(), &edit(&snapshot(), "/schedule", json!(digest))).unwrap()
}

#[test]
fn figures_by_hand() {
    let market = market();
    for (size, leverage, cents) in [
        // 60.0105 at 5 times by default, at 10 times, and at 12.5 times: 4.80084.
        ("0.001", None, 1_201),
        ("-0.001", Some("10"), 601),
        ("0.001", Some("12.5"), 481),
        ("0.001", Some("1"), 6_002),
    ] {
        let figures = margin(&held(size, leverage).unwrap(), market.market()).unwrap();
        // 10^-16 of a dollar at an index of 0.9995.
        let required = BigInt::from(cents) * 9_995 * 10_i64.pow(10);
        assert_eq!(figures.maintenance, required, "{size} {leverage:?}");
    }
    // No less than 1 % of 48,008.4, and 2 % of 54,009.45: 480.084 and 1080.189, which are not rounded.
    for (size, leverage, of) in [
        ("0.8", "100", 480_084_i64),
        ("0.8", "400", 480_084),
        ("-0.9", "51", 1_080_189),
        ("-0.9", "1342177.27", 1_080_189),
    ] {
        let figures = margin(&held(size, Some(leverage)).unwrap(), market.market()).unwrap();
        let required = match leverage {
            // The quotient is 480.084 too, and rounded up it is more.
            "100" => BigInt::from(48_009) * 9_995 * 10_i64.pow(10),
            _ => BigInt::from(of) * 9_995 * 10_i64.pow(9),
        };
        assert_eq!(figures.maintenance, required, "{size} {leverage}");
    }
    let account = held("0.001", Some("12.5")).unwrap();
    let figures = margin(&account, market.market()).unwrap();
    let steps = market.explain_position(
        &account.positions()[0],
        SecondWord::default(),
        &figures.positions[0],
    );
    let step = steps.iter().find(|step| step.figure == "requirement by leverage").unwrap();
    let words = step.words();
    assert!(
        words.starts_with("notional / 12.5, the own: ") && words.contains("rounded up"),
        "{words}"
    );
    assert_eq!(step.result.to_string(), "4.81");
}

/// Circuits divide by it, unless a notional has too many digits for the rounding; then the refusal says so.
#[test]
fn proofs_divide_by_it() {
    let profile = market().market().profile();
    assert_eq!(profile, Ok(Profile { leverage: true, ..Profile::GENERAL }));
}

#[test]
fn leverages_are_refused_with_the_place() {
    let place = "/positions/0/own_leverage";
    for (leverage, code) in [
        ("0", OutOfRange),
        ("0.99", OutOfRange),
        ("-5", OutOfRange),
        ("1.001", TooManyDigits),
        ("1342177.28", Width),
    ] {
        expect(held("0.001", Some(leverage)), code, place);
    }
    let account = json!({
        "format": "zkmargin-account/1", "venue": "test",
        "positions": [{"instrument": "BTC-PERP", "size": "1", "entry_value": "0", "own_leverage": "5"}],
        "balances": [{"asset": "USDT", "balance": "1"}],
    });
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    expect(account.holdings(&read_schedule(&schedule()).unwrap()), NoOwnLeverages, place);
    let refused = |schedule: &Value, code, place: &str| {
        expect(read_schedule(schedule), code, place);
    };
    refused(&edit(&leveraged(), "/own_leverage_decimals", REMOVE.into()), BadElement, AT);
    refused(
        &edit(&leveraged(), "/own_leverage_decimals", json!(5)),
        BadDecimals,
        "/own_leverage_decimals",
    );
    refused(&edit(&leveraged(), "/own_rates", json!(true)), BadElement, "/own_leverage_decimals");
    refused(&edit(&leveraged(), "/instruments/0/elements/rate", REMOVE.into()), BadElement, AT);
    let default = format!("{AT}/default");
    for (value, code) in [("0", OutOfRange), ("-1", OutOfRange), ("1342177.28", OutOfRange)] {
        refused(&edit(&leveraged(), &default, json!(value)), code, &default);
    }
    let decimals = format!("{AT}/round/decimals");
    refused(&edit(&leveraged(), &decimals, json!(30)), BadElement, &decimals);
}

/// A 75th and a 30th, which no decimal is: exact, and divided with the requirement's first rounding.
#[test]
fn least_rates_are_exact_fractions() {
    let rows = json!([
        {"from": "0", "below": "50000", "rate": "0", "amount": "2"},
        {"from": "50000", "below": "600000", "rate": "0", "amount": "5"}
    ]);
    let exact = edit(&leveraged(), "/tiers/0/rows", rows);
    let exact = edit(&exact, "/tiers/0/denominator", json!(150));
    // The requirement is divided, so it is rounded.
    expect(read_schedule(&exact), RoundingMissing, "/tiers/0/denominator");
    let rounding = json!({"requirement": [{"mode": "truncate", "decimals": 8}]});
    let exact = edit(&exact, "/rounding", rounding);
    let digest = read_schedule(&exact).unwrap().digest().to_string();
    let market = read_market(&exact, &edit(&snapshot(), "/schedule", json!(digest))).unwrap();
    // 75ths of 48,008.4 are 640.112, and 30ths of 54,009.45 are 1800.315; of 60,010.5 / 1000 the first is 0.80014.
    for (size, of) in
        [("0.8", 64_011_200_000_i64), ("-0.9", 180_031_500_000), ("0.001", 80_014_000)]
    {
        let account = held(size, Some("1342177.27")).unwrap();
        let figures = margin(&account, market.market()).unwrap();
        assert_eq!(figures.maintenance, BigInt::from(of) * 9_995 * 10_i64.pow(4), "{size}");
    }
    let account = held("0.8", Some("1342177.27")).unwrap();
    let figures = margin(&account, market.market()).unwrap();
    let steps = market.explain_position(
        &account.positions()[0],
        SecondWord::default(),
        &figures.positions[0],
    );
    let words: Vec<_> = steps.iter().map(|step| step.words()).collect();
    assert!(words.iter().any(|words| words.contains("1/75 * notional")), "{words:?}");
    let profile = market.market().profile();
    assert_eq!(profile, Ok(Profile { leverage: true, ..Profile::GENERAL }));
    // A rate is no wider than an own one, whatever divides it.
    let wide = edit(&exact, "/tiers/0/rows/1/amount", json!("1342177.28"));
    expect(read_schedule(&wide), Width, "/instruments/0/elements");
}

#[test]
fn digests_differ_and_so_do_records() {
    let read = |value: &Value| read_schedule(value).unwrap();
    let all = [
        leveraged(),
        edit(&leveraged(), "/own_leverage_decimals", json!(3)),
        edit(&leveraged(), &format!("{AT}/default"), json!("6")),
        edit(&leveraged(), &format!("{AT}/round/mode"), json!("floor")),
        edit(&leveraged(), &format!("{AT}/round/decimals"), json!(3)),
        edit(&leveraged(), AT, REMOVE.into()),
    ];
    let digests: std::collections::BTreeSet<_> =
        all.iter().map(|value| read(value).digest()).collect();
    assert_eq!(digests.len(), all.len());
    let registry = |value: &Value| read(value).registry_digest();
    assert_eq!(registry(&all[0]), registry(&all[5]));
    assert_ne!(registry(&all[0]), registry(&all[1]));
    assert_ne!(registry(&all[0]), registry(&schedule()));
}
