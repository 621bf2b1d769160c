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
use zkmargin_model::measure::Measure;
use zkmargin_model::subject::Subject;
use zkmargin_params::{AskedBooks, ScheduleKind};
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
    /// schedule's books, or about the maintenance margin of a portfolio account. The returned proof has been verified.
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
        let subject = match market.compiled().schedule().kind() {
            ScheduleKind::Linear(schedule) => schedule.books(&AskedBooks::default())?.into(),
            ScheduleKind::Portfolio(_) => Measure::Maintenance.into(),
        };
        self.prove_about(account, market, claim, subject, audience)
    }

    /// [`Self::prove`] of a claim about some of the schedule's books, which
    /// [`Schedule::books`](zkmargin_params::Schedule::books) names, or about another requirement or a stress of a
    /// portfolio account.
    ///
    /// # Errors
    /// Those of [`Self::prove`], also for books, requirements and stresses that the schedule does not have.
    pub fn prove_about(
        &self,
        account: &Account,
        market: &Market,
        claim: Claim,
        subject: Subject,
        audience: &str,
    ) -> Result<Envelope, Error> {
        let holdings = account.holdings_at(market)?;
        let request = ProveRequest {
            account: &holdings,
            secrets: &account.secrets,
            market: market.compiled(),
            claim,
            subject,
            context: Context::new(audience, "", None)?,
            membership: None,
            shape: None,
        };
        Ok(prove(&request, &self.keys)?.envelope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Policy, Requirement, Verdict, Verifier};
    use zkmargin_params::{AccountFile, DecimalText, FractionText, Schedule, SnapshotFile};
    use zkmargin_prover::ProveError;

    /// The files of an example.
    struct Files {
        schedule: &'static [u8],
        snapshot: &'static [u8],
        account: &'static [u8],
    }

    macro_rules! files {
        ($path:literal) => {
            Files {
                schedule: include_bytes!(concat!("../params/venues/", $path, ".schedule.json")),
                snapshot: include_bytes!(concat!("../params/venues/", $path, ".snapshot.json")),
                account: include_bytes!(concat!("../params/venues/", $path, ".account.json")),
            }
        };
    }

    impl Files {
        fn market(&self, change: impl FnOnce(&mut SnapshotFile)) -> Market {
            let mut snapshot = SnapshotFile::from_json(self.snapshot).expect("snapshot");
            change(&mut snapshot);
            let text = snapshot.to_json().expect("text");
            Market::from_json(self.schedule, text.as_bytes()).expect("market")
        }

        fn account(&self, market: &Market, change: impl FnOnce(&mut AccountFile)) -> Account {
            let mut account = AccountFile::from_json(self.account).expect("account");
            change(&mut account);
            let text = account.to_json().expect("text");
            Account::with_fresh_secrets(text.as_bytes(), market).expect("holdings")
        }
    }

    /// Proves an account of files, and verifies the proof there and at other prices. `poorer` is an account that does
    /// not meet the claim.
    fn proves(
        files: &Files,
        other_prices: impl FnOnce(&mut SnapshotFile),
        poorer: impl FnOnce(&mut AccountFile),
    ) {
        let schedule = Schedule::from_json(files.schedule).expect("schedule");
        let requirement: Requirement = schedule.requirement();
        let market = files.market(|_| ());
        let account = files.account(&market, |_| ());
        let prover = Prover::new();
        let claim = Claim::margin();
        let proof = prover.prove(&account, &market, claim.clone(), "desk-42").expect("proof");
        let commitment = account.commitment(&market).expect("commitment");
        let now = proof.statement().snapshot_time;
        let verdict = |of: &Market| {
            let policy = Policy::new("desk-42").market(of.digest()).commitment(commitment);
            let verifier = Verifier::new(policy.requirement(requirement)).expect("policy");
            let decision = verifier.verify(&proof.encode(), of, now).expect("decision");
            decision.verdict().clone()
        };
        assert_eq!(verdict(&market), Verdict::Valid);
        let other = files.market(other_prices);
        assert!(!matches!(verdict(&other), Verdict::Valid));
        let poorer = files.account(&market, poorer);
        let refused = prover.prove(&poorer, &market, claim, "desk-42").expect_err("not met");
        assert!(matches!(refused, Error::Prove(ProveError::NotMet(_))), "{refused}");
    }

    /// A perpetual with a profit that weighs nothing, required exactly what the account has.
    #[test]
    fn an_account_of_drift_is_proven_from_files() {
        let dearer = |snapshot: &mut SnapshotFile| {
            let figures = &mut snapshot.instruments[0].figures;
            let name = "quote price of losses".to_owned();
            figures.insert(name, FractionText::new("1.000001")).expect("named");
        };
        let one_less = |account: &mut AccountFile| {
            account.balances[0].balance = DecimalText::new("9.999999999");
        };
        proves(&files!("drift/examples/perpetual"), dearer, one_less);
    }

    /// Options of a portfolio account: the initial margin, which is another claim than the maintenance margin.
    #[test]
    fn a_portfolio_account_is_proven_from_files() {
        let files = files!("derive/examples/options");
        let market = Market::from_json(files.schedule, files.snapshot).expect("market");
        let account = Account::with_fresh_secrets(files.account, &market).expect("holdings");
        let (prover, claim) = (Prover::new(), Claim::margin());
        let subject = Measure::Initial.into();
        let proof =
            prover.prove_about(&account, &market, claim, subject, "desk-42").expect("proof");
        let now = proof.statement().snapshot_time;
        let verdict = |requirement| {
            let commitment = account.commitment(&market).expect("commitment");
            let policy = Policy::new("desk-42").market(market.digest()).commitment(commitment);
            let verifier = Verifier::new(policy.requirement(requirement)).expect("policy");
            let decision = verifier.verify(&proof.encode(), &market, now).expect("decision");
            decision.verdict().clone()
        };
        assert_eq!(verdict(Requirement::Initial), Verdict::Valid);
        assert_eq!(verdict(Requirement::Maintenance).code(), Some("PolicyRequirement"));
        let linear = include_bytes!("../params/venues/binance/examples/cross.account.json");
        assert!(Account::with_fresh_secrets(linear, &market).is_err());
    }

    /// A perpetual that is valued with a weight by side, and a token at its weighted price.
    #[test]
    fn an_account_of_mango_is_proven_from_files() {
        let dearer = |snapshot: &mut SnapshotFile| {
            let figures = &mut snapshot.assets[0].figures;
            let name = "weighted price of debts".to_owned();
            figures.insert(name, FractionText::new("2")).expect("named");
        };
        let in_debt = |account: &mut AccountFile| {
            account.balances[0].balance = DecimalText::new("-0.0001");
        };
        proves(&files!("mango/examples/perpetual"), dearer, in_debt);
    }
}
