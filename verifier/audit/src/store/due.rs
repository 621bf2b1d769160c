//! Imported manifests, their periods, and what is due in each.

use super::Store;
use super::append::Ingest;
use super::error::StoreError;
use super::integers::{from_row, to_row};
use crate::rules::Period;
use rusqlite::{OptionalExtension, Statement, params};
use zkmargin_model::digest::{Digest, RegistryDigest, ScheduleDigest};

/// A manifest's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ManifestId(pub(super) i64);

/// A period's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PeriodId(pub(super) i64);

/// What the tables say about a manifest.
#[derive(Debug)]
pub(crate) struct ManifestRow {
    pub id: ManifestId,
    /// The manifest's file.
    pub file: Vec<u8>,
    /// The auditor's note.
    pub note: Vec<u8>,
    /// SHA-256 of the file.
    pub digest: Digest,
}

/// How many manifests there are with a name, or overall.
#[derive(Debug)]
pub(crate) enum FoundManifest {
    None,
    One(ManifestRow),
    Several,
}

/// What the tables say about a period.
#[derive(Debug)]
pub(crate) struct PeriodRow {
    pub id: PeriodId,
    pub venue: String,
    pub registry: RegistryDigest,
    pub epoch: u64,
    pub schedule: ScheduleDigest,
}

impl Store {
    /// The names of the manifests in the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn manifests(&self) -> Result<Vec<String>, StoreError> {
        let mut sql = self.connection.prepare("SELECT name FROM manifests ORDER BY id")?;
        let rows = sql.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The manifest with a name, or the only one.
    pub(crate) fn manifest_row(&self, name: Option<&str>) -> Result<FoundManifest, StoreError> {
        let sql = "SELECT id, file, note, manifest FROM manifests WHERE ?1 IS NULL OR name = ?1";
        let mut sql = self.connection.prepare(sql)?;
        let mut rows = sql.query([name])?;
        let Some(row) = rows.next()? else { return Ok(FoundManifest::None) };
        let (id, file) = (ManifestId(row.get(0)?), row.get(1)?);
        let found = ManifestRow { id, file, note: row.get(2)?, digest: row.get(3)? };
        match rows.next()? {
            None => Ok(FoundManifest::One(found)),
            Some(_) => Ok(FoundManifest::Several),
        }
    }

    /// Whether there are periods that belong to no manifest.
    pub(crate) fn has_stray_periods(&self) -> Result<bool, StoreError> {
        let strays = "SELECT EXISTS (SELECT 1 FROM periods p LEFT JOIN manifests m
                                     ON m.id = p.manifest WHERE m.id IS NULL)";
        Ok(self.connection.query_row(strays, [], |row| row.get(0))?)
    }

    /// The periods of a manifest, in its order.
    pub(crate) fn period_rows(&self, manifest: ManifestId) -> Result<Vec<PeriodRow>, StoreError> {
        let mut sql = self.connection.prepare_cached(
            "SELECT id, venue, epoch, schedule, registry FROM periods
             WHERE manifest = ?1 ORDER BY place",
        )?;
        let rows = sql.query_map([manifest.0], |row| {
            let (id, epoch) = (PeriodId(row.get(0)?), from_row(row.get(2)?));
            Ok(PeriodRow {
                id,
                venue: row.get(1)?,
                epoch,
                schedule: row.get::<_, Digest>(3)?.into(),
                registry: row.get::<_, Digest>(4)?.into(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Passes on what is due in a period: subjects, ascending, with their numbers of accounts.
    pub(crate) fn each_due_of(
        &self,
        period: PeriodId,
        mut take: impl FnMut(&Digest, u64) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut sql = self.connection.prepare_cached(
            "SELECT subject, accounts FROM due WHERE period = ?1 ORDER BY subject",
        )?;
        let mut rows = sql.query([period.0])?;
        while let Some(row) = rows.next()? {
            take(&row.get(0)?, from_row(row.get(1)?))?;
        }
        Ok(())
    }

    /// Subjects that proofs of an epoch and a schedule are about, each with which of its accounts, ascending.
    pub(crate) fn handed_in(
        &self,
        epoch: u64,
        schedule: &ScheduleDigest,
    ) -> Result<Vec<(Digest, Digest)>, StoreError> {
        let sql = "SELECT subject, holding FROM proofs WHERE epoch = ?1 AND schedule = ?2
                   ORDER BY subject, holding";
        let mut sql = self.connection.prepare_cached(sql)?;
        let rows = sql.query_map(params![to_row(epoch), schedule.bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Adds rows of what is due.
pub(crate) struct DueWriter<'a>(Statement<'a>);

impl DueWriter<'_> {
    pub fn add(
        &mut self,
        period: PeriodId,
        subject: &Digest,
        accounts: u64,
    ) -> Result<(), StoreError> {
        self.0.execute(params![period.0, subject, to_row(accounts)])?;
        Ok(())
    }
}

impl Ingest<'_> {
    /// Whether the manifest with a digest exists.
    pub(crate) fn has_manifest(&self, digest: &Digest) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM manifests WHERE manifest = ?1";
        Ok(self.transaction.prepare(sql)?.exists([digest])?)
    }

    /// Whether a manifest with a name exists.
    pub(crate) fn has_manifest_named(&self, name: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM manifests WHERE name = ?1";
        Ok(self.transaction.query_row(sql, [name], |_| Ok(())).optional()?.is_some())
    }

    pub(crate) fn add_manifest(
        &self,
        name: &str,
        digest: &Digest,
        file: &[u8],
        note: &[u8],
    ) -> Result<ManifestId, StoreError> {
        self.transaction.execute(
            "INSERT INTO manifests (name, manifest, file, note) VALUES (?1, ?2, ?3, ?4)",
            params![name, digest, file, note],
        )?;
        Ok(ManifestId(self.transaction.last_insert_rowid()))
    }

    pub(crate) fn add_period(
        &self,
        manifest: ManifestId,
        place: usize,
        period: &Period,
    ) -> Result<PeriodId, StoreError> {
        let Period { venue, registry, epoch, schedule, .. } = period;
        let (epoch, place) = (to_row(*epoch), place as i64);
        self.transaction.execute(
            "INSERT INTO periods (manifest, place, venue, registry, epoch, schedule)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![manifest.0, place, venue, registry.bytes(), epoch, schedule.bytes()],
        )?;
        Ok(PeriodId(self.transaction.last_insert_rowid()))
    }

    pub(crate) fn due_writer(&self) -> Result<DueWriter<'_>, StoreError> {
        Ok(DueWriter(self.transaction.prepare("INSERT INTO due VALUES (?1, ?2, ?3)")?))
    }
}
