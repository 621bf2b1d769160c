//! The program's arguments as typed, and its commands.

use crate::commands::Run;
use crate::commands::attest::Attest;
#[cfg(feature = "audit")]
use crate::commands::audit::Audit;
use crate::commands::challenge::Challenge;
use crate::commands::commit::Commit;
use crate::commands::demo::Demo;
use crate::commands::enrol::Enrol;
use crate::commands::import::Import;
use crate::commands::inspect::Inspect;
use crate::commands::key::Key;
use crate::commands::keygen::Keygen;
use crate::commands::ledger::Ledger;
use crate::commands::liquidation::LiquidationArguments;
use crate::commands::margin::MarginArguments;
#[cfg(not(feature = "audit"))]
use crate::commands::no_audit::Audit;
use crate::commands::prove::Prove;
use crate::commands::reconcile::Reconcile;
use crate::commands::schedule::Schedule;
use crate::commands::selftest::Selftest;
use crate::commands::shell::{Completions, Man};
use crate::commands::snapshot::Snapshot;
use crate::commands::source::Source;
use crate::commands::verify::Verify;
use crate::commands::watch::Watch;
use crate::commands::what_if::WhatIf;
use crate::shared::Global;
use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0   done; for verify: valid and anchored
  1   invalid proof, or claim not met
  2   wrong arguments
  3   malformed or unsupported input
  4   policy mismatch
  5   a file or stream cannot be read or written
  6   an audit is incomplete
  7   proof in order, but not anchored
  8   interrupted; rerun the command to resume
  9   for reconcile: a difference is left that no cause explains, or nothing was compared
  10  for verify: valid and anchored, and the account does not meet the level
  70  internal error";

/// Prove that an account meets its margin, without showing the account.
#[derive(Debug, Parser)]
#[command(name = "zkmargin", version = zkmargin_version::VERSION, after_help = EXIT_CODES, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prove a claim about an account and write the proof file
    Prove(Box<Prove>),
    /// Make schedule, snapshot and account from a folder of a venue's API answers
    Import(Box<Import>),
    /// Verify a proof file against a schedule, a snapshot and what you demand
    Verify(Box<Verify>),
    /// Make a challenge under a policy and remember it
    Challenge(Challenge),
    /// Verify, import or sign prices of a source
    #[command(subcommand)]
    Source(Source),
    /// Compute an account's equity and required margin locally, without a proof
    Margin(MarginArguments),
    /// Find the exact prices at which an account stops meeting its margin
    Liquidation(LiquidationArguments),
    /// Show an account's margin after trades, deposits and prices, and the cheapest cure of a shortfall
    WhatIf(Box<WhatIf>),
    Reconcile(Box<Reconcile>),
    Watch(Box<Watch>),
    /// Print the public commitment of an account, or draw fresh secrets for it
    Commit(Commit),
    /// Show what a proof file says, without verifying it
    Inspect(Inspect),
    /// Make a holder's secret or a key that signs notes
    Keygen(Keygen),
    /// Print the public parts of a secret key
    #[command(subcommand)]
    Key(Key),
    /// Build a venue's ledger of accounts, open one account, verify an opening
    #[command(subcommand)]
    Ledger(Ledger),
    /// Sign that you checked the account behind a commitment
    Attest(Attest),
    /// Sign, as a venue, how many margin accounts a client has
    Enrol(Enrol),
    /// Check or sign a risk schedule
    #[command(subcommand)]
    Schedule(Schedule),
    /// Check, sign or compare price snapshots
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Store proofs, verify them in bulk, and show which are wrong or missing
    #[cfg(feature = "audit")]
    #[command(subcommand)]
    Audit(Box<Audit>),
    /// Store proofs and verify them in bulk: not in this build
    #[cfg(not(feature = "audit"))]
    Audit(Audit),
    /// Prove and verify the example accounts that come with this program
    Demo,
    /// Check this build: layout fingerprint, parameters, one proof, two forgeries
    Selftest,
    /// Print shell completions
    Completions(Completions<Arguments>),
    /// Print the manual page
    Man,
}

impl Command {
    /// The chosen command.
    pub fn chosen(&self) -> &dyn Run {
        match self {
            Command::Prove(a) => &**a,
            Command::Import(a) => &**a,
            Command::Verify(a) => &**a,
            Command::Challenge(a) => a,
            Command::Source(a) => a.chosen(),
            Command::Margin(a) => a,
            Command::Liquidation(a) => a,
            Command::WhatIf(a) => &**a,
            Command::Reconcile(a) => &**a,
            Command::Watch(a) => &**a,
            Command::Commit(a) => a,
            Command::Inspect(a) => a,
            Command::Keygen(a) => a,
            Command::Key(a) => a.chosen(),
            Command::Ledger(a) => a.chosen(),
            Command::Attest(a) => a,
            Command::Enrol(a) => a,
            Command::Schedule(a) => a.chosen(),
            Command::Snapshot(a) => a.chosen(),
            #[cfg(feature = "audit")]
            Command::Audit(a) => a.chosen(),
            #[cfg(not(feature = "audit"))]
            Command::Audit(a) => a,
            Command::Demo => &Demo,
            Command::Selftest => &Selftest,
            Command::Completions(a) => a,
            Command::Man => &Man::<Arguments>::NEW,
        }
    }
}
