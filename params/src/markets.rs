//! Markets by the digests of their files.

use crate::any::{AnyMarket, read_schedule};
use crate::error::FileError;
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use zkmargin_model::envelope::file_digest;

/// Digests of the bytes of a schedule and a snapshot.
type Files = [[u8; 32]; 2];

/// The markets of a process that were asked for last. A market is made once from the same two files: the loadings that
/// a portfolio schedule derives are the expensive part of reading a snapshot.
#[derive(Debug)]
pub struct Markets {
    kept: Mutex<LruCache<Files, Arc<dyn AnyMarket>>>,
}

impl Markets {
    /// Keeps at most this many.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self { kept: Mutex::new(LruCache::new(capacity)) }
    }

    /// The market of the schedule at the snapshot, each the bytes of its file.
    ///
    /// # Errors
    /// [`FileError`] in either file. Nothing is kept of it.
    pub fn at(&self, schedule: &[u8], snapshot: &[u8]) -> Result<Arc<dyn AnyMarket>, FileError> {
        let kept = || self.kept.lock().unwrap_or_else(|e| e.into_inner());
        let key: Files = [schedule, snapshot].map(file_digest);
        if let Some(known) = kept().get(&key) {
            return Ok(known.clone());
        }
        // Made without the lock: other markets need not wait for it.
        let made = read_schedule(schedule)?.at(snapshot)?;
        kept().put(key, made.clone());
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! example {
        ($name:literal) => {
            include_bytes!(concat!("../venues/derive/examples/options.", $name, ".json"))
        };
    }

    #[test]
    fn a_market_is_made_once() {
        let markets = Markets::new(NonZeroUsize::MIN);
        let (schedule, snapshot) = (example!("schedule"), example!("snapshot"));
        let first = markets.at(schedule, snapshot).unwrap();
        assert!(Arc::ptr_eq(&first, &markets.at(schedule, snapshot).unwrap()));
        assert!(markets.at(snapshot, schedule).is_err());
        assert!(Arc::ptr_eq(&first, &markets.at(schedule, snapshot).unwrap()));
        // Other bytes are another file, and take the only place.
        let other = [&snapshot[..], b"\n"].concat();
        let again = markets.at(schedule, &other).unwrap();
        assert_eq!(again.digest(), first.digest());
        assert!(!Arc::ptr_eq(&first, &markets.at(schedule, snapshot).unwrap()));
    }
}
