//! Signed notes and their bodies.

use crate::bounds::check_message;
use std::sync::LazyLock;
use zkmargin_notes::{
    AttestationNote, Body, Checkpoint, EnrolmentNote, KeySet, LedgerCheckpoint, ManifestNote, Note,
    ReconciliationNote, ReportNote, ScheduleNote, SnapshotNote, SourceNote,
};

/// 2026-01-02T03:04:05Z in milliseconds: inside the validity of the keys of the seeds.
const NOW: u64 = 1_767_323_045_000;

static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::from_json(include_bytes!("keys.json")).expect("keys of the seeds"));

/// A note is one text, and so is the body in it; what opens under the seeds' keys is a seed's body.
pub fn note(bytes: &[u8]) {
    match Note::parse(bytes) {
        Ok(note) => {
            assert_eq!(note.to_text().as_bytes(), bytes, "one text");
            body::<ScheduleNote>(note.text(), bytes);
            body::<SnapshotNote>(note.text(), bytes);
            body::<LedgerCheckpoint>(note.text(), bytes);
            body::<EnrolmentNote>(note.text(), bytes);
            body::<AttestationNote>(note.text(), bytes);
            body::<SourceNote>(note.text(), bytes);
            body::<ManifestNote>(note.text(), bytes);
            body::<ReportNote>(note.text(), bytes);
            body::<ReconciliationNote>(note.text(), bytes);
            if let Ok(checkpoint) = Checkpoint::parse(note.text()) {
                assert_eq!(checkpoint.to_text(), note.text(), "one text");
            }
        }
        Err(error) => check_message(&error.to_string()),
    }
}

fn body<T: Body>(text: &str, bytes: &[u8]) {
    match T::parse(text) {
        Ok(body) => assert_eq!(body.to_text(), text, "one text"),
        Err(error) => check_message(&error.to_string()),
    }
    match KEYS.open::<T>(bytes, NOW) {
        // Nobody but the makers of the seeds has these keys.
        Ok(opened) => {
            let seeds = crate::seeds::of("note");
            let text = opened.note().text();
            assert!(seeds.iter().any(|seed| seed.starts_with(text.as_bytes())), "a forged note");
        }
        Err(error) => check_message(&error.to_string()),
    }
}
