//! From proof files to verdicts.

use crate::error::Error;
use crate::market::Market;
use crate::policy_builder::Policy;
use std::num::NonZeroUsize;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::envelope::Envelope;
use zkmargin_policy::{DecideError, Decision, Demands, Evidence, MemoryStore, SeenStore, decide};

/// Markets whose keys are kept, unless said otherwise.
const MARKETS: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// Verifies proofs under one policy, and keeps the keys of the markets it saw last.
#[derive(Debug)]
pub struct Verifier {
    demands: Demands,
    keys: KeyCache,
}

impl Verifier {
    /// A verifier with the parameters in memory.
    ///
    /// # Errors
    /// [`Error::File`] for a policy that contradicts itself.
    pub fn new(policy: Policy) -> Result<Self, Error> {
        Self::with_params(policy, ParamsStore::in_memory())
    }

    /// A verifier that keeps the parameters in a folder, which saves seconds at its first proof.
    ///
    /// # Errors
    /// [`Error::File`] for a policy that contradicts itself.
    #[cfg(feature = "std")]
    pub fn with_cache(
        policy: Policy,
        folder: impl Into<std::path::PathBuf>,
    ) -> Result<Self, Error> {
        Self::with_params(policy, ParamsStore::on_disk(folder))
    }

    fn with_params(policy: Policy, params: ParamsStore) -> Result<Self, Error> {
        let demands = Demands::new(policy.into_file())?;
        Ok(Self { demands, keys: KeyCache::new(params, MARKETS) })
    }

    /// The decision on one proof file, without evidence or memory, at a time in milliseconds since
    /// 1970.
    ///
    /// # Errors
    /// [`Error::Proof`] for bytes that are no proof file, [`Error::Verify`] when there is no verdict.
    pub fn verify(&self, proof: &[u8], market: &Market, now_ms: u64) -> Result<Decision, Error> {
        let proof = [Envelope::read(proof)?];
        self.decide(&proof, market, &Evidence::default(), now_ms, None::<&mut MemoryStore>)
    }

    /// The decision on one proof, or with `all_accounts` on the proofs of all accounts of a holder, with
    /// evidence that the policy demands and a memory of what was accepted.
    ///
    /// # Errors
    /// [`Error::Verify`] and [`Error::Memory`] when there is no verdict.
    pub fn decide<S: SeenStore>(
        &self,
        proofs: &[Envelope],
        market: &Market,
        evidence: &Evidence,
        now_ms: u64,
        memory: Option<&mut S>,
    ) -> Result<Decision, Error> {
        let market = market.compiled();
        let decision = decide(&self.demands, evidence, market, proofs, now_ms, &self.keys, memory);
        decision.map_err(|error| match error {
            DecideError::Verify(failure) => failure.into(),
            DecideError::Store(error) => Error::Memory(error.to_string()),
        })
    }

    /// The verdicts on many proofs of one market, in their order, using `workers` threads: the same as one
    /// after the other, in a fraction of the time.
    ///
    /// # Errors
    /// [`Error::Verify`] when there are no verdicts.
    #[cfg(feature = "multicore")]
    pub fn verify_many(
        &self,
        proofs: &[Envelope],
        market: &Market,
        evidence: &Evidence,
        now_ms: u64,
        workers: NonZeroUsize,
    ) -> Result<Vec<zkmargin_policy::Verdict>, Error> {
        use zkmargin_policy::{BatchItem, Verdict, assess, verdicts_on};
        let market = market.compiled();
        let assessment = match assess(&self.demands, evidence, market, now_ms) {
            Ok(assessment) => assessment,
            Err(refused) => return Ok(vec![Verdict::Refused(refused); proofs.len()]),
        };
        let item = |envelope| BatchItem { envelope, market, assessment: &assessment, submitter: 0 };
        let items: Vec<_> = proofs.iter().map(item).collect();
        Ok(verdicts_on(&items, &self.keys, workers)?)
    }
}
