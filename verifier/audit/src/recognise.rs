//! Recognises files by their contents.

use crate::evidence::{Evidence, EvidenceKind};
use crate::own::is_reserved;
use crate::rules::Rules;
use crate::schedules::Named;
use zkmargin_model::counted;
use zkmargin_model::digest::ScheduleDigest;
use zkmargin_model::envelope::{Envelope, EnvelopeError, MAGIC};
use zkmargin_model::shown::shown;
use zkmargin_model::statement::StatementError;
use zkmargin_notes::{
    AttestationNote, Body, BodyError, EnrolmentNote, KeySet, LedgerCheckpoint, ManifestNote, Note,
    NoteError, ScheduleNote, SnapshotNote, SourceNote,
};
use zkmargin_params::{FileError, FileKind, read_schedule, snapshot_head};

/// A file a store keeps.
#[derive(Debug)]
pub enum Recognised {
    /// A proof.
    Proof(Box<Envelope>),
    /// A proof of a circuit or format that this version does not know.
    Unsupported(EnvelopeError),
    /// Evidence.
    Evidence(Evidence),
}

/// Why a file is not kept.
#[derive(Debug, thiserror::Error)]
pub enum Unrecognised {
    /// A damaged proof.
    #[error("proof: {0}")]
    Proof(EnvelopeError),
    /// A JSON file of this project that cannot be used.
    #[error("{} {}: {}", .0.file, shown(&.0.pointer), .0.message)]
    File(FileError),
    /// A snapshot whose schedule is not in the store.
    #[error("snapshot of schedule {0}, which is not in the store; ingest the schedule first")]
    NoSchedule(String),
    /// A snapshot with too few or too many prices for its schedule.
    #[error(
        "snapshot without one price for each of its schedule's {} and {}",
        counted(.listed[0] as u64, "instrument", "instruments"),
        counted(.listed[1] as u64, "asset", "assets")
    )]
    Unpriced {
        /// Instruments and assets of the schedule.
        listed: [usize; 2],
    },
    /// A note that cannot be read.
    #[error("note: {0}")]
    Note(NoteError),
    /// A note whose text is not one of this project's.
    #[error("note: {0}")]
    Body(BodyError),
    /// Longer than any file that is kept.
    #[error("longer than {} bytes", zkmargin_params::MAX_FILE_BYTES)]
    TooLong,
    /// Bytes that begin like an entry only the store writes.
    #[error("begins like one of the store's own entries, which cannot be submitted")]
    Reserved,
    /// Anything else.
    #[error("neither a proof nor evidence of any known kind")]
    Unknown,
}

impl Unrecognised {
    /// A stable code for programs, as used in receipts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Proof(error) => error.code(),
            Self::File(error) => error.code.as_str(),
            Self::NoSchedule(_) => "NoSchedule",
            Self::Unpriced { .. } => "Unpriced",
            Self::Note(_) => "Note",
            Self::Body(_) => "NoteBody",
            Self::TooLong => "TooLong",
            Self::Reserved => "Reserved",
            Self::Unknown => "Unknown",
        }
    }
}

/// Whether an error says that this version is too old for the file.
pub(crate) fn is_newer(error: &EnvelopeError) -> bool {
    matches!(
        error,
        EnvelopeError::FormatVersion(_)
            | EnvelopeError::Statement(
                StatementError::CircuitVersion(_)
                    | StatementError::Shape(_)
                    | StatementError::Size(_)
            )
    )
}

fn proof(read: Result<Envelope, EnvelopeError>) -> Result<Recognised, Unrecognised> {
    match read {
        Ok(envelope) => Ok(Recognised::Proof(Box::new(envelope))),
        Err(error) if is_newer(&error) => Ok(Recognised::Unsupported(error)),
        Err(error) => Err(Unrecognised::Proof(error)),
    }
}

fn note(bytes: &[u8]) -> Result<Evidence, Unrecognised> {
    let note = Note::parse(bytes).map_err(Unrecognised::Note)?;
    let text = note.text();
    let kind = text.lines().next().unwrap_or_default();
    fn body<T: Body>(text: &str) -> Result<T, Unrecognised> {
        T::parse(text).map_err(Unrecognised::Body)
    }
    Ok(match kind {
        "zkmargin/schedule/v1" => {
            let note: ScheduleNote = body(text)?;
            Evidence::new(EvidenceKind::ScheduleNote)
                .of_venue(note.venue)
                .named(note.schedule.into())
        }
        "zkmargin/snapshot/v1" => {
            let note: SnapshotNote = body(text)?;
            let evidence = Evidence::new(EvidenceKind::SnapshotNote).of_venue(note.venue);
            evidence.named(note.snapshot.into()).numbered(note.sequence)
        }
        "zkmargin/enrolment/v1" => {
            let note: EnrolmentNote = body(text)?;
            let evidence = Evidence::new(EvidenceKind::Enrolment).of_venue(note.venue);
            evidence.named(note.pseudonym.to_bytes()).numbered(note.epoch)
        }
        "zkmargin/attestation/v1" => {
            let note: AttestationNote = body(text)?;
            Evidence::new(EvidenceKind::Attestation).named(note.commitment.to_bytes())
        }
        "zkmargin/source/v1" => {
            let note: SourceNote = body(text)?;
            let times = note.prices.iter().map(|p| p.time_ms);
            Evidence::new(EvidenceKind::Source).numbered(times.min().unwrap_or(0))
        }
        "zkmargin/manifest/v1" => {
            let note: ManifestNote = body(text)?;
            Evidence::new(EvidenceKind::ManifestNote).named(note.manifest)
        }
        "zkmargin/report/v1" => return Err(Unrecognised::Unknown),
        _ => {
            let note: LedgerCheckpoint = body(text)?;
            let evidence = Evidence::new(EvidenceKind::Checkpoint).of_venue(note.origin);
            evidence.named(note.root.to_bytes()).numbered(note.epoch)
        }
    })
}

/// The value of a JSON object's `format`.
fn format(bytes: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: String,
    }
    serde_json::from_slice::<Head>(bytes).ok().map(|head| head.format)
}

/// Determines what a file is. `schedule` looks up a schedule by its digest, for a snapshot that names it and has figures of
/// this many instruments and assets: the snapshot's own digest depends on it.
///
/// # Errors
/// [`Unrecognised`], or the error of `schedule`.
pub fn recognise<E>(
    bytes: &[u8],
    schedule: impl FnOnce(&ScheduleDigest, [usize; 2]) -> Result<Named, E>,
) -> Result<Result<Recognised, Unrecognised>, E> {
    if is_reserved(bytes) {
        return Ok(Err(Unrecognised::Reserved));
    }
    if bytes.starts_with(&MAGIC) {
        return Ok(proof(Envelope::decode(bytes)));
    }
    if bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        return Ok(match std::str::from_utf8(bytes) {
            Ok(text) if text.contains("\n\n\u{2014} ") => note(bytes).map(Recognised::Evidence),
            _ => Err(Unrecognised::Unknown),
        });
    }
    let Some(format) = format(bytes) else { return Ok(Err(Unrecognised::Unknown)) };
    let of = |kind: FileKind| format == kind.format();
    Ok(if of(FileKind::Schedule) || of(FileKind::PortfolioSchedule) {
        read_schedule(bytes).map_err(Unrecognised::File).map(|schedule| {
            let evidence = Evidence::new(EvidenceKind::Schedule).named(schedule.digest().into());
            Recognised::Evidence(evidence.of_venue(schedule.venue().to_owned()))
        })
    } else if of(FileKind::Snapshot) || of(FileKind::PortfolioSnapshot) {
        let file = match snapshot_head(bytes) {
            Ok(file) => file,
            Err(error) => return Ok(Err(Unrecognised::File(error))),
        };
        let mut digest = [0; 32];
        let named = match hex::decode_to_slice(&file.schedule, &mut digest) {
            Ok(()) => schedule(&digest.into(), file.priced)?,
            Err(_) => Named::Absent,
        };
        let schedule = match named {
            Named::Known(schedule) => schedule,
            Named::Unpriced { listed } => return Ok(Err(Unrecognised::Unpriced { listed })),
            Named::Absent => return Ok(Err(Unrecognised::NoSchedule(file.schedule))),
        };
        // No more than named: what it comes to is of interest once a trusted note over it is found.
        schedule.name_of(bytes).map_err(Unrecognised::File).map(|snapshot| {
            let evidence = Evidence::new(EvidenceKind::Snapshot).named(snapshot.digest.into());
            let venue = schedule.venue().to_owned();
            Recognised::Evidence(evidence.of_venue(venue).numbered(snapshot.sequence))
        })
    } else if of(FileKind::Keys) {
        let keys = KeySet::from_json(bytes).map_err(Unrecognised::File);
        keys.map(|_| Recognised::Evidence(Evidence::new(EvidenceKind::Keys)))
    } else if of(FileKind::Manifest) {
        let rules = Rules::from_json(bytes).map_err(Unrecognised::File);
        rules.map(|rules| {
            Recognised::Evidence(Evidence::new(EvidenceKind::Manifest).named(*rules.digest()))
        })
    } else if format == zkmargin_model::envelope::JSON_FORMAT {
        // What this version cannot read it cannot turn into the one binary file that a twin stands for.
        let read = Envelope::from_json(bytes).map_err(Unrecognised::Proof);
        read.map(|envelope| Recognised::Proof(Box::new(envelope)))
    } else {
        Err(Unrecognised::Unknown)
    })
}
