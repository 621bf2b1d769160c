//! What is not as it should be according to the temporary tables of findings, row by row.

use super::Store;
use super::error::StoreError;
use super::integers::from_row;
use crate::status::Status;
use rusqlite::{Params, Row, params};
use zkmargin_model::digest::Digest;

/// Something due for which valid proofs are missing.
#[derive(Debug)]
pub(crate) struct LackingRow {
    pub venue: String,
    pub registry: Digest,
    pub epoch: u64,
    pub subject: Digest,
    /// Accounts that are due.
    pub accounts: u64,
    /// Accounts shown by valid proofs.
    pub shown: u64,
    /// Proofs that are present but not valid.
    pub others: u64,
}

/// A proof that is an exception.
#[derive(Debug)]
pub(crate) struct ExceptionalProof {
    /// `None` for one that belongs to no period.
    pub venue: Option<String>,
    /// `None` for one that belongs to no period.
    pub registry: Option<Digest>,
    /// `None` for one that could not be read.
    pub epoch: Option<u64>,
    /// `None` for one that could not be read.
    pub subject: Option<Digest>,
    /// Digest of the proof.
    pub proof: Digest,
    pub submitter: String,
    /// Code of the verdict's reason.
    pub code: String,
    /// The verdict's reason.
    pub reason: String,
}

fn lacking(row: &Row<'_>) -> rusqlite::Result<LackingRow> {
    Ok(LackingRow {
        venue: row.get(0)?,
        epoch: from_row(row.get(1)?),
        subject: row.get(2)?,
        accounts: from_row(row.get(3)?),
        shown: from_row(row.get(4)?),
        others: from_row(row.get(5)?),
        registry: row.get(6)?,
    })
}

fn proof(row: &Row<'_>) -> rusqlite::Result<ExceptionalProof> {
    Ok(ExceptionalProof {
        venue: row.get(0)?,
        epoch: row.get::<_, Option<i64>>(1)?.map(from_row),
        subject: row.get(2)?,
        proof: row.get(3)?,
        submitter: row.get(4)?,
        code: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        reason: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
        registry: row.get(7)?,
    })
}

impl Store {
    fn each_row<T, E: From<StoreError>>(
        &self,
        sql: &str,
        with: impl Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut sql = self.connection.prepare(sql).map_err(StoreError::from)?;
        let mut rows = sql.query(with).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            take(read(row).map_err(StoreError::from)?)?;
        }
        Ok(())
    }

    /// Passes on everything for which valid proofs are missing, in manifest order.
    pub(crate) fn each_lacking<E: From<StoreError>>(
        &self,
        take: impl FnMut(LackingRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT p.venue, p.epoch, a.subject, a.accounts, a.shown,
                          (SELECT count(*) FROM judged j WHERE j.period = a.period
                           AND j.subject = a.subject AND j.status NOT IN (?1, ?2)),
                          p.registry
                   FROM answered a JOIN periods p ON p.id = a.period WHERE a.shown < a.accounts
                   ORDER BY p.id, a.subject";
        self.each_row(sql, [Status::Valid.code(), Status::Outside.code()], lacking, take)
    }

    /// Passes on proofs that have a status, in log order.
    pub(crate) fn each_of_status<E: From<StoreError>>(
        &self,
        status: Status,
        take: impl FnMut(ExceptionalProof) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT r.venue, p.epoch, p.subject, e.digest, s.name, v.code, v.reason,
                          r.registry
                   FROM said v JOIN entries e USING (number)
                   JOIN submitters s ON s.id = e.submitter
                   LEFT JOIN proofs p USING (number)
                   LEFT JOIN judged j USING (number) LEFT JOIN periods r ON r.id = j.period
                   WHERE v.status = ?1 ORDER BY number";
        self.each_row(sql, [status.code()], proof, take)
    }

    /// Passes on proofs of a period about subjects not due in it, in log order.
    pub(crate) fn each_unexpected<E: From<StoreError>>(
        &self,
        take: impl FnMut(ExceptionalProof) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT r.venue, r.epoch, j.subject, e.digest, s.name, '', '', r.registry
                   FROM judged j JOIN periods r ON r.id = j.period JOIN entries e USING (number)
                   JOIN submitters s ON s.id = e.submitter
                   WHERE j.status <> ?1 AND NOT EXISTS (
                       SELECT 1 FROM due d WHERE d.period = j.period AND d.subject = j.subject)
                   ORDER BY number";
        self.each_row(sql, [Status::Outside.code()], proof, take)
    }

    /// Passes on each further proof of a statement, in log order. A valid one comes first, so that nobody's good proof
    /// is called a duplicate because of someone else's bad one.
    pub(crate) fn each_duplicate_statement<E: From<StoreError>>(
        &self,
        take: impl FnMut(ExceptionalProof) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT r.venue, r.epoch, j.subject, e.digest, s.name, '', '', r.registry
                   FROM (SELECT number, row_number() OVER (
                                    PARTITION BY statement ORDER BY status <> ?1, number) AS nth
                         FROM judged WHERE period IS NOT NULL AND status <> ?2) n
                   JOIN judged j USING (number) JOIN periods r ON r.id = j.period
                   JOIN entries e USING (number) JOIN submitters s ON s.id = e.submitter
                   WHERE n.nth > 1 ORDER BY number";
        self.each_row(sql, params![Status::Valid.code(), Status::Outside.code()], proof, take)
    }

    /// Passes on the first valid proof of each further statement about one account in a period, in log order.
    pub(crate) fn each_duplicate_account<E: From<StoreError>>(
        &self,
        take: impl FnMut(ExceptionalProof) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT r.venue, r.epoch, j.subject, e.digest, s.name, '', '', r.registry
                   FROM (SELECT number, first, dense_rank() OVER (
                                    PARTITION BY period, holding ORDER BY first) AS nth
                         FROM (SELECT number, period, holding,
                                      min(number) OVER (PARTITION BY statement) AS first
                               FROM judged WHERE period IS NOT NULL AND status = ?1)) n
                   JOIN judged j USING (number) JOIN periods r ON r.id = j.period
                   JOIN entries e USING (number) JOIN submitters s ON s.id = e.submitter
                   WHERE n.nth > 1 AND n.number = n.first ORDER BY number";
        self.each_row(sql, [Status::Valid.code()], proof, take)
    }
}
