//! Joint moves are the first at which the rule says no.

use crate::draw::{Drawn, draw, near_zero};
use crate::price::seeds;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;
use std::collections::BTreeSet;
use zkmargin_model::rule::{Account, Book, RuleError, margin};
use zkmargin_params::{CompiledMarket, DecimalText, SnapshotFile, Unit, compile};
use zkmargin_risk::{Move, liquidation, quoting_assets};

/// Moves tried one by one.
const TRIED: u32 = 150;

/// A price moved by so many basis points of its magnitude, cut toward what it was.
fn moved(text: &DecimalText, unit: Unit, bps: i64) -> DecimalText {
    let price = zkmargin_model::decimal::Decimal::parse(text.as_str()).unwrap();
    let price = unit.count(&price).unwrap();
    let units: BigInt = &price * 10_000 + price.abs() * bps;
    let whole = BigInt::from(10_000);
    let cut = if bps < 0 { Integer::div_ceil(&units, &whole) } else { units.div_floor(&whole) };
    DecimalText::new(unit.figure(&cut).to_string())
}

fn at(drawn: &Drawn, fixed: &BTreeSet<u32>, bps: i64) -> Option<CompiledMarket> {
    let mut file: SnapshotFile = drawn.snapshot.clone();
    for price in &mut file.instruments {
        let unit = drawn.schedule.instrument(&price.instrument).unwrap().price_unit;
        price.mark = price.mark.as_ref().map(|mark| moved(mark, unit, bps));
    }
    for price in &mut file.assets {
        let asset = drawn.schedule.asset(&price.asset).unwrap();
        if fixed.contains(&asset.id) {
            continue;
        }
        let unit = Unit::of_decimals(asset.index_decimals);
        for text in [&mut price.index, &mut price.bid, &mut price.ask].into_iter().flatten() {
            *text = moved(text, unit, bps);
        }
    }
    compile(&drawn.schedule, &file).ok()
}

fn meets(
    drawn: &Drawn,
    cross: &Account,
    fixed: &BTreeSet<u32>,
    bps: i64,
) -> Option<Result<bool, RuleError>> {
    let market = at(drawn, fixed, bps)?;
    let figures = margin(cross, market.market());
    Some(figures.map(|figures| figures.meets(&drawn.claim, market.market())))
}

#[test]
fn the_move_found_is_the_first_of_all() {
    let (mut by, mut never, mut undefined) = (0, 0, 0);
    // And some with marks below zero.
    let near_zero = |seed| draw(seed).and_then(|drawn| near_zero(drawn, seed));
    let of = |seed: u64| if seed.is_multiple_of(2) { draw(seed / 2) } else { near_zero(seed / 2) };
    for seed in 0..seeds() {
        let Some(drawn) = of(seed) else { continue };
        let market = drawn.market();
        let mut fixed = quoting_assets(&market);
        if seed % 3 == 0 {
            fixed.clear();
        }
        let found = liquidation(&market, &drawn.account, &drawn.claim, &fixed).unwrap();
        let cross = drawn.account.positions().iter().filter(|p| p.book == Book::Cross);
        let balances = drawn.account.balances().to_vec();
        let cross = Account::new(cross.cloned().collect(), balances).unwrap();
        for (way, of) in [(1, &found.books[0].joint.rising), (-1, &found.books[0].joint.falling)] {
            let (end, expected) = match of {
                Move::Crossed => {
                    assert_eq!(meets(&drawn, &cross, &fixed, 0), Some(Ok(false)));
                    continue;
                }
                Move::By(bps) => {
                    by += 1;
                    (*bps, Some(Ok(false)))
                }
                Move::Undefined { bps, why } => {
                    undefined += 1;
                    (*bps, Some(Err(why.clone())))
                }
                Move::Never => {
                    never += 1;
                    (9_999, Some(Ok(true)))
                }
            };
            let is = |bps: u32| meets(&drawn, &cross, &fixed, way * i64::from(bps));
            assert_eq!(is(end), expected, "seed {seed} way {way} {of:?}");
            let near = 1..end.min(TRIED);
            // Farther ones: the last before the end and some on the way.
            let far = (TRIED..end).step_by(97).chain([end - 1]);
            for bps in near.chain(far) {
                assert_eq!(is(bps), Some(Ok(true)), "seed {seed} way {way} {bps} before {of:?}");
            }
        }
    }
    assert!(by > 20 && never > 3 && undefined > 3, "{by} {never} {undefined}");
}

/// A mark at zero stays in a joint move, and is named; one that is not is not named.
#[test]
fn marks_at_zero_are_named() {
    let mut named = 0;
    for seed in 0..40 {
        let Some(mut drawn) = draw(seed).and_then(|drawn| near_zero(drawn, seed)) else { continue };
        for price in &mut drawn.snapshot.instruments {
            price.mark = Some(DecimalText::new("0"));
        }
        let Ok(market) = compile(&drawn.schedule, &drawn.snapshot) else { continue };
        let fixed = quoting_assets(&market);
        let found = liquidation(&market, &drawn.account, &drawn.claim, &fixed);
        let cross = drawn.account.positions().iter().filter(|p| p.book == Book::Cross);
        let held: BTreeSet<u32> = cross.map(|p| p.instrument).collect();
        let Ok(found) = found else { continue };
        assert!(found.books[0].joint.at_zero.iter().eq(&held), "seed {seed}");
        named += held.len();
    }
    assert!(named > 0);
    let drawn = (0..40).find_map(draw).unwrap();
    let fixed = quoting_assets(&drawn.market());
    let found = liquidation(&drawn.market(), &drawn.account, &drawn.claim, &fixed).unwrap();
    assert!(found.books[0].joint.at_zero.is_empty());
}
