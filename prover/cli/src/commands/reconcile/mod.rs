//! `zkmargin reconcile`: a venue's own figures against the rule's, and a signed note over the comparison.

mod answers;
mod portfolio;
mod report;
mod run;
mod signed;
mod text;

use super::Run;
use super::folder::FolderOptions;
use crate::failure::Result;
use crate::outcome::Outcome;
use crate::shared::Global;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Compare a venue's own margin figures with the rule's, and name the cause of each difference
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Reconcile {
    #[command(subcommand)]
    pub note: Option<NoteCommand>,
    #[command(flatten)]
    pub compared: Option<Compare>,
    // Beside the group of the arguments above, which a nested one would take apart.
    #[command(flatten)]
    pub options: FolderOptions,
}

#[derive(Debug, Subcommand)]
pub enum NoteCommand {
    /// Sign a report of a comparison, as the holder's side or the venue's
    Sign(Sign),
    /// Check that a report is the one a trusted key signed
    Verify(VerifyNote),
}

#[derive(Debug, Args)]
pub struct Compare {
    /// Whose answer it is
    #[arg(long, value_name = "VENUE", value_parser = answers::Names)]
    pub from: String,
    /// Folder with the venue's answers, each saved as the venue sends it, or the one about the account alone; `-` is
    /// standard input
    #[arg(value_name = "DIR|FILE")]
    pub answer: PathBuf,
    /// Folder of another venue, to show both side by side
    #[arg(long, value_name = "VENUE=DIR")]
    pub also: Vec<String>,
    /// Risk schedule of the maintenance margin [default: the folder's]
    #[arg(long, value_name = "FILE", requires = "snapshot")]
    pub schedule: Option<PathBuf>,
    /// Price snapshot of that schedule [default: the folder's]
    #[arg(long, value_name = "FILE", requires = "schedule")]
    pub snapshot: Option<PathBuf>,
    /// Your own account file [default: what the answer lists]
    #[arg(long, value_name = "FILE")]
    pub account: Option<PathBuf>,
    /// Schedule of the initial margin, where it is not a leverage that the answer states
    #[arg(long, value_name = "FILE")]
    pub initial_schedule: Option<PathBuf>,
    /// Another schedule that the venue may have used
    #[arg(long, value_name = "FILE")]
    pub other_schedule: Vec<PathBuf>,
    /// Other prices that the venue may have used
    #[arg(long, value_name = "FILE")]
    pub other_snapshot: Vec<PathBuf>,
    /// Fee to close a position, as a part of its notional, that the venue may have counted
    #[arg(long, value_name = "RATE")]
    pub taker_fee: Option<String>,
    /// Report to write, which can be signed: the `result` of `--json`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Page to write
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Sign {
    /// Report to sign
    pub report: PathBuf,
    /// What the comparison is of, in words
    #[arg(long, value_name = "TEXT")]
    pub name: String,
    /// When it was made, UTC [default: now]
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Note key of the signer
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: crate::shared::Output,
}

#[derive(Debug, Args)]
pub struct VerifyNote {
    /// Report
    pub report: PathBuf,
    /// The signed note
    #[arg(long, value_name = "FILE")]
    pub note: PathBuf,
    /// Keys that you trust
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
}

impl Run for Reconcile {
    fn name(&self) -> &'static str {
        match &self.note {
            None => "reconcile",
            Some(NoteCommand::Sign(_)) => "reconcile sign",
            Some(NoteCommand::Verify(_)) => "reconcile verify",
        }
    }

    fn output(&self) -> Option<&Path> {
        match (&self.note, &self.compared) {
            (Some(NoteCommand::Sign(a)), _) => Some(&a.output.output),
            (None, Some(a)) => a.output.as_deref(),
            _ => None,
        }
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        match (&self.note, &self.compared) {
            (Some(NoteCommand::Sign(a)), _) => signed::sign(a, global),
            (Some(NoteCommand::Verify(a)), _) => signed::verify(a),
            (None, Some(a)) => run::run(a, &self.options, global.form()),
            // The parser asks for one of them.
            (None, None) => Err(crate::failure::Failure::usage("pass an answer and --from")),
        }
    }
}
