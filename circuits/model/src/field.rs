//! Conversions between field elements and integers, digests and bytes.

use ff::{Field, FromUniformBytes, PrimeField};
use num_bigint::{BigInt, Sign};
use pasta_curves::Fp;
use rand_core::CryptoRng;
use zeroize::Zeroize;

/// The field element of an integer; exact for magnitudes below 2^254.
pub fn to_field(value: &BigInt) -> Fp {
    let (sign, bytes) = value.to_bytes_le();
    let mut wide = [0u8; 64];
    let n = bytes.len().min(wide.len());
    wide[..n].copy_from_slice(&bytes[..n]);
    let magnitude = Fp::from_uniform_bytes(&wide);
    if sign == Sign::Minus { -magnitude } else { magnitude }
}

/// `2^exponent` in the field.
pub fn power_of_two(exponent: u32) -> Fp {
    Fp::from(2).pow_vartime([u64::from(exponent)])
}

/// A 32-byte digest as a field element: its value modulo the field order.
pub fn digest_to_field(digest: &[u8; 32]) -> Fp {
    let mut wide = [0u8; 64];
    wide[..32].copy_from_slice(digest);
    Fp::from_uniform_bytes(&wide)
}

/// A uniformly random field element.
pub fn random_field(rng: &mut impl CryptoRng) -> Fp {
    let mut wide = [0u8; 64];
    rng.fill_bytes(&mut wide);
    let element = Fp::from_uniform_bytes(&wide);
    wide.zeroize();
    element
}

/// Canonical little-endian bytes of a field element.
pub fn field_bytes(element: &Fp) -> [u8; 32] {
    element.to_repr()
}

/// The field element of canonical bytes; `None` for bytes at or above the field order.
pub fn field_from_bytes(bytes: &[u8; 32]) -> Option<Fp> {
    Option::from(Fp::from_repr(*bytes))
}
