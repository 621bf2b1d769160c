//! Keys, proof sizes and golden proofs: what must not change without being looked at.
//!
//! `ZKMARGIN_UPDATE=1` rewrites `params/pins.json`. Golden proofs and forgeries are made only where
//! there is none: before a release, a circuit change that breaks one deletes it.

use serde_json::{Value, json};
use std::path::PathBuf;
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::{CircuitWitness, KeyCache, ParamsStore, Witness, create_proof};
use zkmargin_model::circuit::{Anchor, Kind, LinearKind, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, account_commitment, margin_commitment};
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::{digest_to_field, field_from_bytes};
use zkmargin_model::rule::{Market, margin};
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_verifier::check_proof;

fn params(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../params").join(path)
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(params(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn market(schedule: &str, snapshot: &str) -> CompiledMarket {
    let schedule = Schedule::from_json(&read(schedule)).expect("schedule");
    compile(&schedule, &SnapshotFile::from_json(&read(snapshot)).expect("snapshot"))
        .expect("market")
}

fn binance() -> CompiledMarket {
    market(
        "venues/binance/examples/cross.schedule.json",
        "venues/binance/examples/cross.snapshot.json",
    )
}

fn lighter() -> CompiledMarket {
    market("venues/lighter/mainnet.json", "venues/lighter/examples/186974592.snapshot.json")
}

/// Binance's market with second roundings in two modes, for which only the general profile has blocks.
fn general() -> CompiledMarket {
    let mut schedule: Value =
        serde_json::from_slice(&read("venues/binance/examples/cross.schedule.json")).expect("json");
    schedule["rounding"] = json!({});
    for (at, tiers) in schedule["tiers"].as_array_mut().expect("tiers").iter_mut().enumerate() {
        let mode = ["truncate", "ceil"][at % 2];
        tiers["requirement_rounding"] =
            json!([{"mode": "truncate", "decimals": 10}, {"mode": mode, "decimals": 8}]);
    }
    let schedule = Schedule::from_json(schedule.to_string().as_bytes()).expect("schedule");
    let mut prices: Value =
        serde_json::from_slice(&read("venues/binance/examples/cross.snapshot.json")).expect("json");
    prices["schedule"] = json!(schedule.digest().to_string());
    let prices = SnapshotFile::from_json(prices.to_string().as_bytes()).expect("snapshot");
    compile(&schedule, &prices).expect("market")
}

fn cache() -> KeyCache {
    KeyCache::new(ParamsStore::in_memory(), 4.try_into().expect("capacity"))
}

/// The circuits of a market; in the general profile those of the smallest shape.
fn kinds(market: &Market) -> impl Iterator<Item = LinearKind> {
    let profile = market.profile().expect("provable");
    let anchors = Anchor::ALL.into_iter();
    let shapes = if profile.general { &Shape::ALL[..1] } else { &Shape::ALL[..] };
    anchors.flat_map(move |anchor| shapes.iter().map(move |s| Kind::of(profile, anchor, *s)))
}

#[test]
fn keys_are_the_pinned_ones() {
    let cache = cache();
    let mut found = serde_json::Map::new();
    let markets = [
        ("binance-cross", binance()),
        ("binance-cross, second roundings in two modes", general()),
        ("lighter-186974592", lighter()),
    ];
    for (name, market) in markets {
        for kind in kinds(market.market()) {
            let key = cache.verifying_key(kind, market.market(), market.digest()).expect("key");
            let text = format!("{:?}", key.key().pinned());
            let digest = blake2b_simd::Params::new().hash_length(32).hash(text.as_bytes());
            found.insert(
                format!(
                    "{name}, circuit {}, shape {}",
                    key.id().kind.version().number(),
                    kind.shape
                ),
                json!({
                    "market": market.digest().to_string(),
                    "k": key.id().k.get(),
                    "key": digest.to_hex().as_str(),
                    "proof_bytes": key.proof_len(),
                }),
            );
        }
    }
    let found = Value::Object(found);
    if std::env::var_os("ZKMARGIN_UPDATE").is_some() {
        let text = serde_json::to_string_pretty(&found).expect("json") + "\n";
        std::fs::write(params("pins.json"), text).expect("written");
    }
    let pinned: Value = serde_json::from_slice(&read("pins.json")).expect("json");
    assert_eq!(found, pinned, "a key changed; see the header of this file");
}

/// A golden proof: its file's name, its market, and the account it is of.
struct Golden {
    name: &'static str,
    market: fn() -> CompiledMarket,
    account: &'static str,
}

const GOLDEN: [Golden; 2] = [
    Golden {
        name: "binance-cross",
        market: binance,
        account: "venues/binance/examples/cross.account.json",
    },
    Golden {
        name: "lighter-222378",
        market: lighter,
        account: "venues/lighter/examples/222378.account.json",
    },
];

/// The account of a golden proof, with secrets that everybody knows.
fn golden_witness(market: &CompiledMarket, account: &str) -> Witness {
    let file = AccountFile::from_json(&read(account)).expect("account");
    Witness {
        account: file.holdings(market.schedule()).expect("account"),
        secrets: AccountSecrets {
            registry: digest_to_field(market.registry_digest().bytes()),
            holder_key: Fp::from(0),
            serial: 1,
            blinding: field_from_bytes(&[1; 32]).expect("canonical"),
        },
        margin_blinding: Fp::from(9),
    }
}

/// Makes a golden proof: maintenance, for desk-42.
fn make_golden(market: &CompiledMarket, account: &str, cache: &KeyCache) -> Vec<u8> {
    let rule = market.market();
    let witness = golden_witness(market, account);
    let figures = margin(&witness.account, rule).expect("figures");
    let shape = Shape::smallest_for(&witness.account).expect("fits");
    let kind = Kind::of(rule.profile().expect("provable"), Anchor::Commitment, shape);
    let keys = cache.proving_key(kind, rule, market.digest()).expect("keys");
    let account = account_commitment(&witness.account, &witness.secrets);
    let claim = Claim::new(10_000, 0u8.into()).expect("claim");
    let (equity, maintenance) = (&figures.equity, &figures.maintenance);
    let statement = Statement {
        basis: Basis::Linear { profile: kind.profile(), shape, settlement_asset: None },
        k: keys.id().k,
        claim: claim.clone(),
        registry_digest: market.registry_digest(),
        schedule_digest: market.schedule_digest(),
        snapshot_digest: market.snapshot_digest(),
        snapshot_time: market.snapshot().time_ms,
        margin_unit: market.schedule().margin_unit().clone(),
        account: AccountReference::Commitment(account),
        margin_commitment: margin_commitment(equity, maintenance, witness.margin_blinding),
        context: Context::new("desk-42", "", None).expect("context"),
    };
    let witness = CircuitWitness::new(shape, rule, &witness, &figures, &claim).expect("fits");
    let public = zkmargin_circuit::public_inputs(&statement, &market.schedule().file().venue);
    let proof = create_proof(&keys, witness, &public, rand::rng()).expect("proof");
    Envelope::new(statement, proof).expect("encodes").encode()
}

#[test]
fn golden_proofs_verify_and_golden_forgeries_do_not() {
    let cache = cache();
    for Golden { name, market, account } in GOLDEN {
        let (market, path) = (market(), format!("golden/{name}.zkm"));
        if std::env::var_os("ZKMARGIN_UPDATE").is_some() && !params(&path).exists() {
            std::fs::write(params(&path), make_golden(&market, account, &cache)).expect("written");
        }
        let bytes = read(&path);
        let envelope = Envelope::decode(&bytes).expect("decodes");
        assert_eq!(envelope.encode(), bytes);
        let witness = golden_witness(&market, account);
        let account = account_commitment(&witness.account, &witness.secrets);
        assert_eq!(envelope.statement().account, AccountReference::Commitment(account));
        assert_eq!(check_proof(&envelope, &market, &cache).expect("checked"), Ok(()), "{name}");

        // The same proof under a statement that differs in one word, and one flipped proof bit.
        let mut statement = envelope.statement().clone();
        statement.snapshot_time += 1;
        let restated = Envelope::new(statement, envelope.proof().to_vec()).expect("encodes");
        let mut proof = envelope.proof().to_vec();
        let last = proof.len() - 1;
        proof[last] ^= 1;
        let flipped = Envelope::new(envelope.statement().clone(), proof).expect("encodes");
        for forged in [restated, flipped] {
            let found = check_proof(&forged, &market, &cache).expect("checked");
            assert!(found.is_err(), "{name}");
        }
    }
}

/// Forgeries of the Binance golden proof that once were files like any other. `ZKMARGIN_UPDATE=1`
/// makes those that are absent.
const FORGERIES: [&str; 4] = ["account-changed", "restated", "level-raised", "padded-by-another"];

fn forge(name: &str, cache: &KeyCache) -> Vec<u8> {
    let golden = Envelope::decode(&read("golden/binance-cross.zkm")).expect("decodes");
    let mut statement = golden.statement().clone();
    let mut proof = golden.proof().to_vec();
    match name {
        // A prover with one more unit of collateral than the committed account.
        "account-changed" => {
            let market = binance();
            let witness = golden_witness(&market, GOLDEN[0].account);
            let (claim, market_rule) = (&statement.claim, market.market());
            let figures = margin(&witness.account, market_rule).expect("figures");
            let witness = CircuitWitness::new(Shape::S, market_rule, &witness, &figures, claim);
            let mut witness = witness.expect("fits");
            witness.assets[0].balance += Fp::from(1);
            let kind = golden.statement().circuit().kind;
            let keys = cache.proving_key(kind, market.market(), market.digest()).expect("keys");
            let public =
                zkmargin_circuit::public_inputs(&statement, &market.schedule().file().venue);
            proof = create_proof(&keys, witness, &public, rand::rng()).expect("a proof of a lie");
        }
        "restated" => statement.snapshot_time += 1,
        "level-raised" => statement.claim = Claim::new(12_500, 0u8.into()).expect("claim"),
        // The end of a proof of another statement.
        _ => {
            let other = Envelope::decode(&read("golden/lighter-222378.zkm")).expect("decodes");
            let half = proof.len() / 2;
            proof.splice(half.., other.proof()[half..].iter().copied());
        }
    }
    Envelope::new(statement, proof).expect("encodes").encode()
}

#[test]
fn golden_forgeries_never_verify() {
    let cache = cache();
    let market = binance();
    for name in FORGERIES {
        let path = format!("golden/forgeries/{name}.zkm");
        if std::env::var_os("ZKMARGIN_UPDATE").is_some() && !params(&path).exists() {
            std::fs::write(params(&path), forge(name, &cache)).expect("written");
        }
        let forged = Envelope::decode(&read(&path)).expect("well-formed");
        let found = check_proof(&forged, &market, &cache).expect("checked");
        assert!(found.is_err(), "{name}");
    }
}
