//! A pool as a folder of files, made once and gone on with after an interruption.
//!
//! | file | what |
//! |---|---|
//! | `evidence/` | schedule, snapshots, and the venue's notes over them, its checkpoints and enrolments |
//! | `proofs/EPOCH/HOLDER.zkm` | proofs |
//! | `due.csv`, `manifest.json`, `manifest.note` | who owes how many proofs, under which policy |
//! | `keys.json` | keys of venue and auditor, to be trusted |
//! | `venue.key`, `auditor.key` | the keys themselves |

use crate::epoch::Epoch;
use crate::holder::Holders;
use crate::{AUDIENCE, PURPOSE, Size, auditor_key, venue_key};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use zkmargin_audit::Rules;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::circuit::{Anchor, Kind, Shape};
use zkmargin_model::digest::RegistryDigest;
use zkmargin_model::element::Pseudonym;
use zkmargin_model::holder::{audience_digest, audience_field};
use zkmargin_notes::{
    Body, EnrolmentNote, KeyError, ScheduleNote, SignError, SignerKey, SnapshotNote,
};
use zkmargin_params::{FileError, Schedule, format_utc};
use zkmargin_prover::ProveError;

/// The venue's schedule.
pub const SCHEDULE: &[u8] = include_bytes!("../../../params/venues/binance/usdm.json");

/// Why a pool is not made.
#[derive(Debug)]
pub enum PoolError {
    /// The file system.
    Io(io::Error),
    /// A file of the example's.
    File(FileError),
    /// JSON of the example's.
    Json(serde_json::Error),
    /// A note.
    Sign(SignError),
    /// A key.
    Key(KeyError),
    /// A proof.
    Prove(ProveError),
    /// No healthy account for this holder.
    Account(u32),
    /// The example's files are not as expected.
    Example,
}

macro_rules! from {
    ($($error:ty => $variant:ident),*) => {$(
        impl From<$error> for PoolError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}

from!(io::Error => Io, FileError => File, serde_json::Error => Json, SignError => Sign,
      KeyError => Key, ProveError => Prove);

impl std::fmt::Display for PoolError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(e) => e.fmt(f),
            Self::File(e) => e.fmt(f),
            Self::Json(e) => e.fmt(f),
            Self::Sign(e) => e.fmt(f),
            Self::Key(e) => e.fmt(f),
            Self::Prove(e) => e.fmt(f),
            Self::Account(holder) => write!(f, "no healthy account for holder {holder}"),
            Self::Example => f.write_str("the example's files are not as expected"),
        }
    }
}

impl std::error::Error for PoolError {}

/// How far a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Proofs of the pool so far.
    pub proofs: u32,
    /// Proofs of the whole pool.
    pub of: u32,
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// An entry of a set of trusted keys.
fn key(key: &SignerKey, role: &str, venue: Option<&str>) -> Value {
    let key = key.verifier();
    let mut entry = json!({
        "name": key.name(), "key": key.to_text(), "role": role,
        "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
    });
    if let Some(venue) = venue {
        entry["venue"] = json!(venue);
    }
    entry
}

fn trusted_keys() -> Result<Vec<u8>, PoolError> {
    let venue = key(&venue_key()?, "venue", Some("binance"));
    let auditor = key(&auditor_key()?, "auditor", None);
    let keys = json!({ "format": "zkmargin-keys/1", "keys": [venue, auditor] });
    Ok(serde_json::to_vec_pretty(&keys)?)
}

/// A note that the venue has signed.
pub(crate) fn signed(body: &impl Body) -> Result<Vec<u8>, PoolError> {
    Ok(body.sign(&venue_key()?)?.to_text().into_bytes())
}

fn evidence(folder: &Path, epoch: &Epoch, number: u32, size: Size) -> Result<(), PoolError> {
    let name = |kind: &str| folder.join(format!("{kind}-{number:04}"));
    write(&name("snapshot").with_extension("json"), &epoch.snapshot)?;
    let note = signed(&SnapshotNote::of(&epoch.market))?;
    write(&name("snapshot").with_extension("note"), &note)?;
    write(&name("checkpoint").with_extension("note"), &signed(&epoch.checkpoint())?)?;
    let holders = Holders::of(&epoch.market.schedule().file().venue);
    for holder in 0..size.holders.get() {
        let note = EnrolmentNote {
            venue: epoch.market.schedule().file().venue.clone(),
            epoch: number.into(),
            audience: audience_digest(AUDIENCE),
            pseudonym: holders.secret(holder).pseudonym(audience_field(AUDIENCE)),
            accounts: 1,
            registry: epoch.market.registry_digest(),
            replaces: None,
            time_ms: None,
        };
        let file = folder.join(format!("enrolment-{number:04}-{holder:05}.note"));
        write(&file, &signed(&note)?)?;
    }
    Ok(())
}

/// The list of subjects that owe a proof each in all epochs, in its one order.
pub(crate) fn due_list(
    venue: &str,
    registry: &RegistryDigest,
    epochs: u32,
    subjects: impl IntoIterator<Item = Pseudonym>,
) -> String {
    let mut subjects: Vec<_> = subjects.into_iter().map(Pseudonym::to_bytes).collect();
    subjects.sort_unstable();
    let mut text = "venue,registry,epoch,subject,accounts\n".to_owned();
    for epoch in 1..=epochs {
        for subject in &subjects {
            text.push_str(&format!("{venue},{registry},{epoch},{},1\n", hex::encode(subject)));
        }
    }
    text
}

/// Writes a signed manifest: whoever is in the list owes a proof of the epoch, at its marks.
pub(crate) fn write_manifest(
    folder: &Path,
    size: Size,
    population: u32,
    schedule: &Schedule,
    due: &str,
    name: &str,
) -> Result<(), PoolError> {
    let venue = &schedule.file().venue;
    let periods: Result<Vec<_>, PoolError> = (1..=size.epochs.get())
        .map(|epoch| {
            let from = crate::epoch::marks_ms(epoch)?;
            Ok(json!({
                "venue": venue, "registry": schedule.registry_digest().to_string(), "epoch": epoch,
                "schedule": schedule.digest().to_string(),
                "marks_from": format_utc(from), "marks_until": format_utc(from + 1_000),
                "population": population,
            }))
        })
        .collect();
    let manifest = manifest_of(name, venue, json!(periods?), due)?;
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    write(&folder.join("manifest.json"), &manifest)?;
    let note = Rules::from_json(&manifest)?.note().sign(&auditor_key()?)?;
    write(&folder.join("manifest.note"), note.to_text().as_bytes())?;
    Ok(())
}

/// The manifest of an audit of these periods of a venue, by the one policy of a pool.
pub(crate) fn manifest_of(
    name: &str,
    venue: &str,
    periods: Value,
    due: &str,
) -> Result<Value, PoolError> {
    let policy = json!({
        "format": "zkmargin-policy/1", "name": "pool",
        "market": { "venue": venue, "signed_schedule": true },
        "account": { "ledger": { "max_distance_seconds": 60 } },
        "claim": { "level": "maintenance", "floor": "0" },
        "audience": AUDIENCE, "purpose": PURPOSE,
        "keys": [key(&venue_key()?, "venue", Some(venue))],
    });
    let entries = due.lines().count() - 1;
    Ok(json!({
        "format": "zkmargin-manifest/1", "name": name,
        "policies": [policy], "periods": periods,
        "due": {
            "entries": entries, "accounts": entries,
            "sha256": hex::encode(Sha256::digest(due.as_bytes())),
        },
    }))
}

fn prove_epoch(
    folder: &Path,
    epoch: &Epoch,
    size: Size,
    workers: NonZeroUsize,
    keys: &KeyCache,
    made: &(dyn Fn() + Sync),
) -> Result<(), PoolError> {
    std::fs::create_dir_all(folder)?;
    let next = AtomicU32::new(0);
    let work = || -> Result<(), PoolError> {
        loop {
            let holder = next.fetch_add(1, Ordering::Relaxed);
            if holder >= size.holders.get() {
                return Ok(());
            }
            let file = folder.join(format!("{holder:05}.zkm"));
            if !file.exists() {
                write(&file, &epoch.prove(holder, keys)?.encode())?;
            }
            made();
        }
    };
    std::thread::scope(|scope| {
        let worker = || {
            // Proofs beside each other take less time in all than one with all cores after another.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            pool.map_err(|e| PoolError::Io(io::Error::other(e)))?.install(work)
        };
        let workers: Vec<_> = (0..workers.get()).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

/// Makes a pool in a folder, or what is missing of it.
///
/// # Errors
/// [`PoolError`]; what was made stays.
pub fn make(
    folder: &Path,
    size: Size,
    workers: NonZeroUsize,
    report: impl Fn(Made) + Sync,
) -> Result<(), PoolError> {
    let of = size.holders.get() * size.epochs.get();
    let proofs = AtomicU32::new(0);
    let made = || report(Made { proofs: 1 + proofs.fetch_add(1, Ordering::Relaxed), of });
    let notes = folder.join("evidence");
    std::fs::create_dir_all(&notes)?;
    let schedule = Schedule::from_json(SCHEDULE)?;
    let venue = venue_key()?;
    write(&notes.join("schedule.json"), SCHEDULE)?;
    let note = ScheduleNote::of(&schedule).sign(&venue)?;
    write(&notes.join("schedule.note"), note.to_text().as_bytes())?;
    write(&folder.join("keys.json"), &trusted_keys()?)?;
    write(&folder.join("venue.key"), format!("{}\n", venue.to_text().as_str()).as_bytes())?;
    let auditor = auditor_key()?;
    write(&folder.join("auditor.key"), format!("{}\n", auditor.to_text().as_str()).as_bytes())?;
    let audience = audience_field(AUDIENCE);
    let holders = Holders::of(&schedule.file().venue);
    let subjects = (0..size.holders.get()).map(|holder| holders.secret(holder).pseudonym(audience));
    let due =
        due_list(&schedule.file().venue, &schedule.registry_digest(), size.epochs.get(), subjects);
    write(&folder.join("due.csv"), due.as_bytes())?;
    write_manifest(folder, size, size.holders.get(), &schedule, &due, "pool")?;
    let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN);
    for number in 1..=size.epochs.get() {
        let epoch = Epoch::new(&schedule, number, size.holders.get())?;
        evidence(&notes, &epoch, number, size)?;
        let folder = folder.join("proofs").join(format!("{number:04}"));
        // One at a time, and with all cores: the workers find it made.
        let market = &epoch.market;
        let profile = market.market().profile().map_err(|e| PoolError::Prove(e.into()))?;
        let kind = Kind::of(profile, Anchor::Ledger, Shape::S);
        keys.proving_key(kind, market.market(), market.digest())
            .map_err(|e| PoolError::Prove(e.into()))?;
        prove_epoch(&folder, &epoch, size, workers, &keys, &made)?;
    }
    Ok(())
}
