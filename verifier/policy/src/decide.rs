//! From demands, evidence and proofs to a decision.

use crate::assess::{Assessment, Met, assess};
use crate::demands::Demands;
use crate::evidence::Evidence;
use crate::refused::Refused;
use crate::seen::{Replay, SeenStore, Use};
use zkmargin_circuit::KeyCache;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::field_bytes;
use zkmargin_model::files::{CompiledMarket, format_scaled, format_utc};
use zkmargin_model::holder::scope_field;
use zkmargin_model::statement::Statement;
use zkmargin_verifier::{Envelope, NotChecked, Verdict, VerifyFailure, verify};

/// What came of a policy.
#[derive(Debug, PartialEq)]
pub enum Decision {
    /// Every demand is met and every proof holds.
    Valid {
        /// The demands, and how they were met.
        met: Vec<Met>,
        /// What the policy left open.
        not_checked: Vec<NotChecked>,
        /// What the verdict speaks about, and what it does not.
        scope: String,
    },
    /// A demand is not met. `met` are those before it.
    Refused {
        /// Demands met before.
        met: Vec<Met>,
        /// The reason.
        reason: Refused,
    },
    /// A proof is not in order, or is not the one demanded.
    Proof {
        /// Demands met before.
        met: Vec<Met>,
        /// The proof's place in the list, from 1.
        place: usize,
        /// Its verdict.
        verdict: Verdict,
    },
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

/// Whether statements count together: one holder's accounts, for one use, at one market.
fn one_use(a: &Statement, b: &Statement) -> bool {
    a.context == b.context
        && a.account == b.account
        && a.pseudonym == b.pseudonym
        && a.registry_digest == b.registry_digest
        && a.schedule_digest == b.schedule_digest
        && a.snapshot_digest == b.snapshot_digest
}

/// Checks that the proofs are of as many accounts as are demanded, each once.
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
        let twin = statements[..at].iter().position(|s| s.nullifier == statement.nullifier);
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
    let context = envelopes.first()?.statement().context.clone();
    let fresh = &demands.file().freshness;
    let once = fresh.once_per_period;
    let nullifiers = envelopes.iter().map(|e| field_bytes(&e.statement().nullifier));
    Some(Use {
        nonce: assessment.nonce,
        scope: field_bytes(&scope_field(&context)),
        nullifiers: nullifiers.filter(|_| once).collect(),
        snapshot: fresh.sequence.then(|| assessment.snapshot.clone()),
        checkpoint: assessment.checkpoint.clone().filter(|_| fresh.sequence),
        now_ms,
    })
}

/// What a valid verdict speaks about, and what it does not.
fn scope_of(assessment: &Assessment) -> String {
    let time = format_utc(assessment.snapshot.time_ms);
    let state = match &assessment.checkpoint {
        Some(checkpoint) => format!("state of epoch {}, marks of {time}", checkpoint.epoch),
        None => format!("state as committed, marks of {time}"),
    };
    format!("{state}; nothing about later withdrawals, open orders, other accounts or venues")
}

fn claim_met(claim: &Claim, market: &CompiledMarket) -> Met {
    let schedule = market.schedule();
    let floor = format_scaled(&claim.floor().clone().into(), schedule.margin_decimals());
    let currency = &schedule.file().valuation.currency;
    let level = claim.level_bps();
    Met {
        demand: "claim",
        how: format!(
            "equity covers {level} bp of maintenance margin and is at least {floor} {currency}"
        ),
    }
}

fn context_met(statement: &Statement, assessment: &Assessment) -> Vec<Met> {
    let context = &statement.context;
    let mut met = vec![Met { demand: "audience", how: context.audience().to_owned() }];
    if assessment.policy.purpose.is_some() {
        met.push(Met { demand: "purpose", how: format!("{:?}", context.purpose()) });
    }
    if assessment.policy.epoch.is_some() {
        met.push(Met { demand: "period", how: context.epoch().to_string() });
    }
    met
}

/// Decides on one proof, or with `all_accounts` on the proofs of all accounts of a holder.
///
/// Notes, prices, context and memory are looked at before a key is generated. A valid decision has
/// been written to the store, in one step, and the challenge is the store's. Without a store the
/// decision says what was not checked, and the challenge in `evidence` is the caller's word.
///
/// # Errors
/// [`DecideError`] when no decision could be reached.
pub fn decide<S: SeenStore>(
    demands: &Demands,
    evidence: &Evidence,
    market: &CompiledMarket,
    envelopes: &[Envelope],
    now_ms: u64,
    keys: &KeyCache,
    mut store: Option<&mut S>,
) -> Result<Decision, DecideError<S::Error>> {
    let mut evidence = evidence.clone();
    if let Some(store) = store.as_deref_mut().filter(|_| demands.file().freshness.challenge) {
        let nonce = envelopes.first().and_then(|e| e.statement().context.nonce());
        let issued = nonce.map(|nonce| store.issued(nonce)).transpose();
        evidence.challenge = issued.map_err(DecideError::Store)?.flatten();
        if nonce.is_some() && evidence.challenge.is_none() {
            let reason = Replay::UnknownNonce.into();
            return Ok(Decision::Refused { met: Vec::new(), reason });
        }
    }
    let mut assessment = match assess(demands, &evidence, market, now_ms) {
        Ok(assessment) => assessment,
        Err(reason) => return Ok(Decision::Refused { met: Vec::new(), reason }),
    };
    let mut met = std::mem::take(&mut assessment.met);
    if let Err(reason) = check_set(&assessment, envelopes) {
        return Ok(Decision::Refused { met, reason });
    }
    let used = use_of(demands, &assessment, envelopes, now_ms);
    if let Some((store, used)) = store.as_deref_mut().zip(used.as_ref())
        && let Err(replay) = store.look(used).map_err(DecideError::Store)?
    {
        return Ok(Decision::Refused { met, reason: replay.into() });
    }
    let remembers = store.is_some();
    let fresh = &demands.file().freshness;
    assessment.policy.replay_checked = remembers && (fresh.challenge || fresh.once_per_period);
    assessment.policy.sequence_checked = remembers && fresh.sequence;

    let mut not_checked = Vec::new();
    for (at, envelope) in envelopes.iter().enumerate() {
        let report = verify(envelope, market, &assessment.policy, keys)?;
        if report.verdict != Verdict::Valid {
            return Ok(Decision::Proof { met, place: at + 1, verdict: report.verdict });
        }
        not_checked = report.not_checked;
    }
    if let Some(envelope) = envelopes.first() {
        met.extend(context_met(envelope.statement(), &assessment));
    }
    met.extend(assessment.policy.claim.as_ref().map(|claim| claim_met(claim, market)));
    if let Some(count) = assessment.accounts {
        met.push(Met {
            demand: "all accounts of the holder",
            how: format!("{count} shown, each once"),
        });
    }
    if let Some((store, used)) = store.zip(used.as_ref()) {
        // Between the look and now another proof may have used it up: only this step decides.
        if let Err(replay) = store.accept(used).map_err(DecideError::Store)? {
            return Ok(Decision::Refused { met, reason: replay.into() });
        }
        if assessment.policy.replay_checked {
            met.push(Met { demand: "not used before", how: "remembered now".to_owned() });
        }
        if assessment.policy.sequence_checked {
            let how = "marks and ledger not behind those seen before".to_owned();
            met.push(Met { demand: "series goes forward", how });
        }
    }
    let scope = scope_of(&assessment);
    Ok(Decision::Valid { met, not_checked, scope })
}

impl Decision {
    /// The demands that were met.
    pub fn met(&self) -> &[Met] {
        match self {
            Self::Valid { met, .. } | Self::Refused { met, .. } | Self::Proof { met, .. } => met,
        }
    }
}

/// The line to show to a person.
impl std::fmt::Display for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Valid { .. } => f.write_str("VALID"),
            Self::Refused { reason: reason @ Refused::PricesDisagree(_), .. } => {
                write!(f, "NOT CHECKED: {reason}")
            }
            Self::Refused { reason, .. } => write!(f, "NOT CHECKED: policy mismatch: {reason}"),
            Self::Proof { verdict, .. } => verdict.fmt(f),
        }
    }
}
