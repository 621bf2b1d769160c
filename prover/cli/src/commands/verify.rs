//! `zkmargin verify`.

use super::Run;
use super::challenge::{challenge_of, read_policy};
use super::describe;
use crate::database;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::resolve;
use crate::shared::{Books, Global, Market, NO_FLOOR, Use, read_sources, requirement};
use crate::text::Text;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use zkmargin_model::envelope::Envelope;
use zkmargin_params::{
    AccountDemand, AnyMarket, ClaimDemand, DecimalText, FileError, HolderDemand, KeyFile, KeysFile,
    LedgerDemand, MAX_FILE_BYTES, PolicyFile, Requirement,
};
use zkmargin_policy::{
    DecideError, Decision, Demands, Evidence, Issued, SeenStore, Verdict, decide,
};

#[derive(Debug, Args)]
pub struct Verify {
    /// Proof file or its JSON twin; `-` is standard input. Several with a policy that demands all of a holder's
    /// accounts
    #[arg(required = true, value_name = "PROOF")]
    pub proofs: Vec<PathBuf>,
    #[command(flatten)]
    pub evidence: EvidenceFiles,
    #[command(flatten)]
    pub market: Market,
    /// Digest of the market that you accept
    #[arg(long, value_name = "DIGEST")]
    pub pin_market: Option<String>,
    /// Commitment of the account that you ask about
    #[arg(long, value_name = "HEX")]
    pub commitment: Option<String>,
    /// Root of the ledger that the account must be in, for a proof of membership
    #[arg(long, value_name = "HEX", conflicts_with = "commitment")]
    pub ledger_root: Option<String>,
    /// Signed checkpoint of the ledger that the account must be in
    #[arg(long, value_name = "FILE", conflicts_with_all = ["commitment", "ledger_root"])]
    pub checkpoint: Option<PathBuf>,
    /// Schedule under which ledger or attestation was made, where that is not the proof's own
    #[arg(long, value_name = "FILE")]
    pub account_schedule: Option<PathBuf>,
    /// Venue's note over the snapshot
    #[arg(long, value_name = "FILE")]
    pub snapshot_note: Option<PathBuf>,
    /// Keys that you trust, for checkpoint and snapshot note
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// The venue whose signatures count, when the keys belong to several
    #[arg(long, value_name = "NAME")]
    pub venue: Option<String>,
    /// Maximum age of the snapshot, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub max_age: Option<u64>,
    /// Largest circuit size k for which a key is generated [default: 12 for a market that is not anchored]
    #[arg(long, value_name = "K")]
    pub max_k: Option<u8>,
    /// Pseudonym of the holder that you ask about, for a proof of membership
    #[arg(long, value_name = "HEX", conflicts_with = "commitment")]
    pub pseudonym: Option<String>,
    /// Which of the venue's margin requirements the proof must be about [default: maintenance]
    #[arg(long, value_name = "REQUIREMENT", value_parser = requirement)]
    pub requirement: Option<Requirement>,
    /// Minimum level: basis points from 10000, `maintenance` or `initial`, which are 10000, or a name with its figure such
    /// as `buffer-10=11000`
    #[arg(long, value_name = "LEVEL", default_value = "10000", hide_default_value = true)]
    pub claim: String,
    /// Minimum equity floor, in the valuation currency
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub floor: String,
    #[command(flatten)]
    pub books: Books,
    /// Demand a proof that the account does not meet the level: the verdict is never VALID, and the exit code is 10
    #[arg(long, conflicts_with_all = ["floor", "stress"])]
    pub does_not_meet: bool,
    /// Who the proof must be for
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
    #[command(flatten)]
    pub context: Use,
}

/// What `verify --policy` takes besides the proof and the market.
#[derive(Debug, Args)]
pub struct EvidenceFiles {
    /// Policy file: everything that you demand, in place of the individual options
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "pin_market", "commitment", "ledger_root", "keys", "venue", "max_age", "max_k", "pseudonym",
        "requirement", "claim", "floor", "settlement_asset", "cross_alone",
        "only_isolated", "all_but_isolated", "stress", "does_not_meet", "audience", "purpose",
        "nonce", "epoch",
    ])]
    pub policy: Option<PathBuf>,
    /// Database of seen challenges, nullifiers and sequence numbers; created if absent
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub seen: Option<PathBuf>,
    /// The challenge that the proof answers, when you keep no memory
    #[arg(long, value_name = "FILE", requires = "policy", conflicts_with = "seen")]
    pub challenge: Option<PathBuf>,
    /// Venue's note over the schedule
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub schedule_note: Option<PathBuf>,
    /// Venue's note over the previous snapshot, for a policy that demands the first one after a challenge
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub previous_note: Option<PathBuf>,
    /// Signed checkpoint of the previous ledger, for a policy that demands the first one after a challenge
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub previous_checkpoint: Option<PathBuf>,
    /// Your own copy of the venue's newest checkpoint, for a policy that demands the newest
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub newest_checkpoint: Option<PathBuf>,
    /// Attester's note over the account's commitment
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub attestation: Option<PathBuf>,
    /// Your own copy of the attester's newest note, for a policy that demands the newest
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub newest_attestation: Option<PathBuf>,
    /// Venue's note that says how many accounts the holder has
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub enrolment: Option<PathBuf>,
    /// Your own copy of the venue's newest enrolment of the holder, for a policy that demands the newest
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub newest_enrolment: Option<PathBuf>,
    /// Message of a price source, under the policy's name for it; can be repeated
    #[arg(long = "source", value_name = "NAME=FILE", requires = "policy")]
    pub sources: Vec<String>,
}

impl Run for Verify {
    fn name(&self) -> &'static str {
        "verify"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        verify(self, global)
    }
}

/// Name of a policy made from flags.
const FLAGS: &str = "command line";

/// The exit code of a verdict.
fn exit_of(verdict: &Verdict) -> Exit {
    match verdict {
        Verdict::Valid => Exit::Ok,
        Verdict::DoesNotMeet => Exit::DoesNotMeet,
        Verdict::NotAnchored { .. } => Exit::NotAnchored,
        Verdict::Invalid(_) => Exit::Invalid,
        // No other verdict is in favour.
        _ => Exit::Policy,
    }
}

/// A decision as the outcome of a command; `text` and `result` say more about the proof.
pub fn outcome_of(decision: &Decision, text: Text, mut result: Value) -> Outcome {
    let verdict = decision.verdict();
    if let (Value::Object(all), Value::Object(more)) = (&mut result, decision.json()) {
        all.extend(more);
    }
    let mut lines: Text = decision.details().into_iter().collect();
    lines.append(text);
    let mut outcome = Outcome::done(lines, result);
    outcome.exit = exit_of(verdict);
    outcome.verdict = Some(verdict.to_string());
    outcome.reason = verdict.code().zip(verdict.reason());
    outcome.not_checked = decision.not_checked().collect();
    outcome
}

/// The option from which a demand of a policy made from flags comes.
fn option_of(pointer: &str) -> &'static str {
    match pointer {
        "/claim/level" => "--claim",
        "/claim/floor" => "--floor",
        "/claim/settlement_asset" => "--settlement-asset",
        "/claim/only_isolated" => "--only-isolated",
        "/claim/all_but_isolated" => "--all-but-isolated",
        "/claim/stress" => "--stress",
        "/claim/does_not_meet" => "--does-not-meet",
        "/requirement" => "--requirement",
        "/market/pinned" => "--pin-market",
        "/market/venue" => "--venue",
        "/account/commitment" => "--commitment",
        "/account/ledger_root" => "--ledger-root",
        "/holder/pseudonym" | "/holder" => "--pseudonym",
        "/nonce" => "--nonce",
        "/audience" => "--audience or --purpose",
        _ => "the options",
    }
}

fn flags_failure(error: &FileError) -> Failure {
    Failure::usage(format!("{}: {}", option_of(&error.pointer), error.message))
}

fn keys_file(path: &Path) -> Result<Vec<KeyFile>> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let file = KeysFile::from_json(&bytes);
    let file = file.map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))?;
    // Errors in the keys have their place in their own file.
    resolve::keys_of(path)?;
    Ok(file.keys)
}

/// The venue that is meant, where a signature is demanded: the one given by `--venue`, or the only one among the keys.
fn venue(named: Option<&str>, keys: &[KeyFile]) -> Result<String> {
    let venues: BTreeSet<&str> = keys.iter().filter_map(|key| key.venue.as_deref()).collect();
    match (named, venues.len()) {
        (Some(named), _) => Ok(named.to_owned()),
        (None, 1) => Ok(venues.into_iter().collect()),
        (None, 0) => {
            Err(Failure::usage("the keys belong to no venue; whose signature do you demand?"))
        }
        (None, _) => {
            let names: Vec<_> = venues.into_iter().collect();
            let message = format!(
                "the keys belong to {}; use --venue to say which you mean",
                names.join(", ")
            );
            Err(Failure::usage(message))
        }
    }
}

/// Demands that the claim is about these books, or this stress.
pub fn demand(claim: &mut ClaimDemand, books: &Books) {
    let Books { settlement_asset, cross_alone, only_isolated, all_but_isolated, stress } =
        books.clone();
    claim.settlement_asset = settlement_asset;
    claim.cross_alone = cross_alone;
    claim.only_isolated = only_isolated;
    claim.all_but_isolated = all_but_isolated;
    claim.stress = stress;
}

/// The policy made from the flags.
fn policy_of_flags(a: &Verify) -> Result<PolicyFile> {
    for (option, given) in
        [("--checkpoint", a.checkpoint.is_some()), ("--snapshot-note", a.snapshot_note.is_some())]
    {
        if given && a.keys.is_none() {
            let message = format!("{option} means nothing without the --keys that you trust");
            return Err(Failure::usage(message));
        }
    }
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_ascii_lowercase());
    let mut policy = PolicyFile::least(FLAGS);
    policy.keys = a.keys.as_deref().map(keys_file).transpose()?.unwrap_or_default();
    let signed = a.checkpoint.is_some() || a.snapshot_note.is_some();
    policy.market.venue = match signed {
        true => Some(venue(a.venue.as_deref(), &policy.keys)?),
        false => a.venue.clone(),
    };
    policy.market.pinned = lower(&a.pin_market);
    policy.market.signed_snapshot = Some(a.snapshot_note.is_some());
    policy.market.max_age_seconds = a.max_age;
    policy.market.max_k = a.max_k;
    policy.account = if a.checkpoint.is_some() {
        Some(AccountDemand::Ledger(LedgerDemand::default()))
    } else if let Some(root) = lower(&a.ledger_root) {
        Some(AccountDemand::LedgerRoot(root))
    } else {
        lower(&a.commitment).map(AccountDemand::Commitment)
    };
    let holder = |pseudonym| HolderDemand {
        pseudonym,
        all_accounts: false,
        max_age_seconds: None,
        newest: false,
    };
    policy.holder = lower(&a.pseudonym).map(holder);
    policy.requirement = a.requirement;
    policy.claim.level = a.claim.clone();
    policy.claim.does_not_meet = a.does_not_meet;
    let floor = a.books.floor(&a.floor)?;
    policy.claim.floor = DecimalText::new(if a.does_not_meet { NO_FLOOR } else { floor });
    demand(&mut policy.claim, &a.books);
    policy.audience = a.audience.clone();
    policy.purpose = a.context.purpose.clone();
    policy.epoch = a.context.epoch;
    policy.nonce = lower(&a.context.nonce);
    Ok(policy)
}

fn demands(a: &Verify) -> Result<Demands> {
    match &a.evidence.policy {
        Some(path) => read_policy(path),
        None => Demands::new(policy_of_flags(a)?).map_err(|e| flags_failure(&e)),
    }
}

fn evidence(a: &Verify) -> Result<Evidence> {
    let e = &a.evidence;
    let challenge = e.challenge.as_deref().map(challenge_of).transpose()?;
    let challenge = challenge.map(|(_, challenge)| Issued { challenge, answered: false });
    let read = |path: &Option<PathBuf>| files::read_optional(path.as_deref());
    Ok(Evidence {
        schedule_note: read(&e.schedule_note)?,
        snapshot_note: read(&a.snapshot_note)?,
        previous_note: read(&e.previous_note)?,
        checkpoint: read(&a.checkpoint)?,
        previous_checkpoint: read(&e.previous_checkpoint)?,
        newest_checkpoint: read(&e.newest_checkpoint)?,
        attestation: read(&e.attestation)?,
        newest_attestation: read(&e.newest_attestation)?,
        account_schedule: read(&a.account_schedule)?,
        enrolment: read(&e.enrolment)?,
        newest_enrolment: read(&e.newest_enrolment)?,
        sources: read_sources(&e.sources)?,
        challenge,
    })
}

/// Verifies proofs under a policy, which is a file or what the flags say.
fn verify(a: &Verify, global: &Global) -> Result<Outcome> {
    let mut streams: Vec<&Path> = a.proofs.iter().map(PathBuf::as_path).collect();
    streams.extend([&*a.market.schedule, &*a.market.snapshot]);
    files::one_stream(&streams)?;
    if a.evidence.policy.is_none() && a.proofs.len() > 1 {
        return Err(Failure::usage("one proof at a time; several need a --policy"));
    }
    let demands = demands(a)?;
    let envelopes: Result<Vec<_>> =
        a.proofs.iter().map(|path| Ok(resolve::envelope(path)?.0)).collect();
    let envelopes = envelopes?;
    let market = resolve::any_market(&a.market)?;
    let seen = a.evidence.seen.as_deref();
    let mut store = seen.map(database::open_memory).transpose()?;
    let failed = |error| database::failure("SeenStore", &error, seen.unwrap_or(Path::new("")));
    let is_new = store.as_mut().map(SeenStore::is_empty).transpose().map_err(failed)?;
    let evidence = evidence(a)?;
    let progress = Progress::new(!global.quiet && !global.json);
    progress.say("verifying");
    let (keys, now) = (resolve::keys(global), resolve::now_ms());
    let decision = decide(&demands, &evidence, &*market, &envelopes, now, &keys, store.as_mut());
    drop(progress);
    let decision = decision.map_err(|error| match error {
        DecideError::Verify(failure) => Failure::from(failure),
        DecideError::Store(error) => failed(error),
    })?;
    let (text, mut result) = describe_all(&envelopes, &*market);
    result["market"] = json!(market.digest().to_string());
    let mut outcome = outcome_of(&decision, text, result);
    if is_new == Some(true) {
        let message = "the memory was empty: nothing earlier was remembered";
        outcome.warnings.push(("MemoryMade", message.to_owned()));
    }
    Ok(outcome)
}

/// What the proofs say: a single one in full, several in summary.
fn describe_all(envelopes: &[Envelope], market: &dyn AnyMarket) -> (Text, Value) {
    let schedule = Some(market.schedule());
    match envelopes {
        [one] => {
            let mut result = describe::json(one, schedule);
            result["proofs"] = json!([describe::json(one, schedule)]);
            (describe::text(one, schedule, &[("market", market.digest().to_string())]), result)
        }
        several => {
            let proofs: Vec<_> = several.iter().map(|one| describe::json(one, schedule)).collect();
            (Text::new(), json!({ "proofs": proofs }))
        }
    }
}
