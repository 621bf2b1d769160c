//! The pages of an account: eight slots that belong to one group.
//!
//! A group that holds more takes further pages; only its last one has empty slots. Pages are what a commitment to a
//! portfolio account lists, so that a proof sums each group on its own without showing how many are held.

use super::margin::held;
use super::{ContractId, MarginError, Terms};
use crate::rule::{Account, Position, TooLarge};

/// Slots of a page.
pub const PAGE_SLOTS: usize = 8;
/// Pages of any account at most.
pub const MAX_PAGES: usize = 64;

/// Positions of one group on one page, ascending by instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<'a> {
    /// Id of the group.
    pub group: u32,
    /// One to eight positions.
    pub positions: &'a [Position],
    /// Ids of their contracts.
    pub contracts: Vec<ContractId>,
}

/// The account's pages, ascending by group and instrument.
///
/// # Errors
/// [`MarginError`] when the market does not admit a position, or the account has more positions than its capacity or too
/// many pages.
pub fn pages<'a>(account: &'a Account, terms: &Terms) -> Result<Vec<Page<'a>>, MarginError> {
    held(account, terms)?;
    TooLarge::check("positions", account.positions().len(), terms.capacity.positions)?;
    pages_of(account, |instrument| {
        let of = terms.instrument(instrument)?;
        Some((of.group, of.contract))
    })
}

/// The account's pages where only the groups and contracts of instruments are known: a commitment needs no prices.
///
/// # Errors
/// [`MarginError`] for an instrument that is not known, and for too many pages.
pub fn pages_of(
    account: &Account,
    contract_of: impl Fn(u32) -> Option<(u32, ContractId)>,
) -> Result<Vec<Page<'_>>, MarginError> {
    let mut held = Vec::with_capacity(account.positions().len());
    for position in account.positions() {
        let instrument = position.instrument;
        held.push(contract_of(instrument).ok_or(MarginError::UnknownInstrument { instrument })?);
    }
    let mut rest = account.positions();
    let mut pages = Vec::new();
    for run in held.chunk_by(|(a, _), (b, _)| a == b) {
        let (of_group, others) = rest.split_at(run.len());
        rest = others;
        let pairs = of_group.chunks(PAGE_SLOTS).zip(run.chunks(PAGE_SLOTS));
        pages.extend(pairs.map(|(positions, held)| Page {
            group: run[0].0,
            positions,
            contracts: held.iter().map(|(_, contract)| *contract).collect(),
        }));
    }
    TooLarge::check("pages of positions", pages.len(), MAX_PAGES)?;
    Ok(pages)
}
