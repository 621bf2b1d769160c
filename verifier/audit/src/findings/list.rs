//! Exceptions that follow from the verdicts and the list of what is due.

use super::error::FindingsError;
use super::exception::{Exception, ExceptionKind, Writer};
use crate::status::Status;
use crate::store::{ExceptionalProof, Store};

/// A proof as an exception, with the verdict's reason or another one.
fn of_proof(kind: ExceptionKind, proof: ExceptionalProof, reason: Option<&str>) -> Exception {
    Exception {
        kind,
        venue: proof.venue.unwrap_or_default(),
        registry: proof.registry.map(hex::encode).unwrap_or_default(),
        epoch: proof.epoch.unwrap_or_default(),
        subject: proof.subject.map(hex::encode).unwrap_or_default(),
        proof: hex::encode(proof.proof),
        submitter: proof.submitter,
        code: proof.code,
        reason: reason.map_or(proof.reason, str::to_owned),
    }
}

/// Lists all of them, kind by kind.
pub(super) fn list_all(store: &Store, writer: &mut Writer<'_>) -> Result<(), FindingsError> {
    use ExceptionKind as K;
    store.each_lacking(|row| {
        let (lacks, accounts, others) = (row.accounts - row.shown, row.accounts, row.others);
        writer.put(&Exception {
            kind: K::Missing,
            venue: row.venue,
            registry: hex::encode(row.registry),
            epoch: row.epoch,
            subject: hex::encode(row.subject),
            proof: String::new(),
            submitter: String::new(),
            code: if others == 0 { "NoProof" } else { "NoValidProof" }.to_owned(),
            reason: format!(
                "{lacks} of {accounts} accounts missing; proofs present but not valid: {others}"
            ),
        })
    })?;
    for status in Status::ALL {
        let Some(kind) = K::of(status) else { continue };
        store.each_of_status(status, |proof| writer.put(&of_proof(kind, proof, None)))?;
    }
    store.each_unexpected(|proof| {
        let reason = "not in the list of what is due";
        writer.put(&of_proof(K::Unexpected, proof, Some(reason)))
    })?;
    // One proof of a statement is none too many; each further one is.
    store.each_duplicate_statement(|proof| {
        let reason = "there is an earlier proof of the same statement";
        writer.put(&of_proof(K::DuplicateStatement, proof, Some(reason)))
    })?;
    store.each_duplicate_account(|proof| {
        let reason = "there is an earlier statement about the same account";
        writer.put(&of_proof(K::DuplicateAccount, proof, Some(reason)))
    })
}
