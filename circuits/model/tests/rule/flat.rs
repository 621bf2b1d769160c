//! Which markets need no tier rows, and that the rule has a figure for every size there.

use super::support::*;
use num_bigint::{BigInt, BigUint};
use zkmargin_model::rule::{
    BracketRow, BracketedLinear, Isolated, LinearStep, Lines, Market, MarketTerms, Position,
    Profile, Rounding, RuleError, Side, Variable, margin,
};

fn open(variable: Variable, slope: i64, hi: BigInt) -> BracketedLinear {
    let row = BracketRow { lo: int(0), hi, slope: int(slope), intercept: int(0) };
    BracketedLinear::new(variable, vec![row]).expect("tiles")
}

/// Instruments 1 and 9 require 30, and 4 requires 20 for each unit of `x`.
fn flat() -> MarketTerms {
    let mut terms = terms();
    for tiers in &mut terms.tiers {
        let (slope, bits) = match tiers.variable() {
            Variable::Value => (30, 112),
            Variable::Quantity => (20, 81),
        };
        *tiers = open(tiers.variable(), slope, power(bits) - 1);
    }
    terms
}

fn profile(change: impl FnOnce(&mut MarketTerms)) -> Profile {
    let mut terms = flat();
    change(&mut terms);
    Market::new(terms).expect("market").profile().expect("provable")
}

#[test]
fn flat_markets_have_open_rates_only() {
    assert_eq!(profile(|_| ()), Profile::FLAT);
    let isolated = Profile { isolated: Isolated::Compared, ..Profile::FLAT };
    // Requirements by value and by quantity are in one unit.
    assert_eq!(profile(|t| t.isolated_unit = Some(int(10))), isolated);
    // A parameter that nothing reads changes no figure.
    assert_eq!(profile(|t| t.own_parameters = true), Profile { own: true, ..Profile::FLAT });
    // Steps that divide by nothing are part of the factor.
    let doubled = LinearStep::exact(int(2));
    assert_eq!(profile(|t| t.instruments[0].requirement_rounding = vec![doubled]), Profile::FLAT);
    let halves = || LinearStep::rounded(int(7), int(2), Rounding::Floor, int(1)).expect("step");
    let collateral = profile(|t| t.assets[1].rounding = Some(halves()));
    assert_eq!(collateral, Profile { collateral: true, ..Profile::FLAT });

    // What rounds or has tiers, a deduction or an end of its own, is not flat.
    let rounded: [&dyn Fn(&mut MarketTerms); 3] = [
        &|t| t.instruments[0].requirement_rounding = vec![halves()],
        &|t| t.instruments[1].value = halves(),
        &|t| t.instruments.iter_mut().for_each(|i| i.pnl_rounding = Some(halves())),
    ];
    assert!(rounded.iter().all(|change| !profile(change).flat));
    let by_value = |list| function(Variable::Value, list);
    for tiers in [
        by_value(&[(0, 99, 30, 0), (100, 1 << 40, 30, 0)]),
        by_value(&[(0, 1 << 40, 30, 0)]),
        open(Variable::Value, 30, power(112) - 2),
        // Beyond the end of an open row: a venue's own cap, of an asset with many decimals.
        open(Variable::Value, 30, power(112)),
        open(Variable::Value, 30, power(133) - 2),
        open(Variable::Value, 30, power(81)),
        open(Variable::Value, 30, power(81) - 2),
        by_value(&[(0, 1 << 40, 30, 1)]),
    ] {
        assert_eq!(profile(|t| t.tiers[0] = tiers.clone()), Profile::EXACT, "{tiers:?}");
    }
}

/// At the widest factor that the greatest size allows, and one beyond.
#[test]
fn the_greatest_size_has_a_requirement_that_fits() {
    let priced = |price: BigInt| {
        profile(|t| {
            t.tiers[0] = open(Variable::Value, 1 << 30, power(81) - 1);
            t.groups[0].requirement_index = power(13);
            t.instruments[0].requirement = LinearStep::exact(price);
        })
    };
    // 2^91 sizes of 2^62 2^30 2^13 have 197 bits.
    assert_eq!(priced(power(62) - 1), Profile::FLAT);
    assert_eq!(priced(power(62)), Profile::EXACT);
}

/// Lines and rule agree on requirements, before conversion and after, at sizes on both sides of the format's end.
#[test]
fn every_size_has_a_requirement() {
    let mut terms = flat();
    terms.isolated_unit = Some(int(10));
    let market = Market::new(terms).expect("market");
    let lines = market.lines().ok().and_then(Lines::plain).expect("plain");
    assert!(lines.tiers.is_empty());
    assert_eq!(lines.requirement_unit, int(1));
    for (at, instrument) in market.terms().instruments.iter().enumerate() {
        let value = &instrument.value.exact_num().expect("exact") - &instrument.funding;
        for size in [int(1), int(2), int(1_001), power(81), power(90)] {
            // No profit or loss, which could be beyond a haircut.
            let entry = &value * &size;
            let held = Position {
                size: BigUint::try_from(size.clone()).expect("positive"),
                entry,
                ..position(instrument.id, Side::Long, 1, 0)
            };
            let of_group = market.terms().groups[instrument.group].asset;
            let figures = margin(&account(vec![held], vec![balance(of_group, 0)]), &market);
            let figures = figures.expect("a figure");
            let of = &lines.positions[at];
            let unconverted = of.of_size.as_ref().expect("of size") * &size;
            let price = instrument.requirement.exact_num().expect("exact");
            let rate = if instrument.id == 4 { 20 } else { 30 };
            assert_eq!(unconverted, price * rate * &size);
            assert_eq!(figures.maintenance, unconverted * &of.conversion);
        }
    }
    // The end of a table with another row is the venue's.
    let mut terms = flat();
    terms.tiers[0] = function(Variable::Value, &[(0, 99, 30, 0), (100, 1_000, 30, 0)]);
    let market = Market::new(terms).expect("market");
    let held = vec![position(1, Side::Long, 1_000_000, 0)];
    let refused = margin(&account(held, vec![balance(1, 0)]), &market).err();
    assert_eq!(refused, Some(RuleError::BeyondTiers { instrument: 1 }));
}
