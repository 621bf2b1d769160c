//! Importers: schedules, snapshots and accounts from venues' own files.
//!
//! Each venue is one folder with its importer, its schedules and its examples, and one
//! implementation of [`Venue`]. `CONTRIBUTING.md` says how to add one.

pub mod binance;
pub mod bitmex;
pub mod derive;
pub mod drift;
pub mod dydx;
pub mod extended;
pub mod hyperliquid;
pub mod kraken;
pub mod lighter;
pub mod mango;
#[cfg(feature = "span")]
pub mod takasbank;

pub use crate::venue::*;
pub use binance::Binance;
pub use bitmex::Bitmex;
pub use drift::Drift;
pub use dydx::Dydx;
pub use extended::Extended;
pub use hyperliquid::Hyperliquid;
pub use kraken::Kraken;
pub use lighter::Lighter;
pub use mango::Mango;

/// All venues whose folders are read.
pub const VENUES: &[KnownVenue] = &[
    KnownVenue::of::<Binance>("binance"),
    KnownVenue::of::<Lighter>("lighter"),
    KnownVenue::of::<Hyperliquid>("hyperliquid"),
    KnownVenue::of::<Dydx>("dydx"),
    KnownVenue::of::<Extended>("extended"),
    KnownVenue::of::<Kraken>("kraken"),
    KnownVenue::of::<Bitmex>("bitmex"),
];
