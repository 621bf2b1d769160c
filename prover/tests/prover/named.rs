//! Claims that name an isolated position, from the account to the verdict.

use crate::books::{ACCOUNT, KEYS, MARKET, WHOLE, proven_claim, restated};
use crate::support::secrets::secrets;
use std::sync::LazyLock;
use zkmargin_circuit::VerifyError;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::floor::Floor;
use zkmargin_model::rule::Books;
use zkmargin_model::statement::Basis;
use zkmargin_params::{
    AccountDemand, AskedBooks, ClaimDemand, DecimalText, NoDeficiency, PolicyFile,
};
use zkmargin_policy::{Decision, Demands, Evidence, MemoryStore, NotChecked, decide};
use zkmargin_prover::ProveError;
use zkmargin_verifier::{Invalid, check_proof};

const NAMED: &str = "SOLUSDT:long";

fn only(position: &str) -> Books {
    let asked = AskedBooks { only_isolated: Some(position), ..AskedBooks::default() };
    MARKET.schedule().books(&asked).expect("books")
}

fn all_but(position: &str) -> Books {
    let (settlement_asset, all_but_isolated) = (Some("USDT"), Some(position));
    let asked = AskedBooks { settlement_asset, all_but_isolated, ..AskedBooks::default() };
    MARKET.schedule().books(&asked).expect("books")
}

fn without_floor() -> Claim {
    Claim::margin().without_floor()
}

static ONLY: LazyLock<Envelope> =
    LazyLock::new(|| proven_claim(&ACCOUNT, only(NAMED), without_floor()).expect("healthy"));
static ALL_BUT: LazyLock<Envelope> =
    LazyLock::new(|| proven_claim(&ACCOUNT, all_but(NAMED), Claim::margin()).expect("healthy"));

/// The decision on a proof under a policy of the account that demands this of the claim.
fn decided(envelope: &Envelope, change: impl FnOnce(&mut ClaimDemand)) -> Decision {
    let mut policy = PolicyFile::least("test");
    let secrets = secrets().under(&MARKET.registry_digest()).expect("canonical");
    let commitment = account_commitment(&ACCOUNT, &secrets).expect("fits");
    policy.market.pinned = Some(MARKET.digest().to_string());
    policy.account = Some(AccountDemand::Commitment(commitment.to_string()));
    change(&mut policy.claim);
    let demands = Demands::new(policy).expect("policy");
    let (proofs, evidence) = (std::slice::from_ref(envelope), Evidence::default());
    let (now, memory) = (MARKET.snapshot().time_ms, None::<&mut MemoryStore>);
    decide(&demands, &evidence, &*MARKET, proofs, now, &KEYS, memory).expect("decided")
}

fn demand_only(claim: &mut ClaimDemand, position: &str) {
    claim.only_isolated = Some(position.to_owned());
    claim.floor = DecimalText::new("none");
}

fn demand_all_but(claim: &mut ClaimDemand, position: &str) {
    claim.all_but_isolated = Some(position.to_owned());
    claim.settlement_asset = Some("USDT".to_owned());
}

#[test]
fn two_statements_are_about_all_books_of_one_account() {
    for envelope in [&*ONLY, &*ALL_BUT] {
        assert_eq!(check_proof(envelope, &*MARKET, &KEYS).expect("checked"), Ok(()));
        assert_eq!(Envelope::decode(&envelope.encode()).as_ref(), Ok(envelope));
        assert_eq!(Envelope::read(envelope.to_json().as_bytes()).as_ref(), Ok(envelope));
    }
    assert_eq!(ONLY.statement().account, ALL_BUT.statement().account);
    assert_eq!(decided(&ONLY, |claim| demand_only(claim, NAMED)).verdict().code(), None);
    assert_eq!(decided(&ALL_BUT, |claim| demand_all_but(claim, NAMED)).verdict().code(), None);
    // More than is demanded.
    assert_eq!(decided(&WHOLE, |claim| demand_all_but(claim, NAMED)).verdict().code(), None);
}

/// No policy takes one of them for health of the account, or for a claim about another position.
#[test]
fn a_policy_accepts_what_it_names_and_nothing_else() {
    let code = |envelope, change: &dyn Fn(&mut ClaimDemand)| {
        decided(envelope, change).verdict().code().unwrap_or_default().to_owned()
    };
    let usdt = |claim: &mut ClaimDemand| claim.settlement_asset = Some("USDT".to_owned());
    let alone = |claim: &mut ClaimDemand| {
        usdt(claim);
        claim.cross_alone = true;
    };
    for envelope in [&*ONLY, &*ALL_BUT] {
        assert_eq!(code(envelope, &|_| {}), "PolicyIsolatedPosition");
        assert_eq!(code(envelope, &usdt), "PolicyIsolatedPosition");
        assert_eq!(code(envelope, &alone), "PolicyIsolatedPosition");
        for other in ["SOLUSDT:short", "ETHUSDC:short", "BTCUSDT:long"] {
            let only = code(envelope, &|claim| demand_only(claim, other));
            let all_but = code(envelope, &|claim| demand_all_but(claim, other));
            assert_eq!([only, all_but], ["PolicyIsolatedPosition"; 2], "{other}");
        }
    }
    assert_eq!(code(&ALL_BUT, &|c| demand_only(c, NAMED)), "PolicyIsolatedPosition");
    assert_eq!(code(&ONLY, &|c| demand_all_but(c, NAMED)), "PolicyIsolatedPosition");
    assert_eq!(code(&WHOLE, &|c| demand_only(c, NAMED)), "PolicyIsolatedPosition");
    for unknown in ["DOGEUSDT:long", "NONE:short"] {
        assert_eq!(code(&ONLY, &|c| demand_only(c, unknown)), "PolicyNoSuchPosition");
    }
}

#[test]
fn a_verdict_says_which_book_it_is_about_and_which_not() {
    let only = decided(&ONLY, |claim| demand_only(claim, NAMED));
    let lines = only.lines().join("\n");
    let claim = "claim: equity covers 10000 bp of maintenance margin in the isolated long position in \"SOLUSDT\"; nothing is said about any cross book, nor about other isolated positions";
    assert!(lines.contains(claim), "{lines}");
    let open: Vec<_> = only.not_checked().collect();
    assert!(open.contains(&NotChecked::RestOfAccount) && open.contains(&NotChecked::OtherBooks));

    let all_but = decided(&ALL_BUT, |claim| demand_all_but(claim, NAMED));
    let lines = all_but.lines().join("\n");
    let claim = "claim: equity covers 10000 bp of maintenance margin in the book of \"USDT\" and in each isolated position except the isolated long position in \"SOLUSDT\", and is at least 0 USD in the book of \"USDT\"; nothing is said about the books of other settlement assets, nor about the isolated long position in \"SOLUSDT\", except that there is one";
    assert!(lines.contains(claim), "{lines}");
    let open: Vec<_> = all_but.not_checked().collect();
    assert!(
        open.contains(&NotChecked::NamedPosition) && !open.contains(&NotChecked::RestOfAccount)
    );
}

#[test]
fn what_is_not_held_or_has_no_opposite_has_no_proof() {
    for position in ["SOLUSDT:short", "BTCUSDT:long", "ETHUSDT:short"] {
        let none = proven_claim(&ACCOUNT, only(position), without_floor()).expect_err("not held");
        assert_eq!(none.code(), "NoSuchPosition");
        assert!(none.depends_on_account());
        let none =
            proven_claim(&ACCOUNT, all_but(position), Claim::margin()).expect_err("not held");
        assert_eq!(none.code(), "NoSuchPosition");
    }
    let lacks = || Claim::deficiency(10_000).expect("claim");
    let refused = proven_claim(&ACCOUNT, all_but(NAMED), lacks()).expect_err("several books");
    assert!(matches!(refused, ProveError::NoDeficiency(NoDeficiency::IsolatedPositions)));
    let healthy = proven_claim(&ACCOUNT, only(NAMED), lacks()).expect_err("healthy");
    assert!(matches!(healthy, ProveError::NotDeficient));
    // A floor is of a cross book.
    let floor = proven_claim(&ACCOUNT, only(NAMED), Claim::margin()).expect_err("a floor");
    assert_eq!(floor.code(), "OffMenu");
}

/// Neither position nor selection can be restated, nor a floor added.
#[test]
fn a_proof_is_of_its_own_position_only() {
    let invalid = Invalid::Proof(VerifyError::Invalid);
    for envelope in [&*ONLY, &*ALL_BUT] {
        for other in ["SOLUSDT:short", "BTCUSDT:long", "ETHUSDC:short"] {
            let found = restated(envelope, |s| {
                let Basis::Linear { position, .. } = &mut s.basis else { panic!("linear") };
                *position = only(other).position;
            });
            assert_eq!(found, invalid);
        }
    }
    let floor = restated(&ONLY, |s| {
        s.claim = Claim::with_floor(10_000, Floor::zero()).expect("claim");
    });
    assert_eq!(floor, Invalid::OffMenu { level_bps: 10_000 });
}
