//! Buffers over moves as SVG: one chart for each cross book, one line for each instrument, zero in red.

use super::{Chart, DECIMALS, FARTHEST};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use num_traits::ToPrimitive;
use plotters::prelude::*;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::shown::shown;

const WIDTH: u32 = 960;
/// Height of one chart.
const HEIGHT: u32 = 420;
const ZERO: RGBColor = RGBColor(160, 30, 30);
const COLOURS: [RGBColor; 7] = [
    RGBColor(30, 40, 60),
    RGBColor(60, 110, 170),
    RGBColor(210, 130, 50),
    RGBColor(70, 140, 90),
    RGBColor(140, 90, 150),
    RGBColor(120, 120, 60),
    RGBColor(90, 150, 160),
];

/// Draws the charts under each other.
pub fn draw(charts: &[Chart]) -> Result<String> {
    let failed = |what: String| Failure::new(Exit::Io, "CannotPlot", what);
    let mut out = String::new();
    let height = HEIGHT.saturating_mul(u32::try_from(charts.len().max(1)).unwrap_or(u32::MAX));
    let root = SVGBackend::with_string(&mut out, (WIDTH, height)).into_drawing_area();
    let drawn = root.fill(&WHITE).map_err(|e| e.to_string()).and_then(|()| {
        let areas = root.split_evenly((charts.len().max(1), 1));
        areas.iter().zip(charts).try_for_each(|(area, chart)| one(area, chart))
    });
    let finished = drawn.and_then(|()| root.present().map_err(|e| e.to_string()));
    // The area writes its end into the text when it is dropped.
    drop(root);
    finished.map_err(failed)?;
    Ok(out)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn one(area: &Area<'_>, chart: &Chart) -> std::result::Result<(), String> {
    let points = |curve: &super::Curve| {
        let each = curve.points.iter().map(|(x, y)| Some((*x, y.to_i64()?)));
        each.collect::<Option<Vec<(i32, i64)>>>().ok_or("a buffer is too large to plot")
    };
    let curves = chart.curves.iter().map(points).collect::<std::result::Result<Vec<_>, _>>()?;
    let all = curves.iter().flatten().map(|(_, y)| *y);
    let (least, most) = all.fold((0, 1), |(a, b): (i64, i64), y| (a.min(y), b.max(y)));
    let margin = most.saturating_sub(least) / 20 + 1;
    let range = least.saturating_sub(margin)..most.saturating_add(margin);
    let end = FARTHEST * 100;
    let mut drawn = ChartBuilder::on(area)
        .caption(shown(&chart.title), ("sans-serif", 18))
        .margin(8)
        .x_label_area_size(36)
        .y_label_area_size(110)
        .build_cartesian_2d(-end..end, range)
        .map_err(|e| e.to_string())?;
    drawn
        .configure_mesh()
        .x_desc("move of the marks, percent; all other prices stay")
        .x_label_formatter(&|x| format_scaled(&(*x).into(), 2))
        .y_label_formatter(&|y| format_scaled(&(*y).into(), DECIMALS))
        .draw()
        .map_err(|e| e.to_string())?;
    let zero = PathElement::new(vec![(-end, 0), (end, 0)], ZERO);
    drawn.draw_series([zero]).map_err(|e| e.to_string())?;
    for (at, (curve, points)) in chart.curves.iter().zip(curves).enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let line = drawn.draw_series([PathElement::new(points, colour.stroke_width(2))]);
        line.map_err(|e| e.to_string())?
            .label(shown(&curve.name))
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    let labels = &mut drawn.configure_series_labels();
    labels.background_style(WHITE).border_style(BLACK).draw().map_err(|e| e.to_string())
}
