//! The membership circuit under the same checks: two positions and two assets, all 32 levels.

use super::cases::{K, REDUCED, findings, findings_in_turn, is_input};
use crate::margin_support::{LedgerCase, balance, ledger_case};
use std::sync::Arc;
use zkmargin_circuit::halo2::{Field, Fp, Value};
use zkmargin_circuit::{CircuitWitness, Form, MarginCircuit, MarketTables, Membership};
use zkmargin_model::circuit::{Anchor, Shape};
use zkmargin_model::rule::Profile;
use zkmargin_soundness::{Recorded, determinism};

/// Rows that one lane of hashes needs.
const ROWS: u32 = K + 1;

fn ledger() -> LedgerCase {
    let mut ledger = ledger_case();
    ledger.case.positions.truncate(2);
    ledger.case.balances = vec![balance(1, 60_000_000), balance(2, 3_000_000)];
    ledger
}

fn circuit(ledger: &LedgerCase, witness: CircuitWitness) -> MarginCircuit {
    let tables = Arc::new(MarketTables::new(&ledger.case.market).unwrap());
    let form = Form { profile: Profile::EXACT, anchor: Anchor::Ledger, lanes: 1, banks: 1 };
    let witness = Value::known(Arc::new(witness));
    MarginCircuit::of_size(form, [REDUCED.0, REDUCED.1], tables, witness)
}

fn witness(ledger: &LedgerCase) -> CircuitWitness {
    let mut witness = ledger.circuit_witness(Shape::S);
    witness.positions.truncate(REDUCED.0);
    witness.assets.truncate(REDUCED.1);
    witness
}

fn record(ledger: &LedgerCase) -> Recorded {
    let instance = [ledger.public().instance()];
    circuit(ledger, witness(ledger)).configured(|circuit| Recorded::new(ROWS, circuit, &instance))
}

#[test]
fn determined_and_no_mutation_survives() {
    let recorded = record(&ledger());
    assert_eq!(recorded.failures(), vec![]);
    assert_eq!(findings(&recorded), Vec::<String>::new());
    // Without the holder's words as inputs, they are free, as they should be.
    let loose = recorded.loose();
    let unpinned =
        |v: &zkmargin_soundness::Variable| is_input(v) && !v.names.contains(&"secret".into());
    let free = determinism::undetermined(&recorded, unpinned);
    assert!(free.iter().any(|v| !loose[*v]));
}

#[test]
fn every_membership_constraint_is_needed() {
    let recorded = record(&ledger());
    for (polynomial, name) in recorded.constraint_names().iter().enumerate() {
        if name.starts_with("path level") {
            let less = recorded.without_constraint(polynomial);
            assert!(
                findings_in_turn(&less).next().is_some(),
                "nothing notices that {name:?} is absent"
            );
        }
    }
}

/// Every word of holder and place, changed with everything after it recomputed.
#[test]
fn no_membership_word_may_change() {
    let ledger = ledger();
    let layout = record(&ledger);
    let instance = [ledger.public().instance()];
    type Change = Box<dyn Fn(&mut Membership)>;
    let mut changes: Vec<Change> = vec![
        Box::new(|m| m.secret += Fp::ONE),
        Box::new(|m| m.venue += Fp::ONE),
        Box::new(|m| m.audience += Fp::ONE),
        Box::new(|m| m.scope += Fp::ONE),
    ];
    for level in 0..32 {
        changes.push(Box::new(move |m| m.path.serial ^= 1 << level));
        changes.push(Box::new(move |m| m.path.siblings[level] += Fp::ONE));
    }
    for (i, change) in changes.iter().enumerate() {
        let mut witness = witness(&ledger);
        change(witness.membership.as_mut().expect("a ledger's witness"));
        let recorded =
            circuit(&ledger, witness).configured(|circuit| layout.with_witness(circuit, &instance));
        assert!(!recorded.failures().is_empty(), "change {i} is accepted");
    }
}
