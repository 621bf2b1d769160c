//! Notionals of entries: what the first figure of a notional is made of.
//!
//! ```text
//! row  aux 2         aux 3  aux 4
//! 0    signed entry
//! 1                  entry  used
//! 2                  size   notional of
//! ```
//!
//! The block is that of a [sign](zkmargin_gadgets::sign), and the row of a key with the instrument's flag on rows 1 and 2.

use super::keys::Figure;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::{self, KeyedConfig};
use zkmargin_gadgets::sign::{self, SignConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::ENTRY_BITS;

/// Rows of the block.
pub(super) const ROWS: usize = sign::ROWS;

/// First of two rows beside the limbs of the magnitude.
const FLAG: usize = 1;

/// The entry: 98 bits and a sign.
const SIGNED: At = aux("signed entry", 2, 0);
/// Entry value plus 2^98; zero in an empty slot: 99 bits.
const ENTRY: At = aux("entry", 3, 1);
const USED: At = aux("used", 4, 1);
const SIZE: At = aux("size", 3, 2);
/// What the notional is made of: 98 bits.
const BASE: At = aux("notional of", 4, 2);
/// 1 for an instrument whose notional is of the entry.
const AT_ENTRY: At = keyed::A.below(FLAG);

/// Row of the gate.
const GATE: usize = 1;

/// Configuration of the block.
#[derive(Clone, Debug)]
pub(super) struct EntryConfig {
    columns: Columns,
    keyed: KeyedConfig,
    sign: SignConfig,
    q_entry: Selector,
}

impl EntryConfig {
    /// Creates the gate.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        keyed: &KeyedConfig,
        sign: &SignConfig,
    ) -> Self {
        let q_entry = meta.selector();
        meta.create_gate("notional of size or entry", |meta| {
            let q = meta.query_selector(q_entry);
            let [signed, entry, used, size, base, at_entry, magnitude] = columns.query_all(
                meta,
                [SIGNED, ENTRY, USED, SIZE, BASE, AT_ENTRY, sign::MAGNITUDE],
                GATE,
            );
            let unbiased = entry - used * power_of_two(ENTRY_BITS - 1);
            // The table sets the flag to 0 or 1.
            let chosen = size.clone() + at_entry * (magnitude - size);
            Constraints::with_selector(
                q,
                [
                    ("signed entry = entry - 2^98 used", unbiased - signed),
                    ("notional of the size, or of the entry", chosen - base),
                ],
            )
        });
        Self { columns: columns.clone(), keyed: keyed.clone(), sign: sign.clone(), q_entry }
    }

    /// Assigns the block from `offset` on and returns what the notional is made of.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        Booked { entry, used, size, key }: Booked<'_>,
        hint: Value<&EntryHint>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let entry = columns.copy(region, offset, ENTRY, entry)?;
        let used = columns.copy(region, offset, USED, used)?;
        let signed = entry.value().zip(used.value());
        let signed = signed.map(|(entry, used)| *entry - *used * power_of_two(ENTRY_BITS - 1));
        let signed = columns.assign(region, offset, SIGNED, signed)?;
        let negative = hint.map(|h| h.negative);
        let magnitude = self.sign.assign(region, offset, &signed, negative)?.magnitude;
        let (first, row) = (Figure::AtEntry.first_field(), hint.map(|h| h.at_entry));
        let at_entry = self.keyed.look_up(region, offset + FLAG, key, first, row)?.a;
        let size = columns.copy(region, offset, SIZE, size)?;
        let base = size.value().zip(magnitude.value()).zip(at_entry.value());
        let base = base.map(|((size, magnitude), flag)| *size + *flag * (*magnitude - size));
        self.q_entry.enable(region, offset + GATE)?;
        columns.assign(region, offset, BASE, base)
    }
}

/// Cells of the slot that the block reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Booked<'a> {
    /// Entry value plus 2^98.
    pub(super) entry: &'a FieldCell,
    pub(super) used: &'a FieldCell,
    pub(super) size: &'a FieldCell,
    /// The key less the side.
    pub(super) key: &'a FieldCell,
}

/// Free cells of a position slot whose notional can be of the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryHint {
    /// Whether the entry is negative.
    pub negative: Fp,
    /// Row of the instrument's flag.
    pub at_entry: BracketHint,
}

impl EntryHint {
    /// An empty slot.
    pub fn empty() -> Self {
        Self { negative: Fp::ZERO, at_entry: BracketHint::default() }
    }
}

/// Cells of the block that are not those of gadgets.
#[cfg(test)]
pub(crate) const OWN_CELLS: [&[At]; 1] = [&[SIGNED, ENTRY, USED, SIZE, BASE]];

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::{of, place};
    let mut all = of(&OWN_CELLS);
    all.extend(of(&sign::CELLS));
    all.extend(place(&keyed::CELLS, FLAG, |name| name));
    all
}
