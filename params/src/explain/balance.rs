//! A balance: its amount, what that is worth, and what counts of it.

use super::steps::{ExplainedRounding, ExplainedStep, Of, Steps, bounds, line, rounded};
use crate::elements::Fraction;
use crate::elements_file::{AssetElementsFile, StepFile};
use crate::market::CompiledMarket;
use crate::schedule::Asset;
use crate::schedule_file::{AssetFile, VariableFile};
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::rule::{AssetTerms, Balance};

/// `None` for what is not in the market.
pub(super) fn explain(
    market: &CompiledMarket,
    b: &Balance,
    amount: &BigInt,
) -> Option<Vec<ExplainedStep>> {
    let schedule = market.schedule();
    let at = schedule.assets().binary_search_by_key(&b.asset, |a| a.id).ok()?;
    let book = market.cross_book_of(schedule.assets().get(at)?);
    in_book(market, b, amount, book)
}

/// The same of what an isolated position has.
pub(super) fn of_isolated(
    market: &CompiledMarket,
    b: &Balance,
    amount: &BigInt,
) -> Option<Vec<ExplainedStep>> {
    in_book(market, b, amount, "the isolated book".to_owned())
}

fn in_book(
    market: &CompiledMarket,
    b: &Balance,
    amount: &BigInt,
    book: String,
) -> Option<Vec<ExplainedStep>> {
    let schedule = market.schedule();
    let at = schedule.assets().binary_search_by_key(&b.asset, |a| a.id).ok()?;
    let (asset, price) = (schedule.assets().get(at)?, market.snapshot().assets.get(at)?);
    let file = schedule.file().assets.get(asset.at)?;
    let index = Fraction::of_units(price.index.of(amount), Unit::of_decimals(asset.index_decimals));
    let name = match (schedule.file().bid_and_ask, amount.is_negative()) {
        (false, _) => "price",
        (true, false) => "bid",
        (true, true) => "ask",
    };
    let plain = AssetElementsFile::default();
    let of = OfBalance {
        market,
        asset,
        file,
        written: file.elements.as_ref().unwrap_or(&plain),
        terms: market.asset_in_its_book(asset)?,
        b,
        amount,
        book,
        price: (name, index),
    };
    let mut out = Steps::new(&price.figures);
    of.amount(&mut out);
    let value = of.value(&mut out);
    of.collateral(&value, &mut out)?;
    Some(out.list)
}

struct OfBalance<'a> {
    market: &'a CompiledMarket,
    asset: &'a Asset,
    file: &'a AssetFile,
    written: &'a AssetElementsFile,
    terms: &'a AssetTerms,
    b: &'a Balance,
    /// With profit and loss.
    amount: &'a BigInt,
    /// Where it counts, in words.
    book: String,
    price: (&'static str, Fraction),
}

impl OfBalance<'_> {
    fn amount(&self, out: &mut Steps<'_>) {
        let unit = self.asset.amount_unit;
        if let Some(interest) = &self.written.interest {
            let (of, held) = match self.b.balance.is_negative() {
                true => (&interest.debt, "of a debt"),
                false => (&interest.deposit, "of a deposit"),
            };
            let number = Fraction::of_units(&self.b.balance, self.asset.balance_unit);
            let (how, rounds) =
                out.applied(&Of { name: "balance", number: &number }, of, None, unit);
            let how = format!("{how}, {held}");
            out.push("amount", how, rounds, &self.terms.amount_of(&self.b.balance), unit);
        }
        if self.asset.settles {
            let how = format!("with profit and loss that settle in {}", self.book);
            out.exact("amount", how, self.amount, unit);
        }
    }

    /// What it is worth before the collateral function, in the unit of values.
    fn value(&self, out: &mut Steps<'_>) -> BigInt {
        let unit = self.market.schedule().value_unit();
        let (name, price) = &self.price;
        let mut x = self.amount * self.terms.index.of(self.amount);
        if self.written.value_by_sign.is_empty() {
            out.exact("value", format!("amount * {name} {price}"), &x, unit);
            return x;
        }
        let mut number = Fraction::of_units(self.amount, self.asset.amount_unit);
        let steps = self.written.value_by_sign.iter().zip(&self.terms.elements.value);
        for (at, (step, by_sign)) in steps.enumerate() {
            let (of, held): (&StepFile, _) = match x.is_negative() {
                true => (&step.debt, "of a debt"),
                false => (&step.deposit, "of a deposit"),
            };
            let (name, price) = match at {
                0 => ("amount", Some(&self.price)),
                _ => ("value", None),
            };
            let (how, rounds) = out.applied(&Of { name, number: &number }, of, price, unit);
            let mut how = format!("{how}, {held}");
            if let Some(most) = &step.at_most {
                how += &format!(", at most {}", most.as_str());
            }
            x = by_sign.apply(&x);
            out.push("value", how, rounds, &x, unit);
            number = Fraction::of_units(&x, unit);
        }
        x
    }

    /// What counts of it.
    fn collateral(&self, value: &BigInt, out: &mut Steps<'_>) -> Option<()> {
        let schedule = self.market.schedule();
        let file = schedule.file();
        let unit = schedule.margin_amount_unit();
        let function = &self.terms.collateral;
        let (x, x_unit, name) = match self.file.collateral.variable {
            VariableFile::Value => (value, schedule.value_unit(), "value"),
            VariableFile::Quantity => (self.amount, self.asset.amount_unit, "amount"),
        };
        let at = function.find(x)?;
        let row = self.file.collateral.rows.get(at)?;
        let number = Fraction::of_units(x, x_unit);
        let (words, mut exact) = line(row, None, &Of { name, number: &number })?;
        let count = function.rows().len();
        let mut how = format!("row {} of {count}, by the {name}{}: {words}", at + 1, bounds(row));
        if self.file.collateral.variable == VariableFile::Quantity {
            let (name, price) = &self.price;
            how += &format!(", * {name} {price}");
            exact = exact.times(price);
        }
        let unweighted = self.terms.value_of(self.amount)?;
        let rounds = rounded(file.rounding.collateral, exact);
        out.push("collateral value", how, rounds, &unweighted, unit);
        if let (Some(weight), Some(written)) = (&self.terms.elements.weight, &self.written.weight) {
            let of = weight.of(&unweighted, self.amount, self.b.own)?;
            let weighted = weight.apply(&unweighted, self.amount, self.b.own)?;
            let rates = Unit::of_decimals(file.rate_decimals);
            let mut how =
                if unweighted.is_negative() { "of a debt" } else { "of a deposit" }.to_owned();
            if written.own_rate {
                how += ", own rate looked at";
            }
            if written.by_size.is_some() {
                how += ", size looked at";
            }
            out.exact("weight", how, &of, rates);
            let before =
                Fraction::of_units(&unweighted, unit).times(&Fraction::of_units(&of, rates));
            let rounding = ExplainedRounding { mode: written.round, unit, before };
            let how = "collateral value * weight";
            out.push("weighted value", how, Some(rounding), &weighted, unit);
        }
        let (equity, required) = self.terms.margin_of(self.amount, self.b.own)?;
        self.charge(&unweighted, out);
        let book = &self.book;
        let how = match self.written.debts_required {
            true => format!("what is not required instead, in {book}"),
            false => format!("in {book}"),
        };
        out.exact("equity", how, &equity, unit);
        if self.written.debts_required || !self.written.charge_on_debts.is_empty() {
            out.exact("requirement", "debts, and charges on them", &required, unit);
        }
        Some(())
    }

    /// What a debt requires besides.
    fn charge(&self, unweighted: &BigInt, out: &mut Steps<'_>) {
        if !unweighted.is_negative() {
            return;
        }
        let unit = self.market.schedule().margin_amount_unit();
        let (mut x, mut name) = (-unweighted, "debt");
        let steps = self.written.charge_on_debts.iter().zip(&self.terms.elements.debts.charge);
        for (step, of) in steps {
            let number = Fraction::of_units(&x, unit);
            let (how, rounds) = out.applied(&Of { name, number: &number }, step, None, unit);
            x = of.apply(&x);
            out.push("charge", how, rounds, &x, unit);
            name = "charge";
        }
    }
}
