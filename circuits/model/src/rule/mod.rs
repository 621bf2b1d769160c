//! The margin rule in exact integers. The reference for the circuit.

mod account;
mod bracket;
mod margin;
mod market;
mod rounding;

pub use account::{Account, AccountError, Balance, Position, Side};
pub use bracket::{BracketError, BracketRow, BracketedLinear, Variable};
pub use margin::{AssetMargin, Margin, PositionMargin, RuleError, margin};
pub use market::{
    AssetTerms, InstrumentTerms, Market, MarketError, MarketTerms, RoundingPoint, SettleGroup,
};
pub use rounding::{LinearStep, Rounding};
