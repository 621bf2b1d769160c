//! What a verifier demands.

use crate::error::Error;
use zkmargin_model::digest::Digest;
use zkmargin_model::element::{AccountCommitment, LedgerRoot};
use zkmargin_params::{AccountDemand, PolicyFile};

/// Demands on a proof. What is not demanded here the verdict lists as not checked.
///
/// A proof is valid only if both its market and its account are pinned, here or by evidence that the
/// policy file asks for.
#[derive(Clone, Debug)]
pub struct Policy(PolicyFile);

impl Policy {
    /// At least the maintenance margin, for this audience.
    pub fn new(audience: impl Into<String>) -> Self {
        let mut file = PolicyFile::least("library");
        file.audience = Some(audience.into());
        Self(file)
    }

    /// A policy file, which can demand everything that evidence can show.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self(PolicyFile::from_json(bytes)?))
    }

    /// Pins the market by its digest.
    pub fn market(mut self, digest: Digest) -> Self {
        self.0.market.pinned = Some(hex::encode(digest));
        self
    }

    /// Refuses prices that are older, in seconds.
    pub fn max_age(mut self, seconds: u64) -> Self {
        self.0.market.max_age_seconds = Some(seconds);
        self
    }

    /// Pins the account by its commitment.
    pub fn commitment(mut self, commitment: AccountCommitment) -> Self {
        self.0.account = Some(AccountDemand::Commitment(commitment.to_string()));
        self
    }

    /// Pins the ledger that the account must be in.
    pub fn ledger_root(mut self, root: LedgerRoot) -> Self {
        self.0.account = Some(AccountDemand::LedgerRoot(root.to_string()));
        self
    }

    /// Least level, in basis points of the maintenance margin, from 10,000.
    pub fn level(mut self, basis_points: u32) -> Self {
        self.0.claim.level = basis_points.to_string();
        self
    }

    /// What the proof must be for.
    pub fn purpose(mut self, purpose: impl Into<String>) -> Self {
        self.0.purpose = Some(purpose.into());
        self
    }

    /// The nonce that the proof must carry.
    pub fn nonce(mut self, nonce: [u8; 32]) -> Self {
        self.0.nonce = Some(hex::encode(nonce));
        self
    }

    /// The policy as its file says it.
    pub fn file(&self) -> &PolicyFile {
        &self.0
    }

    pub(crate) fn into_file(self) -> PolicyFile {
        self.0
    }
}
