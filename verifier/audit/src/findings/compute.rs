//! Computes findings from a store and a run.

use super::error::FindingsError;
use super::exception::{Exception, ExceptionKind, Writer};
use super::list::list_all;
use super::signed::Place;
use super::{Findings, PeriodFindings, Recomputed, Verdict};
use crate::due::Expected;
use crate::judge::Judge;
use crate::merge::{Chosen, MergeError, choose, draw_seed, judge_again};
use crate::run::{Run, RunError};
use crate::store::{PeriodId, Store, StoreError, Verdicts, View};
use std::collections::BTreeMap;

/// Bands of subjects in the picture.
const BANDS: u64 = 64;

/// Fills the temporary table of verdicts.
fn load(said: &Verdicts<'_>, run: &Run) -> Result<(), FindingsError> {
    run.each(|kept| {
        let j = kept.judgement;
        // Words are those that come out here.
        said.add(kept.number, j.status, &j.code, "").map_err(StoreError::from)?;
        Ok::<_, FindingsError>(())
    })
}

/// Checks that every proof of the log has one verdict, and nothing else has one.
fn check_whole(store: &Store, size: u64) -> Result<(), FindingsError> {
    let digest = |number| Ok::<_, FindingsError>(hex::encode(store.entry(number)?.digest));
    if let Some((count, first)) = store.unsaid(size)? {
        let example = digest(first)?;
        return Err(MergeError::Lacking { count, example }.into());
    }
    if let Some(number) = store.said_of_no_proof(size)? {
        let (input, proof) = (Default::default(), digest(number)?);
        return Err(MergeError::Unknown { input, proof }.into());
    }
    Ok(())
}

impl Store {
    /// What a finished run found. Every exception is passed to `take`, kind by kind.
    ///
    /// Everything is computed from the entries of the log: each is read and compared with what the tables say about it.
    /// The run's file is only a hint: its verdicts must be those whose digest is in the log, one for each proof, and
    /// all those that are not valid and `sample` of the valid ones, drawn at random now, must be reproduced. No receipt
    /// may be dated after `now_ms`, milliseconds since 1970.
    ///
    /// # Errors
    /// [`FindingsError`].
    pub fn findings(
        &self,
        expected: &Expected,
        run: &Run,
        judge: &mut Judge<'_, View<'_>>,
        sample: u64,
        now_ms: u64,
        take: impl FnMut(&Exception) -> std::io::Result<()>,
    ) -> Result<Recomputed, FindingsError> {
        // One state of the store, whatever is written to it meanwhile.
        let reading = self.hold()?;
        // And one of the run's file: what is hashed is what is read.
        let _reading = run.reading()?;
        let found = self.findings_now(expected, run, judge, (sample, now_ms), take)?;
        reading.end()?;
        Ok(found)
    }

    fn findings_now(
        &self,
        expected: &Expected,
        run: &Run,
        judge: &mut Judge<'_, View<'_>>,
        (sample, now_ms): (u64, u64),
        mut take: impl FnMut(&Exception) -> std::io::Result<()>,
    ) -> Result<Recomputed, FindingsError> {
        if run.shard != crate::Shard::WHOLE {
            return Err(FindingsError::Part(run.shard.to_string()));
        }
        if !run.is_done()? {
            return Err(FindingsError::Unfinished);
        }
        let view = self.at(run.subject.log.size);
        if expected.signers.is_none() {
            return Err(FindingsError::Signers);
        }
        let record = run.recorded(self)?;
        let ingestion = self.examine_now(run.subject.log.size, now_ms, |_| ())?;
        let said = self.new_said()?;
        load(&said, run)?;
        check_whole(self, run.subject.log.size)?;
        let seed = draw_seed()?;
        let chosen = choose(said.by_validity().map_err(RunError::Run)?, sample, seed);
        judge_again(self, &said, judge, &chosen)?;
        let Chosen { sampled, repeated, .. } = chosen;
        self.join(expected.id, |schedule| judge.series(schedule))?;
        let mut writer = Writer { take: &mut take, counts: BTreeMap::new() };
        list_all(self, &mut writer)?;
        let mut periods = self.periods(expected)?;
        for (at, (id, found)) in periods.iter_mut().enumerate() {
            if let Some(place) = Place::of(expected, (at, *id)) {
                self.check_period(&view, expected, &place, found, &mut writer)?;
            }
        }
        self.contradicting_snapshots(&view, expected, judge, &mut writer)?;
        let open = self.describe(&mut periods, judge)?;
        let not_checked = open.into_iter().map(|what| (what.code(), what.to_string())).collect();
        let statuses = self.statuses()?;
        let grid = self.grid(&periods)?;
        let periods: Vec<_> = periods.into_iter().map(|(_, found)| found).collect();
        let sum = |of: fn(&PeriodFindings) -> u64| periods.iter().map(of).sum::<u64>();
        let (due, due_accounts, shown) =
            (sum(|p| p.due), sum(|p| p.due_accounts), sum(|p| p.shown));
        let exceptions = writer.counts;
        let any = |kinds: &[ExceptionKind]| kinds.iter().any(|k| exceptions.contains_key(k.code()));
        use ExceptionKind as K;
        let verdict = if shown < due || any(&[K::Population, K::Enrolment, K::Contradiction]) {
            Verdict::Incomplete
        } else if any(&[K::Invalid]) {
            Verdict::InvalidProofs
        } else if exceptions.is_empty() {
            Verdict::Complete
        } else {
            Verdict::CompleteWithExceptions
        };
        let findings = Findings {
            verdict,
            entries: run.subject.log.size,
            proofs: statuses.values().sum(),
            statuses,
            exceptions,
            due,
            due_accounts,
            shown,
            periods,
            grid,
        };
        Ok(Recomputed { findings, ingestion, record, sampled, repeated, seed, not_checked })
    }

    fn periods(
        &self,
        expected: &Expected,
    ) -> Result<Vec<(PeriodId, PeriodFindings)>, FindingsError> {
        let counted = self.counted_periods(expected.id)?;
        let mut periods = Vec::with_capacity(counted.len());
        for (counted, period) in counted.into_iter().zip(expected.rules.periods()) {
            let found = PeriodFindings {
                venue: counted.venue,
                registry: counted.registry.to_string(),
                epoch: counted.epoch,
                population: period.population,
                due: counted.due,
                due_accounts: counted.due_accounts,
                shown: counted.shown,
                proofs: self.statuses_of(counted.id)?,
                unexpected: self.count_unexpected(counted.id)?,
                ..PeriodFindings::default()
            };
            periods.push((counted.id, found));
        }
        Ok(periods)
    }

    /// Bands of subjects, each with entries due and shown per period.
    fn grid(
        &self,
        periods: &[(PeriodId, PeriodFindings)],
    ) -> Result<Vec<Vec<(u64, u64)>>, FindingsError> {
        let subjects = self.count_subjects()?;
        let bands = subjects.clamp(1, BANDS);
        let mut grid = vec![vec![(0, 0); periods.len()]; usize::try_from(bands).unwrap_or(1)];
        let places: BTreeMap<PeriodId, usize> =
            periods.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
        self.each_cell(bands, subjects.max(1), |cell| {
            let band = grid.get_mut(usize::try_from(cell.band).unwrap_or(0));
            let at = band.and_then(|band| band.get_mut(*places.get(&cell.period)?));
            if let Some(at) = at {
                *at = (cell.due, cell.shown);
            }
        })?;
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;

    /// A run's file is recorded only when it covers the log, so this is a second safety net.
    #[test]
    fn verdicts_are_on_every_proof_and_on_nothing_else() {
        let folder = tempfile::tempdir().expect("folder");
        let mut store = Store::open(&folder.path().join("s.db")).expect("store");
        let mut ingest = store.ingest("venue", 1_000).expect("ingest");
        let files: [&[u8]; 3] = [
            include_bytes!("../../../../params/golden/binance-cross.zkm"),
            include_bytes!("../../../../params/venues/binance/examples/cross.schedule.json"),
            include_bytes!("../../../../params/golden/lighter-222378.zkm"),
        ];
        for bytes in files {
            ingest.add(bytes).expect("added");
        }
        ingest.commit().expect("commit");
        let check = |numbers: &[u64], size: u64| {
            let said = store.new_said().expect("table");
            for number in numbers {
                said.add(*number, Status::Valid, "", "").expect("row");
            }
            check_whole(&store, size).err().map(|error| error.to_string())
        };
        let digest = |at: usize| hex::encode(zkmargin_model::envelope::file_digest(files[at]));
        assert_eq!((check(&[0, 2], 3), check(&[0], 2)), (None, None));
        let lacking = check(&[0], 3).expect("lacking");
        assert!(lacking.contains(&digest(2)), "{lacking}");
        for (numbers, size, at) in [(&[0, 1, 2][..], 3, 1), (&[0, 1], 2, 1), (&[0, 2], 2, 2)] {
            let unknown = check(numbers, size).expect("unknown");
            assert!(unknown.contains(&digest(at)), "{unknown}");
        }
    }
}
