//! Whether a proof shows its statement, cheapest check first.

use crate::invalid::Invalid;
use std::sync::Arc;
use zkmargin_circuit::portfolio::UnprovableMarket;
use zkmargin_circuit::{
    CapacityError, KeyCache, KeyError, MarketVerifyingKey, PublicInputs, VerifyError, circuit_at,
    public_inputs, verify_proof,
};
use zkmargin_model::circuit::Family;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::Unprovable;
use zkmargin_model::statement::Statement;
use zkmargin_model::subject::RuleMarket;
use zkmargin_params::AnyMarket;

impl From<KeyError> for VerifyFailure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unprovable(e) => Self::Unprovable(e),
            KeyError::UnprovablePortfolio(e) => Self::UnprovablePortfolio(e),
            KeyError::Capacity(e) => Self::Capacity(e),
            e => Self::Key(e),
        }
    }
}

/// The check could not be made. This says nothing about the proof.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFailure {
    /// No circuit proves the market's rule.
    #[error(transparent)]
    Unprovable(#[from] Unprovable),
    /// No circuit proves the portfolio market.
    #[error(transparent)]
    UnprovablePortfolio(UnprovableMarket),
    /// The market fits no circuit.
    #[error(transparent)]
    Capacity(#[from] CapacityError),
    /// No key for the market.
    #[error(transparent)]
    Key(KeyError),
    /// No randomness to fold a batch with.
    #[cfg(feature = "multicore")]
    #[error(transparent)]
    Random(#[from] zkmargin_circuit::RandomnessError),
    /// No thread for a batch.
    #[cfg(feature = "multicore")]
    #[error("no thread for the batch: {0}")]
    Thread(String),
}

fn check_market(statement: &Statement, market: &dyn AnyMarket) -> Result<(), Invalid> {
    for (part, stated, given) in [
        ("registry", *statement.registry_digest.bytes(), *market.registry_digest().bytes()),
        ("schedule", *statement.schedule_digest.bytes(), *market.schedule_digest().bytes()),
        ("snapshot", *statement.snapshot_digest.bytes(), *market.snapshot_digest().bytes()),
    ] {
        if stated != given {
            return Err(Invalid::OtherMarket { part, stated, given });
        }
    }
    Ok(())
}

/// Checks the statement's other fields against the market's files.
fn check_fields(statement: &Statement, market: &dyn AnyMarket) -> Result<(), Invalid> {
    if statement.snapshot_time != market.time_ms() {
        return Err(Invalid::SnapshotTime);
    }
    let schedule = market.schedule();
    if statement.margin_unit != *schedule.margin_unit() {
        return Err(Invalid::MarginUnit);
    }
    Ok(())
}

/// Which rule the circuits of a market compute.
fn family_of(market: RuleMarket<'_>) -> Result<Family, Unprovable> {
    Ok(match market {
        RuleMarket::Linear(market) => Family::Linear(market.profile()?),
        RuleMarket::Portfolio(_) => Family::Portfolio,
    })
}

/// A proof whose statement is in order, with the key that decides it.
pub(crate) struct Prepared {
    pub key: Arc<MarketVerifyingKey>,
    pub public: PublicInputs,
}

/// Checks everything but the proof itself: why it does not show the statement, or what it is to be checked with.
pub(crate) fn prepare(
    envelope: &Envelope,
    market: &dyn AnyMarket,
    keys: &KeyCache,
) -> Result<Result<Prepared, Invalid>, VerifyFailure> {
    let statement = envelope.statement();
    if let Err(reason) =
        check_market(statement, market).and_then(|()| check_fields(statement, market))
    {
        return Ok(Err(reason));
    }
    let subject = statement.subject();
    let decided = match market.decided(&subject) {
        Ok(decided) => decided,
        Err(reason) => return Ok(Err(Invalid::Subject(reason))),
    };
    if !market.schedule().publishes(&statement.claim, &subject) {
        return Ok(Err(Invalid::OffMenu { level_bps: statement.claim.level_bps() }));
    }
    if statement.claim.is_deficiency()
        && let Err(reason) = market.schedule().decides_deficiency(&subject)
    {
        return Ok(Err(Invalid::NoDeficiency(reason)));
    }
    let kind = statement.circuit().kind;
    let expected = family_of(decided.market)?;
    let stated = kind.version().family;
    if stated != expected {
        return Ok(Err(Invalid::CircuitFamily { stated, expected }));
    }
    // A key that is there says what the circuit is; the market's tables are made only without one.
    let known = keys.known(kind, decided.digest);
    let circuit = match &known {
        Some(key) => key.id(),
        None => match circuit_at(kind, decided.market) {
            Ok(circuit) => circuit,
            // Of the statement, not of the market: others have circuits.
            Err(KeyError::Capacity(CapacityError::Shape { .. }) | KeyError::Size(_)) => {
                return Ok(Err(Invalid::CircuitShape { stated: kind.slots() }));
            }
            Err(error) => return Err(error.into()),
        },
    };
    if statement.k != circuit.k {
        let (stated, expected) = (statement.k, circuit.k);
        return Ok(Err(Invalid::CircuitSize { stated, expected }));
    }
    let key = match known {
        Some(key) => key,
        None => keys.verifying_key(kind, decided.market, decided.digest)?,
    };
    let (found, expected) = (envelope.proof().len(), key.proof_len());
    if found != expected {
        let length = VerifyError::Length { expected, found };
        return Ok(Err(Invalid::Proof(length)));
    }
    let public = public_inputs(statement, market.schedule().venue());
    Ok(Ok(Prepared { key, public }))
}

/// Whether a proof shows its statement, about the caller's market.
///
/// It says nothing about who made the market, whose account it is, or for whom and when: that is decided by a policy
/// (`zkmargin-policy`), which asks this last. Keys come from the market given here, never from the proof file, and are
/// kept in `keys`; everything that can be compared is compared before one is generated.
///
/// # Errors
/// [`VerifyFailure`] when the check cannot be made: no circuit proves the market's rule or holds the market, or this build cannot generate
/// its key.
pub fn check_proof(
    envelope: &Envelope,
    market: &dyn AnyMarket,
    keys: &KeyCache,
) -> Result<Result<(), Invalid>, VerifyFailure> {
    Ok(match prepare(envelope, market, keys)? {
        Err(reason) => Err(reason),
        Ok(Prepared { key, public }) => {
            verify_proof(&key, &public, envelope.proof()).map_err(Invalid::Proof)
        }
    })
}
