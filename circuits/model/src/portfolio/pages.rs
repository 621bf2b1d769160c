//! The pages of an account: eight slots that belong to one group.
//!
//! A group that holds more takes further pages; only its last one has empty slots. Pages are what a commitment to a
//! portfolio account lists, so that a proof sums each group on its own without showing how many are held.

use super::margin::held;
use super::{MarginError, Terms};
use crate::rule::{Account, Position};

/// Slots of a page.
pub const PAGE_SLOTS: usize = 8;
/// Pages of any account at most.
pub const MAX_PAGES: usize = 64;

/// Positions of one group on one page, ascending by instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// Id of the group.
    pub group: u32,
    /// One to eight positions.
    pub positions: &'a [Position],
}

/// The account's pages, ascending by group and instrument.
///
/// # Errors
/// [`MarginError`] when the market does not admit a position, or the account has too many pages.
pub fn pages<'a>(account: &'a Account, terms: &Terms) -> Result<Vec<Page<'a>>, MarginError> {
    held(account, terms)?;
    pages_of(account, |instrument| Some(terms.instrument(instrument)?.group))
}

/// The account's pages where only the groups of instruments are known: a commitment needs no prices.
///
/// # Errors
/// [`MarginError`] for an instrument without a group, and for too many pages.
pub fn pages_of(
    account: &Account,
    group_of: impl Fn(u32) -> Option<u32>,
) -> Result<Vec<Page<'_>>, MarginError> {
    let mut groups = Vec::with_capacity(account.positions().len());
    for position in account.positions() {
        let instrument = position.instrument;
        groups.push(group_of(instrument).ok_or(MarginError::UnknownInstrument { instrument })?);
    }
    let mut rest = account.positions();
    let mut pages = Vec::new();
    for run in groups.chunk_by(|a, b| a == b) {
        let (of_group, others) = rest.split_at(run.len());
        rest = others;
        let group = run[0];
        pages.extend(of_group.chunks(PAGE_SLOTS).map(|positions| Page { group, positions }));
    }
    let count = pages.len();
    if count > MAX_PAGES {
        return Err(MarginError::TooManyPages { count, most: MAX_PAGES });
    }
    Ok(pages)
}
