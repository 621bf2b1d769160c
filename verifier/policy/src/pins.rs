//! What the statement of a proof must say. Only [`assess`](crate::assess) makes these, from demands and evidence.

use std::num::{NonZeroU16, NonZeroU64};
use zkmargin_model::circuit::K;
use zkmargin_model::claim::Claim;
use zkmargin_model::context::zero_for_none;
use zkmargin_model::digest::MarketDigest;
use zkmargin_model::element::{AccountCommitment, LedgerRoot, Pseudonym};
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::{Books, Isolated, NamedBooks, PositionName};
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_model::subject::Subject;
use zkmargin_model::unit::MarginUnit;
use zkmargin_params::{AccountKind, AnyMarket, AnySchedule, Schedule, format_utc};

/// What the statement must say. `None` demands nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pins {
    /// Whether the given market is pinned or signed by its venue.
    pub market: bool,
    pub commitment: Option<AccountCommitment>,
    pub ledger_root: Option<LedgerRoot>,
    pub pseudonym: Option<Pseudonym>,
    /// Minimum claim: a statement with this level and floor, or higher ones, implies it.
    pub claim: Option<Claim>,
    pub subject: Option<SubjectPin>,
    pub audience: Option<String>,
    pub purpose: Option<String>,
    pub nonce: Option<[u8; 32]>,
    pub epoch: Option<u64>,
    /// Exact expiry, milliseconds since 1970-01-01 UTC.
    pub expires: Option<u64>,
    /// The verifier's time, which the proof's own expiry is compared with; `None` in an audit, where the periods say
    /// what was due.
    pub now_ms: Option<u64>,
    /// Largest circuit size k for which a key is generated.
    pub max_k: Option<u8>,
}

/// What the claim must be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SubjectPin {
    /// Books of a linear account.
    Books(BooksPin),
    /// A portfolio account, and what its equity is held against.
    Portfolio(Measure),
}

/// Which of the schedule's books the claim must be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BooksPin {
    /// The settlement asset whose book it is, where each has one. An error where all of several are demanded, which no
    /// claim is about: their symbols.
    pub settlement_asset: Result<Option<NonZeroU16>, String>,
    /// What it must be about of isolated positions.
    pub isolated: IsolatedPin,
}

/// What the claim must be about of isolated positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IsolatedPin {
    /// Each of them.
    All,
    /// None of them, or each.
    CrossAlone,
    /// Each but this one, or each.
    AllBut(PositionName),
    /// This one, and no other book.
    Only(PositionName),
}

impl IsolatedPin {
    /// The least that a claim must be about, and the position that it names.
    const fn least(self) -> (Isolated, Option<PositionName>) {
        match self {
            Self::All => (Isolated::Compared, None),
            Self::CrossAlone => (Isolated::LeftOut, None),
            Self::AllBut(name) => (Isolated::AllBut, Some(name)),
            Self::Only(name) => (Isolated::Only, Some(name)),
        }
    }
}

/// What must be pinned for a proof to be anchored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pin {
    /// Schedule and prices.
    Market,
    /// Which account it is.
    Commitment,
    /// Which ledger it is in.
    LedgerRoot,
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Pin::Market => "market",
            Pin::Commitment => "account commitment",
            Pin::LedgerRoot => "ledger root",
        })
    }
}

/// A floor in the valuation currency.
fn amount(claim: &Claim, decimals: u32) -> String {
    claim.floor().in_currency(decimals)
}

/// Where statement and policy differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// Evidence and times were compared with a market other than the given one.
    #[error("the evidence was compared with market {assessed}, not with {given}")]
    NotAssessed {
        /// Digest of the market that the assessment was made for.
        assessed: MarketDigest,
        /// Digest of the given market.
        given: MarketDigest,
    },
    /// The statement is about a market other than the given one.
    #[error("the proof is about another {part}: {}, not {}", hex::encode(.stated), hex::encode(.given))]
    OtherMarket {
        /// `schedule`, `snapshot` or `registry`.
        part: &'static str,
        /// Digest in the statement.
        stated: [u8; 32],
        /// Digest of the given market.
        given: [u8; 32],
    },
    /// Another account.
    #[error("the proof is about account commitment {stated}, not {demanded}")]
    Commitment {
        /// In the statement.
        stated: AccountCommitment,
        /// In the policy.
        demanded: AccountCommitment,
    },
    /// An account in another ledger.
    #[error("the proof is about an account in the ledger with root {stated}, not {demanded}")]
    LedgerRoot {
        /// In the statement.
        stated: LedgerRoot,
        /// In the policy.
        demanded: LedgerRoot,
    },
    /// A committed account where one in a ledger is demanded, or the reverse.
    #[error("the proof names its account by {stated}; {demanded} is pinned")]
    AccountReference {
        /// In the statement.
        stated: &'static str,
        /// In the policy.
        demanded: &'static str,
    },
    /// Another holder.
    #[error("the proof is about another holder's account: pseudonym {stated}, not {demanded}")]
    Pseudonym {
        /// In the statement.
        stated: Pseudonym,
        /// In the policy.
        demanded: Pseudonym,
    },
    /// A claim that the level is not met where it must be, or the reverse.
    #[error("the proof is that the account {} the level; the policy demands that it {}", meets(*.stated), meets(!*.stated))]
    Direction {
        /// Whether the statement says that it is not met.
        stated: bool,
    },
    /// A lower level, or a higher one that is not met.
    #[error("the proof claims a level of {stated} basis points; {demanded} are demanded")]
    Level {
        /// In the statement.
        stated: u32,
        /// In the policy.
        demanded: u32,
    },
    /// A lower floor.
    #[error("the proof claims an equity floor of {} {currency}; {} {currency} are demanded", amount(.stated, *.decimals), amount(.demanded, *.decimals), currency = .currency)]
    Floor {
        /// In the statement.
        stated: Claim,
        /// In the policy.
        demanded: Claim,
        /// The valuation currency.
        currency: String,
        /// Digits after the point of a margin unit.
        decimals: u32,
    },
    /// A claim about the cross book alone.
    #[error("the proof is about {0}; the policy demands isolated positions too")]
    IsolatedLeftOut(NamedBooks),
    /// A claim that names an isolated position where the policy does not, or another one, or the other way round.
    #[error("the proof is about {stated}; the policy demands {demanded}")]
    Position {
        /// In the statement.
        stated: NamedBooks,
        /// In the policy.
        demanded: NamedBooks,
    },
    /// A claim about another settlement asset's book.
    #[error("the proof is about {stated}; the policy demands {demanded}")]
    SettlementAsset {
        /// In the statement.
        stated: NamedBooks,
        /// In the policy.
        demanded: NamedBooks,
    },
    /// A claim about one of several books, all of which are demanded.
    #[error(
        "the proof is about {stated}; the policy demands all books of the schedule, those of {books}: name one at `claim.settlement_asset`"
    )]
    BooksApart {
        /// In the statement.
        stated: NamedBooks,
        /// Symbols of all settlement assets.
        books: String,
    },
    /// A claim about an account of the other kind than the market's.
    #[error("the proof is about a {} account, and the market is of {} ones", .stated.name(), .given.name())]
    OtherKind {
        /// What the proof is about.
        stated: AccountKind,
        /// What accounts the market is of.
        given: AccountKind,
    },
    /// Another requirement or stress of a portfolio account.
    #[error("the proof is about {stated}; {demanded} is demanded")]
    Measure {
        /// In the statement.
        stated: Measure,
        /// In the policy.
        demanded: Measure,
    },
    /// A circuit whose key costs more than the verifier spends on a market that nobody has vouched for.
    #[error(
        "a key of size k = {stated} would have to be generated for this market; at most k = {most} is accepted"
    )]
    CircuitSize {
        /// In the statement.
        stated: K,
        /// Largest accepted.
        most: u8,
    },
    /// Another audience.
    #[error("the proof is for audience {stated:?}, not {demanded:?}")]
    Audience {
        /// In the statement.
        stated: String,
        /// In the policy.
        demanded: String,
    },
    /// Another purpose.
    #[error("the proof is for purpose {stated:?}, not {demanded:?}")]
    Purpose {
        /// In the statement.
        stated: String,
        /// In the policy.
        demanded: String,
    },
    /// Another nonce, or none.
    #[error("the proof does not carry the demanded nonce")]
    Nonce,
    /// An expiry other than the challenge's.
    #[error("the proof expires at {}, and the challenge at {}", format_utc(*.stated), format_utc(*.demanded))]
    Expiry {
        /// In the statement, milliseconds since 1970-01-01 UTC.
        stated: u64,
        /// In the policy.
        demanded: u64,
    },
    /// Past its expiry.
    #[error("the proof expired at {}", format_utc(*.at))]
    Expired {
        /// In the statement, milliseconds since 1970-01-01 UTC.
        at: u64,
    },
    /// Another epoch.
    #[error("the proof is for epoch {stated}, not {demanded}")]
    Epoch {
        /// In the statement.
        stated: u64,
        /// In the policy.
        demanded: u64,
    },
}

fn meets(is_deficiency: bool) -> &'static str {
    if is_deficiency { "does not meet" } else { "meets" }
}

impl Mismatch {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAssessed { .. } | Self::OtherMarket { .. } => "PolicyOtherMarket",
            Self::Commitment { .. } => "PolicyCommitment",
            Self::CircuitSize { .. } => "PolicyCircuitSize",
            Self::LedgerRoot { .. } => "PolicyLedgerRoot",
            Self::IsolatedLeftOut(_) => "PolicyIsolatedLeftOut",
            Self::Position { .. } => "PolicyIsolatedPosition",
            Self::SettlementAsset { .. } => "PolicySettlementAsset",
            Self::BooksApart { .. } => "PolicyBooksApart",
            Self::OtherKind { .. } => "PolicyOtherKind",
            Self::Measure { .. } => "PolicyRequirement",
            Self::AccountReference { .. } => "PolicyAccountReference",
            Self::Pseudonym { .. } => "PolicyPseudonym",
            Self::Direction { .. } => "PolicyDoesNotMeet",
            Self::Level { .. } => "PolicyLevel",
            Self::Floor { .. } => "PolicyFloor",
            Self::Audience { .. } => "PolicyAudience",
            Self::Purpose { .. } => "PolicyPurpose",
            Self::Nonce => "PolicyNonce",
            Self::Epoch { .. } => "PolicyEpoch",
            Self::Expiry { .. } => "PolicyExpiry",
            Self::Expired { .. } => "PolicyExpired",
        }
    }
}

impl BooksPin {
    /// Compares the books that the claim is about.
    fn check(&self, stated: Books, schedule: &Schedule) -> Result<(), Mismatch> {
        let Self { settlement_asset, isolated: demanded } = self;
        let (isolated, position) = demanded.least();
        let is_named = match (demanded, stated.isolated) {
            // Where no position is isolated, none can be named.
            (
                IsolatedPin::All | IsolatedPin::CrossAlone,
                Isolated::None | Isolated::LeftOut | Isolated::Compared,
            )
            | (IsolatedPin::AllBut(_), Isolated::Compared) => true,
            (IsolatedPin::AllBut(name), Isolated::AllBut)
            | (IsolatedPin::Only(name), Isolated::Only) => stated.position == Some(*name),
            _ => false,
        };
        if !is_named {
            let settlement_asset = match (isolated, settlement_asset) {
                (Isolated::Only, _) => None,
                (_, Ok(demanded)) => *demanded,
                (_, Err(_)) => stated.settlement_asset,
            };
            let demanded = schedule.named(Books { settlement_asset, isolated, position });
            return Err(Mismatch::Position { stated: schedule.named(stated), demanded });
        }
        match settlement_asset {
            Ok(demanded) if *demanded == stated.settlement_asset => {}
            Ok(demanded) => {
                let demanded = schedule.named(Books { settlement_asset: *demanded, ..stated });
                return Err(Mismatch::SettlementAsset { stated: schedule.named(stated), demanded });
            }
            Err(books) => {
                let (stated, books) = (schedule.named(stated), books.clone());
                return Err(Mismatch::BooksApart { stated, books });
            }
        }
        match stated.isolated {
            Isolated::LeftOut if isolated != Isolated::LeftOut => {
                Err(Mismatch::IsolatedLeftOut(schedule.named(stated)))
            }
            _ => Ok(()),
        }
    }
}

impl Pins {
    /// What must be pinned for a proof to be anchored, but is not.
    pub(crate) fn missing(&self, statement: &Statement) -> Vec<Pin> {
        let account = match statement.account {
            AccountReference::Commitment(_) => (Pin::Commitment, self.commitment.is_some()),
            AccountReference::Ledger { .. } => (Pin::LedgerRoot, self.ledger_root.is_some()),
        };
        let pinned = [(Pin::Market, self.market), account];
        pinned.into_iter().filter(|(_, is_pinned)| !is_pinned).map(|(anchor, _)| anchor).collect()
    }

    /// Compares the given market with what the statement says about it.
    fn check_market(&self, statement: &Statement, market: &dyn AnyMarket) -> Result<(), Mismatch> {
        for (part, stated, given) in [
            ("registry", *statement.registry_digest.bytes(), *market.registry_digest().bytes()),
            ("schedule", *statement.schedule_digest.bytes(), *market.schedule_digest().bytes()),
            ("snapshot", *statement.snapshot_digest.bytes(), *market.snapshot_digest().bytes()),
        ] {
            if stated != given {
                return Err(Mismatch::OtherMarket { part, stated, given });
            }
        }
        let stated = statement.k;
        match self.max_k.filter(|most| stated.code() > *most) {
            Some(most) => Err(Mismatch::CircuitSize { stated, most }),
            None => Ok(()),
        }
    }

    /// Compares the given market and the statement with the demands.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub(crate) fn check(
        &self,
        statement: &Statement,
        market: &dyn AnyMarket,
    ) -> Result<(), Mismatch> {
        self.check_market(statement, market)?;
        self.check_subject(&statement.subject(), market.schedule())?;
        self.check_statement(statement)
    }

    /// Compares what the claim is about.
    fn check_subject(&self, stated: &Subject, schedule: &dyn AnySchedule) -> Result<(), Mismatch> {
        let Some(demanded) = &self.subject else { return Ok(()) };
        match (demanded, stated, schedule.linear()) {
            (SubjectPin::Books(demanded), Subject::Books(stated), Some(schedule)) => {
                demanded.check(*stated, schedule)
            }
            (SubjectPin::Portfolio(demanded), Subject::Portfolio(stated), None) => {
                if demanded == stated {
                    return Ok(());
                }
                let (stated, demanded) = (stated.clone(), demanded.clone());
                Err(Mismatch::Measure { stated, demanded })
            }
            (_, stated, _) => {
                let (stated, given) = (AccountKind::of(stated), schedule.accounts());
                Err(Mismatch::OtherKind { stated, given })
            }
        }
    }

    /// Compares everything the statement says except about its market and its books.
    fn check_statement(&self, statement: &Statement) -> Result<(), Mismatch> {
        self.check_account(statement)?;
        self.check_claim(&statement.claim, &statement.margin_unit)?;
        let context = &statement.context;
        if let Some(demanded) = self.audience.as_ref().filter(|d| *d != context.audience()) {
            let stated = context.audience().to_owned();
            return Err(Mismatch::Audience { stated, demanded: demanded.clone() });
        }
        if let Some(demanded) = self.purpose.as_ref().filter(|d| *d != context.purpose()) {
            let stated = context.purpose().to_owned();
            return Err(Mismatch::Purpose { stated, demanded: demanded.clone() });
        }
        if self.nonce.as_ref().is_some_and(|nonce| context.nonce() != Some(nonce)) {
            return Err(Mismatch::Nonce);
        }
        let epoch = zero_for_none(context.epoch());
        if let Some(demanded) = self.epoch.filter(|demanded| *demanded != epoch) {
            return Err(Mismatch::Epoch { stated: epoch, demanded });
        }
        let expires = context.expires().map(NonZeroU64::get);
        if let Some(demanded) = self.expires.filter(|demanded| Some(*demanded) != expires) {
            return Err(Mismatch::Expiry { stated: zero_for_none(context.expires()), demanded });
        }
        match (self.now_ms, expires) {
            (Some(now), Some(at)) if now >= at => Err(Mismatch::Expired { at }),
            _ => Ok(()),
        }
    }

    fn check_account(&self, statement: &Statement) -> Result<(), Mismatch> {
        const COMMITMENT: &str = "an account commitment";
        const LEDGER: &str = "a ledger root";
        match statement.account {
            AccountReference::Commitment(stated) => {
                if self.ledger_root.is_some() || self.pseudonym.is_some() {
                    return Err(Mismatch::AccountReference {
                        stated: COMMITMENT,
                        demanded: LEDGER,
                    });
                }
                match self.commitment.filter(|demanded| *demanded != stated) {
                    Some(demanded) => Err(Mismatch::Commitment { stated, demanded }),
                    None => Ok(()),
                }
            }
            AccountReference::Ledger { root: stated, pseudonym, .. } => {
                if self.commitment.is_some() {
                    return Err(Mismatch::AccountReference {
                        stated: LEDGER,
                        demanded: COMMITMENT,
                    });
                }
                if let Some(demanded) = self.ledger_root.filter(|demanded| *demanded != stated) {
                    return Err(Mismatch::LedgerRoot { stated, demanded });
                }
                let stated = pseudonym;
                match self.pseudonym.filter(|demanded| *demanded != stated) {
                    Some(demanded) => Err(Mismatch::Pseudonym { stated, demanded }),
                    None => Ok(()),
                }
            }
        }
    }

    fn check_claim(&self, stated: &Claim, unit: &MarginUnit) -> Result<(), Mismatch> {
        let Some(demanded) = &self.claim else { return Ok(()) };
        if stated.implies(demanded) {
            return Ok(());
        }
        if stated.is_deficiency() != demanded.is_deficiency() {
            return Err(Mismatch::Direction { stated: stated.is_deficiency() });
        }
        if stated.is_deficiency() || stated.level_bps() < demanded.level_bps() {
            let (stated, demanded) = (stated.level_bps(), demanded.level_bps());
            return Err(Mismatch::Level { stated, demanded });
        }
        let (stated, demanded) = (stated.clone(), demanded.clone());
        let (currency, decimals) = (unit.currency().to_owned(), unit.decimals().into());
        Err(Mismatch::Floor { stated, demanded, currency, decimals })
    }
}

#[cfg(test)]
mod tests;
