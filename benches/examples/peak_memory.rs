//! Peak resident memory of one process that makes keys and one proof of shape M (Linux).

use zkmargin_benches::{Subject, binance, rng};
use zkmargin_circuit::{KeyCache, ParamsStore, create_proof};
use zkmargin_model::circuit::{Anchor, Kind, Shape};

fn main() {
    let subject = Subject::new(binance(), 64);
    let cache = KeyCache::new(ParamsStore::in_memory(), 1.try_into().expect("capacity"));
    let (market, digest) = (subject.market.market(), subject.market.digest());
    let profile = market.profile().expect("provable");
    let kind = Kind::of(profile, Anchor::Commitment, Shape::M);
    let keys = cache.proving_key(kind, market, digest).expect("keys");
    let witness = subject.circuit_witness(kind);
    let proof = create_proof(&keys, witness, &subject.public(kind), rng()).expect("proof");
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    println!("{} bytes of proof, {peak}", proof.len());
}
