//! What strangers hand in costs in proportion to what it is.

use crate::support::*;
use serde_json::json;
use std::cell::Cell;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use zkmargin_audit::{
    Added, EvidenceFile, EvidenceKind, EvidenceStore, Judge, MemoryEvidence, Rules, Status, Store,
    Submitted, Unrecognised,
};
use zkmargin_model::digest::Digest;
use zkmargin_model::statement::AccountReference;
use zkmargin_verifier::Envelope;

/// Evidence that counts how many snapshot notes were asked for.
struct Counted {
    evidence: MemoryEvidence,
    notes: Cell<usize>,
}

impl EvidenceStore for Counted {
    type Error = Infallible;

    fn next(
        &self,
        kind: EvidenceKind,
        name: Option<&Digest>,
        from: u64,
    ) -> Result<Option<EvidenceFile>, Infallible> {
        if kind == EvidenceKind::SnapshotNote {
            self.notes.set(self.notes.get() + 1);
        }
        self.evidence.next(kind, name, from)
    }

    fn ingested_from(&self, number: u64, from_ms: u64) -> Result<Option<u64>, Infallible> {
        self.evidence.ingested_from(number, from_ms)
    }
}

/// A note with another signature under the same key's name.
fn forged(note: &[u8], at: usize) -> Vec<u8> {
    let mut note = note.to_vec();
    let (end, digits) = (note.len() - 1, b"ABCDEFGH");
    for place in 0..3 {
        note[end - 20 - place] = digits[at >> (3 * place) & 7];
    }
    note
}

/// Notes that nobody trusted has signed are looked at once, not once for each proof.
#[test]
fn fault_4_2_strangers_notes_and_proofs_do_not_multiply() {
    const NOTES: usize = 50;
    const PROOFS: usize = 60;
    let case = Case::new();
    let mut evidence = MemoryEvidence::default();
    let good = "evidence/snapshot-0001.note";
    let schedule = &case.files["evidence/schedule.json"];
    evidence.add(schedule.clone(), NOW, EvidenceKind::Schedule).expect("added");
    for at in 0..NOTES {
        let note = forged(&case.files[good], at);
        evidence.add(note, NOW, EvidenceKind::SnapshotNote).expect("added");
    }
    for (name, bytes) in case.files.iter().filter(|(name, _)| name.starts_with("evidence")) {
        let kind = if name.contains("source") { EvidenceKind::Source } else { EvidenceKind::Keys };
        evidence.add(bytes.clone(), NOW, kind).expect(name);
    }
    let mut proofs = vec![envelope(&case.files, 1, 0)];
    for at in 1..PROOFS {
        let mut statement = proofs[0].statement().clone();
        statement.account = AccountReference::Ledger((at as u64).into());
        proofs.push(Envelope::new(statement, proofs[0].proof().to_vec()).expect("envelope"));
    }
    let proofs: Vec<_> = proofs.iter().map(Envelope::encode).collect();
    let submitted: Vec<_> = proofs.iter().map(|bytes| Submitted { bytes, submitter: 0 }).collect();
    let rules = Rules::from_json(&case.signed().0).expect("rules");
    let counted = Counted { evidence, notes: Cell::new(0) };
    let mut judge = Judge::new(&rules, &counted, &KEYS, NonZeroUsize::MIN);
    let found = judge.judge(&submitted).expect("judged");
    assert_eq!(found[0].status, Status::Valid, "{}", found[0].reason);
    assert!(found[1..].iter().all(|judgement| judgement.status == Status::EvidenceMissing));
    let asked = counted.notes.get();
    assert!(asked <= NOTES + 3 * PROOFS, "{asked} notes for {NOTES} notes and {PROOFS} proofs");
}

/// A snapshot that does not price its schedule is refused by a count, before it is compared with it.
#[test]
fn fault_4_2_a_snapshot_without_its_prices_costs_no_reading() {
    let case = Case::new();
    let folder = tempfile::tempdir().expect("folder");
    let mut store = Store::open(&folder.path().join("store.db")).expect("store");
    let mut ingest = store.ingest("stranger", NOW).expect("ingest");
    let add =
        |ingest: &mut zkmargin_audit::Ingest<'_>, bytes: &[u8]| ingest.add(bytes).expect("added");
    add(&mut ingest, &case.files["evidence/schedule.json"]);
    let name = "evidence/snapshot-0001.json";
    let mut snapshot: serde_json::Value = serde_json::from_slice(&case.files[name]).expect("JSON");
    let listed =
        ["instruments", "assets"].map(|list| snapshot[list].as_array().map_or(0, Vec::len));
    snapshot["instruments"] = json!([]);
    let found = add(&mut ingest, snapshot.to_string().as_bytes());
    assert!(
        matches!(&found, Added::Refused(Unrecognised::Unpriced { listed: of }) if *of == listed),
        "{found:?}"
    );
    assert!(matches!(add(&mut ingest, &case.files[name]), Added::Evidence(_)));
}
