//! Decisions: what is refused before a proof is looked at, what a verdict says, and what a memory adds to it.

use crate::support::*;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::num::NonZeroU64;
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::holder::audience_digest;
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_notes::EnrolmentNote;
use zkmargin_params::Challenge;
use zkmargin_policy::{
    BatchItem, Decision, Evidence, Issued, MemoryStore, NotChecked, Rules, SeenStore, Verdict,
    assess, decide, verdict_on, verdicts_on,
};

static KEYS: LazyLock<KeyCache> =
    LazyLock::new(|| KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN));

const COMMITMENT: &str = "7ae5cbe55011af4a487ebd15299ec7f81deddf55f9f5fd667921a6c3e7ec023d";

fn golden() -> Envelope {
    let proof = include_bytes!("../../../../params/golden/binance-cross.zkm");
    Envelope::decode(proof).expect("proof")
}

/// The golden proof under another statement, which it does not show.
fn restated(change: impl Fn(&mut Statement)) -> Envelope {
    let envelope = golden();
    let mut statement = envelope.statement().clone();
    change(&mut statement);
    Envelope::new(statement, envelope.proof().to_vec()).expect("envelope")
}

/// A policy that the golden proof meets with the venue's note.
fn of_venue() -> Value {
    let mut policy = policy(0);
    policy.as_object_mut().expect("object").remove("prices");
    policy["account"] = json!({ "commitment": COMMITMENT });
    policy
}

fn decided(
    policy: &Value,
    evidence: &Evidence,
    proofs: &[Envelope],
    store: Option<&mut MemoryStore>,
) -> Decision {
    let demands = demands(policy).expect("policy");
    let found: Result<_, zkmargin_policy::DecideError<Infallible>> =
        decide(&demands, evidence, &market(), proofs, NOW, &KEYS, store);
    found.expect("decided")
}

fn code(decision: &Decision) -> &'static str {
    decision.verdict().code().unwrap_or_default()
}

fn is_open(decision: &Decision, what: NotChecked) -> bool {
    decision.not_checked().any(|open| open == what)
}

#[test]
fn a_verdict_in_favour_says_what_it_rests_on() {
    let decision = decided(&of_venue(), &marks(&market()), &[golden()], None);
    assert!(decision.is_valid());
    assert_eq!(decision.to_string(), "VALID");
    assert!(is_open(&decision, NotChecked::Replay) && is_open(&decision, NotChecked::Sequence));
    let lines = decision.lines();
    assert_eq!(lines[0], "VALID");
    for line in [
        "NOT CHECKED: purpose (what the proof is for)",
        "policy: test",
        "claim: equity covers 10000 bp of maintenance margin and is at least 0 USD",
        "vouched for by: nobody but you: the account is pinned on your word alone",
        "scope: state as committed, marks as of 2024-07-01T18:01:40Z; nothing about later withdrawals, open orders, \
         other accounts or venues",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line}: {lines:#?}");
    }
    let met: Vec<_> = decision.met().iter().map(|met| met.demand).collect();
    assert_eq!(met, ["marks signed by the venue", "account pinned", "audience", "claim"]);
    let json = decision.json();
    assert_eq!(
        (&json["valid"], &json["code"], &json["place"]),
        (&json!(true), &json!(null), &json!(null))
    );
    assert_eq!(
        json["claimed"],
        "equity covers 10000 bp of maintenance margin and is at least 0 USD"
    );
    assert_eq!(json["demands"].as_array().map(Vec::len), Some(4));
    assert_eq!(decision.vouched(), json["vouched_by"].as_str());
}

#[test]
fn other_verdicts_claim_nothing() {
    let nothing = Evidence::default();
    let mut free = of_venue();
    free["market"] = json!({});
    let loose = decided(&free, &nothing, &[golden()], None);
    assert_eq!((code(&loose), loose.is_valid()), ("NotAnchored", false));
    assert!(loose.to_string().starts_with("PROOF OK, NOT ANCHORED: "), "{loose}");
    assert!(is_open(&loose, NotChecked::SnapshotOrigin));
    let mut wrong = golden().proof().to_vec();
    let last = wrong.len() - 32;
    wrong[last] ^= 1;
    let wrong = Envelope::new(golden().statement().clone(), wrong).expect("envelope");
    for (policy, evidence, proofs, expected) in [
        (of_venue(), marks(&market()), vec![wrong.clone()], "InvalidProof"),
        (free.clone(), nothing.clone(), vec![wrong], "InvalidProof"),
        (of_venue(), nothing.clone(), vec![golden()], "EvidenceMissing"),
        (
            of_venue(),
            marks(&market()),
            vec![restated(|s| s.context = Context::new("a", "", None).expect("context"))],
            "PolicyAudience",
        ),
        (of_venue(), marks(&market()), vec![], "TooManyProofs"),
        (of_venue(), marks(&market()), vec![golden(), golden()], "TooManyProofs"),
    ] {
        let decision = decided(&policy, &evidence, &proofs, None);
        assert_eq!(code(&decision), expected);
        assert_eq!((decision.vouched(), decision.not_checked().count()), (None, 0), "{decision}");
        let json = decision.json();
        assert_eq!((&json["claimed"], &json["scope"]), (&json!(null), &json!(null)));
        let lines = decision.lines();
        // One proof has no number.
        let unsaid = ["claim: ", "proof: number"];
        assert!(lines.iter().all(|line| unsaid.iter().all(|word| !line.starts_with(word))));
    }
}

/// What a schedule computes is what the policy demands, or nothing of it is looked at.
#[test]
fn one_requirement_does_not_stand_for_another() {
    let with = |requirement: Option<&str>| {
        let mut policy = of_venue();
        policy["claim"]["level"] = json!("10000");
        match requirement {
            Some(requirement) => policy["requirement"] = json!(requirement),
            None => assert!(policy.get("requirement").is_none()),
        }
        policy
    };
    for (market, found, refused, met) in [
        (market(), "maintenance", vec![Some("initial")], vec![None, Some("maintenance")]),
        (initial_market(), "initial", vec![None, Some("maintenance")], vec![Some("initial")]),
    ] {
        for requirement in refused {
            let demanded = requirement.unwrap_or("maintenance");
            let policy = with(requirement);
            // The note of the venue does not help, nor does a pin.
            let mut pinned = policy.clone();
            pinned["market"]["pinned"] = json!(market.digest().to_string());
            pinned["market"]["schedule"] = json!(market.schedule_digest().to_string());
            for policy in [policy, pinned] {
                let reason =
                    assess(&demands(&policy).expect("policy"), &marks(&market), &market, NOW);
                let reason = reason.expect_err("another requirement");
                assert_eq!(reason.code(), "PolicyRequirement");
                let words = format!(
                    "the schedule computes the {found} margin, but the policy demands the {demanded} margin"
                );
                assert_eq!(reason.to_string(), words);
            }
        }
        for requirement in met {
            let demands = demands(&with(requirement)).expect("policy");
            assert!(assess(&demands, &marks(&market), &market, NOW).is_ok());
        }
        let rules = Rules::of(&market);
        assert_eq!(rules.json()["requirements"], json!([found]));
        assert!(
            rules.to_string().contains(&format!(", {found} margin of linear accounts, ")),
            "{rules}"
        );
    }
    // A schedule that is not the pinned one is that first.
    let mut pinned = with(None);
    pinned["market"]["schedule"] = json!(market().schedule_digest().to_string());
    let market = initial_market();
    let reason = assess(&demands(&pinned).expect("policy"), &marks(&market), &market, NOW);
    assert_eq!(reason.expect_err("another schedule").code(), "PolicySchedule");
}

/// Whose claims say nothing of a debt where nothing is required: every report that names the rules says so.
#[test]
fn fault_rules_say_that_a_book_of_which_nothing_is_required_is_healthy() {
    for (exempts, words) in [
        (false, ", maintenance margin of linear accounts, schedule "),
        (true, ", maintenance margin of linear accounts, where there is any, schedule "),
    ] {
        let market =
            market_under(|schedule| schedule["no_requirement_is_healthy"] = json!(exempts));
        let rules = Rules::of(&market);
        assert_eq!(rules.json()["no_requirement_is_healthy"], json!(exempts));
        assert!(rules.to_string().contains(words), "{rules}");
    }
}

/// A challenge tells the prover which requirement is meant.
#[test]
fn a_challenge_says_which_requirement_is_demanded() {
    for (requirement, demanded) in [(None, "maintenance"), (Some("initial"), "initial")] {
        let mut policy = of_venue();
        policy["freshness"] = json!({"challenge": true});
        policy["claim"]["level"] = json!("10000");
        if let Some(requirement) = requirement {
            policy["requirement"] = json!(requirement);
        }
        let made = demands(&policy).expect("policy").new_challenge([7; 32], None, None, NOW);
        let (_, file) = made.expect("challenge");
        assert_eq!(file.requirement.name(), demanded);
    }
}

fn in_ledger(root: u64, pseudonym: u64, nullifier: u64) -> AccountReference {
    let (root, pseudonym, nullifier) = (root.into(), pseudonym.into(), nullifier.into());
    AccountReference::Ledger { root, pseudonym, nullifier }
}

/// The sets of proofs that are refused before any of them is looked at.
#[test]
fn all_accounts_each_once_for_one_use() {
    let mut policy = of_venue();
    policy["account"] = json!({"ledger": {}});
    policy["holder"] =
        json!({"pseudonym": "0b".to_owned() + &"00".repeat(31), "all_accounts": true});
    let market = market();
    let time_ms = market.snapshot().time_ms;
    let checkpoint = checkpoint_of(&market, 7, time_ms);
    let with = |accounts: u64| Evidence {
        checkpoint: signed(&checkpoint),
        enrolment: signed(&EnrolmentNote {
            venue: "binance".into(),
            epoch: 7,
            audience: audience_digest("desk-42"),
            pseudonym: 11.into(),
            accounts,
            registry: market.registry_digest(),
            replaces: None,
            time_ms: Some(time_ms),
        }),
        ..marks(&market)
    };
    let account = |nullifier: u64| restated(|s| s.account = in_ledger(7, 11, nullifier));
    let of = |accounts, proofs: &[Envelope]| {
        let decision = decided(&policy, &with(accounts), proofs, None);
        (code(&decision), decision)
    };
    assert_eq!(of(2, &[account(1)]).0, "AccountsMissing");
    assert_eq!(of(1, &[account(1), account(2)]).0, "AccountsMissing");
    let (found, twice) = of(3, &[account(2), account(1), account(1)]);
    assert_eq!(found, "AccountTwice");
    assert!(twice.to_string().contains("proofs 2 and 3 are about the same account"), "{twice}");
    assert_eq!(of(0x100, &[]).0, "AccountsMissing");
    for change in [
        (|s| s.context = Context::new("desk-42", "other", None).expect("context"))
            as fn(&mut Statement),
        |s| s.account = in_ledger(8, 11, 2),
        |s| s.account = in_ledger(7, 12, 2),
        |s| s.registry_digest = [1; 32].into(),
        |s| s.schedule_digest = [1; 32].into(),
        |s| s.snapshot_digest = [1; 32].into(),
    ] {
        let mut statement = account(2).statement().clone();
        change(&mut statement);
        let other = Envelope::new(statement, golden().proof().to_vec()).expect("envelope");
        let (found, differ) = of(2, &[account(1), other]);
        assert_eq!(found, "ProofsDiffer");
        assert!(differ.to_string().contains("proof 2 differs from the first"), "{differ}");
    }
    // As many as there are, each once: then the first that does not hold has its place.
    let (found, decision) = of(2, &[account(1), account(2)]);
    assert_eq!((found, &decision.json()["place"]), ("InvalidProofLength", &json!(1)));
    assert!(decision.details().contains(&"proof: number 1".to_owned()));
}

/// A memory is asked, and a new one has nothing to compare with.
#[test]
fn a_memory_follows_the_marks() {
    let mut policy = of_venue();
    policy["freshness"] = json!({"sequence": true});
    let evidence = marks(&market());
    assert_eq!(code(&decided(&policy, &evidence, &[golden()], None)), "MemoryMissing");
    let mut store = MemoryStore::default();
    let follows = |decision: &Decision| {
        let met = decision.met().iter().find(|met| met.demand == "series goes forward");
        met.map(|met| met.how.clone())
    };
    let first = decided(&policy, &evidence, &[golden()], Some(&mut store));
    assert!(first.is_valid() && is_open(&first, NotChecked::Sequence));
    assert_eq!(follows(&first), None);
    let second = decided(&policy, &evidence, &[golden()], Some(&mut store));
    assert!(second.is_valid() && !is_open(&second, NotChecked::Sequence));
    assert_eq!(
        follows(&second).as_deref(),
        Some("marks not behind those of their series seen before")
    );
    assert!(is_open(&second, NotChecked::Replay));
    // A policy that demands nothing of the kind leaves it open, and is remembered.
    let third = decided(&of_venue(), &evidence, &[golden()], Some(&mut store));
    assert!(third.is_valid() && is_open(&third, NotChecked::Sequence));
    let mut fresh = MemoryStore::default();
    let unasked = decided(&of_venue(), &evidence, &[golden()], Some(&mut fresh));
    assert!(unasked.is_valid() && follows(&unasked).is_none());
    let asked = decided(&policy, &evidence, &[golden()], Some(&mut fresh));
    assert!(follows(&asked).is_some());
    // A proof that does not hold leaves nothing behind.
    let mut unused = MemoryStore::default();
    let wrong = restated(|s| s.margin_commitment = 1.into());
    let found = decided(&policy, &evidence, &[wrong], Some(&mut unused));
    assert_eq!(code(&found), "InvalidProof");
    assert!(unused.is_empty().expect("memory"));
}

/// With a memory only its own challenges count; without one the caller's word does, and says so.
#[test]
fn challenges_are_the_memorys() {
    let mut policy = of_venue();
    policy["freshness"] = json!({"challenge": true});
    let context = Context::new("desk-42", "", Some([3; 32])).expect("context");
    let challenge =
        Challenge::new(context.expiring(NonZeroU64::new(NOW + 1)), NOW - 1).expect("challenge");
    let evidence = Evidence {
        challenge: Some(Issued { challenge: challenge.clone(), answered: false }),
        ..marks(&market())
    };
    let answer = restated(|s| s.context = challenge.context().clone());
    let mut store = MemoryStore::default();
    let of = |proof: &Envelope, store: Option<&mut MemoryStore>| {
        code(&decided(&policy, &evidence, std::slice::from_ref(proof), store))
    };
    assert_eq!(of(&answer, Some(&mut store)), "ChallengeUnknown");
    assert_eq!(of(&golden(), Some(&mut store)), "EvidenceMissing");
    store.issue(&challenge).expect("issued");
    // The proof is of another statement; what matters is how far it came.
    assert_eq!(of(&answer, Some(&mut store)), "InvalidProof");
    assert_eq!(of(&answer, None), "InvalidProof");
    assert_eq!(of(&golden(), None), "PolicyNonce");
    // Who demands no answer refuses no nonce.
    let mut empty = MemoryStore::default();
    let found = decided(&of_venue(), &marks(&market()), &[answer], Some(&mut empty));
    assert_eq!(code(&found), "InvalidProof");
}

/// A batch decides as one by one.
#[test]
fn batches_decide_alike() {
    let (market, evidence) = (market(), marks(&market()));
    let demands = demands(&of_venue()).expect("policy");
    let assessment = assess(&demands, &evidence, &market, NOW).expect("met");
    let other = restated(|s| s.claim = Claim::new(9_999, 0u8.into()).expect("claim"));
    let wrong = restated(|s| s.margin_commitment = 1.into());
    let proofs = [golden(), other, wrong, golden()];
    let item =
        |envelope| BatchItem { envelope, market: &market, assessment: &assessment, submitter: 0 };
    let items: Vec<_> = proofs.iter().map(item).collect();
    let found = verdicts_on(&items, &KEYS, NonZeroUsize::MIN).expect("verdicts");
    let codes: Vec<_> = found.iter().map(|v: &Verdict| v.code().unwrap_or_default()).collect();
    assert_eq!(codes, ["", "PolicyLevel", "InvalidProof", ""]);
    for (item, found) in items.iter().zip(&found) {
        let alone = verdict_on(item.envelope, item.market, item.assessment, &KEYS);
        assert_eq!(alone.as_ref().expect("verdict"), found);
    }
}
