//! What an account is worth and must keep, whatever computed it; and that the linear rule left nothing out.
//!
//! ```text
//! row     aux 0 .. 4
//! 0       inclusions per settle group
//! 1       profit and loss per settle group
//! ```

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::groups::{GROUPS, Sums};
use zkmargin_gadgets::halo2::*;

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
        let aux = columns.aux;
        meta.create_gate("all profit and loss is included", |meta| {
            let q = meta.query_selector(config.q_included);
            let constraints: Vec<_> = (0..GROUPS)
                .map(|g| {
                    let included = meta.query_advice(aux[g], Rotation::cur());
                    let pnl = meta.query_advice(aux[g], Rotation::next());
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
        for ((column, included), pnl) in self.columns.aux.iter().zip(included).zip(profits) {
            included.copy_advice(|| "included", region, *column, offset)?;
            pnl.copy_advice(|| "pnl", region, *column, offset + 1)?;
        }
        self.q_included.enable(region, offset)
    }
}
