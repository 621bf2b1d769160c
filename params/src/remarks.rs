//! What in a schedule's requirement tables is more often a mistake than a venue's rule.

use super::schedule::Schedule;
use super::schedule_file::{InstrumentFile, RowFile, TiersFile};
use num_bigint::{BigInt, Sign};
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// Maximum number of instruments named in one remark.
const NAMED: usize = 3;

/// What is unusual about a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemarkKind {
    /// The requirement is not the same from both sides of the row's lower end, or the first row adds an
    /// amount.
    Jump,
    /// The rate is below that of the previous row.
    FallingRate,
    /// The rate is zero.
    ZeroRate,
    /// The last row has no upper end.
    NoCap,
}

impl RemarkKind {
    /// Stable name.
    pub fn code(self) -> &'static str {
        match self {
            RemarkKind::Jump => "RequirementJump",
            RemarkKind::FallingRate => "FallingRate",
            RemarkKind::ZeroRate => "ZeroRate",
            RemarkKind::NoCap => "NoCap",
        }
    }
}

/// A row of a requirement table that is worth a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What is unusual.
    pub kind: RemarkKind,
    /// JSON pointer of the row.
    pub pointer: String,
    /// Symbols of the instruments that use the table, in the file's order.
    pub instruments: Vec<String>,
    /// The row, counted from 1, and its figures.
    pub message: String,
}

impl std::fmt::Display for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = self.instruments.len().min(NAMED);
        f.write_str(&self.instruments[..named].join(", "))?;
        if self.instruments.len() > named {
            write!(f, " and {} more", self.instruments.len() - named)?;
        }
        write!(f, "{}{} ({})", if named > 0 { ", " } else { "" }, self.message, self.pointer)
    }
}

/// What the requirement table of a listed market is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierCheck {
    /// Symbol of the instrument.
    pub instrument: String,
    /// Number of rows.
    pub rows: usize,
    /// Whether it is a function of the requirement; a table of rates is not, and the rest is not said of it.
    pub of_requirement: bool,
    /// Whether the requirement starts at zero and has no jump.
    pub continuous: bool,
    /// Whether no rate is zero or below the one before.
    pub rising: bool,
    /// Whether the last row ends.
    pub capped: bool,
}

impl Schedule {
    /// What is true of the requirement table of each listed market, in the file's order.
    pub fn tier_checks(&self) -> Vec<TierCheck> {
        let file = self.file();
        let remarks = self.remarks();
        let mut unusual: BTreeMap<&str, Vec<RemarkKind>> = BTreeMap::new();
        for remark in &remarks {
            for symbol in &remark.instruments {
                unusual.entry(symbol).or_default().push(remark.kind);
            }
        }
        let rows: BTreeMap<&str, usize> =
            file.tiers.iter().map(|table| (table.name.as_str(), table.rows.len())).collect();
        let check = |i: &InstrumentFile| {
            let kinds = unusual.get(i.symbol.as_str()).map_or(&[][..], Vec::as_slice);
            let is = |kind| kinds.contains(&kind);
            TierCheck {
                instrument: i.symbol.clone(),
                rows: rows.get(i.tiers.as_str()).copied().unwrap_or_default(),
                of_requirement: i.elements.as_ref().is_none_or(|e| e.rate.is_none()),
                continuous: !is(RemarkKind::Jump),
                rising: !is(RemarkKind::FallingRate) && !is(RemarkKind::ZeroRate),
                capped: !is(RemarkKind::NoCap),
            }
        };
        file.instruments.iter().map(check).collect()
    }

    /// Jumps in a requirement, falling and zero rates, and tables without an upper end. Some venues' rules have them;
    /// most often they come from a lost or mistyped figure.
    pub fn remarks(&self) -> Vec<Remark> {
        let file = self.file();
        let mut users: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        // Rows of a table that gives rates are not requirements, and a jump there is none.
        let gives_rates =
            |i: &InstrumentFile| i.elements.as_ref().is_some_and(|e| e.rate.is_some());
        let rates = file.instruments.iter().filter(|i| gives_rates(i)).map(|i| i.tiers.as_str());
        let rates: BTreeSet<_> = rates.collect();
        for instrument in &file.instruments {
            users.entry(&instrument.tiers).or_default().push(instrument.symbol.clone());
        }
        let tables =
            file.tiers.iter().enumerate().filter(|(_, t)| !rates.contains(t.name.as_str()));
        tables
            .flat_map(|(at, table)| {
                let users = users.get(table.name.as_str()).map_or(&[][..], Vec::as_slice);
                of_table(at, table, users)
            })
            .collect()
    }
}

fn of_table(at: usize, table: &TiersFile, instruments: &[String]) -> Vec<Remark> {
    let remark = |kind, row: usize, message: String| Remark {
        kind,
        pointer: format!("/tiers/{at}/rows/{row}"),
        instruments: instruments.to_vec(),
        message: format!("row {}: {message}", row + 1),
    };
    let mut remarks = Vec::new();
    for (number, row) in table.rows.iter().enumerate() {
        let Some(rate) = Decimal::parse(row.rate.as_str()).ok() else { continue };
        if rate.coefficient().sign() == Sign::NoSign {
            remarks.push(remark(RemarkKind::ZeroRate, number, "the rate is 0".to_owned()));
        }
        if number == 0
            && let Some(amount) = Decimal::parse(row.amount.as_str()).ok()
            && amount.coefficient().sign() != Sign::NoSign
        {
            let message = format!("the requirement has an amount of {amount} from the start");
            remarks.push(remark(RemarkKind::Jump, number, message));
        }
        if let Some(before) = number.checked_sub(1).map(|before| &table.rows[before]) {
            if let Some(lower) = falls(before, &rate) {
                let message = format!("the rate falls from {lower} to {rate}");
                remarks.push(remark(RemarkKind::FallingRate, number, message));
            }
            if let Some((end, below, above)) = jump(before, row) {
                let message = format!(
                    "the requirement jumps from {below} to {above} at {end}, which counts to this row"
                );
                remarks.push(remark(RemarkKind::Jump, number, message));
            }
        }
        if number + 1 == table.rows.len() && row.below.is_none() {
            let from = row.from.as_ref().map_or("0", |from| from.as_str());
            let message = format!("no cap: the rate {rate} applies from {from} on without end");
            remarks.push(remark(RemarkKind::NoCap, number, message));
        }
    }
    remarks
}

/// The previous rate, if it is above this one.
fn falls(before: &RowFile, rate: &Decimal) -> Option<Decimal> {
    let before = Decimal::parse(before.rate.as_str()).ok()?;
    let scale = before.scale().max(rate.scale());
    (before.to_scaled(scale)? > rate.to_scaled(scale)?).then_some(before)
}

/// The point where two rows meet, and the requirement from below and from above, if they differ.
fn jump(before: &RowFile, row: &RowFile) -> Option<(Decimal, Decimal, Decimal)> {
    let end = Decimal::parse(row.from.as_ref()?.as_str()).ok()?;
    let (below, above) = (value(before, &end)?, value(row, &end)?);
    (below != above).then_some((end, below, above))
}

/// `rate * x + amount`.
fn value(row: &RowFile, x: &Decimal) -> Option<Decimal> {
    let rate = Decimal::parse(row.rate.as_str()).ok()?;
    let amount = Decimal::parse(row.amount.as_str()).ok()?;
    let scale = (rate.scale() + x.scale()).max(amount.scale());
    let product: BigInt =
        rate.coefficient() * x.coefficient() * power_of_ten(scale - rate.scale() - x.scale());
    Some(Decimal::from_scaled(&(product + amount.to_scaled(scale)?), scale))
}
