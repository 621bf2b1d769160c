//! The verdict on a proof, and what it does not cover.

use crate::pins::{Mismatch, Pin};
use crate::refused::Refused;
use zkmargin_verifier::Invalid;

/// The verdict on a proof. Its text is the line to show to a person.
#[must_use = "only `Verdict::Valid` says that an account is healthy"]
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The proof holds, for the market and the account that the verifier pins, and every demand is met.
    Valid,
    /// The proof holds, for the market and the account that the verifier pins, and every demand is met, one of which is that
    /// the account does *not* meet the level. It is never a verdict of health.
    DoesNotMeet,
    /// The proof does not hold.
    Invalid(Invalid),
    /// The proof holds for rules, prices or an account that nobody pinned: on its own it shows nothing.
    NotAnchored {
        /// What was not pinned.
        missing: Vec<Pin>,
    },
    /// The statement is not the one demanded. The proof was not looked at.
    Mismatch(Mismatch),
    /// A demand is not met, or there is no evidence for it. The proof was not looked at, or does not count.
    Refused(Refused),
}

impl Verdict {
    /// Whether the proof holds and every demand is met. Such a verdict comes with a list of what was not checked; only
    /// [`Verdict::Valid`] says that the account is healthy.
    pub fn is_in_favour(&self) -> bool {
        match self {
            Self::Valid | Self::DoesNotMeet | Self::NotAnchored { .. } => true,
            Self::Invalid(_) | Self::Mismatch(_) | Self::Refused(_) => false,
        }
    }

    /// A stable code for programs; none for a valid proof of health.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Valid => None,
            Self::DoesNotMeet => Some("DoesNotMeet"),
            Self::Invalid(reason) => Some(reason.code()),
            Self::NotAnchored { .. } => Some("NotAnchored"),
            Self::Mismatch(mismatch) => Some(mismatch.code()),
            Self::Refused(refused) => Some(refused.code()),
        }
    }

    /// Why there is no verdict of health, in words; none for [`Verdict::Valid`].
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Valid => None,
            Self::DoesNotMeet => Some("the book of the claim falls short of the level".to_owned()),
            Self::Invalid(reason) => Some(reason.to_string()),
            Self::NotAnchored { missing } => {
                let missing: Vec<_> = missing.iter().map(Pin::to_string).collect();
                Some(format!("{} not pinned", missing.join(" and ")))
            }
            Self::Mismatch(mismatch) => Some(mismatch.to_string()),
            Self::Refused(refused) => Some(refused.to_string()),
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reason = self.reason().unwrap_or_default();
        match self {
            Self::Valid => f.write_str("VALID"),
            Self::DoesNotMeet => write!(f, "DOES NOT MEET: {reason}"),
            Self::Invalid(_) => write!(f, "INVALID: {reason}"),
            Self::NotAnchored { .. } => write!(f, "PROOF OK, NOT ANCHORED: {reason}"),
            Self::Refused(Refused::PricesDisagree(_)) => write!(f, "NOT CHECKED: {reason}"),
            Self::Mismatch(_) | Self::Refused(_) => {
                write!(f, "NOT CHECKED: policy mismatch: {reason}")
            }
        }
    }
}

/// Something a verdict does not cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NotChecked {
    /// Who the proof is for.
    Audience,
    /// What the proof is for.
    Purpose,
    /// Whether the proof answers a fresh challenge.
    Nonce,
    /// Which period the proof is for.
    Epoch,
    /// Who holds the account, and whether a venue vouches for it.
    AccountOwner,
    /// Whose account in the ledger it is.
    Holder,
    /// How many other accounts the holder has, and how they stand: those in the ledger, or where all of these were shown, those
    /// in another ledger of the venue.
    OtherAccounts,
    /// What the account's other books need, and whether they have it: those of other settlement assets, or what the schedule
    /// says that it leaves out.
    OtherBooks,
    /// What isolated positions need, and whether they have it.
    IsolatedPositions,
    /// What the isolated position that the claim leaves out needs, and whether it has it.
    NamedPosition,
    /// What every book but that of the named isolated position needs, and whether it has it.
    RestOfAccount,
    /// How old the state of the account is.
    AccountAge,
    /// Which of several ledgers or attestations it is.
    AccountChoice,
    /// Which of several enrolment notes it is.
    EnrolmentChoice,
    /// How old the note stating the number of accounts is.
    EnrolmentAge,
    /// Who wrote the rules.
    ScheduleOrigin,
    /// Whether the rules are the venue's own to the last unit: the schedule itself says in what they may not be.
    ScheduleVariant,
    /// Who signed the prices.
    SnapshotOrigin,
    /// Which of the venue's schedules it is: the ledger or attestation names another one.
    ScheduleChoice,
    /// Whether ids mean the same under the schedule by which the account was read, which is not at hand: that of the ledger
    /// or attestation, or that of a pinned account, which nobody names.
    Listing,
    /// How old the prices are.
    SnapshotAge,
    /// Which of the venue's snapshots it is.
    SnapshotChoice,
    /// Whether the prices agree with anyone else's.
    PriceSources,
    /// Prices that the policy accepts without a source.
    UncoveredPrices,
    /// Whether the proof was accepted before.
    Replay,
    /// Whether prices or ledger are older than others of their venue that were seen before.
    Sequence,
    /// Evidence that was submitted but that no demand uses.
    UnusedEvidence,
}

impl NotChecked {
    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Audience => "audience",
            Self::Purpose => "purpose",
            Self::Nonce => "nonce",
            Self::Epoch => "epoch",
            Self::AccountOwner => "account-owner",
            Self::Holder => "holder",
            Self::OtherAccounts => "other-accounts",
            Self::OtherBooks => "other-books",
            Self::IsolatedPositions => "isolated-positions",
            Self::NamedPosition => "named-position",
            Self::RestOfAccount => "rest-of-account",
            Self::AccountAge => "account-age",
            Self::AccountChoice => "account-choice",
            Self::EnrolmentChoice => "enrolment-choice",
            Self::EnrolmentAge => "enrolment-age",
            Self::ScheduleOrigin => "schedule-origin",
            Self::ScheduleVariant => "venues-rule",
            Self::SnapshotOrigin => "snapshot-origin",
            Self::ScheduleChoice => "schedule-choice",
            Self::Listing => "listing",
            Self::SnapshotAge => "snapshot-age",
            Self::SnapshotChoice => "snapshot-choice",
            Self::PriceSources => "price-sources",
            Self::UncoveredPrices => "uncovered-prices",
            Self::Replay => "replay",
            Self::Sequence => "sequence",
            Self::UnusedEvidence => "unused-evidence",
        }
    }
}

impl std::fmt::Display for NotChecked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Audience => "audience (who the proof is for)",
            Self::Purpose => "purpose (what the proof is for)",
            Self::Nonce => "nonce (whether the proof answers a challenge)",
            Self::Epoch => "epoch (which period the proof is for)",
            Self::AccountOwner => {
                "account owner (who holds the committed account, and whether its venue vouches for it)"
            }
            Self::Holder => "holder (whose account in the ledger it is)",
            Self::OtherAccounts => "other accounts (how many the holder has beyond those shown, in this ledger or another one of the venue, and how they stand)",
            Self::OtherBooks => "other books (how the account's other books stand)",
            Self::IsolatedPositions => "isolated positions (how each of them stands)",
            Self::NamedPosition => {
                "named position (how the isolated position that the claim leaves out stands)"
            }
            Self::RestOfAccount => {
                "rest of the account (how the cross book and every other isolated position stand: the claim is about one isolated position only)"
            }
            Self::AccountAge => "account age (how old the account's state is)",
            Self::AccountChoice => {
                "account choice (whether a newer ledger or attestation exists: the prover may have chosen an older one)"
            }
            Self::EnrolmentChoice => {
                "enrolment choice (whether a newer enrolment exists: the prover may have chosen an older one)"
            }
            Self::EnrolmentAge => {
                "enrolment age (how old the note stating the holder's number of accounts is)"
            }
            Self::ScheduleOrigin => "schedule origin (who wrote the rules)",
            Self::ScheduleVariant => {
                "venue's rule (whether the venue computes as the schedule says, to the last unit)"
            }
            Self::SnapshotOrigin => "snapshot origin (who signed the prices)",
            Self::ScheduleChoice => {
                "schedule choice (the ledger or attestation names a different schedule from the one the marks go with)"
            }
            Self::Listing => {
                "listing (whether ids mean the same under the schedule by which the account was read)"
            }
            Self::SnapshotAge => "snapshot age (how old the prices are)",
            Self::SnapshotChoice => {
                "snapshot choice (which of the venue's snapshots it is: the prover may have chosen the best one)"
            }
            Self::PriceSources => "price sources (whether the prices agree with anyone else's)",
            Self::UncoveredPrices => {
                "uncovered prices (the policy accepts prices that were compared with no source)"
            }
            Self::Replay => "replay (whether the proof was accepted before)",
            Self::Sequence => {
                "sequence (whether prices or ledger are older than others seen before)"
            }
            Self::UnusedEvidence => {
                "unused evidence (notes, messages or a challenge that no demand of the policy uses)"
            }
        })
    }
}
