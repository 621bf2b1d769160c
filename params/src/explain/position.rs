//! A position: what it is worth, what settles of it, and its notional.

use super::requirement;
use super::steps::{ExplainedRounding, ExplainedStep, Named, Of, Steps, rounded};
use crate::elements::Fraction;
use crate::elements_file::{InstrumentElementsFile, SidesFile, StepFile};
use crate::market::CompiledMarket;
use crate::schedule::{Asset, Instrument};
use crate::schedule_file::{KindFile, RoundToFile, RowFile, TiersFile};
use crate::snapshot::AssetPrice;
use crate::unit::Unit;
use num_bigint::{BigInt, BigUint};
use num_traits::{One, Signed};
use zkmargin_model::rule::{
    Book, InstrumentTerms, Orders, Position, PositionMargin, SecondWord, Side, Variable,
};

/// `None` for what is not in the market.
pub(super) fn explain(
    market: &CompiledMarket,
    p: &Position,
    second: SecondWord<'_>,
    made: &PositionMargin,
) -> Option<Vec<ExplainedStep>> {
    let schedule = market.schedule();
    let instrument = schedule.instrument_of_id(p.instrument)?;
    let price = market.snapshot().instrument(p.instrument)?;
    let file = schedule.file().instruments.get(instrument.at)?;
    let terms = market.market().instrument(p.instrument)?;
    let settled_at = schedule.assets().binary_search_by_key(&instrument.settle, |a| a.id).ok()?;
    let orders = second.orders.zip(terms.elements.order_fee.as_ref());
    let worst = orders.map(|(orders, _)| orders.worst(terms, p));
    let table = schedule.file().tiers.get(instrument.tiers_at)?;
    let plain = InstrumentElementsFile::default();
    let of = OfPosition {
        market,
        instrument,
        settle: schedule.assets().get(settled_at)?,
        settle_price: market.snapshot().assets.get(settled_at)?,
        written: file.elements.as_ref().unwrap_or(&plain),
        table,
        row: table.rows.get(made.row)?,
        terms,
        p,
        orders,
        worst: worst.unwrap_or_else(|| (p.side, p.size.clone().into())),
        made,
        mark: ("mark", Fraction::of_units(&price.mark, instrument.price_unit)),
        funding_index: price.funding_index.as_ref(),
    };
    let mut out = Steps::new(&price.figures);
    of.result(&mut out);
    let notional = of.notional(&mut out);
    requirement::explain(&of, &notional, &mut out)?;
    Some(out.list)
}

/// A position with what its figures are made of.
pub(super) struct OfPosition<'a> {
    pub(super) market: &'a CompiledMarket,
    pub(super) instrument: &'a Instrument,
    pub(super) settle: &'a Asset,
    pub(super) settle_price: &'a AssetPrice,
    pub(super) written: &'a InstrumentElementsFile,
    pub(super) table: &'a TiersFile,
    /// The row that holds it.
    pub(super) row: &'a RowFile,
    pub(super) terms: &'a InstrumentTerms,
    pub(super) p: &'a Position,
    /// With what each requires.
    pub(super) orders: Option<(&'a Orders, &'a BigInt)>,
    /// The larger position that they can make of it: that itself, if there are none.
    pub(super) worst: (Side, BigInt),
    pub(super) made: &'a PositionMargin,
    mark: Named,
    funding_index: Option<&'a BigInt>,
}

impl OfPosition<'_> {
    /// The book that it counts in, in words.
    pub(super) fn book(&self) -> String {
        match self.p.book {
            Book::Cross => self.market.cross_book_of(self.settle),
            Book::Isolated => "a book of its own".to_owned(),
        }
    }

    /// A size as a number.
    pub(super) fn size(&self, steps: &BigInt) -> Fraction {
        Fraction::of_units(steps, Unit::of_decimals(self.instrument.size_decimals))
    }

    /// What a number of contracts is worth at the price of its side, in words, with its rounding.
    fn at_price(
        &self,
        sides: Option<&SidesFile>,
        plain: Option<RoundToFile>,
        out: &Steps<'_>,
        unit: Unit,
        (side, of): (Side, &Of<'_>),
    ) -> (String, Option<ExplainedRounding>) {
        let (mut name, mut number) = (of.name.to_owned(), of.number.clone());
        let multiplier = &self.instrument.multiplier;
        if !(multiplier.coefficient().is_one() && multiplier.scale() == 0) {
            name += &format!(" * {multiplier}");
            number = number.times(&Fraction::of_decimal(multiplier));
        }
        let (mark_name, mark) = &self.mark;
        match (sides, self.instrument.kind) {
            (Some(sides), _) => {
                let (step, held): (&StepFile, _) = match side {
                    Side::Long => (&sides.long, "of a long"),
                    Side::Short => (&sides.short, "of a short"),
                };
                let of = Of { name: &name, number: &number };
                let (how, rounding) = out.applied(&of, step, Some(&self.mark), unit);
                (format!("{how}, {held}"), rounding)
            }
            (None, KindFile::Linear) => {
                (format!("{name} * {mark_name} {mark}"), rounded(plain, number.times(mark)))
            }
            (None, KindFile::Inverse) => {
                let before = number.over(mark);
                let rounding = before.and_then(|before| rounded(plain, before));
                (format!("{name} / {mark_name} {mark}"), rounding)
            }
        }
    }

    /// What settles of it.
    fn result(&self, out: &mut Steps<'_>) {
        let (unit, settled) = (self.instrument.entry_unit, self.instrument.settle_unit);
        let rounding = &self.market.schedule().file().rounding;
        let size = self.p.signed_size();
        // An inverse contract pays the less of its coin the higher the price.
        let (name, number) = match self.instrument.kind {
            KindFile::Linear => ("size", self.size(&size)),
            KindFile::Inverse => ("-size", self.size(&-&size)),
        };
        let of = (self.p.side, &Of { name, number: &number });
        let sides = self.written.value_by_side.as_ref();
        let (how, rounds) = self.at_price(sides, rounding.value, out, unit, of);
        let value = self.terms.value_of(self.p.side, &size);
        out.push("value", how, rounds, &value, unit);
        let funding = &self.terms.funding * &size;
        let mut less = "value less entry value".to_owned();
        if let Some((index, of)) = self.funding_index.zip(self.instrument.funding_unit) {
            let how = format!(
                "size * funding index {}; what was paid before is in the entry value",
                Fraction::of_units(index, of)
            );
            out.exact("funding", how, &funding, unit);
            less += " and funding";
        }
        let in_entry = self.market.schedule().allocation_asset().is_none();
        if self.p.book == Book::Isolated && in_entry {
            less += ", with the margin assigned to it";
        }
        let pays = format!(", in {} in {}", self.settle.symbol, self.book());
        let mut x = self.made.pnl.clone();
        let exact = Fraction::of_units(&(value - funding - &self.p.entry), unit);
        let rounds = rounded(rounding.profit_and_loss, exact);
        let last = self.written.result.is_empty();
        let how = if last { format!("{less}{pays}") } else { less };
        out.push("profit and loss", how, rounds, &x, settled);
        let steps = self.written.result.iter().zip(&self.terms.elements.result);
        let count = self.written.result.len();
        for ((step, by_sign), at) in steps.zip(1..) {
            let (name, of) = match x.is_negative() {
                true => ("loss", &step.loss),
                false => ("profit", &step.profit),
            };
            let number = Fraction::of_units(&x, settled);
            let (mut how, rounds) = out.applied(&Of { name, number: &number }, of, None, settled);
            if let Some(most) = &step.at_most {
                how += &format!(", at most {}", most.as_str());
            }
            if at == count {
                how += &pays;
            }
            x = by_sign.apply(&x);
            out.push("result", how, rounds, &x, settled);
        }
    }

    /// Whether what it requires is made of its notional. Otherwise tiers are of the size, and their amount is priced.
    pub(super) fn has_notional(&self) -> bool {
        let tiers = self.market.market().terms().tiers.get(self.terms.tiers);
        let by_quantity = tiers.is_some_and(|tiers| tiers.variable() == Variable::Quantity);
        !by_quantity || self.terms.elements.rate.is_some()
    }

    /// How a number of contracts, of the larger side, is priced for the requirement.
    pub(super) fn priced(
        &self,
        of: &Of<'_>,
        out: &Steps<'_>,
    ) -> (String, Option<ExplainedRounding>) {
        let rounding = self.market.schedule().file().rounding.notional;
        let unit = self.instrument.notional_unit;
        let sides = self.written.notional_by_side.as_ref();
        let (how, mut rounds) = self.at_price(sides, rounding, out, unit, (self.worst.0, of));
        // What a mark below zero makes of it is taken without its sign.
        if let Some(rounding) = &mut rounds {
            rounding.before = rounding.before.abs();
        }
        let below = sides.is_none() && self.mark.1.is_negative();
        (if below { how + ", without its sign" } else { how }, rounds)
    }

    /// The notional, in its unit.
    fn notional(&self, out: &mut Steps<'_>) -> BigInt {
        let unit = self.instrument.notional_unit;
        let rounding = &self.market.schedule().file().rounding;
        let (side, size) = &self.worst;
        let name = self.larger_size(out);
        let first = match (&self.terms.elements.short, side) {
            (Some(short), Side::Short) => &short.requirement,
            _ => &self.terms.requirement,
        };
        let (how, rounds, mut n) = match self.written.notional_at_entry {
            true => {
                let entry = self.p.entry.abs();
                let before = Fraction::of_units(&entry, self.instrument.entry_unit);
                let how = "value at entry, without its sign".to_owned();
                (how, rounded(rounding.notional, before), first.apply(&entry))
            }
            false => {
                let number = self.size(size);
                let (how, rounds) = self.priced(&Of { name, number: &number }, out);
                (how, rounds, first.apply(size))
            }
        };
        if !self.has_notional() {
            return self.terms.elements.notional.iter().fold(n, |n, step| step.apply(&n));
        }
        out.push("notional", how, rounds, &n, unit);
        for (step, of) in self.written.notional.iter().zip(&self.terms.elements.notional) {
            let number = Fraction::of_units(&n, unit);
            let of_step = Of { name: "notional", number: &number };
            let (how, rounds) = out.applied(&of_step, step, None, unit);
            n = of.apply(&n);
            out.push("notional", how, rounds, &n, unit);
        }
        n
    }

    /// The name of the size whose notional is taken.
    pub(super) fn size_name(&self) -> &'static str {
        match self.ordered() {
            Some(_) => "size with orders",
            None => "size",
        }
    }

    /// Its orders, if they have a size.
    fn ordered(&self) -> Option<&Orders> {
        let none = BigUint::ZERO;
        let orders = self.orders.map(|(orders, _)| orders);
        orders.filter(|orders| orders.bids != none || orders.asks != none)
    }

    /// The same; a step says how orders make it.
    fn larger_size(&self, out: &mut Steps<'_>) -> &'static str {
        if let Some(orders) = self.ordered() {
            let (side, size) = &self.worst;
            let size = if *side == Side::Short { -size } else { size.clone() };
            let bought = size == self.p.signed_size() + BigInt::from(orders.bids.clone());
            let how = match bought {
                true => "size + bids, whose notional is larger than that of size - asks",
                false => "size - asks, whose notional is not smaller than that of size + bids",
            };
            let unit = Unit::of_decimals(self.instrument.size_decimals);
            out.exact("size with orders", how, &size, unit);
        }
        self.size_name()
    }
}
