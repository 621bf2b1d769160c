//! Group sums in isolation: 5 to group 2, then 7 to group 0, on rows 0 and 2.

use crate::support::*;
use zkmargin_gadgets::groups::{GROUPS, indicator, is_code};
use zkmargin_gadgets::halo2::*;

fn sums(g: &Gadgets, region: &mut Region<'_, Fp>) -> Result<(), Error> {
    let mut sums = None;
    for (i, (amount, code)) in [(5u64, 2u64), (7, 0)].into_iter().enumerate() {
        let amount = g.input(region, 2 * i, Fp::from(amount))?;
        let code = g.input(region, 2 * i + 1, Fp::from(code))?;
        sums = Some(g.groups.assign(region, 2 * i, sums.as_ref(), &amount, &code)?);
    }
    Ok(())
}

#[test]
fn honest_sums() {
    assert_eq!(run(sums, &[]), Ok(()));
}

#[test]
fn every_sum_is_constrained() {
    for group in 0..GROUPS {
        let outcome = run(sums, &[(At::Aux(group), 3, Fp::from(99))]);
        refused(outcome, "sum out = sum in + [code = group] amount");
    }
}

#[test]
fn inputs_enter_by_copy() {
    for (column, row) in [(4, 0), (4, 1), (0, 2), (1, 2), (2, 2), (3, 2), (0, 0)] {
        refused(run(sums, &[(At::Aux(column), row, Fp::from(98))]), "Permutation");
    }
}

#[test]
fn indicators_and_codes() {
    let value = |expression: Expression<Fp>| {
        expression.evaluate(
            &|constant| constant,
            &|_| unreachable!("only constants"),
            &|_| unreachable!("only constants"),
            &|_| unreachable!("only constants"),
            &|_| unreachable!("only constants"),
            &|x: Fp| -x,
            &|a, b| a + b,
            &|a, b| a * b,
            &|a, scale| a * scale,
        )
    };
    for code in 0..6u64 {
        let at = Expression::Constant(Fp::from(code));
        assert_eq!(value(is_code(at.clone())) == Fp::ZERO, code < GROUPS as u64);
        for group in 0..GROUPS {
            if code < GROUPS as u64 {
                let expected = Fp::from(u64::from(code == group as u64));
                assert_eq!(value(indicator(at.clone(), group)), expected);
            }
        }
    }
}
