//! Evidence besides the proofs: what it is, and where it comes from.

use zkmargin_model::digest::Digest;
use zkmargin_notes::{KeySet, TrustedKey};
use zkmargin_policy::CLOCK_TOLERANCE_MS;

/// Kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// A schedule, named by its digest.
    Schedule,
    /// A snapshot, named by its digest, numbered by its sequence.
    Snapshot,
    /// A venue's note over a schedule, named by the same digest.
    ScheduleNote,
    /// A venue's note over a snapshot, named and numbered like the snapshot.
    SnapshotNote,
    /// A ledger's checkpoint, named by its root, numbered by its epoch.
    Checkpoint,
    /// An enrolment, named by the pseudonym, numbered by the epoch.
    Enrolment,
    /// An attestation, named by the commitment.
    Attestation,
    /// A price source's note or a network's message.
    Source,
    /// A set of trusted keys.
    Keys,
    /// A manifest of what is due.
    Manifest,
    /// An auditor's note over a manifest.
    ManifestNote,
}

impl EvidenceKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::Schedule,
        Self::Snapshot,
        Self::ScheduleNote,
        Self::SnapshotNote,
        Self::Checkpoint,
        Self::Enrolment,
        Self::Attestation,
        Self::Source,
        Self::Keys,
        Self::Manifest,
        Self::ManifestNote,
    ];

    /// A stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Snapshot => "snapshot",
            Self::ScheduleNote => "schedule-note",
            Self::SnapshotNote => "snapshot-note",
            Self::Checkpoint => "checkpoint",
            Self::Enrolment => "enrolment",
            Self::Attestation => "attestation",
            Self::Source => "source",
            Self::Keys => "keys",
            Self::Manifest => "manifest",
            Self::ManifestNote => "manifest-note",
        }
    }

    /// The kind with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// The keys by which a store finds evidence. None of this is trusted: signatures are verified when it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// The venue, for evidence that has one.
    pub venue: Option<String>,
    /// What it is named by.
    pub name: Option<Digest>,
    /// What it is numbered by.
    pub number: Option<u64>,
}

impl Evidence {
    /// Evidence of a kind.
    pub fn new(kind: EvidenceKind) -> Self {
        Self { kind, venue: None, name: None, number: None }
    }

    pub(crate) fn of_venue(self, venue: String) -> Self {
        Self { venue: Some(venue), ..self }
    }

    pub(crate) fn named(self, name: Digest) -> Self {
        Self { name: Some(name), ..self }
    }

    pub(crate) fn numbered(self, number: u64) -> Self {
        Self { number: Some(number), ..self }
    }
}

/// A file of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Its place among all files, oldest first.
    pub number: u64,
    /// The file.
    pub bytes: Vec<u8>,
    /// When it was ingested, milliseconds since 1970: it existed then, so this is the time at which the key that signed
    /// it is looked up. The first time, unless [`ingested_from`] returned another.
    ///
    /// [`ingested_from`]: EvidenceStore::ingested_from
    pub time_ms: u64,
}

/// A source of evidence: a [`Store`](crate::Store), or memory.
pub trait EvidenceStore {
    /// Why evidence cannot be looked up.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The oldest evidence of a kind with a name, or without one, whose number is at least `from`. One file at a time:
    /// strangers may have submitted very many with one name.
    ///
    /// # Errors
    /// When the store cannot be used.
    fn next(
        &self,
        kind: EvidenceKind,
        name: Option<&Digest>,
        from: u64,
    ) -> Result<Option<EvidenceFile>, Self::Error>;

    /// The first time at or after `from_ms`, in milliseconds since 1970, at which the file with a number was submitted
    /// again. A file submitted before its time counts from then.
    ///
    /// # Errors
    /// When the store cannot be used.
    fn ingested_from(&self, number: u64, from_ms: u64) -> Result<Option<u64>, Self::Error>;
}

/// The next time at which a file that does not count now may count: the first ingestion at or after the start of a
/// key's validity, or after one of the future times that the note states, `stated_ms`: its own, or those of its
/// witnesses. Whatever counts at any ingestion counts at one of these, so there are at most as many as keys and stated
/// times.
///
/// # Errors
/// Those of the store.
pub(crate) fn next_time<E: EvidenceStore>(
    evidence: &E,
    file: &EvidenceFile,
    keys: &KeySet,
    stated_ms: &[u64],
) -> Result<Option<u64>, E::Error> {
    // Nearly all files were handed in once.
    if evidence.ingested_from(file.number, file.time_ms.saturating_add(1))?.is_none() {
        return Ok(None);
    }
    let starts = keys.keys().iter().map(TrustedKey::valid_from_ms);
    let starts = starts.chain(stated_ms.iter().map(|ms| ms.saturating_sub(CLOCK_TOLERANCE_MS)));
    match starts.filter(|start| *start > file.time_ms).min() {
        None => Ok(None),
        Some(start) => evidence.ingested_from(file.number, start),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;
    use std::convert::Infallible;

    #[test]
    fn names_are_read_back() {
        for kind in EvidenceKind::ALL {
            assert_eq!(EvidenceKind::of_name(kind.name()), Some(kind));
        }
        assert_eq!(EvidenceKind::of_name("proof"), None);
    }

    /// One file, ingested at these times.
    pub(crate) struct One(pub EvidenceFile, pub &'static [u64]);

    impl EvidenceStore for One {
        type Error = Infallible;

        fn next(
            &self,
            _: EvidenceKind,
            _: Option<&Digest>,
            from: u64,
        ) -> Result<Option<EvidenceFile>, Infallible> {
            Ok(Some(self.0.clone()).filter(|file| file.number >= from))
        }

        fn ingested_from(&self, _: u64, from_ms: u64) -> Result<Option<u64>, Infallible> {
            Ok(self.1.iter().copied().find(|time_ms| *time_ms >= from_ms))
        }
    }

    fn keys(valid_from: &str) -> KeySet {
        let signer = zkmargin_notes::SignerKey::from_seed(
            "venue.example",
            zkmargin_notes::KeyKind::Ed25519,
            &[1; 32],
        );
        let key = signer.expect("key").verifier().to_text();
        let keys = json!({"format": "zkmargin-keys/1", "keys": [{
            "name": "venue.example", "key": key, "role": "venue", "venue": "v",
            "valid_from": valid_from, "valid_until": "1999-01-01T00:00:00Z",
        }]});
        KeySet::from_json(keys.to_string().as_bytes()).expect("keys")
    }

    #[test]
    fn a_file_counts_again_once_a_key_or_a_stated_time_has_begun() {
        const SECOND: u64 = 1000;
        let minute = 60 * SECOND;
        let file = EvidenceFile { number: 0, bytes: Vec::new(), time_ms: minute };
        let again = |times: &'static [u64], keys: &KeySet, stated_ms: &[u64]| {
            next_time(&One(file.clone(), times), &file, keys, stated_ms).expect("looked up")
        };
        const TIMES: &[u64] = &[60_000, 120_000, 180_000, 400_000];
        // A key that is valid already, or from the present time on, changes nothing.
        assert_eq!(again(TIMES, &keys("1970-01-01T00:00:30Z"), &[]), None);
        assert_eq!(again(TIMES, &keys("1970-01-01T00:01:00Z"), &[]), None);
        assert_eq!(again(TIMES, &keys("1970-01-01T00:01:30Z"), &[]), Some(2 * minute));
        assert_eq!(again(TIMES, &keys("1970-01-01T00:02:00Z"), &[]), Some(2 * minute));
        assert_eq!(again(TIMES, &keys("1970-01-01T00:02:30Z"), &[]), Some(3 * minute));
        assert_eq!(again(TIMES, &keys("1970-01-01T01:00:00Z"), &[]), None);
        assert_eq!(again(&[60_000], &keys("1970-01-01T00:01:30Z"), &[]), None);
        // A time that the note states counts a clock's tolerance before.
        let valid = keys("1970-01-01T00:00:30Z");
        let stated = 150 * SECOND + CLOCK_TOLERANCE_MS;
        assert_eq!(again(TIMES, &valid, &[stated]), Some(3 * minute));
        assert_eq!(again(TIMES, &valid, &[stated, minute]), Some(3 * minute));
    }
}
