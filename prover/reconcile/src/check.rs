//! Whether a comparison in machine-readable form says one thing: whoever signs one signs each of its lines.

use crate::change::CODES;
use crate::number::{SHOWN, of_decimal};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_params::venues::FigureKind;

/// Where a comparison contradicts itself, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct Contradiction {
    /// JSON pointer of the place.
    pub pointer: String,
    /// What does not fit.
    pub message: String,
}

type Checked<T> = Result<T, Contradiction>;

/// A number as it is shown: itself, or cut after some digits, and then it lies in an interval.
#[derive(Clone, Debug, PartialEq)]
struct Number {
    low: BigRational,
    high: BigRational,
}

impl Number {
    fn parse(text: &str) -> Option<Self> {
        let Some(cut) = text.strip_suffix("..") else {
            let exact = of_decimal(&Decimal::parse(text).ok()?);
            return Some(Self { low: exact.clone(), high: exact });
        };
        let (is_negative, magnitude) = match cut.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, cut),
        };
        let near = of_decimal(&Decimal::parse(magnitude).ok()?);
        let far = &near + BigRational::new(BigInt::from(1), power_of_ten(SHOWN));
        let (low, high) = if is_negative { (-far, -near) } else { (near, far) };
        Some(Self { low, high })
    }

    fn zero() -> Self {
        Self { low: BigRational::zero(), high: BigRational::zero() }
    }

    fn plus(&self, other: &Self) -> Self {
        Self { low: &self.low + &other.low, high: &self.high + &other.high }
    }

    fn minus(&self, other: &Self) -> Self {
        Self { low: &self.low - &other.high, high: &self.high - &other.low }
    }

    /// Whether it can be this number.
    fn can_be(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }

    /// Whether both are one number for certain.
    fn is(&self, other: &Self) -> bool {
        self == other && self.low == self.high
    }

    /// The least and the largest that its magnitude can be.
    fn magnitude(&self) -> [BigRational; 2] {
        let [low, high] = [self.low.abs(), self.high.abs()];
        let has_zero = !self.low.is_positive() && !self.high.is_negative();
        let least = if has_zero { BigRational::zero() } else { low.clone().min(high.clone()) };
        [least, low.max(high)]
    }
}

/// A value with its place.
#[derive(Clone)]
struct At<'a> {
    value: &'a Value,
    pointer: String,
}

impl<'a> At<'a> {
    fn wrong<T>(&self, message: impl Into<String>) -> Checked<T> {
        Err(Contradiction { pointer: self.pointer.clone(), message: message.into() })
    }

    fn member(&self, name: &str) -> Checked<Self> {
        let pointer = format!("{}/{name}", self.pointer);
        match self.value.get(name) {
            Some(value) => Ok(Self { value, pointer }),
            None => Err(Contradiction { pointer, message: "is missing".to_owned() }),
        }
    }

    /// Refuses a member that is none of these: whoever reads on would take it for a part of what was checked.
    fn only(&self, names: &[&str]) -> Checked<()> {
        let Some(members) = self.value.as_object() else { return self.wrong("is not an object") };
        match members.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(Contradiction {
                pointer: format!("{}/{name}", self.pointer),
                message: "is a member that reports do not have".to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn items(&self) -> Checked<Vec<Self>> {
        let Some(items) = self.value.as_array() else { return self.wrong("is not a list") };
        let item = |(at, value)| Self { value, pointer: format!("{}/{at}", self.pointer) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    fn text(&self) -> Checked<&'a str> {
        self.value.as_str().map_or_else(|| self.wrong("is not text"), Ok)
    }

    fn text_or_null(&self) -> Checked<Option<&'a str>> {
        if self.value.is_null() { Ok(None) } else { self.text().map(Some) }
    }

    fn number(&self) -> Checked<Number> {
        let number = Number::parse(self.text()?);
        number.map_or_else(|| self.wrong("is not a decimal number in text"), Ok)
    }

    fn number_or_null(&self) -> Checked<Option<Number>> {
        if self.value.is_null() { Ok(None) } else { self.number().map(Some) }
    }
}

/// Checks a report: its comparisons of accounts, its books side by side, that these are of the venues of the accounts, and that
/// it has no other members. Its format and its counts are the caller's.
///
/// # Errors
/// [`Contradiction`] at the first place that does not fit.
pub fn check_report_json(report: &Value) -> Result<(), Contradiction> {
    let of = At { value: report, pointer: String::new() };
    of.only(&["format", "counts", "overview", "venues"])?;
    let mut venues = BTreeSet::new();
    for account in of.member("venues")?.items()? {
        check_account(&account)?;
        venues.insert(account.member("venue")?.text()?);
    }
    check_overview(&of.member("overview")?, &venues)
}

/// Checks a comparison of one account, as [`json`](crate::json) makes it: that the counts are those of the figures, that each
/// figure is there once, and that of each the difference is the venue's less the rule's, its causes add up to that, and its
/// outcome is what they say.
fn check_account(of: &At<'_>) -> Checked<()> {
    of.only(&[
        "venue",
        "schedule",
        "snapshot",
        "counts",
        "outside",
        "unlisted_there",
        "unlisted_here",
        "figures",
    ])?;
    of.member("venue")?.text()?;
    for (source, what) in [("schedule", "name"), ("snapshot", "time")] {
        let source = of.member(source)?;
        source.only(&[what, "digest"])?;
        [what, "digest"].iter().try_for_each(|name| source.member(name)?.text().map(drop))?;
    }
    for list in ["outside", "unlisted_there", "unlisted_here"] {
        of.member(list)?.items()?.iter().try_for_each(|item| item.text().map(drop))?;
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for figure in of.member("figures")?.items()? {
        let outcome = check_line(&figure)?;
        *counts.entry(outcome.replace('-', "_")).or_default() += 1;
        let mut is = [""; 3];
        for (is, name) in is.iter_mut().zip(["figure", "of", "place"]) {
            *is = figure.member(name)?.text()?;
        }
        if !seen.insert(is) {
            return figure.wrong("is there twice");
        }
    }
    let stated = of.member("counts")?;
    let names = ["equal", "explained", "unexplained", "not_computed"];
    stated.only(&names)?;
    for name in names {
        let count = stated.member(name)?;
        let own = counts.get(name).copied().unwrap_or_default();
        if count.value.as_u64() != Some(own) {
            return count.wrong(format!("is not {own}, the number of such figures"));
        }
    }
    Ok(())
}

/// What the venue's figure is beside ours, both zero where there is none.
struct Gap {
    venue: Option<Number>,
    own: Option<Number>,
    gap: Number,
}

impl Gap {
    /// Whether both sides say the same.
    fn is_none(&self) -> bool {
        match (&self.venue, &self.own) {
            (Some(venue), Some(own)) => venue.is(own),
            (None, None) => true,
            _ => false,
        }
    }
}

/// The outcome of a figure that fits.
fn check_line<'a>(of: &At<'a>) -> Checked<&'a str> {
    of.only(&[
        "figure",
        "of",
        "place",
        "unit",
        "venue",
        "own",
        "not_computed",
        "difference",
        "outcome",
        "causes",
        "nearest",
    ])?;
    for name in ["figure", "of", "place", "unit"] {
        of.member(name)?.text()?;
    }
    let kind = of.member("figure")?;
    let code = kind.text()?;
    if !FigureKind::ALL.iter().any(|kind| kind.code() == code) {
        return kind.wrong("is no figure that is compared");
    }
    let (venue, own) = (of.member("venue")?, of.member("own")?);
    let (stated, difference) = (venue.number_or_null()?, of.member("difference")?);
    let why = of.member("not_computed")?.text_or_null()?;
    let zero = Number::zero();
    let computed = own.number_or_null()?;
    let gap = stated.as_ref().unwrap_or(&zero).minus(computed.as_ref().unwrap_or(&zero));
    let has_both = stated.is_some() && computed.is_some();
    let of_figures = Gap { venue: stated, own: computed, gap };
    if why.is_some() && of_figures.own.is_some() {
        return own.wrong("is a figure of the rule, and another member says why there is none");
    }
    match difference.number_or_null()? {
        Some(_) if !has_both => {
            return difference.wrong("is a difference from a figure that is not there");
        }
        None if has_both => return difference.wrong("is missing beside two figures"),
        Some(stated) if !stated.can_be(&of_figures.gap) => {
            return difference.wrong("is not the venue's figure less the rule's");
        }
        _ => {}
    }
    check_outcome(of, &of_figures, why.is_some())
}

fn check_outcome<'a>(of: &At<'a>, figures: &Gap, is_not_computed: bool) -> Checked<&'a str> {
    let outcome = of.member("outcome")?;
    let (causes, nearest) = (of.member("causes")?, of.member("nearest")?);
    let all = causes.items()?;
    let mut sum = Number::zero();
    let mut brings_something = false;
    for cause in &all {
        cause.only(&["code", "cause", "effect"])?;
        brings_something |= !OF_FIGURES.contains(&check_cause(cause)?);
        sum = sum.plus(&cause.member("effect")?.number()?);
    }
    let code = outcome.text()?;
    if code != "explained" && !all.is_empty() {
        return causes.wrong(format!("are there, and the figure is {code}"));
    }
    if code != "unexplained" && !nearest.value.is_null() {
        return nearest.wrong(format!("is there, and the figure is {code}"));
    }
    match code {
        "equal" if is_not_computed || !figures.is_none() => {
            outcome.wrong("is equal, and the two figures are not")
        }
        "explained" if all.is_empty() => outcome.wrong("is explained, and no cause is there"),
        "explained" if is_not_computed && !brings_something => {
            causes.wrong("are of a figure of the rule, and there is none")
        }
        "explained" if !sum.can_be(&figures.gap) => {
            causes.wrong("have effects that do not add up to the difference")
        }
        "explained" if !is_not_computed && figures.is_none() => {
            outcome.wrong("is explained, and there is no difference")
        }
        "unexplained" if is_not_computed || figures.is_none() => {
            outcome.wrong("is unexplained, and there is no difference")
        }
        "unexplained" if !nearest.value.is_null() => check_nearest(&nearest, figures),
        "not-computed" if !is_not_computed => {
            outcome.wrong("is not-computed, and nothing says why the rule has no figure")
        }
        "equal" | "explained" | "unexplained" | "not-computed" => Ok(()),
        _ => outcome.wrong("is no outcome of a comparison"),
    }?;
    Ok(code)
}

/// Codes of causes that change a figure of the rule, and give none where there is none.
const OF_FIGURES: [&str; 5] =
    ["rounding", "entry-price-rounding", "balance-rounding", "fee-left-out", "sum-of-parts"];

/// The code of a cause, which is one of those that there are.
fn check_cause<'a>(cause: &At<'a>) -> Checked<&'a str> {
    cause.member("cause")?.text()?;
    let place = cause.member("code")?;
    let code = place.text()?;
    if CODES.contains(&code) { Ok(code) } else { place.wrong("is the code of no cause") }
}

/// The cause that comes nearest leaves less than there is.
fn check_nearest(nearest: &At<'_>, figures: &Gap) -> Checked<()> {
    nearest.only(&["code", "cause", "effect", "remainder"])?;
    check_cause(nearest)?;
    let effect = nearest.member("effect")?.number()?;
    let left = nearest.member("remainder")?;
    let rest = left.number()?;
    if figures.venue.is_none() || figures.own.is_none() {
        return nearest.wrong("is there beside a figure that is not");
    }
    if !effect.plus(&rest).can_be(&figures.gap) {
        return left.wrong("is not what the effect leaves of the difference");
    }
    let [least, _] = rest.magnitude();
    let [_, most] = figures.gap.magnitude();
    if least >= most {
        return left.wrong("is not less than the difference");
    }
    Ok(())
}

/// Checks books side by side, as [`overview_json`](crate::overview_json) makes them: that each is of one of these venues and
/// there once, buffers, ratios, totals, and which book has the lowest ratio and which the highest rate.
fn check_overview(of: &At<'_>, venues: &BTreeSet<&str>) -> Checked<()> {
    of.only(&["books", "not_computed", "most_conservative", "least_room", "totals"])?;
    let mut names = check_not_computed(&of.member("not_computed")?, venues)?;
    let mut totals: BTreeMap<&str, (u64, [Number; 3])> = BTreeMap::new();
    let (mut lowest, mut highest) = (None::<(BigRational, String)>, None::<(BigRational, String)>);
    for book in of.member("books")?.items()? {
        book.only(&["venue", "book", "currency", "equity", "required", "buffer", "ratio", "rate"])?;
        let venue = book.member("venue")?;
        if !venues.contains(venue.text()?) {
            return venue.wrong("is the venue of no account of the report");
        }
        let name = format!("{}, {}", venue.text()?, book.member("book")?.text()?);
        if !names.insert(name.clone()) {
            return book.wrong("is there twice");
        }
        let [equity, required] =
            [book.member("equity")?.number()?, book.member("required")?.number()?];
        let buffer = book.member("buffer")?;
        let rest = equity.minus(&required);
        if !buffer.number()?.can_be(&rest) {
            return buffer.wrong("is not equity less what is required");
        }
        let ratio = book.member("ratio")?;
        check_ratio(&ratio, &equity, &required)?;
        check_rate(&book.member("rate")?, &required)?;
        let [ratio, rate] = [ratio.number_or_null()?, book.member("rate")?.number_or_null()?];
        // The first of those that are as low, or as high.
        if let Some(ratio) = ratio.filter(|r| lowest.as_ref().is_none_or(|(l, _)| r.low < *l)) {
            lowest = Some((ratio.low, name.clone()));
        }
        if let Some(rate) = rate.filter(|r| highest.as_ref().is_none_or(|(h, _)| r.low > *h)) {
            highest = Some((rate.low, name));
        }
        let lacks =
            |value: BigRational| if value.is_negative() { -value } else { BigRational::zero() };
        let lacking = Number { low: lacks(rest.high), high: lacks(rest.low) };
        let none = || (0, [Number::zero(), Number::zero(), Number::zero()]);
        let (books, sums) = totals.entry(book.member("currency")?.text()?).or_insert_with(none);
        *books += 1;
        for (sum, more) in sums.iter_mut().zip([equity, required, lacking]) {
            *sum = sum.plus(&more);
        }
    }
    for (member, found, what) in [
        ("least_room", lowest, "the book with the lowest ratio"),
        ("most_conservative", highest, "the book with the highest rate"),
    ] {
        let stated = of.member(member)?;
        if stated.text_or_null()? != found.as_ref().map(|(_, name)| name.as_str()) {
            return stated.wrong(format!("is not {what}"));
        }
    }
    let stated = of.member("totals")?;
    let list = stated.items()?;
    if list.len() != totals.len() {
        return stated.wrong("are not one for each currency of a book");
    }
    for total in list {
        total.only(&["currency", "books", "equity", "required", "lacking"])?;
        let currency = total.member("currency")?;
        let Some((books, sums)) = totals.remove(currency.text()?) else {
            return currency.wrong("is that of no book, or is there twice");
        };
        let count = total.member("books")?;
        if count.value.as_u64() != Some(books) {
            return count.wrong(format!("is not {books}, the number of books in it"));
        }
        for (name, sum) in ["equity", "required", "lacking"].into_iter().zip(sums) {
            let of_total = total.member(name)?;
            if !of_total.number()?.can_be(&sum) {
                return of_total.wrong("is not the sum over the books");
            }
        }
    }
    Ok(())
}

/// The names of the books that could not be computed, each of one of these venues and there once, with a reason.
fn check_not_computed(of: &At<'_>, venues: &BTreeSet<&str>) -> Checked<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for book in of.items()? {
        book.only(&["book", "why"])?;
        book.member("why")?.text()?;
        let name = book.member("book")?;
        let text = name.text()?;
        let is_of = |venue: &&str| {
            text.strip_prefix(venue).is_some_and(|book| book.starts_with(", ") && book.len() > 2)
        };
        if !venues.iter().any(is_of) {
            return name.wrong("is a book at no venue of the report");
        }
        if !names.insert(text.to_owned()) {
            return book.wrong("is there twice");
        }
    }
    Ok(names)
}

/// What is required over the notional, in 10^-4 and rounded up: the notional is not in the report, so that only this is known.
fn check_rate(rate: &At<'_>, required: &Number) -> Checked<()> {
    let Some(stated) = rate.number_or_null()? else { return Ok(()) };
    let parts = &stated.low * BigRational::from(power_of_ten(4));
    if stated.low != stated.high || stated.low.is_negative() || !parts.is_integer() {
        return rate.wrong("is not a rate with four digits");
    }
    let is_certain = required.low == required.high;
    if is_certain && required.low.is_zero() != stated.low.is_zero() {
        return rate.wrong("is zero, or what is required is, and the other is not");
    }
    Ok(())
}

/// Equity over requirement in 10^-4, rounded down.
fn check_ratio(ratio: &At<'_>, equity: &Number, required: &Number) -> Checked<()> {
    let (exact, stated) = (required.low == required.high, ratio.number_or_null()?);
    let Some(stated) = stated else {
        let can_be_zero = required.can_be(&Number::zero());
        return if can_be_zero { Ok(()) } else { ratio.wrong("is missing beside a requirement") };
    };
    if exact && required.low.is_zero() {
        return ratio.wrong("is there without a requirement");
    }
    if !exact || equity.low != equity.high {
        return Ok(());
    }
    let parts = BigRational::from(power_of_ten(4));
    if stated.low != (&equity.low / &required.low * &parts).floor() / &parts {
        return ratio.wrong("is not equity over what is required");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(line: Value, counts: [u64; 4]) -> Value {
        let [equal, explained, unexplained, not_computed] = counts;
        json!({
            "venue": "there", "schedule": { "name": "rule", "digest": "00" },
            "snapshot": { "time": "now", "digest": "00" }, "outside": [], "unlisted_there": [], "unlisted_here": [],
            "counts": {
                "equal": equal, "explained": explained, "unexplained": unexplained,
                "not_computed": not_computed,
            },
            "figures": [line],
        })
    }

    /// A line with two causes: 0.1 and a third of one less than that, which is no decimal number.
    fn line() -> Value {
        json!({
            "figure": "maintenance", "of": "BTCUSDT long", "place": "/0", "unit": "USDT",
            "venue": "10.1", "own": "9.333333333333..", "not_computed": null,
            "difference": "0.766666666666..", "outcome": "explained",
            "causes": [
                { "code": "other-mark", "cause": "a mark", "effect": "0.666666666666.." },
                { "code": "rounding", "cause": "rounded", "effect": "0.1" },
            ],
            "nearest": null,
        })
    }

    fn told_of(account: &Value) -> String {
        let of = At { value: account, pointer: String::new() };
        check_account(&of).map_err(|e| e.to_string()).err().unwrap_or_default()
    }

    fn told(change: impl Fn(&mut Value)) -> String {
        let mut line = line();
        change(&mut line);
        let outcome = line["outcome"].as_str().unwrap_or_default();
        let counts =
            ["equal", "explained", "unexplained", "not-computed"].map(|o| (o == outcome).into());
        told_of(&report(line, counts))
    }

    /// The list has every code of [`Change::code`](crate::change::Change::code), as that is written.
    #[test]
    fn no_code_is_forgotten() {
        let source = include_str!("change.rs");
        let (_, from) = source.split_once("pub fn code(").unwrap();
        let (code, _) = from.split_once("\n    }\n").unwrap();
        let written: Vec<_> = code.split('"').skip(1).step_by(2).collect();
        assert_eq!(written, CODES);
    }

    #[test]
    fn lines_that_fit_pass() {
        assert_eq!(told(|_| {}), "");
        assert_eq!(told(|l| l["of"] = json!("cross")), "");
        let unexplained = |l: &mut Value| {
            (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
            l["nearest"] = json!({
                "code": "other-mark", "cause": "a mark", "effect": "0.7", "remainder": "0.066666666666..",
            });
        };
        assert_eq!(told(unexplained), "");
        let equal = |l: &mut Value| {
            (l["outcome"], l["causes"]) = (json!("equal"), json!([]));
            (l["own"], l["difference"]) = (json!("10.1"), json!("0"));
        };
        assert_eq!(told(equal), "");
        let none = |l: &mut Value| {
            equal(l);
            (l["own"], l["venue"], l["difference"]) = (Value::Null, Value::Null, Value::Null);
        };
        assert_eq!(told(none), "");
        let not_computed = |l: &mut Value| {
            (l["outcome"], l["causes"]) = (json!("not-computed"), json!([]));
            (l["own"], l["difference"], l["not_computed"]) =
                (Value::Null, Value::Null, json!("no price"));
        };
        assert_eq!(told(not_computed), "");
        // What only the venue holds makes its figure computable.
        let by_holdings = |l: &mut Value| {
            (l["own"], l["difference"], l["not_computed"]) =
                (Value::Null, Value::Null, json!("not held"));
            l["causes"] = json!([{ "code": "holdings", "cause": "BTC", "effect": "10.1" }]);
        };
        assert_eq!(told(by_holdings), "");
    }

    #[test]
    fn lines_that_contradict_themselves_do_not() {
        let at = |name: &str, message: &str| format!("/figures/0/{name}: {message}");
        for (change, name, message) in [
            (
                (|l: &mut Value| l["difference"] = json!("0.7")) as fn(&mut Value),
                "difference",
                "is not the venue's figure less the rule's",
            ),
            (|l| l["difference"] = Value::Null, "difference", "is missing beside two figures"),
            (
                |l| l["venue"] = Value::Null,
                "difference",
                "is a difference from a figure that is not there",
            ),
            (
                |l| l["causes"][1]["effect"] = json!("0.2"),
                "causes",
                "have effects that do not add up to the difference",
            ),
            (|l| l["causes"] = json!([]), "outcome", "is explained, and no cause is there"),
            (|l| l["outcome"] = json!("equal"), "causes", "are there, and the figure is equal"),
            (
                |l| (l["outcome"], l["causes"]) = (json!("equal"), json!([])),
                "outcome",
                "is equal, and the two figures are not",
            ),
            (
                |l| (l["outcome"], l["causes"]) = (json!("not-computed"), json!([])),
                "outcome",
                "is not-computed, and nothing says why the rule has no figure",
            ),
            (
                |l| {
                    (l["own"], l["difference"]) = (json!("10.1"), json!("0"));
                    (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
                },
                "outcome",
                "is unexplained, and there is no difference",
            ),
            (
                |l| l["not_computed"] = json!("no price"),
                "own",
                "is a figure of the rule, and another member says why there is none",
            ),
            (
                |l| {
                    (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
                    l["nearest"] = json!({
                        "code": "other-mark", "cause": "x", "effect": "0.7", "remainder": "0.1",
                    });
                },
                "nearest/remainder",
                "is not what the effect leaves of the difference",
            ),
            (
                |l| {
                    (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
                    l["nearest"] = json!({
                        "code": "other-mark", "cause": "x", "effect": "-1", "remainder": "1.766666666666..",
                    });
                },
                "nearest/remainder",
                "is not less than the difference",
            ),
            (|l| l["figure"] = json!("health"), "figure", "is no figure that is compared"),
            (
                |l| l["causes"][0]["code"] = json!("luck"),
                "causes/0/code",
                "is the code of no cause",
            ),
            (
                |l| {
                    (l["own"], l["difference"], l["not_computed"]) =
                        (Value::Null, Value::Null, json!("no price"));
                    l["causes"] = json!([{ "code": "rounding", "cause": "cut", "effect": "10.1" }]);
                },
                "causes",
                "are of a figure of the rule, and there is none",
            ),
            (|l| l["own"] = json!(9), "own", "is not text"),
            (|l| l["outcome"] = json!("fine"), "causes", "are there, and the figure is fine"),
        ] {
            assert_eq!(told(change), at(name, message));
        }
        let counts = told_of(&report(line(), [1, 0, 0, 0]));
        assert_eq!(counts, "/counts/equal: is not 0, the number of such figures");
        let mut twice = report(line(), [0, 2, 0, 0]);
        twice["figures"].as_array_mut().unwrap().push(line());
        assert_eq!(told_of(&twice), "/figures/1: is there twice");
        twice["figures"][1]["place"] = json!("/1");
        assert_eq!(told_of(&twice), "");
        for place in ["", "/counts", "/schedule", "/snapshot", "/figures/0", "/figures/0/causes/1"]
        {
            let mut more = report(line(), [0, 1, 0, 0]);
            more.pointer_mut(place).unwrap()["checked_by"] = json!("us");
            let message = format!("{place}/checked_by: is a member that reports do not have");
            assert_eq!(told_of(&more), message);
        }
    }

    #[test]
    fn books_side_by_side_fit() {
        let all = json!({
            "books": [
                { "venue": "a", "book": "cross", "currency": "USD", "equity": "10", "required": "3",
                  "buffer": "7", "ratio": "3.3333", "rate": "0.01" },
                { "venue": "b", "book": "cross", "currency": "USD", "equity": "1", "required": "3",
                  "buffer": "-2", "ratio": "0.3333", "rate": null },
            ],
            "not_computed": [], "most_conservative": "a, cross", "least_room": "b, cross",
            "totals": [
                { "currency": "USD", "books": 2, "equity": "11", "required": "6", "lacking": "2" },
            ],
        });
        let told = |all: &Value| {
            let of = At { value: all, pointer: String::new() };
            check_overview(&of, &BTreeSet::from(["a", "b"])).map_err(|e| e.to_string())
        };
        assert_eq!(told(&all), Ok(()));
        let with = |change: &dyn Fn(&mut Value)| {
            let mut all = all.clone();
            change(&mut all);
            told(&all)
        };
        let missing = |book: &str| json!([{ "book": book, "why": "no price" }]);
        assert_eq!(with(&|all| all["not_computed"] = missing("a, BTC")), Ok(()));
        for (change, message) in [
            (
                (&|all: &mut Value| all["not_computed"] = missing("c, BTC")) as &dyn Fn(&mut Value),
                "/not_computed/0/book: is a book at no venue of the report",
            ),
            (&|all| all["not_computed"] = missing("a, cross"), "/books/0: is there twice"),
            (
                &|all| all["not_computed"] = json!([{ "book": "a, BTC" }]),
                "/not_computed/0/why: is missing",
            ),
            (
                &|all| all["books"][1]["rate"] = json!("0"),
                "/books/1/rate: is zero, or what is required is, and the other is not",
            ),
            (&|all| all["sum"] = json!("1"), "/sum: is a member that reports do not have"),
            (
                &|all| all["books"][0]["note"] = json!(""),
                "/books/0/note: is a member that reports do not have",
            ),
        ] {
            assert_eq!(with(change), Err(message.to_owned()));
        }
        for (place, value, message) in [
            ("/books/0/buffer", "8", "is not equity less what is required"),
            ("/books/1/ratio", "0.3334", "is not equity over what is required"),
            ("/least_room", "a, cross", "is not the book with the lowest ratio"),
            ("/most_conservative", "b, cross", "is not the book with the highest rate"),
            ("/books/0/rate", "?", "is not a decimal number in text"),
            ("/books/0/rate", "0.00005", "is not a rate with four digits"),
            ("/books/0/venue", "c", "is the venue of no account of the report"),
            ("/totals/0/equity", "12", "is not the sum over the books"),
            ("/totals/0/lacking", "0", "is not the sum over the books"),
            ("/totals/0/currency", "EUR", "is that of no book, or is there twice"),
        ] {
            let mut all = all.clone();
            *all.pointer_mut(place).unwrap() = json!(value);
            assert_eq!(told(&all), Err(format!("{place}: {message}")));
        }
    }
}
