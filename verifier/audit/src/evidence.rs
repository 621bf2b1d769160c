//! Evidence beside the proofs: what it is, and where it comes from.

use zkmargin_model::digest::Digest;
use zkmargin_model::files::Schedule;

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

    /// All evidence of a kind with a name, oldest first.
    ///
    /// # Errors
    /// When the store cannot be used.
    fn named(&self, kind: EvidenceKind, name: &Digest) -> Result<Vec<EvidenceFile>, Self::Error>;

    /// All messages of price sources.
    ///
    /// # Errors
    /// When the store cannot be used.
    fn sources(&self) -> Result<Vec<EvidenceFile>, Self::Error>;
}

/// Evidence in memory, for workers that have no store.
#[derive(Clone, Debug, Default)]
pub struct MemoryEvidence {
    files: std::collections::BTreeMap<(EvidenceKind, Option<Digest>), Vec<EvidenceFile>>,
}

impl MemoryEvidence {
    /// Adds a file of evidence.
    ///
    /// # Errors
    /// [`Unrecognised`](crate::Unrecognised) for a file that is none, a proof included.
    pub fn add(
        &mut self,
        file: EvidenceFile,
        kind: EvidenceKind,
    ) -> Result<(), crate::Unrecognised> {
        let evidence = if kind == EvidenceKind::Source {
            Evidence::new(kind)
        } else {
            let schedule = |digest: &Digest| {
                let found = self.named(EvidenceKind::Schedule, digest)?;
                Ok(found.first().and_then(|file| Schedule::from_json(&file.bytes).ok()))
            };
            let Ok(found) = crate::recognise::<std::convert::Infallible>(&file.bytes, schedule);
            match found? {
                crate::Recognised::Evidence(evidence) => evidence,
                _ => return Err(crate::Unrecognised::Unknown),
            }
        };
        self.files.entry((evidence.kind, evidence.name)).or_default().push(file);
        Ok(())
    }
}

impl EvidenceStore for MemoryEvidence {
    type Error = std::convert::Infallible;

    fn named(&self, kind: EvidenceKind, name: &Digest) -> Result<Vec<EvidenceFile>, Self::Error> {
        Ok(self.files.get(&(kind, Some(*name))).cloned().unwrap_or_default())
    }

    fn sources(&self) -> Result<Vec<EvidenceFile>, Self::Error> {
        let of_kind = self.files.iter().filter(|((kind, _), _)| *kind == EvidenceKind::Source);
        Ok(of_kind.flat_map(|(_, files)| files.clone()).collect())
    }
}
