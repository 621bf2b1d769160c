//! Schedules and snapshots for accounts that are margined on scenarios, and the markets they are turned into.
//!
//! Reading has the two steps of the linear formats: the types ending in `File` hold what is written, and
//! [`PortfolioSchedule`] and [`PortfolioSnapshot`] are checked. [`PortfolioMarket::compile`] builds one market of
//! [`zkmargin_model::portfolio`] for each requirement; [`PortfolioSchedule::account`] reads an account, whose file has the
//! shape of a linear one.

mod account;
mod columns;
mod columns_file;
mod contracts;
mod derive;
mod difference;
mod digest;
pub(crate) mod figure;
mod groups;
mod loadings_file;
mod lookup;
mod market;
mod menu;
mod numbering;
mod place;
mod requirements_file;
mod schedule;
mod schedule_check;
mod schedule_file;
mod series;
mod snapshot;
mod snapshot_file;
mod terms;

pub use columns_file::{AggregateFile, ColumnFile, MultiplierFile, RoleFile, TermFile};
pub use loadings_file::{DerivedFile, ShockFile, ShocksFile, SkewFile, VolatilityFile};
pub use market::PortfolioMarket;
pub use requirements_file::{
    BaseFile, ChargeFile, PegFile, RateFile, RequirementFile, RequirementsFile, UnitFactorFile,
};
pub use schedule::{
    PortfolioAsset, PortfolioGroup, PortfolioInstrument, PortfolioSchedule, PortfolioSeries,
    PortfolioStrike, PortfolioTerms, PortfolioUnit,
};
pub use schedule_file::{
    CapacityFile, ClassFile, ContractFile, ContractTermsFile, DigitsFile, GroupFile,
    PortfolioAssetFile, PortfolioInstrumentFile, PortfolioLevelFile, PortfolioMenuFile,
    PortfolioNumberingFile, PortfolioScheduleFile, PortfolioValuationFile, ScanFactorFile,
    SeriesFile, SlopesFile, StressFile, UnitFile,
};
pub use snapshot::PortfolioSnapshot;
pub use snapshot_file::{
    AssetIndexFile, GroupFiguresFile, IndexFile, InstrumentFiguresFile, PortfolioSnapshotFile,
};

/// Whether JSON text says that it is a portfolio schedule; it may still be refused as one.
pub fn is_portfolio_schedule(bytes: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Head {
        format: String,
    }
    let head = serde_json::from_slice::<Head>(bytes);
    head.is_ok_and(|head| head.format == crate::FileKind::PortfolioSchedule.format())
}

#[cfg(test)]
mod tests;
