//! Accounts by epochs as a picture: one row per band of subjects, one column per period.

use crate::findings::Findings;
use maud::{Markup, html};

/// Width of the picture in its own units.
const WIDTH: usize = 960;
/// Height of a row, maximum and minimum.
const ROW: (usize, usize) = (14, 5);
/// Maximum number of columns; further periods are grouped.
const COLUMNS: usize = 120;

/// The shade of a cell, from all shown to none.
fn shade(due: u64, shown: u64) -> &'static str {
    match (due, shown) {
        (0, _) => "none",
        (due, shown) if shown >= due => "full",
        (_, 0) => "empty",
        (due, shown) if shown * 100 >= due * 99 => "most",
        (due, shown) if shown * 2 >= due => "part",
        _ => "few",
    }
}

/// Cells of one row, grouped into at most `COLUMNS` columns.
fn columns(row: &[(u64, u64)]) -> Vec<(u64, u64, usize, usize)> {
    let per = row.len().div_ceil(COLUMNS).max(1);
    let sum = |cells: &[(u64, u64)]| {
        cells.iter().fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1))
    };
    row.chunks(per)
        .enumerate()
        .map(|(at, cells)| {
            let (due, shown) = sum(cells);
            (due, shown, at * per, at * per + cells.len() - 1)
        })
        .collect()
}

/// The picture as inline SVG.
pub(super) fn picture(findings: &Findings) -> Markup {
    let rows = findings.grid.len().max(1);
    let height = (480 / rows).clamp(ROW.1, ROW.0);
    let cells: Vec<_> = findings.grid.iter().map(|row| columns(row)).collect();
    let count = cells.first().map_or(1, Vec::len).max(1);
    let width = WIDTH as f64 / count as f64;
    let total = rows * height;
    let label = |at: usize| {
        findings.periods.get(at).map(|p| format!("{} {}", p.venue, p.epoch)).unwrap_or_default()
    };
    let gap = if width > 6.0 { 1.0 } else { 0.0 };
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {total}")) role="img" aria-label="Due accounts by epochs" {
            @for (y, row) in cells.iter().enumerate() {
                @for (x, (due, shown, first, last)) in row.iter().enumerate() {
                    rect class=(shade(*due, *shown))
                        x=(format!("{:.2}", x as f64 * width))
                        y=(y * height)
                        width=(format!("{:.2}", (width - gap).max(0.5)))
                        height=(height - usize::from(height > 6)) {
                        title {
                            (label(*first)) @if first != last { " to " (label(*last)) }
                            ": " (shown) " of " (due) " due entries shown"
                        }
                    }
                }
            }
        }
        div.axis {
            span { (label(0)) } span { (label(findings.periods.len().saturating_sub(1))) }
        }
        p.small {
            "Columns are periods, rows are "
            @if rows < 64 { "subjects" } @else { "bands of subjects" }
            ", ordered by pseudonym or commitment."
        }
    }
}
