//! Keys, proof sizes and golden proofs: what must not change without being looked at.
//!
//! Keys are those of the three main markets at every shape, and of each further profile of `pins/profiles.rs` at the
//! smallest one: a profile decides which gates there are, a shape how often.
//!
//! `ZKMARGIN_UPDATE=1` rewrites `params/pins.json`. Golden proofs and forgeries are made only where
//! there is none: before a release, a circuit change that breaks one deletes it.

#[path = "pins/profiles.rs"]
mod profiles;

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::{
    AnyWitness, CircuitWitness, KeyCache, MarketVerifyingKey, ParamsStore, Witness, create_proof,
};
use zkmargin_model::circuit::{Anchor, Kind, LinearKind, Pages, PortfolioKind, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::{AccountSecrets, margin_commitment};
use zkmargin_model::context::Context;
use zkmargin_model::digest::MarketDigest;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::{digest_to_field, field_from_bytes};
use zkmargin_model::measure::Measure;
use zkmargin_model::portfolio;
use zkmargin_model::rule::{Market, margin};
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::subject::{RuleMarket, Subject};
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::venues::{Binance, Venue, binance};
use zkmargin_params::{
    AccountFile, AnyMarket, CompiledMarket, MarketKind, Requirement, Schedule, SnapshotFile,
    compile,
};
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

/// A market of portfolio accounts.
fn derive() -> PortfolioMarket {
    derive_of(Pages::Four)
}

/// The same for accounts of up to so many pages.
fn derive_of(pages: Pages) -> PortfolioMarket {
    let file = |name: &str| -> Value {
        let path = format!("venues/derive/examples/options.{name}.json");
        serde_json::from_slice(&read(&path)).expect("json")
    };
    let (mut schedule, mut snapshot) = (file("schedule"), file("snapshot"));
    schedule["capacity"]["positions"] = json!(pages.positions());
    let schedule = PortfolioSchedule::from_json(schedule.to_string().as_bytes()).expect("schedule");
    snapshot["schedule"] = json!(schedule.digest().to_string());
    let snapshot = PortfolioSnapshotFile::from_json(snapshot.to_string().as_bytes());
    PortfolioMarket::compile(&schedule, &snapshot.expect("snapshot")).expect("market")
}

/// Binance's market with second roundings in two modes, for which only the general profile has blocks.
fn general() -> CompiledMarket {
    profiles::changed_binance(|schedule, _| {
        schedule["rounding"] = json!({});
        for (at, tiers) in schedule["tiers"].as_array_mut().expect("tiers").iter_mut().enumerate() {
            let mode = ["truncate", "ceil"][at % 2];
            tiers["requirement_rounding"] =
                json!([{"mode": "truncate", "decimals": 10}, {"mode": mode, "decimals": 8}]);
        }
    })
}

/// Binance's initial margin, from the example answers.
fn initial() -> CompiledMarket {
    let answer = |name: &str| -> Value {
        let bytes = read(&format!("venues/binance/examples/answers/{name}.json"));
        serde_json::from_slice(&bytes).expect("json")
    };
    let names = ["leverageBracket", "exchangeInfo", "assetIndex", "premiumIndex", "fetched"];
    let source =
        Value::Object(names.map(|name| (name.to_owned(), answer(name))).into_iter().collect());
    let requirement = Some(Requirement::Initial);
    let options = binance::Options { requirement, ..binance::Options::default() };
    let schedule = Binance::schedule(&source, &options).expect("a schedule").schedule;
    let schedule = Schedule::new(schedule).expect("a schedule");
    compile(&schedule, &Binance::snapshot(&source, &schedule).expect("a snapshot")).expect("market")
}

fn cache() -> KeyCache {
    KeyCache::new(ParamsStore::in_memory(), 4.try_into().expect("capacity"))
}

/// The circuits of a market; in the general profile those of the two smallest shapes, or of one.
fn kinds(market: &Market) -> impl Iterator<Item = LinearKind> {
    let profile = market.profile().expect("provable");
    let anchors = Anchor::ALL.into_iter();
    let shapes = match (profile.general, profile.leverage) {
        (true, true) => &Shape::ALL[..1],
        (true, false) => &Shape::ALL[..2],
        (false, _) => Shape::chosen_among(profile),
    };
    anchors.flat_map(move |anchor| shapes.iter().map(move |s| Kind::of(profile, anchor, *s)))
}

/// Pins a key under the name of its market.
fn pin(
    found: &mut Map<String, Value>,
    name: &str,
    key: &MarketVerifyingKey,
    market: &MarketDigest,
) {
    let text = format!("{:?}", key.key().pinned());
    let digest = blake2b_simd::Params::new().hash_length(32).hash(text.as_bytes());
    let kind = key.id().kind;
    let name = format!("{name}, circuit {}, shape {}", kind.version().number(), kind.slots());
    let pinned = json!({
        "market": market.to_string(),
        "k": key.id().k.get(),
        "key": digest.to_hex().as_str(),
        "proof_bytes": key.proof_len(),
    });
    assert!(found.insert(name.clone(), pinned).is_none(), "{name} is there twice");
}

#[test]
fn keys_are_the_pinned_ones() {
    let cache = cache();
    let mut found = Map::new();
    let mut pinned = BTreeSet::new();
    let markets = [
        ("binance-cross", binance()),
        ("binance-cross, second roundings in two modes", general()),
        ("binance-usdt-initial", initial()),
        ("lighter-186974592", lighter()),
    ];
    for (name, market) in markets {
        for kind in kinds(market.market()) {
            let key = cache.verifying_key(kind, market.market(), market.digest()).expect("key");
            pin(&mut found, name, &key, &market.digest());
            pinned.insert(kind.profile());
        }
    }
    for (name, market) in profiles::markets() {
        for of in market.selections() {
            let Ok(profile) = of.market().profile() else { continue };
            if !pinned.insert(profile) {
                continue;
            }
            let shape = Shape::chosen_among(profile)[0];
            // A path to a ledger's root is beside the slots: with few rows and with many.
            let anchors = if profile.is_exact() || profile.general { 2 } else { 1 };
            for anchor in &Anchor::ALL[..anchors] {
                let kind = Kind::of(profile, *anchor, shape);
                let key = cache.verifying_key(kind, of.market(), of.digest()).expect("key");
                pin(&mut found, &name, &key, &market.digest());
            }
        }
    }
    // What a claim holds the equity against has keys of its own.
    for (name, anchor, pages) in [
        ("maintenance", Anchor::Commitment, Pages::Four),
        ("maintenance", Anchor::Ledger, Pages::Four),
        ("maintenance", Anchor::Commitment, Pages::Eight),
        ("maintenance", Anchor::Commitment, Pages::Sixteen),
        ("initial", Anchor::Commitment, Pages::Four),
        ("stress:tails", Anchor::Commitment, Pages::Four),
    ] {
        let derive: &dyn AnyMarket = &derive_of(pages);
        let measure = Measure::parse(name).expect("a measure");
        let decided = derive.decided(&measure.into()).expect("a market");
        let kind = PortfolioKind { anchor, pages };
        let key = cache.verifying_key(kind, decided.market, decided.digest).expect("key");
        pin(&mut found, &format!("derive-options, {name}"), &key, &derive.digest());
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
    market: fn() -> Arc<dyn AnyMarket>,
    account: &'static str,
}

const GOLDEN: [Golden; 3] = [
    Golden {
        name: "binance-cross",
        market: || Arc::new(binance()),
        account: "venues/binance/examples/cross.account.json",
    },
    Golden {
        name: "lighter-222378",
        market: || Arc::new(lighter()),
        account: "venues/lighter/examples/222378.account.json",
    },
    Golden {
        name: "derive-options",
        market: || Arc::new(derive()),
        account: "venues/derive/examples/options.account.json",
    },
];

/// The account of a golden proof, with secrets that everybody knows.
fn golden_witness(market: &dyn AnyMarket, account: &str) -> Witness {
    let file = AccountFile::from_json(&read(account)).expect("account");
    Witness {
        account: market.schedule().holdings(&file).expect("account"),
        secrets: AccountSecrets {
            registry: digest_to_field(market.registry_digest().bytes()),
            holder_key: Fp::from(0),
            serial: 1,
            blinding: field_from_bytes(&[1; 32]).expect("canonical"),
        },
        margin_blinding: Fp::from(9),
    }
}

/// The commitment to the account of a golden proof.
fn golden_commitment(market: &dyn AnyMarket, witness: &Witness) -> AccountCommitment {
    market.schedule().commitment(&witness.account, &witness.secrets).expect("committed")
}

/// Makes a golden proof: maintenance, for desk-42.
fn make_golden(market: &dyn AnyMarket, account: &str, cache: &KeyCache) -> Vec<u8> {
    let witness = golden_witness(market, account);
    let claim = Claim::margin();
    let subject: Subject = match market.kind() {
        MarketKind::Linear(market) => market.market().books().into(),
        MarketKind::Portfolio(_) => Measure::Maintenance.into(),
    };
    let decided = market.decided(&subject).expect("a market");
    let anchor = Anchor::Commitment;
    let (basis, equity, requirement, keys, private) = match decided.market {
        RuleMarket::Linear(rule) => {
            let figures = margin(&witness.account, rule).expect("figures");
            let profile = rule.profile().expect("provable");
            let shape = Shape::smallest_for(&witness.account, profile).expect("fits");
            let basis = Basis::Linear { profile, shape, settlement_asset: None, position: None };
            let keys = cache.proving_key(basis.kind(anchor), rule, decided.digest).expect("keys");
            let private = CircuitWitness::new(shape, rule, &witness, &figures, &claim);
            let private = AnyWitness::from(private.expect("fits"));
            (basis, figures.equity, figures.maintenance, keys, private)
        }
        RuleMarket::Portfolio(rule) => {
            let figures = portfolio::margin(&witness.account, rule).expect("figures");
            let measure = Measure::Maintenance;
            let basis = Basis::Portfolio { pages: Pages::Four, measure };
            let keys = cache.proving_key(basis.kind(anchor), rule, decided.digest).expect("keys");
            let private = keys.portfolio_witness(rule, &witness, &figures, &claim);
            let private = AnyWitness::from(private.expect("fits"));
            (basis, figures.equity, figures.requirement, keys, private)
        }
    };
    let account = golden_commitment(market, &witness);
    let statement = Statement {
        basis,
        k: keys.id().k,
        claim,
        registry_digest: market.registry_digest(),
        schedule_digest: market.schedule_digest(),
        snapshot_digest: market.snapshot_digest(),
        snapshot_time: market.time_ms(),
        margin_unit: market.schedule().margin_unit().clone(),
        account: AccountReference::Commitment(account),
        margin_commitment: margin_commitment(&equity, &requirement, witness.margin_blinding),
        context: Context::new("desk-42", "", None).expect("context"),
    };
    let public = zkmargin_circuit::public_inputs(&statement, market.schedule().venue());
    let proof = create_proof(&keys, private, &public, rand::rng()).expect("proof");
    Envelope::new(statement, proof).expect("encodes").encode()
}

#[test]
fn golden_proofs_verify_and_golden_forgeries_do_not() {
    let cache = cache();
    for Golden { name, market, account } in GOLDEN {
        let (market, path) = (market(), format!("golden/{name}.zkm"));
        let market = &*market;
        if std::env::var_os("ZKMARGIN_UPDATE").is_some() && !params(&path).exists() {
            std::fs::write(params(&path), make_golden(market, account, &cache)).expect("written");
        }
        let bytes = read(&path);
        let envelope = Envelope::decode(&bytes).expect("decodes");
        assert_eq!(envelope.encode(), bytes);
        let account = golden_commitment(market, &golden_witness(market, account));
        assert_eq!(envelope.statement().account, AccountReference::Commitment(account));
        assert_eq!(check_proof(&envelope, market, &cache).expect("checked"), Ok(()), "{name}");

        // The same proof under a statement that differs in one word, and one flipped proof bit.
        let mut statement = envelope.statement().clone();
        statement.snapshot_time += 1;
        let restated = Envelope::new(statement, envelope.proof().to_vec()).expect("encodes");
        let mut proof = envelope.proof().to_vec();
        let last = proof.len() - 1;
        proof[last] ^= 1;
        let flipped = Envelope::new(envelope.statement().clone(), proof).expect("encodes");
        for forged in [restated, flipped] {
            let found = check_proof(&forged, market, &cache).expect("checked");
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

#[test]
fn the_readme_shows_the_market_of_its_demo() {
    let readme = String::from_utf8(read("../README.md")).expect("UTF-8");
    let line = format!("market         {}", lighter().digest());
    assert!(readme.contains(&line), "README.md has no line {line:?}; copy it from `demo`");
}
