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
        |c| c.registry = [1; 32].into(),
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
