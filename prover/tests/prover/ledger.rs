//! A proof about an account of a ledger, end to end, and every way to use it for something else.

use std::num::NonZeroU64;
use std::sync::LazyLock;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::context::Context;
use zkmargin_model::element::{LedgerRoot, Nullifier, Pseudonym};
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::field_bytes;
use zkmargin_model::holder::{HolderSecret, venue_field};
use zkmargin_model::ledger::{DEPTH, Path, empty_roots, node};
use zkmargin_model::rule::Account;
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_params::{AccountFile, PlainSecrets};
use zkmargin_policy::{NotChecked, Verdict};
use zkmargin_prover::{LedgerPlace, ProveError, ProveRequest, prove};

use crate::support::asked::Asked;
use crate::support::secrets::secrets;
use crate::support::{KEYS, MARKET, example};

/// A number beyond those that are refused as small.
const SECRET: [u64; 4] =
    [0x9d2c_5680_a3f1_7be4, 0x61c8_8647_3e0b_d295, 0xb7e1_5162_8aed_2a6b, 0x1f83_d9ab_fb41_bd6b];

/// The example account with its holder, as account 2 of a ledger of three.
struct Ledger {
    account: Account,
    secrets: PlainSecrets,
    place: LedgerPlace,
    root: LedgerRoot,
}

fn ledger() -> Ledger {
    let file = AccountFile::from_json(example!("account")).expect("account");
    let (account, mut secrets) = (file.holdings(MARKET.schedule()).expect("account"), secrets());
    let secret = HolderSecret::new(Fp::from_raw(SECRET));
    let venue = venue_field(&MARKET.schedule().file().venue);
    secrets.holder_key = field_bytes(&secret.holder_key(venue));
    secrets.serial = 2;
    let committed = secrets.under(&MARKET.registry_digest()).expect("canonical");
    let leaf = account_commitment(&account, &committed).expect("fits");
    let mut siblings = *empty_roots().first_chunk::<DEPTH>().expect("a root per level");
    siblings[1] = node(Fp::from(100), Fp::from(101));
    let path = Path { serial: 2, siblings };
    let root = path.root(leaf);
    Ledger { account, secrets, place: LedgerPlace { secret, path }, root }
}

fn context(audience: &str, epoch: u64) -> Context {
    Context::new(audience, "credit", None).expect("context").of_epoch(NonZeroU64::new(epoch))
}

fn request(ledger: &Ledger, context: Context) -> ProveRequest<'_> {
    ProveRequest {
        account: &ledger.account,
        secrets: &ledger.secrets,
        market: &*MARKET,
        claim: Claim::new(10_000, 0u8.into()).expect("claim"),
        subject: MARKET.market().books().into(),
        context,
        membership: Some(&ledger.place),
        shape: None,
    }
}

fn policy(root: LedgerRoot) -> Asked {
    Asked {
        market: Some(MARKET.digest()),
        ledger_root: Some(root),
        audience: Some("desk-42".into()),
        epoch: Some(7),
        ..Asked::default()
    }
}

static PROVEN: LazyLock<(Ledger, Envelope)> = LazyLock::new(|| {
    let ledger = ledger();
    let envelope = prove(&request(&ledger, context("desk-42", 7)), &KEYS).expect("proven").envelope;
    (ledger, envelope)
});

fn verdict(envelope: &Envelope, policy: &Asked) -> Verdict {
    policy.decide(envelope, &MARKET, &KEYS).expect("checked").verdict().clone()
}

#[test]
fn valid_and_what_is_not_checked() {
    let (ledger, envelope) = &*PROVEN;
    let decision = policy(ledger.root).decide(envelope, &MARKET, &KEYS).expect("checked");
    assert!(decision.is_valid());
    let open: Vec<_> = decision.not_checked().collect();
    assert!(open.contains(&NotChecked::Holder));
    assert!(open.contains(&NotChecked::OtherAccounts));
    assert!(!open.contains(&NotChecked::AccountOwner));

    let pseudonym = envelope.statement().account.pseudonym();
    let pinned = Asked { pseudonym, ..policy(ledger.root) };
    let decision = pinned.decide(envelope, &MARKET, &KEYS).expect("checked");
    assert!(decision.is_valid());
    assert!(!decision.not_checked().any(|open| open == NotChecked::Holder));

    let open = Asked { ledger_root: None, ..policy(ledger.root) };
    assert!(matches!(verdict(envelope, &open), Verdict::NotAnchored { .. }));
    assert_eq!(Envelope::decode(&envelope.encode()).as_ref(), Ok(envelope));
    assert_eq!(Envelope::from_json(envelope.to_json().as_bytes()).as_ref().ok(), Some(envelope));
}

fn root_of(statement: &Statement) -> LedgerRoot {
    let AccountReference::Ledger { root, .. } = statement.account else { panic!("no ledger") };
    root
}

fn change_account(
    statement: &mut Statement,
    change: impl FnOnce(&mut LedgerRoot, &mut Pseudonym, &mut Nullifier),
) {
    let AccountReference::Ledger { root, pseudonym, nullifier } = &mut statement.account else {
        panic!("no ledger")
    };
    change(root, pseudonym, nullifier);
}

#[test]
fn another_use_is_another_statement() {
    let (ledger, envelope) = &*PROVEN;
    for policy in [
        Asked { audience: Some("desk-43".into()), ..policy(ledger.root) },
        Asked { epoch: Some(8), ..policy(ledger.root) },
        Asked {
            ledger_root: Some((ledger.root.element() + Fp::ONE).into()),
            ..policy(ledger.root)
        },
        Asked { pseudonym: Some(1.into()), ..policy(ledger.root) },
        Asked { market: Some([7; 32].into()), ..policy(ledger.root) },
    ] {
        let found = verdict(envelope, &policy);
        assert!(matches!(found, Verdict::Mismatch(_) | Verdict::Refused(_)), "{found}");
    }
    // Restated for that use, the proof does not hold.
    let restated = |change: &dyn Fn(&mut Statement)| {
        let mut statement = envelope.statement().clone();
        change(&mut statement);
        let policy = Asked {
            market: Some(MARKET.digest()),
            ledger_root: Some(root_of(&statement)),
            ..Asked::default()
        };
        let forged = Envelope::new(statement, envelope.proof().to_vec()).expect("well-formed");
        verdict(&forged, &policy)
    };
    let changes: [&dyn Fn(&mut Statement); 6] = [
        &|s| s.context = context("desk-43", 7),
        &|s| s.context = context("desk-42", 8),
        &|s| change_account(s, |root, _, _| *root = 3.into()),
        &|s| change_account(s, |_, pseudonym, _| *pseudonym = 3.into()),
        &|s| change_account(s, |_, _, nullifier| *nullifier = 3.into()),
        &|s| s.margin_commitment = 3.into(),
    ];
    for change in changes {
        assert!(matches!(restated(change), Verdict::Invalid(_)));
    }
    // A statement about a commitment is one of another circuit.
    let account = AccountReference::Commitment(ledger.root.element().into());
    let committed = Statement { account, ..envelope.statement().clone() };
    let forged = Envelope::new(committed, envelope.proof().to_vec()).expect("well-formed");
    let policy = Asked {
        market: Some(MARKET.digest()),
        commitment: Some(ledger.root.element().into()),
        ..Asked::default()
    };
    assert!(matches!(verdict(&forged, &policy), Verdict::Invalid(_)));
}

#[test]
fn pseudonym_and_nullifier_link_what_they_should() {
    let (ledger, first) = &*PROVEN;
    let again = |audience, epoch| {
        let request = request(ledger, context(audience, epoch));
        prove(&request, &KEYS).expect("proven").envelope.statement().clone()
    };
    let first = first.statement();
    let (same, later, elsewhere) = (again("desk-42", 7), again("desk-42", 8), again("desk-9", 7));
    assert_eq!(same.account, first.account);
    assert_eq!(later.account.pseudonym(), first.account.pseudonym());
    assert_ne!(later.account.nullifier(), first.account.nullifier());
    assert_ne!(elsewhere.account.pseudonym(), first.account.pseudonym());
    assert_ne!(elsewhere.account.nullifier(), first.account.nullifier());
}

#[test]
fn another_holder_or_place_is_refused_before_any_key() {
    let mut other = ledger();
    other.place.secret = HolderSecret::new(Fp::from_raw(SECRET) + Fp::ONE);
    let refused = prove(&request(&other, context("desk-42", 7)), &KEYS);
    assert!(matches!(refused, Err(ProveError::Holder)));
    let mut moved = ledger();
    moved.place.path.serial = 3;
    let refused = prove(&request(&moved, context("desk-42", 7)), &KEYS);
    assert!(matches!(refused, Err(ProveError::Serial { account: 2, path: 3 })));
}
