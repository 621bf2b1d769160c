//! The one door to schedules and markets of both kinds: of linear and of portfolio accounts.
//!
//! Verifying, signing, policies and ledgers ask what both have in common here. What only one kind has is behind
//! [`ScheduleKind`] and [`MarketKind`].

use crate::account_file::AccountFile;
use crate::account_remarks::AccountRemark;
use crate::departures::Departures;
use crate::error::{ErrorCode, FileError, FileKind};
use crate::market::{CompiledMarket, compile};
use crate::portfolio::{
    PortfolioMarket, PortfolioSchedule, PortfolioSnapshot, PortfolioSnapshotFile,
};
use crate::requirement::Requirement;
use crate::schedule::Schedule;
use crate::snapshot::Snapshot;
use crate::snapshot_file::SnapshotFile;
use std::borrow::Cow;
use std::sync::Arc;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{self, AccountSecrets};
use zkmargin_model::digest::{MarketDigest, RegistryDigest, ScheduleDigest, SnapshotDigest};
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::portfolio::{self, MarginError};
use zkmargin_model::rule::Account;
use zkmargin_model::subject::{NamedSubject, RuleMarket, Subject};
use zkmargin_model::unit::MarginUnit;

/// A checked schedule of a linear or of a portfolio account.
pub trait AnySchedule: std::fmt::Debug + Send + Sync {
    /// Which of the two, with what only that one has.
    fn kind(&self) -> ScheduleKind<'_>;
}

/// What accounts a schedule is the rule of. An account is one or the other; a venue that has both keeps two accounts of one
/// holder key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// Margined by rates of sizes and values.
    Linear,
    /// Margined on losses in scenarios.
    Portfolio,
}

impl AccountKind {
    /// The kind of account that a claim is about.
    pub const fn of(subject: &Subject) -> Self {
        match subject {
            Subject::Books(_) => Self::Linear,
            Subject::Portfolio(_) => Self::Portfolio,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Portfolio => "portfolio",
        }
    }
}

/// A schedule's kind.
#[derive(Clone, Copy, Debug)]
pub enum ScheduleKind<'a> {
    /// Of linear accounts.
    Linear(&'a Schedule),
    /// Of portfolio accounts.
    Portfolio(&'a PortfolioSchedule),
}

impl AnySchedule for Schedule {
    fn kind(&self) -> ScheduleKind<'_> {
        ScheduleKind::Linear(self)
    }
}

impl AnySchedule for PortfolioSchedule {
    fn kind(&self) -> ScheduleKind<'_> {
        ScheduleKind::Portfolio(self)
    }
}

/// A schedule at a snapshot, of a linear or of a portfolio account.
pub trait AnyMarket: std::fmt::Debug + Send + Sync {
    /// Which of the two, with what only that one has.
    fn kind(&self) -> MarketKind<'_>;
}

/// A market's kind.
#[derive(Clone, Copy, Debug)]
pub enum MarketKind<'a> {
    /// Of linear accounts.
    Linear(&'a CompiledMarket),
    /// Of portfolio accounts.
    Portfolio(&'a PortfolioMarket),
}

impl AnyMarket for CompiledMarket {
    fn kind(&self) -> MarketKind<'_> {
        MarketKind::Linear(self)
    }
}

impl AnyMarket for PortfolioMarket {
    fn kind(&self) -> MarketKind<'_> {
        MarketKind::Portfolio(self)
    }
}

/// Reads and checks a schedule of either kind.
///
/// # Errors
/// [`FileError`] with a code, a JSON pointer and what to do.
pub fn read_schedule(bytes: &[u8]) -> Result<Arc<dyn AnySchedule>, FileError> {
    if has_format(bytes, FileKind::PortfolioSchedule) {
        return Ok(Arc::new(PortfolioSchedule::from_json(bytes)?));
    }
    Ok(Arc::new(Schedule::from_json(bytes)?))
}

/// What a snapshot of either kind says of itself, without its schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotHead {
    /// Digest of the schedule, as written.
    pub schedule: String,
    /// Instruments and assets that it has figures of.
    pub priced: [usize; 2],
}

/// Reads the head of a snapshot of either kind.
///
/// # Errors
/// [`FileError`] for what is wrong without knowing the schedule.
pub fn snapshot_head(bytes: &[u8]) -> Result<SnapshotHead, FileError> {
    if has_format(bytes, FileKind::PortfolioSnapshot) {
        let file = PortfolioSnapshotFile::from_json(bytes)?;
        let priced = [file.instruments.len(), file.assets.len()];
        return Ok(SnapshotHead { schedule: file.schedule, priced });
    }
    let file = SnapshotFile::from_json(bytes)?;
    let priced = [file.instruments.len(), file.assets.len()];
    Ok(SnapshotHead { schedule: file.schedule, priced })
}

/// Whether JSON text says that it is of a format; it may still be refused as one.
fn has_format(bytes: &[u8], kind: FileKind) -> bool {
    #[derive(serde::Deserialize)]
    struct Head {
        format: String,
    }
    let head = serde_json::from_slice::<Head>(bytes);
    head.is_ok_and(|head| head.format == kind.format())
}

impl dyn AnySchedule + '_ {
    /// Instruments and assets that it lists.
    pub fn listed(&self) -> [usize; 2] {
        match self.kind() {
            ScheduleKind::Linear(schedule) => {
                [schedule.instruments().len(), schedule.assets().len()]
            }
            ScheduleKind::Portfolio(schedule) => {
                [schedule.instruments().len(), schedule.assets().len()]
            }
        }
    }

    /// Bytes of its file as compact JSON.
    pub fn compact_bytes(&self) -> Option<usize> {
        let json = match self.kind() {
            ScheduleKind::Linear(schedule) => serde_json::to_vec(schedule.file()),
            ScheduleKind::Portfolio(schedule) => serde_json::to_vec(schedule.file()),
        };
        json.ok().map(|json| json.len())
    }

    /// The schedule of linear accounts, if it is one.
    pub fn linear(&self) -> Option<&Schedule> {
        match self.kind() {
            ScheduleKind::Linear(schedule) => Some(schedule),
            ScheduleKind::Portfolio(_) => None,
        }
    }

    /// The schedule of portfolio accounts, if it is one.
    pub fn portfolio(&self) -> Option<&PortfolioSchedule> {
        match self.kind() {
            ScheduleKind::Linear(_) => None,
            ScheduleKind::Portfolio(schedule) => Some(schedule),
        }
    }

    /// What accounts it is the rule of.
    pub fn accounts(&self) -> AccountKind {
        match self.kind() {
            ScheduleKind::Linear(_) => AccountKind::Linear,
            ScheduleKind::Portfolio(_) => AccountKind::Portfolio,
        }
    }

    /// The venue.
    pub fn venue(&self) -> &str {
        match self.kind() {
            ScheduleKind::Linear(schedule) => &schedule.file().venue,
            ScheduleKind::Portfolio(schedule) => &schedule.file().venue,
        }
    }

    /// Name of the schedule.
    pub fn name(&self) -> &str {
        match self.kind() {
            ScheduleKind::Linear(schedule) => &schedule.file().name,
            ScheduleKind::Portfolio(schedule) => &schedule.file().name,
        }
    }

    /// Digest of the schedule.
    pub fn digest(&self) -> ScheduleDigest {
        match self.kind() {
            ScheduleKind::Linear(schedule) => schedule.digest(),
            ScheduleKind::Portfolio(schedule) => schedule.digest(),
        }
    }

    /// Digest of what gives the ids of an account their meaning.
    pub fn registry_digest(&self) -> RegistryDigest {
        match self.kind() {
            ScheduleKind::Linear(schedule) => schedule.registry_digest(),
            ScheduleKind::Portfolio(schedule) => schedule.registry_digest(),
        }
    }

    /// What equity and floors are counted in.
    pub fn margin_unit(&self) -> &MarginUnit {
        match self.kind() {
            ScheduleKind::Linear(schedule) => schedule.margin_unit(),
            ScheduleKind::Portfolio(schedule) => schedule.margin_unit(),
        }
    }

    /// Digits after the point of equity and floors.
    pub fn margin_decimals(&self) -> u32 {
        self.margin_unit().decimals().into()
    }

    /// Why its rounding is an assumption.
    pub fn rounding_assumed(&self) -> Option<&str> {
        self.linear().and_then(|schedule| schedule.file().rounding_assumed.as_deref())
    }

    /// What the venue's rule has and it leaves out.
    pub fn leaves_out(&self) -> &[String] {
        match self.kind() {
            ScheduleKind::Linear(schedule) => &schedule.file().leaves_out,
            ScheduleKind::Portfolio(schedule) => &schedule.file().leaves_out,
        }
    }

    /// In what it may differ from its venue's own rule, as it says itself.
    pub fn departures(&self) -> Option<Departures<'_>> {
        Departures::new(self.rounding_assumed(), self.leaves_out())
    }

    /// The requirements that it computes, the first one where nothing else is said.
    pub fn requirements(&self) -> Vec<Requirement> {
        match self.kind() {
            ScheduleKind::Linear(schedule) => vec![schedule.requirement()],
            ScheduleKind::Portfolio(schedule) => schedule.requirements().collect(),
        }
    }

    /// A level on the menu of a requirement by name, in basis points.
    pub fn level(&self, name: &str, requirement: Requirement) -> Option<u32> {
        match self.kind() {
            ScheduleKind::Linear(schedule) => schedule.level(name),
            ScheduleKind::Portfolio(schedule) => {
                let levels = schedule.file().menu.levels.iter();
                let mut of = levels.filter(|level| level.requirement == requirement);
                of.find(|level| level.name == name).map(|level| level.level_bps)
            }
        }
    }

    /// What a claim is about, in words. A subject of the other kind, which no claim under this schedule has, is named
    /// without symbols.
    pub fn named(&self, subject: &Subject) -> NamedSubject {
        let books = match subject {
            Subject::Books(books) => *books,
            Subject::Portfolio(measure) => return NamedSubject::Portfolio(measure.clone()),
        };
        match self.linear() {
            Some(schedule) => {
                NamedSubject::Books { margin: schedule.margin(), books: schedule.named(books) }
            }
            None => NamedSubject::Books {
                margin: crate::requirement::MARGIN_OF_SCHEDULE,
                books: books.named(None, None),
            },
        }
    }

    /// Whether the menu has the claim about this subject.
    pub fn publishes(&self, claim: &Claim, subject: &Subject) -> bool {
        match (self.kind(), subject) {
            (ScheduleKind::Linear(schedule), Subject::Books(books)) => {
                claim.is_on_menu(schedule.menu(), *books)
            }
            (ScheduleKind::Portfolio(schedule), Subject::Portfolio(measure)) => {
                schedule.publishes(claim, measure)
            }
            _ => false,
        }
    }

    /// The integer account of a file that is of this schedule's venue and numbering.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do. Messages repeat no figure.
    pub fn holdings(&self, file: &AccountFile) -> Result<Account, FileError> {
        match self.kind() {
            ScheduleKind::Linear(schedule) => file.holdings(schedule),
            ScheduleKind::Portfolio(schedule) => schedule.account(file),
        }
    }

    /// Whether an account was written for this schedule's venue and numbering, whatever it holds.
    ///
    /// # Errors
    /// [`FileError`] in the head of the file.
    pub fn owns(&self, file: &AccountFile) -> Result<(), FileError> {
        file.belongs_under(self.venue(), self.registry_digest())
    }

    /// The commitment to an account that was read under this schedule: a portfolio account's is of pages of the
    /// schedule's groups.
    ///
    /// # Errors
    /// [`MarginError`] for an account of something that the schedule does not list, or of more than circuits hold.
    pub fn commitment(
        &self,
        account: &Account,
        secrets: &AccountSecrets,
    ) -> Result<AccountCommitment, MarginError> {
        match self.kind() {
            ScheduleKind::Linear(_) => Ok(commitment::account_commitment(account, secrets)?),
            ScheduleKind::Portfolio(schedule) => {
                let pages = schedule.pages(account)?;
                Ok(portfolio::account_commitment(&pages, account.balances(), secrets)?)
            }
        }
    }

    /// Whether the ids of an account mean the same under another schedule of the same numbering.
    ///
    /// # Errors
    /// [`crate::TwoMeanings`].
    pub fn agrees_on_ids(&self, other: &dyn AnySchedule) -> Result<(), crate::TwoMeanings> {
        match (self.kind(), other.kind()) {
            (ScheduleKind::Linear(this), ScheduleKind::Linear(other)) => this.agrees_on_ids(other),
            (ScheduleKind::Portfolio(this), ScheduleKind::Portfolio(other)) => {
                this.agrees_on_ids(other)
            }
            // Digests of numberings of different kinds have different tags.
            _ => Ok(()),
        }
    }

    /// What an account that was read under another schedule of the same numbering is under this one. Positions of a portfolio
    /// account name instruments by their place in a schedule, which is another one where something else is listed.
    ///
    /// # Errors
    /// [`MarginError::UnknownInstrument`] for a position in what this schedule does not list.
    pub fn restated<'a>(
        &self,
        account: &'a Account,
        read_under: &dyn AnySchedule,
    ) -> Result<Cow<'a, Account>, MarginError> {
        match (self.kind(), read_under.kind()) {
            (ScheduleKind::Portfolio(this), ScheduleKind::Portfolio(other))
                if this.digest() != other.digest() =>
            {
                this.restated(account, other).map(Cow::Owned)
            }
            _ => Ok(Cow::Borrowed(account)),
        }
    }

    /// What in an account file is likely a mistake. Nothing is said of portfolio accounts, whose figures have no signs of
    /// their own to compare.
    pub fn remarks(&self, file: &AccountFile, prices: Option<&Snapshot>) -> Vec<AccountRemark> {
        self.linear().map_or_else(Vec::new, |schedule| file.remarks(schedule, prices))
    }

    /// The name of the snapshot in a file. It is checked, but loadings are not derived: a file that nobody has signed costs
    /// no more than reading it.
    ///
    /// # Errors
    /// [`FileError`] in the file.
    pub fn name_of(&self, snapshot: &[u8]) -> Result<SnapshotName, FileError> {
        Ok(match self.kind() {
            ScheduleKind::Linear(schedule) => {
                let market = compile(schedule, &SnapshotFile::from_json(snapshot)?)?;
                let (digest, sequence) = (market.snapshot_digest(), market.snapshot().sequence);
                SnapshotName { digest, sequence }
            }
            ScheduleKind::Portfolio(schedule) => {
                let file = PortfolioSnapshotFile::from_json(snapshot)?;
                let digest = PortfolioSnapshot::name(schedule, &file)?;
                SnapshotName { digest, sequence: file.sequence }
            }
        })
    }

    /// The market of the schedule at the snapshot in a file.
    ///
    /// # Errors
    /// [`FileError`] in either file.
    pub fn at(&self, snapshot: &[u8]) -> Result<Arc<dyn AnyMarket>, FileError> {
        Ok(match self.kind() {
            ScheduleKind::Linear(schedule) => {
                Arc::new(compile(schedule, &SnapshotFile::from_json(snapshot)?)?)
            }
            ScheduleKind::Portfolio(schedule) => {
                let file = PortfolioSnapshotFile::from_json(snapshot)?;
                Arc::new(PortfolioMarket::compile(schedule, &file)?)
            }
        })
    }
}

/// What names a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotName {
    /// Its digest.
    pub digest: SnapshotDigest,
    /// Its number in the venue's series.
    pub sequence: u64,
}

/// The integer market at which a claim is decided, with the identity of its keys.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// The market.
    pub market: RuleMarket<'a>,
    /// The identity of its keys, in one kind of circuit.
    pub digest: MarketDigest,
}

/// A market at which nothing is said about a subject.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDecided {
    /// A claim about an account of the other kind.
    #[error("the claim is about a {} account, and the market is of {} ones", .stated.name(), .given.name())]
    OtherKind {
        /// What the claim is about.
        stated: AccountKind,
        /// What accounts the market is of.
        given: AccountKind,
    },
    /// Books or a stress that the schedule does not have.
    #[error("the claim is about {0}, which the schedule does not know")]
    Unknown(NamedSubject),
    /// A feed is not to be trusted enough for this requirement.
    #[error("{0}")]
    LowConfidence(String),
}

impl dyn AnyMarket + '_ {
    /// The market of linear accounts, if it is one.
    pub fn linear(&self) -> Option<&CompiledMarket> {
        match self.kind() {
            MarketKind::Linear(market) => Some(market),
            MarketKind::Portfolio(_) => None,
        }
    }

    /// The market of portfolio accounts, if it is one.
    pub fn portfolio(&self) -> Option<&PortfolioMarket> {
        match self.kind() {
            MarketKind::Linear(_) => None,
            MarketKind::Portfolio(market) => Some(market),
        }
    }

    /// The schedule.
    pub fn schedule(&self) -> &dyn AnySchedule {
        match self.kind() {
            MarketKind::Linear(market) => market.schedule(),
            MarketKind::Portfolio(market) => market.schedule(),
        }
    }

    /// Digest of schedule and snapshot: the identity of the market.
    pub fn digest(&self) -> MarketDigest {
        match self.kind() {
            MarketKind::Linear(market) => market.digest(),
            MarketKind::Portfolio(market) => market.digest(),
        }
    }

    /// Digest of the schedule.
    pub fn schedule_digest(&self) -> ScheduleDigest {
        self.schedule().digest()
    }

    /// Digest of the snapshot.
    pub fn snapshot_digest(&self) -> SnapshotDigest {
        match self.kind() {
            MarketKind::Linear(market) => market.snapshot_digest(),
            MarketKind::Portfolio(market) => market.snapshot().digest(),
        }
    }

    /// Digest of what gives the ids of an account their meaning.
    pub fn registry_digest(&self) -> RegistryDigest {
        self.schedule().registry_digest()
    }

    /// Time of the snapshot, milliseconds since 1970-01-01 UTC.
    pub fn time_ms(&self) -> u64 {
        match self.kind() {
            MarketKind::Linear(market) => market.snapshot().time_ms,
            MarketKind::Portfolio(market) => market.snapshot().time_ms(),
        }
    }

    /// Number of the snapshot in the venue's series.
    pub fn sequence(&self) -> u64 {
        match self.kind() {
            MarketKind::Linear(market) => market.snapshot().sequence,
            MarketKind::Portfolio(market) => market.snapshot().sequence(),
        }
    }

    /// Instruments that are listed without a price: nobody who holds one has a proof.
    pub fn unpriced(&self) -> usize {
        match self.kind() {
            MarketKind::Linear(market) => market.snapshot().unpriced.len(),
            MarketKind::Portfolio(_) => 0,
        }
    }

    /// Instruments that the snapshot has figures of.
    pub fn instruments(&self) -> usize {
        match self.kind() {
            MarketKind::Linear(market) => market.snapshot().instruments.len(),
            MarketKind::Portfolio(market) => market.schedule().instruments().len(),
        }
    }

    /// The integer market at which a claim about a subject is decided.
    ///
    /// # Errors
    /// [`NotDecided`].
    pub fn decided(&self, subject: &Subject) -> Result<Decided<'_>, NotDecided> {
        let named = || self.schedule().named(subject);
        match (self.kind(), subject) {
            (MarketKind::Linear(market), Subject::Books(books)) => {
                let of = market.of_books(*books).ok_or_else(|| NotDecided::Unknown(named()))?;
                Ok(Decided { market: of.market().into(), digest: of.digest() })
            }
            (MarketKind::Portfolio(market), Subject::Portfolio(measure)) => {
                let of = market.of_measure(measure).map_err(|error| match error.code {
                    ErrorCode::LowConfidence => NotDecided::LowConfidence(error.message),
                    _ => NotDecided::Unknown(named()),
                })?;
                let digest = market.digest_of(measure);
                Ok(Decided { market: of.into(), digest })
            }
            _ => {
                let (stated, given) = (AccountKind::of(subject), self.schedule().accounts());
                Err(NotDecided::OtherKind { stated, given })
            }
        }
    }
}
