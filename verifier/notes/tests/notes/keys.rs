//! Key sets: what is refused at load, and which signatures do not count.

use crate::support::*;
use zkmargin_notes::{
    AttestationNote, Body, KeyKind, KeySet, KeysFile, Note, OpenError, Refusal, SignatureError,
    SignerKey, SnapshotNote, VerifierKey,
};
use zkmargin_params::{ErrorCode, FileKind, Role, parse_utc};

fn open(keys: &KeysFile, note: &Note, at: u64) -> Result<Vec<String>, OpenError> {
    let keys = KeySet::new(keys).unwrap();
    let opened = keys.open::<SnapshotNote>(note.to_text().as_bytes(), at)?;
    assert_eq!(opened.body(), &snapshot_note());
    Ok(opened.signers().iter().map(|s| s.name.clone()).collect())
}

fn refusals(result: Result<Vec<String>, OpenError>) -> Vec<&'static str> {
    match result {
        Err(OpenError::Untrusted(refusals)) => {
            assert!(refusals.iter().all(|r| !r.to_string().is_empty()));
            refusals.iter().map(Refusal::code).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn signed() -> Note {
    snapshot_note().sign(&venue()).unwrap()
}

#[test]
fn a_trusted_note_opens() {
    assert_eq!(open(&keys_file(), &signed(), NOW), Ok(vec!["binance.example".to_owned()]));
}

#[test]
fn every_reason_has_its_own_code() {
    let edit = |f: fn(&mut KeysFile)| {
        let mut file = keys_file();
        f(&mut file);
        file
    };
    let note = signed();
    let ms = |text: &str| parse_utc(text).unwrap();
    let file = keys_file();

    let gone = edit(|f| drop(f.keys.remove(0)));
    assert_eq!(refusals(open(&gone, &note, NOW)), ["KeyUnknown"]);

    let from = ms("2025-01-01T00:00:00Z");
    assert_eq!(refusals(open(&file, &note, from - 1)), ["KeyNotYetValid"]);
    assert!(open(&file, &note, from).is_ok());

    let until = ms("2027-01-01T00:00:00Z");
    assert_eq!(refusals(open(&file, &note, until)), ["KeyExpired"]);
    assert!(open(&file, &note, until - 1).is_ok());

    let revoked = edit(|f| f.keys[0].revoked_at = Some("2026-01-01T00:00:00Z".to_owned()));
    let at = ms("2026-01-01T00:00:00Z");
    assert_eq!(refusals(open(&revoked, &note, at)), ["KeyRevoked"]);
    assert_eq!(refusals(open(&revoked, &note, until)), ["KeyRevoked"]);
    assert!(open(&revoked, &note, at - 1).is_ok());

    let other = edit(|f| f.keys[0].venue = Some("lighter-mainnet".to_owned()));
    assert_eq!(refusals(open(&other, &note, NOW)), ["KeyOtherVenue"]);

    let role = edit(|f| (f.keys[0].role, f.keys[0].venue) = (Role::Source, None));
    assert_eq!(refusals(open(&role, &note, NOW)), ["KeyWrongRole"]);
    let attested = snapshot_note().sign(&attester()).unwrap();
    assert_eq!(refusals(open(&file, &attested, NOW)), ["KeyWrongRole"]);
    // A venue does not attest.
    let self_attested = attestation().sign(&venue()).unwrap().to_text();
    let opened = keys().open::<AttestationNote>(self_attested.as_bytes(), NOW);
    assert!(matches!(opened, Err(OpenError::Untrusted(_))));
}

#[test]
fn a_witness_alone_does_not_do() {
    let mut note = signed();
    note.cosign(&witness(), 5).unwrap();
    let names = open(&keys_file(), &note, NOW).unwrap();
    assert_eq!(names, ["binance.example", "witness.example"]);
    let opened = keys().open::<SnapshotNote>(note.to_text().as_bytes(), NOW).unwrap();
    assert_eq!(opened.witnesses().map(|w| w.cosigned_at).collect::<Vec<_>>(), [Some(5)]);
    assert_eq!(opened.note(), &note);

    let mut gone = keys_file();
    gone.keys.remove(0);
    assert_eq!(refusals(open(&gone, &note, NOW)), ["KeyUnknown"]);
}

/// One witness that cosigned twice is one witness.
#[test]
fn signers_are_counted_once() {
    let (mut first, mut second) = (signed(), signed());
    first.cosign(&witness(), 5).unwrap();
    second.cosign(&witness(), 9).unwrap();
    let (first, second) = (first.to_text(), second.to_text());
    let later = second.lines().last().unwrap();
    let both = Note::parse(format!("{first}{later}\n").as_bytes()).unwrap();
    assert_eq!(both.signatures().len(), 3);
    let opened = keys().open::<SnapshotNote>(both.to_text().as_bytes(), NOW).unwrap();
    assert_eq!(opened.signers().len(), 2);
    assert_eq!(opened.witnesses().next().unwrap().cosigned_at, Some(9));
}

#[test]
fn signatures_of_others() {
    // An unknown signer beside a known one is kept and told.
    let mut note = signed();
    let stranger = SignerKey::from_seed("stranger", KeyKind::Ed25519, &[9; 32]).unwrap();
    note.countersign(&stranger).unwrap();
    let opened = keys().open::<SnapshotNote>(note.to_text().as_bytes(), NOW).unwrap();
    assert_eq!(opened.refused().len(), 1);
    assert_eq!(opened.note().signatures().len(), 2);

    // A key of the same name and another id is unknown.
    let namesake = SignerKey::from_seed("binance.example", KeyKind::Ed25519, &[9; 32]).unwrap();
    let note = snapshot_note().sign(&namesake).unwrap();
    assert_eq!(refusals(open(&keys_file(), &note, NOW)), ["KeyUnknown"]);

    // Name and id of the venue on a signature of somebody else.
    let forged = note.to_text();
    let (text, _) = forged.rsplit_once("\u{2014} ").unwrap();
    let own = signed().to_text();
    let id_of_venue = own.lines().last().unwrap();
    let signature = Note::parse(forged.as_bytes()).unwrap().signatures()[0].bytes().to_vec();
    let id = venue().verifier().id();
    let mut bytes = id.0.to_vec();
    bytes.extend(&signature);
    let line = format!("\u{2014} binance.example {}\n", base64(&bytes));
    assert_eq!(&line[..25], &id_of_venue[..25]);
    let note = Note::parse(format!("{text}{line}").as_bytes()).unwrap();
    let opened = open(&keys_file(), &note, NOW);
    assert!(matches!(opened, Err(OpenError::Signature(SignatureError::Invalid { .. }))));
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn another_body_is_refused() {
    let note = schedule_note().sign(&venue()).unwrap().to_text();
    let opened = keys().open::<SnapshotNote>(note.as_bytes(), NOW);
    assert!(matches!(opened, Err(OpenError::Body(_))));
    let opened = keys().open::<SnapshotNote>(b"", NOW);
    assert!(matches!(opened, Err(OpenError::Note(_))));
}

fn refused(edit: impl Fn(&mut KeysFile), code: ErrorCode, pointer: &str) {
    let mut file = keys_file();
    edit(&mut file);
    let error = KeySet::new(&file).expect_err(pointer);
    assert_eq!((error.file, error.code, error.pointer.as_str()), (FileKind::Keys, code, pointer));
    assert!(!error.message.is_empty());
}

#[test]
fn what_is_refused_at_load() {
    use ErrorCode::*;
    assert!(KeySet::new(&keys_file()).is_ok());
    refused(|f| f.format = "zkmargin-keys/2".to_owned(), WrongFormat, "/format");
    refused(|f| f.keys[1].key = f.keys[0].key.clone(), WrongKeyName, "/keys/1/name");
    refused(|f| f.keys[0].key.push('='), BadKey, "/keys/0/key");
    refused(|f| f.keys[0].name = "other".to_owned(), WrongKeyName, "/keys/0/name");
    refused(|f| f.keys[1].role = Role::Witness, WrongKeyKind, "/keys/1/key");
    refused(|f| f.keys[2].role = Role::Auditor, WrongKeyKind, "/keys/2/key");
    refused(|f| f.keys[0].venue = None, MissingField, "/keys/0/venue");
    refused(|f| f.keys[1].venue = Some("binance".to_owned()), UnknownField, "/keys/1/venue");
    refused(|f| f.keys[1].valid_from = "2025-01-01".to_owned(), BadTime, "/keys/1/valid_from");
    refused(|f| f.keys[1].valid_until = "soon".to_owned(), BadTime, "/keys/1/valid_until");
    refused(|f| f.keys[1].revoked_at = Some(String::new()), BadTime, "/keys/1/revoked_at");
    refused(
        |f| f.keys[1].valid_until = f.keys[1].valid_from.clone(),
        BadValidity,
        "/keys/1/valid_until",
    );
    refused(|f| f.keys.push(f.keys[1].clone()), DuplicateName, "/keys/5/name");
    refused(|f| f.keys.extend(vec![f.keys[0].clone(); 1024]), ListTooLong, "/keys");
}

#[test]
fn one_key_has_one_name() {
    let alias = |kind, role| {
        let venue = venue();
        let key = VerifierKey::new("alias", kind, venue.verifier().public()).unwrap();
        move |f: &mut KeysFile| {
            let mut entry = f.keys[0].clone();
            (entry.name, entry.key, entry.role) = ("alias".to_owned(), key.to_text(), role);
            entry.venue = entry.venue.filter(|_| role == Role::Venue);
            f.keys.push(entry);
        }
    };
    refused(alias(KeyKind::Ed25519, Role::Venue), ErrorCode::DuplicateKey, "/keys/5/key");
    // Nor as a witness of itself.
    refused(alias(KeyKind::Cosignature, Role::Witness), ErrorCode::DuplicateKey, "/keys/5/key");
}

#[test]
fn as_json() {
    let file = keys_file();
    let json = file.to_json().unwrap();
    assert_eq!(KeysFile::from_json(json.as_bytes()).unwrap(), file);
    assert_eq!(KeySet::from_json(json.as_bytes()).unwrap(), keys());
    assert_eq!(keys().get("witness.example").unwrap().role(), Role::Witness);
    assert_eq!(keys().get("nobody"), None);
    for (from, to, code, pointer) in [
        ("\"role\"", "\"rôle\"", ErrorCode::UnknownField, "/keys/0/rôle"),
        ("\"attester\"", "\"boss\"", ErrorCode::WrongType, "/keys/1/role"),
        ("zkmargin-keys/1", "zkmargin-account/1", ErrorCode::WrongFormat, "/format"),
    ] {
        let edited = json.replacen(from, to, 1);
        assert_ne!(edited, json);
        let error = KeySet::from_json(edited.as_bytes()).unwrap_err();
        assert_eq!((error.code, error.pointer.as_str()), (code, pointer), "{error}");
    }
    assert_eq!(KeySet::from_json(b"{").unwrap_err().code, ErrorCode::Syntax);
}

#[test]
fn signer_keys_of_a_generator() {
    struct Counter(u8);
    impl rand_core::TryRng for Counter {
        type Error = std::convert::Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(0)
        }
        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(0)
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0);
            Ok(())
        }
    }
    impl rand_core::TryCryptoRng for Counter {}
    let made = SignerKey::generate("binance.example", KeyKind::Ed25519, &mut Counter(1)).unwrap();
    assert_eq!(made.verifier(), venue().verifier());
    assert!(SignerKey::generate("a b", KeyKind::Ed25519, &mut Counter(1)).is_err());
}
