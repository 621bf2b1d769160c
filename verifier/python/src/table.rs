//! Figures of accounts as an Arrow table, by the PyCapsule interface: pandas, Polars, DuckDB and PyArrow take it without
//! a copy.

use crate::errors::{file_error, value_error};
use crate::linear_market;
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, RecordBatch, RecordBatchIterator, StringArray,
    TimestampMillisecondArray, UInt64Array,
};
use arrow_schema::ffi::FFI_ArrowSchema;
use num_bigint::BigInt;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyCapsule;
use std::ffi::CStr;
use std::sync::Arc;
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::rule::{Account, Book, Side, margin};
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, Unit};
use zkmargin_risk::{BookOf, books};

const STREAM: &CStr = c"arrow_array_stream";
const SCHEMA: &CStr = c"arrow_schema";

/// Digits of all figures; what is finer is cut toward zero.
const DIGITS: u32 = 12;
/// Digits that a column of decimals holds in all.
const PRECISION: u8 = 38;

/// A table of figures. It has the Arrow PyCapsule interface, which other libraries read: `pandas.DataFrame.from_arrow`,
/// `polars.DataFrame`, `duckdb.sql`, `pyarrow.table`.
#[pyclass(frozen, module = "zkmargin")]
pub struct Table {
    batch: RecordBatch,
}

#[pymethods]
impl Table {
    /// The table as a stream of Arrow arrays. A requested schema is not looked at, as the interface allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        drop(requested_schema);
        let (batch, schema) = (self.batch.clone(), self.batch.schema());
        let batches = RecordBatchIterator::new([Ok(batch)], schema);
        let stream = FFI_ArrowArrayStream::new(Box::new(batches));
        PyCapsule::new_with_value(py, stream, STREAM)
    }

    /// The schema of the table.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(&*self.batch.schema()).map_err(value_error)?;
        PyCapsule::new_with_value(py, schema, SCHEMA)
    }

    /// Names of the columns.
    #[getter]
    fn columns(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    fn __repr__(&self) -> String {
        format!("Table({} rows: {})", self.batch.num_rows(), self.columns().join(", "))
    }
}

/// A number in units of `10^-DIGITS`, cut toward zero.
fn cut(number: &Decimal) -> PyResult<i128> {
    let scaled = match number.scale().checked_sub(DIGITS) {
        None => number.coefficient() * power_of_ten(DIGITS - number.scale()),
        Some(spare) => number.coefficient() / power_of_ten(spare),
    };
    let most = power_of_ten(PRECISION.into());
    let fits = i128::try_from(&scaled).ok().filter(|_| scaled.magnitude() < most.magnitude());
    fits.ok_or_else(|| value_error("a figure has more than 26 digits before its point"))
}

fn figure(units: &BigInt, unit: Unit) -> PyResult<i128> {
    cut(&unit.figure(units))
}

/// Columns that every table has, and how many rows belong to each snapshot.
#[derive(Default)]
struct Times {
    time: Vec<i64>,
    sequence: Vec<u64>,
}

impl Times {
    fn add(&mut self, market: &CompiledMarket, rows: usize) {
        let time = i64::try_from(market.snapshot().time_ms).unwrap_or(i64::MAX);
        self.time.extend(std::iter::repeat_n(time, rows));
        self.sequence.extend(std::iter::repeat_n(market.snapshot().sequence, rows));
    }

    fn columns(self) -> [(&'static str, ArrayRef); 2] {
        let time = TimestampMillisecondArray::from(self.time).with_timezone("UTC");
        [("time", Arc::new(time)), ("sequence", Arc::new(UInt64Array::from(self.sequence)))]
    }
}

fn decimals(values: Vec<i128>) -> PyResult<ArrayRef> {
    let scale = i8::try_from(DIGITS).unwrap_or(i8::MAX);
    let array = Decimal128Array::from(values).with_precision_and_scale(PRECISION, scale);
    Ok(Arc::new(array.map_err(value_error)?))
}

fn texts(values: Vec<String>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}

fn table(columns: Vec<(&'static str, ArrayRef)>) -> PyResult<Table> {
    Ok(Table { batch: RecordBatch::try_from_iter(columns).map_err(value_error)? })
}

fn side(side: Side) -> String {
    if side == Side::Short { "short" } else { "long" }.to_owned()
}

/// A row for each position at each snapshot.
fn positions(at: &[(CompiledMarket, Account)]) -> PyResult<Table> {
    let mut times = Times::default();
    let (mut instruments, mut sides, mut kinds, mut settles) = (vec![], vec![], vec![], vec![]);
    let mut numbers: [Vec<i128>; 5] = Default::default();
    for (market, account) in at {
        let schedule = market.schedule();
        let file = schedule.file();
        for of in market.selections() {
            let Some(first) = market.selections().first() else { continue };
            if of.books().isolated != first.books().isolated {
                continue;
            }
            let figures = margin(account, of.market()).map_err(value_error)?;
            let held = account.positions().iter().zip(&figures.positions).enumerate();
            for (at, (p, m)) in held {
                let listed = schedule.instruments();
                let found = listed.binary_search_by_key(&p.instrument, |i| i.id).ok();
                let Some(i) = found.and_then(|at| listed.get(at)) else { continue };
                // Where each settlement asset has a book, a position's figures are those of its own.
                if of.books().asset_id().is_some_and(|asset| asset != i.settle) {
                    continue;
                }
                let terms = of.market().instrument(p.instrument);
                let terms =
                    terms.ok_or_else(|| value_error("an instrument is not in the market"))?;
                let mark = market.snapshot().instruments.iter().find(|price| price.id == i.id);
                let mark = mark.map(|price| figure(&price.mark, i.price_unit)).transpose()?;
                let orders = account.orders().and_then(|orders| orders.get(at));
                let notional = terms.notional_with(p, orders);
                let required = match &m.isolated {
                    Some(book) => figure(&book.requirement, schedule.isolated_unit(i).0)?,
                    None => figure(&m.requirement, schedule.margin_amount_unit())?,
                };
                // The margin of an isolated position is inside its entry value, or an allocation that does not settle.
                let profit = figure(&m.pnl, i.settle_unit)?;
                let size = figure(&p.signed_size(), Unit::of_decimals(i.size_decimals))?;
                let row = [
                    size,
                    mark.unwrap_or_default(),
                    figure(&notional, i.settle_unit)?,
                    required,
                    profit,
                ];
                numbers.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
                instruments.push(i.symbol.clone());
                sides.push(side(p.side));
                kinds.push(if p.book == Book::Isolated { "isolated" } else { "cross" }.to_owned());
                settles.push(
                    file.instruments.get(i.at).map_or_else(String::new, |i| i.settle.clone()),
                );
                times.add(market, 1);
            }
        }
    }
    let [size, mark, notional, required, profit] = numbers;
    let mut columns = times.columns().to_vec();
    columns.extend([
        ("instrument", texts(instruments)),
        ("side", texts(sides)),
        ("book", texts(kinds)),
        ("settle", texts(settles)),
        ("size", decimals(size)?),
        ("mark", decimals(mark)?),
        ("notional", decimals(notional)?),
        ("required", decimals(required)?),
        ("settles", decimals(profit)?),
    ]);
    table(columns)
}

/// A row for each book at each snapshot.
fn of_books(at: &[(CompiledMarket, Account)]) -> PyResult<Table> {
    let mut times = Times::default();
    let (mut names, mut currencies, mut met) = (vec![], vec![], vec![]);
    let mut numbers: [Vec<i128>; 3] = Default::default();
    let mut ratios: Vec<Option<i128>> = vec![];
    for (market, account) in at {
        let schedule = market.schedule();
        let found = books(market, account, &Claim::margin()).map_err(value_error)?;
        times.add(market, found.len());
        for book in found {
            names.push(book_name(schedule, account, &book.of));
            let row =
                [&book.equity, &book.requirement, &book.buffer()].map(|x| figure(x, book.unit));
            for (column, value) in numbers.iter_mut().zip(row) {
                column.push(value?);
            }
            let ratio = book.ratio().map(|ratio| cut(&Decimal::from_scaled(&ratio, 4)));
            ratios.push(ratio.transpose()?);
            currencies.push(book.currency);
            met.push(book.is_met);
        }
    }
    let [equity, required, buffer] = numbers;
    let scale = i8::try_from(DIGITS).unwrap_or(i8::MAX);
    let ratios = Decimal128Array::from(ratios).with_precision_and_scale(PRECISION, scale);
    let mut columns = times.columns().to_vec();
    columns.extend([
        ("book", texts(names)),
        ("currency", texts(currencies)),
        ("equity", decimals(equity)?),
        ("required", decimals(required)?),
        ("buffer", decimals(buffer)?),
        ("ratio", Arc::new(ratios.map_err(value_error)?) as ArrayRef),
        ("met", Arc::new(BooleanArray::from(met))),
    ]);
    table(columns)
}

fn book_name(schedule: &Schedule, account: &Account, of: &BookOf) -> String {
    match of {
        BookOf::Cross { asset } => {
            let asset = schedule.assets().iter().find(|a| Some(a.id) == *asset);
            asset.map_or_else(|| "cross".to_owned(), |asset| format!("cross {}", asset.symbol))
        }
        BookOf::Isolated { position } => {
            let p = account.positions().get(*position);
            let symbol =
                p.and_then(|p| schedule.instruments().iter().find(|i| i.id == p.instrument));
            let side = p.map_or_else(String::new, |p| side(p.side));
            format!("isolated {} {side}", symbol.map_or("", |i| i.symbol.as_str()))
        }
    }
}

/// A snapshot, or several of one schedule.
#[derive(FromPyObject)]
pub enum Snapshots {
    /// One.
    One(PyBackedBytes),
    /// Several, a row each in order.
    Several(Vec<PyBackedBytes>),
}

/// An account's figures as a table: a row for each position, or with `of="books"` for each book, at each snapshot. Figures are
/// decimals with twelve digits after the point, cut toward zero.
#[pyfunction]
#[pyo3(signature = (account, schedule, snapshots, *, of="positions"))]
pub fn margin_table(
    account: &[u8],
    schedule: &[u8],
    snapshots: Snapshots,
    of: &str,
) -> PyResult<Table> {
    let file = AccountFile::from_json(account).map_err(|e| file_error(&e))?;
    let all = match &snapshots {
        Snapshots::One(one) => std::slice::from_ref(one),
        Snapshots::Several(all) => all,
    };
    let at = all.iter().map(|snapshot| {
        let market = linear_market(schedule, snapshot)?;
        let account = file.holdings(market.schedule()).map_err(|e| file_error(&e))?;
        Ok((market, account))
    });
    let at = at.collect::<PyResult<Vec<_>>>()?;
    match of {
        "positions" => positions(&at),
        "books" => of_books(&at),
        other => Err(value_error(format!("no table is of {other:?}; pass positions or books"))),
    }
}
