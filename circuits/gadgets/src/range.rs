//! Range check: words made of nine-bit limbs, five limbs to a row.
//!
//! Every cell of the limb columns is looked up in a table of `0 .. 2^9` on every row, so a word is
//! range-checked as soon as a gate writes it as a sum of limbs. Widths are multiples of nine bits
//! and strict: there is no top limb that is only partly bounded.
//!
//! ```text
//!            limbs 0..5            aux 0       aux 4
//! two rows   row 0 (45 bits)
//!            row 1 (45 bits)  q
//!                                  word
//!
//! topped     row 0 (45 bits)
//!            row 1 (45 bits)  q    word
//!            limb 4 (9 bits)
//!
//! three rows row 0 (45 bits)                   word (variant `above`)
//!            row 1 (45 bits)  q
//!            row 2 (45 bits)                   word (variant `below`)
//!
//! narrow     row 0 (45 bits)                   word (variant `above`)
//!            row 1 (45 bits)  q                word (variant `below`)
//! ```
//!
//! The narrow words are words of two rows with the words where those of three rows have them.

use crate::Columns;
use crate::cell::{At, Place, aux, limbs};
use crate::halo2::*;
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{LIMB_BITS, LIMBS_PER_ROW, ROW_BITS};

/// Limb columns.
pub const LIMBS: usize = LIMBS_PER_ROW as usize;
/// Rows of the limb table.
pub const TABLE_ROWS: usize = 1 << LIMB_BITS;

/// A full row of a word: 45 bits.
const ROW: At = limbs("word", 0, LIMBS, 0);
/// The limb above two full rows.
const TOP: At = limbs("top", LIMBS - 1, 1, 2);

/// A word of two rows.
pub const TWO_ROWS_WORD: At = aux("word", 0, 2);
/// A word of two rows and a limb.
pub const TOPPED_WORD: At = aux("word", 0, 1);
/// A word of three rows, on the first of them.
pub const ABOVE_WORD: At = aux("word", 4, 0);
/// A word of three rows, on the last of them.
pub const BELOW_WORD: At = aux("word", 4, 2);
/// A narrow word, on the last of its rows.
const NARROW_BELOW_WORD: At = aux("word", 4, 1);

/// Row of every word's gate.
const GATE: usize = 1;

/// All cells of a word of two rows.
pub const TWO_ROWS: [At; 3] = [ROW, ROW.below(1), TWO_ROWS_WORD];
/// All cells of a word of two rows and a limb.
pub const TOPPED: [At; 4] = [ROW, ROW.below(1), TOP, TOPPED_WORD];
/// All cells of a word of three rows that is on the first of them.
pub const ABOVE: [At; 4] = [ROW, ROW.below(1), ROW.below(2), ABOVE_WORD];
/// All cells of a word of three rows that is on the last of them.
pub const BELOW: [At; 4] = [ROW, ROW.below(1), ROW.below(2), BELOW_WORD];

/// All cells of a narrow word that is on the first of its rows.
pub const NARROW_ABOVE: [At; 3] = [ROW, ROW.below(1), ABOVE_WORD];
/// All cells of a narrow word that is on the last of its rows.
pub const NARROW_BELOW: [At; 3] = [ROW, ROW.below(1), NARROW_BELOW_WORD];

/// How many rows a word takes beside other cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Two rows: 90 bits.
    Narrow,
    /// Three rows: 135 bits.
    Wide,
}

impl Width {
    /// Rows of a word.
    pub const fn rows(self) -> usize {
        match self {
            Self::Narrow => 2,
            Self::Wide => 3,
        }
    }

    /// All cells of a word that is on the first of its rows.
    pub const fn above(self) -> &'static [At] {
        match self {
            Self::Narrow => &NARROW_ABOVE,
            Self::Wide => &ABOVE,
        }
    }

    /// All cells of a word that is on the last of its rows.
    pub const fn below(self) -> &'static [At] {
        match self {
            Self::Narrow => &NARROW_BELOW,
            Self::Wide => &BELOW,
        }
    }
}

/// Range check configuration.
#[derive(Clone, Debug)]
pub struct RangeConfig {
    columns: Columns,
    table: TableColumn,
    q_two: Selector,
    q_topped: Selector,
    q_three_above: Selector,
    q_three_below: Selector,
    /// Of narrow words, above and below; only in circuits that have them.
    q_narrow: Option<[Selector; 2]>,
}

/// The low `count` limbs of the canonical representation of `value`.
pub fn limbs_of(value: &Fp, count: usize) -> Vec<Fp> {
    let bytes = value.to_repr();
    let bit = |i: usize| bytes.get(i / 8).map_or(0, |b| u64::from(b >> (i % 8) & 1));
    let bits = LIMB_BITS as usize;
    (0..count).map(|l| Fp::from((0..bits).map(|i| bit(l * bits + i) << i).sum::<u64>())).collect()
}

impl RangeConfig {
    /// Creates the limb lookups and the word gates; those of narrow words only on request.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns, narrow: bool) -> Self {
        let table = meta.lookup_table_column();
        for limb in columns.limbs {
            meta.lookup(|meta| vec![(meta.query_advice(limb, Rotation::cur()), table)]);
        }
        let config = Self {
            columns: columns.clone(),
            table,
            q_two: meta.selector(),
            q_topped: meta.selector(),
            q_three_above: meta.selector(),
            q_three_below: meta.selector(),
            q_narrow: narrow.then(|| [meta.selector(), meta.selector()]),
        };
        let (row, two_rows) = (power_of_two(ROW_BITS), power_of_two(2 * ROW_BITS));

        meta.create_gate("word of two rows", |meta| {
            let q = meta.query_selector(config.q_two);
            let [low, high, word] = columns.query_all(meta, TWO_ROWS, GATE);
            let sum = low + high * row;
            Constraints::with_selector(q, [("word = row 0 + 2^45 row 1", sum - word)])
        });
        meta.create_gate("word of two rows and a limb", |meta| {
            let q = meta.query_selector(config.q_topped);
            let [low, middle, top, word] = columns.query_all(meta, TOPPED, GATE);
            let sum = low + middle * row + top * two_rows;
            Constraints::with_selector(q, [("word = row 0 + 2^45 row 1 + 2^90 limb", sum - word)])
        });
        for (selector, cells) in [(config.q_three_above, ABOVE), (config.q_three_below, BELOW)] {
            meta.create_gate("word of three rows", |meta| {
                let q = meta.query_selector(selector);
                let [low, middle, high, word] = columns.query_all(meta, cells, GATE);
                let sum = low + middle * row + high * two_rows;
                Constraints::with_selector(
                    q,
                    [("word = row 0 + 2^45 row 1 + 2^90 row 2", sum - word)],
                )
            });
        }
        let narrow = config.q_narrow.into_iter().flatten();
        for (selector, cells) in narrow.zip([NARROW_ABOVE, NARROW_BELOW]) {
            meta.create_gate("narrow word", |meta| {
                let q = meta.query_selector(selector);
                let [low, high, word] = columns.query_all(meta, cells, GATE);
                let sum = low + high * row;
                Constraints::with_selector(q, [("word = row 0 + 2^45 row 1", sum - word)])
            });
        }
        config
    }

    /// Fills the limb table.
    ///
    /// # Errors
    /// When the circuit has fewer than 2^9 usable rows.
    pub fn load(&self, layouter: &mut impl Layouter<Fp>) -> Result<(), Error> {
        layouter.assign_table(
            || "limbs",
            |mut table| {
                (0..TABLE_ROWS).try_for_each(|row| {
                    let value = || Value::known(Fp::from(row as u64));
                    table.assign_cell(|| "limb", self.table, row, value)
                })
            },
        )
    }

    /// Assigns limbs of one row, for a part whose first row is `offset`.
    ///
    /// # Errors
    /// From the layouter, or when these are not the limbs of `at`.
    pub fn assign_limbs(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: At,
        limbs: &[Value<Fp>],
    ) -> Result<(), Error> {
        let Place::Limbs { first, count } = at.place else { return Err(Error::Synthesis) };
        if count != limbs.len() {
            return Err(Error::Synthesis);
        }
        for (column, limb) in self.columns.limbs[first..].iter().zip(limbs) {
            region.assign_advice(|| at.name, *column, offset + at.row, || *limb)?;
        }
        Ok(())
    }

    fn assign_rows(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        rows: usize,
        value: Value<Fp>,
    ) -> Result<Vec<Value<Fp>>, Error> {
        let count = rows * LIMBS + 1;
        let limbs = value.map(|v| limbs_of(&v, count)).transpose_vec(count);
        for row in 0..rows {
            let these = &limbs[row * LIMBS..(row + 1) * LIMBS];
            self.assign_limbs(region, offset, ROW.below(row), these)?;
        }
        Ok(limbs)
    }

    /// A word below 2^90. Limbs on rows `offset` and `offset + 1`; the word is in auxiliary
    /// column 0 of row `offset + 2`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn two_rows(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        self.assign_rows(region, offset, 2, value)?;
        self.q_two.enable(region, offset + GATE)?;
        self.columns.assign(region, offset, TWO_ROWS_WORD, value)
    }

    /// A word below 2^99. Limbs on rows `offset` and `offset + 1` and in limb column 4 of row
    /// `offset + 2`; the word is in auxiliary column 0 of row `offset + 1`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn two_rows_and_limb(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let limbs = self.assign_rows(region, offset, 2, value)?;
        self.assign_limbs(region, offset, TOP, &limbs[2 * LIMBS..])?;
        self.q_topped.enable(region, offset + GATE)?;
        self.columns.assign(region, offset, TOPPED_WORD, value)
    }

    /// A word below 2^90 or 2^135 with limbs on the rows from `offset` on; the word is in auxiliary column 4 of the
    /// first of them.
    ///
    /// # Errors
    /// From the layouter, or for a narrow word in a circuit without them.
    pub fn above(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        width: Width,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        self.assign_rows(region, offset, width.rows(), value)?;
        let selector = match width {
            Width::Narrow => self.q_narrow.map(|[above, _]| above),
            Width::Wide => Some(self.q_three_above),
        };
        selector.ok_or(Error::Synthesis)?.enable(region, offset + GATE)?;
        self.columns.assign(region, offset, ABOVE_WORD, value)
    }

    /// As [`RangeConfig::above`], with the word on the last row.
    ///
    /// # Errors
    /// As there.
    pub fn below(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        width: Width,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        self.assign_rows(region, offset, width.rows(), value)?;
        let (selector, word) = match width {
            Width::Narrow => (self.q_narrow.map(|[_, below]| below), NARROW_BELOW_WORD),
            Width::Wide => (Some(self.q_three_below), BELOW_WORD),
        };
        selector.ok_or(Error::Synthesis)?.enable(region, offset + GATE)?;
        self.columns.assign(region, offset, word, value)
    }
}
