//! A verifier's policy, and the only way from evidence to a verdict.
//!
//! [`Demands`] is a checked policy: a file, the flags of a command, or keyword arguments; all are a
//! [`PolicyFile`](zkmargin_params::PolicyFile). [`Evidence`] is what came with the proof, as bytes: the venue's notes,
//! price sources, an enrolment. [`assess`] opens and compares it with demands, market and time, and gives an
//! [`Assessment`], or the [`Refused`] reason. [`decide`] does all of it: it assesses, checks one proof or all accounts
//! of a holder, and has the verifier's memory, a [`SeenStore`], accept each use once. [`verdicts_on`] does it for many
//! proofs at once, for an auditor.
//!
//! Prices of sources never enter the market. [`prices`] compares the venue's marks with them: past
//! the bound the reason is [`Refused::PricesDisagree`], the circuit breaker.

#![forbid(unsafe_code)]

mod about;
mod assess;
#[cfg(feature = "multicore")]
mod batch;
mod decide;
mod demands;
mod disagreement;
mod evidence;
mod figures;
mod listing;
mod pins;
pub mod prices;
mod refused;
mod seen;
mod signers;
mod source;
mod verdict;

pub use about::Rules;
pub use assess::{
    Assessment, CLOCK_TOLERANCE_MS, GREATEST_DEVIATION_BPS, LONGEST_SKEW_MS, LONGEST_SPAN_MS, Met,
    UNANCHORED_MAX_K, assess, assess_dated, open_note,
};
#[cfg(feature = "multicore")]
pub use batch::{BatchItem, verdicts_on};
pub use decide::{DecideError, Decision, decide, verdict_on};
pub use demands::{ChallengeError, DEFAULT_CHALLENGE_SECONDS, Demands, Recognised};
pub use evidence::Evidence;
pub use pins::{Mismatch, Pin};
pub use refused::{Refused, What};
pub use seen::{Before, Issued, MemoryStore, Replay, SeenStore, Use, check_use, is_next};
pub use signers::SignedBy;
pub use source::Source;
pub use verdict::{NotChecked, Verdict};
