//! Claims about some of a schedule's books, from the account to the verdict: Binance's single-asset mode with a book for
//! USDT, which is healthy, and one for USDC, which is short of margin.

use crate::support::secrets::secrets;
use std::num::{NonZeroU16, NonZeroUsize};
use std::sync::LazyLock;
use zkmargin_circuit::{KeyCache, ParamsStore, VerifyError};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::{Account, Books, Isolated, Profile};
use zkmargin_model::statement::{Basis, Statement};
use zkmargin_params::{
    AccountDemand, AccountFile, AnyMarket, AskedBooks, ClaimDemand, CompiledMarket, NotDecided,
    PolicyFile, Schedule, SnapshotFile, compile,
};
use zkmargin_policy::{
    Decision, Demands, Evidence, MemoryStore, Mismatch, NotChecked, Verdict, decide,
};
use zkmargin_prover::{ProveError, ProveRequest, prove};
use zkmargin_verifier::{Invalid, check_proof};

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../params/venues/binance/examples/single-asset.",
            $name,
            ".json"
        ))
    };
}

/// All proofs are at one market, with two keys for each selection of books.
pub static KEYS: LazyLock<KeyCache> = LazyLock::new(|| {
    KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::new(8).expect("above zero"))
});

pub static MARKET: LazyLock<CompiledMarket> = LazyLock::new(|| {
    let schedule = Schedule::from_json(example!("schedule")).expect("schedule");
    let snapshot = SnapshotFile::from_json(example!("snapshot")).expect("snapshot");
    compile(&schedule, &snapshot).expect("market")
});

pub static ACCOUNT: LazyLock<Account> = LazyLock::new(|| {
    let file = AccountFile::from_json(example!("account")).expect("account");
    file.holdings(MARKET.schedule()).expect("account")
});

fn books(asset: &str, cross_alone: bool) -> Books {
    let asked = AskedBooks { settlement_asset: Some(asset), cross_alone, ..AskedBooks::default() };
    MARKET.schedule().books(&asked).expect("books")
}

fn proven(account: &Account, books: Books) -> Result<Envelope, ProveError> {
    proven_claim(account, books, Claim::margin())
}

pub fn proven_claim(account: &Account, books: Books, claim: Claim) -> Result<Envelope, ProveError> {
    let request = ProveRequest {
        account,
        secrets: &secrets(),
        market: &*MARKET,
        claim,
        subject: books.into(),
        context: Context::new("desk-42", "", None).expect("context"),
        membership: None,
        shape: None,
    };
    Ok(prove(&request, &KEYS)?.envelope)
}

/// About the book of USDT and isolated positions, and about that book alone.
pub static WHOLE: LazyLock<Envelope> =
    LazyLock::new(|| proven(&ACCOUNT, books("USDT", false)).expect("healthy"));
static ALONE: LazyLock<Envelope> =
    LazyLock::new(|| proven(&ACCOUNT, books("USDT", true)).expect("healthy"));

fn asset_of(statement: &mut Statement) -> &mut Option<NonZeroU16> {
    let Basis::Linear { settlement_asset, .. } = &mut statement.basis else { panic!("linear") };
    settlement_asset
}

fn profile_of(statement: &mut Statement) -> &mut Profile {
    let Basis::Linear { profile, .. } = &mut statement.basis else { panic!("linear") };
    profile
}

pub fn restated(envelope: &Envelope, change: impl FnOnce(&mut Statement)) -> Invalid {
    let mut statement = envelope.statement().clone();
    change(&mut statement);
    let changed = Envelope::new(statement, envelope.proof().to_vec()).expect("supported");
    check_proof(&changed, &*MARKET, &KEYS).expect("checked").expect_err("another statement")
}

fn decided(envelope: &Envelope, asset: Option<&str>, cross_alone: bool) -> Decision {
    let mut policy = PolicyFile::least("test");
    let secrets = secrets().under(&MARKET.registry_digest()).expect("canonical");
    let commitment = account_commitment(&ACCOUNT, &secrets).expect("fits");
    policy.market.pinned = Some(MARKET.digest().to_string());
    policy.account = Some(AccountDemand::Commitment(commitment.to_string()));
    policy.claim = ClaimDemand {
        settlement_asset: asset.map(str::to_owned),
        cross_alone,
        ..policy.claim.clone()
    };
    let demands = Demands::new(policy).expect("policy");
    let (proofs, evidence) = (std::slice::from_ref(envelope), Evidence::default());
    let (now, memory) = (MARKET.snapshot().time_ms, None::<&mut MemoryStore>);
    decide(&demands, &evidence, &*MARKET, proofs, now, &KEYS, memory).expect("decided")
}

#[test]
fn a_book_that_is_short_has_no_proof_and_others_have() {
    for envelope in [&*WHOLE, &*ALONE] {
        assert_eq!(check_proof(envelope, &*MARKET, &KEYS).expect("checked"), Ok(()));
        assert_eq!(Envelope::decode(&envelope.encode()).as_ref(), Ok(envelope));
        assert_eq!(Envelope::read(envelope.to_json().as_bytes()).as_ref(), Ok(envelope));
    }
    for cross_alone in [false, true] {
        let refused = proven(&ACCOUNT, books("USDC", cross_alone)).expect_err("short");
        let ProveError::NotMet(shortfall) = refused else { panic!("{refused}") };
        assert!(shortfall.books().is_empty());
    }
}

#[test]
fn books_that_the_schedule_does_not_have_are_refused() {
    let schedule = MARKET.schedule();
    for settlement_asset in [None, Some("BTC")] {
        let asked = AskedBooks { settlement_asset, ..AskedBooks::default() };
        assert!(schedule.books(&asked).is_err());
    }
    let of = |settlement_asset, isolated| Books {
        settlement_asset: NonZeroU16::new(settlement_asset),
        isolated,
        position: None,
    };
    for (books, said) in [
        (of(0, Isolated::Compared), "the cross book and each isolated position"),
        (of(3, Isolated::Compared), "the book of settlement asset 3 and each isolated position"),
        (of(1, Isolated::None), "the book of \"USDT\""),
    ] {
        let refused = proven(&ACCOUNT, books).expect_err("no such books");
        assert_eq!(refused.code(), "NoSuchBooks");
        assert!(!refused.depends_on_account());
        assert!(refused.to_string().contains(&format!("{said}, which")), "{refused}");
        let stated = restated(&WHOLE, |s| {
            *asset_of(s) = books.settlement_asset;
            profile_of(s).isolated = books.isolated;
        });
        let market: &dyn AnyMarket = &*MARKET;
        let named = market.schedule().named(&books.into());
        assert_eq!(stated, Invalid::Subject(NotDecided::Unknown(named)));
    }
}

/// The proof of one selection is none of another: neither the asset nor the isolated positions can be restated.
#[test]
fn a_proof_is_of_its_own_books_only() {
    let invalid = Invalid::Proof(VerifyError::Invalid);
    for envelope in [&*WHOLE, &*ALONE] {
        let usdc = restated(envelope, |s| *asset_of(s) = NonZeroU16::new(2));
        assert_eq!(usdc, invalid);
    }
    // A circuit of another form has another key, and here another length of proofs.
    for (envelope, isolated) in [(&*ALONE, Isolated::Compared), (&*WHOLE, Isolated::LeftOut)] {
        let found = restated(envelope, |s| profile_of(s).isolated = isolated);
        let refused = matches!(found, Invalid::Proof(_) | Invalid::CircuitSize { .. });
        assert!(refused, "{found:?}");
    }
}

/// A healthy book of USDC, shown as that of USDT of an account in which it is the other way round.
#[test]
fn the_book_of_one_asset_is_not_shown_by_that_of_another() {
    let mut balances = ACCOUNT.balances().to_vec();
    let (usdt, usdc) = (balances[0].balance.clone(), balances[1].balance.clone());
    (balances[0].balance, balances[1].balance) = (usdc - usdt.clone() * 4, usdt);
    let swapped = Account::new(ACCOUNT.positions().to_vec(), balances).expect("account");
    let healthy = proven(&swapped, books("USDC", false)).expect("healthy");
    assert!(matches!(proven(&swapped, books("USDT", false)), Err(ProveError::NotMet(_))));
    let stated = restated(&healthy, |s| *asset_of(s) = NonZeroU16::new(1));
    assert_eq!(stated, Invalid::Proof(VerifyError::Invalid));
}

#[test]
fn a_policy_says_which_books_it_needs() {
    let codes = |envelope, asset, cross_alone| {
        let decision = decided(envelope, asset, cross_alone);
        decision.verdict().code().map(str::to_owned)
    };
    // All books of the schedule by default, which no claim is about.
    let apart = decided(&WHOLE, None, false);
    let message = apart.verdict().to_string();
    assert!(message.contains("those of \"USDT\", \"USDC\""), "{message}");
    assert!(matches!(apart.verdict(), Verdict::Mismatch(Mismatch::BooksApart { .. })));
    assert_eq!(codes(&ALONE, None, true).as_deref(), Some("PolicyBooksApart"));

    assert_eq!(codes(&WHOLE, Some("USDC"), false).as_deref(), Some("PolicySettlementAsset"));
    assert_eq!(codes(&WHOLE, Some("BTC"), false).as_deref(), Some("PolicyNoSuchBook"));
    assert_eq!(codes(&ALONE, Some("USDT"), false).as_deref(), Some("PolicyIsolatedLeftOut"));
    assert_eq!(codes(&ALONE, Some("USDT"), true), None);
    assert_eq!(codes(&WHOLE, Some("USDT"), false), None);
    // More than is demanded.
    assert_eq!(codes(&WHOLE, Some("USDT"), true), None);
}

#[test]
fn a_verdict_says_which_books_it_is_about_and_which_not() {
    let whole = decided(&WHOLE, Some("USDT"), false);
    let lines = whole.lines().join("\n");
    let claim = "claim: equity covers 10000 bp of maintenance margin in the book of \"USDT\" and in each isolated position, and is at least 0 USD in the book of \"USDT\"; nothing is said about the books of other settlement assets";
    assert!(lines.contains(claim), "{lines}");
    let open: Vec<_> = whole.not_checked().collect();
    assert!(open.contains(&NotChecked::OtherBooks));
    assert!(!open.contains(&NotChecked::IsolatedPositions));

    let alone = decided(&ALONE, Some("USDT"), true);
    let lines = alone.lines().join("\n");
    let claim = "claim: equity covers 10000 bp of maintenance margin in the book of \"USDT\", and is at least 0 USD there; nothing is said about the books of other settlement assets, nor about isolated positions";
    assert!(lines.contains(claim), "{lines}");
    let open: Vec<_> = alone.not_checked().collect();
    assert!(open.contains(&NotChecked::OtherBooks));
    assert!(open.contains(&NotChecked::IsolatedPositions));
}
