//! What a position requires: the row of its tiers, and the roundings.

use super::position::OfPosition;
use super::steps::{ExplainedRounding, Of, Steps, bounds, figure_of, line};
use crate::elements::Fraction;
use crate::schedule_file::VariableFile;
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::One;
use zkmargin_model::rule::{Book, BracketRow, Side};
use zkmargin_model::shown::quoted;

/// From the notional, in its unit. `None` for what is not in the market.
pub(super) fn explain(of: &OfPosition<'_>, notional: &BigInt, out: &mut Steps<'_>) -> Option<()> {
    let tiers = of.market.market().terms().tiers.get(of.terms.tiers)?;
    let bracket = tiers.rows().get(of.made.row)?;
    root(of, out);
    family(of, out);
    let x = Tiered {
        bracket,
        row: format!("row {} of {}", of.made.row + 1, tiers.rows().len()),
        notional: Fraction::of_units(notional, of.instrument.notional_unit),
    };
    let (how, exact) = unrounded(of, &x, out)?;
    let amount = rounded(of, how, exact, out)?;
    let amount = raised(of, notional, amount, out);
    converted(of, &amount, out);
    Some(())
}

/// The row that holds a position.
struct Tiered<'a> {
    bracket: &'a BracketRow,
    /// Its number.
    row: String,
    notional: Fraction,
}

impl OfPosition<'_> {
    fn rates(&self) -> Unit {
        Unit::of_decimals(self.market.schedule().file().rate_decimals)
    }
}

/// The root that takes the size's place.
fn root(of: &OfPosition<'_>, out: &mut Steps<'_>) {
    let Some(written) = &of.written.root_of_size else { return };
    let figure = "root of the size";
    let (Some(factor), Some(offset)) = (figure_of(&written.factor), figure_of(&written.offset))
    else {
        return;
    };
    let whole = Unit::of_decimals(0);
    let radicand = factor.times(&Fraction::of_units(&of.worst.1, whole)).plus(&offset);
    let mut x = radicand.count(whole).unwrap_or_default().sqrt();
    let how = format!(
        "of {factor} * {} + {offset}, the size in its smallest units, rounded down",
        of.size_name()
    );
    out.exact(figure, how, &x, whole);
    let (mut unit, rates) = (whole, of.rates());
    for (at, step) in written.steps.iter().enumerate() {
        let number = Fraction::of_units(&x, unit);
        let of_step = Of { name: "root", number: &number };
        let (how, rounds) = out.applied(&of_step, step, None, rates);
        let last = at + 1 == written.steps.len();
        x = match (&rounds, last) {
            (_, true) => of.made.variable.clone(),
            (Some(rounding), false) => rounding.units(rates),
            // A step that is not rounded is exact.
            (None, false) => out.product(&number, step).count(rates).unwrap_or_default(),
        };
        out.push(figure, how, rounds, &x, rates);
        unit = rates;
    }
}

/// What it counts of its family.
fn family(of: &OfPosition<'_>, out: &mut Steps<'_>) {
    let (Some(family), Some(terms)) = (&of.written.family, &of.terms.elements.family) else {
        return;
    };
    let own = BigInt::from(of.p.size.clone()) * &terms.unit;
    let unit = Unit::of_decimals(of.instrument.counted_decimals);
    let how = match of.p.book {
        Book::Isolated => "isolated, it counts alone".to_owned(),
        Book::Cross => format!(
            "it counts {}, with the positions of the cross book in {}",
            unit.figure(&own),
            quoted(&family.name)
        ),
    };
    out.exact("family", how, &of.made.variable, unit);
}

/// What tiers require before any rounding: in words, and the number.
fn unrounded(
    of: &OfPosition<'_>,
    x: &Tiered<'_>,
    out: &mut Steps<'_>,
) -> Option<(String, Fraction)> {
    let variable = &of.made.variable;
    let is_family = of.written.family.is_some();
    let (by, unit) = match (of.table.variable, of.written.root_of_size.is_some()) {
        (VariableFile::Value, _) => ("notional", of.instrument.settle_unit),
        (VariableFile::Quantity, true) => ("root", of.rates()),
        (VariableFile::Quantity, false) => {
            let by = if is_family { "what the family counts" } else { of.size_name() };
            (by, Unit::of_decimals(of.instrument.counted_decimals))
        }
    };
    let the = if is_family { "" } else { "the " };
    let row = format!("{}, by {the}{by}{}", x.row, bounds(of.row));
    let denominator = of.table.denominator;
    let number = Fraction::of_units(variable, unit);
    if let Some(form) = &of.terms.elements.rate {
        let (words, before) = line(of.row, denominator, &Of { name: by, number: &number })?;
        let rates = of.rates();
        if denominator.is_some() && form.steps.is_empty() {
            // An exact fraction, which has no digits of its own.
            let words = if words.contains(' ') { format!("({words})") } else { words };
            return Some((format!("{row}: {words} * notional"), before.times(&x.notional)));
        }
        let public = form.public(x.bracket.at(variable));
        let mode = of.written.rate.as_ref().and_then(|rate| rate.round);
        let rounds = mode.map(|mode| ExplainedRounding { mode, unit: rates, before });
        out.push("rate", format!("{row}: {words}"), rounds, &public, rates);
        let rate = form.at(x.bracket.at(variable), of.p.own);
        if form.own.is_some() {
            let how = "the larger of it and the own rate, or its default";
            out.exact("rate", how, &rate, rates);
        }
        let exact = Fraction::of_units(&rate, rates).times(&x.notional);
        return Some(("rate * notional".to_owned(), exact));
    }
    if of.table.variable == VariableFile::Value {
        let (words, exact) = line(of.row, denominator, &Of { name: by, number: &number })?;
        return Some((format!("{row}: {words}"), exact));
    }
    // The row of the whole family, on the position's own size.
    let (name, size) = match is_family {
        true => ("size", of.p.size.clone().into()),
        false => (by, variable.clone()),
    };
    let number = of.size(&size);
    let (words, contracts) = line(of.row, denominator, &Of { name, number: &number })?;
    let words = if words.contains(' ') { format!("({words})") } else { words };
    let (how, rounds) = of.priced(&Of { name: &words, number: &contracts }, out);
    let how = format!("{row}: {how}");
    let (side, unit) = (of.worst.0, of.instrument.notional_unit);
    let amount = of.terms.notional_of(side, &x.bracket.at(&size));
    let by = Fraction::of_units(&denominator.unwrap_or(1).into(), Unit::of_decimals(0));
    let exact = Fraction::of_units(&amount, unit).over(&by)?;
    if rounds.is_none() && of.written.notional.is_empty() {
        return Some((how, exact));
    }
    out.push("requirement", how, rounds, &of.first_notional(side, &x.bracket.at(&size)), unit);
    let how = match of.written.notional.is_empty() {
        true => "requirement",
        false => "requirement, by the steps of the notional",
    };
    Some((how.to_owned(), exact))
}

impl OfPosition<'_> {
    fn first_notional(&self, side: Side, size: &BigInt) -> BigInt {
        match (&self.terms.elements.short, side) {
            (Some(short), Side::Short) => short.requirement.apply(size),
            _ => self.terms.requirement.apply(size),
        }
    }
}

/// The declared roundings in turn.
fn rounded(
    of: &OfPosition<'_>,
    mut how: String,
    mut exact: Fraction,
    out: &mut Steps<'_>,
) -> Option<Fraction> {
    let file = of.market.schedule().file();
    let steps = of.table.requirement_rounding.as_ref().unwrap_or(&file.rounding.requirement);
    if steps.is_empty() {
        let unit = of.market.schedule().requirement_unit(of.instrument);
        out.exact("requirement", how, &exact.count(unit)?, unit);
        return Some(exact);
    }
    for step in steps {
        if let Some(factor) = &step.factor {
            how += &format!(" * {}", factor.as_str());
            exact = exact.times(&figure_of(factor)?);
        }
        let unit = Unit::of_decimals(step.decimals);
        let rounding = ExplainedRounding { mode: step.mode, unit, before: exact };
        let units = rounding.units(unit);
        let of_step = std::mem::replace(&mut how, "requirement".to_owned());
        out.push("requirement", of_step, Some(rounding), &units, unit);
        exact = Fraction::of_units(&units, unit);
    }
    Some(exact)
}

/// With what the own leverage, charges and orders add.
fn raised(
    of: &OfPosition<'_>,
    notional: &BigInt,
    required: Fraction,
    out: &mut Steps<'_>,
) -> Fraction {
    let schedule = of.market.schedule();
    let unit = schedule.requirement_unit(of.instrument);
    let elements = &of.terms.elements;
    let number = Fraction::of_units(notional, of.instrument.notional_unit);
    let (mut sum, mut words) = (required, Vec::new());
    if let (Some(leverage), Some(written)) = (&elements.leverage, &of.written.own_leverage) {
        let times = Unit::of_decimals(schedule.file().own_leverage_decimals.unwrap_or(0));
        let own = Fraction::of_units(&leverage.of(of.p.own).into(), times);
        let whose = if of.p.own == 0 { "the default" } else { "the own" };
        let at = leverage.at(notional, of.p.own);
        let (mode, kept) = (written.round.mode, Unit::of_decimals(written.round.decimals));
        let before = number.over(&own);
        let rounding = before.map(|before| ExplainedRounding { mode, unit: kept, before });
        let how = format!("notional / {own}, {whose}");
        out.push("requirement by leverage", how, rounding, &at, unit);
        let at = Fraction::of_units(&at, unit);
        sum = if at.is_above(&sum) { at } else { sum };
        words.push("the larger of both");
    }
    if !elements.charge.is_empty() {
        let (mut x, mut charge, mut name) = (notional.clone(), number, "notional");
        for (step, of_step) in of.written.charge.iter().zip(&elements.charge) {
            let (how, rounds) = out.applied(&Of { name, number: &charge }, step, None, unit);
            x = of_step.apply(&x);
            out.push("charge", how, rounds, &x, unit);
            (charge, name) = (Fraction::of_units(&x, unit), "charge");
        }
        sum = sum.plus(&charge);
        words.push("with the charge");
    }
    if let Some((orders, fee)) = of.orders.filter(|(orders, _)| orders.count > 0) {
        let how = format!("{} orders at {}", orders.count, unit.figure(fee));
        let fees = fee * orders.count;
        out.exact("fees of orders", how, &fees, unit);
        sum = sum.plus(&Fraction::of_units(&fees, unit));
        words.push("with the fees of orders");
    }
    if let (false, Some(units)) = (words.is_empty(), sum.count(unit)) {
        out.exact("requirement", words.join(", "), &units, unit);
    }
    sum
}

/// In the valuation currency. An isolated position's is compared before.
fn converted(of: &OfPosition<'_>, amount: &Fraction, out: &mut Steps<'_>) {
    let schedule = of.market.schedule();
    let unit = Unit::of_decimals(of.settle.index_decimals);
    let price = Fraction::of_units(&of.settle_price.requirement_index, unit);
    let is_one = price.count(Unit::of_decimals(0)).is_some_and(|price| price.is_one());
    if of.p.book == Book::Isolated || is_one {
        return;
    }
    let name = if schedule.file().bid_and_ask { "ask" } else { "index price" };
    let how = format!("requirement * {name} {price} of {}, in {}", of.settle.symbol, of.book());
    let unit = schedule.margin_amount_unit();
    if let Some(units) = amount.times(&price).count(unit) {
        out.exact("requirement", how, &units, unit);
    }
}
