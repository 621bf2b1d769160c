//! Whether a comparison in machine-readable form says one thing: whoever signs one signs each of its lines.

mod books;
mod line;
mod number;
mod place;

#[cfg(test)]
mod tests;

use books::check_overview;
use line::check_line;
use number::Number;
use place::At;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_params::parse_utc;
use zkmargin_params::venues::{FigureKind, Subject};

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

/// Checks a report: its comparisons of accounts, its books side by side, that these are of the venues of the accounts, and that
/// it has no other members. Its format and its counts are the caller's.
///
/// # Errors
/// [`Contradiction`] at the first place that does not fit.
pub fn check_report_json(report: &Value) -> Result<(), Contradiction> {
    let of = At { value: report, pointer: String::new() };
    of.only(&["format", "counts", "overview", "venues"])?;
    let mut venues = Venues::new();
    for account in of.member("venues")?.some_items()? {
        let equities = check_account(&account)?;
        let compared = venues.entry(account.member("venue")?.text()?).or_default();
        compared.accounts += 1;
        compared.equities.extend(equities);
    }
    check_overview(&of.member("overview")?, &venues)
}

/// What a report compares at a venue.
#[derive(Default)]
struct Compared<'a> {
    /// Accounts, each with books of the same names.
    accounts: usize,
    /// Equities of cross books by the rule, with their currencies.
    equities: Vec<(&'a str, Number)>,
}

/// The venues of a report.
type Venues<'a> = BTreeMap<&'a str, Compared<'a>>;

/// Checks a comparison of one account, as [`json`](crate::json) makes it: that the counts are those of the figures, that each
/// figure is there once and by the rule is one, and that of each the difference is the venue's less the rule's, its causes
/// add up to that, and its outcome is what they say. Returns the equities of the cross book by the rule.
fn check_account<'a>(of: &At<'a>) -> Checked<Vec<(&'a str, Number)>> {
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
        source.member("digest")?.digest()?;
        source.member(what)?.text()?;
    }
    let time = of.member("snapshot")?.member("time")?;
    if parse_utc(time.text()?).is_none() {
        return time.wrong("is not a UTC time");
    }
    for list in ["outside", "unlisted_there", "unlisted_here"] {
        of.member(list)?.items()?.iter().try_for_each(|item| item.text().map(drop))?;
    }
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut by_rule = BTreeMap::new();
    let mut equities = Vec::new();
    for figure in of.member("figures")?.some_items()? {
        let outcome = check_line(&figure)?;
        *counts.entry(outcome.replace('-', "_")).or_default() += 1;
        let mut is = [""; 3];
        for (is, name) in is.iter_mut().zip(["figure", "of", "place"]) {
            *is = figure.member(name)?.text()?;
        }
        if !seen.insert(is) {
            return figure.wrong("is there twice");
        }
        let ([kind, subject, _], unit) = (is, figure.member("unit")?.text()?);
        let own = figure.member("own")?;
        if *by_rule.entry([kind, subject, unit]).or_insert(own.value) != own.value {
            return own.wrong("is another figure of the rule than of the same at another place");
        }
        if [kind, subject] == [FigureKind::Equity.code(), &Subject::Cross.to_string()] {
            equities.extend(own.number_or_null()?.map(|equity| (unit, equity)));
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
    Ok(equities)
}
