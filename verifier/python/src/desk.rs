//! What a desk asks: why a venue's figures differ, and how far an account is from liquidation.

use crate::errors::{coded, file_error, value_error};
use crate::{desk_portfolio, linear_market};
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
use zkmargin_params::portfolio::is_portfolio_schedule;
use zkmargin_params::venues::{
    STATING, STATING_PORTFOLIO, VenueFigures, account_numerals, read_answer,
};
use zkmargin_params::{AccountFile, CompiledMarket, Instrument, Schedule, SnapshotFile, compile};
use zkmargin_reconcile::{Alternatives, Setting};
use zkmargin_risk::portfolio::Grid;
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
        let known = STATING.iter().chain(STATING_PORTFOLIO).map(|known| known.name);
        let names: Vec<_> = known.collect();
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
    if let Some(known) = STATING_PORTFOLIO.iter().find(|known| known.name == venue) {
        if initial_schedule.is_some() || taker_fee.is_some() {
            let message = "a portfolio schedule has both requirements, and no fee";
            return Err(value_error(message));
        }
        let (others, at) = (&other_schedules[..], &other_snapshots[..]);
        let of = desk_portfolio::Compared {
            answer,
            schedule,
            snapshot,
            account,
            other_schedules: others,
            other_snapshots: at,
        };
        return objects(py, &zkmargin_reconcile::json(&desk_portfolio::reconcile(known, &of)?));
    }
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
/// prices together, in percent. Of a portfolio account, the prices of each underlying on a grid.
#[pyfunction]
#[pyo3(signature = (account, schedule, snapshot, *, level_bps=MARGIN_BPS, floor=None,
                    requirement=None, step=None, range_percent=None))]
#[allow(clippy::too_many_arguments)]
pub fn liquidation<'py>(
    py: Python<'py>,
    account: &[u8],
    schedule: &[u8],
    snapshot: &[u8],
    level_bps: u32,
    floor: Option<&str>,
    requirement: Option<&str>,
    step: Option<&str>,
    range_percent: Option<u32>,
) -> PyResult<Bound<'py, PyAny>> {
    if is_portfolio_schedule(schedule) {
        let of = desk_portfolio::Market::read(schedule, snapshot)?;
        let range = range_percent.unwrap_or(desk_portfolio::RANGE);
        if !(1..=99).contains(&range) {
            return Err(value_error(format!("range_percent {range} is not from 1 to 99")));
        }
        let step = step.map(|text| decimal("step", text)).transpose()?;
        let asked = desk_portfolio::claim(&of, requirement, level_bps, floor)?;
        let grid = Grid { step, range };
        let found = desk_portfolio::liquidation(&of, account, (asked.0, &asked.1), &grid)?;
        return objects(py, &found);
    }
    if requirement.is_some() || step.is_some() || range_percent.is_some() {
        let message = "requirement, step and range_percent are of portfolio accounts: a linear schedule has one requirement, and of its prices no tick is left out";
        return Err(value_error(message));
    }
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
            "at_zero": listed
                .iter()
                .filter(|i| book.joint.at_zero.contains(&i.id))
                .map(|i| &i.symbol)
                .collect::<Vec<_>>(),
        })
    });
    let result = json!({
        "account": "linear",
        "positions": positions,
        "joint": joints.collect::<Vec<_>>(),
        "meets": found.is_met(),
    });
    objects(py, &result)
}
