//! Every SQLite file of this project.

#![forbid(unsafe_code)]

pub mod database;
mod kind;

pub use database::DatabaseError;
pub use kind::Kind;
