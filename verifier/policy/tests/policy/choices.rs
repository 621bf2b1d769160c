//! Which of several notes it is, evidence that nobody asked for, and demands beyond one proof.

use crate::support::*;
use serde_json::{Value, json};
use std::num::NonZeroU64;
use std::num::NonZeroUsize;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::context::Context;
use zkmargin_model::digest::ScheduleDigest;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::AccountReference;
use zkmargin_notes::{LedgerCheckpoint, SnapshotNote};
use zkmargin_params::{Challenge, CompiledMarket, Requirement};
use zkmargin_policy::{
    Assessment, Evidence, Issued, NotChecked, Refused, Verdict, What, assess, verdict_on,
};

const PROOF: &[u8] = include_bytes!("../../../../params/golden/binance-cross.zkm");

/// A policy that demands an account of the venue's ledger.
fn of_ledger(ledger: Value) -> Value {
    let mut policy = policy(0);
    policy.as_object_mut().expect("object").remove("prices");
    policy["account"] = json!({ "ledger": ledger });
    policy
}

fn given(
    policy: &Value,
    evidence: &Evidence,
    market: &CompiledMarket,
) -> Result<Assessment, Refused> {
    assess(&demands(policy).expect("policy"), evidence, market, NOW)
}

#[test]
fn fault_1_5_newest_by_number_and_by_time() {
    let (policy, market) = (of_ledger(json!({"newest": true})), market());
    let time_ms = market.snapshot().time_ms;
    let shown = checkpoint_of(&market, 7, time_ms);
    let with_own = |own: LedgerCheckpoint| {
        let evidence = Evidence {
            snapshot_note: signed(&SnapshotNote::of(&market)),
            checkpoint: signed(&shown),
            newest_checkpoint: signed(&own),
            ..Evidence::default()
        };
        let met = given(&policy, &evidence, &market)?;
        let mut statement = Envelope::decode(PROOF).expect("proof").statement().clone();
        statement.account =
            AccountReference::Ledger { root: 7.into(), pseudonym: 11.into(), nullifier: 1.into() };
        Ok(!met.not_checked(&statement).contains(&NotChecked::AccountChoice))
    };
    assert_eq!(with_own(shown.clone()), Ok(true));
    // What came after an older copy nobody knows.
    for own in [checkpoint_of(&market, 6, time_ms), checkpoint_of(&market, 6, 0)] {
        assert_eq!(with_own(own), Ok(false));
    }
    for own in [
        checkpoint_of(&market, 8, time_ms),
        // A later time under a lower number, and another content under the same one.
        checkpoint_of(&market, 6, time_ms + 1),
        checkpoint_of(&market, 7, time_ms - 1),
        LedgerCheckpoint { root: 8.into(), ..shown.clone() },
    ] {
        let found = with_own(own).expect_err("not the newest");
        assert!(matches!(found, Refused::NotNewest { what: What::Checkpoint, .. }), "{found}");
    }
    let elsewhere = LedgerCheckpoint { registry: [9; 32].into(), ..checkpoint_of(&market, 1, 0) };
    let other = Refused::Other { what: What::NewestCheckpoint, part: "registry" };
    assert_eq!(with_own(elsewhere), Err(other));
}

/// A challenge of a minute before now, in the policy's terms.
fn issued() -> Option<Issued> {
    let context = Context::new("desk-42", "", Some([3; 32])).expect("context");
    let challenge = Challenge::new(context.expiring(NonZeroU64::new(NOW + 1)), NOW - 60_000)
        .expect("challenge");
    Some(Issued { challenge, answered: false })
}

#[test]
fn fault_1_4_the_one_before_is_of_the_same_series() {
    let mut policy = of_ledger(json!({"first_after_challenge": true}));
    policy["market"]["first_after_challenge"] = json!(true);
    policy["freshness"] = json!({"challenge": true});
    let at = |time: &str, sequence: u64| {
        market_with(|s| {
            s["time"] = json!(time);
            s["sequence"] = json!(sequence);
        })
    };
    let (market, before) = (at("2026-01-02T03:04:00Z", 9), at("2026-01-02T03:00:00Z", 8));
    let time_ms = |market: &CompiledMarket| market.snapshot().time_ms;
    let good = Evidence {
        snapshot_note: signed(&SnapshotNote::of(&market)),
        previous_note: signed(&SnapshotNote::of(&before)),
        checkpoint: signed(&checkpoint_of(&market, 7, time_ms(&market))),
        previous_checkpoint: signed(&checkpoint_of(&market, 6, time_ms(&before))),
        challenge: issued(),
        ..Evidence::default()
    };
    let assessment = given(&policy, &good, &market).expect("met");
    let open = assessment.not_checked(Envelope::decode(PROOF).expect("proof").statement());
    for what in [NotChecked::SnapshotChoice, NotChecked::AccountChoice, NotChecked::UnusedEvidence]
    {
        assert!(!open.contains(&what), "{what}");
    }
    // Notes of another registry are of another series, whatever their numbers say.
    let mut note = SnapshotNote::of(&before);
    note.registry = [9; 32].into();
    let other = Evidence { previous_note: signed(&note), ..good.clone() };
    let expected = Refused::Other { what: What::PreviousNote, part: "registry" };
    assert_eq!(given(&policy, &other, &market).map(|_| ()), Err(expected));
    let mut note = checkpoint_of(&market, 6, time_ms(&before));
    note.registry = [9; 32].into();
    let other = Evidence { previous_checkpoint: signed(&note), ..good.clone() };
    let expected = Refused::Other { what: What::PreviousCheckpoint, part: "registry" };
    assert_eq!(given(&policy, &other, &market).map(|_| ()), Err(expected));
    // So are those of another requirement; one that is in the series, and in another too, counts.
    use Requirement::{Initial, Maintenance};
    let schedule = [8; 32].into();
    let found = |requirements: &[Requirement], schedule: ScheduleDigest| {
        let requirements = requirements.to_vec();
        let note = SnapshotNote { requirements, schedule, ..SnapshotNote::of(&before) };
        let other = Evidence { previous_note: signed(&note), ..good.clone() };
        given(&policy, &other, &market).map(|_| ())
    };
    let expected = || Err(Refused::Other { what: What::PreviousNote, part: "requirement" });
    assert_eq!(found(&[Initial], schedule), expected());
    assert_eq!(found(&[Maintenance, Initial], schedule), Ok(()));
    assert_eq!(found(&[Maintenance], schedule), Ok(()));
    // Of this very schedule, nothing else can be said than what it computes.
    assert_eq!(found(&[Maintenance, Initial], before.schedule_digest()), expected());
    // Nor can the note itself: it would begin a series without a last number.
    let note = SnapshotNote { requirements: vec![Initial], ..SnapshotNote::of(&market) };
    let other = Evidence { snapshot_note: signed(&note), ..good.clone() };
    let refused = given(&policy, &other, &market).map(|_| ()).expect_err("other requirement");
    assert_eq!(refused.code(), "NoteOtherFile");
    // A note of the challenge's own time is after it, one of a millisecond before is not.
    let issued_ms = NOW - 60_000;
    let shown = |time_ms| Evidence {
        checkpoint: signed(&checkpoint_of(&market, 7, time_ms)),
        previous_checkpoint: signed(&checkpoint_of(&market, 6, issued_ms - 1)),
        ..good.clone()
    };
    assert!(given(&policy, &shown(issued_ms), &market).is_ok());
    let expected = Refused::BeforeChallenge {
        what: What::Checkpoint,
        time_ms: issued_ms - 1,
        challenge_ms: issued_ms,
    };
    assert_eq!(given(&policy, &shown(issued_ms - 1), &market).map(|_| ()), Err(expected));
}

#[test]
fn fault_1_6_what_no_demand_looks_at_is_named() {
    let (mut pinned, market) = (policy(0), market());
    pinned.as_object_mut().expect("object").remove("prices");
    let envelope = Envelope::decode(PROOF).expect("proof");
    let is_unused = |evidence: &Evidence| {
        let assessment = given(&pinned, evidence, &market).expect("met");
        assessment.not_checked(envelope.statement()).contains(&NotChecked::UnusedEvidence)
    };
    let used =
        Evidence { snapshot_note: signed(&SnapshotNote::of(&market)), ..Evidence::default() };
    assert!(!is_unused(&used));
    // Nobody reads it, so it need not even be a note.
    let note = Some(b"?".to_vec());
    type Put = fn(&mut Evidence, Option<Vec<u8>>);
    let puts: [Put; 9] = [
        |e, note| e.schedule_note = note,
        |e, note| e.previous_note = note,
        |e, note| e.checkpoint = note,
        |e, note| e.previous_checkpoint = note,
        |e, note| e.newest_checkpoint = note,
        |e, note| e.attestation = note,
        |e, note| e.newest_attestation = note,
        |e, note| e.enrolment = note,
        |e, note| e.newest_enrolment = note,
    ];
    for (at, put) in puts.iter().enumerate() {
        let mut evidence = used.clone();
        put(&mut evidence, note.clone());
        assert!(is_unused(&evidence), "{at}");
    }
    assert!(is_unused(&Evidence { challenge: issued(), ..used.clone() }));
    // A demand on the ledger is none on which of its checkpoints it is, nor on the holder.
    let mut statement = envelope.statement().clone();
    statement.account =
        AccountReference::Ledger { root: 7.into(), pseudonym: 11.into(), nullifier: 1.into() };
    let is_unused_at = |ledger: Value, holder: bool, put: Put| {
        let mut policy = of_ledger(ledger);
        if holder {
            policy["holder"] = json!({"pseudonym": format!("0b{}", "00".repeat(31))});
        }
        let checkpoint = signed(&checkpoint_of(&market, 7, market.snapshot().time_ms));
        let mut evidence = Evidence { checkpoint, ..used.clone() };
        put(&mut evidence, note.clone());
        let assessment = given(&policy, &evidence, &market).expect("met");
        assessment.not_checked(&statement).contains(&NotChecked::UnusedEvidence)
    };
    assert!(!is_unused_at(json!({}), false, |_, _| ()));
    for put in &puts[3..] {
        assert!(is_unused_at(json!({}), false, *put));
        assert!(is_unused_at(json!({}), true, *put));
    }
}

#[test]
fn fault_1_6_one_proof_alone_meets_no_demand_on_all() {
    let market = market();
    let envelope = Envelope::decode(PROOF).expect("proof");
    let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN);
    for (freshness, name) in [
        (json!({"challenge": true}), "freshness.challenge"),
        (json!({"once_per_period": true}), "freshness.once_per_period"),
        (json!({"sequence": true}), "freshness.sequence"),
    ] {
        let mut policy = of_ledger(json!({}));
        policy["purpose"] = json!("");
        policy["epoch"] = json!(0);
        policy["freshness"] = freshness;
        let evidence = Evidence {
            snapshot_note: signed(&SnapshotNote::of(&market)),
            checkpoint: signed(&checkpoint_of(&market, 7, market.snapshot().time_ms)),
            challenge: issued(),
            ..Evidence::default()
        };
        let assessment = given(&policy, &evidence, &market).expect("met");
        let found = verdict_on(&envelope, &market, &assessment, &keys).expect("verdict");
        assert_eq!(found, Verdict::Refused(Refused::NotAlone(name)));
    }
}
