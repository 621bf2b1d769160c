//! Two requirements of one registry: Binance's maintenance margin, which does not read the leverages that positions have, and
//! its initial margin, which divides by them. One account file, one commitment and a proof of each.

use crate::support::KEYS;
use crate::support::secrets::secrets;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::LazyLock;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::{Account, Position, Profile};
use zkmargin_model::statement::Basis;
use zkmargin_params::venues::{Binance, Venue, binance};
use zkmargin_params::{
    AccountDemand, AccountFile, AskedBooks, CompiledMarket, PolicyFile, Requirement, Schedule,
    compile,
};
use zkmargin_policy::{Decision, Demands, Evidence, MemoryStore, decide};
use zkmargin_prover::{ProveError, ProveRequest, prove};
use zkmargin_verifier::check_proof;

/// The answers of the example folder, in which one position has a leverage of 20 and the other one of 125.
static ANSWERS: LazyLock<Value> = LazyLock::new(|| {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../params/venues/binance/examples/answers");
    let names = [
        "leverageBracket",
        "exchangeInfo",
        "assetIndex",
        "premiumIndex",
        "fetched",
        "account",
        "positionRisk",
        "multiAssetsMargin",
    ];
    let answer = |name: &str| -> Value {
        let bytes = std::fs::read(folder.join(format!("{name}.json"))).expect("a file");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let mut answers =
        Value::Object(names.map(|name| (name.to_owned(), answer(name))).into_iter().collect());
    for (at, leverage) in ["20", "125"].into_iter().enumerate() {
        answers["positionRisk"][at]["leverage"] = json!(leverage);
    }
    answers
});

fn market_of(requirement: Requirement) -> CompiledMarket {
    let options = binance::Options {
        requirement: Some(requirement),
        collateral: vec!["BTC".to_owned(), "USDC".to_owned()],
        ..binance::Options::default()
    };
    let schedule = Binance::schedule(&ANSWERS, &options).expect("a schedule").schedule;
    let schedule = Schedule::new(schedule).expect("a schedule");
    let snapshot = Binance::snapshot(&ANSWERS, &schedule).expect("a snapshot");
    compile(&schedule, &snapshot).expect("a market")
}

static MAINTENANCE: LazyLock<CompiledMarket> =
    LazyLock::new(|| market_of(Requirement::Maintenance));
static INITIAL: LazyLock<CompiledMarket> = LazyLock::new(|| market_of(Requirement::Initial));

/// The file, which is the same under either schedule.
static FILE: LazyLock<AccountFile> = LazyLock::new(|| {
    let [one, other] = [&*MAINTENANCE, &*INITIAL]
        .map(|market| Binance::account(&ANSWERS, market.schedule()).expect("an account"));
    assert!(one.positions == other.positions && one.balances == other.balances);
    one
});

fn held(market: &CompiledMarket) -> Account {
    FILE.holdings(market.schedule()).expect("an account")
}

fn proven(market: &CompiledMarket, account: &Account) -> Result<Envelope, ProveError> {
    let request = ProveRequest {
        account,
        secrets: &secrets(),
        market,
        claim: Claim::margin(),
        subject: market.schedule().books(&AskedBooks::default()).expect("books").into(),
        context: Context::new("desk-42", "", None).expect("context"),
        membership: None,
        shape: None,
    };
    Ok(prove(&request, &KEYS)?.envelope)
}

/// Under a policy of the account's commitment that demands this requirement.
fn decided(market: &CompiledMarket, envelope: &Envelope, account: &Account) -> Decision {
    let mut policy = PolicyFile::least("test");
    let secrets = secrets().under(&market.registry_digest()).expect("canonical");
    policy.market.pinned = Some(market.digest().to_string());
    policy.account =
        Some(AccountDemand::Commitment(account_commitment(account, &secrets).unwrap().to_string()));
    policy.requirement = Some(market.schedule().requirement());
    let demands = Demands::new(policy).expect("policy");
    let (proofs, evidence) = (std::slice::from_ref(envelope), Evidence::default());
    let (now, memory) = (market.snapshot().time_ms, None::<&mut MemoryStore>);
    decide(&demands, &evidence, market, proofs, now, &KEYS, memory).expect("decided")
}

fn profile_of(envelope: &Envelope) -> Profile {
    let Basis::Linear { profile, .. } = envelope.statement().basis else { panic!("linear") };
    profile
}

#[test]
fn one_commitment_has_proofs_of_both() {
    let [maintenance, initial] = [&*MAINTENANCE, &*INITIAL];
    assert_eq!(maintenance.registry_digest(), initial.registry_digest());
    let account = held(maintenance);
    assert_eq!(account, held(initial));
    assert_eq!(account.positions().iter().map(|p| p.own).collect::<Vec<_>>(), [12_500, 2_000]);
    let proofs = [maintenance, initial].map(|market| proven(market, &account).expect("healthy"));
    assert!(profile_of(&proofs[0]).own && !profile_of(&proofs[0]).general);
    assert!(profile_of(&proofs[1]).leverage);
    assert_eq!(proofs[0].statement().account, proofs[1].statement().account);
    for (market, proof) in [maintenance, initial].into_iter().zip(&proofs) {
        assert_eq!(check_proof(proof, market, &KEYS).expect("checked"), Ok(()));
        let decision = decided(market, proof, &account);
        assert_eq!(decision.verdict().code(), None, "{:?}", decision.lines());
    }
    // Another leverage is another account, also where nothing reads it: its proof is of no policy for this one.
    let positions = account.positions().iter();
    let positions = positions.map(|p| Position { own: p.own + 1, ..p.clone() }).collect();
    let other = Account::new(positions, account.balances().to_vec()).expect("an account");
    let of_other = proven(maintenance, &other).expect("healthy");
    assert_ne!(of_other.statement().account, proofs[0].statement().account);
    assert_eq!(
        decided(maintenance, &of_other, &account).verdict().code(),
        Some("PolicyCommitment")
    );
}

/// Without leverages, an account has maintenance margin under either registry, and the smaller circuit under its own.
#[test]
fn leverages_are_optional_for_maintenance_margin() {
    let mut answers = ANSWERS.clone();
    for at in 0..2 {
        answers["positionRisk"][at].as_object_mut().expect("an object").remove("leverage");
    }
    let read = Binance::account(&answers, MAINTENANCE.schedule()).expect("an account");
    assert!(read.positions.iter().all(|p| p.own_leverage.is_none()));
    let refused = Binance::account(&answers, INITIAL.schedule()).expect_err("no leverage");
    assert!(refused.to_string().contains("leverage"), "{refused}");
    assert!(held(&MAINTENANCE).has_own());
    let account = read.holdings(MAINTENANCE.schedule()).expect("an account");
    assert!(!account.has_own());
    let proof = proven(&MAINTENANCE, &account).expect("healthy");
    assert_eq!(check_proof(&proof, &*MAINTENANCE, &KEYS).expect("checked"), Ok(()));
}
