//! The libraries end to end: what a proof is bound to, and what is refused before any key.

use std::num::NonZeroUsize;
use std::sync::OnceLock;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::circuit::{Shape, Slots};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::rule::{Account, Orders};
use zkmargin_params::{
    AccountFile, CompiledMarket, DecimalText, InstrumentPriceFile, PlainSecrets, Schedule,
    SnapshotFile, compile,
};
use zkmargin_policy::{Mismatch, NotChecked, Pin, Refused, Verdict};
use zkmargin_prover::{ProveError, ProveRequest, Proven, prove};

use crate::support::asked::Asked;
use crate::support::example;
use crate::support::secrets::secrets;

struct Example {
    market: CompiledMarket,
    account: Account,
    secrets: PlainSecrets,
    keys: KeyCache,
    proven: Proven,
}

fn market(snapshot: &SnapshotFile) -> CompiledMarket {
    let schedule = Schedule::from_json(example!("schedule")).expect("schedule");
    compile(&schedule, snapshot).expect("market")
}

fn snapshot() -> SnapshotFile {
    SnapshotFile::from_json(example!("snapshot")).expect("snapshot")
}

fn claim(level_bps: u32) -> Claim {
    Claim::new(level_bps, 0u32.into()).expect("claim")
}

impl Example {
    fn request(&self, level_bps: u32) -> ProveRequest<'_> {
        ProveRequest {
            account: &self.account,
            secrets: &self.secrets,
            market: &self.market,
            claim: claim(level_bps),
            subject: self.market.market().books().into(),
            context: Context::new("desk-42", "", None).expect("context"),
            membership: None,
            shape: None,
        }
    }

    fn policy(&self) -> Asked {
        let secrets = self.secrets.under(&self.market.registry_digest()).expect("canonical");
        Asked {
            market: Some(self.market.digest()),
            commitment: Some(account_commitment(&self.account, &secrets).expect("fits")),
            audience: Some("desk-42".to_owned()),
            ..Asked::default()
        }
    }
}

fn example() -> &'static Example {
    static EXAMPLE: OnceLock<Example> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let market = market(&snapshot());
        let file = AccountFile::from_json(example!("account")).expect("account");
        let (account, secrets) = (file.holdings(market.schedule()).expect("account"), secrets());
        let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN);
        let request = ProveRequest {
            account: &account,
            secrets: &secrets,
            market: &market,
            claim: claim(10_000),
            subject: market.market().books().into(),
            context: Context::new("desk-42", "", None).expect("context"),
            membership: None,
            shape: None,
        };
        let proven = prove(&request, &keys).expect("proof");
        Example { market, account, secrets, keys, proven }
    })
}

fn verdict(envelope: &Envelope, policy: &Asked) -> Verdict {
    let e = example();
    policy.decide(envelope, &e.market, &e.keys).expect("a verdict").verdict().clone()
}

#[test]
fn anchored_is_valid_and_the_rest_is_listed() {
    let e = example();
    let decision = e.policy().decide(&e.proven.envelope, &e.market, &e.keys).expect("verdict");
    assert!(decision.is_valid());
    assert_eq!(
        decision.not_checked().collect::<Vec<_>>(),
        [
            NotChecked::Purpose,
            NotChecked::Nonce,
            NotChecked::Epoch,
            NotChecked::AccountOwner,
            NotChecked::OtherAccounts,
            NotChecked::AccountAge,
            NotChecked::AccountChoice,
            NotChecked::ScheduleOrigin,
            NotChecked::ScheduleVariant,
            NotChecked::SnapshotOrigin,
            NotChecked::Listing,
            NotChecked::SnapshotAge,
            NotChecked::PriceSources,
            NotChecked::Replay,
            NotChecked::Sequence
        ]
    );
    let missing = vec![Pin::Market, Pin::Commitment];
    let open = verdict(&e.proven.envelope, &Asked::default());
    assert_eq!(open, Verdict::NotAnchored { missing });
}

#[test]
fn no_flipped_bit_is_accepted() {
    let e = example();
    let bytes = e.proven.envelope.encode();
    let proof_at = bytes.len() - e.proven.envelope.proof().len();
    // Every byte around the statement, and a spread of the proof.
    let places = (0..proof_at).chain((proof_at..bytes.len()).step_by(97));
    for (i, at) in places.enumerate() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (i % 8);
        if let Ok(envelope) = Envelope::read(&flipped) {
            // The least demanding policy: only the proof stands in the way.
            let verdict = verdict(&envelope, &Asked::default());
            assert!(
                matches!(verdict, Verdict::Invalid(_) | Verdict::Mismatch(_)),
                "byte {at}: {verdict}"
            );
        }
    }
}

#[test]
fn another_market_is_named_before_any_key() {
    let e = example();
    let mut file = snapshot();
    file.instruments[0].mark = Some(DecimalText::new("0.8"));
    let other = market(&file);
    // Whoever makes a key leaves parameters in this folder.
    let folder = tempfile::tempdir().expect("folder");
    let keys = KeyCache::new(ParamsStore::on_disk(folder.path()), NonZeroUsize::MIN);
    let pinned = e.policy().decide(&e.proven.envelope, &other, &keys).expect("verdict");
    assert!(matches!(pinned.verdict(), Verdict::Refused(Refused::OtherMarket { .. })));
    let open = Asked::default().decide(&e.proven.envelope, &other, &keys).expect("verdict");
    let Verdict::Mismatch(Mismatch::OtherMarket { part, .. }) = open.verdict() else {
        panic!("{open}");
    };
    assert_eq!(*part, "snapshot");
    assert_eq!(std::fs::read_dir(folder.path()).expect("folder").count(), 0);
}

/// Whoever holds an instrument without a price has no proof, and everybody else does.
#[test]
fn instruments_without_a_price() {
    let e = example();
    let held = |id: u32| e.account.positions().iter().any(|p| p.instrument == id);
    for is_held in [true, false] {
        let mut file = snapshot();
        let id_of = |symbol: &str| e.market.schedule().instrument(symbol).expect("listed").id;
        let mut prices = file.instruments.iter_mut();
        let price = prices.find(|price| held(id_of(&price.instrument)) == is_held);
        let price = price.expect("one of each kind");
        *price = InstrumentPriceFile::unpriced(&*price.instrument);
        let market = market(&file);
        let request = ProveRequest { market: &market, ..e.request(10_000) };
        let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN);
        match prove(&request, &keys) {
            Ok(proven) => {
                assert!(!is_held);
                let decision = Asked::default().decide(&proven.envelope, &market, &keys);
                let decision = decision.expect("verdict");
                assert!(matches!(decision.verdict(), Verdict::NotAnchored { .. }), "{decision}");
            }
            Err(error) => {
                assert!(is_held, "{error}");
                assert_eq!((error.code(), error.depends_on_account()), ("UnknownInstrument", true));
            }
        }
    }
}

#[test]
fn the_prover_refuses() {
    let e = example();
    let refused = |request: &ProveRequest<'_>| prove(request, &e.keys).expect_err("refused");
    assert!(matches!(refused(&e.request(9_999)), ProveError::OffMenu { level_bps: 9_999 }));
    let off_floor = ProveRequest {
        claim: Claim::new(10_000, 1u32.into()).expect("claim"),
        ..e.request(10_000)
    };
    assert!(matches!(refused(&off_floor), ProveError::OffMenu { .. }));

    let poor = Account::new(e.account.positions().to_vec(), {
        let mut balances = e.account.balances().to_vec();
        for b in &mut balances {
            b.balance = (-10_000_000_000_000_000i64).into();
        }
        balances
    })
    .expect("account");
    let error = refused(&ProveRequest { account: &poor, ..e.request(10_000) });
    let ProveError::NotMet(shortfall) = &error else { panic!("{error}") };
    assert!(*shortfall.equity() > 0.into());
    let (said, debugged) = (error.to_string(), format!("{error:?}"));
    assert_eq!(said, "the account does not meet the claim");
    assert_eq!(debugged, "NotMet(Shortfall(..))");

    let mut positions = e.account.positions().to_vec();
    positions[0].own = 1;
    let with_own = Account::new(positions, e.account.balances().to_vec()).expect("account");
    let error = refused(&ProveRequest { account: &with_own, ..e.request(10_000) });
    assert!(matches!(error, ProveError::OwnParameter));
    assert_eq!((error.code(), error.depends_on_account()), ("OwnParameter", true));

    let positions = e.account.positions().iter().map(|p| (p.clone(), Orders::default()));
    let balances = e.account.balances().to_vec();
    let with_orders = Account::with_orders(positions.collect(), balances).expect("account");
    let error = refused(&ProveRequest { account: &with_orders, ..e.request(10_000) });
    assert!(matches!(error, ProveError::Record));
    assert_eq!((error.code(), error.depends_on_account()), ("Record", true));

    let mut file = e.market.schedule().file().clone();
    let rounding = r#"{"requirement": [
        {"mode": "truncate", "decimals": 10},
        {"mode": "ceil", "decimals": 9},
        {"mode": "truncate", "decimals": 8}
    ]}"#;
    file.rounding = serde_json::from_str(rounding).expect("rounding");
    let schedule = Schedule::new(file).expect("schedule");
    let mut prices = snapshot();
    prices.schedule = schedule.digest().to_string();
    let rounding = compile(&schedule, &prices).expect("market");
    let error = refused(&ProveRequest { market: &rounding, ..e.request(10_000) });
    assert!(matches!(error, ProveError::Unprovable(_)));
    assert!(error.advice().expect("advice").contains("every rounding"));
}

#[test]
fn every_shape_hides_the_same_account() {
    let e = example();
    // All of them in long runs; other tests prove in shapes M and ML.
    let long = std::env::var_os("ZKMARGIN_LONG").is_some();
    let of_short_runs = [Shape::Xs, Shape::Sm, Shape::L];
    for shape in Shape::ALL.into_iter().filter(|shape| long || of_short_runs.contains(shape)) {
        let request = ProveRequest { shape: Some(Slots::Linear(shape)), ..e.request(20_000) };
        let proven = prove(&request, &e.keys).expect("proof");
        assert_eq!(proven.envelope.statement().basis.slots(), Slots::Linear(shape));
        assert_eq!(proven.envelope.statement().account, e.proven.envelope.statement().account);
        assert_eq!(verdict(&proven.envelope, &e.policy()), Verdict::Valid);
    }
}

#[test]
fn proofs_of_one_statement_differ() {
    let e = example();
    let again = prove(&e.request(10_000), &e.keys).expect("proof");
    let (first, second) = (&e.proven.envelope, &again.envelope);
    assert_ne!(first.proof(), second.proof());
    assert_ne!(first.statement().margin_commitment, second.statement().margin_commitment);
    // A proof belongs to its own statement only.
    let swapped = Envelope::new(first.statement().clone(), second.proof().to_vec());
    let verdict = verdict(&swapped.expect("supported"), &e.policy());
    assert!(matches!(verdict, Verdict::Invalid(_)), "{verdict}");
}
