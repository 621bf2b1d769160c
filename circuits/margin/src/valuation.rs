//! What an account is worth and must hold, however it was computed; and the check that the linear rule left nothing
//! out.
//!
//! ```text
//! row  aux 0       aux 1       aux 2       aux 3
//! 0    included 0  included 1  included 2  included 3
//! 1    pnl 0       pnl 1       pnl 2       pnl 3
//! ```

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::groups::{GROUPS, Sums};
use zkmargin_gadgets::halo2::*;

/// How often each settle group's profit and loss was included in the equity: 0 or 1.
const INCLUDED: [At; GROUPS] = [
    aux("included 0", 0, 0),
    aux("included 1", 1, 0),
    aux("included 2", 2, 0),
    aux("included 3", 3, 0),
];
/// Profit and loss of the positions, per settle group.
const PROFITS: [At; GROUPS] =
    [aux("pnl 0", 0, 1), aux("pnl 1", 1, 1), aux("pnl 2", 2, 1), aux("pnl 3", 3, 1)];

/// The gate's row.
const GATE: usize = 0;

/// Equity and maintenance margin, as the claim and the margin commitment read them.
#[derive(Clone, Debug)]
pub struct Valuation {
    /// Equity, in margin units.
    pub equity: FieldCell,
    /// Maintenance margin, in margin units.
    pub maintenance: FieldCell,
}

/// Configuration of the check that all profit and loss is part of the equity.
#[derive(Clone, Debug)]
pub struct ValuationConfig {
    columns: Columns,
    q_included: Selector,
}

impl ValuationConfig {
    /// Creates the gate.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns) -> Self {
        let config = Self { columns: columns.clone(), q_included: meta.selector() };
        meta.create_gate("all profit and loss is included", |meta| {
            let q = meta.query_selector(config.q_included);
            let constraints: Vec<_> = (0..GROUPS)
                .map(|g| {
                    let [included, pnl] = columns.query_all(meta, [INCLUDED[g], PROFITS[g]], GATE);
                    let left_out = Expression::Constant(Fp::ONE) - included;
                    ("a group left out has no pnl", left_out * pnl)
                })
                .collect();
            Constraints::with_selector(q, constraints)
        });
        config
    }

    /// Assigns the check from `offset` on: how often each settle group was included, and its profit and loss.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        included: &Sums,
        profits: &Sums,
    ) -> Result<(), Error> {
        for g in 0..GROUPS {
            self.columns.copy(region, offset, INCLUDED[g], &included[g])?;
            self.columns.copy(region, offset, PROFITS[g], &profits[g])?;
        }
        self.q_included.enable(region, offset + GATE)
    }
}

/// All cells of the check.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[&INCLUDED, &PROFITS])
}
