//! A golden proof under changed statements.

use std::num::NonZeroUsize;
use std::sync::LazyLock;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::public_inputs;
use zkmargin_circuit::{KeyCache, ParamsStore, PublicInputs, VerifyError};
use zkmargin_model::circuit::{Family, K, Pages};
use zkmargin_model::claim::Claim;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::digest_to_field;
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::{Books, Isolated, PositionName, Profile};
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::unit::MarginUnit;
use zkmargin_params::{
    AccountKind, AnyMarket, CompiledMarket, NotDecided, Schedule, SnapshotFile, compile,
};
use zkmargin_verifier::{Invalid, check_proof};

macro_rules! params {
    ($name:literal) => {
        include_bytes!(concat!("../../params/", $name))
    };
}

static GOLDEN: LazyLock<Envelope> =
    LazyLock::new(|| Envelope::decode(params!("golden/binance-cross.zkm")).expect("golden proof"));

static MARKET: LazyLock<CompiledMarket> = LazyLock::new(|| {
    let schedule = Schedule::from_json(params!("venues/binance/examples/cross.schedule.json"));
    let snapshot = SnapshotFile::from_json(params!("venues/binance/examples/cross.snapshot.json"));
    compile(&schedule.expect("schedule"), &snapshot.expect("snapshot")).expect("market")
});

static KEYS: LazyLock<KeyCache> =
    LazyLock::new(|| KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::MIN));

fn account() -> Fp {
    let AccountReference::Commitment(account) = GOLDEN.statement().account else {
        panic!("a ledger")
    };
    account.element()
}

fn found(envelope: &Envelope) -> Result<(), Invalid> {
    check_proof(envelope, &*MARKET, &KEYS).expect("checked")
}

/// What is said of the golden proof under a changed statement.
fn restated(change: impl FnOnce(&mut Statement)) -> Invalid {
    let mut statement = GOLDEN.statement().clone();
    change(&mut statement);
    let changed = Envelope::new(statement, GOLDEN.proof().to_vec()).expect("supported");
    found(&changed).expect_err("another statement")
}

#[test]
fn the_golden_proof_shows_its_statement() {
    assert_eq!(found(&GOLDEN), Ok(()));
}

#[test]
fn a_statement_about_another_market_is_invalid() {
    let stated = [9; 32];
    let mismatch = |part, given| Invalid::OtherMarket { part, stated, given };
    let found = restated(|s| s.registry_digest = stated.into());
    assert_eq!(found, mismatch("registry", MARKET.registry_digest().into()));
    let found = restated(|s| s.schedule_digest = stated.into());
    assert_eq!(found, mismatch("schedule", MARKET.schedule_digest().into()));
    let found = restated(|s| s.snapshot_digest = stated.into());
    assert_eq!(found, mismatch("snapshot", MARKET.snapshot_digest().into()));
}

#[test]
fn fields_that_contradict_the_market_are_invalid() {
    let unit = GOLDEN.statement().margin_unit.clone();
    let other = |currency: &str, decimals| MarginUnit::new(currency, decimals).expect("unit");
    assert_eq!(restated(|s| s.snapshot_time += 1), Invalid::SnapshotTime);
    let unit_verdict = Invalid::MarginUnit;
    assert_eq!(restated(|s| s.margin_unit = other("EUR", unit.decimals())), unit_verdict);
    let finer = other(unit.currency(), unit.decimals() + 1);
    assert_eq!(restated(|s| s.margin_unit = finer), unit_verdict);
}

#[test]
fn claims_that_nobody_publishes_are_invalid() {
    let off = |level_bps| Invalid::OffMenu { level_bps };
    let stated = GOLDEN.statement().claim.clone();
    let floor = || stated.floor().amount().magnitude().clone();
    let claim = |level, floor| Claim::new(level, floor).expect("claim");
    assert_eq!(restated(|s| s.claim = claim(9_999, floor())), off(9_999));
    let level = stated.level_bps();
    assert_eq!(restated(|s| s.claim = claim(level, floor() + 1u8)), off(level));
    // On the menu and not proven.
    let buffer = restated(|s| s.claim = claim(12_500, floor()));
    assert_eq!(buffer, Invalid::Proof(VerifyError::Invalid));
}

/// What a circuit proves follows from the market, and never from the proof.
#[test]
fn another_profile_is_invalid() {
    let Basis::Linear { profile: of_market, shape, settlement_asset, .. } =
        GOLDEN.statement().basis
    else {
        panic!("linear")
    };
    let market: &dyn AnyMarket = &*MARKET;
    let position = |profile: Profile| PositionName::of_key(3).filter(|_| profile.names_position());
    for profile in Profile::all().filter(|profile| *profile != of_market) {
        let (stated, expected) = (Family::Linear(profile), Family::Linear(of_market));
        // The schedule has no isolated positions.
        let error = match profile.isolated {
            Isolated::None => Invalid::CircuitFamily { stated, expected },
            isolated => {
                let books = Books { settlement_asset: None, isolated, position: position(profile) };
                let named = market.schedule().named(&books.into());
                Invalid::Subject(NotDecided::Unknown(named))
            }
        };
        let position = position(profile);
        let basis = Basis::Linear { profile, shape, settlement_asset, position };
        let found = restated(|s| s.basis = basis);
        assert_eq!(found, error);
    }
    // An account of another kind has no market here.
    let (stated, given) = (AccountKind::Portfolio, AccountKind::Linear);
    let measure = Measure::Maintenance;
    let found = restated(|s| s.basis = Basis::Portfolio { pages: Pages::Four, measure });
    assert_eq!(found, Invalid::Subject(NotDecided::OtherKind { stated, given }));
}

#[test]
fn another_size_or_length_is_invalid() {
    let expected = GOLDEN.statement().k;
    let stated = K::new(expected.get() + 1).expect("in range");
    let error = Invalid::CircuitSize { stated, expected };
    assert_eq!(restated(|s| s.k = stated), error);
    for bytes in [&GOLDEN.proof()[1..], &[GOLDEN.proof(), &[0]].concat()] {
        let changed = Envelope::new(GOLDEN.statement().clone(), bytes.to_vec());
        let (expected, length) = (GOLDEN.proof().len(), bytes.len());
        let error = Invalid::Proof(VerifyError::Length { expected, found: length });
        assert_eq!(found(&changed.expect("supported")), Err(error));
    }
}

#[test]
fn public_inputs_are_the_named_fields() {
    let statement = GOLDEN.statement();
    let inputs = public_inputs(statement, &MARKET.schedule().file().venue);
    let expected = PublicInputs {
        statement: statement.digest(),
        account: account(),
        pseudonym: Fp::ZERO,
        nullifier: Fp::ZERO,
        claim: statement.claim.clone(),
        margin: statement.margin_commitment.element(),
        registry: digest_to_field(statement.registry_digest.bytes()),
        membership: None,
        position: None,
    };
    assert_eq!(inputs, expected);
}
