//! The claim: the last rows of the margin region.
//!
//! ```text
//! row  limbs  aux 0         aux 1        aux 2    aux 3     aux 4
//! 0           E             MM           level    strict    beyond level
//! 1           E             floor        0        registry  above floor
//! 2    high   beyond level  deficient    surplus
//! 3    high
//! 4    low    high          surplus                         low
//! 5    low
//! 6    low
//! 7    high
//! 8    high
//! 9    low    high          above floor                     low
//! 10   low
//! 11   low
//! ```
//!
//! Rows 2 to 6 prove that the surplus is not negative, rows 7 to 11 the same for the amount above the floor. The surplus is
//! the equity beyond the level or, of a claim of deficiency, what is below zero of it, from -1 on. Where a book of which
//! nothing is required is healthy, what is beyond the level is that of one more row, in `exempt.rs`.

use crate::exempt::{self, ExemptConfig};
use crate::valuation::Valuation;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux, constant};
use zkmargin_gadgets::compare::{self, CompareConfig};
use zkmargin_gadgets::halo2::*;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::rule::Profile;

// First rows of the claim's comparisons.
pub(crate) const SURPLUS_ROWS: usize = 2;
const ABOVE_FLOOR_ROWS: usize = SURPLUS_ROWS + compare::ROWS;

/// Equity, in margin units: 209 bits and a sign.
const EQUITY: At = aux("E", 0, 0);
/// Maintenance margin, in margin units: 204 bits.
const MAINTENANCE: At = aux("MM", 1, 0);
/// Level, in basis points: 17 bits.
const LEVEL: At = aux("level", 2, 0);
/// 1 when equality is not healthy.
const STRICT: At = aux("strict", 3, 0);
/// Equity beyond the level, in margin units times 10,000: 225 bits and a sign.
const BEYOND: At = aux("beyond level", 4, 0);
/// The equity again, beside the floor.
const EQUITY_COPY: At = aux("E", 0, 1);
/// Minimum equity the claim allows, in margin units: 200 bits.
const FLOOR: At = aux("floor", 1, 1);
/// Zero, for public inputs that the circuit does not use.
const ZERO: At = aux("0", 2, 1);
/// Registry that the account's ids rely on: a field element.
const REGISTRY: At = aux("registry", 3, 1);
/// Equity above the floor, in margin units: 225 bits.
const ABOVE_FLOOR: At = aux("above floor", 4, 1);

/// What is beyond the level, or zero of an exempt book.
const BEYOND_COPY: At = aux("beyond level", 0, SURPLUS_ROWS);
/// 1 if the claim is of a deficiency.
const DEFICIENT: At = aux("deficient", 1, SURPLUS_ROWS);
/// What must not be negative: 225 bits.
const SURPLUS: At = aux("surplus", 2, SURPLUS_ROWS);

/// Rows without that of an exempt book.
const COMPARED: usize = ABOVE_FLOOR_ROWS + compare::ROWS;

/// Rows of the claim.
pub(crate) const fn rows(profile: Profile) -> usize {
    COMPARED + if profile.exempt { exempt::ROWS } else { 0 }
}

// Rows of the claim's gates.
const LEVEL_GATE: usize = 0;
const FLOOR_GATE: usize = 1;
const DIRECTION_GATE: usize = SURPLUS_ROWS;

/// Claim configuration.
#[derive(Clone, Debug)]
pub struct ClaimConfig {
    columns: Columns,
    compare: CompareConfig,
    exempt: Option<ExemptConfig>,
    q_level: Selector,
    q_floor: Selector,
    q_direction: Selector,
}

/// Cells that the caller equates with public inputs.
#[derive(Clone, Debug)]
pub struct ClaimCells {
    /// Level in basis points.
    pub level: FieldCell,
    /// Equity floor.
    pub floor: FieldCell,
    /// 1 if the claim is of a deficiency.
    pub deficient: FieldCell,
    /// Registry that the account's ids rely on.
    pub registry: FieldCell,
    /// Constant zero, for the public inputs that this circuit does not use.
    pub zero: FieldCell,
    /// Key of the isolated position that the claim names, where it names one.
    pub name: Option<FieldCell>,
}

impl ClaimConfig {
    /// Creates the claim's gates.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        compare: &CompareConfig,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            compare: compare.clone(),
            exempt: profile.exempt.then(|| ExemptConfig::configure(meta, columns)),
            q_level: meta.selector(),
            q_floor: meta.selector(),
            q_direction: meta.selector(),
        };
        meta.create_gate("claim level", |meta| {
            let q = meta.query_selector(config.q_level);
            let [equity, maintenance, level, strict, beyond] =
                columns.query_all(meta, [EQUITY, MAINTENANCE, LEVEL, STRICT, BEYOND], LEVEL_GATE);
            let expected = equity * Fp::from(u64::from(MARGIN_BPS)) - maintenance * level - strict;
            Constraints::with_selector(
                q,
                [("beyond level = 10000 E - level MM - strict", expected - beyond)],
            )
        });
        meta.create_gate("equity floor", |meta| {
            let q = meta.query_selector(config.q_floor);
            let [equity, floor, above] =
                columns.query_all(meta, [EQUITY_COPY, FLOOR, ABOVE_FLOOR], FLOOR_GATE);
            Constraints::with_selector(q, [("above floor = E - floor", equity - floor - above)])
        });
        meta.create_gate("claim direction", |meta| {
            let q = meta.query_selector(config.q_direction);
            let [beyond, deficient, surplus] =
                columns.query_all(meta, [BEYOND_COPY, DEFICIENT, SURPLUS], DIRECTION_GATE);
            let sign = constant(1) - deficient.clone() * Fp::from(2);
            Constraints::with_selector(
                q,
                [(
                    "surplus = (1 - 2 deficient) beyond level - deficient",
                    sign * beyond - deficient - surplus,
                )],
            )
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
        [level, floor, deficient]: [Value<Fp>; 3],
        registry: Value<Fp>,
    ) -> Result<ClaimCells, Error> {
        let columns = &self.columns;
        let equity = columns.copy(region, offset, EQUITY, &valuation.equity)?;
        let maintenance = columns.copy(region, offset, MAINTENANCE, &valuation.maintenance)?;
        let level = columns.assign(region, offset, LEVEL, level)?;
        let strict = Fp::from(u64::from(!equality_is_healthy));
        let strict = columns.constant(region, offset, STRICT, strict)?;
        let beyond =
            equity.value().zip(maintenance.value()).zip(level.value()).zip(strict.value()).map(
                |(((equity, maintenance), level), strict)| {
                    *equity * Fp::from(u64::from(MARGIN_BPS)) - *maintenance * level - strict
                },
            );
        let mut beyond = columns.assign(region, offset, BEYOND, beyond)?;
        self.q_level.enable(region, offset + LEVEL_GATE)?;
        if let Some(exempt) = &self.exempt {
            let row = offset + COMPARED;
            beyond = exempt.assign(region, row, &valuation.maintenance, &beyond)?;
        }
        let beyond = columns.copy(region, offset, BEYOND_COPY, &beyond)?;
        let deficient = columns.assign(region, offset, DEFICIENT, deficient)?;
        let surplus = beyond.value().zip(deficient.value());
        let surplus = surplus.map(|(beyond, d)| (Fp::ONE - d.double()) * beyond - d);
        let surplus = columns.assign(region, offset, SURPLUS, surplus)?;
        self.q_direction.enable(region, offset + DIRECTION_GATE)?;

        let equity = columns.copy(region, offset, EQUITY_COPY, &valuation.equity)?;
        let floor = columns.assign(region, offset, FLOOR, floor)?;
        let registry = columns.assign(region, offset, REGISTRY, registry)?;
        let zero = columns.constant(region, offset, ZERO, Fp::ZERO)?;
        let above = equity.value().zip(floor.value()).map(|(equity, floor)| *equity - floor);
        let above = columns.assign(region, offset, ABOVE_FLOOR, above)?;
        self.q_floor.enable(region, offset + FLOOR_GATE)?;

        self.compare.assign(region, offset + SURPLUS_ROWS, &surplus)?;
        self.compare.assign(region, offset + ABOVE_FLOOR_ROWS, &above)?;
        Ok(ClaimCells { level, floor, deficient, registry, zero, name: None })
    }
}

/// All cells of the claim, under the names they have in it.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::{of, place};
    [
        of(&[&[EQUITY, MAINTENANCE, LEVEL, STRICT, BEYOND]]),
        of(&[&[EQUITY_COPY, FLOOR, ZERO, REGISTRY, ABOVE_FLOOR]]),
        of(&[&[BEYOND_COPY, DEFICIENT, SURPLUS]]),
        place(&compare::CELLS, SURPLUS_ROWS, |name| match name {
            "value" => SURPLUS.name,
            other => other,
        }),
        place(&compare::CELLS, ABOVE_FLOOR_ROWS, |name| match name {
            "value" => ABOVE_FLOOR.name,
            other => other,
        }),
    ]
    .concat()
}
