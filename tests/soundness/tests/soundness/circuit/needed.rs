//! Every constraint is needed: without it, a check finds something or an invalid statement is
//! accepted.

use super::cases::*;
use crate::margin_support::*;
use num_bigint::BigInt;
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::{AssetHint, CircuitWitness, PositionHint};
use zkmargin_model::rule::*;
use zkmargin_soundness::{Cell, Failure, Kind, Recorded};

/// Implied by other constraints and kept as a second line of defence.
const IMPLIED: [(&str, &str); 1] = [(
    "asset slot: an empty slot is zero",
    "the empty slot's only haircut row is 0..=0 under key zero, so balance and key are zero anyway",
)];

/// Records a witness with the account and margin commitments that it computes itself as public
/// inputs: what is left is refused by constraints alone.
fn own_commitments(case: &Case, witness: CircuitWitness) -> Recorded {
    let circuit = circuit(case, REDUCED, witness);
    let mut instance = case.public().instance().to_vec();
    let first = Recorded::new(K, &circuit, &[instance.clone()]);
    for row in [1, 6] {
        let variable = first.variable_of(Cell { kind: Kind::Instance, column: 0, row }).unwrap();
        let conflicts = &first.variables()[variable].conflicts;
        if let Some(own) = conflicts.iter().find(|value| **value != instance[row]) {
            instance[row] = *own;
        }
    }
    circuit.configured(|circuit| first.with_witness(circuit, &[instance]))
}

/// Four settle groups, an instrument in each.
fn four_groups() -> Market {
    let mut terms = market_terms();
    let template = terms.assets[0].clone();
    terms.assets = [1, 2, 3, 4].map(|id| AssetTerms { id, ..template.clone() }).into();
    terms.groups = [1, 2, 3, 4]
        .map(|asset| SettleGroup { asset, requirement_index: BigInt::from(100) })
        .into();
    let template = terms.instruments[0].clone();
    terms.instruments = [0, 1, 2, 3]
        .map(|group| InstrumentTerms { id: group as u32 + 1, group, ..template.clone() })
        .into();
    Market::new(terms).unwrap()
}

/// Invalid statements, each with the one constraint that refuses it.
fn invalid_statements() -> Vec<(&'static str, Recorded)> {
    let full = &reduced_cases()[0];
    let changed = |case: &Case, change: &dyn Fn(&mut CircuitWitness)| {
        let mut witness = witness(case, REDUCED);
        change(&mut witness);
        own_commitments(case, witness)
    };
    let mut invalid = vec![
        ("sorted list: keys ascend", changed(full, &|w| w.positions[1] = w.positions[0].clone())),
        (
            "sorted list: empty slots last",
            changed(full, &|w| w.positions[0] = PositionHint::empty()),
        ),
        (
            "position: an empty slot is zero",
            changed(full, &|w| {
                w.positions[1] = PositionHint { entry: Fp::from(5), ..PositionHint::empty() };
            }),
        ),
    ];
    for group in 0..4u32 {
        let mut case = case();
        case.market = four_groups();
        case.positions = vec![position(group + 1, 100, 20_000_000)];
        let other = if group == 0 { 2 } else { 1 };
        case.balances = vec![balance(group + 1, 1), balance(other, 1 << 70)];
        case.balances.sort_by_key(|b| b.asset);
        let at = case.balances.iter().position(|b| b.asset == group + 1).unwrap();
        let without_settlement_asset = changed(&case, &|w| {
            w.assets.remove(at);
            w.assets.push(AssetHint::empty());
        });
        let name = "all profit and loss is included: a group left out has no pnl";
        invalid.push((name, without_settlement_asset));
    }
    invalid
}

#[test]
fn each_invalid_statement_is_refused_by_one_constraint() {
    for (name, recorded) in invalid_statements() {
        let failures = recorded.failures();
        assert!(
            matches!(&failures[..], [Failure::Gate { name: by, .. }] if by == name),
            "{name}: {failures:?}"
        );
    }
}

/// Whether the machine checks find something in a circuit without a part of it.
pub fn noticed_by(honest: &[Recorded], less: &dyn Fn(&Recorded) -> Recorded) -> bool {
    honest.iter().any(|recorded| findings_in_turn(&less(recorded)).next().is_some())
}

#[test]
fn every_constraint_and_lookup_is_needed() {
    let honest: Vec<Recorded> = reduced_cases().iter().map(|case| record(case, REDUCED)).collect();
    let invalid = invalid_statements();
    let noticed = |less: &dyn Fn(&Recorded) -> Recorded| {
        invalid.iter().any(|(_, recorded)| less(recorded).failures().is_empty())
            || noticed_by(&honest, less)
    };
    let mut implied = Vec::new();
    for (polynomial, name) in honest[0].constraint_names().iter().enumerate() {
        if !noticed(&|recorded| recorded.without_constraint(polynomial)) {
            implied.push(name.as_str());
        }
    }
    assert_eq!(implied, IMPLIED.map(|(name, _)| name));
    for lookup in 0..honest[0].lookups() {
        assert!(noticed(&|recorded| recorded.without_lookup(lookup)), "lookup {lookup}");
    }
}
