//! Opening one of this project's own SQLite files.

use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

pub use zkmargin_storage::database::{DatabaseError, integer, milliseconds};

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
        return Err(DatabaseError::Foreign { expected: kind.name, found: "another" });
    }
    transaction.commit()?;
    Ok(connection)
}

