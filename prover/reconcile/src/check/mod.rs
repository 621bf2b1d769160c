//! Whether a comparison in machine-readable form says one thing: whoever signs one signs each of its lines.

mod account;
mod at;
mod books;
mod cause;
mod line;
mod number;
mod overview;
#[cfg(test)]
mod tests;

use at::At;
use serde_json::Value;
use std::collections::BTreeMap;

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

/// Checks a report: its comparisons of accounts, its books side by side, that these are the books of the accounts, and that
/// it has no other members. Its format and its counts are the caller's.
///
/// # Errors
/// [`Contradiction`] at the first place that does not fit.
pub fn check_report_json(report: &Value) -> Result<(), Contradiction> {
    let of = At { value: report, pointer: String::new() };
    of.only(&["format", "counts", "overview", "venues"])?;
    of.shows()?;
    let venues = of.member("venues")?;
    let mut accounts = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for account in venues.items()? {
        let account = account::check_account(&account)?;
        *counts.entry(account.venue).or_default() += 1;
        accounts.push(account);
    }
    if accounts.is_empty() {
        return venues.wrong("has no account");
    }
    let books = overview::check_overview(&of.member("overview")?, &counts)?;
    for account in &accounts {
        let is_only = counts.get(account.venue) == Some(&1);
        books::check_books(account, &books, is_only)?;
    }
    Ok(())
}
