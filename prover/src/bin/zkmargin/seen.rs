//! A verifier's memory in one SQLite file.
//!
//! Every acceptance is one immediate transaction: it takes the write lock before it looks, so of two
//! processes that race one sees the other's rows. The write-ahead log is synced at every commit.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::path::Path;
use std::time::Duration;
use zkmargin_model::context::Context;
use zkmargin_model::files::Challenge;
use zkmargin_notes::{Body, LedgerCheckpoint, SnapshotNote};
use zkmargin_policy::{Issued, Replay, SeenStore, Use, check_use};

/// `zkms`, so that another program's database is not taken for one of these.
const APPLICATION_ID: i32 = 0x7a6b_6d73;

/// Changes with the tables.
const VERSION: i32 = 1;

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE challenges (
    nonce BLOB PRIMARY KEY CHECK (length(nonce) = 32),
    audience TEXT NOT NULL,
    purpose TEXT NOT NULL,
    epoch TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    answered_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE nullifiers (
    scope BLOB NOT NULL CHECK (length(scope) = 32),
    nullifier BLOB NOT NULL CHECK (length(nullifier) = 32),
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, nullifier)
) STRICT, WITHOUT ROWID;
CREATE TABLE series (
    kind TEXT NOT NULL,
    venue TEXT NOT NULL,
    last TEXT NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, venue)
) STRICT, WITHOUT ROWID;
";

/// Why a memory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SeenError {
    /// From SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A database of another program or version.
    #[error("the file is not a verifier's memory of this version")]
    Foreign,
    /// A row that this program did not write.
    #[error("the memory holds a {0} that cannot be read")]
    Row(&'static str),
}

/// The memory.
pub struct SqliteStore {
    connection: Connection,
}

impl SqliteStore {
    /// Opens a memory, or makes one.
    pub fn open(path: &Path) -> Result<Self, SeenError> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let pragma = |name: &str| transaction.pragma_query_value(None, name, |row| row.get(0));
        let (id, version): (i32, i32) = (pragma("application_id")?, pragma("user_version")?);
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        } else if (id, version) != (APPLICATION_ID, VERSION) {
            return Err(SeenError::Foreign);
        }
        transaction.commit()?;
        Ok(Self { connection })
    }

    fn transaction(&mut self) -> Result<Transaction<'_>, SeenError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

/// Milliseconds as SQLite's integers have room for.
fn integer(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

fn issued(connection: &Connection, nonce: &[u8; 32]) -> Result<Option<Issued>, SeenError> {
    let sql = "SELECT audience, purpose, epoch, time_ms, expires_ms, answered_ms IS NOT NULL
               FROM challenges WHERE nonce = ?1";
    let row = connection.query_row(sql, params![nonce], |row| {
        let texts: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
        Ok((texts, row.get::<_, i64>(3)?, row.get::<_, i64>(4)?, row.get(5)?))
    });
    let Some(([audience, purpose, epoch], time, expires, answered)) = row.optional()? else {
        return Ok(None);
    };
    let milliseconds = |value: i64| u64::try_from(value).map_err(|_| SeenError::Row("time"));
    let epoch = epoch.parse().map_err(|_| SeenError::Row("period"))?;
    let context = Context::new(audience, purpose, Some(*nonce), epoch);
    let context = context.map_err(|_| SeenError::Row("context"))?;
    let context = context.expiring(milliseconds(expires)?);
    let challenge = Challenge::new(context, milliseconds(time)?);
    let challenge = challenge.ok_or(SeenError::Row("challenge"))?;
    Ok(Some(Issued { challenge, answered }))
}

fn is_seen(connection: &Connection, used: &Use, nullifier: &[u8; 32]) -> Result<bool, SeenError> {
    let sql = "SELECT 1 FROM nullifiers WHERE scope = ?1 AND nullifier = ?2";
    let row = connection.query_row(sql, params![used.scope, nullifier], |_| Ok(()));
    Ok(row.optional()?.is_some())
}

fn last<T: Body>(
    connection: &Connection,
    kind: &'static str,
    note: Option<&T>,
) -> Result<Option<T>, SeenError> {
    let Some(venue) = note.and_then(Body::venue) else { return Ok(None) };
    let sql = "SELECT last FROM series WHERE kind = ?1 AND venue = ?2";
    let row: Option<String> =
        connection.query_row(sql, params![kind, venue], |row| row.get(0)).optional()?;
    row.map(|text| T::parse(&text).map_err(|_| SeenError::Row(kind))).transpose()
}

fn look(connection: &Connection, used: &Use) -> Result<Result<(), Replay>, SeenError> {
    let answered = match &used.nonce {
        Some(nonce) => issued(connection, nonce)?.map(|issued| issued.answered),
        None => None,
    };
    let mut seen = Vec::new();
    for nullifier in &used.nullifiers {
        if is_seen(connection, used, nullifier)? {
            seen.push(*nullifier);
        }
    }
    let snapshot = last::<SnapshotNote>(connection, "snapshot", used.snapshot.as_ref())?;
    let checkpoint = last::<LedgerCheckpoint>(connection, "ledger", used.checkpoint.as_ref())?;
    Ok(check_use(
        used,
        |_| answered,
        |nullifier| seen.contains(nullifier),
        snapshot.as_ref(),
        checkpoint.as_ref(),
    ))
}

fn remember<T: Body>(
    connection: &Connection,
    kind: &'static str,
    note: Option<&T>,
    now: i64,
) -> Result<(), SeenError> {
    let Some((note, venue)) = note.and_then(|note| Some((note, note.venue()?))) else {
        return Ok(());
    };
    let sql = "INSERT INTO series VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE SET last = excluded.last, seen_ms = excluded.seen_ms";
    connection.execute(sql, params![kind, venue, note.to_text(), now])?;
    Ok(())
}

impl SeenStore for SqliteStore {
    type Error = SeenError;

    fn issue(&mut self, challenge: &Challenge) -> Result<(), SeenError> {
        let context = challenge.context();
        let sql = "INSERT INTO challenges VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)";
        self.connection.execute(
            sql,
            params![
                challenge.nonce(),
                context.audience(),
                context.purpose(),
                context.epoch().to_string(),
                integer(challenge.time_ms()),
                integer(challenge.expires_ms()),
            ],
        )?;
        Ok(())
    }

    fn issued(&mut self, nonce: &[u8; 32]) -> Result<Option<Issued>, SeenError> {
        issued(&self.connection, nonce)
    }

    fn look(&mut self, used: &Use) -> Result<Result<(), Replay>, SeenError> {
        look(&self.connection, used)
    }

    fn accept(&mut self, used: &Use) -> Result<Result<(), Replay>, SeenError> {
        let transaction = self.transaction()?;
        if let Err(replay) = look(&transaction, used)? {
            return Ok(Err(replay));
        }
        let now = integer(used.now_ms);
        if let Some(nonce) = &used.nonce {
            let sql = "UPDATE challenges SET answered_ms = ?2 WHERE nonce = ?1";
            transaction.execute(sql, params![nonce, now])?;
        }
        for nullifier in &used.nullifiers {
            let sql = "INSERT INTO nullifiers VALUES (?1, ?2, ?3)";
            transaction.execute(sql, params![used.scope, nullifier, now])?;
        }
        remember(&transaction, "snapshot", used.snapshot.as_ref(), now)?;
        remember(&transaction, "ledger", used.checkpoint.as_ref(), now)?;
        transaction.commit()?;
        Ok(Ok(()))
    }
}
