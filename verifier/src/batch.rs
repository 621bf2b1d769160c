//! Many proofs at once, with a verdict on each.
//!
//! Workers take chunks of proofs, each worker in a thread pool of one thread: beside other workers the
//! proof system's own parallel parts cost more than they gain. A chunk's proofs are folded into one
//! equation per circuit size, whatever their markets. When it does not hold, a few proofs are
//! checked alone; if most of these are wrong, so is the rest, and otherwise halves are folded apart until
//! every wrong proof is named; submitter by submitter. No proof is valid but by an equation that it is part of.

use crate::envelope::Envelope;
use crate::policy::Policy;
use crate::verdict::Verdict;
use crate::verify::{Prepared, VerifyFailure, conclude, prepare};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use zkmargin_circuit::{FoldError, Folded, Folder, KeyCache, VerifyError, verify_proof};
use zkmargin_model::files::CompiledMarket;

/// Most proofs that a worker folds at once. Memory is about 60 kB for each at k = 10.
const CHUNK: usize = 128;

/// Proofs that are checked alone when a chunk does not hold, to tell one wrong proof from many.
const PROBES: usize = 4;

/// A proof with the market and the policy that it is checked against.
#[derive(Clone, Copy, Debug)]
pub struct BatchItem<'a> {
    /// The proof file.
    pub envelope: &'a Envelope,
    /// The market.
    pub market: &'a CompiledMarket,
    /// What is demanded.
    pub policy: &'a Policy,
    /// Who handed the proof in, as a number of the caller's. When a chunk does not hold, the proofs
    /// of each are looked at apart, so that one with many wrong proofs costs the others little.
    pub submitter: u64,
}

/// Verifies many proofs with so many workers: the verdicts, in the order of the items.
///
/// Each is the verdict that [`verify`](crate::verify) gives. Memory does not grow with the number of
/// items beyond their verdicts.
///
/// # Errors
/// The first [`VerifyFailure`]: nothing is said then.
pub fn verify_batch(
    items: &[BatchItem<'_>],
    keys: &KeyCache,
    workers: NonZeroUsize,
) -> Result<Vec<Verdict>, VerifyFailure> {
    make_keys(items, keys, workers)?;
    let folder = Folder::new()?;
    let next = AtomicUsize::new(0);
    // A small batch has a part for each worker.
    let chunk = items.len().div_ceil(workers.get()).clamp(1, CHUNK);
    let chunks: Vec<_> = items.chunks(chunk).collect();
    let verdicts = Mutex::new(BTreeMap::new());
    let work = || -> Result<(), VerifyFailure> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = chunks.get(number) else { return Ok(()) };
            let done = verify_chunk(items, keys, &folder)?;
            let mut all = verdicts.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            all.insert(number, done);
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers.get().min(chunks.len().max(1)))
            .map(|_| {
                scope.spawn(|| {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
                    let pool = pool.map_err(|e| VerifyFailure::Thread(e.to_string()))?;
                    pool.install(work)
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            // A worker that panicked has told why; the panic goes on here.
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    let verdicts = verdicts.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    Ok(verdicts.into_values().flatten().collect())
}

/// Makes the keys of a batch with few markets, with all cores: its workers would wait for one of them
/// to make each. With many markets, each worker has keys of its own to make.
fn make_keys(
    items: &[BatchItem<'_>],
    keys: &KeyCache,
    workers: NonZeroUsize,
) -> Result<(), VerifyFailure> {
    let mut firsts = BTreeMap::new();
    for item in items {
        let circuit = item.envelope.statement().circuit;
        firsts.entry((item.market.digest(), circuit.version, circuit.shape)).or_insert(item);
        if firsts.len() > workers.get() {
            return Ok(());
        }
    }
    for item in firsts.values() {
        // Its verdict is given later; here only the key is wanted, and only if it would be made.
        let _ = prepare(item.envelope, item.market, item.policy, keys)?;
    }
    Ok(())
}

/// A proof of a chunk that may hold.
struct Candidate<'a> {
    at: usize,
    item: &'a BatchItem<'a>,
    prepared: &'a Prepared,
    folded: Folded<'a>,
}

fn verify_chunk(
    items: &[BatchItem<'_>],
    keys: &KeyCache,
    folder: &Folder,
) -> Result<Vec<Verdict>, VerifyFailure> {
    let mut prepared: Vec<Result<Prepared, Verdict>> = Vec::with_capacity(items.len());
    for item in items {
        prepared.push(prepare(item.envelope, item.market, item.policy, keys)?);
    }
    // Whether each proof holds; a proof is wrong until an equation says otherwise.
    let mut holds = vec![false; items.len()];
    let mut by_size: BTreeMap<u32, Vec<Candidate<'_>>> = BTreeMap::new();
    for (at, (item, prepared)) in items.iter().zip(&prepared).enumerate() {
        let Ok(prepared) = prepared else { continue };
        match folder.fold(&prepared.key, &prepared.public, item.envelope.proof()) {
            Ok(folded) => {
                let of_size = by_size.entry(folded.k()).or_default();
                of_size.push(Candidate { at, item, prepared, folded });
            }
            Err(FoldError::Invalid(_)) => {}
            Err(FoldError::Random(error)) => return Err(error.into()),
        }
    }
    for candidates in by_size.values_mut() {
        if together(candidates) {
            accept(candidates, &mut holds);
            continue;
        }
        candidates.sort_by_key(|candidate| candidate.item.submitter);
        let submitters: Vec<_> =
            candidates.chunk_by(|a, b| a.item.submitter == b.item.submitter).collect();
        match submitters[..] {
            [all] => find(all, &mut holds),
            _ => submitters.into_iter().for_each(|of_one| {
                if together(of_one) {
                    accept(of_one, &mut holds);
                } else {
                    find(of_one, &mut holds);
                }
            }),
        }
    }
    let each = items.iter().zip(prepared).zip(holds);
    Ok(each
        .map(|((item, prepared), holds)| match prepared {
            Err(verdict) => verdict,
            Ok(_) => {
                let proof = if holds { Ok(()) } else { Err(VerifyError::Invalid) };
                conclude(item.envelope.statement(), item.policy, proof)
            }
        })
        .collect())
}

/// Whether the proofs hold together.
fn together(candidates: &[Candidate<'_>]) -> bool {
    let Some((first, rest)) = candidates.split_first() else { return true };
    let mut sum = first.folded.clone();
    // Candidates are grouped by size, so each one is added.
    rest.iter().all(|candidate| sum.add(&candidate.folded)) && sum.holds()
}

/// Marks proofs that hold together.
fn accept(candidates: &[Candidate<'_>], holds: &mut [bool]) {
    candidates.iter().for_each(|candidate| holds[candidate.at] = true);
}

/// Marks every proof that holds, of some that do not hold together.
fn find(candidates: &[Candidate<'_>], holds: &mut [bool]) {
    let (probes, rest) = candidates.split_at(candidates.len().min(PROBES));
    let wrong = probes.iter().filter(|probe| !alone(probe, holds)).count();
    if 2 * wrong >= probes.len() {
        rest.iter().for_each(|candidate| {
            alone(candidate, holds);
        });
    } else if wrong > 0 {
        find_within(rest, holds);
    } else {
        // The wrong one is among the rest.
        halves(rest, holds);
    }
}

/// Whether a proof holds by itself, which the proof system says.
fn alone(candidate: &Candidate<'_>, holds: &mut [bool]) -> bool {
    let Candidate { at, item, prepared, .. } = candidate;
    holds[*at] = verify_proof(&prepared.key, &prepared.public, item.envelope.proof()).is_ok();
    holds[*at]
}

/// Marks every proof that holds, without probes.
fn find_within(candidates: &[Candidate<'_>], holds: &mut [bool]) {
    if together(candidates) {
        accept(candidates, holds);
    } else {
        halves(candidates, holds);
    }
}

/// Candidates that do not hold together: each half apart.
fn halves(candidates: &[Candidate<'_>], holds: &mut [bool]) {
    if let [_] | [] = candidates {
        // One that does not hold, or none.
        return;
    }
    let (left, right) = candidates.split_at(candidates.len() / 2);
    if together(left) {
        accept(left, holds);
        // The wrong one is on the right, which need not be evaluated to know.
        halves(right, holds);
    } else {
        halves(left, holds);
        find_within(right, holds);
    }
}
