//! Importers: schedules, snapshots and accounts from venues' own files.
//!
//! Each venue is one folder with its importer, its schedules and its examples, and one
//! implementation of [`Venue`]. `CONTRIBUTING.md` says how to add one.

pub mod binance;
pub mod binance_coinm;
pub mod binance_pm;
pub mod bitmex;
pub mod bybit;
pub mod deribit;
pub mod deribit_pm;
pub mod derive;
pub mod drift;
pub mod dydx;
pub mod extended;
pub mod gate;
pub mod hyperliquid;
pub mod kraken;
pub mod lighter;
pub mod mango;
pub mod okx;
pub mod paradex;
#[cfg(feature = "span")]
pub mod takasbank;

pub use crate::venue::*;
pub use binance::Binance;
pub use binance_coinm::BinanceCoinM;
pub use binance_pm::BinancePortfolioMargin;
pub use bitmex::Bitmex;
pub use bybit::Bybit;
pub use deribit::Deribit;
pub use drift::Drift;
pub use dydx::Dydx;
pub use extended::Extended;
pub use gate::Gate;
pub use hyperliquid::Hyperliquid;
pub use kraken::Kraken;
pub use lighter::Lighter;
pub use mango::Mango;
pub use okx::Okx;

/// All venues whose folders are read.
pub const VENUES: &[KnownVenue] = &[
    KnownVenue::of::<Binance>("binance"),
    KnownVenue::of::<Lighter>("lighter"),
    KnownVenue::of::<Hyperliquid>("hyperliquid"),
    KnownVenue::of::<Dydx>("dydx"),
    KnownVenue::of::<Extended>("extended"),
    KnownVenue::of::<Kraken>("kraken"),
    KnownVenue::of::<Bitmex>("bitmex"),
    KnownVenue::of::<BinanceCoinM>("binance-coinm"),
    KnownVenue::of::<BinancePortfolioMargin>("binance-pm"),
    KnownVenue::of::<Bybit>("bybit"),
    KnownVenue::of::<Okx>("okx"),
    KnownVenue::of::<Gate>("gate"),
    KnownVenue::of::<Deribit>("deribit"),
    KnownVenue::of::<Drift>("drift"),
    KnownVenue::of::<Mango>("mango"),
];

/// All venues whose answers state figures of an account that the rule computes too.
pub const STATING: &[StatingVenue] = &[
    StatingVenue::of::<Binance>("binance"),
    StatingVenue::of::<Hyperliquid>("hyperliquid"),
    StatingVenue::of::<Dydx>("dydx"),
    StatingVenue::of::<Lighter>("lighter"),
    StatingVenue::of::<Bybit>("bybit"),
    StatingVenue::of::<Okx>("okx"),
    StatingVenue::of::<BinanceCoinM>("binance-coinm"),
    StatingVenue::of::<BinancePortfolioMargin>("binance-pm"),
    StatingVenue::of::<Gate>("gate"),
    StatingVenue::of::<Deribit>("deribit"),
    StatingVenue::of::<Kraken>("kraken"),
    StatingVenue::of::<Bitmex>("bitmex"),
];

/// All venues whose answers state figures of an account of portfolio margin.
pub const STATING_PORTFOLIO: &[StatingVenue] = &[StatingVenue::of::<derive::Derive>(derive::NAME)];

/// How the venue of this name writes numbers in its answers about an account: as the loosest of them.
pub fn account_numerals(name: &str) -> Numerals {
    let endpoints = VENUES.iter().filter(|venue| venue.name == name).flat_map(|v| v.endpoints);
    let of_account = endpoints.filter(|endpoint| endpoint.is_for(crate::FileKind::Account));
    of_account.map(|endpoint| endpoint.numerals).max().unwrap_or(Numerals::Plain)
}

/// All venues of portfolio margin whose folders are read.
pub const PORTFOLIO_VENUES: &[PortfolioVenue] = &[
    derive::FOLDER,
    deribit_pm::FOLDER,
    paradex::FOLDER,
    #[cfg(feature = "span")]
    takasbank::FOLDER,
];

/// The answers of all venues by name, by which another one's file is recognised.
pub fn known_answers() -> Vec<(&'static str, &'static [Endpoint])> {
    let linear = VENUES.iter().map(|venue| (venue.name, venue.endpoints));
    linear.chain(PORTFOLIO_VENUES.iter().map(|venue| (venue.name, venue.endpoints))).collect()
}
