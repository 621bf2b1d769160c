//! A prover's log of answers in one SQLite file: which accounts there are, and on which side
//! of a level they stood.

use rusqlite::{Connection, params};
use std::path::Path;
use zkmargin_answers::{Answer, AnswerLog, Question};
use zkmargin_audit::database::{self, DatabaseError, Kind, integer, milliseconds};

/// `zkma` in the file's header.
const LOG: Kind =
    Kind { name: "a prover's log", application_id: 0x7a6b_6d61, version: 1, tables: TABLE };

const TABLE: &str = "
CREATE TABLE answers (
    at_ms INTEGER NOT NULL,
    audience TEXT NOT NULL,
    purpose TEXT NOT NULL,
    epoch TEXT NOT NULL,
    account BLOB NOT NULL CHECK (length(account) = 32),
    market BLOB NOT NULL CHECK (length(market) = 32),
    snapshot_ms INTEGER NOT NULL,
    level_bps INTEGER NOT NULL,
    floor TEXT NOT NULL,
    met INTEGER NOT NULL CHECK (met IN (0, 1))
) STRICT;
CREATE INDEX answers_about ON answers (account);
CREATE TRIGGER answers_stay BEFORE DELETE ON answers
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER answers_hold BEFORE UPDATE ON answers
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
";

/// The log.
pub struct SqliteLog {
    connection: Connection,
}

impl SqliteLog {
    /// Opens a log, or makes one.
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self { connection: database::open(path, &LOG)? })
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
