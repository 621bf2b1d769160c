//! How the figures of a position or a balance come about, step by step, where the rule has elements.

use super::figures::Figures;
use super::fraction::Fraction;
use crate::elements_file::{AssetElementsFile, InstrumentElementsFile, StepFile};
use crate::market::CompiledMarket;
use crate::schedule::{Asset, Instrument};
use crate::schedule_file::{InstrumentFile, ModeFile, RoundToFile, VariableFile};
use crate::unit::Unit;
use num_bigint::{BigInt, BigUint};
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::{
    Account, AssetTerms, Balance, Book, InstrumentTerms, Margin, Orders, Position, PositionMargin,
    SettleGroup, Side,
};
use zkmargin_model::shown::quoted;

/// A step of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainedStep {
    /// Which figure, such as `notional`.
    pub figure: String,
    /// What it is made of, with the rounding.
    pub how: String,
    /// The figure.
    pub result: Decimal,
}

/// Direction of a rounding, in words.
fn direction(mode: ModeFile) -> &'static str {
    match mode {
        ModeFile::Floor => "rounded down",
        ModeFile::Ceil => "rounded up",
        ModeFile::Truncate => "rounded toward zero",
        ModeFile::Away => "rounded away from zero",
        ModeFile::NearestUp => "rounded to the nearest, ties up",
        ModeFile::NearestAway => "rounded to the nearest, ties away from zero",
        ModeFile::NearestZero => "rounded to the nearest, ties to zero",
    }
}

fn rounded(mode: Option<ModeFile>, kept: Unit) -> String {
    match mode {
        Some(mode) => format!(", {} to {kept}", direction(mode)),
        None => String::new(),
    }
}

/// A price that a figure can take the place of, with its name.
type Named<'a> = (&'a str, Fraction);

/// Steps in the making.
struct Steps<'a> {
    figures: &'a Figures,
    list: Vec<ExplainedStep>,
}

impl Steps<'_> {
    fn push(&mut self, figure: impl Into<String>, how: impl Into<String>, x: &BigInt, unit: Unit) {
        let (figure, how, result) = (figure.into(), how.into(), unit.figure(x));
        self.list.push(ExplainedStep { figure, how, result });
    }

    /// `x * 0.9 * oracle price 64000, rounded down to 10^-6`.
    fn words(&self, x: &str, step: &StepFile, price: Option<&Named<'_>>, out: Unit) -> String {
        let mut words = x.to_owned();
        if let Some(multiply) = &step.multiply {
            words += &format!(" * {}", multiply.as_str());
        }
        let figure = step.by.as_ref().and_then(|by| Some((by.as_str(), self.figures.get(by)?)));
        if let Some((name, value)) = figure.or(price.map(|(name, value)| (*name, value))) {
            words += &format!(" * {name} {value}");
        }
        words + &rounded(step.round, step.decimals.map_or(out, Unit::of_decimals))
    }
}

impl CompiledMarket {
    /// How the figures of a position with its open orders come about; nothing if its instrument has no elements, and there
    /// are no orders.
    pub fn explain_position(
        &self,
        p: &Position,
        orders: Option<&Orders>,
        made: &PositionMargin,
    ) -> Vec<ExplainedStep> {
        let found = self.schedule().instrument_of_id(p.instrument).and_then(|instrument| {
            let price = self.snapshot().instrument(p.instrument)?;
            let file = self.schedule().file().instruments.get(instrument.at)?;
            let terms = self.market().instrument(p.instrument)?;
            let steps = Steps { figures: &price.figures, list: Vec::new() };
            let mark = ("mark", Fraction::of_units(&price.mark, instrument.price_unit));
            let orders = orders.zip(terms.elements.order_fee.as_ref());
            let worst = orders.map(|(orders, _)| orders.worst(terms, p));
            let of = OfPosition {
                market: self,
                instrument,
                file,
                terms,
                p,
                orders,
                worst: worst.unwrap_or_else(|| (p.side, p.size.clone().into())),
                made,
                mark,
            };
            let none = InstrumentElementsFile::default();
            let ordered = orders.is_some_and(|(orders, _)| *orders != Orders::default());
            let written = file.elements.as_ref().or(ordered.then_some(&none));
            Some(of.steps(written?, steps))
        });
        found.unwrap_or_default()
    }

    /// How what positions of each settlement asset require together is rounded, by its symbol; nothing where it is not.
    pub fn explain_conversions(&self, account: &Account, made: &Margin) -> Vec<ExplainedStep> {
        let (schedule, terms) = (self.schedule(), self.market().terms());
        let Some(to) = schedule.file().rounding.conversion else { return Vec::new() };
        let unit = schedule.margin_amount_unit();
        let sum_of = |group: usize| {
            let positions = account.positions().iter().zip(&made.positions);
            let of_group = positions.filter(|(p, m)| {
                let listed = self.market().instrument(p.instrument);
                m.isolated.is_none() && listed.is_some_and(|terms| terms.group == group)
            });
            of_group.map(|(_, m)| m.requirement.clone()).reduce(|sum, more| sum + more)
        };
        let step = |(group, settle): (usize, &SettleGroup)| {
            let sum = sum_of(group)?;
            let asset = schedule.assets().iter().find(|asset| asset.id == settle.asset)?;
            let kept = rounded(Some(to.mode), Unit::of_decimals(to.decimals));
            Some(ExplainedStep {
                figure: asset.symbol.clone(),
                how: format!("{} of all its positions{kept}", unit.figure(&sum)),
                result: unit.figure(&terms.converted(&sum)),
            })
        };
        terms.groups.iter().enumerate().filter_map(step).collect()
    }

    /// How the figures of a balance come about that has become `amount` with profit and loss; nothing if its asset has
    /// no elements.
    pub fn explain_balance(&self, b: &Balance, amount: &BigInt) -> Vec<ExplainedStep> {
        let listed = self.schedule().assets();
        let at = listed.binary_search_by_key(&b.asset, |a| a.id).ok();
        let found = at.and_then(|at| {
            let (asset, price) = (listed.get(at)?, self.snapshot().assets.get(at)?);
            let file = self.schedule().file().assets.get(asset.at)?;
            let terms = self.market().asset(b.asset)?;
            let steps = Steps { figures: &price.figures, list: Vec::new() };
            let index = price.index.of(amount);
            let index = Fraction::of_units(index, Unit::of_decimals(asset.index_decimals));
            let of = OfBalance { market: self, asset, terms, b, amount, price: ("price", index) };
            Some(of.steps(file.elements.as_ref()?, steps))
        });
        found.unwrap_or_default()
    }
}

struct OfPosition<'a> {
    market: &'a CompiledMarket,
    instrument: &'a Instrument,
    file: &'a InstrumentFile,
    terms: &'a InstrumentTerms,
    p: &'a Position,
    /// With what each requires.
    orders: Option<(&'a Orders, &'a BigInt)>,
    /// The larger position that they can make of it: that itself, if there are none.
    worst: (Side, BigInt),
    made: &'a PositionMargin,
    mark: Named<'a>,
}

impl OfPosition<'_> {
    fn steps(&self, written: &InstrumentElementsFile, mut out: Steps<'_>) -> Vec<ExplainedStep> {
        self.result(written, &mut out);
        let notional = self.notional(written, &mut out);
        self.requirement(written, notional, &mut out);
        out.list
    }

    /// Words for a size times the price of the position's side.
    fn at_price(
        &self,
        sides: Option<&crate::SidesFile>,
        plain: Option<RoundToFile>,
        out: &Steps<'_>,
        unit: Unit,
        (side, size): (Side, &str),
    ) -> String {
        let size = match self.instrument.multiplier.to_string() {
            one if one == "1" => size.to_owned(),
            multiplier => format!("{size} * {multiplier}"),
        };
        let side = sides.map(|sides| match side {
            Side::Long => &sides.long,
            Side::Short => &sides.short,
        });
        match side {
            Some(step) => out.words(&size, step, Some(&self.mark), unit),
            None => {
                let kept = plain.map_or(unit, |to| Unit::of_decimals(to.decimals));
                let (name, mark) = &self.mark;
                format!("{size} * {name} {mark}{}", rounded(plain.map(|to| to.mode), kept))
            }
        }
    }

    fn result(&self, written: &InstrumentElementsFile, out: &mut Steps<'_>) {
        let (unit, settled) = (self.instrument.entry_unit, self.instrument.settle_unit);
        let rounding = &self.market.schedule().file().rounding;
        let of = (self.p.side, "size");
        let how = self.at_price(written.value_by_side.as_ref(), rounding.value, out, unit, of);
        let value = self.terms.value_of(self.p.side, &self.p.signed_size());
        out.push("value", how, &value, unit);
        let less = match self.instrument.funding_unit {
            Some(_) => "value less entry value and funding",
            None => "value less entry value",
        };
        let mut x = self.made.pnl.clone();
        out.push("profit and loss", less, &x, settled);
        for (step, by_sign) in written.result.iter().zip(&self.terms.elements.result) {
            let (name, of) = match x.is_negative() {
                true => ("loss", &step.loss),
                false => ("profit", &step.profit),
            };
            let mut how = out.words(name, of, None, settled);
            if let Some(most) = &step.at_most {
                how += &format!(", at most {}", most.as_str());
            }
            x = by_sign.apply(&x);
            out.push("result", how, &x, settled);
        }
    }

    fn notional(&self, written: &InstrumentElementsFile, out: &mut Steps<'_>) -> BigInt {
        let unit = self.instrument.notional_unit;
        let rounding = &self.market.schedule().file().rounding;
        let (side, size) = &self.worst;
        let of = (*side, self.larger_size(out));
        let sides = written.notional_by_side.as_ref();
        let how = match written.notional_at_entry {
            true => {
                let kept = rounding.notional.map_or(unit, |to| Unit::of_decimals(to.decimals));
                let mode = rounding.notional.map(|to| to.mode);
                format!("value at entry, without its sign{}", rounded(mode, kept))
            }
            false => {
                let how = self.at_price(sides, rounding.notional, out, unit, of);
                let below = self.mark.1.is_negative();
                if below { how + ", without its sign" } else { how }
            }
        };
        let first = match (&self.terms.elements.short, side) {
            (Some(short), Side::Short) => &short.requirement,
            _ => &self.terms.requirement,
        };
        let mut n = match written.notional_at_entry {
            true => first.apply(&self.p.entry.abs()),
            false => first.apply(size),
        };
        out.push("notional", how, &n, unit);
        for (step, of) in written.notional.iter().zip(&self.terms.elements.notional) {
            n = of.apply(&n);
            out.push("notional", out.words("notional", step, None, unit), &n, unit);
        }
        n
    }

    /// The size whose notional is taken, by name; a step says how orders make it.
    fn larger_size(&self, out: &mut Steps<'_>) -> &'static str {
        let none = BigUint::ZERO;
        let Some((orders, _)) = self.orders.filter(|(o, _)| o.bids != none || o.asks != none)
        else {
            return "size";
        };
        let (side, size) = &self.worst;
        let size = if *side == Side::Short { -size } else { size.clone() };
        let bought = size == self.p.signed_size() + BigInt::from(orders.bids.clone());
        let how = match bought {
            true => "size + bids, whose notional is larger than that of size - asks",
            false => "size - asks, whose notional is not smaller than that of size + bids",
        };
        let unit = Unit::of_decimals(self.instrument.size_decimals);
        out.push("size with orders", how, &size, unit);
        "size with orders"
    }

    fn requirement(&self, written: &InstrumentElementsFile, notional: BigInt, out: &mut Steps<'_>) {
        let schedule = self.market.schedule();
        let file = schedule.file();
        let rates = Unit::of_decimals(file.rate_decimals);
        let elements = &self.terms.elements;
        let made = self.made;
        let table = file.tiers.iter().find(|table| table.name == self.file.tiers);
        let of_root = written.root_of_size.as_ref();
        if let Some(root) = of_root {
            let (factor, offset) = (root.factor.as_str(), root.offset.as_str());
            let size = if self.worst.1 == self.p.size.clone().into() {
                "size"
            } else {
                "size with orders"
            };
            let how = format!("of {factor} * {size} + {offset}, the size in its smallest units");
            let how = root
                .steps
                .iter()
                .fold(how, |how, step| format!("{how}; {}", out.words("root", step, None, rates)));
            out.push("root of the size", how, &made.variable, rates);
        }
        let Some(brackets) = self.market.market().terms().tiers.get(self.terms.tiers) else {
            return;
        };
        let Some(row) = brackets.rows().get(made.row) else { return };
        let (number, rows) = (made.row + 1, brackets.rows().len());
        if let (Some(family), Some(of)) = (&written.family, &elements.family) {
            let own = BigInt::from(self.p.size.clone()) * &of.unit;
            let unit = Unit::of_decimals(self.instrument.counted_decimals);
            let how = match self.p.book {
                Book::Isolated => "isolated, it counts alone".to_owned(),
                Book::Cross => format!(
                    "it counts {}, with the positions of the cross book in {}",
                    unit.figure(&own),
                    quoted(&family.name)
                ),
            };
            out.push("family", how, &made.variable, unit);
        }
        let tiered = match (&elements.family, &elements.rate) {
            (Some(_), None) => row.at(&self.p.size.clone().into()),
            _ => row.at(&made.variable),
        };
        let unit = schedule.requirement_unit(self.instrument);
        let of = match (of_root.is_some(), table.map(|table| table.variable)) {
            (true, _) => "the root",
            _ if elements.family.is_some() => "what the family counts",
            (false, Some(VariableFile::Quantity)) => "the size",
            _ => "the notional",
        };
        let unrounded = if let Some(form) = &elements.rate {
            let public = form.public(tiered);
            let how = format!("row {number} of {rows}, by {of}");
            out.push("rate", how, &public, rates);
            let rate = form.at(public.clone(), self.p.own);
            if form.own.is_some() {
                let how = "the larger of it and the own rate, or its default";
                out.push("rate", how, &rate, rates);
            }
            format!("rate * notional, roundings of the schedule: {}", self.rounding_words())
        } else {
            format!(
                "row {number} of {rows}, by {of}, roundings of the schedule: {}",
                self.rounding_words()
            )
        };
        let unrounded = match (&elements.leverage, &written.own_leverage) {
            (Some(leverage), Some(of)) => {
                let times = Unit::of_decimals(file.own_leverage_decimals.unwrap_or(0));
                let own = times.figure(&leverage.of(self.p.own).into());
                let whose = if self.p.own == 0 { "the default" } else { "the own" };
                let kept = Unit::of_decimals(of.round.decimals);
                let how =
                    format!("notional / {own}, {whose}{}", rounded(Some(of.round.mode), kept));
                out.push("requirement by leverage", how, &leverage.at(&notional, self.p.own), unit);
                format!("the larger of it and {unrounded}")
            }
            _ => unrounded,
        };
        // What is charged is a figure of its own and part of the requirement.
        let charge = elements.charge.iter().fold(notional, |x, step| step.apply(&x));
        if let Some(last) = written.charge.last() {
            out.push("charge", out.words("notional", last, None, unit), &charge, unit);
        }
        let mut how =
            if written.charge.is_empty() { unrounded } else { unrounded + ", with the charge" };
        if let Some((orders, fee)) = self.orders.filter(|(orders, _)| orders.count > 0) {
            let of = format!("{} orders at {}", orders.count, unit.figure(fee));
            out.push("fees of orders", of, &(fee * orders.count), unit);
            how += ", with the fees of orders";
        }
        out.push("requirement", how, &made.requirement, schedule.margin_amount_unit());
    }

    /// The roundings of the requirement, of its table or of the schedule.
    fn rounding_words(&self) -> String {
        let file = self.market.schedule().file();
        let table = file.tiers.iter().find(|table| table.name == self.file.tiers);
        let own = table.and_then(|table| table.requirement_rounding.as_ref());
        let steps = own.unwrap_or(&file.rounding.requirement);
        let steps: Vec<_> = steps
            .iter()
            .map(|step| format!("{} to {}", direction(step.mode), Unit::of_decimals(step.decimals)))
            .collect();
        if steps.is_empty() { "none".to_owned() } else { steps.join(", then ") }
    }
}

struct OfBalance<'a> {
    market: &'a CompiledMarket,
    asset: &'a Asset,
    terms: &'a AssetTerms,
    b: &'a Balance,
    /// With profit and loss.
    amount: &'a BigInt,
    price: Named<'a>,
}

impl OfBalance<'_> {
    fn steps(&self, written: &AssetElementsFile, mut out: Steps<'_>) -> Vec<ExplainedStep> {
        let schedule = self.market.schedule();
        let (unit, value_unit) = (self.asset.amount_unit, schedule.value_unit());
        let margin_unit = schedule.margin_amount_unit();
        if let Some(interest) = &written.interest {
            let of = if self.b.balance.is_negative() { &interest.debt } else { &interest.deposit };
            let how = out.words("balance", of, None, unit);
            out.push("amount", how, &self.terms.amount_of(&self.b.balance), unit);
        }
        if self.asset.settles {
            out.push("amount", "with profit and loss", self.amount, unit);
        }
        let mut x = self.amount * self.terms.index.of(self.amount);
        for (i, (step, by_sign)) in
            written.value_by_sign.iter().zip(&self.terms.elements.value).enumerate()
        {
            let of = if x.is_negative() { &step.debt } else { &step.deposit };
            let (name, price) = match i {
                0 => ("amount", Some(&self.price)),
                _ => ("value", None),
            };
            let mut how = out.words(name, of, price, value_unit);
            if let Some(most) = &step.at_most {
                how += &format!(", at most {}", most.as_str());
            }
            x = by_sign.apply(&x);
            out.push("value", how, &x, value_unit);
        }
        let Some(unweighted) = self.terms.value_of(self.amount) else { return out.list };
        out.push("collateral value", "by the collateral function", &unweighted, margin_unit);
        if let Some(weight) = &self.terms.elements.weight
            && let Some(of) = weight.of(&unweighted, self.amount, self.b.own)
            && let Some(weighted) = weight.apply(&unweighted, self.amount, self.b.own)
            && let Some(file) = &written.weight
        {
            let rates = Unit::of_decimals(schedule.file().rate_decimals);
            let mut how =
                if unweighted.is_negative() { "of a debt" } else { "of a deposit" }.to_owned();
            if file.own_rate {
                how += ", own rate looked at";
            }
            if file.by_size.is_some() {
                how += ", size looked at";
            }
            out.push("weight", how, &of, rates);
            let how =
                format!("collateral value * weight{}", rounded(Some(file.round), margin_unit));
            out.push("weighted value", how, &weighted, margin_unit);
        }
        if let Some((equity, required)) = self.terms.margin_of(self.amount, self.b.own) {
            out.push("equity", "what is not required instead", &equity, margin_unit);
            if written.debts_required || !written.charge_on_debts.is_empty() {
                out.push("requirement", "debts, and charges on them", &required, margin_unit);
            }
        }
        out.list
    }
}
