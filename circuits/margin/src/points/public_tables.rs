//! Commitments to public inputs, from tables of multiples.
//!
//! The proof system commits to a column of public inputs as it does to any column: the sum of the inputs times the
//! parameters' points of the Lagrange basis, plus the blinding point once. Its own sum of a dozen terms takes a quarter
//! of a folded proof's time. A commitment from here is only hashed into the transcript; its correctness is part of the
//! equation ([`crate::Folded::holds`]).

use super::multiples::{BITS, digit, words};
use crate::public::MOST_ROWS;
use std::sync::Mutex;
use zkmargin_gadgets::halo2::{
    Blind, CurveExt, Eq, EqAffine, EvaluationDomain, Field, Fp, Group, Params,
};

/// Bits of a digit.
const WIDTH: usize = 6;

/// Digits of a scalar.
const DIGITS: usize = BITS.div_ceil(WIDTH);

/// Number of magnitudes of a nonzero digit.
const MAGNITUDES: usize = 1 << (WIDTH - 1);

/// Number of rows in a table: that of the circuit with the most public inputs.
const ROWS: usize = MOST_ROWS;

/// Multiples of the points used to commit to public inputs.
#[derive(Debug)]
pub(crate) struct PublicTables {
    /// The point of each row.
    rows: Vec<EqAffine>,
    blinding: EqAffine,
    /// Each row's point times each magnitude of each digit.
    multiples: Vec<EqAffine>,
    /// The inputs committed to last, with their commitment: most of the next ones are the same.
    last: Mutex<(Vec<Fp>, Eq)>,
}

impl PublicTables {
    pub(crate) fn new(params: &Params<EqAffine>) -> Self {
        let zero = EvaluationDomain::new(1, params.k()).empty_lagrange();
        let unit = |row: usize| {
            let mut unit = zero.clone();
            unit[row] = Fp::ONE;
            params.commit_lagrange(&unit, Blind(Fp::ZERO))
        };
        let mut points: Vec<_> = (0..ROWS).map(unit).collect();
        points.push(params.commit_lagrange(&zero, Blind(Fp::ONE)));
        let mut multiples = Vec::with_capacity(ROWS * DIGITS * MAGNITUDES);
        for point in &points[..ROWS] {
            let mut of_one = *point;
            for _ in 0..DIGITS {
                let mut multiple = of_one;
                for _ in 1..MAGNITUDES {
                    multiples.push(multiple);
                    multiple += of_one;
                }
                multiples.push(multiple);
                of_one = multiple.double();
            }
        }
        let affine = |points: &[Eq]| {
            let mut affine = vec![EqAffine::default(); points.len()];
            Eq::batch_normalize_vartime(points, &mut affine);
            affine
        };
        let mut rows = affine(&points);
        let blinding = rows.pop().unwrap_or_default();
        let last = Mutex::new((Vec::new(), Eq::from(blinding)));
        Self { rows, blinding, multiples: affine(&multiples), last }
    }

    /// The point that a row's input multiplies.
    pub(crate) fn rows(&self) -> &[EqAffine] {
        &self.rows
    }

    /// The point that is added once.
    pub(crate) fn blinding(&self) -> EqAffine {
        self.blinding
    }

    /// The commitment to a column with at most as many inputs as there are rows. For one venue and epoch, seven public
    /// inputs stay the same, and only what has changed is added.
    pub(crate) fn commit(&self, inputs: &[Fp]) -> EqAffine {
        debug_assert!(inputs.len() <= ROWS);
        // A poisoned lock means that another thread panicked; what it holds was written whole.
        let (before, mut sum) = self.last.lock().unwrap_or_else(|e| e.into_inner()).clone();
        for row in 0..inputs.len().max(before.len()) {
            let [now, before] =
                [inputs, &before].map(|of| of.get(row).copied().unwrap_or_default());
            let words = words(now - before);
            for at in 0..DIGITS {
                let digit = digit(&words, at * WIDTH, WIDTH);
                let magnitude = digit.unsigned_abs() as usize;
                if magnitude > 0 {
                    let place = (row * DIGITS + at) * MAGNITUDES + magnitude - 1;
                    let multiple = self.multiples[place];
                    sum += if digit < 0 { -multiple } else { multiple };
                }
            }
        }
        *self.last.lock().unwrap_or_else(|e| e.into_inner()) = (inputs.to_vec(), sum);
        sum.to_affine_vartime()
    }
}
