//! A venue with a ledger of linear and one of portfolio accounts in one epoch: each is audited, by one manifest or by its
//! own, and neither contradicts the other. The holder of the first account of one has the first of the other.

use crate::support::*;
use serde_json::{Value, json};
use std::sync::LazyLock;
use zkmargin_audit::{Exception, ExceptionKind, Rules, Verdict};
use zkmargin_model::envelope::Envelope;
use zkmargin_notes::{Body, SnapshotNote};
use zkmargin_params::{ErrorCode, read_schedule};
use zkmargin_pool::{Options, auditor_key, venue_key};

static OPTIONS: LazyLock<Options> = LazyLock::new(|| Options::of("binance").expect("options"));
static PROOF: LazyLock<Envelope> = LazyLock::new(|| OPTIONS.prove(&KEYS).expect("healthy"));

fn signed(body: &impl Body) -> Vec<u8> {
    body.sign(&venue_key().expect("key")).expect("note").to_text().into_bytes()
}

/// Files of both ledgers, with the manifest of the linear one.
fn linear() -> Case {
    let mut case = Case::new();
    case.files.extend(OPTIONS.evidence().expect("evidence"));
    case.files.insert("proofs/options.zkm".to_owned(), PROOF.encode());
    case
}

/// The same files, with the manifest of the portfolio ledger.
fn portfolio() -> Case {
    let manifest = OPTIONS.manifest().expect("manifest");
    Case { manifest, due: OPTIONS.due(), ..linear() }
}

/// The same files, with one manifest of both ledgers: the linear one's periods come first.
fn both() -> Case {
    let (mut case, options) = (linear(), portfolio());
    let periods = case.manifest["periods"].as_array_mut().expect("periods");
    periods.extend(options.manifest["periods"].as_array().expect("periods").clone());
    let (_, rows) = options.due.split_once('\n').expect("a header");
    case.due.push_str(rows);
    case
}

fn kinds(exceptions: &[Exception]) -> Vec<(&'static str, u64)> {
    exceptions.iter().map(|e| (e.kind.code(), e.epoch)).collect()
}

#[test]
fn each_ledger_is_complete_beside_the_other() {
    let account = |proof: &Envelope| proof.statement().account;
    let twin = envelope(&linear().files, 1, 0);
    assert_eq!(account(&twin).pseudonym(), account(&PROOF).pseudonym());
    // Equal holder, serial, audience, purpose and epoch; two accounts.
    assert_ne!(account(&twin).nullifier(), account(&PROOF).nullifier());

    let (findings, exceptions) = linear().findings();
    assert_eq!((exceptions, findings.verdict), (vec![], Verdict::Complete));
    assert_eq!((findings.statuses["valid"], findings.statuses["outside"]), (8, 1));
    let period = &findings.periods[0];
    assert_eq!((period.ledger_size, period.enrolled, period.shown), (Some(4), 4, 4));

    let (findings, exceptions) = portfolio().findings();
    assert_eq!((exceptions, findings.verdict), (vec![], Verdict::Complete));
    assert_eq!((findings.statuses["valid"], findings.statuses["outside"]), (1, 8));
    let period = &findings.periods[0];
    assert_eq!((period.ledger_size, period.enrolled, period.shown), (Some(1), 1, 1));
    let [evidence] = &period.evidence[..] else { panic!("{:?}", period.evidence) };
    assert!(evidence.rules.contains("portfolio"), "{}", evidence.rules);
}

/// One manifest has a period of each registry in one epoch. What is due, shown and stated is counted apart.
#[test]
fn one_manifest_of_both_ledgers() {
    let (findings, exceptions) = both().findings();
    assert_eq!((exceptions, findings.verdict), (vec![], Verdict::Complete));
    assert_eq!((findings.statuses["valid"], findings.shown), (9, 9));
    let of_registry = |registry: String| {
        let of = |p: &&zkmargin_audit::PeriodFindings| p.registry == registry && p.epoch == 1;
        let found = findings.periods.iter().find(of).expect("a period");
        (found.ledger_size, found.enrolled, found.due, found.shown, found.proofs["valid"])
    };
    let linear_registry = epoch(1).market.registry_digest().to_string();
    assert_eq!(of_registry(linear_registry.clone()), (Some(4), 4, 4, 4, 4));
    let registry = OPTIONS.market.registry_digest().to_string();
    assert_eq!(of_registry(registry.clone()), (Some(1), 1, 1, 1, 1));

    // The holder of both accounts has shown the linear one alone: the other is missing, by its registry.
    let mut case = both();
    case.files.remove("proofs/options.zkm");
    let ready = case.ready();
    let (count, first) = ready.store.missing(&ready.expected, 10).expect("missing");
    assert_eq!((count, first[0].registry.to_string()), (1, registry.clone()));
    let (findings, exceptions) = ready.findings();
    assert_eq!(kinds(&exceptions), [("missing", 1)]);
    assert_eq!((&exceptions[0].registry, findings.verdict), (&registry, Verdict::Incomplete));

    // Two ledgers of the linear registry are one contradiction, said in its own period.
    let mut case = both();
    let mut ledger = epoch(1).checkpoint();
    ledger.size += 1;
    case.files.insert("evidence/other-checkpoint.note".to_owned(), signed(&ledger));
    let (_, exceptions) = case.findings();
    assert_eq!(kinds(&exceptions), [("contradiction", 1)]);
    assert_eq!(exceptions[0].registry, linear_registry);

    // A period twice.
    let mut case = both();
    let again = case.manifest["periods"][0].clone();
    case.manifest["periods"].as_array_mut().expect("periods").push(again);
    let error = Rules::from_json(case.manifest.to_string().as_bytes()).expect_err("twice");
    assert_eq!(error.code, ErrorCode::DuplicateId);
}

/// A venue's registries can have a policy each: other claims, prices and keys. One that names no registry is of the others.
#[test]
fn a_policy_of_each_ledger() {
    let registry = OPTIONS.market.registry_digest().to_string();
    let named = |case: &mut Case| {
        let mut policy = case.manifest["policies"][0].clone();
        policy["market"]["registry"] = json!(registry);
        case.manifest["policies"].as_array_mut().expect("policies").push(policy);
    };
    let mut case = both();
    named(&mut case);
    let (findings, exceptions) = case.findings();
    assert_eq!((exceptions, findings.verdict), (vec![], Verdict::Complete));
    assert_eq!(findings.statuses["valid"], 9);

    // What one demands it demands of its registry alone.
    for (at, wrong) in [(0, 8), (1, 1)] {
        let mut case = both();
        named(&mut case);
        case.manifest["policies"][at]["claim"]["level"] = json!("20000");
        let (findings, exceptions) = case.findings();
        assert_eq!(
            (findings.statuses["wrong-rule"], findings.statuses["valid"]),
            (wrong, 9 - wrong)
        );
        let is_of = |e: &&Exception| (e.registry == registry) == (at == 1);
        assert_eq!(exceptions.iter().filter(is_of).count(), exceptions.len());
    }

    // A key that the other policy trusts signs nothing of this registry, and contradicts nobody there.
    let mut case = both();
    named(&mut case);
    let other = auditor_key().expect("key");
    let entry = &mut case.manifest["policies"][1]["keys"][0];
    entry["name"] = json!(other.verifier().name());
    entry["key"] = json!(other.verifier().to_text());
    let code = |case: &Case| {
        let (findings, exceptions) = case.findings();
        let of = exceptions.iter().find(|e| e.kind == ExceptionKind::EvidenceMissing);
        (findings.statuses["valid"], of.map(|e| e.code.clone()).unwrap_or_default())
    };
    assert_eq!(code(&case), (8, "KeyUnknown".to_owned()));
    let mut marks = SnapshotNote::of(&*OPTIONS.market);
    marks.snapshot = [7; 32].into();
    case.files.insert("evidence/options-other.note".to_owned(), signed(&marks));
    let contradictions = |case: &Case| {
        let (_, exceptions) = case.findings();
        exceptions.iter().filter(|e| e.kind == ExceptionKind::Contradiction).count()
    };
    assert_eq!(contradictions(&case), 0);
    let sign = |body: &SnapshotNote| body.sign(&other).expect("note").to_text().into_bytes();
    for (name, body) in [("a", &marks), ("b", &SnapshotNote::of(&*OPTIONS.market))] {
        case.files.insert(format!("evidence/options-{name}.note"), sign(body));
    }
    assert_eq!(contradictions(&case), 1);

    // A registry without a policy, and two policies of one.
    let read = |case: &Case| Rules::from_json(case.manifest.to_string().as_bytes());
    let mut case = both();
    case.manifest["policies"][0]["market"]["registry"] = json!(registry);
    assert_eq!(read(&case).expect_err("no policy").code, ErrorCode::BadText);
    named(&mut case);
    assert_eq!(read(&case).expect_err("twice").code, ErrorCode::DuplicateName);

    // A policy that no period is of, which would leave its registry to the other one.
    let mut case = both();
    named(&mut case);
    case.manifest["policies"][1]["market"]["registry"] = json!("00".repeat(32));
    let error = read(&case).expect_err("no period");
    assert_eq!((error.code, &*error.pointer), (ErrorCode::BadText, "/policies/1/market/registry"));
}

/// One policy covers the prices of both: what a schedule does not list is passed over, and what it lists must be declared.
#[test]
fn one_policy_covers_the_prices_of_both_ledgers() {
    let symbols = |name: &str, list: &str, of: &str| -> Vec<String> {
        let files = both().files;
        let file: Value = serde_json::from_slice(&files[name]).expect("JSON");
        let entries = file[list].as_array().expect("list").iter();
        entries.map(|entry| entry[of].as_str().expect("name").to_owned()).collect()
    };
    let of_options = |list: &str, of: &str| symbols("evidence/options-snapshot.json", list, of);
    let uncovered = |with_options: bool| {
        let mut instruments = symbols("evidence/schedule.json", "instruments", "symbol");
        let mut assets = symbols("evidence/schedule.json", "assets", "symbol");
        if with_options {
            instruments.extend(symbols("evidence/options.json", "instruments", "symbol"));
            assets.extend(symbols("evidence/options.json", "assets", "symbol"));
        }
        assets.sort_unstable();
        assets.dedup();
        let [indices, forwards] = [of_options("indices", "index"), of_options("groups", "group")];
        json!({"instruments": instruments, "assets": assets, "indices": indices, "forwards": forwards})
    };
    let valid = |with_options: bool| {
        let mut case = both();
        case.manifest["policies"][0]["prices"] = json!({
            "max_deviation_bps": 50, "max_skew_ms": 1000, "min_keys": 1, "sources": [],
            "cover": [], "uncovered": uncovered(with_options),
        });
        case.findings().0.statuses["valid"]
    };
    assert_eq!((valid(true), valid(false)), (9, 8));
}

/// What is wrong within one registry is found as before.
#[test]
fn each_registry_can_contradict_itself() {
    let mut ledger = OPTIONS.checkpoint();
    ledger.size = 2;
    let mut marks = SnapshotNote::of(&*OPTIONS.market);
    marks.snapshot = [7; 32].into();
    let mut enrolment = OPTIONS.enrolment();
    enrolment.accounts = 2;
    for (note, found) in [
        (signed(&ledger), ("contradiction", 1)),
        (signed(&marks), ("contradiction", 0)),
        (signed(&enrolment), ("enrolment", 1)),
    ] {
        let mut case = portfolio();
        case.files.insert("evidence/options-other.note".to_owned(), note);
        let (findings, exceptions) = case.findings();
        assert_eq!(kinds(&exceptions), [found]);
        assert_eq!(findings.verdict, Verdict::Incomplete);
        let reason = &exceptions[0].reason;
        let registry = OPTIONS.market.registry_digest().to_string();
        assert!(found.0 == "enrolment" || reason.contains(&registry), "{reason}");
    }
}

/// Loadings are derived at no snapshot that no trusted key has signed. This one's cannot be, which is said only of a
/// signed one: a forward past what the algorithm takes.
#[test]
fn nothing_is_derived_of_a_snapshot_that_nobody_signed() {
    let mut case = portfolio();
    let name = "evidence/options-snapshot.json";
    let mut snapshot: Value = serde_json::from_slice(&case.files[name]).expect("JSON");
    snapshot["groups"][0]["forward"] = json!("2000000000000");
    let bytes = snapshot.to_string().into_bytes();
    let schedule = read_schedule(&case.files["evidence/options.json"]).expect("schedule");
    assert!(schedule.at(&bytes).is_err());
    let digest = schedule.name_of(&bytes).expect("well-formed").digest;
    case.files.insert(name.to_owned(), bytes);
    let mut statement = PROOF.statement().clone();
    statement.snapshot_digest = digest;
    let proof = Envelope::new(statement, PROOF.proof().to_vec()).expect("well-formed");
    case.files.insert("proofs/options.zkm".to_owned(), proof.encode());
    let mut note = SnapshotNote::of(&*OPTIONS.market);
    note.snapshot = digest;
    let code = |note: Option<Vec<u8>>| {
        let mut case = Case { files: case.files.clone(), ..portfolio() };
        case.files.remove("evidence/options-snapshot.note");
        case.files.extend(note.map(|note| ("evidence/options-snapshot.note".to_owned(), note)));
        let (_, exceptions) = case.findings();
        let of_proof = exceptions.into_iter().find(|e| e.kind == ExceptionKind::EvidenceMissing);
        of_proof.expect("an exception").code
    };
    assert_eq!(code(None), "EvidenceMissing");
    let by_another = note.sign(&auditor_key().expect("key")).expect("note");
    assert_eq!(code(Some(by_another.to_text().into_bytes())), "KeyUnknown");
    assert_eq!(code(Some(signed(&note))), "SnapshotMissing");
}

/// The notes of one registry serve no proof about an account of the other.
#[test]
fn notes_of_the_other_registry() {
    // The linear ledger's root and size under the portfolio registry, and the reverse.
    let linear_ledger = epoch(1).checkpoint();
    let mut ledger = OPTIONS.checkpoint();
    ledger.registry = linear_ledger.registry;
    let mut case = portfolio();
    case.files.insert("evidence/options-checkpoint.note".to_owned(), signed(&ledger));
    let (findings, exceptions) = case.findings();
    assert_eq!((findings.shown, findings.periods[0].ledger_size), (0, None));
    let kinds = kinds(&exceptions);
    assert!(kinds.contains(&("missing", 1)) && kinds.contains(&("population", 1)), "{kinds:?}");
    // Two of one epoch under the linear registry contradict each other, in whichever audit they are read.
    assert!(kinds.contains(&("contradiction", 1)), "{kinds:?}");

    // An enrolment of the portfolio ledger does not count linear accounts.
    let mut case = linear();
    let mut enrolment = OPTIONS.enrolment();
    enrolment.accounts = 3;
    case.files.insert("evidence/options-enrolment.note".to_owned(), signed(&enrolment));
    assert_eq!(case.findings().1, []);

    // A proof that names the period's schedule and the other's registry is not the period's.
    let mut statement = envelope(&linear().files, 1, 1).statement().clone();
    statement.registry_digest = OPTIONS.market.registry_digest();
    let proof = envelope(&linear().files, 1, 1).proof().to_vec();
    let proof = Envelope::new(statement, proof).expect("well-formed");
    let mut case = linear();
    case.files.insert("proofs/registry.zkm".to_owned(), proof.encode());
    let (findings, exceptions) = case.findings();
    assert_eq!((exceptions.len(), findings.shown), (1, 8));
    assert_ne!(findings.verdict, Verdict::Incomplete);

    // Another schedule is in force in the period: the ledger is the same.
    let mut case = portfolio();
    case.manifest["periods"][0]["schedule"] = json!("11".repeat(32));
    let (findings, exceptions) = case.findings();
    assert_eq!((findings.verdict, findings.periods[0].ledger_size), (Verdict::Incomplete, Some(1)));
    assert!(exceptions.iter().any(|e| e.code == "PolicySchedule"));

    // Nobody has signed a ledger of the period's registry.
    let mut case = portfolio();
    let registry = case.manifest["periods"][0]["registry"].as_str().expect("text").to_owned();
    case.manifest["periods"][0]["registry"] = json!("11".repeat(32));
    case.due = case.due.replace(&registry, &"11".repeat(32));
    let (findings, _) = case.findings();
    assert_eq!((findings.verdict, findings.periods[0].ledger_size), (Verdict::Incomplete, None));
}
