//! The verification itself, cheapest check first.

use crate::envelope::Envelope;
use crate::policy::{Mismatch, Policy};
use crate::verdict::{Invalid, NotChecked, Report, Verdict};
use std::sync::Arc;
use zkmargin_circuit::{
    CapacityError, CircuitId, KeyCache, KeyError, Kind, MarketTables, MarketVerifyingKey,
    MembershipInputs, PublicInputs, RandomnessError, RoundedMarket, Shape, VerifyError,
    verify_proof,
};
use zkmargin_model::commitment::digest_to_field;
use zkmargin_model::files::CompiledMarket;
use zkmargin_model::holder::{audience_field, scope_field, venue_field};
use zkmargin_model::statement::{AccountReference, Statement};

/// No verdict could be reached. This says nothing about the proof.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFailure {
    /// The market rounds: no circuit of this version has proofs about it.
    #[error(transparent)]
    Rounded(#[from] RoundedMarket),
    /// The market fits no circuit.
    #[error(transparent)]
    Capacity(#[from] CapacityError),
    /// No key for the market.
    #[error(transparent)]
    Key(KeyError),
    /// No randomness to fold a batch with.
    #[error(transparent)]
    Random(#[from] RandomnessError),
    /// No thread for a batch.
    #[error("no thread for the batch: {0}")]
    Thread(String),
}

/// The public inputs that a statement stands for.
///
/// They are never read from a file: input 0 is [`Statement::digest`], the others are fields. The
/// venue, whose name the registry digest covers, comes from the schedule at hand.
pub fn public_inputs(statement: &Statement, venue: &str) -> PublicInputs {
    let (account, membership) = match statement.account {
        AccountReference::Commitment(account) => (account, None),
        AccountReference::Ledger(root) => {
            let membership = MembershipInputs {
                venue: venue_field(venue),
                audience: audience_field(statement.context.audience()),
                scope: scope_field(&statement.context),
            };
            (root, Some(membership))
        }
    };
    PublicInputs {
        statement: statement.digest(),
        account,
        pseudonym: statement.pseudonym,
        nullifier: statement.nullifier,
        claim: statement.claim.clone(),
        margin: statement.margin_commitment,
        registry: digest_to_field(&statement.registry_digest),
        membership,
    }
}

fn check_market(
    statement: &Statement,
    market: &CompiledMarket,
    policy: &Policy,
) -> Result<(), Mismatch> {
    if let Some(pinned) = policy.market.filter(|pinned| *pinned != market.digest()) {
        return Err(Mismatch::Market { pinned, found: market.digest() });
    }
    for (part, stated, given) in [
        ("registry", statement.registry_digest, market.registry_digest()),
        ("schedule", statement.schedule_digest, market.schedule_digest()),
        ("snapshot", statement.snapshot_digest, market.snapshot_digest()),
    ] {
        if stated != given {
            return Err(Mismatch::OtherMarket { part, stated, given });
        }
    }
    Ok(())
}

/// What the market's files say of the statement's other fields.
fn check_fields(statement: &Statement, market: &CompiledMarket) -> Result<(), Invalid> {
    if statement.snapshot_time != market.snapshot().time_ms {
        return Err(Invalid::SnapshotTime);
    }
    let unit = &statement.margin_unit;
    let schedule = &market.schedule();
    if unit.currency() != schedule.file().valuation.currency
        || u32::from(unit.decimals()) != schedule.margin_decimals()
    {
        return Err(Invalid::MarginUnit);
    }
    let level_bps = statement.claim.level_bps();
    let on_menu = schedule.file().menu.levels.iter().any(|l| l.level_bps == level_bps)
        && schedule.floors().contains(statement.claim.floor());
    if on_menu { Ok(()) } else { Err(Invalid::OffMenu { level_bps }) }
}

/// Verifies a proof about a market that the caller has, under a policy.
///
/// Everything that can be compared is compared before a key is generated. Keys come from the
/// market given here, never from the proof file, and are kept in `keys`.
///
/// # Errors
/// [`VerifyFailure`] when no verdict can be reached: the market rounds or is too large, or this
/// build cannot make its key.
pub fn verify(
    envelope: &Envelope,
    market: &CompiledMarket,
    policy: &Policy,
    keys: &KeyCache,
) -> Result<Report, VerifyFailure> {
    let verdict = verdict(envelope, market, policy, keys)?;
    Ok(Report { verdict, not_checked: NotChecked::of(policy, envelope.statement()) })
}

/// A proof whose statement is in order, with the key that decides about it.
pub(crate) struct Prepared {
    pub key: Arc<MarketVerifyingKey>,
    pub public: PublicInputs,
}

/// Everything but the proof itself: a verdict, or what the proof is to be checked with.
pub(crate) fn prepare(
    envelope: &Envelope,
    market: &CompiledMarket,
    policy: &Policy,
    keys: &KeyCache,
) -> Result<Result<Prepared, Verdict>, VerifyFailure> {
    let statement = envelope.statement();
    if let Err(mismatch) =
        check_market(statement, market, policy).and_then(|()| policy.check(statement))
    {
        return Ok(Err(Verdict::PolicyMismatch(mismatch)));
    }
    if let Err(reason) = check_fields(statement, market) {
        return Ok(Err(Verdict::Invalid(reason)));
    }
    let stated = statement.circuit;
    // An envelope holds known circuits only.
    let shape = Shape::from_code(stated.shape).unwrap_or(Shape::S);
    let anchor = zkmargin_circuit::Anchor::from_version(stated.version);
    let anchor = anchor.unwrap_or(zkmargin_circuit::Anchor::Commitment);
    let kind = Kind { anchor, shape };
    // A key that is there says what the circuit is; the market's tables are made only without one.
    let known = keys.known(kind, market.digest());
    let circuit = match &known {
        Some(key) => key.id(),
        None => CircuitId::choose(kind, &MarketTables::new(market.market())?)?,
    };
    if u32::from(stated.k) != circuit.k() {
        let (stated, expected) = (stated.k, circuit.k());
        return Ok(Err(Verdict::Invalid(Invalid::CircuitSize { stated, expected })));
    }
    let (found, expected) = (envelope.proof().len(), circuit.proof_len());
    if found != expected {
        let length = VerifyError::Length { expected, found };
        return Ok(Err(Verdict::Invalid(Invalid::Proof(length))));
    }
    let key = match known {
        Some(key) => key,
        None => {
            keys.verifying_key(kind, market.market(), market.digest()).map_err(|e| match e {
                KeyError::Rounded(e) => VerifyFailure::Rounded(e),
                KeyError::Capacity(e) => VerifyFailure::Capacity(e),
                e => VerifyFailure::Key(e),
            })?
        }
    };
    let public = public_inputs(statement, &market.schedule().file().venue);
    Ok(Ok(Prepared { key, public }))
}

/// The verdict on a statement once it is known whether its proof holds.
pub(crate) fn conclude(
    statement: &Statement,
    policy: &Policy,
    proof: Result<(), VerifyError>,
) -> Verdict {
    match proof {
        Err(error) => Verdict::Invalid(Invalid::Proof(error)),
        Ok(()) => match policy.missing(statement) {
            missing if missing.is_empty() => Verdict::Valid,
            missing => Verdict::NotAnchored { missing },
        },
    }
}

fn verdict(
    envelope: &Envelope,
    market: &CompiledMarket,
    policy: &Policy,
    keys: &KeyCache,
) -> Result<Verdict, VerifyFailure> {
    Ok(match prepare(envelope, market, policy, keys)? {
        Err(verdict) => verdict,
        Ok(Prepared { key, public }) => {
            let proof = verify_proof(&key, &public, envelope.proof());
            conclude(envelope.statement(), policy, proof)
        }
    })
}
