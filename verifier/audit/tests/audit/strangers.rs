//! What strangers hand in costs in proportion to what it is.

use crate::support::*;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use zkmargin_audit::{
    Added, EvidenceFile, EvidenceKind, EvidenceStore, ExceptionKind, Judge, MemoryEvidence, Rules,
    Shard, Status, Store, Submitted, Unrecognised,
};
use zkmargin_model::digest::Digest;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::Statement;
use zkmargin_notes::{Body, EnrolmentNote, KeyKind, LedgerCheckpoint, Note, SnapshotNote};
use zkmargin_params::{Schedule, SnapshotFile, compile};
use zkmargin_pool::venue_key;

/// Evidence that counts what was asked for.
struct Counted {
    evidence: MemoryEvidence,
    asked: RefCell<BTreeMap<EvidenceKind, usize>>,
}

impl Counted {
    fn new(evidence: MemoryEvidence) -> Self {
        Self { evidence, asked: RefCell::default() }
    }

    fn of(&self, kind: EvidenceKind) -> usize {
        self.asked.borrow().get(&kind).copied().unwrap_or(0)
    }
}

impl EvidenceStore for Counted {
    type Error = Infallible;

    fn next(
        &self,
        kind: EvidenceKind,
        name: Option<&Digest>,
        from: u64,
    ) -> Result<Option<EvidenceFile>, Infallible> {
        *self.asked.borrow_mut().entry(kind).or_default() += 1;
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
        statement.account = in_ledger(at as u64);
        proofs.push(Envelope::new(statement, proofs[0].proof().to_vec()).expect("envelope"));
    }
    let proofs: Vec<_> = proofs.iter().map(Envelope::encode).collect();
    let submitted: Vec<_> = proofs.iter().map(|bytes| Submitted { bytes, submitter: 0 }).collect();
    let rules = Rules::from_json(&case.signed().0).expect("rules");
    let counted = Counted::new(evidence);
    let mut judge = Judge::new(&rules, &counted, &KEYS, NonZeroUsize::MIN);
    let found = judge.judge(&submitted).expect("judged");
    assert_eq!(found[0].status, Status::Valid, "{}", found[0].reason);
    assert!(found[1..].iter().all(|judgement| judgement.status == Status::EvidenceMissing));
    let asked = counted.of(EvidenceKind::SnapshotNote);
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

/// A name that a signature line can have, and no key.
fn long_name(at: usize, bytes: usize) -> String {
    format!("{at:04}.{}", "x".repeat(bytes - 5))
}

/// A note's text under lines of keys that nobody knows.
fn signed_by_nobody(note: &[u8], lines: usize, name_bytes: usize) -> Vec<u8> {
    let note = Note::parse(note).expect("note");
    let mut text = format!("{}\n", note.text());
    for at in 0..lines {
        text.push_str(&format!("\u{2014} {} AAAAAAAA\n", long_name(at, name_bytes)));
    }
    text.into_bytes()
}

/// What strangers write is quoted in reasons, which are kept with every proof.
#[test]
fn fault_4_a_strangers_note_stops_no_run() {
    let mut case = Case::new();
    let name = "evidence/checkpoint-0001.note";
    let good = case.files[name].clone();
    case.files.insert(name.to_owned(), signed_by_nobody(&good, 100, 255));
    let mut ready = case.ready();
    let mut ingest = ready.store.ingest("stranger", NOW).expect("ingest");
    let found = ingest.add(&signed_by_nobody(&good, 1, 4090)).expect("added");
    assert!(matches!(found, Added::Refused(Unrecognised::Note(_))), "{found:?}");
    ingest.commit().expect("committed");
    let (findings, exceptions) = ready.findings();
    assert_eq!((findings.shown, findings.statuses["evidence-missing"]), (4, 4));
    let of: Vec<_> =
        exceptions.iter().filter(|e| e.kind == ExceptionKind::EvidenceMissing).collect();
    assert!(of.len() == 4 && of.iter().all(|e| e.reason.ends_with("and so on")), "{of:?}");
}

/// A venue that prices hundreds of instruments which a policy forgot gets its verdict, not a run that nobody can read.
#[test]
fn fault_3_hundreds_of_lacking_prices_are_a_verdict() {
    let mut case = Case::new();
    let key = zkmargin_notes::SignerKey::from_seed("source.example", KeyKind::Ed25519, &[0x51; 32]);
    let policy = &mut case.manifest["policies"][0];
    policy["keys"].as_array_mut().expect("keys").push(json!({
        "name": "source.example", "key": key.expect("key").verifier().to_text(), "role": "source",
        "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
    }));
    policy["prices"] = json!({
        "max_deviation_bps": 10, "max_skew_ms": 2000, "min_keys": 1,
        "sources": [{ "name": "s", "signed_by": { "note": { "key": "source.example" } } }],
        "cover": [{ "of": { "instrument": "BTCUSDT" }, "feeds": [{ "source": "s", "feed": "BTC" }] }],
        "uncovered": { "instruments": [], "assets": [] },
    });
    let snapshot: serde_json::Value =
        serde_json::from_slice(&case.files["evidence/snapshot-0001.json"]).expect("JSON");
    assert!(snapshot["instruments"].as_array().is_some_and(|list| list.len() > 300));
    let (findings, exceptions) = case.findings();
    assert_eq!(findings.statuses, [("prices-disagree", 8)].into());
    let of: Vec<_> =
        exceptions.iter().filter(|e| e.kind == ExceptionKind::PricesDisagree).collect();
    assert!(of.iter().all(|e| e.code == "PricesIncomplete" && e.reason.len() <= 1024), "{of:?}");
}

/// Proofs of nothing that come first, at more snapshots than a report describes.
#[test]
fn fault_3_junk_proofs_hide_nothing_that_is_not_checked() {
    let case = Case::new();
    let (honest, whole) = case.ready().recomputed();
    assert!(!whole.not_checked.is_empty());
    let mut case = Case::new();
    // Ingested from the last name to the first.
    let mut junk = |name: String, change: &dyn Fn(&mut Statement)| {
        let good = envelope(&case.files, 1, 0);
        let mut statement = good.statement().clone();
        change(&mut statement);
        let junk = Envelope::new(statement, good.proof().to_vec()).expect("envelope");
        case.files.insert(format!("proofs/9999/{name}.zkm"), junk.encode());
    };
    for at in 0..2u64 {
        junk(format!("root-{at}"), &|s| s.account = in_ledger(at));
    }
    for snapshot in 0..9u8 {
        for at in 0..9u64 {
            junk(format!("snapshot-{snapshot}-{at}"), &|s| {
                (s.snapshot_digest, s.account) = ([snapshot; 32].into(), in_ledger(at));
            });
        }
    }
    let (found, recomputed) = case.ready().recomputed();
    assert_eq!(recomputed.not_checked, whole.not_checked);
    let (described, before) = (&found.periods[0].evidence, &honest.periods[0].evidence[0]);
    assert_eq!(described.len(), 8);
    assert_eq!((&described[0].met, &described[0].notes), (&before.met, &before.notes));
    assert_eq!((&described[0].rules, &described[0].refused), (&before.rules, &None));
    assert_eq!(described[0].not_checked, before.not_checked);
    assert!(described[1..].iter().all(|other| other.refused.is_some()));
}

/// Evidence of the pool behind other files, and a judge's count of what it asked for.
fn judged_behind(first: &[(EvidenceKind, Vec<u8>)], proofs: &[Envelope], rules: &Rules) -> Counted {
    let case = Case::new();
    let mut evidence = MemoryEvidence::default();
    let schedule = &case.files["evidence/schedule.json"];
    evidence.add(schedule.clone(), NOW, EvidenceKind::Schedule).expect("added");
    for (kind, bytes) in first {
        evidence.add(bytes.clone(), NOW, *kind).expect("added");
    }
    for (name, bytes) in case.files.iter().filter(|(name, _)| name.starts_with("evidence")) {
        evidence.add(bytes.clone(), NOW, EvidenceKind::Keys).expect(name);
    }
    let proofs: Vec<_> = proofs.iter().map(Envelope::encode).collect();
    let submitted: Vec<_> = proofs.iter().map(|bytes| Submitted { bytes, submitter: 0 }).collect();
    let counted = Counted::new(evidence);
    let mut judge = Judge::new(rules, &counted, &KEYS, NonZeroUsize::MIN);
    let found = judge.judge(&submitted).expect("judged");
    assert_eq!(found[0].status, Status::Valid, "{}", found[0].reason);
    drop(judge);
    counted
}

/// A schedule's note is one for all epochs.
#[test]
fn fault_4_strangers_notes_are_looked_at_once_for_all_epochs() {
    const NOTES: usize = 100;
    let case = Case::new();
    let rules = Rules::from_json(&case.signed().0).expect("rules");
    let note = &case.files["evidence/schedule.note"];
    let first: Vec<_> =
        (0..NOTES).map(|at| (EvidenceKind::ScheduleNote, forged(note, at))).collect();
    let proofs = [1, 2].map(|epoch| envelope(&case.files, epoch, 0));
    let asked = judged_behind(&first, &proofs, &rules).of(EvidenceKind::ScheduleNote);
    assert!(asked <= NOTES + 10, "{asked} for {NOTES} notes");
}

/// Checkpoints of other epochs with one root are passed over once, whether one is of the epoch or none.
#[test]
fn fault_4_checkpoints_of_other_epochs_are_passed_over_once() {
    const NOTES: usize = 50;
    const SNAPSHOTS: usize = 5;
    let case = Case::new();
    let rules = Rules::from_json(&case.signed().0).expect("rules");
    let schedule = Schedule::from_json(&case.files["evidence/schedule.json"]).expect("schedule");
    let good = envelope(&case.files, 1, 0);
    let checkpoint: LedgerCheckpoint = {
        let note = Note::parse(&case.files["evidence/checkpoint-0001.note"]).expect("note");
        LedgerCheckpoint::parse(note.text()).expect("checkpoint")
    };
    let mut first = Vec::new();
    for at in 0..NOTES {
        for root in [checkpoint.root, 7.into(), 8.into()] {
            let other = LedgerCheckpoint { root, epoch: 100 + at as u64, ..checkpoint.clone() };
            let note = other.sign(&venue_key().expect("key")).expect("note").to_text();
            first.push((EvidenceKind::Checkpoint, note.into_bytes()));
        }
    }
    // One of the epoch that nobody trusted signed, before the others.
    let junk = LedgerCheckpoint { root: 8.into(), ..checkpoint.clone() };
    let junk = junk.sign(&venue_key().expect("key")).expect("note").to_text();
    first.insert(0, (EvidenceKind::Checkpoint, forged(junk.as_bytes(), 1)));
    let mut proofs = vec![good.clone()];
    let mut snapshot: serde_json::Value =
        serde_json::from_slice(&case.files["evidence/snapshot-0001.json"]).expect("JSON");
    for at in 0..SNAPSHOTS {
        snapshot["sequence"] = json!(1000 + at);
        let bytes = serde_json::to_vec(&snapshot).expect("JSON");
        let market = compile(&schedule, &SnapshotFile::from_json(&bytes).expect("snapshot"));
        let market = market.expect("market");
        first.push((EvidenceKind::Snapshot, bytes));
        let note = SnapshotNote::of(&market).sign(&venue_key().expect("key")).expect("note");
        first.push((EvidenceKind::SnapshotNote, note.to_text().into_bytes()));
        let ledger = in_ledger;
        for account in [good.statement().account, ledger(7), ledger(8)] {
            let mut statement = good.statement().clone();
            (statement.snapshot_digest, statement.account) = (market.snapshot_digest(), account);
            proofs.push(Envelope::new(statement, good.proof().to_vec()).expect("envelope"));
        }
    }
    let asked = judged_behind(&first, &proofs, &rules).of(EvidenceKind::Checkpoint);
    let most = 3 * NOTES + 6 * SNAPSHOTS;
    assert!(asked <= most, "{asked} for {NOTES} notes of each root and {SNAPSHOTS} snapshots");
}

/// A witness's clock was ahead when the note came first; when it comes again, it counts.
#[test]
fn fault_3_a_cosignature_counts_from_its_time() {
    let (mut case, witness) = Case::witnessed();
    let hour = 3_600_000;
    for epoch in 1..=2 {
        let name = format!("evidence/checkpoint-000{epoch}.note");
        let mut note = Note::parse(&case.files[&name]).expect("note");
        note.cosign(&witness, (NOW + hour) / 1000).expect("cosigned");
        case.files.insert(name, note.to_text().into_bytes());
    }
    let mut ready = case.ready();
    for (minutes, expected) in [(0, 0), (30, 0), (61, 8), (90, 8)] {
        let mut ingest = ready.store.ingest("venue", NOW + minutes * 60_000).expect("ingest");
        for epoch in 1..=2 {
            let note = &case.files[&format!("evidence/checkpoint-000{epoch}.note")];
            assert!(matches!(ingest.add(note).expect("added"), Added::Known));
        }
        ingest.commit().expect("committed");
        let run = ready.run(&format!("{minutes}.run"), Shard::WHOLE);
        assert_eq!(ready.findings_of(&run).0.shown, expected, "after {minutes} minutes");
    }
}

/// Enrolments of other epochs are not even read.
#[test]
fn fault_4_enrolments_are_looked_up_by_their_epoch() {
    let case = Case::new();
    let mut ready = case.ready();
    let subject = pseudonym(&envelope(&case.files, 1, 1));
    let body = case.files.values().find_map(|bytes| {
        let note = Note::parse(bytes).ok()?;
        let body = EnrolmentNote::parse(note.text()).ok()?;
        (body.pseudonym == subject && body.epoch == 1).then_some(body)
    });
    let body = body.expect("an enrolment");
    let mut ingest = ready.store.ingest("stranger", NOW).expect("ingest");
    for (venue, epoch) in [("binance", 3), ("binance", 4), ("elsewhere", 1)] {
        let other = EnrolmentNote { venue: venue.to_owned(), epoch, ..body.clone() };
        let note = other.sign(&venue_key().expect("key")).expect("note").to_text();
        assert!(matches!(ingest.add(note.as_bytes()).expect("added"), Added::Evidence(_)));
    }
    ingest.commit().expect("committed");
    let view = ready.store.at(ready.store.head().expect("head").size);
    let (mut found, mut from) = (Vec::new(), 0);
    let kind = EvidenceKind::Enrolment;
    while let Some(file) =
        view.next_named_in_series(kind, "binance", 1, &subject.to_bytes(), from).expect("store")
    {
        from = file.number + 1;
        found.push(Note::parse(&file.bytes).expect("note").text().to_owned());
    }
    assert_eq!(found, [body.to_text()]);
}
