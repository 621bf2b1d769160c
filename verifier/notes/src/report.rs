//! Audit reports: an auditor says which files its report consists of.

use crate::body::Body;
use crate::lines::{BodyError, BodyProblem, Lines};
use zkmargin_model::digest::Digest;
use zkmargin_params::Role;

const REPORT: &str = "zkmargin/report/v1";

/// Maximum number of files in a report.
pub const MAX_REPORT_FILES: usize = 64;

/// An auditor's signature over the files of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportNote {
    /// Name of the audit.
    pub name: String,
    /// When the report was made, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// The verdict in one line.
    pub verdict: String,
    /// Name and SHA-256 of each file, ascending by name.
    pub files: Vec<(String, Digest)>,
}

impl Body for ReportNote {
    const ROLE: Role = Role::Auditor;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        lines.kind(REPORT)?;
        let name = lines.name("name")?;
        let time_ms = lines.integer("time-ms")?;
        let verdict = lines.text("verdict")?;
        let mut files: Vec<(String, Digest)> = Vec::new();
        while lines.is_next("file") {
            let name = lines.text("file")?;
            if files.last().is_some_and(|(last, _)| *last >= name) {
                return Err(lines.error(BodyProblem::Order));
            }
            if files.len() == MAX_REPORT_FILES {
                return Err(lines.error(BodyProblem::Range("more than 64 files")));
            }
            files.push((name, lines.digest("sha256")?));
        }
        lines.end()?;
        Ok(Self { name, time_ms, verdict, files })
    }

    fn to_text(&self) -> String {
        let (name, time, verdict) = (&self.name, self.time_ms, &self.verdict);
        let mut text = format!("{REPORT}\nname {name}\ntime-ms {time}\nverdict {verdict}\n");
        for (name, digest) in &self.files {
            text.push_str(&format!("file {name}\nsha256 {}\n", hex::encode(digest)));
        }
        text
    }

    fn venue(&self) -> Option<&str> {
        None
    }

    fn time_ms(&self) -> Option<u64> {
        Some(self.time_ms)
    }
}
