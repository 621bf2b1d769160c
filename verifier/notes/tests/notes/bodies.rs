//! Every body has one text, and every text at most one body.

use crate::support::*;
use proptest::prelude::*;
use zkmargin_model::field::digest_to_field;
use zkmargin_model::names::{NameError, check_name};
use zkmargin_notes::{
    AttestationNote, Body, BodyError, BodyProblem, Checkpoint, EnrolmentNote, KeySet,
    LedgerCheckpoint, ManifestNote, Note, ReconciliationNote, ReportNote, ScheduleNote, SignError,
    SignerKey, SnapshotNote, SourceNote, VerifierKey,
};

/// The order of the Pallas base field, least byte first: the least number that is no element.
const ORDER: &str = "01000000ed302d991bf94c09fc98462200000000000000000000000000000040";

fn round_trip<T: Body>(body: &T) {
    let text = body.to_text();
    assert_eq!(T::parse(&text).as_ref(), Ok(body), "{text}");
    // One text per body: every line has its place, and none may be added or left out.
    let lines: Vec<_> = text.lines().collect();
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(at);
        assert!(T::parse(&(fewer.join("\n") + "\n")).is_err(), "without line {at} of {text}");
        let mut repeated = lines.clone();
        repeated.insert(at, lines[at]);
        assert!(T::parse(&(repeated.join("\n") + "\n")).is_err(), "line {at} twice in {text}");
        if at > 0 {
            let mut swapped = lines.clone();
            swapped.swap(at - 1, at);
            assert!(T::parse(&(swapped.join("\n") + "\n")).is_err(), "lines swapped in {text}");
        }
    }
    for wrong in [
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!("{text}more\n"),
        text.replace('\n', "\r\n"),
        text.replacen(' ', "  ", 1),
        text.replacen('\n', " \n", 1),
        format!(" {text}"),
        String::new(),
    ] {
        assert!(T::parse(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn examples_round_trip() {
    round_trip(&schedule_note());
    round_trip(&snapshot_note());
    round_trip(&checkpoint());
    round_trip(&enrolment());
    round_trip(&attestation());
    round_trip(&manifest_note());
    round_trip(&reconciliation());
}

/// Like other bodies, but that a report may have fewer files.
#[test]
fn reports_round_trip() {
    let report = report_note();
    let text = report.to_text();
    assert_eq!(ReportNote::parse(&text), Ok(report));
    for wrong in [
        text.replace("file report", "file a"),
        text.replace("report.html", "exceptions.csv"),
        text.replacen("sha256", "md5", 1),
        format!("{text}more\n"),
        text.replace("verdict", "opinion"),
    ] {
        assert!(ReportNote::parse(&wrong).is_err(), "{wrong}");
    }
    let files = (0..65u8).map(|n| (format!("{n:03}"), [n; 32])).collect();
    let many = ReportNote { files, ..report_note() };
    assert!(ReportNote::parse(&many.to_text()).is_err());
}

#[test]
fn kinds_do_not_mix() {
    let texts = [
        schedule_note().to_text(),
        snapshot_note().to_text(),
        checkpoint().to_text(),
        enrolment().to_text(),
        attestation().to_text(),
        source_note().to_text(),
        manifest_note().to_text(),
        report_note().to_text(),
        reconciliation().to_text(),
    ];
    for (at, text) in texts.iter().enumerate() {
        let read = [
            ScheduleNote::parse(text).is_ok(),
            SnapshotNote::parse(text).is_ok(),
            LedgerCheckpoint::parse(text).is_ok(),
            EnrolmentNote::parse(text).is_ok(),
            AttestationNote::parse(text).is_ok(),
            SourceNote::parse(text).is_ok(),
            ManifestNote::parse(text).is_ok(),
            ReportNote::parse(text).is_ok(),
            ReconciliationNote::parse(text).is_ok(),
        ];
        assert_eq!(read.iter().position(|ok| *ok), Some(at));
        assert_eq!(read.iter().filter(|ok| **ok).count(), 1);
    }
    let later = schedule_note().to_text().replace("/v1", "/v2");
    let problem = BodyProblem::Kind("zkmargin/schedule/v1");
    assert_eq!(ScheduleNote::parse(&later), Err(BodyError { line: 1, problem }));
}

/// Replaces a line, counted from 1, and gives the error.
fn changed<T: Body>(body: &T, line: usize, new: &str) -> BodyError {
    let text = body.to_text();
    let mut lines: Vec<_> = text.lines().collect();
    lines[line - 1] = new;
    T::parse(&(lines.join("\n") + "\n")).expect_err(new)
}

#[test]
fn what_is_wrong_and_where() {
    use BodyProblem::*;
    let at = |line, problem| BodyError { line, problem };
    let note = snapshot_note();
    for bad in [
        "sequence 05",
        "sequence -1",
        "sequence +1",
        "sequence ",
        "sequence 1 ",
        "sequence 18446744073709551616",
        "sequence 1e3",
    ] {
        assert_eq!(changed(&note, 4, bad), at(4, Integer), "{bad}");
    }
    assert_eq!(changed(&note, 4, "Sequence 5"), at(4, Field("sequence")));
    assert_eq!(changed(&note, 4, "sequence"), at(4, Field("sequence")));
    assert_eq!(changed(&note, 5, "time 5"), at(5, Field("time-ms")));
    let hex = "ab".repeat(32);
    for bad in [hex.to_uppercase(), hex[2..].to_owned(), format!("{hex}00"), "zz".repeat(32)] {
        assert_eq!(changed(&note, 7, &format!("registry {bad}")), at(7, Hex), "{bad}");
    }
    assert_eq!(changed(&note, 8, &format!("schedule {hex}")), at(10, Market));
    assert_eq!(changed(&note, 9, &format!("snapshot {hex}")), at(10, Market));
    assert_eq!(changed(&note, 10, &format!("market {hex}")), at(10, Market));
    for bad in
        ["", " a", "a ", "a\u{200b}b", "a\tb", "a\u{7f}", "\u{202e}ecnanib", &"x".repeat(513)]
    {
        let name = |line| at(line, Name(check_name(bad, 128).expect_err("no name")));
        assert_eq!(changed(&note, 2, &format!("venue {bad}")), name(2), "{bad:?}");
        assert_eq!(changed(&attestation(), 6, &format!("checked {bad}")), at(6, Text), "{bad:?}");
        if !bad.is_empty() {
            assert_eq!(changed(&checkpoint(), 1, bad), name(1), "{bad:?}");
        }
    }
    let ledger = checkpoint();
    assert_eq!(changed(&ledger, 2, "0100000"), at(2, Integer));
    let range = changed(&ledger, 2, "4294967297");
    assert!(matches!(range, BodyError { line: 2, problem: Range(_) }), "{range}");
    assert_eq!(changed(&ledger, 3, "YWJj"), at(3, Base64));
    // The field's order, in base64.
    let order = "AQAAAO0wLZkb+UwJ/JhGIgAAAAAAAAAAAAAAAAAAAEA=";
    assert_eq!(changed(&ledger, 3, order), at(3, NonCanonical));
    assert_eq!(changed(&enrolment(), 5, &format!("pseudonym {ORDER}")), at(5, NonCanonical));
    assert_eq!(changed(&attestation(), 4, &format!("commitment {ORDER}")), at(4, NonCanonical));
    for error in [
        changed(&ledger, 4, "epoch 0"),
        changed(&enrolment(), 3, "epoch 0"),
        changed(&enrolment(), 6, "accounts 0"),
    ] {
        assert!(matches!(error.problem, Range(_)), "{error}");
    }
}

/// What a schedule computes has one text: every requirement once, in one order.
#[test]
fn requirements_of_snapshot_notes() {
    use BodyProblem::*;
    let at = |line, problem| BodyError { line, problem };
    let note = snapshot_note();
    for bad in ["", "Maintenance", "margin", "close out", "maintenance ", "maintenance initial"] {
        let line = format!("requirement {bad}");
        assert_eq!(changed(&note, 3, &line), at(3, Requirement), "{bad}");
    }
    assert_eq!(changed(&note, 3, "requirements initial"), at(3, Field("requirement")));
    let none = SnapshotNote { requirements: Vec::new(), ..note.clone() };
    assert!(matches!(none.sign(&venue()), Err(SignError::Body(_))));
    let all = SnapshotNote { requirements: zkmargin_params::Requirement::ALL.to_vec(), ..note };
    let text = all.to_text();
    assert!(text.contains(
        "\nrequirement maintenance\nrequirement initial\nrequirement fill\nrequirement close-out\nrequirement liquidation-end\nsequence "
    ));
    assert_eq!(SnapshotNote::parse(&text), Ok(all.clone()));
    for repeated in ["requirement maintenance", "requirement close-out"] {
        assert!(matches!(changed(&all, 4, repeated).problem, Order), "{repeated}");
    }
    let reversed = all.requirements.iter().rev().copied().collect();
    let reversed = SnapshotNote { requirements: reversed, ..all };
    assert!(matches!(reversed.sign(&venue()), Err(SignError::Body(_))));
}

/// A new secret: one line more, and never the same pseudonym.
#[test]
fn enrolments_that_replace() {
    let replaces = digest_to_field(&[0x63; 32]).into();
    let note = EnrolmentNote { replaces: Some(replaces), ..enrolment() };
    assert_eq!(EnrolmentNote::parse(&note.to_text()), Ok(note.clone()));
    assert_ne!(note.to_text(), enrolment().to_text());
    let itself = EnrolmentNote { replaces: Some(note.pseudonym), ..note };
    assert!(matches!(itself.sign(&venue()), Err(SignError::Body(_))));
}

/// A source note's lists have one order, and its numbers one text.
#[test]
fn source_notes() {
    let note = source_note();
    assert_eq!(SourceNote::parse(&note.to_text()), Ok(note.clone()));
    let own = SourceNote { imported: None, ..note.clone() };
    assert_eq!(SourceNote::parse(&own.to_text()), Ok(own));
    assert_eq!(note.price("ETH").map(|p| p.price.to_string()), Some("3486.95203485".to_owned()));
    assert_eq!(note.price("SOL"), None);
    use BodyProblem::*;
    let at = |line, problem| BodyError { line, problem };
    assert_eq!(changed(&note, 2, "source "), at(2, Name(NameError::Empty)));
    assert_eq!(changed(&note, 3, "message 00"), at(3, Hex));
    // Signers and prices sorted, each once.
    let signer = "signer 0x51ce04be4b3e32572c4ec9135221d0691ba7d202";
    assert_eq!(changed(&note, 5, signer), at(5, Order));
    assert_eq!(changed(&note, 4, "signer 0xff"), at(5, Order));
    assert_eq!(changed(&note, 7, "price 1 1 BTC"), at(7, Order));
    assert_eq!(changed(&note, 7, "price 1 1 BTB"), at(7, Order));
    for bad in ["01.5", "1.50", "1.0", "-0", "+1", "1e3", ".5", "1.", ""] {
        assert_eq!(changed(&note, 6, &format!("price 1 {bad} BTC")), at(6, Decimal), "{bad}");
    }
    assert_eq!(changed(&note, 6, "price 01 1 BTC"), at(6, Integer));
    assert_eq!(changed(&note, 6, "price 1 1"), at(6, Text));
    assert_eq!(changed(&note, 6, "price 1 1  BTC"), at(6, Text));
    // A message without a place for it, and a signer without a message.
    assert!(changed(&note, 3, "signer 0x00").line > 2);
    // A price source's key does not sign for a venue, nor the reverse.
    assert!(
        keys().open::<SourceNote>(note.sign(&venue()).unwrap().to_text().as_bytes(), NOW).is_err()
    );
}

/// Fields of a body are public; what cannot be read back is not signed.
#[test]
fn what_cannot_be_read_is_not_signed() {
    let signer = venue();
    let mut note = snapshot_note();
    note.venue = "binance\nsequence 1".to_owned();
    assert!(matches!(note.sign(&signer), Err(SignError::Body(_))));
    let mut note = checkpoint();
    note.origin = String::new();
    assert!(matches!(note.sign(&signer), Err(SignError::Body(_))));
    note = checkpoint();
    note.size = (1 << 32) + 1;
    assert!(matches!(note.sign(&signer), Err(SignError::Body(_))));
    let mut note = attestation();
    note.checked = "a\nb".to_owned();
    assert!(matches!(note.sign(&signer), Err(SignError::Body(_))));
    assert!(matches!(snapshot_note().sign(&witness()), Err(SignError::Kind { .. })));
}

#[test]
fn notes_speak_of_their_files() {
    let market = market();
    let (schedule, snapshot) = (schedule_note(), snapshot_note());
    assert_eq!(schedule.check(market.schedule()), Ok(()));
    assert_eq!(snapshot.check(&market), Ok(()));
    assert_eq!(snapshot.market(), market.digest());
    let mut other = snapshot.clone();
    other.instruments += 1;
    let mismatch = other.check(&market).unwrap_err();
    assert_eq!(mismatch.note, format!("instruments {}", other.instruments));
    assert_eq!(mismatch.file, format!("instruments {}", snapshot.instruments));
    // What it says of its schedule is compared wherever the schedule is, with a snapshot or without.
    use zkmargin_params::Requirement::{CloseOut, Initial, Maintenance};
    assert_eq!(snapshot.check_schedule(market.schedule()), Ok(()));
    for requirements in [vec![Initial], vec![Maintenance, Initial], vec![CloseOut]] {
        let other = SnapshotNote { requirements, ..snapshot.clone() };
        for mismatch in [other.check(&market), other.check_schedule(market.schedule())] {
            let mismatch = mismatch.unwrap_err();
            let said = format!("{} / {}", mismatch.note, mismatch.file);
            assert!(said.contains("requirement "), "{said}");
        }
        assert_eq!(other.described_by(market.schedule()), snapshot);
    }
    let other = SnapshotNote { registry: [1; 32].into(), ..snapshot.clone() };
    assert!(other.check_schedule(market.schedule()).is_err());
    let mut other = schedule;
    other.schedule = [1; 32].into();
    assert!(other.check(market.schedule()).is_err());
}

#[test]
fn a_ledger_checkpoint_is_a_checkpoint() {
    let (ledger, text) = (checkpoint(), checkpoint().to_text());
    let any = Checkpoint::parse(&text).unwrap();
    assert_eq!((any.origin, any.size), (ledger.origin, ledger.size));
    assert_eq!(any.extensions.len(), 4);
    assert_eq!(Checkpoint::parse(&text).unwrap().to_text(), text);
    for bad in ["", "a\n", "a\n1\n", "\n1\nAAAA\n", "a\n01\nAAAA\n", "a\n1\nAAAA\n"] {
        assert!(Checkpoint::parse(bad).is_err(), "{bad:?}");
    }
    assert!(Checkpoint::parse(&format!("{text}\n")).is_err());
    assert!(Checkpoint::parse(&format!("{text}\nmore\n")).is_err());
}

fn shown() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9é.,/:-]{1,8}( [a-zA-Z0-9é.,/:-]{1,8}){0,4}"
}

/// A text near the examples: one of them with a few characters changed.
fn near() -> impl Strategy<Value = String> {
    let texts: Vec<_> = examples().iter().map(|(_, note)| note.to_text()).collect();
    let edits =
        proptest::collection::vec((any::<prop::sample::Index>(), any::<char>(), 0..3), 0..4);
    (prop::sample::select(texts), edits, any::<bool>()).prop_map(|(text, edits, with_notes)| {
        let mut chars: Vec<_> = text.chars().collect();
        if !with_notes {
            let end = text.rfind("\n\n").map_or(chars.len(), |i| text[..=i].chars().count());
            chars.truncate(end);
        }
        for (at, new, how) in edits {
            let at = at.index(chars.len());
            match how {
                0 => chars[at] = new,
                1 => chars.insert(at, '\n'),
                _ => {
                    chars.remove(at);
                }
            }
        }
        chars.into_iter().collect()
    })
}

fn same<T: Body>(text: &str) {
    if let Ok(body) = T::parse(text) {
        assert_eq!(body.to_text(), text);
    }
}

fn identity(text: &str) {
    same::<ScheduleNote>(text);
    same::<SnapshotNote>(text);
    same::<LedgerCheckpoint>(text);
    same::<EnrolmentNote>(text);
    same::<AttestationNote>(text);
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_text(), text);
    }
    if let Ok(note) = Note::parse(text.as_bytes()) {
        assert_eq!(note.to_text(), text);
    }
    if let Ok(key) = VerifierKey::from_text(text) {
        assert_eq!(key.to_text(), text);
    }
    if let Ok(key) = SignerKey::from_text(text) {
        assert_eq!(key.to_text().as_str(), text);
    }
}

proptest! {
    #[test]
    fn random_text_never_panics(text in "(\\PC|\n|[—+ ]){0,200}") {
        identity(&text);
        let _ = KeySet::from_json(text.as_bytes());
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Note::parse(&bytes);
        let _ = keys().open::<SnapshotNote>(&bytes, NOW);
        let _ = KeySet::from_json(&bytes);
    }

    #[test]
    fn what_is_read_is_written_alike(text in near()) {
        identity(&text);
    }

    #[test]
    fn snapshots(venue in shown(), of in 1u8..16, numbers in any::<[u64; 3]>(), digests in any::<[[u8; 32]; 3]>()) {
        let [sequence, time_ms, instruments] = numbers;
        let (registry, schedule, snapshot) = (digests[0].into(), digests[1].into(), digests[2].into());
        let all = zkmargin_params::Requirement::ALL.into_iter().enumerate();
        let requirements: Vec<_> = all.filter(|(bit, _)| of >> bit & 1 == 1).map(|(_, r)| r).collect();
        let is_one = requirements.len() == 1;
        let note = SnapshotNote { venue, requirements, sequence, time_ms, instruments, registry, schedule, snapshot };
        prop_assert_eq!(SnapshotNote::parse(&note.to_text()), Ok(note.clone()));
        if is_one {
            round_trip(&note);
        }
    }

    #[test]
    fn ledgers(origin in shown(), size in 0..=1u64 << 32, epoch in 1u64.., digests in any::<[[u8; 32]; 3]>()) {
        let [root, registry, schedule] = digests;
        let root = digest_to_field(&root).into();
        let (registry, schedule) = (registry.into(), schedule.into());
        let time_ms = NOW;
        let ledger = LedgerCheckpoint { origin, size, root, epoch, time_ms, registry, schedule };
        prop_assert_eq!(LedgerCheckpoint::parse(&ledger.to_text()), Ok(ledger));
    }

    #[test]
    fn enrolments(venue in shown(), epoch in 1u64.., audience in any::<[u8; 32]>(), pseudonym in any::<[u8; 32]>(), accounts in 1u64.., registry in any::<[u8; 32]>()) {
        let (pseudonym, registry) = (digest_to_field(&pseudonym).into(), registry.into());
        round_trip(&EnrolmentNote { venue, epoch, audience, pseudonym, accounts, registry, replaces: None, time_ms: None });
    }

    #[test]
    fn attestations(checked in shown(), registry in any::<[u8; 32]>(), schedule in any::<[u8; 32]>(), commitment in any::<[u8; 32]>(), time_ms in any::<u64>()) {
        let (registry, schedule) = (registry.into(), schedule.into());
        let commitment = digest_to_field(&commitment).into();
        round_trip(&AttestationNote { registry, schedule, commitment, time_ms, checked });
    }
}
