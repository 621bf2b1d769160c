//! No sum wraps, shown from the ranges that the circuit itself proves.

use super::cases::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeSet;
use zkmargin_soundness::wrapping::widths;

/// The check speaks of every gate but those of the hash, whose words are any field elements.
#[test]
fn every_gate_but_the_hash_holds_over_the_integers() {
    let mut rng = StdRng::seed_from_u64(3);
    for size in [REDUCED, S] {
        let recorded = record(&account(&mut rng, 2, 2), size);
        let widths = widths(&recorded, &assumed(&recorded));
        assert_eq!(widths.wrapping, BTreeSet::new());
        let other: Vec<_> =
            widths.unranged.iter().filter(|name| !name.starts_with("poseidon")).collect();
        assert_eq!(other, Vec::<&String>::new());
    }
}
