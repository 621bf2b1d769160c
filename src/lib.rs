//! Zero-knowledge margin solvency: a trader proves that a margin account meets its maintenance or initial margin at
//! signed prices without revealing any holding; anyone with the venue's schedule and prices can verify it.
//!
//! # Verify
//!
//! ```
//! use zkmargin::{Market, Policy, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let read = |path: &str| std::fs::read(format!("{}/params/{path}", env!("CARGO_MANIFEST_DIR")));
//! let market = Market::from_json(
//!     &read("venues/binance/examples/cross.schedule.json")?,
//!     &read("venues/binance/examples/cross.snapshot.json")?,
//! )?;
//! let proof = read("golden/binance-cross.zkm")?;
//! # let statement = zkmargin::Proof::read(&proof)?.statement().clone();
//! # let zkmargin::model::statement::AccountReference::Commitment(commitment) = statement.account
//! # else { unreachable!() };
//! # let market_digest = market.digest();
//!
//! // Digest and commitment come from the venue, never from the prover.
//! let policy = Policy::new("desk-42").market(market_digest).commitment(commitment);
//! let verifier = Verifier::new(policy)?;
//! let decision = verifier.verify(&proof, &market, zkmargin::now_ms())?;
//!
//! assert!(decision.is_valid());
//! println!("{decision}"); // VALID
//! for what in decision.not_checked() {
//!     println!("NOT CHECKED: {what}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Prove
//!
//! ```
//! use zkmargin::{Account, Claim, Market, Policy, Prover, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let read = |path: &str| std::fs::read(format!("{}/params/{path}", env!("CARGO_MANIFEST_DIR")));
//! let market = Market::from_json(
//!     &read("venues/binance/examples/cross.schedule.json")?,
//!     &read("venues/binance/examples/cross.snapshot.json")?,
//! )?;
//! // An account file without secrets gets fresh ones. Keep the account: the commitment is made from it.
//! let account =
//!     Account::with_fresh_secrets(&read("venues/binance/examples/cross.account.json")?, &market)?;
//! let proven = Prover::new().prove(&account, &market, Claim::margin(), "desk-42")?;
//!
//! let policy = Policy::new("desk-42").market(market.digest()).commitment(account.commitment(&market)?);
//! let decision = Verifier::new(policy)?.verify(&proven.encode(), &market, zkmargin::now_ms())?;
//! assert!(decision.is_valid());
//! # Ok(())
//! # }
//! ```
//!
//! Evidence such as signed prices, challenges and ledger checkpoints goes to [`Verifier::decide`]. A proof about an
//! account in a venue's ledger is made with `proving::prove`. The crates behind this one are re-exported: [`model`],
//! [`files`], [`notes`], [`policy`], [`circuit`] and `proving`.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `std` (default) | the prover, parameters kept in files, the clock |
//! | `multicore` (default) | threads, and [`Verifier::verify_many`] |
//! | `sqlite` | a verifier's memory in a file |
//! | `parquet` | audits: stores of proofs, Parquet files, reports |
//! | `asm` | field arithmetic in assembly on x86-64 with BMI2 and ADX, and on AArch64 |
//!
//! Without default features, verification builds for `wasm32-unknown-unknown`.

#![forbid(unsafe_code)]

#[cfg(feature = "std")]
mod account;
mod error;
mod market;
mod policy_builder;
#[cfg(feature = "std")]
mod prover;
#[cfg(test)]
mod test_support;
mod verifier;

#[cfg(feature = "std")]
pub use account::Account;
pub use error::Error;
pub use market::Market;
pub use policy_builder::Policy;
#[cfg(feature = "std")]
pub use prover::Prover;
#[cfg(feature = "multicore")]
pub use verifier::Judged;
pub use verifier::Verifier;
pub use zkmargin_model::claim::Claim;
/// A proof file: statement and proof.
pub use zkmargin_model::envelope::Envelope as Proof;
pub use zkmargin_model::measure::Measure;
pub use zkmargin_params::Requirement;
pub use zkmargin_policy::{Decision, Evidence, MemoryStore, NotChecked, SeenStore, Verdict};
#[cfg(feature = "sqlite")]
pub use zkmargin_storage::SqliteMemory;

#[cfg(feature = "parquet")]
pub use zkmargin_audit as audit;
pub use zkmargin_circuit as circuit;
pub use zkmargin_model as model;
pub use zkmargin_notes as notes;
pub use zkmargin_params as files;
pub use zkmargin_policy as policy;
#[cfg(feature = "std")]
pub use zkmargin_prover as proving;

/// The system's time in milliseconds since 1970; 0 if the clock is set to before that.
#[cfg(feature = "std")]
pub fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
