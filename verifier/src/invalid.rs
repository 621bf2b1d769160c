//! What came of a verification.

use crate::policy::{Anchor, Mismatch, Policy};
use zkmargin_circuit::VerifyError;
use zkmargin_model::statement::{AccountReference, Statement};

/// A verdict, and what nobody looked at.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// What the policy left open or this version cannot check.
    pub not_checked: Vec<NotChecked>,
}

/// The verdict on a proof. Its text is the line to show to a person.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The proof holds, for the market and the account that the policy pins.
    Valid,
    /// The proof does not hold.
    Invalid(Invalid),
    /// The proof holds for rules, prices or an account that nobody pinned: it says nothing yet.
    NotAnchored {
        /// What was not pinned.
        missing: Vec<Anchor>,
    },
    /// The statement is not the one demanded. The proof was not looked at.
    PolicyMismatch(Mismatch),
}

/// Why a proof does not hold.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A claim that the schedule does not publish.
    #[error("the schedule's menu has no claim at level {level_bps} basis points with that floor")]
    OffMenu {
        /// Level of the statement.
        level_bps: u32,
    },
    /// A circuit that is not the one for the shape and the market.
    #[error(
        "the proof states circuit size k = {stated}; this shape and market have k = {expected}"
    )]
    CircuitSize {
        /// In the statement.
        stated: u8,
        /// The one right size.
        expected: u32,
    },
    /// Another snapshot time than the snapshot has.
    #[error("the stated snapshot time is not that of the snapshot")]
    SnapshotTime,
    /// Another margin unit than the schedule has.
    #[error("the stated margin unit is not that of the schedule")]
    MarginUnit,
    /// The proof itself.
    #[error(transparent)]
    Proof(VerifyError),
}

impl Invalid {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OffMenu { .. } => "InvalidOffMenu",
            Self::CircuitSize { .. } => "InvalidCircuitSize",
            Self::SnapshotTime => "InvalidSnapshotTime",
            Self::MarginUnit => "InvalidMarginUnit",
            Self::Proof(VerifyError::Length { .. }) => "InvalidProofLength",
            Self::Proof(VerifyError::Invalid) => "InvalidProof",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Verdict::Valid => f.write_str("VALID"),
            Verdict::Invalid(reason) => write!(f, "INVALID: {reason}"),
            Verdict::NotAnchored { missing } => {
                f.write_str("PROOF OK, NOT ANCHORED: ")?;
                for (i, anchor) in missing.iter().enumerate() {
                    write!(f, "{}{anchor}", if i == 0 { "" } else { " and " })?;
                }
                f.write_str(" not pinned")
            }
            Verdict::PolicyMismatch(mismatch) => {
                write!(f, "NOT CHECKED: policy mismatch: {mismatch}")
            }
        }
    }
}

/// Something that a verdict does not speak about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotChecked {
    /// Which claim is enough.
    Claim,
    /// Who the proof is for.
    Audience,
    /// What the proof is for.
    Purpose,
    /// Whether the proof answers a fresh challenge.
    Nonce,
    /// Which period the proof is for.
    Epoch,
    /// Whether the proof has expired.
    Expiry,
    /// Who holds the account, and that a venue vouches for it.
    AccountOwner,
    /// Whose account of the ledger it is.
    Holder,
    /// How many other accounts the holder has, and how they stand.
    OtherAccounts,
    /// How old the state of the account is.
    AccountAge,
    /// Who signed the prices.
    SnapshotOrigin,
    /// How old the prices are.
    SnapshotAge,
    /// Whether the prices agree with anybody else's.
    PriceSources,
    /// Whether the proof was accepted before.
    Replay,
    /// Whether prices or ledger are older than others of their venue that were seen before.
    Sequence,
}

impl NotChecked {
    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Audience => "audience",
            Self::Purpose => "purpose",
            Self::Nonce => "nonce",
            Self::Epoch => "epoch",
            Self::Expiry => "expiry",
            Self::AccountOwner => "account-owner",
            Self::Holder => "holder",
            Self::OtherAccounts => "other-accounts",
            Self::AccountAge => "account-age",
            Self::SnapshotOrigin => "snapshot-origin",
            Self::SnapshotAge => "snapshot-age",
            Self::PriceSources => "price-sources",
            Self::Replay => "replay",
            Self::Sequence => "sequence",
        }
    }

    /// What a policy leaves open, and what no policy can ask of this version.
    pub fn of(policy: &Policy, statement: &Statement) -> Vec<Self> {
        let in_ledger = matches!(statement.account, AccountReference::Ledger(_));
        let open = [
            (Self::Claim, policy.claim.is_none()),
            (Self::Audience, policy.audience.is_none()),
            (Self::Purpose, policy.purpose.is_none()),
            (Self::Nonce, policy.nonce.is_none()),
            (Self::Epoch, policy.epoch.is_none()),
            (Self::Expiry, policy.now.is_none() && statement.context.expires() != 0),
            (Self::AccountOwner, !in_ledger && !policy.attested),
            (Self::Holder, in_ledger && policy.pseudonym.is_none()),
            (Self::OtherAccounts, in_ledger && !policy.all_accounts),
            (Self::AccountAge, !policy.account_age_checked),
            (Self::SnapshotOrigin, !policy.snapshot_signed),
            (Self::SnapshotAge, policy.earliest_snapshot.is_none()),
            (Self::PriceSources, !policy.prices_compared),
            (Self::Replay, !policy.replay_checked),
            (Self::Sequence, !policy.sequence_checked),
        ];
        open.into_iter().filter(|(_, is_open)| *is_open).map(|(what, _)| what).collect()
    }
}

impl std::fmt::Display for NotChecked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Claim => "claim (which claim is enough)",
            Self::Audience => "audience (who the proof is for)",
            Self::Purpose => "purpose (what the proof is for)",
            Self::Nonce => "nonce (whether the proof answers a challenge)",
            Self::Epoch => "epoch (which period the proof is for)",
            Self::Expiry => "expiry (whether the proof is still to be accepted)",
            Self::AccountOwner => {
                "account owner (who holds the committed account, and that its venue vouches for it)"
            }
            Self::Holder => "holder (whose account of the ledger it is)",
            Self::OtherAccounts => "other accounts (how many the holder has, and how they stand)",
            Self::AccountAge => "account age (how old the account's state is)",
            Self::SnapshotOrigin => "snapshot origin (who signed the prices)",
            Self::SnapshotAge => "snapshot age (how old the prices are)",
            Self::PriceSources => "price sources (whether the prices agree with anybody else's)",
            Self::Replay => "replay (whether the proof was accepted before)",
            Self::Sequence => {
                "sequence (whether prices or ledger are older than others seen before)"
            }
        })
    }
}
