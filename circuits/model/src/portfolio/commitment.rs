//! The commitment to a portfolio account: a list of pages in the place of the list of positions.
//!
//! A page is the digest of its eight slots, last slot first; an empty slot is 0. A slot is
//! `entry + 2^99 (size - 1) + 2^189 key` with the entry biased by 2^98, and its key `2^58 + 2 id + side` has the id that
//! follows from the contract's terms. The list absorbs pages last first, so the leading empty ones reach a fixed state and one
//! commitment serves every number of pages. The leaf has a tag of its own: no linear account is a portfolio account.

use super::ContractId;
use super::pages::{MAX_PAGES, PAGE_SLOTS, Page};
use super::widths::USED_BIT;
use crate::commitment::{AccountSecrets, absorbed_pairs, balances_digest};
use crate::element::AccountCommitment;
use crate::field::to_field;
use crate::poseidon::{self, RATE, State, Tag};
use crate::rule::{Balance, Position, Side, TooLarge};
use crate::widths::{ENTRY_BITS, SIZE_BITS};
use num_bigint::BigInt;
use pasta_curves::Fp;
use std::sync::OnceLock;

/// Key of a slot: `2^58 + 2 id + side`.
pub fn slot_key(position: &Position, contract: ContractId) -> u64 {
    (1 << USED_BIT) + 2 * contract.number() + u64::from(position.side == Side::Short)
}

/// A slot as one field element. Portfolio accounts have no own parameters.
fn packed(position: &Position, contract: ContractId) -> Fp {
    let size = (BigInt::from(position.size.clone()) - 1) << ENTRY_BITS;
    let key = BigInt::from(slot_key(position, contract)) << (ENTRY_BITS + SIZE_BITS);
    to_field(&(position.biased_entry() + size + key))
}

/// Digest of a page.
fn page_digest(positions: &[Position], contracts: &[ContractId]) -> Fp {
    let slots = positions.iter().zip(contracts);
    let packed: Vec<_> = slots.map(|(position, contract)| packed(position, *contract)).collect();
    poseidon::hash(Tag::Page, &absorbed_pairs(&packed, PAGE_SLOTS))
}

/// Digest of an empty page.
fn empty_page() -> Fp {
    static DIGEST: OnceLock<Fp> = OnceLock::new();
    *DIGEST.get_or_init(|| page_digest(&[], &[]))
}

/// Sponge state of the list after the empty pages that a circuit of `capacity` pages, an even number, leaves out.
pub fn pages_start(capacity: usize) -> State {
    let pairs = MAX_PAGES.saturating_sub(capacity) / RATE;
    let start = poseidon::initial_state(Tag::Pages, MAX_PAGES);
    (0..pairs).fold(start, |state, _| poseidon::absorb(&state, [empty_page(); RATE]))
}

/// The account commitment; the pages are those of [`super::pages()`].
///
/// # Errors
/// [`TooLarge`] for more balances than the list has slots.
pub fn account_commitment(
    pages: &[Page<'_>],
    balances: &[Balance],
    secrets: &AccountSecrets,
) -> Result<AccountCommitment, TooLarge> {
    let used = pages.len().next_multiple_of(RATE);
    let digest =
        |i: usize| pages.get(i).map_or_else(empty_page, |p| page_digest(p.positions, &p.contracts));
    let pairs = (0..used / RATE).map(|p| [digest(used - 1 - 2 * p), digest(used - 2 - 2 * p)]);
    let list = pairs.fold(pages_start(used), |state, pair| poseidon::absorb(&state, pair))[0];
    let hash = poseidon::hash(
        Tag::PortfolioAccount,
        &[
            [list, balances_digest(balances)?],
            [secrets.registry, secrets.holder_key],
            [Fp::from(secrets.serial), secrets.blinding],
        ],
    );
    Ok(hash.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::power_of_two;
    use crate::rule::Book;

    fn position(instrument: u32) -> Position {
        let (book, side, entry) = (Book::Cross, Side::Long, BigInt::ZERO);
        Position { book, instrument, side, size: 1u8.into(), entry, own: 0 }
    }

    /// Contracts have the numbers of the instruments.
    fn page(positions: &[Position]) -> Page<'_> {
        let contracts =
            positions.iter().map(|p| ContractId::from_number(p.instrument.into())).collect();
        Page { group: 1, positions, contracts }
    }

    fn secrets() -> AccountSecrets {
        let one = Fp::from(1);
        AccountSecrets { registry: one, holder_key: one, serial: 1, blinding: one }
    }

    #[test]
    fn one_commitment_serves_every_number_of_pages() {
        let empty = [empty_page(); RATE];
        let all = (0..MAX_PAGES / RATE)
            .fold(poseidon::initial_state(Tag::Pages, MAX_PAGES), |s, _| {
                poseidon::absorb(&s, empty)
            });
        for capacity in [0, 2, 8, MAX_PAGES] {
            let left = 0..capacity / RATE;
            let end = left.fold(pages_start(capacity), |s, _| poseidon::absorb(&s, empty));
            assert_eq!(end, all, "{capacity}");
        }
    }

    /// A list of all pages, hashed in full.
    #[test]
    fn the_list_is_hashed_last_page_first() {
        let positions = [position(1), position(2), position(7)];
        let pages = [page(&positions[..2]), page(&positions[2..])];
        let mut digests = vec![empty_page(); MAX_PAGES];
        let zero = Fp::from(0);
        let of = |slots: [Fp; 4]| {
            poseidon::hash(
                Tag::Page,
                &[[zero; 2], [zero; 2], [slots[3], slots[2]], [slots[1], slots[0]]],
            )
        };
        let [one, two, seven] = positions.each_ref().map(|position| {
            // A long position of one step without an entry.
            let key = Fp::from((1 << 58) + 2 * u64::from(position.instrument));
            power_of_two(98) + key * power_of_two(189)
        });
        (digests[0], digests[1]) = (of([one, two, zero, zero]), of([seven, zero, zero, zero]));
        digests.reverse();
        let pairs: Vec<_> = digests.chunks(2).map(|pair| [pair[0], pair[1]]).collect();
        let list = poseidon::hash(Tag::Pages, &pairs);
        let words =
            [[list, balances_digest(&[]).expect("fits")], [Fp::from(1); 2], [Fp::from(1); 2]];
        let expected = poseidon::hash(Tag::PortfolioAccount, &words);
        let made = account_commitment(&pages, &[], &secrets()).expect("fits");
        assert_eq!(made.element(), expected);
    }

    #[test]
    fn pages_and_gaps_are_committed_to() {
        let positions = [position(1), position(2), position(7)];
        let of = |pages: &[Page<'_>]| {
            account_commitment(pages, &[], &secrets()).expect("fits").element()
        };
        let whole = of(&[page(&positions)]);
        assert_ne!(whole, of(&[page(&positions[..2]), page(&positions[2..])]));
        assert_ne!(whole, of(&[page(&positions[..1]), page(&positions[1..])]));
    }
}
