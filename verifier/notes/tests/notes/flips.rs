//! A signed note with any one bit changed is refused.

use crate::support::*;
use zkmargin_notes::{
    AttestationNote, Body, EnrolmentNote, KeySet, LedgerCheckpoint, ScheduleNote, SnapshotNote,
    SourceNote,
};

fn every_flip_fails(bytes: &[u8], opens: impl Fn(&[u8]) -> bool) {
    assert!(opens(bytes));
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 1 << bit;
            assert!(!opens(&flipped), "byte {at}, bit {bit}");
        }
    }
    for end in 0..bytes.len() {
        assert!(!opens(&bytes[..end]), "first {end} bytes");
    }
}

fn opens<T: Body>(keys: &KeySet) -> impl Fn(&[u8]) -> bool + '_ {
    |bytes| keys.open::<T>(bytes, NOW).is_ok()
}

#[test]
fn notes() {
    let keys = keys();
    let text = |note: zkmargin_notes::Note| note.to_text().into_bytes();
    let (venue, attester) = (venue(), attester());
    every_flip_fails(&text(schedule_note().sign(&venue).unwrap()), opens::<ScheduleNote>(&keys));
    every_flip_fails(&text(snapshot_note().sign(&venue).unwrap()), opens::<SnapshotNote>(&keys));
    every_flip_fails(&text(checkpoint().sign(&venue).unwrap()), opens::<LedgerCheckpoint>(&keys));
    every_flip_fails(&text(enrolment().sign(&venue).unwrap()), opens::<EnrolmentNote>(&keys));
    every_flip_fails(
        &text(attestation().sign(&attester).unwrap()),
        opens::<AttestationNote>(&keys),
    );
    every_flip_fails(&text(source_note().sign(&source()).unwrap()), opens::<SourceNote>(&keys));
}

/// A flip in a name makes the signer unknown; whoever demands the witness then misses it.
#[test]
fn a_cosigned_checkpoint() {
    let keys = keys();
    every_flip_fails(cosigned_checkpoint().to_text().as_bytes(), |bytes| {
        let opened = keys.open::<LedgerCheckpoint>(bytes, NOW);
        opened.is_ok_and(|o| {
            o.witnesses().any(|w| w.cosigned_at == Some(NOW / 1000)) && o.refused().is_empty()
        })
    });
}
