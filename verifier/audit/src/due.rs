//! What is due: a signed manifest in the store, and which of it no proof was handed in for yet.

use crate::own::{EXPECT, ExpectRecord};
use crate::rules::Rules;
use crate::store::{Store, StoreError, from_row, to_row};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest as _, Sha256};
use std::io::Read;
use zkmargin_model::digest::Digest;
use zkmargin_model::envelope::file_digest;
use zkmargin_model::shown::shown;
use zkmargin_notes::{KeySet, ManifestNote, OpenError};
use zkmargin_params::{FileError, wrong_encoding};

/// Columns of the list of what is due.
const COLUMNS: [&str; 4] = ["venue", "epoch", "subject", "accounts"];

/// The list's first line.
const HEAD: &str = "venue,epoch,subject,accounts\n";

/// Why a manifest is not taken into a store.
#[derive(Debug, thiserror::Error)]
pub enum ExpectError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The manifest's file.
    #[error("manifest {}: {}", shown(&.0.pointer), .0.message)]
    Manifest(FileError),
    /// The auditor's note.
    #[error("manifest note: {0}")]
    Note(OpenError),
    /// The set of keys.
    #[error("keys {}: {}", .0.pointer, .0.message)]
    Keys(FileError),
    /// The note is over another file.
    #[error("the note is over another manifest: its line `{0}` differs")]
    OtherManifest(&'static str),
    /// The list cannot be read.
    #[error("list of what is due, line {line}: {message}")]
    Due {
        /// Where, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// The list is another one than the manifest names.
    #[error("the list of what is due has {what} {found}; the manifest says {stated}")]
    OtherDue {
        /// `entries`, `accounts` or `sha256`.
        what: &'static str,
        /// In the list.
        found: String,
        /// In the manifest.
        stated: String,
    },
    /// Another manifest has this name.
    #[error("the store has another manifest named {0:?}")]
    NameTaken(String),
    /// No manifest of this name.
    #[error("{}", shown(.0))]
    Unknown(String),
}

impl From<rusqlite::Error> for ExpectError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Something that is due and that fewer proofs than due were handed in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The venue.
    pub venue: String,
    /// The epoch.
    pub epoch: u64,
    /// The pseudonym or commitment.
    pub subject: Digest,
    /// Accounts that are lacking.
    pub lacking: u64,
}

/// A manifest in a store.
#[derive(Clone, Debug)]
pub struct Expected {
    pub(crate) id: i64,
    /// The manifest.
    pub rules: Rules,
    /// The manifest's file.
    pub file: Vec<u8>,
    /// The auditor's note.
    pub note: Vec<u8>,
    /// Names and key ids of those who signed it, by the keys that were given with it. None for a manifest
    /// that an earlier version took in, which did not keep the keys.
    pub signers: Option<String>,
}

/// Who signed a manifest's note, by keys that are trusted at a time.
fn signers(rules: &Rules, note: &[u8], keys: &KeySet, at_ms: u64) -> Result<String, ExpectError> {
    let opened = keys.open::<ManifestNote>(note, at_ms).map_err(ExpectError::Note)?;
    let (found, made) = (opened.body(), rules.note());
    for (line, same) in [
        ("manifest", found.manifest == made.manifest),
        ("name", found.name == made.name),
        ("periods", found.periods == made.periods),
        ("entries", found.entries == made.entries),
        ("accounts", found.accounts == made.accounts),
    ] {
        if !same {
            return Err(ExpectError::OtherManifest(line));
        }
    }
    let signers: Vec<_> =
        opened.signers().iter().map(|s| format!("{} ({})", s.name, s.id)).collect();
    Ok(signers.join(", "))
}

/// A period's rows of the list, as text: what they have in common.
fn prefix(venue: &str, epoch: u64) -> Result<String, StoreError> {
    let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
    line.write_record([venue, &epoch.to_string()]).map_err(|_| StoreError::Manifest)?;
    let line = line.into_inner().map_err(|_| StoreError::Manifest)?;
    let line = String::from_utf8(line).map_err(|_| StoreError::Manifest)?;
    Ok(format!("{},", line.trim_end_matches('\n')))
}

/// A row of the list.
struct Row {
    venue: String,
    epoch: u64,
    subject: Digest,
    accounts: u64,
}

impl Row {
    /// The one way to write it.
    fn text(&self) -> Result<Vec<u8>, StoreError> {
        let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
        let (epoch, accounts) = (self.epoch.to_string(), self.accounts.to_string());
        line.write_record([&*self.venue, &epoch, &hex::encode(self.subject), &accounts])
            .map_err(|_| StoreError::Manifest)?;
        line.into_inner().map_err(|_| StoreError::Manifest)
    }
}

fn row(record: &csv::StringRecord) -> Result<Row, String> {
    let field = |at: usize| record.get(at).unwrap_or_default();
    let number = |at: usize| {
        let number = field(at).parse::<u64>().ok().filter(|n| n.to_string() == field(at));
        let number = number.filter(|n| (1..=u64::from(u32::MAX)).contains(n) || at == 1);
        number.ok_or_else(|| format!("`{}` is not a number above zero", COLUMNS[at]))
    };
    let mut subject = [0; 32];
    let lower = !field(2).bytes().any(|b| b.is_ascii_uppercase());
    if !lower || hex::decode_to_slice(field(2), &mut subject).is_err() {
        return Err("`subject` is not 64 lower-case hexadecimal digits".to_owned());
    }
    Ok(Row { venue: field(0).to_owned(), epoch: number(1)?, subject, accounts: number(3)? })
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

impl Store {
    /// Takes a signed manifest and its list of what is due into the store, with the keys that its note is
    /// opened by. Doing it again changes nothing. The auditor's key is looked up at `now_ms`, in
    /// milliseconds since 1970.
    ///
    /// # Errors
    /// [`ExpectError`]; nothing was taken in then.
    pub fn expect(
        &mut self,
        manifest: &[u8],
        due: impl Read,
        note: &[u8],
        keys: &[u8],
        now_ms: u64,
    ) -> Result<Expected, ExpectError> {
        let rules = Rules::from_json(manifest).map_err(ExpectError::Manifest)?;
        let set = KeySet::from_json(keys).map_err(ExpectError::Keys)?;
        signers(&rules, note, &set, now_ms)?;
        let records = self.expect_records()?;
        let sha256 = |bytes: &[u8]| -> Digest { Sha256::digest(bytes).into() };
        // All of it in one transaction: the log has the manifest with its note and the keys, so that its
        // root says what was due and by whose word.
        let mut ingest = self.ingest("manifest", now_ms)?;
        take(ingest.connection(), &rules, manifest, due, note)?;
        let name = rules.file().name.clone();
        if !records.iter().any(|r| r.name == name && r.manifest.1 == *rules.digest()) {
            let mut entry = |bytes: &[u8]| -> Result<(u64, Digest), ExpectError> {
                let number = ingest.number_of(bytes)?.ok_or(StoreError::Manifest)?;
                Ok((number, sha256(bytes)))
            };
            let (manifest, note, keys) = (entry(manifest)?, entry(note)?, entry(keys)?);
            let (number, time_ms) = (ingest.next(), ingest.time_ms());
            let due = *rules.due_sha256();
            let record = ExpectRecord { number, time_ms, name, manifest, note, keys, due };
            ingest.append_own(EXPECT, &record.text())?;
        }
        ingest.commit()?;
        self.expected(Some(&rules.file().name))
    }

    /// The names of the manifests in the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn manifests(&self) -> Result<Vec<String>, StoreError> {
        let mut sql = self.connection.prepare("SELECT name FROM manifests ORDER BY id")?;
        let rows = sql.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A manifest by its name, or the only one: as the log has it, with those who signed it.
    ///
    /// # Errors
    /// [`ExpectError::Unknown`] when there is none, or several and no name.
    pub fn expected(&self, name: Option<&str>) -> Result<Expected, ExpectError> {
        let sql = "SELECT id, file, note, manifest FROM manifests WHERE ?1 IS NULL OR name = ?1";
        let mut sql = self.connection.prepare(sql)?;
        let mut rows = sql.query([name])?;
        let none = || match name {
            Some(name) => format!("the store has no manifest named {name:?}"),
            None => "the store has no manifest; take one in with `audit expect`".to_owned(),
        };
        let row = rows.next()?.ok_or_else(|| ExpectError::Unknown(none()))?;
        let (id, file): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let (note, digest): (Vec<u8>, Digest) = (row.get(2)?, row.get(3)?);
        if rows.next()?.is_some() {
            drop(rows);
            let names: Vec<_> = self.manifests()?.iter().map(|name| format!("{name:?}")).collect();
            let text = format!(
                "the store has {} manifests, {}; name one with --audit",
                names.len(),
                names.join(", ")
            );
            return Err(ExpectError::Unknown(text));
        }
        let rules = Rules::from_json(&file).map_err(ExpectError::Manifest)?;
        // The log has it too: a table that was changed is noticed.
        let logged = self.find(&file_digest(&file))?;
        let entry = logged.ok_or(StoreError::Manifest)?;
        if self.entry(entry)?.bytes != file || digest != *rules.digest() {
            return Err(StoreError::Manifest.into());
        }
        let records = self.expect_records()?;
        let mut of_name = records.iter().filter(|r| r.name == rules.file().name);
        let Some(record) = of_name.next() else {
            return Ok(Expected { id, rules, file, note, signers: None });
        };
        if record.manifest != (entry, *rules.digest()) || record.due != *rules.due_sha256() {
            return Err(StoreError::Manifest.into());
        }
        let note = self.entry(record.note.0)?.bytes;
        let keys = KeySet::from_json(&self.entry(record.keys.0)?.bytes);
        let keys = keys.map_err(|_| StoreError::Manifest)?;
        let signers = signers(&rules, &note, &keys, record.time_ms)?;
        Ok(Expected { id, rules, file, note, signers: Some(signers) })
    }

    /// Makes the list of what is due again from the tables and compares it with its manifest, for every
    /// manifest.
    pub(crate) fn check_due(&self) -> Result<(), StoreError> {
        for name in self.manifests()? {
            let expected = self.expected(Some(&name)).map_err(|_| StoreError::Manifest)?;
            self.each_due(&expected, |_, _, _| Ok(()))?;
        }
        // Nothing is due by the tables alone.
        let strays = "SELECT EXISTS (SELECT 1 FROM periods p LEFT JOIN manifests m
                                     ON m.id = p.manifest WHERE m.id IS NULL)";
        let strays: bool = self.connection.query_row(strays, [], |row| row.get(0))?;
        if strays { Err(StoreError::Manifest) } else { Ok(()) }
    }

    /// Hands over every entry that is due, with its period's place and id. The rows must make up the list
    /// that the manifest names.
    fn each_due(
        &self,
        expected: &Expected,
        mut take: impl FnMut(usize, &Digest, u64) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut periods = self.connection.prepare_cached(
            "SELECT id, venue, epoch, schedule FROM periods WHERE manifest = ?1 ORDER BY place",
        )?;
        let found = periods.query_map([expected.id], |row| {
            let id: i64 = row.get(0)?;
            Ok((id, row.get::<_, String>(1)?, from_row(row.get(2)?), row.get::<_, Digest>(3)?))
        })?;
        let found = found.collect::<Result<Vec<_>, _>>()?;
        let mut due = self.connection.prepare_cached(
            "SELECT subject, accounts FROM due WHERE period = ?1 ORDER BY subject",
        )?;
        let mut hash = Sha256::new();
        hash.update(HEAD);
        let (mut entries, mut accounts_due) = (0u64, 0u64);
        let rules = expected.rules.periods();
        if found.len() != rules.len() {
            return Err(StoreError::Manifest);
        }
        for (place, ((id, venue, epoch, schedule), period)) in found.iter().zip(rules).enumerate() {
            if (venue, *epoch, schedule) != (&period.venue, period.epoch, &period.schedule) {
                return Err(StoreError::Manifest);
            }
            let prefix = prefix(venue, *epoch)?;
            let mut subject_hex = [0; 64];
            let mut rows = due.query([id])?;
            while let Some(row) = rows.next()? {
                let subject: Digest = row.get(0)?;
                let accounts = from_row(row.get(1)?);
                hex::encode_to_slice(subject, &mut subject_hex)
                    .map_err(|_| StoreError::Manifest)?;
                hash.update(&prefix);
                hash.update(subject_hex);
                hash.update(format!(",{accounts}\n"));
                entries += 1;
                accounts_due = accounts_due.saturating_add(accounts);
                take(place, &subject, accounts)?;
            }
        }
        let stated = &expected.rules.file().due;
        let same = hash.finalize()[..] == expected.rules.due_sha256()[..]
            && (entries, accounts_due) == (stated.entries, stated.accounts);
        if same { Ok(()) } else { Err(StoreError::Manifest) }
    }

    /// How many due entries lack proofs, and the first of them, in the order of the manifest. Counted
    /// anew: the list must be the manifest's. Whether the proofs that are there hold, and whether the
    /// tables' rows are those of their files, is another question.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn missing(
        &self,
        expected: &Expected,
        most: u64,
    ) -> Result<(u64, Vec<Missing>), StoreError> {
        let (mut count, mut first) = (0, Vec::new());
        let periods = expected.rules.periods();
        let sql = "SELECT subject, holding FROM proofs WHERE epoch = ?1 AND schedule = ?2
                   ORDER BY subject, holding";
        let mut sql = self.connection.prepare(sql)?;
        let mut at = None;
        // Proofs of the present period from the present subject on, side by side with what is due.
        let mut handed_in: std::iter::Peekable<std::vec::IntoIter<(Digest, Digest)>> =
            Vec::new().into_iter().peekable();
        self.each_due(expected, |place, subject, accounts| {
            let Some(period) = periods.get(place) else { return Err(StoreError::Manifest) };
            if at != Some(place) {
                at = Some(place);
                let rows = sql
                    .query_map(params![to_row(period.epoch), period.schedule], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?;
                handed_in = rows.collect::<Result<Vec<_>, _>>()?.into_iter().peekable();
            }
            while handed_in.next_if(|(of, _)| of < subject).is_some() {}
            let (mut shown, mut last) = (0, None);
            while let Some((_, holding)) = handed_in.next_if(|(of, _)| of == subject) {
                shown += u64::from(last != Some(holding));
                last = Some(holding);
            }
            if shown < accounts {
                count += 1;
                if (first.len() as u64) < most {
                    first.push(Missing {
                        venue: period.venue.clone(),
                        epoch: period.epoch,
                        subject: *subject,
                        lacking: accounts - shown,
                    });
                }
            }
            Ok(())
        })?;
        Ok((count, first))
    }
}

/// Checks a list of what is due against its manifest, exactly as [`Store::expect`] does.
///
/// # Errors
/// [`ExpectError::Due`] and [`ExpectError::OtherDue`].
pub fn check_due(rules: &Rules, due: impl Read) -> Result<(), ExpectError> {
    read_due(rules, due, |_, _| Ok(()))
}

/// Takes a checked manifest and its list into the tables.
fn take(
    connection: &Connection,
    rules: &Rules,
    manifest: &[u8],
    due: impl Read,
    note: &[u8],
) -> Result<(), ExpectError> {
    let known = "SELECT id FROM manifests WHERE manifest = ?1";
    let known = connection.prepare(known)?.exists([rules.digest()])?;
    if known {
        let mut hashing = Hashing::new(due);
        std::io::copy(&mut hashing, &mut std::io::sink())
            .map_err(|e| ExpectError::Due { line: 1, message: e.to_string() })?;
        let (found, stated) = (hashing.hash.finalize(), rules.due_sha256());
        if found[..] != stated[..] {
            let (found, stated) = (hex::encode(found), hex::encode(stated));
            return Err(ExpectError::OtherDue { what: "sha256", found, stated });
        }
        return Ok(());
    }
    let name = &rules.file().name;
    let taken = "SELECT 1 FROM manifests WHERE name = ?1";
    if connection.query_row(taken, [name], |_| Ok(())).optional()?.is_some() {
        return Err(ExpectError::NameTaken(name.clone()));
    }
    connection.execute(
        "INSERT INTO manifests (name, manifest, file, note) VALUES (?1, ?2, ?3, ?4)",
        params![name, rules.digest(), manifest, note],
    )?;
    let id = connection.last_insert_rowid();
    let mut periods = Vec::new();
    for (place, period) in rules.periods().iter().enumerate() {
        connection.execute(
            "INSERT INTO periods (manifest, place, venue, epoch, schedule)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, place as i64, period.venue, to_row(period.epoch), period.schedule],
        )?;
        periods.push(connection.last_insert_rowid());
    }
    let mut insert = connection.prepare("INSERT INTO due VALUES (?1, ?2, ?3)")?;
    read_due(rules, due, |place, row| {
        insert.execute(params![periods[place], row.subject, to_row(row.accounts)])?;
        Ok(())
    })
}

fn read_due(
    rules: &Rules,
    mut due: impl Read,
    mut take: impl FnMut(usize, &Row) -> rusqlite::Result<()>,
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
        let place = rules.place(&row.venue, row.epoch).ok_or_else(|| {
            bad(line, format!("the manifest has no period of {} {}", row.venue, row.epoch))
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
            "write each line in one way: no quotes that are not needed, no blank lines, a newline \
             after the last line"
        };
        return Err(bad(lines, message.to_owned()));
    }
    Ok(())
}
