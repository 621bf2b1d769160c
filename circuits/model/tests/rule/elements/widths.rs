//! Every width and form of the elements at its edge.

use crate::support::{function, int, power, rows, terms};
use num_bigint::BigInt;
use zkmargin_model::rule::{
    BracketedLinear, Debts, Leverage, LinearStep, Market, MarketError, MarketTerms, RateForm,
    Rounding, ShortTerms, SignedStep, SignedWeight, SizeRoot, SizeWeights, Variable,
};
use zkmargin_model::widths::{
    COLLATERAL_BITS, NUMERATOR_BITS, OWN_BITS, REQUIREMENT_BITS, RESULT_BITS,
};

fn changed(change: impl FnOnce(&mut MarketTerms)) -> Option<MarketError> {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms).err()
}

/// The largest integer of a width.
fn below(bits: u32) -> BigInt {
    power(bits) - 1
}

fn exact(num: impl Into<BigInt>) -> LinearStep {
    LinearStep::exact(num.into())
}

fn both(num: BigInt) -> SignedStep {
    SignedStep::new(exact(num.clone()), exact(num)).expect("not negative")
}

fn form(list: &'static str, what: &'static str, why: &'static str) -> Option<MarketError> {
    let id = if list == "asset" { 6 } else { 4 };
    Some(MarketError::Element { list, id, what, why })
}

fn width(list: &'static str, what: &'static str, bits: u32) -> Option<MarketError> {
    let id = if list == "asset" { 6 } else { 4 };
    Some(MarketError::ElementWidth { list, id, what, bits })
}

#[test]
fn terms_of_a_short() {
    let with = |value: BigInt, requirement: BigInt| {
        let short = ShortTerms { value: exact(value), requirement: exact(requirement) };
        changed(|t| {
            t.groups[0].requirement_index = int(1);
            t.tiers[1] = function(Variable::Quantity, &[(0, 1_000, 1, 0)]);
            t.instruments[1].elements.short = Some(short);
        })
    };
    let most = below(NUMERATOR_BITS);
    assert_eq!(with(most.clone(), most.clone()), None);
    assert_eq!(with(-&most, int(0)), None);
    let value = width("instrument", "value numerator of a short", NUMERATOR_BITS);
    assert_eq!(with(&most + 1, int(1)), value);
    assert_eq!(with(-&most - 1, int(1)), value);
    let what = "requirement numerator of a short";
    assert_eq!(with(int(1), &most + 1), width("instrument", what, NUMERATOR_BITS));
    assert_eq!(with(int(1), int(-1)), form("instrument", what, "must not be negative"));
}

#[test]
fn results() {
    // Sizes to 2^90 at 20, and entries to 2^98 in magnitude.
    let with = |num: BigInt| changed(|t| t.instruments[1].elements.result = vec![both(num)]);
    let pnl = power(90) * 20 + power(98);
    let most: BigInt = below(RESULT_BITS) / &pnl;
    assert_eq!(with(most.clone()), None);
    assert_eq!(with(most + 1), width("instrument", "result", RESULT_BITS));
    // What is assigned to an isolated position is in its entry.
    let isolated = changed(|t| {
        t.isolated_unit = Some(int(1));
        t.instruments[1].elements.result = vec![both(int(1))];
    });
    let why = "cannot be where positions can be isolated, unless they have allocations";
    assert_eq!(isolated, form("instrument", "result steps", why));
}

#[test]
fn notionals() {
    let with = |steps: Vec<LinearStep>| {
        changed(|t| {
            t.groups[0].requirement_index = int(1);
            t.tiers[1] = function(Variable::Quantity, &[(0, 1_000, 1, 0)]);
            t.instruments[1].requirement = exact(1);
            t.instruments[1].elements.notional = steps;
        })
    };
    let most = below(NUMERATOR_BITS);
    assert_eq!(with(vec![exact(most.clone())]), None);
    let half = power(NUMERATOR_BITS / 2);
    let error = width("instrument", "notional numerator", NUMERATOR_BITS);
    assert_eq!(with(vec![exact(most + 1)]), error);
    assert_eq!(with(vec![exact(half.clone()), exact(half)]), error);
    for num in [0, -1] {
        assert_eq!(
            with(vec![exact(num)]),
            form("instrument", "notional", "must have positive steps")
        );
    }
}

#[test]
fn roots() {
    let with = |tiers: usize, factor: BigInt, offset: BigInt| {
        changed(|t| {
            t.instruments[1].tiers = tiers;
            t.instruments[1].elements.root = SizeRoot::new(factor, offset, vec![]);
        })
    };
    let most = below(NUMERATOR_BITS);
    let what = "root of the size";
    assert_eq!(with(1, most.clone(), most.clone()), None);
    assert_eq!(with(1, &most + 1, int(1)), width("instrument", what, NUMERATOR_BITS));
    assert_eq!(with(1, int(1), &most + 1), width("instrument", what, NUMERATOR_BITS));
    assert_eq!(with(0, int(1), int(1)), form("instrument", what, "needs tiers by quantity"));
}

#[test]
fn rates() {
    let with = |last: BigInt, steps: Vec<LinearStep>, own| {
        changed(|t| {
            let mut list = rows(&[(0, 9, 0, 5), (10, 99, 0, 0)]);
            list[1].intercept = last;
            t.tiers[1] = BracketedLinear::new(Variable::Quantity, list).expect("rows");
            t.instruments[1].elements.rate = Some(RateForm { steps, own });
        })
    };
    let most = below(OWN_BITS);
    assert_eq!(with(most.clone(), vec![], Some((1 << OWN_BITS) - 1)), None);
    assert_eq!(with(&most + 1, vec![], None), width("instrument", "rate", OWN_BITS));
    let halves = || LinearStep::rounded(int(1), int(2), Rounding::Ceil, int(1)).expect("positive");
    assert_eq!(with(&most * 2, vec![halves()], None), None);
    assert_eq!(with(&most * 2 + 1, vec![halves()], None), width("instrument", "rate", OWN_BITS));
    let error = width("instrument", "default rate", OWN_BITS);
    assert_eq!(with(int(1), vec![], Some(1 << OWN_BITS)), error);
    let error = form("instrument", "rate", "must not have negative steps");
    assert_eq!(with(int(1), vec![exact(-1)], None), error);
}

#[test]
fn leverages() {
    let with = |form, default, factor: BigInt| {
        changed(|t| {
            t.groups[0].requirement_index = int(3);
            t.tiers[1] = function(Variable::Quantity, &[(0, 9, 0, 5)]);
            t.instruments[1].elements.rate = form;
            t.instruments[1].elements.leverage = Leverage::new(default, exact(factor));
        })
    };
    let public = || Some(RateForm::default());
    let error = form("instrument", "own leverage", "needs tiers that give a public rate");
    assert_eq!(with(None, 1, int(1)), error);
    assert_eq!(with(Some(RateForm { steps: vec![], own: Some(0) }), 1, int(1)), error);
    assert_eq!(with(public(), (1 << OWN_BITS) - 1, int(1)), None);
    let error = width("instrument", "default leverage", OWN_BITS);
    assert_eq!(with(public(), 1 << OWN_BITS, int(1)), error);
    // Sizes to 2^90 at 21, at a leverage of one unit.
    let most: BigInt = below(REQUIREMENT_BITS) / (power(90) * 21 * 3);
    assert_eq!(with(public(), 1, most.clone()), None);
    let error = width("instrument", "requirement", REQUIREMENT_BITS);
    assert_eq!(with(public(), 1, most + 1), error);
}

#[test]
fn requirements_with_rates_and_charges() {
    // Sizes to 2^90 at 21, a rate of 5 or an own rate below 2^27, a step of the requirement and a charge.
    let with = |own, factor: BigInt, charge: Vec<LinearStep>| {
        changed(|t| {
            t.groups[0].requirement_index = int(3);
            t.tiers[1] = function(Variable::Quantity, &[(0, 9, 0, 5)]);
            t.instruments[1].requirement_rounding = vec![exact(factor)];
            t.instruments[1].elements.rate = Some(RateForm { steps: vec![], own });
            t.instruments[1].elements.charge = charge;
        })
    };
    let error = width("instrument", "requirement", REQUIREMENT_BITS);
    let notional: BigInt = power(90) * 21 * 3;
    let all: BigInt = below(REQUIREMENT_BITS) / &notional;
    for (own, rate) in [(None, int(5)), (Some(0), below(OWN_BITS))] {
        let most = &all / &rate;
        assert_eq!(with(own, most.clone(), vec![]), None);
        assert_eq!(with(own, most + 1, vec![]), error);
        let most = &all - &rate;
        assert_eq!(with(own, int(1), vec![exact(most.clone())]), None);
        assert_eq!(with(own, int(1), vec![exact(most + 1)]), error);
    }
    let turned = with(None, int(1), vec![exact(-1)]);
    assert_eq!(turned, form("instrument", "charge on the notional", "must not be negative"));
}

/// What is rounded to a coarser unit, and counted in the finer one again, is no wider for it.
#[test]
fn fault_coarser_steps_are_no_wider() {
    let of = |bits: u32| {
        let coarse = |mode| LinearStep::rounded(int(1), power(bits), mode, power(bits)).unwrap();
        changed(|t| {
            t.groups[0].requirement_index = int(3);
            t.tiers[1] = function(Variable::Quantity, &[(0, 9, 0, 5)]);
            let of = &mut t.instruments[1];
            of.requirement_rounding = vec![coarse(Rounding::Floor)];
            of.elements.notional = vec![coarse(Rounding::Away)];
            of.elements.rate = Some(RateForm::default());
            of.elements.leverage = Leverage::new(1, coarse(Rounding::Ceil));
            of.elements.charge = vec![coarse(Rounding::Floor)];
        })
    };
    assert_eq!(of(60), None);
    // One step of either is too wide.
    assert_eq!(of(72), width("instrument", "notional numerator", NUMERATOR_BITS));
}

#[test]
fn assets() {
    let with = |change: &dyn Fn(&mut MarketTerms)| changed(change);
    let most = || below(NUMERATOR_BITS);
    let amount = |num: BigInt| with(&|t| t.assets[2].elements.amount = Some(both(num.clone())));
    assert_eq!(amount(most()), None);
    assert_eq!(amount(most() + 1), width("asset", "amount by sign", NUMERATOR_BITS));
    // At index 2, with a collateral function that ends at 500.
    let value = |num: BigInt| with(&|t| t.assets[2].elements.value = vec![both(num.clone())]);
    assert_eq!(value(most() / 2), None);
    assert_eq!(value(most() / 2 + 1), width("asset", "value by sign", NUMERATOR_BITS));
    let by_quantity = with(&|t| {
        t.assets[2].collateral = function(Variable::Quantity, &[(-500, 500, 10, 0)]);
        t.assets[2].elements.value = vec![both(int(1))];
    });
    let why = "needs a collateral function of the value";
    assert_eq!(by_quantity, form("asset", "value by sign", why));
    let by_size = |factor: BigInt| {
        with(&|t| {
            let unit = exact(3);
            let root = SizeRoot::new(factor.clone(), int(1), vec![]).expect("positive");
            let (discount, premium) = ((int(1), int(1), exact(1)), (int(1), exact(1)));
            let by_size = SizeWeights::new(unit, root, discount, premium).expect("not negative");
            let weight = SignedWeight::new(int(1), int(1), int(1), Rounding::Floor);
            t.assets[2].elements.weight = weight.map(|weight| weight.with_size(by_size));
        })
    };
    assert_eq!(by_size(most() / 3), None);
    assert_eq!(by_size(most() / 3 + 1), width("asset", "root of weights by size", NUMERATOR_BITS));
    // At most 500 * 10.
    let weight = |debt: BigInt| {
        with(&|t| {
            let weight = SignedWeight::new(int(1), debt.clone(), int(1), Rounding::Floor);
            t.assets[2].elements.weight = weight;
        })
    };
    let largest: BigInt = below(COLLATERAL_BITS) / 5000;
    assert_eq!(weight(largest.clone()), None);
    assert_eq!(weight(largest + 1), width("asset", "collateral value", COLLATERAL_BITS));
    let charge = |num: BigInt| {
        with(&|t| {
            t.assets[2].elements.debts = Debts { required: true, charge: vec![exact(num.clone())] };
        })
    };
    let largest: BigInt = below(REQUIREMENT_BITS) / 5000 - 1;
    assert_eq!(charge(largest.clone()), None);
    assert_eq!(charge(largest + 1), width("asset", "requirement of debts", REQUIREMENT_BITS));
    assert_eq!(charge(int(-1)), form("asset", "charge on debts", "must not be negative"));
}
