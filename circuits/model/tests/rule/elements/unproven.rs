//! No element goes unnoticed: what has no proof is named, and an own parameter changes the commitment.

use crate::support::{account, balance, function, int, position, power, rows, terms};
use pasta_curves::Fp;
use std::num::NonZeroU16;
use zkmargin_model::commitment::{AccountSecrets, account_commitment};
use zkmargin_model::rule::{
    Account, AccountError, Balance, Books, BracketedLinear, Leverage, LinearStep, Market,
    MarketTerms, Position, Profile, RateForm, Rounding, RuleError, ShortTerms, Side, SignedStep,
    SignedWeight, SizeRoot, SizeWeights, Variable, margin,
};
use zkmargin_model::widths::{LEVERAGE_DIVISOR_BITS, NUMERATOR_BITS, OWN_BITS};

fn refused(change: impl FnOnce(&mut MarketTerms)) -> String {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms).expect("market").profile().expect_err("not provable").to_string()
}

fn step(num: i64, den: i64, scale: i64) -> LinearStep {
    LinearStep::rounded(int(num), int(den), Rounding::Floor, int(scale)).expect("positive")
}

fn both(step: LinearStep) -> SignedStep {
    SignedStep::new(step.clone(), step).expect("not negative")
}

fn by_size(unit: LinearStep, of_root: LinearStep) -> SignedWeight {
    let weight = SignedWeight::new(int(1), int(1), int(1), Rounding::Floor).expect("positive");
    let root = SizeRoot::new(int(1), int(0), vec![]).expect("positive");
    let discount = (int(9), int(5), of_root.clone());
    let by_size = SizeWeights::new(unit, root, discount, (int(1), of_root)).expect("positive");
    weight.with_size(by_size)
}

/// The general profile has one or two lines for each figure, and one unit for each.
#[test]
fn what_the_general_profile_lacks_is_named() {
    type Change = fn(&mut MarketTerms);
    let all: [(Change, &str); 17] = [
        (
            |t| t.instruments[1].elements.result = vec![both(step(1, 3, 1)); 3],
            "result of instrument 4: it is rounded too often",
        ),
        (
            |t| t.instruments[1].elements.result = vec![both(step(1, 3, 7)); 2],
            "result of instrument 4: it is not in settlement units",
        ),
        (
            |t| {
                let steps = SignedStep::new(step(1, 3, 1), step(1, 3, 2)).expect("not negative");
                t.instruments[1].elements.result = vec![steps];
            },
            "result of instrument 4: its steps for gains and for losses have different units",
        ),
        (
            |t| {
                let capped = both(step(1, 3, 2)).capped(int(5)).expect("a cap");
                t.instruments[1].elements.result = vec![capped];
            },
            "result of instrument 4: it has a cap in another unit than its rounding",
        ),
        (
            |t| t.instruments[1].elements.notional = vec![step(1, 3, 1), step(2, 7, 1)],
            "notional of instrument 4: it is rounded too often",
        ),
        (
            |t| {
                let i = &mut t.instruments[1];
                let (value, requirement) = (i.value.scaled(&int(3)), i.requirement.clone());
                i.elements.short = Some(ShortTerms { value, requirement });
            },
            "value of instrument 4: values of a long and of a short are in different units",
        ),
        (
            |t| {
                let i = &mut t.instruments[1];
                let (value, requirement) = (i.value.clone(), i.requirement.scaled(&int(3)));
                i.elements.short = Some(ShortTerms { value, requirement });
            },
            "notional of instrument 4: notionals of a long and of a short are in different units",
        ),
        (
            |t| {
                t.instruments[1].elements.root = SizeRoot::new(int(1), int(0), vec![step(1, 3, 2)]);
            },
            "tier variable of instrument 4: it is rounded to another unit than its tiers have",
        ),
        (
            |t| {
                let steps = vec![step(1, 30, 1), step(1, 7, 1)];
                t.instruments[1].elements.rate = Some(RateForm { steps, own: None });
            },
            "rate of instrument 4: it is rounded too often",
        ),
        (
            |t| {
                t.instruments[1].elements.rate = Some(RateForm::default());
                t.instruments[1].requirement_rounding = vec![step(1, 3, 1); 2];
            },
            "requirement of instrument 4: it is rounded too often",
        ),
        (
            |t| t.instruments[1].elements.charge = vec![step(1, 3, 1); 2],
            "charge of instrument 4: it is rounded too often",
        ),
        (
            |t| t.assets[1].elements.amount = Some(both(step(1, 3, 7))),
            "amount of asset 5: it is not in units of the asset",
        ),
        (
            |t| {
                let two = rows(&[(-99, 9, 1, 0), (10, 99, 2, -10)]);
                let two = BracketedLinear::new(Variable::Value, two).expect("tiles");
                t.assets[2].collateral = two;
                t.assets[2].elements.value = vec![both(step(1, 3, 1))];
            },
            "collateral value of asset 6: it has prices by sign and more than one row",
        ),
        (
            |t| {
                t.assets[1].elements.weight =
                    SignedWeight::new(int(2), int(1), int(1), Rounding::Floor);
            },
            "weight of asset 5: a deposit weighs more than one, or a debt less",
        ),
        (
            |t| t.assets[1].elements.debts.charge = vec![step(1, 3, 1); 2],
            "charge on debts of asset 5: it is rounded too often, or to another unit",
        ),
        (
            |t| t.assets[1].elements.weight = Some(by_size(step(1, 3, 7), step(1, 7, 1))),
            "weight by size of asset 5: it is rounded to another unit than weights have",
        ),
        (
            |t| t.assets[1].elements.weight = Some(by_size(step(1, 3, 1), step(1, 7, 7))),
            "weight by size of asset 5: it is rounded to another unit than weights have",
        ),
    ];
    for (change, expected) in all {
        let why = refused(change);
        assert!(why.contains(expected), "{why}, not {expected}");
    }
}

fn held(position_own: u32, balance_own: u32) -> Account {
    let held = Position { own: position_own, ..position(4, Side::Short, 6, -130) };
    account(vec![held], vec![Balance { own: balance_own, ..balance(5, 40) }])
}

fn commitment(account: &Account) -> String {
    let secrets = AccountSecrets {
        registry: Fp::from(1),
        holder_key: Fp::from(2),
        serial: 3,
        blinding: Fp::from(4),
    };
    account_commitment(account, &secrets).expect("fits").to_string()
}

#[test]
fn own_parameters_are_committed() {
    let most = (1 << OWN_BITS) - 1;
    let all = [(0, 0), (1, 0), (2, 0), (most, 0), (0, 1), (0, most), (1, 1)];
    let mut commitments: Vec<_> = all.map(|(p, b)| commitment(&held(p, b))).into();
    commitments.sort();
    commitments.dedup();
    assert_eq!(commitments.len(), all.len());
    assert_eq!(all.map(|(p, b)| held(p, b).has_own()), [false, true, true, true, true, true, true]);
}

/// Above the key: an own parameter never looks like another instrument, size or entry.
#[test]
fn own_parameters_are_above_the_other_words() {
    let position = |own| Position { own, ..position(65_535, Side::Short, 6, -130) };
    assert_eq!(position(5).packed() - position(0).packed(), Fp::from(5) * two_to(207));
    let balance = |own| Balance { own, ..balance(65_535, 40) };
    assert_eq!(balance(5).packed() - balance(0).packed(), Fp::from(5) * two_to(117));
}

fn two_to(power: u32) -> Fp {
    (0..power).fold(Fp::from(1), |x, _| x + x)
}

#[test]
fn own_parameters_have_27_bits() {
    let made = |p: u32, b: u32| {
        let held = Position { own: p, ..position(4, Side::Short, 6, -130) };
        Account::new(vec![held], vec![Balance { own: b, ..balance(5, 40) }]).err()
    };
    let most = (1 << OWN_BITS) - 1;
    assert_eq!(made(most, most), None);
    let error = |list, id| Some(AccountError::Own { list, id });
    assert_eq!(made(most + 1, 0), error("instrument", 4));
    assert_eq!(made(u32::MAX, 0), error("instrument", 4));
    assert_eq!(made(0, most + 1), error("asset", 5));
}

/// A weight that no size moves is none that is too wide for one: units of weights are up to 2^54.
#[test]
fn fault_debts_have_proofs_in_any_unit_of_weights() {
    for bits in [14, 26, 27, 28, 54] {
        let mut terms = terms();
        let one = power(bits);
        let weight = SignedWeight::new(&one - 3, &one + 5, one, Rounding::Floor);
        terms.assets[1].elements.weight = weight;
        let market = Market::new(terms).expect("market");
        assert!(market.profile().expect("provable").general);
        for held in [-7, 0, 7] {
            let figures = margin(&account(vec![], vec![balance(5, held)]), &market);
            assert!(figures.is_ok(), "{bits} {held}: {figures:?}");
        }
    }
}

/// An isolated position is compared with what it requires, also beside the book of another settlement asset, for which
/// that counts for nothing: it is no wider there.
#[test]
fn fault_requirements_of_other_books_have_their_width() {
    let of = |bits| {
        let mut terms = terms();
        terms.isolated_unit = Some(int(10));
        let step = LinearStep::rounded(int(1), int(3), Rounding::Floor, power(bits));
        terms.instruments[2].requirement_rounding = vec![step.expect("positive")];
        let market = Market::new(terms).expect("market");
        let books = Books { settlement_asset: NonZeroU16::new(1), ..market.books() };
        market.of_books(books).expect("books").profile().map(|profile| profile.general)
    };
    assert_eq!(of(71), Ok(true));
    assert!(of(72).is_err());
    assert!(of(160).is_err());
}

/// A divisor is multiplied with the leverage, and both requirements are compared in one unit.
#[test]
fn what_is_divided_by_a_leverage_has_widths() {
    let of = |num, den, mode, scale, index| {
        let mut terms = terms();
        terms.groups[0].requirement_index = index;
        terms.instruments[1].elements.rate = Some(RateForm::default());
        let step = LinearStep::rounded(num, den, mode, scale).expect("positive");
        terms.instruments[1].elements.leverage = Leverage::new(1, step);
        Market::new(terms).expect("market").profile()
    };
    let proven = Ok(Profile { leverage: true, ..Profile::GENERAL });
    let divided = |mode, den| of(int(1), den, mode, int(1), int(1));
    let most = power(LEVERAGE_DIVISOR_BITS);
    for mode in Rounding::ALL {
        assert_eq!(divided(mode, most.clone()), proven);
        let why = divided(mode, &most + 1).expect_err("too wide").to_string();
        let words = "requirement by the own leverage of instrument 4: beside the leverage it divides by more than 2^27";
        assert!(why.contains(words), "{why}");
    }
    // Half of an odd divisor takes one bit more.
    assert_eq!(divided(Rounding::Ceil, &most / 2 + 1), proven);
    for mode in [Rounding::NearestUp, Rounding::NearestAway, Rounding::NearestZero] {
        assert_eq!(divided(mode, &most / 2 - 1), proven);
        assert!(divided(mode, &most / 2 + 1).is_err());
    }
    let factor = |num| of(num, int(1), Rounding::Floor, int(1), int(1));
    assert_eq!(factor(power(NUMERATOR_BITS) - 1), proven);
    assert!(factor(power(NUMERATOR_BITS)).is_err());
    let unit = |scale, index| of(int(1), int(3), Rounding::Floor, scale, index);
    assert_eq!(unit(power(NUMERATOR_BITS) - 1, int(1)), proven);
    assert!(unit(power(NUMERATOR_BITS), int(1)).is_err());
    assert!(unit(power(NUMERATOR_BITS) - 1, int(2)).is_err());
}

/// A quotient of 118 bits, and requirements that are further apart than 135 bits, have no proof.
#[test]
fn figures_by_leverage_are_refused_where_a_proof_holds_none() {
    let of = |step: LinearStep, size: u32, own| {
        let mut terms = terms();
        terms.groups[0].requirement_index = int(1);
        terms.tiers[1] = function(Variable::Quantity, &[(0, i64::MAX, 0, 0)]);
        terms.instruments[1].requirement = LinearStep::exact(int(1));
        terms.instruments[1].elements.rate = Some(RateForm::default());
        terms.instruments[1].elements.leverage = Leverage::new(1, step);
        let market = Market::new(terms).expect("market");
        // Bought at its value, so that there is no result.
        let held = position(4, Side::Long, 1, 20);
        let held = Position { size: held.size << size, entry: held.entry << size, own, ..held };
        margin(&account(vec![held], vec![balance(1, 0)]), &market).map(|m| m.maintenance).err()
    };
    let refused = Some(RuleError::BeyondProof {
        list: "instrument",
        id: 4,
        what: "requirement by the own leverage",
    });
    let exact = |bits| LinearStep::exact(power(bits));
    assert_eq!(of(exact(66), 50, 1), None);
    assert_eq!(of(exact(67), 50, 1), refused);
    assert_eq!(of(exact(67), 50, 2), None);
    let coarse = |bits| exact(60).scaled(&power(bits));
    assert_eq!(of(coarse(24), 50, 1), None);
    assert_eq!(of(coarse(25), 50, 1), refused);
    assert_eq!(of(coarse(25), 50, 2), None);
}
