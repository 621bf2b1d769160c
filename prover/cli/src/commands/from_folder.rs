//! `zkmargin prove --from VENUE DIR`: from a folder of a venue's answers to a verified proof.

use super::commit::refresh;
use super::folder::{self, Given};
use super::prove::{
    Inputs, Prove, Wanted, Written, check_market, prove as prove_and_write, wanted,
};
use super::verify::{demand, outcome_of};
use crate::exit::Exit;
use crate::failure::{Failure, Result, Warning};
use crate::files::{self, Secrecy, ToWrite};
use crate::outcome::Outcome;
use crate::resolve::{self, ReadAccount};
use crate::shared::Global;
use crate::text::Text;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::AccountReference;
use zkmargin_params::venues::PortfolioVenue;
use zkmargin_params::{AccountFile, AnyMarket, DecimalText, FileError, PolicyFile, Requirement};
use zkmargin_policy::{DecideError, Demands, Evidence, MemoryStore, decide};

/// Files beside the proof: those that verifying and attesting it takes.
struct Beside {
    account: PathBuf,
    schedule: PathBuf,
    snapshot: PathBuf,
}

impl Beside {
    /// Beside `proof.zkm` they are `proof.account.json`, `proof.schedule.json` and `proof.snapshot.json`.
    fn of(proof: &Path) -> Self {
        let beside = |end: &str| proof.with_extension(format!("{end}.json"));
        Self {
            account: beside("account"),
            schedule: beside("schedule"),
            snapshot: beside("snapshot"),
        }
    }
}

fn failed(error: FileError) -> Failure {
    Failure::new(Exit::Internal, "Import", error.to_string())
}

/// What a folder gives to prove with.
struct Case {
    market: Arc<dyn AnyMarket>,
    account: AccountFile,
    schedule: String,
    snapshot: String,
    read: Text,
    report: Value,
    warnings: Vec<Warning>,
}

fn no_account() -> Failure {
    Failure::new(Exit::Internal, "Import", "the folder gave no market or account")
}

fn linear(a: &Prove, venue: &str, from: &Path) -> Result<Case> {
    given(a).must_be_none(venue)?;
    let imported = folder::read(from, venue, &a.options, true)?;
    let (read, report, warnings) =
        (folder::text(&imported), imported.report(), imported.warnings());
    let schedule = imported.schedule.file().to_json().map_err(failed)?;
    let snapshot = imported.snapshot.ok_or_else(no_account)?.to_json().map_err(failed)?;
    let market = Arc::new(imported.market.ok_or_else(no_account)?);
    let account = imported.account.ok_or_else(no_account)?;
    Ok(Case { market, account, schedule, snapshot, read, report, warnings })
}

fn portfolio(a: &Prove, venue: &PortfolioVenue, from: &Path) -> Result<Case> {
    let imported = folder::read_portfolio(from, venue, &a.options, given(a))?;
    let (read, report, warnings) =
        (folder::portfolio_text(&imported), imported.report(), imported.warnings());
    let account = imported.account.ok_or_else(|| {
        let message = format!("no file of {} says its accounts: pass --account FILE", venue.name);
        Failure::new(Exit::Malformed, "MissingAnswer", message).in_file(&files::name_of(from))
    })?;
    let schedule = imported.schedule.to_json().map_err(failed)?;
    let snapshot = imported.snapshot.to_json().map_err(failed)?;
    let market = Arc::new(imported.market);
    Ok(Case { market, account, schedule, snapshot, read, report, warnings })
}

fn given(a: &Prove) -> Given<'_> {
    let (schedule, snapshot) = (a.market.schedule.as_deref(), a.market.snapshot.as_deref());
    Given { schedule, snapshot, account: a.account.as_deref() }
}

/// Imports, draws secrets, proves, writes and verifies.
pub fn prove(a: &Prove, venue: &str, from: &Path, global: &Global) -> Result<Outcome> {
    if files::is_stream(&a.output.output) {
        let message = "--from writes files beside the proof, so the proof needs a name: -o FILE";
        return Err(Failure::usage(message));
    }
    let asked = wanted(a)?;
    let names = Beside::of(&a.output.output);
    for path in [&a.output.output, &names.account, &names.schedule, &names.snapshot] {
        files::check_absent(path, a.output.force)?;
    }
    let Case { market, mut account, schedule, snapshot, read, report, warnings } =
        match folder::portfolio_venue(venue) {
            Some(venue) => portfolio(a, venue, from)?,
            None => linear(a, venue, from)?,
        };
    check_market(a, &asked, &*market)?;
    refresh(&mut account)?;
    let beside = vec![
        private(&names.account, &account)?,
        public(&names.schedule, schedule),
        public(&names.snapshot, snapshot),
    ];
    let inputs = Inputs {
        market: market.clone(),
        account: ReadAccount::made(account, files::name_of(&names.account)),
    };
    let Written { proven, outcome } = prove_and_write(a, &asked, inputs, beside, global)?;
    let decision = {
        let demands = demands(&asked, &*market, &proven.envelope)?;
        let envelopes = [proven.envelope.clone()];
        let evidence = Evidence::default();
        let (keys, now) = (resolve::keys(global), resolve::now_ms());
        let no_memory: Option<&mut MemoryStore> = None;
        decide(&demands, &evidence, &*market, &envelopes, now, &keys, no_memory)
    };
    let decision = decision.map_err(|error| match error {
        DecideError::Verify(failure) => Failure::from(failure),
        DecideError::Store(error) => Failure::new(Exit::Internal, "Verify", error.to_string()),
    })?;
    let mut verdict = outcome_of(&decision, outcome.text, outcome.result);
    verdict.warnings = warnings;
    verdict.warnings.extend(outcome.warnings);
    verdict.text.append(read);
    for path in [&names.account, &names.schedule, &names.snapshot] {
        verdict.text.line(format!("wrote        {}", path.display()));
    }
    let commitment = match &proven.envelope.statement().account {
        AccountReference::Commitment(commitment) => commitment.to_string(),
        AccountReference::Ledger { root, .. } => root.to_string(),
    };
    let next = next(a, &names, market.schedule().venue(), &commitment);
    for line in &next {
        verdict.text.line(line);
    }
    verdict.result["import"] = report;
    verdict.result["next"] = json!(next);
    verdict.result["files"] = json!(
        [&names.account, &names.schedule, &names.snapshot].map(|path| path.display().to_string())
    );
    Ok(verdict)
}

fn private(path: &Path, account: &AccountFile) -> Result<ToWrite> {
    let bytes = Zeroizing::new(account.to_json().map_err(failed)?.into_bytes());
    Ok(ToWrite { path: path.to_owned(), bytes, secrecy: Secrecy::Private })
}

fn public(path: &Path, text: String) -> ToWrite {
    let bytes = Zeroizing::new(text.into_bytes());
    ToWrite { path: path.to_owned(), bytes, secrecy: Secrecy::Public }
}

/// What the proof says of itself, demanded: nothing that only a verifier knows is.
fn demands(asked: &Wanted, market: &dyn AnyMarket, envelope: &Envelope) -> Result<Demands> {
    let mut policy = PolicyFile::least("this command");
    let context = &asked.context;
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    policy.audience = text(context.audience());
    policy.purpose = text(context.purpose());
    demand(&mut policy.claim, &asked.books);
    policy.claim.does_not_meet = asked.does_not_meet;
    policy.claim.floor = DecimalText::new(if asked.does_not_meet { "none" } else { &*asked.floor });
    let measured = envelope.statement().subject().measure().map(ToString::to_string);
    let measured = measured.and_then(|measure| Requirement::of_name(&measure));
    policy.requirement = market.linear().map(|of| of.schedule().requirement()).or(measured);
    let failed = |e: FileError| Failure::new(Exit::Internal, "Verify", e.to_string());
    Demands::new(policy).map_err(failed)
}

/// An argument as it is typed into a shell.
fn typed(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:@%+=-".contains(c);
    match !argument.is_empty() && argument.chars().all(plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

/// The two ways by which the proof becomes valid for somebody else.
fn next(a: &Prove, names: &Beside, venue: &str, commitment: &str) -> Vec<String> {
    let proof = typed(&a.output.output.display().to_string());
    let [account, schedule, snapshot] = [&names.account, &names.schedule, &names.snapshot]
        .map(|path| typed(&path.display().to_string()));
    let files = format!("--schedule {schedule} --snapshot {snapshot}");
    let audience = match (&a.audience, &a.challenge) {
        (_, Some(challenge)) => format!("--challenge {}", typed(&challenge.display().to_string())),
        (Some(audience), None) => format!("--audience {}", typed(audience)),
        (None, None) => String::new(),
    };
    vec![
        "To make it VALID, somebody whom the verifier trusts must vouch for prices and account, in one of two ways:".to_owned(),
        format!("1. an attester checks {account} and signs its commitment {commitment}:"),
        format!("   zkmargin attest --account {account} --schedule {schedule} --checked \"WHAT WAS CHECKED\" --signer attester.key -o attestation.note"),
        format!("   zkmargin verify {proof} {files} --policy policy.json --attestation attestation.note"),
        format!("2. {venue} lists the account in its signed ledger, under the key that the second command shows, and sends opening.json:"),
        "   zkmargin keygen -o holder.json holder".to_owned(),
        format!("   zkmargin key show holder.json --schedule {schedule}"),
        format!("   zkmargin prove --account {account} {files} {audience} --opening opening.json --holder holder.json -o listed.zkm"),
        format!("   zkmargin verify listed.zkm {files} --policy policy.json --checkpoint ledger.note"),
    ]
}

#[cfg(test)]
mod tests {
    use super::typed;

    #[test]
    fn arguments_are_quoted_for_a_shell() {
        assert_eq!(typed("desk-42"), "desk-42");
        assert_eq!(typed("a b/proof.zkm"), "'a b/proof.zkm'");
        assert_eq!(typed("$(x)'s"), r"'$(x)'\''s'");
        assert_eq!(typed(""), "''");
    }
}
