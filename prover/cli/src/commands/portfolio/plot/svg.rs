//! Losses by scenario as SVG: one chart for each risk unit, one bar for each scenario, the worst one dark.

use super::super::requirement::{Computed, UnitRow};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use num_traits::ToPrimitive;
use plotters::prelude::*;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::shown::shown;

const WIDTH: u32 = 960;
/// Height of one chart.
const HEIGHT: u32 = 300;
/// Digits after the point of what is drawn: a picture shows no more.
const DECIMALS: u32 = 2;
const WORST: RGBColor = RGBColor(160, 30, 30);
const OTHER: RGBColor = RGBColor(140, 160, 190);

/// Draws the units in which something is held, in their order.
pub fn draw(computed: &Computed, currency: &str) -> Result<String> {
    let failed = |what: String| Failure::new(Exit::Io, "CannotPlot", what);
    if computed.units.is_empty() {
        let message = "the account holds no position, so there is no loss to plot";
        return Err(Failure::new(Exit::Malformed, "CannotPlot", message));
    }
    let mut out = String::new();
    let count = computed.units.len();
    let height = HEIGHT.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
    let root = SVGBackend::with_string(&mut out, (WIDTH, height)).into_drawing_area();
    let drawn = root.fill(&WHITE).map_err(|e| e.to_string()).and_then(|()| {
        let mut areas = root.split_evenly((count, 1)).into_iter().zip(&computed.units);
        areas.try_for_each(|(area, unit)| chart(&area, unit, currency))
    });
    let finished = drawn.and_then(|()| root.present().map_err(|e| e.to_string()));
    // The area writes its end into the text when it is dropped.
    drop(root);
    finished.map_err(failed)?;
    Ok(out)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn chart(area: &Area<'_>, unit: &UnitRow, currency: &str) -> std::result::Result<(), String> {
    let losses: Vec<i64> = unit
        .scenarios
        .iter()
        .map(|s| s.amount.cut(DECIMALS).to_i64().ok_or("a loss is too large to plot"))
        .collect::<std::result::Result<_, _>>()?;
    let (least, most) = losses.iter().fold((0, 1), |(a, b), l| (a.min(*l), b.max(*l)));
    let margin = (most.saturating_sub(least)) / 20 + 1;
    let range = least.saturating_sub(margin)..most.saturating_add(margin);
    let worst = unit.worst.as_deref().unwrap_or("nothing loses");
    let title = format!("{}: loss by scenario, {currency}; worst: {worst}", unit.name);
    let count = i32::try_from(losses.len()).map_err(|_| "too many scenarios to plot")?;
    let mut chart = ChartBuilder::on(area)
        .caption(shown(&title), ("sans-serif", 18))
        .margin(8)
        .x_label_area_size(30)
        .y_label_area_size(110)
        .build_cartesian_2d(0..count, range)
        .map_err(|e| e.to_string())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_desc("scenario, in the order of the schedule")
        .y_label_formatter(&|loss| format_scaled(&(*loss).into(), DECIMALS))
        .draw()
        .map_err(|e| e.to_string())?;
    let bars = (0i32..).zip(&losses).zip(&unit.scenarios).map(|((at, loss), scenario)| {
        let is_worst = unit.worst.as_ref() == Some(&scenario.name);
        let style = if is_worst { WORST } else { OTHER }.filled();
        let mut bar = Rectangle::new([(at, 0), (at + 1, *loss)], style);
        bar.set_margin(0, 0, 2, 2);
        bar
    });
    chart.draw_series(bars).map_err(|e| e.to_string())?;
    Ok(())
}
