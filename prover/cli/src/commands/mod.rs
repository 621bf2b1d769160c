//! One file per command.

pub mod answer;
#[cfg(feature = "audit")]
pub mod audit;
pub mod commit;
pub mod compare;
pub mod demo;
pub mod import;
pub mod inspect;
pub mod key;
pub mod ledger;
pub mod margin;
pub mod policy;
pub mod prove;
pub mod schedule;
pub mod selftest;
pub mod shell;
pub mod sign;
pub mod snapshot;
pub mod source;
pub mod verify;
pub mod vouch;

mod describe;
