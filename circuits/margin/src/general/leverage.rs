//! Requirement by the position's own leverage: the notional over it, or what tiers require, whichever is more.
//!
//! ```text
//! row  aux 3        aux 4
//! 0    divisor - 1  offset
//! 1    leverage     by leverage
//! 3    own          has own
//! 4    leverage
//! 6    requirement  scaled
//! 7    quotient     scaled
//! ```
//!
//! Rows 0 to 4 are a deep division, rows 5 to 7 the larger of two numbers, and rows 0, 3 and 6 begin those of a key, one
//! for each part of the figure.

use super::keys::{Figure, PART};
use super::line::LineConfig;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::cell::{At, aux, constant};
use zkmargin_gadgets::divide::{Form, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::{self, KeyedCells};
use zkmargin_gadgets::larger::{self, LargerConfig};

/// Rows of the block.
pub(super) const ROWS: usize = LARGER + larger::ROWS;

/// How many rows of a key it looks up.
pub(super) const PARTS: usize = 3;

// First rows of the division and of the comparison.
const DIVIDE: usize = 0;
const LARGER: usize = DIVIDE + Form::Deep.rows();

// First of the two rows of each part's row of a key.
const DIVISOR: usize = 0;
const NOTIONAL: usize = 3;
const UNITS: usize = LARGER + 1;

// Divisor and offset, beside the remainders.
/// The divisor less one: 54 bits.
const LAST: At = aux("divisor - 1", 3, DIVISOR);
/// Offset of the rounding: 54 bits.
const OFFSET: At = aux("offset", 4, DIVISOR);
/// Divisor at a leverage of one unit: 27 bits.
const UNIT_DIVISOR: At = keyed::A.below(DIVISOR);
/// Offset at a leverage of one unit: 27 bits.
const UNIT_OFFSET: At = keyed::B.below(DIVISOR);
/// What is taken from the offset: 0 or 1.
const LESS: At = keyed::LAST.below(DIVISOR);
const LEVERAGE_COPY: At = aux("leverage", 3, DIVISOR + 1);
const IS_BY_COPY: At = aux("by leverage", 4, DIVISOR + 1);

// The leverage.
const OWN: At = aux("own", 3, NOTIONAL);
const HAS_OWN: At = aux("has own", 4, NOTIONAL);
/// Leverage of a position that has none: 27 bits.
const DEFAULT: At = keyed::B.below(NOTIONAL);
/// The own parameter or the default: 27 bits.
const LEVERAGE: At = aux("leverage", 3, NOTIONAL + 1);

// Both requirements in the unit in which they are compared.
const REQUIRED: At = aux("requirement", 3, UNITS);
/// 189 bits, as the next.
const SCALED_REQUIRED: At = aux("scaled", 4, UNITS);
const QUOTIENT: At = aux("quotient", 3, UNITS + 1);
const SCALED_QUOTIENT: At = aux("scaled", 4, UNITS + 1);
/// From the requirement by tiers to the unit of the larger of both: 72 bits.
const UNIT: At = keyed::A.below(UNITS);
/// From the quotient to it: 72 bits.
const UNIT_OF_QUOTIENT: At = keyed::B.below(UNITS);

// Rows of the gates.
const DIVISOR_GATE: usize = DIVISOR;
const LEVERAGE_GATE: usize = NOTIONAL + 1;
const UNITS_GATE: usize = UNITS + 1;

/// Configuration of the block.
#[derive(Clone, Debug)]
pub(super) struct LeverageConfig {
    columns: Columns,
    line: LineConfig,
    larger: LargerConfig,
    q_divisor: Selector,
    q_leverage: Selector,
    q_units: Selector,
}

/// Cells of the slot that the block reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leveraged<'a> {
    /// The key less the side.
    pub(super) key: &'a FieldCell,
    /// The own parameter.
    pub(super) own: &'a FieldCell,
    /// Whether it is not zero.
    pub(super) has_own: &'a FieldCell,
    pub(super) notional: &'a FieldCell,
    /// What tiers require, rounded.
    pub(super) required: &'a FieldCell,
}

impl LeverageConfig {
    /// Creates the gates.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        line: &LineConfig,
        larger: &LargerConfig,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            line: line.clone(),
            larger: larger.clone(),
            q_divisor: meta.selector(),
            q_leverage: meta.selector(),
            q_units: meta.selector(),
        };
        meta.create_gate("divisor by leverage", |meta| {
            let q = meta.query_selector(config.q_divisor);
            let [divisor, offset, less, leverage, is_by, last, b] = columns.query_all(
                meta,
                [UNIT_DIVISOR, UNIT_OFFSET, LESS, LEVERAGE_COPY, IS_BY_COPY, LAST, OFFSET],
                DIVISOR_GATE,
            );
            Constraints::with_selector(
                q,
                [
                    (
                        "divisor - 1 = divisor leverage - by leverage",
                        divisor * leverage.clone() - is_by - last,
                    ),
                    ("offset = offset leverage - less", offset * leverage - less - b),
                ],
            )
        });
        meta.create_gate("own leverage", |meta| {
            let q = meta.query_selector(config.q_leverage);
            let [own, has_own, default, leverage] =
                columns.query_all(meta, [OWN, HAS_OWN, DEFAULT, LEVERAGE], LEVERAGE_GATE);
            let expected = own + (constant(1) - has_own) * default;
            Constraints::with_selector(q, [("leverage = own or default", expected - leverage)])
        });
        meta.create_gate("requirements of one unit", |meta| {
            let q = meta.query_selector(config.q_units);
            let [required, scaled, unit] =
                columns.query_all(meta, [REQUIRED, SCALED_REQUIRED, UNIT], UNITS_GATE);
            let [quotient, scaled_quotient, of_quotient] =
                columns.query_all(meta, [QUOTIENT, SCALED_QUOTIENT, UNIT_OF_QUOTIENT], UNITS_GATE);
            Constraints::with_selector(
                q,
                [
                    ("scaled requirement", required * unit - scaled),
                    ("scaled quotient", quotient * of_quotient - scaled_quotient),
                ],
            )
        });
        config
    }

    /// Assigns the block from `offset` on and returns the larger requirement.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        Leveraged { key, own, has_own, notional, required }: Leveraged<'_>,
        hint: Value<&LeverageHint>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let keyed = |region: &mut Region<'_, Fp>, part: usize, at| {
            let first = Fp::from(Figure::Leverage.first() + part as u64 * PART);
            self.line.keyed.look_up(region, offset + at, key, first, hint.map(|h| h.rows[part]))
        };
        let KeyedCells { a, b: default, last: is_by } = keyed(region, 0, NOTIONAL)?;
        let KeyedCells { a: divisor, b: unit_offset, last: less } = keyed(region, 1, DIVISOR)?;
        let KeyedCells { a: unit, b: of_quotient, .. } = keyed(region, 2, UNITS)?;

        let own = columns.copy(region, offset, OWN, own)?;
        let has_own = columns.copy(region, offset, HAS_OWN, has_own)?;
        let leverage = own.value().zip(has_own.value()).zip(default.value());
        let leverage =
            leverage.map(|((own, has_own), default)| *own + (Fp::ONE - has_own) * default);
        let leverage = columns.assign(region, offset, LEVERAGE, leverage)?;
        self.q_leverage.enable(region, offset + LEVERAGE_GATE)?;

        let leverage = columns.copy(region, offset, LEVERAGE_COPY, &leverage)?;
        let is_by = columns.copy(region, offset, IS_BY_COPY, &is_by)?;
        let of_unit = |x: &FieldCell, less: &FieldCell| {
            let product = x.value().zip(leverage.value()).zip(less.value());
            product.map(|((x, leverage), less)| *x * leverage - less)
        };
        let (last, b) = (of_unit(&divisor, &is_by), of_unit(&unit_offset, &less));
        let last = columns.assign(region, offset, LAST, last)?;
        let b = columns.assign(region, offset, OFFSET, b)?;
        self.q_divisor.enable(region, offset + DIVISOR_GATE)?;
        let line = Line { x: notional, a: &a, b: &b, last: &last };
        let at = offset + DIVIDE;
        let quotient = self.line.divide.assign(region, at, Form::Deep, line, line.quotient())?;

        let scaled = |region: &mut Region<'_, Fp>, x: &FieldCell, unit: &FieldCell, at: [At; 2]| {
            let x = columns.copy(region, offset, at[0], x)?;
            let scaled = x.value().zip(unit.value()).map(|(x, unit)| *x * unit);
            columns.assign(region, offset, at[1], scaled)
        };
        let required = scaled(region, required, &unit, [REQUIRED, SCALED_REQUIRED])?;
        let quotient = scaled(region, &quotient, &of_quotient, [QUOTIENT, SCALED_QUOTIENT])?;
        self.q_units.enable(region, offset + UNITS_GATE)?;
        let decides = hint.map(|h| h.decides);
        self.larger.assign(region, offset + LARGER, [&required, &quotient], decides)
    }
}

/// Free cells of a position slot with a requirement by the own leverage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeverageHint {
    /// Whether the leverage requires more than tiers.
    pub decides: Fp,
    /// Rows that are looked up by key, in the order of their parts.
    pub rows: [BracketHint; PARTS],
}

/// Rows of an empty slot.
pub(super) const EMPTY: [BracketHint; PARTS] = [BracketHint::ZERO; PARTS];

/// Rows of an instrument without own leverages: nothing over one, beside what tiers require.
pub(super) const NONE: [BracketHint; PARTS] = {
    let units = BracketHint { slope: Fp::ONE, ..BracketHint::ZERO };
    [BracketHint::ZERO, BracketHint::ZERO, units]
};

impl LeverageHint {
    /// An empty slot.
    pub fn empty() -> Self {
        Self { decides: Fp::ZERO, rows: EMPTY }
    }
}

/// Cells of the block that are not those of gadgets.
#[cfg(test)]
pub(crate) const OWN_CELLS: [&[At]; 3] = [
    &[LAST, OFFSET, LEVERAGE_COPY, IS_BY_COPY],
    &[OWN, HAS_OWN, LEVERAGE],
    &[REQUIRED, SCALED_REQUIRED, QUOTIENT, SCALED_QUOTIENT],
];

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::{of, place};
    use zkmargin_gadgets::divide;
    let mut all = of(&OWN_CELLS);
    all.extend(place(&[&divide::cells(Form::Deep)], DIVIDE, |name| name));
    for part in [DIVISOR, NOTIONAL, UNITS] {
        all.extend(place(&keyed::CELLS, part, |name| name));
    }
    all.extend(place(&larger::CELLS, LARGER, |name| name));
    all
}
