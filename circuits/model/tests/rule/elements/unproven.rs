//! No element goes unnoticed: a market with one has no proof, and an own parameter changes the commitment.

use crate::support::{account, balance, int, position, terms};
use pasta_curves::Fp;
use zkmargin_model::commitment::{AccountSecrets, account_commitment};
use zkmargin_model::rule::{
    Account, AccountError, Balance, Debts, LinearStep, Market, MarketTerms, Position, RateForm,
    Rounding, ShortTerms, Side, SignedStep, SignedWeight, SizeRoot,
};
use zkmargin_model::widths::OWN_BITS;

fn refused(change: impl FnOnce(&mut MarketTerms)) -> String {
    let mut terms = terms();
    change(&mut terms);
    Market::new(terms).expect("market").profile().expect_err("not provable").to_string()
}

/// A step that changes nothing.
fn one() -> LinearStep {
    LinearStep::exact(int(1))
}

fn both() -> SignedStep {
    SignedStep::new(one(), one()).expect("not negative")
}

#[test]
fn every_element_is_refused_by_name() {
    type Change = fn(&mut MarketTerms);
    let instrument: [(&str, Change); 6] = [
        ("terms of a short", |t| {
            let i = &mut t.instruments[1];
            let (value, requirement) = (i.value.clone(), i.requirement.clone());
            i.elements.short = Some(ShortTerms { value, requirement });
        }),
        ("result steps", |t| t.instruments[1].elements.result = vec![both()]),
        ("notional steps", |t| t.instruments[1].elements.notional = vec![one()]),
        ("root of the size", |t| {
            t.instruments[1].elements.root = SizeRoot::new(int(1), int(0), vec![]);
        }),
        ("rate form", |t| t.instruments[1].elements.rate = Some(RateForm::default())),
        ("charge on the notional", |t| t.instruments[1].elements.charge = vec![one()]),
    ];
    for (name, change) in instrument {
        let expected =
            format!("no circuit proves the {name} of instrument 4: no circuit has a block for it");
        assert_eq!(refused(change), expected);
    }
    let asset: [(&str, Change); 5] = [
        ("amount by sign", |t| t.assets[1].elements.amount = Some(both())),
        ("value by sign", |t| t.assets[2].elements.value = vec![both()]),
        ("weight by sign", |t| {
            t.assets[1].elements.weight =
                SignedWeight::new(int(1), int(1), int(1), Rounding::Floor);
        }),
        ("requirement of debts", |t| t.assets[1].elements.debts.required = true),
        ("charge on debts", |t| {
            t.assets[1].elements.debts = Debts { required: false, charge: vec![one()] };
        }),
    ];
    for (name, change) in asset {
        let id = if name == "value by sign" { 6 } else { 5 };
        let expected =
            format!("no circuit proves the {name} of asset {id}: no circuit has a block for it");
        assert_eq!(refused(change), expected);
    }
}

/// Before anything else: also where the rest of the terms has no proof either.
#[test]
fn elements_are_named_first() {
    let thrice = refused(|t| {
        let halves =
            LinearStep::rounded(int(7), int(2), Rounding::Floor, int(1)).expect("positive");
        t.instruments[0].requirement_rounding = vec![halves; 3];
        t.instruments[2].elements.rate = Some(RateForm::default());
    });
    assert!(thrice.contains("rate form of instrument 9"), "{thrice}");
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
    account_commitment(account, &secrets).to_string()
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
