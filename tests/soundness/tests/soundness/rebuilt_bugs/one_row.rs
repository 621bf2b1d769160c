//! Blocks with all of their constraints on one row.

use super::{Columns, Gadget, WIDTH, Write, flagged, record, word, word_gates};
use num_bigint::BigUint;
use std::marker::PhantomData;
use zkmargin_gadgets::halo2::*;

/// What a cell of the row is.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// Given, such as a word that is committed to.
    Input,
    /// The prover's, without a range.
    Hint,
    /// The prover's, a word of so many limbs of nine bits.
    Word(usize),
    /// Zero.
    Zero,
}

/// A block with a hole, or without it.
pub trait Block<const HOLE: bool>: Clone + std::fmt::Debug {
    /// What its cells are, in the order of columns.
    fn cells() -> Vec<Of>;
    /// Constraints over the cells by name.
    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)>;
}

/// A block with a witness.
#[derive(Clone, Debug)]
struct OneRow<B> {
    values: Vec<Fp>,
    block: PhantomData<B>,
}

impl<B> Default for OneRow<B> {
    fn default() -> Self {
        Self { values: Vec::new(), block: PhantomData }
    }
}

/// Row of the cells, below the limbs of words, and number of their selector.
const ROW: usize = 30 * WIDTH;
const GATE: usize = 2;

/// The lowest limbs of a number, highest first.
fn limbs_of(value: Fp, count: usize) -> Vec<u64> {
    let number = BigUint::from_bytes_le(value.to_repr().as_ref());
    let limb = |i: usize| (&number >> (9 * i)) % 512u32;
    (0..count).rev().map(|i| limb(i).iter_u64_digits().next().unwrap_or(0)).collect()
}

impl<const HOLE: bool, B: Block<HOLE>> Gadget<HOLE> for OneRow<B> {
    fn configure(meta: &mut ConstraintSystem<Fp>, c: &Columns) {
        word_gates(meta, c);
        let (advice, q) = (c.advice, c.q[GATE]);
        meta.create_gate("block", |meta| {
            let q = meta.query_selector(q);
            let cells = advice.map(|column| meta.query_advice(column, Rotation::cur()));
            Constraints::with_selector(q, B::constraints(cells))
        });
    }

    fn assign(&self, c: &Columns, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let mut w = Write { c, region };
        for (column, (of, value)) in B::cells().into_iter().zip(&self.values).enumerate() {
            match of {
                Of::Input => drop(w.advice("input", column, ROW, *value)),
                Of::Hint => drop(w.advice("hint", column, ROW, *value)),
                Of::Word(limbs) => {
                    let word = word(&mut w, 30 * column, &limbs_of(*value, limbs));
                    w.copy(&word, column, ROW);
                }
                Of::Zero => {
                    let column = c.advice[column];
                    w.region.assign_advice_from_constant(|| "zero", column, ROW, Fp::ZERO)?;
                }
            }
        }
        w.enable(GATE, ROW);
        Ok(())
    }
}

/// Words of a witness; negative ones are less than the field's order by their magnitude.
pub fn words<const N: usize>(words: [i64; N]) -> Vec<Fp> {
    words.into_iter().map(number).collect()
}

/// A number as a field element.
pub fn number(x: i64) -> Fp {
    let magnitude = Fp::from(x.unsigned_abs());
    if x < 0 { -magnitude } else { magnitude }
}

/// A fraction as a field element.
pub fn fraction(above: i64, below: i64) -> Fp {
    number(above) * number(below).invert().expect("not zero")
}

/// Asserts that honest witnesses are accepted, and that a lie is with the hole alone. The machine finds the hole in one
/// of the honest witnesses, by this check, or only the lie shows it. Inputs are bound elsewhere, as by a commitment.
#[track_caller]
pub fn rebuilt<B: Block<true> + Block<false>>(honest: &[Vec<Fp>], by: Option<&str>, lie: Vec<Fp>) {
    let of = |values: &Vec<Fp>| OneRow::<B> { values: values.clone(), block: PhantomData };
    let found = honest.iter().find_map(|values| flagged(&record::<true, _>(of(values)), false));
    assert_eq!(found, by, "with the hole");
    for values in honest {
        assert_eq!(flagged(&record::<false, _>(of(values)), false), None, "without the hole");
    }
    assert_eq!(record::<true, _>(of(&lie)).failures(), vec![], "the lie, with the hole");
    assert!(!record::<false, _>(of(&lie)).failures().is_empty(), "the lie, without the hole");
}
