//! A memory keeps what it was shown, whatever was demanded at the time; in memory and on disk alike.

use zkmargin_model::context::Context;
use zkmargin_notes::{LedgerCheckpoint, SnapshotNote};
use zkmargin_params::{Challenge, Requirement};
use zkmargin_policy::{Before, MemoryStore, Replay, SeenStore, Use};
use zkmargin_storage::SqliteMemory;

const NONCE: [u8; 32] = [3; 32];

fn marks(sequence: u64) -> SnapshotNote {
    SnapshotNote {
        venue: "binance".into(),
        requirements: vec![Requirement::Maintenance],
        sequence,
        time_ms: 1_000 * sequence,
        instruments: 1,
        registry: [1; 32].into(),
        schedule: [2; 32].into(),
        snapshot: [sequence as u8; 32].into(),
    }
}

fn ledger(epoch: u64) -> LedgerCheckpoint {
    LedgerCheckpoint {
        origin: "binance".into(),
        size: 1,
        root: epoch.into(),
        epoch,
        time_ms: 1_000 * epoch,
        registry: [1; 32].into(),
        schedule: [2; 32].into(),
    }
}

fn used(sequence: u64, nullifier: u8) -> Use {
    Use {
        nonce: Some(NONCE),
        scope: [9; 32],
        nullifiers: vec![[nullifier; 32]],
        snapshot: Some(marks(sequence)),
        checkpoint: Some(ledger(sequence)),
        now_ms: 5,
        answers_challenge: false,
        once_per_period: false,
        sequence: false,
    }
}

/// Marks of these requirements' schedule.
fn used_of(requirements: &[Requirement], sequence: u64, nullifier: u8) -> Use {
    let mut used = Use { sequence: true, checkpoint: None, ..used(sequence, nullifier) };
    used.snapshot.as_mut().expect("marks").requirements = requirements.to_vec();
    used
}

/// The marks of another requirement of the registry have numbers of their own; those of several are in the series of each.
fn follows_each_requirement<S: SeenStore>(store: &mut S)
where
    S::Error: std::fmt::Debug,
{
    use Requirement::{CloseOut, Initial, Maintenance};
    let mut nullifier = 0;
    let mut accept = |requirements: &[Requirement], sequence| {
        nullifier += 1;
        let found = store.accept(&used_of(requirements, sequence, nullifier)).expect("store");
        found.map(|before| before.snapshot).map_err(|replay| replay.code())
    };
    assert_eq!(accept(&[Maintenance], 5), Ok(false));
    // A lower number of another series is no replay, and nothing to follow either.
    assert_eq!(accept(&[Initial], 2), Ok(false));
    assert_eq!(accept(&[Initial], 1), Err("SequenceOlder"));
    assert_eq!(accept(&[Maintenance], 4), Err("SequenceOlder"));
    // Behind one of its series is behind; nothing is remembered of it in the other.
    assert_eq!(accept(&[Maintenance, Initial], 3), Err("SequenceOlder"));
    assert_eq!(accept(&[Maintenance, Initial], 5), Err("SequenceConflict"));
    assert_eq!(accept(&[Initial], 2), Ok(true));
    assert_eq!(accept(&[Maintenance, Initial], 6), Ok(true));
    for one in [Maintenance, Initial] {
        assert_eq!(accept(&[one], 5), Err("SequenceOlder"));
        assert_eq!(accept(&[one], 6), Err("SequenceConflict"));
        assert_eq!(accept(&[one], 7), Ok(true));
    }
    // One of its series was never seen: not all of them go forward.
    assert_eq!(accept(&[Maintenance, CloseOut], 8), Ok(false));
    assert_eq!(accept(&[CloseOut], 7), Err("SequenceOlder"));
    assert_eq!(accept(&[Maintenance, CloseOut], 8), Ok(true));
}

#[test]
fn marks_of_each_requirement_are_followed_apart() {
    follows_each_requirement(&mut MemoryStore::default());
    let folder = tempfile::tempdir().expect("folder");
    follows_each_requirement(
        &mut SqliteMemory::open(&folder.path().join("seen.db")).expect("memory"),
    );
}

fn keeps_everything<S: SeenStore>(store: &mut S)
where
    S::Error: std::fmt::Debug,
{
    let code = |found: Result<Result<Before, Replay>, S::Error>| match found.expect("store") {
        Ok(_) => "",
        Err(replay) => replay.code(),
    };
    assert!(store.is_empty().expect("store"));
    let first = store.accept(&used(2, 1)).expect("store");
    assert_eq!(first, Ok(Before::default()));
    assert!(!store.is_empty().expect("store"));
    // Nobody demanded anything, and yet everything is there for those who do.
    let before = Before { snapshot: true, checkpoint: true, anything: true };
    assert_eq!(store.accept(&used(2, 1)).expect("store"), Ok(before));
    assert_eq!(code(store.accept(&Use { once_per_period: true, ..used(2, 1) })), "NullifierSeen");
    assert_eq!(code(store.accept(&Use { once_per_period: true, ..used(2, 4) })), "");
    assert_eq!(code(store.accept(&Use { sequence: true, ..used(1, 5) })), "SequenceOlder");
    let conflict = SnapshotNote { snapshot: [8; 32].into(), ..marks(2) };
    let conflict = Use { snapshot: Some(conflict), sequence: true, ..used(2, 5) };
    assert_eq!(code(store.accept(&conflict)), "SequenceConflict");
    // What goes back without a demand does not become the last.
    assert_eq!(code(store.accept(&used(1, 6))), "");
    assert_eq!(code(store.accept(&Use { sequence: true, ..used(1, 7) })), "SequenceOlder");
    assert_eq!(code(store.accept(&Use { sequence: true, ..used(3, 7) })), "");
    assert_eq!(code(store.accept(&Use { sequence: true, ..used(2, 8) })), "SequenceOlder");
    // The ledger and the marks of the venue's other registry have a series of their own, which has not begun.
    let other = |sequence, nullifier| {
        let mut used = Use { sequence: true, ..used(sequence, nullifier) };
        used.snapshot.as_mut().expect("marks").registry = [7; 32].into();
        used.checkpoint.as_mut().expect("a ledger").registry = [7; 32].into();
        used
    };
    let found = store.accept(&other(1, 20)).expect("store").expect("accepted");
    assert_eq!((found.snapshot, found.checkpoint, found.anything), (false, false, true));
    assert_eq!(code(store.accept(&other(3, 21))), "");
    assert_eq!(code(store.accept(&other(2, 22))), "SequenceOlder");
    let mut conflict = other(3, 22);
    conflict.checkpoint.as_mut().expect("a ledger").size = 2;
    assert_eq!(code(store.accept(&conflict)), "SequenceConflict");
    // Neither moves the other's.
    let found = store.accept(&Use { sequence: true, ..used(3, 23) }).expect("store");
    assert!(found.is_ok_and(|before| before.snapshot && before.checkpoint));
    // A nonce that this verifier did not make is refused only where an answer is demanded.
    let answer = |nullifier| Use { answers_challenge: true, ..used(3, nullifier) };
    assert_eq!(code(store.accept(&answer(9))), "ChallengeUnknown");
    let context = Context::new("a", "", Some(NONCE))
        .expect("context")
        .expiring(std::num::NonZeroU64::new(10));
    store.issue(&Challenge::new(context, 1).expect("challenge")).expect("issued");
    // It is answered by whoever carries it, demanded or not.
    assert_eq!(code(store.accept(&used(3, 10))), "");
    assert_eq!(code(store.accept(&answer(11))), "Replayed");
    assert!(store.issued(&NONCE).expect("store").expect("issued").answered);
}

#[test]
fn fault_1_6_a_memory_keeps_what_nobody_demanded() {
    keeps_everything(&mut MemoryStore::default());
    let folder = tempfile::tempdir().expect("folder");
    keeps_everything(&mut SqliteMemory::open(&folder.path().join("seen.db")).expect("memory"));
}
