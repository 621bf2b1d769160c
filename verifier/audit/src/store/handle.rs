//! A connection for writing or for reading.

use rusqlite::Connection;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use zkmargin_storage::Kind;
use zkmargin_storage::database::{self, DatabaseError, Reader};

/// An open file. One opened only for reading may be a temporary copy, which lives as long.
#[derive(Debug)]
pub(crate) enum Handle {
    Writer(Connection),
    Reader(Reader),
}

impl Handle {
    pub fn to_write(path: &Path, kind: Kind) -> Result<Self, DatabaseError> {
        Ok(Self::Writer(database::open(path, kind)?))
    }

    pub fn to_read(path: &Path, kind: Kind) -> Result<Self, DatabaseError> {
        Ok(Self::Reader(database::open_read_only(path, kind)?))
    }
}

impl Deref for Handle {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Writer(connection) => connection,
            Self::Reader(reader) => &reader.connection,
        }
    }
}

impl DerefMut for Handle {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Writer(connection) => connection,
            Self::Reader(reader) => &mut reader.connection,
        }
    }
}
