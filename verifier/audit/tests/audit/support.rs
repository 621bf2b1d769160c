//! One pool for all tests, and a store that a test can spoil.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;
use zkmargin_audit::{
    Added, Exception, Expected, Findings, FindingsError, Judge, Recomputed, Rules, Run, RunError,
    Shard, Store, StoreError, View,
};
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::element::Pseudonym;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::AccountReference;
use zkmargin_notes::{Body, KeyKind, SignerKey};
pub use zkmargin_pool::small::{HOLDERS, envelope, files as pool_files, proof_name};
use zkmargin_pool::{Epoch, auditor_key};

pub const NOW: u64 = 1_800_000_000_000;
pub static KEYS: LazyLock<KeyCache> = LazyLock::new(|| {
    KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::new(8).expect("above zero"))
});

/// The end of an epoch of the pool.
pub fn epoch(number: u32) -> Epoch {
    let files = pool_files();
    let schedule = zkmargin_params::Schedule::from_json(&files["evidence/schedule.json"]);
    Epoch::new(&schedule.expect("schedule"), number, HOLDERS).expect("epoch")
}

/// A further proof of a holder: of the same account, and another statement.
pub fn prove_again(number: u32, holder: u32) -> Envelope {
    epoch(number).prove(holder, &KEYS).expect("proof")
}

/// Files to audit, with the manifest to audit them by.
pub struct Case {
    pub files: BTreeMap<String, Vec<u8>>,
    pub manifest: Value,
    pub due: String,
}

/// A store with a manifest.
pub struct Ready {
    pub folder: TempDir,
    pub store: Store,
    pub expected: Expected,
}

impl Case {
    pub fn new() -> Self {
        let mut files = pool_files();
        let manifest = files.remove("manifest.json").expect("manifest");
        let due = String::from_utf8(files.remove("due.csv").expect("due")).expect("text");
        files.retain(|name, _| name.starts_with("evidence") || name.starts_with("proofs"));
        Self { files, manifest: serde_json::from_slice(&manifest).expect("JSON"), due }
    }

    /// A case whose policy demands one witness of each ledger, and the witness.
    pub fn witnessed() -> (Self, SignerKey) {
        let witness = SignerKey::from_seed("witness.example", KeyKind::Cosignature, &[0x71; 32]);
        let (mut case, witness) = (Self::new(), witness.expect("key"));
        let policy = &mut case.manifest["policies"][0];
        policy["account"]["ledger"]["witnesses"] = json!(1);
        policy["keys"].as_array_mut().expect("keys").push(json!({
            "name": "witness.example", "key": witness.verifier().to_text(), "role": "witness",
            "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
        }));
        (case, witness)
    }

    /// The manifest with the list's own figures, and the auditor's note over it.
    pub fn signed(&self) -> (Vec<u8>, Vec<u8>) {
        let mut manifest = self.manifest.clone();
        let rows = || self.due.lines().skip(1);
        let accounts: u64 =
            rows().map(|l| l.rsplit(',').next().unwrap().parse::<u64>().unwrap()).sum();
        manifest["due"]["entries"] = rows().count().into();
        manifest["due"]["accounts"] = accounts.into();
        manifest["due"]["sha256"] = hex::encode(Sha256::digest(self.due.as_bytes())).into();
        let bytes = serde_json::to_vec(&manifest).expect("JSON");
        let rules = Rules::from_json(&bytes).expect("rules");
        let note = rules.note().sign(&auditor_key().expect("key")).expect("note");
        (bytes, note.to_text().into_bytes())
    }

    /// Ingests everything, proofs first, and takes the manifest in.
    pub fn ready(&self) -> Ready {
        let folder = TempDir::new().expect("folder");
        let mut store = Store::open(&folder.path().join("store.db")).expect("store");
        let mut later = Vec::new();
        let mut ingest = store.ingest("venue", NOW).expect("ingest");
        for bytes in self.files.values().rev() {
            if let Added::Refused(_) = ingest.add(bytes).expect("added") {
                later.push(bytes);
            }
        }
        for bytes in later {
            let added = ingest.add(bytes).expect("added");
            // A snapshot whose schedule a test left out.
            assert!(
                !matches!(added, Added::Refused(_))
                    || !self.files.contains_key("evidence/schedule.json"),
                "{added:?}"
            );
        }
        ingest.commit().expect("commit");
        let (manifest, note) = self.signed();
        let expected = store.expect(&manifest, self.due.as_bytes(), &note, &trusted(), NOW);
        Ready { folder, store, expected: expected.expect("expected") }
    }

    pub fn findings(&self) -> (Findings, Vec<Exception>) {
        self.ready().findings()
    }
}

/// The pseudonym in a proof of the pool.
pub fn pseudonym(envelope: &Envelope) -> Pseudonym {
    envelope.statement().account.pseudonym().expect("of a ledger")
}

/// An account of a ledger with this root, and any holder.
pub fn in_ledger(root: u64) -> AccountReference {
    AccountReference::Ledger { root: root.into(), pseudonym: 1.into(), nullifier: 1.into() }
}

/// The file of trusted keys.
pub fn trusted() -> Vec<u8> {
    pool_files()["keys.json"].clone()
}

impl Ready {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The store as it was when a run began.
    pub fn view(&self, run: &Run) -> View<'_> {
        self.store.at(run.subject.log.size)
    }

    pub fn judge<'a>(&'a self, view: &'a View<'a>) -> Judge<'a, View<'a>> {
        let two = NonZeroUsize::new(2).expect("two");
        Judge::new(&self.expected.rules, view, &KEYS, two)
    }

    pub fn finish(&self, run: &mut Run) {
        let view = self.view(run);
        let mut judge = self.judge(&view);
        while !run.is_done().expect("run") {
            run.step(&self.store, &mut judge).expect("step");
        }
    }

    pub fn run(&self, name: &str, shard: Shard) -> Run {
        let path = self.path(name);
        let mut run = Run::open(&path, &self.store, &self.expected, shard, NOW).expect("run");
        self.finish(&mut run);
        run
    }

    pub fn findings(&self) -> (Findings, Vec<Exception>) {
        let run = self.run("whole.run", Shard::WHOLE);
        self.findings_of(&run)
    }

    /// Findings of a run of everything, with what they were computed from.
    pub fn recomputed(&self) -> (Findings, Recomputed) {
        let found = self.recomputed_of(&self.run("whole.run", Shard::WHOLE)).0;
        (found.findings.clone(), found)
    }

    /// Of a run that the log has a record of, or is given one.
    pub fn findings_of(&self, run: &Run) -> (Findings, Vec<Exception>) {
        let (found, exceptions) = self.recomputed_of(run);
        (found.findings, exceptions)
    }

    fn recomputed_of(&self, run: &Run) -> (Recomputed, Vec<Exception>) {
        let mut exceptions = Vec::new();
        let findings = self.recompute(run, 3, |exception| exceptions.push(exception.clone()));
        (findings.expect("findings"), exceptions)
    }

    /// Findings of a run, which the log is given a record of; with a sample judged again.
    pub fn recompute(
        &self,
        run: &Run,
        sample: u64,
        mut take: impl FnMut(&Exception),
    ) -> Result<Recomputed, FindingsError> {
        self.record(run);
        let view = self.view(run);
        let mut judge = self.judge(&view);
        self.store.findings(&self.expected, run, &mut judge, sample, u64::MAX, |exception| {
            take(exception);
            Ok(())
        })
    }

    fn record(&self, run: &Run) {
        let is_store = |path: &PathBuf| path.extension().is_some_and(|e| e == "db");
        let mut files = std::fs::read_dir(self.folder.path()).expect("folder");
        let path = files.find_map(|f| Some(f.expect("entry").path()).filter(is_store));
        let mut writer = Store::open(&path.expect("a store")).expect("store");
        match writer.record(run, NOW) {
            // What was ingested last is of a later time.
            Err(RunError::Store(StoreError::Clock { last_ms, .. })) => {
                writer.record(run, last_ms).map(|_| ())
            }
            recorded => recorded.map(|_| ()),
        }
        .expect("recorded");
    }
}
