//! The store: append-only, tamper-evident, and strict about manifests.

use crate::support::*;
use serde_json::json;
use zkmargin_audit::tlog::{check_consistency, check_inclusion, leaf_hash};
use zkmargin_audit::{ExpectError, LogProof, LogProofError, Store, StoreError};
use zkmargin_model::envelope::file_digest;
use zkmargin_notes::{Checkpoint, Note};
use zkmargin_pool::auditor_key;

fn raw(ready: &Ready) -> rusqlite::Connection {
    rusqlite::Connection::open(ready.path("store.db")).expect("database")
}

#[test]
fn rows_are_never_changed() {
    let case = Case::new();
    let mut ready = case.ready();
    // Something that was handed in again.
    let mut ingest = ready.store.ingest("again", NOW + 1).expect("ingest");
    ingest.add(case.files.values().next().expect("a file")).expect("added");
    ingest.commit().expect("commit");
    let raw = raw(&ready);
    for (table, column) in [
        ("submitters", "name"),
        ("entries", "digest"),
        ("contents", "bytes"),
        ("proofs", "subject"),
        ("evidence", "kind"),
        ("times", "time_ms"),
        ("nodes", "hash"),
        ("manifests", "name"),
        ("periods", "venue"),
        ("due", "accounts"),
    ] {
        for sql in
            [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")]
        {
            let error = raw.execute(&sql, []).expect_err(&sql).to_string();
            assert!(error.contains("append-only"), "{sql}: {error}");
        }
    }
    let mode: String = raw.query_row("PRAGMA journal_mode", [], |row| row.get(0)).expect("mode");
    assert_eq!(mode, "delete");
}

#[test]
fn changes_past_the_triggers_are_found() {
    let ready = Case::new().ready();
    let size = ready.store.head().expect("head").size;
    assert_eq!(
        ready.store.check(u64::MAX, |_| ()).expect("whole"),
        ready.store.head().expect("head")
    );
    let raw = raw(&ready);
    let change = |trigger: &str, sql: &str| {
        raw.execute_batch(&format!("DROP TRIGGER {trigger}; {sql}")).expect(sql);
    };
    change(
        "contents_no_UPDATE",
        "UPDATE contents SET bytes = CAST(x'00' || bytes AS BLOB) WHERE number = 5",
    );
    assert!(matches!(ready.store.check(u64::MAX, |_| ()), Err(StoreError::Damaged(5))));
    assert!(matches!(ready.store.entry(5), Err(StoreError::Damaged(5))));
    raw.execute_batch("UPDATE contents SET bytes = substr(bytes, 2) WHERE number = 5")
        .expect("back");
    ready.store.check(u64::MAX, |_| ()).expect("whole again");
    change(
        "nodes_no_UPDATE",
        "UPDATE nodes SET hash = zeroblob(32) WHERE level = 2 AND position = 1",
    );
    assert!(ready.store.check(u64::MAX, |_| ()).is_err());
    change(
        "entries_no_DELETE",
        &format!("PRAGMA foreign_keys = OFF; DELETE FROM entries WHERE number = {}", size - 1),
    );
    assert!(ready.store.check(u64::MAX, |_| ()).is_err());
}

/// A manifest without a purpose would count an account shown for two purposes twice.
#[test]
fn a_manifest_names_the_purpose_and_nothing_of_a_live_verifier() {
    for (pointer, value, found) in [
        ("/policies/0/purpose", json!(null), "/policies/0/purpose"),
        ("/policies/0/epoch", json!(1), "/policies/0/epoch"),
        ("/policies/0/freshness", json!({ "challenge": true }), "/policies/0/freshness"),
        ("/policies/0/market/max_age_seconds", json!(5), "/policies/0/market/max_age_seconds"),
        (
            "/policies/0/claim",
            json!({ "level": "10000", "floor": "none", "does_not_meet": true }),
            "/policies/0/claim/does_not_meet",
        ),
        ("/policies/0/account", json!({ "commitment": "00".repeat(32) }), "/policies/0/account"),
        ("/periods/0/epoch", json!(0), "/periods/0/epoch"),
        ("/periods/0/venue", json!("other"), "/periods/0/venue"),
        ("/periods/0/epoch", json!(2), "/periods/1"),
        ("/periods/0/marks_until", json!("2020-01-01T00:00:00Z"), "/periods/0/marks_until"),
        ("/due/sha256", json!("AA".repeat(32)), "/due/sha256"),
    ] {
        let mut manifest = Case::new().manifest;
        let (parent, field) = pointer.rsplit_once('/').expect("field");
        let parent = manifest.pointer_mut(parent).and_then(|v| v.as_object_mut()).expect("there");
        match value.is_null() {
            true => parent.remove(field),
            false => parent.insert(field.to_owned(), value),
        };
        let error = zkmargin_audit::Rules::from_json(&serde_json::to_vec(&manifest).expect("JSON"));
        assert_eq!(error.expect_err(pointer).pointer, found);
    }
}

#[test]
fn every_file_has_its_proof() {
    let case = Case::new();
    let mut ready = case.ready();
    let head = ready.store.head().expect("head");
    for bytes in case.files.values() {
        let number = ready.store.find(&file_digest(bytes)).expect("found").expect("there");
        let path = ready.store.inclusion(number, head.size).expect("path");
        assert!(check_inclusion(number, head.size, &leaf_hash(bytes), &path, &head.root));
    }
    // As a file of its own, under a signed checkpoint.
    let text = Checkpoint {
        origin: "log.example".to_owned(),
        size: head.size,
        root: head.root,
        extensions: Vec::new(),
    };
    let key = auditor_key().expect("key");
    let checkpoint = Note::sign(text.to_text(), &key).expect("note");
    let file = &case.files[&proof_name(1, 1)];
    let index = ready.store.find(&file_digest(file)).expect("found").expect("there");
    let path = ready.store.inclusion(index, head.size).expect("path");
    let proof = LogProof { index, path, checkpoint };
    let proof = LogProof::parse(&proof.to_text()).expect("parsed");
    let public = key.verifier();
    assert_eq!(proof.check(file, "log.example", public).expect("checks").size, head.size);
    let other = &case.files[&proof_name(1, 2)];
    assert_eq!(proof.check(other, "log.example", public), Err(LogProofError::NotIncluded(index)));
    assert!(matches!(proof.check(file, "other", public), Err(LogProofError::Origin { .. })));
    let stranger = zkmargin_pool::venue_key().expect("key");
    let unsigned = proof.check(file, "log.example", stranger.verifier());
    assert!(matches!(unsigned, Err(LogProofError::Signature(_))));
    for (bad, line) in [
        (proof.to_text().replace("v1", "v2"), 1),
        (proof.to_text().replace("index ", "index 0"), 2),
        (proof.to_text().replace("index ", "number "), 2),
        (proof.to_text().replacen("=\n", "\n", 1), 3),
    ] {
        let error = LogProof::parse(&bad).expect_err(&bad);
        assert!(matches!(error, LogProofError::Text { line: at, .. } if at == line), "{error}");
    }
    // The log goes on from it.
    let mut ingest = ready.store.ingest("venue", NOW).expect("ingest");
    ingest.add(&prove_again(1, 3).encode()).expect("added");
    ingest.commit().expect("commit");
    let later = ready.store.head().expect("head");
    let path = ready.store.consistency(head.size, later.size).expect("path");
    assert!(check_consistency(head.size, later.size, &head.root, &later.root, &path));
    assert_eq!(ready.store.head_at(head.size).expect("head"), head);
}

#[test]
fn what_is_not_committed_is_not_there() {
    let mut ready = Case::new().ready();
    let head = ready.store.head().expect("head");
    let mut ingest = ready.store.ingest("venue", NOW).expect("ingest");
    ingest.add(&prove_again(1, 0).encode()).expect("added");
    drop(ingest);
    assert_eq!(ready.store.head().expect("head"), head);
}

#[test]
fn manifests_are_signed_and_whole() {
    let case = Case::new();
    let mut ready = case.ready();
    let (manifest, note) = case.signed();
    let mut expect = |manifest: &[u8], due: &str, note: &[u8]| {
        ready.store.expect(manifest, due.as_bytes(), note, &trusted(), NOW)
    };
    // Again: nothing new.
    expect(&manifest, &case.due, &note).expect("the same");
    // Another file under the note; the note of somebody who is not an auditor.
    let mut other = Case::new();
    other.manifest["name"] = json!("other");
    let (changed, changed_note) = other.signed();
    assert!(matches!(
        expect(&changed, &case.due, &note),
        Err(ExpectError::OtherManifest("manifest"))
    ));
    let text = Note::parse(&changed_note).expect("note").text().to_owned();
    let venue = Note::sign(text, &zkmargin_pool::venue_key().expect("key")).expect("note");
    let refused = expect(&changed, &case.due, venue.to_text().as_bytes());
    assert!(matches!(refused, Err(ExpectError::Note(_))));
    // A list that is not the manifest's.
    let shorter: String = case.due.lines().take(4).map(|l| format!("{l}\n")).collect();
    let refused = expect(&changed, &shorter, &changed_note);
    assert!(matches!(refused, Err(ExpectError::OtherDue { what: "entries", .. })));
    let spaced = case.due.replace("\n", "\r\n");
    let refused = expect(&changed, &spaced, &changed_note);
    assert!(matches!(refused, Err(ExpectError::OtherDue { what: "sha256", .. })));
    assert!(matches!(expect(&manifest, &spaced, &note), Err(ExpectError::OtherDue { .. })));
    // A list that its manifest names, and that is not written in the one way.
    for due in
        [spaced, case.due.replacen("binance", "\"binance\"", 1), case.due.trim_end().to_owned()]
    {
        let other = Case { due: due.clone(), ..Case::new() };
        let (manifest, note) = other.signed();
        let refused = expect(&manifest, &due, &note);
        assert!(
            matches!(refused, Err(ExpectError::Due { .. } | ExpectError::NameTaken(_))),
            "{refused:?}"
        );
    }
    let registry = epoch(1).market.registry_digest().to_string();
    for (due, at) in [
        (case.due.replacen(",1\n", ",0\n", 1), 2),
        (case.due.replacen(&format!("{registry},1"), &format!("{registry},7"), 1), 2),
        (case.due.replacen(&registry, &"11".repeat(32), 1), 2),
        (case.due.replacen(&registry, &registry.to_uppercase(), 1), 2),
        (case.due.replacen("venue", "place", 1), 1),
        (format!("{}{}", case.due, case.due.lines().nth(3).expect("line")), 10),
        (
            case.due
                .lines()
                .enumerate()
                .map(|(at, _)| {
                    let at = match at {
                        1 => 2,
                        2 => 1,
                        at => at,
                    };
                    format!("{}\n", case.due.lines().nth(at).expect("line"))
                })
                .collect(),
            3,
        ),
    ] {
        let error = expect(&changed, &due, &changed_note).expect_err("refused");
        assert!(matches!(error, ExpectError::Due { line, .. } if line == at), "{error} at {at}");
    }
    // Another manifest of the same name.
    let mut same = Case::new();
    same.manifest["note"] = json!("changed");
    let (changed, changed_note) = same.signed();
    let refused = expect(&changed, &case.due, &changed_note);
    assert!(matches!(refused, Err(ExpectError::NameTaken(_))));
    // None of the refused ones is there.
    assert_eq!(ready.store.manifests().expect("names"), ["pool"]);
}

#[test]
fn another_file_is_not_a_store() {
    let folder = tempfile::TempDir::new().expect("folder");
    let path = folder.path().join("other.db");
    let raw = rusqlite::Connection::open(&path).expect("database");
    raw.execute_batch("CREATE TABLE t (x)").expect("table");
    assert!(Store::open(&path).is_err());
}

/// A proof that an older version could not read gets its rows when a newer one opens the store.
#[test]
fn what_was_unsupported_is_read_again() {
    let ready = Case::new().ready();
    let raw = raw(&ready);
    let triggers = "SELECT group_concat(sql, ';') FROM sqlite_schema
                    WHERE name IN ('entries_no_UPDATE', 'proofs_no_DELETE')";
    let triggers: String = raw.query_row(triggers, [], |row| row.get(0)).expect("triggers");
    raw.execute_batch(
        "DROP TRIGGER entries_no_UPDATE; DROP TRIGGER proofs_no_DELETE;
         UPDATE entries SET kind = 'unsupported' WHERE number = (SELECT min(number) FROM proofs);
         DELETE FROM proofs WHERE number = (SELECT min(number) FROM proofs);",
    )
    .expect("as of an older version");
    raw.execute_batch(&triggers).expect("as they were");
    assert_eq!(ready.store.missing(&ready.expected, 9).expect("missing").0, 1);
    let path = ready.path("store.db");
    let Ready { folder, store, expected } = ready;
    drop(store);
    let ready = Ready { folder, store: Store::open(&path).expect("store"), expected };
    assert_eq!(ready.store.missing(&ready.expected, 9).expect("missing").0, 0);
    ready.store.check(u64::MAX, |_| ()).expect("whole");
    assert_eq!(ready.findings().0.verdict, zkmargin_audit::Verdict::Complete);
}
