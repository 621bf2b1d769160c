//! Schedules that were read already: strangers' snapshots of a few bytes can name one of many megabytes.

use lru::LruCache;
use std::sync::Arc;
use zkmargin_model::digest::Digest;
use zkmargin_model::files::Schedule;

/// Bytes of the files whose schedules are kept.
const MAX_BYTES: usize = 64 << 20;

/// Schedules by their digests, the least recently used dropped first.
#[derive(Clone, Debug)]
pub(crate) struct Schedules {
    read: LruCache<Digest, (Arc<Schedule>, usize)>,
    bytes: usize,
}

impl Default for Schedules {
    fn default() -> Self {
        Self { read: LruCache::unbounded(), bytes: 0 }
    }
}

impl Schedules {
    /// The schedule with a digest, read from its file if it is not kept.
    pub(crate) fn get<E>(
        &mut self,
        digest: &Digest,
        file: impl FnOnce() -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Option<Arc<Schedule>>, E> {
        if let Some((schedule, _)) = self.read.get(digest) {
            return Ok(Some(schedule.clone()));
        }
        let Some(file) = file()? else { return Ok(None) };
        let Ok(schedule) = Schedule::from_json(&file) else { return Ok(None) };
        let schedule = Arc::new(schedule);
        self.bytes += file.len();
        self.read.put(*digest, (schedule.clone(), file.len()));
        while self.bytes > MAX_BYTES {
            let Some((_, (_, length))) = self.read.pop_lru() else { break };
            self.bytes -= length;
        }
        Ok(Some(schedule))
    }
}
