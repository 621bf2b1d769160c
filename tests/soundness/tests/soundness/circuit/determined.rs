//! Nullity zero and no surviving mutation.

use super::cases::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use zkmargin_soundness::{Kind, determinism};

#[test]
fn reduced_size_is_determined_and_no_mutation_survives() {
    for case in reduced_cases() {
        let recorded = record(&case, REDUCED);
        assert_eq!(recorded.failures(), vec![]);
        assert_eq!(findings(&recorded), Vec::<String>::new());
    }
}

#[test]
fn shape_s_is_determined_and_no_mutation_survives() {
    let mut rng = StdRng::seed_from_u64(2);
    for (positions, balances) in [(8, 3), (3, 2)] {
        let recorded = record(&account(&mut rng, positions, balances), S);
        assert_eq!(recorded.failures(), vec![]);
        assert_eq!(findings(&recorded), Vec::<String>::new());
    }
}

/// The one exception to determinism, and it is not empty: limb cells beside the gadgets, which no
/// gate reads.
#[test]
fn only_loose_limbs_are_free() {
    let recorded = record(&reduced_cases()[0], REDUCED);
    let loose = recorded.loose();
    let free = determinism::undetermined(&recorded, is_input);
    assert!(!free.is_empty());
    let limb_columns = 0..5;
    for variable in free {
        assert!(loose[variable], "{}", recorded.variables()[variable].describe());
        let [cell] = recorded.variables()[variable].cells[..] else { panic!("a class") };
        assert!(cell.kind == Kind::Advice && limb_columns.contains(&cell.column), "{cell:?}");
    }
}
