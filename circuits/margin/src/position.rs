//! A position slot: eleven rows.
//!
//! ```text
//! row  limbs 0..5                  aux 0     aux 1      aux 2      aux 3       aux 4
//! 0    size - 1
//! 1    size - 1
//! 2    entry                       size - 1
//! 3    entry                       entry     prev key   prev used  packed
//! 4    key, distance | entry top   side      used       code                   key
//! 5    x - lo                      meta      value num  multiplier conversion  tiers
//! 6    x - lo                      size - 1  entry      pnl        x
//! 7    x - lo                      x         tiers      slope      intercept   x - lo
//! 8    hi - x                      convers.  req        sum out    sum in      hi - x
//! 9    hi - x                      group sums in                               pnl
//! 10   hi - x                      group sums out                              code
//! ```

use crate::hints::PositionHint;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{BracketConfig, Factor, load_table};
use zkmargin_gadgets::groups::{GroupsConfig, Sums, is_code};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::RangeConfig;
use zkmargin_gadgets::sorted::{SlotKey, SortedConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{ENTRY_BITS, SIZE_BITS};

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

/// What a slot hands to the next one.
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
        let aux = columns.aux;
        let (prev, cur, next) = (Rotation::prev(), Rotation::cur(), Rotation::next());

        meta.lookup(|meta| {
            let q = meta.query_selector(config.q_instrument);
            let tuple = aux.map(|column| q.clone() * meta.query_advice(column, cur));
            tuple.into_iter().zip(config.instruments).collect()
        });

        // On row 3.
        meta.create_gate("position packing", |meta| {
            let q = meta.query_selector(config.q_pack);
            let size = meta.query_advice(aux[0], prev);
            let entry = meta.query_advice(aux[0], cur);
            let packed = meta.query_advice(aux[3], cur);
            let used = meta.query_advice(aux[1], next);
            let key = meta.query_advice(aux[4], next);
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

        // On row 4.
        meta.create_gate("position slot", |meta| {
            let q = meta.query_selector(config.q_slot);
            let side = meta.query_advice(aux[0], cur);
            let used = meta.query_advice(aux[1], cur);
            let code = meta.query_advice(aux[2], cur);
            let key = meta.query_advice(aux[4], cur);
            let row = meta.query_advice(aux[0], next);
            // `key - side` is twice the instrument.
            let expected = (key - side.clone()) * Fp::from(8) + used * Fp::from(4) + code.clone();
            Constraints::with_selector(
                q,
                [
                    ("side is boolean", side.clone() * (constant(1) - side)),
                    ("code is a settle group", is_code(code)),
                    ("instrument row", expected - row),
                ],
            )
        });

        // On row 5.
        meta.create_gate("position value", |meta| {
            let q = meta.query_selector(config.q_value);
            let side = meta.query_advice(aux[0], prev);
            let used = meta.query_advice(aux[1], prev);
            let value_num = meta.query_advice(aux[1], cur);
            let multiplier = meta.query_advice(aux[2], cur);
            // What is range-checked is one less than the size, so a used slot is never of size zero.
            let size = meta.query_advice(aux[0], next) + used.clone();
            let entry = meta.query_advice(aux[1], next);
            let pnl = meta.query_advice(aux[2], next);
            let x = meta.query_advice(aux[3], next);
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
        let aux = &self.columns.aux;
        let free = |f: fn(&PositionHint) -> Fp| hint.map(f);

        let size = self.range.two_rows(region, offset, free(|h| h.size))?;
        let entry = self.range.two_rows_and_limb(region, offset + 2, free(|h| h.entry))?;
        let slot = self.sorted.assign(
            region,
            offset + 3,
            previous.map(|p| &p.slot),
            free(|h| h.used),
            free(|h| h.key),
        )?;
        let packed = size.value().zip(entry.value()).zip(slot.key.value()).map(|((s, e), k)| {
            *e + *s * power_of_two(ENTRY_BITS) + *k * power_of_two(ENTRY_BITS + SIZE_BITS)
        });
        let packed = region.assign_advice(|| "packed", aux[3], offset + 3, || packed)?;
        self.q_pack.enable(region, offset + 3)?;

        let side = region.assign_advice(|| "side", aux[0], offset + 4, || free(|h| h.side))?;
        let code = region.assign_advice(|| "code", aux[2], offset + 4, || free(|h| h.code))?;
        let row = slot.key.value().zip(side.value()).zip(slot.used.value()).zip(code.value()).map(
            |(((key, side), used), code)| (*key - side) * Fp::from(8) + *used * Fp::from(4) + code,
        );
        region.assign_advice(|| "instrument row", aux[0], offset + 5, || row)?;
        self.q_slot.enable(region, offset + 4)?;

        let mut terms = Vec::with_capacity(4);
        for (i, name) in
            ["value numerator", "multiplier", "conversion", "tiers"].into_iter().enumerate()
        {
            let value = hint.map(|h| h.terms[i]);
            terms.push(region.assign_advice(|| name, aux[1 + i], offset + 5, || value)?);
        }
        self.q_instrument.enable(region, offset + 5)?;

        let size = size.copy_advice(|| "size - 1", region, aux[0], offset + 6)?;
        let magnitude = size.value().zip(slot.used.value()).map(|(size, used)| *size + used);
        let entry = entry.copy_advice(|| "entry", region, aux[1], offset + 6)?;
        let pnl = side
            .value()
            .zip(magnitude)
            .zip(terms[0].value())
            .zip(entry.value())
            .zip(slot.used.value())
            .map(|((((side, size), value), entry), used)| {
                (Fp::ONE - side.double()) * size * value - entry
                    + *used * power_of_two(ENTRY_BITS - 1)
            });
        let pnl = region.assign_advice(|| "pnl", aux[2], offset + 6, || pnl)?;
        let x = magnitude.zip(terms[1].value()).map(|(size, m)| size * m);
        let x = region.assign_advice(|| "x", aux[3], offset + 6, || x)?;
        self.q_value.enable(region, offset + 5)?;

        let requirement = self.bracket.assign(
            region,
            offset + 5,
            &x,
            &terms[3],
            Factor::Cell(&terms[2]),
            previous.map(|p| &p.maintenance),
            hint.map(|h| h.bracket),
        )?;
        let settled =
            self.groups.assign(region, offset + 9, previous.map(|p| &p.settled), &pnl, &code)?;
        Ok(PositionCells { slot, packed, maintenance: requirement.sum, settled })
    }
}
