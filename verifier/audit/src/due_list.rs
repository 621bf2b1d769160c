//! The list of what is due, as a file: one row for each subject of a period.

use crate::expect_error::ExpectError;
use crate::rules::Rules;
use crate::store::StoreError;
use sha2::{Digest as _, Sha256};
use std::io::Read;
use zkmargin_model::digest::{Digest, RegistryDigest};
use zkmargin_params::wrong_encoding;

/// Columns of the list of what is due.
const COLUMNS: [&str; 5] = ["venue", "registry", "epoch", "subject", "accounts"];

/// Place of the epoch among them.
const EPOCH: usize = 2;

/// The list's first line.
pub(crate) const HEAD: &str = "venue,registry,epoch,subject,accounts\n";

/// What a period's rows of the list have in common, as text.
pub(crate) fn prefix(
    venue: &str,
    registry: &RegistryDigest,
    epoch: u64,
) -> Result<String, StoreError> {
    let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
    line.write_record([venue, &registry.to_string(), &epoch.to_string()])
        .map_err(|_| StoreError::Manifest)?;
    let line = line.into_inner().map_err(|_| StoreError::Manifest)?;
    let line = String::from_utf8(line).map_err(|_| StoreError::Manifest)?;
    Ok(format!("{},", line.trim_end_matches('\n')))
}

/// A row of the list.
pub(crate) struct Row {
    venue: String,
    registry: RegistryDigest,
    epoch: u64,
    pub subject: Digest,
    pub accounts: u64,
}

impl Row {
    /// The only way to write it.
    fn text(&self) -> Result<Vec<u8>, StoreError> {
        let prefix = prefix(&self.venue, &self.registry, self.epoch)?;
        let text = format!("{prefix}{},{}\n", hex::encode(self.subject), self.accounts);
        Ok(text.into_bytes())
    }
}

fn row(record: &csv::StringRecord) -> Result<Row, String> {
    let field = |at: usize| record.get(at).unwrap_or_default();
    let number = |at: usize| {
        let number = field(at).parse::<u64>().ok().filter(|n| n.to_string() == field(at));
        let number = number.filter(|n| (1..=u64::from(u32::MAX)).contains(n) || at == EPOCH);
        number.ok_or_else(|| format!("`{}` is not a number above zero", COLUMNS[at]))
    };
    let digest = |at: usize| {
        let mut digest = [0; 32];
        let lower = !field(at).bytes().any(|b| b.is_ascii_uppercase());
        match hex::decode_to_slice(field(at), &mut digest) {
            Ok(()) if lower => Ok(digest),
            _ => Err(format!("`{}` is not 64 lower-case hexadecimal digits", COLUMNS[at])),
        }
    };
    Ok(Row {
        venue: field(0).to_owned(),
        registry: digest(1)?.into(),
        epoch: number(EPOCH)?,
        subject: digest(3)?,
        accounts: number(4)?,
    })
}

/// A reader that hashes what passes through.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
    carriage_returns: bool,
}

impl<R> Hashing<R> {
    fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new(), carriage_returns: false }
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hash.update(&buffer[..n]);
        self.carriage_returns |= buffer[..n].contains(&b'\r');
        Ok(n)
    }
}

/// Reads a list that was imported earlier: only its digest is checked.
pub(crate) fn has_digest(due: impl Read, stated: &Digest) -> Result<(), ExpectError> {
    let mut hashing = Hashing::new(due);
    std::io::copy(&mut hashing, &mut std::io::sink())
        .map_err(|e| ExpectError::Due { line: 1, message: e.to_string() })?;
    let found = hashing.hash.finalize();
    if found[..] == stated[..] {
        return Ok(());
    }
    let (found, stated) = (hex::encode(found), hex::encode(stated));
    Err(ExpectError::OtherDue { what: "sha256", found, stated })
}

/// Checks a list of what is due against its manifest, exactly as [`Store::expect`](crate::Store::expect) does.
///
/// # Errors
/// [`ExpectError::Due`] and [`ExpectError::OtherDue`].
pub fn check_due(rules: &Rules, due: impl Read) -> Result<(), ExpectError> {
    read_due(rules, due, |_, _| Ok(()))
}

/// Reads a list and compares it with its manifest. Every row is passed on with its period's place.
pub(crate) fn read_due(
    rules: &Rules,
    mut due: impl Read,
    mut take: impl FnMut(usize, &Row) -> Result<(), StoreError>,
) -> Result<(), ExpectError> {
    let bad = |line: u64, message: String| ExpectError::Due { line, message };
    let mut first_bytes = Vec::new();
    let begin = due.by_ref().take(4).read_to_end(&mut first_bytes);
    begin.map_err(|e| bad(1, e.to_string()))?;
    if let Some(message) = wrong_encoding(&first_bytes) {
        return Err(bad(1, format!("the list {message}")));
    }
    let inner = first_bytes.as_slice().chain(due);
    let hashing = Hashing::new(inner);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(hashing);
    let (mut entries, mut accounts) = (0u64, 0u64);
    let mut record = csv::StringRecord::new();
    let mut first = true;
    let mut last: Option<(usize, Digest)> = None;
    let mut canonical = Sha256::new();
    canonical.update(HEAD);
    loop {
        let line = reader.position().line();
        let more = reader.read_record(&mut record).map_err(|e| bad(line, e.to_string()))?;
        if std::mem::take(&mut first) {
            if !more || record.iter().ne(COLUMNS) {
                return Err(bad(1, format!("the columns are {}", COLUMNS.join(","))));
            }
            continue;
        }
        if !more {
            break;
        }
        let row = row(&record).map_err(|message| bad(line, message))?;
        let place = rules.place(&row.venue, &row.registry, row.epoch).ok_or_else(|| {
            let Row { venue, registry, epoch, .. } = &row;
            bad(line, format!("the manifest has no period of {venue} {registry} {epoch}"))
        })?;
        // One order, so that the list can be made again from the tables.
        let this = (place, row.subject);
        if last.is_some_and(|last| last >= this) {
            let message =
                "each subject once, in the manifest's order of periods and then ascending";
            return Err(bad(line, message.to_owned()));
        }
        last = Some(this);
        canonical.update(row.text()?);
        take(place, &row)?;
        entries += 1;
        accounts += row.accounts;
    }
    let stated = &rules.file().due;
    let lines = reader.position().line();
    let hashing = reader.into_inner();
    let carriage_returns = hashing.carriage_returns;
    let sha256 = hex::encode(hashing.hash.finalize());
    for (what, found, stated) in [
        ("entries", entries.to_string(), stated.entries.to_string()),
        ("accounts", accounts.to_string(), stated.accounts.to_string()),
        ("sha256", sha256, stated.sha256.clone()),
    ] {
        if found != stated {
            return Err(ExpectError::OtherDue { what, found, stated });
        }
    }
    if hex::encode(canonical.finalize()) != stated.sha256 {
        let message = if carriage_returns {
            "the lines end in a carriage return and a newline; save the list with newlines only"
        } else {
            "write each line in the standard form: no unnecessary quotes, no blank lines, a newline \
             after the last line"
        };
        return Err(bad(lines, message.to_owned()));
    }
    Ok(())
}
