//! The proof file and its JSON twin.

use crate::bounds::{check_growth, check_message};
use zkmargin_model::envelope::{
    Envelope, EnvelopeError, MAX_ENVELOPE_BYTES, MAX_JSON_BYTES, MAX_PROOF_BYTES,
};
use zkmargin_model::subject::{NamedSubject, Subject};

fn check_refusal(error: &EnvelopeError) {
    assert!(error.code().starts_with("Proof"), "{}", error.code());
    check_message(&error.to_string());
}

/// Both encodings of a proof file that was read give it back, bit for bit.
fn check_encodings(envelope: &Envelope) {
    assert!(envelope.proof().len() <= MAX_PROOF_BYTES);
    let statement = envelope.statement();
    let subject = match statement.subject() {
        Subject::Books(books) => {
            NamedSubject::Books { margin: "margin", books: books.named(None, None) }
        }
        Subject::Portfolio(measure) => NamedSubject::Portfolio(measure),
    };
    check_message(&subject.claim_in_words(&statement.claim, &statement.margin_unit));
    let binary = envelope.encode();
    assert!(binary.len() <= MAX_ENVELOPE_BYTES);
    assert_eq!(Envelope::decode(&binary).as_ref(), Ok(envelope), "binary file");
    let twin = envelope.to_json();
    assert!(twin.len() <= MAX_JSON_BYTES);
    let read = Envelope::read(twin.as_bytes()).expect("twin");
    assert_eq!(read.encode(), binary, "twin and binary file are one proof");
    assert_eq!(read.to_json(), twin, "one twin");
}

/// The binary proof file: what decodes is exactly what encoding makes of it.
pub fn envelope(bytes: &[u8]) {
    match Envelope::decode(bytes) {
        Ok(envelope) => {
            assert_eq!(envelope.encode(), bytes, "one encoding");
            assert_eq!(Envelope::read(bytes).as_ref(), Ok(&envelope), "told from a twin");
            check_encodings(&envelope);
        }
        Err(error) => check_refusal(&error),
    }
}

/// The JSON twin: its text may be laid out freely, its canonical encodings are one.
pub fn envelope_twin(bytes: &[u8]) {
    match Envelope::read(bytes) {
        Ok(envelope) => {
            check_growth(bytes.len(), envelope.encode().len());
            check_growth(bytes.len(), envelope.to_json().len());
            check_encodings(&envelope);
        }
        Err(error) => check_refusal(&error),
    }
}
