//! Arithmetic in the fields of the Pasta curves, as compiled into this build.
//!
//! With the feature `asm`, multiplication and squaring use the assembly of the crate `pasta_curves`, whose authors
//! prove its blocks in a model of the instructions. On x86-64 it needs BMI2 and ADX and does not check whether the
//! processor has them, so a program must call [`check_processor`] before anything else. A build without the feature
//! runs everywhere, which is why it is off by default. Keys, proofs and verdicts are the same either way.

/// `x86-64`, `aarch64` or `portable`.
pub const BACKEND: &str = pasta_curves::BACKEND;

/// The processor lacks instructions that this build uses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this build uses the processor instructions BMI2 and ADX, but this processor lacks {missing}"
)]
pub struct UnsupportedProcessor {
    /// What it lacks: `BMI2`, `ADX` or both.
    pub missing: String,
}

/// Whether this build can compute on this processor.
///
/// # Errors
/// [`UnsupportedProcessor`]: field arithmetic would crash the process with an illegal instruction.
pub fn check_processor() -> Result<(), UnsupportedProcessor> {
    if BACKEND == "x86-64" { needed(present()) } else { Ok(()) }
}

/// BMI2 and ADX, as reported by the processor.
fn present() -> [(&'static str, bool); 2] {
    #[cfg(target_arch = "x86_64")]
    let (bmi2, adx) =
        (std::arch::is_x86_feature_detected!("bmi2"), std::arch::is_x86_feature_detected!("adx"));
    // Not asked elsewhere.
    #[cfg(not(target_arch = "x86_64"))]
    let (bmi2, adx) = (false, false);
    [("BMI2", bmi2), ("ADX", adx)]
}

fn needed(present: [(&str, bool); 2]) -> Result<(), UnsupportedProcessor> {
    let missing: Vec<_> =
        present.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(UnsupportedProcessor { missing: missing.join(" and ") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ff::{FromUniformBytes, PrimeField};
    use num_bigint::BigUint;
    use pasta_curves::{Fp, Fq};
    use proptest::prelude::*;

    fn integer<F: PrimeField<Repr = [u8; 32]>>(element: F) -> BigUint {
        BigUint::from_bytes_le(&element.to_repr())
    }

    /// Elements of a field, and the bounds of their representation.
    fn element<F: PrimeField + FromUniformBytes<64>>() -> impl Strategy<Value = F> {
        let edges = [F::ZERO, F::ONE, -F::ONE, F::from(u64::MAX), F::TWO_INV, F::ROOT_OF_UNITY];
        let any = any::<([u8; 32], [u8; 32])>();
        let any = any.prop_map(|(low, high)| {
            let mut bytes = [0; 64];
            bytes[..32].copy_from_slice(&low);
            bytes[32..].copy_from_slice(&high);
            F::from_uniform_bytes(&bytes)
        });
        prop_oneof![1 => proptest::sample::select(edges.to_vec()), 7 => any]
    }

    /// Sums, products, squares, powers and inverses against integers.
    fn agrees<F: PrimeField<Repr = [u8; 32]>>(a: F, b: F) {
        let modulus = integer(-F::ONE) + 1u32;
        let (x, y) = (integer(a), integer(b));
        assert_eq!(integer(a + b), (&x + &y) % &modulus);
        assert_eq!(integer(a - b), (&x + &modulus - &y) % &modulus);
        assert_eq!(integer(a * b), (&x * &y) % &modulus);
        assert_eq!(integer(a.square()), (&x * &x) % &modulus);
        assert_eq!(integer(a.pow_vartime([u64::MAX])), x.modpow(&u64::MAX.into(), &modulus));
        let inverse = x.modpow(&(&modulus - 2u32), &modulus);
        assert_eq!(integer(a.invert().unwrap_or(F::ZERO)), inverse);
        let root = Option::<F>::from(a.square().sqrt()).expect("a square");
        assert!(root == a || root == -a);
    }

    proptest! {
        #[test]
        fn fields_agree_with_integers(a in element::<Fp>(), b in element::<Fp>(),
                                      c in element::<Fq>(), d in element::<Fq>()) {
            agrees(a, b);
            agrees(c, d);
        }
    }

    #[test]
    fn names_what_is_missing() {
        assert_eq!(needed([("BMI2", true), ("ADX", true)]), Ok(()));
        let missing = |bmi2, adx| needed([("BMI2", bmi2), ("ADX", adx)]).unwrap_err().missing;
        assert_eq!(missing(true, false), "ADX");
        assert_eq!(missing(false, false), "BMI2 and ADX");
    }

    #[test]
    fn this_processor_runs_what_was_built() {
        // Tests compute, so they would not have come here.
        assert_eq!(check_processor(), Ok(()));
    }
}
