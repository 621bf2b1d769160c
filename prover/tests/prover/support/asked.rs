//! What a verifier without notes and without a memory asks of a proof, and the decision on it.

use std::convert::Infallible;
use zkmargin_circuit::KeyCache;
use zkmargin_model::digest::MarketDigest;
use zkmargin_model::element::{AccountCommitment, LedgerRoot, Pseudonym};
use zkmargin_model::envelope::Envelope;
use zkmargin_params::{AccountDemand, CompiledMarket, HolderDemand, PolicyFile};
use zkmargin_policy::{DecideError, Decision, Demands, Evidence, MemoryStore, decide};

/// Single demands. `None` demands nothing.
#[derive(Clone, Default)]
pub struct Asked {
    pub market: Option<MarketDigest>,
    pub commitment: Option<AccountCommitment>,
    pub ledger_root: Option<LedgerRoot>,
    pub pseudonym: Option<Pseudonym>,
    pub audience: Option<String>,
    pub purpose: Option<String>,
    pub nonce: Option<[u8; 32]>,
    pub epoch: Option<u64>,
}

impl Asked {
    pub fn demands(&self) -> Demands {
        let mut policy = PolicyFile::least("test");
        policy.market.pinned = self.market.map(|digest| digest.to_string());
        policy.account = match (self.commitment, self.ledger_root) {
            (Some(commitment), _) => Some(AccountDemand::Commitment(commitment.to_string())),
            (None, Some(root)) => Some(AccountDemand::LedgerRoot(root.to_string())),
            (None, None) => None,
        };
        policy.holder = self.pseudonym.map(|pseudonym| HolderDemand {
            pseudonym: pseudonym.to_string(),
            all_accounts: false,
            max_age_seconds: None,
            newest: false,
        });
        policy.audience = self.audience.clone();
        policy.purpose = self.purpose.clone();
        policy.nonce = self.nonce.map(hex::encode);
        policy.epoch = self.epoch;
        Demands::new(policy).expect("demands")
    }

    pub fn decide(
        &self,
        envelope: &Envelope,
        market: &CompiledMarket,
        keys: &KeyCache,
    ) -> Result<Decision, DecideError<Infallible>> {
        let proofs = std::slice::from_ref(envelope);
        // When the marks are of now: what is asked is not how old they are.
        let now = market.snapshot().time_ms;
        let (evidence, memory) = (Evidence::default(), None::<&mut MemoryStore>);
        decide(&self.demands(), &evidence, market, proofs, now, keys, memory)
    }
}
