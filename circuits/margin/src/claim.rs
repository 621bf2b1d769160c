//! The claim: the last rows of the margin region.
//!
//! ```text
//! row     aux 0        aux 1        aux 2   aux 3    aux 4
//! 0       E            MM           level   strict   surplus
//! 1       E            floor        0       registry above floor
//! 2..6    surplus is not negative
//! 7..11   above floor is not negative
//! ```

use crate::valuation::Valuation;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::compare::{self, CompareConfig};
use zkmargin_gadgets::halo2::*;

const BASIS_POINTS: u64 = 10_000;

/// Claim configuration.
#[derive(Clone, Debug)]
pub struct ClaimConfig {
    columns: Columns,
    compare: CompareConfig,
    q_level: Selector,
    q_floor: Selector,
}

/// Cells that the caller equates with public inputs.
#[derive(Clone, Debug)]
pub struct ClaimCells {
    /// Level in basis points.
    pub level: FieldCell,
    /// Equity floor.
    pub floor: FieldCell,
    /// Registry that the account's ids rely on.
    pub registry: FieldCell,
    /// Constant zero, for the public inputs that this circuit does not use.
    pub zero: FieldCell,
}

impl ClaimConfig {
    /// Creates the claim's gates.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        compare: &CompareConfig,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            compare: compare.clone(),
            q_level: meta.selector(),
            q_floor: meta.selector(),
        };
        let aux = columns.aux;
        let cur = Rotation::cur();
        meta.create_gate("claim level", |meta| {
            let q = meta.query_selector(config.q_level);
            let [equity, maintenance, level, strict, surplus] =
                aux.map(|column| meta.query_advice(column, cur));
            let expected = equity * Fp::from(BASIS_POINTS) - maintenance * level - strict;
            Constraints::with_selector(
                q,
                [("surplus = 10000 E - level MM - strict", expected - surplus)],
            )
        });
        meta.create_gate("equity floor", |meta| {
            let q = meta.query_selector(config.q_floor);
            let equity = meta.query_advice(aux[0], cur);
            let floor = meta.query_advice(aux[1], cur);
            let above = meta.query_advice(aux[4], cur);
            Constraints::with_selector(q, [("above floor = E - floor", equity - floor - above)])
        });
        config
    }

    /// Assigns the claim from `offset` on.
    ///
    /// # Errors
    /// From the layouter.
    #[allow(clippy::too_many_arguments)] // Each is an input of the layout above.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        valuation: &Valuation,
        equality_is_healthy: bool,
        level: Value<Fp>,
        floor: Value<Fp>,
        registry: Value<Fp>,
    ) -> Result<ClaimCells, Error> {
        let aux = &self.columns.aux;
        let row = offset;
        let equity = valuation.equity.copy_advice(|| "E", region, aux[0], row)?;
        let maintenance = valuation.maintenance.copy_advice(|| "MM", region, aux[1], row)?;
        let level = region.assign_advice(|| "level", aux[2], row, || level)?;
        let strict = Fp::from(u64::from(!equality_is_healthy));
        let strict = region.assign_advice_from_constant(|| "strict", aux[3], row, strict)?;
        let surplus =
            equity.value().zip(maintenance.value()).zip(level.value()).zip(strict.value()).map(
                |(((equity, maintenance), level), strict)| {
                    *equity * Fp::from(BASIS_POINTS) - *maintenance * level - strict
                },
            );
        let surplus = region.assign_advice(|| "surplus", aux[4], row, || surplus)?;
        self.q_level.enable(region, row)?;

        let row = offset + 1;
        let equity = valuation.equity.copy_advice(|| "E", region, aux[0], row)?;
        let floor = region.assign_advice(|| "floor", aux[1], row, || floor)?;
        let registry = region.assign_advice(|| "registry", aux[3], row, || registry)?;
        let zero = region.assign_advice_from_constant(|| "zero", aux[2], row, Fp::ZERO)?;
        let above = equity.value().zip(floor.value()).map(|(equity, floor)| *equity - floor);
        let above = region.assign_advice(|| "above floor", aux[4], row, || above)?;
        self.q_floor.enable(region, row)?;

        self.compare.assign(region, offset + 2, &surplus)?;
        self.compare.assign(region, offset + 2 + compare::ROWS, &above)?;
        Ok(ClaimCells { level, floor, registry, zero })
    }
}
