//! Batches under a manifest, with one judge per process.

use crate::errors::{coded, file_error, value_error};
use crate::keys;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::SystemTime;
use zkmargin_audit::{
    Build, ColumnsError, EvidenceKind, Judge, JudgeError, MemoryEvidence, Rules, Status, Submitted,
    Unrecognised, columns,
};
use zkmargin_model::envelope::{Envelope, file_digest};

/// An audit's verdict on one proof.
#[pyclass(frozen, eq, hash, get_all, module = "zkmargin")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Judgement {
    /// Digest of the proof file.
    digest: [u8; 32],
    /// Such as `valid` or `invalid`.
    status: String,
    /// Code of the reason; empty for a valid proof.
    code: String,
    /// The reason; empty for a valid proof.
    reason: String,
}

#[pymethods]
impl Judgement {
    #[new]
    fn new(digest: [u8; 32], status: String, code: String, reason: String) -> Self {
        Self { digest, status, code, reason }
    }

    fn __getnewargs__(&self) -> ([u8; 32], String, String, String) {
        let Self { digest, status, code, reason } = self.clone();
        (digest, status, code, reason)
    }

    /// Only a valid proof counts.
    fn __bool__(&self) -> bool {
        self.status == Status::Valid.code()
    }

    fn __repr__(&self) -> String {
        format!("Judgement(status='{}', code='{}')", self.status, self.code)
    }
}

/// Number of proofs judged between two checks for signals: a few tenths of a second.
const PAGE: usize = 256;

/// A judge, shared by all calls of the process with the same files.
type Shared = Arc<Mutex<Judge<'static, MemoryEvidence>>>;

/// Evidence with its state, digest of the manifest, number of workers.
type Files = (PathBuf, Vec<FileState>, [u8; 32], usize);

/// Length and modification time of a file: if they change, it is another file.
type FileState = (PathBuf, u64, Option<SystemTime>);

/// The states of the files that are read from a path.
fn states(path: &Path) -> Result<Vec<FileState>, ColumnsError> {
    let state = |path: PathBuf| match std::fs::metadata(&path) {
        Ok(metadata) => Ok((path, metadata.len(), metadata.modified().ok())),
        Err(error) => Err(ColumnsError::Io { path, error }),
    };
    columns::parts(path)?.into_iter().map(state).collect()
}

/// Why evidence cannot be loaded.
enum LoadError {
    Columns(ColumnsError),
    Unrecognised(String, Unrecognised),
}

impl From<ColumnsError> for LoadError {
    fn from(error: ColumnsError) -> Self {
        Self::Columns(error)
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Columns(e) => e.fmt(f),
            Self::Unrecognised(kind, e) => write!(f, "evidence of kind {kind:?}: {e}"),
        }
    }
}

/// The evidence needed to judge proofs.
const NEEDED: [EvidenceKind; 7] = [
    EvidenceKind::Schedule,
    EvidenceKind::Snapshot,
    EvidenceKind::ScheduleNote,
    EvidenceKind::SnapshotNote,
    EvidenceKind::Checkpoint,
    EvidenceKind::Attestation,
    EvidenceKind::Source,
];

fn load(path: &Path) -> Result<MemoryEvidence, LoadError> {
    let mut evidence = MemoryEvidence::default();
    let mut files = Vec::new();
    columns::read_files::<LoadError>(path, |kind, bytes, time_ms| {
        // Of the others a worker needs nothing, and there may be very many.
        let of = EvidenceKind::of_name(kind).filter(|of| NEEDED.contains(of));
        if let Some(of) = of {
            // A key is trusted at a time, so evidence without one proves nothing.
            let (path, column) = (path.to_owned(), "time_ms");
            let expected = "integers or timestamps without nulls";
            let missing = ColumnsError::Column { path, column, expected };
            files.push((of, kind.to_owned(), bytes, time_ms.ok_or(missing)?));
        }
        Ok(())
    })?;
    // Schedules first: a snapshot's digest depends on its own.
    files.sort_by_key(|(of, ..)| *of != EvidenceKind::Schedule);
    for (of, kind, bytes, time_ms) in files {
        evidence.add(bytes, time_ms, of).map_err(|e| LoadError::Unrecognised(kind, e))?;
    }
    Ok(evidence)
}

fn load_failed(evidence: &Path, error: LoadError) -> PyErr {
    match error {
        LoadError::Columns(ColumnsError::Io { path, error }) => {
            std::io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
        }
        error => coded("AuditParquet", format!("{}: {error}", evidence.display())),
    }
}

/// The judge for these files, created once per process.
fn judge(evidence: PathBuf, manifest: PathBuf, workers: NonZeroUsize) -> PyResult<Shared> {
    static JUDGES: OnceLock<Mutex<BTreeMap<Files, Shared>>> = OnceLock::new();
    let judges = JUDGES.get_or_init(Mutex::default);
    let mut judges = judges.lock().unwrap_or_else(|e| e.into_inner());
    let failed = |path: &Path, e: std::io::Error| {
        PyErr::from(std::io::Error::new(e.kind(), format!("{}: {e}", path.display())))
    };
    let bytes = std::fs::read(&manifest).map_err(|e| failed(&manifest, e))?;
    let states = states(&evidence).map_err(|e| load_failed(&evidence, e.into()))?;
    let key = (evidence, states, file_digest(&bytes), workers.get());
    if let Some(judge) = judges.get(&key) {
        return Ok(judge.clone());
    }
    let rules = Rules::from_json(&bytes).map_err(|e| file_error(&e))?;
    let loaded = load(&key.0).map_err(|e| load_failed(&key.0, e))?;
    // They live as long as the process, which has one judge per set of files.
    let (rules, loaded) = (Box::leak(Box::new(rules)), Box::leak(Box::new(loaded)));
    let judge = Arc::new(Mutex::new(Judge::new(rules, loaded, keys(), workers)));
    judges.insert(key, judge.clone());
    Ok(judge)
}

/// Judges proofs under a manifest: `evidence` is a Parquet file of `zkmargin audit export`, or a
/// folder of such files, `manifest` the manifest's file.
#[pyfunction]
#[pyo3(signature = (proofs, evidence, manifest, *, submitters=None, workers=1))]
pub fn verify_many(
    py: Python<'_>,
    proofs: Vec<Option<pyo3::pybacked::PyBackedBytes>>,
    evidence: PathBuf,
    manifest: PathBuf,
    submitters: Option<Vec<u64>>,
    workers: usize,
) -> PyResult<Vec<Judgement>> {
    let workers = NonZeroUsize::new(workers).ok_or_else(|| value_error("workers begin at 1"))?;
    if submitters.as_ref().is_some_and(|s| s.len() != proofs.len()) {
        return Err(value_error("there must be as many submitters as proofs"));
    }
    // None stands for a row without a file: it is judged like an empty one, and stops nobody else's.
    let proofs: Vec<Vec<u8>> =
        proofs.iter().map(|p| p.as_ref().map(|p| p.to_vec()).unwrap_or_default()).collect();
    let judge = py.detach(move || judge(evidence, manifest, workers))?;
    let submitter = |at: usize| submitters.as_ref().map_or(0, |s| s[at]);
    let submitted: Vec<_> = (0..)
        .zip(&proofs)
        .map(|(at, bytes)| Submitted { bytes, submitter: submitter(at) })
        .collect();
    let mut out = Vec::with_capacity(proofs.len());
    for page in submitted.chunks(PAGE) {
        // An interruption waits for one page.
        py.check_signals()?;
        let judged = py.detach(|| judge.lock().unwrap_or_else(|e| e.into_inner()).judge(page));
        let judged = judged.map_err(|e: JudgeError<Infallible>| coded("Verify", e))?;
        out.extend(page.iter().zip(judged).map(|(proof, j)| Judgement {
            digest: digest_of(proof.bytes),
            status: j.status.code().to_owned(),
            code: j.code,
            reason: j.reason,
        }));
    }
    Ok(out)
}

/// Digest by which the store and the verdicts name a file: that of a JSON twin is that of the proof file it stands for.
fn digest_of(file: &[u8]) -> [u8; 32] {
    Envelope::read(file).map_or_else(|_| file_digest(file), |envelope| envelope.digest())
}

/// Digest of a file, as used by the store and the verdicts.
#[pyfunction]
pub fn digest(file: &[u8]) -> [u8; 32] {
    digest_of(file)
}

/// What a merge compares of the workers: version, circuits.
#[pyfunction]
pub fn build(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let build = Build::this();
    let out = PyDict::new(py);
    out.set_item("build", build.version)?;
    out.set_item("circuits", build.circuits)?;
    Ok(out)
}
