//! The Python module `zkmargin`: thin bindings to the prover, the verifier, the audit's judge and the margin rule.

mod desk;
mod desk_portfolio;
mod errors;
mod folder;
mod many;
mod one;
mod prove;
mod table;

use errors::{file_error, value_error};
use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::arithmetic::check_processor;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::measure::Measure;
use zkmargin_model::subject::{RuleMarket, Subject};
use zkmargin_params::{
    AccountFile, AnyMarket, AskedBooks, CompiledMarket, Markets, Schedule, ScheduleKind,
    SnapshotFile, compile,
};
use zkmargin_policy::Rules;

/// Number of markets whose keys a process keeps.
const CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// Keys of this process.
fn keys() -> &'static KeyCache {
    static KEYS: OnceLock<KeyCache> = OnceLock::new();
    KEYS.get_or_init(|| KeyCache::new(ParamsStore::in_memory(), CACHED_KEYS))
}

/// Number of markets that a process keeps.
const CACHED_MARKETS: NonZeroUsize = NonZeroUsize::new(16).unwrap();

/// The market of two files, made once while it is among those asked for last.
fn market(schedule: &[u8], snapshot: &[u8]) -> PyResult<Arc<dyn AnyMarket>> {
    static MARKETS: OnceLock<Markets> = OnceLock::new();
    let markets = MARKETS.get_or_init(|| Markets::new(CACHED_MARKETS));
    markets.at(schedule, snapshot).map_err(|e| file_error(&e))
}

/// A market of linear accounts; one of portfolio accounts is refused with the kind of file that it is not.
fn linear_market(schedule: &[u8], snapshot: &[u8]) -> PyResult<CompiledMarket> {
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
/// `meets` is also about every isolated position, unless `cross_alone` is set, or one of them is named: the book of
/// `only_isolated`, as `SYMBOL:long` or `SYMBOL:short`, is then all that it is about, and that of `all_but_isolated` is not.
/// Equity and margin are of the cross book, and `None` with `only_isolated`. Of a portfolio account, `requirement` says
/// which: `maintenance`, `initial`, or `stress:` and a name, whose worst loss is what is required.
#[pyfunction]
#[pyo3(signature = (account, schedule, snapshot, *, settlement_asset=None, cross_alone=false,
                    only_isolated=None, all_but_isolated=None, requirement=None))]
#[allow(clippy::too_many_arguments)]
fn margin<'py>(
    py: Python<'py>,
    account: &[u8],
    schedule: &[u8],
    snapshot: &[u8],
    settlement_asset: Option<&str>,
    cross_alone: bool,
    only_isolated: Option<&str>,
    all_but_isolated: Option<&str>,
    requirement: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let market = market(schedule, snapshot)?;
    let file = AccountFile::from_json(account).map_err(|e| file_error(&e))?;
    let schedule = market.schedule();
    schedule.owns(&file).map_err(|e| file_error(&e))?;
    let account = schedule.holdings(&file).map_err(|e| file_error(&e))?;
    let asked = AskedBooks { settlement_asset, cross_alone, only_isolated, all_but_isolated };
    let subject = match schedule.kind() {
        ScheduleKind::Linear(schedule) => {
            let own = schedule.requirement().name();
            if requirement.is_some_and(|asked| asked != own) {
                return Err(value_error(format!("the schedule computes the {own} margin alone")));
            }
            let books = schedule.books(&asked);
            Subject::Books(books.map_err(|e| file_error(&e))?)
        }
        ScheduleKind::Portfolio(_) if !asked.is_all() => {
            return Err(value_error("a portfolio account is one book"));
        }
        ScheduleKind::Portfolio(_) => {
            Measure::parse(requirement.unwrap_or("maintenance")).map_err(value_error)?.into()
        }
    };
    let decimals = schedule.margin_decimals();
    let (equity, required, meets) = match market.decided(&subject).map_err(value_error)?.market {
        RuleMarket::Linear(market) => {
            let named = subject.books().and_then(|books| books.position);
            let computed = zkmargin_model::rule::margin_naming(&account, market, named);
            let computed = computed.map_err(value_error)?;
            let required = format_scaled(&computed.maintenance, decimals);
            let least = match named.filter(|_| only_isolated.is_some()) {
                Some(_) => Claim::margin().without_floor(),
                None => Claim::margin(),
            };
            let meets = computed.meets(&least, market);
            (computed.equity, required, meets)
        }
        RuleMarket::Portfolio(market) => {
            let computed = zkmargin_model::portfolio::margin(&account, market);
            let computed = computed.map_err(value_error)?;
            let required = format_scaled(&computed.required(), decimals);
            let meets = computed.meets(&Claim::margin(), market);
            (computed.equity, required, meets)
        }
    };
    let out = PyDict::new(py);
    out.set_item("account", schedule.accounts().name())?;
    out.set_item("currency", schedule.margin_unit().currency())?;
    let of_cross = only_isolated.is_none();
    out.set_item("equity", of_cross.then(|| format_scaled(&equity, decimals)))?;
    let named = match subject.measure() {
        Some(measure) => Some(measure.to_string()),
        None => schedule.requirements().first().map(|of| of.name().to_owned()),
    };
    out.set_item("requirement", named)?;
    out.set_item("required", of_cross.then_some(required))?;
    out.set_item("meets", meets)?;
    out.set_item("books", schedule.named(&subject).to_string())?;
    let rules = Rules::of(&*market);
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
    module.add_function(wrap_pyfunction!(prove::prove, module)?)?;
    module.add_function(wrap_pyfunction!(many::verify_many, module)?)?;
    module.add_function(wrap_pyfunction!(many::digest, module)?)?;
    module.add_function(wrap_pyfunction!(many::build, module)?)
}
