//! The comparison for people.

use crate::commands::margin::{align, table};
use crate::text::Text;
use num_bigint::BigInt;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::shown::shown;
use zkmargin_reconcile::{Line, Outcome, Own, Reconciled, Why, overview, shown as digits};

fn why(line: &Line) -> String {
    match &line.outcome {
        Outcome::Equal => "equal".to_owned(),
        Outcome::NotComputed => "not compared".to_owned(),
        Outcome::Explained(causes) => {
            causes.iter().map(|cause| cause.change.to_string()).collect::<Vec<_>>().join("; ")
        }
        Outcome::Unexplained(None) => "NO CAUSE FOUND".to_owned(),
        Outcome::Unexplained(Some((near, rest))) => {
            format!("NO CAUSE FOUND; {} leaves {}", near.change, digits(rest))
        }
    }
}

fn own(line: &Line) -> String {
    match &line.own {
        Own::Value(value) => digits(value),
        Own::None => "none".to_owned(),
        Own::NotComputed(_) => String::new(),
    }
}

fn of_venue(of: &Reconciled, out: &mut Text) {
    out.line(format!("{}, schedule {}, prices of {}", of.venue, of.schedule[0], of.snapshot[0]));
    let mut rows = table(&["figure", "of", "venue", "own", "in", "difference", "cause"]);
    for line in &of.lines {
        rows.add_row([
            line.figure.kind.code().to_owned(),
            shown(&line.figure.subject.to_string()).into_owned(),
            line.figure.value.as_ref().map_or("none".to_owned(), ToString::to_string),
            own(line),
            shown(&line.figure.unit).into_owned(),
            line.difference.as_ref().map_or_else(String::new, digits),
            shown(&why(line)).into_owned(),
        ]);
    }
    align(&mut rows, &[2, 3, 5]);
    rows.lines().for_each(|row| out.line(row));
    let mut reasons: Vec<&Why> = Vec::new();
    for line in &of.lines {
        if let Own::NotComputed(why) = &line.own
            && !reasons.contains(&why)
        {
            reasons.push(why);
        }
    }
    reasons.iter().for_each(|why| out.line(format!("Not computed: {why}.")));
    for held in &of.unlisted_there {
        out.line(format!(
            "Not compared: {} is not in the answer as it is in the account.",
            shown(held)
        ));
    }
    for listed in &of.unlisted_here {
        out.line(format!(
            "Not compared: {} is in the answer and not in the account.",
            shown(listed)
        ));
    }
    out.line(format!(
        "{} equal, {} explained, {} without a cause, {} not compared.",
        of.count("equal"),
        of.count("explained"),
        of.count("unexplained"),
        of.count("not-computed")
    ));
}

/// Tables of all venues, and the venues side by side.
pub fn text(all: &[Reconciled]) -> Text {
    let mut out = Text::new();
    for of in all {
        of_venue(of, &mut out);
    }
    let overview = overview(all);
    let parts = |value: &Option<BigInt>| {
        value.as_ref().map_or("none".to_owned(), |value| format_scaled(value, 4))
    };
    let mut rows =
        table(&["venue", "book", "equity", "requirement", "buffer", "in", "ratio", "rate"]);
    for s in &overview.standings {
        rows.add_row([
            shown(&s.venue).into_owned(),
            shown(&s.book).into_owned(),
            digits(&s.equity),
            digits(&s.required),
            digits(&s.buffer),
            shown(&s.currency).into_owned(),
            parts(&s.ratio),
            parts(&s.rate),
        ]);
    }
    align(&mut rows, &[2, 3, 4, 6, 7]);
    if !overview.standings.is_empty() {
        rows.lines().for_each(|row| out.line(row));
    }
    for (book, why) in &overview.missing {
        let (book, why) = (shown(book), why.to_string());
        let why = shown(&why);
        out.line(format!("{book}: equity and requirement were not computed: {why}."));
    }
    if overview.standings.len() > 1 {
        for (currency, total) in &overview.totals {
            out.line(format!(
                "All in {currency}: equity {}, requirement {}, lacking {}.",
                digits(&total.equity),
                digits(&total.required),
                digits(&total.lacking)
            ));
        }
        if let Some(s) = overview.most_conservative.and_then(|at| overview.standings.get(at)) {
            out.line(format!("Most conservative rule: {}.", shown(&s.name())));
        }
    }
    out
}
