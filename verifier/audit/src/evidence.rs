//! Evidence beside the proofs: what it is, and where it comes from.

use crate::schedules::Schedules;
use std::collections::BTreeMap;
use std::convert::Infallible;
use zkmargin_model::digest::Digest;

/// Kinds of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// A schedule, named by its digest.
    Schedule,
    /// A snapshot, named by its digest, numbered by its sequence.
    Snapshot,
    /// A venue's note over a schedule, named like it.
    ScheduleNote,
    /// A venue's note over a snapshot, named and numbered like it.
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

    /// The kind of this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What a store finds evidence by. Nothing here is believed: signatures are verified when it is
/// used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// The venue, for evidence of one.
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
    /// When it was ingested, milliseconds since 1970: it existed then, so that is the time at which
    /// the key that signed it is looked up.
    pub time_ms: u64,
}

/// Where evidence comes from: a [`Store`](crate::Store), or memory.
pub trait EvidenceStore {
    /// Why evidence cannot be looked up.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The oldest evidence of a kind with a name, or without one, whose number is at least `from`. One
    /// file at a time: strangers may have handed in very many of one name.
    ///
    /// # Errors
    /// When the store cannot be used.
    fn next(
        &self,
        kind: EvidenceKind,
        name: Option<&Digest>,
        from: u64,
    ) -> Result<Option<EvidenceFile>, Self::Error>;
}

/// Evidence in memory, for workers that have no store.
#[derive(Clone, Debug, Default)]
pub struct MemoryEvidence {
    files: Files,
    schedules: Schedules,
}

/// Files by kind, name and number.
type Files = BTreeMap<(EvidenceKind, Option<Digest>, u64), EvidenceFile>;

/// The first file of a kind with a name from a number on.
fn first(
    files: &Files,
    kind: EvidenceKind,
    name: Option<Digest>,
    from: u64,
) -> Option<&EvidenceFile> {
    files.range((kind, name, from)..=(kind, name, u64::MAX)).next().map(|(_, file)| file)
}

impl MemoryEvidence {
    /// Adds a file of evidence that was ingested at a time, in milliseconds since 1970, behind those
    /// that are there.
    ///
    /// # Errors
    /// [`Unrecognised`](crate::Unrecognised) for a file that is none, a proof included.
    pub fn add(
        &mut self,
        bytes: Vec<u8>,
        time_ms: u64,
        kind: EvidenceKind,
    ) -> Result<(), crate::Unrecognised> {
        let number = self.files.len() as u64;
        let evidence = if kind == EvidenceKind::Source {
            Evidence::new(kind)
        } else {
            let Self { files, schedules } = self;
            let schedule = |digest: &Digest| {
                let found = first(files, EvidenceKind::Schedule, Some(*digest), 0);
                schedules.get(digest, || Ok(found.map(|file| file.bytes.clone())))
            };
            let Ok(found) = crate::recognise::<Infallible>(&bytes, schedule);
            match found? {
                crate::Recognised::Evidence(evidence) => evidence,
                _ => return Err(crate::Unrecognised::Unknown),
            }
        };
        let file = EvidenceFile { number, bytes, time_ms };
        self.files.insert((evidence.kind, evidence.name, number), file);
        Ok(())
    }
}

impl EvidenceStore for MemoryEvidence {
    type Error = Infallible;

    fn next(
        &self,
        kind: EvidenceKind,
        name: Option<&Digest>,
        from: u64,
    ) -> Result<Option<EvidenceFile>, Self::Error> {
        Ok(first(&self.files, kind, name.copied(), from).cloned())
    }
}
