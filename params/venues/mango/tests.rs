//! States of the program's own tests, kept as examples with the sources they are read from.

use super::*;
use crate::tests::kept;
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use crate::{CompiledMarket, RemarkKind, compile};
use serde_json::json;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{Margin, Profile, margin};

const COMMIT: &str = "blockworks-foundation/mango-v4 (programs/mango-v4/src/health/client.rs), commit 549b5c6fcea85d261a2298dd45190f223ab969b0";

/// Checks a source and keeps its three files; `line` is that of the test.
fn example(name: &str, source: &Value, options: &Options, line: u32) -> (CompiledMarket, Margin) {
    let schedule = schedules_survive::<Mango>(source, options);
    let of = format!("a state of {COMMIT}, line {line}; the time is made up");
    let mut file = schedule.file().clone();
    file.name = format!("mango-test-{name}");
    file.source = format!("Not the venue's figures: {of}. Assumed: {ASSUMED}.");
    let schedule = Schedule::new(file).unwrap();
    let mut snapshot = snapshots_survive::<Mango>(source, &schedule);
    snapshot.source = Some(format!("Oracle and stable prices of {of}."));
    let mut account = accounts_survive::<Mango>(source, &schedule);
    account.note = Some(format!(
        "The account of {of}. Without holder key, serial and blinding: `zkmargin commit --fresh` draws them."
    ));
    let path = |kind: &str| format!("venues/mango/examples/{name}.{kind}.json");
    kept(&path("schedule"), &schedule.file().to_json().unwrap());
    kept(&path("snapshot"), &snapshot.to_json().unwrap());
    kept(&path("account"), &account.to_json().unwrap());
    assert!(
        schedule
            .remarks()
            .iter()
            .all(|r| matches!(r.kind, RemarkKind::NoCap | RemarkKind::ZeroRate))
    );
    let market = compile(&schedule, &snapshot).unwrap();
    assert_eq!(market.market().profile(), Ok(Profile::GENERAL));
    let figures = margin(&account.holdings(&schedule).unwrap(), market.market()).unwrap();
    (market, figures)
}

fn source(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn initial() -> Options {
    Options { name: None, requirement: Requirement::Initial }
}

/// Health in the program's fixed-point arithmetic, to the last of its 48 binary digits.
#[test]
fn states_of_the_programs_tests() {
    let perpetual = source(include_str!("examples/perpetual.source.json"));
    let (market, figures) = example("perpetual", &perpetual, &initial(), 1285);
    // 55.2, in the smallest unit of USDC.
    assert_eq!(figures.equity, BigInt::from(15_537_418_714_428_237i64));
    assert_eq!(figures.maintenance, BigInt::ZERO);
    assert!(figures.meets(&Claim::margin(), market.market()));
    assert_eq!(market.schedule().margin_unit().currency(), "USDC/2^48");

    let stable = source(include_str!("examples/stable-price.source.json"));
    let (_, figures) = example("stable-price", &stable, &initial(), 1362);
    // 100 at the lower price of 0.5, times 0.8.
    assert_eq!(figures.equity, BigInt::from(11_258_999_068_426_200i64));
}

/// A liquidation ends at the initial weights and at the oracle price, however far below it the stable price is and however
/// large the bank.
#[test]
fn a_liquidation_ends_at_the_oracle_price() {
    let stable = source(include_str!("examples/stable-price.source.json"));
    let mut scaled = stable.clone();
    scaled["tokens"][0]["bank"]["deposits"] = json!("844424930131968");
    scaled["tokens"][0]["bank"]["deposit_weight_scale_start_quote"] = json!(2.0);
    let end = Options { name: None, requirement: Requirement::LiquidationEnd };
    let maintenance = Options { name: None, requirement: Requirement::Maintenance };
    // 100 at the price of 1: times 0.8, and 0.9 of maintenance health.
    for (options, of, health) in [
        (&end, &stable, 22_517_998_136_852_500i64),
        (&end, &scaled, 22_517_998_136_852_500),
        (&maintenance, &stable, 25_332_747_903_959_000),
    ] {
        let schedule = schedules_survive::<Mango>(of, options);
        let market = compile(&schedule, &snapshots_survive::<Mango>(of, &schedule)).unwrap();
        let account = accounts_survive::<Mango>(of, &schedule).holdings(&schedule).unwrap();
        let figures = margin(&account, market.market()).unwrap();
        assert_eq!(figures.equity, BigInt::from(health));
    }
    // A perpetual is valued at its mark, and by its initial weights.
    let perpetual = source(include_str!("examples/perpetual.source.json"));
    let schedule = schedules_survive::<Mango>(&perpetual, &end);
    let [of_end, of_initial] = [&end, &initial()].map(|options| {
        let schedule = Mango::schedule(&perpetual, options).unwrap().schedule;
        let elements = schedule.instruments[0].elements.clone().unwrap();
        let sides = elements.value_by_side.unwrap();
        assert_eq!(sides.long.by.is_some(), options.requirement == Requirement::Initial);
        (sides.long.multiply, sides.short.multiply, elements.result)
    });
    assert_eq!(of_end, of_initial);
    let words = "health when a liquidation ends";
    assert!(!schedule.file().leaves_out.iter().any(|text| text == words));
}

/// An account that is being liquidated is so until its health at the end of a liquidation is not negative, whatever its
/// maintenance health is.
#[test]
fn an_account_that_is_being_liquidated_has_one_requirement() {
    let stable = source(include_str!("examples/stable-price.source.json"));
    for requirement in REQUIREMENTS {
        let schedule = Mango::schedule(&stable, &Options { name: None, requirement }).unwrap();
        let schedule = Schedule::new(schedule.schedule).unwrap();
        let of = |flag: Value| {
            let mut source = stable.clone();
            source["being_liquidated"] = flag;
            Mango::account(&source, &schedule)
        };
        for flag in [json!(null), json!(0), json!("0"), json!(false)] {
            assert!(of(flag.clone()).is_ok(), "{flag}");
        }
        for flag in [json!(1), json!("1"), json!(true)] {
            if requirement == Requirement::LiquidationEnd {
                assert!(of(flag).is_ok());
                continue;
            }
            let message = "/being_liquidated: is set: the account is being liquidated, until its health of --requirement liquidation-end is not negative";
            assert_eq!(told(of(flag)), message);
        }
    }
}

/// Another base and token: their digits change the units of the files and not the health.
#[test]
fn decimals_change_no_figure() {
    let perpetual = source(include_str!("examples/perpetual.source.json"));
    for (pointer, decimals) in [("/perps/0", 9), ("/perps/0", 4), ("/perps/0", 6)] {
        let mut source = perpetual.clone();
        source.pointer_mut(pointer).unwrap()["base_decimals"] = json!(decimals);
        let schedule = Schedule::new(Mango::schedule(&source, &initial()).unwrap().schedule);
        let schedule = schedule.unwrap();
        let market = compile(&schedule, &Mango::snapshot(&source, &schedule).unwrap()).unwrap();
        let account = Mango::account(&source, &schedule).unwrap().holdings(&schedule).unwrap();
        let figures = margin(&account, market.market()).unwrap();
        assert_eq!(figures.equity, BigInt::from(15_537_418_714_428_237i64), "{decimals}");
    }
}

#[test]
fn bad_sources_are_refused_with_the_place() {
    let source = source(include_str!("examples/perpetual.source.json"));
    let schedule = Schedule::new(Mango::schedule(&source, &initial()).unwrap().schedule).unwrap();
    let spoiled = with(&source, "/perps/0/settle_token_index", json!("4"));
    let message = "/perps/0/settle_token_index: is not 0; perpetuals settle in USDC";
    assert_eq!(told(Mango::schedule(&spoiled, &initial())), message);
    let spoiled = with(&source, "/perps/0/bids_base_lots", json!("1"));
    let message = "/perps/0/bids_base_lots: is not zero; open orders are not imported";
    assert_eq!(told(Mango::account(&spoiled, &schedule)), message);
    for lot_size in ["0", "-100"] {
        let spoiled = with(&source, "/perps/0/base_lot_size", json!(lot_size));
        let message = "/perps/0/base_lot_size: is not above zero";
        assert_eq!(told(Mango::account(&spoiled, &schedule)), message);
    }
    let mut funds = source.clone();
    funds["serum"] = json!([{"reserved_base": "0", "reserved_quote": "0", "free_quote": "99999"}]);
    let message = "/serum/0/free_quote: is not zero; funds in spot open orders are not imported";
    assert_eq!(told(Mango::account(&funds, &schedule)), message);
    // The bank has 3 of the smallest unit of USDC, and its weight is scaled from 2 on.
    let mut spoiled = with(&source, "/tokens/0/bank/deposits", json!("844424930131968"));
    spoiled["tokens"][0]["bank"]["deposit_weight_scale_start_quote"] = json!(3.0);
    assert!(Mango::snapshot(&spoiled, &schedule).is_ok());
    spoiled["tokens"][0]["bank"]["deposit_weight_scale_start_quote"] = json!(2.0);
    let message = "/tokens/0/bank/deposit_weight_scale_start_quote: has been passed, so that the weight is scaled in floating point";
    assert_eq!(told(Mango::snapshot(&spoiled, &schedule)), message);
}
