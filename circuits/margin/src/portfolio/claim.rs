//! The claim of a portfolio account: the last rows of the margin region.
//!
//! ```text
//! row    limbs                aux 0  aux 1     aux 2  aux 3     aux 4
//! 0                           E      MM        level  surplus   deficient
//! 1                           E      floor     0      registry  above floor
//! 2-7    surplus (0-1 first)                                    surplus
//! 8-13   above floor                                            above floor
//! ```
//!
//! `beyond = 10000 scale den (E - [stress] floor) - level MM - strict`, where the factor of the equity, `strict` and that
//! factor again for a stress, else 0, are fixed on row 0. The surplus is `beyond` or, of a claim of deficiency,
//! `-beyond - 1`; none is of a stress. Both differences are words of 243 bits, so not negative.

use super::columns::PortfolioColumns;
use crate::claim::ClaimCells;
use crate::valuation::Valuation;
use zkmargin_gadgets::cell::{At, aux, constant};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::long::{self, LongConfig};
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::portfolio::widths::{CLAIM_BITS, EQUITY_BITS, REQUIREMENT_BITS};
use zkmargin_model::widths::{FLOOR_BITS, LEVEL_BITS, LIMB_BITS};

/// Limbs of a comparison.
const LIMBS: usize = (CLAIM_BITS / LIMB_BITS) as usize;

const _: () = {
    assert!(LIMBS as u32 * LIMB_BITS == CLAIM_BITS);
    // 10,000 is below 2^14.
    assert!(EQUITY_BITS + 14 + 1 < CLAIM_BITS && REQUIREMENT_BITS + LEVEL_BITS + 1 < CLAIM_BITS);
    assert!(FLOOR_BITS < EQUITY_BITS && MARGIN_BPS < 1 << 14);
    // A floor that is above the equity is refused by the other comparison, whatever the first one comes to. Where it is
    // not, the surplus is at least what the level takes from it, so that one below zero is never in range, however wide a
    // floor below zero is in units of the requirement.
    assert!(FLOOR_BITS + 1 < CLAIM_BITS);
};

// First rows of the comparisons.
const SURPLUS_ROWS: usize = 2;
const ABOVE_FLOOR_ROWS: usize = SURPLUS_ROWS + long::rows(LIMBS);

/// Rows of the claim.
pub(crate) const ROWS: usize = ABOVE_FLOOR_ROWS + long::rows(LIMBS);

/// Equity, in margin units.
const EQUITY: At = aux("E", 0, 0);
/// Requirement, in loss units over the denominator.
const MAINTENANCE: At = aux("MM", 1, 0);
/// Level, in basis points.
const LEVEL: At = aux("level", 2, 0);
const SURPLUS: At = aux("surplus", 3, 0);
/// 1 if the claim is of a deficiency.
const DEFICIENT: At = aux("deficient", 4, 0);
const EQUITY_COPY: At = aux("E", 0, 1);
const FLOOR: At = aux("floor", 1, 1);
const ZERO: At = aux("0", 2, 1);
const REGISTRY: At = aux("registry", 3, 1);
const ABOVE_FLOOR: At = aux("above floor", 4, 1);

// Rows of the gates.
const LEVEL_GATE: usize = 0;
const FLOOR_GATE: usize = 1;

/// Constants of the market that a claim is compared with.
#[derive(Clone, Copy)]
pub(crate) struct ClaimConstants {
    /// Units of the requirement in a margin unit.
    pub(crate) per_unit: Fp,
    /// 1 where equality does not meet a claim.
    pub(crate) strict: Fp,
    /// Whether the floor is one of what the requirement leaves of the equity.
    pub(crate) is_stress: bool,
}

/// Configuration of the claim.
#[derive(Clone, Debug)]
pub(crate) struct PortfolioClaimConfig {
    columns: PortfolioColumns,
    long: LongConfig,
    q_level: Selector,
    q_floor: Selector,
}

impl PortfolioClaimConfig {
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &PortfolioColumns,
        long: &LongConfig,
    ) -> Self {
        let (q_level, q_floor) = (meta.selector(), meta.selector());
        let shared = &columns.shared;
        meta.create_gate("portfolio claim level", |meta| {
            let q = meta.query_selector(q_level);
            let [equity, maintenance, level, surplus, deficient, floor] = shared.query_all(
                meta,
                [EQUITY, MAINTENANCE, LEVEL, SURPLUS, DEFICIENT, FLOOR],
                LEVEL_GATE,
            );
            let [factor, strict, of_floor] = columns.parameters(meta);
            let beyond = equity * factor - floor * of_floor - maintenance * level - strict;
            let sign = constant(1) - deficient.clone() * Fp::from(2);
            Constraints::with_selector(
                q,
                [(
                    "surplus = (1 - 2 deficient) (10000 scale den (E - [stress] floor) - level MM - strict) - deficient",
                    sign * beyond - deficient - surplus,
                )],
            )
        });
        meta.create_gate("portfolio equity floor", |meta| {
            let q = meta.query_selector(q_floor);
            let [equity, floor, above] =
                shared.query_all(meta, [EQUITY_COPY, FLOOR, ABOVE_FLOOR], FLOOR_GATE);
            Constraints::with_selector(q, [("above floor = E - floor", equity - floor - above)])
        });
        Self { columns: columns.clone(), long: long.clone(), q_level, q_floor }
    }

    /// Assigns the claim from `offset` on.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        valuation: &Valuation,
        ClaimConstants { per_unit, strict, is_stress }: ClaimConstants,
        [level, floor, deficient, registry]: [Value<Fp>; 4],
    ) -> Result<ClaimCells, Error> {
        let shared = &self.columns.shared;
        let factor = per_unit * Fp::from(u64::from(MARGIN_BPS));
        let equity = shared.copy(region, offset, EQUITY, &valuation.equity)?;
        let maintenance = shared.copy(region, offset, MAINTENANCE, &valuation.maintenance)?;
        let level = shared.assign(region, offset, LEVEL, level)?;
        let deficient = shared.assign(region, offset, DEFICIENT, deficient)?;
        let of_floor = if is_stress { factor } else { Fp::ZERO };
        let beyond = equity.value().zip(maintenance.value()).zip(level.value()).zip(floor);
        let beyond = beyond
            .map(|(((e, mm), level), floor)| *e * factor - floor * of_floor - *mm * level - strict);
        let surplus = beyond.zip(deficient.value());
        let surplus = surplus.map(|(beyond, d)| (Fp::ONE - d.double()) * beyond - d);
        let surplus = shared.assign(region, offset, SURPLUS, surplus)?;
        self.columns.fix(region, offset + LEVEL_GATE, &[factor, strict, of_floor])?;
        self.q_level.enable(region, offset + LEVEL_GATE)?;

        let equity = shared.copy(region, offset, EQUITY_COPY, &valuation.equity)?;
        let floor = shared.assign(region, offset, FLOOR, floor)?;
        let registry = shared.assign(region, offset, REGISTRY, registry)?;
        let zero = shared.constant(region, offset, ZERO, Fp::ZERO)?;
        if is_stress {
            // The floor would be none, which no factor has room for.
            region.constrain_equal(deficient.cell(), zero.cell())?;
        }
        let above = equity.value().zip(floor.value()).map(|(equity, floor)| *equity - floor);
        let above = shared.assign(region, offset, ABOVE_FLOOR, above)?;
        self.q_floor.enable(region, offset + FLOOR_GATE)?;

        for (rows, cell) in [(SURPLUS_ROWS, surplus), (ABOVE_FLOOR_ROWS, above)] {
            let word = self.long.assign(region, offset + rows, LIMBS, cell.value().copied())?;
            region.constrain_equal(word.cell(), cell.cell())?;
        }
        Ok(ClaimCells { level, floor, deficient, registry, zero, name: None })
    }
}
