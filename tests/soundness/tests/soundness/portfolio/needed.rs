//! Every constraint is needed: without it, a check finds something.

use super::cases::{cases, findings, record};
use zkmargin_soundness::Recorded;

/// Whether the machine checks find something in a circuit without a part of it.
fn noticed_by(honest: &[Recorded], less: &dyn Fn(&Recorded) -> Recorded) -> bool {
    honest.iter().any(|recorded| !findings(&less(recorded)).is_empty())
}

/// Constraints that the checks of single accounts do not miss, with what does. Each has a lie or a forged layout in
/// `circuits/margin/tests/portfolio`.
const BY_FORGED_LAYOUTS: [&str; 6] = [
    "order of positions: instruments ascend",
    "slots of a page: empty slots of a page last",
    "page: empty pages last",
    "page: a page continues a full one",
    "page: groups ascend",
    "page: units ascend",
];

#[test]
#[ignore = "long; docs/soundness.md has the command"]
fn every_constraint_and_lookup_of_the_portfolio_circuit_is_needed() {
    let honest: Vec<Recorded> = cases().iter().map(|(_, case)| record(case)).collect();
    let mut implied = Vec::new();
    for (polynomial, name) in honest[0].constraint_names().iter().enumerate() {
        if !noticed_by(&honest, &|recorded| recorded.without_constraint(polynomial)) {
            implied.push(name.clone());
        }
    }
    assert_eq!(implied, BY_FORGED_LAYOUTS);
    for lookup in 0..honest[0].lookups() {
        let less = |recorded: &Recorded| recorded.without_lookup(lookup);
        assert!(noticed_by(&honest, &less), "lookup {lookup}");
    }
}
