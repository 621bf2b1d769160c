//! Statements and proof files to test with.

use ff::FromUniformBytes;
use pasta_curves::Fp;
use proptest::prelude::*;
use std::num::NonZeroU64;
use zkmargin_model::envelope::Envelope;

use zkmargin_model::circuit::{K, Pages, Shape};
use zkmargin_model::claim::{Claim, FLOOR_BYTES};
use zkmargin_model::context::Context;
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::Profile;
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::unit::{MAX_MARGIN_DECIMALS, MarginUnit};

fn field() -> impl Strategy<Value = Fp> {
    any::<[[u8; 32]; 2]>().prop_map(|halves| {
        let mut wide = [0; 64];
        wide.copy_from_slice(halves.as_flattened());
        Fp::from_uniform_bytes(&wide)
    })
}

prop_compose! {
    /// Any proof file; the proof is noise.
    pub fn envelope()(
        (shape, k) in (0..Shape::ALL.len(), K::MIN.get()..=K::MAX.get()),
        measure in prop::sample::select(vec![None, Some(Measure::Maintenance), Some(Measure::Initial)]),
        level in 0u32..1 << 17,
        floor in any::<[u8; FLOOR_BYTES]>(),
        digests in any::<[[u8; 32]; 3]>(),
        snapshot_time in any::<u64>(),
        decimals in 0..=MAX_MARGIN_DECIMALS,
        currency in "[!-~]{1,32}",
        elements in [field(), field()],
        (audience, purpose) in ("[!#-:=?-\\[\\]^_a-{}~]{1,8}( [!#-:=?-\\[\\]^_a-{}~é中]{1,8}){0,2}", "([!#-:=?-\\[\\]^_a-{}~]{1,8}( [!#-:=?-\\[\\]^_a-{}~]{1,8}){0,4})?"),
        (nonce, epoch, expires) in any::<(Option<[u8; 32]>, u64, u64)>(),
        proof in prop::collection::vec(any::<u8>(), 0..300),
    ) -> Envelope {
        let statement = Statement {
            basis: match measure {
                Some(measure) => Basis::Portfolio { pages: Pages::Eight, measure },
                None => Basis::Linear {
                    profile: Profile::EXACT,
                    shape: Shape::ALL[shape],
                    settlement_asset: None,
                    position: None,
                },
            },
            k: K::new(k).expect("in range"),
            claim: Claim::with_floor(level, num_bigint::BigInt::from_signed_bytes_le(&floor).into()).expect("in width"),
            registry_digest: digests[0].into(),
            schedule_digest: digests[1].into(),
            snapshot_digest: digests[2].into(),
            snapshot_time,
            margin_unit: MarginUnit::new(currency, decimals).expect("visible"),
            account: AccountReference::Commitment(elements[0].into()),
            margin_commitment: elements[1].into(),
            context: Context::new(audience, purpose, nonce)
                .expect("visible")
                .of_epoch(NonZeroU64::new(epoch))
                .expiring(NonZeroU64::new(expires)),
        };
        Envelope::new(statement, proof).expect("supported")
    }
}
