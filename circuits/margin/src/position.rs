//! A position slot: eleven rows.
//!
//! ```text
//! row  limbs                                     aux 0       aux 1            aux 2          aux 3       aux 4
//! 0    size - 1
//! 1    size - 1
//! 2    entry                                     size - 1
//! 3    entry                                     entry       previous key     previous used  packed
//! 4    key (0-1), distance (2-3), entry top (4)  side        used             code                       key
//! 5    x - lo                                    row number  value numerator  multiplier     conversion  tier table
//! 6    x - lo                                    size - 1    entry            pnl            x
//! 7    x - lo                                    x           tier table       slope          intercept   x - lo
//! 8    hi - x                                    conversion  requirement      MM out         MM in       hi - x
//! 9    hi - x                                    sum 0 in    sum 1 in         sum 2 in       sum 3 in    pnl
//! 10   hi - x                                    sum 0 out   sum 1 out        sum 2 out      sum 3 out   code
//! ```

use crate::hints::PositionHint;
use crate::tables::instrument_row;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{BracketConfig, Factor, load_table};
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::groups::{GroupsConfig, Sums, is_code};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::{self, RangeConfig};
use zkmargin_gadgets::sorted::{self, SlotKey, SortedConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{ENTRY_BITS, SIZE_BITS};

// First rows of the slot's gadgets.
const SIZE_ROWS: usize = 0;
const ENTRY_ROWS: usize = 2;
pub(crate) const SORTED_ROWS: usize = 3;
pub(crate) const BRACKET_ROWS: usize = 5;
pub(crate) const GROUPS_ROWS: usize = 9;

/// Size in steps, less one; zero in an empty slot: 90 bits.
const SIZE: At = range::TWO_ROWS_WORD.below(SIZE_ROWS).named("size - 1");
/// Entry value plus 2^98; zero in an empty slot: 99 bits.
const ENTRY: At = range::TOPPED_WORD.below(ENTRY_ROWS).named("entry");
/// `2 id + side`: 18 bits.
const KEY: At = sorted::KEY.below(SORTED_ROWS);
/// 1 for a used slot, 0 for an empty one.
const USED: At = sorted::USED.below(SORTED_ROWS);
/// Entry, size and key in one word, which the account commitment absorbs: 207 bits.
const PACKED: At = aux("packed", 3, 3);
/// 1 for a short position, 0 for a long one.
const SIDE: At = aux("side", 0, 4);
/// Settle group: 0 to 3.
const CODE: At = aux("code", 2, 4);
/// `16 id + 4 used + code`, the number of the instrument's row.
const ROW_NUMBER: At = aux("row number", 0, 5);
/// Value of one step of size, in margin units: 72 bits and a sign.
const VALUE_NUMERATOR: At = aux("value numerator", 1, 5);
/// What one step of size adds to `x`: 72 bits.
const MULTIPLIER: At = aux("multiplier", 2, 5);
/// From the tier function's value to margin units: 72 bits.
const CONVERSION: At = aux("conversion", 3, 5);
/// Number of the tier table.
const TIERS: At = aux("tier table", 4, 5);
/// The size again, beside the row's terms.
const SIZE_COPY: At = aux("size - 1", 0, 6);
/// The entry again.
const ENTRY_COPY: At = aux("entry", 1, 6);
/// Profit and loss, in units of the settlement asset: 164 bits and a sign.
const PNL: At = aux("pnl", 2, 6);
/// What the tier function is a function of: 133 bits.
const X: At = aux("x", 3, 6);

// Rows of the slot's gates and of its lookup.
const PACKING: usize = 3;
const SLOT: usize = 4;
const VALUE: usize = 5;

/// Columns of the instrument table, in order.
const INSTRUMENT: [At; 5] = [ROW_NUMBER, VALUE_NUMERATOR, MULTIPLIER, CONVERSION, TIERS];

/// Position slot configuration.
#[derive(Clone, Debug)]
pub struct PositionConfig {
    columns: Columns,
    range: RangeConfig,
    sorted: SortedConfig,
    bracket: BracketConfig,
    groups: GroupsConfig,
    instruments: [TableColumn; 5],
    q_pack: Selector,
    q_slot: Selector,
    q_value: Selector,
    q_instrument: Selector,
}

/// What a slot passes to the next one.
#[derive(Clone, Debug)]
pub struct PositionCells {
    /// Key and used flag.
    pub slot: SlotKey,
    /// The packed slot, absorbed by the account commitment.
    pub packed: FieldCell,
    /// Sum of requirements so far.
    pub maintenance: FieldCell,
    /// Profit and loss per settle group so far.
    pub settled: Sums,
}

fn constant(value: u64) -> Expression<Fp> {
    Expression::Constant(Fp::from(value))
}

impl PositionConfig {
    /// Creates the instrument lookup and the slot's gates.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
        sorted: &SortedConfig,
        bracket: &BracketConfig,
        groups: &GroupsConfig,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            range: range.clone(),
            sorted: sorted.clone(),
            bracket: bracket.clone(),
            groups: groups.clone(),
            instruments: std::array::from_fn(|_| meta.lookup_table_column()),
            q_pack: meta.selector(),
            q_slot: meta.selector(),
            q_value: meta.selector(),
            q_instrument: meta.complex_selector(),
        };

        meta.lookup(|meta| {
            let q = meta.query_selector(config.q_instrument);
            let tuple = INSTRUMENT.map(|at| q.clone() * columns.query(meta, at, VALUE));
            tuple.into_iter().zip(config.instruments).collect()
        });

        meta.create_gate("position packing", |meta| {
            let q = meta.query_selector(config.q_pack);
            let [size, entry, packed, used, key] =
                columns.query_all(meta, [SIZE, ENTRY, PACKED, USED, KEY], PACKING);
            let sum = entry
                + size * power_of_two(ENTRY_BITS)
                + key * power_of_two(ENTRY_BITS + SIZE_BITS);
            Constraints::with_selector(
                q,
                [
                    ("packed = entry + 2^99 (size - 1) + 2^189 key", sum - packed.clone()),
                    ("an empty slot is zero", (constant(1) - used) * packed),
                ],
            )
        });

        meta.create_gate("position slot", |meta| {
            let q = meta.query_selector(config.q_slot);
            let [side, used, code, key, row] =
                columns.query_all(meta, [SIDE, USED, CODE, KEY, ROW_NUMBER], SLOT);
            let expected = (key - side.clone()) * Fp::from(instrument_row::KEY_LESS_SIDE)
                + used * Fp::from(instrument_row::USED)
                + code.clone();
            Constraints::with_selector(
                q,
                [
                    ("side is boolean", side.clone() * (constant(1) - side)),
                    ("code is a settle group", is_code(code)),
                    ("instrument row", expected - row),
                ],
            )
        });

        meta.create_gate("position value", |meta| {
            let q = meta.query_selector(config.q_value);
            let [side, used, value_num, multiplier] =
                columns.query_all(meta, [SIDE, USED, VALUE_NUMERATOR, MULTIPLIER], VALUE);
            let [less_one, entry, pnl, x] =
                columns.query_all(meta, [SIZE_COPY, ENTRY_COPY, PNL, X], VALUE);
            // What is range-checked is one less than the size, so a used slot is never of size zero.
            let size = less_one + used.clone();
            let signed_size = (constant(1) - side * Fp::from(2)) * size.clone();
            let bias = used * power_of_two(ENTRY_BITS - 1);
            Constraints::with_selector(
                q,
                [
                    ("pnl = size value - entry", signed_size * value_num - entry + bias - pnl),
                    ("x = |size| multiplier", size * multiplier - x),
                ],
            )
        });
        config
    }

    /// Fills the instrument table.
    ///
    /// # Errors
    /// When the circuit has fewer usable rows than the table.
    pub fn load(&self, layouter: &mut impl Layouter<Fp>, rows: &[[Fp; 5]]) -> Result<(), Error> {
        load_table(layouter, "instruments", &self.instruments, rows)
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
        let packed = columns.assign(region, offset, PACKED, packed)?;
        self.q_pack.enable(region, offset + PACKING)?;

        let side = columns.assign(region, offset, SIDE, free(|h| h.side))?;
        let code = columns.assign(region, offset, CODE, free(|h| h.code))?;
        let row = slot.key.value().zip(side.value()).zip(slot.used.value()).zip(code.value()).map(
            |(((key, side), used), code)| {
                (*key - side) * Fp::from(instrument_row::KEY_LESS_SIDE)
                    + *used * Fp::from(instrument_row::USED)
                    + code
            },
        );
        columns.assign(region, offset, ROW_NUMBER, row)?;
        self.q_slot.enable(region, offset + SLOT)?;

        let mut term = |at, i: usize| columns.assign(region, offset, at, hint.map(|h| h.terms[i]));
        let value_num = term(VALUE_NUMERATOR, 0)?;
        let multiplier = term(MULTIPLIER, 1)?;
        let conversion = term(CONVERSION, 2)?;
        let tiers = term(TIERS, 3)?;
        self.q_instrument.enable(region, offset + VALUE)?;

        let size = columns.copy(region, offset, SIZE_COPY, &size)?;
        let magnitude = size.value().zip(slot.used.value()).map(|(size, used)| *size + used);
        let entry = columns.copy(region, offset, ENTRY_COPY, &entry)?;
        let pnl = side
            .value()
            .zip(magnitude)
            .zip(value_num.value())
            .zip(entry.value())
            .zip(slot.used.value())
            .map(|((((side, size), value), entry), used)| {
                (Fp::ONE - side.double()) * size * value - entry
                    + *used * power_of_two(ENTRY_BITS - 1)
            });
        let pnl = columns.assign(region, offset, PNL, pnl)?;
        let x = magnitude.zip(multiplier.value()).map(|(size, m)| size * m);
        let x = columns.assign(region, offset, X, x)?;
        self.q_value.enable(region, offset + VALUE)?;

        let requirement = self.bracket.assign(
            region,
            offset + BRACKET_ROWS,
            &x,
            &tiers,
            Factor::Cell(&conversion),
            previous.map(|p| &p.maintenance),
            hint.map(|h| h.bracket),
        )?;
        let settled = self.groups.assign(
            region,
            offset + GROUPS_ROWS,
            previous.map(|p| &p.settled),
            &pnl,
            &code,
        )?;
        Ok(PositionCells { slot, packed, maintenance: requirement.sum, settled })
    }
}

/// All cells of a slot, under the names they have in it.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::{of, place};
    use zkmargin_gadgets::{bracket, groups};
    [
        of(&[&INSTRUMENT, &[PACKED, SIDE, CODE, SIZE_COPY, ENTRY_COPY, PNL, X]]),
        place(&[&range::TWO_ROWS], SIZE_ROWS, |_| SIZE.name),
        place(&[&range::TOPPED], ENTRY_ROWS, |name| match name {
            "top" => "entry top",
            _ => ENTRY.name,
        }),
        place(&sorted::CELLS, SORTED_ROWS, |name| name),
        place(&bracket::CELLS, BRACKET_ROWS, |name| match name {
            "key" => TIERS.name,
            "factor" => CONVERSION.name,
            "y" => "requirement",
            "sum out" => "MM out",
            "sum in" => "MM in",
            other => other,
        }),
        place(&groups::CELLS, GROUPS_ROWS, |name| match name {
            "amount" => PNL.name,
            other => other,
        }),
    ]
    .concat()
}
