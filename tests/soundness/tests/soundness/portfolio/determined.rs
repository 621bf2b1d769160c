//! Nullity zero, no surviving mutation, no sum that may wrap but those that are not sums.

use super::cases::{cases, findings, record};

#[test]
fn portfolio_accounts_are_determined_and_no_mutation_survives() {
    for (name, case) in cases() {
        let recorded = record(&case);
        assert_eq!(recorded.failures(), vec![], "{name}");
        assert_eq!(findings(&recorded), Vec::<String>::new(), "{name}");
    }
}
