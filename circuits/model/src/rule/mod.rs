//! The margin rule in exact integers. The reference for the circuit.

mod account;
mod allocation;
mod books;
mod bracket;
mod check;
mod elements;
mod health;
mod index;
mod lines;
mod margin;
mod market;
mod orders;
mod profile;
mod requirement;
mod rounding;
mod settlement;
mod terms;

pub use account::{Account, AccountError, Balance, Book, MAX_ISOLATED, Position, Side, TooLarge};
pub use allocation::{SecondWord, isolated_book};
pub use books::{Books, NamedBooks, PositionName};
pub use bracket::{BracketError, BracketRow, BracketedLinear, Variable};
pub use check::MarketError;
pub use elements::{
    AssetElements, Debts, Families, InstrumentElements, Leverage, RateForm, ShortTerms, SignedStep,
    SignedWeight, SizeRoot, SizeWeights, TierFamily,
};
pub use health::Health;
pub use index::IndexPrices;
pub use lines::{
    AllocationLines, AssetFigures, AssetLines, CollateralLines, Division, FamilyLine, GeneralLines,
    InstrumentLines, LeverageLine, Line, LineRow, LineTable, Lines, OrderFigures, PlainLines,
    PnlLine, PositionFigures, PositionLines, SizeLines, ValueLine, VariableOf, Weight, bias,
};
pub use margin::{
    AssetMargin, BookMargin, Margin, PositionMargin, RuleError, asset_margin, margin,
    margin_naming, position_margin,
};
pub use market::Market;
pub use orders::Orders;
pub use profile::{Base, Isolated, Profile, Rounded, Unprovable};
pub use rounding::{LinearStep, Rounding};
pub use settlement::Settlement;
pub use terms::{AssetTerms, InstrumentTerms, MarketTerms, SettleGroup};
