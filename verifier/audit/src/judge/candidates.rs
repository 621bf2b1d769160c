//! Files that could be the evidence of a venue's epoch, tried one after another.

use super::NoteTimes;
use crate::evidence::{EvidenceFile, EvidenceKind, EvidenceStore, next_time};
use zkmargin_model::digest::{Digest, RegistryDigest, ScheduleDigest};
use zkmargin_notes::{AttestationNote, Body, KeySet, LedgerCheckpoint, Note};
use zkmargin_params::format_utc;
use zkmargin_policy::{Refused, What};

/// Where the search for evidence begins: earlier files are of no use to any proof of the venue, or of its epoch.
#[derive(Clone, Debug)]
pub(super) struct Beginning {
    /// The file's place among all files, and the time at which it may count; `None` if no file is meant.
    pub place: Option<(u64, u64)>,
    /// Why the earlier ones do not qualify; `None` if all earlier ones are not meant.
    pub reason: Option<Refused>,
    /// Whether no later file is meant.
    pub is_over: bool,
}

/// Kind and name of evidence, the venue and registry, whose policy it is, and for checkpoints the epoch: anything else that
/// is wrong with a note is wrong for all of these.
pub(super) type Sought = (EvidenceKind, Digest, String, RegistryDigest, Option<u64>);

/// Whose evidence is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub venue: &'a str,
    pub registry: RegistryDigest,
    pub epoch: u64,
}

/// Whether what is wrong with a note is wrong for every proof.
pub(super) fn is_wrong_for_all(reason: &Refused) -> bool {
    matches!(
        reason,
        Refused::Note { .. }
            | Refused::OtherVenue { .. }
            | Refused::Future { .. }
            | Refused::Witnesses { .. }
    )
}

/// When keys of a set have cosigned a note according to its signature lines, which are verified when it is opened:
/// milliseconds since 1970.
fn cosigned_ms(note: &[u8], keys: &KeySet) -> Vec<u64> {
    let Ok(note) = Note::parse(note) else { return Vec::new() };
    let known = note.signatures().iter().filter(|s| keys.get(s.name()).is_some());
    let seconds = known.filter_map(|s| s.bytes().first_chunk()).copied().map(u64::from_be_bytes);
    seconds.map(|seconds| seconds.saturating_mul(1000)).collect()
}

/// Files of one kind and name that could be the evidence of a venue's epoch, tried one after another.
pub(super) struct Candidates<'a> {
    pub what: What,
    pub kind: EvidenceKind,
    /// `None` if this evidence is not required.
    pub name: Option<&'a Digest>,
    pub period: Place<'a>,
    pub current: Option<EvidenceFile>,
    /// Why the earlier ones do not qualify.
    pub reason: Option<Refused>,
    /// Whether all earlier ones were wrong for every proof.
    pub is_beginning: bool,
    /// Whether no file after the current one is meant.
    pub is_over: bool,
}

impl<'a> Candidates<'a> {
    /// Those of a kind and name, for a venue's epoch, before the search.
    pub fn new(
        what: What,
        kind: EvidenceKind,
        name: Option<&'a Digest>,
        period: Place<'a>,
    ) -> Self {
        Self {
            what,
            kind,
            name,
            period,
            current: None,
            reason: None,
            is_beginning: true,
            is_over: false,
        }
    }

    pub fn sought(&self) -> Option<Sought> {
        let Place { venue, registry, epoch } = self.period;
        let epoch = (self.kind == EvidenceKind::Checkpoint).then_some(epoch);
        Some((self.kind, *self.name?, venue.to_owned(), registry, epoch))
    }

    /// Moves to where the search begins.
    pub fn begin<E: EvidenceStore>(
        &mut self,
        evidence: &E,
        beginning: Option<&Beginning>,
    ) -> Result<(), E::Error> {
        let Some(Beginning { place, reason, is_over }) = beginning else {
            return self.advance(evidence).map(|_| ());
        };
        (self.reason, self.is_over) = (reason.clone(), *is_over);
        let Some((number, time_ms)) = *place else { return Ok(()) };
        let file = evidence.next(self.kind, self.name, number)?;
        self.current = file.map(|file| EvidenceFile { time_ms, ..file });
        Ok(())
    }

    /// Whether a file is about the period: one root could be published for two epochs or by two venues.
    fn is_meant(&self, file: &EvidenceFile) -> bool {
        let checkpoint = |file: &EvidenceFile| {
            let note = Note::parse(&file.bytes).ok()?;
            LedgerCheckpoint::parse(note.text()).ok()
        };
        self.kind != EvidenceKind::Checkpoint
            || checkpoint(file).is_some_and(|c| {
                (c.origin.as_str(), c.epoch) == (self.period.venue, self.period.epoch)
            })
    }

    /// Moves on to the first file, or to the one after the current one, that could be meant. `false` if there is none;
    /// the current one then stays.
    pub fn advance<E: EvidenceStore>(&mut self, evidence: &E) -> Result<bool, E::Error> {
        let Some(name) = self.name.filter(|_| !self.is_over) else { return Ok(false) };
        let mut from = self.current.as_ref().map_or(0, |file| file.number + 1);
        while let Some(file) = evidence.next(self.kind, Some(name), from)? {
            if self.is_meant(&file) {
                self.current = Some(file);
                return Ok(true);
            }
            from = file.number + 1;
        }
        self.is_over = true;
        Ok(false)
    }

    /// Moves on to the next time at which the current file may count. `false` if there is none.
    pub fn advance_time<E: EvidenceStore>(
        &mut self,
        evidence: &E,
        keys: &KeySet,
        reason: &Refused,
    ) -> Result<bool, E::Error> {
        let Some(file) = &mut self.current else { return Ok(false) };
        let stated_ms = match reason {
            Refused::Future { time_ms, .. } => vec![*time_ms],
            Refused::Witnesses { .. } => cosigned_ms(&file.bytes, keys),
            _ => Vec::new(),
        };
        let Some(time_ms) = next_time(evidence, file, keys, &stated_ms)? else { return Ok(false) };
        file.time_ms = time_ms;
        Ok(true)
    }

    /// The current file, as where the search begins.
    pub fn beginning(&self) -> Beginning {
        let place = self.current.as_ref().map(|file| (file.number, file.time_ms));
        Beginning { place, reason: self.reason.clone(), is_over: self.is_over }
    }

    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.current.as_ref().map(|file| file.bytes.clone())
    }

    /// The schedule under which the accounts were read, by the current note.
    pub fn schedule(&self) -> Option<ScheduleDigest> {
        let note = Note::parse(&self.current.as_ref()?.bytes).ok()?;
        match self.kind {
            EvidenceKind::Checkpoint => Some(LedgerCheckpoint::parse(note.text()).ok()?.schedule),
            EvidenceKind::Attestation => Some(AttestationNote::parse(note.text()).ok()?.schedule),
            _ => None,
        }
    }

    /// The current note's times, for a report.
    pub fn times(&self) -> Option<NoteTimes> {
        let file = self.current.as_ref()?;
        let note = Note::parse(&file.bytes).ok()?;
        let stated = note.text().lines().find_map(|line| line.strip_prefix("time-ms "));
        let stated = stated.and_then(|ms| ms.parse().ok()).map(format_utc);
        let (what, ingested) = (self.kind.name().to_owned(), format_utc(file.time_ms));
        Some(NoteTimes { what, stated, ingested })
    }
}
