//! Attestations: someone other than a ledger vouches for one account.

use crate::body::Body;
use crate::lines::{BodyError, Lines};
use zkmargin_model::digest::{RegistryDigest, ScheduleDigest};
use zkmargin_model::element::AccountCommitment;
use zkmargin_params::Role;

const ATTESTATION: &str = "zkmargin/attestation/v1";

/// An attester's statement that it checked the account behind a commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestationNote {
    /// Registry digest: the venue and its numbering.
    pub registry: RegistryDigest,
    /// Digest of the schedule under which the account was read: what its ids mean.
    pub schedule: ScheduleDigest,
    /// The account's commitment.
    pub commitment: AccountCommitment,
    /// State of the account at this time, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// What was checked, in the attester's words, on one line.
    pub checked: String,
}

impl Body for AttestationNote {
    const ROLE: Role = Role::Attester;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        lines.kind(ATTESTATION)?;
        let note = Self {
            registry: lines.digest("registry")?,
            schedule: lines.digest("schedule")?,
            commitment: lines.element("commitment")?.into(),
            time_ms: lines.integer("time-ms")?,
            checked: lines.text("checked")?,
        };
        lines.end()?;
        Ok(note)
    }

    fn to_text(&self) -> String {
        format!(
            "{ATTESTATION}\nregistry {}\nschedule {}\ncommitment {}\ntime-ms {}\nchecked {}\n",
            self.registry, self.schedule, self.commitment, self.time_ms, self.checked,
        )
    }

    fn venue(&self) -> Option<&str> {
        None
    }

    fn time_ms(&self) -> Option<u64> {
        Some(self.time_ms)
    }
}
