//! Many more entries than there are proofs: well-formed envelopes with random proof bytes.
//!
//! They stand beside the proofs of a pool, about subjects of their own, at the pool's markets and
//! ledgers. None of them is valid. What needs a million entries is measured with them.

use crate::epoch::Epoch;
use crate::files::{PoolError, SCHEDULE, due_list, write, write_manifest};
use crate::holder::Holders;
use crate::{AUDIENCE, Size, venue_key};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use std::fs::File;
use std::path::Path;
use zkmargin_audit::Entry;
use zkmargin_audit::columns::{ColumnsError, write_entries};
use zkmargin_circuit::halo2::{Fp, FromUniformBytes};
use zkmargin_model::element::Pseudonym;
use zkmargin_model::envelope::{Envelope, file_digest};
use zkmargin_model::holder::audience_field;
use zkmargin_model::statement::AccountReference;
use zkmargin_notes::Body;
use zkmargin_params::Schedule;

/// Entries of a Parquet file.
const ROWS: u32 = 50_000;

fn element(rng: &mut StdRng) -> Fp {
    let mut wide = [0; 64];
    rng.fill_bytes(&mut wide);
    Fp::from_uniform_bytes(&wide)
}

/// The pseudonym of a subject: that of a holder of the pool, or one of nobody.
fn pseudonym(subject: u32, size: Size, holders: &Holders) -> Pseudonym {
    if subject < size.holders.get() {
        return holders.secret(subject).pseudonym(audience_field(AUDIENCE));
    }
    element(&mut StdRng::seed_from_u64(u64::from(subject))).into()
}

/// Writes envelopes for the subjects from those of the pool up to `subjects`, but every `lacking`-th, with
/// a manifest over all of them. How many envelopes there are.
///
/// # Errors
/// [`PoolError`].
pub fn fill(
    pool: &Path,
    size: Size,
    subjects: u32,
    lacking: u32,
    output: &Path,
) -> Result<u64, PoolError> {
    let schedule = Schedule::from_json(SCHEDULE)?;
    let holders = Holders::of(&schedule.file().venue);
    std::fs::create_dir_all(output)?;
    let everybody = (0..subjects).map(|subject| pseudonym(subject, size, &holders));
    let due =
        due_list(&schedule.file().venue, &schedule.registry_digest(), size.epochs.get(), everybody);
    let mut count = 0;
    for number in 1..=size.epochs.get() {
        let first = pool.join("proofs").join(format!("{number:04}")).join("00000.zkm");
        let real = Envelope::decode(&std::fs::read(first)?).map_err(|_| PoolError::Example)?;
        // A ledger with the same root, of which the pool's holders are the first.
        let mut checkpoint = Epoch::new(&schedule, number, size.holders.get())?.checkpoint();
        checkpoint.size = subjects.into();
        let note = checkpoint.sign(&venue_key()?)?;
        write(&output.join(format!("checkpoint-{number:04}.note")), note.to_text().as_bytes())?;
        let mut rng = StdRng::seed_from_u64(1 << 40 | u64::from(number));
        let mut subject = 0;
        for part in 0..subjects.div_ceil(ROWS) {
            let path = output.join(format!("random-{number:04}-{part:03}.parquet"));
            let end = subjects.min((part + 1) * ROWS);
            let next = || -> Result<Option<Entry>, ColumnsError> {
                while subject < end {
                    let this = subject;
                    subject += 1;
                    if this < size.holders.get() || (lacking > 0 && this % lacking == 0) {
                        continue;
                    }
                    let mut statement = real.statement().clone();
                    let AccountReference::Ledger { root, .. } = statement.account else { continue };
                    statement.account = AccountReference::Ledger {
                        root,
                        pseudonym: pseudonym(this, size, &holders),
                        nullifier: element(&mut rng).into(),
                    };
                    statement.margin_commitment = element(&mut rng).into();
                    let mut proof = vec![0; real.proof().len()];
                    rng.fill_bytes(&mut proof);
                    // As many bytes as a proof, and like one's until the first curve point.
                    proof[31] &= rng.random_range(0..64);
                    let Ok(envelope) = Envelope::new(statement, proof) else { continue };
                    let bytes = envelope.encode();
                    count += 1;
                    return Ok(Some(Entry {
                        number: count,
                        kind: "proof".to_owned(),
                        digest: file_digest(&bytes),
                        submitter: "random bytes".to_owned(),
                        time_ms: 0,
                        bytes,
                    }));
                }
                Ok(None)
            };
            write_entries(File::create(&path)?, &path, None, next)
                .map_err(|_| PoolError::Example)?;
        }
    }
    write(&output.join("due.csv"), due.as_bytes())?;
    let population = subjects;
    write_manifest(output, size, population, &schedule, &due, "a million entries")?;
    Ok(count)
}
