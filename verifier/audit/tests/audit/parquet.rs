//! Entries as Parquet and back.

use crate::support::*;
use std::fs::File;
use zkmargin_audit::columns::{read_files, write_entries};
use zkmargin_audit::{Added, ColumnsError, Entry, Ingest, Store, StoreError, Verdict};

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

/// Adds the entries of a Parquet file.
fn add_parquet(ingest: &mut Ingest<'_>, path: &std::path::Path) -> Result<(), Either> {
    read_files(path, |kind, bytes, _| {
        let added = if kind == "source" { ingest.add_source(&bytes) } else { ingest.add(&bytes) };
        added.map(|_| ()).map_err(Either::Store)
    })
}

#[test]
fn out_and_in_again() {
    let case = Case::new();
    let ready = case.ready();
    let all = |proofs| ready.store.numbers(proofs, u64::MAX >> 1).expect("numbers");
    let numbers = [all(false), all(true)].concat();
    let path = ready.path("all.parquet");
    let mut next = 0;
    let head = ready.store.head().expect("head");
    let rows = write_entries(File::create(&path).expect("file"), &path, Some(&head), || {
        next += 1;
        let entry = (next <= numbers.len()).then(|| ready.store.entry(numbers[next - 1]));
        entry.transpose().map_err(Either::Store)
    });
    let rows = rows.unwrap_or_else(|e| match e {
        Either::Columns(e) => panic!("{e}"),
        Either::Store(e) => panic!("{e}"),
    });
    assert_eq!(rows, numbers.len() as u64);
    let other = tempfile::TempDir::new().expect("folder");
    let mut store = Store::open(&other.path().join("copy.db")).expect("store");
    let mut ingest = store.ingest("venue", NOW).expect("ingest");
    add_parquet(&mut ingest, &path).expect("added");
    // Snapshots that stood before their schedule.
    add_parquet(&mut ingest, &path).expect("added");
    ingest.commit().expect("commit");
    let counts = |store: &Store| {
        let counts = store.counts().expect("counts");
        counts
            .into_iter()
            .filter(|(kind, _)| kind != "receipt" && kind != "expect")
            .collect::<Vec<_>>()
    };
    assert_eq!(counts(&store), counts(&ready.store));
    let (manifest, note) = case.signed();
    let expected = store.expect(&manifest, case.due.as_bytes(), &note, &trusted(), NOW);
    let copy = Ready { folder: other, store, expected: expected.expect("expected") };
    assert_eq!(copy.findings().0.verdict, Verdict::Complete);
}

/// A file is what its bytes are, whatever somebody calls it.
#[test]
fn nobody_names_a_kind() {
    let case = Case::new();
    let folder = tempfile::TempDir::new().expect("folder");
    let mut store = Store::open(&folder.path().join("s.db")).expect("store");
    let mut ingest = store.ingest("stranger", NOW).expect("ingest");
    for (name, bytes) in &case.files {
        let added = ingest.add_source(bytes).expect("added");
        assert!(!matches!(added, Added::Evidence(zkmargin_audit::EvidenceKind::Source)), "{name}");
    }
    let added = ingest.add_source(b"a network's message").expect("added");
    assert!(matches!(added, Added::Evidence(zkmargin_audit::EvidenceKind::Source)));
    ingest.commit().expect("commit");
    let mut ingest = store.ingest("venue", NOW).expect("ingest");
    case.files.values().for_each(|bytes| drop(ingest.add(bytes).expect("added")));
    ingest.commit().expect("commit");
    store.check(u64::MAX, |_| ()).expect("whole");
    let (manifest, note) = case.signed();
    let expected = store.expect(&manifest, case.due.as_bytes(), &note, &trusted(), NOW);
    let ready = Ready { folder, store, expected: expected.expect("expected") };
    assert_eq!(ready.findings().0.verdict, Verdict::Complete);
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
    let added = add_parquet(&mut ingest, &path);
    assert!(matches!(added, Err(Either::Columns(_))));
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
    let rows = write_entries(File::create(&path).expect("file"), &path, None, || {
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
        format!("{}/../../params/golden/audit/proofs-00000.parquet", env!("CARGO_MANIFEST_DIR"));
    let golden = std::fs::read(path).expect("golden");
    let folder = tempfile::TempDir::new().expect("folder");
    let path = folder.path().join("changed.parquet");
    let footer = golden.len().saturating_sub(6000);
    // Of pages and of the footer, each so many bytes.
    let [pages, last] =
        if std::env::var_os("ZKMARGIN_LONG").is_some() { [211, 3] } else { [1009, 23] };
    let places = (0..golden.len()).step_by(pages).chain((footer..golden.len()).step_by(last));
    let mut store = Store::open(&folder.path().join("s.db")).expect("store");
    let mut read = 0;
    for at in places {
        let mut changed = golden.clone();
        changed[at] ^= 1 << (at % 8);
        std::fs::write(&path, &changed).expect("written");
        // Never committed.
        let mut ingest = store.ingest("x", NOW).expect("ingest");
        read += usize::from(add_parquet(&mut ingest, &path).is_ok());
    }
    assert!(read > 0);
}
