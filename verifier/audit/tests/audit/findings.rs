//! One test per kind of finding: what is wrong is named, and nothing else is.

use crate::support::*;
use serde_json::json;
use zkmargin_audit::{Exception, ExceptionKind, Judgement, Run, Shard, Submitted, Verdict};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::AccountReference;
use zkmargin_notes::{Body, EnrolmentNote, LedgerCheckpoint, Note, ScheduleNote, SnapshotNote};
use zkmargin_params::{Schedule, SnapshotFile, compile};
use zkmargin_pool::venue_key;

fn kinds(exceptions: &[Exception]) -> Vec<(&'static str, u64)> {
    exceptions.iter().map(|e| (e.kind.code(), e.epoch)).collect()
}

fn body<T: Body>(case: &Case, name: &str) -> T {
    T::parse(Note::parse(&case.files[name]).expect("note").text()).expect("body")
}

fn signed(body: &impl Body) -> Vec<u8> {
    let note = body.sign(&venue_key().expect("key")).expect("note");
    note.to_text().into_bytes()
}

fn wrong(envelope: &Envelope) -> Vec<u8> {
    let mut proof = envelope.proof().to_vec();
    let last = proof.len() - 32;
    proof[last] ^= 1;
    Envelope::new(envelope.statement().clone(), proof).expect("well-formed").encode()
}

#[test]
fn complete() {
    let (findings, exceptions) = Case::new().findings();
    assert_eq!(exceptions, []);
    assert_eq!(findings.verdict, Verdict::Complete);
    assert_eq!((findings.due, findings.shown, findings.proofs), (8, 8, 8));
    assert!(findings.verdict.to_string().starts_with("COMPLETE: "), "{}", findings.verdict);
    for (period, epoch) in findings.periods.iter().zip(1..) {
        assert_eq!((&period.venue[..], period.epoch), ("binance", epoch.into()));
        assert_eq!(period.ledger_size, Some(4));
        let [evidence] = &period.evidence[..] else { panic!("{:?}", period.evidence) };
        let snapshot = crate::support::epoch(epoch).market.snapshot_digest().to_string();
        assert_eq!((&evidence.snapshot, evidence.proofs), (&snapshot, 4));
        assert_eq!((period.enrolled, period.unexpected, period.shown), (4, 0, 4));
        let met = &period.evidence[0].met;
        assert!(met.iter().any(|(demand, _)| demand == "marks signed by the venue"));
    }
    assert!(findings.grid.iter().flatten().all(|cell| *cell == (1, 1)));
    assert_eq!(findings.grid.len(), 4);
}

#[test]
fn missing() {
    let mut case = Case::new();
    let gone = case.files.remove(&proof_name(2, 3)).expect("proof");
    let subject = pseudonym(&Envelope::decode(&gone).expect("proof"));
    let ready = case.ready();
    let (count, first) = ready.store.missing(&ready.expected, 10).expect("missing");
    assert_eq!((count, first[0].epoch, first[0].lacking), (1, 2, 1));
    assert_eq!(first[0].subject, subject.to_bytes());
    let (findings, exceptions) = ready.findings();
    assert_eq!(kinds(&exceptions), [("missing", 2)]);
    assert_eq!(findings.exceptions, [("missing", 1)].into());
    assert_eq!(exceptions[0].subject, subject.to_string());
    assert_eq!(findings.verdict, Verdict::Incomplete);
    assert_eq!((findings.due, findings.shown), (8, 7));
}

#[test]
fn invalid_and_nothing_else_for_it() {
    let mut case = Case::new();
    let bad = wrong(&envelope(&case.files, 1, 0));
    case.files.insert(proof_name(1, 0), bad);
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("missing", 1), ("invalid", 1)]);
    assert_eq!(exceptions[1].code, "InvalidProof");
    assert_eq!(findings.verdict, Verdict::Incomplete);
}

/// The good proof counts; the other one of the same statement is named twice over.
#[test]
fn duplicate_by_statement() {
    let mut case = Case::new();
    let bad = wrong(&envelope(&case.files, 1, 0));
    case.files.insert("proofs/0001/copy.zkm".to_owned(), bad);
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("invalid", 1), ("duplicate-statement", 1)]);
    assert_eq!(findings.verdict, Verdict::InvalidProofs);
    assert_eq!(findings.shown, 8);
    // The same bytes again, and the JSON twin, are no new entries.
    let mut ready = case.ready();
    let before = ready.store.head().expect("head");
    let mut ingest = ready.store.ingest("somebody else", NOW + 1).expect("ingest");
    let twin = envelope(&case.files, 1, 1).to_json();
    for bytes in case.files.values().map(Vec::as_slice).chain([twin.as_bytes()]) {
        assert!(matches!(ingest.add(bytes).expect("added"), zkmargin_audit::Added::Known));
    }
    ingest.commit().expect("commit");
    // Only a receipt of it.
    assert_eq!(ready.store.head().expect("head").size, before.size + 1);
}

#[test]
fn duplicate_by_account() {
    let mut case = Case::new();
    case.files.insert("proofs/0001/again.zkm".to_owned(), prove_again(1, 2).encode());
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("duplicate-account", 1)]);
    assert_eq!(findings.verdict, Verdict::CompleteWithExceptions);
}

/// One account shown twice is not two accounts.
#[test]
fn as_many_accounts_as_due() {
    let mut case = Case::new();
    case.files.retain(|name, _| !name.contains("enrolment"));
    case.files.insert("proofs/0001/again.zkm".to_owned(), prove_again(1, 2).encode());
    let subject = pseudonym(&envelope(&case.files, 1, 2)).to_string();
    case.due = case.due.replace(&format!(",1,{subject},1"), &format!(",1,{subject},2"));
    case.manifest["periods"][0]["population"] = json!(5);
    let ready = case.ready();
    assert_eq!(ready.store.missing(&ready.expected, 10).expect("missing").0, 1);
    let (findings, exceptions) = ready.findings();
    assert_eq!(kinds(&exceptions), [("missing", 1), ("duplicate-account", 1), ("population", 1)]);
    assert_eq!(findings.verdict, Verdict::Incomplete);
}

#[test]
fn unexpected() {
    let mut case = Case::new();
    let subject = pseudonym(&envelope(&case.files, 1, 1)).to_string();
    let registry = epoch(1).market.registry_digest();
    let line = format!("binance,{registry},1,{subject},1\n");
    assert!(case.due.contains(&line));
    case.due = case.due.replace(&line, "");
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("unexpected", 1)]);
    assert_eq!(findings.verdict, Verdict::CompleteWithExceptions);
    assert_eq!(findings.periods[0].unexpected, 1);
}

#[test]
fn stale() {
    let mut case = Case::new();
    let period = &mut case.manifest["periods"][1];
    period["marks_from"] = json!("2024-08-01T00:00:00Z");
    period["marks_until"] = json!("2024-08-02T00:00:00Z");
    let (findings, exceptions) = case.findings();
    assert_eq!(exceptions.iter().filter(|e| e.kind == ExceptionKind::Stale).count(), 4);
    assert_eq!(exceptions.iter().filter(|e| e.kind == ExceptionKind::Missing).count(), 4);
    assert_eq!(exceptions.len(), 8);
    assert_eq!(findings.verdict, Verdict::Incomplete);
    assert_eq!(findings.shown, 4);
}

#[test]
fn wrong_rule() {
    // A higher level than the proofs claim.
    let mut case = Case::new();
    case.manifest["policies"][0]["claim"]["level"] = json!("buffer-10=11000");
    let (findings, exceptions) = case.findings();
    let wrong: Vec<_> = exceptions.iter().filter(|e| e.kind == ExceptionKind::WrongRule).collect();
    assert_eq!((wrong.len(), findings.shown), (8, 0));
    assert!(wrong.iter().all(|e| e.code == "PolicyLevel"));
    // Another schedule in force in one period.
    let mut case = Case::new();
    case.manifest["periods"][0]["schedule"] = json!("11".repeat(32));
    let (findings, exceptions) = case.findings();
    let wrong: Vec<_> = exceptions.iter().filter(|e| e.kind == ExceptionKind::WrongRule).collect();
    assert_eq!((wrong.len(), findings.shown), (4, 4));
    assert!(wrong.iter().all(|e| e.code == "PolicySchedule" && e.epoch == 1));
}

/// At a market that no circuit knows each proof has the status that it has alone, whatever is judged beside it.
#[test]
fn a_market_without_circuit() {
    let mut case = Case::new();
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&case.files[name]).expect("JSON")
    };
    let bytes = |value: &serde_json::Value| serde_json::to_vec(value).expect("JSON");
    let mut schedule_file = json("evidence/schedule.json");
    let step = |decimals: u32| json!({"mode": "truncate", "decimals": decimals});
    schedule_file["rounding"] = json!({"requirement": [step(10), step(9), step(8)]});
    let schedule = Schedule::from_json(&bytes(&schedule_file)).expect("schedule");
    let mut snapshot_file = json("evidence/snapshot-0001.json");
    snapshot_file["schedule"] = json!(schedule.digest().to_string());
    let snapshot = SnapshotFile::from_json(&bytes(&snapshot_file)).expect("snapshot");
    let market = compile(&schedule, &snapshot).expect("market");
    let mut checkpoint: LedgerCheckpoint = body(&case, "evidence/checkpoint-0001.note");
    checkpoint.registry = market.registry_digest();
    checkpoint.schedule = market.schedule_digest();
    for (name, bytes) in [
        ("rounded.json", bytes(&schedule_file)),
        ("rounded.note", signed(&ScheduleNote::of(&schedule))),
        ("snapshot-0001.json", bytes(&snapshot_file)),
        ("snapshot-0001.note", signed(&SnapshotNote::of(&market))),
        ("checkpoint-0001.note", signed(&checkpoint)),
    ] {
        case.files.insert(format!("evidence/{name}"), bytes);
    }
    let at_market = |holder: u32, level_bps: u32| {
        let good = envelope(&case.files, 1, holder);
        let mut statement = good.statement().clone();
        statement.registry_digest = market.registry_digest();
        statement.schedule_digest = market.schedule_digest();
        statement.snapshot_digest = market.snapshot_digest();
        statement.claim =
            Claim::with_floor(level_bps, statement.claim.floor().clone()).expect("claim");
        Envelope::new(statement, good.proof().to_vec()).expect("well-formed").encode()
    };
    let proofs = [at_market(0, 10_000), at_market(1, 11_000), at_market(2, 11_000)];
    case.manifest["policies"][0]["claim"]["level"] = json!("buffer-10=11000");
    case.manifest["periods"][0]["schedule"] = json!(market.schedule_digest().to_string());
    assert_eq!(
        case.manifest["periods"][0]["registry"],
        json!(market.registry_digest().to_string())
    );
    let ready = case.ready();
    let run = ready.run("empty", Shard::WHOLE);
    let view = ready.view(&run);
    let judged = |proofs: &[Vec<u8>]| -> Vec<Judgement> {
        let submitted: Vec<_> =
            proofs.iter().map(|bytes| Submitted { bytes, submitter: 0 }).collect();
        ready.judge(&view).judge(&submitted).expect("judged")
    };
    let together = judged(&proofs);
    let alone: Vec<_> =
        proofs.iter().flat_map(|proof| judged(std::slice::from_ref(proof))).collect();
    assert_eq!(together, alone);
    let codes: Vec<_> = together.iter().map(|judgement| judgement.code.as_str()).collect();
    assert_eq!(codes, ["PolicyLevel", "Unprovable", "Unprovable"]);
}

/// Without any one piece of evidence nothing is said of the proofs that rely on it, and with a
/// signature that nobody trusts neither.
#[test]
fn evidence_missing() {
    for (name, count, code) in [
        ("evidence/schedule.json", 8, "ScheduleMissing"),
        ("evidence/schedule.note", 8, "EvidenceMissing"),
        ("evidence/snapshot-0001.json", 4, "SnapshotMissing"),
        ("evidence/snapshot-0001.note", 4, "EvidenceMissing"),
        ("evidence/checkpoint-0001.note", 4, "EvidenceMissing"),
    ] {
        let mut case = Case::new();
        case.files.remove(name).expect(name);
        let (findings, exceptions) = case.findings();
        let of_kind = |kind| exceptions.iter().filter(move |e| e.kind == kind);
        assert_eq!(of_kind(ExceptionKind::EvidenceMissing).count(), count, "{name}");
        assert!(of_kind(ExceptionKind::EvidenceMissing).all(|e| e.code == code), "{name}");
        assert_eq!(findings.shown, 8 - count as u64, "{name}");
        assert_eq!(findings.verdict, Verdict::Incomplete, "{name}");
    }
    // The venue's key, but not trusted at that time.
    let mut case = Case::new();
    case.manifest["policies"][0]["keys"][0]["valid_until"] = json!("2025-01-01T00:00:00Z");
    let (findings, exceptions) = case.findings();
    assert_eq!(findings.shown, 0);
    let codes = exceptions.iter().filter(|e| e.kind == ExceptionKind::EvidenceMissing);
    assert!(codes.clone().all(|e| e.code == "KeyExpired") && codes.count() == 8);
    // A checkpoint with the right root, signed for another epoch.
    let mut case = Case::new();
    let mut checkpoint: LedgerCheckpoint = body(&case, "evidence/checkpoint-0001.note");
    checkpoint.epoch = 9;
    case.files.insert("evidence/checkpoint-0001.note".to_owned(), signed(&checkpoint));
    let (findings, _) = case.findings();
    assert_eq!(findings.shown, 4);
    // A schedule that comes last changes nothing.
    let mut ready = {
        let mut case = Case::new();
        case.files
            .retain(|name, _| name != "evidence/schedule.json" && !name.contains("snapshot-"));
        case.ready()
    };
    // Proofs count as handed in by the digest of their schedule, whether it is there or not.
    assert_eq!(ready.store.missing(&ready.expected, 9).expect("missing").0, 0);
    assert_eq!(ready.findings().0.shown, 0);
    let files = pool_files();
    let mut ingest = ready.store.ingest("venue", NOW).expect("ingest");
    ingest.add(&files["evidence/schedule.json"]).expect("added");
    for (_, bytes) in files.iter().filter(|(name, _)| name.contains("snapshot-")) {
        ingest.add(bytes).expect("added");
    }
    ingest.commit().expect("commit");
    let run = ready.run("later.run", Shard::WHOLE);
    assert_eq!(ready.findings_of(&run).0.verdict, Verdict::Complete);
}

/// A circuit that this version does not know is not called invalid.
#[test]
fn unsupported() {
    let mut case = Case::new();
    let mut newer = case.files.remove(&proof_name(1, 0)).expect("proof");
    // Behind magic, format version and the statement's length: the circuit's version.
    assert_eq!(newer[14..16], [20, 0]);
    newer[14..16].copy_from_slice(&u16::MAX.to_le_bytes());
    case.files.insert("proofs/0001/newer.zkm".to_owned(), newer);
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("missing", 1), ("unsupported", 0)]);
    assert_eq!(exceptions[1].code, "ProofCircuitVersion");
    assert_eq!(findings.statuses["unsupported"], 1);
    assert!(!findings.statuses.contains_key("invalid"));
}

/// Golden proofs of every released circuit are read, and are of no period here.
#[test]
fn outside() {
    let mut case = Case::new();
    for name in ["binance-cross", "lighter-222378"] {
        let path = format!("{}/../../params/golden/{name}.zkm", env!("CARGO_MANIFEST_DIR"));
        case.files.insert(format!("proofs/{name}"), std::fs::read(path).expect("golden"));
    }
    case.manifest["policies"][0]["audience"] = json!("another.example");
    let (findings, _) = case.findings();
    assert_eq!(findings.statuses["outside"], 8);
    assert_eq!(findings.statuses["evidence-missing"], 2);
    assert_eq!(findings.shown, 0);
}

#[test]
fn population() {
    let mut case = Case::new();
    case.manifest["periods"][1]["population"] = json!(5);
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("population", 2)]);
    assert_eq!(findings.verdict, Verdict::Incomplete);
    // More due than there are.
    let mut case = Case::new();
    case.manifest["periods"][1]["population"] = json!(3);
    let (_, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("population", 2), ("population", 2)]);
}

#[test]
fn enrolment() {
    let mut case = Case::new();
    let name = "evidence/enrolment-0002-00001.note";
    let mut note: EnrolmentNote = body(&case, name);
    note.accounts = 2;
    case.files.insert(name.to_owned(), signed(&note));
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("enrolment", 2)]);
    assert_eq!(findings.verdict, Verdict::Incomplete);
    assert_eq!(findings.periods[1].enrolled, 3);

    // For another audience the pseudonym is another holder's, or nobody's.
    let mut case = Case::new();
    let mut note: EnrolmentNote = body(&case, name);
    (note.accounts, note.audience) = (2, [9; 32]);
    case.files.insert("evidence/enrolment-other.note".to_owned(), signed(&note));
    let (findings, exceptions) = case.findings();
    assert_eq!((exceptions, findings.periods[1].enrolled), (vec![], 4));
}

/// A proof that a run calls valid relies on something.
#[test]
fn a_run_that_was_changed() {
    let changed = |case: &Case, sql: &str| {
        let ready = case.ready();
        drop(ready.run("whole.run", Shard::WHOLE));
        let path = ready.path("whole.run");
        let raw = rusqlite::Connection::open(&path).expect("run");
        assert!(raw.execute(sql, []).expect(sql) > 0, "{sql}");
        drop(raw);
        let run = Run::read(&path, &ready.store, &ready.expected).expect("run");
        ready.recompute(&run, 0, |_| ()).map(|_| ()).expect_err("refused").to_string()
    };
    let mut case = Case::new();
    case.files.remove("evidence/checkpoint-0001.note");
    let sql = "UPDATE verdicts SET status = 'valid', code = '' WHERE status = 'evidence-missing'";
    let differs = changed(&case, sql);
    assert!(differs.contains("says valid"), "{differs}");
}

/// Two ledgers of one epoch, or two snapshots of one number, under the venue's key.
#[test]
fn contradictions() {
    let mut case = Case::new();
    let mut checkpoint: LedgerCheckpoint = body(&case, "evidence/checkpoint-0001.note");
    checkpoint.size = 3;
    case.files.insert("evidence/checkpoint-other.note".to_owned(), signed(&checkpoint));
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("contradiction", 1)]);
    assert_eq!(findings.verdict, Verdict::Incomplete);

    let mut case = Case::new();
    let mut note: SnapshotNote = body(&case, "evidence/snapshot-0001.note");
    note.snapshot = [7; 32].into();
    case.files.insert("evidence/snapshot-other.note".to_owned(), signed(&note));
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("contradiction", 0)]);
    assert_eq!(findings.verdict, Verdict::Incomplete);

    // Snapshots of another requirement of the registry have numbers of their own.
    let under = |requirement: &str| {
        let mut file: serde_json::Value =
            serde_json::from_slice(&case.files["evidence/schedule.json"]).expect("JSON");
        file["requirement"] = json!(requirement);
        for level in file["menu"]["levels"].as_array_mut().expect("levels") {
            if level["level_bps"] == 10_000 {
                level["name"] = json!(requirement);
            }
        }
        Schedule::from_json(file.to_string().as_bytes()).expect("schedule")
    };
    let (initial, first) = (under("initial"), body(&case, "evidence/snapshot-0001.note"));
    let first: SnapshotNote = first;
    assert_eq!(initial.registry_digest(), first.registry);
    let of_initial = SnapshotNote { snapshot: [7; 32].into(), ..first.described_by(&initial) };
    let with = |note: &SnapshotNote, schedule: Option<&Schedule>| {
        let mut case = Case::new();
        case.files.insert("evidence/snapshot-other.note".to_owned(), signed(note));
        if let Some(schedule) = schedule {
            let json = schedule.file().to_json().expect("JSON").into_bytes();
            case.files.insert("evidence/initial.json".to_owned(), json);
        }
        case.findings().1
    };
    assert_eq!(with(&of_initial, None), []);
    assert_eq!(with(&of_initial, Some(&initial)), []);
    // No note leaves its series by naming a requirement that its schedule does not compute.
    let lie = SnapshotNote { requirements: of_initial.requirements.clone(), ..first.clone() };
    let lie = SnapshotNote { snapshot: [7; 32].into(), ..lie };
    let exceptions = with(&lie, None);
    assert_eq!(kinds(&exceptions), [("contradiction", 0), ("contradiction", 0)]);
    let reasons: Vec<_> = exceptions.iter().map(|e| e.reason.as_str()).collect();
    assert!(
        reasons.iter().any(|r| r.contains(
            "says `requirement initial` where its schedule says `requirement maintenance`"
        )),
        "{reasons:?}"
    );
    assert!(
        reasons.iter().any(|r| r.ends_with(&format!("{}, maintenance", first.registry))),
        "{reasons:?}"
    );
    let lie = SnapshotNote { requirements: first.requirements.clone(), ..of_initial };
    assert_eq!(kinds(&with(&lie, Some(&initial))), [("contradiction", 0)]);
    // Whether its number is another's or not.
    let alone = SnapshotNote { sequence: 77, ..lie.clone() };
    assert_eq!(kinds(&with(&alone, Some(&initial))), [("contradiction", 0)]);
    assert_eq!(with(&alone, None), []);
    // Where nobody handed the schedule in, the note's word stands, and two of them contradict each other.
    let mut case = Case::new();
    let said = SnapshotNote { sequence: 78, ..alone.described_by(&initial) };
    for (name, note) in [("a", &alone), ("b", &said)] {
        case.files.insert(format!("evidence/snapshot-{name}.note"), signed(note));
    }
    assert_eq!(kinds(&case.findings().1), [("contradiction", 0)]);
    assert_eq!(kinds(&with(&lie, None)), [("contradiction", 0)]);

    // Somebody else's signature contradicts nobody.
    let mut case = Case::new();
    let key = zkmargin_pool::auditor_key().expect("key");
    let note = Note::sign(note.to_text(), &key).expect("note");
    case.files.insert("evidence/snapshot-other.note".to_owned(), note.to_text().into());
    let note = Note::sign(checkpoint.to_text(), &key).expect("note");
    case.files.insert("evidence/checkpoint-other.note".to_owned(), note.to_text().into());
    assert_eq!(case.findings().0.verdict, Verdict::Complete);
}

/// Marks are compared with the price sources of their time; past the bound, or without a message,
/// nothing is valid at them.
#[test]
fn prices() {
    let mut case = Case::new();
    let snapshot = |case: &Case, epoch: u32| -> serde_json::Value {
        serde_json::from_slice(&case.files[&format!("evidence/snapshot-{epoch:04}.json")])
            .expect("JSON")
    };
    let mark = |case: &Case, epoch: u32| {
        let file = snapshot(case, epoch);
        let entries = file["instruments"].as_array().expect("list").clone();
        let of = entries.iter().find(|e| e["instrument"] == "BTCUSDT").expect("BTC");
        of["mark"].as_str().expect("text").parse::<f64>().expect("number")
    };
    let file = snapshot(&case, 1);
    let names = |list: &str, of: &str| -> Vec<String> {
        let entries = file[list].as_array().expect("list").iter();
        entries
            .map(|e| e[of].as_str().expect("name").to_owned())
            .filter(|n| n != "BTCUSDT")
            .collect()
    };
    let key = zkmargin_notes::SignerKey::from_seed(
        "source.example",
        zkmargin_notes::KeyKind::Ed25519,
        &[0x51; 32],
    );
    let key = key.expect("key");
    let policy = &mut case.manifest["policies"][0];
    policy["keys"].as_array_mut().expect("keys").push(json!({
        "name": "source.example", "key": key.verifier().to_text(), "role": "source",
        "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
    }));
    policy["prices"] = json!({
        "max_deviation_bps": 10, "max_skew_ms": 2000, "min_keys": 1,
        "sources": [{ "name": "s", "signed_by": { "note": { "key": "source.example" } } }],
        "cover": [{ "of": { "instrument": "BTCUSDT" }, "feeds": [{ "source": "s", "feed": "BTC" }] }],
        "uncovered": { "instruments": names("instruments", "instrument"), "assets": names("assets", "asset") },
    });
    let with_sources = |case: &mut Case, factors: &[f64]| {
        for (epoch, factor) in (1..).zip(factors) {
            let time_ms =
                zkmargin_params::parse_utc(snapshot(case, epoch)["time"].as_str().expect("time"));
            let price = format!("{:.2}", mark(case, epoch) * factor);
            let price = price.trim_end_matches('0').trim_end_matches('.');
            let note = zkmargin_notes::SourceNote {
                source: "source.example".to_owned(),
                imported: None,
                prices: vec![zkmargin_notes::SourceNotePrice {
                    feed: "BTC".to_owned(),
                    price: zkmargin_model::decimal::Decimal::parse(price).expect("decimal"),
                    time_ms: time_ms.expect("time") + 500,
                }],
            };
            let note = note.sign(&key).expect("note").to_text();
            case.files.insert(format!("evidence/source-{epoch}.note"), note.into_bytes());
        }
    };
    with_sources(&mut case, &[1.0002, 0.9998]);
    let (findings, exceptions) = case.findings();
    assert_eq!(exceptions, []);
    let met = &findings.periods[1].evidence[0].met;
    assert!(
        met.iter().any(|(demand, how)| demand == "marks agree with price sources"
            && how.starts_with("1 within"))
    );
    // A source whose key is trusted from later on counts when its message comes again.
    let mut later = Case { files: case.files.clone(), due: case.due.clone(), ..Case::new() };
    later.manifest = case.manifest.clone();
    let keys = later.manifest["policies"][0]["keys"].as_array_mut().expect("keys");
    let of_source = keys.iter_mut().find(|key| key["name"] == "source.example").expect("key");
    of_source["valid_from"] = json!(zkmargin_params::format_utc(NOW + 1000));
    let mut ready = later.ready();
    let mut ingest = ready.store.ingest("venue", NOW + 2000).expect("ingest");
    ingest.add(&later.files["evidence/source-1.note"]).expect("added");
    ingest.commit().expect("commit");
    let (findings, _) = ready.findings();
    assert_eq!(findings.periods.iter().map(|period| period.shown).collect::<Vec<_>>(), [4, 0]);
    with_sources(&mut case, &[1.0002, 1.1]);
    let (findings, exceptions) = case.findings();
    let of: Vec<_> =
        exceptions.iter().filter(|e| e.kind == ExceptionKind::PricesDisagree).collect();
    assert_eq!((of.len(), findings.shown), (4, 4));
    assert!(of.iter().all(|e| e.code == "PricesDisagree" && e.epoch == 2));
    assert!(
        findings.periods[1].evidence[0].refused.as_ref().is_some_and(|r| r.contains("BTCUSDT"))
    );
    case.files.remove("evidence/source-2.note");
    let (_, exceptions) = case.findings();
    let of = exceptions.iter().filter(|e| e.kind == ExceptionKind::PricesDisagree);
    assert!(of.clone().all(|e| e.code == "PricesIncomplete" && e.epoch == 2) && of.count() == 4);
}

/// Committed accounts that an attester checked, beside a ledger: each is due by its commitment.
#[test]
fn attested() {
    let mut case = Case::new();
    let attester = zkmargin_notes::SignerKey::from_seed(
        "attester.example",
        zkmargin_notes::KeyKind::Ed25519,
        &[0x61; 32],
    );
    let attester = attester.expect("key");
    case.files.retain(|name, _| !name.contains("proofs") && !name.contains("enrolment"));
    let epoch = epoch(1);
    let mut subjects = Vec::new();
    for holder in 0..2 {
        let proof = epoch.prove_committed(holder, &KEYS).expect("proof");
        let AccountReference::Commitment(commitment) = proof.statement().account else { panic!() };
        let note = zkmargin_notes::AttestationNote {
            registry: epoch.market.registry_digest(),
            schedule: epoch.market.schedule_digest(),
            commitment,
            time_ms: epoch.market.snapshot().time_ms,
            checked: "everything".to_owned(),
        };
        let note = note.sign(&attester).expect("note").to_text().into_bytes();
        case.files.insert(format!("evidence/attestation-{holder}.note"), note);
        case.files.insert(proof_name(1, holder), proof.encode());
        subjects.push(commitment.to_string());
    }
    subjects.sort();
    case.due = "venue,registry,epoch,subject,accounts\n".to_owned();
    let registry = epoch.market.registry_digest();
    for subject in &subjects {
        case.due.push_str(&format!("binance,{registry},1,{subject},1\n"));
    }
    let policy = &mut case.manifest["policies"][0];
    policy["account"] = json!({ "attested": { "max_distance_seconds": 60 } });
    policy["keys"].as_array_mut().expect("keys").push(json!({
        "name": "attester.example", "key": attester.verifier().to_text(), "role": "attester",
        "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
    }));
    let (findings, exceptions) = case.findings();
    assert_eq!(exceptions, []);
    assert_eq!((findings.verdict, findings.shown), (Verdict::Complete, 2));
    case.files.remove("evidence/attestation-1.note");
    let (findings, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("missing", 1), ("evidence-missing", 1)]);
    assert_eq!(findings.shown, 1);

    // The account's attestation of one time is no use to a proof of another, whichever is looked at first.
    let proof = Envelope::decode(&case.files[&proof_name(1, 0)]).expect("proof");
    let other = crate::support::epoch(2);
    let mut statement = proof.statement().clone();
    statement.snapshot_digest = other.market.snapshot_digest();
    statement.snapshot_time = other.market.snapshot().time_ms;
    let context = statement.context;
    statement.context = Context::new(context.audience(), context.purpose(), None).expect("context");
    statement.context = statement.context.of_epoch(std::num::NonZeroU64::new(2));
    let junk = Envelope::new(statement, proof.proof().to_vec()).expect("well-formed");
    let mut note: zkmargin_notes::AttestationNote = body(&case, "evidence/attestation-0.note");
    note.time_ms = other.market.snapshot().time_ms;
    let note = note.sign(&attester).expect("note").to_text().into_bytes();
    // Ingested from the last name to the first, so behind the other one.
    case.files.insert("evidence/attestation-+.note".to_owned(), note);
    let ready = case.ready();
    let run = ready.run("whole.run", Shard::WHOLE);
    let view = ready.view(&run);
    let mut judge = ready.judge(&view);
    let mut status_of = |envelope: &Envelope| {
        let bytes = envelope.encode();
        let judged = judge.judge(&[Submitted { bytes: &bytes, submitter: 0 }]).expect("judged");
        judged[0].status.code()
    };
    assert_eq!([&junk, &proof, &junk].map(&mut status_of), ["invalid", "valid", "invalid"]);
}

/// Of several notes that do not do, what is said is said of the one that somebody trusted has signed.
#[test]
fn what_is_wrong_with_a_trusted_note_is_said() {
    let mut case = Case::new();
    let name = "evidence/checkpoint-0001.note";
    let mut checkpoint: LedgerCheckpoint = body(&case, name);
    checkpoint.time_ms = NOW * 2;
    let stranger = zkmargin_pool::auditor_key().expect("key");
    let by_stranger = Note::sign(checkpoint.to_text(), &stranger).expect("note");
    let notes = [signed(&checkpoint), by_stranger.to_text().into_bytes()];
    // Ingested from the last name to the first.
    for names in [[name, "evidence/z.note"], ["evidence/z.note", name]] {
        let of = names.map(str::to_owned).into_iter().zip(notes.clone());
        case.files.extend(of);
        let (_, exceptions) = case.findings();
        let of = exceptions.iter().filter(|e| e.kind == ExceptionKind::Stale && e.epoch == 1);
        let codes: Vec<_> = of.map(|e| &e.code[..]).collect();
        assert_eq!(codes, ["NoteFromFuture"; 4], "{names:?}");
    }
}

/// Nobody spoils evidence by handing in a worse copy or something of another kind before or after it.
#[test]
fn worse_evidence_spoils_nothing() {
    // Cosigned by a witness whom the policy demands; a copy without the witness's line came first.
    let (mut case, witness) = Case::witnessed();
    for epoch in 1..=2 {
        let name = format!("evidence/checkpoint-000{epoch}.note");
        let bare = case.files[&name].clone();
        let mut note = Note::parse(&bare).expect("note");
        note.cosign(&witness, NOW / 1000).expect("cosigned");
        // Ingested from the last name to the first.
        case.files.insert(format!("evidence/z-{epoch}.note"), bare);
        case.files.insert(name, note.to_text().into_bytes());
    }
    assert_eq!(case.findings().0.verdict, Verdict::Complete);

    // A stranger's attestation that names the ledger's root, from when the venue's key has expired.
    let mut case = Case::new();
    case.manifest["policies"][0]["keys"][0]["valid_until"] = json!("2028-01-01T00:00:00Z");
    let checkpoint: LedgerCheckpoint = body(&case, "evidence/checkpoint-0001.note");
    let stranger = zkmargin_notes::SignerKey::from_seed(
        "stranger.example",
        zkmargin_notes::KeyKind::Ed25519,
        &[0x72; 32],
    );
    let stranger = stranger.expect("key");
    let attestation = zkmargin_notes::AttestationNote {
        registry: checkpoint.registry,
        schedule: checkpoint.schedule,
        commitment: checkpoint.root.element().into(),
        time_ms: 0,
        checked: "nothing".to_owned(),
    };
    let late = NOW + 10 * 366 * 86_400_000;
    let mut ready = case.ready();
    let mut ingest = ready.store.ingest("stranger", late).expect("ingest");
    let note = attestation.sign(&stranger).expect("note").to_text();
    ingest.add(note.as_bytes()).expect("added");
    let note = Note::sign(checkpoint.to_text(), &stranger).expect("note").to_text();
    ingest.add(note.as_bytes()).expect("added");
    ingest.commit().expect("commit");
    assert_eq!(ready.findings().0.verdict, Verdict::Complete);
}
