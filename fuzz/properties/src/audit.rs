//! What an auditor reads from others: files of unknown kinds, manifests, proofs about logs.

use crate::bounds::{check_message, check_refusal};
use std::convert::Infallible;
use std::sync::Arc;
use zkmargin_audit::{LogProof, Named, Recognised, Rules, recognise as recognised};
use zkmargin_model::digest::ScheduleDigest;
use zkmargin_model::envelope::Envelope;

/// A file is of one kind, always the same, or is refused with a short reason; a proof is what the
/// verifier reads.
pub fn recognise(bytes: &[u8]) {
    let schedule = |digest: &ScheduleDigest, _: [usize; 2]| {
        let markets = crate::seeds::markets().iter();
        let known = markets.map(|market| market.schedule().clone());
        let found = known.into_iter().find(|s| s.digest() == *digest);
        let named = found.map_or(Named::Absent, |schedule| Named::Known(Arc::new(schedule)));
        Ok::<Named, Infallible>(named)
    };
    let Ok(found) = recognised(bytes, schedule);
    let Ok(again) = recognised(bytes, schedule);
    assert_eq!(format!("{found:?}"), format!("{again:?}"));
    match found {
        Ok(Recognised::Proof(envelope)) => assert_eq!(Envelope::read(bytes), Ok(*envelope)),
        Ok(Recognised::Unsupported(error)) => assert_eq!(Envelope::read(bytes), Err(error)),
        Ok(Recognised::Evidence(_)) => assert!(Envelope::read(bytes).is_err()),
        Err(reason) => check_message(&reason.to_string()),
    }
}

/// A manifest is read as what is written, or refused with a place.
pub fn manifest(bytes: &[u8]) {
    match Rules::from_json(bytes) {
        Ok(rules) => {
            assert_eq!(rules.periods().len(), rules.file().periods.len());
            for (at, period) in rules.periods().iter().enumerate() {
                assert_eq!(rules.place(&period.venue, &period.registry, period.epoch), Some(at));
                assert!(rules.policy(&period.venue, &period.registry).is_some());
                assert!(period.from_ms < period.until_ms);
            }
        }
        Err(error) => check_refusal(bytes, &error),
    }
}

/// A proof has one text, but for extra data, which is passed over.
pub fn log_proof(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match LogProof::parse(text) {
        Ok(proof) => {
            let again = proof.to_text();
            let extra = text.lines().nth(1).is_some_and(|line| line.starts_with("extra "));
            assert!(extra || again == text, "one text");
            assert_eq!(LogProof::parse(&again), Ok(proof));
        }
        Err(error) => check_message(&error.to_string()),
    }
}
