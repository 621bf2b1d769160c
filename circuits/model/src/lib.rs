//! Domain types, the exact margin rule in native integers, encodings and digests.
//!
//! Nothing here depends on a proof system. The circuit proves what [`rule::margin`] computes.

pub mod arithmetic;
pub mod circuit;
pub mod claim;
pub mod commitment;
pub mod context;
mod counted;
pub mod decimal;
pub mod digest;
pub mod element;
pub mod envelope;
pub mod field;
pub mod floor;
pub mod holder;
pub mod ledger;
pub mod measure;
pub mod names;
pub mod objects;
pub mod portfolio;
pub mod poseidon;
pub mod rule;
pub mod secrets;
pub mod shown;
pub mod statement;
pub mod subject;
pub mod unit;
pub mod widths;
pub mod wire;

pub use counted::counted;
