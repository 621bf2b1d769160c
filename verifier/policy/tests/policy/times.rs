//! Times of witnesses, and of marks without a note.

use crate::support::*;
use serde_json::json;
use zkmargin_notes::{Body, KeyKind, SignerKey, SnapshotNote};
use zkmargin_policy::{CLOCK_TOLERANCE_MS, Evidence, Refused, What, assess};

/// A policy that demands one witness of the marks, and the witness.
fn witnessed() -> (serde_json::Value, SignerKey) {
    let witness = SignerKey::from_seed("witness.example", KeyKind::Cosignature, &[9; 32]);
    let witness = witness.expect("name");
    let mut policy = policy(0);
    policy.as_object_mut().expect("object").remove("prices");
    policy["market"]["witnesses"] = json!(1);
    policy["keys"].as_array_mut().expect("list").push(json!({
        "name": "witness.example",
        "key": witness.verifier().to_text(),
        "role": "witness",
        "valid_from": "2025-01-01T00:00:00Z",
        "valid_until": "2027-01-01T00:00:00Z",
    }));
    (policy, witness)
}

/// A cosignature counts from the marks' time on, until the verifier's own.
#[test]
fn fault_1_10_witnesses_see_what_exists() {
    let (policy, witness) = witnessed();
    let (demands, market) = (demands(&policy).expect("policy"), market());
    let marks = market.snapshot().time_ms / 1000;
    let tolerance = CLOCK_TOLERANCE_MS / 1000;
    for (seconds, counts) in [
        (marks, true),
        (NOW / 1000, true),
        (marks - tolerance, true),
        (marks - tolerance - 1, false),
        (NOW / 1000 + tolerance, true),
        (NOW / 1000 + tolerance + 1, false),
        (1, false),
        (u64::MAX >> 1, false),
    ] {
        let mut note = SnapshotNote::of(&market).sign(&venue()).expect("signed");
        note.cosign(&witness, seconds).expect("cosigned");
        let evidence =
            Evidence { snapshot_note: Some(note.to_text().into_bytes()), ..Evidence::default() };
        let found = assess(&demands, &evidence, &market, NOW);
        match counts {
            true => {
                let met = found.unwrap_or_else(|refused| panic!("{seconds}: {refused}"));
                let said = met.met().iter().find(|m| m.demand == "marks cosigned by witnesses");
                assert_eq!(said.map(|m| m.how.as_str()), Some("1 by witness.example"));
            }
            false => {
                let refused = found.expect_err("refused");
                assert!(matches!(refused, Refused::Witnesses { found: 0, .. }), "{seconds}");
            }
        }
    }
}

#[test]
fn fault_1_2_marks_without_a_note_have_a_time_too() {
    let mut policy = policy(0);
    policy.as_object_mut().expect("object").remove("prices");
    policy["market"] = json!({});
    let (demands, market) = (demands(&policy).expect("policy"), market());
    let time_ms = market.snapshot().time_ms;
    let at = |now_ms| assess(&demands, &Evidence::default(), &market, now_ms).map(|_| ());
    assert_eq!(at(time_ms - CLOCK_TOLERANCE_MS), Ok(()));
    let expected = Refused::Future { what: What::Snapshot, time_ms };
    assert_eq!(at(time_ms - CLOCK_TOLERANCE_MS - 1), Err(expected.clone()));
    assert_eq!(at(0), Err(expected));
    assert_eq!(at(u64::MAX), Ok(()));
}
