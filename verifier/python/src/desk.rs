//! What a desk asks: why a venue's figures differ, and how far an account is from liquidation.

use crate::errors::{coded, file_error, value_error};
use crate::linear_market;
use num_bigint::BigInt;
use num_rational::BigRational;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use serde_json::{Value, json};
use std::sync::Arc;
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};
use zkmargin_model::floor::WrittenFloor;
use zkmargin_model::rule::{Book, Side};
use zkmargin_params::venues::{STATING, VenueFigures, account_numerals, read_answer};
use zkmargin_params::{AccountFile, CompiledMarket, Instrument, Schedule, SnapshotFile, compile};
use zkmargin_reconcile::{Alternatives, Setting};
use zkmargin_risk::{Boundary, Move, PositionPrices, distance, quoting_assets};

/// A JSON value as Python's own objects.
fn objects<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.call_method1("loads", (value.to_string(),))
}

fn decimal(what: &str, text: &str) -> PyResult<Decimal> {
    Decimal::parse(text).map_err(|e| value_error(format!("{what} {text:?} {e}")))
}

fn stated(venue: &str, answer: &[u8]) -> PyResult<VenueFigures> {
    let value = read_answer("the answer", answer, account_numerals(venue));
    let value = value.map_err(|e| coded(e.code.as_str(), e))?;
    let known = STATING.iter().find(|known| known.name == venue);
    let known = known.ok_or_else(|| {
        let names: Vec<_> = STATING.iter().map(|known| known.name).collect();
        value_error(format!("no figures are read of {venue:?}; pass {}", names.join(", ")))
    })?;
    known.read(&value, None).map_err(|e| coded("ImportSource", e))
}

/// A schedule at prices that need not be those of its own list.
fn at_prices(schedule: &[u8], prices: &SnapshotFile) -> PyResult<(String, Arc<CompiledMarket>)> {
    let schedule = Schedule::from_json(schedule).map_err(|e| file_error(&e))?;
    let listed = |symbol: &str| schedule.instrument(symbol).is_some();
    let of_asset = |symbol: &str| schedule.asset(symbol).is_some();
    let snapshot = SnapshotFile {
        schedule: schedule.digest().to_string(),
        instruments: prices.instruments.iter().filter(|p| listed(&p.instrument)).cloned().collect(),
        assets: prices.assets.iter().filter(|p| of_asset(&p.asset)).cloned().collect(),
        ..prices.clone()
    };
    let market = compile(&schedule, &snapshot).map_err(|e| file_error(&e))?;
    Ok((schedule.file().name.clone(), Arc::new(market)))
}

/// A venue's own figures in its raw answer against the rule's, each with the cause of its difference.
#[pyfunction]
#[pyo3(signature = (venue, answer, schedule, snapshot, *, account=None, initial_schedule=None,
                    other_schedules=vec![], other_snapshots=vec![], taker_fee=None))]
#[allow(clippy::too_many_arguments)]
pub fn reconcile<'py>(
    py: Python<'py>,
    venue: &str,
    answer: &[u8],
    schedule: &[u8],
    snapshot: &[u8],
    account: Option<&[u8]>,
    initial_schedule: Option<&[u8]>,
    other_schedules: Vec<PyBackedBytes>,
    other_snapshots: Vec<PyBackedBytes>,
    taker_fee: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let stated = stated(venue, answer)?;
    let compiled = Arc::new(linear_market(schedule, snapshot)?);
    let prices = SnapshotFile::from_json(snapshot).map_err(|e| file_error(&e))?;
    let mut with = Alternatives::default();
    if let Some(text) = taker_fee {
        let fee = decimal("taker_fee", text)?;
        with.fee = Some(BigRational::new(fee.coefficient().clone(), power_of_ten(fee.scale())));
    }
    for other in &other_schedules {
        with.schedules.push(at_prices(other, &prices)?);
    }
    for other in &other_snapshots {
        let other = linear_market(schedule, other)?;
        with.snapshots.push((other.snapshot().time(), Arc::new(other)));
    }
    let setting = match account {
        Some(bytes) => {
            let file = AccountFile::from_json(bytes).map_err(|e| file_error(&e))?;
            file.belongs_to(compiled.schedule()).map_err(|e| file_error(&e))?;
            Setting::of_file(compiled, &file, &stated)
        }
        None => Setting::of_answer(compiled, &stated),
    };
    let mut setting = setting.map_err(|e| coded("NotReconciled", e))?;
    if let Some(bytes) = initial_schedule {
        setting = setting.with_initial(at_prices(bytes, &prices)?.1);
    }
    objects(py, &zkmargin_reconcile::json(&zkmargin_reconcile::reconcile(setting, &stated, &with)))
}

fn way(instrument: &Instrument, from: &BigInt, boundary: &Boundary) -> Value {
    let at = |status: &str, mark: &BigInt, why: Option<String>| {
        json!({
            "status": status,
            "price": instrument.price_unit.figure(mark).to_string(),
            "percent": format_scaled(&distance(mark, from), 4),
            "why": why,
        })
    };
    let none =
        |status: &str| json!({ "status": status, "price": null, "percent": null, "why": null });
    match boundary {
        Boundary::Crossed => none("crossed"),
        Boundary::Never => none("none"),
        Boundary::At(mark) => at("at", mark, None),
        Boundary::Undefined { mark, why } => at("undefined", mark, Some(why.to_string())),
    }
}

fn joint(way: &Move) -> Value {
    let of = |status: &str, bps: u32, why: Option<String>| json!({ "status": status, "percent": format_scaled(&bps.into(), 2), "why": why });
    match way {
        Move::Crossed => of("crossed", 0, None),
        Move::By(bps) => of("at", *bps, None),
        Move::Never => json!({ "status": "none", "percent": null, "why": null }),
        Move::Undefined { bps, why } => of("undefined", *bps, Some(why.to_string())),
    }
}

/// The exact price of each position at which its book stops meeting the claim, both ways, and the smallest move of all
/// prices together, in percent.
#[pyfunction]
#[pyo3(signature = (account, schedule, snapshot, *, level_bps=MARGIN_BPS, floor=None))]
pub fn liquidation<'py>(
    py: Python<'py>,
    account: &[u8],
    schedule: &[u8],
    snapshot: &[u8],
    level_bps: u32,
    floor: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let market = linear_market(schedule, snapshot)?;
    let schedule = market.schedule();
    let file = AccountFile::from_json(account).map_err(|e| file_error(&e))?;
    let account = file.holdings(schedule).map_err(|e| file_error(&e))?;
    let claim = match (level_bps, floor) {
        (MARGIN_BPS, None) => Claim::margin(),
        (level, floor) => {
            let text = floor.unwrap_or("0");
            let floor = WrittenFloor::parse(text)
                .map_err(|e| value_error(format!("floor {text:?} {e}")))?;
            schedule.claim(level, &floor).map_err(|e| file_error(&e))?
        }
    };
    let fixed = quoting_assets(&market);
    let found = zkmargin_risk::liquidation(&market, &account, &claim, &fixed);
    let found = found.map_err(|e| coded("NotSearched", e))?;
    let listed = schedule.instruments();
    let row = |(p, prices): (&zkmargin_model::rule::Position, &PositionPrices)| {
        let at = listed.binary_search_by_key(&p.instrument, |i| i.id).ok()?;
        let instrument = listed.get(at)?;
        Some(json!({
            "instrument": instrument.symbol,
            "side": if p.side == Side::Short { "short" } else { "long" },
            "book": if p.book == Book::Isolated { "isolated" } else { "cross" },
            "mark": instrument.price_unit.figure(&prices.mark).to_string(),
            "falling": way(instrument, &prices.mark, &prices.falling),
            "rising": way(instrument, &prices.mark, &prices.rising),
        }))
    };
    let positions: Vec<_> =
        account.positions().iter().zip(&found.positions).filter_map(row).collect();
    let joints = found.books.iter().map(|book| {
        let asset = schedule.assets().iter().find(|asset| Some(asset.id) == book.asset);
        json!({
            "settlement_asset": asset.map(|asset| &asset.symbol),
            "falling": joint(&book.joint.falling),
            "rising": joint(&book.joint.rising),
        })
    });
    let result = json!({
        "positions": positions,
        "joint": joints.collect::<Vec<_>>(),
        "meets": found.is_met(),
    });
    objects(py, &result)
}
