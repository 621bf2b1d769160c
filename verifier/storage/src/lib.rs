//! Every SQLite file of this project.
//!
//! | module | what |
//! |---|---|
//! | [`database`] | opens a file of a [`Kind`], for writing or only for reading |
//! | [`SqliteMemory`] | a verifier's memory of challenges, nullifiers and series |
//! | [`SqliteLog`] | a prover's log of what it answered to whom |
//!
//! `schema/KIND/VERSION.sql` holds the statements that lead from one version of a kind to the next. A file of an
//! older version is migrated when it is opened for writing, and in a temporary copy when it is opened only for
//! reading.

#![forbid(unsafe_code)]

pub mod database;
mod kind;
mod log;
mod memory;

pub use database::DatabaseError;
pub use kind::Kind;
pub use log::SqliteLog;
pub use memory::SqliteMemory;
