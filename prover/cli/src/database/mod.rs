//! A verifier's memory and a prover's log, in a build that has SQLite.

#[cfg(not(feature = "sqlite"))]
mod absent;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(not(feature = "sqlite"))]
pub use absent::{DatabaseError, Log, failure, open_log, open_memory};
#[cfg(feature = "sqlite")]
pub use sqlite::{DatabaseError, Log, failure, open_log, open_memory};
