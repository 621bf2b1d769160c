//! Making and checking one proof.

use crate::circuit::MarginCircuit;
use crate::hints::{CircuitWitness, Membership};
use crate::keys::{MarketKeys, MarketVerifyingKey, Tables};
use crate::portfolio::{PortfolioCircuit, PortfolioSizeError, PortfolioWitness};
use crate::public::PublicInputs;
use rand_core::CryptoRng;
use zkmargin_gadgets::halo2::{
    self, Blake2bRead, Blake2bWrite, Challenge255, Circuit, EqAffine, SingleVerifier,
};
use zkmargin_model::circuit::{Anchor, Kind};
use zkmargin_model::portfolio::PAGE_SLOTS;

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
    /// The witness is of another family than the keys.
    #[error("the witness is of another kind of account than the keys")]
    Family,
    /// No circuit of this size; the keys were made for one.
    #[error(transparent)]
    Size(#[from] PortfolioSizeError),
    /// The witness or the public inputs have a membership where the circuit has none, or the reverse.
    #[error("the circuit, the witness and the public inputs do not agree on ledger membership")]
    Membership,
    /// The public inputs name an isolated position where the circuit names none, or the reverse.
    #[error("the circuit and the public inputs do not agree on a named position")]
    Position,
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

/// The private values of a circuit of any family.
#[derive(Clone, Debug)]
pub enum AnyWitness {
    /// Of a linear account.
    Linear(CircuitWitness),
    /// Of a portfolio account.
    Portfolio(PortfolioWitness),
}

impl From<CircuitWitness> for AnyWitness {
    fn from(witness: CircuitWitness) -> Self {
        Self::Linear(witness)
    }
}

impl From<PortfolioWitness> for AnyWitness {
    fn from(witness: PortfolioWitness) -> Self {
        Self::Portfolio(witness)
    }
}

impl AnyWitness {
    /// Position and asset slots.
    fn slots(&self) -> [usize; 2] {
        match self {
            Self::Linear(witness) => [witness.positions.len(), witness.assets.len()],
            Self::Portfolio(witness) => [witness.pages.len() * PAGE_SLOTS, witness.assets.len()],
        }
    }

    /// The same of an account in a ledger.
    pub fn in_ledger(self, membership: Membership) -> Self {
        let membership = Some(membership);
        match self {
            Self::Linear(witness) => Self::Linear(CircuitWitness { membership, ..witness }),
            Self::Portfolio(witness) => Self::Portfolio(PortfolioWitness { membership, ..witness }),
        }
    }

    fn is_in_ledger(&self) -> bool {
        match self {
            Self::Linear(witness) => witness.membership.is_some(),
            Self::Portfolio(witness) => witness.membership.is_some(),
        }
    }
}

/// Makes a proof. It is not checked here: a false witness yields a proof that does not verify.
///
/// # Errors
/// [`ProveError`] when the witness has another shape or the proof system refuses it.
pub fn create_proof(
    keys: &MarketKeys,
    witness: impl Into<AnyWitness>,
    public: &PublicInputs,
    mut rng: impl CryptoRng,
) -> Result<Vec<u8>, ProveError> {
    create_with(keys, witness.into(), public, &mut rng)
}

/// Not generic, so that the proof system is compiled here once, and not again in every
/// crate that makes proofs.
fn create_with(
    keys: &MarketKeys,
    witness: AnyWitness,
    public: &PublicInputs,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, ProveError> {
    let kind = keys.id().kind;
    let [positions, assets] = witness.slots();
    if [positions, assets] != [kind.slots().positions(), kind.slots().assets()] {
        return Err(ProveError::Shape { positions, assets });
    }
    let expected = kind.anchor() == Anchor::Ledger;
    if [witness.is_in_ledger(), public.membership.is_some()] != [expected; 2] {
        return Err(ProveError::Membership);
    }
    if public.position.is_some() != names_position(kind) {
        return Err(ProveError::Position);
    }
    match (keys.tables(), kind, witness) {
        (Tables::Linear(tables), Kind::Linear(kind), AnyWitness::Linear(witness)) => {
            let circuit = MarginCircuit::proving(kind, keys.id().k, tables.clone(), witness);
            circuit.configured(|circuit| create_of(keys, circuit, public, rng))
        }
        (Tables::Portfolio(tables), Kind::Portfolio(kind), AnyWitness::Portfolio(witness)) => {
            let circuit = PortfolioCircuit::proving(tables.clone(), kind.into(), witness)?;
            circuit.configured(|circuit| create_of(keys, circuit, public, rng))
        }
        _ => Err(ProveError::Family),
    }
}

fn create_of<C: Circuit<halo2::Fp> + Clone>(
    keys: &MarketKeys,
    circuit: &C,
    public: &PublicInputs,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, ProveError> {
    let instance = public.instance();
    let instances: &[&[&[halo2::Fp]]] = &[&[&instance]];
    let mut transcript = Blake2bWrite::<_, EqAffine, Challenge255<_>>::init(Vec::new());
    let (params, key, circuits) = (keys.params(), keys.key(), std::slice::from_ref(circuit));
    halo2::create_proof(params, key, circuits, instances, &mut *rng, &mut transcript)
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
    if public.position.is_some() != names_position(key.id().kind) {
        return Err(VerifyError::Invalid);
    }
    Ok(())
}

/// Whether claims of the circuit name an isolated position, which is then a public input.
fn names_position(kind: Kind) -> bool {
    match kind {
        Kind::Linear(kind) => kind.profile().names_position(),
        Kind::Portfolio(_) => false,
    }
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
