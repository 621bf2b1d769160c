//! Hiding, binding commitments: to an account, and to its equity and required margin.
//!
//! A position is packed into one field element, `entry + 2^99 * (size - 1) + 2^189 * key + 2^207 * own`
//! with the entry biased by 2^98, a balance into `balance + 2^99 * key + 2^117 * own`; an empty slot
//! is 0. A size of zero has no encoding. In a record with open orders the size itself is packed, and a second word
//! follows, `bids + 2^90 * asks + 2^180 * count`, absorbed in one pair with the first; the list starts from a state of
//! its own. In a record with allocations that word is `bids + 2^81 * asks + 2^162 * count + 2^180 * allocation`, and the
//! list starts from another state. Slots are absorbed last first, so the leading empty
//! slots of a short account reach a fixed state and one commitment serves every shape.

use crate::element::{AccountCommitment, MarginCommitment};
use crate::field::to_field;
use crate::poseidon::{self, RATE, State, Tag};
use crate::rule::{Account, Balance, Book, Orders, Position, Side, TooLarge};
use crate::widths::{
    BALANCE_BITS, CROSS_BIT, ENTRY_BITS, KEY_BITS, MAX_ASSETS, MAX_POSITIONS, NARROW_ORDERS_BITS,
    ORDERS_BITS, SIZE_BITS,
};
use ff::Field;
use num_bigint::BigInt;
use pasta_curves::Fp;
use std::sync::OnceLock;
use zeroize::Zeroize;

/// Private figures of an account besides its holdings. Wiped when dropped.
#[derive(Clone)]
pub struct AccountSecrets {
    /// Registry digest: the numbering the account's ids rely on.
    pub registry: Fp,
    /// Public key of the holder, never published.
    pub holder_key: Fp,
    /// Serial number of the account at its venue.
    pub serial: u64,
    /// Randomness that hides the account.
    pub blinding: Fp,
}

impl Drop for AccountSecrets {
    fn drop(&mut self) {
        // `Fp` has no `Zeroize` without a feature of the curve crate; overwriting is what it does.
        self.holder_key = Fp::ZERO;
        self.blinding = Fp::ZERO;
        self.serial.zeroize();
    }
}

impl std::fmt::Debug for AccountSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountSecrets(..)")
    }
}

impl Position {
    /// Key in the list of positions: `2^17 cross + 2 instrument + side`, 18 bits at most.
    pub fn key(&self) -> u32 {
        let cross = u32::from(self.book == Book::Cross) << CROSS_BIT;
        cross + 2 * self.instrument + u32::from(self.side == Side::Short)
    }

    /// Biased entry value, below 2^99.
    pub fn biased_entry(&self) -> BigInt {
        &self.entry + (BigInt::from(1) << (ENTRY_BITS - 1))
    }

    /// The slot as one field element.
    pub fn packed(&self) -> Fp {
        self.packed_with(BigInt::from(self.size.clone()) - 1)
    }

    /// The first word of a slot with open orders.
    pub fn packed_beside_orders(&self) -> Fp {
        self.packed_with(self.size.clone().into())
    }

    fn packed_with(&self, size: BigInt) -> Fp {
        let size = size << ENTRY_BITS;
        let key = BigInt::from(self.key()) << (ENTRY_BITS + SIZE_BITS);
        let own = BigInt::from(self.own) << (ENTRY_BITS + SIZE_BITS + KEY_BITS);
        to_field(&(self.biased_entry() + size + key + own))
    }
}

impl Orders {
    /// The second word of a slot.
    pub fn packed(&self) -> Fp {
        to_field(&self.word(SIZE_BITS))
    }

    /// The second word of a slot with an allocation.
    pub fn packed_with(&self, allocation: u64) -> Fp {
        let allocation = BigInt::from(allocation) << (2 * NARROW_ORDERS_BITS + ORDERS_BITS);
        to_field(&(self.word(NARROW_ORDERS_BITS) + allocation))
    }

    /// The orders in one number, with sizes of this width.
    fn word(&self, size_bits: u32) -> BigInt {
        let asks = BigInt::from(self.asks.clone()) << size_bits;
        let count = BigInt::from(self.count) << (2 * size_bits);
        BigInt::from(self.bids.clone()) + asks + count
    }
}

impl Balance {
    /// Biased balance, below 2^99.
    pub fn biased_balance(&self) -> BigInt {
        &self.balance + (BigInt::from(1) << (BALANCE_BITS - 1))
    }

    /// The slot as one field element.
    pub fn packed(&self) -> Fp {
        let key = BigInt::from(self.asset) << BALANCE_BITS;
        let own = BigInt::from(self.own) << (BALANCE_BITS + KEY_BITS);
        to_field(&(self.biased_balance() + key + own))
    }
}

/// Sponge state of a list after the empty slots that a shape of `capacity` slots leaves out.
pub fn list_start(tag: Tag, most: usize, capacity: usize) -> State {
    poseidon::absorb_zeros(&poseidon::initial_state(tag, most), (most - capacity) / RATE)
}

/// Pairs of slots in the order they are absorbed: last slot first, `capacity` slots.
pub fn absorbed_pairs(packed: &[Fp], capacity: usize) -> Vec<[Fp; RATE]> {
    let slot = |i: usize| packed.get(i).copied().unwrap_or(Fp::ZERO);
    (0..capacity / RATE).map(|p| [slot(capacity - 1 - 2 * p), slot(capacity - 2 - 2 * p)]).collect()
}

/// Sponge states after 0, 1, ... pairs of empty slots; most accounts are mostly empty.
fn empty_states(tag: Tag, most: usize) -> &'static [State] {
    static STATES: [OnceLock<Vec<State>>; 4] = [const { OnceLock::new() }; 4];
    let list = match tag {
        Tag::Positions => &STATES[0],
        Tag::PositionsWithOrders => &STATES[1],
        Tag::PositionsWithAllocations => &STATES[2],
        _ => &STATES[3],
    };
    list.get_or_init(|| {
        let mut states = vec![poseidon::initial_state(tag, most)];
        for pair in 0..most / RATE {
            states.push(poseidon::absorb(&states[pair], [Fp::ZERO; RATE]));
        }
        states
    })
}

fn list_digest(tag: Tag, packed: &[Fp], most: usize) -> Fp {
    let used = packed.len().div_ceil(RATE);
    let start = empty_states(tag, most)[most / RATE - used];
    let pairs = absorbed_pairs(packed, used * RATE);
    pairs.iter().fold(start, |state, words| poseidon::absorb(&state, *words))[0]
}

/// Digest of the positions, whose tag says whether the record has open orders, and allocations beside them.
fn positions_digest(account: &Account) -> Fp {
    let positions = account.positions();
    let Some(orders) = account.orders() else {
        let packed: Vec<_> = positions.iter().map(Position::packed).collect();
        return list_digest(Tag::Positions, &packed, MAX_POSITIONS);
    };
    let (tag, words): (_, Vec<_>) = match account.allocations() {
        None => (Tag::PositionsWithOrders, orders.iter().map(Orders::packed).collect()),
        Some(of) => {
            let words = orders.iter().zip(of).map(|(orders, of)| orders.packed_with(*of));
            (Tag::PositionsWithAllocations, words.collect())
        }
    };
    // Pairs are absorbed from the end, so that the second word is before the first.
    let slots = positions.iter().zip(words);
    let packed = slots.flat_map(|(p, word)| [word, p.packed_beside_orders()]);
    list_digest(tag, &packed.collect::<Vec<_>>(), RATE * MAX_POSITIONS)
}

/// Digest of a list of balances.
///
/// # Errors
/// [`TooLarge`] for more than the list has slots.
pub(crate) fn balances_digest(balances: &[Balance]) -> Result<Fp, TooLarge> {
    TooLarge::check("collateral assets", balances.len(), MAX_ASSETS)?;
    let packed: Vec<_> = balances.iter().map(Balance::packed).collect();
    Ok(list_digest(Tag::Balances, &packed, MAX_ASSETS))
}

/// The account commitment.
///
/// # Errors
/// [`TooLarge`] for an account that no circuit holds.
pub fn account_commitment(
    account: &Account,
    secrets: &AccountSecrets,
) -> Result<AccountCommitment, TooLarge> {
    account.check_provable()?;
    let hash = poseidon::hash(
        Tag::Account,
        &[
            [positions_digest(account), balances_digest(account.balances())?],
            [secrets.registry, secrets.holder_key],
            [Fp::from(secrets.serial), secrets.blinding],
        ],
    );
    Ok(hash.into())
}

/// Hiding commitment to equity and required margin, for a later proof over several venues.
pub fn margin_commitment(equity: &BigInt, maintenance: &BigInt, blinding: Fp) -> MarginCommitment {
    let figures = [to_field(equity), to_field(maintenance)];
    poseidon::hash(Tag::Margin, &[figures, [blinding, Fp::ZERO]]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_slots_are_absorbed_from_the_table() {
        let with_orders = (Tag::PositionsWithOrders, RATE * MAX_POSITIONS);
        let with_allocations = (Tag::PositionsWithAllocations, RATE * MAX_POSITIONS);
        let lists = [
            (Tag::Positions, MAX_POSITIONS),
            with_orders,
            with_allocations,
            (Tag::Balances, MAX_ASSETS),
        ];
        for (tag, most) in lists {
            for used in [0, 1, 2, 3, most - 1, most] {
                let packed: Vec<Fp> = (1..=used as u64).map(Fp::from).collect();
                let whole = poseidon::hash(tag, &absorbed_pairs(&packed, most));
                assert_eq!(list_digest(tag, &packed, most), whole);
            }
        }
    }
}
