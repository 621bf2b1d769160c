//! A prover's log of answers in one SQLite file: which accounts there are, and on which side
//! of a level they stood.

use crate::database::{self, DatabaseError, integer, milliseconds};
use crate::kind::Kind;
use rusqlite::{Connection, params};
use std::path::Path;
use zkmargin_answers::{Answer, AnswerLog, Question};

/// A prover's log of answers.
#[derive(Debug)]
pub struct SqliteLog {
    connection: Connection,
}

impl SqliteLog {
    /// Opens a log, or makes one.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self { connection: database::open(path, Kind::AnswerLog)? })
    }
}

impl AnswerLog for SqliteLog {
    type Error = DatabaseError;

    fn about(&mut self, account: &[u8; 32]) -> Result<Vec<Answer>, DatabaseError> {
        let sql =
            "SELECT audience, purpose, epoch, market, snapshot_ms, level_bps, floor, met, at_ms
                   FROM answers WHERE account = ?1 ORDER BY rowid";
        let mut statement = self.connection.prepare(sql)?;
        let rows = statement.query_map(params![account], |row| {
            let times: [i64; 2] = [row.get(4)?, row.get(8)?];
            let question = Question {
                audience: row.get(0)?,
                purpose: row.get(1)?,
                epoch: 0,
                account: *account,
                market: row.get(3)?,
                snapshot_ms: 0,
                level_bps: row.get(5)?,
                floor: row.get(6)?,
            };
            Ok((question, row.get::<_, String>(2)?, times, row.get(7)?))
        })?;
        rows.map(|row| {
            let (mut question, epoch, [snapshot, at], met) = row?;
            question.epoch = epoch.parse().map_err(|_| DatabaseError::Row("period"))?;
            question.snapshot_ms = milliseconds(snapshot)?;
            Ok(Answer { question, met, at_ms: milliseconds(at)? })
        })
        .collect()
    }

    fn write(&mut self, answer: &Answer) -> Result<(), DatabaseError> {
        let q = &answer.question;
        let sql = "INSERT INTO answers VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        self.connection.execute(
            sql,
            params![
                integer(answer.at_ms),
                q.audience,
                q.purpose,
                q.epoch.to_string(),
                q.account,
                q.market,
                integer(q.snapshot_ms),
                q.level_bps,
                q.floor,
                answer.met,
            ],
        )?;
        Ok(())
    }
}
