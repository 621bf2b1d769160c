//! Nullity zero, no surviving mutation, no sum that may wrap but those that are not sums.

use super::cases::{cases, record};
use crate::circuit::cases::findings;

/// What the width check cannot see, with the reason.
const NOT_SUMS: [(&str, &str); 2] = [
    (
        "largest of several: product out = product in slack",
        "a product of slacks is compared with zero only, and a field has no divisors of zero",
    ),
    (
        "portfolio claim level: surplus = 10000 E scale den - level MM - strict",
        "a requirement that is the largest of several has the width of one of them, not of its slack",
    ),
];

#[test]
fn portfolio_accounts_are_determined_and_no_mutation_survives() {
    for (name, case) in cases() {
        let recorded = record(&case);
        assert_eq!(recorded.failures(), vec![], "{name}");
        let mut findings = findings(&recorded);
        findings.retain(|f| NOT_SUMS.iter().all(|(sum, _)| *f != format!("may wrap: {sum}")));
        assert_eq!(findings, Vec::<String>::new(), "{name}");
    }
}
