//! What a verifier demands of a statement.

use zkmargin_circuit::halo2::Fp;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::field_bytes;
use zkmargin_model::files::format_utc;
use zkmargin_model::statement::{AccountReference, Statement};

/// What a verifier demands. `None` demands nothing and is reported as not checked.
///
/// `market` and one of `commitment` and `ledger_root` anchor a proof; without both no verdict is
/// [`Valid`](crate::Verdict::Valid).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Digest of the market (schedule and snapshot) that the verifier accepts.
    pub market: Option<[u8; 32]>,
    /// The verifier has checked a trusted signature of the venue over that market.
    pub snapshot_signed: bool,
    /// Earliest time of the snapshot, milliseconds since 1970-01-01 UTC.
    pub earliest_snapshot: Option<u64>,
    /// Commitment of the account that the verifier asks about.
    pub commitment: Option<Fp>,
    /// Root of the ledger that the account must be in.
    pub ledger_root: Option<Fp>,
    /// Pseudonym of the holder that the verifier asks about, for an account of a ledger.
    pub pseudonym: Option<Fp>,
    /// Least claim: a statement with this level and floor or higher ones is accepted, because it
    /// implies this claim.
    pub claim: Option<Claim>,
    /// Exact audience.
    pub audience: Option<String>,
    /// Exact purpose.
    pub purpose: Option<String>,
    /// Exact nonce.
    pub nonce: Option<[u8; 32]>,
    /// Exact epoch.
    pub epoch: Option<u64>,
    /// Exact expiry, milliseconds since 1970-01-01 UTC.
    pub expires: Option<u64>,
    /// The verifier's time, milliseconds since 1970-01-01 UTC, that the proof's expiry is compared
    /// with.
    pub now: Option<u64>,
    /// The verifier has compared the time of the ledger or of the attestation with that of the prices.
    pub account_age_checked: bool,
    /// The verifier has a trusted attester's note over the commitment.
    pub attested: bool,
    /// The verifier has compared the marks with other price sources.
    pub prices_compared: bool,
    /// The verifier demands all accounts that the venue knows of the holder.
    pub all_accounts: bool,
    /// The verifier remembers nonces or nullifiers and has looked this one up.
    pub replay_checked: bool,
    /// The verifier remembers snapshots and checkpoints and has compared these with the last ones.
    pub sequence_checked: bool,
}

/// What must be pinned for a proof to be anchored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Schedule and prices.
    Market,
    /// Which account it is.
    Commitment,
    /// Which ledger it is in.
    LedgerRoot,
}

impl std::fmt::Display for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Anchor::Market => "market",
            Anchor::Commitment => "account commitment",
            Anchor::LedgerRoot => "ledger root",
        })
    }
}

/// Where statement and policy differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The market at hand is not the pinned one.
    #[error("the given schedule and snapshot have market digest {}, not the pinned {}", hex::encode(.found), hex::encode(.pinned))]
    Market {
        /// Pinned digest.
        pinned: [u8; 32],
        /// Digest of the market at hand.
        found: [u8; 32],
    },
    /// The statement is about another market than the one at hand.
    #[error("the proof is about another {part}: {}, not {}", hex::encode(.stated), hex::encode(.given))]
    OtherMarket {
        /// `schedule`, `snapshot` or `registry`.
        part: &'static str,
        /// Digest in the statement.
        stated: [u8; 32],
        /// Digest of the market at hand.
        given: [u8; 32],
    },
    /// Another account.
    #[error("the proof is about account commitment {}, not {}", hex::encode(field_bytes(.stated)), hex::encode(field_bytes(.demanded)))]
    Commitment {
        /// In the statement.
        stated: Fp,
        /// In the policy.
        demanded: Fp,
    },
    /// Older prices.
    #[error("the snapshot is of {}, and {} is the earliest demanded", format_utc(*.stated), format_utc(*.earliest))]
    SnapshotTime {
        /// In the statement, milliseconds since 1970-01-01 UTC.
        stated: u64,
        /// In the policy.
        earliest: u64,
    },
    /// An account of another ledger.
    #[error("the proof is about an account of the ledger with root {}, not {}", hex::encode(field_bytes(.stated)), hex::encode(field_bytes(.demanded)))]
    LedgerRoot {
        /// In the statement.
        stated: Fp,
        /// In the policy.
        demanded: Fp,
    },
    /// A committed account where one of a ledger is demanded, or the reverse.
    #[error("the proof names its account by {stated}; {demanded} is pinned")]
    AccountReference {
        /// In the statement.
        stated: &'static str,
        /// In the policy.
        demanded: &'static str,
    },
    /// Another holder.
    #[error("the proof is about an account of another holder: pseudonym {}, not {}", hex::encode(field_bytes(.stated)), hex::encode(field_bytes(.demanded)))]
    Pseudonym {
        /// In the statement.
        stated: Fp,
        /// In the policy.
        demanded: Fp,
    },
    /// A lower level.
    #[error("the proof claims level {stated} basis points; {demanded} are demanded")]
    Level {
        /// In the statement.
        stated: u32,
        /// In the policy.
        demanded: u32,
    },
    /// A lower floor.
    #[error("the proof claims an equity floor of {} margin units; {} are demanded", .stated.floor(), .demanded.floor())]
    Floor {
        /// In the statement.
        stated: Claim,
        /// In the policy.
        demanded: Claim,
    },
    /// Another audience.
    #[error("the proof is for audience {stated:?}, not {demanded:?}")]
    Audience {
        /// In the statement.
        stated: String,
        /// In the policy.
        demanded: String,
    },
    /// Another purpose.
    #[error("the proof is for purpose {stated:?}, not {demanded:?}")]
    Purpose {
        /// In the statement.
        stated: String,
        /// In the policy.
        demanded: String,
    },
    /// Another nonce, or none.
    #[error("the proof does not carry the demanded nonce")]
    Nonce,
    /// Another expiry than the challenge has.
    #[error("the proof expires at {}, and the challenge at {}", format_utc(*.stated), format_utc(*.demanded))]
    Expiry {
        /// In the statement, milliseconds since 1970-01-01 UTC.
        stated: u64,
        /// In the policy.
        demanded: u64,
    },
    /// Past its expiry.
    #[error("the proof expired at {}", format_utc(*.at))]
    Expired {
        /// In the statement, milliseconds since 1970-01-01 UTC.
        at: u64,
    },
    /// Another epoch.
    #[error("the proof is for epoch {stated}, not {demanded}")]
    Epoch {
        /// In the statement.
        stated: u64,
        /// In the policy.
        demanded: u64,
    },
}

impl Mismatch {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Market { .. } => "PolicyMarket",
            Self::OtherMarket { .. } => "PolicyOtherMarket",
            Self::Commitment { .. } => "PolicyCommitment",
            Self::SnapshotTime { .. } => "PolicySnapshotTime",
            Self::LedgerRoot { .. } => "PolicyLedgerRoot",
            Self::AccountReference { .. } => "PolicyAccountReference",
            Self::Pseudonym { .. } => "PolicyPseudonym",
            Self::Level { .. } => "PolicyLevel",
            Self::Floor { .. } => "PolicyFloor",
            Self::Audience { .. } => "PolicyAudience",
            Self::Purpose { .. } => "PolicyPurpose",
            Self::Nonce => "PolicyNonce",
            Self::Epoch { .. } => "PolicyEpoch",
            Self::Expiry { .. } => "PolicyExpiry",
            Self::Expired { .. } => "PolicyExpired",
        }
    }
}

impl Policy {
    /// What is not pinned and must be for a proof to be anchored.
    pub fn missing(&self, statement: &Statement) -> Vec<Anchor> {
        let account = match statement.account {
            AccountReference::Commitment(_) => (Anchor::Commitment, self.commitment.is_some()),
            AccountReference::Ledger(_) => (Anchor::LedgerRoot, self.ledger_root.is_some()),
        };
        let pinned = [(Anchor::Market, self.market.is_some()), account];
        pinned.into_iter().filter(|(_, is_pinned)| !is_pinned).map(|(anchor, _)| anchor).collect()
    }

    /// Compares what the statement says by itself; the market is compared by
    /// [`verify`](crate::verify).
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn check(&self, statement: &Statement) -> Result<(), Mismatch> {
        self.check_account(statement)?;
        let stated = statement.snapshot_time;
        if let Some(earliest) = self.earliest_snapshot.filter(|earliest| stated < *earliest) {
            return Err(Mismatch::SnapshotTime { stated, earliest });
        }
        self.check_claim(&statement.claim)?;
        let context = &statement.context;
        if let Some(demanded) = self.audience.as_ref().filter(|d| *d != context.audience()) {
            let stated = context.audience().to_owned();
            return Err(Mismatch::Audience { stated, demanded: demanded.clone() });
        }
        if let Some(demanded) = self.purpose.as_ref().filter(|d| *d != context.purpose()) {
            let stated = context.purpose().to_owned();
            return Err(Mismatch::Purpose { stated, demanded: demanded.clone() });
        }
        if self.nonce.as_ref().is_some_and(|nonce| context.nonce() != Some(nonce)) {
            return Err(Mismatch::Nonce);
        }
        if let Some(demanded) = self.epoch.filter(|demanded| *demanded != context.epoch()) {
            return Err(Mismatch::Epoch { stated: context.epoch(), demanded });
        }
        let at = context.expires();
        if let Some(demanded) = self.expires.filter(|demanded| *demanded != at) {
            return Err(Mismatch::Expiry { stated: at, demanded });
        }
        match self.now {
            Some(now) if at != 0 && now >= at => Err(Mismatch::Expired { at }),
            _ => Ok(()),
        }
    }

    fn check_account(&self, statement: &Statement) -> Result<(), Mismatch> {
        const COMMITMENT: &str = "an account commitment";
        const LEDGER: &str = "a ledger root";
        match statement.account {
            AccountReference::Commitment(stated) => {
                if self.ledger_root.is_some() || self.pseudonym.is_some() {
                    return Err(Mismatch::AccountReference {
                        stated: COMMITMENT,
                        demanded: LEDGER,
                    });
                }
                match self.commitment.filter(|demanded| *demanded != stated) {
                    Some(demanded) => Err(Mismatch::Commitment { stated, demanded }),
                    None => Ok(()),
                }
            }
            AccountReference::Ledger(stated) => {
                if self.commitment.is_some() {
                    return Err(Mismatch::AccountReference {
                        stated: LEDGER,
                        demanded: COMMITMENT,
                    });
                }
                if let Some(demanded) = self.ledger_root.filter(|demanded| *demanded != stated) {
                    return Err(Mismatch::LedgerRoot { stated, demanded });
                }
                let stated = statement.pseudonym;
                match self.pseudonym.filter(|demanded| *demanded != stated) {
                    Some(demanded) => Err(Mismatch::Pseudonym { stated, demanded }),
                    None => Ok(()),
                }
            }
        }
    }

    fn check_claim(&self, stated: &Claim) -> Result<(), Mismatch> {
        let Some(demanded) = &self.claim else { return Ok(()) };
        if stated.level_bps() < demanded.level_bps() {
            let (stated, demanded) = (stated.level_bps(), demanded.level_bps());
            return Err(Mismatch::Level { stated, demanded });
        }
        if stated.floor() < demanded.floor() {
            let (stated, demanded) = (stated.clone(), demanded.clone());
            return Err(Mismatch::Floor { stated, demanded });
        }
        Ok(())
    }
}
