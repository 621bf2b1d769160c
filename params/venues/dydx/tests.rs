//! The market list beside this file, states of the protocol's own tests, and accounts against its formulas.

use super::*;
use crate::portfolio::figure::{product, sum};
use crate::tests::{kept, rounds};
use crate::venue::computed::{Numbers, computed, from_folder, number};
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use crate::venue::{Choice, RulePart};
use crate::{AccountFile, CompiledMarket, RemarkKind, Schedule, SnapshotFile, compile};
use num_bigint::BigInt;
use num_integer::Integer;
use serde_json::json;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::{format_scaled, power_of_ten};
use zkmargin_model::floor::Floor;
use zkmargin_model::rule::{Margin, Rounded, margin};

fn markets() -> Value {
    serde_json::from_str(include_str!("markets.json")).unwrap()
}

fn maintenance_source() -> String {
    format!(
        "Three markets (BTC-USD, ETH-USD, SOL-USD) of an indexer's answer to /v4/perpetualMarkets, kept as test data in nautechsystems/nautilus_trader, commit 97dd51faf8c1e5fcd71c9f033d2f4ad887254657, crates/adapters/dydx/test_data/http_get_perpetual_markets.json, and dated 2025-12-08 there. Assumed: {ASSUMED}."
    )
}

fn of(requirement: Requirement) -> Options {
    Options { name: None, requirement, liquidation: false }
}

#[test]
fn the_list_is_read() {
    let [maintenance, initial] = REQUIREMENTS.map(|requirement| {
        let schedule = schedules_survive::<Dydx>(&markets(), &of(requirement));
        assert_eq!(schedule.requirement(), requirement);
        assert!(schedule.remarks().iter().all(|remark| remark.kind == RemarkKind::NoCap));
        let mut file = schedule.file().clone();
        file.source = maintenance_source();
        if requirement == Requirement::Initial {
            file.source.push_str(" Initial fractions as of the open interest in it: 381.7348 BTC, 7457.108 ETH, 41917.9 SOL.");
        }
        let name = format!("venues/dydx/{}.json", requirement.name());
        kept(&name, &file.to_json().unwrap());
        schedule
    });
    // Who is liquidated: the maintenance margin, where there is any.
    let options = Options { liquidation: true, ..Options::default() };
    let liquidation = schedules_survive::<Dydx>(&markets(), &options);
    let mut file = liquidation.file().clone();
    file.source = maintenance_source();
    kept("venues/dydx/liquidation.json", &file.to_json().unwrap());
    assert_eq!(liquidation.registry_digest(), initial.registry_digest());
    let mut as_maintenance = liquidation.file().clone();
    as_maintenance.no_requirement_is_healthy = false;
    as_maintenance.name = maintenance.file().name.clone();
    as_maintenance.leaves_out = maintenance.file().leaves_out.clone();
    as_maintenance.menu = maintenance.file().menu.clone();
    assert_eq!(as_maintenance, *maintenance.file());
    // One commitment serves both.
    assert_eq!(maintenance.registry_digest(), initial.registry_digest());
    assert_ne!(maintenance.digest(), initial.digest());
    let listed = |schedule: &Schedule| -> Vec<_> {
        let file = schedule.file();
        let of = |i: &crate::InstrumentFile| (i.id, i.symbol.clone(), i.tiers.clone());
        file.instruments.iter().map(of).collect()
    };
    let of = |id: u32, symbol: &str, tiers: &str| (id, symbol.to_owned(), tiers.to_owned());
    let [btc, sol] = ["initial-20000-maintenance-600000", "initial-50000-maintenance-600000"];
    let expected = [of(1, "BTC-USD", btc), of(2, "ETH-USD", btc), of(6, "SOL-USD", sol)];
    assert_eq!(listed(&maintenance), expected);
    let [btc, sol] = ["initial-20000", "initial-50000"];
    assert_eq!(
        listed(&initial),
        [of(1, "BTC-USD", btc), of(2, "ETH-USD", btc), of(6, "SOL-USD", sol)]
    );
    assert!(initial.file().leaves_out.iter().any(|what| what.contains("open interest")));
    assert!(!maintenance.file().leaves_out.iter().any(|what| what.contains("open interest")));
}

/// The initial fraction rises with open interest from its base to 1, cut to parts per million.
#[test]
fn the_initial_fraction_is_as_of_the_lists_open_interest() {
    let rate = |open: &str, lower: &str, upper: &str| {
        let mut source = markets();
        let market = &mut source["markets"]["SOL-USD"];
        market["initialMarginFraction"] = json!("0.2");
        market["maintenanceMarginFraction"] = json!("0.1");
        market["oraclePrice"] = json!("1");
        market["openInterest"] = json!(open);
        market["openInterestLowerCap"] = json!(lower);
        market["openInterestUpperCap"] = json!(upper);
        let schedule = Dydx::schedule(&source, &of(Requirement::Initial)).unwrap().schedule;
        let tiers = &schedule.instruments.last().unwrap().tiers;
        let table = schedule.tiers.iter().find(|table| table.name == *tiers).unwrap();
        table.rows[0].rate.as_str().to_owned()
    };
    for (open, lower, upper, expected) in [
        ("1000000", "0", "0", "0.2"),
        ("25000000", "25000000", "50000000", "0.2"),
        ("37500000", "25000000", "50000000", "0.6"),
        ("25000001", "25000000", "50000000", "0.2"),
        // One part per million is 31.25 USDC here.
        ("25000031.249999", "25000000", "50000000", "0.2"),
        ("25000031.25", "25000000", "50000000", "0.200001"),
        ("49999999.999999", "25000000", "50000000", "0.999999"),
        ("50000000", "25000000", "50000000", "1"),
        ("900000000", "25000000", "50000000", "1"),
    ] {
        assert_eq!(rate(open, lower, upper), expected, "{open}");
    }
}

#[test]
fn what_no_schedule_lists_is_left_out() {
    for (pointer, value, why) in [
        ("/markets/BTC-USD/status", json!("FINAL_SETTLEMENT"), "settled for good"),
        ("/markets/BTC-USD/marketType", json!("ISOLATED"), "isolated market"),
        (
            "/markets/BTC-USD/atomicResolution",
            json!(1),
            "the chain's unit of its size is above one coin, or below 1e-12",
        ),
    ] {
        let imported =
            Dydx::schedule(&with(&markets(), pointer, value), &Options::default()).unwrap();
        let left_out = LeftOut { symbol: "BTC-USD".to_owned(), why: why.to_owned() };
        assert_eq!((imported.left_out, imported.schedule.instruments.len()), (vec![left_out], 2));
    }
}

#[test]
fn bad_lists_are_refused_with_the_place() {
    let at = |name: &str| format!("/markets/SOL-USD/{name}");
    for (pointer, value, message) in [
        ("".to_owned(), json!([]), "/markets: is missing".to_owned()),
        (
            "/markets".to_owned(),
            json!({}),
            "the file holds no perpetual that can be imported".to_owned(),
        ),
        (
            at("clobPairId"),
            json!("65535"),
            format!("{}: is not the number of a market below 65535", at("clobPairId")),
        ),
        (
            at("initialMarginFraction"),
            json!(0.05),
            format!("{}: is not a decimal number in quotes", at("initialMarginFraction")),
        ),
        (
            at("initialMarginFraction"),
            json!("0"),
            format!("{}: is not a fraction above 0 and at most 1", at("initialMarginFraction")),
        ),
        (
            at("maintenanceMarginFraction"),
            json!("0.051"),
            format!("{}: is not a fraction above 0 and at most 1", at("maintenanceMarginFraction")),
        ),
        (
            at("maintenanceMarginFraction"),
            json!("0.03000000001"),
            format!(
                "{}: is not initialMarginFraction times parts per million",
                at("maintenanceMarginFraction")
            ),
        ),
        (at("openInterest"), json!("-1"), format!("{}: is negative", at("openInterest"))),
        (at("oraclePrice"), json!(null), format!("{}: is missing", at("oraclePrice"))),
    ] {
        let spoiled = with(&markets(), &pointer, value);
        assert_eq!(told(Dydx::schedule(&spoiled, &of(Requirement::Initial))), message);
    }
    // No maintenance margin depends on open interest.
    let unpriced = with(&markets(), &at("oraclePrice"), json!(null));
    assert!(Dydx::schedule(&unpriced, &of(Requirement::Maintenance)).is_ok());
}

/// A market as the protocol has it: exponents, parts per million, and the funding index.
#[derive(Clone, Copy)]
struct Perpetual {
    ticker: &'static str,
    resolution: i32,
    exponent: i32,
    price: i64,
    initial_ppm: u64,
    maintenance_ppm: u64,
    funding: i64,
}

/// A position as the protocol has it: in units of the size, of 1e-6 USDC, and the funding index at its last settlement.
#[derive(Clone, Copy)]
struct Holding {
    of: usize,
    size: i64,
    quote: i64,
    funding: i64,
}

fn decimals(value: impl Into<BigInt>, decimals: u32) -> String {
    format_scaled(&value.into(), decimals)
}

/// The schedule, snapshot and account of a state as files, read again: its market, and its figures in units of 1e-6 USDC.
fn state(
    requirement: Requirement,
    perpetuals: &[Perpetual],
    quote: i64,
    holdings: &[Holding],
) -> (CompiledMarket, Margin, [BigInt; 2]) {
    state_of(&of(requirement), perpetuals, quote, holdings)
}

fn state_of(
    options: &Options,
    perpetuals: &[Perpetual],
    quote: i64,
    holdings: &[Holding],
) -> (CompiledMarket, Margin, [BigInt; 2]) {
    let markets: serde_json::Map<_, _> = (0..)
        .zip(perpetuals)
        .map(|(pair, p)| {
            let market = json!({
                "clobPairId": u32::to_string(&pair), "ticker": p.ticker, "status": "ACTIVE",
                "initialMarginFraction": decimals(p.initial_ppm, 6),
                "maintenanceMarginFraction": decimals(p.initial_ppm * p.maintenance_ppm, 12),
                "atomicResolution": p.resolution, "marketType": "CROSS",
            });
            (p.ticker.to_owned(), market)
        })
        .collect();
    let source = json!({ "markets": markets });
    let file = Dydx::schedule(&source, options).unwrap().schedule;
    let schedule = Schedule::from_json(file.to_json().unwrap().as_bytes()).unwrap();
    let funding =
        |p: &Perpetual, index: i64| decimals(index, u32::try_from(12 + p.resolution).unwrap());
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2025-12-08T16:12:00Z", "sequence": 1,
        "assets": [{"asset": "USDC", "index": "1"}],
        "instruments": perpetuals.iter().map(|p| json!({
            "instrument": p.ticker,
            "mark": decimals(p.price, p.exponent.unsigned_abs()),
            "funding_index": funding(p, p.funding),
        })).collect::<Vec<_>>(),
    });
    let account = json!({
        "format": "zkmargin-account/1", "venue": "dydx",
        "balances": [{"asset": "USDC", "balance": decimals(quote, 6)}],
        "positions": holdings.iter().map(|h| {
            let p = &perpetuals[h.of];
            json!({
                "instrument": p.ticker,
                "size": decimals(h.size, p.resolution.unsigned_abs()),
                "entry_value": decimals(-h.quote, 6),
                "funding_index": funding(p, h.funding),
            })
        }).collect::<Vec<_>>(),
    });
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).unwrap();
    let market = compile(&schedule, &snapshot).unwrap();
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    let account = account.holdings(&schedule).unwrap();
    let figures = margin(&account, market.market()).unwrap();
    let quantums = [&figures.equity, &figures.maintenance].map(|figure| {
        let (whole, rest) = figure.div_mod_floor(&power_of_ten(schedule.margin_decimals() - 6));
        assert_eq!(rest, BigInt::ZERO, "the chain has no smaller unit");
        whole
    });
    (market, figures, quantums)
}

const BTC: Perpetual = Perpetual {
    ticker: "BTC-USD",
    resolution: -8,
    exponent: -5,
    price: 5_000_000_000,
    initial_ppm: 500_000,
    maintenance_ppm: 800_000,
    funding: 0,
};
const ETH: Perpetual = Perpetual {
    ticker: "ETH-USD",
    resolution: -9,
    exponent: -6,
    price: 3_000_000_000,
    initial_ppm: 200_000,
    maintenance_ppm: 500_000,
    funding: 0,
};

/// States of the tests of dydxprotocol/v4-chain, commit 84d4664bae71e3a077adaac67fb77ad19cd28d30.
#[test]
fn states_of_the_protocols_tests() {
    let held = |of, size, funding| Holding { of, size, quote: 0, funding };
    let healthy = |(market, figures, _): &(CompiledMarket, Margin, [BigInt; 2])| {
        figures.meets(&Claim::margin(), market.market())
    };
    // x/subaccounts/keeper/subaccount_test.go, line 5818.
    let holdings = [held(0, -200_000_000, 0), held(1, 250_000_000, 0)];
    for (requirement, required) in
        [(Requirement::Initial, 50_150_000_000_i64), (Requirement::Maintenance, 40_075_000_000)]
    {
        let made = state(requirement, &[BTC, ETH], 1_000_000, &holdings);
        assert_eq!(made.2, [BigInt::from(-99_249_000_000_i64), required.into()]);
        assert!(!healthy(&made));
    }
    // daemons/liquidation/client/sub_task_runner_test.go, lines 262, 342 and 500: funding decides.
    let btc = Perpetual { initial_ppm: 200_000, maintenance_ppm: 500_000, ..BTC };
    for (quote, holding, equity, [initial, maintenance]) in [
        (55_000_000_000, held(0, -100_000_000, 10_000), 4_999_000_000_i64, [false, false]),
        (-45_000_000_000, held(0, 100_000_000, -10_000), 4_999_000_000, [false, false]),
        (-44_999_000_000, held(0, 100_000_000, 10_000), 5_002_000_000, [false, true]),
    ] {
        for (requirement, required, is_healthy) in [
            (Requirement::Initial, 10_000_000_000_i64, initial),
            (Requirement::Maintenance, 5_000_000_000, maintenance),
        ] {
            let made = state(requirement, &[btc], quote, &[holding]);
            assert_eq!(made.2, [BigInt::from(equity), required.into()]);
            assert_eq!(healthy(&made), is_healthy);
        }
    }
}

/// The chain liquidates no account of which nothing is required, and one in debt of which anything is.
#[test]
fn who_is_liquidated() {
    let options = Options { liquidation: true, ..Options::default() };
    let claim = Claim::with_floor(10_000, Floor::none()).unwrap();
    let one = Holding { of: 0, size: 1, quote: 0, funding: 0 };
    for (options, holdings, quote, healthy) in [
        (&options, &[][..], -1_000_000, true),
        (&of(Requirement::Maintenance), &[], -1_000_000, false),
        (&options, &[one], -1_000_000, false),
        (&options, &[one], 1_000_000, true),
    ] {
        let (market, figures, _) = state_of(options, &[BTC], quote, holdings);
        assert_eq!(figures.meets(&claim, market.market()), healthy, "{options:?} {quote}");
    }
    let empty = state_of(&options, &[BTC], 0, &[]).0;
    let profile = empty.market().profile().unwrap();
    assert!(profile.exempt && profile.rounded == Rounded::ValueAndTwice, "{profile}");
    let words = empty.schedule().margin();
    assert_eq!(words, "maintenance margin, where there is any,");
}

/// A generator that is the same everywhere.
struct Draw(u64);

impl Draw {
    /// Below `end`, which is far below 2^63.
    fn below(&mut self, end: i64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 1) as i64).rem_euclid(end)
    }

    fn signed(&mut self, end: i64) -> i64 {
        self.below(2 * end) - end
    }
}

/// Accounts with a remainder at every rounding, against the formulas of the protocol in its own integers.
#[test]
fn rounding_is_the_chains() {
    let mut draw = Draw(4);
    let (mut settled, mut ties) = (0, 0);
    for _ in 0..rounds(300) {
        let fraction = |draw: &mut Draw| 1 + draw.below(1_000_000) as u64;
        let perpetual = |ticker, resolution: i32, draw: &mut Draw| Perpetual {
            ticker,
            resolution,
            exponent: -15 - resolution,
            price: 1 + draw.below(10_000_000_000),
            initial_ppm: fraction(draw),
            maintenance_ppm: fraction(draw),
            funding: draw.signed(1_000_000),
        };
        let perpetuals = [perpetual("A-USD", -10, &mut draw), perpetual("B-USD", -6, &mut draw)];
        let holding = |of, draw: &mut Draw| Holding {
            of,
            size: (1 + draw.below(10_000_000_000)) * (2 * draw.below(2) - 1),
            quote: draw.signed(1_000_000_000),
            funding: draw.signed(1_000_000),
        };
        let holdings = [holding(0, &mut draw), holding(1, &mut draw)];
        let quote = draw.signed(1_000_000_000);
        let million = BigInt::from(1_000_000);
        let up = |product: BigInt| product.div_ceil(&million);
        let (mut ppm, mut equity) = (BigInt::ZERO, BigInt::from(quote));
        let mut required = [BigInt::ZERO, BigInt::ZERO];
        for h in &holdings {
            let p = &perpetuals[h.of];
            // Sizes and prices have 15 digits together, USDC has 6: 10^9 to one.
            let product = BigInt::from(h.size) * p.price;
            let value = &product / power_of_ten(9);
            let notional = BigInt::from(value.magnitude().clone());
            let initial = up(&notional * p.initial_ppm);
            required[0] += up(&initial * p.maintenance_ppm);
            required[1] += initial;
            ppm -= BigInt::from(p.funding - h.funding) * h.size;
            equity += value + h.quote;
        }
        settled += u32::from(&ppm % &million != BigInt::ZERO);
        equity += ppm.div_floor(&million);
        for (requirement, required) in REQUIREMENTS.into_iter().zip(required) {
            let (market, figures, found) = state(requirement, &perpetuals, quote, &holdings);
            assert_eq!(found, [equity.clone(), required.clone()]);
            let meets = figures.meets(&Claim::margin(), market.market());
            assert_eq!(meets, equity >= required);
            // Equal is healthy: with what is missing, or without what is too much.
            let gap = i64::try_from(&required - &equity).unwrap();
            let (market, figures, _) = state(requirement, &perpetuals, quote + gap, &holdings);
            assert!(figures.meets(&Claim::margin(), market.market()));
            let (market, figures, _) = state(requirement, &perpetuals, quote + gap - 1, &holdings);
            assert!(!figures.meets(&Claim::margin(), market.market()));
            ties += 1;
        }
    }
    assert!(settled > 250 && ties == 600, "{settled} {ties}");
}

/// A circuit proves either requirement at any prices.
#[test]
fn a_circuit_proves_both() {
    let long = Holding { of: 0, size: 1, quote: 0, funding: 0 };
    for requirement in REQUIREMENTS {
        let (market, ..) = state(requirement, &[BTC, ETH], 0, &[long]);
        assert!(market.market().profile().is_ok(), "{requirement:?}");
    }
}

/// Prices at a time, in the indexer's two answers.
fn prices(btc: &str) -> Value {
    let mut markets = markets();
    markets["markets"]["BTC-USD"]["oraclePrice"] = json!(btc);
    json!({
        "perpetualMarkets": markets,
        "time": {"iso": "2025-12-08T16:12:00.000Z", "epoch": 1_765_210_320.0},
    })
}

/// The subaccount that nautechsystems/nautilus_trader keeps as test data (`ws_subaccounts_subscribed.json`), with the members
/// that are read; its profit of 125 there is not that of its equity.
fn subaccount() -> Value {
    json!({
        "subaccount": {
            "address": "dydx1", "subaccountNumber": 0, "equity": "125000.50",
            "openPerpetualPositions": {"BTC-USD": {
                "market": "BTC-USD", "status": "OPEN", "side": "LONG", "size": "0.5", "entryPrice": "43000.0",
                "unrealizedPnl": "3500.5",
            }},
            "assetPositions": {"USDC": {"symbol": "USDC", "side": "LONG", "size": "100000.0", "assetId": "0"}},
        },
    })
}

/// Its equity is the answer's at the price that it was computed at, 50001.
#[test]
fn a_subaccount_has_the_equity_of_the_answer() {
    let schedule = schedules_survive::<Dydx>(&markets(), &of(Requirement::Maintenance));
    let snapshot = snapshots_survive::<Dydx>(&prices("50001"), &schedule);
    assert_eq!(snapshot.time, "2025-12-08T16:12:00Z");
    let file = accounts_survive::<Dydx>(&subaccount(), &schedule);
    let computed = computed(&schedule, &snapshot, &file);
    assert_eq!(computed.equity, number("125000.5"));
    // 60 % of 2 % of 25000.5.
    assert_eq!(computed.maintenance, number("300.006"));
    assert!(computed.healthy);
    // `http_get_subaccount.json`: nothing but USDC.
    let alone = json!({
        "subaccount": {
            "subaccountNumber": 0, "equity": "45.201296", "openPerpetualPositions": {},
            "assetPositions": {"USDC": {"size": "45.201296", "symbol": "USDC", "side": "LONG"}},
        },
    });
    let file = accounts_survive::<Dydx>(&alone, &schedule);
    assert_eq!(file.balances[0].balance.as_str(), "45.201296");
}

/// Figures in millionths of USDC by the chain's formula: values truncated, requirements rounded up twice.
#[test]
fn random_subaccounts_have_the_figures_of_the_formula() {
    let schedule = Dydx::schedule(&markets(), &of(Requirement::Maintenance)).unwrap().schedule;
    let schedule = Schedule::new(schedule).unwrap();
    let mut numbers = Numbers::new(31);
    for _ in 0..rounds(200) {
        let price = numbers.decimal(10_000_000_000, 5);
        let size = numbers.decimal(100_000_000_000, 10);
        let quote = numbers.decimal(2_000_000_000_000, 6);
        let [short, owed] = [(); 2].map(|()| numbers.below(2) == 0);
        let side = |short: bool| json!(if short { "SHORT" } else { "LONG" });
        let mut held = subaccount();
        let usdc = &mut held["subaccount"]["assetPositions"]["USDC"];
        (usdc["size"], usdc["side"]) = (json!(quote.to_string()), side(owed));
        let position = &mut held["subaccount"]["openPerpetualPositions"]["BTC-USD"];
        // The indexer writes short sizes with a minus.
        let sign = if short { "-" } else { "" };
        (position["size"], position["side"]) = (json!(format!("{sign}{size}")), side(short));
        position["unrealizedPnl"] = json!("-7.25");
        // The indexer's equity, at a price of its own.
        let signed = |figure: &zkmargin_model::decimal::Decimal, less: bool| {
            if less { product(figure, &number("-1")) } else { figure.clone() }
        };
        let worth = sum(&product(&signed(&size, short), &number("43000")), &number("-7.25"));
        held["subaccount"]["equity"] = json!(sum(&signed(&quote, owed), &worth).to_string());
        let file = Dydx::account(&held, &schedule).unwrap();
        let snapshot = Dydx::snapshot(&prices(&price.to_string()), &schedule).unwrap();
        let computed = computed(&schedule, &snapshot, &file);
        let exact = size.to_scaled(10).unwrap() * price.to_scaled(5).unwrap();
        let value: BigInt = exact / power_of_ten(9);
        let quote = quote.to_scaled(6).unwrap();
        let quote = if owed { -quote } else { quote };
        let equity = if short { quote - &value } else { quote + &value };
        let initial = Integer::div_ceil(&(&value * 20_000), &1_000_000.into());
        let required = Integer::div_ceil(&(initial * 600_000), &1_000_000.into());
        let usdc = |figure: &BigInt| number(&format_scaled(figure, 6));
        assert_eq!([&computed.equity, &computed.maintenance], [&usdc(&equity), &usdc(&required)]);
        assert_eq!(computed.healthy, equity >= required);
    }
}

#[test]
fn what_would_change_the_result_is_refused_with_the_place_and_no_figure() {
    let schedule = Dydx::schedule(&markets(), &of(Requirement::Maintenance)).unwrap().schedule;
    let schedule = Schedule::new(schedule).unwrap();
    let position = "/subaccount/openPerpetualPositions/BTC-USD";
    for (pointer, value, message) in [
        (
            "/subaccount/subaccountNumber".to_owned(),
            json!(128),
            "is one of isolated markets, which the schedule leaves out",
        ),
        (format!("{position}/status"), json!("CLOSED"), "is not \"OPEN\""),
        (format!("{position}/market"), json!("X-USD"), "is not an instrument of the schedule"),
        (format!("{position}/side"), json!("BOTH"), "is neither \"LONG\" nor \"SHORT\""),
        (format!("{position}/size"), json!("-1"), "is negative, but the side is LONG"),
        (format!("{position}/entryPrice"), json!("0"), "is not a price above zero"),
        (format!("{position}/entryPrice"), json!("-43000"), "is not a price above zero"),
        (
            "/subaccount/assetPositions/USDC/size".to_owned(),
            json!("0.0000001"),
            "has more digits than the chain's USDC",
        ),
    ] {
        let told = told(Dydx::account(&with(&subaccount(), &pointer, value), &schedule));
        assert_eq!(told, format!("{pointer}: {message}"));
    }
    // What is held in another subaccount is in its book, or under another name.
    for (pointer, value, message) in [
        (
            position,
            json!({"subaccountNumber": 1}),
            "subaccountNumber: is not that of the subaccount",
        ),
        (
            "/subaccount/assetPositions/USDC",
            json!({"subaccountNumber": 128}),
            "subaccountNumber: is not that of the subaccount",
        ),
        (
            position,
            json!({"subaccountNumber": -1}),
            "subaccountNumber: is not a non-negative integer",
        ),
        (
            position,
            json!({"market": "ETH-USD"}),
            "market: is not the name under which the entry stands",
        ),
        (
            "/subaccount/assetPositions/USDC",
            json!({"symbol": "ETH"}),
            "symbol: is not the name under which the entry stands",
        ),
    ] {
        let mut held = subaccount();
        let entry = held.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        entry.extend(value.as_object().unwrap().clone());
        let told = told(Dydx::account(&held, &schedule));
        assert_eq!(told, format!("{pointer}/{message}"));
    }
    let mut own = subaccount();
    own.pointer_mut(position).unwrap()["subaccountNumber"] = json!(0);
    assert!(Dydx::account(&own, &schedule).is_ok());
    let other = with(&subaccount(), "/subaccount/equity", json!("125000.50001"));
    let message = "/subaccount/equity: is not that of the positions listed";
    assert_eq!(told(Dydx::account(&other, &schedule)), message);
    let none = with(&subaccount(), "/subaccount/openPerpetualPositions", json!({}));
    let message = "/subaccount/equity: is not the balance of USDC, but no position is listed";
    assert_eq!(told(Dydx::account(&none, &schedule)), message);
}

#[test]
fn a_folder_of_answers_is_read() {
    let schedule = schedules_survive::<Dydx>(&markets(), &of(Requirement::Maintenance));
    let prices = prices("50001");
    let expected = (
        &Dydx::snapshot(&prices, &schedule).unwrap(),
        &Dydx::account(&subaccount(), &schedule).unwrap(),
    );
    let choice = Choice { account: Some("dydx1/0".to_owned()), ..Choice::default() };
    let made = from_folder(
        "dydx",
        choice,
        &[
            ("perpetualMarkets", &prices["perpetualMarkets"]),
            ("time", &prices["time"]),
            ("subaccount", &subaccount()),
        ],
        expected,
    );
    assert_eq!(made.schedule.registry_digest(), schedule.registry_digest());
    assert!(!made.schedule.file().no_requirement_is_healthy);
    let liquidation = RulePart::parse("liquidation");
    let choice = Choice { rule: vec![liquidation], ..Choice::default() };
    let answers = [
        ("perpetualMarkets", &prices["perpetualMarkets"]),
        ("time", &prices["time"]),
        ("subaccount", &subaccount()),
    ];
    let made = from_folder("dydx", choice, &answers, expected);
    let options = Options { liquidation: true, ..Options::default() };
    let who = Dydx::schedule(&prices["perpetualMarkets"], &options).unwrap().schedule;
    assert!(who.no_requirement_is_healthy);
    let mut read = made.schedule.file().clone();
    read.source = who.source.clone();
    assert_eq!(read, who);
    let undated = with(&prices, "/time", json!(null));
    let message = "/time: is missing, and nothing else says when the marks were given";
    assert_eq!(told(Dydx::snapshot(&undated, &schedule)), message);
}
