//! A position slot: the position and its terms on five rows, and below them the blocks of the market's profile.
//!
//! ```text
//! row  limbs                                     aux 0      aux 1         aux 2          aux 3       aux 4
//! 0    size - 1                                  sum 0 in   sum 1 in      sum 2 in       sum 3 in    pnl
//! 1    size - 1                                  sum 0 out  sum 1 out     sum 2 out      sum 3 out   code
//! 2    entry                                     size - 1   pnl           x              value       factor
//! 3    entry                                     entry      previous key  previous used  packed
//! 4    key (0-1), distance (2-3), entry top (4)  side       used          code           conversion  key
//! ```
//!
//! The terms of the instrument are on rows 4 to 6; see `terms.rs`. In the flat profile, which has no tiers, value and
//! factor are the looked-up cells themselves, and aux 4 of row 3 has the flag of the cross book.

pub(crate) mod cross;
pub(crate) mod family;
pub(crate) mod flat;
pub(crate) mod own;
pub(crate) mod pnl;
pub(crate) mod requirement;
pub(crate) mod terms;
pub(crate) mod value;

use crate::book::{BookCells, BookConstants};
use crate::hints::PositionHint;
use crate::settled;
use crate::tables::INSTRUMENT_COLUMNS;
use cross::CrossConfig;
use family::FamilyCells;
use own::{OwnConfig, Packing};
use pnl::{PnlConfig, PnlRounding};
use requirement::{RequirementCells, RequirementConfig, RequirementInputs, Second};
use terms::{Column, TermsCells, TermsConfig};
use value::{Inputs, ValueConfig};
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketConfig;
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean};
use zkmargin_gadgets::divide::DivideConfig;
use zkmargin_gadgets::groups::is_code;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::{self, RangeConfig, Width};
use zkmargin_gadgets::sorted::{self, SlotKey, SortedConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::{Profile, Settlement};
use zkmargin_model::widths::{ENTRY_BITS, SIZE_BITS};

/// Rows of the position and its terms.
pub(crate) const CORE: usize = 5;

/// Width of the words in the blocks below.
pub(crate) const fn width(profile: Profile) -> Width {
    if profile.narrow { Width::Narrow } else { Width::Wide }
}

/// Rows of a slot.
pub(crate) const fn rows(profile: Profile) -> usize {
    own_row(profile) + own::rows(profile)
}

/// Row of the packed word, where records have own parameters.
pub(crate) const fn own_row(profile: Profile) -> usize {
    pnl_rows(profile) + pnl::rows(profile)
}

/// First row of the requirement's block.
pub(crate) const fn requirement_rows(profile: Profile) -> usize {
    CORE + value::rows(profile)
}

/// Row of what a position adds to the cross book.
pub(crate) const fn cross_row(profile: Profile) -> usize {
    requirement_rows(profile) + requirement::cross_row(profile)
}

/// First row of the block of rounded profit and loss.
pub(crate) const fn pnl_rows(profile: Profile) -> usize {
    requirement_rows(profile) + requirement::rows(profile)
}

// First rows of the slot's gadgets.
pub(crate) const GROUPS_ROWS: usize = 0;
const SIZE_ROWS: usize = 0;
const ENTRY_ROWS: usize = 2;
pub(crate) const SORTED_ROWS: usize = 3;

/// Size in steps, less one; zero in an empty slot: 90 bits.
const SIZE: At = range::TWO_ROWS_WORD.below(SIZE_ROWS).named("size - 1");
/// Profit and loss, in units of the settlement asset: 208 bits and a sign.
const PNL: At = aux("pnl", 1, 2);
/// What the tier function is a function of: 133 bits. Where values are rounded, their block has it. In the flat profile,
/// the requirement before it is converted: 196 bits.
const X: At = aux("x", 2, 2);
/// Where values are rounded, in the place of `x`: accrued funding of one step of size, in settlement units: 72 bits and
/// a sign.
const FUNDING: At = aux("funding", 2, 2);
/// Value of one step of size less funding, in settlement units: 72 bits and a sign. Where values are rounded, the
/// quotient of the value's magnitude: 135 bits.
const VALUE: At = aux("value", 3, 2);
/// What one step of size adds to `x`: 72 bits, in the flat profile 105. Where values are rounded, from their quotient to
/// settlement units: 72 bits and a sign.
const FACTOR: At = aux("factor", 4, 2);
/// Entry value plus 2^98; zero in an empty slot: 99 bits.
const ENTRY: At = range::TOPPED_WORD.below(ENTRY_ROWS).named("entry");
/// Entry, size and key in one word, which the account commitment absorbs: 207 bits, or 234 with an own parameter.
const PACKED: At = aux("packed", 3, 3);
/// 1 for a short position, 0 for a long one.
const SIDE: At = aux("side", 0, 4);
/// 1 for a used slot, 0 for an empty one.
const USED: At = sorted::USED.below(SORTED_ROWS);
/// Settle group: 0 to 3, or up to 15.
const CODE: At = aux("code", 2, 4);
/// `2 id + side`: 18 bits.
const KEY: At = sorted::KEY.below(SORTED_ROWS);

// Rows of the slot's gates.
const POSITION: usize = 3;
const SLOT: usize = 4;

/// Position slot configuration.
#[derive(Clone, Debug)]
pub struct PositionConfig {
    profile: Profile,
    columns: Columns,
    range: RangeConfig,
    sorted: SortedConfig,
    groups: settled::SlotConfig,
    terms: TermsConfig,
    value: Option<ValueConfig>,
    requirement: RequirementConfig,
    pnl: Option<PnlConfig>,
    cross: Option<CrossConfig>,
    own: Option<OwnConfig>,
    q_position: Selector,
    q_slot: Selector,
}

/// What a slot passes to the next one.
#[derive(Clone, Debug)]
pub struct PositionCells {
    /// Key and used flag.
    pub slot: SlotKey,
    /// The packed slot, absorbed by the account commitment.
    pub packed: FieldCell,
    /// Its second word, in a record with open orders.
    pub orders: Option<FieldCell>,
    /// Sum of requirements so far.
    pub maintenance: FieldCell,
    /// Profit and loss of the cross book: per settle group so far, or the position's.
    pub settled: settled::SlotCells,
    /// What is compared of the position alone, where positions can be isolated.
    pub book: Option<BookCells>,
    /// Where tiers go by families, the sum of the position's.
    pub family: Option<FamilyCells>,
}

/// Gadgets of a position slot.
#[derive(Clone, Copy, Debug)]
pub struct Gadgets<'a> {
    /// Words.
    pub range: &'a RangeConfig,
    /// Sorted list.
    pub sorted: &'a SortedConfig,
    /// Tier tables.
    pub bracket: &'a BracketConfig,
    /// Group sums.
    pub groups: &'a settled::SlotConfig,
    /// Division, where something is rounded.
    pub divide: Option<&'a DivideConfig>,
}

/// What the market rounds by in every slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constants {
    /// Second rounding of requirements.
    pub second: Second,
    /// Rounding of profit and loss.
    pub pnl: Option<PnlRounding>,
    /// Where isolated positions are compared.
    pub book: Option<BookConstants>,
}

impl Constants {
    /// Of slots that read none.
    pub(crate) const NONE: Self =
        Self { second: Second { b: Fp::ZERO, last: Fp::ZERO }, pnl: None, book: None };
}

impl PositionConfig {
    /// Creates the instrument lookup and the slot's gates.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        gadgets: Gadgets<'_>,
    ) -> Self {
        let value = gadgets.divide.filter(|_| profile.rounded.rounds_values());
        let value = value.map(|divide| ValueConfig::configure(meta, columns, profile.base, divide));
        let pnl = gadgets.divide.filter(|_| profile.pnl);
        let pnl = pnl.map(|divide| PnlConfig::configure(meta, columns, divide));
        let config = Self {
            profile,
            columns: columns.clone(),
            range: gadgets.range.clone(),
            sorted: gadgets.sorted.clone(),
            groups: gadgets.groups.clone(),
            terms: TermsConfig::configure(meta, columns, profile),
            value,
            requirement: RequirementConfig::configure(meta, columns, profile, gadgets),
            pnl,
            cross: profile.has_isolated().then(|| CrossConfig::configure(meta, columns)),
            own: profile.own.then(|| OwnConfig::configure(meta, columns, gadgets.range)),
            q_position: meta.selector(),
            q_slot: meta.selector(),
        };

        meta.create_gate("position", |meta| {
            let q = meta.query_selector(config.q_position);
            let [less_one, entry, packed, side, used, key] =
                columns.query_all(meta, [SIZE, ENTRY, PACKED, SIDE, USED, KEY], POSITION);
            let [pnl, value, factor] = columns.query_all(meta, [PNL, VALUE, FACTOR], POSITION);
            let sum = entry.clone()
                + less_one.clone() * power_of_two(ENTRY_BITS)
                + key * power_of_two(ENTRY_BITS + SIZE_BITS);
            // What is range-checked is one less than the size, so a used slot is never of size zero.
            let size = less_one + used.clone();
            let bias = used.clone() * power_of_two(ENTRY_BITS - 1);
            let sign = constant(1) - side * Fp::from(2);
            let rounded = profile.rounded.rounds_values();
            let value = if rounded {
                let funding = columns.query(meta, FUNDING, POSITION);
                sign * (value * factor.clone() - size.clone() * funding)
            } else {
                sign * size.clone() * value
            };
            let x = (!rounded).then(|| columns.query(meta, X, POSITION));
            let x = x.map(|x| ("x is a multiple of the size", size * factor - x));
            let word = ("packed = entry + 2^99 (size - 1) + 2^189 key", sum - packed.clone());
            // With an own parameter, the word is that of its block.
            let word = (!profile.own).then_some(word);
            let constraints = [
                ("an empty slot is zero", (constant(1) - used) * packed),
                ("pnl = value - entry", value - entry + bias - pnl),
            ];
            let constraints = word.into_iter().chain(constraints).chain(x);
            Constraints::with_selector(q, constraints.collect::<Vec<_>>())
        });

        meta.create_gate("position slot", |meta| {
            let q = meta.query_selector(config.q_slot);
            let side = columns.query(meta, SIDE, SLOT);
            let mut constraints = vec![("side is boolean", is_boolean(&side))];
            if profile.settlement == Settlement::Four {
                let code = columns.query(meta, CODE, SLOT);
                constraints.push(("code is a settle group", is_code(code)));
            }
            Constraints::with_selector(q, constraints)
        });
        config
    }

    /// Fills the instrument table.
    ///
    /// # Errors
    /// When the circuit has fewer usable rows than the table.
    pub fn load(
        &self,
        layouter: &mut impl Layouter<Fp>,
        rows: &[[Fp; INSTRUMENT_COLUMNS]],
    ) -> Result<(), Error> {
        self.terms.load(layouter, rows)
    }

    /// Assigns the slot whose first row is `offset`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        previous: Option<&PositionCells>,
        constants: &Constants,
        hint: Value<&PositionHint>,
    ) -> Result<PositionCells, Error> {
        let columns = &self.columns;
        let free = |f: fn(&PositionHint) -> Fp| hint.map(f);

        let size = self.range.two_rows(region, offset + SIZE_ROWS, free(|h| h.size))?;
        let entry = self.range.two_rows_and_limb(region, offset + ENTRY_ROWS, free(|h| h.entry))?;
        let slot = self.sorted.assign(
            region,
            offset + SORTED_ROWS,
            previous.map(|p| &p.slot),
            free(|h| h.used),
            free(|h| h.key),
        )?;
        let packed = size.value().zip(entry.value()).zip(slot.key.value()).map(|((s, e), k)| {
            *e + *s * power_of_two(ENTRY_BITS) + *k * power_of_two(ENTRY_BITS + SIZE_BITS)
        });
        let packed = match &self.own {
            None => packed,
            Some(_) => packed.zip(free(|h| h.own)).map(|(word, own)| word + own::shifted(own)),
        };
        let packed = columns.assign(region, offset, PACKED, packed)?;
        if let Some(config) = &self.own {
            let of = Packing { entry: &entry, size: &size, key: &slot.key, packed: &packed };
            config.assign(region, offset + own_row(self.profile), of, free(|h| h.own))?;
        }
        let side = columns.assign(region, offset, SIDE, free(|h| h.side))?;
        let code = columns.assign(region, offset, CODE, free(|h| h.code))?;
        self.q_slot.enable(region, offset + SLOT)?;
        let terms = self.terms.assign(region, offset, hint)?;

        let sign = side.value().map(|side| Fp::ONE - side.double());
        let bias = slot.used.value().map(|used| *used * power_of_two(ENTRY_BITS - 1));
        let of = Inputs { size: &size, used: &slot.used, side: &side };
        let (value, x) = self.value_and_x(region, offset, of, &terms)?;
        let pnl = sign
            .zip(value)
            .zip(entry.value())
            .zip(bias)
            .map(|(((sign, value), entry), bias)| sign * value - entry + bias);
        let mut pnl = columns.assign(region, offset, PNL, pnl)?;
        self.q_position.enable(region, offset + POSITION)?;

        if let Some(config) = &self.pnl {
            let rounding = constants.pnl.as_ref().ok_or(Error::Synthesis)?;
            pnl = config.assign(region, offset + pnl_rows(self.profile), &pnl, rounding)?;
        }
        let pnl_of_book = pnl.clone();
        let mut conversion = terms.get(Column::Conversion)?.clone();
        let mut cross = None;
        if let Some(config) = &self.cross {
            let flag =
                columns.assign(region, offset, terms::cross(self.profile), free(|h| h.cross))?;
            let row = offset + cross_row(self.profile);
            let cells = config.assign(region, row, &flag, &pnl, &conversion)?;
            (pnl, conversion, cross) = (cells.pnl, cells.conversion, Some(flag));
        }
        let RequirementCells { sum: maintenance, unconverted, family } = self.requirement.assign(
            region,
            offset + requirement_rows(self.profile),
            RequirementInputs { x: &x, conversion: &conversion, second: constants.second },
            &terms,
            previous,
            hint,
        )?;
        let settled = self.groups.assign(
            region,
            offset + GROUPS_ROWS,
            previous.map(|p| &p.settled),
            &pnl,
            &code,
        )?;
        let used = slot.used.clone();
        let book = cross.map(|cross| BookCells {
            used,
            cross,
            pnl: pnl_of_book,
            requirement: unconverted,
            assigned: None,
        });
        Ok(PositionCells { slot, packed, orders: None, maintenance, settled, book, family })
    }

    /// Assigns what the value depends on and the tier variable. The value, less funding, is that of a long position; it
    /// has no cell.
    fn value_and_x(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: Inputs<'_>,
        terms: &TermsCells,
    ) -> Result<(Value<Fp>, FieldCell), Error> {
        let columns = &self.columns;
        let size = of.size.value().zip(of.used.value()).map(|(size, used)| *size + used);
        let Some(config) = &self.value else {
            let (value, factor) = (terms.get(Column::Value)?, terms.get(Column::Multiplier)?);
            if !self.profile.flat {
                columns.copy(region, offset, VALUE, value)?;
                columns.copy(region, offset, FACTOR, factor)?;
            }
            let x = size.zip(factor.value()).map(|(size, factor)| size * factor);
            let x = columns.assign(region, offset, X, x)?;
            return Ok((size.zip(value.value()).map(|(size, value)| size * value), x));
        };
        let cells = config.assign(region, offset + CORE, width(self.profile), of, terms)?;
        let value = columns.copy(region, offset, VALUE, &cells.quotient)?;
        let scale = columns.copy(region, offset, FACTOR, terms.get(Column::Scale)?)?;
        let funding = columns.copy(region, offset, FUNDING, terms.get(Column::Funding)?)?;
        let value = value.value().zip(scale.value()).map(|(value, scale)| *value * scale);
        let funding = size.zip(funding.value()).map(|(size, funding)| size * funding);
        Ok((value.zip(funding).map(|(value, funding)| value - funding), cells.x))
    }
}

/// Cells of the core, under the names they have in it.
#[cfg(test)]
pub(crate) fn cells(profile: Profile) -> Vec<At> {
    use crate::layout::{of, place};
    let third = if profile.rounded.rounds_values() { FUNDING } else { X };
    [
        of(&[&[PNL, third, VALUE, FACTOR, PACKED, SIDE, CODE]]),
        place(&[&range::TWO_ROWS], SIZE_ROWS, |_| SIZE.name),
        place(&[&range::TOPPED], ENTRY_ROWS, |name| match name {
            "top" => "entry top",
            _ => ENTRY.name,
        }),
        place(&sorted::CELLS, SORTED_ROWS, |name| name),
        settled::slot_cells(profile.settlement, GROUPS_ROWS, PNL.name),
    ]
    .concat()
}
