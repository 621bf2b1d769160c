//! A prover's own policy.
//!
//! A verifier that may choose prices or levels freely can read out an account by asking often. So a prover answers only
//! for markets signed by its venue, complete and near its own reference, only for levels on the menu, and it counts
//! what its answers to an audience add up to.
//!
//! [`OwnPolicy`] is a checked policy file, [`OwnPolicy::check`] compares a question with it, and
//! [`Bits`] counts. An [`AnswerLog`] keeps what was answered to whom: [`AnswerLog::reserve`], with
//! [`OwnPolicy::allow`] as the decision, comes before the account is looked at, [`AnswerLog::conclude`]
//! before the answer is given.

#![forbid(unsafe_code)]

mod bits;
mod log;
mod own;

pub use bits::Bits;
pub use log::{Answer, AnswerLog, MemoryLog, Outcome, Question, Reservation, Reserved};
pub use own::{OwnPolicy, Withheld};
