//! A verifier's policy: everything that it demands of a proof in one file.
//!
//! [`Demands`] is a checked policy file. [`Evidence`] is what came along: the venue's notes, price
//! sources, an enrolment. [`assess`] compares evidence, market and time with the demands and gives
//! the pins for [`zkmargin_verifier::verify`], or the [`Refused`] reason. [`decide`] does all of it:
//! it assesses, verifies one proof or all accounts of a holder, and has the verifier's memory, a
//! [`SeenStore`], accept each use once.
//!
//! Prices of sources never enter the market. [`prices`] compares the venue's marks with them: past
//! the bound the reason is [`Refused::PricesDisagree`], the circuit breaker.

#![forbid(unsafe_code)]

mod assess;
mod decide;
mod demands;
mod evidence;
pub mod prices;
mod refused;
mod seen;
mod source;

pub use assess::{Assessment, CLOCK_TOLERANCE_MS, Met, assess, assess_dated};
pub use decide::{DecideError, Decision, decide};
pub use demands::{DEFAULT_CHALLENGE_SECONDS, Demands, Recognised};
pub use evidence::Evidence;
pub use refused::{Refused, What};
pub use seen::{Issued, MemoryStore, Replay, SeenStore, Use, check_use};
pub use source::{SignedBy, Source};
