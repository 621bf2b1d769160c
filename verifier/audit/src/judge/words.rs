//! Judgements on proofs, derived from what the verifier says about them and their evidence.

use crate::recognise::is_newer;
use crate::status::{Judgement, Status};
use zkmargin_model::envelope::EnvelopeError;
use zkmargin_policy::{Mismatch, Refused, Verdict};
use zkmargin_verifier::VerifyFailure;

/// What a refusal of evidence says about the proofs that rely on it.
pub(super) fn refused(reason: &Refused) -> Judgement {
    let status = match reason {
        Refused::Stale { .. } | Refused::Distance { .. } | Refused::Future { .. } => Status::Stale,
        Refused::PricesDisagree(_) | Refused::PricesIncomplete(_) => Status::PricesDisagree,
        Refused::OtherSchedule { .. }
        | Refused::OtherRequirement { .. }
        | Refused::Level(_)
        | Refused::Floor => Status::WrongRule,
        Refused::Missing(_)
        | Refused::NoMemory(_)
        | Refused::Note { .. }
        | Refused::OtherVenue { .. }
        | Refused::OtherFile { .. }
        | Refused::OtherMarket { .. }
        | Refused::NotAlone(_)
        | Refused::Witnesses { .. }
        | Refused::NoTime(_)
        | Refused::NotNewest { .. }
        | Refused::BeforeChallenge { .. }
        | Refused::NotFirst { .. }
        | Refused::ChallengeExpired(_)
        | Refused::OtherChallenge(_)
        | Refused::Other { .. }
        | Refused::PseudonymReplaced(_)
        | Refused::AccountsMissing { .. }
        | Refused::SameAccount { .. }
        | Refused::OtherStatement(_)
        | Refused::TooManyProofs(_)
        | Refused::Source { .. }
        | Refused::UnknownSource(_)
        | Refused::Replay(_) => Status::EvidenceMissing,
        // The policy's list may grow. Of a reason that is not known here nothing is said of the proof.
        _ => Status::EvidenceMissing,
    };
    Judgement::new(status, reason.code(), reason.to_string())
}

/// Evidence is not in the store.
pub(super) fn missing(code: &str, what: impl Into<String>) -> Judgement {
    Judgement::new(Status::EvidenceMissing, code, what)
}

/// What a verdict says to an auditor.
pub(super) fn of_verdict(verdict: Verdict) -> Judgement {
    match verdict {
        Verdict::Valid => Judgement::valid(),
        Verdict::Invalid(reason) => {
            Judgement::new(Status::Invalid, reason.code(), reason.to_string())
        }
        Verdict::Mismatch(mismatch) => {
            let status = match mismatch {
                Mismatch::Audience { .. } | Mismatch::Purpose { .. } | Mismatch::Epoch { .. } => {
                    Status::Outside
                }
                Mismatch::NotAssessed { .. }
                | Mismatch::OtherMarket { .. }
                | Mismatch::Commitment { .. }
                | Mismatch::LedgerRoot { .. }
                | Mismatch::AccountReference { .. }
                | Mismatch::Pseudonym { .. }
                | Mismatch::Direction { .. }
                | Mismatch::Level { .. }
                | Mismatch::Floor { .. }
                | Mismatch::CircuitSize { .. }
                | Mismatch::Nonce
                | Mismatch::Expiry { .. }
                | Mismatch::Expired { .. } => Status::WrongRule,
                // The policy's list may grow. What differs in a way that is not known here is not in favour.
                _ => Status::WrongRule,
            };
            Judgement::new(status, mismatch.code(), mismatch.to_string())
        }
        Verdict::Refused(reason) => refused(&reason),
        // That an account does not meet a level shows nothing that is due.
        Verdict::NotAnchored { .. } | Verdict::DoesNotMeet => not_judged(&verdict),
        // A new kind of verdict is none in favour.
        _ => not_judged(&verdict),
    }
}

/// A verdict that says nothing about the proof.
fn not_judged(verdict: &Verdict) -> Judgement {
    missing(verdict.code().unwrap_or("NotJudged"), verdict.to_string())
}

/// What a failure to verify a proof says about it, if the failure comes from its market.
pub(super) fn of_failure(failure: VerifyFailure) -> Result<Judgement, VerifyFailure> {
    let code = match &failure {
        VerifyFailure::Unprovable(_) | VerifyFailure::UnprovablePortfolio(_) => "Unprovable",
        VerifyFailure::Capacity(_) => "MarketTooLarge",
        VerifyFailure::Key(_) | VerifyFailure::Random(_) | VerifyFailure::Thread(_) => {
            return Err(failure);
        }
    };
    Ok(Judgement::new(Status::Invalid, code, failure.to_string()))
}

/// What is said about bytes that are not a proof file of this version.
pub(super) fn unread(error: &EnvelopeError) -> Judgement {
    let status = if is_newer(error) { Status::Unsupported } else { Status::Invalid };
    Judgement::new(status, error.code(), error.to_string())
}
