//! The same questions of an account of portfolio margin: trades and deposits, cures, prices.
//!
//! A trade or a deposit changes the account, and the snapshot's loadings are of instruments, so they apply to what it holds
//! then. Another price has other loadings: they are derived again where the schedule derives them, and where the venue
//! publishes them nobody but the venue knows them.

mod bounds;
mod change;
mod cure;
mod json;
mod move_price;
mod scan;
mod stays;

pub use change::{PortfolioTrade, TradePrice, deposit, trade};
pub use cure::{PortfolioCures, Reduction, cures};
pub use json::{percent, scans_json, stays_json};
pub use move_price::{MoveError, moved, underlyings};
pub use scan::{Grid, ScanError, Scanned, Scans, scans};
pub use stays::{Stays, WhyStays, stays};
