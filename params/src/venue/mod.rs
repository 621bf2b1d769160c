//! The traits of every venue's importer, and what importers share.

mod agreement;
mod answers;
#[cfg(test)]
pub(crate) mod books;
mod by_leverage;
mod choice;
#[cfg(test)]
pub(crate) mod computed;
mod direction;
mod endpoint;
mod error;
mod figure_index;
mod folder;
mod folder_error;
mod given;
mod holding;
#[cfg(test)]
pub(crate) mod hostile;
mod imported;
mod listed;
mod marks;
mod member;
mod numbering;
mod numerals;
mod one_settlement;
mod pages;
mod parts;
pub(crate) mod portfolio_folder;
mod portfolio_parts;
#[cfg(test)]
pub(crate) mod ratio;
mod stated;
pub(crate) mod subset;
mod tier_tables;
mod total;

#[cfg(feature = "span")]
pub(crate) use answers::none_of;
pub use answers::{
    Answer, AnswerSource, Answers, MAX_SKEW_MS, OpenedFile, TIMES_FILE, other_venue_of, read_answer,
};
pub use by_leverage::{
    BY_LEVERAGE, LEAST_RATE_DECIMALS, LeastRate, LeastRates, by_leverage, leveraged, with_leverages,
};
pub use choice::{Choice, Choosable, RuleChoice, RulePart};
pub use endpoint::Endpoint;
pub use error::ImportError;
pub use folder::{Folder, Imported, KnownVenue, Reading, Taken, first_of};
pub use folder_error::{FolderError, FolderErrorCode};
pub use given::{given, quotes_of};
pub use holding::{
    check_entry, check_sign, entry_of, is_flat, must_state, price_above_zero, settled, signed,
    size_of,
};
pub use imported::{Caps, ImportedSchedule, LeftOut};
pub use listed::Listed;
pub use member::Member;
pub use numerals::Numerals;
pub use one_settlement::{InSettlement, SettleOptions, deducted_rows, snapshot_in_settlement};
pub use pages::chained_pages;
pub use parts::{
    decimal, empty_account, flat_tiers, in_full, instrument_of, linear_instrument, menu,
    nearest_product, nearest_quotient, negated, nothing_taken, numbering_of_choice, of_one_time,
    one_of, plain_schedule, priced_snapshot, rate_digits, row, scaled, settlement_asset,
};
pub use portfolio_folder::{
    Beside, PortfolioImported, PortfolioReading, PortfolioVenue, two_accounts,
};
pub use portfolio_parts::{
    Maturing, Numbered, OfUnit, SoleUnit, maturity_name, menu_of_requirements, numbered,
    one_size_unit, plain_column, plain_requirement, published, sole_asset, strike_price,
};
pub use subset::Subset;
pub use tier_tables::TierTables;
pub use total::{ListedSum, check_parts, is_opposite, within};

pub use stated::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, InitialRounding, NearValue, ProfitSince,
    Quotes, StatedBalance, StatedPosition, StatesFigures, StatingVenue, Subject, VenueFigure,
    VenueFigures, magnitude, quotient,
};

use crate::error::FileKind;
use crate::{AccountFile, Schedule, SnapshotFile};
use serde_json::Value;

/// A venue whose own files can be read. An importer reads figures as the venue publishes them and computes only what
/// the venue's documentation says, in exact integers; it lists what it fills in as assumed, and leaves out what it
/// cannot import, with the reason, or refuses.
///
/// A source is one answer of the venue as JSON, with no key twice ([`repeated_key`](crate::repeated_key) finds one).
/// The three kinds of file may come from three different answers; the importer's documentation says which. Where one
/// file needs several answers, the source is an object of them, each whole and under the name that the documentation gives.
pub trait Venue {
    /// Value of `venue` in the files the importer produces.
    const NAME: &'static str;

    /// What the caller chooses when a schedule is read, such as its name.
    type Options;

    /// The schedule of the markets that the source lists. It is not yet checked: [`Schedule::new`] does that, and
    /// [`Schedule::remarks`] reports what is unusual about it.
    ///
    /// # Errors
    /// [`ImportError::Source`] with the place in the source that is wrong.
    fn schedule(source: &Value, options: &Self::Options) -> Result<ImportedSchedule, ImportError>;

    /// Prices of the schedule's instruments. What the schedule does not list is not priced; [`compile`](crate::compile)
    /// refuses a snapshot in which a price is missing.
    ///
    /// # Errors
    /// [`ImportError::Source`] with the place in the source that is wrong, and
    /// [`ImportError::NotRead`] if no file of the venue is read for prices.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let _ = (source, schedule);
        Err(ImportError::NotRead { venue: Self::NAME, kind: FileKind::Snapshot })
    }

    /// One margin account, without its secrets. Nothing it holds is left out: what cannot be expressed under the
    /// schedule is an error, which repeats no figure of the account.
    ///
    /// # Errors
    /// [`ImportError::Source`] with the place in the source that is wrong, and
    /// [`ImportError::NotRead`] if no file of the venue is read for accounts.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        let _ = (source, schedule);
        Err(ImportError::NotRead { venue: Self::NAME, kind: FileKind::Account })
    }
}
