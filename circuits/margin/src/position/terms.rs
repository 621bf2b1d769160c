//! Terms of a slot's instrument: one row of the instrument table.
//!
//! ```text
//! row  aux 0        aux 1       aux 2       aux 3       aux 4
//! 4                                         conversion
//! 5    value num.   multiplier  tier table  b of long   b of short
//! 6    value d - 1  scale       funding     cross
//! ```
//!
//! Counted from the slot's first row. Row 6 and the offsets of row 5 are there only where values are rounded, and where
//! tiers go by families the columns of `family.rs` are in their places. The second rounding of the requirement is there only where there is one. In the flat profile, the looked-up cells are those of the
//! slot's own gates, on rows 2 to 4, and the flag is on row 3. The first column of the table,
//! `16 id + 4 used + code`, or with larger weights for more settle groups, has no cell: the lookup computes it from the slot's key.

use super::{CODE, CORE, FACTOR, KEY, SIDE, USED, VALUE, family};
use crate::hints::PositionHint;
use crate::tables::{INSTRUMENT_COLUMNS, instrument_row};
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::load_table;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;
use zkmargin_model::rule::{Profile, Rounded};

/// A column of the instrument table after the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Value of one step of size less funding, in settlement units: 72 bits and a sign. Where values are rounded, the
    /// numerator of its magnitude, without funding.
    Value,
    /// From the size, or from the value's quotient, to the tier variable: 72 bits. In the flat profile, from the size to
    /// the requirement before it is converted: 105 bits.
    Multiplier,
    /// From the requirement's last figure to margin units: 72 bits.
    Conversion,
    /// Number of the tier table.
    Tiers,
    /// Offset of the value's rounding for a long position: 45 bits.
    Long,
    /// The same for a short one.
    Short,
    /// Divisor of the value, less one: 45 bits.
    ValueLast,
    /// From the value's quotient to settlement units: 72 bits and a sign.
    Scale,
    /// Accrued funding per size step, in settlement units: 72 bits and a sign.
    Funding,
    /// Factor of the requirement's second rounding: 72 bits.
    Factor,
    /// Number of the family: 17 bits.
    Family,
    /// What one size step counts in the family: 40 bits.
    FamilyUnit,
    /// From a rate of the size to the requirement before it is converted, where tiers go by families: 72 bits.
    OwnUnit,
}

/// All columns after the first, in order.
const COLUMNS: [Column; INSTRUMENT_COLUMNS - 1] = [
    Column::Value,
    Column::Multiplier,
    Column::Conversion,
    Column::Tiers,
    Column::Long,
    Column::Short,
    Column::ValueLast,
    Column::Scale,
    Column::Funding,
    Column::Factor,
    Column::Family,
    Column::FamilyUnit,
    Column::OwnUnit,
];

/// Number of the tier table among an instrument's figures.
pub(crate) fn tier_table(terms: &[Fp; INSTRUMENT_COLUMNS - 1]) -> Fp {
    terms[Column::Tiers as usize]
}

/// The columns after the first that a profile has.
fn columns_of(profile: Profile) -> impl Iterator<Item = Column> {
    COLUMNS.into_iter().filter(move |column| column.is_in(profile))
}

impl Column {
    /// Whether a profile has it.
    fn is_in(self, profile: Profile) -> bool {
        match self {
            Self::Value | Self::Multiplier | Self::Conversion => true,
            Self::Tiers => !profile.flat,
            Self::Long | Self::Short | Self::ValueLast | Self::Scale | Self::Funding => {
                profile.rounded.rounds_values()
            }
            Self::Factor => profile.rounded == Rounded::ValueAndTwice,
            Self::Family | Self::FamilyUnit | Self::OwnUnit => profile.family,
        }
    }

    /// Its cell, counted from the slot's first row.
    const fn at(self, profile: Profile) -> At {
        match self {
            Self::Conversion => aux("conversion", 3, 4),
            Self::Value if profile.flat => VALUE,
            Self::Multiplier if profile.flat => FACTOR,
            Self::Value => aux("value num.", 0, 5),
            Self::Multiplier => aux("multiplier", 1, 5),
            Self::Tiers => aux("tier table", 2, 5),
            Self::Long => aux("b of long", 3, 5),
            Self::Short => aux("b of short", 4, 5),
            Self::ValueLast => aux("value d - 1", 0, 6),
            Self::Scale => aux("scale", 1, 6),
            Self::Funding => aux("funding", 2, 6),
            Self::Factor => aux("second a", 3, 6),
            Self::Family => family::FAMILY.below(CORE),
            Self::FamilyUnit => family::UNIT.below(CORE),
            Self::OwnUnit => family::OWN.below(CORE),
        }
    }
}

/// 1 for a position in the cross book, where positions can be isolated: in the place of a column that the profile
/// lacks.
pub(super) const fn cross(profile: Profile) -> At {
    if profile.flat {
        return aux("cross", 4, 3);
    }
    let at = if profile.rounded.rounds_values() { Column::Factor } else { Column::Long };
    at.at(profile).named("cross")
}

/// Row of the lookup: between those of the key and of the terms, or of both in the flat profile.
const fn lookup(profile: Profile) -> usize {
    if profile.flat { 3 } else { 5 }
}

/// Configuration of the instrument lookup.
#[derive(Clone, Debug)]
pub(super) struct TermsConfig {
    profile: Profile,
    columns: Columns,
    table: Vec<TableColumn>,
    q_instrument: Selector,
}

/// The terms' cells.
#[derive(Clone, Debug)]
pub(super) struct TermsCells(Vec<(Column, FieldCell)>);

impl TermsCells {
    /// The cell of a column.
    ///
    /// # Errors
    /// When the profile has no such column.
    pub(super) fn get(&self, column: Column) -> Result<&FieldCell, Error> {
        let cell = self.0.iter().find(|(of, _)| *of == column);
        cell.map(|(_, cell)| cell).ok_or(Error::Synthesis)
    }
}

impl TermsConfig {
    /// Creates the table and the lookup.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
    ) -> Self {
        let count = columns_of(profile).count();
        let table: Vec<_> = (0..=count).map(|_| meta.lookup_table_column()).collect();
        let q_instrument = meta.complex_selector();
        let lookup = lookup(profile);
        meta.lookup(|meta| {
            let q = meta.query_selector(q_instrument);
            let [side, used, code, key] = columns.query_all(meta, [SIDE, USED, CODE, KEY], lookup);
            let settlement = profile.settlement;
            let mut row = (key - side) * Fp::from(instrument_row::key_less_side(settlement))
                + used.clone() * Fp::from(instrument_row::used(settlement))
                + code;
            if profile.has_isolated() {
                // The table's rows are those of the cross book.
                let cross = columns.query(meta, cross(profile), lookup);
                row = row + (used - cross) * Fp::from(instrument_row::cross(settlement));
            }
            let terms = columns_of(profile).map(|c| columns.query(meta, c.at(profile), lookup));
            let tuple: Vec<_> = std::iter::once(row).chain(terms).collect();
            tuple.into_iter().map(|input| q.clone() * input).zip(table.iter().copied()).collect()
        });
        Self { profile, columns: columns.clone(), table, q_instrument }
    }

    /// Fills the table; columns that the profile lacks are left out.
    ///
    /// # Errors
    /// When the circuit has fewer usable rows than the table.
    pub(super) fn load(
        &self,
        layouter: &mut impl Layouter<Fp>,
        rows: &[[Fp; INSTRUMENT_COLUMNS]],
    ) -> Result<(), Error> {
        let of_profile = |row: &[Fp; INSTRUMENT_COLUMNS]| {
            let terms = columns_of(self.profile).map(|column| row[1 + column as usize]);
            std::iter::once(row[0]).chain(terms).collect::<Vec<_>>()
        };
        let rows: Vec<_> = rows.iter().map(of_profile).collect();
        load_table(layouter, "instruments", &self.table, &rows)
    }

    /// Assigns the terms of the slot whose first row is `offset`.
    ///
    /// # Errors
    /// From the layouter.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        hint: Value<&PositionHint>,
    ) -> Result<TermsCells, Error> {
        let cells = columns_of(self.profile).map(|column| {
            let value = hint.map(|h| h.terms[column as usize]);
            Ok((column, self.columns.assign(region, offset, column.at(self.profile), value)?))
        });
        let cells = cells.collect::<Result<_, Error>>()?;
        self.q_instrument.enable(region, offset + lookup(self.profile))?;
        Ok(TermsCells(cells))
    }
}

/// All cells of a profile's terms that are not the slot's own.
#[cfg(test)]
pub(crate) fn cells(profile: Profile) -> Vec<At> {
    let cross = profile.has_isolated().then(|| cross(profile));
    let terms = columns_of(profile).map(|column| column.at(profile));
    terms.filter(|at| ![VALUE, FACTOR].contains(at)).chain(cross).collect()
}
