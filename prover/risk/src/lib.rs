//! How far an account is from the boundary of a claim, in exact integers.
//!
//! [`liquidation`] finds for each position the first price, tick by tick from the mark, at which its book stops meeting
//! the claim, and for the cross book the smallest move of all prices together. Nothing is estimated: the rule itself is
//! computed at the price that is reported and at the one before it, and what lies between is excluded by bounds that
//! hold for every tick. The method is in `docs/liquidation.md`. [`portfolio`] has what can be said of portfolio margin.

mod books;
mod bounds;
mod change;
mod cure;
mod ends;
mod error;
mod interval;
mod joint;
mod liquidation;
pub mod portfolio;
mod price;
mod rest;
mod search;
mod slack;
mod standing;
mod supported;
mod view;

pub use books::{BookOf, BookStanding, books};
pub use change::{ChangeError, Trade, deposit, trade};
pub use cure::{Cure, Cures, PositionCure, cures};
pub use error::RiskError;
pub use joint::{JointMoves, MAX_FALL_BPS, MAX_RISE_BPS, Move, quoting_assets};
pub use liquidation::{BookRisk, Liquidation, PositionPrices, liquidation};
pub use price::{Boundary, distance};
pub use supported::{ByFigure, by_figure, has_orders, supported};
