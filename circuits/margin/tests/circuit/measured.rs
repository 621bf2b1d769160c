//! Times of profiles beside the exact one, in one run.

use crate::support::*;
use std::time::Instant;
use zkmargin_circuit::halo2::{Circuit, ConstraintSystem};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::rule::*;

/// Runs of each circuit, of which the median counts.
const RUNS: usize = 7;

/// Median time in milliseconds, and what the last run returned.
fn timed<T>(run: impl Fn() -> T) -> (u128, T) {
    let runs = (0..RUNS).map(|_| {
        let start = Instant::now();
        let made = run();
        (start.elapsed().as_millis(), made)
    });
    let (mut times, mut made): (Vec<_>, Vec<_>) = runs.unzip();
    times.sort_unstable();
    (times[RUNS / 2], made.pop().expect("several runs"))
}

/// The profiles of shipped schedules, with the shape that a venue's accounts take.
fn measured() -> [(&'static str, Profile, Shape); 25] {
    let of = |rounded, base, pnl| Profile { rounded, base, pnl, narrow: true, ..Profile::EXACT };
    let isolated = Isolated::Compared;
    let narrow = of(Rounded::Requirement, Base::Size, false);
    let allocations = Profile { isolated, orders: true, allocations: true, ..Profile::GENERAL };
    let extended = of(Rounded::Value, Base::Value, true);
    let dydx = of(Rounded::ValueAndTwice, Base::Value, false);
    [
        ("exact", Profile::EXACT, Shape::M),
        ("Lighter", Profile { isolated, ..Profile::FLAT }, Shape::Ml),
        ("OKX", Profile { isolated, ..Profile::FAMILY }, Shape::M),
        ("Binance, Hyperliquid", narrow, Shape::M),
        ("with isolated books", Profile { isolated, ..narrow }, Shape::M),
        ("with a registry for initial margin", Profile { own: true, ..narrow }, Shape::M),
        ("Extended", extended, Shape::Sm),
        ("Extended", extended, Shape::M),
        ("dYdX", dydx, Shape::Sm),
        ("dYdX", dydx, Shape::M),
        ("Drift, Mango", Profile::GENERAL, Shape::Xs),
        ("Drift, Mango", Profile::GENERAL, Shape::S),
        ("with isolated books", Profile { isolated, ..Profile::GENERAL }, Shape::Xs),
        ("Drift with open orders", Profile { orders: true, ..Profile::GENERAL }, Shape::Xs),
        ("Drift with open orders", Profile { orders: true, ..Profile::GENERAL }, Shape::S),
        ("Drift with allocations", allocations, Shape::Xs),
        ("Drift with allocations", allocations, Shape::S),
        ("Kraken, BitMEX", Profile { entry: true, ..Profile::GENERAL }, Shape::Xs),
        ("Kraken, BitMEX", Profile { entry: true, ..Profile::GENERAL }, Shape::S),
        (
            "Binance initial, Bybit initial",
            Profile { leverage: true, ..Profile::GENERAL },
            Shape::Xs,
        ),
        (
            "Binance initial, Bybit initial",
            Profile { leverage: true, ..Profile::GENERAL },
            Shape::S,
        ),
        (
            "8 settlement assets",
            Profile { settlement: Settlement::Eight, ..Profile::EXACT },
            Shape::M,
        ),
        (
            "16 settlement assets",
            Profile { settlement: Settlement::Sixteen, ..Profile::EXACT },
            Shape::Sm,
        ),
        (
            "16 settlement assets",
            Profile { settlement: Settlement::Sixteen, ..Profile::EXACT },
            Shape::M,
        ),
        (
            "16 settlement assets",
            Profile { settlement: Settlement::Sixteen, ..Profile::GENERAL },
            Shape::S,
        ),
    ]
}

/// Numbers of advice columns and of lookups in the proof system's own text of a circuit.
fn columns(id: CircuitId, tables: &MarketTables) -> [String; 2] {
    let CircuitId { kind: Kind::Linear(kind), k } = id else { unreachable!("a linear circuit") };
    let mut system = ConstraintSystem::default();
    Form::of(kind, k, tables).configured(|| MarginCircuit::configure(&mut system));
    let text = format!("{:?}", system.pinned());
    let advice = text.split_once("num_advice_columns: ").and_then(|(_, rest)| rest.split_once(','));
    let (advice, rest) = advice.expect("number of advice columns");
    [advice.to_owned(), rest.matches("input_expressions: [").count().to_string()]
}

#[test]
#[ignore = "a measurement; docs/book/profiles.md has the command"]
fn measured_beside_the_exact_profile() {
    let cache = KeyCache::new(ParamsStore::in_memory(), 16.try_into().unwrap());
    let mut exact = None;
    for ((venue, profile, shape), digest) in measured().into_iter().zip(1u8..) {
        let mut case = case_of(profile);
        case.set_usdt(int(1_000_000_000_000));
        let (kind, digest) = (case.kind(shape), [digest; 32].into());
        let keys = cache.proving_key(kind, &case.market, digest).unwrap();
        let key = cache.verifying_key(kind, &case.market, digest).unwrap();
        let (public, witness) = (case.public(), case.circuit_witness(shape));
        let (prove, proof) =
            timed(|| create_proof(&keys, witness.clone(), &public, rand::rng()).expect("proof"));
        let (verify, verified) = timed(|| verify_proof(&key, &public, &proof));
        assert_eq!(verified, Ok(()));
        let hundredths = 100 * prove / *exact.get_or_insert(prove);
        let tables = MarketTables::new(&case.market).unwrap();
        let [advice, lookups] = columns(keys.id(), &tables);
        eprintln!(
            "| {venue} | {profile} | {} | {} | {advice} | {lookups} | {prove} ms | {}.{:02} | {verify} ms | {} bytes |",
            shape.name(),
            keys.id().k,
            hundredths / 100,
            hundredths % 100,
            proof.len(),
        );
    }
}
