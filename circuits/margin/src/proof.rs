//! Making and checking one proof.

use crate::circuit::MarginCircuit;
use crate::keys::{MarketKeys, MarketVerifyingKey};
use crate::public::PublicInputs;
use crate::shape::CircuitId;
use crate::witness::CircuitWitness;
use rand_core::CryptoRng;
use zkmargin_gadgets::halo2::{
    self, Blake2bRead, Blake2bWrite, Challenge255, EqAffine, SingleVerifier,
};

/// Bytes of a proof beside the opening's `2^k`-dependent part, by Poseidon lanes.
const BASE_BYTES: [usize; 2] = [5440, 6080];

/// Bytes per `k` in a proof: two points per round of the inner product argument.
const BYTES_PER_ROUND: usize = 64;

impl CircuitId {
    /// The exact number of bytes of a proof.
    pub const fn proof_len(self) -> usize {
        BASE_BYTES[self.shape().lanes() - 1] + BYTES_PER_ROUND * self.k() as usize
    }
}

/// A proof cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The witness has not as many slots as the keys' shape.
    #[error(
        "the witness has {positions} position and {assets} asset slots, not those of the shape"
    )]
    Shape {
        /// Position slots of the witness.
        positions: usize,
        /// Asset slots of the witness.
        assets: usize,
    },
    /// The proof system refused.
    #[error("proving failed: {0}")]
    Proof(halo2::Error),
}

/// A proof does not verify.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not the exact length: `verify_proof` of the proof system would accept trailing bytes.
    #[error("the proof has {found} bytes, not {expected}")]
    Length {
        /// Bytes of this circuit's proofs.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// The proof does not show this statement.
    #[error("the proof does not show this statement")]
    Invalid,
}

/// Makes a proof. It is not checked here: a false witness yields a proof that does not verify.
///
/// # Errors
/// [`ProveError`] when the witness is of another shape or the proof system refuses it.
pub fn create_proof(
    keys: &MarketKeys,
    witness: CircuitWitness,
    public: &PublicInputs,
    mut rng: impl CryptoRng,
) -> Result<Vec<u8>, ProveError> {
    let shape = keys.id().shape();
    let (positions, assets) = (witness.positions.len(), witness.assets.len());
    if positions != shape.positions() || assets != shape.assets() {
        return Err(ProveError::Shape { positions, assets });
    }
    let instance = public.instance();
    let mut transcript = Blake2bWrite::<_, EqAffine, Challenge255<_>>::init(Vec::new());
    let (params, key, tables) = (keys.params(), keys.key(), keys.tables().clone());
    let instances: &[&[&[halo2::Fp]]] = &[&[&instance]];
    match shape.lanes() {
        1 => {
            let circuit = MarginCircuit::<1>::proving(shape, tables, witness);
            halo2::create_proof(params, key, &[circuit], instances, &mut rng, &mut transcript)
        }
        _ => {
            let circuit = MarginCircuit::<2>::proving(shape, tables, witness);
            halo2::create_proof(params, key, &[circuit], instances, &mut rng, &mut transcript)
        }
    }
    .map_err(ProveError::Proof)?;
    Ok(transcript.finalize())
}

/// Checks a proof.
///
/// # Errors
/// [`VerifyError`] for a proof of the wrong length or one that does not verify.
pub fn verify_proof(
    key: &MarketVerifyingKey,
    public: &PublicInputs,
    proof: &[u8],
) -> Result<(), VerifyError> {
    let expected = key.id().proof_len();
    if proof.len() != expected {
        return Err(VerifyError::Length { expected, found: proof.len() });
    }
    let instance = public.instance();
    let mut transcript = Blake2bRead::<_, EqAffine, Challenge255<_>>::init(proof);
    let strategy = SingleVerifier::new(key.params());
    halo2::verify_proof(key.params(), key.key(), strategy, &[&[&instance]], &mut transcript)
        .map_err(|_| VerifyError::Invalid)
}
