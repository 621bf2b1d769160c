//! Every constraint is needed: without it, a check finds something in one of the accounts.

use super::cases::{cases, findings_in_turn, record};
use crate::margin_support::is_long;
use std::collections::BTreeSet;
use zkmargin_soundness::Recorded;

/// Implied by other constraints and kept as a second line of defence.
const IMPLIED: [(&str, &str); 0] = [];

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
    let of_each: Vec<_> = honest.iter().map(constraints).collect();
    let all: BTreeSet<_> = of_each.iter().flatten().collect();
    let step = if is_long() { 1 } else { 29 };
    let mut implied = BTreeSet::new();
    for constraint in all.into_iter().step_by(step) {
        let is_noticed = honest.iter().zip(&of_each).any(|(recorded, of)| {
            let at = of.iter().position(|other| other == constraint);
            at.is_some_and(|at| findings_in_turn(&recorded.without_constraint(at)).next().is_some())
        });
        if !is_noticed {
            implied.insert(constraint.0.as_str());
        }
    }
    let listed = IMPLIED.map(|(name, _)| name);
    let unlisted: Vec<_> = implied.iter().filter(|name| !listed.contains(name)).collect();
    assert_eq!(unlisted, Vec::<&&str>::new());
    if is_long() {
        let needed: Vec<_> = listed.iter().filter(|name| !implied.contains(**name)).collect();
        assert_eq!(needed, Vec::<&&str>::new(), "listed as implied");
        for lookup in 0..honest[0].lookups() {
            let less = honest[0].without_lookup(lookup);
            assert!(findings_in_turn(&less).next().is_some(), "lookup {lookup}");
        }
    }
}
