//! The claim: the last rows of the margin region.
//!
//! ```text
//! row     aux 0        aux 1        aux 2   aux 3    aux 4
//! 0       inclusions per settle group
//! 1       profit and loss per settle group
//! 2       E            MM           level   strict   surplus
//! 3       E            floor        0       registry above floor
//! 4..8    surplus is not negative
//! 9..13   above floor is not negative
//! ```

use crate::asset::AssetCells;
use crate::position::PositionCells;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::compare::{self, CompareConfig};
use zkmargin_gadgets::groups::GROUPS;
use zkmargin_gadgets::halo2::*;

/// Rows of the claim.
pub const ROWS: usize = 4 + 2 * compare::ROWS;

const BASIS_POINTS: u64 = 10_000;

/// Claim configuration.
#[derive(Clone, Debug)]
pub struct ClaimConfig {
    columns: Columns,
    compare: CompareConfig,
    q_included: Selector,
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
            q_included: meta.selector(),
            q_level: meta.selector(),
            q_floor: meta.selector(),
        };
        let aux = columns.aux;
        let (cur, next) = (Rotation::cur(), Rotation::next());
        meta.create_gate("all profit and loss is included", |meta| {
            let q = meta.query_selector(config.q_included);
            let constraints: Vec<_> = (0..GROUPS)
                .map(|g| {
                    let included = meta.query_advice(aux[g], cur);
                    let pnl = meta.query_advice(aux[g], next);
                    let left_out = Expression::Constant(Fp::ONE) - included;
                    ("a group left out has no pnl", left_out * pnl)
                })
                .collect();
            Constraints::with_selector(q, constraints)
        });
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
        positions: &PositionCells,
        assets: &AssetCells,
        equality_is_healthy: bool,
        level: Value<Fp>,
        floor: Value<Fp>,
        registry: Value<Fp>,
    ) -> Result<ClaimCells, Error> {
        let aux = &self.columns.aux;
        for ((column, included), pnl) in aux.iter().zip(&assets.included).zip(&positions.settled) {
            included.copy_advice(|| "included", region, *column, offset)?;
            pnl.copy_advice(|| "pnl", region, *column, offset + 1)?;
        }
        self.q_included.enable(region, offset)?;

        let row = offset + 2;
        let equity = assets.equity.copy_advice(|| "E", region, aux[0], row)?;
        let maintenance = positions.maintenance.copy_advice(|| "MM", region, aux[1], row)?;
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

        let row = offset + 3;
        let equity = assets.equity.copy_advice(|| "E", region, aux[0], row)?;
        let floor = region.assign_advice(|| "floor", aux[1], row, || floor)?;
        let registry = region.assign_advice(|| "registry", aux[3], row, || registry)?;
        let zero = region.assign_advice_from_constant(|| "zero", aux[2], row, Fp::ZERO)?;
        let above = equity.value().zip(floor.value()).map(|(equity, floor)| *equity - floor);
        let above = region.assign_advice(|| "above floor", aux[4], row, || above)?;
        self.q_floor.enable(region, row)?;

        self.compare.assign(region, offset + 4, &surplus)?;
        self.compare.assign(region, offset + 4 + compare::ROWS, &above)?;
        Ok(ClaimCells { level, floor, registry, zero })
    }
}
