//! The isolated position that a claim names: which slot has it, and that one does.
//!
//! ```text
//! row  aux 0  aux 1  aux 2  aux 3     aux 4
//! 0    key    name   named  found in  found out
//! 1    used   other
//! ```
//!
//! The first row is of every slot that can be isolated. Where the claim is about all books but that of the position, these
//! are the rows of the slot's [comparison](crate::book) which leave the cells free, and the comparison reads the last cell
//! in the place of the used flag.

use crate::book;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;

/// Row of a comparison from which on these cells are.
pub(crate) const ROW: usize = book::ROWS - 2;

/// Key of the slot: 18 bits.
const KEY: At = aux("key", 0, 0);
/// Key of the position that is named: 17 bits, and not zero.
const NAME: At = aux("name", 1, 0);
/// 1 in the slot of the position that is named, 0 in every other.
pub(crate) const NAMED: At = aux("named", 2, 0);
/// How many slots before this one have the position.
const FOUND_IN: At = aux("found in", 3, 0);
const FOUND_OUT: At = aux("found out", 4, 0);
/// 1 for a used slot.
const USED: At = aux("used", 0, 1);
/// 1 for a used slot of another position.
const OTHER: At = aux("other", 1, 1);

/// The gates' row.
const GATE: usize = 0;

/// Configuration of the rows.
#[derive(Clone, Debug)]
pub(crate) struct NamedConfig {
    columns: Columns,
    q_named: Selector,
    /// Where the other isolated positions are compared.
    q_other: Option<Selector>,
}

/// What a slot passes to the next one.
#[derive(Clone, Debug)]
pub(crate) struct NamedCells {
    /// Key of the position that is named.
    pub name: FieldCell,
    /// 1 in the slot of the position.
    pub named: FieldCell,
    /// How many slots up to this one have it.
    pub found: FieldCell,
}

/// What is known of a slot.
#[derive(Clone, Debug)]
pub(crate) struct NamedHint {
    /// Key of the position that is named.
    pub name: Value<Fp>,
    /// 1 in the slot of the position.
    pub named: Value<Fp>,
}

impl NamedConfig {
    /// Creates the gates, with that of the other positions' comparisons where there are any.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        compares_others: bool,
    ) -> Self {
        let q_named = meta.selector();
        meta.create_gate("named position", |meta| {
            let q = meta.query_selector(q_named);
            let [key, name, named, found_in, found_out] =
                columns.query_all(meta, [KEY, NAME, NAMED, FOUND_IN, FOUND_OUT], GATE);
            Constraints::with_selector(
                q,
                [
                    ("only the name's slot is named", named.clone() * (key - name)),
                    ("found out = found in + named", found_in + named - found_out),
                ],
            )
        });
        let q_other = compares_others.then(|| {
            let q_other = meta.selector();
            meta.create_gate("other than the named position", |meta| {
                let q = meta.query_selector(q_other);
                let [named, used, other] = columns.query_all(meta, [NAMED, USED, OTHER], GATE);
                Constraints::with_selector(q, [("other = used - named", used - named - other)])
            });
            q_other
        });
        Self { columns: columns.clone(), q_named, q_other }
    }

    /// Assigns the first row of a slot with this key.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        previous: Option<&NamedCells>,
        key: &FieldCell,
        hint: NamedHint,
    ) -> Result<NamedCells, Error> {
        let columns = &self.columns;
        columns.copy(region, row, KEY, key)?;
        let name = match previous {
            Some(previous) => columns.copy(region, row, NAME, &previous.name)?,
            None => columns.assign(region, row, NAME, hint.name)?,
        };
        let named = columns.assign(region, row, NAMED, hint.named)?;
        let before = previous.map(|previous| &previous.found);
        let before = columns.copy_or_constant(region, row, FOUND_IN, before, Fp::ZERO)?;
        let found = before.value().zip(named.value()).map(|(before, named)| *before + named);
        let found = columns.assign(region, row, FOUND_OUT, found)?;
        self.q_named.enable(region, row + GATE)?;
        Ok(NamedCells { name, named, found })
    }

    /// Assigns the second row, and returns what the slot's comparison reads in the place of the used flag.
    ///
    /// # Errors
    /// From the layouter, and where no others are compared.
    pub(crate) fn other(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        of: &NamedCells,
        used: &FieldCell,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let used = columns.copy(region, row, USED, used)?;
        let other = used.value().zip(of.named.value()).map(|(used, named)| *used - named);
        self.q_other.ok_or(Error::Synthesis)?.enable(region, row + GATE)?;
        columns.assign(region, row, OTHER, other)
    }
}

/// Requires that a slot up to this one has the position.
///
/// # Errors
/// From the layouter.
pub(crate) fn is_found(region: &mut Region<'_, Fp>, last: &NamedCells) -> Result<(), Error> {
    region.constrain_constant(last.found.cell(), Fp::ONE)
}

/// Cells of the first row.
#[cfg(test)]
pub(crate) const CELLS: [At; 5] = [KEY, NAME, NAMED, FOUND_IN, FOUND_OUT];

/// All cells.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[&CELLS, &[USED, OTHER]])
}
