//! Manifests: an auditor says which proofs are due.

use crate::body::Body;
use crate::lines::{BodyError, Lines};
use zkmargin_model::digest::Digest;
use zkmargin_params::Role;

const MANIFEST: &str = "zkmargin/manifest/v1";

/// An auditor's signature over a manifest file, which names the list of who owes proofs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestNote {
    /// Name of the audit.
    pub name: String,
    /// Number of periods.
    pub periods: u64,
    /// Number of entries that are due.
    pub entries: u64,
    /// Number of accounts that are due, over all entries.
    pub accounts: u64,
    /// SHA-256 of the manifest file.
    pub manifest: Digest,
}

impl Body for ManifestNote {
    const ROLE: Role = Role::Auditor;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        lines.kind(MANIFEST)?;
        let note = Self {
            name: lines.name("name")?,
            periods: lines.integer("periods")?,
            entries: lines.integer("entries")?,
            accounts: lines.integer("accounts")?,
            manifest: lines.digest("manifest")?,
        };
        lines.end()?;
        Ok(note)
    }

    fn to_text(&self) -> String {
        format!(
            "{MANIFEST}\nname {}\nperiods {}\nentries {}\naccounts {}\nmanifest {}\n",
            self.name,
            self.periods,
            self.entries,
            self.accounts,
            hex::encode(self.manifest),
        )
    }

    fn venue(&self) -> Option<&str> {
        None
    }

    fn time_ms(&self) -> Option<u64> {
        None
    }
}
