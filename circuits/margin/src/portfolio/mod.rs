//! Portfolio margin: an account meets a requirement that is computed from losses in scenarios.
//!
//! Positions are in pages of eight slots of one group. Each slot adds its size times its packed loadings to the sums of its
//! group; a page decides sign and magnitude of each sum and makes losses of them; the last page of a unit takes the largest.
//! The book's page, `docs/book/portfolio-circuit.md`, has the whole layout.

mod circuit;
mod claim;
mod column;
mod columns;
mod group;
mod hints;
#[cfg(test)]
mod layout;
mod linear;
mod magnitude;
mod maximum;
#[cfg(test)]
mod packing;
mod page;
mod plan;
mod shape;
mod slot;
mod sums;
mod table;
mod tables;
mod unit;
mod witness;

pub use circuit::{PortfolioCircuit, PortfolioConfig};
pub use hints::{PageHint, PortfolioWitness, SlotHint, SumHint, UnitHint};
pub(crate) use shape::smallest;
pub use shape::{PortfolioShape, PortfolioSizeError};
pub use tables::{PortfolioTables, UnprovableMarket};
