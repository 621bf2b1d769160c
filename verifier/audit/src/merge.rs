//! Combines the verdicts of many workers into one run.
//!
//! Workers are trusted for proofs they call valid, beyond a random sample that is judged again here; everything they
//! call anything else is judged again. The sample is drawn now, so no worker can know it.

use crate::due::Expected;
use crate::judge::Judge;
use crate::run::{Build, Run, RunError, Subject, judge_page};
use crate::status::{Judgement, Status};
use crate::store::{LogHead, Store, StoreError, Verdicts, View};
use rand::rngs::{StdRng, SysRng};
use rand::{RngExt, SeedableRng, TryRng};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use zkmargin_circuit::KeyCache;
use zkmargin_model::counted;
use zkmargin_model::digest::Digest;

/// Number of proofs judged again at once.
const PAGE: usize = 1024;

/// A worker's verdict on a proof file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerVerdict {
    /// Digest of the proof file.
    pub digest: Digest,
    /// What the worker said.
    pub judgement: Judgement,
    /// SHA-256 of the manifest it applied.
    pub manifest: Digest,
    /// The log that the proof was exported from, as the text of a [`LogHead`].
    pub log: String,
    /// The worker's program.
    pub build: Build,
}

/// Why verdicts cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A Parquet file.
    #[error(transparent)]
    Columns(#[from] crate::ColumnsError),
    /// A run that has not finished.
    #[error("{0} has not finished; complete it first")]
    Unfinished(PathBuf),
    /// A worker with another program or other rules.
    #[error("{input}: a worker's {what} is {found}, not {expected}")]
    OtherWorker {
        /// Where.
        input: PathBuf,
        /// `manifest`, `log`, `build` or `circuits`.
        what: &'static str,
        /// The worker's.
        found: String,
        /// Here.
        expected: String,
    },
    /// A proof with two verdicts.
    #[error("proof {proof} has two verdicts; the second one is in {input}")]
    Twice {
        /// Where the second one is.
        input: PathBuf,
        /// Digest of the proof.
        proof: String,
    },
    /// A verdict on a proof that is not in the log.
    #[error("{input}: proof {proof} is not in the log of this run")]
    Unknown {
        /// Where.
        input: PathBuf,
        /// Digest of the proof.
        proof: String,
    },
    /// Proofs without a verdict.
    #[error("{} without a verdict, such as {example}; a shard is missing or incomplete", counted(*.count, "proof", "proofs"))]
    Lacking {
        /// How many.
        count: u64,
        /// Digest of one of them.
        example: String,
    },
    /// A verdict that could not be reproduced.
    #[error(
        "proof {proof}: a worker says {said}, but here it is {found}; its other verdicts cannot be trusted"
    )]
    Differs {
        /// Digest of the proof.
        proof: String,
        /// The worker's status.
        said: &'static str,
        /// The worker's code of the reason.
        said_code: String,
        /// The status here.
        found: &'static str,
        /// The code here.
        found_code: String,
    },
    /// No randomness to draw the sample from.
    #[error("no randomness from the operating system: {0}")]
    Random(rand::rngs::SysError),
    /// The merged run's file.
    #[error("{0}: already exists; name a new file")]
    Exists(PathBuf),
}

/// How a merge went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Verdicts.
    pub verdicts: u64,
    /// Proofs called valid that were judged again.
    pub sampled: u64,
    /// Others, all of which were judged again.
    pub repeated: u64,
    /// Seed of the sample.
    pub seed: [u8; 32],
}

fn check_worker(
    input: &Path,
    subject: &Subject,
    manifest: &Digest,
    log: &str,
    build: &Build,
) -> Result<(), MergeError> {
    for (what, found, expected) in [
        ("manifest", hex::encode(manifest), hex::encode(subject.manifest)),
        ("log", log.to_owned(), subject.log.to_string()),
        ("build", build.version.clone(), subject.build.version.clone()),
        ("circuits", build.circuits.clone(), subject.build.circuits.clone()),
    ] {
        if found != expected {
            let input = input.to_owned();
            return Err(MergeError::OtherWorker { input, what, found, expected });
        }
    }
    Ok(())
}

/// Adds verdicts to a merged run, each proof once.
struct Filler<'a> {
    store: &'a Store,
    merged: &'a Verdicts<'a>,
    subject: &'a Subject,
}

impl Filler<'_> {
    fn digest(&self, number: u64) -> Result<String, MergeError> {
        Ok(hex::encode(self.store.entry(number)?.digest))
    }

    fn put(&self, input: &Path, number: u64, j: &Judgement) -> Result<(), MergeError> {
        // The reasons of those that are judged again are written then; a valid proof has none.
        let code = if j.status == Status::Valid { "" } else { &j.code };
        if self.merged.add_new(number, j.status, code).map_err(RunError::Run)? {
            return Ok(());
        }
        Err(MergeError::Twice { input: input.to_owned(), proof: self.digest(number)? })
    }

    fn input(&self, input: &Path, expected: &Expected) -> Result<(), MergeError> {
        if crate::columns::is_parquet(input) {
            return crate::columns::read_verdicts(input, |verdict| {
                check_worker(input, self.subject, &verdict.manifest, &verdict.log, &verdict.build)?;
                let number = self.store.find(&verdict.digest)?;
                let number = number.filter(|number| *number < self.subject.log.size);
                let proof = || hex::encode(verdict.digest);
                let number = number.ok_or_else(|| MergeError::Unknown {
                    input: input.to_owned(),
                    proof: proof(),
                })?;
                self.put(input, number, &verdict.judgement)
            });
        }
        let run = Run::read(input, self.store, expected)?;
        let _reading = run.reading()?;
        if !run.is_done()? {
            return Err(MergeError::Unfinished(input.to_owned()));
        }
        let Subject { manifest, log, build } = &run.subject;
        check_worker(input, self.subject, manifest, &log.to_string(), build)?;
        run.each(|kept| self.put(input, kept.number, &kept.judgement))
    }

    /// Every proof of the log has its verdict, and nothing else has one.
    fn check_whole(&self) -> Result<u64, MergeError> {
        let store = |e| MergeError::Store(StoreError::Database(e));
        let run = |e| MergeError::Run(RunError::Run(e));
        let mut all = self.store.proof_numbers(self.subject.log.size)?;
        let mut all = all.read();
        let mut given = self.merged.numbers().map_err(run)?;
        let mut given = given.read();
        let (mut lacking, mut example, mut count) = (0, None, 0);
        let mut next = given.next().map_err(run)?;
        while let Some(number) = all.next().map_err(store)? {
            count += 1;
            if next == Some(number) {
                next = given.next().map_err(run)?;
            } else {
                lacking += 1;
                example.get_or_insert(number);
            }
        }
        if let Some(number) = example {
            let example = self.digest(number)?;
            return Err(MergeError::Lacking { count: lacking, example });
        }
        // What is left has a verdict and is no proof.
        if let Some(number) = next {
            let (input, proof) = (PathBuf::new(), self.digest(number)?);
            return Err(MergeError::Unknown { input, proof });
        }
        Ok(count)
    }
}

/// A seed from the operating system, which nobody could know beforehand.
pub(crate) fn draw_seed() -> Result<[u8; 32], MergeError> {
    let mut seed = [0; 32];
    SysRng.try_fill_bytes(&mut seed).map_err(MergeError::Random)?;
    Ok(seed)
}

/// What is judged again.
pub(crate) struct Chosen {
    numbers: BTreeSet<u64>,
    /// Valid proofs, drawn at random.
    pub sampled: u64,
    /// All others.
    pub repeated: u64,
}

/// As many of the proofs called valid as the sample size, and all others.
pub(crate) fn choose([valid, others]: [Vec<u64>; 2], sample: u64, seed: [u8; 32]) -> Chosen {
    let mut rng = StdRng::from_seed(seed);
    let (repeated, sampled) = (others.len() as u64, sample.min(valid.len() as u64));
    let mut numbers = BTreeSet::new();
    if sampled == valid.len() as u64 {
        numbers.extend(&valid);
    }
    while (numbers.len() as u64) < sampled {
        numbers.insert(valid[rng.random_range(0..valid.len())]);
    }
    numbers.extend(others);
    Chosen { numbers, sampled, repeated }
}

/// How proofs are judged again.
#[derive(Clone, Copy, Debug)]
pub struct MergeOptions<'a> {
    /// Valid proofs of the random sample.
    pub sample: u64,
    /// Keys.
    pub keys: &'a KeyCache,
    /// Threads.
    pub workers: NonZeroUsize,
}

/// The store's log as it was with as many entries as the one named by the first verdict; as it is now if there are no
/// verdicts. Whether it is that log is checked verdict by verdict.
fn log_of(store: &Store, inputs: &[PathBuf]) -> Result<LogHead, MergeError> {
    for input in inputs {
        if let Some(log) = crate::columns::log_of(input)? {
            let now = store.head()?;
            let size = log.split(' ').next().and_then(|size| size.parse().ok());
            let known = size.filter(|size| *size <= now.size);
            return Ok(known.map_or(Ok(now), |size| store.head_at(size))?);
        }
    }
    Ok(store.head()?)
}

/// Merges runs and workers' Parquet files into one run over the log they name.
///
/// # Errors
/// [`MergeError`]; in that case no file is written.
pub fn merge(
    store: &Store,
    expected: &Expected,
    inputs: &[PathBuf],
    output: &Path,
    options: MergeOptions<'_>,
    now_ms: u64,
) -> Result<Merged, MergeError> {
    if output.exists() {
        return Err(MergeError::Exists(output.to_owned()));
    }
    let run = inputs.iter().find(|input| !crate::columns::is_parquet(input));
    let subject = match run {
        Some(run) => Run::read(run, store, expected)?.subject,
        None => {
            let manifest = *expected.rules.digest();
            Subject { manifest, log: log_of(store, inputs)?, build: Build::this() }
        }
    };
    let seed = draw_seed()?;
    let mut result = None;
    // In a folder of its own, so that nothing of anybody's is in the way.
    let beside = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = tempfile::Builder::new().prefix(".zkmargin-").tempdir_in(beside);
    let folder = folder.map_err(|e| RunError::Run(e.into()))?;
    let partial = folder.path().join("merged.run");
    let view = store.at(subject.log.size);
    let mut judge = Judge::new(&expected.rules, &view, options.keys, options.workers);
    let made = Run::merged(&partial, &subject, now_ms, |writer| {
        let merged = writer.verdicts();
        let filler = Filler { store, merged: &merged, subject: &subject };
        for input in inputs {
            filler.input(input, expected)?;
        }
        let verdicts = filler.check_whole()?;
        let chosen = choose(merged.by_validity().map_err(RunError::Run)?, options.sample, seed);
        judge_again(store, &merged, &mut judge, &chosen)?;
        let Chosen { sampled, repeated, .. } = chosen;
        let note = |key, value: String| writer.set_fact(key, &value).map_err(RunError::Run);
        note("inputs", inputs.len().to_string())?;
        note("sampled", sampled.to_string())?;
        note("repeated", repeated.to_string())?;
        note("seed", hex::encode(seed))?;
        result = Some(Merged { verdicts, sampled, repeated, seed });
        Ok(())
    });
    let made = made?;
    drop(made);
    std::fs::rename(&partial, output).map_err(|e| RunError::Run(e.into()))?;
    let (verdicts, sampled, repeated) = (0, 0, 0);
    Ok(result.unwrap_or(Merged { verdicts, sampled, repeated, seed }))
}

/// Judges proofs again and compares status and code with a table of verdicts; reasons in words are only ever those
/// produced here.
pub(crate) fn judge_again(
    store: &Store,
    verdicts: &Verdicts<'_>,
    judge: &mut Judge<'_, View<'_>>,
    chosen: &Chosen,
) -> Result<(), MergeError> {
    let numbers: Vec<_> = chosen.numbers.iter().copied().collect();
    for page in numbers.chunks(PAGE) {
        let stored = page.iter().map(|number| store.stored(*number));
        let stored = stored.collect::<Result<Vec<_>, _>>()?;
        let again = judge_page(judge, &stored)?;
        for (number, again) in page.iter().zip(again) {
            let (said, code) = verdicts.said(*number).map_err(RunError::Run)?;
            if said == again.status.code() && code == again.code {
                verdicts.give_reason(*number, &again.reason).map_err(RunError::Run)?;
            } else {
                return Err(MergeError::Differs {
                    proof: hex::encode(store.entry(*number)?.digest),
                    said: Status::of_code(&said).map_or("something unknown", Status::code),
                    said_code: code,
                    found: again.status.code(),
                    found_code: again.code,
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_drawn() {
        let draw = || draw_seed().expect("drawn");
        assert_ne!(draw(), draw());
    }

    /// Everything that is not valid, and as much of what is valid as the sample size.
    #[test]
    fn samples_are_whole() {
        let (valid, others): (Vec<u64>, Vec<u64>) = ((0..8).collect(), vec![8, 9]);
        for (sample, sampled) in [(0, 0), (3, 3), (8, 8), (9, 8)] {
            let chosen = choose([valid.clone(), others.clone()], sample, [1; 32]);
            assert_eq!((chosen.sampled, chosen.repeated), (sampled, 2));
            assert_eq!(chosen.numbers.len() as u64, sampled + 2);
            assert!(chosen.numbers.is_superset(&BTreeSet::from([8, 9])));
        }
    }
}
