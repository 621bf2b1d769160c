//! The comparison as one page: no scripts, no external resources, for screen and paper.

use crate::figure::{Line, Outcome, Own};
use crate::number::shown as digits;
use crate::overview::{Overview, Standing, overview};
use crate::reconcile::Reconciled;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::shown::{is_visible, shown};

const STYLE: &str = include_str!("style.css");

fn own(line: &Line) -> Markup {
    match &line.own {
        Own::Value(value) => html! { (digits(value)) },
        Own::None => html! { "none" },
        Own::NotComputed(why) => html! { span.soft { "not computed: " (why) } },
    }
}

fn why(line: &Line) -> Markup {
    html! { @match &line.outcome {
        Outcome::Equal => { "equal" }
        Outcome::NotComputed => { "not compared" }
        Outcome::Explained(causes) => {
            @for (at, cause) in causes.iter().enumerate() {
                @if at > 0 { "; " } (cause.change) " (" (digits(&cause.effect)) ")"
            }
        }
        Outcome::Unexplained(nearest) => {
            strong.bad { "no cause found" }
            @if let Some((cause, rest)) = nearest {
                "; nearest: " (cause.change) ", which leaves " (digits(rest))
            }
        }
    } }
}

fn figures(of: &Reconciled) -> Markup {
    html! {
        section {
            h2 { (of.venue) ", " (of.snapshot[0]) }
            p.small { "Schedule " (of.schedule[0]) ", digest " code { (of.schedule[1]) } }
            p {
                (of.count("equal")) " equal, " (of.count("explained")) " explained, "
                (of.count("unexplained")) " without a cause, " (of.count("not-computed")) " not compared"
            }
            @if !of.outside.is_empty() {
                p { "Outside the rules at hand, and not compared: " (of.outside.join(", ")) "." }
            }
            @if !of.unlisted_here.is_empty() {
                p { "In the answer and not in the account, and not compared: " (of.unlisted_here.join(", ")) "." }
            }
            @if !of.unlisted_there.is_empty() {
                p { "Not in the answer as in the account, and not compared: " (of.unlisted_there.join(", ")) "." }
            }
            div.wide { table {
                thead { tr {
                    th { "Figure" } th { "Of" } th.n { "Venue" } th.n { "Own" } th { "In" } th.n { "Difference" }
                    th { "Cause" } th { "Place" }
                } }
                tbody { @for line in &of.lines { tr.(line.outcome.code()) {
                    td { (line.figure.kind.code()) } td { (line.figure.subject) }
                    td.n { @match &line.figure.value { Some(value) => { (value) } None => { "none" } } }
                    td.n { (own(line)) } td { (line.figure.unit) }
                    td.n { @if let Some(difference) = &line.difference { (digits(difference)) } }
                    td { (why(line)) } td.small { (line.figure.place) }
                } } }
            } }
        }
    }
}

/// Widths of bars, in hundredths of the longest.
fn width(value: &BigRational, longest: &BigRational) -> i64 {
    if longest.is_zero() {
        return 0;
    }
    let part = value.abs() * num_bigint::BigInt::from(400) / longest;
    part.floor().to_integer().to_i64().unwrap_or(0)
}

/// Equity and requirement of each book as bars, each currency to its own scale.
fn bars(all: &[Standing]) -> Markup {
    let height = 44 * all.len();
    let longest = |currency: &str| {
        let own = all.iter().filter(|s| s.currency == currency);
        let values = own.flat_map(|s| [s.equity.abs(), s.required.abs()]);
        values.max().unwrap_or_else(BigRational::zero)
    };
    html! {
        svg viewBox=(format!("0 0 640 {height}")) role="img" aria-label="Equity and requirement by book" {
            @for (at, s) in all.iter().enumerate() {
                @let longest = longest(&s.currency);
                @let y = 44 * at;
                text x="0" y=(y + 12) { (s.venue) }
                text x="0" y=(y + 30) { (s.book) }
                rect.equity x="150" y=(y + 5) width=(width(&s.equity, &longest)) height="14" {}
                rect.required x="150" y=(y + 21) width=(width(&s.required, &longest)) height="10" {}
                text x=(158 + width(&s.equity, &longest)) y=(y + 17) { (s.currency) " " (short(&s.equity)) }
            }
        }
    }
}

/// Cut to two digits.
fn short(value: &BigRational) -> String {
    format_scaled(&(value * num_bigint::BigInt::from(100)).trunc().to_integer(), 2)
}

fn side_by_side(all: &Overview) -> Markup {
    let parts = |value: &Option<num_bigint::BigInt>| {
        value.as_ref().map_or("none".to_owned(), |value| format_scaled(value, 4))
    };
    html! { section {
        h2 { "Books" }
        figure { (bars(&all.standings)) figcaption {
            span.legend { span.key.equity {} "equity" } " " span.legend { span.key.required {} "requirement" }
        } }
        div.wide { table {
            thead { tr {
                th { "Venue" } th { "Book" } th.n { "Equity" } th.n { "Requirement" } th.n { "Buffer" }
                th { "In" }
                th.n { "Equity / requirement" } th.n { "Requirement / notional" }
            } }
            tbody { @for s in &all.standings { tr {
                td { (s.venue) } td { (s.book) } td.n { (digits(&s.equity)) } td.n { (digits(&s.required)) }
                td.n { (digits(&s.buffer)) } td { (s.currency) } td.n { (parts(&s.ratio)) } td.n { (parts(&s.rate)) }
            } } }
            tfoot { @for (currency, total) in &all.totals { tr {
                th { "all, in " (currency) } td { "lacking " (digits(&total.lacking)) }
                td.n { (digits(&total.equity)) } td.n { (digits(&total.required)) } td {} td { (currency) } td {} td {}
            } } }
        } }
        @if let Some(s) = all.most_conservative.and_then(|at| all.standings.get(at)) {
            p { "Most conservative rule: " (s.name()) "." }
        }
        @for (book, why) in &all.missing {
            p { (book) ": equity and requirement were not computed: " (why) "." }
        }
    } }
}

/// The page. Whatever a file or an answer says is escaped.
pub fn html(all: &[Reconciled]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Margin figures compared" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Margin figures compared" }
                (side_by_side(&overview(all)))
                @for of in all { (figures(of)) }
                footer { p.small {
                    "Own figures are computed in exact integers from schedule, snapshot and account. A cause is named "
                    "only where the figure computed with it is the venue's."
                } }
            }
        }
    };
    let page = page.into_string();
    // Invisible characters are escaped, whoever wrote that part of it.
    page.chars().fold(String::with_capacity(page.len()), |mut out, c| {
        if c == '\n' || is_visible(c) {
            out.push(c);
        } else {
            out.push_str(&shown(c.encode_utf8(&mut [0; 4])));
        }
        out
    })
}
