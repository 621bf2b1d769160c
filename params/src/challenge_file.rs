//! A verifier's challenge as written in JSON: what a proof is asked to say.

use super::error::{ErrorCode, FileError, FileKind};
use super::figures::Checker;
use super::policy_file::ClaimDemand;
use super::read;
use super::requirement::Requirement;
use super::text::DecimalText;
use super::time::{LAST_MS, format_utc, parse_utc};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;
use zkmargin_model::context::zero_for_none;
use zkmargin_model::context::{Context, NONCE_BYTES};

const CHECK: Checker = Checker(FileKind::Challenge);

/// A challenge. The prover answers it with a proof for exactly this context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChallengeFile {
    /// Always `zkmargin-challenge/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-challenge/1")))]
    pub format: String,
    /// Who asks.
    pub audience: String,
    /// What for; may be empty.
    pub purpose: String,
    /// Period; 0 when there is none.
    pub epoch: u64,
    /// 32 random bytes, 64 hexadecimal digits.
    pub nonce: String,
    /// When the challenge was made, UTC. A policy can demand the first snapshot at or after it.
    pub time: String,
    /// First moment at which an answer is no longer accepted, UTC.
    pub expires: String,
    /// Which of the venue's margin requirements the proof must be about; `maintenance` if absent.
    #[serde(default)]
    pub requirement: Requirement,
    /// Minimum level, by its name on the schedule's menu or in basis points.
    pub level: String,
    /// Minimum equity floor in the valuation currency.
    #[cfg_attr(feature = "schemas", schemars(with = "crate::schemas::Floor"))]
    pub floor: DecimalText,
    /// Whether a claim about the cross book alone is enough, where positions can be isolated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cross_alone: bool,
    /// Symbol of the settlement asset whose book the claim must be about, where each settlement asset has a book.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement_asset: Option<String>,
    /// Isolated position, as `SYMBOL:long` or `SYMBOL:short`, about whose book only the claim must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_isolated: Option<String>,
    /// Isolated position, as `SYMBOL:long` or `SYMBOL:short`, whose book the claim can leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_but_isolated: Option<String>,
    /// Whether the proof must be that the account does not meet the level.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub does_not_meet: bool,
    /// Name of the stress of a portfolio account that the proof must be about, in place of the requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stress: Option<String>,
}

/// A checked challenge. Times are in milliseconds since 1970-01-01 UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    context: Context,
    nonce: [u8; NONCE_BYTES],
    time_ms: u64,
    expires_ms: u64,
}

impl Challenge {
    /// A challenge made at `time_ms` that can be answered until `expires_ms`. `None` when the
    /// context has no nonce, or does not expire after it was made and before the year 10000.
    pub fn new(context: Context, time_ms: u64) -> Option<Self> {
        let nonce = *context.nonce()?;
        let expires_ms = context.expires()?.get();
        let in_time = expires_ms > time_ms && expires_ms <= LAST_MS;
        in_time.then_some(Self { context, nonce, time_ms, expires_ms })
    }

    /// The context that an answer must have, including expiry.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The nonce.
    pub fn nonce(&self) -> &[u8; NONCE_BYTES] {
        &self.nonce
    }

    /// When it was made.
    pub fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// First moment at which an answer is no longer accepted.
    pub fn expires_ms(&self) -> u64 {
        self.expires_ms
    }

    /// The file that states this, with the claim of a policy at its level in basis points.
    pub fn to_file(
        &self,
        requirement: Requirement,
        level_bps: u32,
        claim: &ClaimDemand,
    ) -> ChallengeFile {
        ChallengeFile {
            format: FileKind::Challenge.format().to_owned(),
            audience: self.context.audience().to_owned(),
            purpose: self.context.purpose().to_owned(),
            epoch: zero_for_none(self.context.epoch()),
            nonce: hex::encode(self.nonce),
            time: format_utc(self.time_ms),
            expires: format_utc(self.expires_ms),
            requirement,
            level: level_bps.to_string(),
            floor: claim.floor.clone(),
            cross_alone: claim.cross_alone,
            settlement_asset: claim.settlement_asset.clone(),
            only_isolated: claim.only_isolated.clone(),
            all_but_isolated: claim.all_but_isolated.clone(),
            does_not_meet: claim.does_not_meet,
            stress: claim.stress.clone(),
        }
    }
}

impl ChallengeFile {
    /// Reads a challenge; [`ChallengeFile::check`] checks it.
    ///
    /// # Errors
    /// [`FileError`] for what is wrong with the file as JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        read::read(FileKind::Challenge, bytes)
    }

    /// The context and times that an answer must have.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn check(&self) -> Result<Challenge, FileError> {
        let nonce = CHECK.hex32(&self.nonce, "/nonce")?;
        let time = |text: &str, pointer: &str| {
            let message = "write a UTC time such as \"2024-07-27T06:44:38Z\"";
            parse_utc(text).ok_or_else(|| CHECK.error(ErrorCode::BadTime, pointer, message))
        };
        let time_ms = time(&self.time, "/time")?;
        let expires = time(&self.expires, "/expires")?;
        let context = Context::new(&*self.audience, &*self.purpose, Some(nonce));
        let context =
            context.map_err(|e| CHECK.error(ErrorCode::BadText, e.pointer(), e.to_string()))?;
        let context =
            context.of_epoch(NonZeroU64::new(self.epoch)).expiring(NonZeroU64::new(expires));
        Challenge::new(context, time_ms).ok_or_else(|| {
            let message = "the challenge expires before it is made";
            CHECK.error(ErrorCode::BadValidity, "/expires", message)
        })
    }
}
