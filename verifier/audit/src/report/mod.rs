//! The findings as files: an HTML page for people, JSON for programs, CSV with every exception.

mod html;
mod picture;

pub use html::html;

use crate::findings::{Exception, Findings};
use crate::ingestion::Ingestion;
use crate::run::Build;
use serde::{Deserialize, Serialize};
use std::io::Write;
use zkmargin_model::shown::{shown, shown_json};

/// Exceptions of each kind that the page itself shows; the CSV has all of them.
pub const SHOWN: usize = 25;

/// How the audit was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Name of the audit.
    pub name: String,
    /// SHA-256 of the manifest, hexadecimal.
    pub manifest: String,
    /// Who signed the manifest.
    pub manifest_signers: String,
    /// The audience that proofs are for, per venue.
    pub audiences: Vec<(String, String)>,
    /// The claim that is demanded, per venue.
    pub claims: Vec<(String, String)>,
    /// Entries of the log.
    pub log_size: u64,
    /// Root of the log, hexadecimal.
    pub log_root: String,
    /// Version of the program.
    pub version: String,
    /// Known circuits and their fingerprint.
    pub circuits: String,
    /// The machine: system, architecture, cores.
    pub machine: String,
    /// Worker threads, according to the run itself.
    pub workers: String,
    /// When the run began, UTC, according to the run itself.
    pub started: String,
    /// When the report was made, UTC.
    pub made: String,
    /// Seconds of verification, according to the run itself.
    pub seconds: String,
    /// Number of the log entry that holds the digest of the verdicts.
    pub record: u64,
    /// SHA-256 of the verdicts, hexadecimal.
    pub verdicts: String,
    /// What was judged again for this report.
    pub again: Again,
    /// For a merged run, from how many inputs, and what was judged again at the merge.
    pub merged: Option<(u64, Again)>,
    /// What the receipts of the log say: when files were submitted, and which were refused.
    pub ingestion: Ingestion,
    /// What was not checked.
    pub not_checked: Vec<String>,
    /// Whether the auditor signs the report.
    pub signed: bool,
    /// Envelopes with random proof bytes, as declared by the store's maker, if at all.
    pub declared: String,
    /// Commands to repeat the audit.
    pub commands: Vec<String>,
}

/// Proofs that were judged a second time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// Valid proofs, drawn at random.
    pub sampled: u64,
    /// Others, all of which were judged again.
    pub repeated: u64,
    /// Seed of the sample, hexadecimal.
    pub seed: String,
}

impl Method {
    /// The machine this runs on.
    pub fn machine() -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        format!("{} {}, {cores} cores", std::env::consts::OS, std::env::consts::ARCH)
    }

    /// Fills in this build.
    pub fn of_build(self, build: &Build) -> Self {
        Self { version: build.version.clone(), circuits: build.circuits.clone(), ..self }
    }
}

/// What the audit's proofs show.
pub const SHOWS: [&str; 4] = [
    "Each valid proof shows that an account in the venue's signed ledger of its period (or an account that an attester checked) met the demanded margin level, exactly, under the schedule and marks that its evidence names: whose rules these are, and in which direction a variant of them may err, is stated with each period.",
    "A proof hides what the account holds: instruments, sizes, sides, balances, equity. It shows the pseudonym of the account's holder, and nothing else about the holder.",
    "Every verdict applies the policy in the manifest, which its signer answers for, and relies on evidence that is kept in the store.",
    "The log fixes what was ingested and in which order; the signed checkpoint of the log and an inclusion proof show that a file was part of it.",
];

/// What they do not show.
pub const DOES_NOT_SHOW: [&str; 6] = [
    "Nothing about any moment other than that of each period's marks: withdrawals, fills and transfers after it are not included.",
    "Nothing about other venues, or about accounts that the venue left out of its ledger: a venue vouches for its ledger, and population figures are its own.",
    "That the marks are right: they are the venue's. Where a policy demands it, they were compared with other price sources, and the table says so.",
    "That the assets exist or can be withdrawn: margin accounts are claims on the venue.",
    "Completeness beyond the list of what is due: the manifest's signer answers for the list.",
    "Open orders, unless the venue's schedule counts them as positions.",
];

/// The JSON of a report.
#[derive(Debug, Serialize)]
struct Json<'a> {
    format: &'static str,
    verdict: String,
    findings: &'a Findings,
    first_exceptions: &'a [Exception],
    shows: &'a [&'static str],
    does_not_show: &'a [&'static str],
    method: &'a Method,
}

/// The findings as JSON.
///
/// # Errors
/// None in practice: nothing here fails to serialize.
pub fn json(
    findings: &Findings,
    first: &[Exception],
    method: &Method,
) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&Json {
        format: "zkmargin-report/1",
        verdict: findings.verdict.to_string(),
        findings,
        first_exceptions: first,
        shows: &SHOWS,
        does_not_show: &DOES_NOT_SHOW,
        method,
    })?;
    text.push('\n');
    Ok(shown_json(&text))
}

/// Exceptions as CSV, one per line.
#[derive(Debug)]
pub struct ExceptionList<W: Write>(csv::Writer<W>);

impl<W: Write> ExceptionList<W> {
    /// Begins a list.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(to: W) -> std::io::Result<Self> {
        let mut writer = quoted_writer(to);
        let columns = [
            "kind",
            "venue",
            "registry",
            "epoch",
            "subject",
            "proof",
            "submitter",
            "code",
            "reason",
        ];
        writer.write_record(columns)?;
        Ok(Self(writer))
    }

    /// Adds an exception. Text that a spreadsheet would take for a formula is prefixed with an apostrophe.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&mut self, e: &Exception) -> std::io::Result<()> {
        let epoch = e.epoch.to_string();
        let fields = [
            e.kind.code(),
            &e.venue,
            &e.registry,
            &epoch,
            &e.subject,
            &e.proof,
            &e.submitter,
            &e.code,
            &e.reason,
        ];
        Ok(self.0.write_record(fields.map(plain))?)
    }

    /// Ends the list.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> std::io::Result<W> {
        self.0.into_inner().map_err(|e| e.into_error())
    }
}

/// Every field is quoted, so that anything another reader takes for a separator stays inside.
fn quoted_writer<W: Write>(to: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(to)
}

/// Characters that begin a formula in a spreadsheet, in all widths.
const FORMULA: [char; 12] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫'];

/// Characters that end a cell in some locale or import dialogue. Tabs and line breaks are already escaped.
const SEPARATORS: [char; 4] = [';', ',', '|', '\u{ff1b}'];

/// Text as a cell that no spreadsheet takes for a formula: escaped as everywhere else, and with an apostrophe before
/// anything that could begin one, at the start and after anything that could end a cell.
fn plain(text: &str) -> String {
    let text = shown(text);
    let mut out = String::with_capacity(text.len());
    let mut begins = true;
    for c in text.chars() {
        if begins && FORMULA.contains(&c) {
            out.push('\'');
        }
        begins = SEPARATORS.contains(&c) || (begins && matches!(c, ' ' | '"'));
        out.push(c);
    }
    out
}

/// The periods as CSV, one per line.
///
/// # Errors
/// When it cannot be written.
pub fn periods_csv(findings: &Findings) -> std::io::Result<Vec<u8>> {
    let mut writer = quoted_writer(Vec::new());
    let statuses = crate::Status::ALL.map(crate::Status::code);
    let mut head = vec![
        "venue",
        "registry",
        "epoch",
        "population",
        "ledger_size",
        "due",
        "due_accounts",
        "shown",
        "enrolled",
        "unexpected",
    ];
    head.extend(statuses);
    writer.write_record(&head)?;
    for p in &findings.periods {
        let size = p.ledger_size.map(|size| size.to_string()).unwrap_or_default();
        let (epoch, population) = (p.epoch.to_string(), p.population.to_string());
        let mut row = vec![plain(&p.venue), p.registry.clone(), epoch, population, size];
        let counts = [p.due, p.due_accounts, p.shown, p.enrolled, p.unexpected];
        row.extend(counts.map(|n| n.to_string()));
        row.extend(statuses.map(|s| p.proofs.get(s).unwrap_or(&0).to_string()));
        writer.write_record(&row)?;
    }
    writer.into_inner().map_err(|e| e.into_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            (" \"=1+1", " \"'=1+1"),
            ("a;=1", "a;'=1"),
            ("a, +1 | @x", "a, '+1 | '@x"),
            ("\t=1", "\\u{9}=1"),
            ("a\n=1", "a\\u{a}=1"),
            ("＝1", "'＝1"),
            ("BTC-PERP, 7 - 2", "BTC-PERP, 7 - 2"),
        ] {
            assert_eq!(plain(text), cell);
            assert_eq!(plain(cell), cell);
        }
    }
}
