//! Verifies price messages of oracle networks and imports their prices.
//!
//! A venue signs its own marks; what independent networks say about the same assets is something to compare those marks
//! with. This crate turns the bytes that a network publishes into a [`SourceMessage`]: exact prices with their times,
//! who signed them, and a digest.
//!
//! | network | module | signed by |
//! |---|---|---|
//! | Pyth Lazer | [`pyth_lazer`] | one key of the network |
//! | RedStone | [`redstone`] | several nodes, each its own data package |
//! | Pyth through Hermes | [`pyth_hermes`] | a quorum of Wormhole's guardians |
//!
//! Keys are never taken from a message: the caller says which ones it trusts. The digest identifies what was signed,
//! not how it was packed or by which of several signers, so the same message under two encodings has one digest.
//! `docs/sources.md` says what is verified and what no message proves.
//!
//! Chainlink Data Streams are left out: the signers of a report are known only to a contract, so
//! nothing in a report or in public text says whom to trust.

#![forbid(unsafe_code)]

mod error;
mod keccak;
mod key;
mod message;
pub mod pyth_hermes;
pub mod pyth_lazer;
mod reader;
pub mod redstone;
mod secp256k1;

pub use error::{Place, Problem, SourceError};
pub use key::{Address, KeyTextError, PublicKey, SignerSetError, TrustedKeys};
pub use message::{MAX_EXPONENT, Network, SourceMessage, SourcePrice};
