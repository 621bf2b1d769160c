//! Opening one of this project's own SQLite files.

use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// From SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// From the file system.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A database of another program, kind or version.
    #[error("the file is not {0} of this version")]
    Foreign(&'static str),
    /// A row that this program did not write.
    #[error("the database holds a {0} that cannot be read")]
    Row(&'static str),
}

/// A kind of database.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What it is called, with its article.
    pub name: &'static str,
    /// SQLite's `application_id`, so that another kind's file is not taken for one of these.
    pub application_id: i32,
    /// Changes with the tables.
    pub version: i32,
    /// Statements that make the tables.
    pub tables: &'static str,
}

/// Makes the file with its owner's rights before SQLite opens it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

/// Opens a database, or makes one. The write-ahead log is synced at every commit.
///
/// # Errors
/// [`DatabaseError`].
pub fn open(path: &Path, kind: &Kind) -> Result<Connection, DatabaseError> {
    make_private(path)?;
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
        transaction.execute_batch(kind.tables)?;
        transaction.pragma_update(None, "application_id", kind.application_id)?;
        transaction.pragma_update(None, "user_version", kind.version)?;
    } else if (id, version) != (kind.application_id, kind.version) {
        return Err(DatabaseError::Foreign(kind.name));
    }
    transaction.commit()?;
    Ok(connection)
}

/// Milliseconds as SQLite's integers have room for.
pub fn integer(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Milliseconds as they were written.
///
/// # Errors
/// [`DatabaseError::Row`] for a negative number.
pub fn milliseconds(value: i64) -> Result<u64, DatabaseError> {
    u64::try_from(value).map_err(|_| DatabaseError::Row("time"))
}

/// Opens a database to read.
///
/// # Errors
/// [`DatabaseError`].
pub fn open_read_only(path: &Path, kind: &Kind) -> Result<Connection, DatabaseError> {
    let connection =
        Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
    let (id, version): (i32, i32) = (pragma("application_id")?, pragma("user_version")?);
    if (id, version) != (kind.application_id, kind.version) {
        return Err(DatabaseError::Foreign(kind.name));
    }
    Ok(connection)
}
