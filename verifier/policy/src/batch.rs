//! Verdicts on many proofs at once.

use crate::assess::Assessment;
use crate::refused::Refused;
use crate::verdict::Verdict;
use std::num::NonZeroUsize;
use zkmargin_circuit::KeyCache;
use zkmargin_model::envelope::Envelope;
use zkmargin_params::AnyMarket;
use zkmargin_verifier::{VerifyFailure, check_batch};

/// A proof with the market and the assessment it is judged by.
#[derive(Clone, Copy, Debug)]
pub struct BatchItem<'a> {
    /// The proof file.
    pub envelope: &'a Envelope,
    /// The market.
    pub market: &'a dyn AnyMarket,
    /// Demands and evidence.
    pub assessment: &'a Assessment,
    /// Who submitted it, as a number chosen by the caller.
    pub submitter: u64,
}

/// The verdicts on many proofs, in order, using `workers` threads. Each is the verdict of
/// [`verdict_on`](crate::verdict_on).
///
/// # Errors
/// A [`VerifyFailure`], any one of them if there are several; no verdict is given then.
pub fn verdicts_on(
    items: &[BatchItem<'_>],
    keys: &KeyCache,
    workers: NonZeroUsize,
) -> Result<Vec<Verdict>, VerifyFailure> {
    let compare = |item: &BatchItem<'_>| match item.assessment.not_alone {
        Some(demand) => Err(Verdict::Refused(Refused::NotAlone(demand))),
        None => {
            let compared = item.assessment.check(item.envelope.statement(), item.market);
            compared.map_err(Verdict::Mismatch)
        }
    };
    let compared: Vec<_> = items.iter().map(compare).collect();
    let meant: Vec<_> = items
        .iter()
        .zip(&compared)
        .filter(|(_, compared)| compared.is_ok())
        .map(|(item, _)| {
            let (envelope, market, submitter) = (item.envelope, item.market, item.submitter);
            zkmargin_verifier::BatchItem { envelope, market, submitter }
        })
        .collect();
    let mut checked = check_batch(&meant, keys, workers)?.into_iter();
    let verdict = |(item, compared): (&BatchItem<'_>, Result<(), Verdict>)| match compared {
        Err(verdict) => Some(verdict),
        Ok(()) => Some(item.assessment.conclude(item.envelope.statement(), checked.next()?)),
    };
    // As many results as proofs whose statement is the one demanded.
    Ok(items.iter().zip(compared).filter_map(verdict).collect())
}
