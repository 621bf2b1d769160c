//! Evidence in memory, for workers that have no store.

use crate::evidence::{Evidence, EvidenceFile, EvidenceKind, EvidenceStore};
use crate::recognise::{Recognised, Unrecognised, recognise};
use crate::schedules::Schedules;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use zkmargin_model::digest::{Digest, ScheduleDigest};
use zkmargin_model::envelope::file_digest;

/// Evidence in memory, for workers that have no store.
#[derive(Clone, Debug, Default)]
pub struct MemoryEvidence {
    files: Files,
    schedules: Schedules,
    numbers: BTreeMap<Digest, u64>,
    times: BTreeSet<(u64, u64)>,
}

/// Files by kind, name and number.
type Files = BTreeMap<(EvidenceKind, Option<Digest>, u64), EvidenceFile>;

/// The first file of a kind with a name, from a number on.
fn first(
    files: &Files,
    kind: EvidenceKind,
    name: Option<Digest>,
    from: u64,
) -> Option<&EvidenceFile> {
    files.range((kind, name, from)..=(kind, name, u64::MAX)).next().map(|(_, file)| file)
}

impl MemoryEvidence {
    /// Adds a file of evidence that was ingested at a time, in milliseconds since 1970, after those already present;
    /// for one already present, adds the further time.
    ///
    /// # Errors
    /// [`Unrecognised`] for a file that is not evidence, including a proof.
    pub fn add(
        &mut self,
        bytes: Vec<u8>,
        time_ms: u64,
        kind: EvidenceKind,
    ) -> Result<(), Unrecognised> {
        let digest = file_digest(&bytes);
        if let Some(number) = self.numbers.get(&digest) {
            self.times.insert((*number, time_ms));
            return Ok(());
        }
        let number = self.files.len() as u64;
        let evidence = if kind == EvidenceKind::Source {
            Evidence::new(kind)
        } else {
            let Self { files, schedules, .. } = self;
            let schedule = |digest: &ScheduleDigest, priced: [usize; 2]| {
                let found = first(files, EvidenceKind::Schedule, Some(*digest.bytes()), 0);
                schedules.named(digest, priced, || Ok(found.map(|file| file.bytes.clone())))
            };
            let Ok(found) = recognise::<Infallible>(&bytes, schedule);
            match found? {
                Recognised::Evidence(evidence) => evidence,
                _ => return Err(Unrecognised::Unknown),
            }
        };
        let file = EvidenceFile { number, bytes, time_ms };
        self.files.insert((evidence.kind, evidence.name, number), file);
        self.numbers.insert(digest, number);
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

    fn ingested_from(&self, number: u64, from_ms: u64) -> Result<Option<u64>, Self::Error> {
        let mut times = self.times.range((number, from_ms)..=(number, u64::MAX));
        Ok(times.next().map(|(_, time_ms)| *time_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_every_time() {
        let schedule =
            include_bytes!("../../../params/venues/binance/examples/cross.schedule.json");
        let mut memory = MemoryEvidence::default();
        for time_ms in [10, 30, 20] {
            memory.add(schedule.to_vec(), time_ms, EvidenceKind::Schedule).expect("added");
        }
        let digest = zkmargin_params::Schedule::from_json(schedule).expect("read").digest();
        let next =
            |from| memory.next(EvidenceKind::Schedule, Some(digest.bytes()), from).expect("found");
        assert_eq!(next(0).map(|file| (file.number, file.time_ms)), Some((0, 10)));
        assert_eq!(next(1), None);
        let from = |time_ms| memory.ingested_from(0, time_ms).expect("found");
        assert_eq!([11, 20, 21, 31].map(from), [Some(20), Some(20), Some(30), None]);
        assert_eq!(memory.ingested_from(1, 0), Ok(None));
    }
}
