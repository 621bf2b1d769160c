//! `zkmargin prove --from VENUE DIR`: from a folder of a venue's answers to a verified proof.

use super::commit::refresh;
use super::folder::{self, Given};
use super::prove::{
    CLAIM, FLOOR, Inputs, Prove, Wanted, Written, check_market, prove as prove_and_write, wanted,
};
use super::verify::{demand, outcome_of};
use crate::exit::Exit;
use crate::failure::{Failure, Result, Warning};
use crate::files::{self, Secrecy, ToWrite};
use crate::outcome::Outcome;
use crate::resolve::{self, ReadAccount};
use crate::shared::{Global, ProofForm};
use crate::text::Text;
use clap::ValueEnum;
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
    let next = next(a, &asked, &names, market.schedule().venue(), &commitment);
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

/// An option with its value as they are typed. One that begins like an option is held by its own.
fn option(name: &str, value: &str) -> String {
    let value = typed(value);
    let bound = if value.starts_with('-') { '=' } else { ' ' };
    format!("--{name}{bound}{value}")
}

/// What a second proof has to be told again so that it says the same: the claim, whom it is for and under which policy.
fn repeated(a: &Prove) -> String {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let text = |name, text: Option<String>| text.map(|text| option(name, &text));
    let other = |given: &str, default: &str| (given != default).then(|| given.to_owned());
    let flag = |name: &str, set: bool| set.then(|| format!("--{name}"));
    let shape = a.shape.and_then(|shape| shape.to_possible_value());
    let of_market = [text("pin-market", a.pin_market.clone())];
    let asked = match &a.challenge {
        Some(_) => vec![text("challenge", path(&a.challenge))],
        None => vec![
            text("audience", a.audience.clone()),
            text("purpose", a.context.purpose.clone()),
            text("nonce", a.context.nonce.clone()),
            text("epoch", a.context.epoch.map(|epoch| epoch.to_string())),
            text("expires", a.expires.clone()),
            text("claim", other(&a.claim, CLAIM)),
            text("floor", other(&a.floor, FLOOR)),
            text("settlement-asset", a.books.settlement_asset.clone()),
            flag("cross-alone", a.books.cross_alone),
            text("only-isolated", a.books.only_isolated.clone()),
            text("all-but-isolated", a.books.all_but_isolated.clone()),
            text("stress", a.books.stress.clone()),
            flag("does-not-meet", a.does_not_meet),
        ],
    };
    let own = [
        text("policy", path(&a.own.policy)),
        text("log", path(&a.own.log)),
        flag("answer-anyway", a.own.answer_anyway),
        text("schedule-note", path(&a.own.schedule_note)),
        text("snapshot-note", path(&a.own.snapshot_note)),
    ];
    let sources = a.own.sources.iter().map(|source| text("source", Some(source.clone())));
    let form = [
        text("shape", shape.map(|shape| shape.get_name().to_owned())),
        text("as", matches!(a.form, ProofForm::Json).then(|| "json".to_owned())),
    ];
    let all = asked.into_iter().chain(of_market).chain(own).chain(sources).chain(form);
    all.flatten().collect::<Vec<_>>().join(" ")
}

/// The two ways by which the proof becomes valid for somebody else. Commands are those of this machine's shell, with
/// files of others under the names that the lines before them give.
fn next(a: &Prove, asked: &Wanted, names: &Beside, venue: &str, commitment: &str) -> Vec<String> {
    let file = |path: &Path| {
        let path = typed(&path.display().to_string());
        if path.starts_with('-') { format!("./{path}") } else { path }
    };
    let proof = file(&a.output.output);
    let [account, schedule, snapshot] =
        [&names.account, &names.schedule, &names.snapshot].map(|path| file(path));
    let files = format!("--schedule {schedule} --snapshot {snapshot}");
    let verify = match &a.challenge {
        Some(challenge) => {
            let challenge = option("challenge", &challenge.display().to_string());
            format!("{files} --policy policy.json {challenge}")
        }
        None => format!("{files} --policy policy.json"),
    };
    let verdict = if asked.does_not_meet { "DOES NOT MEET" } else { "VALID" };
    let told = repeated(a);
    vec![
        format!(
            "To make it {verdict}, somebody whom the verifier trusts must vouch for prices and account, in one of two ways; the verifier writes policy.json:"
        ),
        format!(
            "1. an attester with the key attester.key checks {account} and signs its commitment {commitment}:"
        ),
        format!(
            "   zkmargin attest --account {account} --schedule {schedule} --checked \"WHAT WAS CHECKED\" --signer attester.key -o attestation.note"
        ),
        format!("   zkmargin verify {proof} {verify} --attestation attestation.note"),
        format!(
            "2. {venue} lists the account in its signed ledger ledger.note, under the key that the second command shows, and sends opening.json:"
        ),
        "   zkmargin keygen -o holder.json holder".to_owned(),
        format!("   zkmargin key show holder.json --schedule {schedule}"),
        format!(
            "   zkmargin prove --account {account} {files} {told} --opening opening.json --holder holder.json -o listed.zkm"
        ),
        format!("   zkmargin verify listed.zkm {verify} --checkpoint ledger.note"),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Prove, repeated, typed};
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        prove: Prove,
    }

    /// What is repeated is read as what was said, after a shell has taken it apart.
    #[cfg(unix)]
    #[test]
    fn a_second_proof_is_told_the_same() {
        for line in [
            "--audience desk-42",
            "--audience 'desk 42' --purpose \"a desk's\" --epoch 7 --expires 2027-01-01T00:00:00Z --claim buffer-10 --floor 1000",
            "--audience=-x --does-not-meet --cross-alone --claim initial --shape sm --as json --pin-market 00ff",
            "--audience a --stress tails --floor 10 --log l.sqlite --policy 'my policy.json' --answer-anyway --source a=b.bin --source c=d.bin --snapshot-note n.note",
            "--challenge 'the challenge.json' --shape s",
            "--audience a --settlement-asset USDT",
            "--audience a --only-isolated BTCUSDT:long",
            "--audience a --all-but-isolated BTCUSDT:short",
        ] {
            let parsed = |line: &str| {
                let words = format!("printf '%s\\n' {line}");
                let ran = std::process::Command::new("sh").args(["-c", &words]).output();
                let text = String::from_utf8(ran.expect("sh").stdout).expect("text");
                let all = ["prove", "--from", "binance", "answers", "-o", "p.zkm"];
                let words = all.into_iter().chain(text.lines());
                Line::try_parse_from(words).map(|line| line.prove).map_err(|e| e.to_string())
            };
            let first = parsed(line).expect("as it was said");
            let second = parsed(&repeated(&first)).expect("as it was printed");
            assert_eq!(format!("{first:?}"), format!("{second:?}"), "{line}");
        }
    }

    #[test]
    fn arguments_are_quoted_for_a_shell() {
        assert_eq!(typed("desk-42"), "desk-42");
        assert_eq!(typed("a b/proof.zkm"), "'a b/proof.zkm'");
        assert_eq!(typed("$(x)'s"), r"'$(x)'\''s'");
        assert_eq!(typed(""), "''");
    }
}
