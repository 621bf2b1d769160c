//! Optional elements of the rule in the files: what they mean, that no two meanings share a digest, and how each is refused.

use super::{REMOVE, edit, expect, read_market, read_schedule};
use crate::ErrorCode::{self, *};
use crate::{AccountFile, CompiledMarket, FileKind, Schedule, ScheduleFile, SnapshotFile};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::rule::{Margin, SecondWord, margin};

/// Every element there is, on one instrument and one asset, beside a plain instrument.
pub(super) fn schedule() -> Value {
    let collateral = json!({
        "variable": "value", "rows": [{"from": null, "below": null, "rate": "1", "amount": "0"}]
    });
    json!({
        "format": "zkmargin-schedule/1", "venue": "test", "name": "elements", "source": "made up",
        "requirement": "maintenance",
        "valuation": {"currency": "USD", "decimals": 6, "margin_decimals": 6},
        "rate_decimals": 4, "equality_is_healthy": true, "own_rates": true,
        "menu": {"levels": [{"name": "maintenance", "level_bps": 10000}], "floors": ["0"]},
        "rounding": {
            "value": {"mode": "truncate", "decimals": 6},
            "notional": {"mode": "truncate", "decimals": 6},
            "requirement": [{"mode": "floor", "decimals": 6}]
        },
        "assets": [
            {"id": 1, "symbol": "USD", "decimals": 6, "settles": true, "collateral": collateral},
            {"id": 2, "symbol": "SOL", "decimals": 9, "settles": false, "collateral": collateral,
             "elements": {
                "interest": {
                    "balance_decimals": 10,
                    "deposit": {"by": "deposit index", "round": "floor"},
                    "debt": {"by": "borrow index", "round": "ceil"}
                },
                "value_by_sign": [{
                    "deposit": {"multiply": "0.99", "round": "floor", "decimals": 5},
                    "debt": {"round": "floor"}, "at_most": "5000"
                }],
                "price_decimals": 8,
                "weight": {
                    "deposit": {"multiply": "0.9"}, "debt": {"by": "debt weight"},
                    "round": "truncate", "own_rate": true,
                    "by_size": {
                        "decimals": 9, "factor": "10", "offset": "1",
                        "deposit": {
                            "numerator": "1.1",
                            "per_root": {"multiply": "1/1000000000", "round": "floor", "decimals": 6}
                        },
                        "debt": {
                            "from": "0.9",
                            "per_root": {"multiply": "1/1000000000", "round": "floor"}
                        }
                    }
                },
                "debts_required": true,
                "charge_on_debts": [{"multiply": "0.02", "round": "floor"}]
             }}
        ],
        "tiers": [
            {"name": "rates", "variable": "quantity", "denominator": 3, "rows": [
                {"from": "0", "below": "0.05", "rate": "0", "amount": "0.15"},
                {"from": "0.05", "below": null, "rate": "1", "amount": "0.1"}
            ]},
            {"name": "plain", "variable": "value", "rows": [
                {"from": "0", "below": null, "rate": "0.05", "amount": "0"}
            ]}
        ],
        "instruments": [
            {"id": 1, "symbol": "PERP", "kind": "linear", "settle": "USD", "size_decimals": 9,
             "price_decimals": 6, "multiplier": "1", "tiers": "rates",
             "elements": {
                "value_by_side": {
                    "long": {"multiply": "4/5", "round": "truncate"},
                    "short": {"multiply": "6/5", "by": "higher price", "round": "truncate"}
                },
                "notional_by_side": {
                    "long": {"round": "truncate"},
                    "short": {"by": "higher price", "round": "truncate"}
                },
                "result": [{
                    "profit": {"multiply": "0.75", "round": "truncate"},
                    "loss": {"multiply": "1.02", "round": "truncate"}, "at_most": "100"
                }],
                "notional": [{"by": "quote price", "round": "floor"}],
                "root_of_size": {
                    "factor": "10", "offset": "1",
                    "steps": [{"multiply": "1/10000000", "round": "floor"}]
                },
                "rate": {"round": "floor", "own_rate": {"default": "0.01"}},
                "charge": [{"multiply": "0.001", "round": "ceil"}]
             }},
            {"id": 2, "symbol": "PLAIN", "kind": "linear", "settle": "USD", "size_decimals": 2,
             "price_decimals": 2, "multiplier": "1", "tiers": "plain"}
        ]
    })
}

pub(super) fn snapshot(schedule: &Value) -> Value {
    json!({
        "format": "zkmargin-snapshot/1",
        "schedule": read_schedule(schedule).unwrap().digest().to_string(),
        "time": "2024-07-27T06:44:38Z", "sequence": 1,
        "assets": [
            {"asset": "USD", "index": "1"},
            {"asset": "SOL", "index": "100.5", "figures": {
                "deposit index": "1.05", "borrow index": "11/10", "debt weight": "1.1"
            }}
        ],
        "instruments": [
            {"instrument": "PERP", "mark": "20", "figures": {
                "higher price": "21", "quote price": "1.01"
            }},
            {"instrument": "PLAIN", "mark": "1"}
        ]
    })
}

pub(super) fn account() -> Value {
    json!({
        "format": "zkmargin-account/1", "venue": "test",
        "balances": [
            {"asset": "USD", "balance": "1000"},
            {"asset": "SOL", "balance": "-2.0000000001", "own_rate": "0.3"}
        ],
        "positions": [
            {"instrument": "PERP", "size": "3", "entry_value": "30"},
            {"instrument": "PERP", "size": "-7", "entry_value": "-150", "own_rate": "0.5"},
            {"instrument": "PLAIN", "size": "1", "entry_value": "1"}
        ]
    })
}

fn made() -> (CompiledMarket, AccountFile) {
    let market = read_market(&schedule(), &snapshot(&schedule())).unwrap();
    (market, AccountFile::from_json(account().to_string().as_bytes()).unwrap())
}

fn figures(market: &CompiledMarket, account: &AccountFile) -> Margin {
    margin(&account.holdings(market.schedule()).unwrap(), market.market()).unwrap()
}

/// By hand.
#[test]
fn every_element_means_what_it_says() {
    let (market, account) = made();
    let made = figures(&market, &account);
    // Long: 3 * 20 * 0.8 = 48, less 30: 18, times 0.75: 13.5. Notional 60 at 1.01: 60.6. Root of 30000000001 is 173205, over
    // 10^7: 0.0173; 0.15 / 3 = 0.05, against the default 0.01: 3.03; charge 0.0606.
    // Short: -7 * 21 * 1.2 = -176.4, plus 150: -26.4, times 1.02: -26.928. Notional 147 at 1.01: 148.47. Root of
    // 70000000001 is 264575: 0.0264; against the own 0.5: 74.235; charge 0.14847.
    let results: Vec<_> = made.positions.iter().map(|p| p.result.to_string()).collect();
    assert_eq!(results, ["13500000", "-26928000", "0"]);
    let required: Vec<_> = made.positions.iter().map(|p| p.requirement.to_string()).collect();
    assert_eq!(required, ["3090600", "74383470", "50000"]);
    // Owed: 2.0000000001 * 1.1, up (toward zero): 2.200000000; at 100.5: 221.1. Weight: the larger of 1.1, of 0.9 and the
    // root of 22000000001, 148323, over 10^9: 0.9001, and of 1 + 0.3: 287.43; charge 4.422.
    let sol = &made.assets[1];
    assert_eq!(sol.balance.to_string(), "-2200000000");
    assert_eq!(
        (sol.collateral.to_string(), sol.requirement.to_string()),
        ("0".into(), "291852000".into())
    );
    assert_eq!(made.equity.to_string(), "986572000");
    assert_eq!(
        made.maintenance.to_string(),
        (3_090_600 + 74_383_470 + 50_000 + 291_852_000).to_string()
    );

    // Deposited: 2 * 1.05 = 2.1; times 0.99 * 100.5, to five digits: 208.9395; the least of 0.9, of 1.1 over 1.000144 and
    // of 1 - 0.3: 146.25765.
    let owned = edit(&super::elements::account(), "/balances/1/balance", json!("2.0000000000"));
    let owned = AccountFile::from_json(owned.to_string().as_bytes()).unwrap();
    let sol = figures(&market, &owned).assets.swap_remove(1);
    assert_eq!(
        (sol.collateral.to_string(), sol.requirement.to_string()),
        ("146257650".into(), "0".into())
    );
    // At most 5000, before the weight of 0.7.
    let rich = edit(&super::elements::account(), "/balances/1/balance", json!("2000"));
    let rich = AccountFile::from_json(rich.to_string().as_bytes()).unwrap();
    assert_eq!(figures(&market, &rich).assets[1].collateral.to_string(), "3500000000");
}

/// A charge is of the notional, in the settlement asset. Tiers by quantity that give a requirement price it in a finer unit:
/// a thousandth of 500 was 0.00005 there.
#[test]
fn fault_a_charge_beside_tiers_by_quantity_is_refused() {
    let charge = json!({"charge": [{"multiply": "0.001", "round": "ceil"}]});
    let charged = edit(&schedule(), "/instruments/1/elements", charge);
    let market = read_market(&charged, &snapshot(&charged)).unwrap();
    let mut held = account();
    held["positions"] = json!([{"instrument": "PLAIN", "size": "500", "entry_value": "500"}]);
    let held = AccountFile::from_json(held.to_string().as_bytes()).unwrap();
    // 5 % of 500, and the charge.
    assert_eq!(figures(&market, &held).positions[0].requirement, 25_500_000.into());
    let by_quantity = edit(&charged, "/tiers/1/variable", json!("quantity"));
    expect(read_schedule(&by_quantity), BadElement, "/instruments/1/elements/charge");
}

/// The last steps are the figures of the rule, and every element has its step.
#[test]
fn steps_explain_the_figures() {
    let (market, account) = made();
    let held = account.holdings(market.schedule()).unwrap();
    let made = figures(&market, &account);
    let unit = market.schedule().margin_amount_unit();
    for (p, m) in held.positions().iter().zip(&made.positions) {
        let steps = market.explain_position(p, SecondWord::default(), m);
        let names: Vec<_> = steps.iter().map(|step| step.figure.as_str()).collect();
        if market.schedule().instruments()[1].id == p.instrument {
            assert_eq!(names, ["value", "profit and loss", "notional", "requirement"]);
            let words = "row 1 of 1, by the notional, from 0 on: 0.05 * notional: 0.05, rounded down to 10^-6";
            assert_eq!(steps[3].words(), words);
            continue;
        }
        let expected = [
            "value",
            "profit and loss",
            "result",
            "notional",
            "notional",
            "root of the size",
            "root of the size",
            "rate",
            "rate",
            "requirement",
            "charge",
            "requirement",
        ];
        assert_eq!(names, expected);
        assert_eq!(
            steps[2].result,
            market.schedule().instruments()[0].settle_unit.figure(&m.result)
        );
        assert_eq!(steps[11].result, unit.figure(&m.requirement));
    }
    let short =
        market.explain_position(&held.positions()[1], SecondWord::default(), &made.positions[1]);
    let told = |at: usize| (short[at].how.as_str(), short[at].result.to_string());
    let how = "size * 6/5 * higher price 21, of a short";
    assert_eq!(told(0), (how, "-176.4".to_owned()));
    assert_eq!(short[0].words(), format!("{how}: -176.4, rounded toward zero to 10^-6"));
    let how = "of 10 * size + 1, the size in its smallest units, rounded down";
    assert_eq!(told(5), (how, "264575".to_owned()));
    assert_eq!(short[6].words(), "root * 1/10000000: 0.0264575, rounded down to 10^-4");
    assert_eq!(
        told(7),
        ("row 1 of 2, by the root, from 0 and below 0.05: 0.05", "0.05".to_owned())
    );
    assert_eq!(told(8), ("the larger of it and the own rate, or its default", "0.5".to_owned()));
    let steps = market.explain_balance(&held.balances()[1], &made.assets[1].balance);
    let told: Vec<_> =
        steps.iter().map(|step| (step.figure.as_str(), step.result.to_string())).collect();
    let expected = [
        ("amount", "-2.2"),
        ("value", "-221.1"),
        ("collateral value", "-221.1"),
        ("weight", "1.3"),
        ("weighted value", "-287.43"),
        ("charge", "4.422"),
        ("equity", "0"),
        ("requirement", "291.852"),
    ];
    assert_eq!(told, expected.map(|(figure, result)| (figure, result.to_owned())));
    // Rounded up it is toward zero: of 2.20000000011.
    let words = "balance * borrow index 1.1, of a debt: -2.20000000011, rounded up to 10^-9";
    assert_eq!(steps[0].words(), words);
}

#[test]
fn what_is_written_is_read_again() {
    let schedule = read_schedule(&schedule()).unwrap();
    let again = Schedule::from_json(schedule.file().to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(again.file(), schedule.file());
    let snapshot: SnapshotFile =
        serde_json::from_value(snapshot(&super::elements::schedule())).unwrap();
    let again = SnapshotFile::from_json(snapshot.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(again, snapshot);
    let account: AccountFile = serde_json::from_value(account()).unwrap();
    assert!(AccountFile::from_json(account.to_json().unwrap().as_bytes()).unwrap() == account);
}

/// Single changes of the schedule, each of which is another meaning.
fn changes() -> Vec<(String, Value)> {
    let mut changes = vec![
        ("/valuation/margin_decimals".to_owned(), json!(7)),
        ("/own_rates".to_owned(), REMOVE.into()),
    ];
    let step = |at: &str, changes: &mut Vec<(String, Value)>| {
        changes.extend([
            (format!("{at}/multiply"), json!("0.7")),
            (format!("{at}/multiply"), json!("7/11")),
            (format!("{at}/by"), json!("another")),
            (format!("{at}/round"), json!("nearest-up")),
            (format!("{at}/decimals"), json!(3)),
        ]);
    };
    let of_asset = |at: &str| format!("/assets/1/elements/{at}");
    for at in [
        "interest/deposit",
        "interest/debt",
        "value_by_sign/0/deposit",
        "value_by_sign/0/debt",
        "weight/by_size/deposit/per_root",
        "weight/by_size/debt/per_root",
        "charge_on_debts/0",
    ] {
        step(&of_asset(at), &mut changes);
    }
    let of_instrument = |at: &str| format!("/instruments/0/elements/{at}");
    for at in [
        "value_by_side/long",
        "value_by_side/short",
        "notional_by_side/long",
        "notional_by_side/short",
        "result/0/profit",
        "result/0/loss",
        "notional/0",
        "root_of_size/steps/0",
        "charge/0",
    ] {
        step(&of_instrument(at), &mut changes);
    }
    let another = json!({"multiply": "0.5", "round": "floor"});
    let by_sign = json!({"deposit": another, "debt": another});
    let of_result = json!({"profit": another, "loss": another});
    for (at, value) in [
        ("interest", REMOVE.into()),
        ("interest/balance_decimals", json!(11)),
        ("value_by_sign/0/at_most", json!("5001")),
        ("value_by_sign/0/at_most", REMOVE.into()),
        ("value_by_sign/-", by_sign),
        ("price_decimals", json!(9)),
        ("weight", REMOVE.into()),
        ("weight/deposit/multiply", json!("0.8")),
        ("weight/deposit/by", json!("deposit weight")),
        ("weight/debt/by", json!("another")),
        ("weight/debt/multiply", json!("2")),
        ("weight/round", json!("floor")),
        ("weight/own_rate", REMOVE.into()),
        ("weight/by_size", REMOVE.into()),
        ("weight/by_size/decimals", json!(8)),
        ("weight/by_size/factor", json!("11")),
        ("weight/by_size/offset", json!("0")),
        ("weight/by_size/deposit/numerator", json!("1.2")),
        ("weight/by_size/debt/from", json!("0.8")),
        ("debts_required", REMOVE.into()),
        ("charge_on_debts", REMOVE.into()),
        ("charge_on_debts/-", another.clone()),
    ] {
        changes.push((of_asset(at), value));
    }
    for (at, value) in [
        ("value_by_side", REMOVE.into()),
        ("notional_by_side", REMOVE.into()),
        ("result", REMOVE.into()),
        ("result/-", of_result),
        ("result/0/at_most", json!("99")),
        ("result/0/at_most", REMOVE.into()),
        ("notional", REMOVE.into()),
        ("notional/-", another.clone()),
        ("root_of_size", REMOVE.into()),
        ("root_of_size/factor", json!("11")),
        ("root_of_size/offset", json!("0")),
        ("root_of_size/steps/-", another.clone()),
        ("rate/round", json!("ceil")),
        ("rate/own_rate", REMOVE.into()),
        ("rate/own_rate/default", json!("0.02")),
        ("charge", REMOVE.into()),
        ("charge/-", another),
    ] {
        changes.push((of_instrument(at), value));
    }
    changes
}

/// No change, one or two: each set of changes is another meaning and has another digest.
#[test]
fn no_two_meanings_share_a_digest() {
    let changes = changes();
    let mut seen = BTreeMap::new();
    let mut read = |value: &Value, name: String| {
        let Ok(file) = serde_json::from_value::<ScheduleFile>(value.clone()) else { return false };
        // What is refused elsewhere, such as an own rate where there are none, has a digest too.
        let digest = crate::schedule_digest::schedule(&file).unwrap().to_string();
        let before = seen.insert(digest, name.clone());
        assert_eq!(before, None, "{name}");
        true
    };
    assert!(read(&schedule(), "none".to_owned()));
    let mut applied = 0;
    for (i, (first, value)) in changes.iter().enumerate() {
        let once = edit(&schedule(), first, value.clone());
        assert!(read(&once, format!("{i}")), "{first}");
        for (j, (second, other)) in changes.iter().enumerate().skip(i + 1) {
            // A change below one that was made, or of the same place, would undo it.
            if second.starts_with(first.as_str()) || first.starts_with(second.as_str()) {
                continue;
            }
            applied += usize::from(read(&edit(&once, second, other.clone()), format!("{i} {j}")));
        }
    }
    assert!(applied > 5000, "{applied}");
}

#[test]
fn texts_of_one_meaning_have_one_digest() {
    let digest = read_schedule(&schedule()).unwrap().digest();
    let same = |value: &Value| assert_eq!(read_schedule(value).unwrap().digest(), digest);
    let instrument = |at: &str| format!("/instruments/0/elements/{at}");
    same(&edit(&schedule(), &instrument("value_by_side/long/multiply"), json!("0.80")));
    same(&edit(&schedule(), &instrument("value_by_side/long/multiply"), json!("8/10")));
    same(&edit(&schedule(), &instrument("notional/0/multiply"), json!("1")));
    same(&edit(&schedule(), &instrument("result/0/at_most"), json!("100.0")));
    same(&edit(&schedule(), "/instruments/1/elements", json!({})));
    same(&edit(&schedule(), "/assets/0/elements", json!({})));
    let mut turned = schedule();
    for list in ["/assets", "/tiers", "/instruments"] {
        turned.pointer_mut(list).unwrap().as_array_mut().unwrap().reverse();
    }
    same(&turned);
    // A schedule without elements is not moved by empty ones.
    let plain = super::schedule();
    let empty = edit(&plain, "/instruments/0/elements", json!({}));
    let [plain, empty] = [plain, empty].map(|value| read_schedule(&value).unwrap().digest());
    assert_eq!(plain, empty);
}

/// Changes only together with the format's version.
#[test]
fn encoding_is_frozen() {
    let (market, _) = made();
    let digests = [
        market.schedule_digest().to_string(),
        market.snapshot_digest().to_string(),
        market.registry_digest().to_string(),
    ];
    let frozen = [
        "ad6842b75c23380793c45fda6e047841ed57cfd02a2e505c23ccb86b580a3569",
        "048d0bf6425360d50b07d00e89bcb80204e13ca8253247b0cd9adfa20aaa5078",
        "93795d0bd3ed9940c1ab9b9c33a0db7966cc7dd8fa6303a0ad6378384366c633",
    ];
    assert_eq!(digests, frozen);
}

#[test]
fn registries_are_what_accounts_rely_on() {
    let registry = |value: &Value| read_schedule(value).unwrap().registry_digest();
    let original = registry(&schedule());
    let asset = |at: &str| format!("/assets/1/elements/{at}");
    for (pointer, value) in [
        (asset("charge_on_debts"), REMOVE.into()),
        (asset("weight/deposit/multiply"), json!("0.8")),
        ("/instruments/0/elements/result".to_owned(), REMOVE.into()),
        ("/valuation/margin_decimals".to_owned(), json!(7)),
    ] {
        assert_eq!(registry(&edit(&schedule(), &pointer, value)), original, "{pointer}");
    }
    let mut seen = BTreeSet::from([original.to_string()]);
    let no_own = edit(&schedule(), &asset("weight/own_rate"), REMOVE.into());
    let no_own = edit(&no_own, "/instruments/0/elements/rate/own_rate", REMOVE.into());
    for value in [
        edit(&schedule(), "/valuation/bits", json!(8)),
        edit(&schedule(), "/valuation/bits", json!(9)),
        edit(&schedule(), "/rate_decimals", json!(5)),
        edit(&no_own, "/own_rates", REMOVE.into()),
    ] {
        assert!(seen.insert(registry(&value).to_string()), "{value}");
    }
    // A balance of another unit is another number: the id means something else.
    for value in [
        edit(&schedule(), &asset("interest/balance_decimals"), json!(11)),
        edit(&schedule(), &asset("interest"), REMOVE.into()),
    ] {
        assert_eq!(registry(&value), original, "{value}");
        let two =
            read_schedule(&value).unwrap().agrees_on_ids(&read_schedule(&schedule()).unwrap());
        assert_eq!(two.unwrap_err().what, "asset", "{value}");
    }
    // Own rates that nothing reads are rates of accounts all the same.
    assert_eq!(registry(&no_own), original);
}

#[test]
fn every_figure_changes_the_snapshot() {
    let schedule = schedule();
    let original = snapshot(&schedule);
    let mut seen = BTreeSet::new();
    let digest =
        |value: &Value| read_market(&schedule, value).unwrap().snapshot_digest().to_string();
    assert!(seen.insert(digest(&original)));
    for (pointer, value) in [
        ("/assets/1/figures/deposit index", "1.06"),
        ("/assets/1/figures/borrow index", "12/10"),
        ("/assets/1/figures/debt weight", "1.2"),
        ("/instruments/0/figures/higher price", "22"),
        ("/instruments/0/figures/higher price", "-22"),
        ("/instruments/0/figures/quote price", "1.02"),
    ] {
        // A notional is not negative; a value can be.
        let changed = edit(&original, pointer, json!(value));
        match read_market(&schedule, &changed) {
            Ok(market) => assert!(seen.insert(market.snapshot_digest().to_string()), "{pointer}"),
            error => {
                let error = expect(error, BadElement, "/instruments/0");
                assert_eq!(error.file, FileKind::Snapshot);
            }
        }
    }
    let same = edit(&original, "/assets/1/figures/borrow index", json!("1.10"));
    assert_eq!(digest(&same), digest(&original));
}

#[test]
fn bad_schedules_are_refused_with_the_place() {
    let case = |pointer: &str, value: Value, code: ErrorCode, at: &str| {
        let error = expect(read_schedule(&edit(&schedule(), pointer, value)), code, at);
        assert_eq!(error.file, FileKind::Schedule);
    };
    let asset = |at: &str| format!("/assets/1/elements/{at}");
    let instrument = |at: &str| format!("/instruments/0/elements/{at}");
    let own = |pointer: &str, value: Value, code: ErrorCode| case(pointer, value, code, pointer);
    own(&instrument("value_by_side/long/multiply"), json!("1/0"), BadNumber);
    own(&instrument("value_by_side/long/multiply"), json!(0.8), NumberNotString);
    own(&instrument("value_by_side/long/by"), json!("a\u{200b}"), BadText);
    own(&instrument("value_by_side/long/decimals"), json!(7), BadDecimals);
    own(&instrument("result/0/profit/multiply"), json!("-0.5"), OutOfRange);
    own(&instrument("result/0/at_most"), json!("-1"), OutOfRange);
    own(&instrument("result/0/at_most"), json!("0.0000001"), TooManyDigits);
    own(&instrument("rate/own_rate/default"), json!("20000"), OutOfRange);
    own(&instrument("root_of_size/factor"), json!("0"), BadElement);
    own(&instrument("root_of_size/factor"), json!("1.5"), TooManyDigits);
    own(&instrument("surcharge"), json!([]), UnknownField);
    let long = instrument("value_by_side/long");
    case(&format!("{long}/round"), REMOVE.into(), RoundingMissing, &long);
    let profit = instrument("result/0/profit");
    let at = format!("{profit}/decimals");
    let digits = edit(&schedule(), &at, json!(3));
    let error = read_schedule(&edit(&digits, &format!("{profit}/round"), REMOVE.into()));
    expect(error, RoundingMissing, &at);
    case(&instrument("rate/round"), REMOVE.into(), RoundingMissing, &instrument("rate"));
    case("/tiers/0/denominator", REMOVE.into(), BadElement, &instrument("rate/round"));
    let whole = edit(&schedule(), "/tiers/0/denominator", REMOVE.into());
    let no_rate = edit(&whole, &instrument("rate"), REMOVE.into());
    expect(read_schedule(&no_rate), BadElement, &instrument("root_of_size"));
    case("/own_rates", REMOVE.into(), BadElement, &asset("weight/own_rate"));
    let level = edit(&schedule(), "/tiers/0/rows/1/rate", json!("0"));
    let by_value = edit(&level, "/tiers/0/variable", json!("value"));
    expect(read_schedule(&by_value), BadElement, "/instruments/0/elements");
    // In units of 10^-6, a slope of 1 is not a whole number of rates.
    let sloped = edit(&schedule(), "/tiers/0/variable", json!("value"));
    expect(read_schedule(&sloped), RoundingMissing, "/tiers/0/rows/1/rate");
    case("/instruments/0/kind", json!("inverse"), BadElement, &instrument("value_by_side"));
    own(&asset("price_decimals"), json!(40), BadDecimals);
    case("/assets/1/settles", json!(true), BadElement, &asset("price_decimals"));
    case(&asset("value_by_sign"), json!([]), BadElement, &asset("price_decimals"));
    case(&asset("weight/deposit/multiply"), json!("1/3"), TooManyDigits, &asset("weight/deposit"));
    own(&asset("weight/debt/multiply"), json!("-1"), OutOfRange);
    let per_root = asset("weight/by_size/deposit/per_root");
    case(&format!("{per_root}/decimals"), REMOVE.into(), BadElement, &per_root);
    own(&asset("interest/balance_decimals"), json!(40), BadDecimals);
    own("/valuation/margin_decimals", json!(5), BadDecimals);
    own("/valuation/margin_decimals", json!(11), BadDecimals);
    own("/valuation/bits", json!(49), BadDecimals);
    let step = json!({"multiply": "0.5", "round": "floor"});
    own(&instrument("charge"), json!(vec![step; 5]), ListTooLong);
    // Names that look alike are one name to a reader.
    own(&instrument("notional/0/by"), json!("h\u{456}gher price"), BadText);
    own(&instrument("charge/0/by"), json!("\u{441}\u{43e}\u{440}\u{443}"), BadText);
    let unrounded = edit(&schedule(), "/rounding/requirement", json!([]));
    expect(read_schedule(&unrounded), RoundingMissing, "/valuation/margin_decimals");
}

#[test]
fn bad_snapshots_are_refused_with_the_place() {
    let schedule = schedule();
    let case = |pointer: &str, value: Value, code: ErrorCode, at: &str| {
        let changed = edit(&snapshot(&schedule), pointer, value);
        let error = expect(read_market(&schedule, &changed), code, at);
        assert_eq!(error.file, FileKind::Snapshot);
        error
    };
    let index = "/assets/1/figures/deposit index";
    let error = case(index, REMOVE.into(), MissingFigure, "/assets/1");
    assert!(error.message.contains("deposit index"), "{error}");
    case(index, json!("1/0"), BadNumber, index);
    case(index, json!(1), NumberNotString, index);
    case(index, json!("-1"), OutOfRange, index);
    let error = case(
        "/assets/1/figures/deposit indx",
        json!("1"),
        UnknownFigure,
        "/assets/1/figures/deposit indx",
    );
    assert!(error.message.contains("did you mean \"deposit index\"?"), "{error}");
    case("/assets/0/figures", json!({"x": "1"}), UnknownFigure, "/assets/0/figures/x");
    case(
        "/instruments/1/figures",
        json!({"quote price": "1"}),
        UnknownFigure,
        "/instruments/1/figures/quote price",
    );
    let text = snapshot(&schedule).to_string();
    let twice = text.replace("\"quote price\":", "\"quote price\":\"1\",\"quote price\":");
    let error = SnapshotFile::from_json(twice.as_bytes());
    expect(error, DuplicateField, "/instruments/0/figures/quote price");
}

#[test]
fn prices_are_absent_where_figures_take_their_place() {
    let by = |name: &str| json!({"by": name, "round": "floor"});
    let value = json!([{"deposit": by("bid"), "debt": by("ask")}]);
    let mut schedule = edit(&schedule(), "/assets/1/elements/value_by_sign", value);
    schedule = edit(&schedule, "/assets/1/elements/price_decimals", REMOVE.into());
    let mut priced = snapshot(&super::elements::schedule());
    priced["schedule"] = read_schedule(&schedule).unwrap().digest().to_string().into();
    for name in ["bid", "ask"] {
        priced = edit(&priced, &format!("/assets/1/figures/{name}"), json!("100"));
    }
    expect(read_market(&schedule, &priced), UnexpectedPrice, "/assets/1/index");
    read_market(&schedule, &edit(&priced, "/assets/1/index", REMOVE.into())).unwrap();
}

#[test]
fn bad_own_rates_are_refused_with_the_place() {
    let read = |schedule: &Value, account: &Value| {
        let schedule = read_schedule(schedule).unwrap();
        AccountFile::from_json(account.to_string().as_bytes()).unwrap().holdings(&schedule)
    };
    for own in ["/balances/1/own_rate", "/positions/1/own_rate"] {
        for (value, code) in [
            ("0", OutOfRange),
            ("-0.1", OutOfRange),
            ("0.00001", TooManyDigits),
            ("13421.7728", Width),
            ("x", BadNumber),
        ] {
            let error = expect(read(&schedule(), &edit(&account(), own, json!(value))), code, own);
            assert_eq!(error.file, FileKind::Account);
            assert!(!error.message.contains(value) || value == "x" || value == "0", "{error}");
        }
        let greatest = edit(&account(), own, json!("13421.7727"));
        read(&schedule(), &greatest).unwrap();
    }
    // A schedule of the same venue without own rates.
    let plain = edit(&schedule(), "/assets/1/elements", json!({}));
    let plain =
        edit(&edit(&plain, "/assets/1/decimals", json!(6)), "/instruments/0/elements", json!({}));
    let plain =
        edit(&edit(&plain, "/own_rates", REMOVE.into()), "/instruments/0/tiers", json!("plain"));
    let mut account = account();
    account["balances"][1]["balance"] = json!("-2");
    expect(read(&plain, &account), NoOwnRates, "/balances/1/own_rate");
}
