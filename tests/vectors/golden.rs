//! The project's own hand-checked cases.

use crate::report::say;
use num_bigint::BigInt;
use zkmargin_model::rule::{Margin, Profile, margin};
use zkmargin_tests::{GoldenCase, GoldenExpected, load_golden};

fn check(case: &GoldenCase) {
    let name = &case.name;
    let got = margin(&case.account, &case.market);
    let (got, expected) = match (got, &case.expected) {
        (Err(got), GoldenExpected::Error(expected)) => return assert_eq!(&got, expected, "{name}"),
        (Ok(got), expected @ GoldenExpected::Figures { .. }) => (got, expected),
        (got, expected) => panic!("{name}: {got:?}, expected {expected:?}"),
    };
    let GoldenExpected::Figures {
        equity,
        maintenance,
        pnl,
        requirements,
        rows,
        collateral,
        claims,
        exact,
    } = expected
    else {
        return;
    };
    let of = |f: fn(&Margin) -> Vec<BigInt>| f(&got);
    assert_eq!(&of(|m| m.positions.iter().map(|p| p.pnl.clone()).collect()), pnl, "{name}: pnl");
    assert_eq!(got.positions.iter().map(|p| p.row).collect::<Vec<_>>(), *rows, "{name}: rows");
    let each = of(|m| m.positions.iter().map(|p| p.requirement.clone()).collect());
    assert_eq!(&each, requirements, "{name}: requirements");
    let each = of(|m| m.assets.iter().map(|a| a.collateral.clone()).collect());
    assert_eq!(&each, collateral, "{name}: collateral values");
    assert_eq!(&got.equity, equity, "{name}: equity");
    assert_eq!(&got.maintenance, maintenance, "{name}: maintenance");
    assert_eq!(case.market.profile().is_ok_and(Profile::is_exact), *exact, "{name}: exact");
    assert!(!claims.is_empty(), "{name}: a case makes a claim");
    for (claim, holds) in claims {
        assert_eq!(got.meets(claim, &case.market), *holds, "{name}: {claim:?}");
    }
}

#[test]
fn golden_cases() {
    let cases = load_golden().unwrap_or_else(|e| panic!("{e}"));
    cases.iter().for_each(check);
    assert!(cases.iter().all(|c| !c.why.is_empty()), "each case says why");
    say(&format!("golden: ran {} cases", cases.len()));
    assert!(cases.len() >= 15, "golden cases went missing");
}
