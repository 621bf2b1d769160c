//! Invalid statements, clause by clause: the circuit accepts a witness exactly when the rule says
//! that it is the honest witness of a valid account that meets the claim.

mod draft;
mod generators;
mod membership;
mod real_prover;

use crate::margin_support::{is_long, market_terms};
use draft::{Draft, Layout};
use generators::CLAUSES;
use rand::SeedableRng;
use rand::rngs::StdRng;
use zkmargin_model::rule::Market;

/// Statements of each clause.
fn rounds() -> usize {
    if is_long() { 40 } else { 12 }
}

#[test]
fn the_rule_says_no_exactly_when_the_circuit_says_no() {
    let mut strict = market_terms();
    strict.equality_is_healthy = false;
    let markets = [Market::new(market_terms()).unwrap(), Market::new(strict).unwrap()];
    let layouts = markets.map(Layout::new);
    let mut accepted = 0;
    for (name, change) in CLAUSES {
        let mut refused = 0;
        for round in 0..rounds() {
            let mut rng = StdRng::seed_from_u64(round as u64);
            let layout = &layouts[round % 2];
            let mut draft = Draft::random(layout, &mut rng);
            change(&mut draft, &mut rng);
            let rule = draft.rule_accepts(layout);
            let circuit = draft.circuit_accepts(layout);
            assert_eq!(rule, circuit, "{name}, round {round}: {draft:?}");
            refused += usize::from(!rule);
            accepted += usize::from(rule);
        }
        assert!(refused > 0, "{name}: no invalid statement was generated");
    }
    // Both answers are common, so neither side is a constant.
    assert!(accepted > CLAUSES.len() * rounds() / 10, "{accepted} accepted");
}
