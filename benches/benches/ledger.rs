//! Building a ledger, with the hashes that it needs and nothing else in the same run.
//!
//! The accounts hold 1 to 16 positions of a real account of Lighter. `poseidon alone` makes as many
//! permutations as their leaves and the tree need, on as many threads.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;
use zkmargin_circuit::halo2::Fp;
use zkmargin_ledger::Build;
use zkmargin_model::poseidon::permute;
use zkmargin_params::Schedule;

const ACCOUNTS: usize = 20_000;

fn params(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../params").join(name);
    std::fs::read(path).expect(name)
}

/// Positions of the account with this serial.
fn holds(serial: usize) -> usize {
    1 + serial * 7 % 16
}

/// Accounts, one per line.
fn lines() -> String {
    let template = params("venues/lighter/examples/222378.account.json");
    let template: Value = serde_json::from_slice(&template).expect("account");
    let positions = template["positions"].as_array().expect("positions").clone();
    assert_eq!(positions.len(), 16);
    let line = |serial: usize| {
        let mut account = template.clone();
        let object = account.as_object_mut().expect("object");
        for field in ["note", "serial", "blinding"] {
            object.remove(field);
        }
        account["positions"] = positions.iter().take(holds(serial)).cloned().collect();
        account["balances"][0]["balance"] = json!(format!("{}", 200_000 + serial));
        format!("{account}\n")
    };
    (0..ACCOUNTS).map(line).collect()
}

/// Permutations: pairs of positions, one pair of balances, three pairs of the leaf, one node.
fn permutations() -> usize {
    (0..ACCOUNTS).map(|serial| holds(serial).div_ceil(2) + 1 + 3 + 1).sum()
}

fn poseidon_alone(permutations: usize) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let mut state = [Fp::from(thread as u64); 3];
                for _ in 0..permutations / threads {
                    state = permute(&state);
                }
                black_box(state);
            });
        }
    });
}

fn ledger(c: &mut Criterion) {
    let mut group = c.benchmark_group("ledger");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.throughput(Throughput::Elements(ACCOUNTS as u64));
    let schedule = Schedule::from_json(&params("venues/lighter/mainnet.json")).expect("schedule");
    let folder = tempfile::tempdir().expect("folder");
    let accounts = folder.path().join("accounts.jsonl");
    std::fs::write(&accounts, lines()).expect("accounts");
    let count = permutations();
    println!("{ACCOUNTS} accounts, {count} permutations");
    group.bench_function("poseidon alone", |b| b.iter(|| poseidon_alone(count)));
    group.bench_function("build", |b| {
        b.iter(|| {
            let work = tempfile::tempdir().expect("folder");
            let build =
                Build { schedule: &schedule, accounts: &accounts, epoch: 1, folder: work.path() };
            build.run(|_| ()).expect("built").size()
        })
    });
    group.finish();
}

criterion_group!(benches, ledger);
criterion_main!(benches);
