//! Old proofs: what was released once is valid for ever, and what nobody knows is not called invalid.

use crate::support::*;
use std::path::PathBuf;
use zkmargin_audit::columns::read_files;
use zkmargin_audit::{Added, ColumnsError, Store, Verdict};

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../params/golden/audit").join(name)
}

#[test]
fn the_golden_audit_is_complete() {
    let folder = tempfile::TempDir::new().expect("folder");
    let mut store = Store::open(&folder.path().join("store.db")).expect("store");
    let mut ingest = store.ingest("golden", NOW).expect("ingest");
    for file in ["evidence.parquet", "proofs-00000.parquet"] {
        read_files::<ColumnsError>(&golden(file), |kind, bytes, _| {
            let added = ingest.add(&bytes).expect("added");
            assert!(!matches!(added, Added::Refused(_)), "{file} {kind}: {added:?}");
            Ok(())
        })
        .expect("read");
    }
    ingest.commit().expect("commit");
    let read = |name: &str| std::fs::read(golden(name)).expect(name);
    let keys = read("keys.json");
    let (manifest, due, note) = (read("manifest.json"), read("due.csv"), read("manifest.note"));
    let expected = store.expect(&manifest, &due[..], &note, &keys, NOW).expect("expected");
    let (findings, _) = Ready { folder, store, expected }.findings();
    assert_eq!((findings.verdict, findings.shown), (Verdict::Complete, 2));
}
