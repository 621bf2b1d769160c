//! Sums per settle group: adds an amount to the one of four sums that a hidden code names.
//!
//! ```text
//! row   aux 0      aux 1      aux 2      aux 3      aux 4
//! 0  q  sum 0 in   sum 1 in   sum 2 in   sum 3 in   amount
//! 1     sum 0 out  sum 1 out  sum 2 out  sum 3 out  code
//! ```
//!
//! The caller constrains the code to 0, 1, 2 or 3.

use crate::Columns;
use crate::cell::{At, aux};
use crate::halo2::*;
use zkmargin_model::widths::SETTLE_QUAD;

/// Settle groups whose sums are side by side.
pub const GROUPS: usize = SETTLE_QUAD;

const AMOUNT: At = aux("amount", 4, 0);
const CODE: At = aux("code", 4, 1);
const SUMS_IN: [At; GROUPS] =
    [aux("sum 0 in", 0, 0), aux("sum 1 in", 1, 0), aux("sum 2 in", 2, 0), aux("sum 3 in", 3, 0)];
const SUMS_OUT: [At; GROUPS] = [
    aux("sum 0 out", 0, 1),
    aux("sum 1 out", 1, 1),
    aux("sum 2 out", 2, 1),
    aux("sum 3 out", 3, 1),
];

/// The gate's row.
pub const GATE: usize = 0;

/// All cells.
pub const CELLS: [&[At]; 3] = [&[AMOUNT, CODE], &SUMS_IN, &SUMS_OUT];

/// Sum per group.
pub type Sums = [FieldCell; GROUPS];

/// Group sums configuration.
#[derive(Clone, Debug)]
pub struct GroupsConfig {
    columns: Columns,
    q_groups: Selector,
}

/// [`indicator_of`] over `0 .. 4`.
pub fn indicator(code: Expression<Fp>, group: usize) -> Expression<Fp> {
    indicator_of(code, group, GROUPS)
}

/// Lagrange polynomial over `0 .. count`: one where `code = group`, zero at the other codes.
pub fn indicator_of(code: Expression<Fp>, group: usize, count: usize) -> Expression<Fp> {
    let at = Fp::from(group as u64);
    let others = (0..count).filter(|g| *g != group).map(|g| Fp::from(g as u64));
    let denominator: Fp = others.clone().map(|other| at - other).product();
    // The denominator is a product of non-zero differences of distinct small integers.
    let scale = denominator.invert().unwrap_or(Fp::ZERO);
    others.fold(Expression::Constant(scale), |product, other| {
        product * (code.clone() - Expression::Constant(other))
    })
}

/// Zero exactly when the code is one of `0 .. 4`.
pub fn is_code(code: Expression<Fp>) -> Expression<Fp> {
    is_one_of(code, GROUPS)
}

/// Zero exactly when the code is one of `0 .. count`.
pub fn is_one_of(code: Expression<Fp>, count: usize) -> Expression<Fp> {
    (1..count).fold(code.clone(), |product, g| {
        product * (code.clone() - Expression::Constant(Fp::from(g as u64)))
    })
}

impl GroupsConfig {
    /// Creates the gate.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns) -> Self {
        let q_groups = meta.selector();
        meta.create_gate("group sums", |meta| {
            let q = meta.query_selector(q_groups);
            let [amount, code] = columns.query_all(meta, [AMOUNT, CODE], GATE);
            let constraints: Vec<_> = (0..GROUPS)
                .map(|g| {
                    let [sum_in, sum_out] =
                        columns.query_all(meta, [SUMS_IN[g], SUMS_OUT[g]], GATE);
                    let added = indicator(code.clone(), g) * amount.clone();
                    ("sum out = sum in + [code = group] amount", sum_in + added - sum_out)
                })
                .collect();
            Constraints::with_selector(q, constraints)
        });
        Self { columns: columns.clone(), q_groups }
    }

    /// Adds `amount` to the sum of group `code` on rows `offset` and `offset + 1`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        sums: Option<&Sums>,
        amount: &FieldCell,
        code: &FieldCell,
    ) -> Result<Sums, Error> {
        let columns = &self.columns;
        let amount = columns.copy(region, offset, AMOUNT, amount)?;
        let code = columns.copy(region, offset, CODE, code)?;
        let mut out = Vec::with_capacity(GROUPS);
        for g in 0..GROUPS {
            let before = sums.map(|sums| &sums[g]);
            let sum_in = columns.copy_or_constant(region, offset, SUMS_IN[g], before, Fp::ZERO)?;
            let value = sum_in
                .value()
                .zip(amount.value())
                .zip(code.value())
                .map(|((s, a), code)| if *code == Fp::from(g as u64) { *s + a } else { *s });
            out.push(columns.assign(region, offset, SUMS_OUT[g], value)?);
        }
        self.q_groups.enable(region, offset + GATE)?;
        out.try_into().map_err(|_| Error::Synthesis)
    }
}
