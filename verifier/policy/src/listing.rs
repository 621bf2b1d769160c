//! Whether ids mean the same where the account was read and where its margin is computed.
//!
//! A registry names a numbering, not what is listed in it: a ledger or an attestation names the schedule under which the
//! accounts were read. Where the proof's is another one of the same numbering, the two are compared.

use crate::refused::{Refused, What};
use zkmargin_model::digest::ScheduleDigest;
use zkmargin_params::{AnyMarket, read_schedule};

/// What a comparison of two schedules came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// The account was read under the proof's own schedule.
    Same,
    /// No id of both schedules means two things.
    Agrees,
    /// The other schedule is not at hand.
    NotGiven,
}

/// Compares the proof's schedule with the one that a note names, whose file is `given`.
///
/// # Errors
/// [`Refused::AccountSchedule`] for a file that is not that schedule, [`Refused::TwoMeanings`].
pub(crate) fn compare(
    what: &What,
    named: ScheduleDigest,
    market: &dyn AnyMarket,
    given: Option<&[u8]>,
) -> Result<Listing, Refused> {
    if named == market.schedule_digest() {
        return Ok(Listing::Same);
    }
    let Some(bytes) = given else { return Ok(Listing::NotGiven) };
    let refused = |reason: String| Refused::AccountSchedule { what: what.clone(), reason };
    let other = read_schedule(bytes).map_err(|error| refused(error.to_string()))?;
    if other.digest() != named {
        return Err(refused(format!("its digest is {}, not {named}", other.digest())));
    }
    // Ids of two numberings cannot be compared: the note names the one and its schedule the other.
    let (found, numbering) = (other.registry_digest(), market.registry_digest());
    if found != numbering {
        return Err(refused(format!("its registry is {found}, not {numbering}")));
    }
    market
        .schedule()
        .agrees_on_ids(&*other)
        .map_err(|two| Refused::TwoMeanings { what: what.clone(), two })?;
    Ok(Listing::Agrees)
}
