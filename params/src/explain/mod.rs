//! How the figures of an account come about, step by step.
//!
//! A step says what a figure is made of: the price that its side or sign takes, the row of a table with its bounds, the
//! rounding with the exact number before it, the book that it counts in. Results are the rule's own, so that the last step
//! of a position or a balance is the figure that counts.

mod allocation;
mod balance;
mod book;
mod position;
mod requirement;
mod steps;

pub use steps::{ExplainedRounding, ExplainedStep};

use crate::market::{BooksMarket, CompiledMarket};
use crate::schedule::Asset;
use num_bigint::BigInt;
use zkmargin_model::rule::{Account, Balance, Margin, Position, PositionMargin, SecondWord};
use zkmargin_model::shown::quoted;

impl CompiledMarket {
    /// How the figures of a position with the second word of its record come about, when `made` are its figures; nothing
    /// if the market has no price of it.
    pub fn explain_position(
        &self,
        p: &Position,
        second: SecondWord<'_>,
        made: &PositionMargin,
    ) -> Vec<ExplainedStep> {
        position::explain(self, p, second, made).unwrap_or_default()
    }

    /// How the figures of a balance come about that has become `amount` with profit and loss; nothing if the market does
    /// not list its asset.
    pub fn explain_balance(&self, b: &Balance, amount: &BigInt) -> Vec<ExplainedStep> {
        balance::explain(self, b, amount).unwrap_or_default()
    }

    /// How equity and requirement of an isolated position's book come about that has an allocation, when `made` are the
    /// position's figures; nothing where accounts have none.
    pub fn explain_isolated(
        &self,
        p: &Position,
        second: SecondWord<'_>,
        made: &PositionMargin,
    ) -> Vec<ExplainedStep> {
        allocation::explain(self, p, second, made).unwrap_or_default()
    }

    /// How what positions of each settlement asset require together is rounded, by its symbol; nothing where it is not.
    pub fn explain_conversions(&self, account: &Account, made: &Margin) -> Vec<ExplainedStep> {
        book::conversions(self, account, made)
    }

    /// How equity and requirement of a cross book come about, when `made` are the figures at its market.
    pub fn explain_book(
        &self,
        of: &BooksMarket,
        account: &Account,
        made: &Margin,
    ) -> Vec<ExplainedStep> {
        book::explain(self, of, account, made)
    }

    /// The cross book in which what is held of an asset, or settles in it, counts, in words.
    fn cross_book_of(&self, asset: &Asset) -> String {
        match self.schedule().file().settlement_asset_books {
            true => format!("the book of {}", quoted(&asset.symbol)),
            false => "the cross book".to_owned(),
        }
    }
}
