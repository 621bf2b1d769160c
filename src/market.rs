//! A venue's rules at one set of prices.

use crate::error::Error;
use zkmargin_model::digest::MarketDigest;
use zkmargin_params::{CompiledMarket, Schedule, SnapshotFile, compile};

/// A schedule at a snapshot: the basis for valuing an account.
#[derive(Clone, Debug)]
pub struct Market(CompiledMarket);

impl Market {
    /// Reads a schedule and a snapshot for it, and checks them against each other.
    ///
    /// # Errors
    /// [`Error::File`], with the place in either file.
    pub fn from_json(schedule: &[u8], snapshot: &[u8]) -> Result<Self, Error> {
        let schedule = Schedule::from_json(schedule)?;
        Ok(Self(compile(&schedule, &SnapshotFile::from_json(snapshot)?)?))
    }

    /// The market's identity: a digest over schedule and prices.
    pub fn digest(&self) -> MarketDigest {
        self.0.digest()
    }

    /// The checked files behind it.
    pub fn compiled(&self) -> &CompiledMarket {
        &self.0
    }
}
