//! Portfolio accounts by the real prover: both requirements and a stress of a case of Derive's, a commodity of
//! Takasbank's, an account of a ledger, and what is refused of them.

use crate::support::secrets::secrets;
use crate::support::{KEYS, MARKET as LINEAR};
use num_bigint::BigInt;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};
use zkmargin_circuit::VerifyError;
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::circuit::{K, Pages, Shape, Slots};
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::account_commitment as linear_commitment;
use zkmargin_model::context::Context;
use zkmargin_model::digest::RegistryDigest;
use zkmargin_model::element::AccountCommitment;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::{digest_to_field, field_bytes};
use zkmargin_model::holder::{HolderSecret, scope_field, venue_field};
use zkmargin_model::ledger::{DEPTH, Path, empty_roots};
use zkmargin_model::measure::Measure;
use zkmargin_model::portfolio::{margin, stress};
use zkmargin_model::rule::{Account, Profile};
use zkmargin_model::statement::{AccountReference, Basis, Statement};
use zkmargin_model::subject::{NamedSubject, Subject};
use zkmargin_params::portfolio::PortfolioMarket;
use zkmargin_params::{
    AccountDemand, AccountFile, AccountKind, AnyMarket, AnySchedule, DecimalText, NoDeficiency,
    NotDecided, PolicyFile, Requirement, read_schedule,
};
use zkmargin_policy::{Decision, Demands, Evidence, MemoryStore, Verdict, decide};
use zkmargin_prover::{LedgerPlace, ProveError, ProveRequest, prove};
use zkmargin_verifier::{BatchItem, Invalid, check_batch, check_proof};

macro_rules! venue {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../params/venues/", $path))
    };
}

const DERIVE_SCHEDULE: &[u8] = venue!("derive/examples/options.schedule.json");
const DERIVE_SNAPSHOT: &[u8] = venue!("derive/examples/options.snapshot.json");

fn market(schedule: &[u8], snapshot: &[u8]) -> Arc<dyn AnyMarket> {
    read_schedule(schedule).expect("schedule").at(snapshot).expect("market")
}

static DERIVE: LazyLock<Arc<dyn AnyMarket>> =
    LazyLock::new(|| market(DERIVE_SCHEDULE, DERIVE_SNAPSHOT));

/// Derive's snapshot with other figures.
fn derive_with(change: impl FnOnce(&mut Value)) -> Arc<dyn AnyMarket> {
    let mut snapshot = serde_json::from_slice(DERIVE_SNAPSHOT).expect("JSON");
    change(&mut snapshot);
    market(DERIVE_SCHEDULE, snapshot.to_string().as_bytes())
}

static DESK: LazyLock<Account> = LazyLock::new(|| {
    let file = AccountFile::from_json(venue!("derive/examples/options.account.json"));
    DERIVE.schedule().holdings(&file.expect("account")).expect("holdings")
});

fn portfolio(market: &dyn AnyMarket) -> &PortfolioMarket {
    market.portfolio().expect("of portfolio accounts")
}

fn measure(text: &str) -> Measure {
    Measure::parse(text).expect("a measure")
}

fn request<'a>(
    market: &'a dyn AnyMarket,
    account: &'a Account,
    secrets: &'a zkmargin_params::PlainSecrets,
    of: &str,
) -> ProveRequest<'a> {
    ProveRequest {
        account,
        secrets,
        market,
        claim: Claim::margin(),
        subject: measure(of).into(),
        context: Context::new("desk-42", "", None).expect("context"),
        membership: None,
        shape: None,
    }
}

fn proven(of: &str) -> Envelope {
    prove(&request(&**DERIVE, &DESK, &secrets(), of), &KEYS).expect("healthy").envelope
}

static MAINTENANCE: LazyLock<Envelope> = LazyLock::new(|| proven("maintenance"));
static INITIAL: LazyLock<Envelope> = LazyLock::new(|| proven("initial"));
static TAILS: LazyLock<Envelope> = LazyLock::new(|| proven("stress:tails"));

fn commitment(market: &dyn AnyMarket, account: &Account) -> AccountCommitment {
    let secrets = secrets().under(&market.registry_digest()).expect("canonical");
    market.schedule().commitment(account, &secrets).expect("of the schedule's groups")
}

fn check(envelope: &Envelope, market: &dyn AnyMarket) -> Result<(), Invalid> {
    check_proof(envelope, market, &KEYS).expect("checked")
}

fn restated(envelope: &Envelope, change: impl FnOnce(&mut Statement)) -> Envelope {
    let mut statement = envelope.statement().clone();
    change(&mut statement);
    Envelope::new(statement, envelope.proof().to_vec()).expect("supported")
}

fn measure_of(statement: &mut Statement) -> &mut Measure {
    let Basis::Portfolio { measure, .. } = &mut statement.basis else { panic!("portfolio") };
    measure
}

fn policy(of: &Envelope, market: &dyn AnyMarket) -> PolicyFile {
    let mut policy = PolicyFile::least("test");
    policy.market.pinned = Some(market.digest().to_string());
    let AccountReference::Commitment(account) = of.statement().account else { panic!("committed") };
    policy.account = Some(AccountDemand::Commitment(account.to_string()));
    policy
}

fn decided(envelope: &Envelope, market: &dyn AnyMarket, policy: PolicyFile) -> Decision {
    let demands = Demands::new(policy).expect("policy");
    let (proofs, evidence) = (std::slice::from_ref(envelope), Evidence::default());
    let (now, memory) = (market.time_ms(), None::<&mut MemoryStore>);
    decide(&demands, &evidence, market, proofs, now, &KEYS, memory).expect("decided")
}

#[test]
fn both_requirements_and_a_stress_are_proven() {
    for envelope in [&*MAINTENANCE, &*INITIAL, &*TAILS] {
        assert_eq!(check(envelope, &**DERIVE), Ok(()));
        assert_eq!(Envelope::decode(&envelope.encode()).as_ref(), Ok(envelope));
        assert_eq!(Envelope::read(envelope.to_json().as_bytes()).as_ref(), Ok(envelope));
        let account = AccountReference::Commitment(commitment(&**DERIVE, &DESK));
        assert_eq!(envelope.statement().account, account);
        assert_eq!(envelope.statement().basis.slots(), Slots::Portfolio(Pages::Four));
    }
}

/// The least balance with which a claim holds is proven, and one unit less is not.
#[test]
fn the_boundary_of_each_claim_is_the_rules() {
    let market = portfolio(&**DERIVE);
    let whole = market.market(Requirement::Maintenance).expect("market");
    let tails = stress(&DESK, whole, "tails").expect("figures");
    let needed = |of: &str| match measure(of) {
        // All that the stress leaves is the floor of zero.
        Measure::Stress(_) => &tails.equity - tails.left() / &tails.scale,
        of => margin(&DESK, market.of_measure(&of).expect("market")).expect("figures").required(),
    };
    for of in ["maintenance", "initial", "stress:tails"] {
        // A balance is of units of entries: those above what is needed, and those below.
        let further = (needed(of) - &tails.equity) / &whole.terms().entry_unit;
        let poorer = |less: i32| {
            let mut balances = DESK.balances().to_vec();
            balances[0].balance += &further + 1 - less;
            Account::new(DESK.positions().to_vec(), balances).expect("account")
        };
        let secrets = secrets();
        let found = [0, 2].map(|less| {
            let account = poorer(less);
            let result = prove(&request(&**DERIVE, &account, &secrets, of), &KEYS);
            result.map(|proven| check(&proven.envelope, &**DERIVE))
        });
        assert!(matches!(found[0], Ok(Ok(()))), "{of}: {:?}", found[0]);
        assert!(matches!(found[1], Err(ProveError::NotMet(_))), "{of}: {:?}", found[1]);
    }
}

/// A statement about anything else than what was proven is refused, each with its own reason.
#[test]
fn a_proof_is_of_its_own_requirement_only() {
    let invalid = |found: Result<(), Invalid>| found.expect_err("forged");
    let tails = measure("stress:tails");
    // The keys of requirements have constants of their own; those of a stress fewer columns, too.
    for (envelope, stated) in [
        (&*MAINTENANCE, Measure::Initial),
        (&*INITIAL, Measure::Maintenance),
        (&*TAILS, Measure::Maintenance),
        (&*MAINTENANCE, tails.clone()),
    ] {
        let forged = restated(envelope, |s| *measure_of(s) = stated.clone());
        let found = invalid(check(&forged, &**DERIVE));
        let refused = matches!(found, Invalid::Proof(_) | Invalid::CircuitSize { .. });
        assert!(refused, "{stated}: {found:?}");
        // With the size that belongs to the stated requirement, too.
        let sized = match &found {
            Invalid::CircuitSize { expected, .. } => restated(&forged, |s| s.k = *expected),
            _ => continue,
        };
        assert!(matches!(invalid(check(&sized, &**DERIVE)), Invalid::Proof(_)));
    }
    let crash = measure("stress:crash");
    let forged = restated(&TAILS, |s| *measure_of(s) = crash.clone());
    let unknown = NotDecided::Unknown(NamedSubject::Portfolio(crash));
    assert_eq!(invalid(check(&forged, &**DERIVE)), Invalid::Subject(unknown));

    // Claims that the menu does not have.
    let of = |level, floor: u32| Claim::new(level, floor.into()).expect("claim");
    for (level, claim) in [(10_001, of(10_001, 0)), (10_000, of(10_000, 5))] {
        let forged = restated(&MAINTENANCE, |s| s.claim = claim);
        assert_eq!(invalid(check(&forged, &**DERIVE)), Invalid::OffMenu { level_bps: level });
    }
}

#[test]
fn other_kinds_shapes_and_markets_are_refused() {
    let invalid =
        |envelope: &Envelope, market: &dyn AnyMarket| check(envelope, market).expect_err("forged");
    let linear = Basis::Linear {
        profile: Profile::EXACT,
        shape: Shape::S,
        settlement_asset: None,
        position: None,
    };
    let books = restated(&MAINTENANCE, |s| s.basis = linear.clone());
    let (stated, given) = (AccountKind::Linear, AccountKind::Portfolio);
    let other_kind = Invalid::Subject(NotDecided::OtherKind { stated, given });
    assert_eq!(invalid(&books, &**DERIVE), other_kind);

    // The market's sums are bounded for 32 positions: there is no circuit of more.
    for pages in [Pages::Eight, Pages::Sixteen] {
        let measure = Measure::Maintenance;
        let larger = restated(&MAINTENANCE, |s| s.basis = Basis::Portfolio { pages, measure });
        let stated = Slots::Portfolio(pages);
        assert_eq!(invalid(&larger, &**DERIVE), Invalid::CircuitShape { stated });
    }
    let of_portfolio = Measure::Maintenance;
    let (pages, measure) = (Pages::Four, of_portfolio);
    let mixed = restated(&MAINTENANCE, |s| {
        s.basis = Basis::Portfolio { pages, measure };
        s.account =
            AccountReference::Ledger { root: 1.into(), pseudonym: 2.into(), nullifier: 3.into() };
    });
    // A circuit of a ledger has the same size here, and longer proofs.
    assert!(matches!(invalid(&mixed, &**DERIVE), Invalid::Proof(_)));
    let (stated, expected) = (K::new(11).unwrap(), mixed.statement().k);
    let larger = restated(&mixed, |s| s.k = stated);
    assert_eq!(invalid(&larger, &**DERIVE), Invalid::CircuitSize { stated, expected });

    // Other prices: the statement names its own, and a changed one has another key.
    let dearer = derive_with(|snapshot| snapshot["indices"][0]["price"] = json!("2700"));
    let found = invalid(&MAINTENANCE, &*dearer);
    assert!(matches!(found, Invalid::OtherMarket { part: "snapshot", .. }), "{found:?}");
    let moved = restated(&MAINTENANCE, |s| s.snapshot_digest = dearer.snapshot_digest());
    assert_eq!(invalid(&moved, &*dearer), Invalid::Proof(VerifyError::Invalid));
    let found = invalid(&MAINTENANCE, &*LINEAR);
    assert!(matches!(found, Invalid::OtherMarket { .. }), "{found:?}");
    let other_account =
        restated(&MAINTENANCE, |s| s.account = AccountReference::Commitment(7.into()));
    assert_eq!(invalid(&other_account, &**DERIVE), Invalid::Proof(VerifyError::Invalid));
}

/// The commitment of the same holdings as a linear account is another.
#[test]
fn a_portfolio_account_is_no_linear_one() {
    let secrets = secrets().under(&DERIVE.registry_digest()).expect("canonical");
    assert_ne!(commitment(&**DERIVE, &DESK), linear_commitment(&DESK, &secrets).expect("fits"));
}

#[test]
fn what_the_prover_refuses() {
    let secrets = secrets();
    let of = |request: ProveRequest<'_>| prove(&request, &KEYS).map(|_| ()).expect_err("refused");
    let whole = |of: &str| request(&**DERIVE, &DESK, &secrets, of);
    let shape = |shape| ProveRequest { shape: Some(shape), ..whole("maintenance") };
    for (error, code) in [
        (of(shape(Slots::Linear(Shape::M))), "ShapeOfAnother"),
        (of(shape(Slots::Portfolio(Pages::Eight))), "ShapeTooLarge"),
        (of(whole("stress:crash")), "NoRequirement"),
        (
            of(ProveRequest {
                claim: Claim::new(12_000, 0u8.into()).expect("claim"),
                ..whole("initial")
            }),
            "OffMenu",
        ),
        (
            of(ProveRequest { subject: LINEAR.market().books().into(), ..whole("initial") }),
            "OtherKind",
        ),
        (of(ProveRequest { market: &*LINEAR, ..whole("maintenance") }), "OtherKind"),
    ] {
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.depends_on_account(), "{error}");
    }
}

/// Derive's example with another capacity and this many expiries of one option each.
fn expiries(capacity: u32, count: usize) -> (Arc<dyn AnyMarket>, Account) {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    let (mut schedule, mut snapshot) = (json(DERIVE_SCHEDULE), json(DERIVE_SNAPSHOT));
    schedule["capacity"]["positions"] = json!(capacity);
    let list = |value: &mut Value, name: &str| value[name].as_array().expect("list").clone();
    let (groups, options) = (list(&mut schedule, "groups"), list(&mut schedule, "instruments"));
    let is_call = |i: &&Value| i["kind"] == "call";
    let call = options.iter().find(is_call).expect("a call").clone();
    let group = groups.iter().find(|g| g["name"] == call["group"]).expect("its group").clone();
    let figures_of = |list: &[Value], key: &str, name: &Value| {
        list.iter().find(|f| f[key] == *name).expect("figures").clone()
    };
    let of_group = figures_of(&list(&mut snapshot, "groups"), "group", &call["group"]);
    let of_call = figures_of(&list(&mut snapshot, "instruments"), "instrument", &call["symbol"]);
    let mut series = list(&mut schedule["units"][0], "series");
    let first = series[0].clone();
    series.extend((1..=count).map(|number| {
        let mut of = first.clone();
        of["number"] = json!(number);
        of
    }));
    schedule["units"][0]["series"] = json!(series);
    let mut positions = Vec::new();
    for at in 0..count {
        let name = json!(format!("expiry {at}"));
        let (mut group, mut call) = (group.clone(), call.clone());
        // Groups of one day are of several series.
        (group["name"], group["series"]) = (name.clone(), json!(1 + at));
        let symbol = json!(format!("CALL {at}"));
        (call["symbol"], call["group"]) = (symbol.clone(), name.clone());
        call["strike"] = json!(format!("{}", 3000 + at));
        let (mut of_group, mut of_call) = (of_group.clone(), of_call.clone());
        (of_group["group"], of_call["instrument"]) = (name, symbol.clone());
        let add = |file: &mut Value, list: &str, value: Value| {
            file[list].as_array_mut().expect("list").push(value);
        };
        add(&mut schedule, "groups", group);
        add(&mut schedule, "instruments", call);
        add(&mut snapshot, "groups", of_group);
        add(&mut snapshot, "instruments", of_call);
        positions.push(json!({"instrument": symbol, "size": "1", "entry_value": "0"}));
    }
    let schedule = read_schedule(schedule.to_string().as_bytes()).expect("schedule");
    snapshot["schedule"] = json!(schedule.digest().to_string());
    let market = schedule.at(snapshot.to_string().as_bytes()).expect("market");
    let account = json!({
        "format": "zkmargin-account/1", "venue": "derive",
        "balances": [{"asset": "USDC", "balance": "100000"}], "positions": positions,
    });
    let account = AccountFile::from_json(account.to_string().as_bytes()).expect("account");
    let account = schedule.holdings(&account).expect("holdings");
    (market, account)
}

/// What does not fit is named: the market, whatever the account is, or the account's pages.
#[test]
fn what_no_circuit_holds_is_named() {
    let secrets = secrets();
    let of = |(market, account): &(Arc<dyn AnyMarket>, Account), shape| {
        let whole = request(&**market, account, &secrets, "maintenance");
        prove(&ProveRequest { shape, ..whole }, &KEYS).map(|_| ()).expect_err("refused")
    };
    // The smallest circuit has more slots than the market's sums are bounded for.
    let small = of(&expiries(16, 3), None);
    assert_eq!((small.code(), small.depends_on_account()), ("MarketTooLarge", false));
    let text =
        "no circuit holds the market: 32 slots; the market's sums are bounded for 16 positions";
    assert_eq!(small.to_string(), text);
    // Nine pages need the circuit of sixteen, with more slots than this market admits.
    let nine = expiries(64, 9);
    let pages = of(&nine, None);
    assert_eq!((pages.code(), pages.depends_on_account()), ("ShapeTooLarge", true));
    assert_eq!(pages.to_string(), "128 slots; the market's sums are bounded for 64 positions");
    let asked = of(&nine, Some(Slots::Portfolio(Pages::Sixteen)));
    assert_eq!((asked.code(), asked.depends_on_account()), ("ShapeTooLarge", false));
    let asked = of(&nine, Some(Slots::Portfolio(Pages::Eight)));
    assert_eq!((asked.code(), asked.depends_on_account()), ("ShapeTooSmall", true));
}

/// While a feed is below its threshold there is no claim of the initial margin, by the prover or by the verifier; the
/// maintenance margin does not depend on it.
#[test]
fn initial_margin_is_refused_while_a_feed_is_not_trusted() {
    let doubtful = derive_with(|snapshot| snapshot["indices"][0]["confidence"] = json!("0.5"));
    let secrets = secrets();
    let refused = prove(&request(&*doubtful, &DESK, &secrets, "initial"), &KEYS).expect_err("low");
    assert_eq!(refused.code(), "LowConfidence");
    assert!(!refused.depends_on_account());
    let maintenance = prove(&request(&*doubtful, &DESK, &secrets, "maintenance"), &KEYS);
    let maintenance = maintenance.expect("healthy").envelope;
    assert_eq!(check(&maintenance, &*doubtful), Ok(()));
    let forged = restated(&maintenance, |s| *measure_of(s) = Measure::Initial);
    let found = check(&forged, &*doubtful).expect_err("low");
    assert!(matches!(found, Invalid::Subject(NotDecided::LowConfidence(_))), "{found:?}");
    assert_eq!(found.code(), "InvalidLowConfidence");
}

#[test]
fn a_policy_says_what_it_needs() {
    let codes = |envelope: &Envelope, change: fn(&mut PolicyFile)| {
        let mut policy = policy(envelope, &**DERIVE);
        change(&mut policy);
        let decision = decided(envelope, &**DERIVE, policy);
        decision.verdict().code().map(str::to_owned)
    };
    let initial = |policy: &mut PolicyFile| policy.requirement = Some(Requirement::Initial);
    let tails = |policy: &mut PolicyFile| policy.claim.stress = Some("tails".to_owned());
    let other = |code: &str| Some(code.to_owned());
    assert_eq!(codes(&MAINTENANCE, |_| ()), None);
    assert_eq!(codes(&INITIAL, initial), None);
    assert_eq!(codes(&TAILS, tails), None);
    // No requirement stands in for another: neither is always the higher one.
    assert_eq!(codes(&MAINTENANCE, initial), other("PolicyRequirement"));
    assert_eq!(codes(&INITIAL, |_| ()), other("PolicyRequirement"));
    assert_eq!(codes(&TAILS, |_| ()), other("PolicyRequirement"));
    assert_eq!(codes(&MAINTENANCE, tails), other("PolicyRequirement"));
    let crash = |policy: &mut PolicyFile| policy.claim.stress = Some("crash".to_owned());
    assert_eq!(codes(&TAILS, crash), other("PolicyNoSuchStress"));
    let asset = |policy: &mut PolicyFile| policy.claim.settlement_asset = Some("USDC".to_owned());
    assert_eq!(codes(&MAINTENANCE, asset), other("PolicyNoSuchBook"));

    // Every verdict says what kind of account it is about, and what the model leaves out.
    let decision = decided(&INITIAL, &**DERIVE, {
        let mut policy = policy(&INITIAL, &**DERIVE);
        initial(&mut policy);
        policy
    });
    let text = decision.lines().join("\n");
    for part in [
        "initial margin of portfolio accounts",
        "equity covers 10000 bp of initial margin of the portfolio account",
        "left out: \"initial margin while a feed's confidence is below its threshold\"",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert_eq!(decision.json()["rules"]["account"], "portfolio");
}

#[test]
fn policies_that_demand_a_level_of_a_stress_are_refused() {
    let refused = |change: fn(&mut PolicyFile)| {
        let mut policy = policy(&TAILS, &**DERIVE);
        policy.claim.stress = Some("tails".to_owned());
        change(&mut policy);
        Demands::new(policy).expect_err("contradicts itself").pointer
    };
    assert_eq!(refused(|p| p.claim.level = "12000".to_owned()), "/claim/level");
    assert_eq!(refused(|p| p.requirement = Some(Requirement::Initial)), "/requirement");
    assert_eq!(refused(|p| p.claim.stress = Some(String::new())), "/claim/stress");
}

/// A batch of both kinds, with a forged proof among them.
#[test]
fn a_batch_has_accounts_of_both_kinds() {
    let file = AccountFile::from_json(crate::support::example!("account")).expect("account");
    let account = file.holdings(LINEAR.schedule()).expect("account");
    let (secrets, subject) = (secrets(), LINEAR.market().books().into());
    let linear = ProveRequest { subject, ..request(&*LINEAR, &account, &secrets, "maintenance") };
    let linear = prove(&linear, &KEYS).expect("healthy").envelope;
    let forged = restated(&MAINTENANCE, |s| *measure_of(s) = Measure::Initial);
    let items = [
        (&*MAINTENANCE, &**DERIVE),
        (&linear, &*LINEAR as &dyn AnyMarket),
        (&forged, &**DERIVE),
        (&*INITIAL, &**DERIVE),
        (&*TAILS, &**DERIVE),
    ]
    .map(|(envelope, market)| BatchItem { envelope, market, submitter: 0 });
    let found = check_batch(&items, &KEYS, NonZeroUsize::MIN).expect("checked");
    let invalid = Err(Invalid::Proof(VerifyError::Invalid));
    assert_eq!(found, [Ok(()), Ok(()), invalid, Ok(()), Ok(())]);
}

/// The desk's place in a ledger, and the secrets of its account there.
fn place() -> (LedgerPlace, zkmargin_params::PlainSecrets) {
    let secret = HolderSecret::new(Fp::from_raw([
        0x9d2c_5680_a3f1_7be4,
        0x61c8_8647_3e0b_d295,
        0xb7e1_5162_8aed_2a6b,
        0x1f83_d9ab_fb41_bd6b,
    ]));
    let venue = venue_field(DERIVE.schedule().venue());
    let mut secrets = secrets();
    secrets.holder_key = field_bytes(&secret.holder_key(venue));
    secrets.serial = 3;
    let siblings = *empty_roots().first_chunk::<DEPTH>().expect("a root per level");
    (LedgerPlace { secret, path: Path { serial: 3, siblings } }, secrets)
}

/// Derive's market after a day on which a strike below all others was listed, and an expiry before all others.
fn after_listings() -> Arc<dyn AnyMarket> {
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    let (mut schedule, mut snapshot) = (json(DERIVE_SCHEDULE), json(DERIVE_SNAPSHOT));
    let list = |value: &Value, name: &str| value[name].as_array().expect("list").clone();
    let named = |list: Vec<Value>, key: &str, name: &Value| {
        list.into_iter().find(|entry| entry[key] == *name).expect("an entry")
    };
    let call = named(list(&schedule, "instruments"), "kind", &json!("call"));
    let group = named(list(&schedule, "groups"), "name", &call["group"]);
    let of_group = named(list(&snapshot, "groups"), "group", &call["group"]);
    let of_call = named(list(&snapshot, "instruments"), "instrument", &call["symbol"]);
    let mut add = |schedule_list: &str, listed: Value, of: Value| {
        schedule[schedule_list].as_array_mut().expect("list").push(listed);
        snapshot[schedule_list].as_array_mut().expect("list").push(of);
    };
    let with = |entry: &Value, members: &[(&str, &str)]| {
        let mut entry = entry.clone();
        members.iter().for_each(|(name, value)| entry[*name] = json!(value));
        entry
    };
    let early = [("name", "early"), ("expiry", "2025-01-03T08:00:00Z")];
    add("groups", with(&group, &early), with(&of_group, &[("group", "early")]));
    let low = with(&call, &[("symbol", "LOW"), ("strike", "900")]);
    add("instruments", low.clone(), with(&of_call, &[("instrument", "LOW")]));
    let soon = with(&low, &[("symbol", "SOON"), ("group", "early")]);
    add("instruments", soon, with(&of_call, &[("instrument", "SOON")]));
    let read = read_schedule(schedule.to_string().as_bytes()).expect("schedule");
    snapshot["schedule"] = json!(read.digest().to_string());
    market(schedule.to_string().as_bytes(), snapshot.to_string().as_bytes())
}

/// Listings and expiries leave a ledger as it is: a place in it serves at a market of the schedule before or after them.
#[test]
fn a_ledger_outlives_listings_and_expiries() {
    let (place, secrets) = place();
    let after = after_listings();
    let (old, new) = (DERIVE.schedule(), after.schedule());
    assert_ne!(new.digest(), old.digest());
    assert_eq!(new.registry_digest(), old.registry_digest());
    new.agrees_on_ids(old).expect("one meaning");
    let committed = secrets.under(&old.registry_digest()).expect("canonical");
    let leaf = old.commitment(&DESK, &committed).expect("leaf");
    let file = AccountFile::from_json(venue!("derive/examples/options.account.json"));
    let account = new.holdings(&file.expect("account")).expect("holdings");
    assert_ne!(account, *DESK, "instruments have other places");
    assert_eq!(*new.restated(&DESK, old).expect("listed"), account);
    assert_eq!(*old.restated(&account, new).expect("listed"), *DESK);
    assert_eq!(new.commitment(&account, &committed).expect("leaf"), leaf);
    let whole = request(&*after, &account, &secrets, "maintenance");
    let request = ProveRequest { membership: Some(&place), ..whole };
    let envelope = prove(&request, &KEYS).expect("healthy").envelope;
    let AccountReference::Ledger { root, .. } = envelope.statement().account else {
        panic!("of a ledger")
    };
    assert_eq!(root, place.path.root(leaf));
    assert_eq!(check(&envelope, &*after), Ok(()));
}

/// An account of a ledger, whose leaves are portfolio accounts.
#[test]
fn an_account_of_a_ledger() {
    let (place, secrets) = place();
    let whole = request(&**DERIVE, &DESK, &secrets, "maintenance");
    let in_ledger = ProveRequest { membership: Some(&place), ..whole };
    let envelope = prove(&in_ledger, &KEYS).expect("healthy").envelope;
    let committed = secrets.under(&DERIVE.registry_digest()).expect("canonical");
    let leaf = DERIVE.schedule().commitment(&DESK, &committed).expect("leaf");
    let AccountReference::Ledger { root, pseudonym, nullifier } = envelope.statement().account
    else {
        panic!("of a ledger")
    };
    assert_eq!(root, place.path.root(leaf));
    // Of the registry of the account: the linear account of one serial has another.
    let scope = scope_field(&envelope.statement().context);
    let of = |registry: RegistryDigest| {
        place.secret.nullifier(digest_to_field(registry.bytes()), 3, scope)
    };
    assert_eq!(nullifier, of(DERIVE.registry_digest()));
    assert_ne!(nullifier, of(LINEAR.schedule().registry_digest()));
    assert_eq!(check(&envelope, &**DERIVE), Ok(()));
    let other = |account| restated(&envelope, |s| s.account = account);
    for account in [
        AccountReference::Ledger { root: leaf.element().into(), pseudonym, nullifier },
        AccountReference::Ledger { root, pseudonym: 5.into(), nullifier },
        AccountReference::Ledger { root, pseudonym, nullifier: 6.into() },
        AccountReference::Ledger {
            root,
            pseudonym,
            nullifier: of(LINEAR.schedule().registry_digest()),
        },
    ] {
        let found = check(&other(account), &**DERIVE).expect_err("forged");
        assert_eq!(found, Invalid::Proof(VerifyError::Invalid));
    }
    let epoch = restated(&envelope, |s| {
        s.context = s.context.clone().of_epoch(std::num::NonZeroU64::new(9));
    });
    let found = check(&epoch, &**DERIVE).expect_err("of another period");
    assert_eq!(found, Invalid::Proof(VerifyError::Invalid));
}

/// A commodity with published arrays: a future short, a call and a put.
#[test]
fn a_commodity_of_a_clearing_house() {
    const SCHEDULE: &[u8] = venue!("takasbank/examples/commodity.schedule.json");
    let market = market(SCHEDULE, venue!("takasbank/examples/commodity.snapshot.json"));
    let schedule = market.schedule().portfolio().expect("portfolio");
    let symbols: Vec<_> = schedule.instruments().iter().map(|i| &*i.symbol).collect();
    let held = |at: usize, size: &str| json!({ "instrument": symbols[at], "size": size, "entry_value": "0" });
    let file = json!({
        "format": "zkmargin-account/1",
        "venue": "takasbank",
        "balances": [{ "asset": "TRY", "balance": "100000" }],
        "positions": [held(0, "-7"), held(1, "-2"), held(2, "3"), held(40, "1"), held(63, "-4")],
    });
    let file = AccountFile::from_json(file.to_string().as_bytes()).expect("account");
    let account = market.schedule().holdings(&file).expect("holdings");
    let secrets = secrets();
    let envelope = prove(&request(&*market, &account, &secrets, "maintenance"), &KEYS);
    let envelope = envelope.expect("healthy").envelope;
    assert_eq!(check(&envelope, &*market), Ok(()));
    let figures =
        margin(&account, portfolio(&*market).market(Requirement::Maintenance).expect("it"));
    assert!(figures.expect("figures").required() > BigInt::from(0));
    let subject = Subject::from(Measure::Initial);
    let none = market.decided(&subject).expect_err("no initial margin");
    assert!(matches!(none, NotDecided::Unknown(_)), "{none}");
}

/// The account with so much of its first balance taken away that nothing of its equity is left.
fn in_debt(account: &Account) -> Account {
    let mut balances = account.balances().to_vec();
    balances[0].balance -= BigInt::from(1) << 64;
    Account::new(account.positions().to_vec(), balances).expect("account")
}

fn deficiency() -> Claim {
    Claim::deficiency(10_000).expect("a level")
}

/// A proof that a level is not met holds where it is demanded, and nowhere is it one of health.
#[test]
fn a_level_that_is_not_met() {
    let (secrets, poor) = (secrets(), in_debt(&DESK));
    let asked = request(&**DERIVE, &poor, &secrets, "maintenance");
    assert!(matches!(prove(&asked, &KEYS), Err(ProveError::NotMet(_))));
    let asked = ProveRequest { claim: deficiency(), ..asked };
    let proof = prove(&asked, &KEYS).expect("deficient").envelope;
    assert_eq!(check(&proof, &**DERIVE), Ok(()));
    let read = Envelope::from_json(proof.to_json().as_bytes()).expect("its twin");
    assert_eq!(read, proof);

    let demanded = |policy: &mut PolicyFile| {
        policy.claim.does_not_meet = true;
        policy.claim.floor = DecimalText::new("none");
    };
    let with = |envelope: &Envelope, change: &dyn Fn(&mut PolicyFile)| {
        let mut policy = policy(envelope, &**DERIVE);
        change(&mut policy);
        decided(envelope, &**DERIVE, policy)
    };
    let shown = with(&proof, &demanded);
    assert_eq!(*shown.verdict(), Verdict::DoesNotMeet);
    assert!(!shown.is_valid());
    let json = shown.json();
    assert_eq!((&json["valid"], &json["code"]), (&json!(false), &json!("DoesNotMeet")));
    let text = shown.lines().join("\n");
    assert!(text.starts_with("DOES NOT MEET: "), "{text}");
    let said =
        "claim: equity does not cover 10000 bp of maintenance margin of the portfolio account";
    assert!(text.lines().any(|line| line == said) && !text.contains("VALID"), "{text}");
    assert!(text.contains("; nothing about later deposits, "), "{text}");

    // Neither of the two stands in for the other.
    for (envelope, change) in [(&proof, None), (&*MAINTENANCE, Some(&demanded))] {
        let found = with(envelope, &|policy| change.into_iter().for_each(|change| change(policy)));
        assert_eq!(found.verdict().code(), Some("PolicyDoesNotMeet"));
    }
    // Nor under a policy that pins nothing.
    let found = with(&proof, &|policy| {
        demanded(policy);
        (policy.market.pinned, policy.account) = (None, None);
    });
    assert!(matches!(found.verdict(), Verdict::NotAnchored { .. }));
    // A level above one that is not met is not met either, and one below it may be.
    let level = |bps: &'static str| {
        move |policy: &mut PolicyFile| {
            demanded(policy);
            policy.claim.level = bps.to_owned();
        }
    };
    assert_eq!(*with(&proof, &level("12500")).verdict(), Verdict::DoesNotMeet);

    // The statement is bound to its direction.
    for (envelope, claim) in [(&proof, Claim::margin()), (&*MAINTENANCE, deficiency())] {
        let forged = restated(envelope, |s| s.claim = claim);
        assert_eq!(check(&forged, &**DERIVE), Err(Invalid::Proof(VerifyError::Invalid)));
    }
    // A healthy account has no such proof, and says nothing else of itself.
    let healthy =
        ProveRequest { claim: deficiency(), ..request(&**DERIVE, &DESK, &secrets, "maintenance") };
    let refused = prove(&healthy, &KEYS).expect_err("healthy");
    assert!(matches!(refused, ProveError::NotDeficient) && refused.depends_on_account());
    assert_eq!(refused.code(), "ClaimNotMet");
    let off = Claim::deficiency(9_999).expect("a level");
    let off = ProveRequest { claim: off, ..healthy };
    assert!(matches!(prove(&off, &KEYS), Err(ProveError::OffMenu { level_bps: 9_999 })));
}

/// Where the requirement is an upper bound only, where no single comparison says it, and of a stress.
#[test]
fn a_level_that_cannot_be_said_not_to_be_met() {
    let stressed = restated(&TAILS, |s| s.claim = deficiency());
    assert_eq!(check(&stressed, &**DERIVE).expect_err("a stress").code(), "InvalidOffMenu");
    let subject = Subject::from(measure("stress:tails"));
    let found = DERIVE.schedule().decides_deficiency(&subject);
    assert_eq!(found, Err(NoDeficiency::Stress));

    // What Takasbank's schedule leaves out lowers what the house would ask for.
    let market = market(
        venue!("takasbank/examples/commodity.schedule.json"),
        venue!("takasbank/examples/commodity.snapshot.json"),
    );
    let file = AccountFile::from_json(venue!("takasbank/examples/commodity.account.json"));
    let account = market.schedule().holdings(&file.expect("account")).expect("holdings");
    let (secrets, poor) = (secrets(), in_debt(&account));
    let asked = request(&*market, &poor, &secrets, "maintenance");
    let asked = ProveRequest { claim: deficiency(), ..asked };
    let refused = prove(&asked, &KEYS).expect_err("an upper bound");
    assert!(matches!(refused, ProveError::NoDeficiency(NoDeficiency::LeftOut(_))), "{refused}");
    assert!(!refused.depends_on_account() && refused.to_string().contains("leaves out"));
    let mut policy = PolicyFile::least("test");
    policy.market.pinned = Some(market.digest().to_string());
    policy.claim.does_not_meet = true;
    policy.claim.floor = DecimalText::new("none");
    let found = decided(&MAINTENANCE, &*market, policy);
    assert_eq!(found.verdict().code(), Some("DeficiencyLeftOut"));

    // All books together.
    let isolated = zkmargin_model::rule::Isolated::Compared;
    let books = zkmargin_model::rule::Books { isolated, ..LINEAR.market().books() };
    let found = (LINEAR.schedule() as &dyn AnySchedule).decides_deficiency(&books.into());
    assert_eq!(found, Err(NoDeficiency::IsolatedPositions));
}

/// The same of a linear account.
#[test]
fn a_level_that_a_linear_account_does_not_meet() {
    let file = AccountFile::from_json(crate::support::example!("account")).expect("account");
    let account = in_debt(&file.holdings(LINEAR.schedule()).expect("account"));
    let (secrets, subject) = (secrets(), LINEAR.market().books().into());
    let asked = request(&*LINEAR, &account, &secrets, "maintenance");
    let asked = ProveRequest { subject, claim: deficiency(), ..asked };
    let proof = prove(&asked, &KEYS).expect("deficient").envelope;
    assert_eq!(check(&proof, &*LINEAR), Ok(()));
    let forged = restated(&proof, |s| s.claim = Claim::margin());
    assert_eq!(check(&forged, &*LINEAR), Err(Invalid::Proof(VerifyError::Invalid)));
    let mut demands = policy(&proof, &*LINEAR);
    assert_eq!(
        decided(&proof, &*LINEAR, demands.clone()).verdict().code(),
        Some("PolicyDoesNotMeet")
    );
    demands.claim.does_not_meet = true;
    demands.claim.floor = DecimalText::new("none");
    assert_eq!(*decided(&proof, &*LINEAR, demands.clone()).verdict(), Verdict::DoesNotMeet);
    demands.claim.floor = DecimalText::new("0");
    assert_eq!(Demands::new(demands).expect_err("a floor").pointer, "/claim/floor");
}
