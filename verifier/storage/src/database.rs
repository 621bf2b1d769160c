//! Opening one of this project's own SQLite files.
//!
//! A transaction is on disk before it returns: a rollback journal, synced with its folder. There is no write-ahead log,
//! so that a file is complete by itself, can be read where nothing can be written, and is left unchanged by anyone who
//! only reads it.

use crate::kind::Kind;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(30);

/// Version of files written by commit d6fed50, when the prover's log had the auditor's store's id.
const LOG_WITH_THE_STORES_ID: i32 = 1;

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// From SQLite.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// From the file system.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A name that denotes a database without a file, which would keep nothing.
    #[error("the name denotes a database without a file, which keeps nothing; name a file")]
    NoFile,
    /// A file without contents, opened for reading.
    #[error("the file is empty; it is not {0}")]
    Empty(&'static str),
    /// A database of another kind.
    #[error("the file is {found}, not {expected}")]
    Foreign {
        /// The kind requested, with its article.
        expected: &'static str,
        /// What the file says it is, with its article.
        found: &'static str,
    },
    /// A database written by a newer version of this program.
    #[error("the file is {name} of version {found}; this program knows versions up to {known}")]
    Newer {
        /// The kind, with its article.
        name: &'static str,
        /// The file's version.
        found: i32,
        /// The newest version known here.
        known: i32,
    },
    /// Tables, indexes, triggers or views that are not those created by this program.
    #[error("the file's tables are not those of {0} as this program creates it")]
    Tables(&'static str),
    /// A row that this program did not write.
    #[error("the database holds a {0} that cannot be read")]
    Row(&'static str),
}

impl DatabaseError {
    /// Whether the file is not what it should be, rather than out of reach.
    pub fn is_malformed(&self) -> bool {
        match self {
            Self::Sqlite(e) => e.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase),
            Self::Io(_) | Self::NoFile => false,
            Self::Empty(_)
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::Tables(_)
            | Self::Row(_) => true,
        }
    }
}

/// A database opened only for reading. It keeps its temporary copy alive, if it is one.
#[derive(Debug)]
pub struct Reader {
    /// The connection.
    pub connection: Connection,
    _copy: Option<TempDir>,
}

/// A path that SQLite treats as a file, whatever it is called.
fn file_path(path: &Path) -> Result<PathBuf, DatabaseError> {
    let name = path.as_os_str().as_encoded_bytes();
    if name.is_empty() || name.starts_with(b":") || name.starts_with(b"file:") {
        return Err(DatabaseError::NoFile);
    }
    Ok(std::path::absolute(path)?)
}

/// Creates the file, accessible only to its owner, before SQLite opens it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

/// [`version`] at one moment: another process may be creating the tables.
fn version_now(connection: &mut Connection, kind: Kind) -> Result<i32, DatabaseError> {
    let transaction = connection.transaction()?;
    version(&transaction, kind)
}

/// The version of an open file, 0 for one without tables, if it is of the given kind.
fn version(connection: &Connection, kind: Kind) -> Result<i32, DatabaseError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
    let (id, version): (i32, i32) = (pragma("application_id")?, pragma("user_version")?);
    let has = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, bool>(0));
    if !has("SELECT count(*) > 0 FROM sqlite_schema")? {
        return Ok(0);
    }
    let mut found = Kind::of_id(id);
    if found == Some(Kind::AuditStore)
        && version == LOG_WITH_THE_STORES_ID
        && has("SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'answers'")?
    {
        found = Some(Kind::AnswerLog);
    }
    let name = kind.name();
    if found != Some(kind) {
        let found = found.map_or("another program's database", Kind::name);
        return Err(DatabaseError::Foreign { expected: name, found });
    }
    let known = kind.version();
    if version > known {
        return Err(DatabaseError::Newer { name, found: version, known });
    }
    // No version of this program has written less.
    if version < 1 { Err(DatabaseError::Row("version")) } else { Ok(version) }
}

/// The tables of a database: type, name, table, and statement of each.
type Tables = Vec<(String, String, String, Option<String>)>;

fn tables(connection: &Connection) -> rusqlite::Result<Tables> {
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name LIMIT 256";
    let mut sql = connection.prepare(sql)?;
    // Earlier versions broke lines in other places.
    let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = sql.query_map([], |row| {
        let text: Option<String> = row.get(3)?;
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, text.map(one_line)))
    })?;
    rows.collect()
}

/// Checks that a file has exactly the tables this program creates: no view whose rows change while they are read, no
/// foreign trigger.
fn check_tables(connection: &Connection, kind: Kind) -> Result<(), DatabaseError> {
    let fresh = Connection::open_in_memory()?;
    for step in kind.migrations() {
        fresh.execute_batch(step)?;
    }
    match tables(connection)? == tables(&fresh)? {
        true => Ok(()),
        false => Err(DatabaseError::Tables(kind.name())),
    }
}

/// Brings a file to the current version, in one transaction.
fn migrate(connection: &mut Connection, kind: Kind) -> Result<(), DatabaseError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = version(&transaction, kind)?;
    let steps = kind.migrations().iter().skip(usize::try_from(from).unwrap_or(0));
    for step in steps {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", kind.application_id())?;
    transaction.pragma_update(None, "user_version", kind.version())?;
    Ok(transaction.commit()?)
}

/// Opens a database for writing, creating it if necessary; a file of an older version is migrated.
///
/// # Errors
/// [`DatabaseError`]; in that case the file is unchanged.
pub fn open(path: &Path, kind: Kind) -> Result<Connection, DatabaseError> {
    let path = file_path(path)?;
    make_private(&path)?;
    // No URI: a file may be called whatever it is called.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // Before anything of another program's file is changed.
    version_now(&mut connection, kind)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    if version_now(&mut connection, kind)? != kind.version() {
        migrate(&mut connection, kind)?;
    }
    check_tables(&connection, kind)?;
    Ok(connection)
}

/// A file's name with one of SQLite's suffixes.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// Copies a database with its journals into a separate folder and opens it there.
fn open_copy(path: &Path, kind: Kind) -> Result<Reader, DatabaseError> {
    let folder = TempDir::new()?;
    let copy = folder.path().join("copy");
    std::fs::copy(path, &copy)?;
    for ending in ["-wal", "-journal"] {
        match std::fs::copy(beside(path, ending), beside(&copy, ending)) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(Reader { connection: open(&copy, kind)?, _copy: Some(folder) })
}

/// Opens an existing database for reading. Neither the file nor its folder is written to.
///
/// A file that needs a migration or the recovery of an interrupted transaction is read in a temporary copy.
///
/// # Errors
/// [`DatabaseError`].
pub fn open_read_only(path: &Path, kind: Kind) -> Result<Reader, DatabaseError> {
    let path = file_path(path)?;
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidInput, "not a regular file").into());
    }
    if metadata.len() == 0 {
        return Err(DatabaseError::Empty(kind.name()));
    }
    let is_there = |ending: &str| beside(&path, ending).metadata().is_ok_and(|m| m.len() > 0);
    let header = header(&path)?;
    check_header(header.as_ref(), kind)?;
    if header.is_some_and(|header| header[WRITE_VERSION] == 2) || is_there("-wal") {
        // To read such a file SQLite would write beside it.
        return open_copy(&path, kind);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    match version(&connection, kind) {
        Ok(found) if found == kind.version() => {
            check_tables(&connection, kind)?;
            Ok(Reader { connection, _copy: None })
        }
        Ok(0) => Err(DatabaseError::Empty(kind.name())),
        Ok(_) => open_copy(&path, kind),
        // A journal that a killed writer left.
        Err(DatabaseError::Sqlite(e))
            if e.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly)
                || is_there("-journal") =>
        {
            open_copy(&path, kind)
        }
        Err(e) => Err(e),
    }
}

/// Offsets in the header of a SQLite file: <https://www.sqlite.org/fileformat.html>, section 1.3.
const WRITE_VERSION: usize = 18;
const APPLICATION_ID: usize = 68;
const HEADER: usize = 100;

/// The header of a file, if it is long enough to have one.
fn header(path: &Path) -> std::io::Result<Option<[u8; HEADER]>> {
    use std::io::Read;
    let mut header = [0; HEADER];
    match std::fs::File::open(path)?.read_exact(&mut header) {
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => Ok(None),
        read => read.map(|()| Some(header)),
    }
}

/// Refuses another program's file before it is opened or copied, however long it is.
fn check_header(header: Option<&[u8; HEADER]>, kind: Kind) -> Result<(), DatabaseError> {
    let expected = kind.name();
    let foreign = |found| Err(DatabaseError::Foreign { expected, found });
    let Some(header) = header else { return foreign("another program's file") };
    if !header.starts_with(b"SQLite format 3\0") {
        return foreign("another program's file");
    }
    let mut id = [0; 4];
    id.copy_from_slice(&header[APPLICATION_ID..APPLICATION_ID + 4]);
    // A transaction that is only in a journal may have the id of a file that is new.
    match i32::from_be_bytes(id) {
        0 => Ok(()),
        id if Kind::of_id(id).is_some() => Ok(()),
        _ => foreign("another program's database"),
    }
}

/// Milliseconds, clamped to SQLite's integers.
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
