//! Whether a comparison in machine-readable form says one thing: whoever signs one signs each of its lines.

use crate::number::{SHOWN, of_decimal};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::Value;
use std::collections::BTreeMap;
use zkmargin_model::decimal::{Decimal, power_of_ten};

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

/// Checks a comparison of one account, as [`json`](crate::json) makes it: that the counts are those of the figures, and that
/// of each figure the difference is the venue's less the rule's, its causes add up to that, and its outcome is what they say.
///
/// # Errors
/// [`Contradiction`] at the first place that does not fit.
pub fn check_json(of: &Value) -> Result<(), Contradiction> {
    let of = At { value: of, pointer: String::new() };
    of.member("venue")?.text()?;
    for list in ["outside", "unlisted_there", "unlisted_here"] {
        of.member(list)?.items()?.iter().try_for_each(|item| item.text().map(drop))?;
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for figure in of.member("figures")?.items()? {
        let outcome = check_line(&figure)?;
        *counts.entry(outcome.replace('-', "_")).or_default() += 1;
    }
    let stated = of.member("counts")?;
    for name in ["equal", "explained", "unexplained", "not_computed"] {
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
    for name in ["figure", "of", "place", "unit"] {
        of.member(name)?.text()?;
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
    for cause in &all {
        for name in ["code", "cause"] {
            cause.member(name)?.text()?;
        }
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

/// The cause that comes nearest leaves less than there is.
fn check_nearest(nearest: &At<'_>, figures: &Gap) -> Checked<()> {
    for name in ["code", "cause"] {
        nearest.member(name)?.text()?;
    }
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

/// Checks books side by side, as [`overview_json`](crate::overview_json) makes them: buffers, ratios, totals, and which book has the
/// lowest ratio and which the highest rate.
///
/// # Errors
/// [`Contradiction`] at the first place that does not fit.
pub fn check_overview_json(of: &Value) -> Result<(), Contradiction> {
    let of = At { value: of, pointer: String::new() };
    let mut totals: BTreeMap<&str, (u64, [Number; 3])> = BTreeMap::new();
    let (mut lowest, mut highest) = (None::<(BigRational, String)>, None::<(BigRational, String)>);
    for book in of.member("books")?.items()? {
        let name = format!("{}, {}", book.member("venue")?.text()?, book.member("book")?.text()?);
        let [equity, required] =
            [book.member("equity")?.number()?, book.member("required")?.number()?];
        let buffer = book.member("buffer")?;
        let rest = equity.minus(&required);
        if !buffer.number()?.can_be(&rest) {
            return buffer.wrong("is not equity less what is required");
        }
        let ratio = book.member("ratio")?;
        check_ratio(&ratio, &equity, &required)?;
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
            "venue": "there", "outside": [], "unlisted_there": [], "unlisted_here": [],
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

    fn told(change: impl Fn(&mut Value)) -> String {
        let mut line = line();
        change(&mut line);
        let outcome = line["outcome"].as_str().unwrap_or_default();
        let counts =
            ["equal", "explained", "unexplained", "not-computed"].map(|o| (o == outcome).into());
        check_json(&report(line, counts)).map_err(|e| e.to_string()).err().unwrap_or_default()
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
                        "code": "x", "cause": "x", "effect": "0.7", "remainder": "0.1",
                    });
                },
                "nearest/remainder",
                "is not what the effect leaves of the difference",
            ),
            (
                |l| {
                    (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
                    l["nearest"] = json!({
                        "code": "x", "cause": "x", "effect": "-1", "remainder": "1.766666666666..",
                    });
                },
                "nearest/remainder",
                "is not less than the difference",
            ),
            (|l| l["own"] = json!(9), "own", "is not text"),
            (|l| l["outcome"] = json!("fine"), "causes", "are there, and the figure is fine"),
        ] {
            assert_eq!(told(change), at(name, message));
        }
        let counts = check_json(&report(line(), [1, 0, 0, 0])).map_err(|e| e.to_string());
        assert_eq!(counts, Err("/counts/equal: is not 0, the number of such figures".to_owned()));
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
        assert_eq!(check_overview_json(&all), Ok(()));
        for (place, value, message) in [
            ("/books/0/buffer", "8", "is not equity less what is required"),
            ("/books/1/ratio", "0.3334", "is not equity over what is required"),
            ("/least_room", "a, cross", "is not the book with the lowest ratio"),
            ("/most_conservative", "b, cross", "is not the book with the highest rate"),
            ("/books/0/rate", "?", "is not a decimal number in text"),
            ("/totals/0/equity", "12", "is not the sum over the books"),
            ("/totals/0/lacking", "0", "is not the sum over the books"),
            ("/totals/0/currency", "EUR", "is that of no book, or is there twice"),
        ] {
            let mut all = all.clone();
            *all.pointer_mut(place).unwrap() = json!(value);
            let told = check_overview_json(&all).map_err(|e| e.to_string());
            assert_eq!(told, Err(format!("{place}: {message}")));
        }
    }
}
