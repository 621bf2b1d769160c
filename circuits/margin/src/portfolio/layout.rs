//! The tables of cells of slots, pages and their columns, in file headers and on the circuit's page, as `crate::layout` has
//! them of the linear circuits: printed from the constants, and compared with the cells that the circuit assigns.

use super::columns::{PortfolioColumns, Wide};
use super::{PortfolioCircuit, PortfolioShape, PortfolioTables, column, page, shape, slot};
use crate::layout::{Recorder, columns_of, header_of, label, lines_of, page_of, replace};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zkmargin_gadgets::AUX;
use zkmargin_gadgets::cell::{At, Place};
use zkmargin_gadgets::halo2::plonk::FloorPlanner;
use zkmargin_gadgets::halo2::*;
use zkmargin_model::portfolio::{Market, Terms};

#[path = "../../../model/tests/portfolio/support.rs"]
#[allow(dead_code)] // Each test crate uses its part.
mod model_support;

/// Pages of the circuit examined: the first starts from constants, and the last has none to read.
const PAGES: usize = 2;

/// A part of the circuit with the file and the section that show its cells.
struct Part {
    file: &'static str,
    /// Heading of its section.
    section: &'static str,
    cells: Vec<At>,
    wide: Vec<Wide>,
    /// Rows at which the circuit has it. A cell is assigned at one of them at least, and shown as a copy if it is one
    /// at any: where there is nothing to copy it is a constant.
    at: Vec<usize>,
    rows: usize,
}

fn parts(tables: &PortfolioTables, shape: PortfolioShape) -> Vec<Part> {
    let slots = shape::first_slot(tables);
    let headers = slots + shape.slots() * tables.plan.slot_rows();
    let columns = headers + PAGES * page::ROWS + super::group::rows(tables);
    // Those of the second page, below its unit if there is one after each.
    let columns =
        columns + if shape::units(tables, shape) > 1 { super::unit::rows(tables) } else { 0 };
    let every = (0..tables.columns.len()).map(|at| columns + at * column::ROWS).collect();
    vec![
        Part {
            file: "slot.rs",
            section: "## Slot\n",
            cells: slot::cells(),
            wide: Vec::new(),
            at: vec![slots + tables.plan.slot_rows()],
            rows: slot::ROWS,
        },
        Part {
            file: "page.rs",
            section: "## Page\n",
            cells: page::cells(),
            wide: Vec::new(),
            at: (0..PAGES).map(|at| headers + at * page::ROWS).collect(),
            rows: page::ROWS,
        },
        Part {
            file: "column.rs",
            section: "## Column of a page\n",
            cells: column::cells(),
            wide: column::wide_cells(),
            at: every,
            rows: column::ROWS,
        },
    ]
}

impl Part {
    /// Columns of a cell, with its row.
    fn places(&self, columns: &PortfolioColumns) -> Vec<(Vec<Column<Any>>, usize)> {
        let shared = self.cells.iter().map(|at| (columns_of(&columns.shared, at.place), at.row));
        let wide = self.wide.iter().map(|w| (vec![columns.wide[w.column].into()], w.row));
        shared.chain(wide).collect()
    }

    /// Lines of the table; `copies` says of each cell, wide ones last, whether it is shown as a copy.
    fn lines(&self, copies: &[bool]) -> Vec<Vec<String>> {
        let mark = |at: usize| if copies[at] { " (copy)" } else { "" };
        let mut order: Vec<_> = self.cells.iter().enumerate().collect();
        order.sort_by_key(|(_, at)| at.place);
        let shared = order.into_iter().map(|(i, at)| {
            let column = match at.place {
                Place::Limbs { .. } => 0,
                Place::Aux(column) => 1 + column,
            };
            (at.row, column, label(at) + mark(i))
        });
        let wide = self.wide.iter().enumerate().map(|(i, w)| {
            let text = w.name.to_owned() + mark(self.cells.len() + i);
            (w.row, 1 + AUX + w.column, text)
        });
        lines_of(shared.chain(wide).collect())
    }
}

/// Tables of a small market with every part of the rule, and a change.
fn tables(change: impl FnOnce(&mut Terms)) -> Arc<PortfolioTables> {
    let mut terms = model_support::terms();
    terms.capacity.positions = 128;
    change(&mut terms);
    let market = Market::new(terms).expect("market");
    Arc::new(PortfolioTables::new(&market).expect("provable"))
}

/// Its circuit of a shape, with the selectors of what reads the market's table.
fn synthesized(
    tables: &Arc<PortfolioTables>,
    shape: PortfolioShape,
) -> (PortfolioColumns, Recorder, Vec<Selector>) {
    let circuit = PortfolioCircuit::keyed(tables.clone(), shape).expect("fits");
    circuit.configured(|circuit| {
        let mut meta = ConstraintSystem::default();
        let config = PortfolioCircuit::configure(&mut meta);
        let columns = config.columns.clone();
        let readers = config.table.readers.iter().map(|reader| match reader {
            Expression::Selector(selector) => *selector,
            other => panic!("no selector: {other:?}"),
        });
        let readers = readers.collect();
        let mut recorder = Recorder::default();
        // Where constants are does not matter here.
        let constants = vec![meta.fixed_column()];
        SimpleFloorPlanner::synthesize(&mut recorder, circuit, config, constants)
            .expect("synthesis");
        (columns, recorder, readers)
    })
}

/// The circuit of that market for an account in a ledger.
fn recorded() -> (PortfolioColumns, Recorder, Vec<Part>) {
    let tables = tables(|_| ());
    let shape = PortfolioShape::new(PAGES, 2).expect("even").in_ledger();
    let (columns, recorder, _) = synthesized(&tables, shape);
    (columns, recorder, parts(&tables, shape))
}

/// The lookup adds up what each part reads, times its selector: on a row on which two of them read, a prover could find a
/// row of neither kind. And a cell that two parts assign would be constrained by both with the value of the second.
#[test]
fn no_two_parts_read_one_row_or_assign_one_cell() {
    let one_unit = |terms: &mut Terms| {
        terms.units.truncate(1);
        let unit = terms.units[0].id;
        terms.groups.iter_mut().for_each(|group| group.unit = unit);
    };
    for tables in [tables(|_| ()), tables(one_unit)] {
        for pages in [2, 4, 8, 16] {
            for assets in [2, 16] {
                let shape = PortfolioShape::new(pages, assets).expect("even");
                for shape in [shape, shape.in_ledger()] {
                    let (_, recorder, readers) = synthesized(&tables, shape);
                    let rows = readers.iter().map(|reader| -> BTreeSet<usize> {
                        let on = recorder.enabled.iter().filter(|(of, _)| of == reader);
                        on.map(|(_, row)| *row).collect()
                    });
                    let rows: Vec<_> = rows.collect();
                    // Instruments of slots, groups of pages, brackets of assets and lines.
                    let found = [rows[0].len(), rows[1].len()];
                    assert_eq!(found, [shape.slots(), pages], "{shape:?}");
                    assert!(rows.len() == 3 && rows[2].len() >= assets, "{shape:?}");
                    let all: BTreeSet<_> = rows.iter().flatten().collect();
                    let sum: usize = rows.iter().map(BTreeSet::len).sum();
                    assert_eq!(all.len(), sum, "{shape:?}: two parts read one row");
                    assert_eq!(recorder.twice, BTreeSet::new(), "{shape:?}");
                }
            }
        }
    }
}

#[test]
fn layout_of_portfolio_circuits() {
    let (columns, recorder, parts) = recorded();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong: Vec<PathBuf> = Vec::new();
    for part in parts {
        let places = part.places(&columns);
        let assigned = |(of, row): &(Vec<Column<Any>>, usize), at: usize| {
            of.iter().all(|column| recorder.assigned.contains(&(*column, at + row)))
        };
        let copied = |(of, row): &(Vec<Column<Any>>, usize), at: usize| {
            of.iter().all(|column| recorder.copies.contains(&(*column, at + row)))
        };
        let mut copies = Vec::new();
        for (i, place) in places.iter().enumerate() {
            let has: Vec<_> = part.at.iter().filter(|at| assigned(place, **at)).collect();
            assert!(!has.is_empty(), "{}: cell {i} is not assigned", part.file);
            copies.push(has.into_iter().any(|at| copied(place, *at)));
        }
        // No cell without a name.
        let named: BTreeSet<_> =
            places.iter().flat_map(|(of, row)| of.iter().map(|c| (*c, *row))).collect();
        let shared = columns.shared.limbs.iter().chain(&columns.shared.aux);
        let shared: BTreeSet<Column<Any>> = shared.map(|column| (*column).into()).collect();
        for at in &part.at {
            let rows = *at..at + part.rows;
            for (column, row) in recorder.assigned.iter().filter(|(c, _)| shared.contains(c)) {
                let is_named = !rows.contains(row) || named.contains(&(*column, row - at));
                assert!(is_named, "{}: no name for {column:?}, row {}", part.file, row - at);
            }
        }
        let file = root.join("src/portfolio").join(part.file);
        let header = header_of(part.lines(&vec![false; places.len()]), None);
        replace(&file, ["", "//! ```text\n", "//! ```\n"], &header, &mut wrong);
        let book = root.join("../../docs/book/portfolio-circuit.md");
        let table = page_of(part.lines(&copies));
        replace(&book, [part.section, "| row |", "\n\n"], table.trim_end(), &mut wrong);
    }
    assert!(wrong.is_empty(), "other tables than the constants'; see `crate::layout`: {wrong:?}");
}
