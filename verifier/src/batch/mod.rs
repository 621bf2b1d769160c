//! Many proofs at once, each checked.
//!
//! Workers take chunks of proofs, each worker in a thread pool of one thread: alongside other workers, the proof
//! system's own parallelism costs more than it gains. A chunk's proofs are folded into one equation per circuit size,
//! whatever their markets; when a batch is a single chunk, all workers fold its proofs and evaluate the equation
//! together. If it does not hold, parts are folded separately until every wrong proof is identified ([`search`]). A
//! proof is found valid only by an equation it is part of, and wrong only by its own, which the proof system evaluates.

mod search;
mod workers;

use crate::check::{Prepared, VerifyFailure, prepare};
use crate::invalid::Invalid;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use search::{Foldable, find};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use workers::apart;
use zkmargin_circuit::{FoldError, Folded, Folder, KeyCache, VerifyError, verify_proof};
use zkmargin_model::envelope::Envelope;
use zkmargin_params::AnyMarket;

/// Maximum number of proofs that a worker folds at once. Memory is about 60 kB for each at k = 10.
const CHUNK: usize = 128;

/// A proof with the market it is checked against.
#[derive(Clone, Copy, Debug)]
pub struct BatchItem<'a> {
    /// The proof file.
    pub envelope: &'a Envelope,
    /// The market.
    pub market: &'a dyn AnyMarket,
    /// Who submitted the proof, as a number chosen by the caller. When a chunk does not hold, each submitter's proofs
    /// are looked at separately, so that one with many wrong proofs costs the others little.
    pub submitter: u64,
}

/// Checks many proofs using `workers` threads, and returns the results in the order of the items.
///
/// Each is the result that [`check_proof`](crate::check_proof) gives. Apart from the results, memory does not grow with
/// the number of items. Do not call it, or `check_proof`, from several jobs of one rayon pool: a job that generates a
/// key may be given another job that waits for the same key.
///
/// # Errors
/// A [`VerifyFailure`], any one of them if there are several; no result is given then.
pub fn check_batch(
    items: &[BatchItem<'_>],
    keys: &KeyCache,
    workers: NonZeroUsize,
) -> Result<Vec<Result<(), Invalid>>, VerifyFailure> {
    let workers = workers.get().min(items.len());
    if workers == 0 {
        return Ok(Vec::new());
    }
    let few_markets = make_keys(items, keys, workers)?;
    let folder = Folder::new()?;
    let next = AtomicUsize::new(0);
    // A chunk for each worker at least, or one that all of them share.
    let (count, threads) = match items.len().div_ceil(CHUNK) {
        1 if few_markets => (1, workers),
        count => (count.max(workers), 1),
    };
    let chunks: Vec<_> = items.chunks(items.len().div_ceil(count)).collect();
    let verdicts = Mutex::new(BTreeMap::new());
    let work = || -> Result<(), VerifyFailure> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = chunks.get(number) else { return Ok(()) };
            let done = match verify_chunk(items, keys, &folder) {
                Ok(done) => done,
                Err(failure) => {
                    // Nothing will be said, so nobody need go on.
                    next.store(chunks.len(), Ordering::Relaxed);
                    return Err(failure);
                }
            };
            let mut all = verdicts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            all.insert(number, done);
        }
    };
    apart(0..workers.min(count), threads, |_| work())?.into_iter().collect::<Result<(), _>>()?;
    let verdicts = verdicts.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    Ok(verdicts.into_values().flatten().collect())
}

/// Generates the keys of a batch with few markets, using all cores: otherwise its workers would wait for one of them to
/// generate each. `false` for a batch with many markets, whose workers each have separate keys to generate, or with
/// more than the cache keeps.
fn make_keys(
    items: &[BatchItem<'_>],
    keys: &KeyCache,
    workers: usize,
) -> Result<bool, VerifyFailure> {
    let few = workers.min(keys.capacity().get());
    let mut firsts = BTreeMap::new();
    for item in items {
        let statement = item.envelope.statement();
        let key = (item.market.digest(), statement.subject(), statement.circuit().kind);
        firsts.entry(key).or_insert(item);
        if firsts.len() > few {
            return Ok(false);
        }
    }
    for item in firsts.values() {
        // It is checked later; here only the key is wanted, and only if it would be made.
        let _ = prepare(item.envelope, item.market, keys)?;
    }
    Ok(true)
}

/// A proof of a chunk that may hold.
struct Candidate<'a> {
    at: usize,
    item: &'a BatchItem<'a>,
    prepared: &'a Prepared,
    folded: Folded<'a>,
}

impl Foldable for Candidate<'_> {
    fn at(&self) -> usize {
        self.at
    }

    fn submitter(&self) -> u64 {
        self.item.submitter
    }

    fn hold_together<'c>(candidates: impl Iterator<Item = &'c Self>) -> bool
    where
        Self: 'c,
    {
        let candidates: Vec<_> = candidates.collect();
        let parts = candidates.par_iter().try_fold(|| None, |sum, one| plus(sum, &one.folded));
        let sum = parts.try_reduce(
            || None,
            |sum, part| match part {
                None => Some(sum),
                Some(part) => plus(sum, &part),
            },
        );
        // Candidates are of one size and folder, so each one is added.
        sum.is_some_and(|sum| sum.is_none_or(Folded::holds))
    }

    fn holds(&self) -> bool {
        holds_alone(self.item, self.prepared)
    }
}

/// Adds the checks of one more proof. `None` if they cannot be added.
fn plus<'a>(sum: Option<Folded<'a>>, one: &Folded<'a>) -> Option<Option<Folded<'a>>> {
    match sum {
        None => Some(Some(one.clone())),
        Some(mut sum) => sum.add(one).then_some(Some(sum)),
    }
}

/// Whether a proof holds by itself, as decided by the proof system.
fn holds_alone(item: &BatchItem<'_>, prepared: &Prepared) -> bool {
    verify_proof(&prepared.key, &prepared.public, item.envelope.proof()).is_ok()
}

/// A proof of a chunk whose statement is in order: its place, and what it is checked against.
type Ready<'a> = (usize, &'a BatchItem<'a>, &'a Prepared);

fn fold_each<'a>(part: &[Ready<'a>], folder: &'a Folder) -> Vec<Result<Folded<'a>, FoldError>> {
    let fold = |(_, item, prepared): &Ready<'a>| {
        folder.fold(&prepared.key, &prepared.public, item.envelope.proof())
    };
    part.iter().map(fold).collect()
}

fn verify_chunk(
    items: &[BatchItem<'_>],
    keys: &KeyCache,
    folder: &Folder,
) -> Result<Vec<Result<(), Invalid>>, VerifyFailure> {
    let mut prepared: Vec<Result<Prepared, Invalid>> = Vec::with_capacity(items.len());
    for item in items {
        prepared.push(prepare(item.envelope, item.market, keys)?);
    }
    // Whether each proof holds; a proof is wrong until an equation says otherwise.
    let mut holds = vec![false; items.len()];
    let mut by_size: BTreeMap<u32, Vec<Candidate<'_>>> = BTreeMap::new();
    let ready = items.iter().zip(&prepared).enumerate();
    let ready: Vec<Ready<'_>> = ready
        .filter_map(|(at, (item, prepared))| Some((at, item, prepared.as_ref().ok()?)))
        .collect();
    let fold = |part| fold_each(part, folder);
    let folded = match rayon::current_num_threads() {
        1 => vec![fold(&ready[..])],
        threads => apart(ready.chunks(ready.len().div_ceil(threads).max(1)), 1, fold)?,
    };
    for ((at, item, prepared), folded) in ready.into_iter().zip(folded.into_iter().flatten()) {
        match folded {
            Ok(folded) => {
                let of_size = by_size.entry(folded.k()).or_default();
                of_size.push(Candidate { at, item, prepared, folded });
            }
            // What cannot even be read is wrong by the proof system's word.
            Err(FoldError::Invalid(_)) => {}
            Err(FoldError::Unforeseen) => holds[at] = holds_alone(item, prepared),
            Err(FoldError::Random(error)) => return Err(error.into()),
        }
    }
    by_size.into_values().for_each(|candidates| find(candidates, &mut holds));
    let each = prepared.into_iter().zip(holds);
    Ok(each
        .map(|(prepared, holds)| match prepared {
            Err(reason) => Err(reason),
            Ok(_) if holds => Ok(()),
            Ok(_) => Err(Invalid::Proof(VerifyError::Invalid)),
        })
        .collect())
}
