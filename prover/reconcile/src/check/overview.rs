//! Books side by side.

use super::Checked;
use super::at::At;
use super::number::Number;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::collections::BTreeMap;
use zkmargin_model::decimal::power_of_ten;

/// A book side by side with others.
pub(super) struct Book<'a> {
    pub(super) venue: &'a str,
    pub(super) name: &'a str,
    pub(super) currency: &'a str,
    pub(super) equity: Number,
    pub(super) required: Number,
}

/// All books that fit.
pub(super) struct Books<'a> {
    pub(super) computed: Vec<Book<'a>>,
    /// Venues and names of those that could not be computed, in one.
    pub(super) missing: Vec<&'a str>,
}

impl Books<'_> {
    /// Whether the venue has a book, computed or not.
    pub(super) fn has_any_of(&self, venue: &str) -> bool {
        self.computed.iter().any(|book| book.venue == venue)
            || self.missing.iter().any(|name| book_of(venue, name).is_some())
    }

    /// Whether a book of the venue that could not be computed begins with this name.
    pub(super) fn lacks(&self, venue: &str, name: &str) -> bool {
        let mut of_venue = self.missing.iter().filter_map(|book| book_of(venue, book));
        of_venue.any(|book| book.starts_with(name))
    }
}

/// The book of a venue in a name of both.
fn book_of<'a>(venue: &str, name: &'a str) -> Option<&'a str> {
    let book = name.strip_prefix(venue)?.strip_prefix(", ")?;
    (!book.is_empty()).then_some(book)
}

/// The names of books, each of which is there as often as its venue has accounts at most.
struct Names<'v> {
    venues: &'v BTreeMap<&'v str, usize>,
    seen: BTreeMap<String, usize>,
}

impl Names<'_> {
    /// Whether one more book of this name is one too many.
    fn is_too_many(&mut self, venue: &str, name: &str) -> bool {
        let seen = self.seen.entry(name.to_owned()).or_default();
        *seen += 1;
        self.venues.get(venue).is_none_or(|accounts| *seen > *accounts)
    }
}

/// Checks books side by side, as [`overview_json`](crate::overview_json) makes them: that each is of one of these venues, of
/// which there are so many accounts, and there once in each, buffers, ratios, totals, and which book has the lowest ratio and
/// which the highest rate.
pub(super) fn check_overview<'a>(
    of: &At<'a>,
    venues: &BTreeMap<&str, usize>,
) -> Checked<Books<'a>> {
    of.only(&["books", "not_computed", "most_conservative", "least_room", "totals"])?;
    let mut names = Names { venues, seen: BTreeMap::new() };
    let missing = check_not_computed(&of.member("not_computed")?, &mut names)?;
    let mut computed = Vec::new();
    let mut totals: BTreeMap<&str, (u64, [Number; 3])> = BTreeMap::new();
    let (mut lowest, mut highest) = (None::<(BigRational, String)>, None::<(BigRational, String)>);
    for book in of.member("books")?.items()? {
        book.only(&["venue", "book", "currency", "equity", "required", "buffer", "ratio", "rate"])?;
        let at_venue = book.member("venue")?;
        let venue = at_venue.text()?;
        if !venues.contains_key(venue) {
            return at_venue.wrong("is the venue of no account of the report");
        }
        let of_venue = book.member("book")?.name()?;
        let name = format!("{venue}, {of_venue}");
        if names.is_too_many(venue, &name) {
            return book.wrong("is there twice");
        }
        let currency = book.member("currency")?.name()?;
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
        let (books, sums) = totals.entry(currency).or_insert_with(none);
        *books += 1;
        let [of_equity, of_required] = [equity.clone(), required.clone()];
        computed.push(Book {
            venue,
            name: of_venue,
            currency,
            equity: of_equity,
            required: of_required,
        });
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
    Ok(Books { computed, missing })
}

/// The names of the books that could not be computed, each of one of these venues and there once, with a reason.
fn check_not_computed<'a>(of: &At<'a>, names: &mut Names<'_>) -> Checked<Vec<&'a str>> {
    let mut missing = Vec::new();
    for book in of.items()? {
        book.only(&["book", "why"])?;
        book.member("why")?.name()?;
        let name = book.member("book")?;
        let text = name.text()?;
        let Some(venue) = names.venues.keys().find(|venue| book_of(venue, text).is_some()) else {
            return name.wrong("is a book at no venue of the report");
        };
        if names.is_too_many(venue, text) {
            return book.wrong("is there twice");
        }
        missing.push(text);
    }
    Ok(missing)
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
