//! Entries as Parquet and back.

use crate::support::*;
use std::fs::File;
use zkmargin_audit::columns::{read_files, write_entries};
use zkmargin_audit::{ColumnsError, Entry, IngestError, Store, StoreError, Verdict};

#[derive(Debug)]
enum Either {
    Columns(ColumnsError),
    Store(StoreError),
}

impl From<ColumnsError> for Either {
    fn from(error: ColumnsError) -> Self {
        Self::Columns(error)
    }
}

#[test]
fn out_and_in_again() {
    let case = Case::new();
    let ready = case.ready();
    let size = ready.store.head().expect("head").size;
    let path = ready.path("all.parquet");
    let mut next = 0;
    let rows = write_entries(File::create(&path).expect("file"), &path, || {
        next += 1;
        let entry = (next <= size).then(|| ready.store.entry(next - 1)).transpose();
        entry.map_err(Either::Store)
    });
    let rows = rows.unwrap_or_else(|e| match e {
        Either::Columns(e) => panic!("{e}"),
        Either::Store(e) => panic!("{e}"),
    });
    assert_eq!(rows, size);
    let other = tempfile::TempDir::new().expect("folder");
    let mut store = Store::open(&other.path().join("copy.db")).expect("store");
    let mut ingest = store.ingest("venue", NOW).expect("ingest");
    ingest.add_parquet(&path, |_, _| ()).expect("added");
    // Snapshots that stood before their schedule.
    ingest.add_parquet(&path, |_, _| ()).expect("added");
    ingest.commit().expect("commit");
    assert_eq!(store.counts().expect("counts"), ready.store.counts().expect("counts"));
    let (manifest, note) = case.signed();
    let expected = store.expect(&manifest, case.due.as_bytes(), &note, &trusted(), NOW);
    let copy = Ready { folder: other, store, expected: expected.expect("expected") };
    assert_eq!(copy.findings().0.verdict, Verdict::Complete);
}

#[test]
fn damaged_files_are_refused() {
    let folder = tempfile::TempDir::new().expect("folder");
    let path = folder.path().join("bad.parquet");
    std::fs::write(&path, b"PAR1 but not really PAR1").expect("written");
    let read = read_files::<ColumnsError>(&path, |_, _, _| Ok(()));
    assert!(matches!(read, Err(ColumnsError::Parquet { .. })));
    let mut store = Store::open(&folder.path().join("s.db")).expect("store");
    let mut ingest = store.ingest("x", NOW).expect("ingest");
    let added = ingest.add_parquet(&path, |_, _| ());
    assert!(matches!(added, Err(IngestError::Columns(_))));
    // Cut short.
    let entry = Entry {
        number: 0,
        kind: "keys".to_owned(),
        digest: [0; 32],
        submitter: String::new(),
        time_ms: 0,
        bytes: vec![1; 1000],
    };
    let mut left = vec![entry; 10];
    let rows = write_entries(File::create(&path).expect("file"), &path, || {
        Ok::<_, ColumnsError>(left.pop())
    });
    assert_eq!(rows.expect("written"), 10);
    let whole = std::fs::read(&path).expect("read");
    for length in [0, 4, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).expect("written");
        assert!(read_files::<ColumnsError>(&path, |_, _, _| Ok(())).is_err(), "{length}");
    }
}

/// Files of nobody in particular: no panic, and no entry that is not what its bytes are.
#[test]
fn bytes_changed_anywhere() {
    let path =
        format!("{}/../params/golden/audit/proofs-00000.parquet", env!("CARGO_MANIFEST_DIR"));
    let golden = std::fs::read(path).expect("golden");
    let folder = tempfile::TempDir::new().expect("folder");
    let path = folder.path().join("changed.parquet");
    let footer = golden.len().saturating_sub(6000);
    let places = (0..golden.len()).step_by(211).chain((footer..golden.len()).step_by(3));
    let mut store = Store::open(&folder.path().join("s.db")).expect("store");
    let mut read = 0;
    for at in places {
        let mut changed = golden.clone();
        changed[at] ^= 1 << (at % 8);
        std::fs::write(&path, &changed).expect("written");
        // Never committed.
        let mut ingest = store.ingest("x", NOW).expect("ingest");
        read += usize::from(ingest.add_parquet(&path, |_, _| ()).is_ok());
    }
    assert!(read > 0);
}
