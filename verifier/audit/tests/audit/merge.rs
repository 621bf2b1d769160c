//! Shards and workers: a merge takes one verdict per proof, of the same build and rules, and believes
//! no worker that it catches.

use crate::support::*;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use zkmargin_audit::{Findings, MergeError, MergeOptions, Run, RunError, Shard, Verdict, merge};
use zkmargin_model::envelope::Envelope;

fn shard(at: u32, of: u32) -> Shard {
    Shard { at, of: NonZeroU32::new(of).expect("above zero") }
}

/// A store with one wrong proof, and the runs of its three shards.
fn sharded() -> (Ready, Vec<PathBuf>) {
    let mut case = Case::new();
    let good = envelope(&case.files, 1, 0);
    let mut proof = good.proof().to_vec();
    proof[100] ^= 1;
    let bad = Envelope::new(good.statement().clone(), proof).expect("well-formed");
    case.files.insert(proof_name(1, 0), bad.encode());
    let ready = case.ready();
    let names: Vec<_> = (0..3).map(|at| format!("{at}.run")).collect();
    for (at, name) in (0..).zip(&names) {
        ready.run(name, shard(at, 3));
    }
    let paths = names.iter().map(|name| ready.path(name)).collect();
    (ready, paths)
}

fn merged(ready: &Ready, inputs: &[PathBuf], name: &str) -> Result<u64, MergeError> {
    let path = ready.path(name);
    let merged = merge(&ready.store, &ready.expected, inputs, &path, sample(3), NOW).map(|m| {
        assert_eq!((m.sampled, m.repeated), (3, 1));
        m.verdicts
    });
    assert_eq!(path.exists(), merged.is_ok());
    // Nothing is left beside it.
    let hidden = std::fs::read_dir(ready.folder.path()).expect("folder").filter(|entry| {
        let name = entry.as_ref().expect("entry").file_name();
        name.to_string_lossy().starts_with('.')
    });
    assert_eq!(hidden.count(), 0);
    merged
}

fn sample(sample: u64) -> MergeOptions<'static> {
    MergeOptions { sample, keys: &KEYS, workers: NonZeroUsize::MIN }
}

fn spoil(path: &PathBuf, sql: &str) {
    let raw = rusqlite::Connection::open(path).expect("run");
    assert!(raw.execute(sql, []).expect(sql) > 0, "{sql}");
}

#[test]
fn shards_make_the_whole() {
    let (ready, paths) = sharded();
    assert_eq!(merged(&ready, &paths, "merged.run").expect("merged"), 8);
    let run = Run::read(&ready.path("merged.run"), &ready.store, &ready.expected).expect("run");
    let of_shards = ready.findings_of(&run);
    // Records of runs came into the log meanwhile.
    let whole = ready.findings();
    let of_shards = (Findings { entries: whole.0.entries, ..of_shards.0 }, of_shards.1);
    assert_eq!(of_shards, whole);
    assert_eq!(of_shards.0.verdict, Verdict::Incomplete);
    assert!(run.fact("seed").expect("fact").is_some());
    // A part is no whole.
    let part = Run::read(&paths[0], &ready.store, &ready.expected).expect("run");
    let view = ready.view(&part);
    let refused =
        ready
            .store
            .findings(&ready.expected, &part, &mut ready.judge(&view), 0, u64::MAX, |_| Ok(()));
    assert!(refused.is_err());
}

#[test]
fn lacking_double_and_foreign_verdicts_are_refused() {
    let (ready, paths) = sharded();
    let lacking = merged(&ready, &paths[..2], "merged.run").expect_err("a part");
    let MergeError::Lacking { example, .. } = lacking else { panic!("{lacking}") };
    let run = Run::read(&paths[2], &ready.store, &ready.expected).expect("run");
    let mut of_part = Vec::new();
    run.each(|kept| {
        of_part.push(hex::encode(ready.store.entry(kept.number).expect("entry").digest));
        Ok::<_, MergeError>(())
    })
    .expect("verdicts");
    assert!(of_part.contains(&example), "{example}");
    let twice = merged(&ready, &[&paths[..], &paths[..1]].concat(), "merged.run");
    assert!(matches!(twice, Err(MergeError::Twice { .. })) || paths.is_empty());
    // A run that has not ended.
    Run::open(&ready.path("begun.run"), &ready.store, &ready.expected, shard(1, 2), NOW)
        .expect("run");
    let begun = merged(&ready, &[ready.path("begun.run")], "merged.run");
    assert!(matches!(begun, Err(MergeError::Unfinished(_))));
    // Another build, other circuits, another log.
    for (key, value) in [("build", "0.0.9"), ("circuits", "3 00")] {
        let (ready, paths) = sharded();
        spoil(&paths[2], &format!("UPDATE facts SET value = '{value}' WHERE key = '{key}'"));
        let other = merged(&ready, &paths, "merged.run");
        assert!(matches!(other, Err(MergeError::Run(RunError::Other { .. }))), "{key}");
    }
    let (ready, paths) = sharded();
    spoil(&paths[2], "UPDATE facts SET value = replace(value, ' ', ' 00') WHERE key = 'log'");
    let other = merged(&ready, &paths, "merged.run");
    assert!(matches!(other, Err(MergeError::Run(RunError::OtherLog))));
    // A verdict on an entry that is no proof, or on none.
    let (ready, paths) = sharded();
    spoil(&paths[2], "INSERT INTO verdicts VALUES (0, 'valid', '', '')");
    assert!(merged(&ready, &paths, "merged.run").is_err());
}

/// Whoever calls everything invalid is caught for certain; whoever calls a wrong proof valid, by the
/// sample.
#[test]
fn workers_that_lie_are_caught() {
    let (ready, paths) = sharded();
    for path in &paths {
        let raw = rusqlite::Connection::open(path).expect("run");
        raw.execute("UPDATE verdicts SET status = 'stale' WHERE status = 'valid'", [])
            .expect("run");
    }
    let path = ready.path("m.run");
    let caught = merge(&ready.store, &ready.expected, &paths, &path, sample(0), NOW);
    assert!(matches!(caught, Err(MergeError::Differs { said: "stale", .. })));

    // Another code is another verdict; words are nobody's but this program's.
    let (ready, paths) = sharded();
    for path in &paths {
        let raw = rusqlite::Connection::open(path).expect("run");
        raw.execute("UPDATE verdicts SET reason = 'the auditor lost the file'", []).expect("run");
    }
    let path = ready.path("m.run");
    merge(&ready.store, &ready.expected, &paths, &path, sample(0), NOW).expect("merged");
    let run = Run::read(&path, &ready.store, &ready.expected).expect("run");
    let (_, exceptions) = ready.findings_of(&run);
    assert!(exceptions.iter().all(|e| !e.reason.contains("lost")), "{exceptions:?}");
    for path in &paths {
        let raw = rusqlite::Connection::open(path).expect("run");
        let sql = "UPDATE verdicts SET code = 'Lost' WHERE status = 'invalid'";
        raw.execute(sql, []).expect("run");
    }
    let path = ready.path("n.run");
    let caught = merge(&ready.store, &ready.expected, &paths, &path, sample(0), NOW);
    assert!(matches!(caught, Err(MergeError::Differs { said_code, .. }) if said_code == "Lost"));

    let (ready, paths) = sharded();
    for path in &paths {
        let raw = rusqlite::Connection::open(path).expect("run");
        raw.execute("UPDATE verdicts SET status = 'valid', code = ''", []).expect("run");
    }
    let path = ready.path("m.run");
    let caught = merge(&ready.store, &ready.expected, &paths, &path, sample(8), NOW);
    assert!(matches!(caught, Err(MergeError::Differs { said: "valid", found: "invalid", .. })));
    // Beyond the sample they are trusted, as the report says.
    let path = ready.path("unsampled.run");
    merge(&ready.store, &ready.expected, &paths, &path, sample(0), NOW).expect("trusted");
}

#[test]
fn a_run_goes_on_and_belongs_to_one_subject() {
    let ready = Case::new().ready();
    let path = ready.path("r.run");
    let open = |shard| Run::open(&path, &ready.store, &ready.expected, shard, NOW);
    drop(open(shard(0, 2)).expect("run"));
    assert!(matches!(open(shard(1, 2)), Err(RunError::Other { what: "shard", .. })));
    let other = {
        let mut case = Case::new();
        case.manifest["name"] = serde_json::json!("other");
        case.ready()
    };
    let of_other = Run::open(&path, &ready.store, &other.expected, shard(0, 2), NOW);
    assert!(matches!(of_other, Err(RunError::Other { what: "manifest", .. })));
    // What is ingested later belongs to a later run.
    let mut ready = ready;
    let mut run = Run::open(&path, &ready.store, &ready.expected, shard(0, 2), NOW).expect("run");
    let mut ingest = ready.store.ingest("late", NOW).expect("ingest");
    for holder in 0..HOLDERS {
        ingest.add(&prove_again(1, holder).encode()).expect("added");
    }
    ingest.commit().expect("commit");
    let before = run.progress(&ready.store).expect("progress");
    ready.finish(&mut run);
    let after = run.progress(&ready.store).expect("progress");
    assert_eq!((after.done, after.of), (before.of, before.of));
    assert!(before.of <= 8);
}

/// What is ingested after a run began is no evidence in it.
#[test]
fn evidence_of_later_is_not_used() {
    let mut case = Case::new();
    let checkpoint = case.files.remove("evidence/checkpoint-0001.note").expect("checkpoint");
    let mut ready = case.ready();
    let path = ready.path("r.run");
    let mut run = Run::open(&path, &ready.store, &ready.expected, Shard::WHOLE, NOW).expect("run");
    let mut ingest = ready.store.ingest("venue", NOW).expect("ingest");
    ingest.add(&checkpoint).expect("added");
    ingest.commit().expect("commit");
    ready.finish(&mut run);
    let (findings, _) = ready.findings_of(&run);
    assert_eq!((findings.shown, findings.verdict), (4, Verdict::Incomplete));
    assert_eq!(ready.findings().0.verdict, Verdict::Complete);
}

/// Verdicts of a worker as a Parquet file, in rows of digest, status, code, reason, manifest, log, build and
/// circuits.
fn write_verdicts(path: &std::path::Path, rows: &[[String; 8]]) {
    use arrow_array::{ArrayRef, BinaryArray, RecordBatch, StringArray};
    let digests = rows.iter().map(|row| hex::decode(&row[0]).expect("digest"));
    let digests: ArrayRef = std::sync::Arc::new(BinaryArray::from_iter_values(digests));
    let names = ["status", "code", "reason", "manifest", "log", "build", "circuits"];
    let texts = (1..).zip(names).map(|(at, name): (usize, _)| {
        let texts = StringArray::from_iter_values(rows.iter().map(|row| &row[at]));
        (name, std::sync::Arc::new(texts) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(std::iter::once(("digest", digests)).chain(texts));
    let batch = batch.expect("columns");
    let file = std::fs::File::create(path).expect("file");
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).expect("writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}

/// What an honest worker says of every proof of a store.
fn verdicts(ready: &Ready) -> Vec<[String; 8]> {
    let run = ready.run("whole.run", Shard::WHOLE);
    let manifest = hex::encode(ready.expected.rules.digest());
    let log = run.subject.log.to_string();
    let build = zkmargin_audit::Build::this();
    let mut rows = Vec::new();
    run.each(|kept| {
        let digest = ready.store.entry(kept.number).expect("entry").digest;
        let (j, manifest, log) = (kept.judgement, manifest.clone(), log.clone());
        let (version, circuits) = (build.version.clone(), build.circuits.clone());
        let status = j.status.code().to_owned();
        rows.push([
            hex::encode(digest),
            status,
            j.code,
            j.reason,
            manifest,
            log,
            version,
            circuits,
        ]);
        Ok::<_, MergeError>(())
    })
    .expect("verdicts");
    rows
}

#[test]
fn verdicts_of_workers_make_the_whole() {
    let (mut ready, _) = sharded();
    let rows = verdicts(&ready);
    let paths = ["a.parquet", "b.parquet"].map(|name| ready.path(name));
    write_verdicts(&paths[0], &rows[..3]);
    write_verdicts(&paths[1], &rows[3..]);
    assert_eq!(merged(&ready, &paths, "merged.run").expect("merged"), 8);
    let run = Run::read(&ready.path("merged.run"), &ready.store, &ready.expected).expect("run");
    assert_eq!(ready.findings_of(&run), ready.findings());
    // With runs, and as a folder, as Spark writes it.
    let folder = ready.path("folder");
    std::fs::create_dir(&folder).expect("folder");
    std::fs::rename(&paths[0], folder.join("a.parquet")).expect("moved");
    std::fs::rename(&paths[1], folder.join("b.parquet")).expect("moved");
    let folder = [folder];
    assert_eq!(merged(&ready, &folder, "again.run").expect("merged"), 8);
    // What came in after the export is in no verdict and in no way of it.
    let mut ingest = ready.store.ingest("venue", NOW).expect("ingest");
    ingest.add(&prove_again(1, 2).encode()).expect("added");
    ingest.commit().expect("commit");
    assert_eq!(merged(&ready, &folder, "later.run").expect("merged"), 8);
    let later = Run::read(&ready.path("later.run"), &ready.store, &ready.expected).expect("run");
    assert_eq!(later.subject.log, run.subject.log);
}

#[test]
fn verdicts_of_other_workers_are_refused() {
    let (mut ready, _) = sharded();
    let rows = verdicts(&ready);
    let path = [ready.path("v.parquet")];
    let now = ready.store.head().expect("head");
    // A proof that came in after the worker's log.
    let mut later = envelope(&pool_files(), 1, 1).statement().clone();
    later.margin_commitment = 3.into();
    let later = Envelope::new(later, vec![0; 100]).expect("well-formed");
    let mut ingest = ready.store.ingest("late", NOW).expect("ingest");
    ingest.add(&later.encode()).expect("added");
    ingest.commit().expect("commit");
    let refused = |rows: &[[String; 8]]| {
        write_verdicts(&path[0], rows);
        merged(&ready, &path, "merged.run").expect_err("refused")
    };
    for (column, what, value) in [
        (4, "manifest", hex::encode([0; 32])),
        (5, "log", format!("{} {}", now.size, hex::encode([0; 32]))),
        (5, "log", format!("{} {}", now.size + 1, hex::encode(now.root))),
        (5, "log", "everything".to_owned()),
        (6, "build", "0.0.9".to_owned()),
        (7, "circuits", "3 00".to_owned()),
    ] {
        // The first one, which the log is taken from, and a later one.
        for at in [0, 5] {
            let mut rows = rows.clone();
            rows[at][column] = value.clone();
            let error = refused(&rows);
            assert!(
                matches!(error, MergeError::OtherWorker { what: found, .. } if found == what),
                "{what} at {at}: {error}"
            );
        }
    }
    assert!(matches!(refused(&rows[1..]), MergeError::Lacking { count: 1, .. }));
    let twice = [&rows[..], &rows[..1]].concat();
    assert!(matches!(refused(&twice), MergeError::Twice { .. }));
    for digest in [[7; 32], later.digest()] {
        let mut unknown = rows.clone();
        unknown.push(rows[1].clone());
        unknown[8][0] = hex::encode(digest);
        let error = refused(&unknown);
        assert!(
            matches!(&error, MergeError::Unknown { input, proof }
                if *input == path[0] && *proof == hex::encode(digest)),
            "{error}"
        );
    }
    let mut lie = rows.clone();
    lie.iter_mut().for_each(|row| row[1] = "stale".to_owned());
    assert!(matches!(refused(&lie), MergeError::Differs { .. }));
}
