//! A cross book: what its assets are worth and what its positions require, added up.

use super::steps::{ExplainedStep, rounded};
use crate::elements::Fraction;
use crate::market::{BooksMarket, CompiledMarket};
use crate::schedule::Asset;
use num_bigint::BigInt;
use num_traits::Zero;
use zkmargin_model::rule::{Account, AssetTerms, Margin};

/// What positions of one settlement asset require together in the cross book, before it is rounded.
struct Sum {
    group: usize,
    /// How many there are.
    count: usize,
    amount: BigInt,
}

/// The settlement assets that positions of the cross book require something in.
fn sums(market: &CompiledMarket, account: &Account, made: &Margin) -> Vec<Sum> {
    let groups = market.market().terms().groups.len();
    let mut sums: Vec<_> =
        (0..groups).map(|group| Sum { group, count: 0, amount: BigInt::zero() }).collect();
    for (p, m) in account.positions().iter().zip(&made.positions) {
        let listed = market.market().instrument(p.instrument);
        let sum = listed.filter(|_| m.isolated.is_none()).and_then(|i| sums.get_mut(i.group));
        if let Some(sum) = sum {
            sum.count += 1;
            sum.amount += &m.requirement;
        }
    }
    sums.retain(|sum| sum.count > 0);
    sums
}

/// The settlement asset of a group.
fn settling(market: &CompiledMarket, group: usize) -> Option<&Asset> {
    let id = market.market().terms().groups.get(group)?.asset;
    market.schedule().asset_of_id(id)
}

pub(super) fn conversions(
    market: &CompiledMarket,
    account: &Account,
    made: &Margin,
) -> Vec<ExplainedStep> {
    let to = market.schedule().file().rounding.conversion;
    if to.is_none() {
        return Vec::new();
    }
    let unit = market.schedule().margin_amount_unit();
    let step = |Sum { group, amount, .. }: &Sum| {
        Some(ExplainedStep {
            figure: settling(market, *group)?.symbol.clone(),
            how: "what all its positions require".to_owned(),
            rounding: rounded(to, Fraction::of_units(amount, unit)),
            result: unit.figure(&market.market().terms().converted(amount)),
        })
    };
    sums(market, account, made).iter().filter_map(step).collect()
}

pub(super) fn explain(
    market: &CompiledMarket,
    of: &BooksMarket,
    account: &Account,
    made: &Margin,
) -> Vec<ExplainedStep> {
    let schedule = market.schedule();
    let unit = schedule.margin_amount_unit();
    let book = of.books().asset_id();
    let counts = |id: u32| book.is_none_or(|asset| asset == id);
    let (mut held, mut debts) = (Vec::new(), Vec::new());
    for m in made.assets.iter().filter(|m| counts(m.asset)) {
        let Some(asset) = schedule.asset_of_id(m.asset) else { continue };
        held.push(asset.symbol.as_str());
        if !m.requirement.is_zero() {
            debts.push(asset.symbol.as_str());
        }
    }
    let mut parts: Vec<_> = sums(market, account, made)
        .iter()
        .filter_map(|sum| Some((sum.count, settling(market, sum.group)?)))
        .filter(|(_, asset)| counts(asset.id))
        .map(|(count, asset)| match count {
            1 => format!("1 position that settles in {}", asset.symbol),
            _ => format!("{count} positions that settle in {}", asset.symbol),
        })
        .collect();
    if !debts.is_empty() {
        parts.push(format!("debts in {}", debts.join(", ")));
    }
    let of_parts = |words: &str, parts: &str| match parts {
        "" => "nothing".to_owned(),
        _ => format!("{words} {parts}"),
    };
    let step = |figure: &str, how: String, result: &BigInt| ExplainedStep {
        figure: figure.to_owned(),
        how,
        rounding: None,
        result: unit.figure(result),
    };
    vec![
        step("equity", of_parts("haircut values of", &held.join(", ")), &made.equity),
        step("requirement", of_parts("what is required of", &parts.join(", ")), &made.maintenance),
    ]
}

impl CompiledMarket {
    /// The terms of an asset in the book in which it counts: elsewhere it has no value.
    pub fn asset_in_its_book(&self, asset: &Asset) -> Option<&AssetTerms> {
        let mut books = self.selections().iter();
        let counts = |of: &BooksMarket| of.books().asset_id().is_none_or(|id| id == asset.id);
        let of = books.find(|of| counts(of))?;
        of.market().asset(asset.id)
    }
}
