//! Venues whose contracts settle in one asset, which is the valuation currency.

use super::{
    Caps, Choice, ImportError, ImportedSchedule, LeftOut, Member, decimal, negated, nothing_taken,
    plain_schedule, priced_snapshot, rate_digits, settlement_asset,
};
use crate::{
    AssetPriceFile, DecimalText, InstrumentFile, NumberingFile, Requirement, RowFile, Schedule,
    ScheduleFile, SnapshotFile, TiersFile, ValuationFile,
};
use num_traits::Zero;
use zkmargin_model::decimal::Decimal;

/// The options for a schedule of the contracts of one settlement asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettleOptions {
    /// What the contracts settle in, such as USDT.
    pub settle: String,
    /// Name of the schedule; the venue and the settlement asset if there is none.
    pub name: Option<String>,
    /// Which requirement it computes, where the venue has several; its maintenance margin if none is named.
    pub requirement: Option<Requirement>,
}

impl Default for SettleOptions {
    fn default() -> Self {
        Self { settle: "USDT".to_owned(), name: None, requirement: None }
    }
}

impl SettleOptions {
    /// What is chosen for a folder.
    pub fn chosen(choice: &Choice) -> Self {
        let settle = choice.settle.first().cloned().unwrap_or(Self::default().settle);
        Self { settle, name: choice.name.clone(), requirement: choice.requirement }
    }

    /// Name of a venue's schedule.
    pub fn name_at(&self, venue: &str) -> String {
        let made = || format!("{venue}-{}", self.settle.to_lowercase());
        self.name.clone().unwrap_or_else(made)
    }
}

/// A snapshot under the schedule in which every asset is worth one, without marks yet. The time, in milliseconds since
/// 1970, is the sequence number as well.
pub fn snapshot_in_settlement(
    schedule: &Schedule,
    time_ms: u64,
    source: impl Into<String>,
) -> SnapshotFile {
    let one = DecimalText::new("1");
    let assets = schedule.file().assets.iter();
    let assets = assets.map(|asset| AssetPriceFile::at_index(&asset.symbol, one.clone()));
    SnapshotFile { assets: assets.collect(), ..priced_snapshot(schedule, time_ms, time_ms, source) }
}

/// What is said of the schedule of a venue's contracts that settle in one asset.
#[derive(Clone, Copy, Debug)]
pub struct InSettlement<'a> {
    /// Name of the venue.
    pub venue: &'a str,
    /// The settlement asset and the schedule's name.
    pub options: &'a SettleOptions,
    /// Digits of the settlement asset.
    pub decimals: u32,
    /// What was imported, in words.
    pub source: &'a str,
    /// What the importer filled in.
    pub assumed: &'a str,
    /// Why nothing is rounded.
    pub rounding_assumed: &'a str,
    /// What the venue's rule has besides.
    pub leaves_out: &'a [&'a str],
    /// Whether positions can be isolated.
    pub isolated_books: bool,
}

impl InSettlement<'_> {
    /// The schedule: equality is not healthy, the settlement asset is the only collateral, in full, and a last tier ends
    /// at the venue's cap.
    ///
    /// # Errors
    /// [`ImportError`] at the root if there is no contract.
    pub fn schedule(
        self,
        root: &Member<'_>,
        instruments: Vec<InstrumentFile>,
        tiers: Vec<TiersFile>,
        left_out: Vec<LeftOut>,
    ) -> Result<ImportedSchedule, ImportError> {
        if instruments.is_empty() {
            return Err(nothing_taken(root, "linear perpetual", &left_out));
        }
        let settle = self.options.settle.as_str();
        let schedule = ScheduleFile {
            numbering: Some(NumberingFile::named(settle)),
            rate_decimals: rate_digits(&tiers),
            equality_is_healthy: false,
            isolated_books: self.isolated_books,
            rounding_assumed: Some(self.rounding_assumed.to_owned()),
            leaves_out: self.leaves_out.iter().map(|text| (*text).to_owned()).collect(),
            assets: vec![settlement_asset(settle, self.decimals)],
            tiers,
            instruments,
            ..plain_schedule(
                self.venue,
                self.options.name_at(self.venue),
                format!("{}, imported. Assumed: {}.", self.source, self.assumed),
                ValuationFile::new(settle, self.decimals),
            )
        };
        let (assumed, caps) = (self.assumed.to_owned(), Caps::Published);
        Ok(ImportedSchedule::new(schedule, assumed, left_out, caps))
    }
}

/// Rows of a requirement table: from each limit to the next the rate of the next, less its deduction, of which the first
/// limit has none. `rate` reads and checks the rate of one.
///
/// # Errors
/// [`ImportError`] with the place in the source that is wrong.
pub fn deducted_rows(
    limits: &[Member<'_>],
    [limit_name, deduction_name]: [&str; 2],
    rate: impl Fn(&Member<'_>) -> Result<Decimal, ImportError>,
) -> Result<Vec<RowFile>, ImportError> {
    let mut rows = Vec::<RowFile>::new();
    for limit in limits {
        let rate = rate(limit)?;
        let place = limit.member(deduction_name);
        // Its member can be empty, and older answers have none at all.
        let deduction = if rows.is_empty() { place.figure_or_zero()? } else { place.figure()? };
        if rows.is_empty() && !deduction.coefficient().is_zero() {
            return Err(place.wrong("is not zero, but the limit is the first of its contract"));
        }
        let from = rows.last().and_then(|row| row.below.clone()).unwrap_or_else(|| decimal("0"));
        rows.push(RowFile {
            from: Some(from),
            below: Some(decimal(limit.member(limit_name).figure()?.to_string())),
            rate: decimal(rate.to_string()),
            amount: negated(&decimal(deduction.to_string())),
        });
    }
    Ok(rows)
}
