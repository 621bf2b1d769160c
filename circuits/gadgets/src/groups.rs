//! Sums per settle group: adds an amount to the one of four sums that a hidden code names.
//!
//! ```text
//!            aux 0..4      aux 4
//! row 0  q   sums in       amount
//! row 1      sums out      code
//! ```
//!
//! The caller constrains the code to 0, 1, 2 or 3.

use crate::Columns;
use crate::halo2::*;
use zkmargin_model::widths::MAX_SETTLE_GROUPS;

/// Settle groups.
pub const GROUPS: usize = MAX_SETTLE_GROUPS;

/// Sum per group.
pub type Sums = [FieldCell; GROUPS];

/// Group sums configuration.
#[derive(Clone, Debug)]
pub struct GroupsConfig {
    columns: Columns,
    q_groups: Selector,
}

/// Lagrange polynomial over `0 .. 4`: one where `code = group`, zero at the other three codes.
pub fn indicator(code: Expression<Fp>, group: usize) -> Expression<Fp> {
    let at = Fp::from(group as u64);
    let others = (0..GROUPS).filter(|g| *g != group).map(|g| Fp::from(g as u64));
    let denominator: Fp = others.clone().map(|other| at - other).product();
    // The denominator is a product of non-zero differences of distinct small integers.
    let scale = denominator.invert().unwrap_or(Fp::ZERO);
    others.fold(Expression::Constant(scale), |product, other| {
        product * (code.clone() - Expression::Constant(other))
    })
}

/// Zero exactly when the code is one of `0 .. 4`.
pub fn is_code(code: Expression<Fp>) -> Expression<Fp> {
    (1..GROUPS).fold(code.clone(), |product, g| {
        product * (code.clone() - Expression::Constant(Fp::from(g as u64)))
    })
}

impl GroupsConfig {
    /// Creates the gate.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns) -> Self {
        let q_groups = meta.selector();
        let aux = columns.aux;
        meta.create_gate("group sums", |meta| {
            let q = meta.query_selector(q_groups);
            let amount = meta.query_advice(aux[4], Rotation::cur());
            let code = meta.query_advice(aux[4], Rotation::next());
            let constraints: Vec<_> = (0..GROUPS)
                .map(|g| {
                    let sum_in = meta.query_advice(aux[g], Rotation::cur());
                    let sum_out = meta.query_advice(aux[g], Rotation::next());
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
        let aux = &self.columns.aux;
        let amount = amount.copy_advice(|| "amount", region, aux[4], offset)?;
        let code = code.copy_advice(|| "code", region, aux[4], offset + 1)?;
        let mut out = Vec::with_capacity(GROUPS);
        for g in 0..GROUPS {
            let sum_in = match sums {
                Some(sums) => sums[g].copy_advice(|| "sum in", region, aux[g], offset)?,
                None => {
                    region.assign_advice_from_constant(|| "sum in", aux[g], offset, Fp::ZERO)?
                }
            };
            let value = sum_in
                .value()
                .zip(amount.value())
                .zip(code.value())
                .map(|((s, a), code)| if *code == Fp::from(g as u64) { *s + a } else { *s });
            out.push(region.assign_advice(|| "sum out", aux[g], offset + 1, || value)?);
        }
        self.q_groups.enable(region, offset)?;
        out.try_into().map_err(|_| Error::Synthesis)
    }
}
