//! A verifier's policy as written in JSON. `zkmargin-policy` checks it and applies it.

use super::error::{FileError, FileKind};
use super::keys_file::KeyFile;
use super::read;
use super::requirement::Requirement;
use super::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zkmargin_model::claim::MARGIN_BPS;

/// Everything a verifier demands of a proof. What is absent is not demanded, and the verdict says so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// Always `zkmargin-policy/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-policy/1")))]
    pub format: String,
    /// Name of the policy, shown with the verdict.
    pub name: String,
    /// Remark, ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Rule book and marks.
    pub market: MarketDemand,
    /// Which account. Without it no proof is anchored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountDemand>,
    /// Whose account, for an account in a ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<HolderDemand>,
    /// Which of the venue's margin requirements the schedule must compute; `maintenance` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<Requirement>,
    /// Minimum claim.
    pub claim: ClaimDemand,
    /// Who the proof is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// What the proof is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Period the proof is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// Nonce that the proof carries, 64 hexadecimal digits, for a verifier that makes no challenges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Demands on the verifier's memory.
    #[serde(default)]
    pub freshness: FreshnessDemand,
    /// Agreement of the marks with other price sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<PricesDemand>,
    /// Keys that are trusted, each for one role and one time.
    #[serde(default)]
    pub keys: Vec<KeyFile>,
}

/// What is demanded of schedule and snapshot. A venue's snapshot is signed by the venue, unless the market is
/// pinned. Without both no proof is anchored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MarketDemand {
    /// The venue, as its schedules write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// Digest of the only market (schedule and snapshot) that is accepted, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
    /// Whether the venue's note over the snapshot is demanded. If absent: demanded if a venue is named and no market is
    /// pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_snapshot: Option<bool>,
    /// Digest of the only registry whose schedules are accepted, 64 hexadecimal digits: which of a venue's ledgers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Digest of the only schedule that is accepted, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Whether the venue's note over the schedule is demanded too.
    #[serde(default)]
    pub signed_schedule: bool,
    /// Maximum age of the snapshot, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u64>,
    /// Whether the snapshot must be the venue's first one at or after the challenge's time. The previous note is the
    /// evidence.
    #[serde(default)]
    pub first_after_challenge: bool,
    /// Witnesses that must have cosigned the snapshot.
    #[serde(default)]
    pub witnesses: u32,
    /// Largest circuit size k for which a key is generated. If absent: 12 for a market that is not anchored, whose
    /// maker could choose a costly one; any size for one that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_k: Option<u8>,
}

impl MarketDemand {
    /// Whether the venue's note over the snapshot is demanded, explicitly or not.
    pub fn demands_signed_snapshot(&self) -> bool {
        self.signed_snapshot.unwrap_or(self.venue.is_some() && self.pinned.is_none())
    }
}

/// Which account the proof must be about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AccountDemand {
    /// An account in the venue's ledger, by the signed checkpoint.
    Ledger(LedgerDemand),
    /// An account in the ledger with this root, 64 hexadecimal digits.
    LedgerRoot(String),
    /// A committed account that an attester has checked.
    Attested(AttestedDemand),
    /// The account with this commitment, 64 hexadecimal digits.
    Commitment(String),
}

/// What is demanded of a ledger's checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LedgerDemand {
    /// Maximum age of the checkpoint by the verifier's clock, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u64>,
    /// Maximum time between snapshot and checkpoint, whichever is first, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_distance_seconds: Option<u64>,
    /// Maximum time by which the checkpoint may precede the snapshot, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_before_marks_seconds: Option<u64>,
    /// Maximum time by which the checkpoint may follow the snapshot, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_after_marks_seconds: Option<u64>,
    /// Whether the checkpoint must be the venue's newest. The verifier's own copy of the newest one, fetched from
    /// the venue, is the evidence.
    #[serde(default)]
    pub newest: bool,
    /// Whether the checkpoint must be the venue's first one at or after the challenge's time. The previous checkpoint
    /// is the evidence.
    #[serde(default)]
    pub first_after_challenge: bool,
    /// Witnesses that must have cosigned the checkpoint.
    #[serde(default)]
    pub witnesses: u32,
}

/// What is demanded of an attestation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AttestedDemand {
    /// Maximum age of the attestation by the verifier's clock, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u64>,
    /// Maximum time between snapshot and attestation, whichever is first, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_distance_seconds: Option<u64>,
    /// Maximum time by which the attestation may precede the snapshot, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_before_marks_seconds: Option<u64>,
    /// Maximum time by which the attestation may follow the snapshot, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_after_marks_seconds: Option<u64>,
    /// Whether the attestation must be the attester's newest about the account. The verifier's own copy of it,
    /// fetched from the attester, is the evidence.
    #[serde(default)]
    pub newest: bool,
}

/// Whose account in the ledger it must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HolderDemand {
    /// The holder's pseudonym for this audience, 64 hexadecimal digits.
    pub pseudonym: String,
    /// Whether all of the holder's accounts must be shown, as many as the venue's enrolment note
    /// says.
    #[serde(default)]
    pub all_accounts: bool,
    /// Maximum age of the enrolment note by the verifier's clock, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u64>,
    /// Whether the enrolment note must be the venue's newest for the holder. The verifier's own copy of it, fetched
    /// from the venue, is the evidence.
    #[serde(default)]
    pub newest: bool,
}

/// Minimum claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClaimDemand {
    /// Level in basis points of the required margin, from 10000; the name of the requirement, `maintenance` or
    /// `initial`, which is 10000; or a name on the schedule's menu with the figure it must have there, such as
    /// `buffer-10=11000`.
    pub level: String,
    /// Equity floor in the valuation currency.
    #[cfg_attr(feature = "schemas", schemars(with = "crate::schemas::Floor"))]
    pub floor: DecimalText,
    /// Whether a claim about the cross book alone is enough, where positions can be isolated. By default every isolated
    /// position must meet the level too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cross_alone: bool,
    /// Symbol of the settlement asset whose book the claim must be about, where each settlement asset has a book. By
    /// default the claim must be about all books of the schedule; no claim is about several such ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_asset: Option<String>,
    /// Isolated position, as `SYMBOL:long` or `SYMBOL:short`, about whose book only the claim must be; the floor is `none`.
    /// Such a claim is about no other book, so it is accepted only if it is demanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_isolated: Option<String>,
    /// Isolated position, as `SYMBOL:long` or `SYMBOL:short`, whose book the claim can leave out: about all others of the
    /// schedule it must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_but_isolated: Option<String>,
    /// Whether the claim must be that the account does *not* meet the level, of which the floor is `none`. By default it must
    /// be that it does; neither is ever accepted for the other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub does_not_meet: bool,
    /// Name of the stress of a portfolio account of which the claim must be: the floor is what its worst loss leaves of the
    /// equity, and the level is 10000. By default the claim is of the requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stress: Option<String>,
}

/// Demands on the verifier's memory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FreshnessDemand {
    /// Whether the proof must answer a challenge from this verifier that was not answered before.
    #[serde(default)]
    pub challenge: bool,
    /// Seconds in which a challenge made under this policy can be answered; 600 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge_seconds: Option<u64>,
    /// Whether an account is accepted only once for an audience, purpose and period.
    #[serde(default)]
    pub once_per_period: bool,
    /// Whether snapshots and checkpoints may not go back behind those seen before.
    #[serde(default)]
    pub sequence: bool,
}

/// Agreement of the venue's marks with other price sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PricesDemand {
    /// Maximum distance of a mark from the median of its sources, in basis points of the median.
    pub max_deviation_bps: u32,
    /// Maximum time between the snapshot and a source's price, in milliseconds.
    pub max_skew_ms: u64,
    /// Distinct public keys that must stand behind the prices of every covered entry.
    pub min_keys: u32,
    /// The sources.
    pub sources: Vec<PriceSourceFile>,
    /// What the sources cover.
    pub cover: Vec<CoverFile>,
    /// What is accepted without a source.
    #[serde(default)]
    pub uncovered: UncoveredFile,
}

/// A price source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PriceSourceFile {
    /// Name, unique among the sources.
    pub name: String,
    /// How its messages are signed.
    pub signed_by: SignedByFile,
}

/// How a source's messages are signed, and by whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SignedByFile {
    /// A source note by a key of this policy with the role `source`.
    Note {
        /// Name of the key.
        key: String,
        /// The source the note must name; any if absent. For a key that signs for several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// Pyth Lazer: one of these keys.
    PythLazer {
        /// `0x` and 40 hexadecimal digits for an address, `ed25519:` and 64 for an Ed25519 key.
        signers: Vec<String>,
    },
    /// RedStone: at least `threshold` of these nodes.
    Redstone {
        /// Addresses: `0x` and 40 hexadecimal digits.
        signers: Vec<String>,
        /// Nodes that must have signed a price.
        threshold: u32,
    },
    /// Pyth through Hermes: more than two thirds of this guardian set.
    PythHermes {
        /// Index of the guardian set.
        guardian_set: u32,
        /// Addresses of the guardians, in the set's order.
        signers: Vec<String>,
    },
}

/// The feeds that cover an instrument or an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CoverFile {
    /// What is covered.
    pub of: CoveredFile,
    /// Its feeds, one per source.
    pub feeds: Vec<FeedFile>,
}

/// A price of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CoveredFile {
    /// Symbol of an instrument: its mark.
    Instrument(String),
    /// Symbol of an asset: its index.
    Asset(String),
    /// Name of an index of a portfolio schedule: its price.
    Index(String),
    /// Name of a group of a portfolio schedule: the forward that its options are valued at.
    Forward(String),
}

impl CoveredFile {
    /// What it is a price of, as the file writes it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Instrument(_) => "instrument",
            Self::Asset(_) => "asset",
            Self::Index(_) => "index",
            Self::Forward(_) => "forward",
        }
    }

    /// Its name in the schedule.
    pub fn name(&self) -> &str {
        match self {
            Self::Instrument(name)
            | Self::Asset(name)
            | Self::Index(name)
            | Self::Forward(name) => name,
        }
    }
}

/// A feed of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FeedFile {
    /// Name of the source.
    pub source: String,
    /// The source's own name for the feed.
    pub feed: String,
    /// Positive factor by which the source's price is multiplied, such as `1000` for a contract on a thousand tokens; 1
    /// if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<DecimalText>,
    /// A feed of the same source by whose price the first is divided: the price of the quote currency, such as that of
    /// USDT in USD for an instrument quoted in USDT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_feed: Option<String>,
}

/// What is accepted without a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UncoveredFile {
    /// Symbols of instruments.
    #[serde(default)]
    pub instruments: Vec<String>,
    /// Symbols of assets.
    #[serde(default)]
    pub assets: Vec<String>,
    /// Names of indices of a portfolio schedule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indices: Vec<String>,
    /// Names of groups of a portfolio schedule, for their forwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forwards: Vec<String>,
}

impl UncoveredFile {
    /// All prices that are accepted without a source.
    pub fn all(&self) -> impl Iterator<Item = CoveredFile> {
        let of = |list: &[String], make: fn(String) -> CoveredFile| -> Vec<CoveredFile> {
            list.iter().cloned().map(make).collect()
        };
        let lists = [
            of(&self.instruments, CoveredFile::Instrument),
            of(&self.assets, CoveredFile::Asset),
            of(&self.indices, CoveredFile::Index),
            of(&self.forwards, CoveredFile::Forward),
        ];
        lists.into_iter().flatten()
    }
}

impl PolicyFile {
    /// A policy that demands the maintenance margin and nothing else, as a base for further demands.
    pub fn least(name: &str) -> Self {
        Self {
            format: FileKind::Policy.format().to_owned(),
            name: name.to_owned(),
            note: None,
            market: MarketDemand::default(),
            account: None,
            holder: None,
            requirement: None,
            claim: ClaimDemand {
                level: MARGIN_BPS.to_string(),
                floor: DecimalText::new("0"),
                cross_alone: false,
                settlement_asset: None,
                only_isolated: None,
                all_but_isolated: None,
                does_not_meet: false,
                stress: None,
            },
            audience: None,
            purpose: None,
            epoch: None,
            nonce: None,
            freshness: FreshnessDemand::default(),
            prices: None,
            keys: Vec::new(),
        }
    }

    /// Which margin requirement it demands, explicitly or not.
    pub fn demanded_requirement(&self) -> Requirement {
        self.requirement.unwrap_or_default()
    }

    /// Reads a policy without checking it.
    ///
    /// # Errors
    /// [`FileError`] for what is wrong with the file as JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        read::read(FileKind::Policy, bytes)
    }
}
