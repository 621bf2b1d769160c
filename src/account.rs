//! A private account.

use crate::error::Error;
use crate::market::Market;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::rule;
use zkmargin_params::{AccountFile, PlainSecrets};

/// What an account holds, and the secrets of its commitment. `Debug` shows neither.
pub struct Account {
    pub(crate) holdings: rule::Account,
    pub(crate) secrets: PlainSecrets,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Account(..)")
    }
}

impl Account {
    /// Reads an account file with its secrets.
    ///
    /// # Errors
    /// [`Error::File`], with the place in the file.
    pub fn from_json(bytes: &[u8], market: &Market) -> Result<Self, Error> {
        let file = AccountFile::from_json(bytes)?;
        let (holdings, secrets) = file.to_account(market.compiled().schedule())?;
        Ok(Self { holdings, secrets })
    }

    /// Reads an account file's contents and draws new secrets: a different commitment each time.
    ///
    /// # Errors
    /// [`Error::File`], with the place in the file; [`Error::Random`].
    pub fn with_fresh_secrets(bytes: &[u8], market: &Market) -> Result<Self, Error> {
        let file = AccountFile::from_json(bytes)?;
        let schedule = market.compiled().schedule();
        file.belongs_to(schedule)?;
        let holdings = file.holdings(schedule)?;
        let secrets =
            zkmargin_prover::fresh_secrets(0).map_err(|e| Error::Random(e.to_string()))?;
        Ok(Self { holdings, secrets })
    }

    /// The public commitment, under the numbering of the market's schedule.
    ///
    /// # Errors
    /// [`Error::Secrets`] for secrets that anyone could guess.
    pub fn commitment(&self, market: &Market) -> Result<AccountCommitment, Error> {
        let secrets = self.secrets.under(&market.compiled().registry_digest())?;
        Ok(account_commitment(&self.holdings, &secrets))
    }
}
