//! Wall and processor time of keys, proof and verification on a market as large as Binance's.

use std::time::Instant;
#[path = "../tests/circuit/support/mod.rs"]
mod support;
use support::*;
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::rule::*;

fn main() {
    let mut terms = market_terms();
    let tiers: Vec<_> = (0..95)
        .map(|t| {
            let rows = (0..10i128)
                .map(|r| {
                    let hi =
                        if r == 9 { FAR } else { (r + 1) * (1_000_000_000_000 + t * 7919) - 1 };
                    row(
                        r * (1_000_000_000_000 + t * 7919),
                        hi,
                        40 + 13 * r + t,
                        -r * 1_000_000_000_000,
                    )
                })
                .collect();
            BracketedLinear::new(Variable::Value, rows).unwrap()
        })
        .collect();
    terms.tiers = tiers;
    terms.instruments = (1..=318u32)
        .map(|id| InstrumentTerms {
            id,
            group: 0,
            value: LinearStep::exact(int(970_000_123 + i128::from(id) * 123_457)),
            funding: int(0),
            pnl_rounding: None,
            requirement: LinearStep::exact(int(970_000_123 + i128::from(id) * 123_457)),
            tiers: id as usize % 95,
            requirement_rounding: vec![],
            elements: Default::default(),
        })
        .collect();
    let mut case = case();
    case.market = Market::new(terms).unwrap();
    let n: i128 = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(64);
    case.positions =
        (1..=n as u32).map(|i| position(i * 4, 1000 + i128::from(i), 900_000_000_000)).collect();
    case.set_usdt(int(100_000_000_000_000));
    assert!(case.native());
    let mut ledger = ledger_case();
    ledger.case.market = case.market.clone();
    ledger.case.positions = case.positions.clone();
    ledger.case.balances = case.balances.clone();
    let profile = case.market.profile().unwrap();
    let kinds = Anchor::ALL
        .map(|anchor| [Shape::S, Shape::M].map(|shape| Kind::of(profile, anchor, shape)));
    for kind in kinds.into_iter().flatten() {
        if !kind.shape.fits(&case.account()) {
            continue;
        }
        let (witness, public) = match kind.anchor() {
            Anchor::Commitment => (case.circuit_witness(kind.shape), case.public()),
            Anchor::Ledger => (ledger.circuit_witness(kind.shape), ledger.public()),
        };
        let store = ParamsStore::in_memory();
        store.get(K::MIN).unwrap();
        let cache = KeyCache::new(store, 1.try_into().unwrap());
        for i in 0..6u8 {
            let t = Instant::now();
            cache.verifying_key(kind, &case.market, [i; 32].into()).unwrap();
            print!("{:?} {} vk {:?} ", kind.anchor(), kind.shape.name(), t.elapsed());
            let t = Instant::now();
            let keys = cache.proving_key(kind, &case.market, [i; 32].into()).unwrap();
            print!("k {} both {:?} ", keys.id().k, t.elapsed());
            let t = Instant::now();
            let proof = create_proof(&keys, witness.clone(), &public, rand::rng()).unwrap();
            print!("prove {:?} {} ", t.elapsed(), proof.len());
            let vk = cache.verifying_key(kind, &case.market, [i; 32].into()).unwrap();
            let t = Instant::now();
            verify_proof(&vk, &public, &proof).unwrap();
            println!("verify {:?}", t.elapsed());
        }
    }
}
