//! The checks of many proofs folded into one equation.
//!
//! A proof holds when one sum of curve points is zero. The sums of several proofs are added, each
//! times a random coefficient of its own: if any is not zero, the total is zero with a probability of
//! at most 2^-127 ([small exponents test](https://cseweb.ucsd.edu/~mihir/papers/batch.pdf)). That
//! holds only for coefficients that nobody knew when the proofs were made, so they are drawn here,
//! from the operating system, one per proof, and cannot be given.

use crate::keys::MarketVerifyingKey;
use crate::proof::{VerifyError, check_shape};
use crate::public::PublicInputs;
use rand_core::TryRng;
use zkmargin_gadgets::halo2::{
    self, Blake2bRead, Challenge255, EqAffine, Error, Fp, Guard, MSM, PrimeField,
    VerificationStrategy,
};

/// No randomness from the operating system, so nothing can be folded.
#[derive(Debug, thiserror::Error)]
#[error("no randomness from the operating system: {0}")]
pub struct CoefficientError(rand::rngs::SysError);

/// A random nonzero coefficient of 128 bits.
fn coefficient() -> Result<Fp, CoefficientError> {
    loop {
        let mut bytes = [0; 16];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(CoefficientError)?;
        match u128::from_le_bytes(bytes) {
            0 => continue,
            value => return Ok(Fp::from_u128(value)),
        }
    }
}

/// The proof's sum of points, not yet evaluated.
struct Unevaluated<'params>(MSM<'params, EqAffine>);

impl<'params> VerificationStrategy<'params, EqAffine> for Unevaluated<'params> {
    type Output = MSM<'params, EqAffine>;

    fn process<E: halo2::EncodedChallenge<EqAffine>>(
        self,
        f: impl FnOnce(MSM<'params, EqAffine>) -> Result<Guard<'params, EqAffine, E>, Error>,
    ) -> Result<Self::Output, Error> {
        Ok(f(self.0)?.use_challenges())
    }
}

/// The checks of one or more proofs of one size `k`, each with its own coefficient.
#[derive(Clone, Debug)]
pub struct Folded<'params> {
    sum: MSM<'params, EqAffine>,
    k: u32,
}

/// Why a proof cannot be folded.
#[derive(Debug, thiserror::Error)]
pub enum FoldError {
    /// The proof does not verify, whatever the others do.
    #[error(transparent)]
    Invalid(#[from] VerifyError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] CoefficientError),
}

/// Reads a proof against its public inputs, all but the last equation.
///
/// # Errors
/// [`FoldError`] for a proof that is wrong by itself, or when the system gives no randomness.
pub fn fold_proof<'key>(
    key: &'key MarketVerifyingKey,
    public: &PublicInputs,
    proof: &[u8],
) -> Result<Folded<'key>, FoldError> {
    check_shape(key, public, proof)?;
    let instance = public.instance();
    let mut transcript = Blake2bRead::<_, EqAffine, Challenge255<_>>::init(proof);
    let strategy = Unevaluated(MSM::new(key.params()));
    let instances: &[&[&[Fp]]] = &[&[&instance]];
    let mut sum =
        halo2::verify_proof(key.params(), key.key(), strategy, instances, &mut transcript)
            .map_err(|_| VerifyError::Invalid)?;
    sum.scale(coefficient()?);
    Ok(Folded { sum, k: key.id().k() })
}

impl<'params> Folded<'params> {
    /// The size of the circuits. Proofs of one size fold together, whatever their markets.
    pub fn k(&self) -> u32 {
        self.k
    }

    /// Adds the checks of others of the same size. `false`, and nothing is added, for another size.
    #[must_use]
    pub fn add(&mut self, other: &Folded<'params>) -> bool {
        let same = self.k == other.k;
        if same {
            self.sum.add_msm(&other.sum);
        }
        same
    }

    /// Whether all of the proofs hold.
    pub fn holds(self) -> bool {
        self.sum.eval()
    }
}
