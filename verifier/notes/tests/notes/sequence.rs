//! Notes of one series: later, earlier, contradicting.

use crate::support::*;
use zkmargin_notes::sequence::{
    CheckpointConflict, Order, SequenceError, SnapshotConflict, follow,
};
use zkmargin_notes::{Body, LedgerCheckpoint, Opened, SnapshotNote};

fn open<T: Body>(body: &T) -> Opened<T> {
    let note = body.sign(&venue()).unwrap().to_text();
    keys().open(note.as_bytes(), NOW).unwrap()
}

#[test]
fn two_snapshots_of_one_number() {
    let first = snapshot_note();
    let mut second = first.clone();
    second.snapshot = [1; 32].into();
    let conflict = SnapshotConflict::find(&open(&first), &open(&second)).unwrap();
    assert_eq!(conflict.first().body(), &first);
    assert_eq!(conflict.second().note(), open(&second).note());
    // The market's digest follows the snapshot's.
    assert_eq!(conflict.differences().len(), 2);
    let text =
        format!("binance signed two different notes with sequence number {}", first.sequence);
    assert_eq!(conflict.to_string(), text);

    assert_eq!(SnapshotConflict::find(&open(&first), &open(&first)), None);
    second.sequence += 1;
    assert_eq!(SnapshotConflict::find(&open(&first), &open(&second)), None);
}

#[test]
fn two_ledgers_of_one_epoch() {
    let first = checkpoint();
    for edit in [
        (|c| c.size += 1) as fn(&mut LedgerCheckpoint),
        |c| c.root = 3.into(),
        |c| c.time_ms += 1,
        |c| c.schedule = [1; 32].into(),
    ] {
        let mut second = first.clone();
        edit(&mut second);
        let conflict = CheckpointConflict::find(&open(&first), &open(&second)).unwrap();
        assert_eq!(conflict.differences().len(), 1);
        assert_eq!(conflict.to_string(), "binance signed two different notes with epoch 7");
        let what = "epoch";
        assert_eq!(follow(&first, &second), Err(SequenceError::Conflict { what, number: 7 }));
        second.epoch += 1;
        assert_eq!(CheckpointConflict::find(&open(&first), &open(&second)), None);
        assert_eq!(follow(&first, &second), Ok(Order::Newer));
    }
}

/// A venue numbers the notes of each registry for itself.
#[test]
fn registries_have_their_own_series() {
    let (linear, marks) = (checkpoint(), snapshot_note());
    let other = [1; 32].into();
    let mut portfolio = LedgerCheckpoint { registry: other, size: 9, ..linear.clone() };
    let of_portfolio = SnapshotNote { registry: other, snapshot: [2; 32].into(), ..marks.clone() };
    assert_eq!(CheckpointConflict::find(&open(&linear), &open(&portfolio)), None);
    assert_eq!(SnapshotConflict::find(&open(&marks), &open(&of_portfolio)), None);
    let apart = SequenceError::OtherRegistry { last: linear.registry, found: other };
    assert_eq!(follow(&linear, &portfolio), Err(apart.clone()));
    // A later number is no way into the other series.
    portfolio.epoch += 1;
    assert_eq!(follow(&linear, &portfolio), Err(apart));
    let (last, found) = (other, marks.registry);
    assert_eq!(follow(&of_portfolio, &marks), Err(SequenceError::OtherRegistry { last, found }));
    // Within the other one the venue contradicts itself as in the first.
    let second = LedgerCheckpoint { size: 8, ..portfolio.clone() };
    assert!(CheckpointConflict::find(&open(&portfolio), &open(&second)).is_some());
    assert!(matches!(follow(&portfolio, &second), Err(SequenceError::Conflict { .. })));
}

/// A registry has one text: what is one series in one encoding is none in another.
#[test]
fn a_registry_is_written_in_one_way() {
    let (first, second) = (snapshot_note(), checkpoint());
    let (first_hex, second_hex) = (first.registry.to_string(), second.registry.to_string());
    let upper = first.to_text().replace(&first_hex, &first_hex.to_ascii_uppercase());
    assert!(SnapshotNote::parse(&upper).is_err());
    let upper = second.to_text().replace(&second_hex, &second_hex.to_ascii_uppercase());
    assert!(LedgerCheckpoint::parse(&upper).is_err());
}

#[test]
fn a_series_goes_forward() {
    let last = snapshot_note();
    assert_eq!(follow(&last, &last), Ok(Order::Same));
    let next = |sequence: u64, time_ms: u64| SnapshotNote { sequence, time_ms, ..last.clone() };
    let what = "sequence number";
    let (number, time) = (last.sequence, last.time_ms);
    assert_eq!(follow(&last, &next(number + 1, time)), Ok(Order::Newer));
    assert_eq!(follow(&last, &next(number + 9, time + 1)), Ok(Order::Newer));
    assert_eq!(
        follow(&next(number + 1, time), &last),
        Err(SequenceError::Older { what, last: number + 1, found: number })
    );
    assert_eq!(
        follow(&last, &next(number, time + 1)),
        Err(SequenceError::Conflict { what, number })
    );
    let (number, found) = (number + 1, time - 1);
    assert_eq!(
        follow(&last, &next(number, found)),
        Err(SequenceError::TimeBackwards { what, number, last: time, found })
    );
    let other = SnapshotNote { venue: "other".to_owned(), ..last.clone() };
    assert!(matches!(follow(&last, &other), Err(SequenceError::OtherVenue { .. })));
}
