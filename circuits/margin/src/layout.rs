//! The tables of cells in file headers and book pages, printed from the constants that gates and
//! assignments use, and compared with the cells that the circuit assigns.
//!
//! `ZKMARGIN_UPDATE=1` rewrites the tables. Numbers in parentheses are the limb columns of a value
//! that does not fill its row.

use crate::circuit::MarginCircuit;
use crate::form::Form;
use crate::support::{is_long, market_of};
use crate::tables::MarketTables;
use crate::{
    asset, book, claim, collateral, exempt, general, membership, named, only, position, rows,
    valuation,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zkmargin_gadgets::cell::{At, Place};
use zkmargin_gadgets::halo2::plonk::{Assigned, Assignment, FloorPlanner};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::{LIMBS, Width};
use zkmargin_gadgets::{
    AUX, Columns, bracket, compare, divide, groups, keyed, larger, path, quads, root, settle, sign,
    sorted,
};
use zkmargin_model::circuit::Anchor;
use zkmargin_model::rule::{Base, Isolated, Profile, Rounded, Settlement};

/// Cells of a part itself.
pub(crate) fn of(cells: &[&[At]]) -> Vec<At> {
    cells.concat()
}

/// Cells of a gadget whose first row is `row` of the part, under their names there.
pub(crate) fn place(
    cells: &[&[At]],
    row: usize,
    name: fn(&'static str) -> &'static str,
) -> Vec<At> {
    of(cells).into_iter().map(|at| at.below(row).named(name(at.name))).collect()
}

/// Cells from a row of the part on.
fn below(cells: Vec<At>, row: usize) -> Vec<At> {
    cells.into_iter().map(|at| at.below(row)).collect()
}

/// A part of the circuit with the two files that show its cells.
#[derive(Clone)]
struct Part {
    header: &'static str,
    page: &'static str,
    cells: Vec<At>,
    /// Row of the only gate, for a gadget.
    gate: Option<usize>,
    /// The circuit that has it.
    profile: Profile,
    /// A row of the circuit at which the part is placed.
    at: usize,
    /// How many rows it has to itself; zero for a part among other cells.
    rows: usize,
}

/// Number of slots in each list of the circuit examined.
const SLOTS: usize = 2;

/// The profile of which the pages on rounding show the blocks: narrow, and everything rounded once.
const ROUNDED: Profile = Profile {
    rounded: Rounded::Value,
    base: Base::Size,
    narrow: true,
    collateral: true,
    pnl: true,
    isolated: Isolated::Compared,
    general: false,
    orders: false,
    allocations: false,
    entry: false,
    leverage: false,
    own: false,
    flat: false,
    family: false,
    exempt: false,
    settlement: Settlement::Four,
};

/// The profile of which the page on isolated books shows the block.
const BOOKS: Profile = Profile { isolated: Isolated::Compared, ..Profile::EXACT };

/// The profile of which the page on named positions shows the rows that leave one out.
const ALL_BUT: Profile = Profile { isolated: Isolated::AllBut, ..Profile::EXACT };

/// The profile of which that page shows the block of one alone.
const ONLY: Profile = Profile { isolated: Isolated::Only, ..Profile::EXACT };

/// The profile of which the page on requirements without tiers shows the row.
const FLAT: Profile = Profile { isolated: Isolated::Compared, ..Profile::FLAT };

/// The profile of which the page on families shows the slot.
const FAMILY: Profile = Profile { isolated: Isolated::Compared, ..Profile::FAMILY };

/// The profile of which the page on positions shows the row of own parameters.
const OWN: Profile = Profile { own: true, ..Profile::EXACT };

/// The profile of which the page on the claim shows the row of an exempt book.
const EXEMPT: Profile = Profile { exempt: true, ..Profile::EXACT };

/// The profile of which the pages on more settlement assets show the gadgets.
const SIXTEEN: Profile = Profile { settlement: Settlement::Sixteen, ..Profile::EXACT };

/// The general profile with isolated books.
const GENERAL_BOOKS: Profile = Profile { isolated: Isolated::Compared, ..Profile::GENERAL };

/// The general profile with open orders beside isolated books.
const GENERAL_ORDERS: Profile = Profile { orders: true, ..GENERAL_BOOKS };

/// The same with allocations.
const GENERAL_ALLOCATIONS: Profile = Profile { allocations: true, ..GENERAL_ORDERS };

/// The general profile with notionals of entries.
const GENERAL_ENTRY: Profile = Profile { entry: true, ..Profile::GENERAL };

/// The general profile with requirements by own leverages.
const GENERAL_LEVERAGE: Profile = Profile { leverage: true, ..Profile::GENERAL };

/// The profiles of all parts.
const PROFILES: [Profile; 16] = [
    Profile::EXACT,
    ROUNDED,
    BOOKS,
    ALL_BUT,
    ONLY,
    FLAT,
    FAMILY,
    OWN,
    EXEMPT,
    SIXTEEN,
    Profile::GENERAL,
    GENERAL_BOOKS,
    GENERAL_ORDERS,
    GENERAL_ALLOCATIONS,
    GENERAL_ENTRY,
    GENERAL_LEVERAGE,
];

/// The blocks of the general profile.
fn general_parts() -> Vec<Part> {
    let position = rows::position(Profile::GENERAL);
    let asset = SLOTS * position + rows::asset(Profile::GENERAL);
    let part = |header, page, cells, at| Part {
        header,
        page,
        cells,
        gate: None,
        profile: Profile::GENERAL,
        at,
        rows: 0,
    };
    let gadget =
        |header, page, cells, gate, at| Part { gate: Some(gate), ..part(header, page, cells, at) };
    let value = position + general::position::VALUE;
    vec![
        part(
            "margin/src/general/position.rs",
            "general-position.md",
            general::position::slot_cells(Settlement::Four),
            position,
        ),
        Part {
            profile: GENERAL_BOOKS,
            ..part(
                "margin/src/general/cross.rs",
                "general-cross.md",
                general::cross::slot_cells(),
                position,
            )
        },
        Part {
            profile: GENERAL_ORDERS,
            ..part(
                "margin/src/general/orders.rs",
                "orders.md",
                general::orders::own_cells(GENERAL_ORDERS),
                rows::position(GENERAL_ORDERS) + general::position::ORDERS,
            )
        },
        Part {
            profile: GENERAL_ALLOCATIONS,
            rows: general::allocation::ROWS,
            ..part(
                "margin/src/general/allocation.rs",
                "allocation.md",
                of(&general::allocation::CELLS),
                rows::position(GENERAL_ALLOCATIONS) + general::position::ALLOCATIONS,
            )
        },
        Part {
            profile: GENERAL_ALLOCATIONS,
            ..part(
                "margin/src/general/allocated.rs",
                "allocated.md",
                general::allocated::own_cells(),
                SLOTS * (rows::position(GENERAL_ALLOCATIONS) + rows::asset(GENERAL_ALLOCATIONS))
                    + rows::VALUATION
                    + rows::claim(GENERAL_ALLOCATIONS)
                    + rows::books(GENERAL_ALLOCATIONS, SLOTS)
                    + general::allocated::ROWS,
            )
        },
        Part {
            profile: GENERAL_ENTRY,
            ..part(
                "margin/src/general/entry.rs",
                "entry.md",
                of(&general::entry::OWN_CELLS),
                rows::position(GENERAL_ENTRY) + general::position::AT_ENTRY,
            )
        },
        Part {
            profile: GENERAL_LEVERAGE,
            ..part(
                "margin/src/general/leverage.rs",
                "leverage.md",
                of(&general::leverage::OWN_CELLS),
                rows::position(GENERAL_LEVERAGE)
                    + general::position::leverage_rows(GENERAL_LEVERAGE),
            )
        },
        part(
            "margin/src/general/asset.rs",
            "general-asset.md",
            general::asset::slot_cells(Settlement::Four),
            asset,
        ),
        part(
            "margin/src/general/by_size.rs",
            "by-size.md",
            general::by_size::own_cells(),
            asset + general::asset::BY_SIZE,
        ),
        part("margin/src/general/line.rs", "line.md", general::line::cells(), value),
        part(
            "margin/src/general/signed.rs",
            "signed.md",
            general::signed::cells(),
            position + general::position::RESULT,
        ),
        gadget("gadgets/src/keyed.rs", "keyed.md", of(&keyed::CELLS), keyed::GATE, value),
        gadget(
            "gadgets/src/root.rs",
            "root.md",
            of(&root::CELLS),
            root::GATE,
            position + general::position::ROOT,
        ),
        gadget(
            "gadgets/src/larger.rs",
            "larger.md",
            of(&larger::CELLS),
            larger::GATE,
            position + general::position::LARGER,
        ),
        gadget(
            "gadgets/src/sign.rs",
            "sign.md",
            of(&sign::CELLS),
            sign::GATE,
            asset + general::asset::SIGN,
        ),
    ]
}

fn parts() -> Vec<Part> {
    [plain_parts(), general_parts()].concat()
}

fn plain_parts() -> Vec<Part> {
    // The second slot of a list: the first one starts from constants where the others copy.
    let exact = Profile::EXACT;
    let position = rows::position(exact);
    let asset = SLOTS * rows::position(exact) + rows::asset(exact);
    let valuation = SLOTS * (rows::position(exact) + rows::asset(exact));
    let claim = valuation + rows::VALUATION;
    let membership = claim + rows::claim(exact);
    let part = |name, cells, at, rows| {
        let (header, page) = name;
        Part { header, page, cells, gate: None, profile: exact, at, rows }
    };
    let gadget = |name, cells: Vec<At>, gate, at| {
        let (header, page) = name;
        Part { header, page, cells, gate: Some(gate), profile: exact, at, rows: 0 }
    };
    let mut terms_of_core = position::terms::cells(exact);
    terms_of_core.retain(|at| at.row < position::CORE);
    let rounded_position = rows::position(ROUNDED);
    let value = rounded_position + position::CORE;
    let requirement = rounded_position + position::requirement_rows(ROUNDED);
    let rounded_asset = SLOTS * rows::position(ROUNDED) + rows::asset(ROUNDED);
    let rounded = |name, cells, at| {
        let (header, page) = name;
        Part { header, page, cells, gate: None, profile: ROUNDED, at, rows: 0 }
    };
    vec![
        part(
            ("margin/src/position/mod.rs", "position.md"),
            [position::cells(exact), terms_of_core].concat(),
            position,
            position::CORE,
        ),
        rounded(
            ("margin/src/position/terms.rs", "terms.md"),
            position::terms::cells(ROUNDED),
            rounded_position,
        ),
        rounded(
            ("margin/src/position/value.rs", "value.md"),
            position::value::cells(Width::Narrow),
            value,
        ),
        rounded(
            ("margin/src/position/requirement.rs", "requirement.md"),
            position::requirement::cells(ROUNDED),
            requirement,
        ),
        rounded(
            ("margin/src/position/pnl.rs", "pnl.md"),
            position::pnl::cells(),
            rounded_position + position::pnl_rows(ROUNDED),
        ),
        rounded(
            ("margin/src/position/cross.rs", "cross.md"),
            position::cross::cells(),
            rounded_position + position::cross_row(ROUNDED),
        ),
        Part {
            profile: FLAT,
            ..part(
                ("margin/src/position/flat.rs", "flat.md"),
                [position::cells(FLAT), position::terms::cells(FLAT)]
                    .into_iter()
                    .chain([
                        below(position::cross::cells(), position::cross_row(FLAT)),
                        below(position::requirement::cells(FLAT), position::requirement_rows(FLAT)),
                    ])
                    .flatten()
                    .collect(),
                rows::position(FLAT),
                rows::position(FLAT),
            )
        },
        Part {
            profile: FAMILY,
            ..part(
                ("margin/src/position/family.rs", "family.md"),
                [position::cells(FAMILY), position::terms::cells(FAMILY)]
                    .into_iter()
                    .chain([
                        below(position::cross::cells(), position::cross_row(FAMILY)),
                        below(
                            position::requirement::cells(FAMILY),
                            position::requirement_rows(FAMILY),
                        ),
                    ])
                    .flatten()
                    .collect(),
                rows::position(FAMILY),
                rows::position(FAMILY),
            )
        },
        Part {
            profile: OWN,
            ..part(
                ("margin/src/position/own.rs", "own.md"),
                position::own::cells(),
                rows::position(OWN) + position::own_row(OWN),
                1,
            )
        },
        part(
            ("margin/src/asset.rs", "asset.md"),
            asset::cells(Settlement::Four),
            asset,
            rows::asset(exact),
        ),
        rounded(
            ("margin/src/collateral.rs", "collateral.md"),
            collateral::cells(),
            rounded_asset + asset::BRACKET_ROWS,
        ),
        part(
            ("margin/src/valuation.rs", "valuation.md"),
            valuation::cells(),
            valuation,
            rows::VALUATION,
        ),
        part(("margin/src/claim.rs", "claim.md"), claim::cells(), claim, rows::claim(exact)),
        Part {
            profile: EXEMPT,
            ..part(("margin/src/exempt.rs", "exempt.md"), exempt::cells(), membership, 1)
        },
        Part {
            profile: BOOKS,
            ..part(
                ("margin/src/book.rs", "book.md"),
                book::cells(BOOKS),
                SLOTS * (rows::position(BOOKS) + rows::asset(BOOKS))
                    + rows::VALUATION
                    + rows::claim(BOOKS)
                    + book::ROWS,
                book::ROWS,
            )
        },
        Part {
            profile: ALL_BUT,
            ..part(
                ("margin/src/named.rs", "named.md"),
                named::cells(),
                SLOTS * (rows::position(ALL_BUT) + rows::asset(ALL_BUT))
                    + rows::VALUATION
                    + rows::claim(ALL_BUT)
                    + book::ROWS
                    + named::ROW,
                0,
            )
        },
        Part {
            profile: ONLY,
            ..part(
                ("margin/src/only.rs", "only.md"),
                only::cells(ONLY),
                SLOTS * (rows::position(ONLY) + rows::asset(ONLY))
                    + rows::VALUATION
                    + rows::claim(ONLY)
                    + only::last_slot(SLOTS).0,
                only::last_slot(SLOTS).1,
            )
        },
        part(("margin/src/membership.rs", "membership.md"), membership::cells(), membership, 1),
        gadget(
            ("gadgets/src/sorted.rs", "sorted.md"),
            of(&sorted::CELLS),
            sorted::GATE,
            position + position::SORTED_ROWS,
        ),
        gadget(
            ("gadgets/src/bracket.rs", "bracket.md"),
            bracket::cells(Width::Wide),
            bracket::gate(Width::Wide),
            position + position::requirement_rows(exact),
        ),
        Part {
            gate: Some(divide::GATE),
            ..rounded(
                ("gadgets/src/divide.rs", "divide.md"),
                divide::cells(divide::Form::Long(Width::Wide)),
                rounded_asset + asset::BRACKET_ROWS + collateral::DIVIDE_ROWS,
            )
        },
        gadget(
            ("gadgets/src/groups.rs", "groups.md"),
            of(&groups::CELLS),
            groups::GATE,
            position + position::GROUPS_ROWS,
        ),
        Part {
            profile: SIXTEEN,
            ..gadget(
                ("gadgets/src/quads.rs", "quads.md"),
                quads::cells(SIXTEEN.settlement.quads()),
                quads::GATE,
                rows::position(SIXTEEN) + position::GROUPS_ROWS,
            )
        },
        Part {
            profile: SIXTEEN,
            ..gadget(
                ("gadgets/src/settle.rs", "settle.md"),
                of(&settle::CELLS),
                settle::GATE,
                SLOTS * (rows::position(SIXTEEN) + rows::asset(SIXTEEN)),
            )
        },
        gadget(
            ("gadgets/src/compare.rs", "compare.md"),
            of(&compare::CELLS),
            compare::GATE,
            claim + claim::SURPLUS_ROWS,
        ),
        // The second level, again.
        gadget(
            ("gadgets/src/path.rs", "path.md"),
            of(&path::CELLS),
            path::GATE,
            membership + membership::PATH_ROWS + path::ROWS,
        ),
    ]
}

/// A column and a row.
type Cell = (Column<Any>, usize);

/// Records which advice cells a circuit assigns, which of them are copies, and on which rows selectors are on.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) assigned: BTreeSet<Cell>,
    pub(crate) copies: BTreeSet<Cell>,
    pub(crate) enabled: Vec<(Selector, usize)>,
    /// Advice and fixed cells that are assigned more than once.
    pub(crate) twice: BTreeSet<Cell>,
    fixed: BTreeSet<Cell>,
}

impl Assignment<Fp> for Recorder {
    fn enter_region<NR: Into<String>, N: FnOnce() -> NR>(&mut self, _: N) {}

    fn exit_region(&mut self) {}

    fn enable_selector<A: FnOnce() -> AR, AR: Into<String>>(
        &mut self,
        _: A,
        selector: &Selector,
        row: usize,
    ) -> Result<(), Error> {
        self.enabled.push((*selector, row));
        Ok(())
    }

    fn query_instance(&self, _: Column<Instance>, _: usize) -> Result<Value<Fp>, Error> {
        Ok(Value::unknown())
    }

    fn assign_advice<V, VR, A, AR>(
        &mut self,
        _: A,
        column: Column<Advice>,
        row: usize,
        _: V,
    ) -> Result<(), Error>
    where
        V: FnOnce() -> Value<VR>,
        VR: Into<Assigned<Fp>>,
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
        let cell = (column.into(), row);
        if !self.assigned.insert(cell) {
            self.twice.insert(cell);
        }
        Ok(())
    }

    fn assign_fixed<V, VR, A, AR>(
        &mut self,
        _: A,
        column: Column<Fixed>,
        row: usize,
        _: V,
    ) -> Result<(), Error>
    where
        V: FnOnce() -> Value<VR>,
        VR: Into<Assigned<Fp>>,
        A: FnOnce() -> AR,
        AR: Into<String>,
    {
        let cell = (column.into(), row);
        if !self.fixed.insert(cell) {
            self.twice.insert(cell);
        }
        Ok(())
    }

    fn copy(
        &mut self,
        left: Column<Any>,
        left_row: usize,
        right: Column<Any>,
        _: usize,
    ) -> Result<(), Error> {
        if *right.column_type() == Any::Advice {
            self.copies.insert((left, left_row));
        }
        Ok(())
    }

    fn fill_from_row(
        &mut self,
        _: Column<Fixed>,
        _: usize,
        _: Value<Assigned<Fp>>,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn push_namespace<NR: Into<String>, N: FnOnce() -> NR>(&mut self, _: N) {}

    fn pop_namespace(&mut self, _: Option<String>) {}
}

/// The columns and the cells of a circuit of a profile, for an account in a ledger.
fn recorded(profile: Profile) -> (Columns, Recorder) {
    let market = market_of(profile);
    let tables = Arc::new(MarketTables::new(&market).expect("provable"));
    let form = Form { profile, anchor: Anchor::Ledger, lanes: 2, banks: 1 };
    let circuit = MarginCircuit::of_size(form, [SLOTS; 2], tables, Value::unknown());
    let mut meta = ConstraintSystem::default();
    let config = form.configured(|| MarginCircuit::configure(&mut meta));
    let columns = config.margin.columns.clone();
    let mut recorder = Recorder::default();
    // Where constants are does not matter here.
    let constants = vec![meta.fixed_column()];
    SimpleFloorPlanner::synthesize(&mut recorder, &circuit, config, constants).expect("synthesis");
    (columns, recorder)
}

pub(crate) fn columns_of(columns: &Columns, place: Place) -> Vec<Column<Any>> {
    match place {
        Place::Aux(column) => vec![columns.aux[column].into()],
        Place::Limbs { first, count } => {
            columns.limbs[first..first + count].iter().map(|limb| (*limb).into()).collect()
        }
    }
}

/// What a cell holds, with the limb columns if it does not take all of them.
pub(crate) fn label(at: &At) -> String {
    match at.place {
        Place::Aux(_) | Place::Limbs { count: LIMBS, .. } => at.name.to_owned(),
        Place::Limbs { first, count: 1 } => format!("{} ({first})", at.name),
        Place::Limbs { first, count } => format!("{} ({first}-{})", at.name, first + count - 1),
    }
}

/// Text of each cell, by row and column: the limbs are column 0 of the table.
fn table(part: &Part, text: impl Fn(&At) -> String) -> Vec<Vec<String>> {
    let mut cells = part.cells.clone();
    cells.sort_by_key(|at| at.place);
    let cells = cells.iter().map(|at| {
        let column = match at.place {
            Place::Limbs { .. } => 0,
            Place::Aux(column) => 1 + column,
        };
        (at.row, column, text(at))
    });
    lines_of(cells.collect())
}

/// Lines of a table of cells by row and column: the limbs, the auxiliary columns, and wide ones if there are any.
pub(crate) fn lines_of(cells: Vec<(usize, usize, String)>) -> Vec<Vec<String>> {
    let rows = 1 + cells.iter().map(|(row, ..)| *row).max().expect("cells");
    let first = cells.iter().map(|(row, ..)| *row).min().unwrap_or(0);
    let wide = cells.iter().map(|(_, column, _)| *column).max().unwrap_or(0).saturating_sub(AUX);
    let mut table = vec![vec![Vec::new(); 1 + AUX + wide]; rows];
    for (row, column, text) in cells {
        table[row][column].push(text);
    }
    let titles = std::iter::once("limbs".to_owned()).chain((0..AUX).map(|i| format!("aux {i}")));
    let titles = titles.chain((0..wide).map(|i| format!("wide {i}")));
    let mut lines = vec![std::iter::once("row".to_owned()).chain(titles).collect::<Vec<_>>()];
    let has_cells = |(_, cells): &(usize, Vec<Vec<String>>)| cells.iter().any(|c| !c.is_empty());
    for (row, cells) in table.into_iter().enumerate().skip(first).filter(has_cells) {
        let cells = cells.into_iter().map(|cell| cell.join(", "));
        lines.push(std::iter::once(row.to_string()).chain(cells).collect());
    }
    // No column without cells.
    let used: Vec<_> = (0..lines[0].len())
        .map(|column| lines[1..].iter().any(|line| !line[column].is_empty()))
        .collect();
    for line in &mut lines {
        let mut used = used.iter();
        line.retain(|_| *used.next().expect("column"));
    }
    lines
}

/// The table of a file's header.
fn header(part: &Part) -> String {
    header_of(table(part, label), part.gate)
}

pub(crate) fn header_of(mut lines: Vec<Vec<String>>, gate: Option<usize>) -> String {
    if let Some(gate) = gate {
        lines[1 + gate][0].push_str("  q");
    }
    let width = |column: usize| lines.iter().map(|line| line[column].len()).max().unwrap_or(0);
    let widths: Vec<_> = (0..lines[0].len()).map(width).collect();
    let line = |cells: &Vec<String>| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("//! {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned() + "\n"
    };
    lines.iter().map(line).collect()
}

/// The table of a book page.
fn page(part: &Part, is_copy: impl Fn(&At) -> bool) -> String {
    let mark = |at: &At| if is_copy(at) { " (copy)" } else { "" };
    page_of(table(part, |at| label(at) + mark(at)))
}

pub(crate) fn page_of(mut lines: Vec<Vec<String>>) -> String {
    lines.insert(1, vec!["---".to_owned(); lines[0].len()]);
    let line = |cells: &Vec<String>| {
        let text = cells.iter().map(|cell| format!(" {cell} ")).collect::<Vec<_>>().join("|");
        format!("|{}|\n", text.replace("  ", " ").replace(" --- ", "---"))
    };
    lines.iter().map(line).collect()
}

/// Replaces or compares what is between two texts in a file, below a heading.
pub(crate) fn replace(
    file: &Path,
    [heading, begin, end]: [&str; 3],
    expected: &str,
    wrong: &mut Vec<PathBuf>,
) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{file:?}: {e}"));
    let section = text.find(heading).unwrap_or_else(|| panic!("{file:?} has no {heading}"));
    let start = text[section..].find(begin).unwrap_or_else(|| panic!("{file:?} has no table"));
    let start = section + start;
    // A page's table begins with its title row.
    let start = if begin.ends_with('\n') { start + begin.len() } else { start };
    let length = text[start..].find(end).unwrap_or_else(|| panic!("{file:?}: no end of table"));
    if &text[start..start + length] != expected {
        if std::env::var_os("ZKMARGIN_UPDATE").is_some() {
            let text = format!("{}{expected}{}", &text[..start], &text[start + length..]);
            std::fs::write(file, text).expect("written");
        } else {
            wrong.push(file.to_owned());
        }
    }
}

#[test]
fn tables_are_those_of_the_constants() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all = PROFILES.map(|profile| (profile, recorded(profile)));
    let mut wrong = Vec::new();
    for part in parts() {
        let of_part = all.iter().find(|(profile, _)| *profile == part.profile);
        let (_, (columns, recorder)) = of_part.expect("recorded");
        let is_copy = |at: &At| {
            let mut cells = columns_of(columns, at.place).into_iter();
            cells.all(|column| recorder.copies.contains(&(column, part.at + at.row)))
        };
        let header_file = root.join("circuits").join(part.header);
        let around = ["", "//! ```text\n", "//! ```\n"];
        replace(&header_file, around, &header(&part), &mut wrong);
        let page_file = root.join("docs/book").join(part.page);
        let table = page(&part, is_copy);
        replace(&page_file, ["", "| row |", "\n\n"], table.trim_end(), &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "other tables than the constants'; see this file's header: {wrong:?}"
    );
}

#[test]
fn constants_are_the_cells_that_are_assigned() {
    let all = PROFILES.map(|profile| (profile, recorded(profile)));
    for part in parts() {
        let of_part = all.iter().find(|(profile, _)| *profile == part.profile);
        let (_, (columns, recorder)) = of_part.expect("recorded");
        let mut named = BTreeMap::new();
        for at in &part.cells {
            for column in columns_of(columns, at.place) {
                let other = named.insert((column, part.at + at.row), at);
                assert_eq!(other, None, "{}: two names for {at:?}", part.header);
            }
        }
        let shared = columns.limbs.iter().chain(&columns.aux).map(|column| (*column).into());
        let shared: BTreeSet<Column<Any>> = shared.collect();
        let rows = part.at..part.at + part.rows;
        let assigned = recorder.assigned.iter();
        let of_part =
            assigned.filter(|(column, row)| shared.contains(column) && rows.contains(row));
        for cell in of_part {
            assert!(named.contains_key(cell), "{}: no name for {cell:?}", part.header);
        }
        for (cell, at) in &named {
            assert!(recorder.assigned.contains(cell), "{}: {at:?} is not assigned", part.header);
            assert!(part.rows == 0 || rows.contains(&cell.1), "{}: {at:?}", part.header);
        }
    }
}

/// The blocks of a slot of every profile have no cell in common and no assigned cell without a name.
#[test]
fn blocks_of_every_profile_fit_together() {
    // Own parameters have their row, whatever the number of settlement assets.
    let all = Profile::all().filter(|p| !p.own || p.settlement == Settlement::Four);
    // A prime, so that every combination of few blocks is met.
    for profile in all.step_by(if is_long() { 1 } else { 7 }) {
        let (columns, recorder) = recorded(profile);
        if profile.general {
            let (position, asset) = (rows::position(profile), rows::asset(profile));
            let blocks = [(0, general::position::cells(profile))];
            fit_together(profile, &columns, &recorder, &blocks, position..2 * position);
            let blocks = [(0, general::asset::cells(profile.settlement))];
            let second = SLOTS * position + asset;
            fit_together(profile, &columns, &recorder, &blocks, second..second + asset);
            if rows::allocated(profile, SLOTS) > 0 {
                let end = rows::margin(profile, SLOTS, SLOTS);
                let blocks = [(0, general::allocated::cells())];
                let last = end - general::allocated::ROWS..end;
                fit_together(profile, &columns, &recorder, &blocks, last);
            }
            continue;
        }
        let value = position::value::cells(position::width(profile));
        let value = if profile.rounded.rounds_values() { value } else { Vec::new() };
        let cross = if profile.has_isolated() { position::cross::cells() } else { Vec::new() };
        let pnl = if profile.pnl { position::pnl::cells() } else { Vec::new() };
        let own = if profile.own { position::own::cells() } else { Vec::new() };
        let blocks = [
            (0, position::cells(profile)),
            (0, position::terms::cells(profile)),
            (position::CORE, value),
            (position::requirement_rows(profile), position::requirement::cells(profile)),
            (position::pnl_rows(profile), pnl),
            (position::cross_row(profile), cross),
            (position::own_row(profile), own),
        ];
        let first = rows::position(profile);
        fit_together(profile, &columns, &recorder, &blocks, first..2 * first);
    }
}

/// The blocks of a slot on these rows are all its assigned cells, each once.
fn fit_together(
    profile: Profile,
    columns: &Columns,
    recorder: &Recorder,
    blocks: &[(usize, Vec<At>)],
    slot: Range<usize>,
) {
    let mut named = BTreeMap::new();
    for (first, cells) in blocks {
        for at in cells {
            for column in columns_of(columns, at.place) {
                let other = named.insert((column, first + at.row), at);
                assert_eq!(other, None, "{profile:?}: {at:?}");
            }
        }
    }
    let shared = columns.limbs.iter().chain(&columns.aux).map(|column| (*column).into());
    let shared: BTreeSet<Column<Any>> = shared.collect();
    let first = slot.start;
    let assigned =
        recorder.assigned.iter().filter(|(c, row)| shared.contains(c) && slot.contains(row));
    let assigned: BTreeSet<Cell> = assigned.map(|(c, row)| (*c, row - first)).collect();
    let named: BTreeSet<Cell> = named.into_keys().collect();
    assert_eq!(assigned, named, "{profile:?}");
}
