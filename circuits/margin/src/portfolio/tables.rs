//! The market as lookup tables and constants: what the keys commit to.
//!
//! Loadings: `(2^58 + 2 id, group, strike, rate, value, charge, settle code, packed cells ..)`. A cell is
//! `l_0 + 2^127 l_1`. Groups: `(id, unit, positive, negative, magnitudes, factor of the unit, factor of each scan ..)`.
//! Brackets are those of the linear circuit: collateral under an asset's key, and lines of columns under numbers counted
//! from 1. Row 0 of each is zero, for empty slots and pages. `table.rs` has them in one table.

use super::plan::{PackedCell, Plan};
use crate::tables::{ASSET_KEY, asset_key, bracket, row_of};
use num_bigint::BigInt;
use zkmargin_gadgets::bracket::{BracketHint, TABLE_COLUMNS};
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::field::{power_of_two, to_field};
use zkmargin_model::portfolio::widths::{MAX_SCANS, PACK_BITS, SIZE_BITS, SUM_BITS, USED_BIT};
use zkmargin_model::portfolio::{Aggregate, Column, Group, Instrument, Market, Role, Terms};
use zkmargin_model::rule::{BracketRow, BracketedLinear, LineTable, Settlement};
use zkmargin_model::widths::{BRACKET_BITS, ENTRY_BITS, SETTLE_QUAD};

/// Columns of the loadings' table before the packed cells.
pub(crate) const TERMS: usize = 7;
/// Columns of the groups' table.
pub(crate) const GROUP_COLUMNS: usize = 6 + MAX_SCANS;

/// No circuit proves the market.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnprovableMarket {
    /// A group's sum over a column could reach the next one in its cell. A market that was checked has no such column.
    #[error(
        "the sum over column {column} can reach {bits} bits; two sums share a cell only below {SUM_BITS}"
    )]
    Packing {
        /// Index of the column.
        column: usize,
        /// Bits of the largest sum.
        bits: u64,
    },
    /// A unit's sum over a column that a bracketed line is of could be past the ends of the table's rows.
    #[error(
        "the sum over column {column}, of which a line counts, can reach {bits} bits; a line is of {BRACKET_BITS}"
    )]
    Line {
        /// Index of the column.
        column: usize,
        /// Bits of the largest sum.
        bits: u64,
    },
    /// Positions settle in more assets than a proof sums.
    #[error("positions settle in {count} assets; at most {SETTLE_QUAD}")]
    SettlementAssets {
        /// How many.
        count: usize,
    },
}

/// What is made of a unit's sum over an added or floor column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// The sum.
    Identity,
    /// A multiple of its magnitude.
    Magnitude(Fp),
    /// The line under a key.
    Line(u64),
}

/// What a column is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Scenario,
    Added(Amount),
    Floor(Amount),
    GroupScan(usize),
    Term,
}

/// Constants of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnConstants {
    /// What is subtracted for each unit of entries.
    pub(crate) entry: Fp,
    /// The constant in both slopes.
    pub(crate) slope: Fp,
    /// Whether the group's slopes count.
    pub(crate) sloped: bool,
    /// Whether the magnitude is taken where groups say so.
    pub(crate) magnitude: bool,
    /// Other columns' sums and their multipliers.
    pub(crate) terms: Vec<(usize, Fp)>,
    pub(crate) of: Use,
}

impl ColumnConstants {
    /// Whether the column's own losses count.
    pub(crate) fn counts(&self) -> bool {
        self.of != Use::Term
    }
}

/// Constants of the whole market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constants {
    /// Settlement units in a unit of entries.
    pub(crate) entry_unit: Fp,
    /// `2^63 - 2^bits` of the capacity's sizes.
    pub(crate) size_gap: Fp,
    /// Loss units in a margin unit.
    pub(crate) scale: Fp,
    /// Denominator of the units' factors.
    pub(crate) denominator: Fp,
    /// 1 where equality does not meet a claim.
    pub(crate) strict: Fp,
    /// Whether the floor is one of what the requirement leaves of the equity.
    pub(crate) is_stress: bool,
    /// The factor of the only unit; `None` where there are several.
    pub(crate) only_unit: Option<Fp>,
    /// Group scans.
    pub(crate) scans: usize,
    /// Whether a floor is never below zero, so that zero need not be compared with a requirement.
    pub(crate) floor_from_zero: bool,
}

/// A portfolio market's tables with what else the keys commit to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioTables {
    pub(crate) plan: Plan,
    pub(crate) columns: Vec<ColumnConstants>,
    pub(crate) constants: Constants,
    capacity: usize,
    loadings: Vec<Vec<Fp>>,
    groups: Vec<[Fp; GROUP_COLUMNS]>,
    brackets: Vec<[Fp; TABLE_COLUMNS]>,
}

/// Settlement assets of the market's instruments, ascending; a settle code is an index.
pub(crate) fn settlement_assets(terms: &Terms) -> Vec<u32> {
    let mut assets: Vec<u32> = terms.instruments.iter().map(|i| i.settles_in).collect();
    assets.sort_unstable();
    assets.dedup();
    assets
}

fn packed(cell: &PackedCell, loadings: &[BigInt]) -> Fp {
    let of = |at: usize| &loadings[at];
    let second = cell.second.map_or_else(BigInt::default, |at| of(at) << PACK_BITS);
    to_field(&(of(cell.first) + second))
}

/// An instrument's row without its first column.
pub(crate) fn instrument_row(of: &Instrument, terms: &Terms, plan: &Plan) -> Vec<Fp> {
    let settles = settlement_assets(terms);
    let code = settles.iter().position(|asset| *asset == of.settles_in).unwrap_or_default();
    let rate = of.strike.and_then(|id| terms.strike(id)).map_or(Fp::ZERO, |s| to_field(&s.rate));
    let mut row = vec![
        Fp::from(u64::from(of.group)),
        Fp::from(u64::from(of.strike.unwrap_or(0))),
        rate,
        to_field(&of.value),
        to_field(&of.charge),
        Fp::from(code as u64),
    ];
    row.extend(plan.cells().map(|cell| packed(cell, &of.loadings)));
    row
}

/// A group's row.
pub(crate) fn group_row(group: &Group, terms: &Terms) -> [Fp; GROUP_COLUMNS] {
    let factor = terms.unit(group.unit).map_or(Fp::ZERO, |unit| to_field(&unit.factor));
    let mut row = [Fp::ZERO; GROUP_COLUMNS];
    row[..6].copy_from_slice(&[
        Fp::from(u64::from(group.id)),
        Fp::from(u64::from(group.unit)),
        to_field(&group.positive),
        to_field(&group.negative),
        Fp::from(u64::from(group.magnitudes)),
        factor,
    ]);
    for (cell, factor) in row[6..].iter_mut().zip(&group.scans) {
        *cell = to_field(factor);
    }
    row
}

/// Rows of a line that is not rounded, under a key.
fn line_rows(key: u64, table: &LineTable) -> impl Iterator<Item = [Fp; TABLE_COLUMNS]> {
    table.rows.iter().map(move |row| row_of(Fp::from(key), bracket(row, table)))
}

/// Rows of a line as far as sums reach. What is past that would not fit the distances of a lookup, and past the modulus a row
/// would be that of another sum.
pub(crate) fn reached(line: &BracketedLinear) -> Vec<BracketRow> {
    let end = BigInt::from(1) << BRACKET_BITS;
    let clipped = |row: &BracketRow| BracketRow {
        lo: row.lo.clone().max(-&end),
        hi: row.hi.clone().min(&end - 1),
        ..row.clone()
    };
    line.rows().iter().map(clipped).filter(|row| row.lo <= row.hi).collect()
}

/// Refuses a market in which a line could be of a sum past its rows in the table.
fn check_lines(terms: &Terms) -> Result<(), UnprovableMarket> {
    for (column, of) in terms.columns.iter().enumerate() {
        if let Role::Added(Aggregate::Bracketed(_)) | Role::Floor(Aggregate::Bracketed(_)) = of.role
        {
            let bits = terms.loss_bound(column).bits();
            if bits > u64::from(BRACKET_BITS) {
                return Err(UnprovableMarket::Line { column, bits });
            }
        }
    }
    Ok(())
}

/// The row that holds `x`, for a prover.
pub(crate) fn row_hint(rows: Vec<BracketRow>, x: &BigInt) -> Option<BracketHint> {
    let table = LineTable::exact(rows);
    let row = table.rows.iter().find(|row| row.lo <= *x && *x <= row.hi)?;
    Some(bracket(row, &table))
}

/// The columns, and the bracketed lines among them in the order of their keys.
fn columns(terms: &Terms) -> (Vec<ColumnConstants>, Vec<BracketedLinear>) {
    let mut lines = Vec::new();
    let mut amount = |of: &Aggregate| match of {
        Aggregate::Identity => Amount::Identity,
        Aggregate::Magnitude(multiple) => Amount::Magnitude(to_field(multiple)),
        Aggregate::Bracketed(line) => {
            lines.push(line.clone());
            Amount::Line(lines.len() as u64)
        }
    };
    let mut constants = |column: &Column| ColumnConstants {
        entry: if column.less_entry { to_field(&terms.entry_unit) } else { Fp::ZERO },
        slope: to_field(&column.slope),
        sloped: column.sloped,
        magnitude: column.magnitude,
        terms: column.terms.iter().map(|t| (t.column, to_field(&t.multiplier))).collect(),
        of: match &column.role {
            Role::Scenario => Use::Scenario,
            Role::Added(of) => Use::Added(amount(of)),
            Role::Floor(of) => Use::Floor(amount(of)),
            Role::GroupScan(scan) => Use::GroupScan(*scan),
            Role::Term => Use::Term,
        },
    };
    let columns = terms.columns.iter().map(&mut constants).collect();
    (columns, lines)
}

/// Refuses a market in which a sum could carry into its neighbour. [`Market::new`] refuses it too; packed sums are sound by
/// this bound alone, so it is asserted where cells are packed.
pub(super) fn check_packing(terms: &Terms) -> Result<(), UnprovableMarket> {
    let sizes = (BigInt::from(1) << terms.capacity.size_bits) * terms.capacity.positions;
    for (column, of) in terms.columns.iter().enumerate() {
        let loadings = terms.instruments.iter().map(|i| i.loadings[column].magnitude().clone());
        let largest: BigInt = loadings.max().unwrap_or_default().into();
        let mut sum = (&sizes - terms.capacity.positions) * largest;
        if of.less_entry {
            sum += (&terms.entry_unit << (ENTRY_BITS - 1)) * terms.capacity.positions;
        }
        let bits = sum.bits();
        if bits > u64::from(SUM_BITS) {
            return Err(UnprovableMarket::Packing { column, bits });
        }
    }
    Ok(())
}

impl PortfolioTables {
    /// Compiles a market.
    ///
    /// # Errors
    /// [`UnprovableMarket`].
    pub fn new(market: &Market) -> Result<Self, UnprovableMarket> {
        let terms = market.terms();
        check_packing(terms)?;
        check_lines(terms)?;
        let mut tables = Self::compile(terms)?;
        tables.constants.is_stress = market.is_stress();
        Ok(tables)
    }

    /// Compiles terms without the bound on sums. Only a test that shows what the bound is for may use it.
    #[cfg(test)]
    pub(crate) fn unchecked(terms: &Terms) -> Result<Self, UnprovableMarket> {
        Self::compile(terms)
    }

    fn compile(terms: &Terms) -> Result<Self, UnprovableMarket> {
        let settles = settlement_assets(terms);
        let count = settles.len();
        if count > SETTLE_QUAD {
            return Err(UnprovableMarket::SettlementAssets { count });
        }
        let plan = Plan::of(terms);
        let mut loadings = vec![vec![Fp::ZERO; TERMS + plan.cells().count()]];
        loadings.extend(terms.instruments.iter().map(|of| {
            let word = (1 << USED_BIT) + 2 * of.contract.number();
            let mut row = vec![Fp::from(word)];
            row.extend(instrument_row(of, terms, &plan));
            row
        }));
        let mut groups = vec![[Fp::ZERO; GROUP_COLUMNS]];
        groups.extend(terms.groups.iter().map(|group| group_row(group, terms)));
        let (columns, lines) = columns(terms);
        let mut brackets = vec![[Fp::ZERO; TABLE_COLUMNS]];
        for (line, key) in lines.iter().zip(1..) {
            brackets.extend(line_rows(key, &LineTable::exact(reached(line))));
        }
        let mut empty_slot = [Fp::ZERO; TABLE_COLUMNS];
        empty_slot[0] = Fp::from(u64::from(ASSET_KEY));
        brackets.push(empty_slot);
        for asset in &terms.assets {
            let code = settles.iter().position(|id| *id == asset.id);
            let table = LineTable::exact(asset.rows_by_balance());
            let key = asset_key(Settlement::Four, asset.id, code);
            brackets.extend(line_rows(key, &table));
        }
        let one = BigInt::from(1);
        let only_unit = match &terms.units[..] {
            [unit] => Some(to_field(&unit.factor)),
            _ => None,
        };
        let constants = Constants {
            entry_unit: to_field(&terms.entry_unit),
            size_gap: to_field(&((&one << SIZE_BITS) - (&one << terms.capacity.size_bits))),
            scale: to_field(&terms.scale),
            denominator: to_field(&terms.denominator),
            strict: Fp::from(u64::from(!terms.equality_is_healthy)),
            is_stress: false,
            only_unit,
            scans: terms.scans.len(),
            floor_from_zero: terms.has_floor_from_zero(),
        };
        let capacity = terms.capacity.positions;
        Ok(Self { plan, columns, constants, capacity, loadings, groups, brackets })
    }

    /// What a packed cell's sums have more for each unit of entries.
    pub(crate) fn entries_of(&self, cell: &PackedCell) -> Fp {
        let of = |at: usize| self.columns[at].entry;
        let second = cell.second.map_or(Fp::ZERO, |at| of(at) * power_of_two(PACK_BITS));
        of(cell.first) + second
    }

    /// Positions that the market's bound on sums counts.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Rows of the loadings' table, the zero row first.
    pub(crate) fn loadings(&self) -> &[Vec<Fp>] {
        &self.loadings
    }

    /// Rows of the groups' table, the zero row first.
    pub(crate) fn groups(&self) -> &[[Fp; GROUP_COLUMNS]] {
        &self.groups
    }

    /// Rows of the bracket table, the zero row first.
    pub(crate) fn brackets(&self) -> &[[Fp; TABLE_COLUMNS]] {
        &self.brackets
    }

    /// Rows of the table that holds all three, see `table.rs`.
    pub(crate) fn table_rows(&self) -> usize {
        1 + self.loadings.len() + self.groups.len() + self.brackets.len()
    }
}
