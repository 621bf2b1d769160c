//! The Python module `zkmargin`: thin bindings to the verifier, the audit's judge and the margin rule.

mod many;

use pyo3::exceptions::{PyImportError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::arithmetic::check_processor;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::field_from_bytes;
use zkmargin_model::files::{
    AccountFile, CompiledMarket, FileError, Schedule, SnapshotFile, compile, format_scaled,
};
use zkmargin_verifier::{Envelope, Policy, Verdict};

/// Markets whose keys a process keeps.
const CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// Keys of this process.
fn keys() -> &'static KeyCache {
    static KEYS: OnceLock<KeyCache> = OnceLock::new();
    KEYS.get_or_init(|| KeyCache::new(ParamsStore::in_memory(), CACHED_KEYS))
}

fn value_error(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn file_error(e: FileError) -> PyErr {
    value_error(format!("{} {}: {} ({})", e.file, e.pointer, e.message, e.code.as_str()))
}

fn market(schedule: &[u8], snapshot: &[u8]) -> PyResult<CompiledMarket> {
    let schedule = Schedule::from_json(schedule).map_err(file_error)?;
    let snapshot = SnapshotFile::from_json(snapshot).map_err(file_error)?;
    compile(&schedule, &snapshot).map_err(file_error)
}

fn bytes32(name: &str, text: Option<&str>) -> PyResult<Option<[u8; 32]>> {
    let Some(text) = text else { return Ok(None) };
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes)
        .map_err(|_| value_error(format!("{name} takes 64 hexadecimal digits")))?;
    Ok(Some(bytes))
}

fn element(name: &str, text: Option<&str>) -> PyResult<Option<Fp>> {
    let Some(bytes) = bytes32(name, text)? else { return Ok(None) };
    let element = field_from_bytes(&bytes);
    element.map(Some).ok_or_else(|| value_error(format!("{name} is not a field element")))
}

/// What came of one proof.
#[pyclass(frozen, get_all, module = "zkmargin")]
struct Report {
    /// Whether the proof holds for the pinned market and account.
    valid: bool,
    /// The verdict, one line.
    verdict: String,
    /// Code of the reason when it is not valid.
    code: Option<String>,
    /// Codes of what was not checked.
    not_checked: Vec<String>,
}

#[pymethods]
impl Report {
    fn __repr__(&self) -> String {
        format!("Report(valid={}, verdict={:?})", self.valid, self.verdict)
    }
}

/// Verifies one proof against a schedule, a snapshot and what is demanded.
#[pyfunction]
#[pyo3(signature = (proof, schedule, snapshot, *, market=None, commitment=None, ledger_root=None,
                    pseudonym=None, audience=None, purpose=None, epoch=None, nonce=None, level_bps=10_000))]
#[allow(clippy::too_many_arguments)]
fn verify(
    py: Python<'_>,
    proof: &[u8],
    schedule: &[u8],
    snapshot: &[u8],
    market: Option<&str>,
    commitment: Option<&str>,
    ledger_root: Option<&str>,
    pseudonym: Option<&str>,
    audience: Option<String>,
    purpose: Option<String>,
    epoch: Option<u64>,
    nonce: Option<&str>,
    level_bps: u32,
) -> PyResult<Report> {
    let envelope = Envelope::read(proof).map_err(value_error)?;
    let compiled = self::market(schedule, snapshot)?;
    let policy = Policy {
        market: bytes32("market", market)?,
        commitment: element("commitment", commitment)?,
        ledger_root: element("ledger_root", ledger_root)?,
        pseudonym: element("pseudonym", pseudonym)?,
        claim: Some(Claim::new(level_bps, 0u8.into()).map_err(value_error)?),
        audience,
        purpose,
        epoch,
        nonce: bytes32("nonce", nonce)?,
        ..Policy::default()
    };
    let report = py
        .detach(|| zkmargin_verifier::verify(&envelope, &compiled, &policy, keys()))
        .map_err(value_error)?;
    let code = match &report.verdict {
        Verdict::Valid => None,
        Verdict::Invalid(reason) => Some(reason.code()),
        Verdict::NotAnchored { .. } => Some("NotAnchored"),
        Verdict::PolicyMismatch(mismatch) => Some(mismatch.code()),
    };
    Ok(Report {
        valid: report.verdict == Verdict::Valid,
        verdict: report.verdict.to_string(),
        code: code.map(str::to_owned),
        not_checked: report.not_checked.iter().map(|n| n.code().to_owned()).collect(),
    })
}

/// Digest of a market, as `market` of [`verify`] takes it.
#[pyfunction]
fn market_digest(schedule: &[u8], snapshot: &[u8]) -> PyResult<String> {
    Ok(hex::encode(market(schedule, snapshot)?.digest()))
}

/// Equity and maintenance margin of an account, in the open: decimal text in the valuation currency.
#[pyfunction]
fn margin<'py>(
    py: Python<'py>,
    account: &[u8],
    schedule: &[u8],
    snapshot: &[u8],
) -> PyResult<Bound<'py, PyDict>> {
    let market = market(schedule, snapshot)?;
    let file = AccountFile::from_json(account).map_err(file_error)?;
    let account = file.holdings(market.schedule()).map_err(file_error)?;
    let computed = zkmargin_model::rule::margin(&account, market.market()).map_err(value_error)?;
    let claim = Claim::new(10_000, 0u8.into()).map_err(value_error)?;
    let decimals = market.schedule().margin_decimals();
    let out = PyDict::new(py);
    out.set_item("currency", &market.schedule().file().valuation.currency)?;
    out.set_item("equity", format_scaled(&computed.equity, decimals))?;
    out.set_item("maintenance_margin", format_scaled(&computed.maintenance, decimals))?;
    out.set_item("meets_maintenance", computed.meets(&claim, market.market()))?;
    Ok(out)
}

#[pymodule]
fn _zkmargin(module: &Bound<'_, PyModule>) -> PyResult<()> {
    check_processor().map_err(|e| PyImportError::new_err(e.to_string()))?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Report>()?;
    module.add_class::<many::Judgement>()?;
    module.add_function(wrap_pyfunction!(verify, module)?)?;
    module.add_function(wrap_pyfunction!(market_digest, module)?)?;
    module.add_function(wrap_pyfunction!(margin, module)?)?;
    module.add_function(wrap_pyfunction!(many::verify_many, module)?)?;
    module.add_function(wrap_pyfunction!(many::digest, module)?)?;
    module.add_function(wrap_pyfunction!(many::build, module)?)
}
