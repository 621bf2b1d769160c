//! One file per command: its arguments, as typed, and its work. The list of commands is in `arguments`.

pub mod attest;
#[cfg(feature = "audit")]
pub mod audit;
mod buffer_plot;
pub mod challenge;
pub mod commit;
pub mod demo;
pub mod enrol;
pub mod folder;
mod from_folder;
pub mod import;
pub mod inspect;
pub mod isolated;
pub mod key;
pub mod keygen;
pub mod ledger;
pub mod liquidation;
pub mod margin;
#[cfg(not(feature = "audit"))]
pub mod no_audit;
mod portfolio;
pub mod prove;
pub mod reconcile;
pub mod schedule;
pub mod schedule_compare;
pub mod schedule_diff;
pub mod selftest;
pub mod shell;
pub mod snapshot;
pub mod source;
pub mod verify;
pub mod watch;
pub mod what_if;

mod answer;
mod compare;
mod describe;
mod sign;

use crate::failure::Result;
use crate::kept::Kept;
use crate::outcome::Outcome;
use crate::shared::Global;
use std::path::Path;

/// A command with its arguments.
pub trait Run {
    /// Its name in `--json` output.
    fn name(&self) -> &'static str;

    /// The file it writes, if that can be standard output.
    fn output(&self) -> Option<&Path> {
        None
    }

    /// A kind of secret it may replace.
    fn replaces(&self) -> Option<Kept> {
        None
    }

    /// Does its work.
    fn run(&self, global: &Global) -> Result<Outcome>;
}
