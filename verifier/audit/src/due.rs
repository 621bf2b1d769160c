//! What is due: a signed manifest in the store, and the parts of it for which no proof has been submitted yet.

use crate::due_list::{HEAD, has_digest, prefix, read_due};
use crate::expect_error::ExpectError;
use crate::kinds::EXPECT;
use crate::own::ExpectRecord;
use crate::rules::Rules;
use crate::store::{FoundManifest, Ingest, ManifestId, ManifestRow, Store, StoreError};
use sha2::{Digest as _, Sha256};
use std::io::Read;
use zkmargin_model::digest::{Digest, RegistryDigest};
use zkmargin_model::envelope::file_digest;
use zkmargin_notes::{KeySet, ManifestNote};

/// Something due for which fewer proofs were submitted than are due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The venue.
    pub venue: String,
    /// Digest of the registry.
    pub registry: RegistryDigest,
    /// The epoch.
    pub epoch: u64,
    /// The pseudonym or commitment.
    pub subject: Digest,
    /// Number of accounts missing.
    pub lacking: u64,
}

/// A manifest in a store.
#[derive(Clone, Debug)]
pub struct Expected {
    pub(crate) id: ManifestId,
    /// The manifest.
    pub rules: Rules,
    /// The manifest's file.
    pub file: Vec<u8>,
    /// The auditor's note.
    pub note: Vec<u8>,
    /// Names and key ids of those who signed it, by the keys given with it. `None` for a manifest imported by an
    /// earlier version, which did not keep the keys.
    pub signers: Option<String>,
}

/// Who signed a manifest's note, by keys trusted at a time.
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

impl Store {
    /// Imports a signed manifest and its list of what is due into the store, with the keys its note is opened with.
    /// Repeating this changes nothing. The auditor's key is looked up at `now_ms`, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`ExpectError`]; in that case nothing was imported.
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
        take(&ingest, &rules, manifest, due, note)?;
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

    /// A manifest by its name, or the only one: as recorded in the log, with those who signed it.
    ///
    /// # Errors
    /// [`ExpectError::Unknown`] when there is none, or several and no name.
    pub fn expected(&self, name: Option<&str>) -> Result<Expected, ExpectError> {
        let ManifestRow { id, file, note, digest } = match self.manifest_row(name)? {
            FoundManifest::One(row) => row,
            FoundManifest::None => {
                return Err(ExpectError::Unknown(match name {
                    Some(name) => format!("the store has no manifest named {name:?}"),
                    None => "the store has no manifest; import one with `audit expect`".to_owned(),
                }));
            }
            FoundManifest::Several => {
                let names: Vec<_> =
                    self.manifests()?.iter().map(|name| format!("{name:?}")).collect();
                return Err(ExpectError::Unknown(format!(
                    "the store has {} manifests, {}; name one with --audit",
                    names.len(),
                    names.join(", ")
                )));
            }
        };
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

    /// Rebuilds the list of what is due from the tables and compares it with its manifest, for every manifest.
    pub(crate) fn check_due(&self) -> Result<(), StoreError> {
        for name in self.manifests()? {
            let expected = self.expected(Some(&name)).map_err(|_| StoreError::Manifest)?;
            self.each_due(&expected, |_, _, _| Ok(()))?;
        }
        // Nothing is due by the tables alone.
        if self.has_stray_periods()? { Err(StoreError::Manifest) } else { Ok(()) }
    }

    /// Passes on every entry that is due, with its period's place and id. The rows must make up the list named by the
    /// manifest.
    fn each_due(
        &self,
        expected: &Expected,
        mut take: impl FnMut(usize, &Digest, u64) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let found = self.period_rows(expected.id)?;
        let mut hash = Sha256::new();
        hash.update(HEAD);
        let (mut entries, mut accounts_due) = (0u64, 0u64);
        let rules = expected.rules.periods();
        if found.len() != rules.len() {
            return Err(StoreError::Manifest);
        }
        for (place, (found, period)) in found.iter().zip(rules).enumerate() {
            if (&found.venue, &found.registry, found.epoch, &found.schedule)
                != (&period.venue, &period.registry, period.epoch, &period.schedule)
            {
                return Err(StoreError::Manifest);
            }
            let prefix = prefix(&found.venue, &found.registry, found.epoch)?;
            let mut subject_hex = [0; 64];
            self.each_due_of(found.id, |subject, accounts| {
                hex::encode_to_slice(subject, &mut subject_hex)
                    .map_err(|_| StoreError::Manifest)?;
                hash.update(&prefix);
                hash.update(subject_hex);
                hash.update(format!(",{accounts}\n"));
                entries += 1;
                accounts_due = accounts_due.saturating_add(accounts);
                take(place, subject, accounts)
            })?;
        }
        let stated = &expected.rules.file().due;
        let same = hash.finalize()[..] == expected.rules.due_sha256()[..]
            && (entries, accounts_due) == (stated.entries, stated.accounts);
        if same { Ok(()) } else { Err(StoreError::Manifest) }
    }

    /// How many due entries lack proofs, and the first of them, in the order of the manifest. They are counted again:
    /// the list must be the manifest's. Whether the proofs present hold, and whether the tables' rows are those of
    /// their files, is a separate question.
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
        let mut at = None;
        // Proofs of the present period from the present subject on, side by side with what is due.
        let mut handed_in: std::iter::Peekable<std::vec::IntoIter<(Digest, Digest)>> =
            Vec::new().into_iter().peekable();
        self.each_due(expected, |place, subject, accounts| {
            let Some(period) = periods.get(place) else { return Err(StoreError::Manifest) };
            if at != Some(place) {
                at = Some(place);
                let found = self.handed_in(period.epoch, &period.schedule)?;
                handed_in = found.into_iter().peekable();
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
                        registry: period.registry,
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

/// Enters a checked manifest and its list into the tables.
fn take(
    ingest: &Ingest<'_>,
    rules: &Rules,
    manifest: &[u8],
    due: impl Read,
    note: &[u8],
) -> Result<(), ExpectError> {
    if ingest.has_manifest(rules.digest())? {
        return has_digest(due, rules.due_sha256());
    }
    let name = &rules.file().name;
    if ingest.has_manifest_named(name)? {
        return Err(ExpectError::NameTaken(name.clone()));
    }
    let id = ingest.add_manifest(name, rules.digest(), manifest, note)?;
    let mut periods = Vec::new();
    for (place, period) in rules.periods().iter().enumerate() {
        periods.push(ingest.add_period(id, place, period)?);
    }
    let mut writer = ingest.due_writer()?;
    read_due(rules, due, |place, row| writer.add(periods[place], &row.subject, row.accounts))
}
