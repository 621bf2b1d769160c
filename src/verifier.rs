//! From proof files to verdicts.

use crate::error::Error;
use crate::market::Market;
use crate::policy_builder::Policy;
#[cfg(feature = "multicore")]
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::envelope::Envelope;
#[cfg(feature = "multicore")]
use zkmargin_policy::{BatchItem, NotChecked, Verdict, assess, verdicts_on};
use zkmargin_policy::{DecideError, Decision, Demands, Evidence, MemoryStore, SeenStore, decide};

/// Number of markets whose keys are kept, unless set otherwise.
const MARKETS: NonZeroUsize = NonZeroUsize::new(8).unwrap();

/// Verifies proofs under one policy, and keeps the keys of the last markets it saw.
#[derive(Debug)]
pub struct Verifier {
    demands: Demands,
    keys: KeyCache,
}

impl Verifier {
    /// A verifier with the parameters in memory.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Repeated`] for a policy that contradicts itself.
    pub fn new(policy: Policy) -> Result<Self, Error> {
        Self::with_params(policy, ParamsStore::in_memory())
    }

    /// A verifier that keeps the parameters in a folder, which saves a few seconds on its first proof.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Repeated`] for a policy that contradicts itself.
    #[cfg(feature = "std")]
    pub fn with_cache(
        policy: Policy,
        folder: impl Into<std::path::PathBuf>,
    ) -> Result<Self, Error> {
        Self::with_params(policy, ParamsStore::on_disk(folder))
    }

    fn with_params(policy: Policy, params: ParamsStore) -> Result<Self, Error> {
        let demands = Demands::new(policy.into_file()?)?;
        Ok(Self { demands, keys: KeyCache::new(params, MARKETS) })
    }

    /// The decision on one proof file, without evidence or memory, at a time in milliseconds since
    /// 1970.
    ///
    /// # Errors
    /// [`Error::Proof`] for bytes that are not a proof file, [`Error::Verify`] when there is no verdict.
    pub fn verify(&self, proof: &[u8], market: &Market, now_ms: u64) -> Result<Decision, Error> {
        let proof = [Envelope::read(proof)?];
        self.decide(&proof, market, &Evidence::default(), now_ms, None::<&mut MemoryStore>)
    }

    /// The decision on one proof, or with `all_accounts` on the proofs for all of a holder's accounts, with the
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

    /// The verdicts on many proofs of one market, in order, using `workers` threads: those [`Self::decide`] gives on
    /// each alone and without a memory. Whether a proof was used before, in this batch or earlier, is not checked; a
    /// policy that demands this, or several proofs together, refuses them all.
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
    ) -> Result<Vec<Judged>, Error> {
        let market = market.compiled();
        let assessment = match assess(&self.demands, evidence, market, now_ms) {
            Ok(assessment) => assessment,
            Err(refused) => {
                let verdict = Verdict::Refused(refused);
                return Ok(vec![Judged { verdict, not_checked: Vec::new() }; proofs.len()]);
            }
        };
        let item = |envelope| BatchItem { envelope, market, assessment: &assessment, submitter: 0 };
        let items: Vec<_> = proofs.iter().map(item).collect();
        let verdicts = verdicts_on(&items, &self.keys, workers)?;
        let judged = |(verdict, proof): (Verdict, &Envelope)| {
            let mut open = BTreeSet::new();
            if verdict.is_in_favour() {
                open = assessment.not_checked(proof.statement());
                // No memory was asked.
                open.extend([NotChecked::Replay, NotChecked::Sequence]);
            }
            Judged { verdict, not_checked: open.into_iter().collect() }
        };
        Ok(verdicts.into_iter().zip(proofs).map(judged).collect())
    }
}

/// The verdict on one of many proofs.
#[cfg(feature = "multicore")]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// What a favourable verdict does not cover; empty for any other verdict.
    pub not_checked: Vec<NotChecked>,
}

#[cfg(all(test, feature = "multicore"))]
mod tests {
    use super::*;
    use crate::test_support::{commitment, golden, market};

    #[test]
    fn many_are_judged_as_each_alone() {
        let policy = Policy::new("desk-42").market(market().digest()).commitment(commitment());
        let verifier = Verifier::new(policy).expect("policy");
        let good = golden();
        let mut restated = good.statement().clone();
        restated.snapshot_time += 1;
        let bad = Envelope::new(restated, good.proof().to_vec()).expect("well-formed");
        let (market, evidence) = (market(), Evidence::default());
        let now = good.statement().snapshot_time;
        let proofs = [good.clone(), bad.clone(), good];
        let workers = NonZeroUsize::new(2).expect("two");
        let many =
            verifier.verify_many(&proofs, &market, &evidence, now, workers).expect("verdicts");
        for (judged, proof) in many.iter().zip(&proofs) {
            let alone = verifier.verify(&proof.encode(), &market, now).expect("decision");
            assert_eq!(judged.verdict, *alone.verdict());
            assert_eq!(judged.not_checked, alone.not_checked().collect::<Vec<_>>());
        }
        assert_eq!(many[0].verdict, Verdict::Valid);
        assert!(many[0].not_checked.contains(&NotChecked::Replay));
        assert!(matches!(many[1].verdict, Verdict::Invalid(_)));
    }
}
