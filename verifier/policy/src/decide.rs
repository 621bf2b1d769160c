//! From demands, evidence and proofs to a decision: the only way to a verdict.

use crate::about::Rules;
use crate::assess::{Assessment, Met, assess};
use crate::demands::Demands;
use crate::evidence::Evidence;
use crate::refused::Refused;
use crate::seen::{Before, Replay, SeenStore, Use};
use crate::verdict::{NotChecked, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use zkmargin_circuit::KeyCache;
use zkmargin_model::claim::Claim;
use zkmargin_model::context::zero_for_none;
use zkmargin_model::element::Nullifier;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::field_bytes;
use zkmargin_model::holder::scope_field;
use zkmargin_model::statement::Statement;
use zkmargin_model::subject::NamedSubject;
use zkmargin_params::{AnyMarket, FreshnessDemand, format_utc};
use zkmargin_verifier::{VerifyFailure, check_proof};

/// A verdict with everything it rests on, and what it does not cover. Only [`decide`] makes one.
#[must_use = "only a decision that `is_valid` accepts the proofs"]
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    verdict: Verdict,
    policy: String,
    place: Option<usize>,
    proofs: usize,
    met: Vec<Met>,
    not_checked: BTreeSet<NotChecked>,
    rules: Rules,
    claim: Option<String>,
    vouched: Option<String>,
    scope: Option<String>,
}

impl Decision {
    /// The verdict.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Whether every proof holds, for a market and an account that are pinned, and every demand is met; never where the
    /// demand was that an account does not meet a level.
    pub fn is_valid(&self) -> bool {
        self.verdict == Verdict::Valid
    }

    /// The demands that were met, in the order they were checked.
    pub fn met(&self) -> &[Met] {
        &self.met
    }

    /// What a favourable verdict does not cover; empty for any other verdict.
    pub fn not_checked(&self) -> impl Iterator<Item = NotChecked> + '_ {
        self.not_checked.iter().copied()
    }

    /// The rules the verdict is based on.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Who vouches for the account, and how; `None` if the verdict is not favourable.
    pub fn vouched(&self) -> Option<&str> {
        self.vouched.as_deref()
    }

    /// Everything in human-readable form, one item per line, the verdict first.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.verdict.to_string()];
        lines.extend(self.not_checked.iter().map(|what| format!("NOT CHECKED: {what}")));
        lines.extend(self.details());
        lines
    }

    /// What the verdict rests on, one item per line.
    pub fn details(&self) -> Vec<String> {
        let mut lines = vec![format!("policy: {}", self.policy)];
        lines.push(format!("rules: {}", self.rules));
        lines.extend(self.claim.iter().map(|claim| format!("claim: {claim}")));
        lines.extend(self.vouched.iter().map(|who| format!("vouched for by: {who}")));
        let width = self.met.iter().map(|m| m.demand.chars().count()).max().unwrap_or(0);
        lines.extend(self.met.iter().map(|m| format!("met: {:width$}  {}", m.demand, m.how)));
        if let Some(place) = self.place.filter(|_| self.proofs > 1) {
            lines.push(format!("proof: number {place}"));
        }
        lines.extend(self.scope.iter().map(|scope| format!("scope: {scope}")));
        lines
    }

    /// Everything in machine-readable form.
    pub fn json(&self) -> Value {
        let met = |m: &Met| json!({ "demand": m.demand, "how": m.how });
        json!({
            "verdict": self.verdict.to_string(),
            "valid": self.is_valid(),
            "code": self.verdict.code(),
            "reason": self.verdict.reason(),
            "not_checked": self.not_checked.iter().map(|what| what.code()).collect::<Vec<_>>(),
            "policy": self.policy,
            "rules": self.rules.json(),
            "claimed": self.claim,
            "vouched_by": self.vouched,
            "demands": self.met.iter().map(met).collect::<Vec<_>>(),
            "place": self.place,
            "scope": self.scope,
        })
    }
}

/// The verdict line.
impl std::fmt::Display for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.verdict.fmt(f)
    }
}

/// No decision could be reached. This says nothing about the proofs.
#[derive(Debug, thiserror::Error)]
pub enum DecideError<E: std::error::Error> {
    /// From the verifier.
    #[error(transparent)]
    Verify(#[from] VerifyFailure),
    /// From the store.
    #[error("the verifier's memory cannot be used: {0}")]
    Store(E),
}

/// Whether statements can be counted together: one holder's accounts, for one use, at one market.
fn one_use(a: &Statement, b: &Statement) -> bool {
    a.context == b.context
        && a.subject() == b.subject()
        && a.account.is_of_one_holder(&b.account)
        && a.registry_digest == b.registry_digest
        && a.schedule_digest == b.schedule_digest
        && a.snapshot_digest == b.snapshot_digest
}

/// Checks that the proofs cover as many accounts as demanded, each exactly once.
fn check_set(assessment: &Assessment, envelopes: &[Envelope]) -> Result<(), Refused> {
    let Some(enrolled) = assessment.accounts else {
        return match envelopes.len() {
            1 => Ok(()),
            count => Err(Refused::TooManyProofs(count)),
        };
    };
    let statements: Vec<_> = envelopes.iter().map(Envelope::statement).collect();
    for (at, statement) in statements.iter().enumerate() {
        if !one_use(statements[0], statement) {
            return Err(Refused::OtherStatement(at + 1));
        }
        // In one scope a nullifier stands for one account.
        let nullifier = statement.account.nullifier();
        let twin = statements[..at].iter().position(|s| s.account.nullifier() == nullifier);
        if let Some(first) = twin {
            return Err(Refused::SameAccount { first: first + 1, second: at + 1 });
        }
    }
    let shown = statements.len();
    if shown as u64 != enrolled {
        return Err(Refused::AccountsMissing { enrolled, shown });
    }
    Ok(())
}

/// What acceptance uses up.
fn use_of(
    demands: &Demands,
    assessment: &Assessment,
    envelopes: &[Envelope],
    now_ms: u64,
) -> Option<Use> {
    let context = &envelopes.first()?.statement().context;
    let fresh = &demands.file().freshness;
    let nullifiers = envelopes.iter().filter_map(|e| e.statement().account.nullifier());
    Some(Use {
        nonce: context.nonce().copied(),
        scope: field_bytes(&scope_field(context)),
        nullifiers: nullifiers.map(Nullifier::to_bytes).collect(),
        snapshot: assessment.snapshot.clone(),
        checkpoint: assessment.checkpoint.clone(),
        now_ms,
        answers_challenge: fresh.challenge,
        once_per_period: fresh.once_per_period,
        sequence: fresh.sequence,
    })
}

/// What a favourable verdict covers, and what it does not.
fn scope_of(assessment: &Assessment, market: &dyn AnyMarket) -> String {
    let time = format_utc(market.time_ms());
    let state = match &assessment.checkpoint {
        Some(checkpoint) => format!("state as of epoch {}, marks as of {time}", checkpoint.epoch),
        None => format!("state as committed, marks as of {time}"),
    };
    // What would change the answer after it.
    let later = match assessment.pins.claim.as_ref().is_some_and(Claim::is_deficiency) {
        true => "deposits",
        false => "withdrawals",
    };
    format!("{state}; nothing about later {later}, open orders, other accounts or venues")
}

fn context_met(statement: &Statement, assessment: &Assessment) -> Vec<Met> {
    let (context, pins) = (&statement.context, &assessment.pins);
    [
        ("audience", pins.audience.is_some(), context.audience().to_owned()),
        ("purpose", pins.purpose.is_some(), format!("\"{}\"", context.purpose())),
        ("period", pins.epoch.is_some(), zero_for_none(context.epoch()).to_string()),
        ("nonce", pins.nonce.is_some(), context.nonce().map(hex::encode).unwrap_or_default()),
    ]
    .into_iter()
    .filter(|(_, is_demanded, _)| *is_demanded)
    .map(|(demand, _, how)| Met { demand, how })
    .collect()
}

/// A decision in the making: the parts that do not depend on the verdict.
struct Draft<'a> {
    demands: &'a Demands,
    market: &'a dyn AnyMarket,
    proofs: usize,
    met: Vec<Met>,
}

impl Draft<'_> {
    fn end(self, verdict: Verdict, place: Option<usize>) -> Decision {
        Decision {
            verdict,
            policy: self.demands.file().name.clone(),
            place,
            proofs: self.proofs,
            met: self.met,
            not_checked: BTreeSet::new(),
            rules: Rules::of(self.market),
            claim: None,
            vouched: None,
            scope: None,
        }
    }

    fn refuse(self, reason: impl Into<Refused>) -> Decision {
        self.end(Verdict::Refused(reason.into()), None)
    }

    /// A decision on proofs that hold.
    fn favour(
        self,
        verdict: Verdict,
        assessment: &Assessment,
        statement: &Statement,
        claim: Option<String>,
    ) -> Decision {
        let market = self.market;
        Decision {
            not_checked: assessment.not_checked(statement),
            claim,
            vouched: Some(assessment.vouched.clone()),
            scope: Some(scope_of(assessment, market)),
            ..self.end(verdict, None)
        }
    }
}

/// Demands that only a memory can meet, by their names in a policy.
fn needs_memory(demands: &Demands) -> Option<&'static str> {
    let fresh = &demands.file().freshness;
    let demanded = [("once_per_period", fresh.once_per_period), ("sequence", fresh.sequence)];
    demanded.into_iter().find(|(_, is_demanded)| *is_demanded).map(|(name, _)| name)
}

/// Decides on one proof, or with `all_accounts` on the proofs for all of a holder's accounts, at the verifier's time in
/// milliseconds since 1970.
///
/// Notes, prices, times, context and memory are checked before a key is generated. A valid decision has been written to
/// the store atomically, and the challenge comes from the store. Without a store, the challenge in `evidence` is the
/// caller's word, the decision says that replay was not checked, and demands that need a memory are refused.
///
/// # Errors
/// [`DecideError`] when no decision could be reached.
pub fn decide<S: SeenStore>(
    demands: &Demands,
    evidence: &Evidence,
    market: &dyn AnyMarket,
    envelopes: &[Envelope],
    now_ms: u64,
    keys: &KeyCache,
    mut store: Option<&mut S>,
) -> Result<Decision, DecideError<S::Error>> {
    let draft = |met: Vec<Met>| Draft { demands, market, proofs: envelopes.len(), met };
    let mut evidence = evidence.clone();
    let fresh = &demands.file().freshness;
    match store.as_deref_mut() {
        Some(store) if fresh.challenge => {
            let nonce = envelopes.first().and_then(|e| e.statement().context.nonce());
            let issued = nonce.map(|nonce| store.issued(nonce)).transpose();
            evidence.challenge = issued.map_err(DecideError::Store)?.flatten();
            if nonce.is_some() && evidence.challenge.is_none() {
                return Ok(draft(Vec::new()).refuse(Replay::UnknownNonce));
            }
        }
        Some(_) => {}
        None => {
            if let Some(demand) = needs_memory(demands) {
                return Ok(draft(Vec::new()).refuse(Refused::NoMemory(demand)));
            }
        }
    }
    let mut assessment = match assess(demands, &evidence, market, now_ms) {
        Ok(assessment) => assessment,
        Err(reason) => return Ok(draft(Vec::new()).refuse(reason)),
    };
    let mut draft = draft(std::mem::take(&mut assessment.met));
    if let Err(reason) = check_set(&assessment, envelopes) {
        return Ok(draft.refuse(reason));
    }
    let used = use_of(demands, &assessment, envelopes, now_ms);
    if let Some((store, used)) = store.as_deref_mut().zip(used.as_ref())
        && let Err(replay) = store.look(used).map_err(DecideError::Store)?
    {
        return Ok(draft.refuse(replay));
    }
    let mut verdict = Verdict::Valid;
    for (at, envelope) in envelopes.iter().enumerate() {
        let found = verdict_of(envelope, market, &assessment, keys)?;
        if !found.is_in_favour() {
            return Ok(draft.end(found, Some(at + 1)));
        }
        if verdict == Verdict::Valid || matches!(found, Verdict::NotAnchored { .. }) {
            verdict = found;
        }
    }
    // `check_set` has refused a decision on no proof.
    let Some(statement) = envelopes.first().map(Envelope::statement) else {
        return Ok(draft.refuse(Refused::TooManyProofs(0)));
    };
    draft.met.append(&mut assessment.pinned);
    draft.met.extend(context_met(statement, &assessment));
    let claim = assessment.pins.claim.as_ref();
    let subject = market.schedule().named(&statement.subject());
    let claim = claim.map(|claim| subject.claim_in_words(claim, &statement.margin_unit));
    draft.met.extend(claim.map(|how| Met { demand: "claim", how }));
    if let Some(count) = assessment.accounts {
        let how = format!("{count} shown, each once");
        draft.met.push(Met { demand: "all accounts of the holder in the ledger", how });
    }
    let mut before = None;
    if matches!(verdict, Verdict::Valid | Verdict::DoesNotMeet)
        && let Some((store, used)) = store.zip(used.as_ref())
    {
        // Between the look and now another proof may have used it up: only this step decides.
        match store.accept(used).map_err(DecideError::Store)? {
            Err(replay) => return Ok(draft.refuse(replay)),
            Ok(found) => before = Some(found),
        }
    }
    let open = remembered(fresh, before, statement, &mut draft.met);
    let claim = least_claim(envelopes, &subject);
    let mut decision = draft.favour(verdict, &assessment, statement, claim);
    decision.not_checked.extend(open);
    Ok(decision)
}

/// What a memory has shown, and what it has not: a new memory holds nothing to compare with.
fn remembered(
    fresh: &FreshnessDemand,
    before: Option<Before>,
    statement: &Statement,
    met: &mut Vec<Met>,
) -> Vec<NotChecked> {
    let mut open = Vec::new();
    // A challenge was in the memory before; without one the memory may have been empty.
    let one_use = fresh.challenge || fresh.once_per_period;
    let is_unused = before.is_some_and(|b| fresh.challenge || b.anything);
    match before {
        Some(_) if one_use && is_unused => {
            met.push(Met { demand: "not used before", how: "remembered now".to_owned() });
        }
        Some(_) if one_use => {
            let how = "remembered now, the first in this memory".to_owned();
            met.push(Met { demand: "remembered from now on", how });
            open.push(NotChecked::Replay);
        }
        _ => open.push(NotChecked::Replay),
    }
    let in_ledger = statement.account.is_in_ledger();
    let before = before.filter(|_| fresh.sequence).unwrap_or_default();
    // A series that was not followed is none that goes forward.
    let followed = match (before.snapshot, before.checkpoint) {
        (true, true) => Some("marks and ledger not behind those of their series seen before"),
        (true, false) => Some("marks not behind those of their series seen before"),
        (false, true) => Some("ledger not behind those of its series seen before"),
        (false, false) => None,
    };
    let followed = followed.map(str::to_owned);
    met.extend(followed.map(|how| Met { demand: "series goes forward", how }));
    if !(before.snapshot && (before.checkpoint || !in_ledger)) {
        open.push(NotChecked::Sequence);
    }
    open
}

/// What all the proofs claim about a margin: the lowest level and the lowest floor among them; the highest level of those that
/// are not met.
fn least_claim(envelopes: &[Envelope], subject: &NamedSubject) -> Option<String> {
    let unit = &envelopes.first()?.statement().margin_unit;
    let claims = || envelopes.iter().map(|envelope| &envelope.statement().claim);
    if claims().all(Claim::is_deficiency) {
        let level = claims().map(Claim::level_bps).max()?;
        return Claim::deficiency(level).ok().map(|claim| subject.claim_in_words(&claim, unit));
    }
    let level = claims().map(Claim::level_bps).min()?;
    let floor = claims().map(Claim::floor).min()?.clone();
    // Both are of claims, so within their widths.
    Claim::with_floor(level, floor).ok().map(|claim| subject.claim_in_words(&claim, unit))
}

/// The verdict on one proof under an assessment. Demands that only [`decide`] can meet, by looking at all proofs and
/// consulting a memory, are refused.
///
/// # Errors
/// [`VerifyFailure`] when there is none.
pub fn verdict_on(
    envelope: &Envelope,
    market: &dyn AnyMarket,
    assessment: &Assessment,
    keys: &KeyCache,
) -> Result<Verdict, VerifyFailure> {
    match assessment.not_alone {
        Some(demand) => Ok(Verdict::Refused(Refused::NotAlone(demand))),
        None => verdict_of(envelope, market, assessment, keys),
    }
}

fn verdict_of(
    envelope: &Envelope,
    market: &dyn AnyMarket,
    assessment: &Assessment,
    keys: &KeyCache,
) -> Result<Verdict, VerifyFailure> {
    let statement = envelope.statement();
    if let Err(mismatch) = assessment.check(statement, market) {
        return Ok(Verdict::Mismatch(mismatch));
    }
    Ok(assessment.conclude(statement, check_proof(envelope, market, keys)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkmargin_model::statement::AccountReference;

    /// A set of proofs claims only what its weakest member does, in level and in floor.
    #[test]
    fn a_set_claims_the_least_of_its_proofs() {
        let proof = include_bytes!("../../../params/golden/binance-cross.zkm");
        let envelope = Envelope::decode(proof).expect("proof");
        let of = |level: u32, floor: u32| {
            let mut statement = envelope.statement().clone();
            statement.claim = Claim::new(level, floor.into()).expect("claim");
            Envelope::new(statement, envelope.proof().to_vec()).expect("envelope")
        };
        let statement = envelope.statement();
        let books = statement.subject().books().expect("of a linear account").named(None, None);
        let (unit, subject) =
            (&statement.margin_unit, NamedSubject::Books { margin: "margin", books });
        let words = |level: u32, floor: u32| {
            let claim = Claim::new(level, floor.into()).expect("claim");
            Some(subject.claim_in_words(&claim, unit))
        };
        assert_eq!(least_claim(&[of(12_000, 5), of(10_000, 9)], &subject), words(10_000, 5));
        assert_eq!(least_claim(&[of(10_000, 9), of(12_000, 5)], &subject), words(10_000, 5));
        assert_eq!(least_claim(&[of(12_000, 5)], &subject), words(12_000, 5));
        assert_eq!(least_claim(&[], &subject), None);
    }

    /// What a memory adds to a decision, for every policy and every memory.
    #[test]
    fn fault_1_6_a_memory_shows_what_it_can() {
        let proof = include_bytes!("../../../params/golden/binance-cross.zkm");
        let committed = Envelope::decode(proof).expect("proof").statement().clone();
        let mut of_ledger = committed.clone();
        of_ledger.account =
            AccountReference::Ledger { root: 7.into(), pseudonym: 8.into(), nullifier: 9.into() };
        let fresh = |challenge, once_per_period, sequence| FreshnessDemand {
            challenge,
            once_per_period,
            sequence,
            ..FreshnessDemand::default()
        };
        let of = |fresh: &FreshnessDemand, before, statement: &Statement| {
            let mut met = Vec::new();
            let open = remembered(fresh, before, statement, &mut met);
            (met.iter().map(|met| met.demand).collect::<Vec<_>>(), open)
        };
        use NotChecked::{Replay, Sequence};
        let new = Some(Before::default());
        let of_before =
            |snapshot, checkpoint| Some(Before { snapshot, checkpoint, anything: true });
        let (unused, from_now) = ("not used before", "remembered from now on");
        for (demand, before, met, open) in [
            (fresh(false, false, false), None, vec![], vec![Replay, Sequence]),
            (fresh(true, true, true), None, vec![], vec![Replay, Sequence]),
            (fresh(false, false, false), new, vec![], vec![Replay, Sequence]),
            (fresh(false, false, false), of_before(true, true), vec![], vec![Replay, Sequence]),
            (fresh(true, false, false), new, vec![unused], vec![Sequence]),
            (fresh(false, true, false), new, vec![from_now], vec![Replay, Sequence]),
            (fresh(false, true, false), of_before(false, false), vec![unused], vec![Sequence]),
            (fresh(false, false, true), new, vec![], vec![Replay, Sequence]),
        ] {
            assert_eq!(of(&demand, before, &of_ledger), (met.clone(), open.clone()), "{demand:?}");
            assert_eq!(of(&demand, before, &committed), (met, open), "{demand:?}");
        }
        let sequence = fresh(false, false, true);
        for (snapshot, checkpoint, ledger, account) in [
            (true, true, vec![Replay], vec![Replay]),
            (true, false, vec![Replay, Sequence], vec![Replay]),
            (false, true, vec![Replay, Sequence], vec![Replay, Sequence]),
        ] {
            let before = of_before(snapshot, checkpoint);
            let follows = vec!["series goes forward"];
            assert_eq!(of(&sequence, before, &of_ledger), (follows.clone(), ledger));
            assert_eq!(of(&sequence, before, &committed), (follows, account));
        }
    }
}
