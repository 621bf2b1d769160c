//! Proves that an account meets its margin at a market, and nothing else about it.
//!
//! [`prove`] takes an account with its secrets, a market, a claim from the schedule's menu and a context, and returns a
//! proof file that it has verified itself. The command line `zkmargin` is a thin layer over this library and
//! `zkmargin_verifier`.

mod commit;
mod prove;
mod shortfall;

pub use commit::{fresh_blinding, fresh_secrets, refresh};
pub use prove::{
    LedgerPlace, ProveError, ProveRequest, Proven, Stage, Times, prove, prove_observed,
};
pub use shortfall::{BookShortfall, Shortfall};
