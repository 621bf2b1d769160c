//! States of the contract's own tests, and accounts against its formulas.

use super::*;
use crate::tests::{kept, rounds};
use crate::venue::hostile::{schedules_survive, snapshots_survive, told, with};
use crate::{AccountFile, CompiledMarket, RemarkKind, Unit, compile};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use serde_json::json;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::{format_scaled, power_of_ten};
use zkmargin_model::rule::{Base, Margin, Profile, Rounded, margin};

/// The first tier of assets that have one: the greatest number of 128 bits.
const NO_BOUNDARY: &str = "340282366920938463463374607431768211455";

/// An asset as the contract has it.
#[derive(Clone, Copy)]
struct Synthetic {
    name: &'static str,
    /// Digits of the unit of a size.
    digits: u32,
    factors: &'static [u32],
    first: &'static str,
    width: i64,
    price: i64,
    funding: i64,
}

/// A position as the contract has it: units of size, and the funding index at its last settlement.
#[derive(Clone, Copy)]
struct Held {
    of: usize,
    size: i64,
    funding: i64,
}

const fn held(of: usize, size: i64, funding: i64) -> Held {
    Held { of, size, funding }
}

fn views(assets: &[Synthetic]) -> Value {
    let assets = assets.iter().map(|a| {
        json!({
            "asset_id": format!("0x{}00", hex::encode(a.name)),
            "asset_type": "SYNTHETIC", "status": "ACTIVE",
            "risk_factor_tiers": a.factors.iter().map(u32::to_string).collect::<Vec<_>>(),
            "risk_factor_first_tier_boundary": a.first,
            "risk_factor_tier_size": a.width.to_string(),
            "resolution_factor": power_of_ten(a.digits).to_string(),
            "price": a.price.to_string(), "funding_index": a.funding.to_string(),
        })
    });
    json!({"time": 1_700_000_000_000u64, "assets": assets.collect::<Vec<_>>()})
}

/// The files of a state, written and read again: its market, and its figures in units of 1e-6 USDC.
fn state(
    assets: &[Synthetic],
    balance: i64,
    positions: &[Held],
) -> (CompiledMarket, Margin, [BigInt; 2]) {
    let source = views(assets);
    let file = Extended::schedule(&source, &Options::default()).unwrap().schedule;
    let schedule = Schedule::from_json(file.to_json().unwrap().as_bytes()).unwrap();
    let snapshot = Extended::snapshot(&source, &schedule).unwrap();
    let snapshot = SnapshotFile::from_json(snapshot.to_json().unwrap().as_bytes()).unwrap();
    let market = compile(&schedule, &snapshot).unwrap();
    let account =
        AccountFile::from_json(account(assets, balance, positions).to_string().as_bytes());
    let account = account.unwrap().holdings(&schedule).unwrap();
    let figures = margin(&account, market.market()).unwrap();
    let units = [&figures.equity, &figures.maintenance].map(|figure| {
        let (whole, rest) = figure.div_mod_floor(&power_of_ten(RATE_DECIMALS));
        assert!(rest.is_zero(), "the contract has no smaller unit");
        whole
    });
    (market, figures, units)
}

fn account(assets: &[Synthetic], balance: i64, positions: &[Held]) -> Value {
    json!({
        "format": "zkmargin-account/1", "venue": "extended",
        "balances": [{"asset": "USDC", "balance": format_scaled(&balance.into(), 6)}],
        "positions": positions.iter().map(|p| {
            let Synthetic { name, digits, .. } = assets[p.of];
            let unit = Unit { decimals: 6 - digits, bits: 32 };
            json!({
                "instrument": name,
                "size": format_scaled(&p.size.into(), digits),
                // What was paid for the position is in the balance.
                "entry_value": "0",
                "funding_index": unit.figure(&p.funding.into()).to_string(),
            })
        }).collect::<Vec<_>>(),
    })
}

const FLOW: Synthetic = Synthetic {
    name: "BTC",
    digits: 6,
    factors: &[100, 200, 500],
    first: "10000",
    width: 10_000,
    price: 0,
    funding: 0,
};

/// Ten assets with funding of both signs, from the flow tests of the contract.
fn ten() -> Vec<Synthetic> {
    let listed = [
        ("BTC", 301_721_452_544),
        ("ETH", 164_282_499_072),
        ("STRK", 95_563_022_336),
        ("SOL", 61_203_283_968),
        ("DOGE", 44_023_414_784),
        ("PEPE", 35_433_480_192),
        ("ETC", 31_138_512_896),
        ("TAO", 28_991_029_248),
        ("XRP", 27_917_287_424),
        ("ADA", 27_380_416_512),
    ];
    let asset = |(at, (name, price)): (usize, (&'static str, i64))| {
        let funding = if at % 2 == 0 { 1 << 32 } else { -(1 << 32) };
        Synthetic { name, price, funding, ..FLOW }
    };
    listed.into_iter().enumerate().map(asset).collect()
}

/// Of the same test: five short and five long positions, each twice as large as the one before.
fn ten_positions() -> Vec<Held> {
    (0..10).map(|of| held(of, if of < 5 { -(1 << of) } else { 1 << of }, 0)).collect()
}

fn is_healthy((market, figures, _): &(CompiledMarket, Margin, [BigInt; 2])) -> bool {
    figures.meets(&Claim::margin(), market.market())
}

/// Total value and total risk in tests of x10xchange/starknet-perpetual, commit
/// b132070a3a2b6ab9ecc97ca25d84bb377e65ced8, workspace/apps/perpetuals/contracts/src/tests/flow_tests.
#[test]
fn states_of_the_contracts_tests() {
    // flow_tests.cairo, line 189.
    let made = state(&ten(), 1_999_900, &ten_positions());
    assert_eq!(made.2, [BigInt::from(2_096_363), 44_172.into()]);
    assert!(is_healthy(&made));
    let eth = Synthetic { price: 137_438_953_472, ..FLOW };
    let flat = Synthetic { factors: &[10], first: NO_BOUNDARY, width: 1, ..FLOW };
    let steps = Synthetic {
        factors: &[10, 500, 1000],
        first: "2001",
        width: 1000,
        price: 268_435_456_000,
        ..FLOW
    };
    let at = |price, funding| Synthetic { price, funding, ..flat };
    for (asset, balance, position, [value, risk], healthy) in [
        // flow_tests.cairo, lines 249, 340, 412, 424 and 571.
        (Synthetic { funding: 442_381_631_488, ..eth }, -921, held(0, 2, 0), [-103, 102], false),
        (Synthetic { funding: -442_381_631_488, ..eth }, 1127, held(0, -2, 0), [-103, 102], false),
        (eth, -921, held(0, 2, 0), [103, 102], true),
        (Synthetic { funding: 111_669_149_696, ..eth }, -921, held(0, 2, 0), [51, 102], false),
        (Synthetic { price: 144_686_710_784, ..FLOW }, 1127, held(0, -2, 0), [49, 107], false),
        // unit_flow_tests.cairo, lines 425, 1298, 1312, 1509 and 1554: the last is exactly at its risk.
        (at(26_843_545_600, -25_769_803_776), 99, held(0, -1, -25_769_803_776), [-1, 1], false),
        (at(27_380_416_512, 17_179_869_184), -195, held(0, 2, 0), [1, 2], false),
        (at(27_648_851_968, 17_179_869_184), -195, held(0, 2, 0), [3, 2], true),
        (at(26_843_545_600, 17_179_869_184), -195, held(0, 2, 0), [-3, 2], false),
        (at(26_843_545_600, 17_179_869_184), -190, held(0, 2, 0), [2, 2], true),
        // unit_flow_tests.cairo, lines 932 and 948: the factor of the whole value's tier.
        (steps, 7000, held(0, 3, 0), [10_000, 1500], true),
        (steps, 6000, held(0, 4, 0), [10_000, 4000], true),
    ] {
        let made = state(&[asset], balance, &[position]);
        assert_eq!(made.2, [BigInt::from(value), risk.into()]);
        assert_eq!(is_healthy(&made), healthy);
    }
}

/// The first of these states is kept as an example, with the views it is read from.
#[test]
fn the_views_are_read() {
    let source = views(&ten());
    let text = serde_json::to_string_pretty(&source).unwrap();
    kept("venues/extended/examples/answers/views.json", &format!("{text}\n"));
    let schedule = schedules_survive::<Extended>(&source, &Options::default());
    let snapshot = snapshots_survive::<Extended>(&source, &schedule);
    assert!(
        schedule.remarks().iter().all(|r| matches!(r.kind, RemarkKind::NoCap | RemarkKind::Jump))
    );
    let of = "ten assets of a flow test of x10xchange/starknet-perpetual (flow_tests.cairo, line 189), commit b132070a3a2b6ab9ecc97ca25d84bb377e65ced8, with sizes in millionths";
    let mut file = schedule.file().clone();
    file.name = "extended-flow-test".to_owned();
    file.source = format!("Not the venue's figures: {of}. Assumed: {ASSUMED}.");
    let schedule = Schedule::new(file).unwrap();
    kept("venues/extended/examples/flow.schedule.json", &schedule.file().to_json().unwrap());
    let mut snapshot = SnapshotFile { schedule: schedule.digest().to_string(), ..snapshot };
    snapshot.source = Some(format!("Prices and funding indices of {of}."));
    kept("venues/extended/examples/flow.snapshot.json", &snapshot.to_json().unwrap());
    let account = account(&ten(), 1_999_900, &ten_positions()).to_string();
    let mut account = AccountFile::from_json(account.as_bytes()).unwrap();
    account.note = Some(format!(
        "A position of {of}. Without holder key, serial and blinding: `zkmargin commit --fresh` draws them."
    ));
    kept("venues/extended/examples/flow.account.json", &account.to_json().unwrap());
    // BTC at 1124 and its funding index at 1, both in 1e-6 USDC for a unit of 1e-6 BTC.
    assert_eq!(snapshot.instruments[0].mark.as_ref().unwrap().as_str(), "1124");
    let index = snapshot.instruments[0].funding_index.as_ref().map(|index| index.as_str());
    assert_eq!(index, Some("1"));
    let profile = compile(&schedule, &snapshot).unwrap().market().profile();
    let expected =
        Profile { rounded: Rounded::Requirement, narrow: true, pnl: true, ..Profile::EXACT };
    // These prices are whole, so no value is rounded.
    assert_eq!(profile, Ok(expected));
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

/// Accounts with a remainder at every rounding, against the formulas of the contract in its own integers.
#[test]
fn rounding_is_the_contracts() {
    let mut draw = Draw(7);
    let (mut remainders, mut tiers) = ([0; 3], [0; 3]);
    for _ in 0..rounds(300) {
        let asset = |name, digits, draw: &mut Draw| Synthetic {
            name,
            digits,
            factors: &[7, 31, 333],
            first: "700000",
            width: 1_300_000,
            price: 1 + draw.below(1 << 40),
            funding: draw.signed(1 << 40),
        };
        let assets =
            [asset("A-6", 6, &mut draw), asset("B", 0, &mut draw), asset("C-3", 3, &mut draw)];
        let position = |of, draw: &mut Draw| {
            held(of, (1 + draw.below(3000)) * (2 * draw.below(2) - 1), draw.signed(1 << 40))
        };
        let positions = [0, 1, 2].map(|of| position(of, &mut draw));
        let balance = draw.signed(1_000_000);
        let (mut value, mut risk) = (BigInt::from(balance), BigInt::zero());
        for (p, asset) in positions.iter().zip(&assets) {
            let parts = BigInt::from(asset.price) * p.size;
            // Towards zero, as this division is.
            let worth = &parts / (1i64 << 28);
            let funding = BigInt::from(p.funding - asset.funding) * p.size;
            let settled = funding.div_floor(&BigInt::from(1i64 << 32));
            let magnitude = worth.abs();
            let tier = if magnitude < BigInt::from(700_000) {
                0
            } else {
                usize::try_from((&magnitude - 700_000) / 1_300_000 + 1).unwrap().min(2)
            };
            tiers[tier] += 1;
            let product = &magnitude * asset.factors[tier];
            for (count, rest) in remainders.iter_mut().zip([
                parts % (1i64 << 28),
                funding % (1i64 << 32),
                &product % 1000,
            ]) {
                *count += u32::from(!rest.is_zero());
            }
            risk += product / 1000;
            value += worth + settled;
        }
        let made = state(&assets, balance, &positions);
        assert_eq!(made.2, [value.clone(), risk.clone()]);
        let profile = Profile {
            rounded: Rounded::Value,
            base: Base::Value,
            narrow: true,
            pnl: true,
            ..Profile::EXACT
        };
        assert_eq!(made.0.market().profile(), Ok(profile));
        // Equal is healthy: with what is missing, or without what is too much.
        let gap = i64::try_from(&risk - &value).unwrap();
        assert!(is_healthy(&state(&assets, balance + gap, &positions)));
        assert!(!is_healthy(&state(&assets, balance + gap - 1, &positions)));
    }
    assert!(remainders.iter().all(|count| *count > 800), "{remainders:?}");
    assert!(tiers.iter().all(|count| *count > 50), "{tiers:?}");
}

#[test]
fn what_cannot_be_taken_is_left_out() {
    let source = views(&[FLOW, Synthetic { name: "ETH", ..FLOW }]);
    for (pointer, value, why) in [
        ("/assets/0/asset_type", "VAULT_SHARE_COLLATERAL", "not a synthetic asset"),
        ("/assets/0/status", "PENDING", "not yet active"),
        (
            "/assets/0/resolution_factor",
            "10000000",
            "its unit of size is not a power of ten from 1 to 1e-6",
        ),
    ] {
        let imported =
            Extended::schedule(&with(&source, pointer, json!(value)), &Options::default());
        let imported = imported.unwrap();
        let left_out = LeftOut { symbol: "BTC".to_owned(), why: why.to_owned() };
        assert_eq!(imported.left_out, [left_out]);
        // Its number stays free.
        assert_eq!(imported.schedule.instruments[0].id, 2);
    }
}

/// A tier that holds nothing, and one that begins beyond any value, have no row.
#[test]
fn tiers_without_values_have_no_row() {
    let rates = |first, width| {
        let asset = Synthetic { factors: &[10, 20, 30], first, width, ..FLOW };
        let file = Extended::schedule(&views(&[asset]), &Options::default()).unwrap().schedule;
        Schedule::new(file.clone()).unwrap();
        let rows = &file.tiers[0].rows;
        rows.iter().map(|row| row.rate.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rates("10000", 5), ["0.01", "0.02", "0.03"]);
    assert_eq!(rates("0", 5), ["0.02", "0.03"]);
    assert_eq!(rates(NO_BOUNDARY, 5), ["0.01"]);
}

#[test]
fn bad_views_are_refused_with_the_place() {
    let source = views(&[FLOW]);
    for (name, value, message) in [
        ("", json!({}), "is not a list"),
        ("/0/asset_id", json!("BTC"), "is not text in hexadecimal after 0x, such as 0x4254432d36"),
        ("/0/asset_id", json!("0x00"), "is not text in hexadecimal after 0x, such as 0x4254432d36"),
        ("/0/risk_factor_tiers", json!([]), "is empty"),
        ("/0/risk_factor_tiers/1", json!("1001"), "is above 1000"),
        ("/0/risk_factor_tiers/1", json!(20), "is not a decimal number in quotes"),
        ("/0/risk_factor_tier_size", json!("0"), "is 0"),
        ("/0/risk_factor_first_tier_boundary", json!("-1"), "is negative"),
        ("/0/resolution_factor", json!("1.5"), "has 1 digits after the point, but only 0 are read"),
    ] {
        let spoiled = with(&source, &format!("/assets{name}"), value);
        let told = told(Extended::schedule(&spoiled, &Options::default()));
        assert_eq!(told, format!("/assets{name}: {message}"));
    }
    let none = with(&source, "/assets", json!([]));
    let message = "the file holds no synthetic asset that can be imported";
    assert_eq!(told(Extended::schedule(&none, &Options::default())), message);
}
