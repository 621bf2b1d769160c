//! Reports that can be bent.

use crate::support::{Desk, Ran};
use rusqlite::Connection;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use zkmargin_audit::Store;
use zkmargin_params::format_utc;

/// Three proofs of one epoch, with their evidence and manifest.
static POOL: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().expect("folder");
    let number = |n| NonZeroU32::new(n).expect("above zero");
    let size = zkmargin_pool::Size { holders: number(3), epochs: number(1) };
    let two = NonZeroUsize::new(2).expect("two");
    zkmargin_pool::make(folder.path(), size, two, |_| ()).expect("pool");
    folder
});

fn pool(name: &str) -> PathBuf {
    POOL.path().join(name)
}

fn proof(holder: u32) -> PathBuf {
    pool(&format!("proofs/0001/{holder:05}.zkm"))
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(now.as_millis()).expect("fits")
}

#[track_caller]
fn run(desk: &Desk, code: i32, arguments: &str) -> Ran {
    let ran = desk.run(&format!("audit {arguments}"));
    assert_eq!(ran.code, code, "{arguments}\n{}{}", ran.text(), ran.stderr);
    ran
}

fn expect(desk: &Desk, store: &str) {
    let [manifest, due, note, keys] = ["manifest.json", "due.csv", "manifest.note", "keys.json"]
        .map(|f| pool(f).display().to_string());
    let files = format!("--manifest {manifest} --due {due} --note {note} --keys {keys}");
    run(desk, 0, &format!("expect {store} {files}"));
}

/// A desk with a store of the whole pool, `s.db`, but without these proofs.
fn store_without(lacking: &[u32]) -> Desk {
    let desk = Desk::new();
    run(&desk, 0, &format!("ingest s.db {} --submitter venue", pool("evidence").display()));
    for holder in (0..3).filter(|holder| !lacking.contains(holder)) {
        run(&desk, 0, &format!("ingest s.db {} --submitter venue", proof(holder).display()));
    }
    expect(&desk, "s.db");
    desk
}

/// A store without the second proof, `s.db`, and its run, `r.run`.
static AUDITED: LazyLock<Desk> = LazyLock::new(|| {
    let desk = store_without(&[1]);
    run(&desk, 0, "run s.db --run r.run");
    desk
});

/// A desk with a copy of [`AUDITED`].
fn audited() -> Desk {
    let desk = Desk::new();
    for name in ["s.db", "r.run"] {
        desk.write(name, AUDITED.read(name));
    }
    desk
}

/// Changes a database past its triggers, which are there again afterwards.
fn bend(desk: &Desk, file: &str, sql: &str) {
    let raw = Connection::open(desk.path(file)).expect(file);
    let triggers: Vec<String> = {
        let all = "SELECT sql FROM sqlite_schema WHERE type = 'trigger'";
        let mut all = raw.prepare(all).expect("triggers");
        let rows = all.query_map([], |row| row.get(0)).expect("triggers");
        rows.map(|row| row.expect("trigger")).collect()
    };
    raw.execute_batch(sql).expect(sql);
    for trigger in triggers {
        // Most were not dropped.
        let _ = raw.execute_batch(&trigger);
    }
}

/// The code of a refusal.
fn code(ran: &Ran) -> String {
    ran.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

fn signer() -> String {
    format!("--signer {}", pool("auditor.key").display())
}

/// A proof of the pool with one byte of the proof itself changed: well formed, and wrong.
fn wrong_proof() -> Vec<u8> {
    let good = zkmargin_model::envelope::Envelope::decode(&std::fs::read(proof(0)).expect("proof"));
    let good = good.expect("envelope");
    let mut bytes = good.proof().to_vec();
    bytes[100] ^= 1;
    zkmargin_model::envelope::Envelope::new(good.statement().clone(), bytes)
        .expect("well formed")
        .encode()
}

#[test]
fn fault_3_1_a_report_does_not_trust_the_file_of_its_run() {
    let desk = store_without(&[0]);
    desk.write("wrong.zkm", wrong_proof());
    run(&desk, 0, "ingest s.db wrong.zkm");
    run(&desk, 0, "run s.db --run r.run");
    std::fs::copy(desk.path("r.run"), desk.path("bent.run")).expect("copied");
    let all_valid = "UPDATE verdicts SET status = 'valid', code = '', reason = ''";
    bend(&desk, "bent.run", all_valid);
    let ran = run(&desk, 4, &format!("report s.db --run bent.run -o bent {} --json", signer()));
    assert_eq!(code(&ran), "AuditRunChanged");
    assert!(!desk.path("bent/report.note").exists());
    // Running it again does not give the bent file a record of its own.
    let ran = run(&desk, 4, "run s.db --run bent.run --json");
    assert_eq!(code(&ran), "AuditRunChanged");
    // Bent before the log has any record of it: what it says does not come out again.
    let other = store_without(&[0]);
    other.write("wrong.zkm", wrong_proof());
    run(&other, 0, "ingest s.db wrong.zkm");
    run(&other, 0, "run s.db --run a.run --shard 0/2");
    run(&other, 0, "run s.db --run b.run --shard 1/2");
    bend(&other, "a.run", all_valid);
    bend(&other, "b.run", all_valid);
    run(&other, 0, "merge s.db a.run b.run -o m.run --sample 0");
    let ran = run(&other, 4, &format!("report s.db --run m.run -o bent {} --json", signer()));
    assert_eq!(code(&ran), "AuditVerdictDiffers");
    // Rows that are not there, or that nobody asked for.
    std::fs::copy(desk.path("r.run"), desk.path("short.run")).expect("copied");
    bend(&desk, "short.run", "DELETE FROM verdicts WHERE status <> 'valid'");
    run(&desk, 4, "report s.db --run short.run -o short");
    // The honest run has its report, with the digest that the log has.
    let ran = run(&desk, 6, "report s.db --run r.run -o honest --json");
    let result = &ran.json()["result"];
    assert_eq!((&result["shown"], &result["due"]), (&json!(2), &json!(3)));
    assert_eq!(result["again"]["repeated"], 1);
    assert_eq!(result["again"]["sampled"], 2);
    let digest = result["verdicts"].as_str().expect("digest").to_owned();
    let page = String::from_utf8(desk.read("honest/report.html")).expect("text");
    assert!(page.contains(&digest));
}

#[test]
fn fault_3_2_a_report_does_not_trust_the_tables() {
    for (trigger, sql) in [
        ("due_no_DELETE", "DELETE FROM due WHERE subject = (SELECT min(subject) FROM due)"),
        ("due_no_UPDATE", "UPDATE due SET accounts = 2"),
        ("periods_no_UPDATE", "UPDATE periods SET schedule = zeroblob(32)"),
        ("proofs_no_UPDATE", "UPDATE proofs SET subject = (SELECT max(subject) FROM due)"),
        ("proofs_no_DELETE", "DELETE FROM proofs WHERE number = (SELECT min(number) FROM proofs)"),
        (
            "entries_no_UPDATE",
            "UPDATE entries SET time_ms = 1 WHERE number = (SELECT min(number) FROM proofs)",
        ),
        ("submitters_no_UPDATE", "UPDATE submitters SET name = 'somebody' WHERE name = 'venue'"),
    ] {
        let desk = audited();
        bend(&desk, "s.db", &format!("DROP TRIGGER {trigger}; {sql};"));
        let ran = run(&desk, 3, &format!("report s.db --run r.run -o r {} --json", signer()));
        assert_eq!(code(&ran), "AuditDamaged", "{sql}");
        assert!(!desk.path("r/report.note").exists(), "{sql}");
    }
    // What is missing is counted, by the manifest's own list.
    let desk = store_without(&[1]);
    let old_index = "DELETE FROM open";
    let _ = Connection::open(desk.path("s.db")).expect("store").execute_batch(old_index);
    let ran = run(&desk, 6, "missing s.db --json");
    assert_eq!(ran.json()["result"]["lacking"], 1);
    assert_eq!(ran.json()["not_checked"], json!(["rows"]));
    bend(
        &desk,
        "s.db",
        "DROP TRIGGER due_no_DELETE; PRAGMA foreign_keys = OFF;
         DELETE FROM due WHERE subject NOT IN (SELECT subject FROM proofs);",
    );
    assert_eq!(code(&run(&desk, 3, "missing s.db --json")), "AuditDamaged");
    // Who signed the manifest follows from its note, by the keys that the log has.
    let desk = store_without(&[]);
    let column = "UPDATE manifests SET signers = 'Somebody Great'";
    bend(
        &desk,
        "s.db",
        "DROP TRIGGER manifests_no_UPDATE; UPDATE manifests SET note = CAST('forged' AS BLOB);",
    );
    let _ = Connection::open(desk.path("s.db")).expect("store").execute_batch(column);
    run(&desk, 0, "run s.db --run r.run");
    run(&desk, 0, "report s.db --run r.run -o r");
    let signers = desk.json("r/report.json")["method"]["manifest_signers"].clone();
    assert!(signers.as_str().expect("text").starts_with("pool-auditor.example ("), "{signers}");
}

/// Rows as in a Parquet file of an export.
fn write_rows(path: &Path, rows: &[(&str, Vec<u8>)]) {
    use arrow_array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StringArray};
    use std::sync::Arc;
    let kinds: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.0)));
    let bytes: ArrayRef = Arc::new(BinaryArray::from_iter_values(rows.iter().map(|r| &r.1)));
    let times: ArrayRef = Arc::new(Int64Array::from(vec![0; rows.len()]));
    let columns = [("kind", kinds), ("bytes", bytes), ("time_ms", times)];
    let batch = RecordBatch::try_from_iter(columns).expect("columns");
    let file = std::fs::File::create(path).expect("file");
    let writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None);
    let mut writer = writer.expect("writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

#[test]
fn fault_3_3_receipts_cannot_be_preempted() {
    let desk = Desk::new();
    let texts = [
        "zkmargin/ingest/v1\nsubmitter \"x\"\ntime-ms 1\nfrom 0\nto 1\n",
        "zkmargin/receipt/v2\nnumber 1\nsubmitter x\ntime-ms 1\nfrom 0\nto 1\n",
        "zkmargin/run/v1\nnumber 1\n",
        "zkmargin/expect/v1\nnumber 1\n",
    ];
    let rows: Vec<_> = texts.iter().map(|text| ("source", text.as_bytes().to_vec())).collect();
    write_rows(&desk.path("rows.parquet"), &rows);
    let ran = run(&desk, 3, "ingest s.db rows.parquet --submitter x --json");
    assert_eq!(ran.json()["result"]["refused"], 4);
    for (at, text) in texts.iter().enumerate() {
        desk.write(&format!("{at}.bin"), text);
        run(&desk, 3, &format!("ingest s.db {at}.bin --sources"));
        run(&desk, 3, &format!("ingest s.db {at}.bin"));
    }
    desk.write("lines.ndjson", texts.concat());
    run(&desk, 3, "ingest s.db lines.ndjson");
    let store = Store::open(&desk.path("s.db")).expect("store");
    let kinds: Vec<_> = store.counts().expect("counts").into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["receipt"]);
    drop(store);
    run(&desk, 0, "log verify s.db");
}

#[test]
fn fault_3_4_evidence_counts_at_any_of_its_times() {
    let desk = Desk::new();
    // The venue's key was not valid yet when the evidence came first.
    let from = now_ms() / 1000 * 1000 - 5_000;
    let mut manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(pool("manifest.json")).expect("manifest"))
            .expect("JSON");
    manifest["policies"][0]["keys"][0]["valid_from"] = json!(format_utc(from));
    desk.write("m.json", manifest.to_string());
    let due = pool("due.csv").display().to_string();
    run(&desk, 0, &format!("sign --manifest m.json --due {due} {} -o m.note", signer()));
    let (evidence, proofs) = (pool("evidence"), pool("proofs"));
    let ingest = format!("ingest s.db {} {}", evidence.display(), proofs.display());
    let mut store = Store::open(&desk.path("s.db")).expect("store");
    let mut early = store.ingest("venue", from - 15_000).expect("ingest");
    let mut files: Vec<_> = std::fs::read_dir(&evidence)
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .chain((0..3).map(proof))
        .collect();
    // The schedule before its snapshots.
    files.sort_by_key(|path| !path.ends_with("schedule.json"));
    for file in files {
        early.add(&std::fs::read(file).expect("file")).expect("added");
    }
    early.commit().expect("committed");
    drop(store);
    let keys = pool("keys.json").display().to_string();
    run(
        &desk,
        0,
        &format!("expect s.db --manifest m.json --due {due} --note m.note --keys {keys}"),
    );
    run(&desk, 0, "run s.db --run early.run");
    let ran = run(&desk, 6, "report s.db --run early.run -o early --json");
    assert_eq!(ran.json()["result"]["statuses"], json!({ "evidence-missing": 3 }));
    let ran = run(&desk, 0, &format!("{ingest} --json"));
    assert!(ran.json()["result"]["added"]["known"].as_u64().expect("known") > 6);
    run(&desk, 0, "run s.db --run late.run");
    run(&desk, 0, "report s.db --run late.run -o late");
    // Workers with an export come to the same verdicts, and the log is whole.
    run(&desk, 0, "log verify s.db");
    run(&desk, 0, "export s.db -o out");
    run(&desk, 0, "ingest t.db out");
    // An earlier run says what it said: what came later is no evidence in it.
    run(&desk, 6, "report s.db --run early.run -o again");
    // A row of a time that no receipt names is no time.
    bend(&desk, "s.db", "INSERT INTO times SELECT number, 1, 0 FROM evidence LIMIT 1");
    assert_eq!(code(&run(&desk, 3, "log verify s.db --json")), "AuditDamaged");
}

#[test]
fn fault_3_5_receipts_do_not_go_back_in_time() {
    let desk = Desk::new();
    let mut store = Store::open(&desk.path("s.db")).expect("store");
    let schedule = std::fs::read(pool("evidence/schedule.json")).expect("schedule");
    let later = now_ms() + 3_600_000;
    let mut ingest = store.ingest("venue", later).expect("ingest");
    ingest.add(&schedule).expect("added");
    ingest.commit().expect("committed");
    drop(store);
    let ran = run(&desk, 4, &format!("ingest s.db {} --json", proof(0).display()));
    assert_eq!(code(&ran), "AuditClock");
    let mut store = Store::open(&desk.path("s.db")).expect("store");
    // A clock that is a little behind takes the time of the last receipt.
    let mut ingest = store.ingest("venue", later - 4_000).expect("a small skew");
    let added = ingest.add(&std::fs::read(proof(0)).expect("proof")).expect("added");
    assert!(matches!(added, zkmargin_audit::Added::Proof));
    ingest.commit().expect("committed");
    assert!(store.ingest("venue", later - 6_000).is_err());
    let size = store.head().expect("head").size;
    let ingestion = store.examine(size, later, |_| ()).expect("whole");
    assert_eq!(ingestion.first, Some(format_utc(later)));
    assert_eq!(ingestion.last, Some(format_utc(later)));
    drop(store);
    // Nobody has handed in anything at a time that is to come.
    assert_eq!(code(&run(&desk, 4, "log verify s.db --json")), "AuditClock");

    // The report says when files came in, and of which times their notes are.
    let desk = store_without(&[]);
    run(&desk, 0, "run s.db --run r.run");
    run(&desk, 0, "report s.db --run r.run -o r");
    let report = desk.json("r/report.json");
    assert!(report["method"]["ingestion"]["first"].is_string());
    let notes = report["findings"]["periods"][0]["evidence"][0]["notes"].clone();
    assert_eq!(notes.as_array().map(Vec::len), Some(3), "{notes}");
    assert!(notes[1]["stated"].is_string() && notes[1]["ingested"].is_string(), "{notes}");
}

#[test]
fn fault_3_6_refused_files_leave_a_trace() {
    let desk = store_without(&[2]);
    let mut short = std::fs::read(proof(2)).expect("proof");
    short.truncate(100);
    desk.write("short\nproof.zkm", &short);
    let folder = desk.path("").display().to_string();
    // Other files of the desk are refused too.
    run(&desk, 3, &format!("ingest s.db {folder} --submitter trader"));
    run(&desk, 0, "run s.db --run r.run");
    run(&desk, 6, "report s.db --run r.run -o r");
    let ingestion = desk.json("r/report.json")["method"]["ingestion"].clone();
    let refused = ingestion["first_refused"].as_array().expect("list");
    let sha256 = hex::encode(Sha256::digest(&short));
    let entry = refused.iter().find(|entry| entry["sha256"] == sha256).expect("named");
    assert_eq!(entry["submitter"], "trader");
    assert!(entry["name"].as_str().expect("name").ends_with("short\nproof.zkm"));
    assert!(!entry["code"].as_str().expect("code").is_empty() && entry["time"].is_string());
    let page = String::from_utf8(desk.read("r/report.html")).expect("text");
    assert!(page.contains("were refused"));
    run(&desk, 0, "log verify s.db");
}

#[test]
fn fault_3_7_a_report_can_be_verified() {
    let desk = store_without(&[]);
    run(&desk, 0, "run s.db --run r.run");
    run(&desk, 0, "report s.db --run r.run -o unsigned");
    let page = String::from_utf8(desk.read("unsigned/report.html")).expect("text");
    assert!(!page.contains("report.note"));
    run(&desk, 0, &format!("report s.db --run r.run -o r {}", signer()));
    let keys = format!("--keys {}", pool("keys.json").display());
    let again = "--store s.db --run r.run";
    let ran = run(&desk, 0, &format!("report verify r {keys} --json"));
    assert_eq!(ran.json()["not_checked"], json!(["auditors-word", "report-figures"]));
    assert!(run(&desk, 0, &format!("report verify r {keys}")).text().contains("NOT CHECKED: "));
    let ran = run(&desk, 0, &format!("report verify r {keys} {again}"));
    assert!(ran.text().starts_with("VALID: ") && ran.text().contains("COMPLETE"), "{}", ran.text());
    // What somebody puts beside a report is not of it.
    desk.write("r/more-exceptions.csv", "none");
    let ran = run(&desk, 0, &format!("report verify r {keys} {again} --json"));
    assert_eq!(ran.json()["not_checked"], json!(["auditors-word", "other-files"]));
    std::fs::remove_file(desk.path("r/more-exceptions.csv")).expect("removed");
    run(&desk, 5, &format!("report verify unsigned {keys}"));
    run(&desk, 2, "report verify r");
    // Other files, another signer, figures that somebody signed and the store does not give.
    for name in ["exceptions.csv", "periods.csv", "report.html", "report.json"] {
        let good = desk.read(&format!("r/{name}"));
        desk.write(&format!("r/{name}"), [&good[..], b" "].concat());
        let ran = run(&desk, 1, &format!("report verify r {keys} --json"));
        assert_eq!(code(&ran), "ReportFiles", "{name}");
        desk.write(&format!("r/{name}"), good);
    }
    let mut nobody: serde_json::Value =
        serde_json::from_slice(&std::fs::read(pool("keys.json")).expect("keys")).expect("JSON");
    nobody["keys"].as_array_mut().expect("keys").remove(1);
    desk.write("venue-only.json", nobody.to_string());
    let ran = run(&desk, 4, "report verify r --keys venue-only.json --json");
    assert_eq!(code(&ran), "ReportUntrusted");
    let note = String::from_utf8(desk.read("r/report.note")).expect("note");
    desk.write("r/report.note", note.replacen("verdict COMPLETE", "verdict COMPLETE!", 1));
    let ran = run(&desk, 1, &format!("report verify r {keys} --json"));
    assert_eq!(code(&ran), "ReportSignature");
    use zkmargin_notes::Body;
    let parsed = zkmargin_notes::Note::parse(note.as_bytes()).expect("note");
    let mut body = zkmargin_notes::ReportNote::parse(parsed.text()).expect("body");
    let mut report = desk.json("r/report.json");
    report["findings"]["shown"] = json!(2);
    desk.write("r/report.json", report.to_string());
    body.files[3].1 = Sha256::digest(desk.read("r/report.json")).into();
    let key = zkmargin_pool::auditor_key().expect("key");
    desk.write("r/report.note", body.sign(&key).expect("signed").to_text());
    run(&desk, 0, &format!("report verify r {keys}"));
    let ran = run(&desk, 1, &format!("report verify r {keys} {again} --json"));
    assert_eq!(code(&ran), "ReportFigures");
    // Right figures, and a page or a method that says something else.
    let good = run(&desk, 0, &format!("report s.db --run r.run -o r --force {}", signer()));
    assert_eq!(good.code, 0);
    run(&desk, 0, &format!("report verify r {keys} {again}"));
    let bodies = |change: &dyn Fn(&mut Vec<u8>), at: usize, name: &str| {
        let path = format!("r/{name}");
        let (good, note) = (desk.read(&path), desk.read("r/report.note"));
        let parsed = zkmargin_notes::Note::parse(&note).expect("note");
        let mut body = zkmargin_notes::ReportNote::parse(parsed.text()).expect("body");
        let mut bytes = good.clone();
        change(&mut bytes);
        assert_ne!(bytes, good);
        body.files[at].1 = Sha256::digest(&bytes).into();
        desk.write(&path, &bytes);
        desk.write("r/report.note", body.sign(&key).expect("signed").to_text());
        run(&desk, 0, &format!("report verify r {keys}"));
        let ran = run(&desk, 1, &format!("report verify r {keys} {again} --json"));
        assert_eq!(code(&ran), "ReportFigures", "{name}");
        desk.write(&path, good);
        desk.write("r/report.note", note);
    };
    let replaced = |from: &'static str, to: &'static str| {
        move |bytes: &mut Vec<u8>| {
            *bytes = String::from_utf8_lossy(bytes).replace(from, to).into_bytes();
        }
    };
    bodies(
        &replaced("Nothing about other venues", "Everything about other venues"),
        2,
        "report.html",
    );
    bodies(&replaced("level maintenance", "level 20000"), 3, "report.json");
    bodies(&replaced("\"refused\": 0", "\"refused\": 9"), 3, "report.json");
    bodies(&replaced("\"first_exceptions\": []", "\"first_exceptions\": [1]"), 3, "report.json");
    // A folder with something that never ends.
    let name = desk.path("r/exceptions.csv");
    std::fs::remove_file(&name).expect("removed");
    let made = std::process::Command::new("mkfifo").arg(&name).status();
    assert!(made.expect("mkfifo").success());
    run(&desk, 5, &format!("report verify r {keys}"));
}

#[test]
fn a_store_has_the_tables_indexes_and_rows_of_its_log() {
    let refused = |desk: &Desk, expected: &str| {
        let before = desk.read("s.db");
        for command in [
            "report s.db --run r.run -o r --json",
            "log verify s.db --json",
            &format!("log checkpoint s.db --origin o.example {} -o c.cp --json", signer()),
        ] {
            assert_eq!(code(&run(desk, 3, command)), expected, "{command}");
        }
        assert_eq!(desk.read("s.db"), before);
    };
    for (expected, sql) in [
        // Rows that change while they are read.
        ("AuditDamaged", "ALTER TABLE due RENAME TO due_; CREATE VIEW due AS SELECT * FROM due_"),
        ("AuditDamaged", "CREATE TABLE more (x)"),
        ("AuditDamaged", "CREATE TRIGGER more AFTER INSERT ON entries BEGIN DELETE FROM times; END",
        ),
        // An index that lacks a proof, by its own word the usual one.
        (
            "AuditDamaged",
            "DROP INDEX proofs_batch;
             CREATE INDEX proofs_batch ON proofs (schedule, snapshot, submitter, number)
                 WHERE slot < 0;
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema
                 SET sql = 'CREATE INDEX proofs_batch ON proofs (schedule, snapshot, submitter, number)'
                 WHERE name = 'proofs_batch';",
        ),
        // A proof in the row of a receipt.
        (
            "AuditDamaged",
            "INSERT INTO proofs SELECT (SELECT max(number) FROM entries), submitter, statement,
                 schedule, snapshot, epoch, subject, holding, slot FROM proofs LIMIT 1",
        ),
        (
            "AuditDamaged",
            "INSERT INTO evidence SELECT (SELECT max(number) FROM entries), kind, venue, name, series
             FROM evidence LIMIT 1",
        ),
    ] {
        let desk = audited();
        bend(&desk, "s.db", sql);
        refused(&desk, expected);
    }
}

#[test]
fn a_run_is_recorded_with_one_verdict_for_each_proof() {
    for sql in [
        "UPDATE place SET done = 2",
        "UPDATE place SET done = 2; INSERT INTO verdicts VALUES (0, 'valid', '', '')",
    ] {
        let desk = store_without(&[]);
        std::fs::copy(desk.path("s.db"), desk.path("good.db")).expect("copied");
        run(&desk, 0, "run good.db --run r.run");
        bend(&desk, "r.run", "DELETE FROM verdicts");
        bend(&desk, "r.run", sql);
        let before = desk.read("s.db");
        assert_eq!(code(&run(&desk, 4, "run s.db --run r.run --json")), "AuditUncovered", "{sql}");
        assert_eq!(desk.read("s.db"), before);
    }
}

#[test]
fn what_is_no_database_is_not_copied() {
    let desk = Desk::new();
    let long = std::fs::File::create(desk.path("s.db")).expect("file");
    // Write-ahead, by its header, and a TiB long.
    use std::io::Write;
    let mut header = [0; 100];
    header[..16].copy_from_slice(b"SQLite format 3\0");
    (header[18], header[19]) = (2, 2);
    header[68..72].copy_from_slice(&7_i32.to_be_bytes());
    (&long).write_all(&header).expect("header");
    long.set_len(1 << 40).expect("sparse");
    assert_eq!(code(&run(&desk, 3, "log verify s.db --json")), "AuditStore");
}

#[test]
fn fault_3_8_readers_write_nothing_and_say_what_they_did_not_check() {
    let desk = store_without(&[]);
    let ran = run(&desk, 0, "log verify s.db --json");
    assert_eq!(ran.json()["not_checked"], json!(["older-checkpoint"]));
    let ran = run(&desk, 0, "log verify s.db");
    assert!(!ran.text().starts_with("VALID"), "{}", ran.text());
    assert!(ran.text().contains("NOT CHECKED: older checkpoint"));
    let log = format!("--origin log.example {}", signer());
    run(&desk, 0, &format!("log checkpoint s.db {log} -o c.note"));
    let older =
        format!("--checkpoint c.note --origin log.example --keys {}", pool("keys.json").display());
    let ran = run(&desk, 0, &format!("log verify s.db {older} --json"));
    assert_eq!(ran.json()["not_checked"], json!([]));
    assert!(ran.json()["verdict"].as_str().expect("verdict").starts_with("VALID"));

    // No bytes, another kind of file, none at all.
    desk.write("empty.db", b"");
    let other = Connection::open(desk.path("other.db")).expect("database");
    other.execute_batch("CREATE TABLE t (x)").expect("table");
    drop(other);
    run(&desk, 0, "run s.db --run r.run");
    let before = desk.listing();
    for file in ["empty.db", "other.db", "account.json", "r.run", "none.db"] {
        for reader in
            ["log verify FILE", "missing FILE", "run FILE --run x.run", "export FILE -o x"]
        {
            let ran = desk.run(&format!("audit {}", reader.replace("FILE", file)));
            assert!([3, 5].contains(&ran.code), "{reader} {file}: {} {}", ran.code, ran.text());
        }
    }
    assert_eq!(desk.listing(), before);
    assert_eq!(desk.read("empty.db"), b"");

    // A store on media that nobody can write to.
    run(&desk, 0, "run s.db --run part.run --shard 0/1");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::create_dir(desk.path("media")).expect("folder");
        std::fs::copy(desk.path("s.db"), desk.path("media/s.db")).expect("copied");
        let bytes = desk.read("media/s.db");
        let mode = |mode| {
            for name in ["media/s.db", "media"] {
                let permissions = std::fs::Permissions::from_mode(mode);
                std::fs::set_permissions(desk.path(name), permissions).expect("mode");
            }
        };
        mode(0o555);
        for reader in [
            "log verify media/s.db",
            "missing media/s.db",
            "export media/s.db -o out",
            "run media/s.db --run shard.run --shard 0/2",
            "report media/s.db --run r.run -o media-report",
        ] {
            run(&desk, 0, reader);
            let names: Vec<_> = std::fs::read_dir(desk.path("media"))
                .expect("folder")
                .map(|entry| entry.expect("entry").file_name())
                .collect();
            assert_eq!(names, ["s.db"], "{reader}");
        }
        assert_eq!(desk.read("media/s.db"), bytes);
        mode(0o755);
    }
}

#[test]
fn fault_3_9_a_run_says_what_came_later_and_a_hostile_one_ends() {
    let desk = store_without(&[2]);
    run(&desk, 0, "run s.db --run r.run");
    run(&desk, 0, &format!("ingest s.db {}", proof(2).display()));
    let ran = run(&desk, 0, "run s.db --run r.run --json");
    assert_eq!(ran.json()["result"]["later"], json!({ "entries": 1, "proofs": 1 }));
    let ran = run(&desk, 6, "report s.db --run r.run -o r");
    assert!(
        ran.text().contains("arrived later, not covered: entries 1, proofs 1"),
        "{}",
        ran.text()
    );
    let ingestion = desk.json("r/report.json")["method"]["ingestion"].clone();
    assert_eq!((&ingestion["later_entries"], &ingestion["later_proofs"]), (&json!(1), &json!(1)));
    let page = String::from_utf8(desk.read("r/report.html")).expect("text");
    assert!(page.contains("arrived later"));

    // A worker's file with a view that never ends, a trigger, a text of a gigabyte, rows of no entry.
    run(&desk, 0, "run s.db --run a.run --shard 0/2");
    run(&desk, 0, "run s.db --run b.run --shard 1/2");
    let endless = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n)
                   SELECT i AS number, 'valid' AS status, '' AS code, '' AS reason FROM n";
    for sql in [
        format!("ALTER TABLE verdicts RENAME TO v; CREATE VIEW verdicts AS {endless};"),
        format!("CREATE VIEW further AS {endless};"),
        "ALTER TABLE facts RENAME TO f; CREATE VIEW facts AS SELECT f.key, f.value FROM f, f g, f h;".to_owned(),
        "CREATE TRIGGER t AFTER INSERT ON facts BEGIN DELETE FROM verdicts; END;".to_owned(),
        "INSERT INTO verdicts VALUES (0, 'valid', printf('%.*c', 100000, 'x'), '')".to_owned(),
        "INSERT INTO verdicts VALUES (1 << 40, 'valid', '', '')".to_owned(),
        "INSERT INTO facts VALUES ('inputs', printf('%.*c', 100000, 'x'))".to_owned(),
    ] {
        std::fs::copy(desk.path("b.run"), desk.path("bad.run")).expect("copied");
        let raw = Connection::open(desk.path("bad.run")).expect("run");
        raw.execute_batch("PRAGMA journal_mode = DELETE").expect("one file");
        if raw.execute_batch(&sql).is_err() {
            continue;
        }
        drop(raw);
        let before = desk.read("bad.run");
        let ran = desk.run("audit merge s.db a.run bad.run -o m.run --json");
        // A fact that nobody reads does no harm.
        assert!(ran.code == 3 || sql.contains("inputs"), "{sql}: {} {}", ran.code, ran.text());
        assert_eq!(desk.read("bad.run"), before, "{sql}");
        let _ = std::fs::remove_file(desk.path("m.run"));
    }
}

#[test]
fn fault_3_10_receipts_have_an_encoding_of_their_own() {
    let desk = Desk::new();
    let mut store = Store::open(&desk.path("s.db")).expect("store");
    let mut ingest = store.ingest("Büro 7", 1_700_000_000_000).expect("ingest");
    ingest.add(&std::fs::read(proof(1)).expect("proof")).expect("added");
    ingest.refuse("a\nb\\c \u{202e}\u{1f600}\"'", None, "Unknown", "x\ny");
    ingest.commit().expect("committed");
    let receipt = store.entry(1).expect("receipt");
    assert_eq!(
        String::from_utf8(receipt.bytes).expect("text"),
        "zkmargin/receipt/v2\nnumber 1\n\
         submitter B\\u{fc}ro 7\n\
         time-ms 1700000000000\nfrom 0\nto 1\n\
         refused unread Unknown\nname a\\u{a}b\\u{5c}c \\u{202e}\\u{1f600}\"'\nreason x\\u{a}y\n"
    );
    drop(store);
    run(&desk, 0, "log verify s.db");
}

/// A store as commit d6fed50 wrote it: a schedule and its receipt.
fn store_of_the_first_version(path: &Path) {
    use zkmargin_audit::tlog::{leaf_hash, node_hash};
    let raw = Connection::open(path).expect("database");
    raw.execute_batch(include_str!("../../../../verifier/storage/schema/audit-store/1.sql"))
        .expect("tables");
    raw.execute_batch("PRAGMA application_id = 2053860705; PRAGMA user_version = 1;")
        .expect("header");
    let name = "venue \"one\"\n\u{e9}";
    raw.execute("INSERT INTO submitters VALUES (1, ?1)", [name]).expect("submitter");
    let schedule = std::fs::read(pool("evidence/schedule.json")).expect("schedule");
    let receipt =
        format!("zkmargin/ingest/v1\nsubmitter {name:?}\ntime-ms 1700000000000\nfrom 0\nto 1\n");
    for (number, kind, bytes) in
        [(0, "schedule", &schedule[..]), (1, "receipt", receipt.as_bytes())]
    {
        let (digest, leaf) = (zkmargin_model::envelope::file_digest(bytes), leaf_hash(bytes));
        let sql = "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, 1, 1700000000000)";
        raw.execute(sql, rusqlite::params![number, digest, leaf, kind]).expect("entry");
        let sql = "INSERT INTO contents VALUES (?1, ?2)";
        raw.execute(sql, rusqlite::params![number, bytes]).expect("contents");
    }
    let node = node_hash(&leaf_hash(&schedule), &leaf_hash(receipt.as_bytes()));
    raw.execute("INSERT INTO nodes VALUES (1, 0, ?1)", [node]).expect("node");
    let read = zkmargin_params::Schedule::from_json(&schedule).expect("schedule");
    let sql = "INSERT INTO evidence VALUES (0, 'schedule', ?1, ?2, NULL)";
    raw.execute(sql, rusqlite::params![read.file().venue, read.digest().bytes()])
        .expect("evidence");
}

#[test]
fn fault_7_11_a_store_of_an_earlier_version_goes_on() {
    let desk = Desk::new();
    store_of_the_first_version(&desk.path("s.db"));
    let before = desk.read("s.db");
    let ran = run(&desk, 0, "log verify s.db --json");
    assert_eq!(ran.json()["result"]["size"], 2);
    assert_eq!(desk.read("s.db"), before);
    run(&desk, 0, &format!("ingest s.db {} --submitter venue", pool("evidence").display()));
    run(&desk, 0, &format!("ingest s.db {} --submitter venue", pool("proofs").display()));
    let ran = run(&desk, 0, "log verify s.db --json");
    let ingestion = ran.json()["result"]["ingestion"].clone();
    assert_eq!(ingestion["first"], format_utc(1_700_000_000_000));
    assert_eq!((&ingestion["receipts"], &ingestion["again"]), (&json!(3), &json!(1)));
    expect(&desk, "s.db");
    run(&desk, 0, "run s.db --run r.run");
    run(&desk, 0, "report s.db --run r.run -o r");
    // A receipt of the first version has no place behind one of this version.
    let text = "zkmargin/ingest/v1\nsubmitter \"x\"\ntime-ms 1\nfrom 9\nto 9\n";
    desk.write("old.txt", text);
    run(&desk, 3, "ingest s.db old.txt --sources");
}

/// A schedule of the same venue by another name, a snapshot under it, and a proof that names them.
fn other_market(desk: &Desk) {
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(pool(name)).expect("file")).expect("JSON")
    };
    let mut schedule = read("evidence/schedule.json");
    schedule["name"] = json!("other-unrounded");
    desk.write("schedule.json", schedule.to_string());
    let made = zkmargin_params::Schedule::from_json(schedule.to_string().as_bytes());
    let digest = made.expect("schedule").digest();
    let mut snapshot = read("evidence/snapshot-0001.json");
    snapshot["schedule"] = json!(digest.to_string());
    desk.write("snapshot.json", snapshot.to_string());
    let good = zkmargin_model::envelope::Envelope::decode(&std::fs::read(proof(0)).expect("proof"));
    let good = good.expect("envelope");
    let mut statement = good.statement().clone();
    statement.schedule_digest = digest;
    let stray = zkmargin_model::envelope::Envelope::new(statement, good.proof().to_vec());
    desk.write("stray.zkm", stray.expect("well formed").encode());
}

/// A note of the pool with another body, under the venue's key.
fn venue_note<T: zkmargin_notes::Body>(name: &str, change: impl FnOnce(&mut T)) -> String {
    let note = zkmargin_notes::Note::parse(&std::fs::read(pool(name)).expect("note"));
    let mut body = T::parse(note.expect("note").text()).expect("body");
    change(&mut body);
    body.sign(&zkmargin_pool::venue_key().expect("key")).expect("signed").to_text()
}

#[test]
fn fault_3_12_what_comes_in_later_changes_no_report() {
    use zkmargin_notes::{EnrolmentNote, LedgerCheckpoint, SnapshotNote};
    let desk = store_without(&[]);
    other_market(&desk);
    // The venue has signed one snapshot twice, with another time: one snapshot all the same.
    let snapshot_note = "evidence/snapshot-0001.note";
    desk.write("twice.note", venue_note(snapshot_note, |b: &mut SnapshotNote| b.time_ms += 1));
    run(&desk, 0, "ingest s.db stray.zkm twice.note --submitter stranger");
    run(&desk, 0, "run s.db --run r.run");
    run(&desk, 0, &format!("report s.db --run r.run -o r {}", signer()));
    let verify =
        format!("report verify r --keys {} --store s.db --run r.run", pool("keys.json").display());
    run(&desk, 0, &verify);
    // What makes the stranger's proof one of a period, and what would contradict venue and manifest.
    for (name, note) in [
        (
            "snapshot.note",
            venue_note(snapshot_note, |b: &mut SnapshotNote| b.snapshot = [9; 32].into()),
        ),
        (
            "enrolment.note",
            venue_note("evidence/enrolment-0001-00000.note", |b: &mut EnrolmentNote| {
                b.accounts += 1;
            }),
        ),
        (
            "checkpoint.note",
            venue_note("evidence/checkpoint-0001.note", |b: &mut LedgerCheckpoint| b.size += 1),
        ),
    ] {
        desk.write(name, note);
        run(&desk, 0, &format!("ingest s.db {name} --submitter stranger"));
        let ran = run(&desk, 0, &verify);
        assert!(ran.text().starts_with("VALID: "), "{name}: {}", ran.text());
    }
    for name in ["schedule.json", "snapshot.json", "twice.note"] {
        run(&desk, 0, &format!("ingest s.db {name} --submitter stranger"));
        let ran = run(&desk, 0, &verify);
        assert!(ran.text().starts_with("VALID: "), "{name}: {}", ran.text());
    }
    run(&desk, 0, "report s.db --run r.run -o again");
    let (first, second) = (desk.json("r/report.json"), desk.json("again/report.json"));
    for of in ["verdict", "findings", "first_exceptions"] {
        assert_eq!(first[of], second[of]);
    }
    for file in ["exceptions.csv", "periods.csv"] {
        assert_eq!(desk.read(&format!("r/{file}")), desk.read(&format!("again/{file}")));
    }
}

/// Writes a report's page and data with another method, as its auditor would have signed it.
fn sign_with_method(desk: &Desk, run: &str, change: impl FnOnce(&mut serde_json::Value)) {
    use zkmargin_audit::{Judge, Run, report};
    use zkmargin_notes::Body;
    let store = Store::open_read_only(&desk.path("s.db")).expect("store");
    let expected = store.expected(None).expect("manifest");
    let run = Run::read(&desk.path(run), &store, &expected).expect("run");
    let keys = zkmargin_circuit::KeyCache::new(
        zkmargin_circuit::ParamsStore::in_memory(),
        NonZeroUsize::new(8).expect("above zero"),
    );
    let view = store.at(run.subject.log.size);
    let mut judge = Judge::new(&expected.rules, &view, &keys, NonZeroUsize::MIN);
    let mut first = Vec::new();
    let found = store.findings(&expected, &run, &mut judge, 0, now_ms(), |exception| {
        first.push(exception.clone());
        Ok(())
    });
    let findings = found.expect("findings").findings;
    let mut method = desk.json("r/report.json")["method"].clone();
    change(&mut method);
    let method: report::Method = serde_json::from_value(method).expect("method");
    let page = report::html(&findings, &first, &method);
    let data = report::json(&findings, &first, &method).expect("data");
    let note = zkmargin_notes::Note::parse(&desk.read("r/report.note")).expect("note");
    let mut body = zkmargin_notes::ReportNote::parse(note.text()).expect("body");
    for (at, bytes) in [(2, page), (3, data)] {
        desk.write(&format!("r/{}", body.files[at].0), &bytes);
        body.files[at].1 = Sha256::digest(bytes.as_bytes()).into();
    }
    let key = zkmargin_pool::auditor_key().expect("key");
    desk.write("r/report.note", body.sign(&key).expect("signed").to_text());
}

#[test]
fn fault_3_13_figures_that_the_log_contradicts_are_nobodys_word() {
    let desk = store_without(&[]);
    run(&desk, 0, "run s.db --run a.run --shard 0/2");
    run(&desk, 0, "run s.db --run b.run --shard 1/2");
    run(&desk, 0, "merge s.db a.run b.run -o m.run --sample 1");
    desk.write("late.zkm", wrong_proof());
    run(&desk, 0, "ingest s.db late.zkm");
    run(&desk, 0, &format!("report s.db --run m.run -o r --sample 2 {}", signer()));
    let verify = format!(
        "report verify r --keys {} --store s.db --run m.run --json",
        pool("keys.json").display()
    );
    let good = ["report.html", "report.json", "report.note"]
        .map(|name| (format!("r/{name}"), desk.read(&format!("r/{name}"))));
    let with = |expected: i32, pointer: &str, value: serde_json::Value| {
        sign_with_method(&desk, "m.run", |method| {
            *method.pointer_mut(pointer).expect(pointer) = value.clone();
        });
        let ran = run(&desk, expected, &verify);
        assert!(expected == 0 || code(&ran) == "ReportFigures", "{pointer} {value}");
        good.iter().for_each(|(name, bytes)| desk.write(name, bytes));
    };
    // The auditor's word: another seed could have been drawn.
    with(0, "/again/seed", json!("ab".repeat(32)));
    with(1, "/again/seed", json!("mine"));
    with(1, "/again/repeated", json!(7));
    // More than there are, or as many without the line on the others.
    with(1, "/again/sampled", json!(4));
    with(1, "/again/sampled", json!(3));
    with(1, "/again/sampled", json!(1));
    with(1, "/ingestion/later_entries", json!(2));
    with(1, "/ingestion/later_proofs", json!(2));
    // When it was made nothing may have come yet.
    with(1, "/ingestion/later_entries", json!(0));
    with(1, "/merged/0", json!(3));
    with(1, "/merged/1/sampled", json!(3));
    with(1, "/merged/1/repeated", json!(9));
    with(1, "/merged/1/seed", json!("cd".repeat(32)));
    with(1, "/merged", json!(null));
    run(&desk, 0, &verify);
    // More comes in after the report.
    let mut later =
        zkmargin_model::envelope::Envelope::decode(&wrong_proof()).expect("proof").encode();
    let end = later.len() - 32;
    later[end] ^= 1;
    desk.write("later.zkm", later);
    run(&desk, 0, "ingest s.db later.zkm");
    run(&desk, 0, &verify);
}
