//! The margin circuit: an account behind a public commitment meets its maintenance margin.
//!
//! The market is compiled into the keys. The book, `docs/book`, has a page for every gate.

// Unit tests use the support of the integration tests, which name this crate from outside.
#[cfg(test)]
extern crate self as zkmargin_circuit;

mod anchor;
mod asset;
#[cfg(feature = "multicore")]
mod batch;
mod book;
mod circuit;
mod claim;
mod collateral;
mod exempt;
mod fingerprint;
mod form;
mod general;
mod hints;
mod keys;
#[cfg(test)]
mod layout;
mod membership;
mod named;
mod only;
mod params;
#[cfg(feature = "multicore")]
mod points;
pub mod portfolio;
mod position;
mod proof;
mod public;
mod queries;
mod rows;
mod settled;
mod size;
mod slots;
#[cfg(test)]
#[path = "../tests/circuit/support/mod.rs"]
mod support;
mod tables;
mod valuation;
mod witness;

#[cfg(feature = "multicore")]
pub use batch::{FoldError, Folded, Folder, RandomnessError};
pub use circuit::MarginCircuit;
pub use fingerprint::{FingerprintError, check_fingerprint, circuits_id};
pub use form::Form;
pub use general::{
    EntryHint, GeneralAssetHint, GeneralPositionHint, LeverageHint, OrdersHint, SizeHint,
};
pub use hints::{AssetHint, CircuitWitness, Membership, PositionHint};
pub use keys::{KeyCache, KeyError, MarketKeys, MarketVerifyingKey, circuit_at};
pub use params::{ParamsError, ParamsStore, read_params};
pub use proof::{AnyWitness, ProveError, VerifyError, create_proof, verify_proof};
pub use public::{INSTANCE_ROWS, MEMBERSHIP_ROWS, MembershipInputs, PublicInputs, public_inputs};
pub use queries::UnknownForm;
pub use size::{CapacityError, banks, lanes, smallest_circuit, usable_rows};
pub use tables::{ASSET_KEY, INSTRUMENT_COLUMNS, MarketTables};
pub use witness::Witness;
pub use zkmargin_gadgets::halo2;
