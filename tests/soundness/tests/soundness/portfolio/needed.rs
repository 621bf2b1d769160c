//! Every constraint is needed: without it, a check finds something in one of the accounts, or an invalid statement is
//! accepted.

use super::cases::{cases, circuit, findings_in_turn, record};
use crate::margin_support::is_long;
use crate::model_support::position;
use crate::portfolio_markets::lines;
use crate::portfolio_support::Case;
use std::collections::BTreeSet;
use zkmargin_circuit::AssetHint;
use zkmargin_model::portfolio::Market;
use zkmargin_model::rule::{Account, AssetTerms, Balance};
use zkmargin_soundness::{Cell, Failure, Kind, Recorded};

/// What no check notices when it is absent, and why. The checks are local: they change a cell, or what follows from one,
/// but not a flag with the sums and charges that depend on it. Forged accounts do (`circuits/margin/tests/portfolio`).
const NOT_NOTICED: [(&str, &str); 14] = [
    (
        "asset slot: an empty slot is zero",
        "the empty slot's only haircut row is 0..=0 under key zero, so balance and key are zero anyway",
    ),
    ("page: a page continues a full one", "forged in attacks.rs: a strike pair split by a gap"),
    (
        "page: a page that continues has the group above",
        "forged in attacks.rs: a page that claims to continue",
    ),
    (
        "page: an empty page continues nothing",
        "its group is zero as the one above, which is empty then, and not full",
    ),
    (
        "page: an empty page is of no unit",
        "its unit is zero as the one above, which is empty then, and of which nothing is required",
    ),
    ("page: empty pages last", "forged in attacks.rs: a gap between pages"),
    ("page: same unit is boolean", "the steps of units and their inverses leave no other value"),
    ("page: same units are equal", "forged in attacks.rs: two units as one"),
    (
        "portfolio position: an empty slot is zero",
        "an empty slot reads a row of zeros: what is in it counts nothing, and no account has its commitment",
    ),
    ("slots of a page: empty slots of a page last", "a lie in lies.rs"),
    ("sorted list: empty slots last", "of balances, noticed in linear circuits"),
    (
        "strike: same strike is boolean",
        "the steps of strikes and their inverses leave no other value",
    ),
    ("strike: same strikes are equal", "a lie in lies.rs"),
    ("word of two rows: word = row 0 + 2^45 row 1", "no word of a portfolio circuit has two rows"),
];

/// The gate that alone refuses the invalid statements.
const LEFT_OUT: &str = "all profit and loss is included: a group left out has no pnl";

/// An instrument that settles in each of four assets.
fn four_assets() -> Market {
    let mut terms = lines();
    let template = terms.assets[0].clone();
    terms.assets = [1, 2, 3, 4].map(|id| AssetTerms { id, ..template.clone() }).into();
    for (at, instrument) in terms.instruments.iter_mut().enumerate() {
        instrument.settles_in = 1 + at as u32 % 4;
    }
    Market::new(terms).unwrap()
}

/// Healthy accounts without the asset in which their loss settles, for each of four, with the commitments that they compute
/// themselves.
fn invalid_statements() -> Vec<Recorded> {
    let market = four_assets();
    let without = |asset: u32| {
        let mut instruments = market.terms().instruments.iter();
        let held = instruments.find(|i| i.settles_in == asset).unwrap().id;
        let balance = |asset, balance: i64| Balance { asset, balance: balance.into(), own: 0 };
        let other = if asset == 1 { 2 } else { 1 };
        let mut balances = vec![balance(asset, 1), balance(other, 1 << 40)];
        balances.sort_by_key(|b| b.asset);
        let at = balances.iter().position(|b| b.asset == asset).unwrap();
        let case =
            Case::new(&market, Account::new(vec![position(held, 1, 30_000)], balances).unwrap(), 2);
        let mut witness = case.witness();
        witness.assets.remove(at);
        witness.assets.push(AssetHint::empty());
        let circuit = circuit(&case, witness);
        let (k, mut instance) = (circuit.k().get(), case.public().instance());
        circuit.configured(|circuit| {
            let first = Recorded::new(k, circuit, &[instance.clone()]);
            for row in [1, 6] {
                let cell = Cell { kind: Kind::Instance, column: 0, row };
                let conflicts = &first.variables()[first.variable_of(cell).unwrap()].conflicts;
                let own = conflicts.iter().find(|value| **value != instance[row]);
                instance[row] = *own.unwrap_or(&instance[row]);
            }
            first.with_witness(circuit, &[instance])
        })
    };
    [1, 2, 3, 4].map(without).into()
}

#[test]
fn a_portfolio_account_without_its_settlement_asset_is_refused_by_one_constraint() {
    for recorded in invalid_statements() {
        let failures = recorded.failures();
        let is_one = matches!(&failures[..], [Failure::Gate { name, .. }] if name == LEFT_OUT);
        assert!(is_one, "{failures:?}");
    }
}

/// Constraints of a circuit, each with its number and how often its name came before: circuits of several markets have
/// other numbers of cells, so their constraints are matched by that.
fn constraints(recorded: &Recorded) -> Vec<(String, usize)> {
    let names = recorded.constraint_names();
    let before = |at: usize| names[..at].iter().filter(|name| **name == names[at]).count();
    (0..names.len()).map(|at| (names[at].clone(), before(at))).collect()
}

#[test]
fn every_constraint_and_lookup_of_a_portfolio_account_is_needed() {
    let honest: Vec<Recorded> = cases().iter().map(|(_, case)| record(case)).collect();
    let invalid = invalid_statements();
    let of_invalid = constraints(&invalid[0]);
    let of_each: Vec<_> = honest.iter().map(constraints).collect();
    let all: BTreeSet<_> = of_each.iter().flatten().collect();
    // A few in short runs: each takes seconds.
    let step = if is_long() { 1 } else { 71 };
    let mut unnoticed = BTreeSet::new();
    for constraint in all.into_iter().step_by(step) {
        let at = of_invalid.iter().position(|other| other == constraint);
        let accepts = |at| invalid.iter().any(|r| r.without_constraint(at).failures().is_empty());
        let is_noticed = at.is_some_and(accepts)
            || honest.iter().zip(&of_each).any(|(recorded, of)| {
                let at = of.iter().position(|other| other == constraint);
                at.is_some_and(|at| {
                    findings_in_turn(&recorded.without_constraint(at)).next().is_some()
                })
            });
        if !is_noticed {
            eprintln!("not noticed: {constraint:?}");
            unnoticed.insert(constraint.0.as_str());
        }
    }
    let listed = NOT_NOTICED.map(|(name, _)| name);
    let unlisted: Vec<_> = unnoticed.iter().filter(|name| !listed.contains(name)).collect();
    assert_eq!(unlisted, Vec::<&&str>::new());
    if is_long() {
        let needed: Vec<_> = listed.iter().filter(|name| !unnoticed.contains(**name)).collect();
        assert_eq!(needed, Vec::<&&str>::new(), "noticed, but listed");
        for lookup in 0..honest[0].lookups() {
            let less = honest[0].without_lookup(lookup);
            assert!(findings_in_turn(&less).next().is_some(), "lookup {lookup}");
        }
    }
}
