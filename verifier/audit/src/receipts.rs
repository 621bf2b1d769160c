//! What receipts say about files that were submitted again: very many notes may need the same receipt.

use crate::own::Receipt;
use lru::LruCache;
use std::sync::Arc;

/// Bytes that cached receipts may take.
const MAX_BYTES: usize = 16 << 20;

/// Which entries a receipt says were submitted again, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Again {
    /// The receipt's own number.
    pub number: u64,
    /// Its time, milliseconds since 1970.
    pub time_ms: u64,
    /// Half-open ranges, ascending and disjoint.
    known: Vec<(u64, u64)>,
}

impl Again {
    fn of(receipt: Receipt) -> Self {
        let Receipt { number, time_ms, known: mut all, .. } = receipt;
        all.sort_unstable();
        let mut known: Vec<(u64, u64)> = Vec::new();
        for (from, to) in all {
            match known.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => known.push((from, to)),
            }
        }
        Self { number, time_ms, known }
    }

    /// Whether an entry was submitted again.
    pub fn has(&self, number: u64) -> bool {
        let behind = self.known.partition_point(|(from, _)| *from <= number);
        behind > 0 && number < self.known[behind - 1].1
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.known.len() * size_of::<(u64, u64)>()
    }
}

/// Receipts by number; the least recently used are dropped first.
#[derive(Debug)]
pub(crate) struct Receipts {
    kept: LruCache<u64, Arc<Again>>,
    bytes: usize,
}

impl Default for Receipts {
    fn default() -> Self {
        Self { kept: LruCache::unbounded(), bytes: 0 }
    }
}

impl Receipts {
    /// What the receipt with a number says, read from its entry if it is not cached; `None` for an entry that is not a
    /// receipt.
    pub fn get<E>(
        &mut self,
        number: u64,
        entry: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Option<Arc<Again>>, E> {
        if let Some(known) = self.kept.get(&number) {
            return Ok(Some(known.clone()));
        }
        let Some(read) = Receipt::parse(&entry()?) else { return Ok(None) };
        let read = Arc::new(Again::of(read));
        self.bytes += read.bytes();
        self.kept.put(number, read.clone());
        while self.bytes > MAX_BYTES {
            let Some((_, dropped)) = self.kept.pop_lru() else { break };
            self.bytes -= dropped.bytes();
        }
        Ok(Some(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn receipt(number: u64, known: Vec<(u64, u64)>) -> Receipt {
        let submitter = "venue".to_owned();
        Receipt { number, submitter, time_ms: 5, from: number, to: number, known, refused: vec![] }
    }

    #[test]
    fn fault_4_a_receipt_is_read_once_for_all_notes() {
        let known: Vec<_> = (0..1000).map(|at| (2 * at, 2 * at + 1)).collect();
        let text = receipt(5000, known).text();
        let (mut receipts, mut reads) = (Receipts::default(), 0);
        for number in 0..2000 {
            let read = || {
                reads += 1;
                Ok::<_, Infallible>(text.clone().into_bytes())
            };
            let Ok(found) = receipts.get(5000, read);
            let found = found.expect("a receipt");
            assert_eq!((found.number, found.time_ms), (5000, 5));
            assert_eq!(found.has(number), number % 2 == 0, "{number}");
        }
        assert_eq!(reads, 1);
        let Ok(none) = receipts.get(1, || Ok::<_, Infallible>(b"no receipt".to_vec()));
        assert!(none.is_none());
    }

    #[test]
    fn ranges_are_looked_up_in_any_order() {
        let again = Again::of(receipt(9, vec![(7, 8), (1, 5), (2, 3), (5, 6)]));
        let found: Vec<_> = (0..9).filter(|number| again.has(*number)).collect();
        assert_eq!(found, [1, 2, 3, 4, 5, 7]);
    }

    #[test]
    fn fault_4_kept_receipts_have_a_bound() {
        let known: Vec<_> = (0..50_000).map(|at| (2 * at, 2 * at + 1)).collect();
        let mut receipts = Receipts::default();
        for number in 200_000..200_040 {
            let text = receipt(number, known.clone()).text();
            let Ok(found) = receipts.get(number, || Ok::<_, Infallible>(text.into_bytes()));
            assert!(found.is_some() && receipts.bytes <= MAX_BYTES);
        }
        assert!(receipts.kept.len() < 40);
    }
}
