use super::*;
use crate::evidence::tests::One;
use serde_json::json;
use zkmargin_circuit::CapacityError;
use zkmargin_notes::{AttestationNote, Body, KeyKind, KeySet, SignerKey};
use zkmargin_params::Requirement;
use zkmargin_policy::{Refused, Verdict};

#[test]
fn what_an_audit_settles_is_not_open() {
    use NotChecked as N;
    let settled = [N::Audience, N::Holder, N::UnusedEvidence];
    let open = BTreeSet::from(settled).into_iter().chain([N::OtherAccounts, N::SnapshotChoice]);
    assert_eq!(of_an_audit(open.collect()), [N::OtherAccounts, N::SnapshotChoice]);
}

fn future() -> Refused {
    Refused::Future { what: What::Checkpoint, time_ms: 400_000 }
}

/// What a refusal says of a proof, and whether it is so of every proof.
#[test]
fn refusals_have_their_status() {
    let stale = Refused::Stale { what: What::Checkpoint, time_ms: 0, age_ms: 2, most_ms: 1 };
    let venue = Refused::OtherVenue {
        what: What::Checkpoint,
        found: "a".to_owned(),
        demanded: "b".to_owned(),
    };
    let (found, demanded) = (Requirement::Initial, Requirement::Maintenance);
    for (reason, status, is_for_all) in [
        (Refused::OtherRequirement { found, demanded }, Status::WrongRule, false),
        (stale, Status::Stale, false),
        (future(), Status::Stale, true),
        (Refused::Floor, Status::WrongRule, false),
        (Refused::Missing(What::Checkpoint), Status::EvidenceMissing, false),
        (venue, Status::EvidenceMissing, true),
    ] {
        assert_eq!(refused(&reason).status, status, "{reason}");
        assert_eq!(is_wrong_for_all(&reason), is_for_all, "{reason}");
        let judgement = of_verdict(Verdict::Refused(reason.clone()));
        assert_eq!((judgement.status, judgement.code), (status, reason.code().to_owned()));
    }
}

#[test]
fn failures_of_a_market_are_said_of_its_proofs() {
    let capacity = VerifyFailure::Capacity(CapacityError::Market { rows: 2, capacity: 1 });
    let judgement = of_failure(capacity).expect("of the market");
    assert_eq!((judgement.status, &judgement.code[..]), (Status::Invalid, "MarketTooLarge"));
    assert!(of_failure(VerifyFailure::Thread("none".to_owned())).is_err());
}

fn candidates(kind: EvidenceKind, name: &[u8; 32]) -> Candidates<'_> {
    Candidates {
        what: What::Attestation,
        kind,
        name: Some(name),
        period: Place { venue: "venue", registry: [1; 32].into(), epoch: 7 },
        current: None,
        reason: None,
        is_beginning: true,
        is_over: false,
    }
}

#[test]
fn candidates_begin_where_they_ended_and_go_forward_in_time() {
    let signer = SignerKey::from_seed("attester.example", KeyKind::Ed25519, &[1; 32]);
    let signer = signer.expect("key");
    let note = AttestationNote {
        registry: [1; 32].into(),
        schedule: [2; 32].into(),
        commitment: 5.into(),
        time_ms: 400_000,
        checked: "everything".to_owned(),
    };
    let bytes = note.sign(&signer).expect("note").to_text().into_bytes();
    let file = EvidenceFile { number: 3, bytes, time_ms: 1000 };
    let store = One(file, &[1000, 2000, 500_000]);
    let keys = json!({"format": "zkmargin-keys/1", "keys": [{
        "name": "attester.example", "key": signer.verifier().to_text(), "role": "attester",
        "valid_from": "1970-01-01T00:00:00Z", "valid_until": "1999-01-01T00:00:00Z",
    }]});
    let keys = KeySet::from_json(keys.to_string().as_bytes()).expect("keys");
    let name = [5; 32];

    let mut of_kind = candidates(EvidenceKind::Attestation, &name);
    of_kind.begin(&store, None).expect("looked up");
    assert_eq!(of_kind.beginning().place, Some((3, 1000)));
    let times = of_kind.times().expect("a note");
    assert_eq!(
        (&times.what[..], times.stated.as_deref()),
        ("attestation", Some("1970-01-01T00:06:40Z"))
    );
    assert_eq!(times.ingested, "1970-01-01T00:00:01Z");
    // A note of a later time counts when it has come, one that nobody trusts never.
    let unknown = Refused::Missing(What::Attestation);
    assert_eq!(of_kind.advance_time(&store, &keys, &unknown), Ok(false));
    assert_eq!(of_kind.advance_time(&store, &keys, &future()), Ok(true));
    let beginning = of_kind.beginning();
    assert_eq!(beginning.place, Some((3, 500_000)));
    let mut again = candidates(EvidenceKind::Attestation, &name);
    again.begin(&store, Some(&beginning)).expect("looked up");
    assert_eq!(again.current.map(|file| (file.number, file.time_ms)), Some((3, 500_000)));
}

/// A checkpoint is sought for its epoch, everything else for all of them.
#[test]
fn only_checkpoints_are_of_an_epoch() {
    let name = [5; 32];
    for kind in EvidenceKind::ALL {
        let sought = candidates(kind, &name).sought().expect("named");
        let epoch = (kind == EvidenceKind::Checkpoint).then_some(7);
        assert_eq!(sought, (kind, name, "venue".to_owned(), [1; 32].into(), epoch));
    }
}
