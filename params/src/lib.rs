//! Schedules, snapshots and accounts as JSON files, and the integers they are turned into.
//!
//! Figures are decimal text, read exactly or refused with a [`FileError`]. Reading has two steps: the types ending in
//! `File` hold what is written; [`Schedule`], [`Snapshot`] and the account are checked. [`compile`] builds the market
//! for the rule, [`AccountFile::to_account`] the account.

mod account;
mod account_file;
mod account_remarks;
mod any;
mod asked_books;
mod blocks;
mod challenge_file;
mod deficiency;
mod departures;
mod difference;
mod elements;
mod elements_file;
mod encoding;
mod error;
mod explain;
mod figures;
mod floors;
mod identity;
mod index;
mod keys_file;
mod level;
mod locate;
mod manifest_file;
mod market;
mod markets;
mod nearest;
mod negative_marks;
mod numbering;
mod pointer;
mod policy_file;
pub mod portfolio;
mod prover_policy_file;
mod read;
mod remarks;
mod requirement;
mod rows;
mod schedule;
mod schedule_check;
mod schedule_digest;
mod schedule_file;
#[cfg(feature = "schemas")]
mod schemas;
mod snapshot;
mod snapshot_difference;
mod snapshot_file;
mod steps;
mod text;
mod time;
mod unique;
mod unit;
mod venue;
mod write;

// Each venue is one folder: its importer, its schedules and its examples are in `params/venues`.
#[path = "../venues/mod.rs"]
pub mod venues;

pub use account::PlainSecrets;
pub use account_file::{AccountFile, BalanceFile, PositionFile, SecretText};
pub use account_remarks::AccountRemark;
pub use any::{
    AccountKind, AnyMarket, AnySchedule, Decided, MarketKind, NotDecided, ScheduleKind,
    SnapshotHead, SnapshotName, read_schedule, snapshot_head,
};
pub use asked_books::AskedBooks;
pub use challenge_file::{Challenge, ChallengeFile};
pub use deficiency::{NEVER_WORSE, NoDeficiency};
pub use departures::{Departures, OTHER_BOOKS};
pub use difference::{Difference, DifferencePart};
pub use elements::{Figures, Fraction};
pub use elements_file::{
    AssetElementsFile, FamilyFile, FractionText, InstrumentElementsFile, InterestFile,
    MultiplierFile, OwnLeverageFile, OwnRateFile, RateFile, ResultStepFile, RootFile, SidesFile,
    SizedDebtFile, SizedDepositFile, SizedWeightsFile, StepFile, ValueStepFile, WeightFile,
};
pub use encoding::wrong_encoding;
pub use error::{ErrorCode, FileError, FileKind, TextPosition};
pub use explain::{ExplainedRounding, ExplainedStep};
pub use figures::{
    MAX_DECIMALS, MAX_DENOMINATOR, MAX_LISTED_ASSETS, MAX_LISTED_INSTRUMENTS, MAX_MENU,
    MAX_NOTE_BYTES, MAX_RATE_DECIMALS, MAX_ROUND_STEPS, MAX_ROWS, MAX_TEXT_BYTES, MAX_TIER_TABLES,
    MAX_UNIT_BITS, MAX_UNUSED_ROWS,
};
pub use keys_file::{KeyFile, KeysFile, Role};
pub use level::{LevelDemand, LevelError};
pub use locate::locate;
pub use manifest_file::{DueFile, ManifestFile, PeriodFile};
pub use market::{BooksMarket, CompiledMarket, compile, market_digest};
pub use markets::Markets;
pub use numbering::{Changes, TwoMeanings};
pub use policy_file::{
    AccountDemand, AttestedDemand, ClaimDemand, CoverFile, CoveredFile, FeedFile, FreshnessDemand,
    HolderDemand, LedgerDemand, MarketDemand, PolicyFile, PriceSourceFile, PricesDemand,
    SignedByFile, UncoveredFile,
};
pub use prover_policy_file::{AudienceFile, ProverPolicyFile};
pub use read::MAX_FILE_BYTES;
pub use remarks::{Remark, RemarkKind, TierCheck};
pub use requirement::{MARGIN_OF_SCHEDULE, MARGIN_OF_SCHEDULE_IF_ANY, Requirement};
pub use schedule::{Asset, Instrument, Schedule, TierTable};
pub use schedule_file::{
    AssetFile, FunctionFile, InstrumentFile, KindFile, LevelFile, MenuFile, ModeFile,
    NumberingFile, RoundStepFile, RoundToFile, RoundingFile, RowFile, ScheduleFile, TiersFile,
    ValuationFile, VariableFile,
};
#[cfg(feature = "schemas")]
pub use schemas::json_schema;
pub use snapshot::{AssetPrice, InstrumentPrice, Snapshot};
pub use snapshot_difference::unequal_members;
pub use snapshot_file::{AssetPriceFile, InstrumentPriceFile, SnapshotFile};
pub use text::DecimalText;
pub use time::{format_utc, parse_utc};
pub use unique::{RepeatedKey, repeated_key};
pub use unit::Unit;

/// Format of a file with a holder's secret.
pub const HOLDER_FORMAT: &str = "zkmargin-holder/1";

#[cfg(test)]
mod tests;
