//! Holders and their accounts, as they follow from their numbers.

use num_bigint::{BigInt, BigUint};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeSet;
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::claim::Claim;
use zkmargin_model::field::{field_bytes, random_field};
use zkmargin_model::holder::{HolderSecret, venue_field};
use zkmargin_model::rule::{Account, Balance, Book, Position, Side, margin};
use zkmargin_params::{CompiledMarket, PlainSecrets};

/// Most positions of an account: shape S has room for them.
const MOST_POSITIONS: usize = 16;

/// A secret of the pool: without a pattern, as secrets must be, and known to everybody all the same.
fn drawn(what: u8, number: u64) -> Fp {
    let mut seed = [what; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    random_field(&mut StdRng::from_seed(seed))
}

/// All holders of a venue.
#[derive(Clone, Copy, Debug)]
pub struct Holders {
    /// The venue as a field element.
    venue: Fp,
}

impl Holders {
    /// The holders of a venue of this name.
    pub fn of(venue: &str) -> Self {
        Self { venue: venue_field(venue) }
    }

    /// A holder's secret.
    pub fn secret(&self, number: u32) -> HolderSecret {
        HolderSecret::new(drawn(1, number.into()))
    }

    /// What a holder keeps beside the account of an epoch.
    pub fn secrets(&self, number: u32, epoch: u32) -> PlainSecrets {
        PlainSecrets {
            holder_key: field_bytes(&self.secret(number).holder_key(self.venue)),
            serial: number.into(),
            blinding: field_bytes(&drawn(2, u64::from(epoch) << 32 | u64::from(number))),
        }
    }

    /// A holder's account at the end of an epoch: some positions, long and short, entered near the
    /// mark, and as much of the first asset as keeps it healthy with something to spare.
    pub fn account(&self, number: u32, epoch: u32, market: &CompiledMarket) -> Option<Account> {
        let mut rng = StdRng::seed_from_u64(u64::from(epoch) << 32 | u64::from(number));
        let terms = market.market().terms();
        let wanted = rng.random_range(1..=MOST_POSITIONS.min(terms.instruments.len()));
        let mut chosen = BTreeSet::new();
        while chosen.len() < wanted {
            chosen.insert(rng.random_range(0..terms.instruments.len()));
        }
        let mut position = |at: usize| {
            let terms = &terms.instruments[at];
            let side = if rng.random() { Side::Long } else { Side::Short };
            let size = BigUint::from(rng.random_range(1_000u64..5_000_000));
            let sign = if side == Side::Long { 1 } else { -1 };
            let value = terms.value.apply(&BigInt::from(size.clone())) * sign;
            let entry = value * rng.random_range(950u32..1050) / 1000u32;
            Position { book: Book::Cross, instrument: terms.id, side, size, entry, own: 0 }
        };
        let positions: Vec<_> = chosen.into_iter().map(&mut position).collect();
        let asset = terms.assets.first()?.id;
        let claim = Claim::new(10_000, BigUint::from(0u8)).ok()?;
        let spare = BigInt::from(rng.random_range(100u32..200));
        // The least power of four that is enough, and up to as much again.
        (10..60).find_map(|power| {
            let balance = BigInt::from(4).pow(power) * &spare / 100;
            let balances = vec![Balance { asset, balance, own: 0 }];
            let account = Account::new(positions.clone(), balances).ok()?;
            let computed = margin(&account, market.market()).ok()?;
            computed.meets(&claim, market.market()).then_some(account)
        })
    }
}
