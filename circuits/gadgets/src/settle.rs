//! Sums of one quad of settle groups: adds amounts, three at a time, each to the sum at its place.
//!
//! ```text
//! row   aux 0      aux 1      aux 2      aux 3      aux 4
//! 0     sum 0 in   sum 1 in   sum 2 in   sum 3 in   amount 0
//! 1  q  place 0    amount 1   place 1    amount 2   place 2
//! 2     sum 0 out  sum 1 out  sum 2 out  sum 3 out
//! ```
//!
//! The sums of one step are those with which the next one starts, on the same row. The first sums are zero, and so are
//! amounts that are left of the last step. The caller constrains places to 0, 1, 2 or 3.

use crate::Columns;
use crate::cell::{At, aux};
use crate::groups::{GROUPS, Sums, indicator};
use crate::halo2::*;

/// Amounts in a step.
const AMOUNTS: usize = 3;

const SUMS_IN: [At; GROUPS] =
    [aux("sum 0 in", 0, 0), aux("sum 1 in", 1, 0), aux("sum 2 in", 2, 0), aux("sum 3 in", 3, 0)];
const SUMS_OUT: [At; GROUPS] = [
    aux("sum 0 out", 0, STEP),
    aux("sum 1 out", 1, STEP),
    aux("sum 2 out", 2, STEP),
    aux("sum 3 out", 3, STEP),
];
const AMOUNT: [At; AMOUNTS] = [aux("amount 0", 4, 0), aux("amount 1", 1, 1), aux("amount 2", 3, 1)];
const PLACE: [At; AMOUNTS] = [aux("place 0", 0, 1), aux("place 1", 2, 1), aux("place 2", 4, 1)];

/// Rows from one step to the next.
const STEP: usize = 2;

/// The gate's row.
pub const GATE: usize = 1;

/// All cells of a step.
pub const CELLS: [&[At]; 4] = [&SUMS_IN, &SUMS_OUT, &AMOUNT, &PLACE];

/// Rows of the sums of this many amounts: those of the steps, and one for the last sums.
pub const fn rows(amounts: usize) -> usize {
    amounts.div_ceil(AMOUNTS) * STEP + 1
}

/// Configuration of the sums.
#[derive(Clone, Debug)]
pub struct SettleConfig {
    columns: Columns,
    q_settle: Selector,
}

impl SettleConfig {
    /// Creates the gate.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns) -> Self {
        let q_settle = meta.selector();
        meta.create_gate("sums of a quad", |meta| {
            let q = meta.query_selector(q_settle);
            let amounts = columns.query_all(meta, AMOUNT, GATE);
            let places = columns.query_all(meta, PLACE, GATE);
            let constraints: Vec<_> = (0..GROUPS)
                .map(|g| {
                    let [sum_in, sum_out] =
                        columns.query_all(meta, [SUMS_IN[g], SUMS_OUT[g]], GATE);
                    let each = amounts.iter().zip(&places);
                    let sum = each.fold(sum_in, |sum, (amount, place)| {
                        sum + indicator(place.clone(), g) * amount.clone()
                    });
                    ("sum out = sum in + each [place = group] amount", sum - sum_out)
                })
                .collect();
            Constraints::with_selector(q, constraints)
        });
        Self { columns: columns.clone(), q_settle }
    }

    /// Assigns the sums of amounts with their places on [`rows`] rows from `offset` on, and returns the last ones.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        amounts: &[[&FieldCell; 2]],
    ) -> Result<Sums, Error> {
        let columns = &self.columns;
        let first = SUMS_IN.map(|at| columns.constant(region, offset, at, Fp::ZERO));
        let mut sums = first.into_iter().collect::<Result<Vec<_>, _>>()?;
        for (step, of_step) in amounts.chunks(AMOUNTS).enumerate() {
            let row = offset + step * STEP;
            let mut added: [Value<Fp>; GROUPS] = std::array::from_fn(|g| sums[g].value().copied());
            for at in 0..AMOUNTS {
                let of = of_step.get(at);
                let [amount, place] = [AMOUNT, PLACE].map(|cells| cells[at]);
                let amount = columns.copy_or_constant(
                    region,
                    row,
                    amount,
                    of.map(|[amount, _]| *amount),
                    Fp::ZERO,
                )?;
                let place = columns.copy_or_constant(
                    region,
                    row,
                    place,
                    of.map(|[_, place]| *place),
                    Fp::ZERO,
                )?;
                for (g, sum) in added.iter_mut().enumerate() {
                    *sum =
                        sum.zip(amount.value()).zip(place.value()).map(|((sum, amount), place)| {
                            if *place == Fp::from(g as u64) { sum + amount } else { sum }
                        });
                }
            }
            self.q_settle.enable(region, row + GATE)?;
            for (g, sum) in added.into_iter().enumerate() {
                sums[g] = columns.assign(region, row, SUMS_OUT[g], sum)?;
            }
        }
        sums.try_into().map_err(|_| Error::Synthesis)
    }
}
