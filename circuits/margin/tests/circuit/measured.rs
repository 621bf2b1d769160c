//! Times of profiles beside the exact one, in one run.

use crate::support::*;
use std::sync::Arc;
use std::time::Instant;
use zkmargin_circuit::halo2::{Circuit, ConstraintSystem};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::rule::*;

/// Runs of each circuit, of which the median counts.
const RUNS: usize = 7;

/// Milliseconds of a run, and what it returned.
fn timed<T>(run: impl Fn() -> T) -> (u128, T) {
    let start = Instant::now();
    let made = run();
    (start.elapsed().as_millis(), made)
}

fn median<T: Ord + Copy, const N: usize>(mut all: [T; N]) -> T {
    all.sort_unstable();
    all[N / 2]
}

/// What proves one statement.
struct Proven {
    keys: Arc<MarketKeys>,
    key: Arc<MarketVerifyingKey>,
    public: PublicInputs,
    witness: CircuitWitness,
    tables: MarketTables,
}

impl Proven {
    fn new(cache: &KeyCache, profile: Profile, shape: Shape, digest: u8) -> Self {
        let mut case = case_of(profile);
        case.set_usdt(int(1_000_000_000_000));
        let (kind, digest) = (case.kind(shape), [digest; 32].into());
        Self {
            keys: cache.proving_key(kind, &case.market, digest).unwrap(),
            key: cache.verifying_key(kind, &case.market, digest).unwrap(),
            public: case.public(),
            witness: case.circuit_witness(shape),
            tables: MarketTables::new(&case.market).unwrap(),
        }
    }

    fn prove(&self) -> Vec<u8> {
        create_proof(&self.keys, self.witness.clone(), &self.public, rand::rng()).expect("proof")
    }
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
    let exact = Proven::new(&cache, Profile::EXACT, Shape::M, 0);
    exact.prove();
    for ((venue, profile, shape), digest) in measured().into_iter().zip(1u8..) {
        let proven = Proven::new(&cache, profile, shape, digest);
        // By turns, so that both have the machine as it is: only the ratio of two runs beside each other counts.
        let runs = [(); RUNS].map(|()| {
            let ((reference, _), (prove, proof)) =
                (timed(|| exact.prove()), timed(|| proven.prove()));
            let (verify, verified) = timed(|| verify_proof(&proven.key, &proven.public, &proof));
            assert_eq!(verified, Ok(()));
            (100 * prove / reference, prove, verify, proof.len())
        });
        let hundredths = median(runs.map(|(hundredths, ..)| hundredths));
        let [prove, verify] =
            [runs.map(|(_, prove, ..)| prove), runs.map(|(_, _, verify, _)| verify)].map(median);
        let [advice, lookups] = columns(proven.keys.id(), &proven.tables);
        eprintln!(
            "| {venue} | {profile} | {} | {} | {advice} | {lookups} | {prove} ms | {}.{:02} | {verify} ms | {} bytes |",
            shape.name(),
            proven.keys.id().k,
            hundredths / 100,
            hundredths % 100,
            runs[0].3,
        );
    }
}
