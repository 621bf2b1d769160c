//! `zkmargin audit`.

mod digest;
mod export;
mod ingest;
mod log;
mod manifest;
mod report;
mod report_verify;
mod stores;
mod stream;
mod verdicts;
mod walk;

use super::Run;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::shared::Global;
use clap::{Args, Subcommand};
use export::Export;
use ingest::Ingest;
use log::Log;
use manifest::{Expect, Missing, SignManifest};
use report::WriteReport;
use report_verify::VerifyReport;
use verdicts::{Merge, VerifyStore};

/// Store proofs, verify them in bulk, and show which are wrong or missing
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Import files, folders, NDJSON and Parquet into a store
    Ingest(Ingest),
    /// Sign a manifest of what is due
    Sign(SignManifest),
    /// Import a signed manifest into a store
    Expect(Expect),
    /// List proofs that are due but not submitted
    Missing(Missing),
    /// Verify every proof in the store; rerun to resume
    Run(VerifyStore),
    /// Combine shards, or workers' Parquet files, into one run
    Merge(Merge),
    /// Write the report of a finished run
    Report(Report),
    /// Write entries as Parquet, for other programs and for workers
    Export(Export),
    /// The tamper-evident log over what was ingested
    #[command(subcommand)]
    Log(Log),
}

impl Audit {
    /// The command that was chosen.
    pub fn chosen(&self) -> &dyn Run {
        match self {
            Audit::Ingest(a) => a,
            Audit::Sign(a) => a,
            Audit::Expect(a) => a,
            Audit::Missing(a) => a,
            Audit::Run(a) => a,
            Audit::Merge(a) => a,
            Audit::Report(a) => a.chosen(),
            Audit::Export(a) => a,
            Audit::Log(a) => a.chosen(),
        }
    }
}

/// Writing a report, or verifying one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Report {
    #[command(subcommand)]
    pub command: Option<ReportCommand>,
    #[command(flatten)]
    pub write: Option<WriteReport>,
}

#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// Check who signed a report, its files, and, given the store and the run, that they are reproduced
    Verify(VerifyReport),
}

impl Report {
    fn chosen(&self) -> &dyn Run {
        match (&self.command, &self.write) {
            (Some(ReportCommand::Verify(a)), _) => a,
            (None, Some(a)) => a,
            (None, None) => self,
        }
    }
}

/// The command when neither is named.
impl Run for Report {
    fn name(&self) -> &'static str {
        "audit report"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        Err(Failure::usage("name a store, or `verify` and a folder"))
    }
}
