//! A block of two markets, one of them halted.

use super::{API_LEAVES_OUT, LEAVES_OUT, Lighter, Options, REQUIREMENTS};
use crate::venue::Venue;
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use crate::{AccountFile, DecimalText, Requirement, Schedule, compile};
use serde_json::{Value, json};

fn block() -> Value {
    json!({"block": {
        "block": 7,
        "created_at_ms": 1_700_000_000_000u64,
        "markets": [
            {"i": 0, "mm": 120, "s": 1, "qm": 1, "mp": 2_000_000, "f": -5},
            {"i": 4, "mm": 300, "s": 0, "qm": 10, "mp": 50, "f": 3},
        ],
    }})
}

#[test]
fn a_block_is_read() {
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let file = schedule.file();
    assert_eq!(file.name, "lighter-mainnet");
    let tiers: Vec<_> =
        file.tiers.iter().map(|t| (t.name.as_str(), t.rows[0].rate.as_str())).collect();
    assert_eq!(tiers, [("flat-0", "0"), ("flat-120", "0.012")]);
    let second = &file.instruments[1];
    assert_eq!(
        (second.id, second.symbol.as_str(), second.tiers.as_str()),
        (5, "market-4", "flat-0")
    );

    let snapshot = snapshots_survive::<Lighter>(&block(), &schedule);
    assert_eq!((snapshot.time.as_str(), snapshot.sequence), ("2023-11-14T22:13:20Z", 7));
    let prices: Vec<_> = snapshot
        .instruments
        .iter()
        .map(|p| (p.mark.as_ref().unwrap().as_str(), p.funding_index.as_ref().map(|f| f.as_str())))
        .collect();
    // The second market's funding sum counts ten times.
    let funding = [Some("-0.000000000005"), Some("0.00000000003")];
    assert_eq!(prices, [("2", funding[0]), ("0.00005", funding[1])]);
}

#[test]
fn a_snapshot_leaves_out_what_the_schedule_does_not_list() {
    let mut file = Lighter::schedule(&block(), &Options::default()).unwrap().schedule;
    file.instruments.truncate(1);
    file.tiers.remove(0);
    let schedule = crate::Schedule::new(file).unwrap();
    assert_eq!(Lighter::snapshot(&block(), &schedule).unwrap().instruments.len(), 1);
}

#[test]
fn a_snapshot_is_of_the_schedules_rule() {
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let message = "has a different multiplier or margin fraction from the schedule's";
    for (pointer, value, at) in [
        ("/block/markets/0/mm", 500, 0),
        ("/block/markets/0/qm", 10, 0),
        ("/block/markets/1/s", 1, 1),
    ] {
        let later = with(&block(), pointer, json!(value));
        let told = told(Lighter::snapshot(&later, &schedule));
        assert_eq!(told, format!("/block/markets/{at}: {message}"), "{pointer}");
    }
    let later = with(&block(), "/block/markets/0/mp", json!(2_100_000));
    assert!(Lighter::snapshot(&later, &schedule).is_ok());
}

#[test]
fn bad_blocks_are_refused_with_the_place() {
    for (pointer, value, message) in [
        ("/block/markets", json!({}), "/block/markets: is not a list"),
        ("/block/markets/1", json!(null), "/block/markets/1/i: is missing"),
        ("/block", json!(null), "the file has neither orderBookDetails.json nor block.json"),
        ("/block/markets/1/i", json!(-1), "/block/markets/1/i: is not a market index"),
        ("/block/markets/1/i", json!(u32::MAX), "/block/markets/1/i: is not a market index"),
        ("/block/markets/0/mm", json!("120"), "/block/markets/0/mm: is not an integer"),
        ("/block/markets/0/mm", json!(-120), "/block/markets/0/mm: is negative"),
        ("/block/markets/0/s", json!(2), "/block/markets/0/s: is neither 0 nor 1"),
        ("/block/markets/0/s", json!(-1), "/block/markets/0/s: is neither 0 nor 1"),
        ("/block/markets/1/mp", json!(0.5), "/block/markets/1/mp: is not an integer"),
        ("/block/block", json!(-7), "/block/block: is not a non-negative integer"),
    ] {
        let spoiled = with(&block(), pointer, value);
        assert_eq!(told(Lighter::schedule(&spoiled, &Options::default())), message);
    }
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let seconds = with(&block(), "/block/created_at_ms", json!(1_700_000_000));
    let message = "/block/created_at_ms: 1700000000 is not a plausible time in milliseconds; in seconds it would be 2023-11-14T22:13:20Z";
    assert_eq!(told(Lighter::snapshot(&seconds, &schedule)), message);
}

/// Two markets of the API's list, one of them closed.
fn details() -> Value {
    let market = |name: &str, index: u32, status: &str| {
        json!({
            "symbol": name, "market_id": index, "market_type": "perp", "status": status,
            "size_decimals": 2, "quote_multiplier": 1, "maintenance_margin_fraction": 120,
            "mark_price": "2.5",
        })
    };
    json!({
        "orderBookDetails": {"order_book_details": [market("A", 0, "active"), market("B", 4, "inactive")]},
        "fetched": {"orderBookDetails": 1_700_000_000_000u64},
    })
}

/// The list of the API gives the instruments that a block gives: base units, prices of them, and ids by index.
#[test]
fn the_api_lists_the_instruments_of_a_block() {
    let schedule = schedules_survive::<Lighter>(&details(), &Options::default());
    let snapshot = snapshots_survive::<Lighter>(&details(), &schedule);
    assert_eq!(snapshot.instruments[0].mark.as_ref().unwrap().as_str(), "0.025");
    let of_block = schedules_survive::<Lighter>(&block(), &Options::default());
    assert_eq!(schedule.file().instruments[0].id, of_block.file().instruments[0].id);
    // Funding indices count from something else, so that an account of one is none of the other.
    assert_ne!(schedule.registry_digest(), of_block.registry_digest());
    assert_eq!(of_block.file().leaves_out, [LEAVES_OUT]);
    assert_eq!(schedule.file().leaves_out, [LEAVES_OUT, API_LEAVES_OUT]);
    let state = json!({"account": {"accounts": [{"collateral": "10.5", "positions": [{
        "market_id": 0, "sign": -1, "position": "3.00", "position_value": "7.5", "unrealized_pnl": "-0.25",
        "margin_mode": 1, "allocated_margin": "2",
    }]}]}});
    let account = accounts_survive::<Lighter>(&state, &schedule);
    let held = &account.positions[0];
    let figures = [&held.size, &held.entry_value].map(DecimalText::as_str);
    assert_eq!(figures, ["-300", "-7.25"]);
    for (pointer, value, message) in [
        (
            "/mark_price",
            json!("2.50001"),
            "mark_price: of a base unit is not a whole number of 0.000001 USDC",
        ),
        ("/quote_multiplier", json!(null), "quote_multiplier: is missing"),
        (
            "/maintenance_margin_fraction",
            json!(0),
            "maintenance_margin_fraction: is not a positive number",
        ),
        ("/market_id", json!(u32::MAX), "market_id: is not a market index"),
    ] {
        let place = "/orderBookDetails/order_book_details/0";
        let spoiled = with(&details(), &format!("{place}{pointer}"), value);
        let told = told(Lighter::schedule(&spoiled, &Options::default()));
        assert_eq!(told, format!("{place}/{message}"));
    }
    let mut failed = details();
    failed["orderBookDetails"]["code"] = json!(200);
    assert!(Lighter::schedule(&failed, &Options::default()).is_ok());
    failed["orderBookDetails"]["code"] = json!(29500);
    let message = "/orderBookDetails/code: is not 200: the venue refused";
    assert_eq!(told(Lighter::schedule(&failed, &Options::default())), message);
    let mut both = details();
    both["block"] = block()["block"].clone();
    let message = "/orderBookDetails: is given beside block.json, which has the same: keep one";
    assert_eq!(told(Lighter::schedule(&both, &Options::default())), message);
}

fn account() -> Value {
    json!({"block-account": {
        "ai": 9,
        "col": -1_500_000_000_000i64,
        "ap": {
            "0": {"lfrps": -7, "p": -3, "eq": 6_500_000, "imf": 500, "almrg": 0},
            "1": {"lfrps": 5, "imf": 500, "almrg": 0},
            "4": {"lfrps": 2, "p": 20, "eq": 900, "imf": 500, "almrg": 250_000_000_000u64},
        },
    }})
}

#[test]
fn an_account_of_the_block_is_read() {
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let account = accounts_survive::<Lighter>(&account(), &schedule);
    assert_eq!(account.balances[0].balance.as_str(), "-1.5");
    let text = |text: &Option<DecimalText>| text.as_ref().map(|text| text.as_str().to_owned());
    let held: Vec<_> = account
        .positions
        .iter()
        .map(|p| {
            let written = [&p.size, &p.entry_value].map(DecimalText::as_str);
            (&*p.instrument, written, text(&p.funding_index), text(&p.isolated_margin))
        })
        .collect();
    // The second market's funding sum counts ten times.
    let some = |text: &str| Some(text.to_owned());
    let expected = [
        ("market-0", ["-3", "-6.5"], some("-0.000000000007"), None),
        ("market-4", ["20", "0.0009"], some("0.00000000002"), some("0.25")),
    ];
    assert_eq!(held, expected);
}

#[test]
fn bad_accounts_are_refused_with_the_place_and_no_figure() {
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let mut hidden = account();
    hidden["block-account"]["ap"]["0"].as_object_mut().unwrap().remove("p");
    let message = "/block-account/ap/0/p: is zero or missing, but eq is not zero";
    assert_eq!(told(Lighter::account(&hidden, &schedule)), message);
    // Margin that is allocated to nothing, with a size of zero and without one.
    let mut empty = account();
    empty["block-account"]["ap"]["1"]["almrg"] = json!(250_000_000_000u64);
    let message = "/block-account/ap/1/almrg: is not zero, but p is zero or missing";
    assert_eq!(told(Lighter::account(&empty, &schedule)), message);
    empty["block-account"]["ap"]["1"]["p"] = json!(0);
    assert_eq!(told(Lighter::account(&empty, &schedule)), message);
    for (pointer, value, message) in [
        ("/block-account/col", json!("1"), "/block-account/col: is not an integer"),
        ("/block-account/ap", json!([]), "/block-account/ap: is not an object"),
        (
            "/block-account/ap/0/eq",
            json!(-5),
            "/block-account/ap/0/eq: is not a non-negative integer",
        ),
        (
            "/block-account/ap/1/p",
            json!(5),
            "/block-account/ap/1: is not in a market of the schedule",
        ),
    ] {
        let mut spoiled = account();
        spoiled["block-account"]["ap"]["1"]["p"] = json!(0);
        *spoiled.pointer_mut(pointer).unwrap() = value;
        assert_eq!(told(Lighter::account(&spoiled, &schedule)), message);
    }
}

/// Schedules of blocks and of the API, with own fractions and without, are of four registries and have four names.
#[test]
fn names_tell_registries_apart() {
    let mut schedules = Vec::new();
    for source in [with_fractions(), details()] {
        for requirement in [None, Some(Requirement::Maintenance)] {
            let options = Options { requirement, ..Options::default() };
            let made = Lighter::schedule(&source, &options).unwrap().schedule;
            schedules.push(Schedule::new(made).unwrap());
        }
    }
    let names = schedules.iter().map(|schedule| schedule.file().name.as_str());
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            "lighter-mainnet",
            "lighter-mainnet-maintenance",
            "lighter-mainnet-api",
            "lighter-mainnet-api-maintenance"
        ]
    );
    let registries = schedules.iter().map(|schedule| schedule.registry_digest());
    assert_eq!(registries.collect::<std::collections::BTreeSet<_>>().len(), 4);
}

/// Markets, marks and account of a block, or all of the API: a short that owes funding by the sums of the block owes none by
/// the API's account, and a long has received none.
#[test]
fn blocks_and_the_api_are_not_mixed() {
    let of_block = schedules_survive::<Lighter>(&block(), &Options::default());
    let of_api = schedules_survive::<Lighter>(&details(), &Options::default());
    let state = json!({"account": {"accounts": [{"collateral": "100", "positions": [{
        "market_id": 0, "sign": -1, "position": "3.00", "position_value": "7.5", "unrealized_pnl": "0",
        "margin_mode": 0, "allocated_margin": "0",
    }]}]}});
    let says = |of: &str| {
        format!(
            "is of {of}, and the schedule is not: funding indices of the two do not count from one time"
        )
    };
    let (block_says, api_says) = (says("a block"), says("the API"));
    assert_eq!(told(Lighter::account(&state, &of_block)), format!("/account: {api_says}"));
    assert_eq!(
        told(Lighter::account(&account(), &of_api)),
        format!("/block-account: {block_says}")
    );
    let snapshot = |source: &Value, schedule| told(Lighter::snapshot(source, schedule));
    assert_eq!(snapshot(&block(), &of_api), format!("/block: {block_says}"));
    assert_eq!(snapshot(&details(), &of_block), format!("/orderBookDetails: {api_says}"));
    // Nor under the numbering of an earlier schedule.
    let mut later = Lighter::schedule(&details(), &Options::default()).unwrap().schedule;
    later.renumber(&of_block);
    let later = crate::Schedule::new(later).unwrap();
    assert_eq!(told(Lighter::account(&state, &later)), format!("/account: {api_says}"));
    assert!(Lighter::account(&state, &of_api).is_ok());
}

fn options(requirement: Requirement) -> Options {
    Options { requirement: Some(requirement), ..Options::default() }
}

/// The block with all fractions.
fn with_fractions() -> Value {
    let mut block = block();
    for market in block["block"]["markets"].as_array_mut().unwrap() {
        market["dm"] = json!(500);
        market["im"] = json!(200);
        market["cm"] = json!(80);
    }
    block
}

/// 300 of market 0 at 2.00, a size of 3 at an own fraction of 5 %, and nothing of the halted one.
#[test]
fn requirements_by_name_have_one_registry() {
    let schedules = REQUIREMENTS
        .map(|requirement| schedules_survive::<Lighter>(&with_fractions(), &options(requirement)));
    let names = schedules.each_ref().map(|schedule| schedule.file().name.as_str());
    assert_eq!(
        names,
        ["lighter-mainnet-maintenance", "lighter-mainnet-initial", "lighter-mainnet-close-out"]
    );
    let without = Lighter::schedule(&with_fractions(), &Options::default()).unwrap();
    let without = Schedule::new(without.schedule).unwrap();
    // Another registry, and another name.
    assert_ne!(schedules[0].registry_digest(), without.registry_digest());
    assert_eq!(without.file().name, "lighter-mainnet");
    let mut own = account();
    // Of (own fraction, size), what the three kinds require in 10^-4 of 2 times the size.
    for (fraction, rates) in [(500, [120, 500, 80]), (100, [120, 200, 80]), (0, [120, 500, 80])] {
        own["block-account"]["ap"]["0"]["imf"] = json!(fraction);
        for (schedule, rate) in schedules.iter().zip(rates) {
            assert_eq!(schedule.registry_digest(), schedules[0].registry_digest());
            let snapshot = snapshots_survive::<Lighter>(&with_fractions(), schedule);
            let market = compile(schedule, &snapshot).unwrap();
            // A proof takes an account with own fractions at any of them.
            assert!(market.market().profile().unwrap().general);
            let account = accounts_survive::<Lighter>(&own, schedule).holdings(schedule).unwrap();
            let figures = zkmargin_model::rule::margin(&account, market.market()).unwrap();
            // 10^-16 of a dollar, and 10^12 for the unit of the size in 10^-6.
            let required = num_bigint::BigInt::from(6 * rate) * 10_i64.pow(12);
            assert_eq!(figures.maintenance, required, "{fraction} {rate}");
            // The halted market's isolated position requires nothing, whatever its fraction.
            let mut isolated = figures.positions.iter().filter_map(|p| p.isolated.as_ref());
            let isolated = isolated.next().unwrap();
            assert_eq!(isolated.requirement, num_bigint::BigInt::ZERO);
        }
    }
}

#[test]
fn bad_fractions_are_refused_with_the_place() {
    let told_of =
        |source: &Value, requirement| told(Lighter::schedule(source, &options(requirement)));
    for (name, requirement) in
        [("im", Requirement::Initial), ("dm", Requirement::Initial), ("cm", Requirement::CloseOut)]
    {
        let place = format!("/block/markets/0/{name}");
        let mut missing = with_fractions();
        missing["block"]["markets"][0].as_object_mut().unwrap().remove(name);
        assert_eq!(told_of(&missing, requirement), format!("{place}: is missing"));
        let negative = with(&with_fractions(), &place, json!(-1));
        assert_eq!(told_of(&negative, requirement), format!("{place}: is negative"));
    }
    assert!(told_of(&with_fractions(), Requirement::Fill).contains("fill"));
    let schedule = schedules_survive::<Lighter>(&with_fractions(), &options(Requirement::Initial));
    let mut negative = account();
    negative["block-account"]["ap"]["0"]["imf"] = json!(-1);
    let message = "/block-account/ap/0/imf: is negative";
    assert_eq!(told(Lighter::account(&negative, &schedule)), message);
    // Marks of one default are none of another.
    let other = with(&with_fractions(), "/block/markets/0/dm", json!(600));
    let message =
        "/block/markets/0: has a different multiplier or margin fraction from the schedule's";
    assert_eq!(told(Lighter::snapshot(&other, &schedule)), message);
}

/// A case's book as a block and the account of it.
fn of_case(case: &Value, isolated: &[&Value]) -> [Value; 2] {
    let integer = |text: &Value| match text.as_str() {
        Some(text) => serde_json::from_str::<Value>(text).unwrap(),
        None => text.clone(),
    };
    let (mut markets, mut held) = (std::collections::BTreeMap::new(), serde_json::Map::new());
    let mut take = |case: &Value, margin: Value| {
        for (index, market) in case["instruments"].as_object().unwrap() {
            let index: u64 = index.parse().unwrap();
            let figure = |name: &str| integer(&market[name]);
            markets.insert(index, json!({
                "i": index, "mm": figure("mmf"), "im": figure("min_imf"), "dm": figure("default_imf"),
                "cm": figure("cmf"), "qm": figure("quote_multiplier"), "mp": figure("mark_price"),
                "f": figure("funding_rate_prefix_sum"), "s": figure("status"),
            }));
        }
        for p in case["positions"].as_array().unwrap() {
            held.insert(p["instrument"].as_str().unwrap().to_owned(), json!({
                "lfrps": integer(&p["last_funding_rate_prefix_sum"]), "p": integer(&p["size"]),
                "eq": integer(&p["entry_quote"]), "imf": integer(&p["account_imf"]), "almrg": margin,
            }));
        }
    };
    take(case, json!(0));
    isolated.iter().for_each(|case| take(case, integer(&case["collateral"][0]["amount"])));
    let markets: Vec<_> = markets.into_values().collect();
    let collateral = integer(&case["collateral"][0]["amount"]);
    let block =
        json!({"block": {"block": 7, "created_at_ms": 1_700_000_000_000u64, "markets": markets}});
    [block, json!({"block-account": {"ai": 9, "col": collateral, "ap": held}})]
}

/// Every book of the vectors, at all three requirements, by this importer alone.
#[test]
fn the_three_requirements_of_the_vectors() {
    let Some(folder) = std::env::var_os("ZKMARGIN_VECTORS") else { return };
    let path = std::path::PathBuf::from(folder).join("lighter_mainnet.json");
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    let number = |value: &Value| value.as_str().unwrap().parse::<num_bigint::BigInt>().unwrap();
    let (mut compared, mut books) = (0, 0);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let Some(account) = name.strip_suffix("/cross") else { continue };
        if case["needs"].as_array().is_some_and(|needs| !needs.is_empty()) {
            continue;
        }
        let of_account = |c: &&Value| {
            let name = c["name"].as_str().unwrap().strip_prefix(account);
            name.is_some_and(|book| book.starts_with("/isolated"))
        };
        let isolated: Vec<_> = cases.iter().filter(of_account).collect();
        let [block, held] = of_case(case, &isolated);
        for (requirement, figure) in
            REQUIREMENTS.into_iter().zip(["maintenance", "initial", "close_out"])
        {
            let schedule = Lighter::schedule(&block, &options(requirement)).unwrap().schedule;
            let schedule = Schedule::new(schedule).unwrap();
            let snapshot = Lighter::snapshot(&block, &schedule).unwrap();
            let market = compile(&schedule, &snapshot).unwrap();
            let file: AccountFile = Lighter::account(&held, &schedule).unwrap();
            let holdings = file.holdings(&schedule).unwrap();
            let figures = zkmargin_model::rule::margin(&holdings, market.market()).unwrap();
            let computed = &case["computed"];
            // Four digits of fractions beyond the unit of equity.
            assert_eq!(figures.equity, number(&computed["total_account_value"]) * 10_000, "{name}");
            let required = number(&computed[format!("{figure}_margin_requirement")]) * 10_000;
            assert_eq!(figures.maintenance, required, "{name} {figure}");
            for (position, book) in
                figures.positions.iter().filter_map(|p| Some((p, p.isolated.as_ref()?)))
            {
                let index = (position.instrument - 1).to_string();
                let of = |c: &&&Value| c["positions"][0]["instrument"] == index.as_str();
                let computed = &isolated.iter().find(of).unwrap()["computed"];
                assert_eq!(book.equity, number(&computed["total_account_value"]) * 10_000);
                let required = number(&computed[format!("{figure}_margin_requirement")]) * 10_000;
                assert_eq!(book.requirement, required, "{name} {figure}");
                books += 1;
            }
            compared += 1;
        }
    }
    assert_eq!((compared, books), (39, 9));
}
