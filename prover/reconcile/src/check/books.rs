//! That the books side by side are those of the accounts: their figures are the rule's, which it has once.

use super::Checked;
use super::account::{Account, Figure};
use super::number::Number;
use super::overview::{Book, Books};
use crate::compute::{CROSS, ISOLATED, PORTFOLIO};
use zkmargin_params::venues::{FigureKind, Subject};

/// Checks that an account has something to compare, and that the figures of its rule are those of its books; of one of two
/// accounts at a venue that is not known.
pub(super) fn check_books(of: &Account<'_>, books: &Books<'_>, is_only: bool) -> Checked<()> {
    if !books.has_any_of(of.venue) {
        if of.figures.is_empty() {
            return of
                .at
                .wrong("compares nothing: neither a figure nor a book of its venue is there");
        }
        let is_some = |figure: &&Figure<'_>| figure.own.as_ref().is_some_and(|own| !own.is_zero());
        if let Some(figure) = of.figures.iter().find(is_some) {
            let own = figure.at.member("own")?;
            return own.wrong("is a figure of the rule, and no book of its venue is there");
        }
    }
    let mut figures = of.figures.iter().filter(|_| is_only);
    figures.try_for_each(|figure| check_figure(of.venue, figure, books))
}

/// Checks a figure of the rule that is one of a book, or of all cross books together.
fn check_figure(venue: &str, figure: &Figure<'_>, books: &Books<'_>) -> Checked<()> {
    let Some(own) = &figure.own else { return Ok(()) };
    let of_book = |book: &Book<'_>| match figure.kind {
        kind if kind == FigureKind::Equity.code() => Some(book.equity.clone()),
        kind if kind == FigureKind::Maintenance.code() => Some(book.required.clone()),
        kind if kind == FigureKind::AboveMaintenance.code() => {
            Some(book.equity.minus(&book.required))
        }
        _ => None,
    };
    let of_venue = || books.computed.iter().filter(|book| book.venue == venue);
    let named: Vec<_> = match isolated(figure.of) {
        Some(name) => of_venue().filter(|book| book.name == name).collect(),
        None if figure.of == Subject::Cross.to_string() => crosses(venue, books),
        // The account is its cross book where no isolated one is beside it.
        None if figure.of == Subject::Account.to_string() => {
            let has_isolated = of_venue().any(|book| book.name.starts_with(ISOLATED))
                || books.lacks(venue, ISOLATED);
            if has_isolated { Vec::new() } else { crosses(venue, books) }
        }
        None => Vec::new(),
    };
    // What is counted in another currency is another figure.
    if named.is_empty() || named.iter().any(|book| book.currency != figure.unit) {
        return Ok(());
    }
    let mut sum = Number::zero();
    for book in named {
        let Some(part) = of_book(book) else { return Ok(()) };
        sum = sum.plus(&part);
    }
    if own.can_be(&sum) {
        return Ok(());
    }
    figure.at.member("own")?.wrong("is not that of the venue's books side by side")
}

/// The name of the book that an isolated position is, by what its figures are about.
fn isolated(of: &str) -> Option<String> {
    of.strip_suffix(", isolated").map(|position| format!("{ISOLATED} {position}"))
}

/// The books that the cross book of a venue consists of; none if one of them could not be computed.
fn crosses<'b, 'a>(venue: &str, books: &'b Books<'a>) -> Vec<&'b Book<'a>> {
    let is_cross = |book: &&Book<'_>| {
        book.venue == venue && (book.name.starts_with(CROSS) || book.name == PORTFOLIO)
    };
    if books.lacks(venue, CROSS) || books.lacks(venue, PORTFOLIO) {
        return Vec::new();
    }
    books.computed.iter().filter(is_cross).collect()
}
