//! How many times each point is taken in the equation that a proof has to meet.
//!
//! The proof system opens all commitments together, as its book's page on
//! [multipoint openings](https://zcash.github.io/halo2/design/proving-system/multipoint-opening.html)
//! says. Commitments that are opened in the same rows form a set. Of a set the commitment that was
//! queried last is taken once, the one before it `x_1` times, the next one `x_1` squared times. Of
//! the sets the last is taken once, the one before it `x_4` times. The
//! [inner product argument](https://zcash.github.io/halo2/design/proving-system/inner-product.html)
//! takes two points a round, and the parameters' points as often as the rounds' challenges say. What
//! is computed here is compared with what the proof system assembled
//! ([`Folded::holds`](super::Folded::holds)): a mistake here costs time and makes no proof valid.

use super::transcript::StandInRead;
use zkmargin_gadgets::halo2::{Field, Fp, VartimeBatchInvert};

/// Advice columns of slots, in the order of their first query.
const SLOT_COLUMNS: [usize; 10] = [5, 6, 7, 8, 9, 0, 1, 2, 3, 4];

/// Fixed columns and those of the permutation, which no proof has points for, above the number of
/// advice columns.
const KEY_COLUMNS_ABOVE_ADVICE: usize = 21;

/// Rows that a commitment is opened in, the last set first.
#[derive(Clone, Copy)]
enum Rows {
    /// The present and the previous row: inputs of lookups.
    WithPrevious,
    /// The present, the next and the last row: products of the permutation but the last one.
    WithNextAndLast,
    /// The present and the next row: Poseidon lanes, and products.
    WithNext,
    /// The previous, the present and the next row: slots.
    Around,
    /// The present row.
    Present,
}

/// How many sets there are.
const SETS: usize = 5;

/// Where kinds of points start in the transcript.
struct Places {
    advice: usize,
    permuted: usize,
    permutation_products: usize,
    lookup_products: usize,
    random: usize,
}

impl Places {
    /// The commitments that are opened, in the order of their first query: the rows, and the place of
    /// the point in the transcript, or none for one of the key.
    fn queried(&self) -> Vec<(Rows, Option<usize>)> {
        // The public inputs.
        let mut queried = vec![(Rows::Present, Some(0))];
        queried.extend(SLOT_COLUMNS.map(|column| (Rows::Around, Some(self.advice + column))));
        let lanes = self.advice + SLOT_COLUMNS.len()..self.permuted;
        queried.extend(lanes.map(|column| (Rows::WithNext, Some(column))));
        for product in self.permutation_products..self.lookup_products {
            let last = product + 1 == self.lookup_products;
            let rows = if last { Rows::WithNext } else { Rows::WithNextAndLast };
            queried.push((rows, Some(product)));
        }
        for (lookup, product) in (self.lookup_products..self.random).enumerate() {
            let input = self.permuted + 2 * lookup;
            queried.push((Rows::WithNext, Some(product)));
            queried.push((Rows::WithPrevious, Some(input)));
            queried.push((Rows::Present, Some(input + 1)));
        }
        let key = self.permuted - self.advice + KEY_COLUMNS_ABOVE_ADVICE;
        queried.extend(std::iter::repeat_n((Rows::Present, None), key));
        // The first piece of the quotient stands for all of them.
        queried.push((Rows::Present, Some(self.random + 1)));
        queried.push((Rows::Present, Some(self.random)));
        queried
    }
}

/// How many times each point is taken, in the order of the transcript: one number at least, and fewer than
/// points or wrong ones for a proof of another circuit than those here.
pub(super) fn scalars(proof: &StandInRead<'_>, size: u64) -> Vec<Fp> {
    // How many points came before each challenge: theta, beta, gamma, y, x, x_1, x_2, x_3, x_4, xi, z,
    // and those of the rounds of the inner product argument.
    let [theta, beta, _, y, at_x, _, _, at_x_3, _, _, at_z, ..] = proof.points_before[..] else {
        return vec![Fp::ZERO];
    };
    let [_, _, _, _, x, x_1, _, _, x_4, xi, _, rounds @ ..] = &proof.challenges[..] else {
        return vec![Fp::ZERO];
    };
    let lookups = (beta - theta) / 2;
    let places = Places {
        advice: 1,
        permuted: theta,
        permutation_products: beta,
        lookup_products: y.saturating_sub(lookups + 1),
        random: y - 1,
    };

    let mut next = [Fp::ONE; SETS];
    for set in 1..SETS {
        next[set] = next[set - 1] * x_4;
    }
    let quotient = next[SETS - 1] * x_4;
    let mut scalars = vec![Fp::ZERO; at_z];
    for (rows, place) in places.queried().into_iter().rev() {
        let next = &mut next[rows as usize];
        if let Some(scalar) = place.and_then(|place| scalars.get_mut(place)) {
            *scalar = *next;
        }
        *next *= x_1;
    }
    // The pieces of the quotient are the coefficients of a polynomial in x to the size.
    let x_n = x.pow_vartime([size]);
    for piece in y + 1..at_x {
        scalars[piece] = scalars[piece - 1] * x_n;
    }
    scalars[at_x] = quotient;
    scalars[at_x_3] = *xi;
    // The left point of a round is divided by its challenge, the right one multiplied.
    let mut inverses = rounds.to_vec();
    inverses.iter_mut().batch_invert_vartime();
    scalars.extend(inverses.into_iter().zip(rounds).flat_map(|(inverse, round)| [inverse, *round]));
    scalars
}

/// The inner product argument's last claim: the parameters' points, each taken as often as the
/// challenges say, and all of that some times.
#[derive(Clone, Debug)]
pub(super) struct LastClaim {
    /// Challenges of the rounds.
    rounds: Vec<Fp>,
    times: Fp,
}

impl LastClaim {
    /// The claim of a proof, all of it taken so many times.
    pub(super) fn of(proof: &StandInRead<'_>, times: Fp) -> Self {
        let rounds = proof.challenges.get(11..).unwrap_or_default().to_vec();
        // The last number is the blinding factor, and the one before it the claimed value.
        let value = proof.scalars.iter().rev().nth(1).copied().unwrap_or_default();
        Self { rounds, times: -value * times }
    }

    /// Adds how many times each of the parameters' points is taken.
    pub(super) fn add_to(&self, taken: &mut [Fp]) {
        let mut products = Vec::with_capacity(taken.len());
        products.push(self.times);
        for round in self.rounds.iter().rev() {
            products.extend_from_within(..);
            let half = products.len() / 2;
            products[half..].iter_mut().for_each(|product| *product *= round);
        }
        taken.iter_mut().zip(products).for_each(|(taken, product)| *taken += product);
    }
}
