//! Shared test support.
//!
//! * [`peers`] turns margin vectors of other systems into [`PeerCase`]s: a market and an account
//!   of the rule with what the other system says about them. The files are not part of this
//!   repository; without them there is nothing to load.
//! * [`golden`] loads the project's own hand-checked cases, which are always there.
//!
//! A case whose market is provable is also an input for the circuit.

mod case;
mod folio;
pub mod golden;
mod json;
pub mod peers;
mod portfolio_case;
pub mod scenarios;
mod sheet;
pub mod takasbank;

pub use case::{Expected, LeftOut, Loaded, PeerCase, Relation, Verdict};
pub use golden::{GoldenCase, GoldenExpected, load_golden};
pub use peers::{
    load_all, load_binance_liquidation, load_binance_rounding, load_derive, load_drift, load_dydx,
    load_hyperliquid, load_lighter, load_mango, load_span, load_starkex, vectors_folder,
};
pub use portfolio_case::{Near, PortfolioCase, PortfolioExpected};
