//! The Python module `zkmargin`: thin bindings to the verifier, the audit's judge and the margin rule.

mod desk;
mod errors;
mod folder;
mod many;
mod one;
mod table;

use errors::{file_error, value_error};
use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::arithmetic::check_processor;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_policy::Rules;

/// Number of markets whose keys a process keeps.
const CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// Keys of this process.
fn keys() -> &'static KeyCache {
    static KEYS: OnceLock<KeyCache> = OnceLock::new();
    KEYS.get_or_init(|| KeyCache::new(ParamsStore::in_memory(), CACHED_KEYS))
}

fn market(schedule: &[u8], snapshot: &[u8]) -> PyResult<CompiledMarket> {
    let schedule = Schedule::from_json(schedule).map_err(|e| file_error(&e))?;
    let snapshot = SnapshotFile::from_json(snapshot).map_err(|e| file_error(&e))?;
    compile(&schedule, &snapshot).map_err(|e| file_error(&e))
}

/// Digest of a market, in the form taken by `market` of [`verify`].
#[pyfunction]
fn market_digest(schedule: &[u8], snapshot: &[u8]) -> PyResult<String> {
    Ok(market(schedule, snapshot)?.digest().to_string())
}

/// Equity of an account's cross book and the margin that its schedule requires there, computed locally without a proof:
/// decimal text in the valuation currency. `settlement_asset` names the book where each settlement asset has one.
/// `meets` is also about every isolated position, unless `cross_alone` is set.
#[pyfunction]
#[pyo3(signature = (account, schedule, snapshot, *, settlement_asset=None, cross_alone=false))]
fn margin<'py>(
    py: Python<'py>,
    account: &[u8],
    schedule: &[u8],
    snapshot: &[u8],
    settlement_asset: Option<&str>,
    cross_alone: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let market = market(schedule, snapshot)?;
    let file = AccountFile::from_json(account).map_err(|e| file_error(&e))?;
    let account = file.holdings(market.schedule()).map_err(|e| file_error(&e))?;
    let schedule = market.schedule();
    let books = schedule.books(settlement_asset, cross_alone).map_err(|e| file_error(&e))?;
    let no_books = || value_error("the schedule does not have these books");
    let of_books = market.of_books(books).ok_or_else(no_books)?.market();
    let computed = zkmargin_model::rule::margin(&account, of_books).map_err(value_error)?;
    let decimals = schedule.margin_decimals();
    let out = PyDict::new(py);
    out.set_item("currency", market.schedule().margin_unit().currency())?;
    out.set_item("equity", format_scaled(&computed.equity, decimals))?;
    out.set_item("requirement", market.schedule().requirement().name())?;
    out.set_item("required", format_scaled(&computed.maintenance, decimals))?;
    out.set_item("meets", computed.meets(&Claim::margin(), of_books))?;
    out.set_item("books", schedule.named(books).to_string())?;
    let rules = Rules::of(&market);
    out.set_item("venue", &rules.venue)?;
    out.set_item("schedule", &rules.schedule)?;
    out.set_item("departures", rules.departures().map(|departures| departures.to_string()))?;
    Ok(out)
}

#[pymodule]
fn _zkmargin(module: &Bound<'_, PyModule>) -> PyResult<()> {
    check_processor().map_err(|e| PyImportError::new_err(e.to_string()))?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<one::Report>()?;
    module.add_class::<many::Judgement>()?;
    module.add_class::<table::Table>()?;
    module.add("Error", module.py().get_type::<errors::Error>())?;
    module.add_function(wrap_pyfunction!(one::verify, module)?)?;
    module.add_function(wrap_pyfunction!(one::challenge, module)?)?;
    module.add_function(wrap_pyfunction!(folder::import_account, module)?)?;
    module.add_function(wrap_pyfunction!(market_digest, module)?)?;
    module.add_function(wrap_pyfunction!(margin, module)?)?;
    module.add_function(wrap_pyfunction!(table::margin_table, module)?)?;
    module.add_function(wrap_pyfunction!(desk::reconcile, module)?)?;
    module.add_function(wrap_pyfunction!(desk::liquidation, module)?)?;
    module.add_function(wrap_pyfunction!(many::verify_many, module)?)?;
    module.add_function(wrap_pyfunction!(many::digest, module)?)?;
    module.add_function(wrap_pyfunction!(many::build, module)?)
}
