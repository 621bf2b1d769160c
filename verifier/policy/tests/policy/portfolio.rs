//! Which claims about portfolio accounts meet which policy. All of it is said before any key is made.

use crate::support::{NOW, demands, market as linear_market};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::num::NonZeroUsize;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::circuit::{K, Pages};
use zkmargin_model::claim::Claim;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::measure::Measure;
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::{AnyMarket, ErrorCode};
use zkmargin_policy::{DecideError, Evidence, MemoryStore, decide};

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../../params/venues/derive/examples/options.",
            $name,
            ".json"
        ))
    };
}

const MEASURES: [&str; 4] = ["maintenance", "initial", "stress:tails", "stress:one"];

/// The market with a second stress, of less, and this confidence of the spot price.
fn market_at(confidence: &str) -> PortfolioMarket {
    let mut schedule: Value = serde_json::from_slice(example!("schedule")).expect("schedule");
    let scenario = schedule["stresses"][0]["scenarios"][0].clone();
    let stresses = schedule["stresses"].as_array_mut().expect("list");
    stresses.push(json!({"name": "one", "scenarios": [scenario]}));
    let schedule = PortfolioSchedule::from_json(schedule.to_string().as_bytes()).expect("schedule");
    let mut snapshot: Value = serde_json::from_slice(example!("snapshot")).expect("snapshot");
    snapshot["schedule"] = json!(schedule.digest().to_string());
    snapshot["indices"][0]["confidence"] = json!(confidence);
    let snapshot = PortfolioSnapshotFile::from_json(snapshot.to_string().as_bytes());
    PortfolioMarket::compile(&schedule, &snapshot.expect("snapshot")).expect("market")
}

fn account() -> AccountCommitment {
    7.into()
}

/// A policy that pins market and account, about this requirement or stress.
fn policy(market: &dyn AnyMarket, measure: &str) -> Value {
    let mut policy = json!({
        "format": "zkmargin-policy/1",
        "name": "test",
        "market": {"pinned": market.digest().to_string()},
        "account": {"commitment": account().to_string()},
        "claim": {"level": "10000", "floor": "0"},
        "audience": "desk-42",
    });
    match measure.strip_prefix("stress:") {
        Some(name) => policy["claim"]["stress"] = json!(name),
        None => policy["requirement"] = json!(measure),
    }
    policy
}

fn basis(measure: &str) -> Basis {
    Basis::Portfolio { pages: Pages::Four, measure: Measure::parse(measure).expect("measure") }
}

/// The verdict's code on a statement about this, at the market and about the account of the policy.
fn found(market: &dyn AnyMarket, policy: &Value, change: impl Fn(&mut Statement)) -> String {
    let golden = include_bytes!("../../../../params/golden/binance-cross.zkm");
    let golden = Envelope::decode(golden).expect("proof");
    let mut statement = Statement {
        // Of which no circuit at this market is, so that no key is made.
        k: K::MAX,
        claim: Claim::margin(),
        registry_digest: market.registry_digest(),
        schedule_digest: market.schedule_digest(),
        snapshot_digest: market.snapshot_digest(),
        snapshot_time: market.time_ms(),
        margin_unit: market.schedule().margin_unit().clone(),
        account: AccountReference::Commitment(account()),
        ..golden.statement().clone()
    };
    change(&mut statement);
    let proofs = [Envelope::new(statement, golden.proof().to_vec()).expect("envelope")];
    let demands = demands(policy).expect("policy");
    let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN);
    let none = None::<&mut MemoryStore>;
    let found: Result<_, DecideError<Infallible>> =
        decide(&demands, &Evidence::default(), market, &proofs, NOW, &keys, none);
    found.expect("decided").verdict().code().unwrap_or_default().to_owned()
}

#[test]
fn a_claim_is_of_the_demanded_requirement_or_stress_alone() {
    let market = market_at("1");
    for demanded in MEASURES {
        let policy = policy(&market, demanded);
        for stated in MEASURES {
            let code = found(&market, &policy, |s| s.basis = basis(stated));
            let expected =
                if stated == demanded { "InvalidCircuitSize" } else { "PolicyRequirement" };
            assert_eq!(code, expected, "{stated} where {demanded} is demanded");
        }
    }
    // Nothing is multiplied in a stress, whatever a statement in memory says.
    let code = found(&market, &policy(&market, "stress:tails"), |s| {
        s.basis = basis("stress:tails");
        s.claim = Claim::new(12_000, 0u8.into()).expect("claim");
    });
    assert_eq!(code, "InvalidOffMenu");
    let code = found(&market, &policy(&market, "initial"), |s| {
        s.basis = Basis::Portfolio { pages: Pages::Sixteen, measure: Measure::Initial };
    });
    assert_eq!(code, "InvalidCircuitShape");
}

#[test]
fn accounts_of_the_other_kind() {
    let (portfolio, linear) = (market_at("1"), linear_market());
    for demanded in MEASURES {
        let code = found(&portfolio, &policy(&portfolio, demanded), |_| {});
        assert_eq!(code, "PolicyOtherKind", "a linear statement where {demanded} is demanded");
    }
    for stated in MEASURES {
        let code = found(&linear, &policy(&linear, "maintenance"), |s| s.basis = basis(stated));
        assert_eq!(code, "PolicyOtherKind", "{stated} at a linear market");
    }
    for (market, demanded) in
        [(&linear as &dyn AnyMarket, "stress:tails"), (&portfolio, "stress:panic")]
    {
        let code = found(market, &policy(market, demanded), |s| s.basis = basis(demanded));
        assert_eq!(code, "PolicyNoSuchStress");
    }
}

/// At the least confidence a claim is made, and below it none.
#[test]
fn initial_margin_needs_feeds_to_be_trusted() {
    for (confidence, expected) in [
        ("0.55", "InvalidCircuitSize"),
        ("0.549999999999999999", "InvalidLowConfidence"),
        ("0", "InvalidLowConfidence"),
    ] {
        let market = market_at(confidence);
        for measure in MEASURES {
            let code = found(&market, &policy(&market, measure), |s| s.basis = basis(measure));
            let expected = if measure == "initial" { expected } else { "InvalidCircuitSize" };
            assert_eq!(code, expected, "{measure} at {confidence}");
        }
    }
}

#[test]
fn policies_that_contradict_themselves() {
    let market = market_at("1");
    let stress = policy(&market, "stress:tails");
    for (pointer, value, code, place) in [
        ("/requirement", json!("maintenance"), ErrorCode::BadText, "/requirement"),
        ("/claim/level", json!("10001"), ErrorCode::BadText, "/claim/level"),
        ("/claim/level", json!("initial"), ErrorCode::BadNumber, "/claim/level"),
        ("/claim/stress", json!(""), ErrorCode::BadText, "/claim/stress"),
    ] {
        let mut policy = stress.clone();
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        policy.pointer_mut(parent).expect("there")[field] = value;
        let error = demands(&policy).expect_err(pointer);
        assert_eq!((error.code, error.pointer.as_str()), (code, place));
    }
}
