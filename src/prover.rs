//! From an account to a proof.

use crate::account::Account;
use crate::error::Error;
use crate::market::Market;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::Books;
use zkmargin_prover::{ProveRequest, prove};

/// Proves claims, and keeps the keys of the last market it saw.
#[derive(Debug)]
pub struct Prover {
    keys: KeyCache,
}

impl Default for Prover {
    fn default() -> Self {
        Self::with_params(ParamsStore::in_memory())
    }
}

impl Prover {
    /// A prover with the parameters in memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// A prover that keeps the parameters in a folder, which saves a few seconds on its first proof.
    pub fn with_cache(folder: impl Into<PathBuf>) -> Self {
        Self::with_params(ParamsStore::on_disk(folder))
    }

    fn with_params(params: ParamsStore) -> Self {
        Self { keys: KeyCache::new(params, NonZeroUsize::MIN) }
    }

    /// Proves a claim from the schedule's menu about a committed account, for an audience. It is about all of the
    /// schedule's books. The returned proof has been verified.
    ///
    /// # Errors
    /// [`Error::OtherRegistry`] at a market that numbers or counts otherwise than the one that the account was read
    /// under; [`Error::Prove`]: the account does not meet the claim, or the circuit cannot prove it; [`Error::Context`] for an
    /// audience that a proof cannot name.
    pub fn prove(
        &self,
        account: &Account,
        market: &Market,
        claim: Claim,
        audience: &str,
    ) -> Result<Envelope, Error> {
        let books = market.compiled().schedule().books(None, false)?;
        self.prove_books(account, market, claim, books, audience)
    }

    /// [`Self::prove`] of a claim about some of the schedule's books, which
    /// [`Schedule::books`](zkmargin_params::Schedule::books) names.
    ///
    /// # Errors
    /// Those of [`Self::prove`], also for books that the schedule does not have.
    pub fn prove_books(
        &self,
        account: &Account,
        market: &Market,
        claim: Claim,
        books: Books,
        audience: &str,
    ) -> Result<Envelope, Error> {
        account.check_registry(market)?;
        let request = ProveRequest {
            account: &account.holdings,
            secrets: &account.secrets,
            market: market.compiled(),
            claim,
            books,
            context: Context::new(audience, "", None)?,
            membership: None,
            shape: None,
        };
        Ok(prove(&request, &self.keys)?.envelope)
    }
}
