//! Division with remainder: `y = floor((a x + b) / d)`, the step that every rounding is made of.
//!
//! ```text
//! row   limbs      aux 0  aux 1  aux 2  aux 3  aux 4
//! 0     r
//! 1  q  d - 1 - r
//! 2     y          x      a      b      d - 1  y
//! 3     y
//! 4     y
//! ```
//!
//! `0 <= r < d`, because both `r` and `d - 1 - r` are words of 45 bits, and `y` is a word of 135 bits, or of 90 bits and
//! then without the last row: none of the three range checks can be omitted. `a x + b` is not negative and below
//! 2^250; the caller's widths guarantee that. The divisor enters less one, so that the zero tuple of a table, which
//! empty slots look up, divides zero by one.
//!
//! The short form takes three rows: remainders of 27 bits leave two limbs on either row for the low end of a quotient
//! of 81 bits.
//!
//! ```text
//! row 0     r (0-2), y (3-4)
//! row 1  q  d - 1 - r (0-2), y (3-4)
//! row 2     y                          x, a, b, d - 1, y as above
//! ```
//!
//! The deep form takes five rows and divides by up to 2^54: the tenth limbs of both remainders leave 117 bits to the
//! quotient.
//!
//! ```text
//! row 0     r
//! row 1  q  d - 1 - r
//! row 2     r (0), d - 1 - r (1), y (2-4)  x, a, b, d - 1, y as above
//! row 3  q  y
//! row 4     y
//! ```

use crate::Columns;
use crate::cell::{At, aux, limbs};
use crate::halo2::*;
use crate::range::{self, LIMBS, RangeConfig, Width, limbs_of};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{
    DEEP_DIVISOR_BITS, DEEP_QUOTIENT_BITS, LIMB_BITS, ROW_BITS, SHORT_DIVISOR_BITS,
    SHORT_QUOTIENT_BITS,
};

/// First row of the quotient's own rows.
const QUOTIENT_ROWS: usize = 2;

/// How wide a division is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Divisors to 2^27, quotients below 2^81: three rows.
    Short,
    /// Divisors to 2^45, and quotients of this width.
    Long(Width),
    /// Divisors to 2^54, quotients below 2^117: five rows.
    Deep,
}

impl Form {
    /// Number of rows one division takes.
    pub const fn rows(self) -> usize {
        match self {
            Self::Short => QUOTIENT_ROWS + 1,
            Self::Long(width) => QUOTIENT_ROWS + width.rows(),
            Self::Deep => QUOTIENT_ROWS + Width::Wide.rows(),
        }
    }
}

/// Remainder: 45 bits.
const REMAINDER: At = limbs("r", 0, LIMBS, 0);
/// How far the remainder is below `d - 1`: 45 bits.
const REST: At = limbs("d - 1 - r", 0, LIMBS, 1);
const X: At = aux("x", 0, 2);
const FACTOR: At = aux("a", 1, 2);
const OFFSET: At = aux("b", 2, 2);
/// The divisor less one: 45 bits, or 27 in the short form.
const LAST: At = aux("d - 1", 3, 2);
/// Quotient: 135 or 90 bits, or 81 in the short form.
pub const QUOTIENT: At = range::ABOVE_WORD.below(QUOTIENT_ROWS).named("y");

/// Limbs of a remainder in the short form.
const SHORT: usize = (SHORT_DIVISOR_BITS / LIMB_BITS) as usize;
const SHORT_REMAINDER: At = limbs("r", 0, SHORT, 0);
const SHORT_REST: At = limbs("d - 1 - r", 0, SHORT, 1);
/// Limbs of the quotient in the short form, lowest first.
const SHORT_QUOTIENT: [At; 3] = [
    limbs("y", SHORT, LIMBS - SHORT, 0),
    limbs("y", SHORT, LIMBS - SHORT, 1),
    limbs("y", 0, LIMBS, 2),
];
const _: () = assert!(SHORT_QUOTIENT_BITS as usize == (3 * LIMBS - 2 * SHORT) * LIMB_BITS as usize);

// The limbs of the deep form above those of the long one.
const TOP_OF_REMAINDER: At = limbs("r", 0, 1, 2);
const TOP_OF_REST: At = limbs("d - 1 - r", 1, 1, 2);
/// Limbs of the quotient in the deep form, lowest first.
pub const DEEP_QUOTIENT: [At; 3] =
    [limbs("y", 2, LIMBS - 2, 2), limbs("y", 0, LIMBS, 3), limbs("y", 0, LIMBS, 4)];
/// Row of the gate of the quotient's limbs in the deep form.
const DEEP_WORD: usize = 3;
const _: () = assert!(DEEP_QUOTIENT_BITS as usize == (3 * LIMBS - 2) * LIMB_BITS as usize);
const _: () = assert!(DEEP_DIVISOR_BITS == ROW_BITS + LIMB_BITS);

/// The gate's row.
pub const GATE: usize = 1;

/// All cells.
pub fn cells(form: Form) -> Vec<At> {
    let words = match form {
        Form::Short => [&[SHORT_REMAINDER, SHORT_REST, QUOTIENT], &SHORT_QUOTIENT[..]].concat(),
        Form::Long(width) => {
            let at = |at: &At| at.below(QUOTIENT_ROWS).named(QUOTIENT.name);
            let quotient: Vec<_> = width.above().iter().map(at).collect();
            [&[REMAINDER, REST][..], &quotient].concat()
        }
        Form::Deep => {
            let tops = [TOP_OF_REMAINDER, TOP_OF_REST];
            [&[REMAINDER, REST, QUOTIENT][..], &tops, &DEEP_QUOTIENT].concat()
        }
    };
    words.into_iter().chain([X, FACTOR, OFFSET, LAST]).collect()
}

/// Division configuration.
#[derive(Clone, Debug)]
pub struct DivideConfig {
    columns: Columns,
    range: RangeConfig,
    /// Of the long form, the short one and the deep one; only in circuits that have them.
    q_long: Option<Selector>,
    q_short: Option<Selector>,
    q_deep: Option<[Selector; 2]>,
}

/// Which forms a circuit has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forms {
    /// Long ones.
    pub long: bool,
    /// Short ones.
    pub short: bool,
    /// Deep ones.
    pub deep: bool,
}

/// What is divided, and by what: `(a x + b) / d`.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// What the line is a function of.
    pub x: &'a FieldCell,
    /// Factor.
    pub a: &'a FieldCell,
    /// Offset, in which the rounding mode is: 0 to `d - 1`, beside an intercept.
    pub b: &'a FieldCell,
    /// Divisor less one, below 2^45, or 2^54 in the deep form.
    pub last: &'a FieldCell,
}

impl Line<'_> {
    /// The quotient, for a dividend below 2^250; what it is for others has no remainder that fits.
    pub fn quotient(&self) -> Value<Fp> {
        let dividend = self.a.value().zip(self.x.value()).zip(self.b.value());
        let dividend = dividend.map(|((a, x), b)| *a * x + b);
        dividend.zip(self.last.value()).map(|(dividend, last)| divided(&dividend, last))
    }
}

/// Integer division by `last + 1`, in digits of 64 bits.
fn divided(dividend: &Fp, last: &Fp) -> Fp {
    let digits = |x: &Fp| {
        let bytes = x.to_repr();
        let digit = |i: usize| {
            bytes[8 * i..8 * i + 8].iter().rev().fold(0u64, |d, b| d << 8 | u64::from(*b))
        };
        [3, 2, 1, 0].map(digit)
    };
    let divisor = u128::from(digits(last)[3] % (1 << DEEP_DIVISOR_BITS)) + 1;
    let base = Fp::from_u128(1 << 64);
    let mut remainder = 0u128;
    digits(dividend).into_iter().fold(Fp::ZERO, |quotient, digit| {
        let part = remainder << 64 | u128::from(digit);
        remainder = part % divisor;
        quotient * base + Fp::from_u128(part / divisor)
    })
}

impl DivideConfig {
    /// Creates the gates of the forms that a circuit has.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
        Forms { long, short, deep }: Forms,
    ) -> Self {
        let q_long = long.then(|| meta.selector());
        if let Some(q_long) = q_long {
            meta.create_gate("division", |meta| {
                let q = meta.query_selector(q_long);
                let remainders = columns.query_all(meta, [REMAINDER, REST], GATE);
                Constraints::with_selector(q, division(columns, meta, remainders))
            });
        }
        let q_short = short.then(|| meta.selector());
        if let Some(q_short) = q_short {
            meta.create_gate("short division", |meta| {
                let q = meta.query_selector(q_short);
                let [low, middle, high] = columns.query_all(meta, SHORT_QUOTIENT, GATE);
                let y = columns.query(meta, QUOTIENT, GATE);
                let bits = LIMB_BITS * (LIMBS - SHORT) as u32;
                let word = low + middle * power_of_two(bits) + high * power_of_two(2 * bits) - y;
                let remainders = columns.query_all(meta, [SHORT_REMAINDER, SHORT_REST], GATE);
                let [divided, below] = division(columns, meta, remainders);
                Constraints::with_selector(q, [divided, below, ("y is its limbs", word)])
            });
        }
        let q_deep = deep.then(|| [meta.selector(), meta.selector()]);
        if let Some([q_division, q_word]) = q_deep {
            meta.create_gate("deep division", |meta| {
                let q = meta.query_selector(q_division);
                let [low, rest] = columns.query_all(meta, [REMAINDER, REST], GATE);
                let tops = columns.query_all(meta, [TOP_OF_REMAINDER, TOP_OF_REST], GATE);
                let [top, top_of_rest] = tops.map(|top| top * power_of_two(ROW_BITS));
                let remainders = [low + top, rest + top_of_rest];
                Constraints::with_selector(q, division(columns, meta, remainders))
            });
            meta.create_gate("deep quotient", |meta| {
                let q = meta.query_selector(q_word);
                let [low, middle, high] = columns.query_all(meta, DEEP_QUOTIENT, DEEP_WORD);
                let y = columns.query(meta, QUOTIENT, DEEP_WORD);
                let bits = LIMB_BITS * (LIMBS as u32 - 2);
                let word = low + middle * power_of_two(bits) + high * power_of_two(bits + ROW_BITS);
                Constraints::with_selector(q, [("y is its limbs", word - y)])
            });
        }
        Self { columns: columns.clone(), range: range.clone(), q_long, q_short, q_deep }
    }

    /// Divides on the rows from `offset` on and returns the quotient, whose value the caller supplies:
    /// [`Line::quotient`], unless it cheats.
    ///
    /// # Errors
    /// From the layouter, or for a form in a circuit without it.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        form: Form,
        line: Line<'_>,
        quotient: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let x = columns.copy(region, offset, X, line.x)?;
        let a = columns.copy(region, offset, FACTOR, line.a)?;
        let b = columns.copy(region, offset, OFFSET, line.b)?;
        let last = columns.copy(region, offset, LAST, line.last)?;
        let dividend = a.value().zip(x.value()).zip(b.value()).map(|((a, x), b)| *a * x + b);
        let remainder = dividend
            .zip(last.value())
            .zip(quotient)
            .map(|((dividend, last), y)| dividend - (*last + Fp::ONE) * y);
        let rest = last.value().zip(remainder).map(|(last, r)| *last - r);
        let mut assign = |at, count, value: Value<Fp>| {
            let limbs = value.map(|value| limbs_of(&value, count)).transpose_vec(count);
            self.range.assign_limbs(region, offset, at, &limbs)
        };
        match form {
            Form::Short => {
                assign(SHORT_REMAINDER, SHORT, remainder)?;
                assign(SHORT_REST, SHORT, rest)?;
                let count = 3 * LIMBS - 2 * SHORT;
                let limbs = quotient.map(|y| limbs_of(&y, count)).transpose_vec(count);
                let (low, rest) = limbs.split_at(LIMBS - SHORT);
                let (middle, high) = rest.split_at(LIMBS - SHORT);
                for (at, limbs) in SHORT_QUOTIENT.into_iter().zip([low, middle, high]) {
                    self.range.assign_limbs(region, offset, at, limbs)?;
                }
                self.q_short.ok_or(Error::Synthesis)?.enable(region, offset + GATE)?;
                columns.assign(region, offset, QUOTIENT, quotient)
            }
            Form::Deep => {
                for (value, low, top) in
                    [(remainder, REMAINDER, TOP_OF_REMAINDER), (rest, REST, TOP_OF_REST)]
                {
                    let limbs = value.map(|x| limbs_of(&x, LIMBS + 1)).transpose_vec(LIMBS + 1);
                    self.range.assign_limbs(region, offset, low, &limbs[..LIMBS])?;
                    self.range.assign_limbs(region, offset, top, &limbs[LIMBS..])?;
                }
                let count = 3 * LIMBS - 2;
                let limbs = quotient.map(|y| limbs_of(&y, count)).transpose_vec(count);
                let (low, rest) = limbs.split_at(LIMBS - 2);
                let (middle, high) = rest.split_at(LIMBS);
                for (at, limbs) in DEEP_QUOTIENT.into_iter().zip([low, middle, high]) {
                    self.range.assign_limbs(region, offset, at, limbs)?;
                }
                let [q_division, q_word] = self.q_deep.ok_or(Error::Synthesis)?;
                q_division.enable(region, offset + GATE)?;
                q_word.enable(region, offset + DEEP_WORD)?;
                columns.assign(region, offset, QUOTIENT, quotient)
            }
            Form::Long(width) => {
                assign(REMAINDER, LIMBS, remainder)?;
                assign(REST, LIMBS, rest)?;
                self.q_long.ok_or(Error::Synthesis)?.enable(region, offset + GATE)?;
                self.range.above(region, offset + QUOTIENT_ROWS, width, quotient)
            }
        }
    }
}

/// The division itself, with the remainder and its distance to `d - 1`.
fn division(
    columns: &Columns,
    meta: &mut VirtualCells<'_, Fp>,
    [remainder, rest]: [Expression<Fp>; 2],
) -> [(&'static str, Expression<Fp>); 2] {
    let [x, a, b, last, y] = columns.query_all(meta, [X, FACTOR, OFFSET, LAST, QUOTIENT], GATE);
    let divisor = last.clone() + Expression::Constant(Fp::ONE);
    [
        ("d y + r = a x + b", divisor * y + remainder.clone() - (a * x + b)),
        ("r + (d - 1 - r) = d - 1", remainder + rest - last),
    ]
}
