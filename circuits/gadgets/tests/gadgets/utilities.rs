//! Expressions that say the same as those of `halo2_gadgets::utilities`.

use halo2_gadgets::utilities::{bool_check, range_check};
use zkmargin_gadgets::cell::is_boolean;
use zkmargin_gadgets::groups::is_one_of;
use zkmargin_gadgets::halo2::*;

/// An expression that is no constant, in both forms of one circuit.
fn with_cell<T>(use_cell: impl FnOnce(Expression<Fp>) -> T) -> T {
    let mut meta = ConstraintSystem::<Fp>::default();
    let (column, selector) = (meta.advice_column(), meta.selector());
    let mut used = None;
    meta.create_gate("cell", |meta| {
        let cell = meta.query_advice(column, Rotation::cur());
        used = Some(use_cell(cell.clone()));
        Constraints::with_selector(meta.query_selector(selector), [("cell", cell)])
    });
    used.expect("the gate is made")
}

/// The form is part of a key's identity, so it is compared, not only the value.
#[test]
fn a_bit_is_checked_by_the_same_expression() {
    let [ours, theirs] = with_cell(|cell| [is_boolean(&cell), bool_check(cell)]);
    assert_eq!(format!("{ours:?}"), format!("{theirs:?}"));
}

/// The same numbers pass; the factors here have the other sign.
#[test]
fn a_code_is_checked_by_the_same_numbers() {
    for code in 0..9u64 {
        let constant = || Expression::Constant(Fp::from(code));
        let value = |checked: Expression<Fp>| -> Fp {
            checked.evaluate(
                &|constant| constant,
                &|_| unreachable!("no selector"),
                &|_| unreachable!("no fixed cell"),
                &|_| unreachable!("no advice cell"),
                &|_| unreachable!("no instance cell"),
                &|x: Fp| -x,
                &|x: Fp, y: Fp| x + y,
                &|x: Fp, y: Fp| x * y,
                &|x: Fp, factor: Fp| x * factor,
            )
        };
        for count in [2, 4, 8] {
            let [ours, theirs] = [is_one_of(constant(), count), range_check(constant(), count)];
            let is_zero = |checked| value(checked) == Fp::ZERO;
            assert_eq!(
                (is_zero(ours), is_zero(theirs)),
                (code < count as u64, code < count as u64)
            );
        }
    }
}
