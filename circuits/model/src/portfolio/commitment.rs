//! The commitment to a portfolio account: a list of pages in the place of the list of positions.
//!
//! A page is the digest of its eight slots, packed as in [`crate::commitment`], last slot first; an empty slot is 0. The
//! list absorbs pages last first, so the leading empty ones reach a fixed state and one commitment serves every number of
//! pages. The leaf has a tag of its own: no linear account is a portfolio account.

use super::pages::{MAX_PAGES, PAGE_SLOTS, Page};
use crate::commitment::{AccountSecrets, absorbed_pairs, balances_digest};
use crate::element::AccountCommitment;
use crate::poseidon::{self, RATE, State, Tag};
use crate::rule::{Balance, Position};
use pasta_curves::Fp;
use std::sync::OnceLock;

/// Digest of a page.
fn page_digest(positions: &[Position]) -> Fp {
    let packed: Vec<_> = positions.iter().map(Position::packed).collect();
    poseidon::hash(Tag::Page, &absorbed_pairs(&packed, PAGE_SLOTS))
}

/// Digest of an empty page.
fn empty_page() -> Fp {
    static DIGEST: OnceLock<Fp> = OnceLock::new();
    *DIGEST.get_or_init(|| page_digest(&[]))
}

/// Sponge state of the list after the empty pages that a circuit of `capacity` pages, an even number, leaves out.
pub fn pages_start(capacity: usize) -> State {
    let pairs = MAX_PAGES.saturating_sub(capacity) / RATE;
    let start = poseidon::initial_state(Tag::Pages, MAX_PAGES);
    (0..pairs).fold(start, |state, _| poseidon::absorb(&state, [empty_page(); RATE]))
}

/// The account commitment; the pages are those of [`super::pages()`].
pub fn account_commitment(
    pages: &[Page<'_>],
    balances: &[Balance],
    secrets: &AccountSecrets,
) -> AccountCommitment {
    let used = pages.len().next_multiple_of(RATE);
    let digest = |i: usize| pages.get(i).map_or_else(empty_page, |p| page_digest(p.positions));
    let pairs = (0..used / RATE).map(|p| [digest(used - 1 - 2 * p), digest(used - 2 - 2 * p)]);
    let list = pairs.fold(pages_start(used), |state, pair| poseidon::absorb(&state, pair))[0];
    poseidon::hash(
        Tag::PortfolioAccount,
        &[
            [list, balances_digest(balances)],
            [secrets.registry, secrets.holder_key],
            [Fp::from(secrets.serial), secrets.blinding],
        ],
    )
    .into()
}
