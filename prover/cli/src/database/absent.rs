//! Databases in a build without SQLite: none can be opened, so no value of these types exists.

use crate::failure::{Failure, Result};
use crate::unbuilt;
use std::path::Path;
use zkmargin_answers::{Answer, AnswerLog, Outcome, Question, Reservation, Reserved};
use zkmargin_params::Challenge;
use zkmargin_policy::{Before, Issued, Replay, SeenStore, Use};

/// A verifier's memory.
pub enum Memory {}

/// A prover's log.
pub enum Log {}

/// Why a database cannot be used.
pub type DatabaseError = std::convert::Infallible;

/// Reports that this build has no memory.
pub fn open_memory(_: &Path) -> Result<Memory> {
    Err(unbuilt::failure("SQLite, which keeps a verifier's memory"))
}

/// Reports that this build has no log.
pub fn open_log(_: &Path) -> Result<Log> {
    Err(unbuilt::failure("SQLite, which keeps a prover's log"))
}

/// There is no such failure.
pub fn failure(_: &str, error: &DatabaseError, _: &Path) -> Failure {
    match *error {}
}

impl SeenStore for Memory {
    type Error = DatabaseError;

    fn issue(&mut self, _: &Challenge) -> std::result::Result<(), DatabaseError> {
        match *self {}
    }

    fn issued(&mut self, _: &[u8; 32]) -> std::result::Result<Option<Issued>, DatabaseError> {
        match *self {}
    }

    fn look(
        &mut self,
        _: &Use,
    ) -> std::result::Result<std::result::Result<(), Replay>, DatabaseError> {
        match *self {}
    }

    fn accept(
        &mut self,
        _: &Use,
    ) -> std::result::Result<std::result::Result<Before, Replay>, DatabaseError> {
        match *self {}
    }

    fn is_empty(&mut self) -> std::result::Result<bool, DatabaseError> {
        match *self {}
    }
}

impl AnswerLog for Log {
    type Error = DatabaseError;

    fn about(&mut self, _: &[u8; 32]) -> std::result::Result<Vec<Answer>, DatabaseError> {
        match *self {}
    }

    fn reserve<T, R>(
        &mut self,
        _: &Question,
        _: u64,
        _: impl FnOnce(&[Answer]) -> std::result::Result<T, R>,
    ) -> std::result::Result<Reserved<T, R>, DatabaseError> {
        match *self {}
    }

    fn conclude(
        &mut self,
        _: Reservation,
        _: Outcome,
        _: u64,
    ) -> std::result::Result<(), DatabaseError> {
        match *self {}
    }
}
