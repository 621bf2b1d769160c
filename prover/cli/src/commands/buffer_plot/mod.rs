//! `margin --plot` of a linear account: how the buffer of each cross book changes with prices.

#[cfg(not(feature = "plot"))]
mod absent;
#[cfg(feature = "plot")]
mod svg;

#[cfg(not(feature = "plot"))]
use absent::draw;
#[cfg(feature = "plot")]
use svg::draw;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};
use zkmargin_model::rule::{Account, Book};
use zkmargin_params::{CompiledMarket, DecimalText, SnapshotFile, Unit, compile};
use zkmargin_risk::{BookOf, books};

/// Farthest move that is drawn, in percent of each mark.
const FARTHEST: i32 = 50;
/// Points from the mark to the farthest move.
const STEPS: i32 = 20;
/// Digits after the point of what is drawn: a picture shows no more.
const DECIMALS: u32 = 2;
/// Lines of single instruments: those that require most.
const LINES: usize = 6;

/// The buffer over the move of some marks; a point is missing where the rule is undefined.
pub struct Curve {
    pub name: String,
    /// Hundredths of a percent, and the buffer in units of `10^-DECIMALS`.
    pub points: Vec<(i32, BigInt)>,
}

/// One cross book.
pub struct Chart {
    #[cfg_attr(not(feature = "plot"), expect(dead_code, reason = "only a picture shows it"))]
    pub title: String,
    pub curves: Vec<Curve>,
}

/// A mark that has moved by hundredths of a percent of its magnitude, cut to its unit.
fn moved(mark: &DecimalText, unit: Unit, hundredths: i32) -> Option<DecimalText> {
    let decimal = Decimal::parse(mark.as_str()).ok()?;
    let scaled = decimal.coefficient() * 10_000 + decimal.coefficient().abs() * hundredths;
    let text = Decimal::from_scaled(&scaled, decimal.scale() + 4);
    let cut = match text.scale().checked_sub(unit.decimals).filter(|_| unit.bits == 0) {
        Some(spare) => format_scaled(&(text.coefficient() / power_of_ten(spare)), unit.decimals),
        None => text.to_string(),
    };
    Some(DecimalText::new(cut))
}

/// Buffers of the cross books when the marks of these instruments have moved.
fn buffers(
    market: &CompiledMarket,
    file: &SnapshotFile,
    account: &Account,
    moves: &BTreeSet<&str>,
    hundredths: i32,
) -> BTreeMap<Option<u32>, BigInt> {
    let mut file = file.clone();
    for price in file.instruments.iter_mut().filter(|p| moves.contains(&*p.instrument)) {
        let unit = market.schedule().instrument(&price.instrument).map(|i| i.price_unit);
        let mark = price.mark.as_ref().zip(unit);
        if let Some(mark) = mark.and_then(|(mark, unit)| moved(mark, unit, hundredths)) {
            price.mark = Some(mark);
        }
    }
    let found = compile(market.schedule(), &file).ok();
    let found = found.and_then(|market| books(&market, account, &Claim::margin()).ok());
    let cross = found.into_iter().flatten().filter_map(|book| match book.of {
        BookOf::Cross { asset } => {
            let exact = book.unit.figure(&book.buffer());
            let spare = exact.scale().saturating_sub(DECIMALS);
            let up = power_of_ten(DECIMALS.saturating_sub(exact.scale()));
            Some((asset, exact.coefficient() * up / power_of_ten(spare)))
        }
        BookOf::Isolated { .. } => None,
    });
    cross.collect()
}

/// A name, the instruments whose marks move together under it, and what they settle in.
type Group<'a> = (String, BTreeSet<&'a str>, BTreeSet<u32>);

fn group<'a>(name: &str, held: &[(BigInt, u32, &'a str)]) -> Group<'a> {
    let moves = held.iter().map(|(_, _, symbol)| *symbol).collect();
    (name.to_owned(), moves, held.iter().map(|(_, settle, _)| *settle).collect())
}

/// Draws the buffers as SVG.
pub fn plot(market: &CompiledMarket, file: &SnapshotFile, account: &Account) -> Result<String> {
    let schedule = market.schedule();
    let figures = zkmargin_model::rule::margin(account, market.market()).ok();
    let mut held: Vec<(BigInt, u32, &str)> = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, p) in account.positions().iter().enumerate().filter(|(_, p)| p.book == Book::Cross) {
        let Some(i) = schedule.instrument_of_id(p.instrument) else { continue };
        let required = figures.as_ref().and_then(|f| f.positions.get(at));
        let required = required.map_or_else(BigInt::default, |m| m.requirement.clone());
        if seen.insert(i.id) {
            held.push((required, i.settle, &i.symbol));
        }
    }
    if held.is_empty() {
        let message = "no position is in a cross book, so its buffer does not change with marks";
        return Err(Failure::new(Exit::Malformed, "CannotPlot", message));
    }
    held.sort_by(|a, b| b.0.cmp(&a.0));
    let mut groups = vec![group("all marks", &held)];
    groups.extend(held.iter().take(LINES).map(|one| group(one.2, std::slice::from_ref(one))));
    let currency = schedule.margin_unit().currency();
    let mut charts: BTreeMap<Option<u32>, Chart> = BTreeMap::new();
    for (name, moves, settled) in &groups {
        for step in -STEPS..=STEPS {
            let hundredths = step * FARTHEST * 100 / STEPS;
            for (asset, buffer) in buffers(market, file, account, moves, hundredths) {
                if asset.is_some_and(|asset| !settled.contains(&asset)) {
                    continue;
                }
                let chart = charts.entry(asset).or_insert_with(|| {
                    let of = schedule.assets().iter().find(|a| Some(a.id) == asset);
                    let of =
                        of.map_or("cross book".to_owned(), |a| format!("book of {}", a.symbol));
                    Chart { title: format!("Buffer of the {of}, {currency}"), curves: Vec::new() }
                });
                match chart.curves.iter_mut().find(|curve| curve.name == *name) {
                    Some(curve) => curve.points.push((hundredths, buffer)),
                    None => {
                        let points = vec![(hundredths, buffer)];
                        chart.curves.push(Curve { name: name.clone(), points });
                    }
                }
            }
        }
    }
    draw(&charts.into_values().collect::<Vec<_>>())
}
