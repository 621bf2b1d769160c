//! One decision: the same demands, evidence and verdict as on the command line.

use crate::errors::{coded, file_error, value_error};
use crate::{keys, market};
use pyo3::prelude::*;
use rand::TryRng;
use rand::rngs::SysRng;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::envelope::Envelope;
use zkmargin_params::{
    AccountDemand, ChallengeFile, DecimalText, HolderDemand, KeysFile, LedgerDemand, PolicyFile,
    Requirement,
};
use zkmargin_policy::{DecideError, Decision, Demands, Evidence, Issued, SeenStore, decide};
use zkmargin_storage::{DatabaseError, SqliteMemory};

/// A decision on one proof, or on all proofs of a holder. True in a condition if it is valid.
#[pyclass(frozen, eq, hash, get_all, module = "zkmargin")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Report {
    /// Whether every proof holds for a pinned market and account, and every demand is met.
    valid: bool,
    /// The verdict, one line.
    verdict: String,
    /// Code of the reason if it is not valid.
    code: Option<String>,
    /// Codes of what was not checked.
    not_checked: Vec<String>,
    /// Everything in human-readable form, one item per line, as the command prints it.
    text: String,
    /// Everything in machine-readable form, JSON text.
    json: String,
}

#[pymethods]
impl Report {
    #[new]
    fn new(
        valid: bool,
        verdict: String,
        code: Option<String>,
        not_checked: Vec<String>,
        text: String,
        json: String,
    ) -> Self {
        Self { valid, verdict, code, not_checked, text, json }
    }

    #[allow(clippy::type_complexity)]
    fn __getnewargs__(&self) -> (bool, String, Option<String>, Vec<String>, String, String) {
        let Self { valid, verdict, code, not_checked, text, json } = self.clone();
        (valid, verdict, code, not_checked, text, json)
    }

    fn __bool__(&self) -> bool {
        self.valid
    }

    fn __repr__(&self) -> String {
        let valid = if self.valid { "True" } else { "False" };
        format!("Report(valid={valid}, verdict='{}')", self.verdict)
    }
}

impl From<&Decision> for Report {
    fn from(decision: &Decision) -> Self {
        Self {
            valid: decision.is_valid(),
            verdict: decision.verdict().to_string(),
            code: decision.verdict().code().map(str::to_owned),
            not_checked: decision.not_checked().map(|n| n.code().to_owned()).collect(),
            text: decision.lines().join("\n"),
            json: decision.json().to_string(),
        }
    }
}

/// This machine's time, milliseconds since 1970.
fn now_ms() -> PyResult<u64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.map_err(|_| coded("Clock", "this machine's clock is before 1970; set it"))?;
    Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn memory_error(error: &DatabaseError) -> PyErr {
    coded("SeenStore", format!("the verifier's memory cannot be used: {error}"))
}

fn memory(path: Option<PathBuf>) -> PyResult<Option<SqliteMemory>> {
    path.map(|path| SqliteMemory::open(&path).map_err(|e| memory_error(&e))).transpose()
}

/// A proof file, or several.
#[derive(FromPyObject)]
pub enum Proofs {
    /// One.
    One(pyo3::pybacked::PyBackedBytes),
    /// All of a holder's accounts.
    Several(Vec<pyo3::pybacked::PyBackedBytes>),
}

fn no_requirement(name: &str) -> String {
    let names = Requirement::ALL.map(Requirement::name);
    format!("no requirement is named {name:?}; pass {}", names.join(" or "))
}

fn challenge_of(bytes: &[u8]) -> PyResult<Issued> {
    let file = ChallengeFile::from_json(bytes).map_err(|e| file_error(&e))?;
    let challenge = file.check().map_err(|e| file_error(&e))?;
    Ok(Issued { challenge, answered: false })
}

/// Verifies proofs against a schedule, a snapshot and what is demanded: `policy`, a policy file, or the individual
/// demands, which make up a policy from arguments.
#[pyfunction]
#[pyo3(signature = (proof, schedule, snapshot, *, policy=None, market=None, commitment=None,
                    ledger_root=None, pseudonym=None, audience=None, purpose=None, epoch=None,
                    nonce=None, requirement=None, level_bps=None, floor=None, settlement_asset=None,
                    cross_alone=None, only_isolated=None, all_but_isolated=None, stress=None,
                    keys=None, venue=None, max_age=None,
                    max_k=None, schedule_note=None, snapshot_note=None, previous_note=None,
                    checkpoint=None, previous_checkpoint=None, newest_checkpoint=None,
                    account_schedule=None,
                    attestation=None, newest_attestation=None, enrolment=None,
                    newest_enrolment=None, sources=None, challenge=None, seen=None))]
#[allow(clippy::too_many_arguments)]
pub fn verify(
    py: Python<'_>,
    proof: Proofs,
    schedule: &[u8],
    snapshot: &[u8],
    policy: Option<&[u8]>,
    market: Option<String>,
    commitment: Option<String>,
    ledger_root: Option<String>,
    pseudonym: Option<String>,
    audience: Option<String>,
    purpose: Option<String>,
    epoch: Option<u64>,
    nonce: Option<String>,
    requirement: Option<&str>,
    level_bps: Option<u32>,
    floor: Option<&str>,
    settlement_asset: Option<String>,
    cross_alone: Option<bool>,
    only_isolated: Option<String>,
    all_but_isolated: Option<String>,
    stress: Option<String>,
    keys: Option<&[u8]>,
    venue: Option<String>,
    max_age: Option<u64>,
    max_k: Option<u8>,
    schedule_note: Option<Vec<u8>>,
    snapshot_note: Option<Vec<u8>>,
    previous_note: Option<Vec<u8>>,
    checkpoint: Option<Vec<u8>>,
    previous_checkpoint: Option<Vec<u8>>,
    newest_checkpoint: Option<Vec<u8>>,
    account_schedule: Option<Vec<u8>>,
    attestation: Option<Vec<u8>>,
    newest_attestation: Option<Vec<u8>>,
    enrolment: Option<Vec<u8>>,
    newest_enrolment: Option<Vec<u8>>,
    sources: Option<BTreeMap<String, Vec<u8>>>,
    challenge: Option<&[u8]>,
    seen: Option<PathBuf>,
) -> PyResult<Report> {
    if challenge.is_some() && seen.is_some() {
        let message = "a memory holds the challenges it issued; pass either challenge or seen";
        return Err(value_error(message));
    }
    let demands = match policy {
        Some(policy) => {
            let single = [
                market.is_some(),
                commitment.is_some(),
                ledger_root.is_some(),
                pseudonym.is_some(),
                audience.is_some(),
                purpose.is_some(),
                epoch.is_some(),
                nonce.is_some(),
                requirement.is_some(),
                level_bps.is_some(),
                floor.is_some(),
                settlement_asset.is_some(),
                cross_alone.is_some(),
                only_isolated.is_some(),
                all_but_isolated.is_some(),
                stress.is_some(),
                keys.is_some(),
                venue.is_some(),
                max_age.is_some(),
                max_k.is_some(),
            ];
            if single.contains(&true) {
                return Err(value_error(
                    "a policy says everything that is demanded; leave out the individual demands",
                ));
            }
            Demands::from_json(policy).map_err(|e| file_error(&e))?
        }
        None => {
            for (argument, given) in [
                ("challenge", challenge.is_some()),
                ("seen", seen.is_some()),
                ("previous_note", previous_note.is_some()),
                ("previous_checkpoint", previous_checkpoint.is_some()),
                ("newest_checkpoint", newest_checkpoint.is_some()),
                ("newest_attestation", newest_attestation.is_some()),
                ("newest_enrolment", newest_enrolment.is_some() && pseudonym.is_none()),
                ("enrolment", enrolment.is_some() && pseudonym.is_none()),
                ("sources", sources.is_some()),
            ] {
                if given {
                    let message =
                        format!("{argument} is evidence for a policy's demand; pass a policy");
                    return Err(value_error(message));
                }
            }
            let mut policy = PolicyFile::least("Python");
            if let Some(keys) = keys {
                policy.keys = KeysFile::from_json(keys).map_err(|e| file_error(&e))?.keys;
            }
            policy.market.pinned = market;
            let signed = snapshot_note.is_some() || schedule_note.is_some() || checkpoint.is_some();
            policy.market.venue = venue.or_else(|| only_venue(&policy).filter(|_| signed));
            policy.market.signed_snapshot = Some(snapshot_note.is_some());
            policy.market.signed_schedule = schedule_note.is_some();
            policy.market.max_age_seconds = max_age;
            policy.market.max_k = max_k;
            policy.account = match (commitment, ledger_root, &checkpoint, &attestation) {
                (None, None, None, None) => None,
                (Some(text), None, None, None) => Some(AccountDemand::Commitment(text)),
                (None, Some(text), None, None) => Some(AccountDemand::LedgerRoot(text)),
                (None, None, Some(_), None) => Some(AccountDemand::Ledger(LedgerDemand::default())),
                (None, None, None, Some(_)) => Some(AccountDemand::Attested(Default::default())),
                _ => {
                    let message =
                        "pass only one of commitment, ledger_root, checkpoint and attestation";
                    return Err(value_error(message));
                }
            };
            policy.holder = pseudonym.map(|pseudonym| HolderDemand {
                pseudonym,
                all_accounts: enrolment.is_some(),
                max_age_seconds: None,
                newest: newest_enrolment.is_some(),
            });
            policy.requirement = match requirement {
                Some(requirement) => {
                    let demanded = Requirement::of_name(requirement);
                    Some(demanded.ok_or_else(|| value_error(no_requirement(requirement)))?)
                }
                None => None,
            };
            policy.claim.level = level_bps.unwrap_or(MARGIN_BPS).to_string();
            let least = if only_isolated.is_some() { "none" } else { "0" };
            policy.claim.floor = DecimalText::new(floor.unwrap_or(least));
            policy.claim.settlement_asset = settlement_asset;
            policy.claim.cross_alone = cross_alone.unwrap_or(false);
            policy.claim.only_isolated = only_isolated;
            policy.claim.all_but_isolated = all_but_isolated;
            policy.claim.stress = stress;
            policy.audience = audience;
            policy.purpose = purpose;
            policy.epoch = epoch;
            policy.nonce = nonce;
            Demands::new(policy).map_err(|e| file_error(&e))?
        }
    };
    let read = |bytes: &[u8]| Envelope::read(bytes).map_err(|e| coded(e.code(), e));
    let envelopes = match &proof {
        Proofs::One(bytes) => vec![read(bytes)?],
        Proofs::Several(list) => list.iter().map(|bytes| read(bytes)).collect::<PyResult<_>>()?,
    };
    let compiled = self::market(schedule, snapshot)?;
    let evidence = Evidence {
        schedule_note,
        snapshot_note,
        previous_note,
        checkpoint,
        previous_checkpoint,
        newest_checkpoint,
        account_schedule,
        attestation,
        newest_attestation,
        enrolment,
        newest_enrolment,
        sources: sources.unwrap_or_default().into_iter().collect(),
        challenge: challenge.map(challenge_of).transpose()?,
    };
    let now = now_ms()?;
    let mut seen = memory(seen)?;
    py.detach(|| {
        let seen = seen.as_mut();
        let decision = decide(&demands, &evidence, &*compiled, &envelopes, now, self::keys(), seen);
        match decision {
            Ok(decision) => Ok(Report::from(&decision)),
            Err(DecideError::Verify(failure)) => Err(coded("Verify", failure)),
            Err(DecideError::Store(error)) => Err(memory_error(&error)),
        }
    })
}

/// The venue of the keys, if they all belong to one.
fn only_venue(policy: &PolicyFile) -> Option<String> {
    let mut venues: Vec<_> = policy.keys.iter().filter_map(|key| key.venue.as_deref()).collect();
    venues.sort_unstable();
    venues.dedup();
    match venues[..] {
        [one] => Some(one.to_owned()),
        _ => None,
    }
}

/// Makes a challenge under a policy file, remembers it in `seen`, and returns the file for the prover.
#[pyfunction]
#[pyo3(signature = (policy, seen, *, purpose=None, epoch=None))]
pub fn challenge(
    policy: &[u8],
    seen: PathBuf,
    purpose: Option<&str>,
    epoch: Option<u64>,
) -> PyResult<String> {
    let demands = Demands::from_json(policy).map_err(|e| file_error(&e))?;
    let mut nonce = [0; 32];
    SysRng.try_fill_bytes(&mut nonce).map_err(|e| coded("Randomness", e))?;
    let made = demands.new_challenge(nonce, purpose, epoch, now_ms()?);
    let (challenge, file) = made.map_err(value_error)?;
    let mut memory = SqliteMemory::open(&seen).map_err(|e| memory_error(&e))?;
    memory.issue(&challenge).map_err(|e| memory_error(&e))?;
    let text = serde_json::to_string_pretty(&file);
    Ok(text.map_err(value_error)? + "\n")
}
