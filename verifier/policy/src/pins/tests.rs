//! What a statement must say, one demand at a time.

use super::{BooksPin, IsolatedPin, Mismatch, Pin, Pins, SubjectPin};
use std::num::NonZeroU64;
use zkmargin_model::circuit::{K, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::{Books, Isolated, Profile};
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::subject::Subject;
use zkmargin_model::unit::MarginUnit;
use zkmargin_params::{AnySchedule, read_schedule};

fn claim(level_bps: u32, floor: u32) -> Claim {
    Claim::new(level_bps, floor.into()).expect("claim")
}

fn statement() -> Statement {
    Statement {
        basis: Basis::Linear {
            profile: Profile::EXACT,
            shape: Shape::S,
            settlement_asset: None,
            position: None,
        },
        k: K::MIN,
        claim: claim(12_000, 500),
        registry_digest: [1; 32].into(),
        schedule_digest: [2; 32].into(),
        snapshot_digest: [3; 32].into(),
        snapshot_time: 4,
        margin_unit: MarginUnit::new("USD", 6).expect("unit"),
        account: AccountReference::Commitment(5.into()),
        margin_commitment: 6.into(),
        context: Context::new("desk-42", "credit", Some([7; 32]))
            .expect("context")
            .of_epoch(NonZeroU64::new(8))
            .expiring(NonZeroU64::new(1_722_062_978_998)),
    }
}

/// Refused with this code and a message that names what differs.
fn refused(policy: &Pins, code: &str, words: &[&str]) {
    let error = policy.check_statement(&statement()).expect_err(code);
    assert_eq!(error.code(), code);
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{message}");
    }
}

fn accepted(policy: &Pins) {
    assert_eq!(policy.check_statement(&statement()), Ok(()));
}

#[test]
fn no_demand_accepts_everything() {
    accepted(&Pins::default());
}

#[test]
fn what_is_demanded_exactly_is_accepted() {
    accepted(&Pins {
        market: true,
        commitment: Some(5.into()),
        ledger_root: None,
        pseudonym: None,
        claim: Some(claim(12_000, 500)),
        audience: Some("desk-42".into()),
        purpose: Some("credit".into()),
        nonce: Some([7; 32]),
        epoch: Some(8),
        expires: Some(1_722_062_978_998),
        now_ms: Some(1_722_062_978_997),
        ..Pins::default()
    });
}

#[test]
fn another_account_is_refused() {
    let demanded = AccountCommitment::from(9);
    let names = [AccountCommitment::from(5), demanded].map(|account| account.to_string());
    let policy = Pins { commitment: Some(demanded), ..Pins::default() };
    refused(&policy, "PolicyCommitment", &[&names[0], &names[1]]);
}

#[test]
fn a_claim_covers_lower_ones() {
    let with = |level, floor| Pins { claim: Some(claim(level, floor)), ..Pins::default() };
    accepted(&with(11_999, 500));
    accepted(&with(12_000, 499));
    accepted(&with(0, 0));
    refused(&with(12_001, 500), "PolicyLevel", &["12000", "12001"]);
    refused(&with(12_001, 0), "PolicyLevel", &["12000", "12001"]);
    refused(&with(12_000, 501), "PolicyFloor", &["0.0005 USD", "0.000501 USD"]);
    refused(&with(0, 501), "PolicyFloor", &["USD"]);
}

#[test]
fn another_context_is_refused() {
    let any = Pins::default;
    let audience = Pins { audience: Some("desk-43".into()), ..any() };
    refused(&audience, "PolicyAudience", &["\"desk-42\"", "\"desk-43\""]);
    let purpose = Pins { purpose: Some(String::new()), ..any() };
    refused(&purpose, "PolicyPurpose", &["\"credit\"", "\"\""]);
    refused(&Pins { nonce: Some([8; 32]), ..any() }, "PolicyNonce", &["nonce"]);
    refused(&Pins { epoch: Some(0), ..any() }, "PolicyEpoch", &["epoch 8", "not 0"]);
}

#[test]
fn a_demanded_nonce_must_be_there() {
    let mut without = statement();
    without.context =
        Context::new("desk-42", "credit", None).expect("context").of_epoch(NonZeroU64::new(8));
    let policy = Pins { nonce: Some([7; 32]), ..Pins::default() };
    assert_eq!(policy.check_statement(&without), Err(Mismatch::Nonce));
}

#[test]
fn anchors_are_market_and_commitment() {
    let (market, commitment) = (true, Some(AccountCommitment::from(0)));
    let missing =
        |market, commitment| Pins { market, commitment, ..Pins::default() }.missing(&statement());
    assert_eq!(missing(false, None), [Pin::Market, Pin::Commitment]);
    assert_eq!(missing(market, None), [Pin::Commitment]);
    assert_eq!(missing(false, commitment), [Pin::Market]);
    assert_eq!(missing(market, commitment), []);
    assert_eq!(Pin::Market.to_string(), "market");
    assert_eq!(Pin::Commitment.to_string(), "account commitment");
}

fn in_ledger() -> Statement {
    Statement {
        account: AccountReference::Ledger {
            root: 5.into(),
            pseudonym: 9.into(),
            nullifier: 1.into(),
        },
        ..statement()
    }
}

#[test]
fn ledger_root_and_pseudonym() {
    let policy = |root: u64, pseudonym: u64| Pins {
        ledger_root: Some(root.into()),
        pseudonym: Some(pseudonym.into()),
        ..Pins::default()
    };
    assert_eq!(policy(5, 9).check_statement(&in_ledger()), Ok(()));
    let code =
        |policy: Pins, statement: &Statement| policy.check_statement(statement).unwrap_err().code();
    assert_eq!(code(policy(6, 9), &in_ledger()), "PolicyLedgerRoot");
    assert_eq!(code(policy(5, 8), &in_ledger()), "PolicyPseudonym");
    // One kind of reference never stands for the other, whatever the element.
    assert_eq!(code(policy(5, 9), &statement()), "PolicyAccountReference");
    let commitment = Pins { commitment: Some(5.into()), ..Pins::default() };
    assert_eq!(code(commitment, &in_ledger()), "PolicyAccountReference");
    let pseudonym = Pins { pseudonym: Some(0.into()), ..Pins::default() };
    assert_eq!(code(pseudonym, &statement()), "PolicyAccountReference");

    let missing = |policy: Pins| policy.missing(&in_ledger());
    assert_eq!(missing(Pins::default()), [Pin::Market, Pin::LedgerRoot]);
    assert_eq!(missing(Pins { market: true, ..policy(5, 9) }), []);
}

#[test]
fn expired_proofs() {
    let at = 1_722_062_978_998;
    accepted(&Pins { now_ms: Some(at - 1), ..Pins::default() });
    refused(&Pins { now_ms: Some(at), ..Pins::default() }, "PolicyExpired", &["2024-07-27T06:49"]);
    let policy = Pins { expires: Some(at + 1), ..Pins::default() };
    refused(&policy, "PolicyExpiry", &["2024-07-27T06:49"]);
    let mut lasting = statement();
    lasting.context = lasting.context.expiring(None);
    assert_eq!(
        Pins { now_ms: Some(u64::MAX), ..Pins::default() }.check_statement(&lasting),
        Ok(())
    );
}

/// A claim about an account of one kind never meets a demand under a schedule of the other; no requirement of a portfolio
/// account stands in for another.
#[test]
fn a_claim_is_of_the_markets_kind_of_account() {
    let linear = include_bytes!("../../../../params/venues/binance/examples/cross.schedule.json");
    let portfolio =
        include_bytes!("../../../../params/venues/derive/examples/options.schedule.json");
    let [linear, portfolio] =
        [&linear[..], &portfolio[..]].map(|file| read_schedule(file).expect("a schedule"));
    let measure = |text: &str| Measure::parse(text).expect("a measure");
    let books =
        Subject::Books(Books { settlement_asset: None, isolated: Isolated::None, position: None });
    let of_books =
        SubjectPin::Books(BooksPin { settlement_asset: Ok(None), isolated: IsolatedPin::All });
    let initial = SubjectPin::Portfolio(Measure::Initial);
    let code = |pin: &SubjectPin, subject: &Subject, schedule: &dyn AnySchedule| {
        let pins = Pins { subject: Some(pin.clone()), ..Pins::default() };
        pins.check_subject(subject, schedule).err().map(|mismatch| mismatch.code())
    };
    assert_eq!(code(&of_books, &books, &*linear), None);
    assert_eq!(code(&initial, &measure("initial").into(), &*portfolio), None);
    for other in ["maintenance", "stress:tails"] {
        let subject = measure(other).into();
        assert_eq!(code(&initial, &subject, &*portfolio), Some("PolicyRequirement"));
    }
    assert_eq!(code(&of_books, &measure("initial").into(), &*linear), Some("PolicyOtherKind"));
    assert_eq!(code(&initial, &books, &*portfolio), Some("PolicyOtherKind"));
    assert_eq!(code(&initial, &measure("initial").into(), &*linear), Some("PolicyOtherKind"));
}
