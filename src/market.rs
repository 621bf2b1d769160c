//! A venue's rules at one set of prices.

use crate::error::Error;
use std::sync::Arc;
use zkmargin_model::digest::MarketDigest;
use zkmargin_params::{AnyMarket, read_schedule};

/// A schedule at a snapshot, of linear or of portfolio accounts: the basis for valuing an account.
#[derive(Clone, Debug)]
pub struct Market(Arc<dyn AnyMarket>);

impl Market {
    /// Reads a schedule and a snapshot for it, and checks them against each other.
    ///
    /// # Errors
    /// [`Error::File`], with the place in either file.
    pub fn from_json(schedule: &[u8], snapshot: &[u8]) -> Result<Self, Error> {
        Ok(Self(read_schedule(schedule)?.at(snapshot)?))
    }

    /// The market's identity: a digest over schedule and prices.
    pub fn digest(&self) -> MarketDigest {
        self.0.digest()
    }

    /// The checked files behind it.
    pub fn compiled(&self) -> &dyn AnyMarket {
        &*self.0
    }
}
