//! The prover's own policy and its log, around `zkmargin prove`.

use crate::database::{self, DatabaseError, Log};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::resolve;
use crate::shared::read_sources;
use crate::text::Text;
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zkmargin_answers::{
    Answer, AnswerLog, Bits, Outcome, OwnPolicy, Question, Reservation, Withheld,
};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::element::LedgerRoot;
use zkmargin_model::holder::account_identity;
use zkmargin_model::rule::Isolated;
use zkmargin_model::subject::Subject;
use zkmargin_params::{AnyMarket, MAX_FILE_BYTES, PlainSecrets, format_utc};
use zkmargin_policy::{Evidence, Met};

/// What `prove` takes for the prover's own policy.
#[derive(Debug, Args)]
pub struct Own {
    /// Your own policy: whom you answer, about which markets, and how much
    #[arg(long, value_name = "FILE", requires = "log")]
    pub policy: Option<PathBuf>,
    /// Your log of what you answered to whom; created if absent
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Give an answer that reveals more about the account than your policy allows
    #[arg(long, requires = "policy")]
    pub answer_anyway: bool,
    /// Venue's note over the schedule
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub schedule_note: Option<PathBuf>,
    /// Venue's note over the snapshot
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub snapshot_note: Option<PathBuf>,
    /// Signed checkpoint of the ledger
    #[arg(long, value_name = "FILE", requires_all = ["policy", "opening"])]
    pub checkpoint: Option<PathBuf>,
    /// Message of a price source, under the policy's name for it; can be repeated
    #[arg(long = "source", value_name = "NAME=FILE", requires = "policy")]
    pub sources: Vec<String>,
}

/// What is asked about which account. It contains nothing the account holds.
pub struct Asked<'a> {
    /// The market.
    pub market: &'a dyn AnyMarket,
    /// The claim.
    pub claim: &'a Claim,
    /// What it is about.
    pub subject: &'a Subject,
    /// Who asks, and what for.
    pub context: &'a Context,
    /// The account's secrets.
    pub secrets: &'a PlainSecrets,
    /// Where the account's opening leads, for an account in a ledger.
    pub root: Option<LedgerRoot>,
}

/// A question under the prover's policy, with its place in the log.
pub struct Answering {
    log: Option<(Log, Reservation)>,
    guarded: bool,
    question: Question,
    met: Vec<Met>,
    bits: Option<(Bits, Bits)>,
}

fn log_failure(error: &DatabaseError, path: &Path) -> Failure {
    database::failure("AnswerLog", error, path)
}

impl Asked<'_> {
    fn question(&self) -> Question {
        let registry = self.market.registry_digest();
        let books = self.subject.books();
        let named = |isolated| {
            let of = books.filter(|books| books.isolated == isolated);
            of.and_then(|books| books.position)
        };
        Question {
            audience: self.context.audience().to_owned(),
            purpose: self.context.purpose().to_owned(),
            epoch: self.context.epoch(),
            account: account_identity(&registry, &self.secrets.holder_key, self.secrets.serial),
            market: self.market.digest(),
            snapshot_ms: self.market.time_ms(),
            settlement_asset: books.and_then(|books| books.settlement_asset),
            cross_alone: books.is_some_and(|books| books.isolated == Isolated::LeftOut),
            only_isolated: named(Isolated::Only),
            all_but_isolated: named(Isolated::AllBut),
            measure: self.subject.measure().cloned(),
            level_bps: self.claim.level_bps(),
            floor: self.claim.floor().to_string(),
            does_not_meet: self.claim.is_deficiency(),
        }
    }
}

fn evidence(own: &Own) -> Result<Evidence> {
    Ok(Evidence {
        schedule_note: files::read_optional(own.schedule_note.as_deref())?,
        snapshot_note: files::read_optional(own.snapshot_note.as_deref())?,
        checkpoint: files::read_optional(own.checkpoint.as_deref())?,
        sources: read_sources(&own.sources)?,
        ..Evidence::default()
    })
}

/// The failure of an answer that is withheld.
pub fn withheld(reason: &Withheld) -> Failure {
    let narrows = matches!(reason, Withheld::Narrows { .. });
    let failure = Failure::new(Exit::Policy, reason.code(), reason.to_string());
    if narrows { failure.help("pass --answer-anyway to give this answer anyway") } else { failure }
}

fn own_policy(path: &Path) -> Result<OwnPolicy> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    OwnPolicy::from_json(&bytes).map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

impl Answering {
    /// Compares the question with the prover's policy and with what was answered before, and enters it in the log. All
    /// of this comes before the account is looked at, so that neither a refusal nor a crash reveals anything that is
    /// not counted.
    pub fn begin(own: &Own, asked: &Asked<'_>) -> Result<Self> {
        let question = asked.question();
        let policy = own.policy.as_deref().map(own_policy).transpose()?;
        let now = resolve::now_ms();
        let met = match &policy {
            Some(policy) => policy
                .check(&question, &evidence(own)?, asked.market, asked.root, now)
                .map_err(|reason| withheld(&reason))?,
            None => Vec::new(),
        };
        let decide = |answers: &[Answer]| {
            let everybody = Bits::of(answers, &question, None);
            let own = match policy.as_ref().map(|policy| policy.allow(&question, answers)) {
                None => Bits::of(answers, &question, Some(&question.audience)),
                Some(Ok(bits)) => bits,
                Some(Err(Withheld::Narrows { bits, .. })) if own.answer_anyway => bits,
                Some(Err(reason)) => return Err(withheld(&reason)),
            };
            Ok((own, everybody))
        };
        let (log, bits) = match own.log.as_deref() {
            Some(path) => {
                let failed = |e: DatabaseError| log_failure(&e, path);
                let mut log = database::open_log(path)?;
                let (place, bits) = log.reserve(&question, now, decide).map_err(failed)??;
                (Some((log, place)), Some(bits))
            }
            None => {
                let bits = decide(&[])?;
                (None, policy.is_some().then_some(bits))
            }
        };
        let guarded = policy.is_some() || log.is_some();
        Ok(Self { log, guarded, question, met, bits })
    }

    /// Whether answers are guarded, so that an account file that does not match the market is an answer too, and not
    /// just something to correct.
    pub fn guarded(&self) -> bool {
        self.guarded
    }

    /// Warns, before it is given, about an answer that reveals more than the earlier ones.
    pub fn warn(&self) {
        if self.bits.is_some_and(|(own, everybody)| own.narrows() || everybody.narrows()) {
            tracing::warn!("this answer reveals more about the account than the earlier ones");
        }
    }

    /// Writes the result of the question to the log, before anyone is told.
    pub fn conclude(&mut self, own: &Own, outcome: Outcome) -> Result<()> {
        if let Some(((mut log, place), path)) = self.log.take().zip(own.log.as_deref()) {
            log.conclude(place, outcome, resolve::now_ms()).map_err(|e| log_failure(&e, path))?;
        }
        Ok(())
    }

    /// What was met and what the answers add up to, for people and for programs.
    pub fn describe(&self) -> (Text, Value) {
        let width = self.met.iter().map(|m| m.demand.len()).max().unwrap_or(0);
        let met = self.met.iter().map(|m| format!("met: {:width$}  {}", m.demand, m.how));
        let mut text: Text = met.collect();
        let Some((own, everybody)) = self.bits else { return (text, Value::Null) };
        for (who, bits) in [(self.question.audience.as_str(), own), ("everybody", everybody)] {
            text.line(format!(
                "answers to {who} about this account: {} before, at most {:.2} bits; with this one {:.2}",
                bits.answers, bits.before, bits.after
            ));
        }
        let value = |bits: Bits| {
            json!({
                "before": bits.answers,
                "bits_before": bits.before,
                "bits_after": bits.after,
                "narrows": bits.narrows(),
            })
        };
        let result = json!({
            "demands": self.met.iter().map(|m| json!({"demand": m.demand, "how": m.how})).collect::<Vec<_>>(),
            "audience": value(own),
            "everybody": value(everybody),
            "snapshot_time": format_utc(self.question.snapshot_ms),
        });
        (text, result)
    }
}
