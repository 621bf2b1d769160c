//! Books side by side.

use super::number::Number;
use super::place::At;
use super::{Checked, Compared, Venues};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::collections::BTreeMap;
use zkmargin_model::decimal::power_of_ten;

/// Checks books side by side, as [`overview_json`](crate::overview_json) makes them: that each is of one of these venues and
/// there once, buffers, ratios, totals, and which book has the lowest ratio and which the highest rate.
pub(super) fn check_overview(of: &At<'_>, venues: &Venues<'_>) -> Checked<()> {
    of.only(&["books", "not_computed", "most_conservative", "least_room", "totals"])?;
    let mut names = check_not_computed(&of.member("not_computed")?, venues)?;
    let mut totals: BTreeMap<&str, (u64, [Number; 3])> = BTreeMap::new();
    let (mut lowest, mut highest) = (None::<(BigRational, String)>, None::<(BigRational, String)>);
    for book in of.member("books")?.items()? {
        book.only(&["venue", "book", "currency", "equity", "required", "buffer", "ratio", "rate"])?;
        let venue = book.member("venue")?;
        let Some(compared) = venues.get(venue.text()?) else {
            return venue.wrong("is the venue of no account of the report");
        };
        let name = format!("{}, {}", venue.text()?, book.member("book")?.text()?);
        names.add(&book, &name, compared)?;
        let [equity, required] =
            [book.member("equity")?.number()?, book.member("required")?.number()?];
        let currency = book.member("currency")?.text()?;
        let mut own = compared.equities.iter().filter(|(unit, _)| *unit == currency).peekable();
        let is_cross = book.member("book")?.text()? == CROSS && own.peek().is_some();
        if is_cross && !own.any(|(_, own)| own.can_be(&equity)) {
            return book.member("equity")?.wrong("is not the figure of the rule");
        }
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
        let (books, sums) = totals.entry(currency).or_insert_with(none);
        *books += 1;
        for (sum, more) in sums.iter_mut().zip([equity, required, lacking]) {
            *sum = sum.plus(&more);
        }
    }
    let has_book = |venue: &&str| names.0.keys().any(|name| is_at(name, venue));
    if let Some(venue) = venues.keys().find(|venue| !has_book(venue)) {
        return of.member("books")?.wrong(format!("are none at {venue}"));
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

/// Name of the book of all positions that are not isolated.
const CROSS: &str = "cross";

/// Whether a book's name is of this venue.
fn is_at(name: &str, venue: &str) -> bool {
    name.strip_prefix(venue).is_some_and(|book| book.starts_with(", ") && book.len() > 2)
}

/// How often each book is there, by its name.
#[derive(Default)]
struct Names(BTreeMap<String, usize>);

impl Names {
    /// Counts a book, of which each account has one.
    fn add(&mut self, book: &At<'_>, name: &str, of: &Compared<'_>) -> Checked<()> {
        let count = self.0.entry(name.to_owned()).or_default();
        *count += 1;
        match (*count > of.accounts, of.accounts) {
            (false, _) => Ok(()),
            (true, 1) => book.wrong("is there twice"),
            (true, accounts) => book.wrong(format!("is there more than {accounts} times")),
        }
    }
}

/// The names of the books that could not be computed, each of one of these venues and with a reason.
fn check_not_computed(of: &At<'_>, venues: &Venues<'_>) -> Checked<Names> {
    let mut names = Names::default();
    for book in of.items()? {
        book.only(&["book", "why"])?;
        book.member("why")?.text()?;
        let name = book.member("book")?;
        let text = name.text()?;
        let Some((_, compared)) = venues.iter().find(|(venue, _)| is_at(text, venue)) else {
            return name.wrong("is a book at no venue of the report");
        };
        names.add(&book, text, compared)?;
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
