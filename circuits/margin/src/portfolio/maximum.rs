//! The largest of several numbers, exactly.
//!
//! ```text
//! row      limbs       aux 0        aux 1  aux 2  aux 3       aux 4
//! 0        slack (0-)                                         slack
//! ..       slack                                              slack
//! n - 2    slack       m            x      mask   product in  slack
//! n - 1 q  slack       product out                            slack
//! ```
//!
//! One block of rows for each number: `slack = m - mask x` is a word, so `m` is at least each number, and the product of all
//! slacks, which begins with 1, ends as 0, so `m` is one of them. A slack is an integer far below the modulus: a product
//! that is zero has a factor that is zero. Where the mask is 0, so is the number.

use super::columns::PortfolioColumns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::long::{self, LongConfig};

// Cells, counted from the row above the gate.
const M: At = aux("m", 0, 0);
const X: At = aux("x", 1, 0);
const MASK: At = aux("mask", 2, 0);
const PRODUCT_IN: At = aux("product in", 3, 0);
const PRODUCT_OUT: At = aux("product out", 0, 1);
const SLACK: At = aux("slack", 4, 1);

/// Row of the gate, counted as the cells are.
const GATE: usize = 1;

/// Rows of the largest of `count` numbers with slacks of `limbs` limbs.
pub(crate) const fn rows(limbs: usize, count: usize) -> usize {
    count * long::rows(limbs)
}

/// A number among those compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number<'a> {
    /// Zero.
    Zero,
    /// A cell, times the mask.
    Cell(&'a FieldCell),
}

/// Configuration of the largest of several.
#[derive(Clone, Debug)]
pub(crate) struct MaximumConfig {
    columns: PortfolioColumns,
    long: LongConfig,
    q_slack: Selector,
}

impl MaximumConfig {
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &PortfolioColumns,
        long: &LongConfig,
    ) -> Self {
        let q_slack = meta.complex_selector();
        meta.create_gate("largest of several", |meta| {
            let q = meta.query_selector(q_slack);
            let [m, x, mask, product_in, product_out, slack] =
                columns.shared.query_all(meta, [M, X, MASK, PRODUCT_IN, PRODUCT_OUT, SLACK], GATE);
            Constraints::with_selector(
                q,
                [
                    ("slack = m - mask x", m - mask * x - slack.clone()),
                    ("product out = product in slack", product_in * slack - product_out),
                ],
            )
        });
        Self { columns: columns.clone(), long: long.clone(), q_slack }
    }

    /// Proves that `m`, the prover's, is the largest of the numbers, on [`rows`] rows from `offset` on.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        limbs: usize,
        numbers: &[Number<'_>],
        mask: &FieldCell,
        m: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let shared = &self.columns.shared;
        let rows = long::rows(limbs);
        let mut largest: Option<FieldCell> = None;
        let mut product: Option<FieldCell> = None;
        for (at, number) in numbers.iter().enumerate() {
            let offset = offset + at * rows;
            let cells = offset + rows - 1 - GATE;
            let m = match &largest {
                Some(m) => shared.copy(region, cells, M, m)?,
                None => shared.assign(region, cells, M, m)?,
            };
            let x = match number {
                Number::Zero => shared.constant(region, cells, X, Fp::ZERO)?,
                Number::Cell(x) => shared.copy(region, cells, X, x)?,
            };
            let mask = shared.copy(region, cells, MASK, mask)?;
            let before = product.as_ref();
            let before = shared.copy_or_constant(region, cells, PRODUCT_IN, before, Fp::ONE)?;
            let slack = m.value().zip(mask.value()).zip(x.value());
            let slack = slack.map(|((m, mask), x)| *m - *mask * x);
            self.long.assign(region, offset, limbs, slack)?;
            let after = before.value().zip(slack).map(|(before, slack)| *before * slack);
            product = Some(shared.assign(region, cells, PRODUCT_OUT, after)?);
            self.q_slack.enable(region, cells + GATE)?;
            largest.get_or_insert(m);
        }
        let product = product.ok_or(Error::Synthesis)?;
        region.constrain_constant(product.cell(), Fp::ZERO)?;
        largest.ok_or(Error::Synthesis)
    }
}
