//! One error type for all files: a stable code, a place, and what to do.

use zkmargin_model::shown::shown;

/// Which file an error is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A risk schedule.
    Schedule,
    /// A price snapshot.
    Snapshot,
    /// A portfolio schedule.
    PortfolioSchedule,
    /// A snapshot of a portfolio schedule.
    PortfolioSnapshot,
    /// A private account.
    Account,
    /// A set of trusted keys.
    Keys,
    /// A verifier's policy.
    Policy,
    /// A verifier's challenge.
    Challenge,
    /// A prover's own policy.
    ProverPolicy,
    /// An auditor's manifest.
    Manifest,
}

impl FileKind {
    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Schedule => "schedule",
            FileKind::Snapshot => "snapshot",
            FileKind::PortfolioSchedule => "portfolio-schedule",
            FileKind::PortfolioSnapshot => "portfolio-snapshot",
            FileKind::Account => "account",
            FileKind::Keys => "keys",
            FileKind::Policy => "policy",
            FileKind::Challenge => "challenge",
            FileKind::ProverPolicy => "prover-policy",
            FileKind::Manifest => "manifest",
        }
    }

    /// The name in a sentence, such as `an account`.
    pub fn with_article(self) -> String {
        let name = self.name();
        match self {
            FileKind::Account => format!("an {name}"),
            // Without one: the name is a plural.
            FileKind::Keys => name.to_owned(),
            _ => format!("a {name}"),
        }
    }

    /// Value of the file's `format` field.
    pub fn format(self) -> &'static str {
        match self {
            FileKind::Schedule => "zkmargin-schedule/1",
            FileKind::Snapshot => "zkmargin-snapshot/1",
            FileKind::PortfolioSchedule => "zkmargin-portfolio-schedule/1",
            FileKind::PortfolioSnapshot => "zkmargin-portfolio-snapshot/1",
            FileKind::Account => "zkmargin-account/1",
            FileKind::Keys => "zkmargin-keys/1",
            FileKind::Policy => "zkmargin-policy/1",
            FileKind::Challenge => "zkmargin-challenge/1",
            FileKind::ProverPolicy => "zkmargin-prover-policy/1",
            FileKind::Manifest => "zkmargin-manifest/1",
        }
    }
}

impl std::fmt::Display for FileKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Stable code of a [`FileError`]; a name never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[doc = $doc])+ $name,)+ }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$name,)+];

            /// The code as text, such as `NumberNotString`.
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$name => stringify!($name),)+ }
            }
        }
    };
}

codes! {
    /// The file is longer than [`super::MAX_FILE_BYTES`].
    FileTooLarge,
    /// A byte order mark, or text that is not UTF-8.
    Encoding,
    /// Not JSON.
    Syntax,
    /// The `format` field is missing or names another format.
    WrongFormat,
    /// A field that the format does not have.
    UnknownField,
    /// A field that the format needs.
    MissingField,
    /// A field given twice.
    DuplicateField,
    /// A value of the wrong JSON type, or a word that is not one of the choices.
    WrongType,
    /// An amount, price, size or rate written as a JSON number.
    NumberNotString,
    /// Text that is not a decimal number.
    BadNumber,
    /// More digits after the point than the unit has.
    TooManyDigits,
    /// Empty or overlong text, or a name with a character that is not in the alphabet of names.
    BadText,
    /// Two names of one list that look alike.
    LookAlike,
    /// Text that is not hexadecimal of the right length.
    BadHex,
    /// Bytes at or above the order of the field.
    NotFieldElement,
    /// A secret that anyone could guess.
    WeakSecret,
    /// Text that is not a UTC time.
    BadTime,
    /// A list with more entries than the format allows.
    ListTooLong,
    /// A count of decimals past what the format allows.
    BadDecimals,
    /// What rates are divided by is less than 2 or too large.
    BadDenominator,
    /// An id outside 1 to 65535, or a part of a contract's id past its width.
    BadId,
    /// Two entries of one list with the same id.
    DuplicateId,
    /// An id above the highest that its numbering says was given.
    BeyondNumbering,
    /// An id that had another meaning in an earlier schedule of the same numbering, or was given before.
    ReusedId,
    /// Two assets with one symbol, or two prices of one asset.
    DuplicateAsset,
    /// Two instruments with one symbol, or two prices of one instrument.
    DuplicateInstrument,
    /// Two tier tables with one name.
    DuplicateTiers,
    /// Two balances of the same asset.
    DuplicateBalance,
    /// Two positions in the same instrument on the same side of one book.
    DuplicatePosition,
    /// A position with a margin of its own under a schedule without isolated books.
    NoIsolatedBooks,
    /// An asset or instrument that its chain, contract and version do not identify, or two with the same identity.
    AmbiguousIdentity,
    /// A replacement that is not in the list or is itself replaced.
    BadMigration,
    /// An account that holds an old and a new version of one contract.
    HalfMigrated,
    /// An account written for a numbering other than the schedule's.
    WrongRegistry,
    /// An asset that the schedule does not list.
    UnknownAsset,
    /// An instrument that the schedule does not list.
    UnknownInstrument,
    /// A tier table that the schedule does not list.
    UnknownTiers,
    /// Too many tier tables that no instrument uses.
    UnusedTiers,
    /// An instrument that settles in an asset without `settles`.
    AssetDoesNotSettle,
    /// More than sixteen assets with `settles`.
    TooManySettleAssets,
    /// Decimals that do not come out as integers in the settlement or valuation unit.
    UnitTooCoarse,
    /// A rounding that is needed but not declared.
    RoundingMissing,
    /// An optional element of a form that the rule does not have.
    BadElement,
    /// Instruments of a family whose ids do not follow each other.
    SplitFamily,
    /// A funding index on a kind of instrument that has none.
    FundingNotSupported,
    /// A bracketed function without rows.
    BracketEmpty,
    /// Rows that leave a gap.
    BracketGap,
    /// Rows that overlap.
    BracketOverlap,
    /// A row that ends before it begins.
    BracketReversed,
    /// An open end that is not at an end of the list, or a closed one that must be open.
    BracketOpenEnd,
    /// Zero is not where the function needs it.
    BracketZero,
    /// A requirement that goes below zero.
    NegativeRequirement,
    /// A collateral function that is not zero for a zero balance.
    CollateralAtZero,
    /// A multiplier, factor or level that is not positive or out of its range.
    OutOfRange,
    /// A figure that exceeds the width the circuit can prove.
    Width,
    /// The menu of claims is empty or repeats itself.
    BadMenu,
    /// A claim that is not on the schedule's menu.
    OffMenu,
    /// The snapshot belongs to another schedule.
    WrongSchedule,
    /// The account belongs to another venue.
    WrongVenue,
    /// An instrument or asset of the schedule that the snapshot does not price.
    MissingPrice,
    /// A price that is zero or negative.
    NonPositivePrice,
    /// An ask below its bid.
    AskBelowBid,
    /// A price that the schedule has no use for.
    UnexpectedPrice,
    /// A figure that the schedule names and the snapshot does not have.
    MissingFigure,
    /// A figure that the schedule does not name.
    UnknownFigure,
    /// A funding index that the instrument needs.
    MissingFunding,
    /// A funding index on an instrument without funding.
    UnexpectedFunding,
    /// An own rate under a schedule without own rates.
    NoOwnRates,
    /// An own leverage under a schedule without own leverages.
    NoOwnLeverages,
    /// Open orders under a schedule without them.
    NoOpenOrders,
    /// The margin of an isolated position in another field than the schedule's accounts have it in.
    MarginField,
    /// A position of size zero.
    ZeroSize,
    /// A position settles in an asset that the account does not list.
    SettlementAssetMissing,
    /// More positions or balances than an account has at most.
    AccountTooLarge,
    /// Text that is not a verifier key, or a key that must not be used.
    BadKey,
    /// A name that is not the one in the verifier key.
    WrongKeyName,
    /// A kind of key that does not match its role.
    WrongKeyKind,
    /// One public key listed twice.
    DuplicateKey,
    /// Two entries of one list with one name.
    DuplicateName,
    /// A key whose validity ends before it begins.
    BadValidity,
    /// A name that its list in a portfolio schedule does not have.
    UnknownName,
    /// A public price that a portfolio schedule does not name.
    UnknownIndex,
    /// A group that a portfolio schedule does not list.
    UnknownGroup,
    /// A strike between the steps of its unit, or one of something that is no option.
    BadStrike,
    /// A version of an algorithm for loadings that is not known.
    UnknownAlgorithm,
    /// A requirement that a portfolio schedule does not have.
    NoRequirement,
    /// A column whose role, slopes, terms or shock do not go together.
    BadColumn,
    /// An array with more or fewer loadings than there are columns.
    LoadingsLength,
    /// A loading past its width.
    LoadingWidth,
    /// A size past the width that the schedule declares.
    SizeWidth,
    /// A sum that could carry into the one packed with it.
    Packing,
    /// An option without a volatility.
    MissingVolatility,
    /// An expired instrument without a settlement value.
    ExpiredInstrument,
    /// A feed without the confidence that the schedule has a threshold for.
    MissingConfidence,
    /// A claim that the schedule forbids while a feed's confidence is this low.
    LowConfidence,
    /// An account that is linear and portfolio at once.
    MixedAccount,
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place in text, both counted from 1, the column in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPosition {
    /// Line.
    pub line: usize,
    /// Column in bytes.
    pub column: usize,
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// Stable code.
    pub code: ErrorCode,
    /// Which file.
    pub file: FileKind,
    /// JSON pointer of the offending value, such as `/instruments/3/mark`; empty for the whole file.
    pub pointer: String,
    /// What is wrong and what to do. Never contains figures of an account.
    pub message: String,
    /// Line and column when the error was found while reading text. Otherwise, [`super::locate`] finds the place of
    /// `pointer`.
    pub position: Option<TextPosition>,
}

impl FileError {
    /// An error at a JSON pointer.
    pub fn new(
        code: ErrorCode,
        file: FileKind,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        // Both may repeat what stands in the file.
        let message = shown(&message.into()).into_owned();
        Self { code, file, pointer: pointer.into(), message, position: None }
    }
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.file)?;
        if !self.pointer.is_empty() {
            write!(f, " {}", shown(&self.pointer))?;
        }
        if let Some(at) = self.position {
            write!(f, " (line {}, column {})", at.line, at.column)?;
        }
        write!(f, ": {} [{}]", self.message, self.code)
    }
}

impl std::error::Error for FileError {}
