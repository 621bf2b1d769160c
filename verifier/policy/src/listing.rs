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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SCHEDULE: &[u8] =
        include_bytes!("../../../params/venues/derive/examples/options.schedule.json");
    const SNAPSHOT: &[u8] =
        include_bytes!("../../../params/venues/derive/examples/options.snapshot.json");

    /// Derive's schedule with another first option, or with other terms of its options.
    fn changed(field: &str, value: Value) -> (ScheduleDigest, String) {
        let mut schedule: Value = serde_json::from_slice(SCHEDULE).expect("JSON");
        if field == "size_decimals" {
            schedule["units"][0]["series"][0]["options"][field] = value;
        } else {
            let instruments = schedule["instruments"].as_array_mut().expect("list");
            let option = instruments.iter_mut().find(|i| i["kind"] == "call").expect("a call");
            option[field] = value;
        }
        let text = schedule.to_string();
        (read_schedule(text.as_bytes()).expect("schedule").digest(), text)
    }

    /// A portfolio ledger was made before another strike was listed, or under a schedule in which a contract is another one.
    #[test]
    fn ids_of_portfolio_contracts_are_compared() {
        let market = read_schedule(SCHEDULE).expect("schedule").at(SNAPSHOT).expect("market");
        let of = |(named, text): &(ScheduleDigest, String), is_given: bool| {
            compare(&What::Checkpoint, *named, &*market, is_given.then_some(text.as_bytes()))
        };
        let own = (market.schedule_digest(), String::new());
        assert_eq!(of(&own, false).ok(), Some(Listing::Same));
        let listing = changed("strike", json!("1500"));
        assert_eq!(of(&listing, false).ok(), Some(Listing::NotGiven));
        assert_eq!(of(&listing, true).ok(), Some(Listing::Agrees));
        for (field, value) in [("symbol", json!("OTHER")), ("size_decimals", json!(14))] {
            let refused = of(&changed(field, value), true).map_err(|refused| refused.code());
            assert_eq!(refused.err(), Some("TwoMeanings"), "{field}");
        }
    }
}
