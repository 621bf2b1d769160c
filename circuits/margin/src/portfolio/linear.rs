//! Products and running sums, one to a row.
//!
//! ```text
//! row  aux 0  aux 1  aux 2
//! 0 q  in     x      out     out = in + k x, where k is fixed
//!
//! row  aux 0  aux 1  aux 2   aux 3
//! 0 q  in     x      factor  out     out = in + x factor
//! ```

use super::columns::PortfolioColumns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;

/// Rows of either.
pub(crate) const ROWS: usize = 1;

const IN: At = aux("in", 0, 0);
const X: At = aux("x", 1, 0);
const MULTIPLE: At = aux("out", 2, 0);
const FACTOR: At = aux("factor", 2, 0);
const PRODUCT: At = aux("out", 3, 0);

/// The gates' row.
const GATE: usize = 0;

/// Configuration of sums.
#[derive(Clone, Debug)]
pub(crate) struct LinearConfig {
    columns: PortfolioColumns,
    q_multiple: Selector,
    q_product: Selector,
}

impl LinearConfig {
    pub(crate) fn configure(meta: &mut ConstraintSystem<Fp>, columns: &PortfolioColumns) -> Self {
        let (q_multiple, q_product) = (meta.selector(), meta.selector());
        let shared = &columns.shared;
        meta.create_gate("sum with a multiple", |meta| {
            let q = meta.query_selector(q_multiple);
            let [before, x, after] = shared.query_all(meta, [IN, X, MULTIPLE], GATE);
            let [k] = columns.parameters(meta);
            Constraints::with_selector(q, [("out = in + k x", before + k * x - after)])
        });
        meta.create_gate("sum with a product", |meta| {
            let q = meta.query_selector(q_product);
            let [before, x, factor, after] = shared.query_all(meta, [IN, X, FACTOR, PRODUCT], GATE);
            Constraints::with_selector(q, [("out = in + x factor", before + x * factor - after)])
        });
        Self { columns: columns.clone(), q_multiple, q_product }
    }

    /// Adds `k x` on row `offset`, to zero where nothing is before.
    pub(crate) fn multiple(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        before: Option<&FieldCell>,
        x: &FieldCell,
        k: Fp,
    ) -> Result<FieldCell, Error> {
        let shared = &self.columns.shared;
        let before = shared.copy_or_constant(region, offset, IN, before, Fp::ZERO)?;
        let x = shared.copy(region, offset, X, x)?;
        self.columns.fix(region, offset + GATE, &[k])?;
        self.q_multiple.enable(region, offset + GATE)?;
        let after = before.value().zip(x.value()).map(|(before, x)| *before + k * x);
        shared.assign(region, offset, MULTIPLE, after)
    }

    /// Adds `x factor` on row `offset`, to zero where nothing is before.
    pub(crate) fn product(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        before: Option<&FieldCell>,
        x: &FieldCell,
        factor: &FieldCell,
    ) -> Result<FieldCell, Error> {
        let shared = &self.columns.shared;
        let before = shared.copy_or_constant(region, offset, IN, before, Fp::ZERO)?;
        let x = shared.copy(region, offset, X, x)?;
        let factor = shared.copy(region, offset, FACTOR, factor)?;
        self.q_product.enable(region, offset + GATE)?;
        let after = before.value().zip(x.value()).zip(factor.value());
        let after = after.map(|((before, x), factor)| *before + *x * factor);
        shared.assign(region, offset, PRODUCT, after)
    }
}
