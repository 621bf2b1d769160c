//! Poseidon P128Pow5T3 over the Pallas base field as a sponge with a tag in its capacity.
//!
//! The capacity element starts as `length * 2^64 + tag`. With tag 0 this is exactly the `ConstantLength` hash of
//! `halo2_poseidon`; every use in this project has a separate tag, so that no output of one use is an output of
//! another.

use ff::{Field, PrimeField};
use halo2_poseidon::{Mds, P128Pow5T3, Spec};
use pasta_curves::Fp;
use std::sync::OnceLock;

/// State words.
pub const WIDTH: usize = 3;
/// Words absorbed per permutation.
pub const RATE: usize = 2;
/// State of the permutation.
pub type State = [Fp; WIDTH];

/// Where a hash is used. The discriminant is the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Tag {
    /// Packed positions of an account, last slot first.
    Positions = 1,
    /// Packed balances of an account, last slot first.
    Balances = 2,
    /// Account commitment.
    Account = 3,
    /// Commitment to equity and required margin.
    Margin = 4,
    /// Inner node of a ledger.
    Node = 5,
    /// Holder key at a venue.
    HolderKey = 6,
    /// Pseudonym for an audience.
    Pseudonym = 7,
    /// Nullifier of an account in a scope.
    Nullifier = 8,
    /// Packed positions of an account with their open orders, last slot first.
    PositionsWithOrders = 9,
    /// The same with allocations of isolated positions beside their orders.
    PositionsWithAllocations = 10,
    /// Slots of a page of a portfolio account, last first.
    Page = 32,
    /// Pages of a portfolio account, last first.
    Pages = 33,
    /// Commitment to a portfolio account.
    PortfolioAccount = 34,
}

/// Round constants and matrices of P128Pow5T3.
#[derive(Debug)]
pub struct Constants {
    /// One row per round.
    pub round: Vec<[Fp; WIDTH]>,
    /// MDS matrix.
    pub mds: Mds<Fp, WIDTH>,
    /// Its inverse.
    pub mds_inverse: Mds<Fp, WIDTH>,
}

/// Half of the full rounds.
pub const HALF_FULL_ROUNDS: usize = 4;
/// Partial rounds.
pub const PARTIAL_ROUNDS: usize = 56;

/// The constants, computed once.
pub fn constants() -> &'static Constants {
    static CONSTANTS: OnceLock<Constants> = OnceLock::new();
    CONSTANTS.get_or_init(|| {
        let (round, mds, mds_inverse) = <P128Pow5T3 as Spec<Fp, WIDTH, RATE>>::constants();
        Constants { round, mds, mds_inverse }
    })
}

fn pow5(x: Fp) -> Fp {
    x.square().square() * x
}

/// Multiplies the state by the MDS matrix.
pub fn mix(state: &State) -> State {
    let mds = &constants().mds;
    std::array::from_fn(|i| (0..WIDTH).map(|j| mds[i][j] * state[j]).sum())
}

/// A full round with the given round constants.
pub fn full_round(state: &State, round: &[Fp; WIDTH]) -> State {
    mix(&std::array::from_fn(|i| pow5(state[i] + round[i])))
}

/// A partial round: the S-box on the first word only.
pub fn partial_round(state: &State, round: &[Fp; WIDTH]) -> State {
    let mut s: State = std::array::from_fn(|i| state[i] + round[i]);
    s[0] = pow5(s[0]);
    mix(&s)
}

/// The permutation.
pub fn permute(state: &State) -> State {
    constants().round.iter().enumerate().fold(*state, |s, (i, round)| {
        let is_partial = (HALF_FULL_ROUNDS..HALF_FULL_ROUNDS + PARTIAL_ROUNDS).contains(&i);
        if is_partial { partial_round(&s, round) } else { full_round(&s, round) }
    })
}

/// The state before anything is absorbed.
pub fn initial_state(tag: Tag, length: usize) -> State {
    [Fp::ZERO, Fp::ZERO, Fp::from_u128((length as u128) << 64 | tag as u128)]
}

/// Adds one pair of words into the rate and permutes.
pub fn absorb(state: &State, words: [Fp; RATE]) -> State {
    permute(&[state[0] + words[0], state[1] + words[1], state[2]])
}

/// State after `pairs` pairs of zeros have been absorbed.
pub fn absorb_zeros(state: &State, pairs: usize) -> State {
    (0..pairs).fold(*state, |s, _| absorb(&s, [Fp::ZERO; RATE]))
}

/// Hashes pairs of words. The length in the capacity is the number of words.
pub fn hash(tag: Tag, pairs: &[[Fp; RATE]]) -> Fp {
    pairs.iter().fold(initial_state(tag, pairs.len() * RATE), |s, words| absorb(&s, *words))[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_poseidon::{ConstantLength, Hash};

    #[test]
    fn equals_halo2_poseidon_without_a_tag() {
        let words = [Fp::from(6), Fp::from(42), Fp::from(7), -Fp::ONE];
        let expected = Hash::<_, P128Pow5T3, ConstantLength<4>, WIDTH, RATE>::init().hash(words);
        let mut state = [Fp::ZERO, Fp::ZERO, Fp::from_u128(4 << 64)];
        state = absorb(&state, [words[0], words[1]]);
        assert_eq!(absorb(&state, [words[2], words[3]])[0], expected);
    }

    #[test]
    fn tags_separate() {
        let words = [[Fp::ONE, Fp::ZERO]];
        assert_ne!(hash(Tag::Positions, &words), hash(Tag::Balances, &words));
    }
}
