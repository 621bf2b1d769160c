//! Each element by itself, by hand, at its boundaries.

use crate::support::{account, balance, function, int, position, terms};
use num_bigint::BigInt;
use zkmargin_model::rule::{
    Account, Debts, Leverage, LinearStep, Margin, Market, MarketTerms, Position, RateForm,
    Rounding, RuleError, ShortTerms, Side, SignedStep, SignedWeight, SizeRoot, SizeWeights,
    Variable, margin,
};
use zkmargin_model::widths::{BRACKET_BITS, OWN_BITS};

fn step(num: i64, den: i64, mode: Rounding) -> LinearStep {
    LinearStep::rounded(int(num), int(den), mode, int(1)).expect("positive")
}

fn signed(positive: LinearStep, negative: LinearStep) -> SignedStep {
    SignedStep::new(positive, negative).expect("no sign turns")
}

/// The small market after a change, with these holdings.
fn figures(held: &Account, change: impl FnOnce(&mut MarketTerms)) -> Margin {
    let mut terms = terms();
    change(&mut terms);
    margin(held, &Market::new(terms).expect("market")).expect("figures")
}

/// A position in instrument 1, which settles in asset 1 at index 3.
fn of_one(side: Side, size: u64, entry: i64) -> Account {
    account(vec![position(1, side, size, entry)], vec![balance(1, 0)])
}

#[test]
fn a_short_has_its_own_terms() {
    let short = ShortTerms {
        value: step(300, 7, Rounding::Floor),
        requirement: step(9, 2, Rounding::Ceil),
    };
    let with = |side| {
        let made =
            figures(&of_one(side, 5, 0), |t| t.instruments[0].elements.short = Some(short.clone()));
        (made.positions[0].pnl.clone(), made.positions[0].variable.clone())
    };
    assert_eq!(with(Side::Long), (int(500), int(505)));
    // -5 * 300 / 7 = -214.3 and 5 * 9 / 2 = 22.5.
    assert_eq!(with(Side::Short), (int(-215), int(23)));
}

#[test]
fn results_are_weighted_by_their_sign() {
    // A quarter of profits, rounded toward zero, and losses with a tenth more; at most 20.
    let weights = signed(step(1, 4, Rounding::Truncate), step(11, 10, Rounding::Truncate));
    let capped = weights.clone().capped(int(20)).expect("not negative");
    let with = |step: &SignedStep, pnl: i64| {
        let held = of_one(Side::Long, 1, 100 - pnl);
        let made = figures(&held, |t| t.instruments[0].elements.result = vec![step.clone()]);
        assert_eq!(made.positions[0].pnl, int(pnl));
        assert_eq!(made.assets[0].balance, made.positions[0].result);
        made.positions[0].result.clone()
    };
    let results = [-15, -1, 0, 3, 4, 83, 84, 87, 400].map(|pnl| with(&weights, pnl));
    assert_eq!(results, [-16, -1, 0, 0, 1, 20, 21, 21, 100].map(int));
    let results = [-15, 83, 84, 87, 400].map(|pnl| with(&capped, pnl));
    assert_eq!(results, [-16, 20, 20, 20, 20].map(int));
    assert_eq!(weights.capped(int(-1)), None);
    let turned = SignedStep::new(step(1, 1, Rounding::Floor), step(-1, 2, Rounding::Floor));
    assert_eq!(turned, None);
}

#[test]
fn notionals_and_charges_are_rounded_in_turn() {
    let made = figures(&of_one(Side::Short, 3, 0), |t| {
        let i = &mut t.instruments[0];
        i.elements.notional = vec![step(1, 2, Rounding::Floor), step(1, 10, Rounding::Ceil)];
        i.elements.charge = vec![step(1, 3, Rounding::Floor)];
    });
    // 3 * 101 = 303, 151, 16; the tier gives 16, the charge 5, and the group's price is 4.
    assert_eq!(made.positions[0].variable, int(16));
    assert_eq!(made.maintenance, int((16 + 5) * 4));
}

#[test]
fn the_root_of_a_size_is_rounded_down() {
    let root = SizeRoot::new(int(10), int(1), vec![]).expect("positive");
    let exact = |size: i64| root.at(&int(size));
    // 10 * 8 + 1 = 81; 10 * 12 + 1 = 121.
    assert_eq!([0, 7, 8, 11, 12, 13].map(exact), [1, 8, 9, 10, 11, 11].map(int));
    let halves =
        SizeRoot::new(int(10), int(1), vec![step(1, 2, Rounding::Ceil)]).expect("positive");
    assert_eq!([8, 11].map(|size: i64| halves.at(&int(size))), [5, 5].map(int));
    assert_eq!(SizeRoot::new(int(0), int(1), vec![]), None);
    assert_eq!(SizeRoot::new(int(1), int(-1), vec![]), None);
    assert_eq!(SizeRoot::new(int(1), int(0), vec![step(-1, 2, Rounding::Floor)]), None);
}

/// Instrument 4 with rates of 3 up to a size of 4 and of twice the root from there.
fn with_rate(t: &mut MarketTerms, form: RateForm, root: Option<SizeRoot>) {
    t.tiers[1] = function(Variable::Quantity, &[(0, 4, 0, 3), (5, 1_000, 2, 0)]);
    t.instruments[1].elements.rate = Some(form);
    t.instruments[1].elements.root = root;
}

#[test]
fn an_own_parameter_only_raises_a_rate() {
    let required = |size, own, form: &RateForm, root: Option<SizeRoot>| {
        let held = Position { own, ..position(4, Side::Long, size, 0) };
        let held = account(vec![held], vec![balance(1, 0)]);
        let made = figures(&held, |t| with_rate(t, form.clone(), root));
        // The price is 21, the group's 4.
        let of_unit = BigInt::from(size) * 21 * 4;
        assert_eq!(&made.maintenance % &of_unit, int(0));
        made.maintenance / of_unit
    };
    let public = RateForm { steps: vec![], own: None };
    let own = RateForm { steps: vec![], own: Some(0) };
    let default = RateForm { steps: vec![], own: Some(7) };
    let root = || SizeRoot::new(int(10), int(1), vec![]);
    assert_eq!([0, 2, 3, 4, 50].map(|own| required(4, own, &public, None)), [3; 5].map(int));
    assert_eq!([0, 2, 3, 4, 50].map(|t| required(4, t, &own, None)), [3, 3, 3, 4, 50].map(int));
    assert_eq!([0, 2, 6, 8].map(|t| required(4, t, &default, None)), [7, 3, 6, 8].map(int));
    assert_eq!([4, 5].map(|size| required(size, 0, &public, None)), [3, 10].map(int));
    // Roots 4 and 5 of sizes 2 and 3.
    assert_eq!([2, 3].map(|size| required(size, 0, &public, root())), [3, 10].map(int));
    let halves = RateForm { steps: vec![step(1, 2, Rounding::Ceil)], own: Some(0) };
    assert_eq!([(4, 0), (4, 3)].map(|(size, t)| required(size, t, &halves, None)), [2, 3].map(int));
}

/// A leverage lowers a requirement as far as the public rate, and each of the two is rounded by itself.
#[test]
fn an_own_leverage_divides_the_notional() {
    let required = |size, own, mode, default| {
        let held = Position { own, ..position(4, Side::Short, size, 0) };
        let held = account(vec![held], vec![balance(1, 0)]);
        let made = figures(&held, |t| {
            with_rate(t, RateForm::default(), None);
            t.instruments[1].requirement_rounding = vec![step(1, 10, Rounding::Floor)];
            // Of 21 a size: 7/2 of it over the leverage, in steps of 3.
            let of = LinearStep::rounded(int(7), int(2), mode, int(3)).expect("positive");
            t.instruments[1].elements.leverage = Leverage::new(default, of);
        });
        made.maintenance / 4
    };
    let of = |own| required(1, own, Rounding::Ceil, 5);
    // 147/2 over 1, 2, 5, 73, 74; three tenths of 21 is 6, beyond any leverage.
    assert_eq!([1, 2, 5, 73, 74, 1 << 26].map(of), [222, 111, 45, 6, 6, 6].map(int));
    assert_eq!(of(0), of(5));
    let down = |own| required(1, own, Rounding::Floor, 5);
    assert_eq!([1, 2, 36, 37].map(down), [219, 108, 6, 6].map(int));
    // A larger size has the public rate 10: 21 of each of 5.
    assert_eq!(required(5, 1 << 26, Rounding::Floor, 5), int(105));
    assert_eq!(Leverage::new(0, step(1, 1, Rounding::Floor)), None);
    assert_eq!(Leverage::new(1, step(0, 1, Rounding::Floor)), None);
}

#[test]
fn a_notional_that_is_multiplied_has_a_width() {
    let mut terms = terms();
    with_rate(
        &mut terms,
        RateForm::default(),
        SizeRoot::new(int(1), int(0), vec![step(0, 1, Rounding::Floor)]),
    );
    terms.instruments[1].requirement = LinearStep::exact(BigInt::from(1) << 50);
    terms.groups[0].requirement_index = int(1);
    let market = Market::new(terms).expect("market");
    let with = |size: u128| {
        let held = Position { size: size.into(), ..position(4, Side::Long, 1, 0) };
        margin(&account(vec![held], vec![balance(1, 0)]), &market).map(|m| m.maintenance).err()
    };
    let most = 1u128 << (BRACKET_BITS - 50);
    assert_ne!(with(most - 1), Some(RuleError::BeyondNotional { instrument: 4 }));
    assert_eq!(with(most), Some(RuleError::BeyondNotional { instrument: 4 }));
}

/// Asset 6 at index 2 with a slope of 10.
fn of_asset(held: i64, own: u32, change: impl FnOnce(&mut MarketTerms)) -> (BigInt, BigInt) {
    let mut balance = balance(6, held);
    balance.own = own;
    let made = figures(&account(vec![], vec![balance]), change);
    (made.equity, made.maintenance)
}

#[test]
fn balances_have_amounts_and_values_by_sign() {
    let interest = || signed(step(5, 4, Rounding::Floor), step(3, 2, Rounding::Floor));
    let amount = |held| of_asset(held, 0, |t| t.assets[2].elements.amount = Some(interest())).0;
    // 5, 6.25 and -4.5, -6, each times 2 and 10.
    assert_eq!([4, 5, -3, -4].map(amount), [100, 120, -100, -120].map(int));
    let value = |held| of_asset(held, 0, |t| t.assets[2].elements.value = vec![interest()]).0;
    // 2 * 3 * 5 / 4 = 7.5 and -2 * 3 * 3 / 2 = -9.
    assert_eq!([3, -3, 0].map(value), [70, -90, 0].map(int));
}

#[test]
fn an_own_parameter_only_lowers_a_deposit_and_raises_a_debt() {
    let weight = SignedWeight::new(int(8), int(12), int(10), Rounding::Truncate).expect("positive");
    let equity = |held, own, weight: &SignedWeight| {
        of_asset(held, own, |t| t.assets[2].elements.weight = Some(weight.clone())).0
    };
    let own = weight.clone().with_own();
    // 20 a unit.
    assert_eq!([1, 2, 3, 11].map(|t| equity(1, t, &own)), [16, 16, 14, 0].map(int));
    assert_eq!([0, 1, 2, 3, 50].map(|t| equity(-1, t, &own)), [-24, -24, -24, -26, -120].map(int));
    assert_eq!([(1, 9), (-1, 9)].map(|(held, t)| equity(held, t, &weight)), [16, -24].map(int));
    for (deposit, debt, one) in [(-1, 1, 1), (1, -1, 1), (1, 1, 0), (1, 1, -1)] {
        let made = SignedWeight::new(int(deposit), int(debt), int(one), Rounding::Floor);
        assert_eq!(made, None);
    }
}

#[test]
fn a_large_holding_lowers_a_deposit_and_raises_a_debt() {
    let one = || step(1, 1, Rounding::Floor);
    let root = || SizeRoot::new(int(1), int(0), vec![]).expect("positive");
    let made = |numerator, from| {
        let (discount, premium) = ((int(numerator), int(1), one()), (int(from), one()));
        SizeWeights::new(step(1, 2, Rounding::Floor), root(), discount, premium)
    };
    let by_size = made(40, 10).expect("not negative");
    // Halves of 17, 18 and 32 have roots 2, 3 and 4.
    assert_eq!([17, 18, 32].map(|u| by_size.most(&int(u))), [13, 10, 8].map(int));
    assert_eq!([-17, -18, -32].map(|u| by_size.least(&int(u))), [12, 13, 14].map(|w| Some(int(w))));
    let weight = SignedWeight::new(int(9), int(13), int(10), Rounding::Truncate);
    let weight = weight.expect("positive").with_size(by_size);
    let equity = |held| of_asset(held, 0, |t| t.assets[2].elements.weight = Some(weight.clone())).0;
    assert_eq!([17, 32, -18, -32].map(equity), [306, 512, -468, -896].map(int));
    assert_eq!((made(-1, 0), made(0, -1)), (None, None));
}

#[test]
fn a_weight_by_size_has_a_width() {
    let one = || step(1, 1, Rounding::Floor);
    let root = SizeRoot::new(int(1), int(0), vec![]).expect("positive");
    let premium = (int((1 << OWN_BITS) - 3), one());
    let by_size = SizeWeights::new(one(), root, (int(1), int(1), one()), premium);
    let weight = SignedWeight::new(int(1), int(1), int(1), Rounding::Floor).expect("positive");
    let mut terms = terms();
    terms.assets[2].elements.weight = by_size.map(|by_size| weight.with_size(by_size));
    let market = Market::new(terms).expect("market");
    let figures = |held| margin(&account(vec![], vec![balance(6, held)]), &market);
    let least = int(((1i64 << OWN_BITS) - 1) * 160);
    assert_eq!(figures(-8).map(|m| m.equity), Ok(-least));
    assert_eq!(figures(-9).map(|m| m.equity), Err(RuleError::BeyondCollateral { asset: 6 }));
}

#[test]
fn debts_are_negative_equity_or_required() {
    let with = |held, required, charge: &[LinearStep]| {
        let debts = Debts { required, charge: charge.to_vec() };
        of_asset(held, 0, |t| t.assets[2].elements.debts = debts)
    };
    let charge = [step(1, 7, Rounding::Floor)];
    assert_eq!(with(-3, false, &[]), (int(-60), int(0)));
    assert_eq!(with(-3, true, &[]), (int(0), int(60)));
    // 60 / 7 = 8.6.
    assert_eq!(with(-3, false, &charge), (int(-60), int(8)));
    assert_eq!(with(-3, true, &charge), (int(0), int(68)));
    assert_eq!(with(3, true, &charge), (int(60), int(0)));
    assert_eq!(with(0, true, &charge), (int(0), int(0)));
}

#[test]
fn what_is_charged_on_a_debt_is_its_value_before_weights() {
    let made = of_asset(-3, 0, |t| {
        let elements = &mut t.assets[2].elements;
        elements.weight = SignedWeight::new(int(9), int(13), int(10), Rounding::Truncate);
        elements.debts = Debts { required: true, charge: vec![step(1, 7, Rounding::Floor)] };
    });
    assert_eq!(made, (int(0), int(78 + 8)));
}
