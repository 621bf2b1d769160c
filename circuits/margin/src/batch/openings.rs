//! How many times each point is taken in the equation a proof must satisfy.
//!
//! The proof system opens all commitments together, as described in its book's page on [multipoint
//! openings](https://zcash.github.io/halo2/design/proving-system/multipoint-opening.html). Commitments that are opened
//! on the same rows form a set. Within a set, the commitment queried last is taken once, the one before it `x_1` times,
//! the next one `x_1` squared times. Of the sets, the last is taken once, the one before it `x_4` times. The [inner
//! product argument](https://zcash.github.io/halo2/design/proving-system/inner-product.html) takes two points per
//! round, and the parameters' points as often as the rounds' challenges say. Which commitments are opened where is read
//! from the key ([`crate::queries`]). What is computed here is compared with what the proof system assembled
//! ([`Folded::holds`](super::Folded::holds)): a mistake here costs time but never makes a proof valid.

use super::transcript::StandInRead;
use crate::queries::Openings;
use zkmargin_gadgets::halo2::{Field, Fp, VartimeBatchInvert};

/// How many times each point is taken, in the order of the transcript: at least one number; fewer than points, or wrong
/// ones, for a proof of another key.
pub(super) fn scalars(openings: &Openings, proof: &StandInRead<'_>, size: u64) -> Vec<Fp> {
    // Challenges theta, beta, gamma, y, x, x_1, x_2, x_3, x_4, xi, z, and those of the rounds of the inner
    // product argument.
    let [_, _, _, _, x, x_1, _, _, x_4, xi, _, rounds @ ..] = &proof.challenges[..] else {
        return vec![Fp::ZERO];
    };
    // Of each set, how many times the commitment that comes next is taken, the last set's last one once.
    let mut next = vec![Fp::ONE; openings.sets];
    for set in (1..openings.sets).rev() {
        next[set - 1] = next[set] * x_4;
    }
    let quotient_of_openings = next.first().map_or(Fp::ONE, |first| first * x_4);

    let pieces = openings.quotient.clone();
    let mut scalars = vec![Fp::ZERO; pieces.end];
    for opening in openings.opened.iter().rev() {
        let next = &mut next[opening.set];
        if let Some(scalar) = opening.place.and_then(|place| scalars.get_mut(place)) {
            *scalar = *next;
        }
        *next *= x_1;
    }
    // The pieces of the quotient are the coefficients of a polynomial in x to the size.
    let x_n = x.pow_vartime([size]);
    for piece in pieces.skip(1) {
        scalars[piece] = scalars[piece - 1] * x_n;
    }
    scalars.extend([quotient_of_openings, *xi]);
    // The left point of a round is divided by its challenge, the right one multiplied.
    let mut inverses = rounds.to_vec();
    inverses.iter_mut().batch_invert_vartime();
    scalars.extend(inverses.into_iter().zip(rounds).flat_map(|(inverse, round)| [inverse, *round]));
    scalars
}

/// The inner product argument's last claim: the parameters' points, each taken as often as the challenges say, and all
/// of that multiplied.
#[derive(Clone, Debug)]
pub(super) struct LastClaim {
    /// Challenges of the rounds.
    rounds: Vec<Fp>,
    times: Fp,
}

impl LastClaim {
    /// The claim of a proof, all of it taken `times` times.
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
