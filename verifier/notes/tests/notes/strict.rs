//! Signatures that some Ed25519 verifiers take and others refuse are refused.

use ed25519_dalek::Signer;
use num_bigint::BigUint;
use sha2::{Digest, Sha512};
use zkmargin_notes::{KeyKind, Note, SignatureError, SignerKey};

const SEED: [u8; 32] = [7; 32];

/// Order of the group that signatures live in: 2^252 + 27742317777372353535851937790883648493.
fn order() -> BigUint {
    let low: BigUint = "27742317777372353535851937790883648493".parse().unwrap();
    (BigUint::from(1u8) << 252) + low
}

fn note() -> (SignerKey, Note) {
    let signer = SignerKey::from_seed("signer", KeyKind::Ed25519, &SEED).unwrap();
    let note = Note::sign("text\n", &signer).unwrap();
    (signer, note)
}

/// The note with other bytes after the key id of its only signature.
fn with_signature(note: &Note, signature: &[u8]) -> Note {
    let text = note.to_text();
    let old = text.rsplit(' ').next().unwrap().trim_end();
    let mut bytes = note.signatures()[0].id().0.to_vec();
    bytes.extend(signature);
    Note::parse(text.replace(old, &base64(&bytes)).as_bytes()).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn scalar(number: &BigUint) -> [u8; 32] {
    let mut bytes = number.to_bytes_le();
    bytes.resize(32, 0);
    bytes.try_into().unwrap()
}

fn refused(note: &Note, signer: &SignerKey) {
    let verified = note.verify([signer.verifier()]);
    assert!(matches!(verified, Err(SignatureError::Invalid { .. })), "{verified:?}");
}

/// The second half of a signature plus the group order: the same scalar, written past its range.
#[test]
fn a_second_scalar() {
    let (signer, note) = note();
    let mut signature: [u8; 64] = note.signatures()[0].bytes().try_into().unwrap();
    assert_eq!(with_signature(&note, &signature), note);
    let second = BigUint::from_bytes_le(&signature[32..]) + order();
    signature[32..].copy_from_slice(&scalar(&second));
    refused(&with_signature(&note, &signature), &signer);
}

/// A signature with the identity for a nonce point: S = k a fits the verification equation.
#[test]
fn a_nonce_of_small_order() {
    let (signer, note) = note();
    let mut secret: [u8; 32] = Sha512::digest(SEED)[..32].try_into().unwrap();
    (secret[0], secret[31]) = (secret[0] & 248, (secret[31] & 127) | 64);
    let mut signature = [0; 64];
    signature[0] = 1;
    let challenge = Sha512::new()
        .chain_update(&signature[..32])
        .chain_update(signer.verifier().public())
        .chain_update(note.text())
        .finalize();
    let product = BigUint::from_bytes_le(&challenge) * BigUint::from_bytes_le(&secret);
    signature[32..].copy_from_slice(&scalar(&(product % order())));

    let key = ed25519_dalek::VerifyingKey::from_bytes(signer.verifier().public()).unwrap();
    let plain = ed25519_dalek::Signature::from_bytes(&signature);
    let verified = ed25519_dalek::Verifier::verify(&key, note.text().as_bytes(), &plain);
    assert!(verified.is_ok(), "a lenient verifier takes it");
    refused(&with_signature(&note, &signature), &signer);
}

/// A witness that states a time past 2^63 - 1, rightly signed.
#[test]
fn a_time_past_the_range() {
    let witness = SignerKey::from_seed("witness", KeyKind::Cosignature, &SEED).unwrap();
    let at = |time: u64| {
        let message = format!("cosignature/v1\ntime {time}\ntext\n");
        let signature = ed25519_dalek::SigningKey::from_bytes(&SEED).sign(message.as_bytes());
        let line = Note::sign("text\n", &note().0).unwrap();
        let line = line.to_text().replace("signer", "witness");
        let mut bytes = witness.verifier().id().0.to_vec();
        bytes.extend(time.to_be_bytes());
        bytes.extend(signature.to_bytes());
        let old = line.rsplit(' ').next().unwrap().trim_end();
        Note::parse(line.replace(old, &base64(&bytes)).as_bytes()).unwrap()
    };
    let most = i64::MAX as u64;
    let verified = at(most);
    let verified = verified.verify([witness.verifier()]).unwrap();
    assert_eq!(verified[0].cosigned_at, Some(most));
    refused(&at(most + 1), &witness);
}

/// No key has a longer name, and refusals repeat the names of lines that nobody knows.
#[test]
fn fault_4_names_in_signature_lines_have_a_bound() {
    let line = |bytes: usize| format!("text\n\n\u{2014} {} AAAAAAAA\n", "x".repeat(bytes));
    let longest = zkmargin_notes::MAX_KEY_NAME_BYTES;
    assert!(Note::parse(line(longest).as_bytes()).is_ok());
    for bytes in [longest + 1, 4090] {
        let found = Note::parse(line(bytes).as_bytes());
        assert_eq!(found, Err(zkmargin_notes::NoteError::SignatureLine { line: 3 }));
    }
}
