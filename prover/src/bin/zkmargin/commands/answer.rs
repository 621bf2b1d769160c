//! The prover's own policy and its log, around `zkmargin prove`.

use crate::arguments::Prove;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::policy_arguments::read_sources;
use crate::resolve;
use serde_json::{Value, json};
use std::path::Path;
use zkmargin::ProveRequest;
use zkmargin_answers::{Answer, AnswerLog, Bits, OwnPolicy, Question, Withheld};
use zkmargin_storage::{DatabaseError, SqliteLog};
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::files::{MAX_FILE_BYTES, format_utc};
use zkmargin_model::holder::account_identity;
use zkmargin_policy::{Evidence, Met};

/// A question under the prover's policy, with the log that the answer goes to.
pub struct Answering {
    log: Option<SqliteLog>,
    question: Question,
    met: Vec<Met>,
    bits: Option<(Bits, Bits)>,
}

fn log_failure(error: &DatabaseError, path: &Path) -> Failure {
    Failure::database("AnswerLog", error, path)
}

fn question(request: &ProveRequest<'_>) -> Question {
    let context = &request.context;
    let venue = &request.market.schedule().file().venue;
    Question {
        audience: context.audience().to_owned(),
        purpose: context.purpose().to_owned(),
        epoch: context.epoch(),
        account: account_identity(venue, &request.secrets.holder_key, request.secrets.serial),
        market: request.market.digest(),
        snapshot_ms: request.market.snapshot().time_ms,
        level_bps: request.claim.level_bps(),
        floor: request.claim.floor().to_string(),
    }
}

fn evidence(a: &Prove) -> Result<Evidence> {
    Ok(Evidence {
        schedule_note: files::read_optional(a.own.schedule_note.as_deref())?,
        snapshot_note: files::read_optional(a.own.snapshot_note.as_deref())?,
        checkpoint: files::read_optional(a.own.checkpoint.as_deref())?,
        sources: read_sources(&a.own.sources)?,
        ..Evidence::default()
    })
}

fn withheld(reason: Withheld) -> Failure {
    let narrows = matches!(reason, Withheld::Narrows { .. });
    let failure = Failure::new(Exit::Policy, reason.code(), reason.to_string());
    if narrows {
        failure.help("pass --answer-anyway to give this answer all the same")
    } else {
        failure
    }
}

impl Answering {
    /// Compares the question with the prover's policy, and with what was answered before.
    pub fn begin(a: &Prove, request: &ProveRequest<'_>) -> Result<Self> {
        let registry = request.market.registry_digest();
        let secrets = request.secrets.under(&registry).ok_or_else(|| {
            Failure::new(Exit::Malformed, "NotFieldElement", "the secrets are not canonical")
        })?;
        let commitment = account_commitment(request.account, &secrets);
        let question = question(request);
        let log = a.own.log.as_deref();
        let mut log =
            log.map(|path| SqliteLog::open(path).map_err(|e| log_failure(&e, path))).transpose()?;
        let answers = match (&mut log, &a.own.log) {
            (Some(log), Some(path)) => {
                log.about(&question.account).map_err(|e| log_failure(&e, path))?
            }
            _ => Vec::new(),
        };
        let everybody = Bits::of(&answers, &question, None);
        let Some(path) = &a.own.policy else {
            let bits = Bits::of(&answers, &question, Some(&question.audience));
            let bits = log.is_some().then_some((bits, everybody));
            return Ok(Self { log, question, met: Vec::new(), bits });
        };
        let bytes = files::read(path, MAX_FILE_BYTES)?;
        let policy = OwnPolicy::from_json(&bytes)
            .map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))?;
        let root = request.membership.map(|place| place.path.root(commitment));
        let now = resolve::now_ms();
        let checked = policy.check(&question, &evidence(a)?, request.market, root, &answers, now);
        let (met, bits) = match checked {
            Ok(checked) => checked,
            Err(Withheld::Narrows { bits, .. }) if a.own.answer_anyway => (Vec::new(), bits),
            Err(reason) => return Err(withheld(reason)),
        };
        Ok(Self { log, question, met, bits: Some((bits, everybody)) })
    }

    /// Warns, before it is given, of an answer that tells more than those before.
    pub fn warn(&self) {
        if self.bits.is_some_and(|(own, everybody)| own.narrows() || everybody.narrows()) {
            tracing::warn!("this answer narrows the account down further than those before");
        }
    }

    /// Writes the answer to the log, before it is given.
    pub fn end(&mut self, a: &Prove, met: bool) -> Result<()> {
        if let Some((log, path)) = self.log.as_mut().zip(a.own.log.as_deref()) {
            let question = self.question.clone();
            let answer = Answer { question, met, at_ms: resolve::now_ms() };
            log.write(&answer).map_err(|e| log_failure(&e, path))?;
        }
        Ok(())
    }

    /// What was met and what the answers add up to, for people and for programs.
    pub fn describe(&self) -> (String, Value) {
        let width = self.met.iter().map(|m| m.demand.len()).max().unwrap_or(0);
        let met = self.met.iter().map(|m| format!("met: {:width$}  {}\n", m.demand, m.how));
        let mut text: String = met.collect();
        let Some((own, everybody)) = self.bits else { return (text, Value::Null) };
        for (who, bits) in [(self.question.audience.as_str(), own), ("everybody", everybody)] {
            text.push_str(&format!(
                "answers to {who} about this account: {} before, at most {:.2} bits; with this one {:.2}\n",
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
