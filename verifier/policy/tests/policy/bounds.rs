//! Every bound of a policy on both its sides, and what is left unchecked beside it.

use crate::support::*;
use num_bigint::BigUint;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::num::NonZeroU64;
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::circuit::K;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::{digest_to_field, field_bytes};
use zkmargin_model::holder::audience_digest;
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_notes::{
    AttestationNote, Body, EnrolmentNote, LedgerCheckpoint, ScheduleNote, SignerKey,
};
use zkmargin_params::{Challenge, Schedule};
use zkmargin_policy::{
    Assessment, CLOCK_TOLERANCE_MS, Evidence, GREATEST_DEVIATION_BPS, Issued, LONGEST_SKEW_MS,
    LONGEST_SPAN_MS, NotChecked, Refused, UNANCHORED_MAX_K, What, assess,
};

fn golden() -> Statement {
    let proof = include_bytes!("../../../../params/golden/binance-cross.zkm");
    Envelope::decode(proof).expect("proof").statement().clone()
}

/// The golden statement as one about an account of the ledger.
fn of_holder(root: u64, pseudonym: u64) -> AccountReference {
    let (root, pseudonym) = (root.into(), pseudonym.into());
    AccountReference::Ledger { root, pseudonym, nullifier: 1.into() }
}

fn of_the_ledger() -> Statement {
    let mut statement = golden();
    statement.account = of_holder(7, 11);
    statement
}

fn marks_ms() -> u64 {
    market().snapshot().time_ms
}

fn signed_by<T: Body>(body: &T, signer: &SignerKey) -> Option<Vec<u8>> {
    Some(body.sign(signer).expect("signed").to_text().into_bytes())
}

fn attester() -> SignerKey {
    signer("bob.example", 5)
}

/// A policy of the venue's marks and an account, without prices.
fn with_account(account: Value) -> Value {
    let mut policy = policy(0);
    policy.as_object_mut().expect("object").remove("prices");
    policy["account"] = account;
    policy["keys"].as_array_mut().expect("list").push(json!({
        "name": "bob.example",
        "key": attester().verifier().to_text(),
        "role": "attester",
        "valid_from": "2020-01-01T00:00:00Z",
        "valid_until": "2100-01-01T00:00:00Z",
    }));
    policy["keys"][0]["valid_from"] = json!("2020-01-01T00:00:00Z");
    policy["keys"][0]["valid_until"] = json!("2100-01-01T00:00:00Z");
    policy
}

fn checkpoint(time_ms: u64) -> LedgerCheckpoint {
    checkpoint_of(&market(), 7, time_ms)
}

fn attestation(time_ms: u64) -> AttestationNote {
    AttestationNote {
        registry: market().registry_digest(),
        schedule: market().schedule_digest(),
        commitment: 9.into(),
        time_ms,
        checked: "looked".into(),
    }
}

fn with_checkpoint(checkpoint: &LedgerCheckpoint) -> Evidence {
    Evidence { checkpoint: signed(checkpoint), ..marks(&market()) }
}

fn with_attestation(note: &AttestationNote) -> Evidence {
    Evidence { attestation: signed_by(note, &attester()), ..marks(&market()) }
}

fn at(policy: &Value, evidence: &Evidence, now_ms: u64) -> Result<Assessment, Refused> {
    assess(&demands(policy).expect("policy"), evidence, &market(), now_ms)
}

fn code(found: Result<Assessment, Refused>) -> &'static str {
    found.map_or_else(|refused| refused.code(), |_| "")
}

fn how(assessment: &Assessment, demand: &str) -> Option<String> {
    let met = assessment.met().iter().find(|met| met.demand == demand);
    met.map(|met| met.how.clone())
}

fn open(assessment: &Assessment) -> BTreeSet<NotChecked> {
    assessment.not_checked(&of_the_ledger())
}

#[test]
fn marks_have_an_age() {
    let evidence = marks(&market());
    let with = |seconds: u64| {
        let mut policy = with_account(json!({"commitment": "02".repeat(31) + "00"}));
        policy["market"]["max_age_seconds"] = json!(seconds);
        policy
    };
    let hundred = with(100);
    let met = at(&hundred, &evidence, marks_ms() + 100_000).expect("met");
    let said = how(&met, "marks not too old");
    assert_eq!(said.as_deref(), Some("1 min 40 s of at most 1 min 40 s"));
    assert!(!open(&met).contains(&NotChecked::SnapshotAge));
    let refused = at(&hundred, &evidence, marks_ms() + 100_001).expect_err("old");
    let (what, time_ms) = (What::SnapshotNote, marks_ms());
    let stale = Refused::Stale { what, time_ms, age_ms: 100_001, most_ms: 100_000 };
    assert_eq!(refused, stale);
    // An age of more than a year is compared, and none that counts.
    assert_eq!(LONGEST_SPAN_MS, 31_622_400_000);
    let year = LONGEST_SPAN_MS / 1000;
    for (seconds, counts) in [(year, true), (year + 1, false)] {
        let met = at(&with(seconds), &evidence, marks_ms() + 1).expect("met");
        assert_eq!(how(&met, "marks not too old").is_some(), counts, "{seconds}");
        assert_eq!(open(&met).contains(&NotChecked::SnapshotAge), !counts, "{seconds}");
        let old = marks_ms() + seconds * 1000 + 1;
        assert_eq!(code(at(&with(seconds), &evidence, old)), "SnapshotStale");
    }
    // Clocks differ a little.
    let early = |ms: u64| code(at(&hundred, &evidence, marks_ms() - ms));
    assert_eq!(early(CLOCK_TOLERANCE_MS), "");
    assert_eq!(early(CLOCK_TOLERANCE_MS + 1), "NoteFromFuture");
    let mut none = with(1);
    none["market"].as_object_mut().expect("object").remove("max_age_seconds");
    assert_eq!(code(at(&none, &evidence, marks_ms() + 1_000_000_000)), "");
}

/// Each of the four times, for ledgers and attestations.
#[test]
fn accounts_have_times_with_two_ends() {
    let ledger = |demand: &Value| with_account(json!({ "ledger": demand }));
    let attested = |demand: &Value| with_account(json!({ "attested": demand }));
    let now = marks_ms() + 10_000;
    for (demand, time_ms, refused) in [
        (json!({"max_before_marks_seconds": 5}), marks_ms() - 5000, false),
        (json!({"max_before_marks_seconds": 5}), marks_ms() - 5001, true),
        (json!({"max_before_marks_seconds": 5}), marks_ms() + 9000, false),
        (json!({"max_after_marks_seconds": 5}), marks_ms() + 5000, false),
        (json!({"max_after_marks_seconds": 5}), marks_ms() + 5001, true),
        (json!({"max_after_marks_seconds": 5}), marks_ms() - 9000, false),
        (json!({"max_distance_seconds": 5}), marks_ms() - 5000, false),
        (json!({"max_distance_seconds": 5}), marks_ms() - 5001, true),
        (json!({"max_distance_seconds": 5}), marks_ms() + 5000, false),
        (json!({"max_distance_seconds": 5}), marks_ms() + 5001, true),
        (json!({"max_distance_seconds": 5, "max_after_marks_seconds": 3}), marks_ms() + 4000, true),
        (json!({"max_distance_seconds": 3, "max_after_marks_seconds": 5}), marks_ms() + 4000, true),
    ] {
        let expected = if refused { "SnapshotDistance" } else { "" };
        let found = at(&ledger(&demand), &with_checkpoint(&checkpoint(time_ms)), now);
        assert_eq!(code(found), expected, "{demand} {time_ms}");
        let found = at(&attested(&demand), &with_attestation(&attestation(time_ms)), now);
        assert_eq!(code(found), expected, "{demand} {time_ms}");
    }
    let ten = json!({"max_age_seconds": 10});
    for (age_ms, codes) in [(10_000, ["", ""]), (10_001, ["LedgerStale", "AttestationStale"])] {
        let found = at(&ledger(&ten), &with_checkpoint(&checkpoint(now - age_ms)), now);
        assert_eq!(code(found), codes[0]);
        let found = at(&attested(&ten), &with_attestation(&attestation(now - age_ms)), now);
        assert_eq!(code(found), codes[1]);
    }
    let said = at(
        &ledger(&json!({"max_distance_seconds": 5})),
        &with_checkpoint(&checkpoint(marks_ms() - 1)),
        now,
    );
    let said = how(&said.expect("met"), "ledger and marks close in time").expect("met");
    assert_eq!(said, "1 ms before the marks, at most 5 s allowed");
    let said = at(
        &attested(&json!({"max_distance_seconds": 5})),
        &with_attestation(&attestation(marks_ms() + 1)),
        now,
    );
    let said = how(&said.expect("met"), "attestation and marks close in time").expect("met");
    assert_eq!(said, "1 ms after the marks, at most 5 s allowed");
}

/// The account's age is checked by the clock, or by its nearness to marks whose age is.
#[test]
fn near_to_marks_of_any_age_is_of_any_age() {
    let year = LONGEST_SPAN_MS / 1000;
    for (ledger, marks_age, is_open) in [
        (json!({}), None, true),
        (json!({"max_distance_seconds": 5}), None, true),
        (json!({"max_distance_seconds": 5}), Some(100), false),
        (json!({"max_distance_seconds": 5}), Some(year + 1), true),
        (json!({"max_distance_seconds": year}), Some(100), false),
        (json!({"max_distance_seconds": year + 1}), Some(100), true),
        (json!({"max_age_seconds": 100}), None, false),
        (json!({"max_age_seconds": year + 1}), None, true),
        // After the marks nothing is demanded, and so nothing is met.
        (json!({"max_after_marks_seconds": 5}), Some(100), true),
    ] {
        let mut policy = with_account(json!({ "ledger": ledger }));
        if let Some(seconds) = marks_age {
            policy["market"]["max_age_seconds"] = json!(seconds);
        }
        let evidence = with_checkpoint(&checkpoint(marks_ms() - 1));
        let met = at(&policy, &evidence, marks_ms() + 1).expect("met");
        assert_eq!(open(&met).contains(&NotChecked::AccountAge), is_open, "{policy}");
    }
}

/// Another digest of the same field element: a multiple of the field's order more or less.
fn congruent(digest: &[u8; 32]) -> [u8; 32] {
    let order = BigUint::from_bytes_le(&field_bytes(&-Fp::from(1))) + 1u8;
    let digest = BigUint::from_bytes_le(digest);
    let other = if digest < order { digest + order } else { digest - order };
    let mut bytes = other.to_bytes_le();
    bytes.resize(32, 0);
    bytes.try_into().expect("below 2^256")
}

#[test]
fn a_ledger_is_of_the_registry_and_names_a_schedule() {
    let mut policy = with_account(json!({"ledger": {}}));
    let now = marks_ms() + 1;
    let other = LedgerCheckpoint { registry: [1; 32].into(), ..checkpoint(marks_ms()) };
    let refused = at(&policy, &with_checkpoint(&other), now).expect_err("other");
    assert_eq!(refused, Refused::Other { what: What::Checkpoint, part: "registry" });
    // Other bytes of the same field element are another registry, though the circuit cannot tell them apart.
    let own = checkpoint(marks_ms());
    let twin = congruent(own.registry.bytes());
    assert_eq!(digest_to_field(&twin), digest_to_field(own.registry.bytes()));
    let twin = LedgerCheckpoint { registry: twin.into(), ..own };
    let refused = at(&policy, &with_checkpoint(&twin), now).expect_err("other");
    assert_eq!(refused, Refused::Other { what: What::Checkpoint, part: "registry" });
    let note = AttestationNote { registry: [1; 32].into(), ..attestation(marks_ms()) };
    let attested = with_account(json!({"attested": {}}));
    let refused = at(&attested, &with_attestation(&note), now).expect_err("other");
    assert_eq!(refused, Refused::Other { what: What::Attestation, part: "registry" });
    // Another schedule than the marks': named, unless it is pinned which one is meant.
    let other = LedgerCheckpoint { schedule: [1; 32].into(), ..checkpoint(marks_ms()) };
    let is_open = |policy: &Value, checkpoint: &LedgerCheckpoint| {
        let met = at(policy, &with_checkpoint(checkpoint), now).expect("met");
        open(&met).contains(&NotChecked::ScheduleChoice)
    };
    let met = at(&policy, &with_checkpoint(&other), now).expect("met");
    assert_eq!(met.checkpoint(), Some(&other));
    assert!(is_open(&policy, &other));
    assert!(!is_open(&policy, &checkpoint(marks_ms())));
    policy["market"]["schedule"] = json!(market().schedule_digest().to_string());
    assert!(!is_open(&policy, &other));
}

/// The market's schedule with something changed, as a file.
fn changed(change: impl Fn(&mut Value)) -> (Schedule, Vec<u8>) {
    let text = market().schedule().file().to_json().expect("text");
    let mut file: Value = serde_json::from_str(&text).expect("JSON");
    change(&mut file);
    let bytes = file.to_string().into_bytes();
    (Schedule::from_json(&bytes).expect("schedule"), bytes)
}

/// A new listing leaves the registry and with it every commitment as they are; an id that means something else does so
/// too, and is refused by whoever has both schedules.
#[test]
fn ids_mean_what_they_meant_where_the_account_was_read() {
    let listing = changed(|file| {
        let listed = file["instruments"].as_array_mut().expect("list");
        let mut new = listed[0].clone();
        (new["id"], new["symbol"]) = (json!(60_000), json!("NEWUSDT"));
        listed.push(new);
    });
    let renamed = changed(|file| file["instruments"][0]["symbol"] = json!("OTHERUSDT"));
    let elsewhere = changed(|file| {
        file["instruments"][0]["symbol"] = json!("OTHERUSDT");
        file["numbering"] = json!({"name": "old"});
    });
    assert_ne!(elsewhere.0.registry_digest(), market().registry_digest());
    let now = marks_ms() + 1;
    let ledger = |schedule: &Schedule| {
        let schedule = schedule.digest();
        with_checkpoint(&LedgerCheckpoint { schedule, ..checkpoint(marks_ms()) })
    };
    let attested = |schedule: &Schedule| {
        let schedule = schedule.digest();
        with_attestation(&AttestationNote { schedule, ..attestation(marks_ms()) })
    };
    let demand = "ids mean the same where the account was read";
    for (account, evidence) in [
        (json!({"ledger": {}}), &ledger as &dyn Fn(&Schedule) -> Evidence),
        (json!({"attested": {}}), &attested),
    ] {
        let mut policy = with_account(account);
        let with = |schedule: &Schedule, file: &[u8]| Evidence {
            account_schedule: Some(file.to_vec()),
            ..evidence(schedule)
        };
        for (schedule, _) in [&listing, &renamed] {
            assert_eq!(schedule.registry_digest(), market().registry_digest());
            // Without that schedule nobody can tell, and the verdict says so.
            let met = at(&policy, &evidence(schedule), now).expect("met");
            assert!(open(&met).contains(&NotChecked::Listing));
            assert!(how(&met, demand).is_none());
        }
        let met = at(&policy, &with(&listing.0, &listing.1), now).expect("met");
        assert!(how(&met, demand).is_some_and(|how| how.contains(&listing.0.digest().to_string())));
        let open = |met: &Assessment| open(met);
        assert!(!open(&met).contains(&NotChecked::Listing));
        assert!(open(&met).contains(&NotChecked::ScheduleChoice));
        assert!(!open(&met).contains(&NotChecked::UnusedEvidence));
        let refused = at(&policy, &with(&renamed.0, &renamed.1), now).expect_err("two meanings");
        assert_eq!(refused.code(), "TwoMeanings");
        assert!(refused.to_string().contains("OTHERUSDT"), "{refused}");
        // Another file than the one named says nothing, and neither does one that is not needed.
        assert_eq!(code(at(&policy, &with(&renamed.0, &listing.1), now)), "AccountSchedule");
        assert_eq!(code(at(&policy, &with(&renamed.0, b"{}"), now)), "AccountSchedule");
        // A schedule of another numbering, whatever the note says that its numbering is.
        assert_eq!(code(at(&policy, &with(&elsewhere.0, &elsewhere.1), now)), "AccountSchedule");
        let met = at(&policy, &with(market().schedule(), &renamed.1), now).expect("met");
        assert!(open(&met).contains(&NotChecked::UnusedEvidence));
        // A pinned schedule is the one that is meant, whatever ids meant elsewhere.
        policy["market"]["schedule"] = json!(market().schedule_digest().to_string());
        assert_eq!(code(at(&policy, &with(&renamed.0, &renamed.1), now)), "TwoMeanings");
        let met = at(&policy, &evidence(&renamed.0), now).expect("met");
        assert!(open(&met).contains(&NotChecked::Listing));
        assert!(!open(&met).contains(&NotChecked::ScheduleChoice));
    }
}

#[test]
fn schedules_are_pinned_and_signed() {
    let mut policy = with_account(json!({"ledger": {}}));
    let (now, evidence) = (marks_ms() + 1, with_checkpoint(&checkpoint(marks_ms())));
    policy["market"]["schedule"] = json!(market().schedule_digest().to_string());
    let met = at(&policy, &evidence, now).expect("met");
    assert!(how(&met, "schedule pinned").is_some_and(|how| how.contains("of binance, digest ")));
    let registry = market().registry_digest().to_string();
    policy["market"]["registry"] = json!(registry);
    let met = at(&policy, &evidence, now).expect("met");
    assert_eq!(how(&met, "registry pinned"), Some(registry.clone()));
    policy["market"]["registry"] = json!("11".repeat(32));
    assert_eq!(code(at(&policy, &evidence, now)), "PolicyRegistry");
    policy["market"]["registry"] = json!(registry);
    policy["market"]["signed_schedule"] = json!(true);
    assert_eq!(code(at(&policy, &evidence, now)), "EvidenceMissing");
    let note = ScheduleNote::of(market().schedule());
    let with = |note: &ScheduleNote| Evidence { schedule_note: signed(note), ..evidence.clone() };
    let met = at(&policy, &with(&note), now).expect("met");
    let said = how(&met, "schedule signed by its venue").expect("met");
    assert!(said.contains("signed by venue.example"), "{said}");
    assert!(!open(&met).contains(&NotChecked::UnusedEvidence));
    let other = ScheduleNote { schedule: [1; 32].into(), ..note.clone() };
    assert_eq!(code(at(&policy, &with(&other), now)), "NoteOtherFile");
    let elsewhere = ScheduleNote { venue: "elsewhere".into(), ..note };
    assert_eq!(code(at(&policy, &with(&elsewhere), now)), "KeyOtherVenue");
    policy["market"]["schedule"] = json!("11".repeat(32));
    assert_eq!(code(at(&policy, &with(&other), now)), "PolicySchedule");
    policy["market"]["venue"] = json!("other");
    policy["market"].as_object_mut().expect("object").remove("signed_schedule");
    let refused = at(&policy, &evidence, now).expect_err("other venue");
    assert!(matches!(refused, Refused::OtherVenue { what: What::ScheduleNote, .. }), "{refused}");
}

#[test]
fn the_newest_attestation() {
    let policy = with_account(json!({"attested": {"newest": true}}));
    let shown = attestation(marks_ms());
    let with_own = |own: &AttestationNote| {
        let evidence = with_attestation(&shown);
        let newest_attestation = signed_by(own, &attester());
        at(&policy, &Evidence { newest_attestation, ..evidence }, marks_ms() + 1)
    };
    let met = with_own(&shown).expect("met");
    assert!(how(&met, "newest attestation").is_some());
    assert!(!met.not_checked(&golden()).contains(&NotChecked::UnusedEvidence));
    // Only the attester knows whether the account has another commitment by now.
    assert!(met.not_checked(&golden()).contains(&NotChecked::AccountChoice));
    let met = with_own(&attestation(marks_ms() - 1)).expect("met");
    assert!(how(&met, "newest attestation").is_none());
    assert!(how(&met, "not older than your own copy").is_some());
    assert_eq!(code(with_own(&attestation(marks_ms() + 1))), "NotNewest");
    let other = AttestationNote { checked: "looked twice".into(), ..shown.clone() };
    assert_eq!(code(with_own(&other)), "NotNewest");
    for (part, own) in [
        ("registry", AttestationNote { registry: [1; 32].into(), ..shown.clone() }),
        ("commitment", AttestationNote { commitment: 10.into(), ..shown.clone() }),
    ] {
        let refused = with_own(&own).expect_err("other");
        assert_eq!(refused, Refused::Other { what: What::NewestAttestation, part });
    }
    assert_eq!(code(at(&policy, &with_attestation(&shown), marks_ms() + 1)), "EvidenceMissing");
    // Where it need not be the newest, a copy of one is looked at by nobody.
    let policy = with_account(json!({"attested": {}}));
    let evidence =
        Evidence { newest_attestation: signed_by(&shown, &attester()), ..with_attestation(&shown) };
    let met = at(&policy, &evidence, marks_ms() + 1).expect("met");
    assert!(met.not_checked(&golden()).contains(&NotChecked::UnusedEvidence));
}

fn enrolment() -> EnrolmentNote {
    EnrolmentNote {
        venue: "binance".into(),
        epoch: 7,
        audience: audience_digest("desk-42"),
        pseudonym: 11.into(),
        accounts: 2,
        registry: market().registry_digest(),
        replaces: None,
        time_ms: Some(marks_ms()),
    }
}

#[test]
fn enrolments_are_of_the_holder_the_audience_and_the_epoch() {
    let pseudonym = "0b".to_owned() + &"00".repeat(31);
    let with_holder = |more: Value| {
        let mut policy = with_account(json!({"ledger": {}}));
        policy["holder"] = json!({"pseudonym": pseudonym, "all_accounts": true});
        let holder = policy["holder"].as_object_mut().expect("object");
        holder.extend(more.as_object().expect("object").clone());
        policy
    };
    let with = |note: &EnrolmentNote| Evidence {
        enrolment: signed(note),
        ..with_checkpoint(&checkpoint(marks_ms()))
    };
    let (policy, now) = (with_holder(json!({})), marks_ms() + 10_000);
    let met = at(&policy, &with(&enrolment()), now).expect("met");
    let said = how(&met, "holder enrolled by the venue").expect("met");
    assert!(said.starts_with("2 accounts in epoch 7 of 2024-07-01T18:01:40Z, "), "{said}");
    let open_of = |met: &Assessment, what| open(met).contains(&what);
    assert!(open_of(&met, NotChecked::EnrolmentChoice));
    // The note counts those of one ledger: the venue can have another one, of accounts of the other kind.
    assert!(open_of(&met, NotChecked::OtherAccounts));
    for (part, note) in [
        ("audience", EnrolmentNote { audience: audience_digest("desk-43"), ..enrolment() }),
        ("pseudonym", EnrolmentNote { pseudonym: 12.into(), ..enrolment() }),
        ("epoch", EnrolmentNote { epoch: 8, ..enrolment() }),
        ("epoch", EnrolmentNote { epoch: 6, ..enrolment() }),
        // Of the venue's ledger of accounts of the other kind, in which the holder has fewer.
        ("registry", EnrolmentNote { registry: [1; 32].into(), accounts: 1, ..enrolment() }),
    ] {
        let refused = at(&policy, &with(&note), now).expect_err("other");
        assert_eq!(refused, Refused::Other { what: What::Enrolment, part });
    }
    let replaced = EnrolmentNote { pseudonym: 12.into(), replaces: Some(11.into()), ..enrolment() };
    assert_eq!(code(at(&policy, &with(&replaced), now)), "PseudonymReplaced");
    let ten = with_holder(json!({"max_age_seconds": 10}));
    let met = at(&ten, &with(&enrolment()), now).expect("met");
    assert_eq!(how(&met, "enrolment not too old").as_deref(), Some("10 s of at most 10 s"));
    assert!(!open_of(&met, NotChecked::EnrolmentAge));
    let year = LONGEST_SPAN_MS / 1000;
    for (more, is_open) in [
        (json!({}), true),
        (json!({"max_age_seconds": year}), false),
        (json!({"max_age_seconds": year + 1}), true),
    ] {
        let met = at(&with_holder(more), &with(&enrolment()), now).expect("met");
        assert_eq!(open_of(&met, NotChecked::EnrolmentAge), is_open);
    }
    assert_eq!(code(at(&ten, &with(&enrolment()), now + 1)), "EnrolmentStale");
    let timeless = EnrolmentNote { time_ms: None, ..enrolment() };
    assert_eq!(code(at(&ten, &with(&timeless), now)), "NoteWithoutTime");
    assert_eq!(code(at(&policy, &with(&timeless), now)), "");
    // The newest, by epoch and then by time.
    let newest = with_holder(json!({"newest": true}));
    let with_own = |own: &EnrolmentNote| {
        at(&newest, &Evidence { newest_enrolment: signed(own), ..with(&enrolment()) }, now)
    };
    let met = with_own(&enrolment()).expect("met");
    assert!(!open_of(&met, NotChecked::EnrolmentChoice));
    assert!(how(&met, "newest enrolment").is_some());
    // What came after an older copy nobody knows.
    let met = with_own(&EnrolmentNote { epoch: 6, ..enrolment() }).expect("met");
    assert!(open_of(&met, NotChecked::EnrolmentChoice));
    assert!(how(&met, "newest enrolment").is_none());
    for own in [
        EnrolmentNote { epoch: 8, ..enrolment() },
        EnrolmentNote { time_ms: Some(marks_ms() + 1), ..enrolment() },
        EnrolmentNote { accounts: 3, ..enrolment() },
    ] {
        assert_eq!(code(with_own(&own)), "NotNewest");
    }
    assert_eq!(code(with_own(&replaced)), "PseudonymReplaced");
    let other = EnrolmentNote { pseudonym: 12.into(), ..enrolment() };
    assert_eq!(code(with_own(&other)), "NoteOther");
    assert_eq!(code(at(&newest, &with(&enrolment()), now)), "EvidenceMissing");
    assert_eq!(
        code(at(&policy, &with_checkpoint(&checkpoint(marks_ms())), now)),
        "EvidenceMissing"
    );
}

/// A bound that every price keeps is no agreement.
#[test]
fn prices_are_compared_with_a_bound_that_counts() {
    let greatest = GREATEST_DEVIATION_BPS;
    for (skew, bps, counts) in [
        (LONGEST_SKEW_MS, greatest, true),
        (LONGEST_SKEW_MS + 1, greatest, false),
        (LONGEST_SKEW_MS, greatest + 1, false),
    ] {
        let mut policy = policy(1);
        policy["prices"]["max_skew_ms"] = json!(skew);
        policy["prices"]["max_deviation_bps"] = json!(bps);
        let met = check(&policy, vec![note(0, &[("BTC", "63597.79995623")], 0)]).expect("met");
        let said = how(&met, "marks agree with price sources");
        assert_eq!(said.is_some(), counts, "{skew} {bps}");
        assert_eq!(open(&met).contains(&NotChecked::PriceSources), !counts, "{skew} {bps}");
        assert!(open(&met).contains(&NotChecked::UncoveredPrices));
        if let Some(said) = said {
            let expected = "1 within 10000 bp of the median of 1 source (greatest distance 0.00 bp), 13 declared uncovered";
            assert_eq!(said, expected);
        }
    }
}

/// Where everything is covered, nothing is said of uncovered prices.
#[test]
fn uncovered_prices_are_named_where_there_are_some() {
    let snapshot = snapshot();
    let mut policy = policy(1);
    let mut prices = Vec::new();
    let mut cover = Vec::new();
    for (list, kind, price) in [("instruments", "instrument", "mark"), ("assets", "asset", "ask")] {
        for entry in snapshot[list].as_array().expect("list") {
            let name = entry[kind].as_str().expect("name");
            prices.push((name, entry[price].as_str().expect("price")));
            cover.push(json!({"of": {kind: name}, "feeds": [{"source": "source0", "feed": name}]}));
        }
    }
    policy["prices"]["cover"] = json!(cover);
    policy["prices"].as_object_mut().expect("object").remove("uncovered");
    let met = check(&policy, vec![note(0, &prices, 0)]).expect("met");
    assert!(!open(&met).contains(&NotChecked::UncoveredPrices));
}

/// A message that no entry is compared with is unused, and one signer behind a quote currency is one.
#[test]
fn fault_1_7_who_prices_the_quote_currency_counts_too() {
    let mut policy = policy(2);
    policy["prices"]["cover"][0]["feeds"][0]["quote_feed"] = json!("USDT");
    policy["prices"]["min_keys"] = json!(2);
    let of = |at: usize, quote: &str| note(at, &[("BTC", "63597.79995623"), ("USDT", quote)], 0);
    assert!(check(&policy, vec![of(0, "1"), of(1, "1")]).is_ok());
    policy["prices"]["cover"][0]["feeds"].as_array_mut().expect("list").pop();
    policy["prices"]["min_keys"] = json!(1);
    let met = check(&policy, vec![of(0, "1"), of(1, "1")]).expect("met");
    assert!(open(&met).contains(&NotChecked::UnusedEvidence));
    let met = check(&policy, vec![of(0, "1")]).expect("met");
    assert!(!open(&met).contains(&NotChecked::UnusedEvidence));
}

/// An assessment speaks of the market that it was made of.
#[test]
fn fault_1_1_an_assessment_is_of_one_market() {
    let policy = with_account(json!({"ledger": {}}));
    let met = at(&policy, &with_checkpoint(&checkpoint(marks_ms())), marks_ms()).expect("met");
    let other = market_with(|s| s["sequence"] = json!(77));
    let mut statement = of_the_ledger();
    statement.snapshot_digest = other.snapshot_digest();
    let mismatch = met.check(&statement, &other).expect_err("other");
    assert!(matches!(mismatch, zkmargin_policy::Mismatch::NotAssessed { .. }), "{mismatch}");
}

/// The newest note of another attester says nothing of this one's.
#[test]
fn fault_1_5_the_newest_attestation_is_of_the_same_attester() {
    let carol = signer("carol.example", 6);
    let mut policy = with_account(json!({"attested": {"newest": true}}));
    let keys = policy["keys"].as_array_mut().expect("list");
    let mut key = keys.last().expect("bob").clone();
    key["name"] = json!("carol.example");
    key["key"] = json!(carol.verifier().to_text());
    keys.push(key);
    let shown = attestation(marks_ms());
    let evidence =
        Evidence { newest_attestation: signed_by(&shown, &carol), ..with_attestation(&shown) };
    let refused = at(&policy, &evidence, marks_ms()).expect_err("another's");
    assert_eq!(refused, Refused::Other { what: What::NewestAttestation, part: "attester" });
}

/// A challenge made ten seconds before the marks, for a minute.
fn issued(audience: &str, purpose: &str, epoch: u64) -> Issued {
    let context = Context::new(audience, purpose, Some([3; 32])).expect("context");
    let context = context.of_epoch(NonZeroU64::new(epoch));
    let context = context.expiring(NonZeroU64::new(marks_ms() + 50_000));
    let challenge = Challenge::new(context, marks_ms() - 10_000).expect("challenge");
    Issued { challenge, answered: false }
}

#[test]
fn a_challenge_is_in_time_and_for_what_is_asked() {
    let mut policy = with_account(json!({"ledger": {}}));
    policy["freshness"] = json!({"challenge": true});
    let with = |challenge: Issued| Evidence {
        challenge: Some(challenge),
        ..with_checkpoint(&checkpoint(marks_ms()))
    };
    let good = || issued("desk-42", "credit", 3);
    let met = at(&policy, &with(good()), marks_ms() + 49_999).expect("met");
    assert!(how(&met, "answers this verifier's challenge").is_some());
    assert_eq!(code(at(&policy, &with(good()), marks_ms() + 50_000)), "ChallengeExpired");
    // The policy's own time is the shorter one.
    let mut short = policy.clone();
    short["freshness"]["challenge_seconds"] = json!(20);
    assert_eq!(code(at(&short, &with(good()), marks_ms() + 9_999)), "");
    let late = at(&short, &with(good()), marks_ms() + 10_000).expect_err("late");
    assert_eq!(late, Refused::ChallengeExpired(marks_ms() + 10_000));
    let answered = Issued { answered: true, ..good() };
    assert_eq!(code(at(&policy, &with(answered), marks_ms())), "Replayed");
    let mut pinned = policy.clone();
    pinned["market"] = json!({"pinned": market().digest().to_string(), "venue": "binance"});
    let later = |now_ms: u64| {
        let mut challenge = good();
        let context = challenge.challenge.context().clone();
        challenge.challenge = Challenge::new(context, marks_ms() + 30_000).expect("challenge");
        let evidence = Evidence { snapshot_note: None, ..with(challenge) };
        code(at(&pinned, &evidence, now_ms))
    };
    assert_eq!(later(marks_ms() + 30_000 - CLOCK_TOLERANCE_MS), "");
    assert_eq!(later(marks_ms() + 30_000 - CLOCK_TOLERANCE_MS - 1), "NoteFromFuture");
    policy["purpose"] = json!("credit");
    policy["epoch"] = json!(3);
    assert_eq!(code(at(&policy, &with(good()), marks_ms())), "");
    for other in [
        issued("desk-43", "credit", 3),
        issued("desk-42", "loan", 3),
        issued("desk-42", "credit", 4),
    ] {
        assert_eq!(code(at(&policy, &with(other), marks_ms())), "ChallengeOther");
    }
    let evidence = with_checkpoint(&checkpoint(marks_ms()));
    assert_eq!(code(at(&policy, &evidence, marks_ms())), "EvidenceMissing");
}

/// What an assessment pins of the statement: the policy's word, or else the challenge's.
#[test]
fn statements_are_compared_with_policy_or_challenge() {
    let mut policy = with_account(json!({"ledger": {}}));
    policy["freshness"] = json!({"challenge": true});
    policy["audience"] = json!("desk-9");
    let evidence = Evidence {
        challenge: Some(issued("desk-9", "credit", 3)),
        ..with_checkpoint(&checkpoint(marks_ms()))
    };
    let met = at(&policy, &evidence, marks_ms()).expect("met");
    let asked = issued("desk-9", "credit", 3).challenge.context().clone();
    let answer = Statement { context: asked.clone(), ..of_the_ledger() };
    assert_eq!(met.check(&answer, &market()), Ok(()));
    let context =
        |audience: &str, purpose: &str, nonce: Option<[u8; 32]>, epoch: u64, expires: u64| {
            let context = Context::new(audience, purpose, nonce).expect("context");
            let context = context.of_epoch(NonZeroU64::new(epoch));
            context.expiring(NonZeroU64::new(expires))
        };
    let (nonce, expires) = (Some([3; 32]), marks_ms() + 50_000);
    for (context, expected) in [
        (context("desk-8", "credit", nonce, 3, expires), "PolicyAudience"),
        (context("desk-9", "loan", nonce, 3, expires), "PolicyPurpose"),
        (context("desk-9", "credit", Some([4; 32]), 3, expires), "PolicyNonce"),
        (context("desk-9", "credit", None, 3, expires), "PolicyNonce"),
        (context("desk-9", "credit", nonce, 4, expires), "PolicyEpoch"),
        (context("desk-9", "credit", nonce, 3, expires + 1), "PolicyExpiry"),
    ] {
        let statement = Statement { context, ..of_the_ledger() };
        let mismatch = met.check(&statement, &market()).expect_err("other");
        assert_eq!(mismatch.code(), expected);
    }
    let elsewhere = Statement { account: of_holder(8, 11), ..answer.clone() };
    let mismatch = met.check(&elsewhere, &market()).expect_err("other");
    assert_eq!(mismatch.code(), "PolicyLedgerRoot");
    // An epoch that is demanded stays the one that is.
    assert_eq!(met.clone().for_epoch(4).check(&answer, &market()), Ok(()));
    let free = at(&with_account(json!({"ledger": {}})), &evidence, marks_ms()).expect("met");
    let next = free.for_epoch(4).check(&of_the_ledger(), &market()).expect_err("other");
    assert_eq!(next.code(), "PolicyEpoch");
}

/// What nobody has vouched for may cost a key of a bounded size only.
#[test]
fn unanchored_markets_have_a_greatest_circuit() {
    let k_of = |market_demand: Value, evidence: &Evidence, k: u8| {
        let mut policy = with_account(json!({"commitment": "02".repeat(31) + "00"}));
        policy.as_object_mut().expect("object").remove("account");
        policy["market"] = market_demand;
        let met = at(&policy, evidence, marks_ms() + 1).expect("met");
        let mut statement = golden();
        statement.k = K::new(k.into()).expect("in range");
        met.check(&statement, &market()).err().map(|mismatch| mismatch.code())
    };
    let too_large = Some("PolicyCircuitSize");
    let nothing = Evidence::default();
    assert_eq!(k_of(json!({}), &nothing, UNANCHORED_MAX_K), None);
    assert_eq!(k_of(json!({}), &nothing, UNANCHORED_MAX_K + 1), too_large);
    let pinned = json!({"pinned": market().digest().to_string()});
    assert_eq!(k_of(pinned, &nothing, UNANCHORED_MAX_K + 1), None);
    let venue = json!({"venue": "binance"});
    assert_eq!(k_of(venue.clone(), &marks(&market()), UNANCHORED_MAX_K + 1), None);
    let mut bounded = venue;
    bounded["max_k"] = json!(10);
    assert_eq!(k_of(bounded.clone(), &marks(&market()), 10), None);
    assert_eq!(k_of(bounded, &marks(&market()), 11), too_large);
    let wide = json!({"max_k": UNANCHORED_MAX_K + 1});
    assert_eq!(k_of(wide, &nothing, UNANCHORED_MAX_K + 1), None);
}

/// The whole list of what is not checked, for policies from the least to a strict one.
#[test]
fn what_is_not_checked_is_the_rest() {
    use NotChecked as N;
    let of = |policy: &Value, evidence: &Evidence, statement: &Statement| {
        let met = at(policy, evidence, marks_ms() + 1).expect("met");
        met.not_checked(statement).into_iter().collect::<Vec<_>>()
    };
    let mut least = with_account(json!(null));
    let object = least.as_object_mut().expect("object");
    object.remove("account");
    object.remove("audience");
    least["market"] = json!({});
    let all = [
        N::Audience,
        N::Purpose,
        N::Nonce,
        N::Epoch,
        N::AccountOwner,
        N::OtherAccounts,
        N::AccountAge,
        N::AccountChoice,
        N::ScheduleOrigin,
        N::ScheduleVariant,
        N::SnapshotOrigin,
        N::Listing,
        N::SnapshotAge,
        N::SnapshotChoice,
        N::PriceSources,
    ];
    assert_eq!(of(&least, &Evidence::default(), &golden()), all);
    let mut pinned = least.clone();
    pinned["market"] = json!({"pinned": market().digest().to_string()});
    let rest: Vec<_> = all.into_iter().filter(|n| *n != N::SnapshotChoice).collect();
    assert_eq!(of(&pinned, &Evidence::default(), &golden()), rest);
    let mut strict = with_account(json!({"ledger": {"newest": true, "max_age_seconds": 100}}));
    strict["market"]["max_age_seconds"] = json!(100);
    strict["market"]["signed_schedule"] = json!(true);
    strict["purpose"] = json!("credit");
    strict["epoch"] = json!(3);
    strict["nonce"] = json!("03".repeat(32));
    strict["holder"] = json!({"pseudonym": "0b".to_owned() + &"00".repeat(31)});
    let evidence = Evidence {
        newest_checkpoint: signed(&checkpoint(marks_ms())),
        schedule_note: signed(&ScheduleNote::of(market().schedule())),
        ..with_checkpoint(&checkpoint(marks_ms()))
    };
    let left = [N::OtherAccounts, N::ScheduleVariant, N::SnapshotChoice, N::PriceSources];
    assert_eq!(of(&strict, &evidence, &of_the_ledger()), left);
}
