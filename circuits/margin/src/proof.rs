//! Making and checking one proof.

use crate::circuit::MarginCircuit;
use crate::hints::CircuitWitness;
use crate::keys::{MarketKeys, MarketVerifyingKey};
use crate::public::PublicInputs;
use rand_core::CryptoRng;
use zkmargin_gadgets::halo2::{
    self, Blake2bRead, Blake2bWrite, Challenge255, EqAffine, SingleVerifier,
};
use zkmargin_model::circuit::Anchor;

/// A proof cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The witness does not have as many slots as the keys' shape.
    #[error(
        "the witness has {positions} position and {assets} asset slots, not those of the shape"
    )]
    Shape {
        /// Position slots of the witness.
        positions: usize,
        /// Asset slots of the witness.
        assets: usize,
    },
    /// The witness or the public inputs have a membership where the circuit has none, or the reverse.
    #[error("the circuit, the witness and the public inputs do not agree on ledger membership")]
    Membership,
    /// The proof system refused.
    #[error("proving failed: {0}")]
    Proof(halo2::Error),
}

/// A proof does not verify.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
/// [`ProveError`] when the witness has another shape or the proof system refuses it.
pub fn create_proof(
    keys: &MarketKeys,
    witness: CircuitWitness,
    public: &PublicInputs,
    mut rng: impl CryptoRng,
) -> Result<Vec<u8>, ProveError> {
    create_with(keys, witness, public, &mut rng)
}

/// Not generic, so that the proof system is compiled here once, and not again in every
/// crate that makes proofs.
fn create_with(
    keys: &MarketKeys,
    witness: CircuitWitness,
    public: &PublicInputs,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, ProveError> {
    let shape = keys.id().kind.shape;
    let (positions, assets) = (witness.positions.len(), witness.assets.len());
    if positions != shape.positions() || assets != shape.assets() {
        return Err(ProveError::Shape { positions, assets });
    }
    let expected = keys.id().kind.anchor() == Anchor::Ledger;
    if [witness.membership.is_some(), public.membership.is_some()] != [expected; 2] {
        return Err(ProveError::Membership);
    }
    let instance = public.instance();
    let mut transcript = Blake2bWrite::<_, EqAffine, Challenge255<_>>::init(Vec::new());
    let (params, key, tables) = (keys.params(), keys.key(), keys.tables().clone());
    let instances: &[&[&[halo2::Fp]]] = &[&[&instance]];
    let circuits = [MarginCircuit::proving(keys.id(), tables, witness)];
    circuits[0]
        .configured(|_| {
            halo2::create_proof(params, key, &circuits, instances, &mut *rng, &mut transcript)
        })
        .map_err(ProveError::Proof)?;
    Ok(transcript.finalize())
}

/// Checks what the proof system does not: the proof's length, and the number of public inputs.
pub(crate) fn check_shape(
    key: &MarketVerifyingKey,
    public: &PublicInputs,
    proof: &[u8],
) -> Result<(), VerifyError> {
    let expected = key.proof_len();
    if proof.len() != expected {
        return Err(VerifyError::Length { expected, found: proof.len() });
    }
    // The proof system does not bind the number of public inputs: [a] and [a, 0] verify alike.
    if public.membership.is_some() != (key.id().kind.anchor() == Anchor::Ledger) {
        return Err(VerifyError::Invalid);
    }
    Ok(())
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
    check_shape(key, public, proof)?;
    let instance = public.instance();
    let mut transcript = Blake2bRead::<_, EqAffine, Challenge255<_>>::init(proof);
    let strategy = SingleVerifier::new(key.params());
    halo2::verify_proof(key.params(), key.key(), strategy, &[&[&instance]], &mut transcript)
        .map_err(|_| VerifyError::Invalid)
}
