//! Notes of one series: later, earlier, contradicting.

use crate::support::*;
use zkmargin_notes::sequence::{
    CheckpointConflict, Order, SequenceError, SnapshotConflict, follow,
};
use zkmargin_notes::{Body, LedgerCheckpoint, Opened, SnapshotNote};
use zkmargin_params::Requirement::{self, CloseOut, Initial, Maintenance};

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

    // No line is lost where one of them has more of a name.
    let mut both = second.clone();
    both.requirements = vec![Maintenance, Initial];
    let conflict = SnapshotConflict::find(&open(&first), &open(&both)).unwrap();
    let differences = conflict.differences();
    assert_eq!(differences.len(), 3);
    let more = differences.iter().any(|(_, line)| line == "requirement initial");
    assert!(more, "{differences:?}");

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
    let (other, schedule) = ([1; 32].into(), [3; 32].into());
    let mut portfolio = LedgerCheckpoint { registry: other, schedule, size: 9, ..linear.clone() };
    let snapshot = [2; 32].into();
    let of_portfolio = SnapshotNote { registry: other, schedule, snapshot, ..marks.clone() };
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

/// A venue numbers the snapshots of each requirement for itself: maintenance and initial margin are schedules of one
/// registry. A schedule of several requirements is in the series of each.
#[test]
fn requirements_have_their_own_series() {
    let of = |requirements: &[Requirement], schedule: u8| SnapshotNote {
        requirements: requirements.to_vec(),
        schedule: [schedule; 32].into(),
        snapshot: [schedule; 32].into(),
        ..snapshot_note()
    };
    let (maintenance, initial) = (of(&[Maintenance], 1), of(&[Initial], 2));
    let conflict =
        |a: &SnapshotNote, b: &SnapshotNote| SnapshotConflict::find(&open(a), &open(b)).is_some();
    assert!(!conflict(&maintenance, &initial));
    let apart = SequenceError::OtherRequirement { last: vec![Maintenance], found: vec![Initial] };
    assert_eq!(
        apart.to_string(),
        "the last note seen is of maintenance, but this one is of initial"
    );
    let later = |note: &SnapshotNote| SnapshotNote { sequence: note.sequence + 1, ..note.clone() };
    // A later number is no way into the other series.
    assert_eq!(follow(&maintenance, &initial), Err(apart.clone()));
    assert_eq!(follow(&maintenance, &later(&initial)), Err(apart));
    // Another schedule of one requirement is in the same series.
    let risen = of(&[Maintenance], 3);
    assert!(conflict(&maintenance, &risen));
    assert!(matches!(follow(&maintenance, &risen), Err(SequenceError::Conflict { .. })));
    assert_eq!(follow(&maintenance, &later(&risen)), Ok(Order::Newer));
    // One of both is in both: no number of either is free for it.
    let both = of(&[Maintenance, Initial], 4);
    for one in [&maintenance, &initial] {
        assert!(conflict(one, &both) && conflict(&both, one));
        assert!(matches!(follow(one, &both), Err(SequenceError::Conflict { .. })));
        assert!(matches!(follow(&later(&both), one), Err(SequenceError::Older { .. })));
        assert_eq!(follow(one, &later(&both)), Ok(Order::Newer));
    }
    let close_out = of(&[CloseOut], 5);
    assert!(!conflict(&both, &close_out));
    assert!(matches!(follow(&both, &close_out), Err(SequenceError::OtherRequirement { .. })));
}

/// A digest is of one schedule, which has one registry and computes what it computes: no note leaves its series by saying
/// something else of it, whatever its number.
#[test]
fn one_schedule_is_described_in_one_way() {
    let first = snapshot_note();
    let number = first.sequence;
    for (sequence, requirements) in
        [(number, vec![Initial]), (number + 9, vec![Initial]), (1, vec![Maintenance, Initial])]
    {
        let second = SnapshotNote { sequence, requirements, ..first.clone() };
        let conflict = SnapshotConflict::find(&open(&first), &open(&second)).unwrap();
        let text =
            format!("binance signed two different descriptions of schedule {}", first.schedule);
        assert_eq!(conflict.to_string(), text);
    }
    let registry = [1; 32].into();
    let second = SnapshotNote { registry, sequence: 9, ..first.clone() };
    assert!(SnapshotConflict::find(&open(&first), &open(&second)).is_some());
    let ledger = checkpoint();
    let second = LedgerCheckpoint { registry, epoch: 99, ..ledger.clone() };
    assert!(CheckpointConflict::find(&open(&ledger), &open(&second)).is_some());
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
