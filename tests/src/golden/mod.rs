//! The project's own hand-checked cases in `tests/cases`, one file each.
//!
//! Figures are integers in decimal text; rows are `[lo, hi, slope, intercept]`. The arithmetic is
//! in each file's `why`.

mod file;

use file::File;
use num_bigint::BigInt;
use std::path::{Path, PathBuf};
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{Account, Market, RuleError};

/// A golden case.
#[derive(Clone, Debug)]
pub struct GoldenCase {
    /// Name of the file, without its ending.
    pub name: String,
    /// The arithmetic by hand.
    pub why: String,
    /// The market.
    pub market: Market,
    /// The account.
    pub account: Account,
    /// What the rule gives.
    pub expected: GoldenExpected,
}

/// What the rule gives for a golden case.
#[derive(Clone, Debug)]
pub enum GoldenExpected {
    /// Figures, and claims with whether they hold.
    Figures {
        /// Equity in margin units.
        equity: BigInt,
        /// Maintenance margin in margin units.
        maintenance: BigInt,
        /// Profit and loss of each position, in the account's order.
        pnl: Vec<BigInt>,
        /// Requirement of each position, in the account's order.
        requirements: Vec<BigInt>,
        /// Row of the tier table of each position, in the account's order, from 0.
        rows: Vec<usize>,
        /// Collateral value of each asset, in the account's order.
        collateral: Vec<BigInt>,
        /// Claims.
        claims: Vec<(Claim, bool)>,
        /// Whether the market does not round.
        exact: bool,
    },
    /// No figure.
    Error(RuleError),
}

fn parse(path: &Path) -> Result<GoldenCase, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let file: File = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
    Ok(GoldenCase {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        why: file.why,
        market: file.market.build()?,
        account: file.account.build()?,
        expected: file.expected.build()?,
    })
}

/// All golden cases, by name.
///
/// # Errors
/// Names the file that is not a case.
pub fn load_golden() -> Result<Vec<GoldenCase>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "json"));
    paths.sort();
    let case = |p: &PathBuf| parse(p).map_err(|e| format!("{}: {e}", p.display()));
    paths.iter().map(case).collect()
}
