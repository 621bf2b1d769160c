//! Pools of distinct valid proofs: a venue's holders, each with one account, at the end of each epoch.
//!
//! The market is Binance's 318 USDT perpetuals with their tiers; marks are synthetic and differ from
//! epoch to epoch. Accounts, secrets and keys follow from their numbers, so a pool is no secret and
//! its keys are worth nothing. Proofs are of shape S, about an account of the epoch's ledger.

#![forbid(unsafe_code)]

mod epoch;
mod files;
mod fill;
mod holder;
mod options;
pub mod small;

pub use epoch::Epoch;
pub use files::{Made, PoolError, make};
pub use fill::fill;
pub use holder::Holders;
pub use options::Options;

use std::num::NonZeroU32;
use zkmargin_notes::{KeyError, KeyKind, SignerKey};

/// Audience of every proof.
pub const AUDIENCE: &str = "auditor.example";

/// Purpose of every proof.
pub const PURPOSE: &str = "margin audit";

/// How large a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Holders, each with one account.
    pub holders: NonZeroU32,
    /// Epochs, each with a snapshot of its own.
    pub epochs: NonZeroU32,
}

/// The venue's key.
///
/// # Errors
/// None that can occur.
pub fn venue_key() -> Result<SignerKey, KeyError> {
    SignerKey::from_seed("pool-venue.example", KeyKind::Ed25519, &[0x41; 32])
}

/// The auditor's key.
///
/// # Errors
/// None that can occur.
pub fn auditor_key() -> Result<SignerKey, KeyError> {
    SignerKey::from_seed("pool-auditor.example", KeyKind::Ed25519, &[0x42; 32])
}
