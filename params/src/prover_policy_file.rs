//! A prover's own policy as written in JSON. `zkmargin-answers` checks it and applies it.

use super::error::{FileError, FileKind};
use super::keys_file::KeyFile;
use super::policy_file::{MarketDemand, PricesDemand};
use super::read;
use super::requirement::Requirement;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a prover answers, and to whom. Every answer, including a refusal, reveals something about the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProverPolicyFile {
    /// Always `zkmargin-prover-policy/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-prover-policy/1")))]
    pub format: String,
    /// Remark, ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Rule books and marks for which questions are answered. `first_after_challenge` is for the verifier to demand and
    /// stays false.
    pub market: MarketDemand,
    /// Which of the venue's margin requirements questions are answered about; `maintenance` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<Requirement>,
    /// Witnesses that must have cosigned the ledger's checkpoint, for an account in a ledger.
    #[serde(default)]
    pub checkpoint_witnesses: u32,
    /// The prover's reference: price sources that the marks must agree with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<PricesDemand>,
    /// Who is answered; nobody else is.
    pub audiences: Vec<AudienceFile>,
    /// Keys that are trusted, each for one role and one time.
    pub keys: Vec<KeyFile>,
}

/// Someone who is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AudienceFile {
    /// The audience, exactly.
    pub audience: String,
    /// Levels it may ask for, in basis points, by the requirement's name (`maintenance` or `initial`), or by a name with
    /// the figure such as `buffer-10=11000`; empty means the whole menu.
    #[serde(default)]
    pub levels: Vec<String>,
    /// Whether it may ask about the cross book alone, where positions can be isolated. Such a claim says whether it is
    /// isolated positions that another claim fails for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cross_alone: bool,
    /// Symbols of settlement assets about whose books it may ask, where each has a book. A claim that names an asset says
    /// something about what is held, so none is answered about unless it is here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settlement_assets: Vec<String>,
    /// Isolated positions, as `SYMBOL:long` or `SYMBOL:short`, about whose book only it may ask. A claim that names a position
    /// says that it is held, so none is answered about unless it is here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_isolated: Vec<String>,
    /// The same of isolated positions that a claim about all other books names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_but_isolated: Vec<String>,
    /// Whether it may be told that the account does not meet a level.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub does_not_meet: bool,
    /// Names of stresses of portfolio accounts that it may ask about. What a scenario would leave says more about what is
    /// held than a requirement, so none is answered about unless it is here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stresses: Vec<String>,
    /// Maximum number of bits about one account that answers to it may add up to. One answer is at most one bit,
    /// and which of several settlement assets or isolated positions is asked about counts too.
    pub max_bits: u32,
}

impl ProverPolicyFile {
    /// Reads a prover's policy without checking it.
    ///
    /// # Errors
    /// [`FileError`] for what is wrong with the file as JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        read::read(FileKind::ProverPolicy, bytes)
    }
}
