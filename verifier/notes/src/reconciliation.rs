//! Comparisons of margin figures: one side says which comparison it made and stands by.

use crate::body::Body;
use crate::lines::{BodyError, Lines};
use zkmargin_model::digest::Digest;
use zkmargin_params::Role;

const RECONCILIATION: &str = "zkmargin/reconciliation/v1";

/// A signature over a report of `zkmargin reconcile`, by the holder's side or the venue's. Both can sign one note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconciliationNote {
    /// What the comparison is of, in the signer's words, on one line.
    pub name: String,
    /// When it was made, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// How many figures are equal, explained and not, in one line.
    pub result: String,
    /// SHA-256 of the report.
    pub report: Digest,
}

impl Body for ReconciliationNote {
    const ROLE: Role = Role::Attester;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        lines.kind(RECONCILIATION)?;
        let note = Self {
            name: lines.text("name")?,
            time_ms: lines.integer("time-ms")?,
            result: lines.text("result")?,
            report: lines.digest("report")?,
        };
        lines.end()?;
        Ok(note)
    }

    fn to_text(&self) -> String {
        let (name, time, result) = (&self.name, self.time_ms, &self.result);
        let report = hex::encode(self.report);
        format!("{RECONCILIATION}\nname {name}\ntime-ms {time}\nresult {result}\nreport {report}\n")
    }

    fn venue(&self) -> Option<&str> {
        None
    }

    fn time_ms(&self) -> Option<u64> {
        Some(self.time_ms)
    }
}
