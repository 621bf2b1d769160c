//! A private account.

use crate::error::Error;
use crate::market::Market;
use std::borrow::Cow;
use std::sync::Arc;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::rule;
use zkmargin_params::{AccountFile, AnySchedule, PlainSecrets, ScheduleKind};

/// What an account holds, and the secrets of its commitment. `Debug` shows neither.
pub struct Account {
    pub(crate) holdings: rule::Account,
    pub(crate) secrets: PlainSecrets,
    /// What the ids and units of the holdings mean.
    read_under: Arc<dyn AnySchedule>,
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
        let schedule = market.compiled().schedule();
        schedule.owns(&file)?;
        let secrets = file.secrets()?;
        Ok(Self { holdings: schedule.holdings(&file)?, secrets, read_under: kept(schedule) })
    }

    /// Reads an account file's contents and draws new secrets: a different commitment each time.
    ///
    /// # Errors
    /// [`Error::File`], with the place in the file; [`Error::Random`].
    pub fn with_fresh_secrets(bytes: &[u8], market: &Market) -> Result<Self, Error> {
        let file = AccountFile::from_json(bytes)?;
        let schedule = market.compiled().schedule();
        schedule.owns(&file)?;
        let holdings = schedule.holdings(&file)?;
        let secrets =
            zkmargin_prover::fresh_secrets(0).map_err(|e| Error::Random(e.to_string()))?;
        Ok(Self { holdings, secrets, read_under: kept(schedule) })
    }

    /// The holdings at a market, where they must mean the same.
    pub(crate) fn holdings_at(&self, market: &Market) -> Result<Cow<'_, rule::Account>, Error> {
        let schedule = market.compiled().schedule();
        let (read_under, given) = (self.read_under.registry_digest(), schedule.registry_digest());
        if read_under != given {
            return Err(Error::OtherRegistry { read_under, given });
        }
        schedule.agrees_on_ids(&*self.read_under)?;
        Ok(schedule.restated(&self.holdings, &*self.read_under)?)
    }

    /// The public commitment, under the numbering of the market's schedule.
    ///
    /// # Errors
    /// [`Error::OtherRegistry`] at a market of another numbering than the one that the account was read under,
    /// [`Error::TwoMeanings`] at one that counts otherwise; [`Error::Secrets`] for secrets that anyone could guess.
    pub fn commitment(&self, market: &Market) -> Result<AccountCommitment, Error> {
        let holdings = self.holdings_at(market)?;
        let secrets = self.secrets.under(&market.compiled().registry_digest())?;
        Ok(market.compiled().schedule().commitment(&holdings, &secrets)?)
    }
}

/// A copy of a schedule that outlives its market.
fn kept(schedule: &dyn AnySchedule) -> Arc<dyn AnySchedule> {
    match schedule.kind() {
        ScheduleKind::Linear(schedule) => Arc::new(schedule.clone()),
        ScheduleKind::Portfolio(schedule) => Arc::new(schedule.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::market;
    use crate::{Claim, Prover};
    use zkmargin_params::Schedule;
    use zkmargin_params::SnapshotFile;

    /// The example's market, with a digit fewer in an instrument's size.
    fn other_units() -> Market {
        let mut file = market().compiled().schedule().linear().expect("linear").file().clone();
        let instrument = file.instruments.iter_mut().find(|i| i.symbol == "SOLUSDT");
        instrument.expect("SOLUSDT").size_decimals -= 1;
        let schedule = Schedule::new(file).expect("schedule");
        let prices = include_bytes!("../params/venues/binance/examples/cross.snapshot.json");
        let mut prices = SnapshotFile::from_json(prices).expect("snapshot");
        prices.schedule = schedule.digest().to_string();
        let json = schedule.file().to_json().expect("schedule");
        Market::from_json(json.as_bytes(), prices.to_json().expect("snapshot").as_bytes())
            .expect("market")
    }

    #[test]
    fn fault_an_account_is_not_taken_to_a_market_of_other_units() {
        let account = include_bytes!("../params/venues/binance/examples/cross.account.json");
        let account = Account::with_fresh_secrets(account, &market()).expect("account");
        account.commitment(&market()).expect("commitment");
        let other = other_units();
        let refused = |error| matches!(error, Error::TwoMeanings(_));
        assert!(account.commitment(&other).is_err_and(refused));
        let claim = Claim::new(10_000, 0u8.into()).expect("claim");
        let proof = Prover::new().prove(&account, &other, claim, "desk-42");
        assert!(proof.is_err_and(refused));
    }
}
