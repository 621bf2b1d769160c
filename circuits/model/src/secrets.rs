//! Secrets that anyone could guess. A commitment hides an account only as well as its secrets are drawn: anyone who can
//! enumerate the blinding can search for the account.

use std::collections::BTreeSet;

/// Minimum number of distinct bytes in a secret. 32 random bytes have 30 on average, and fewer than this less than once
/// in 2^50 draws.
const FEWEST_DISTINCT: usize = 17;
/// Maximum number of pairs of neighbouring bytes with the same difference; 31 random pairs have three.
const MOST_EQUAL_STEPS: usize = 15;

/// Why a secret is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Zero.
    #[error("is zero")]
    Zero,
    /// A number below 2^128.
    #[error("is a small number")]
    Small,
    /// The same few bytes over and over, as in an example.
    #[error("repeats a few bytes")]
    Repeats,
    /// Bytes that go up or down in steps.
    #[error("counts up or down")]
    Counts,
    /// Printable characters: a phrase rather than random bytes.
    #[error("is text")]
    Text,
    /// The same value as another secret.
    #[error("is the same as the holder key")]
    Same,
}

/// What makes 32 bytes, little-endian, unfit as a secret. `None` for bytes drawn at random, except for less than one
/// draw in 2^45.
pub fn weakness(secret: &[u8; 32]) -> Option<Weakness> {
    let distinct: BTreeSet<u8> = secret.iter().copied().collect();
    let steps = secret.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let mut equal = [0usize; 256];
    steps.for_each(|step| equal[usize::from(step)] += 1);
    if secret.iter().all(|byte| *byte == 0) {
        Some(Weakness::Zero)
    } else if distinct.len() < FEWEST_DISTINCT {
        Some(if is_small(secret) { Weakness::Small } else { Weakness::Repeats })
    } else if is_small(secret) {
        Some(Weakness::Small)
    } else if equal.iter().any(|count| *count > MOST_EQUAL_STEPS) {
        Some(Weakness::Counts)
    } else if secret.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        Some(Weakness::Text)
    } else {
        None
    }
}

fn is_small(secret: &[u8; 32]) -> bool {
    secret[16..].iter().all(|byte| *byte == 0)
}

/// Why no commitment can be made from secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretsError {
    /// Not a canonical field element.
    #[error("{0} is not a canonical field element")]
    NotFieldElement(&'static str),
    /// A secret that anyone could guess.
    #[error(
        "{secret} {weakness}, and anyone who guesses it learns the account behind its commitment"
    )]
    Weak {
        /// Which one.
        secret: &'static str,
        /// Why.
        weakness: Weakness,
    },
}

/// Checks the two secrets of an account.
///
/// # Errors
/// The first [`SecretsError::Weak`].
pub fn check(holder_key: &[u8; 32], blinding: &[u8; 32]) -> Result<(), SecretsError> {
    let weak = |secret, weakness| SecretsError::Weak { secret, weakness };
    for (secret, bytes) in [("holder_key", holder_key), ("blinding", blinding)] {
        if let Some(weakness) = weakness(bytes) {
            return Err(weak(secret, weakness));
        }
    }
    if holder_key == blinding {
        return Err(weak("blinding", Weakness::Same));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::field_bytes;
    use blake2b_simd::Params;
    use ff::PrimeField;
    use pasta_curves::Fp;

    fn random(seed: u32) -> [u8; 32] {
        let hash = Params::new().hash_length(32).hash(&seed.to_le_bytes());
        let mut bytes: [u8; 32] = hash.as_bytes().try_into().unwrap();
        bytes[31] &= 0x3f;
        bytes
    }

    #[test]
    fn random_bytes_are_no_weakness() {
        for seed in 0..20_000 {
            assert_eq!(weakness(&random(seed)), None, "{seed}");
        }
    }

    #[test]
    fn what_people_write_is() {
        let fill =
            |pattern: &[u8]| -> [u8; 32] { std::array::from_fn(|i| pattern[i % pattern.len()]) };
        let phrase = *b"the quick brown fox jumps over l";
        let mut big_endian = [0; 32];
        big_endian[31] = 1;
        for (bytes, expected) in [
            ([0; 32], Weakness::Zero),
            ([1; 32], Weakness::Repeats),
            ([0x3f; 32], Weakness::Repeats),
            (field_bytes(&Fp::from(1)), Weakness::Small),
            (field_bytes(&Fp::from(u64::MAX)), Weakness::Small),
            (field_bytes(&Fp::from_u128(u128::MAX / 3 * 2 + 0x1234_5678)), Weakness::Small),
            (field_bytes(&-Fp::from(1)), Weakness::Repeats),
            (field_bytes(&-Fp::from(77)), Weakness::Repeats),
            (big_endian, Weakness::Repeats),
            (fill(&[1, 2]), Weakness::Repeats),
            (fill(&[0xde, 0xad, 0xbe, 0x2f]), Weakness::Repeats),
            (fill(&[0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]), Weakness::Repeats),
            (std::array::from_fn(|i| i as u8), Weakness::Counts),
            (std::array::from_fn(|i| 32 - i as u8), Weakness::Counts),
            (std::array::from_fn(|i| (i * 7) as u8), Weakness::Counts),
            (phrase, Weakness::Text),
        ] {
            assert_eq!(weakness(&bytes), Some(expected), "{}", hex::encode(bytes));
        }
    }

    #[test]
    fn two_secrets_are_two() {
        assert_eq!(check(&random(1), &random(2)), Ok(()));
        let weak = |secret, weakness| Err(SecretsError::Weak { secret, weakness });
        assert_eq!(check(&random(1), &random(1)), weak("blinding", Weakness::Same));
        assert_eq!(check(&[0; 32], &random(1)), weak("holder_key", Weakness::Zero));
        assert_eq!(check(&random(1), &[1; 32]), weak("blinding", Weakness::Repeats));
    }
}
