//! A prover's log of answers in one SQLite file: which accounts exist, and on which side of a level they stood.

use crate::database::{self, DatabaseError, integer, milliseconds};
use crate::kind::Kind;
use rusqlite::{Connection, TransactionBehavior, params};
use std::num::{NonZeroU16, NonZeroU64};
use std::path::Path;
use zkmargin_answers::{Answer, AnswerLog, Outcome, Question, Reservation, Reserved};
use zkmargin_model::context::zero_for_none;
use zkmargin_model::digest::Digest;
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::PositionName;

/// A prover's log of answers.
#[derive(Debug)]
pub struct SqliteLog {
    connection: Connection,
}

impl SqliteLog {
    /// Opens a log, creating it if necessary.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self { connection: database::open(path, Kind::AnswerLog)? })
    }
}

fn about(connection: &Connection, account: &[u8; 32]) -> Result<Vec<Answer>, DatabaseError> {
    let sql = "SELECT audience, purpose, epoch, market, snapshot_ms, level_bps, floor,
                      questions.at_ms, outcome, settlement_asset, cross_alone, measure, does_not_meet,
                      only_isolated, all_but_isolated
               FROM questions LEFT JOIN outcomes ON question = entry
               WHERE account = ?1 ORDER BY entry";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map(params![account], |row| {
        let times: [i64; 2] = [row.get(4)?, row.get(7)?];
        let question = Question {
            audience: row.get(0)?,
            purpose: row.get(1)?,
            epoch: None,
            account: *account,
            market: row.get::<_, Digest>(3)?.into(),
            snapshot_ms: 0,
            settlement_asset: NonZeroU16::new(row.get(9)?),
            cross_alone: row.get(10)?,
            only_isolated: PositionName::of_key(row.get(13)?),
            all_but_isolated: PositionName::of_key(row.get(14)?),
            measure: None,
            level_bps: row.get(5)?,
            floor: row.get(6)?,
            does_not_meet: row.get(12)?,
        };
        let texts: [String; 2] = [row.get(2)?, row.get(11)?];
        Ok((question, texts, times, row.get::<_, Option<String>>(8)?))
    })?;
    rows.map(|row| {
        let (mut question, [epoch, measure], [snapshot, at], outcome) = row?;
        if !measure.is_empty() {
            let measure = Measure::parse(&measure);
            question.measure = Some(measure.map_err(|_| DatabaseError::Row("measure"))?);
        }
        let epoch = epoch.parse().map_err(|_| DatabaseError::Row("period"))?;
        question.epoch = NonZeroU64::new(epoch);
        question.snapshot_ms = milliseconds(snapshot)?;
        let named = |name: String| {
            let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.name() == name);
            outcome.ok_or(DatabaseError::Row("outcome"))
        };
        Ok(Answer { question, outcome: outcome.map(named).transpose()?, at_ms: milliseconds(at)? })
    })
    .collect()
}

impl AnswerLog for SqliteLog {
    type Error = DatabaseError;

    fn about(&mut self, account: &[u8; 32]) -> Result<Vec<Answer>, DatabaseError> {
        about(&self.connection, account)
    }

    fn reserve<T, R>(
        &mut self,
        question: &Question,
        at_ms: u64,
        decide: impl FnOnce(&[Answer]) -> Result<T, R>,
    ) -> Result<Reserved<T, R>, DatabaseError> {
        // Whoever else asks waits here, and then counts this question.
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answers = about(&transaction, &question.account)?;
        let decided = match decide(&answers) {
            Ok(decided) => decided,
            Err(refused) => return Ok(Err(refused)),
        };
        let q = question;
        transaction.execute(
            "INSERT INTO questions (at_ms, audience, purpose, epoch, account, market, snapshot_ms, level_bps, floor, settlement_asset, cross_alone, measure, does_not_meet, only_isolated, all_but_isolated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
            params![
                integer(at_ms),
                q.audience,
                q.purpose,
                zero_for_none(q.epoch).to_string(),
                q.account,
                q.market.bytes(),
                integer(q.snapshot_ms),
                q.level_bps,
                q.floor,
                q.settlement_asset.map_or(0, NonZeroU16::get),
                q.cross_alone,
                q.measure.as_ref().map_or_else(String::new, Measure::to_string),
                q.does_not_meet,
                q.only_isolated.map_or(0, PositionName::key),
                q.all_but_isolated.map_or(0, PositionName::key),
            ],
        )?;
        let place = Reservation::new(transaction.last_insert_rowid());
        transaction.commit()?;
        Ok(Ok((place, decided)))
    }

    fn conclude(
        &mut self,
        reservation: Reservation,
        outcome: Outcome,
        at_ms: u64,
    ) -> Result<(), DatabaseError> {
        self.connection.execute(
            "INSERT INTO outcomes VALUES (?1, ?2, ?3)",
            params![reservation.entry(), integer(at_ms), outcome.name()],
        )?;
        Ok(())
    }
}
