//! Keys of a portfolio circuit at a market, and proofs with them.

use super::circuit::PortfolioCircuit;
use super::hints::PortfolioWitness;
use super::shape::{PortfolioShape, PortfolioSizeError};
use super::tables::PortfolioTables;
use crate::fingerprint::{FingerprintError, check_fingerprint};
use crate::params::{ParamsError, ParamsStore};
use crate::proof::VerifyError;
use crate::public::PublicInputs;
use crate::queries::{Openings, UnknownForm};
use rand_core::CryptoRng;
use std::sync::Arc;
use zkmargin_gadgets::halo2::{
    self, Blake2bRead, Blake2bWrite, Challenge255, EqAffine, Fp, Params, ProvingKey,
    SingleVerifier, VerifyingKey, keygen_pk, keygen_vk,
};

/// Keys cannot be generated.
#[derive(Debug, thiserror::Error)]
pub enum PortfolioKeyError {
    /// The shape does not fit the market or any circuit.
    #[error(transparent)]
    Size(#[from] PortfolioSizeError),
    /// No parameters.
    #[error(transparent)]
    Params(#[from] ParamsError),
    /// This build's proof system describes keys in another way.
    #[error(transparent)]
    Text(#[from] UnknownForm),
    /// This build lays out circuits differently, so its keys would differ.
    #[error(transparent)]
    Fingerprint(#[from] FingerprintError),
    /// The proof system refused the circuit.
    #[error("key generation failed: {0}")]
    Proof(halo2::Error),
}

/// Keys of a shape at a market: deterministic, never read from a file.
#[derive(Debug)]
pub struct PortfolioKeys {
    tables: Arc<PortfolioTables>,
    shape: PortfolioShape,
    params: Arc<Params<EqAffine>>,
    proving: ProvingKey<EqAffine>,
    proof_len: usize,
}

impl PortfolioKeys {
    /// Generates the keys.
    ///
    /// # Errors
    /// [`PortfolioKeyError`].
    pub fn new(
        store: &ParamsStore,
        tables: Arc<PortfolioTables>,
        shape: PortfolioShape,
    ) -> Result<Self, PortfolioKeyError> {
        check_fingerprint()?;
        let circuit = PortfolioCircuit::keyed(tables.clone(), shape)?;
        let (params, failed) = (store.get(circuit.k())?, PortfolioKeyError::Proof);
        let verifying = circuit.configured(|c| keygen_vk(&params, c)).map_err(failed)?;
        let proof_len = Openings::of(&verifying)?.proof_len(circuit.k());
        let proving = circuit.configured(|c| keygen_pk(&params, verifying, c)).map_err(failed)?;
        Ok(Self { tables, shape, params, proving, proof_len })
    }

    /// The verifying key.
    pub fn verifying(&self) -> &VerifyingKey<EqAffine> {
        self.proving.get_vk()
    }

    /// The exact number of bytes of the key's proofs.
    pub fn proof_len(&self) -> usize {
        self.proof_len
    }
}

/// Makes a proof. It is not checked here: a false witness yields a proof that does not verify.
///
/// # Errors
/// When the proof system refuses the witness.
pub fn create_portfolio_proof(
    keys: &PortfolioKeys,
    witness: PortfolioWitness,
    public: &PublicInputs,
    mut rng: impl CryptoRng,
) -> Result<Vec<u8>, PortfolioKeyError> {
    let circuit = PortfolioCircuit::proving(keys.tables.clone(), keys.shape, witness)?;
    let instance = public.instance();
    let instances: &[&[&[Fp]]] = &[&[&instance]];
    let mut transcript = Blake2bWrite::<_, EqAffine, Challenge255<_>>::init(Vec::new());
    let circuits = [circuit];
    circuits[0]
        .configured(|_| {
            let (params, key) = (&keys.params, &keys.proving);
            halo2::create_proof(params, key, &circuits, instances, &mut rng, &mut transcript)
        })
        .map_err(PortfolioKeyError::Proof)?;
    Ok(transcript.finalize())
}

/// Checks a proof.
///
/// # Errors
/// [`VerifyError`] for a proof of the wrong length or one that does not verify.
pub fn verify_portfolio_proof(
    keys: &PortfolioKeys,
    public: &PublicInputs,
    proof: &[u8],
) -> Result<(), VerifyError> {
    let (expected, found) = (keys.proof_len, proof.len());
    if found != expected {
        return Err(VerifyError::Length { expected, found });
    }
    // The proof system does not bind the number of public inputs.
    if public.membership.is_some() {
        return Err(VerifyError::Invalid);
    }
    let instance = public.instance();
    let mut transcript = Blake2bRead::<_, EqAffine, Challenge255<_>>::init(proof);
    let strategy = SingleVerifier::new(&keys.params);
    halo2::verify_proof(&keys.params, keys.verifying(), strategy, &[&[&instance]], &mut transcript)
        .map_err(|_| VerifyError::Invalid)
}
