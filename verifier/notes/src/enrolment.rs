//! Enrolments: a venue says how many margin accounts the holder behind a pseudonym has.

use crate::body::Body;
use crate::lines::{BodyError, BodyProblem, Lines};
use zkmargin_model::digest::{Digest, RegistryDigest};
use zkmargin_model::element::Pseudonym;
use zkmargin_params::Role;

const ENROLMENT: &str = "zkmargin/enrolment/v1";

/// A venue's statement that a pseudonym is a client it knows by name, and that the client has this many margin accounts
/// in the ledger of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentNote {
    /// The venue.
    pub venue: String,
    /// Epoch of the ledger, above zero.
    pub epoch: u64,
    /// Digest of the audience the pseudonym is for.
    pub audience: Digest,
    /// The client's pseudonym for this audience.
    pub pseudonym: Pseudonym,
    /// Number of margin accounts, above zero: no proof could meet a demand for all of zero accounts.
    pub accounts: u64,
    /// Numbering of the ledger that they are in: a venue of linear and of portfolio accounts has a ledger of each in one
    /// epoch, and counts each for itself.
    pub registry: RegistryDigest,
    /// The pseudonym that this one replaces: the client has a new secret, because the old one was
    /// lost, stolen or retired.
    pub replaces: Option<Pseudonym>,
    /// When the venue states this, in milliseconds since 1970-01-01T00:00:00Z. A note without it can have any age.
    pub time_ms: Option<u64>,
}

impl Body for EnrolmentNote {
    const ROLE: Role = Role::Venue;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        lines.kind(ENROLMENT)?;
        let mut note = Self {
            venue: lines.name("venue")?,
            epoch: lines.positive("epoch", "epoch 0 stands for none")?,
            audience: lines.digest("audience")?,
            pseudonym: lines.element("pseudonym")?.into(),
            accounts: lines
                .positive("accounts", "a client without an account cannot be enrolled")?,
            registry: lines.digest("registry")?,
            replaces: None,
            time_ms: None,
        };
        if lines.is_next("replaces") {
            let replaced = lines.element("replaces")?.into();
            if replaced == note.pseudonym {
                return Err(lines.error(BodyProblem::Range("a pseudonym cannot replace itself")));
            }
            note.replaces = Some(replaced);
        }
        if lines.is_next("time-ms") {
            note.time_ms = Some(lines.integer("time-ms")?);
        }
        lines.end()?;
        Ok(note)
    }

    fn to_text(&self) -> String {
        let mut text = format!(
            "{ENROLMENT}\nvenue {}\nepoch {}\naudience {}\npseudonym {}\naccounts {}\nregistry {}\n",
            self.venue,
            self.epoch,
            hex::encode(self.audience),
            self.pseudonym,
            self.accounts,
            self.registry,
        );
        if let Some(replaced) = &self.replaces {
            text.push_str(&format!("replaces {replaced}\n"));
        }
        if let Some(time_ms) = self.time_ms {
            text.push_str(&format!("time-ms {time_ms}\n"));
        }
        text
    }

    fn venue(&self) -> Option<&str> {
        Some(&self.venue)
    }

    fn time_ms(&self) -> Option<u64> {
        self.time_ms
    }
}
