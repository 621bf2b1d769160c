//! An auditor's manifest as written in JSON: which proofs are due, and under which policies.

use super::error::{FileError, FileKind};
use super::policy_file::PolicyFile;
use super::read;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an audit needs to be complete. The list of who owes proofs is a separate file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Always `zkmargin-manifest/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-manifest/1")))]
    pub format: String,
    /// Name of the audit.
    pub name: String,
    /// Remark, ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// One policy per venue, or per registry of a venue where it names one: signatures, account, claim, audience, purpose,
    /// price sources, keys. What only a live verifier can demand (a challenge, memory, an age, one epoch or holder) is
    /// not allowed here.
    pub policies: Vec<PolicyFile>,
    /// The periods that are audited.
    pub periods: Vec<PeriodFile>,
    /// The list of who owes proofs.
    pub due: DueFile,
}

/// An epoch of one of a venue's registries: of the accounts of one ledger, or of those attested under one numbering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PeriodFile {
    /// The venue, as its schedules write it.
    pub venue: String,
    /// Digest of the registry, 64 hexadecimal digits: that of the schedule. A venue with linear and portfolio accounts has
    /// one for each.
    pub registry: String,
    /// The epoch, from 1: that of the proofs' context and, for accounts in a ledger, of the ledger.
    pub epoch: u64,
    /// Digest of the schedule in force, 64 hexadecimal digits.
    pub schedule: String,
    /// Earliest time of the marks, UTC, such as `2024-07-27T06:44:38Z`.
    pub marks_from: String,
    /// First time after the latest time of the marks, UTC.
    pub marks_until: String,
    /// Number of margin accounts of the registry, due or not. For accounts in a ledger, it is compared with the size in
    /// the venue's checkpoint.
    pub population: u64,
}

/// The list of who owes proofs: a CSV file with the columns `venue,registry,epoch,subject,accounts`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DueFile {
    /// Number of entries.
    pub entries: u64,
    /// Number of accounts, over all entries.
    pub accounts: u64,
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub sha256: String,
}

impl ManifestFile {
    /// Reads a manifest without checking policies, times or digests.
    ///
    /// # Errors
    /// [`FileError`] for what is wrong with the file as JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        read::read(FileKind::Manifest, bytes)
    }
}
