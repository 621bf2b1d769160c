//! A cache of schedules already read: a stranger's snapshot of a few bytes can name one of many megabytes.

use lru::LruCache;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use zkmargin_model::digest::ScheduleDigest;
use zkmargin_params::{AnySchedule, read_schedule};

/// Bytes of cached schedules as compact JSON, which is proportional to the memory they take.
const MAX_BYTES: usize = 64 << 20;

/// Schedules by digest; the least recently used are dropped first.
#[derive(Clone, Debug)]
pub(crate) struct Schedules {
    kept: LruCache<ScheduleDigest, (Arc<dyn AnySchedule>, usize)>,
    bytes: usize,
    /// Instruments and assets of each schedule that was ever read, dropped or not.
    listed: HashMap<ScheduleDigest, [usize; 2]>,
    /// Files that this version cannot read, ingested by an older one.
    unreadable: HashSet<ScheduleDigest>,
}

impl Default for Schedules {
    fn default() -> Self {
        Self {
            kept: LruCache::unbounded(),
            bytes: 0,
            listed: HashMap::new(),
            unreadable: HashSet::new(),
        }
    }
}

/// A schedule that a snapshot names.
#[derive(Clone, Debug)]
pub enum Named {
    /// It is known.
    Known(Arc<dyn AnySchedule>),
    /// It is known, but the snapshot does not have one price for each of its instruments and assets.
    Unpriced {
        /// Instruments and assets of the schedule.
        listed: [usize; 2],
    },
    /// It is not known.
    Absent,
}

impl Schedules {
    /// The schedule with a digest, read from its file if it is not cached.
    pub(crate) fn get<E>(
        &mut self,
        digest: &ScheduleDigest,
        file: impl FnOnce() -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Option<Arc<dyn AnySchedule>>, E> {
        if let Some((schedule, _)) = self.kept.get(digest) {
            return Ok(Some(schedule.clone()));
        }
        if self.unreadable.contains(digest) {
            return Ok(None);
        }
        let Some(file) = file()? else { return Ok(None) };
        let read = read_schedule(&file).ok().filter(|read| read.digest() == *digest);
        let Some(schedule) = read else {
            self.unreadable.insert(*digest);
            return Ok(None);
        };
        self.listed.insert(*digest, schedule.listed());
        let bytes = schedule.compact_bytes().unwrap_or(file.len());
        self.bytes += bytes;
        self.kept.put(*digest, (schedule.clone(), bytes));
        while self.bytes > MAX_BYTES {
            let Some((_, (_, dropped))) = self.kept.pop_lru() else { break };
            self.bytes -= dropped;
        }
        Ok(Some(schedule))
    }

    /// The schedule that a snapshot names, which has figures of this many instruments and assets. A snapshot that cannot price it does not cause a second read.
    pub(crate) fn named<E>(
        &mut self,
        digest: &ScheduleDigest,
        priced: [usize; 2],
        file: impl FnOnce() -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Named, E> {
        let known = self.listed.get(digest).copied();
        if let Some(listed) = known.filter(|listed| *listed != priced) {
            return Ok(Named::Unpriced { listed });
        }
        Ok(match self.get(digest, file)? {
            None => Named::Absent,
            Some(schedule) if schedule.listed() == priced => Named::Known(schedule),
            Some(schedule) => Named::Unpriced { listed: schedule.listed() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// An older version accepted what this one refuses: it is read once, not once for each snapshot that names it.
    #[test]
    fn fault_4_a_schedule_that_cannot_be_read_is_read_once() {
        let (mut schedules, mut reads) = (Schedules::default(), 0);
        for _ in 0..3 {
            let file = || {
                reads += 1;
                Ok::<_, Infallible>(Some(b"{}".to_vec()))
            };
            let Ok(found) = schedules.get(&[7; 32].into(), file);
            assert!(found.is_none());
        }
        assert_eq!(reads, 1);
    }
}
